"""A task handed in more than once: what counts, and that outcome, stage and award always say the same."""

import uuid
from datetime import date
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.appeals import actions as appeals
from goldenthread.applications.models import Enrolment
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.awards.transcript import transcript_of
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.outcomes import achieving
from goldenthread.outcomes.achievement import Attempt, TaskState, task_result
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from goldenthread.reports import promises
from goldenthread.support.models import SupportPlan
from tests import factories
from tests import factories_attempts as tried
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.factories_attempts import DECEMBER, ENOUGH, FAIL, PASS, SHORT, stands
from tests.outcomes.test_projects import FEEDBACK, everything_else, handed_in

HELD = ("passed", "awarded", 1)
OPEN = ("", "induction", 0)
FELL = ("not_passed", "assessment", 0)
DAY = [date(2019, 9, 10), date(2019, 12, 10), date(2020, 3, 10)]


# --- the rule ----------------------------------------------------------------------------------------
def tries(*results: bool | None) -> list[Attempt]:
    return [Attempt(n, DAY[n], passed, DAY[n], n) for n, passed in enumerate(results)]


@pytest.mark.alike
@pytest.mark.parametrize(("results", "state", "place"), [
    ((), TaskState.OPEN, 0),
    ((False,), TaskState.NOT_PASSED, 0),
    ((True,), TaskState.PASSED, 0),
    ((False, True), TaskState.PASSED, 1),
    ((True, False), TaskState.PASSED, 0),
    ((True, True, False), TaskState.PASSED, 0),
    ((False, False, True), TaskState.PASSED, 2),
    ((False, False), TaskState.NOT_PASSED, 1),
    ((False, None), TaskState.HANDED_IN, 0),
    ((None, False), TaskState.HANDED_IN, 0),
    ((True, None), TaskState.PASSED, 0),
    ((None, True), TaskState.PASSED, 1),
])  # fmt: skip
@pytest.mark.requirement("S1-34")
def test_a_pass_of_any_attempt_that_stands_passes_the_task(
    results: tuple[bool | None, ...], state: TaskState, place: int
) -> None:
    found = task_result("Project", tries(*results))
    assert (found.state, found.sitting) == (state, place)
    assert found.decided_on == (DAY[place] if state in (TaskState.PASSED, TaskState.NOT_PASSED) else None)


@pytest.mark.alike
def test_the_earliest_day_of_a_pass_counts_however_the_attempts_are_ordered() -> None:
    late = Attempt(1, DAY[0], True, DAY[2], 1)  # handed in first, and held by a question until March
    assert task_result("Project", [late, Attempt(2, DAY[1], True, DAY[1], 2)]).decided_on == DAY[1]


# --- corrections -------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.requirement("S1-34")
@pytest.mark.requirement("S3-31")
@pytest.mark.parametrize("key", [make.NPQSL, make.NPQH])
def test_a_correction_of_an_older_failed_attempt_leaves_the_award(key: str) -> None:
    amara, first, second = tried.two_attempts(SHORT, ENOUGH, key=key)
    if key == make.NPQH:
        assert stands(amara) == OPEN
        tried.told(handed_in(amara, "task-2"), ENOUGH, at=DECEMBER)
    assert stands(amara) == HELD
    award = Award.objects.get()
    wholes = Outcome.objects.filter(task="").count()
    again = tried.correct(first, FAIL)
    assert (again.result, again.window_id) == ("not_passed", first.window_id)
    assert stands(amara) == HELD
    assert Outcome.objects.filter(task="").count() == wholes
    assert achieving.task_results(amara)[0].decided_on == DECEMBER.date()
    assert Award.objects.get() == award
    assert not SupportPlan.objects.filter(ending="").exists()
    title = second.window.task_title
    (row,) = [row for row in transcript_of(amara, at=DECEMBER).assessed if row[0] == f"{title}: criteria"]
    assert row[1] == "12 of 20 marks"


@pytest.mark.django_db
@pytest.mark.requirement("S3-31")
def test_the_award_goes_with_the_attempt_that_it_rests_on() -> None:
    amara, _, second = tried.two_attempts(SHORT, ENOUGH)
    fell = tried.correct(second, FAIL)
    assert stands(amara) == FELL
    assert Award.objects.get().revoked_at is not None
    assert achieving.task_results(amara)[0].state is TaskState.NOT_PASSED
    tried.correct(fell, PASS)
    assert stands(amara) == HELD
    assert Award.objects.count() == 2


@pytest.mark.django_db
def test_an_older_attempt_that_is_corrected_to_a_pass_holds_the_award_when_the_later_one_falls() -> None:
    amara, first, second = tried.two_attempts(SHORT, ENOUGH)
    passed = tried.correct(first, PASS)
    assert stands(amara) == HELD
    assert achieving.task_results(amara)[0].decided_on == DAY[0]
    tried.correct(second, FAIL)
    assert stands(amara) == HELD
    tried.correct(passed, FAIL)
    assert stands(amara) == FELL


@pytest.mark.django_db
def test_a_correction_of_an_older_attempt_to_a_pass_brings_the_award() -> None:
    amara, first, _ = tried.two_attempts(SHORT, SHORT)
    assert stands(amara) == OPEN
    tried.correct(first, PASS)
    assert stands(amara) == HELD


@pytest.mark.django_db
def test_an_award_that_was_revoked_by_itself_does_not_come_back_with_a_correction() -> None:
    amara, first, _ = tried.two_attempts(SHORT, ENOUGH)
    awards.revoke(award=Award.objects.get(), reason="Given in error", by=make.office(), at=DECEMBER)
    tried.correct(first, FAIL)
    assert Award.objects.get().revoked_reason == "Given in error"
    assert awards.issue_missing(at=DECEMBER) == 0
    assert Outcome.objects.filter(enrolment=amara, task="").count() == 1


@pytest.mark.django_db
@pytest.mark.requirement("S3-29")
@pytest.mark.parametrize(("corrected", "left"), list(product([0, 1, 2], [FAIL, PASS])))
def test_of_two_tasks_each_stands_by_its_own_attempts(corrected: int, left: object) -> None:
    """Task 1 failed and passed, Task 2 passed: one of the three is corrected."""
    amara, first, second = tried.two_attempts(SHORT, ENOUGH, key=make.NPQH)
    third = tried.told(handed_in(amara, "task-2"), ENOUGH, at=DECEMBER)
    tried.correct((first, second, third)[corrected], left)  # type: ignore[arg-type]
    assert stands(amara) == (FELL if corrected and left is FAIL else HELD)


# --- a later fail ------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.requirement("S3-30")
def test_a_later_fail_of_a_passed_task_takes_nothing_away() -> None:
    amara, _, second = tried.two_attempts(ENOUGH, SHORT)
    assert second.result == "not_passed"
    assert stands(amara) == HELD
    assert Outcome.objects.filter(task="").count() == 1
    assert achieving.task_results(amara)[0].decided_on == DAY[0]
    again = tried.correct(second, FAIL)
    assert again.half_marks_learn_how_to == 12
    assert stands(amara) == HELD
    assert promises.FEATURES["support"].measure(DECEMBER.date()).of == 0  # they need no support to pass


@pytest.mark.django_db
@pytest.mark.requirement("S3-29")
def test_a_later_fail_of_a_passed_task_begins_no_support_plan_while_another_is_open() -> None:
    amara, *_ = tried.two_attempts(ENOUGH, SHORT, key=make.NPQH)
    assert stands(amara) == OPEN
    assert not SupportPlan.objects.exists()
    tried.told(handed_in(amara, "task-2"), ENOUGH, at=DECEMBER)
    assert stands(amara) == HELD


@pytest.mark.django_db
def test_what_is_found_missing_later_takes_no_pass_away_without_a_correction() -> None:
    """A register was corrected after the award: an extension or a catch-up concludes nothing against it."""
    amara, *_ = tried.two_attempts(SHORT, ENOUGH)
    amara.catch_ups.all().delete()
    found = achieving.checklist_of(amara, at=DECEMBER)
    assert found is not None
    assert found.standing == "not achieved yet"
    until = date(2020, 10, 1)
    achieving.extend(enrolment=amara, until=until, reason="For safety", by=make.office(), at=DECEMBER)
    assert stands(amara) == HELD


# --- appeals -----------------------------------------------------------------------------------------
def appealed(outcome: Outcome, given: object) -> Outcome:
    """An appeal against a result, decided after the re-mark with these marks."""
    olu, oda = make.office(), factories.member(Role.OFFICE, "Oda Office")
    made = appeals.lodge(
        outcome=outcome, grounds="marking", statement="Criterion 4.", form_key=str(uuid.uuid4()),
        by=outcome.enrolment.user, at=outcome.released_at,
    )  # fmt: skip
    made = appeals.check(appeal=made, admit=True, reason="It says where.", by=olu, at=DECEMBER)
    remark = Marking.objects.get(script__sitting__window=outcome.window, position=made.remark_position)
    marking.submit_marks(
        marking=remark,
        entered=marking.Entered(given, "", FEEDBACK),
        by=remark.marker,
        at=DECEMBER,  # type: ignore[arg-type]
    )
    made = appeals.decide(appeal=made, verdict="changed", reason="Read again.", by=oda, at=DECEMBER)
    assert made.new_outcome is not None
    return made.new_outcome


@pytest.mark.django_db
@pytest.mark.requirement("S1-34")
@pytest.mark.parametrize("given", [marked.marks(2, 2, 2, 2), ENOUGH])
def test_an_appeal_against_an_older_attempt_leaves_the_award(given: object) -> None:
    amara, first, _ = tried.two_attempts(SHORT, ENOUGH)
    new = appealed(first, given)
    assert new.result == ("passed" if given is ENOUGH else "not_passed")
    assert stands(amara) == HELD
    assert Award.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "state"), [(marked.marks(2, 2, 2, 2), OPEN), (ENOUGH, HELD)])
def test_an_appeal_against_a_failed_attempt_brings_the_award_if_it_comes_to_a_pass(
    given: object, state: tuple[str, str, int]
) -> None:
    amara, _, second = tried.two_attempts(SHORT, SHORT)
    appealed(second, given)
    assert stands(amara) == state


# --- what the office is told first ---------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(("place", "marks", "said"), [
    (0, "6", "The award {code} stands."),
    (0, "12", "The award {code} stands."),
    (1, "6", "The award {code} is revoked, and whoever verifies its code reads that."),
])  # fmt: skip
def test_the_page_of_a_correction_says_what_becomes_of_the_award(place: int, marks: str, said: str) -> None:
    amara, *outcomes = tried.two_attempts(SHORT, ENOUGH)
    client = Client()
    client.force_login(make.office())
    url = reverse("office:correct_result", args=[amara.reference, outcomes[place].pk])
    page = client.post(url, {"reason": "Added wrongly", "learn_that": "0", "learn_how_to": marks})
    text = " ".join(page.content.decode().split())
    assert said.format(code=Award.objects.get().code) in text


@pytest.mark.django_db
def test_the_page_of_a_correction_of_one_task_says_that_no_award_comes_while_another_is_open() -> None:
    amara = make.candidate(make.NPQH)
    window = handed_in(amara, "task-1")
    marked.markers(2)
    everything_else(amara)
    outcome = tried.told(window, SHORT)
    client = Client()
    client.force_login(make.office())
    url = reverse("office:correct_result", args=[amara.reference, outcome.pk])
    page = client.post(url, {"reason": "Added wrongly", "learn_that": "0", "learn_how_to": "12"})
    assert "There is no award." in page.content.decode()
    assert Enrolment.objects.get(pk=amara.pk).stage == "induction"
