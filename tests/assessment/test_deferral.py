"""Deferring a booked sitting to a later window: who may, until when, what follows for person, window and case study."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, adjusting, entering, queries, reuse, rules
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.jobs import release_due
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules import deferring
from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.outcomes import queries as outcomes
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Role, User
from tests import factories, factories_marking
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db
DEFER = rules.Grant(deferral=True)
REASON = "In hospital until the end of the month"
AFTER = datetime(2025, 10, 20, 9, 0, tzinfo=UTC)


def approver() -> User:
    return made.someone(Role.OFFICE, "Olu Office")


def ask(
    sitting: Sitting, *, at: datetime = made.BEFORE, by: Any = None, asked: rules.Grant = DEFER
) -> Adjustment:
    return actions.request_adjustment(
        enrolment=sitting.enrolment,
        sitting=sitting,
        asked=asked,
        reason=REASON,
        form_key=str(uuid.uuid4()),
        by=by or sitting.enrolment.user,
        at=at,
    )


def approve(one: Adjustment, *, at: datetime = made.BEFORE, by: Any = None) -> Adjustment:
    return actions.decide_adjustment(
        adjustment=one, approved=True, given=rules.Grant(), note="", by=by or approver(), at=at
    )


def deferred(sitting: Sitting | None = None, *, at: datetime = made.BEFORE) -> Sitting:
    one = sitting or made.sitting()
    approve(ask(one, at=at), at=at)
    return Sitting.everything.get(pk=one.pk)


def later(opens_on: date = date(2025, 11, 3), **fields: Any) -> Window:
    """A later window of the same intake, with another case study and nobody in it."""
    return made.window(
        factories.intake(), opens_on=opens_on, case=made.case_study(title="Another"), book=False, **fields
    )


def enter(enrolment: Enrolment, window: Window, *, at: datetime = made.BEFORE) -> Sitting:
    return actions.enter_again(enrolment=enrolment, window=window, reason="Deferred", by=approver(), at=at)


# --- asked for and decided -----------------------------------------------------------------------------------
@pytest.mark.requirement("S2-34")
def test_an_approved_deferral_takes_the_sitting_out_of_its_window_and_is_told() -> None:
    one = made.sitting()
    asked = ask(one)
    assert Sitting.objects.filter(pk=one.pk).exists()
    approve(asked)
    found = Sitting.everything.get(pk=one.pk)
    assert found.state == SittingState.DEFERRED
    assert not one.window.sittings.exists()
    assert queries.get_window_for(viewer_of(approver(), on=made.BEFORE.date()), one.window_id).booked == 0
    event = AuditEvent.objects.get(verb="sitting.deferred", subject=f"sitting:{one.pk}")
    assert (event.details, event.actor) == ({"shown": False, "written": False}, f"user:{approver().pk}")
    told = mail.render(OutboxMessage.objects.get(key=f"mail:adjustment_decided:{asked.pk}:approved"))
    assert told.subject == "Your window is deferred"
    assert "Mon 6 Oct 2025" in told.text
    assert REASON not in told.text + told.html
    assert not AuditEvent.objects.filter(details__icontains=REASON).exists()


def test_nobody_decides_about_their_own_or_what_they_recorded() -> None:
    one = made.sitting()
    recorded = ask(one, by=approver())
    with pytest.raises(Refused, match="another person of the office decides"):
        approve(recorded)
    with pytest.raises(Refused, match="Nobody decides about their own"):
        approve(ask(one), by=one.enrolment.user)
    approve(recorded, by=factories.member(Role.OFFICE, "Cleo Colleague"))
    assert not Sitting.objects.exists()


def test_the_same_decision_twice_is_one_and_a_declined_one_leaves_everything() -> None:
    one = made.sitting()
    asked = ask(one)
    assert approve(asked).decided_at == approve(asked, at=made.INSIDE).decided_at
    assert AuditEvent.objects.filter(verb="sitting.deferred").count() == 1
    other = made.sitting(
        made.ready("Otto Other"), opens_on=date(2025, 10, 20), case=made.case_study(title="B")
    )
    no = {
        "approved": False,
        "given": rules.Grant(),
        "note": "Not without a letter.",
        "by": approver(),
        "at": made.BEFORE,
    }
    declined = ask(other)
    assert actions.decide_adjustment(adjustment=declined, **no) == actions.decide_adjustment(
        adjustment=declined, **no
    )
    assert Sitting.objects.get().pk == other.pk


@pytest.mark.parametrize(
    ("grant", "with_sitting", "words"),
    [
        (rules.Grant(days=2, deferral=True), True, "not for both"),
        (rules.Grant(arrangement="Large print", deferral=True), True, "not for both"),
        (DEFER, False, "of one window"),
    ],
)
def test_a_deferral_is_of_one_window_and_goes_with_nothing_else(
    grant: rules.Grant, with_sitting: bool, words: str
) -> None:
    one = made.sitting()
    with pytest.raises(Refused, match=words):
        actions.request_adjustment(
            enrolment=one.enrolment,
            sitting=one if with_sitting else None,
            asked=grant,
            reason=REASON,
            form_key=str(uuid.uuid4()),
            by=one.enrolment.user,
            at=made.BEFORE,
        )


def test_what_was_handed_in_counts_and_is_not_deferred() -> None:
    one = made.sitting()
    asked = ask(one)
    made.script(one)
    with pytest.raises(Refused, match="A script was handed in"):
        approve(asked, at=made.INSIDE)
    with pytest.raises(Refused, match="A script was handed in"):
        ask(one, at=made.INSIDE)
    assert Sitting.objects.get().state == SittingState.HANDED_IN


def test_whoever_was_held_back_used_no_attempt_and_is_not_deferred() -> None:
    one = made.sitting()
    Sitting.objects.filter(pk=one.pk).update(state=SittingState.HELD_BACK)
    with pytest.raises(Refused, match="not released to this person"):
        ask(one, at=made.INSIDE)


# --- while it is open, and after the deadline ------------------------------------------------------------------
@pytest.mark.requirement("S0-38")
def test_a_case_that_was_opened_is_refused_later_and_nothing_more_is_shown_or_taken() -> None:
    one = made.sitting()
    case = actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE)
    actions.save_draft(
        sitting=one, texts={"": "We began."}, revision=0, by=one.enrolment.user, at=made.INSIDE
    )
    found = deferred(one, at=made.INSIDE)
    person = one.enrolment.user
    assert found.draft == {"": "We began."}
    for stale in (found, one):  # one: loaded before the decision
        with pytest.raises(Refused, match="This sitting was deferred"):
            actions.save_draft(sitting=stale, texts={"": "More"}, revision=1, by=person, at=made.INSIDE)
        with pytest.raises(Refused, match="This sitting was deferred"):
            made.script(stale)
    with pytest.raises(Refused, match="This sitting was deferred"):
        actions.get_case_for(user=person, sitting=found, at=made.INSIDE)
    assert reuse.cases_had_by(person) == [case.pk]
    window = actions.schedule_window(
        intake=one.enrolment.intake, opens_on=date(2025, 11, 3), by=approver(), at=made.INSIDE
    )
    actions.assign_case(window=window, case_study=case, by=approver(), at=made.INSIDE, reason="Nothing else")
    with pytest.raises(Refused, match="already had this case study"):
        enter(one.enrolment, window, at=made.INSIDE)


def test_a_case_that_was_not_opened_can_be_theirs_later() -> None:
    one = deferred()
    window = actions.schedule_window(
        intake=one.enrolment.intake, opens_on=date(2025, 11, 3), by=approver(), at=made.BEFORE
    )
    case = one.window.case_study
    actions.assign_case(window=window, case_study=case, by=approver(), at=made.BEFORE, reason="Deferred only")
    assert reuse.cases_had_by(one.enrolment.user) == []
    assert enter(one.enrolment, window).window == window


@pytest.mark.parametrize(("days", "asked_at", "allowed"), [
    (None, made.CLOSES_AT + timedelta(days=2), True),
    (0, made.CLOSES_AT, True),
    (0, made.CLOSES_AT + timedelta(microseconds=1), False),
    (3, made.CLOSES_AT + timedelta(days=3), True),
])  # fmt: skip
def test_when_it_was_asked_counts_by_the_late_policy(
    days: int | None, asked_at: datetime, allowed: bool
) -> None:
    one = made.sitting()
    if days is not None:
        actions.set_late_policy(
            version=one.enrolment.version, days=days, reason="As agreed", by=approver(), at=made.BEFORE
        )
    asked = ask(one, at=asked_at)
    if allowed:
        approve(asked, at=AFTER)
        assert not Sitting.objects.exists()
    else:
        with pytest.raises(Refused, match="asked for later than the recorded late policy allows"):
            approve(asked, at=AFTER)


def test_once_results_are_released_nothing_is_deferred() -> None:
    one = made.sitting()
    asked = ask(one)
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    with pytest.raises(Refused, match="results of this window are released"):
        approve(asked, at=AFTER)


# --- what follows -------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-33")
def test_the_deferred_person_is_entered_for_a_later_window_with_stage_gate_and_mail() -> None:
    one, window = deferred(), later()
    assert entering.windows_to_enter(one.enrolment, at=made.BEFORE) == [window]
    sitting = enter(one.enrolment, window)
    assert sitting.state == SittingState.BOOKED
    assert enter(one.enrolment, window) == sitting
    one.enrolment.refresh_from_db()
    assert one.enrolment.stage != Stage.NOT_ACHIEVED
    assert OutboxMessage.objects.filter(key=f"mail:window_set:{sitting.pk}").count() == 1
    assert entering.deferral_to_follow(one.enrolment) is None


def test_the_window_that_follows_is_later_and_within_the_months_of_the_version() -> None:
    one = deferred()
    until = entering.follows_until(one.enrolment)
    assert until == date(2025, 12, 2)  # fifteen months after 2 September 2024
    earlier = later(date(2025, 9, 22))
    with pytest.raises(Refused, match="choose one that opens after it"):
        enter(one.enrolment, earlier)
    beyond = made.window(
        factories.intake(starts_on=date(2025, 1, 13)), opens_on=date(2026, 2, 2),
        case=made.case_study(title="Next"), book=False,
    )  # fmt: skip
    with pytest.raises(Refused, match="a first attempt ends by Tue 2 Dec 2025"):
        enter(one.enrolment, beyond)
    assert entering.windows_to_enter(one.enrolment, at=made.BEFORE) == []


@pytest.mark.parametrize(
    ("opens_on", "last_day", "allowed", "fits"),
    [
        (date(2025, 10, 7), date(2025, 10, 14), date(2025, 10, 14), True),
        (date(2025, 10, 7), date(2025, 10, 14), date(2025, 10, 13), False),
        (date(2025, 10, 6), date(2025, 10, 13), None, False),
        (date(2026, 10, 6), date(2026, 10, 13), None, True),
    ],
)
def test_which_window_may_follow(opens_on: date, last_day: date, allowed: date | None, fits: bool) -> None:
    assert deferring.fits(opens_on, last_day, deferred_from=date(2025, 10, 6), allowed=allowed) is fits


def test_leadership_has_until_twenty_one_months_after_the_start() -> None:
    assert deferring.last_day_allowed(date(2024, 1, 31), (18, 21)) == date(2025, 10, 31)
    assert deferring.last_day_allowed(date(2024, 5, 31), (18, 21)) == date(2026, 2, 28)


def test_nobody_who_was_deferred_is_booked_with_the_others() -> None:
    one = made.sitting()
    other = made.ready("Lena Late", to=one.enrolment.intake)
    deferred(one)
    booked = actions.book_sittings(window=one.window, by=approver(), at=made.BEFORE)
    assert [sitting.enrolment for sitting in booked] == [other]
    assert actions.book_sittings(window=later(), by=approver(), at=made.BEFORE) == []


def test_the_gate_is_not_judged_and_no_result_is_worked_out_for_who_was_deferred() -> None:
    one = made.sitting()
    other = made.ready("Otto Other", to=one.enrolment.intake)
    actions.book_sittings(window=one.window, by=approver(), at=made.BEFORE)
    deferred(one)
    assert release_due(at=made.INSIDE) == 1
    assert Sitting.everything.get(pk=one.pk).released_at is None
    lines = list(outcomes.evaluations(one.window))
    assert [line.enrolment_id for line in lines] == [other.pk]


def test_a_deferred_deadline_holds_nobodys_marking_up() -> None:
    window = factories_marking.window()
    slow = factories_marking.sitting(window, factories.enrolment("Slow", to=window.intake))
    Sitting.objects.filter(pk=slow.pk).update(
        state=SittingState.DEFERRED, closes_at=slow.closes_at + timedelta(days=28)
    )
    assert adjusting.with_markers(window) is False
    assert list(window.sittings.values_list("pk", flat=True)) == []


def test_what_comes_next_can_be_said_of_who_was_deferred() -> None:
    one = deferred()
    last = actions.say_what_next(
        enrolment=one.enrolment, text="Joins the January intake", by=approver(), at=made.BEFORE
    )
    assert last.pk == one.pk
    assert AuditEvent.objects.get(verb="sitting.next_said").details == {"reason": "Joins the January intake"}


# --- undone -------------------------------------------------------------------------------------------------
def take_back(one: Adjustment, at: datetime = made.BEFORE) -> Adjustment:
    return actions.take_back_adjustment(adjustment=one, note="You are well again.", by=approver(), at=at)


def test_a_deferral_is_taken_back_until_the_window_opens() -> None:
    one = made.sitting()
    asked = approve(ask(one))
    with pytest.raises(Refused, match="has opened"):
        take_back(asked, at=made.OPENS_AT)
    take_back(asked, at=made.OPENS_AT - timedelta(seconds=1))
    take_back(asked)
    found = Sitting.objects.get()
    assert (found.pk, found.state, found.opens_at) == (one.pk, SittingState.BOOKED, made.OPENS_AT)
    told = mail.render(OutboxMessage.objects.get(key=f"mail:adjustment_decided:{asked.pk}:revoked"))
    assert "You sit the window from Mon 6 Oct 2025 after all." in told.text
    assert AuditEvent.objects.filter(verb="sitting.deferral_taken_back").count() == 1
    again = approve(ask(one), at=made.BEFORE)
    assert (again.state, Sitting.objects.count()) == ("approved", 0)


def test_what_was_granted_meanwhile_for_all_windows_holds_in_the_sitting_that_comes_back() -> None:
    one = made.sitting()
    asked = approve(ask(one))
    more = actions.request_adjustment(
        enrolment=one.enrolment, sitting=None, asked=rules.Grant(days=2), reason=REASON,
        form_key=str(uuid.uuid4()), by=one.enrolment.user, at=made.BEFORE,
    )  # fmt: skip
    actions.decide_adjustment(
        adjustment=more, approved=True, given=rules.Grant(days=2), note="", by=approver(), at=made.BEFORE
    )
    take_back(asked)
    assert Sitting.objects.get().closes_at == made.CLOSES_AT + timedelta(days=2)


def test_a_deferral_is_not_taken_back_once_another_window_is_entered() -> None:
    one = made.sitting()
    asked = approve(ask(one))
    enter(one.enrolment, later())
    with pytest.raises(Refused, match="is entered for the window from Mon 3 Nov 2025"):
        take_back(asked)
