"""Content for every specification; modules and tasks credit once; nobody overwrites anybody silently."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.http import Http404

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.queries import statements_for
from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.engagement import queries as engagement
from goldenthread.learning import actions, queries
from goldenthread.learning.access import may_write
from goldenthread.learning.models import FormativeTask, Module
from goldenthread.learning.rules import Work
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT
from tests.factories_teaching import WORK

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=7)


@pytest.fixture
def amara():
    return teaching.placed(factories.enrolment(), teaching.group())


@pytest.fixture
def tara(amara):
    return teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")


def save(enrolment, work: Work, revision: int, *, at=AT):
    task = teaching.task(enrolment)
    return actions.save_response(
        task=task, enrolment=enrolment, work=work, revision=revision, by=enrolment.user, at=at
    )


def hand_in(enrolment, work: Work, revision: int, *, at=AT):
    task = teaching.task(enrolment)
    return actions.hand_in(
        task=task, enrolment=enrolment, work=work, revision=revision, by=enrolment.user, at=at
    )


def decide(
    response, by, *, accept: bool = True, strength="Clear", next_step="Measure", revision=None, at=LATER
):
    return actions.decide(
        response=response, accept=accept, strength=strength, next_step=next_step,
        revision=response.revision if revision is None else revision, by=by, at=at,
    )  # fmt: skip


def credited(enrolment) -> int:
    return sum(enrolment.ledger.values_list("minutes", flat=True))


# --- content ------------------------------------------------------------------------------------
def test_every_specification_gets_its_content_without_code(catalogue) -> None:
    for version in ProgrammeVersion.objects.all():
        actions.ensure_content(version=version, by=None, at=AT)
        modules = Module.objects.filter(version=version)
        assert modules.count() > 0
        assert all(module.see_it and module.name_it and module.do_it for module in modules)
        tasks = FormativeTask.objects.filter(version=version)
        assert all(task.purpose and task.brief for task in tasks)


def test_content_that_is_there_stays(amara) -> None:
    module = teaching.module(amara)
    module.see_it = "Our own film"
    module.save()

    assert actions.ensure_content(version=amara.version, by=None, at=LATER) == 0

    module.refresh_from_db()
    assert module.see_it == "Our own film"


@pytest.mark.requirement("S0-27")
def test_the_needs_analysis_over_ten_areas_is_an_hour_of_leadership_inductions_only() -> None:
    leader = factories.enrolment(to=factories.intake("npqel-reformed-international"))
    module = teaching.module(leader, "needs-analysis")
    assert module.see_it.count("\n- ") == 10

    finish(leader, module)

    assert [(part.component, part.counted) for part in engagement.standing_of(leader).components][:2] == [
        ("induction", 0), ("needs-analysis", 60)
    ]  # fmt: skip
    specialist = factories.enrolment("Sam Specialist")
    teaching.content(specialist)
    assert not Module.objects.filter(version=specialist.version, activity_key="needs-analysis").exists()


# --- modules ------------------------------------------------------------------------------------
def finish(enrolment, module, reflection: str = "I shall begin with the timetable.", at=AT):
    return actions.complete_module(
        module=module, enrolment=enrolment, reflection=reflection, by=enrolment.user, at=at
    )


def test_finishing_a_module_credits_its_minutes_once(amara) -> None:
    module = teaching.module(amara)
    assert finish(amara, module) == finish(amara, module, at=LATER)
    with pytest.raises(Refused, match="finished already") as refusal:
        finish(amara, module, "Again", at=LATER)
    assert refusal.value.field == "reflection"
    assert credited(amara) == amara.plan.get(key="study-1").minutes == 215
    assert queries.completion_of(amara, module).reflection == "I shall begin with the timetable."


def test_a_module_without_reflection_or_of_another_programme_is_refused(amara) -> None:
    with pytest.raises(Refused) as refusal:
        finish(amara, teaching.module(amara), " ")
    assert refusal.value.field == "reflection"
    other = factories.enrolment("Olga Other", to=factories.intake("npqltd-reformed-international"))
    with pytest.raises(Refused) as refusal:
        finish(amara, teaching.module(other))
    assert refusal.value.code == "activity.missing"
    assert credited(amara) == 0


def test_a_module_of_unknown_hours_is_finished_without_a_credit() -> None:
    enrolment = factories.enrolment(to=factories.intake("npqlt-reformed-england"))
    finish(enrolment, teaching.module(enrolment))
    assert queries.states_of(enrolment) == {"study-1": "done"}
    assert credited(enrolment) == 0


def test_nothing_can_be_done_in_an_enrolment_that_has_ended(amara) -> None:
    amara.withdrawn_at = AT
    amara.save(update_fields=["withdrawn_at"])
    for attempt in (lambda: finish(amara, teaching.module(amara)), lambda: save(amara, WORK, 0)):
        with pytest.raises(Refused, match="has ended"):
            attempt()


# --- tasks --------------------------------------------------------------------------------------
def test_drafts_are_saved_with_a_revision_and_sending_twice_is_harmless(amara) -> None:
    first = save(amara, Work(context="Year 4"), 0)
    assert save(amara, Work(context="Year 4"), 0).revision == first.revision == 1
    assert save(amara, Work(context="Year 4 and 5"), 1).revision == 2


def test_what_the_editor_keeps_by_itself_leaves_no_trace_in_the_audit_trail(amara) -> None:
    task, saved = teaching.task(amara), AuditEvent.objects.filter(verb="response.saved")
    for revision, text in enumerate(["one", "one two"]):
        work = Work(context=text)
        actions.save_response(
            task=task, enrolment=amara, work=work, revision=revision, by=amara.user, at=AT, quiet=True
        )
    assert queries.response_of(amara, task).context == "one two"
    assert not saved.exists()
    save(amara, Work(context="three"), 2)
    assert saved.count() == 1


def test_a_stale_tab_is_shown_both_texts_and_overwrites_nothing(amara) -> None:
    save(amara, Work(context="from the phone"), 0)

    with pytest.raises(actions.Stale) as refusal:
        save(amara, Work(context="from the laptop"), 0)

    assert refusal.value.stored.context == "from the phone"
    assert queries.response_of(amara, teaching.task(amara)).context == "from the phone"
    assert save(amara, Work(context="both"), refusal.value.stored.revision).context == "both"


def test_a_stale_tab_can_not_hand_in_either(amara) -> None:
    save(amara, WORK, 0)
    with pytest.raises(actions.Stale):
        hand_in(amara, replace(WORK, evidence="other"), 0)
    assert hand_in(amara, WORK, 0).state == "handed_in"  # says what is saved already


def test_a_first_save_with_an_invented_revision_is_taken_as_the_first(amara) -> None:
    assert save(amara, WORK, 7).revision == 1


@pytest.mark.requirement("S0-13")
def test_work_without_application_is_not_taken_as_complete_and_credits_nothing(amara) -> None:
    with pytest.raises(Refused) as refusal:
        hand_in(amara, replace(WORK, application=""), 0)
    assert refusal.value.field == "application"
    assert queries.response_of(amara, teaching.task(amara)) is None
    assert credited(amara) == 0


def test_handing_in_twice_is_one_hand_in(amara) -> None:
    first = hand_in(amara, WORK, 0)
    assert hand_in(amara, WORK, 0, at=LATER).handed_in_at == first.handed_in_at == AT


def test_work_with_the_tutor_can_not_be_changed(amara) -> None:
    hand_in(amara, WORK, 0)
    for change in (save, hand_in):
        with pytest.raises(Refused) as refusal:
            change(amara, replace(WORK, context="changed"), 1)
        assert refusal.value.code == "response.handed_in"


@pytest.mark.requirement("S0-47")
def test_accepted_work_credits_its_hours_once_and_tells_the_participant(amara, tara) -> None:
    response = teaching.handed_in(amara)

    given = decide(response, tara)
    assert decide(response, tara) == given

    assert credited(amara) == 360
    assert amara.ledger.get().evidence == f"task_response:{response.pk}"
    outbox.deliver_due(at=LATER)
    [message] = [one for one in mail.outbox if "Accepted" in one.subject]
    assert message.to == [amara.user.email]
    assert f"/my/learning/tasks/tasks-1/?enrolment={amara.reference}" in message.body


def test_returned_work_is_improved_and_handed_in_again(amara, tara) -> None:
    response = teaching.handed_in(amara)
    decide(response, tara, accept=False, next_step="Name your evidence")
    assert credited(amara) == 0

    better = hand_in(amara, replace(WORK, evidence="Quiz results"), 1, at=LATER)
    assert (better.state, better.revision, better.decided_by) == ("handed_in", 2, None)
    decide(better, tara)

    assert credited(amara) == 360
    assert [one.decision for one in better.feedback.all()] == ["returned", "accepted"]


def test_unchanged_work_can_be_handed_in_again_and_decided_again(amara, tara) -> None:
    decide(teaching.handed_in(amara), tara, accept=False)
    again = hand_in(amara, WORK, 1, at=LATER)
    assert decide(again, tara).revision == 2


@pytest.mark.requirement("S2-35")
@pytest.mark.parametrize("accept", [True, False])
def test_feedback_without_a_next_step_is_refused(amara, tara, accept: bool) -> None:
    response = teaching.handed_in(amara)
    with pytest.raises(Refused) as refusal:
        decide(response, tara, accept=accept, next_step="")
    assert refusal.value.field == "next_step"
    response.refresh_from_db()
    assert (response.state, response.feedback.count(), credited(amara)) == ("handed_in", 0, 0)


def test_the_second_tutor_is_told_who_has_decided(amara, tara) -> None:
    response = teaching.handed_in(amara)
    other = teaching.staffed(amara.group_places.get().group, "tutor", "Tom Tutor")
    decide(response, tara)
    with pytest.raises(Refused, match="Tara Tutor has accepted"):
        decide(response, other, accept=False)
    with pytest.raises(Refused, match="Tara Tutor has accepted"):
        decide(response, tara, accept=False)


def test_a_decision_on_an_older_version_is_refused(amara, tara) -> None:
    response = teaching.handed_in(amara)
    decide(response, tara, accept=False)
    newer = hand_in(amara, replace(WORK, context="newer"), 1, at=LATER)
    with pytest.raises(Refused) as refusal:
        decide(newer, teaching.staffed(amara.group_places.get().group, "tutor", "Tom Tutor"), revision=0)
    assert refusal.value.code == "response.newer"


# --- who sees what ------------------------------------------------------------------------------
def test_tutors_see_handed_in_work_of_their_groups_the_oldest_first(amara, tara) -> None:
    later = teaching.handed_in(amara, "tasks-2", at=LATER)
    first = teaching.handed_in(amara, "tasks-1")
    save(teaching.placed(factories.enrolment("Dora Draft"), amara.group_places.get().group), WORK, 0)

    assert list(queries.waiting(queries.responses_for(factories.seen(tara)))) == [first, later]
    assert queries.get_response_for(factories.seen(tara), first.pk) == first


def test_facilitators_strangers_and_the_writer_have_no_work_to_decide(amara, tara) -> None:
    response = teaching.handed_in(amara)
    group = amara.group_places.get().group
    femi, stranger = teaching.staffed(group), teaching.staffed(teaching.group("B"), "tutor", "Tim Other")
    for user in (femi, stranger, amara.user):
        with pytest.raises(Http404):
            queries.get_response_for(factories.seen(user), response.pk)
    assert may_write(amara.user, response)
    assert not may_write(tara, response)


def test_content_of_another_version_is_not_there(amara) -> None:
    for find in (queries.get_module_for, queries.get_task_for):
        with pytest.raises(Http404):
            find(amara, "study-99")


# --- when, and what stands in the history ---------------------------------------------------------
def test_the_first_day_is_that_of_the_enrolments_own_zone(amara) -> None:
    module = teaching.module(amara)
    type(amara).objects.filter(pk=amara.pk).update(zone="Asia/Dubai")
    midnight = AT.replace(hour=20, minute=0) - timedelta(days=1)  # of 2 September in Dubai
    said = {"module": module, "enrolment": amara, "reflection": "Ask more.", "by": amara.user}
    with pytest.raises(Refused, match="begins on Mon 2 Sep 2024"):
        actions.complete_module(**said, at=midnight - timedelta(seconds=1))
    assert credited(amara) == 0
    actions.complete_module(**said, at=midnight)
    assert credited(amara) > 0


def test_work_is_written_before_the_first_day_and_handed_in_from_it_on(amara) -> None:
    early = AT - timedelta(days=10)
    saved = save(amara, WORK, 0, at=early)
    with pytest.raises(Refused) as refusal:
        hand_in(amara, WORK, saved.revision, at=early)
    assert refusal.value.code == "activity.not_open"
    assert hand_in(amara, WORK, saved.revision).state == "handed_in"


def test_what_becomes_of_work_stands_in_the_history_of_its_writer(amara, tara) -> None:
    response = hand_in(amara, WORK, 0)
    actions.take_back(response=response, by=amara.user, at=AT)
    actions.take_back(response=response, by=amara.user, at=AT)  # twice is once
    response = hand_in(amara, WORK, response.revision)
    decide(response, tara, accept=False)
    response = hand_in(amara, replace(WORK, evidence="Two quizzes"), response.revision, at=LATER)
    assert actions.take_back(response=response, by=amara.user, at=LATER).state == "returned"
    response = hand_in(amara, WORK, response.revision, at=LATER)
    decide(response, tara)

    told = AuditEvent.objects.filter(subject=f"enrolment:{amara.pk}", verb__startswith="response.")
    assert [event.verb.partition(".")[2] for event in told.order_by("sequence")] == [
        "handed_in", "taken_back", "handed_in", "returned", "handed_in", "taken_back", "handed_in", "accepted",
    ]  # fmt: skip
    assert {event.details["task"] for event in told} == {response.task.title}
    with pytest.raises(Refused, match="is accepted"):
        actions.take_back(response=response, by=amara.user, at=LATER)


# --- first texts ----------------------------------------------------------------------------------
def test_first_texts_speak_of_their_own_area_in_the_words_of_the_framework(amara) -> None:
    teaching.content(amara)
    modules = list(Module.objects.filter(version=amara.version, activity_key__startswith="study"))
    areas = {area.name: area for area in statements_for(amara.version.programme)}
    for module in modules:
        said = [one.text for one in areas[module.title].statements.all() if one.complete]
        assert said
        assert all(text in module.see_it + module.name_it for text in said)
    for part in ("see_it", "name_it", "do_it"):
        assert len({getattr(module, part).replace(module.title, "") for module in modules}) == len(modules)
    tasks = list(FormativeTask.objects.filter(version=amara.version))
    assert len({task.brief.partition("1. **Context**")[0] for task in tasks}) == len(tasks)


def test_a_module_of_a_course_says_where_it_stands_in_it() -> None:
    version = factories.version("npqsl-legacy-international")
    actions.ensure_content(version=version, by=None, at=AT)
    course = version.specification.courses[0]
    second = Module.objects.get(version=version, title=course.modules[1].title)
    assert f"module 2 of {len(course.modules)} of the course “{course.title}”" in second.see_it
    assert f"after “{course.modules[0].title}”" in second.see_it
