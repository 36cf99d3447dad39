"""Adjustments and extensions: who decides, what they change, and what stays closed until the last deadline."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, adjusting, rules
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.queries import terms_of
from goldenthread.assessment.rules import deferring
from goldenthread.common.days import deadline_text
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Intake
from goldenthread.marking import actions as marking
from goldenthread.marking.queries import case_for
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role, User
from tests import factories, factories_marking
from tests import factories_assessment as made

LATER = datetime(2025, 10, 15, 23, 0, tzinfo=UTC)  # the end of 15 October in London
TWO_DAYS = rules.Grant(days=2)
REASON = "Treatment on two mornings a week"


def approver() -> User:
    return made.someone(Role.OFFICE, "Olu Office")


def asked(
    enrolment: Enrolment, sitting: Sitting | None = None, grant: rules.Grant = TWO_DAYS, **other: Any
) -> Adjustment:
    given: dict[str, Any] = {
        "reason": REASON,
        "form_key": str(uuid.uuid4()),
        "by": enrolment.user,
        "at": made.BEFORE,
    }
    return actions.request_adjustment(enrolment=enrolment, sitting=sitting, asked=grant, **{**given, **other})


def approve(one: Adjustment, grant: rules.Grant = TWO_DAYS, **other: Any) -> Adjustment:
    given: dict[str, Any] = {"note": "", "by": approver(), "at": made.BEFORE}
    return actions.decide_adjustment(adjustment=one, approved=True, given=grant, **{**given, **other})


def two_people() -> tuple[Enrolment, Enrolment]:
    first = made.ready("Priya Participant")
    return first, made.ready("Otto Other", to=first.intake)


def closing(enrolment: Enrolment) -> datetime:
    return Sitting.objects.get(enrolment=enrolment).closes_at


def refused(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


# --- the rule --------------------
@pytest.mark.parametrize(
    ("opens", "zone", "grants", "closes"),
    [
        ("2025-10-06", "Europe/London", [2], "2025-10-15T23:00:00Z"),
        ("2025-10-06", "Europe/London", [], "2025-10-13T23:00:00Z"),
        ("2025-10-06", "Europe/London", [1, 1], "2025-10-15T23:00:00Z"),
        ("2025-10-17", "Europe/London", [2], "2025-10-27T00:00:00Z"),  # over the change of clocks
        ("2025-10-06", "Asia/Dubai", [2], "2025-10-15T20:00:00Z"),
        ("2011-12-21", "Pacific/Apia", [2], "2011-12-31T10:00:00Z"),  # a day that the zone skipped is none
    ],
)
def test_granted_days_are_calendar_days_of_the_zone(
    opens: str, zone: str, grants: list[int], closes: str
) -> None:
    found = rules.adjusted(date.fromisoformat(opens), 8, zone, [rules.Grant(days=n) for n in grants])
    assert found == (datetime.fromisoformat(closes), sum(grants), 0)


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (rules.Grant(), "adjustment.nothing"),
        (rules.Grant(arrangement="  "), "adjustment.nothing"),
        (rules.Grant(days=29), "adjustment.too_much"),
        (rules.Grant(days=-1), "adjustment.too_much"),
        (rules.Grant(words=2_001), "adjustment.too_much"),
    ],
)
def test_what_is_asked_is_something_and_within_bounds(grant: rules.Grant, code: str) -> None:
    assert refused(rules.check_grant, grant).code == code


@pytest.mark.parametrize(
    ("days", "late_by", "allowed"),
    [(None, 300, True), (0, 1, False), (3, 72, True), (3, 73, False), (0, -1, True)],
)
def test_the_late_policy_says_how_long_after_the_deadline(
    days: int | None, late_by: int, allowed: bool
) -> None:
    at = made.CLOSES_AT + timedelta(hours=late_by)
    call = {"closes_at": made.CLOSES_AT, "zone": "Europe/London", "at": at}
    if allowed:
        rules.check_late(rules.Late(days), **call)
    else:
        assert refused(rules.check_late, rules.Late(days), **call).code == "adjustment.late"


@pytest.mark.parametrize(
    ("zone", "closes_at", "days", "until"),
    [
        ("Europe/London", datetime(2025, 10, 25, 23, tzinfo=UTC), 1, datetime(2025, 10, 27, 0, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 3, 29, 0, tzinfo=UTC), 1, datetime(2026, 3, 29, 23, tzinfo=UTC)),
        ("Europe/London", datetime(2025, 10, 20, 23, tzinfo=UTC), 7, datetime(2025, 10, 28, 0, tzinfo=UTC)),
        ("Asia/Dubai", datetime(2025, 10, 25, 20, tzinfo=UTC), 1, datetime(2025, 10, 26, 20, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), 1, datetime(2011, 12, 31, 10, tzinfo=UTC)),
        ("Europe/London", datetime(2025, 10, 25, 23, tzinfo=UTC), 0, datetime(2025, 10, 25, 23, tzinfo=UTC)),
    ],
    ids=[
        "clocks go back",
        "clocks go forward",
        "a week over it",
        "no change",
        "a day that is none",
        "no day",
    ],
)
def test_the_days_of_the_late_policy_are_calendar_days_of_the_zone(
    zone: str, closes_at: datetime, days: int, until: datetime
) -> None:
    call = {"closes_at": closes_at, "zone": zone}
    after = until + timedelta(microseconds=1)
    rules.check_late(rules.Late(days), at=until, **call)
    no = refused(rules.check_late, rules.Late(days), at=after, **call)
    assert no.code == "adjustment.late"
    assert (deadline_text(until, zone) if days else "until then only") in no.message
    deferring.check_asked_in_time(late_days=days, asked_at=until, **call)
    no = refused(deferring.check_asked_in_time, late_days=days, asked_at=after, **call)
    assert no.code == "deferral.late"


# --- what is approved --------------------
@pytest.mark.django_db
@pytest.mark.requirement("S2-34")
@pytest.mark.parametrize("moment", ["before the window", "during the window", "before booking"])
def test_two_days_more_for_one_person_and_for_nobody_else(moment: str) -> None:
    priya, otto = two_people()
    if moment == "before booking":
        approve(asked(priya))
        made.window(priya.intake)
    else:
        made.window(priya.intake)
        at = made.BEFORE if moment == "before the window" else made.INSIDE
        approve(asked(priya, Sitting.objects.get(enrolment=priya), at=at), at=at)
    assert closing(priya) == LATER
    assert closing(otto) == made.CLOSES_AT
    assert Sitting.objects.get(enrolment=priya).last_day == date(2025, 10, 15)
    late = made.CLOSES_AT + timedelta(days=1)
    taken = made.script(Sitting.objects.get(enrolment=priya), at=late)
    assert taken.received_at == late
    assert refused(made.script, Sitting.objects.get(enrolment=otto), at=late).code == "window.closed"
    on_the_dot = made.script(Sitting.objects.get(enrolment=priya), "Again.", at=LATER)
    assert on_the_dot.number == 2
    after = LATER + timedelta(microseconds=1)
    assert (
        refused(made.script, Sitting.objects.get(enrolment=priya), "Too late.", at=after).code
        == "window.closed"
    )


@pytest.mark.django_db
def test_more_words_hold_for_this_person_alone() -> None:
    priya, otto = two_people()
    made.window(priya.intake)
    approve(asked(priya, grant=rules.Grant(words=100)), rules.Grant(words=50))
    long = "word " * 1_550
    assert terms_of(Sitting.objects.get(enrolment=priya)).word_limit == 1_550
    assert made.script(Sitting.objects.get(enrolment=priya), long).words == 1_550
    assert refused(made.script, Sitting.objects.get(enrolment=priya), long + "more").code == "script.too_long"
    assert refused(made.script, Sitting.objects.get(enrolment=otto), long).code == "script.too_long"


@pytest.mark.django_db
def test_one_sitting_adds_up_what_is_for_it_and_for_all_and_nothing_of_others() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    sitting = Sitting.objects.get(enrolment=priya)
    approve(asked(priya, grant=rules.Grant(days=1)), rules.Grant(days=1))
    approve(asked(priya, sitting, rules.Grant(days=1)), rules.Grant(days=1))
    assert (closing(priya), Sitting.objects.get(enrolment=priya).extra_days) == (LATER, 2)


@pytest.mark.django_db
def test_another_person_decides_and_a_recorded_request_needs_a_colleague() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    recorded = asked(priya, by=approver())
    assert refused(approve, recorded).code == "adjustment.own"
    office_and_participant = asked(priya, by=approver())
    assert refused(approve, office_and_participant, by=priya.user).code == "adjustment.own"
    colleague = factories.member(Role.OFFICE, "Cleo Colleague")
    assert approve(recorded, by=colleague).decided_by == colleague
    assert closing(priya) == LATER


@pytest.mark.django_db
def test_a_request_is_decided_once_and_told_once() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    one = asked(priya)
    approve(one)
    approve(one)
    assert refused(approve, one, rules.Grant(days=5)).code == "adjustment.decided"
    assert closing(priya) == LATER
    assert OutboxMessage.objects.filter(payload__template="adjustment_decided").count() == 1


@pytest.mark.django_db
def test_the_same_form_is_one_request_and_can_be_withdrawn_until_decided() -> None:
    priya, _ = two_people()
    key = str(uuid.uuid4())
    one = asked(priya, form_key=key)
    assert asked(priya, form_key=key).pk == one.pk
    actions.withdraw_request(adjustment=one, by=priya.user, at=made.BEFORE)
    assert actions.withdraw_request(adjustment=one, by=priya.user, at=made.BEFORE).state == "withdrawn"
    assert refused(approve, one).code == "adjustment.decided"
    decided = approve(asked(priya))
    assert refused(actions.withdraw_request, adjustment=decided, by=priya.user, at=made.BEFORE).code


@pytest.mark.django_db
def test_saying_no_needs_words_for_the_participant_and_changes_nothing() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    one = asked(priya)
    say = {"adjustment": one, "approved": False, "given": rules.Grant(), "by": approver(), "at": made.BEFORE}
    assert refused(actions.decide_adjustment, note=" ", **say).code == "adjustment.note"
    actions.decide_adjustment(note="The window can be moved for you instead.", **say)
    assert closing(priya) == made.CLOSES_AT


@pytest.mark.django_db
def test_what_was_approved_is_taken_back_until_the_window_opens() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    one = approve(asked(priya))
    back = {"adjustment": one, "note": "Meant for somebody else.", "by": approver()}
    assert refused(actions.take_back_adjustment, at=made.INSIDE, **back).code == "window.open"
    actions.take_back_adjustment(at=made.BEFORE, **back)
    assert (closing(priya), Sitting.objects.get(enrolment=priya).extra_days) == (made.CLOSES_AT, 0)


@pytest.mark.django_db
def test_the_reason_is_in_no_mail_and_no_trail() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    approve(asked(priya))
    assert REASON not in str(list(AuditEvent.objects.values_list("details", flat=True)))
    assert REASON not in str(list(OutboxMessage.objects.values_list("payload", flat=True)))


# --- after the deadline --------------------
@pytest.mark.django_db
def test_after_the_deadline_staff_decide_unless_a_policy_is_recorded() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    sitting, late = Sitting.objects.get(enrolment=priya), made.CLOSES_AT + timedelta(hours=30)
    one = asked(priya, sitting, at=late)
    policy = {"version": priya.version, "reason": "The board decided.", "by": approver(), "at": late}
    actions.set_late_policy(days=1, **policy)
    assert refused(approve, one, at=late).code == "adjustment.late"
    assert closing(priya) == made.CLOSES_AT
    actions.set_late_policy(days=None, **policy)
    assert refused(approve, one, rules.Grant(days=1), at=late).code == "adjustment.past"
    approve(one, at=late)
    assert closing(priya) == LATER


@pytest.mark.django_db
def test_no_deadline_moves_once_a_script_is_with_a_marker() -> None:
    priya, otto = two_people()
    window = made.window(priya.intake)
    made.script(Sitting.objects.get(enrolment=otto))
    factories_marking.markers(2)
    late = made.CLOSES_AT + timedelta(hours=1)
    marking.allocate_window(window=window, by=approver(), at=late)
    one = asked(priya, Sitting.objects.get(enrolment=priya), at=late)
    assert refused(approve, one, at=late).code == "adjustment.marking"
    assert Adjustment.objects.get().state == "requested"


@pytest.mark.django_db
def test_nothing_goes_to_markers_and_the_case_stays_unseen_until_the_last_deadline() -> None:
    priya, otto = two_people()
    window = made.window(priya.intake)
    made.script(Sitting.objects.get(enrolment=otto))
    approve(asked(priya))
    factories_marking.markers(2)
    between = made.CLOSES_AT + timedelta(hours=12)
    assert case_for(window, at=between) is None
    assert (
        refused(marking.allocate_window, window=window, by=approver(), at=between).code == "allocation.open"
    )
    moderator = factories.member(Role.MODERATOR, "Ingrid Moderator")
    assert refused(moderation.open_round, window=window, by=moderator, at=between).code == "allocation.open"
    after = LATER + timedelta(minutes=10)
    assert case_for(window, at=after) is not None
    assert marking.allocate_window(window=window, by=approver(), at=after) == 2


# --- who may read --------------------
@pytest.mark.django_db
def test_strangers_reach_no_request() -> None:
    priya, otto = two_people()
    one = asked(priya)
    with pytest.raises(Http404):
        adjusting.get_own_adjustment(otto.user, one.pk)
    assert adjusting.get_own_adjustment(priya.user, one.pk) == one


@pytest.mark.django_db
def test_nobody_asks_for_a_sitting_of_somebody_else() -> None:
    priya, otto = two_people()
    made.window(priya.intake)
    assert refused(asked, priya, Sitting.objects.get(enrolment=otto)).code == "adjustment.sitting"
    assert Intake.objects.count() == 1
