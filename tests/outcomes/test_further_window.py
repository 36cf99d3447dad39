"""A second window, from the entry by hand to the award: after being held back, and after not passing."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, jobs, queries
from goldenthread.assessment.models import Sitting, SittingState, Window
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.awards.queries import award_of
from goldenthread.marking.rules import Totals
from goldenthread.outcomes.attempts import whole_of
from goldenthread.outcomes.models import Outcome
from tests import factories
from tests import factories_assessment as made
from tests import factories_marking as make
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
SECOND_OPENS = date(2026, 2, 2)
BETWEEN = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
INSIDE = datetime(2026, 2, 4, 9, 0, tzinfo=UTC)
CLOSED = datetime(2026, 2, 12, 9, 0, tzinfo=UTC)


@kept
def first_window() -> Window:
    """A released window with Hana, who was held back in induction, and Noor, who did not pass."""
    window = make.window(factories.intake())
    make.markers(2)
    for name, minutes, state in (("Hana Held", 0, SittingState.HELD_BACK), ("Noor Not", 3996, "")):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, minutes)
        make.sitting(window, person, state=state or SittingState.HANDED_IN)
    Enrolment.objects.filter(user__name="Hana Held").update(stage=Stage.INDUCTION)
    Sitting.objects.filter(state=SittingState.HELD_BACK).update(
        gate={"code": "stage.induction", "message": "Development not complete: induction is not finished."}
    )
    make.mark_all(window, [make.POOR, make.POOR])
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    return window


@kept
def second_window() -> Window:
    """The window of the next intake, in which Lena of that intake is booked."""
    intake = factories.intake(starts_on=date(2025, 1, 13))
    window = make.window(intake, opens_on=SECOND_OPENS)
    person = factories.enrolment("Lena Later", to=intake)
    factories.credit_minutes(person, 3996)
    actions.book_sittings(window=window, by=window.created_by, at=BETWEEN)
    return window


def person(name: str) -> Enrolment:
    return Enrolment.objects.select_related("user").get(user__name=name)


def enter(name: str, window: Window) -> Sitting:
    return actions.enter_again(
        enrolment=person(name), window=window, reason="Agreed", by=window.created_by, at=BETWEEN
    )


def handed_in(window: Window, name: str) -> None:
    rows = window.sittings.select_related("window__intake__version__programme", "enrolment__user")
    made.script(rows.get(enrolment=person(name)), at=INSIDE)


def sat(window: Window) -> None:
    """Everybody of the window whose gate is met hands in, and both markers give marks that pass."""
    jobs.release_due(at=INSIDE)
    names = window.sittings.exclude(state=SittingState.HELD_BACK).order_by("pk")
    for name in names.values_list("enrolment__user__name", flat=True):
        handed_in(window, name)
    make.mark_all(window, at=CLOSED)
    make.moderated(window, at=CLOSED)


def stages() -> dict[str, str]:
    return dict(Enrolment.objects.order_by("pk").values_list("user__name", "stage"))


@pytest.mark.requirement("S0-41")
def test_who_was_held_back_and_who_did_not_pass_sit_the_next_intakes_window_to_the_award() -> None:
    first_window()
    assert stages() == {"Hana Held": Stage.INDUCTION, "Noor Not": Stage.NOT_ACHIEVED}
    window = second_window()
    enter("Hana Held", window)
    enter("Noor Not", window)
    assert stages()["Noor Not"] == Stage.ASSESSMENT
    factories.credit_minutes(person("Hana Held"), 3996)  # the work that was missing
    sat(window)
    released = awards.release(window=window, by=window.created_by, at=CLOSED)
    assert {one.enrolment.user.name: one.result for one in released} == {
        "Hana Held": "passed", "Noor Not": "passed", "Lena Later": "passed",
    }  # fmt: skip
    assert set(stages().values()) == {Stage.AWARDED}
    assert Award.objects.count() == 3
    latest: Any = whole_of(person("Noor Not"))
    assert (latest.window, latest.number, latest.result) == (window, 1, "passed")


def test_who_is_still_short_is_held_back_again_and_keeps_the_stage() -> None:
    first_window()
    window = second_window()
    sitting = enter("Hana Held", window)
    sat(window)
    sitting.refresh_from_db()
    assert (sitting.state, sitting.gate["code"]) == (SittingState.HELD_BACK, "stage.induction")
    awards.release(window=window, by=window.created_by, at=CLOSED)
    assert stages()["Hana Held"] == Stage.INDUCTION


def test_who_does_not_pass_again_has_not_achieved_it() -> None:
    first_window()
    window = second_window()
    enter("Noor Not", window)
    jobs.release_due(at=INSIDE)
    handed_in(window, "Lena Later")
    make.mark_all(window, at=CLOSED)
    make.moderated(window, at=CLOSED)
    awards.release(window=window, by=window.created_by, at=CLOSED)
    assert stages() == {
        "Hana Held": Stage.INDUCTION, "Noor Not": Stage.NOT_ACHIEVED, "Lena Later": Stage.AWARDED,
    }  # fmt: skip


def test_booking_a_later_window_takes_its_own_people_only_and_counts_who_was_entered() -> None:
    first = first_window()
    window = second_window()
    assert list(window.sittings.values_list("enrolment__user__name", flat=True)) == ["Lena Later"]
    enter("Hana Held", window)
    assert actions.book_sittings(window=window, by=window.created_by, at=BETWEEN) == []
    assert list(queries.not_booked(window)) == []
    assert queries.windows_for(factories.seen(window.created_by)).get(pk=window.pk).booked == 2  # type: ignore[attr-defined]
    further = make.window(first.intake, opens_on=date(2025, 11, 24), case_study=None)
    assert (
        list(queries.not_booked(further)) == []
    )  # of its intake nobody is new: they are entered by a decision


def test_who_was_entered_for_a_window_that_is_cancelled_can_be_entered_again() -> None:
    first_window()
    window = second_window()
    enter("Hana Held", window)
    enter("Noor Not", window)
    actions.cancel_window(window=window, reason="Clash", by=window.created_by, at=BETWEEN)
    other = make.window(window.intake, opens_on=date(2026, 2, 16))
    for name in ("Hana Held", "Noor Not"):
        assert enter(name, other).window == other


def test_a_correction_of_the_first_window_moves_nobody_who_is_entered_for_another() -> None:
    first = first_window()
    window = second_window()
    enter("Noor Not", window)
    outcome = Outcome.objects.get(window=first, enrolment=person("Noor Not"))
    again = awards.correct(outcome=outcome, reason="One point more", by=first.created_by, at=BETWEEN,
                           half_marks=Totals(8, 4))  # fmt: skip
    assert again.result == "not_passed"
    assert stages()["Noor Not"] == Stage.ASSESSMENT


def test_a_correction_of_the_first_window_takes_no_award_of_the_second() -> None:
    first = first_window()
    window = second_window()
    enter("Noor Not", window)
    sat(window)
    awards.release(window=window, by=window.created_by, at=CLOSED)
    outcome = Outcome.objects.get(window=first, enrolment=person("Noor Not"))
    awards.correct(outcome=outcome, reason="Reviewed", by=first.created_by, at=CLOSED)
    assert stages()["Noor Not"] == Stage.AWARDED
    assert award_of(person("Noor Not")) is not None


def test_who_passed_by_a_correction_meanwhile_has_no_outcome_in_the_later_window() -> None:
    first = first_window()
    window = second_window()
    enter("Noor Not", window)
    outcome = Outcome.objects.get(window=first, enrolment=person("Noor Not"))
    awards.correct(outcome=outcome, reason="Appeal upheld", by=first.created_by, at=BETWEEN,
                   half_marks=Totals(18, 12))  # fmt: skip
    jobs.release_due(at=INSIDE)
    handed_in(window, "Lena Later")
    make.mark_all(window, at=CLOSED)
    make.moderated(window, at=CLOSED)
    awards.release(window=window, by=window.created_by, at=CLOSED)
    assert stages()["Noor Not"] == Stage.AWARDED
    assert Outcome.objects.filter(window=window).count() == 1
