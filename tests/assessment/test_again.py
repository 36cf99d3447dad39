"""A case study that others have seen, and people who enter a further window."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, entering, queries, reuse
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching

pytestmark = pytest.mark.django_db


def later_window() -> Window:
    """A window of the next intake, with somebody in it and no case study."""
    intake = factories.intake(starts_on=date(2025, 1, 13))
    factories.enrolment("Nina Next", to=intake)
    window = actions.schedule_window(
        intake=intake, opens_on=date(2026, 2, 2), by=made.office(), at=made.BEFORE
    )
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    return window


# --- a case study that others have seen -------------------------------------------------------------
def seen_case() -> Any:
    one = made.sitting()
    return actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE)


@pytest.mark.requirement("S0-38")
def test_a_case_study_that_an_earlier_window_has_seen_is_taken_with_a_reason_only() -> None:
    case, window = seen_case(), later_window()
    with pytest.raises(
        Refused, match=r"1 person of an earlier window .*NPQLT September 2024, from Mon 6 Oct"
    ) as no:
        actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)
    assert (no.value.code, no.value.field) == ("case.seen", "reason")
    with pytest.raises(Refused):
        actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE, reason="  ")
    actions.assign_case(
        window=window,
        case_study=case,
        by=made.office(),
        at=made.BEFORE,
        reason="No other is ready; Olu agreed",
    )
    window.refresh_from_db()
    event = AuditEvent.objects.get(verb="window.case_assigned", subject=f"window:{window.pk}")
    assert window.case_study == case
    assert (event.details["reason"], event.details["seen_by"]) == ("No other is ready; Olu agreed", 1)
    assert event.actor == f"user:{made.office().pk}"


def test_a_window_that_is_booked_and_opens_earlier_counts_although_nobody_has_read_yet() -> None:
    case, window = made.sitting().window.case_study, later_window()
    with pytest.raises(Refused, match="earlier window"):
        actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)


@pytest.mark.requirement("S0-38")
def test_a_case_that_the_later_window_was_given_first_needs_the_same_reason_in_the_earlier_one() -> None:
    window, earlier = later_window(), made.window(book=False, case=made.case_study(title="First"))
    case = made.case_study(title="Second")
    actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)
    give = {"window": earlier, "case_study": case, "by": made.office(), "at": made.BEFORE}
    with pytest.raises(
        Refused, match=r"^1 person of a later window .* could be told .*from Mon 2 Feb 2026"
    ) as no:
        actions.assign_case(**give)
    assert (no.value.code, no.value.field) == ("case.seen", "reason")
    assert actions.assign_case(**give, reason="Nothing else is ready").case_study == case


@pytest.mark.parametrize(
    ("other", "own", "words"),
    [
        ("Pacific/Auckland", "Europe/London", "1 person of an earlier window"),
        ("Europe/London", "Asia/Dubai", "1 person of a later window"),
        ("Europe/London", "Europe/London", "1 person of a window that opens at the same instant"),
    ],
)
def test_on_one_day_the_instants_of_the_zones_say_who_could_tell_whom(
    other: str, own: str, words: str
) -> None:
    case = made.sitting(made.ready("Olga Other"), zone=other).window.case_study
    next_year = factories.intake(starts_on=date(2024, 9, 9))
    window = actions.schedule_window(
        intake=next_year, opens_on=made.OPENS_ON, zone=own, by=made.office(), at=made.BEFORE
    )
    with pytest.raises(Refused, match=words):
        actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)


def test_a_window_in_which_nobody_is_booked_yet_counts_and_one_that_is_over_only_for_who_looked() -> None:
    later = later_window()
    Sitting.objects.filter(window=later).delete()
    case = made.case_study()
    actions.assign_case(window=later, case_study=case, by=made.office(), at=made.BEFORE)
    window = made.window(book=False, case=made.case_study(title="Other"))
    with pytest.raises(Refused, match="nobody booked yet"):
        actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)
    Window.objects.filter(pk=later.pk).update(state=WindowState.RELEASED)
    actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)


def test_an_unread_case_study_needs_no_reason_and_cancelled_windows_count_for_nothing() -> None:
    earlier = made.sitting().window
    actions.cancel_window(window=earlier, reason="Exams", by=made.office(), at=made.BEFORE)
    window = later_window()
    actions.assign_case(window=window, case_study=earlier.case_study, by=made.office(), at=made.BEFORE)
    event = AuditEvent.objects.get(verb="window.case_assigned", subject=f"window:{window.pk}")
    assert "reason" not in event.details


def test_the_choice_says_how_many_have_seen_each() -> None:
    case = seen_case()
    unread = made.case_study(title="Unread")
    offered = {one.pk: one.readers for one in queries.assignable_cases(factories.intake())}
    assert offered == {case.pk: 1, unread.pk: 0}


# --- a further window -------------------------------------------------------------------------------
def tried(stage: str = Stage.NOT_ACHIEVED, **fields: Any) -> Enrolment:
    """Somebody whose window is released, and who did not pass or was held back."""
    one = made.sitting()
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    Enrolment.objects.filter(pk=one.enrolment_id).update(stage=stage, **fields)
    return Enrolment.objects.get(pk=one.enrolment_id)


def enter(
    enrolment: Enrolment, window: Window, reason: str = "The programme lead agreed", **more: Any
) -> Sitting:
    at = more.get("at", made.BEFORE)
    return actions.enter_again(enrolment=enrolment, window=window, reason=reason, by=made.office(), at=at)


def test_whoever_did_not_pass_enters_a_further_window_with_a_reason_and_is_told() -> None:
    enrolment, window = tried(), later_window()
    sitting = enter(enrolment, window)
    assert enter(enrolment, window).pk == sitting.pk
    enrolment.refresh_from_db()
    assert (sitting.state, enrolment.stage) == (SittingState.BOOKED, Stage.ASSESSMENT)
    event = AuditEvent.objects.get(verb="enrolment.entered_again")
    assert event.details["reason"] == "The programme lead agreed"
    assert OutboxMessage.objects.filter(key=f"mail:window_set:{sitting.pk}").count() == 1


def test_whoever_was_held_back_keeps_the_stage_and_meets_the_gate_anew() -> None:
    enrolment, window = tried(Stage.INDUCTION), later_window()
    enter(enrolment, window)
    enrolment.refresh_from_db()
    assert enrolment.stage == Stage.INDUCTION


def test_the_windows_that_lie_ahead_of_the_same_version_are_offered() -> None:
    enrolment, window = tried(), later_window()
    assert entering.windows_to_enter(enrolment, at=made.BEFORE) == [window]
    assert entering.windows_to_enter(enrolment, at=made.BEFORE + timedelta(days=200)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stage": Stage.AWARDED}, "over"),
        ({"withdrawn_at": made.BEFORE}, "over"),
    ],
)
def test_an_enrolment_that_is_over_enters_nothing(change: dict[str, Any], words: str) -> None:
    enrolment, window = tried(**change), later_window()
    with pytest.raises(Refused, match=words):
        enter(enrolment, window)


def test_a_further_window_needs_a_reason_a_released_one_and_the_same_version() -> None:
    window = later_window()
    first = factories.enrolment("Not Yet")
    with pytest.raises(Refused, match="No result of an earlier window"):
        enter(first, window)
    enrolment = tried()
    with pytest.raises(Refused, match="Say why"):
        enter(enrolment, window, reason=" ")
    with pytest.raises(Refused, match="has opened"):
        enter(enrolment, window, at=made.BEFORE + timedelta(days=200))
    other = made.window(factories.intake("npqltd-reformed-international"), book=False)
    with pytest.raises(Refused, match="same programme version"):
        enter(enrolment, other)
    enter(enrolment, window)
    third = made.window(factories.intake(), opens_on=made.OPENS_ON + timedelta(days=10), book=False)
    with pytest.raises(Refused, match="still to come"):
        enter(enrolment, third)


def test_nobody_enters_a_sitting_that_has_begun_where_they_are() -> None:
    one = made.sitting(made.ready("Kiri", zone="Pacific/Auckland"))
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    intake = factories.intake(starts_on=date(2025, 1, 13))
    window = made.window(intake, opens_on=date(2026, 2, 2), zone_rule="participant", case=made.case_study())
    with pytest.raises(Refused, match="begun in Auckland time already"):
        enter(one.enrolment, window, at=datetime(2026, 2, 1, 12, 0, tzinfo=UTC))
    assert window.sittings.count() == 0


@pytest.mark.requirement("S0-38")
@pytest.mark.parametrize(("lives", "allowed"), [("Europe/London", False), ("Asia/Dubai", True)])
def test_nobody_enters_the_window_of_another_zone(lives: str, allowed: bool) -> None:
    enrolment = tried()
    Enrolment.objects.filter(pk=enrolment.pk).update(zone=lives)
    enrolment.refresh_from_db()
    window = later_window()
    Window.objects.filter(pk=window.pk).update(for_zone="Asia/Dubai", zone="Asia/Dubai")
    assert (entering.windows_to_enter(enrolment, at=made.BEFORE) != []) is allowed
    if allowed:
        assert enter(enrolment, window)
        return
    with pytest.raises(Refused, match="This window is for Asia/Dubai") as no:
        enter(enrolment, window)
    assert no.value.code == "window.other_part"


@pytest.mark.parametrize(("place", "allowed"), [("own", True), ("other", False), ("none", False)])
def test_nobody_enters_the_window_of_another_group_of_their_intake(place: str, allowed: bool) -> None:
    enrolment = tried()
    group, other = (teaching.group(name, of=enrolment.intake) for name in ("North", "South"))
    if place != "none":
        teaching.placed(enrolment, group if place == "own" else other)
    window = actions.schedule_window(
        intake=enrolment.intake, opens_on=date(2025, 11, 3), for_group=group, by=made.office(), at=made.BEFORE
    )
    assert (entering.windows_to_enter(enrolment, at=made.BEFORE) == [window]) is allowed
    if allowed:
        assert enter(enrolment, window)
    else:
        with pytest.raises(Refused, match="group North"):
            enter(enrolment, window)


def test_whoever_comes_from_another_intake_may_sit_with_any_group() -> None:
    enrolment, window = tried(), later_window()
    group = teaching.group("North", of=window.intake)
    Window.objects.filter(pk=window.pk).update(for_group=group)
    assert enter(enrolment, Window.objects.get(pk=window.pk))


@pytest.mark.requirement("S0-38")
def test_nobody_enters_a_window_with_a_case_study_that_they_have_had() -> None:
    enrolment, window = tried(), later_window()
    had = reuse.cases_had_by(enrolment.user)
    Window.objects.filter(pk=window.pk).update(case_study=had[0])
    with pytest.raises(Refused, match="already had this case study"):
        enter(enrolment, window)
