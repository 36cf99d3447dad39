"""Decide whether the people of an intake sit one case study, or a different one by zone or by group."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment import queries
from goldenthread.assessment.models import CasePolicy, WindowState
from goldenthread.assessment.rules import apart as rules
from goldenthread.common import audit
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake


@transaction.atomic
def keep_apart(*, intake: Intake, apart: str, reason: str, by: Any, at: datetime) -> CasePolicy:
    """Set the policy of an intake: "together", "zone" or "group", with who said so and why; a later one replaces it.

    Refuses while a window stands that doesn't fit. The same policy again gives the one that is there.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
    known = queries.case_policy_of(intake)
    if known is not None and known.apart == apart:
        return known
    windows = intake.windows.filter(state=WindowState.SCHEDULED, task="").select_related("for_group")
    fits = {
        rules.Apart.ZONE: lambda one: bool(one.for_zone),
        rules.Apart.GROUP: lambda one: one.for_group_id is not None,
    }
    check = fits.get(apart)  # type: ignore[call-overload]
    unfit = [
        f"the one from {day_text(one.opens_on)}" for one in windows.order_by("pk") if check and not check(one)
    ]
    rules.check_policy(apart, reason, standing=unfit)
    policy = CasePolicy.objects.create(
        intake=intake, apart=apart, reason=reason.strip()[:2000], set_by=by, set_at=at
    )
    audit.record("intake.cases_apart", intake, by=by, at=at, apart=apart, reason=policy.reason)
    return policy
