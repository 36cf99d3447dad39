"""Projects marked by criteria, moderated and released each on its own, and what the qualification comes to."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Window
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.events import actions as events
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.integrity import actions as integrity
from goldenthread.integrity.rules import Verdict
from goldenthread.learning import actions as learning
from goldenthread.learning.models import FormativeTask, ModuleCompletion, ResponseState, TaskResponse
from goldenthread.marking import actions as marking
from goldenthread.marking.feedback_rules import Feedback
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import Round
from goldenthread.outcomes import achieving
from goldenthread.outcomes.achievement import Standing, TaskState
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.reports.measures import pass_rate
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests import factories_teaching as teaching
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
MARKED = datetime(2019, 9, 10, 9, 0, tzinfo=UTC)
FEEDBACK = Feedback("A clear plan.", "Say who carries it on.")
ENOUGH, SHORT = marked.marks(3, 3, 3, 3), marked.marks(1, 1, 1, 1)


@kept
def handed_in(enrolment: Enrolment, task: str) -> Window:
    """The days of a task in which somebody has handed it in."""
    window = make.days(enrolment.intake, task)
    if task == "task-2":
        make.placed(enrolment, task)
    else:
        make.planned(enrolment, task)
    if task == "task-1":
        make.boarded(enrolment, task, "home")
    make.hand_in(enrolment, task)
    return window


@kept
def mark(window: Window, marks: Any = ENOUGH, *, at: datetime = MARKED) -> None:
    marking.allocate_window(window=window, by=make.office(), at=at)
    for one in Marking.objects.filter(script__sitting__window=window).select_related("marker"):
        marking.submit_marks(marking=one, entered=marking.Entered(marks, "", FEEDBACK), by=one.marker, at=at)


@kept
def sign_off(
    window: Window, chidi: User, *, at: datetime = MARKED, adjust: int | None = None, national: bool = True
) -> Round:
    """Sign a round off with one decision for everything, and let the national moderator confirm it."""
    opened = moderation.open_round(window=window, by=chidi, at=at, seed="seed")
    for sampled in opened.sample.order_by("pk"):
        moderation.mark_blind(sampled=sampled, marks=ENOUGH, by=chidi, at=at)
        half = None if adjust is None else marking.rules.Totals(0, adjust)
        moderation.decide(
            sampled=sampled, decision="confirmed" if adjust is None else "adjusted", half_marks=half,
            note="It holds." if adjust is None else "Reads better than that.", by=chidi, at=at,
        )  # fmt: skip
    marked.uncompared(window, at=at)
    signed = moderation.sign_off(round=opened, by=chidi, at=at)
    return marked.nationally(signed, at=at) if national else signed


def sign_off_as_it_is(window: Window, chidi: User) -> Round:
    """A signed-off round in which everything was confirmed."""
    opened = moderation.open_round(window=window, by=chidi, at=MARKED, seed="seed")
    for sampled in opened.sample.order_by("pk"):
        moderation.mark_blind(sampled=sampled, marks=ENOUGH, by=chidi, at=MARKED)
        moderation.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=MARKED)
    marked.uncompared(window, at=MARKED)
    return marked.nationally(moderation.sign_off(round=opened, by=chidi, at=MARKED), at=MARKED)


@kept
def released(window: Window, *, at: datetime = MARKED) -> list[Outcome]:
    return awards.release(window=window, by=make.office(), at=at)


def everything_else(enrolment: Enrolment) -> None:
    """Courses, core tasks and events of the plan are done."""
    learning.ensure_content(version=enrolment.version, by=None, at=make.BEGIN)
    for module in enrolment.version.modules.filter(activity_key__startswith="study"):
        ModuleCompletion.objects.create(module=module, enrolment=enrolment, completed_at=make.SUMMER)
    for task in FormativeTask.objects.filter(version=enrolment.version):
        TaskResponse.objects.create(
            task=task, enrolment=enrolment, state=ResponseState.ACCEPTED, saved_at=make.SUMMER
        )
    for one in enrolment.plan.filter(kind__in=EVENT_KINDS):
        events.record_catch_up(
            enrolment=enrolment,
            activity_key=one.key,
            how="distance learning",
            by=make.office(),
            at=make.SUMMER,
        )


def candidate_page(enrolment: Enrolment) -> str:
    client = Client()
    client.force_login(enrolment.user)
    return " ".join(client.get(reverse("participant:assessment")).content.decode().split())


@pytest.mark.requirement("S1-31")
def test_a_tutor_of_the_candidate_can_not_mark_and_the_result_keeps_the_scheme() -> None:
    amara = make.candidate()
    group = teaching.placed(amara, teaching.group(of=amara.intake)).group_places.get().group
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    teaching.hold(tara, Role.MARKER)
    bea, ben = marked.markers(2)
    make.planned(amara)
    for number in range(1, 5):
        make.add_file(amara, f"evidence-{number}.txt", f"Figures {number}".encode())
    window = make.days(amara.intake, "project")
    script = make.hand_in(amara)
    assert script.evidence.count() == 4
    assert (window.scheme.issuer, window.scheme.label) == ("DfE", "v2017")  # type: ignore[union-attr]
    marking.allocate_window(window=window, by=make.office(), at=MARKED)
    assert {one.marker for one in script.markings.all()} == {bea, ben}
    with pytest.raises(Refused) as caught:
        marking.reassign(marking=script.markings.first(), to=tara, reason="x", by=make.office(), at=MARKED)
    assert caught.value.code == "reassign.conflict"
    assert caught.value.message.startswith("Conflict")
    mark(window)
    sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    (outcome,) = released(window)
    assert outcome.conditions[0]["figures"]["scheme"] == "DfE v2017"
    assert (outcome.task, outcome.result) == ("project", "passed")
    assert (outcome.half_marks_learn_that, outcome.half_marks_learn_how_to) == (0, 24)


@pytest.mark.requirement("S3-30")
def test_each_task_is_marked_and_moderated_on_its_own() -> None:
    amara = make.candidate(make.NPQH)
    first, second = handed_in(amara, "task-1"), handed_in(amara, "task-2")
    marked.markers(2)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    mark(first)
    mark(second, SHORT)
    sign_off(first, chidi)
    with pytest.raises(Refused):
        released(second)  # its moderation hasn't begun
    released(first)
    text = candidate_page(amara)
    assert "Passed" in text
    assert "Awaiting moderation" in text
    found = achieving.checklist_of(amara, at=MARKED)
    assert found is not None
    assert found.standing == "awaiting moderation"
    assert not any("not passed" in condition.text for condition in found.conditions)  # nothing leaks
    assert Enrolment.objects.get(pk=amara.pk).stage not in (Stage.AWARDED, Stage.NOT_ACHIEVED)
    assert not Award.objects.exists()
    sign_off(second, chidi, adjust=24)  # the moderator changes the fail into a pass
    released(second)
    assert Outcome.objects.get(task="task-2").result == "passed"
    assert AuditEvent.objects.filter(verb="moderation.adjusted").count() == 1


def test_the_award_follows_when_the_last_condition_of_the_version_is_met() -> None:
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    everything_else(amara)
    mark(window)
    sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    assert (pass_rate().assessed, pass_rate().passed) == (0, 0)
    released(window)
    released(window)
    whole = Outcome.objects.get(task="")
    assert (whole.result, whole.window_id) == ("passed", window.pk)
    assert Award.objects.get().outcome == whole
    assert Enrolment.objects.get(pk=amara.pk).stage == Stage.AWARDED
    assert (pass_rate().assessed, pass_rate().passed) == (1, 1)  # the task alone is no result of its own
    task = Outcome.objects.get(task="project")
    awards.correct(
        outcome=task, reason="Marks of another script", by=make.office(), at=MARKED,
        half_marks=marking.rules.Totals(0, 10),
    )  # fmt: skip
    assert Award.objects.get().revoked_at is not None
    assert Enrolment.objects.get(pk=amara.pk).stage == Stage.ASSESSMENT
    again = Outcome.objects.filter(task="project").order_by("number").last()
    awards.correct(
        outcome=again, reason="They were right", by=make.office(), at=MARKED,
        half_marks=marking.rules.Totals(0, 24),
    )  # fmt: skip
    assert Award.objects.filter(revoked_at__isnull=True).count() == 1


def test_what_is_missing_can_be_done_after_the_task_was_passed() -> None:
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    mark(window)
    sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    released(window)
    found = achieving.checklist_of(amara, at=MARKED)
    assert found is not None
    assert found.standing is Standing.MISSING
    assert achieving.conclude(enrolment=amara, by=None, at=MARKED) is None
    everything_else(amara)
    concluded = achieving.conclude(enrolment=amara, by=None, at=MARKED)
    assert concluded is not None
    assert achieving.conclude(enrolment=amara, by=None, at=MARKED) == concluded
    assert awards.issue_missing(at=MARKED) == 1


def test_a_late_pass_needs_a_decision_and_an_extension_opens_the_way() -> None:
    late = datetime(2020, 7, 15, 9, 0, tzinfo=UTC)
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    everything_else(amara)
    mark(window)
    sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), at=late)
    released(window, at=late)
    assert not Award.objects.exists()
    found = achieving.checklist_of(amara, at=late)
    assert found is not None
    assert found.standing is Standing.NOT_ACHIEVED
    closed = achieving.conclude_not_achieved(enrolment=amara, by=make.office(), at=late)
    assert closed == achieving.conclude_not_achieved(enrolment=amara, by=make.office(), at=late)
    assert Enrolment.objects.get(pk=amara.pk).stage == Stage.NOT_ACHIEVED
    until = {"until": date(2020, 8, 1), "reason": "Moderation was delayed", "by": make.office(), "at": late}
    achieving.extend(enrolment=amara, **until)
    achieving.extend(enrolment=amara, **until)
    assert amara.extensions.count() == 1
    assert Enrolment.objects.get(pk=amara.pk).stage == Stage.AWARDED
    assert awards.issue_missing(at=late) == 1


def test_nothing_is_closed_as_not_achieved_before_its_last_day() -> None:
    amara = make.candidate()
    make.days(amara.intake, "project")
    with pytest.raises(Refused) as caught:
        achieving.conclude_not_achieved(enrolment=amara, by=make.office(), at=MARKED)
    assert caught.value.code == "achievement.open"


def test_whoever_handed_in_nothing_has_the_task_open_and_further_days_are_for_who_needs_them() -> None:
    amara, bea = make.candidate(), make.candidate(name="Bea Before")
    window = handed_in(amara, "project")
    marked.markers(2)
    mark(window)
    sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    assert [one.enrolment for one in released(window)] == [amara]
    again = make.days(
        amara.intake, "project", opens_on=date(2019, 10, 1), closes_on=date(2019, 12, 1), at=MARKED
    )
    assert [one.enrolment for one in again.sittings.all()] == [bea]


@pytest.mark.parametrize(("verdict", "result"), [("not_upheld", "passed"), ("void", "not_passed")])
def test_a_tasks_result_waits_for_the_answer_about_own_work_and_follows_it(verdict: str, result: str) -> None:
    amara, bilal = make.candidate(), make.candidate(name="Bilal Baker")
    marked.markers(2)
    for one in (amara, bilal):
        make.planned(one)
    window = make.days(amara.intake, "project")
    for one in (amara, bilal):
        make.hand_in(one)
    mark(window)
    sign_off_as_it_is(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    script = window.sittings.get(enrolment=amara).scripts.get(current=True)
    asked = integrity.raise_concern(script=script, note="A table.", by=make.office(), at=MARKED)
    said = {"form_key": "6dc5c4f6-5b3a-4c58-8e0a-0d64ad6e6a10", "at": MARKED}
    (case,) = integrity.open_case(flag=asked, scripts=[script], allegation="Whose?", by=make.office(), **said)
    assert [one.enrolment for one in released(window)] == [bilal]
    assert achieving.task_results(amara)[0].state is TaskState.PROVISIONAL
    said["form_key"] = "6dc5c4f6-5b3a-4c58-8e0a-0d64ad6e6a11"
    integrity.state(case=case, text="Mine.", by=amara.user, **said)
    said["form_key"] = "6dc5c4f6-5b3a-4c58-8e0a-0d64ad6e6a12"
    oda = factories.member(Role.OFFICE, "Oda Office")
    integrity.decide_case(case=case, text="Looked at.", verdict=Verdict(verdict), by=oda, **said)
    (late,) = released(window)
    assert (late.enrolment, late.result) == (amara, result)


@pytest.mark.parametrize("complete", [False, True])
def test_a_release_asks_as_often_for_six_people_as_for_two(complete: bool) -> None:
    """Also where everybody's pass completes everything, so that outcomes, stages, mails and awards are written."""
    counts = []
    marked.markers(2)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    for number, year in ((2, 2019), (6, 2018)):
        to = make.intake(starts_on=date(year, 9, 2) if year == 2018 else make.START)
        people = [make.candidate(name=f"Person {year} {n}", to=to) for n in range(number)]
        for one in people:
            make.planned(one)
        window = make.days(to, "project")
        for one in people:
            make.hand_in(one)
            if complete:
                everything_else(one)
        mark(window)
        sign_off_as_it_is(window, chidi)
        with CaptureQueriesContext(connection) as asked:
            assert len(released(window)) == number
        counts.append(len(asked))
        awarded = Enrolment.objects.filter(pk__in=[one.pk for one in people], stage=Stage.AWARDED)
        assert awarded.count() == (number if complete else 0)
        assert Award.objects.filter(outcome__enrolment__in=people).count() == (number if complete else 0)
    assert counts[0] == counts[1], counts
