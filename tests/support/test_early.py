"""Whoever is at risk before their window is offered a plan of support, once, with the reason (S2-09)."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window
from goldenthread.awards import actions as awards
from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.people.models import Role
from goldenthread.support import early, jobs, planning, plans, risk_rules
from goldenthread.support.models import SupportPlan
from goldenthread.support.risk_rules import Facts, Reason
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.factories_web import client_of, text_of
from tests.support.test_plans import code_of

OPENS = date(2025, 10, 6)
AT = datetime(2025, 9, 1, 9, 0, tzinfo=make.CLOSED.tzinfo)  # five weeks before
ENOUGH = 3996  # 90 % of the hours


def facts(**fields: Any) -> Facts:
    given: dict[str, Any] = {
        "starts_on": date(2024, 9, 2),
        "opens_on": OPENS,
        "share": Fraction(9, 10),
        "threshold": Fraction(9, 10),
        "gate": "",
        "late": 0,
    }
    return Facts(**{**given, **fields})


def keys(found: list[Reason]) -> list[str]:
    return [one.key for one in found]


# --- the rule --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "days_before", "expected"),
    [
        ({}, 35, []),
        ({"share": Fraction(60, 100)}, 35, ["engagement"]),
        ({"share": Fraction(70, 100)}, 35, []),  # behind, and not far
        ({"share": Fraction(60, 100)}, 85, []),  # too early
        ({"share": Fraction(50, 100)}, 84, ["engagement"]),
        ({"share": Fraction(0)}, 0, []),  # it has begun
        ({"share": None}, 35, []),
        ({"share": Fraction(0), "threshold": None}, 35, []),
        ({"share": Fraction(0), "starts_on": OPENS - timedelta(days=60)}, 35, []),  # in the first four weeks
        ({"gate": "4 h short."}, 28, ["gate"]),
        ({"gate": "4 h short."}, 29, []),
        ({"late": 2, "share": Fraction(85, 100)}, 35, ["tasks"]),
        ({"late": 1, "share": Fraction(85, 100)}, 35, []),
        ({"late": 9}, 35, []),  # the share is reached
        ({"late": 2, "share": None, "threshold": None}, 35, ["tasks"]),
        ({"late": 3, "share": Fraction(1, 10), "gate": "Much."}, 7, ["engagement", "gate", "tasks"]),
    ],
)
def test_who_is_at_risk(given: dict[str, Any], days_before: int, expected: list[str]) -> None:
    found = risk_rules.reasons(facts(**given), on=OPENS - timedelta(days=days_before))
    assert keys(found) == expected
    assert all(one.text and one.step for one in found)


@pytest.mark.parametrize(("days", "share"), [(28, None), (200, Fraction(45, 100)), (400, Fraction(9, 10))])
def test_an_even_pace_reaches_the_share_on_the_first_day_of_the_window(days: int, share: Any) -> None:
    begun = facts(opens_on=date(2024, 9, 2) + timedelta(days=400))
    assert risk_rules.pace(begun, on=begun.starts_on + timedelta(days=days)) == share


# --- the job ---------------------------------------------------------------------------------------------
pytestmark = pytest.mark.usefixtures("catalogue")


def booked(*minutes: int) -> tuple[Window, list[Enrolment]]:
    """A window ahead, and somebody for each number of credited minutes."""
    window, people = make.window(), []
    for number, credited in enumerate(minutes):
        one = factories.enrolment(f"Person {number}", to=window.intake)
        if credited:
            factories.credit_minutes(one, credited)
        make.sitting(window, one, state="booked")
        people.append(one)
    return window, people


def plan_of(enrolment: Enrolment) -> SupportPlan:
    return SupportPlan.objects.select_related("enrolment__version").get(enrolment=enrolment)


@pytest.mark.django_db
@pytest.mark.requirement("S2-09")
def test_help_is_offered_with_the_reason_once_for_each_person_and_window() -> None:
    window, (far, fine) = booked(600, ENOUGH)
    cora = teaching.pairing(far).coach
    assert jobs.offer_support(AT) == "ended 0, offered 1"
    plan = plan_of(far)
    assert (plan.window, plan.outcome, plan.owner, plan.owner_role) == (window, None, cora, "coach")
    assert plan.reasons[0]["key"] == "engagement"
    assert plan.due_on == OPENS - timedelta(days=1)
    assert [item.kind for item in plans.items_of(plan)] == ["risk"] * len(plan.reasons)
    assert not SupportPlan.objects.filter(enrolment=fine).exists()
    assert early.offer(at=AT + timedelta(days=1)) == 0
    letters = {
        one.payload["template"]: mail.render(one)
        for one in OutboxMessage.objects.filter(payload__template__startswith="support_offer")
    }
    assert set(letters) == {"support_offer", "support_offer_yours"}
    for letter in letters.values():
        assert plan.reasons[0]["text"] in letter.text
    assert "Person 0 is at risk" in letters["support_offer_yours"].text
    event = AuditEvent.objects.get(verb="support.offered")
    assert event.details["reasons"] == [one["key"] for one in plan.reasons]


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["participant", "coach"])
def test_whoever_declines_is_not_offered_it_again_for_this_window(by: str) -> None:
    _, (far,) = booked(600)
    cora = teaching.pairing(far).coach
    early.offer(at=AT)
    plan = plan_of(far)
    assert (
        code_of(lambda: planning.close(plan=plan, ending="passed", note="", by=cora, at=AT))
        == "plan.not_passed"
    )
    assert (
        code_of(lambda: planning.close(plan=plan, ending="reached", note="", by=cora, at=AT)) == "plan.ending"
    )
    if by == "participant":
        client = client_of(far.user)
        client.post(
            reverse("participant:plan_decline"), {"note": "No, thank you", "enrolment": far.reference}
        )
    else:
        planning.close(plan=plan, ending="declined", note="They manage", by=cora, at=AT)
    assert plan_of(far).ending == "declined"
    assert jobs.offer_support(AT + timedelta(days=7)) == "ended 0, offered 0"
    with pytest.raises(IntegrityError), transaction.atomic():
        SupportPlan.objects.create(
            enrolment=far,
            window=plan.window,
            started_at=AT,
            started_on=OPENS,
            first_contact_by=OPENS,
            due_on=OPENS,
        )


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "risky"), [(20, True), (20, False), (40, True)])
def test_what_was_put_off_is_offered_anew_once_its_day_has_come_and_help_is_needed(
    days: int, risky: bool
) -> None:
    """Not if the window has begun by then, and once: who declines the new one is left alone."""
    window, (far,) = booked(0)
    cora = teaching.pairing(far).coach
    early.offer(at=AT)
    until = AT + timedelta(days=days)
    planning.close(
        plan=plan_of(far), ending="deferred", note="After the inspection.", until=until.date(), by=cora, at=AT
    )
    if not risky:
        factories.credit_minutes(far, ENOUGH)
    assert early.offer(at=until - timedelta(days=1)) == 0
    again = risky and days < 35
    assert early.offer(at=until) == again
    assert early.offer(at=until + timedelta(days=1)) == 0
    plans_now = list(SupportPlan.objects.filter(enrolment=far).order_by("pk"))
    assert [(one.ending, one.window) for one in plans_now] == [("deferred", window), ("", window)][
        : 1 + again
    ]
    if again:
        planning.close(plan=plans_now[1], ending="declined", note="No time.", by=cora, at=until)
        assert early.offer(at=until + timedelta(days=1)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "hours"), [("America/Los_Angeles", 6), ("Europe/London", 1), ("Asia/Tokyo", 10)]
)
def test_nobodys_plan_ends_on_the_last_evening_before_their_window(zone: str, hours: int) -> None:
    """West of London the day of the opening has begun here, and not there."""
    _, (far,) = booked(600)
    opens_at = datetime(OPENS.year, OPENS.month, OPENS.day, tzinfo=ZoneInfo(zone))
    Sitting.objects.filter(enrolment=far).update(zone=zone, opens_at=opens_at)
    early.offer(at=AT)
    for before in (timedelta(hours=hours), timedelta(minutes=1)):
        assert early.end_reached(at=opens_at - before) == 0
    assert plan_of(far).ending == ""


@pytest.mark.django_db
def test_it_ends_by_itself_when_the_reason_is_gone_and_not_before() -> None:
    _, (far, still) = booked(0, 0)
    early.offer(at=AT)
    assert early.end_reached(at=AT + timedelta(days=1)) == 0
    factories.credit_minutes(far, ENOUGH)
    assert jobs.offer_support(AT + timedelta(days=2)) == "ended 1, offered 0"
    ended = plan_of(far)
    assert (ended.ending, ended.get_ending_display()) == ("reached", "not needed any more")
    assert plan_of(still).ending == ""
    assert early.end_reached(at=AT + timedelta(days=2)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("away", ["cancelled", "withdrawn", "taken off"])
def test_it_ends_where_nobody_is_to_sit_the_window(away: str) -> None:
    window, (far,) = booked(600)
    early.offer(at=AT)
    if away == "cancelled":
        Window.objects.filter(pk=window.pk).update(state="cancelled")
    elif away == "withdrawn":
        Enrolment.objects.filter(pk=far.pk).update(withdrawn_at=AT)
    else:
        Sitting.objects.filter(enrolment=far).delete()
    assert early.end_reached(at=AT + timedelta(days=1)) == 1
    assert plan_of(far).ending == "reached"


@pytest.mark.django_db
def test_from_the_first_day_on_it_waits_for_the_result_and_goes_on_with_one_that_fell_short() -> None:
    window, (far, lucky) = booked(0, 0)
    early.offer(at=AT)
    opened = make.CLOSED - timedelta(days=3)
    assert early.end_reached(at=opened) == 0
    assert early.offer(at=opened) == 0
    make.markers(2)
    factories.credit_minutes(lucky, ENOUGH)
    Sitting.objects.filter(enrolment__in=[far, lucky]).delete()
    for one in (far, lucky):
        make.sitting(window, one)
    make.mark_all(window, [make.FAIR, make.FAIR])
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    assert plan_of(lucky).ending == "passed"
    going = plan_of(far)
    assert (going.ending, going.window, going.outcome is not None) == ("", window, True)
    assert {item.kind for item in plans.items_of(going)} >= {"risk", "condition"}
    assert early.end_reached(at=make.CLOSED + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_who_has_a_plan_withdrew_or_has_the_award_is_offered_nothing() -> None:
    window, (has, gone, done, far) = booked(600, 600, 600, 600)
    SupportPlan.objects.create(
        enrolment=has,
        window=make.window(window.intake, case_study=None, opens_on=date(2026, 5, 4)),
        started_at=AT,
        started_on=AT.date(),
        first_contact_by=AT.date(),
        due_on=AT.date(),
    )
    Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=AT)
    Enrolment.objects.filter(pk=done.pk).update(stage=Stage.AWARDED)
    assert early.offer(at=AT) == 1
    assert SupportPlan.objects.filter(window=window).get().enrolment == far


@pytest.mark.django_db
def test_participant_supporter_and_office_read_why() -> None:
    _, (far,) = booked(600)
    cora = teaching.pairing(far).coach
    early.offer(at=AT)
    plan = plan_of(far)
    office = factories.member(Role.OFFICE, "Olu Office")
    pages = (
        (far.user, reverse("participant:support_plan")),
        (cora, reverse("teaching:support_plan", args=[plan.pk])),
        (office, reverse("office:support_plan", args=[plan.pk])),
    )
    for user, address in pages:
        shown = text_of(client_of(user).get(address))
        assert "Why help is offered" in shown
        assert plan.reasons[0]["text"] in shown
    for address in ("office:support_plans", "office:desk"):
        assert client_of(office).get(reverse(address)).status_code == 200
    person = text_of(client_of(office).get(reverse("office:person", args=[far.reference])))
    assert "A support plan is open" in person
    assert "Support offered before the assessment: engagement" in person


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 6])
def test_the_statements_dont_grow_with_those_at_risk(number: int) -> None:
    booked(*[0] * number)
    with CaptureQueriesContext(connection) as found:
        assert early.offer(at=AT) == number
    assert len(found) <= 19
