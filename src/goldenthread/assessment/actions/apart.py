"""Decide whether the people of an intake sit one case study, or a different one by zone or by group."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment import queries
from goldenthread.assessment.models import CasePolicy, Window, WindowState
from goldenthread.assessment.rules import apart as rules
from goldenthread.common import audit
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake


@transaction.atomic
def keep_apart(*, intake: Intake, apart: str, reason: str, by: Any, at: datetime) -> CasePolicy:
    """Set the policy of an intake: "together", "zone" or "group", with who said so and why; a later one replaces it.

    Refuses while a window stands that doesn't fit, or that shares its case study with another one of the intake. The
    same policy again gives the one that is there.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
    known = queries.case_policy_of(intake)
    if known is not None and known.apart == apart:
        return known
    # Locked, so that nobody gives one of them a case study by the policy that was.
    held = Window.objects.select_for_update(of=("self",)).filter(intake=intake, task="")
    windows = list(held.exclude(state=WindowState.CANCELLED).select_related("for_group").order_by("pk"))
    fits = {
        rules.Apart.ZONE: lambda one: bool(one.for_zone),
        rules.Apart.GROUP: lambda one: one.for_group_id is not None,
    }
    check = fits.get(apart)  # type: ignore[call-overload]
    standing = [one for one in windows if one.state == WindowState.SCHEDULED]
    unfit = [f"the one from {day_text(one.opens_on)}" for one in standing if check and not check(one)]
    rules.check_policy(apart, reason, standing=unfit, shared=_shared(windows) if check else ())
    policy = CasePolicy.objects.create(
        intake=intake, apart=apart, reason=reason.strip()[:2000], set_by=by, set_at=at
    )
    audit.record("intake.cases_apart", intake, by=by, at=at, apart=apart, reason=policy.reason)
    return policy


def _shared(windows: list[Window]) -> list[str]:
    """The windows that still stand and have a case study which another one of the intake has, in words."""
    by_case: dict[int, list[Window]] = {}
    for one in windows:
        if one.case_study_id is not None:
            by_case.setdefault(one.case_study_id, []).append(one)
    return [
        f"case study {case} in {' and '.join(_name(one) for one in some)}"
        for case, some in sorted(by_case.items())
        if len(some) > 1 and any(one.state == WindowState.SCHEDULED for one in some)
    ]


def _name(window: Window) -> str:
    part = f", {window.part}" if window.part else ""
    return f"the one from {day_text(window.opens_on)}{part}"
