"""A support plan's next window by the policy of attempts, and by the last useful day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment.models import SittingState, Window
from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.support import plans
from tests import factories
from tests import factories_marking as make
from tests.factories_appeals import office
from tests.factories_web import client_of
from tests.support.test_plans import RELEASED, plan_of, ready, release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def limited(window: Window, **table: Any) -> None:
    """A policy of attempts that counts for every window from before the first one on."""
    version = window.intake.version
    made = PolicyDecision.objects.create(
        version=version, kind="attempts", from_day=date(2025, 1, 1), table=table, reason="The board.",
        decided_by=office(), decided_at=make.CLOSED,
    )  # fmt: skip
    kept = [{"kind": made.kind, "from_day": made.from_day.isoformat(), "table": table}]
    ProgrammeVersion.objects.filter(pk=version.pk).update(decided={"policies": kept})


def test_where_no_attempt_is_left_no_window_is_suggested_and_the_plan_says_what_then() -> None:
    window = ready("Amara Applicant")
    limited(window, most=1)
    later = make.window(window.intake, case_study=None, opens_on=date(2026, 5, 4))
    release(window)
    plan = plan_of()
    assert plan.due_on == RELEASED + timedelta(days=84)  # the window of May is not theirs
    [outlook] = plans.outlooks_of(plan, on=RELEASED)
    assert (outlook.window, outlook.used_up) == (None, True)
    page = " ".join(
        client_of(plan.enrolment.user).get(reverse("participant:support_plan")).content.decode().split()
    )
    assert "None: no attempt is left by the policy of attempts. 1 of 1 attempt used, none left." in page
    assert "ask for a further attempt, which a colleague decides" in page
    make.sitting(later, plan.enrolment, state=SittingState.BOOKED)  # as two people of the office allow it
    [outlook] = plans.outlooks_of(plan, on=RELEASED)
    assert (outlook.window, outlook.entered, outlook.used_up) == (later, True, False)


def test_a_window_within_the_policy_is_suggested_with_what_is_left() -> None:
    window = ready("Amara Applicant")
    limited(window, most=2, within_months=6)
    make.window(window.intake, case_study=None, opens_on=date(2026, 5, 4))
    release(window)
    plan = plan_of()
    assert plan.due_on == RELEASED + timedelta(days=84)
    [outlook] = plans.outlooks_of(plan, on=RELEASED)
    assert (outlook.window, outlook.used_up) == (None, False)  # it ends after the six months
    sooner = make.window(window.intake, case_study=None, opens_on=date(2026, 1, 12))
    [outlook] = plans.outlooks_of(plan, on=RELEASED)
    assert outlook.window == sooner
    assert outlook.tried is not None
    assert outlook.tried.text.startswith("1 of 2 attempts used, 1 left")
    [outlook] = plans.outlooks_of(plan, on=date(2026, 6, 1))
    assert outlook.used_up  # the months are over


def test_who_was_held_back_has_used_no_attempt_and_gets_the_next_window() -> None:
    window = ready("Bilal Baker")
    person = factories.enrolment("Amara Applicant", to=window.intake)
    make.sitting(window, person, state=SittingState.HELD_BACK)
    limited(window, most=1)
    make.window(window.intake, case_study=None, opens_on=date(2026, 5, 4))
    release(window)
    assert plan_of().due_on == date(2026, 5, 3)
    assert plan_of("Bilal Baker").due_on == RELEASED + timedelta(days=84)


def test_days_that_end_after_the_last_useful_day_are_named_as_such() -> None:
    useful = date(2026, 5, 10)
    window = Window(opens_on=date(2026, 5, 4), days=8)
    found = plans.Outlook(window, True, date(2026, 5, 11), useful)
    assert found.ends_late
    assert not replace(found, last_useful=date(2026, 5, 11)).ends_late
    assert not replace(found, entered=False).ends_late
    assert not replace(found, last_useful=None).ends_late
