"""Who coaches whom; sessions draw on the hours of the programme and credit the plan."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.http import Http404

from goldenthread.coaching import actions, queries, rules
from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.people.models import Role
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=30)


@pytest.fixture
def head():
    """Somebody on NPQH, which gives six hours of coaching, with a coach."""
    return teaching.pairing(factories.enrolment(to=factories.intake("npqh-reformed-international")))


def credits_of(enrolment) -> list[tuple[str, int]]:
    return list(enrolment.ledger.order_by("id").values_list("activity__key", "minutes"))


# --- rules --------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-28")
def test_within_the_entitlement_to_the_minute_and_no_further() -> None:
    rules.check_entitlement(entitlement=360, used=330, minutes=30)
    with pytest.raises(
        Refused, match=r"6 h 15 min of coaching are used, more than the 6 h.*at most 30 minutes"
    ):
        rules.check_entitlement(entitlement=360, used=330, minutes=45)
    rules.check_entitlement(entitlement=360, used=330, minutes=45, more=15)
    with pytest.raises(
        Refused, match=r"6 h 30 min of.*than the 6 h of the programme and the 15 min approved"
    ):
        rules.check_entitlement(entitlement=360, used=375, minutes=15, more=15)
    rules.check_entitlement(entitlement=None, used=330, minutes=45)


@pytest.mark.requirement("S3-12")
def test_the_legacy_headship_warns_at_three_and_a_half_of_three_hours() -> None:
    with pytest.raises(Refused, match=r"3 h 30 min of .* 3 h"):
        rules.check_entitlement(entitlement=180, used=150, minutes=60)


def test_nothing_left_is_said_as_such() -> None:
    with pytest.raises(Refused, match="Nothing is left, or ask"):
        rules.check_entitlement(entitlement=180, used=180, minutes=1)


@pytest.mark.parametrize(
    ("minutes", "room", "shares"),
    [
        (45, [60, 60], [45, 0]),
        (90, [60, 60], [60, 30]),
        (60, [15, 60], [15, 45]),
        (60, [0, 60], [0, 60]),
        (200, [60, 60], [60, 60]),
        (90, [None, 60], [90, 0]),
        (10, [], []),
    ],
)
def test_a_session_fills_one_activity_after_the_other(minutes: int, room: list, shares: list[int]) -> None:
    assert rules.spread(minutes, room) == shares


# --- pairing ------------------------------------------------------------------------------------
def test_a_new_coach_ends_the_old_pairing_and_the_same_one_changes_nothing(head) -> None:
    assert actions.pair(enrolment=head.enrolment, coach=head.coach, by=None, at=LATER) == head
    new = teaching.pairing(head.enrolment, factories.member("coach", "Carl Coach"))
    head.refresh_from_db()
    assert head.until is not None
    assert queries.coach_of(head.enrolment) == new


def test_nobody_coaches_themselves() -> None:
    enrolment = factories.enrolment()
    with pytest.raises(Refused) as refusal:
        actions.pair(enrolment=enrolment, coach=enrolment.user, by=None, at=AT)
    assert refusal.value.code == "pairing.self"


# --- sessions -----------------------------------------------------------------------------------
def test_sessions_credit_the_coaching_of_the_plan_in_order(head) -> None:
    for minutes in (45, 60, 90):
        teaching.session(head, minutes)
    assert credits_of(head.enrolment) == [
        ("coaching-1", 45),
        ("coaching-1", 15), ("coaching-2", 45),
        ("coaching-2", 15), ("coaching-3", 60), ("coaching-4", 15),
    ]  # fmt: skip
    assert queries.entitlement_of(head.enrolment) == queries.Entitlement(360, 195)


@pytest.mark.requirement("S0-28")
def test_45_minutes_after_five_and_a_half_hours_need_the_office_and_30_do_not(head) -> None:
    for minutes in (120, 120, 90):
        teaching.session(head, minutes)

    with pytest.raises(Refused, match="6 h 15 min of"):
        teaching.session(head, 45)
    teaching.session(head, 30)

    assert queries.entitlement_of(head.enrolment).left == 0
    assert sum(minutes for _, minutes in credits_of(head.enrolment)) == 360


@pytest.fixture
def olu():
    return factories.member(Role.OFFICE, "Olu Office")


def approve(head, by, minutes: int = 45, reason: str = "A new post in May", key=None):
    return actions.approve_more(
        enrolment=head.enrolment,
        form_key=key or uuid.uuid4(),
        minutes=minutes,
        reason=reason,
        by=by,
        at=LATER,
    )


@pytest.mark.requirement("S0-28")
def test_with_approval_of_the_office_more_is_recorded_but_no_more_credited(head, olu) -> None:
    for minutes in (180, 180):
        teaching.session(head, minutes)

    approve(head, olu)

    with pytest.raises(Refused, match="at most 45 minutes"):
        teaching.session(head, 46, at=LATER)
    teaching.session(head, 45, at=LATER)
    assert queries.entitlement_of(head.enrolment) == queries.Entitlement(360, 405, 45)
    assert sum(minutes for _, minutes in credits_of(head.enrolment)) == 360
    [row] = queries.pairings_for(factories.seen(head.coach))
    assert (row.given, row.more, row.used) == (405, 45, 405)


def test_an_approval_is_kept_with_its_reason_and_told_to_the_coach(head, olu) -> None:
    approve(head, olu)
    [event] = AuditEvent.objects.filter(verb="coaching.approved")
    assert (event.actor_name, event.details) == ("Olu Office", {"minutes": 45, "reason": "A new post in May"})
    outbox.deliver_due(at=LATER)
    [message] = [one for one in mail.outbox if "is approved" in one.subject]
    assert message.to == [head.coach.email]
    assert f"/teach/coaching/{head.pk}/" in message.body


def test_one_form_approves_once_and_nobody_but_the_office_approves(head, olu) -> None:
    key = uuid.uuid4()
    assert approve(head, olu, key=key) == approve(head, olu, key=str(key))
    with pytest.raises(Refused, match="already sent: 45 minutes more are approved"):
        approve(head, olu, 60, key=key)
    with pytest.raises(Refused, match="Only the programme office"):
        approve(head, head.coach)
    assert queries.entitlement_of(head.enrolment).more == 45


@pytest.mark.parametrize(
    ("minutes", "reason", "code"),
    [(0, "x", "minutes"), (6001, "x", "minutes"), (45, " ", "reason")],
)
def test_an_approval_states_minutes_and_a_reason(head, olu, minutes: int, reason: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        approve(head, olu, minutes, reason)
    assert refusal.value.code == f"more_coaching.{code}"


def test_where_the_hours_are_unknown_there_is_nothing_to_approve(olu) -> None:
    pairing = teaching.pairing(factories.enrolment(to=factories.intake("npqlt-reformed-england")))
    with pytest.raises(Refused, match="no session needs an approval"):
        approve(pairing, olu)


@pytest.mark.requirement("S0-70")
def test_without_feedback_a_session_is_refused_and_with_it_the_participant_is_told(head) -> None:
    with pytest.raises(Refused, match="Feedback is missing"):
        teaching.session(head, feedback=" ")
    assert credits_of(head.enrolment) == []

    teaching.session(head, 60)

    outbox.deliver_due(at=LATER)
    [message] = [one for one in mail.outbox if "coaching" in one.subject]
    assert message.to == [head.enrolment.user.email]
    assert "Write the three decisions on the board." in message.body


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"held_at": AT + timedelta(seconds=1)}, "session.future"),
        ({"minutes": 0}, "session.minutes"),
        ({"minutes": 481}, "session.minutes"),
        ({"focus": " "}, "session.focus"),
    ],
)
def test_a_session_that_can_not_have_been_is_refused(head, fields, code) -> None:
    with pytest.raises(Refused) as refusal:
        teaching.session(head, **fields)
    assert refusal.value.code == code


def test_a_session_counts_from_the_first_day_in_the_enrolments_own_zone(head) -> None:
    type(head.enrolment).objects.filter(pk=head.enrolment.pk).update(zone="Asia/Dubai", starts_on=AT.date())
    midnight = AT.replace(hour=20, minute=0) - timedelta(days=1)  # of that day in Dubai
    with pytest.raises(Refused, match="The programme begins on Mon 2 Sep 2024") as refusal:
        teaching.session(head, held_at=midnight - timedelta(seconds=1))
    assert (refusal.value.code, refusal.value.field) == ("session.before_start", "held_at")
    assert credits_of(head.enrolment) == []
    teaching.session(head, held_at=midnight)
    assert credits_of(head.enrolment) == [("coaching-1", 60)]


def test_one_form_is_one_session_however_often_it_is_sent(head) -> None:
    key = uuid.uuid4()
    assert teaching.session(head, 60, form_key=key) == teaching.session(head, 60, form_key=str(key))
    assert credits_of(head.enrolment) == [("coaching-1", 60)]


@pytest.mark.parametrize(
    "other",
    [
        {"minutes": 90},
        {"focus": "Another matter"},
        {"feedback": "Quite another"},
        {"held_at": AT - timedelta(days=1)},
    ],
)
def test_other_content_in_a_form_that_was_sent_is_refused_and_says_what_is_logged(head, other) -> None:
    key = uuid.uuid4()
    teaching.session(head, 60, form_key=key)
    with pytest.raises(Refused, match="session of 60 minutes about “Leading a team meeting” is logged") as no:
        teaching.session(head, **{"minutes": 60, "form_key": key, **other})
    assert no.value.code == "form.sent"
    assert credits_of(head.enrolment) == [("coaching-1", 60)]


def test_a_new_coach_sees_the_sessions_before_and_goes_on_where_they_ended(head) -> None:
    teaching.session(head, 60)
    new = teaching.pairing(head.enrolment, factories.member("coach", "Carl Coach"))
    teaching.session(new, 30)
    assert [one.minutes for one in queries.sessions_of(head.enrolment)] == [30, 60]
    assert credits_of(head.enrolment) == [("coaching-1", 60), ("coaching-2", 30)]


def test_coaches_see_their_own_people_with_hours_given_and_used(head) -> None:
    teaching.session(head, 90)
    [row] = queries.pairings_for(factories.seen(head.coach))
    assert (row.given, row.used, row.last_held_at) == (360, 90, AT)
    assert queries.get_pairing_for(factories.seen(head.coach), head.pk) == head
    for other in (factories.member("coach", "Carl Coach"), head.enrolment.user):
        with pytest.raises(Http404):
            queries.get_pairing_for(factories.seen(other), head.pk)


def test_a_plan_without_known_coaching_hours_has_no_entitlement() -> None:
    enrolment = factories.enrolment(to=factories.intake("npqlt-reformed-england"))
    assert queries.entitlement_of(enrolment) == queries.Entitlement(None, 0)
    assert queries.entitlement_of(enrolment).left is None
    teaching.session(teaching.pairing(enrolment), 90)
    assert credits_of(enrolment) == [("coaching", 90)]
