"""Which of several attempts decides: a pass of any one stands, else the last; whenever a result was told or corrected.

Every place that says a person's result is asked here together, since they once differed.
"""

from datetime import datetime, timedelta

import pytest

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import SittingState, Window
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.awards.queries import award_of
from goldenthread.awards.transcript import transcript_of
from goldenthread.integrity import actions as integrity
from goldenthread.integrity.models import Flag
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import attempts, own_result, queries
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from goldenthread.reports import measures, promises
from goldenthread.reports.rules import Share
from goldenthread.web.office.views.results import award_effect
from goldenthread.web.shared import accompany
from tests import factories
from tests import factories_marking as make
from tests.factories_web import page, text_of
from tests.outcomes import test_further_window as further
from tests.outcomes.test_further_window import BETWEEN, CLOSED, enter, person, second_window, stages

pytestmark = pytest.mark.django_db
LATER = CLOSED + timedelta(days=40)
PASS, FAIL = Totals(18, 12), Totals(8, 4)


def of(window: Window, name: str = "Noor Not") -> Outcome:
    """The result that stands for somebody's attempt in a window."""
    return attempts.standing().get(window=window, enrolment=person(name))


def correct(outcome: Outcome, marks: Totals, *, at: datetime = LATER) -> Outcome:
    return awards.correct(outcome=outcome, reason="Reviewed", by=outcome.released_by, at=at, half_marks=marks)


def said(name: str = "Noor Not") -> dict[str, object]:
    """What each reader says of somebody's result."""
    one = Enrolment.objects.select_related("user", "version__programme", "intake").get(user__name=name)
    shown = accompany.with_dates(Enrolment.objects.filter(pk=one.pk), at=LATER).get()
    outcome = own_result.result_of(one).outcome
    assessed = transcript_of(one, at=LATER).assessed
    rate = measures.rates_of_intakes([one.intake_id])[one.intake_id]
    everybody = attempts.last_attempts().order_by("released_at", "pk")
    assert attempts.fell_short([one.pk]) == list(everybody.filter(enrolment=one))
    assert attempts.fell_short(Enrolment.objects.values_list("pk", flat=True)) == list(everybody)
    return {
        "page": outcome.result if outcome else "",
        "transcript": all(row[1] != "not met" for row in assessed if row[2]),
        "list": accompany.result_text(told=vars(shown)["told"], passed=vars(shown)["passed"]),
        "rate": rate.passed,
        "stage": one.stage,
        "award": award_of(one) is not None,
    }


PASSED = {
    "page": "passed", "transcript": True, "list": "Passed", "rate": 1, "stage": Stage.AWARDED, "award": True,
}  # fmt: skip
SHORT = {
    "page": "not_passed", "transcript": False, "list": "Not passed", "rate": 0, "stage": Stage.NOT_ACHIEVED,
    "award": False,
}  # fmt: skip


def two_windows(second_marks: dict[int, int | None] = make.FAIR) -> tuple[Window, Window]:
    """Noor failed the first window and sat the second, in which everybody got these marks."""
    first = further.first_window()
    second = second_window()
    enter("Noor Not", second)
    further.jobs.release_due(at=further.INSIDE)
    for name in ("Noor Not", "Lena Later"):
        further.handed_in(second, name)
    make.mark_all(second, [second_marks, second_marks], at=CLOSED)
    make.moderated(second, at=CLOSED)
    awards.release(window=second, by=second.created_by, at=CLOSED)
    return first, second


@pytest.mark.requirement("S0-56")
def test_correcting_an_older_failed_window_leaves_a_later_pass_what_it_is_everywhere() -> None:
    first, second = two_windows()
    assert said() == PASSED
    correct(of(first), FAIL)
    assert said() == PASSED
    assert attempts.whole_of(person("Noor Not")) == of(second)


def test_a_pass_by_a_correction_of_the_older_window_stands_after_the_later_one_failed() -> None:
    first, second = two_windows(make.POOR)
    assert said() == SHORT
    correct(of(first), PASS)
    assert said() == PASSED
    correct(of(second), FAIL, at=LATER + timedelta(days=1))
    assert said() == PASSED
    assert attempts.whole_of(person("Noor Not")) == of(first)


def test_without_a_pass_the_last_attempt_decides_whichever_was_corrected_last() -> None:
    first, second = two_windows(make.POOR)
    correct(of(first), FAIL)
    assert said() == SHORT
    assert attempts.whole_of(person("Noor Not")) == of(second)
    assert [one.window for one in attempts.last_attempts().filter(enrolment=person("Noor Not"))] == [second]


def test_the_award_moves_to_the_other_pass_when_the_one_it_rests_on_falls() -> None:
    first, second = two_windows()
    correct(of(first), PASS)
    (award,) = Award.objects.filter(outcome__enrolment=person("Noor Not"))
    assert award.outcome.window == second
    follows = queries.evaluation_of(person("Noor Not"), second, FAIL)
    told = award_effect(of(second), follows, at=LATER)
    assert told.endswith("Another is issued for the pass of another window.")
    correct(of(second), FAIL)
    assert said() == PASSED
    again = award_of(person("Noor Not"))
    assert again is not None
    assert (again.outcome.window, again.code == award.code) == (first, False)


def test_who_failed_again_before_the_first_was_corrected_is_counted_as_given_a_further_window() -> None:
    first, _ = two_windows(make.POOR)
    assert promises._support(LATER.date()).of == 3  # Noor once, Lena, and Hana, whom the gate held back
    before = promises._support(LATER.date())
    correct(of(first), FAIL)
    assert promises._support(LATER.date()) == before
    third = make.window(first.intake, opens_on=LATER.date() + timedelta(days=10))
    make.sitting(third, person("Noor Not"), state="booked")
    assert promises._support(LATER.date()) == Share(before.part + 1, before.of)


def test_a_correction_of_an_older_window_leaves_who_was_held_back_later_where_they_are() -> None:
    first = further.first_window()
    second = second_window()
    enter("Noor Not", second)
    gate = {"code": "engagement", "message": "Engagement was below the share."}
    second.sittings.filter(enrolment=person("Noor Not")).update(state=SittingState.HELD_BACK, gate=gate)
    further.jobs.release_due(at=further.INSIDE)
    further.handed_in(second, "Lena Later")
    make.mark_all(second, at=CLOSED)
    make.moderated(second, at=CLOSED)
    awards.release(window=second, by=second.created_by, at=CLOSED)
    assert stages()["Noor Not"] == Stage.ASSESSMENT
    correct(of(first), FAIL)
    assert stages()["Noor Not"] == Stage.ASSESSMENT


# --- late releases ---------------------------------------------------------------------------------------
def held_then_entered() -> tuple[Window, Window]:
    """A released window in which Mina's failed result was held by a question, and the next one, which she is entered
    for; the question is answered.
    """
    window = make.window(factories.intake())
    make.markers(2)
    for name in ("Mina Held", "Otto Out"):
        one = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(one, 3996)
        make.sitting(window, one)
    make.mark_all(window, [make.POOR, make.POOR])
    make.moderated(window)
    sitting = window.sittings.get(enrolment__user__name="Mina Held")
    integrity.raise_concern(
        script=sitting.scripts.get(current=True), note="Unlike her other work.", by=window.created_by,
        at=make.CLOSED,
    )  # fmt: skip
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    assert not Outcome.objects.filter(enrolment__user__name="Mina Held").exists()
    second = second_window()
    enter("Mina Held", second)
    return window, second


def answer(window: Window) -> None:
    office = factories.member(Role.OFFICE, "Ida Integrity")
    for flag in Flag.objects.order_by("pk"):
        integrity.answer_flag(flag=flag, reason="Her own notes show it.", by=office, at=BETWEEN)


def test_a_late_release_moves_nobody_who_is_entered_for_another_window() -> None:
    window, _ = held_then_entered()
    answer(window)
    (late,) = awards.release(window=window, by=window.created_by, at=BETWEEN)
    assert late.result == "not_passed"
    assert stages()["Mina Held"] == Stage.ASSESSMENT
    assert stages()["Otto Out"] == Stage.NOT_ACHIEVED


def test_a_late_release_closes_who_is_entered_for_nothing() -> None:
    window, second = held_then_entered()
    second.sittings.filter(enrolment=person("Mina Held")).delete()
    answer(window)
    awards.release(window=window, by=window.created_by, at=BETWEEN)
    assert stages()["Mina Held"] == Stage.NOT_ACHIEVED


# --- awards that were revoked by themselves ---------------------------------------------------------------
def revoked() -> tuple[Outcome, Award]:
    """A pass whose award was revoked by itself."""
    window = make.window(factories.intake())
    make.markers(2)
    one = factories.enrolment("Rosa Revoked", to=window.intake)
    factories.credit_minutes(one, 3996)
    make.sitting(window, one)
    make.mark_all(window)
    make.moderated(window)
    (outcome,) = awards.release(window=window, by=window.created_by, at=make.CLOSED)
    award = awards.revoke(award=Award.objects.get(), reason="Another person sat it.", by=None, at=BETWEEN)
    return outcome, award


def test_an_award_revoked_by_itself_does_not_come_back_with_a_correction_from_pass_to_pass() -> None:
    outcome, award = revoked()
    follows = queries.evaluation_of(outcome.enrolment, outcome.window, Totals(20, 12))
    assert (
        award_effect(outcome, follows, at=CLOSED)
        == f"The award {award.code} was revoked by itself and stays so."
    )
    again = correct(outcome, Totals(20, 12), at=CLOSED)
    correct(again, Totals(22, 12), at=LATER)
    assert awards.issue_missing(at=LATER) == 0
    assert Award.objects.count() == 1


def test_a_result_that_becomes_a_pass_after_the_revocation_brings_a_new_award() -> None:
    outcome, award = revoked()
    fell = correct(outcome, FAIL, at=CLOSED)
    follows = queries.evaluation_of(outcome.enrolment, outcome.window, PASS)
    assert award_effect(fell, follows, at=LATER) == "An award is issued."
    correct(fell, PASS, at=LATER)
    assert Award.objects.filter(revoked_at__isnull=True).exclude(code=award.code).count() == 1
    assert awards.issue_missing(at=LATER) == 0


def test_no_other_pass_that_was_there_brings_back_an_award_that_was_revoked_by_itself() -> None:
    first, _ = two_windows()
    correct(of(first), PASS)
    award = award_of(person("Noor Not"))
    assert award is not None
    awards.revoke(award=award, reason="Another person sat it.", by=None, at=LATER + timedelta(days=1))
    assert awards.issue_missing(at=LATER + timedelta(days=2)) == 0
    assert award_of(person("Noor Not")) is None


# --- what a participant reads ------------------------------------------------------------------------------
def read(name: str, url: str = "/my/result/") -> str:
    return text_of(page(person(name).user, url))


def sitting_of(window: Window, name: str = "Noor Not") -> int:
    return window.sittings.get(enrolment=person(name)).pk


def test_the_page_of_a_result_that_does_not_count_says_which_one_does() -> None:
    first, second = two_windows()
    older = read("Noor Not", f"/my/result/{sitting_of(first)}/")
    assert "Another result of yours counts" in older
    assert "You have passed" in older
    assert "What to do next" not in older  # nothing is left to do
    newer = read("Noor Not", f"/my/result/{sitting_of(second)}/")
    assert "Another result of yours counts" not in newer
    assert "You have your award" in newer


def test_who_passed_by_a_correction_is_shown_the_award_and_not_the_window_they_are_entered_for() -> None:
    first = further.first_window()
    second = second_window()
    enter("Noor Not", second)
    correct(of(first), PASS, at=BETWEEN)
    assert "Get your certificate" in read("Noor Not", "/my/")
    further.jobs.release_due(at=further.INSIDE)
    further.handed_in(second, "Noor Not")
    further.handed_in(second, "Lena Later")
    make.mark_all(second, at=CLOSED)
    make.moderated(second, at=CLOSED)
    awards.release(window=second, by=second.created_by, at=CLOSED)
    told = read("Noor Not", f"/my/result/{sitting_of(second)}/")
    assert "There is no result" in told
    assert "you had passed by another window" in told


def test_whose_result_is_held_reads_that_it_comes_later_and_not_that_it_is_there() -> None:
    window, second = held_then_entered()
    second.sittings.filter(enrolment=person("Mina Held")).delete()
    assert "Your result is there" not in read("Mina Held", "/my/")
    assert "Your result is there" not in read("Mina Held", "/my/assessment/")
    assert "yours is still being looked at" in read(
        "Mina Held", f"/my/result/{sitting_of(window, 'Mina Held')}/"
    )
    assert "Your result is there" in read("Otto Out", "/my/")
    answer(window)
    awards.release(window=window, by=window.created_by, at=BETWEEN)
    assert "Your result is there" in read("Mina Held", "/my/")


def test_a_pass_whose_award_was_revoked_says_so() -> None:
    outcome, _ = revoked()
    told = text_of(page(outcome.enrolment.user, "/my/result/"))
    assert "Passed" in told
    assert "Your award was revoked" in told
    assert "You have your award" not in told
