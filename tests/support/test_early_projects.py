"""Whoever is at risk before the hand-in days of a project end is offered a plan of support, once (S2-09)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting, Window
from goldenthread.common import mail
from goldenthread.common.models import OutboxMessage
from goldenthread.support import at_risk, early, jobs, risk_rules
from goldenthread.support.models import SupportPlan
from goldenthread.support.risk_rules import ProjectFacts
from tests import factories_projects as make

DUE = date(2019, 8, 31)
AT = datetime(2019, 8, 10, 9, 0, tzinfo=UTC)  # three weeks before


def facts(**fields: Any) -> ProjectFacts:
    given: dict[str, Any] = {
        "title": "Project", "starts_on": date(2019, 1, 7), "due_on": DUE, "share": Fraction(9, 10),
        "threshold": Fraction(9, 10), "late": 0, "planned": True, "written": True,
    }  # fmt: skip
    return ProjectFacts(**{**given, **fields})


@pytest.mark.parametrize(
    ("given", "days_before", "expected"),
    [
        ({}, 20, []),
        ({"planned": False}, 84, ["plan"]),
        ({"planned": False}, 85, []),
        ({"planned": False}, 0, ["plan"]),  # on the last day it still holds
        ({"planned": False}, -1, []),
        ({"written": False}, 28, ["account"]),
        ({"written": False}, 29, []),
        ({"share": Fraction(3, 10)}, 40, ["engagement"]),
        ({"share": None, "threshold": None, "late": 2}, 40, ["tasks"]),
        ({"planned": False, "written": False, "share": Fraction(0)}, 7, ["engagement", "plan", "account"]),
    ],
)
def test_who_is_at_risk_before_a_project_is_handed_in(
    given: dict[str, Any], days_before: int, expected: list[str]
) -> None:
    found = risk_rules.project_reasons(facts(**given), on=DUE - timedelta(days=days_before))
    assert [one.key for one in found] == expected
    assert all(one.text and one.step for one in found)


# --- the job ---------------------------------------------------------------------------------------------
pytestmark = pytest.mark.usefixtures("catalogue")


def people(*names: str) -> tuple[Window, list[Enrolment]]:
    """Hand-in days until the end of August, and people with a place in them who have no plan yet."""
    found = [make.candidate(name=name) for name in names]
    return make.days(found[0].intake, "project"), found


def keys(window: Window, at: datetime = AT) -> dict[int, list[str]]:
    return {one.enrolment: [why.key for why in one.reasons] for one in at_risk.at_risk(window, at=at)}


@pytest.mark.django_db
@pytest.mark.requirement("S2-09")
def test_help_is_offered_before_the_days_end_once_and_says_what_is_missing() -> None:
    window, (amara,) = people("Amara Applicant")
    assert early.offer(at=datetime(2019, 6, 1, 9, tzinfo=UTC)) == 0  # thirteen weeks before
    assert jobs.offer_support(AT) == "ended 0, offered 1"
    plan = SupportPlan.objects.get()
    assert (plan.enrolment, plan.window, plan.due_on) == (amara, window, DUE - timedelta(days=1))
    assert {"plan", "account"} <= {one["key"] for one in plan.reasons}
    letter = mail.render(OutboxMessage.objects.get(payload__template="support_offer"))
    assert "Nothing of the plan of" in letter.text
    assert "Sat 31 Aug 2019" in letter.text
    assert early.offer(at=AT + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_it_ends_when_the_project_is_handed_in_and_waits_once_the_days_are_over_without_it() -> None:
    _, (amara, ali) = people("Amara Applicant", "Ali Applicant")
    assert early.offer(at=AT) == 2
    make.planned(amara)
    make.hand_in(amara)
    assert early.end_reached(at=AT + timedelta(days=1)) == 1
    assert SupportPlan.objects.get(enrolment=amara).ending == "reached"
    assert early.end_reached(at=datetime(2019, 8, 31, 20, tzinfo=UTC)) == 0
    assert early.end_reached(at=datetime(2019, 9, 20, 9, tzinfo=UTC)) == 0
    assert SupportPlan.objects.get(enrolment=ali).ending == ""


@pytest.mark.django_db
def test_who_has_a_plan_who_handed_in_and_who_has_withdrawn_is_left_alone() -> None:
    window, (amara, ali, gone) = people("Amara Applicant", "Ali Applicant", "Greta Gone")
    make.planned(amara)
    make.hand_in(amara)
    make.planned(ali)
    Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=AT)
    assert list(keys(window)) == [ali.pk]
    assert "plan" not in keys(window)[ali.pk]
    assert "account" in keys(window)[ali.pk]


@pytest.mark.django_db
def test_more_time_for_one_person_moves_their_last_day() -> None:
    window, (amara,) = people("Amara Applicant")
    place = Sitting.objects.get(enrolment=amara)
    place.closes_at += timedelta(days=14)
    place.save(update_fields=["closes_at"])
    assert "account" not in keys(window)[amara.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 4])
def test_the_statements_dont_grow_with_those_at_risk(number: int) -> None:
    people(*(f"Person {place}" for place in range(number)))
    with CaptureQueriesContext(connection) as found:
        assert early.offer(at=AT) == number
    assert len(found) <= 20
