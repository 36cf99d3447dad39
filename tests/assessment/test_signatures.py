"""What a board, a host or a sponsor answers by a link is for exactly what they were shown (S1-22, S3-23, S3-26)."""

from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from goldenthread.assessment.actions import project, project_links
from goldenthread.assessment.project_models import BoardRecord, PlacementDay, Project, ProjectLink
from goldenthread.assessment.project_signatures import is_confirmed, page_of, sent_of
from goldenthread.assessment.rules.signatures import changed_since, named
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_projects as make
from tests.web.test_participant_projects import answer, page, sent, signed_in

pytestmark = pytest.mark.django_db
PLAN = replace(make.PLAN, aims=("Progress rises",))


def texts(**changed: str) -> Any:
    return replace(PLAN, texts={**PLAN.texts, **changed})


def replan(enrolment: Any, task: str, plan: Any) -> None:
    there = Project.objects.get(enrolment=enrolment, task=task)
    project.save_plan(
        enrolment=enrolment, task=task, plan=plan, revision=there.revision, by=enrolment.user, at=make.SUMMER
    )


def record(enrolment: Any, task: str = "task-1", school: str = "home", **changed: Any) -> None:
    said: dict[str, Any] = {
        "presented_on": date(2019, 1, 29), "board": "Governors", "attendees": "", "feedback": "Go ahead.", **changed,
    }  # fmt: skip
    project.record_board(
        enrolment=enrolment, task=task, school=school, **said, by=enrolment.user, at=make.SUMMER
    )


@pytest.fixture
def amara() -> Any:
    """Task 1 planned and shown to the board, whose chair has signed."""
    found = make.candidate(make.NPQH)
    make.planned(found, "task-1", plan=PLAN)
    make.boarded(found, "task-1", "home")
    answer(sent(found, "task-1", "board"), 302, text="We agree.")
    return found


def changes() -> dict[str, Any]:
    """What can be changed of what a board signed, and how a page names it."""
    said = {"feedback": "Go ahead.\n\nWe agree."}
    return {
        "name": (lambda one: record(one, board="Trustees", **said), "The name of the board changed since"),
        "day": (lambda one: record(one, presented_on=date(2019, 1, 30), **said), "The day of the presentation"),
        "there": (lambda one: record(one, attendees="Seven", **said), "Who was there changed since"),
        "said": (lambda one: record(one, feedback="They love it."), "What the board said changed since"),
        "said beside": (lambda one: record(one, feedback=said["feedback"] + " And money."), "What the board said"),
        "focus": (lambda one: replan(one, "task-1", texts(focus="Sums")), "The focus of the plan changed since"),
        "change": (lambda one: replan(one, "task-1", texts(change="Weekly")), "The change in the plan changed since"),
    }  # fmt: skip


@pytest.mark.requirement("S3-23")
@pytest.mark.parametrize("what", ["name", "day", "there", "said", "said beside", "focus", "change"])
def test_a_boards_signature_counts_no_more_once_something_that_it_was_shown_is_another(
    amara: Any, what: str
) -> None:
    client, link = signed_in(amara.user), ProjectLink.objects.get()
    assert "Confirmed by the board on" in page(client, "project_board", "task-1")
    change, told = changes()[what]
    change(amara)
    text = page(client, "project_board", "task-1")
    assert "Confirmed by the board on" not in text
    assert "What Hal Host answered for has changed" in text
    assert told in text
    assert "Send a new link" in text
    assert "“We agree.”" in text  # stays in the record
    theirs = answer(link, 200)
    assert "What you answered for has changed since" in theirs
    assert told.removesuffix(" changed since") in theirs
    assert "Reading in year 4" in theirs  # what they signed, not what is there now
    assert "to Governors" in theirs
    assert "Send my answer" not in theirs


@pytest.mark.requirement("S3-23")
@pytest.mark.parametrize("what", ["name", "focus"])
def test_an_answered_link_signs_nothing_else_and_a_new_one_does(amara: Any, what: str) -> None:
    link = ProjectLink.objects.get()
    changes()[what][0](amara)
    assert "that answer stands" in answer(link, 422, text="We agree to this too.")
    answer(link, 302, text="We agree.")  # the same again is no new answer
    link.refresh_from_db()
    assert (link.shown["board"], link.shown["focus"]) == ("Governors", "Reading in year 4")
    assert is_confirmed(BoardRecord.objects.get(), [link]) is (what == "focus")
    second = sent(amara, "task-1", "board")
    assert "Send my answer" in answer(second, 200)
    answer(second, 302, text="We agree to this too.")
    assert "Confirmed by the board on" in page(signed_in(amara.user), "project_board", "task-1")
    assert AuditEvent.objects.filter(verb="project.link_answered").count() == 2


def test_back_as_it_was_it_counts_again(amara: Any) -> None:
    client = signed_in(amara.user)
    replan(amara, "task-1", texts(focus="Sums"))
    assert "Confirmed by the board on" not in page(client, "project_board", "task-1")
    replan(amara, "task-1", PLAN)
    assert "Confirmed by the board on" in page(client, "project_board", "task-1")


def test_what_they_were_not_shown_changes_nothing(amara: Any) -> None:
    plan = replace(PLAN, aims=("Progress rises much",), ends_on=date(2019, 7, 12))
    replan(amara, "task-1", replace(plan, phases={"plan": "Three steps"}))
    assert "Confirmed by the board on" in page(signed_in(amara.user), "project_board", "task-1")


@pytest.mark.parametrize("times", [2, 3])
def test_several_of_a_board_sign_one_after_the_other(amara: Any, times: int) -> None:
    for number in range(times - 1):
        answer(sent(amara, "task-1", "board", f"b{number}@example.org"), 302, text=f"I agree too, {number}.")
    rows = list(ProjectLink.objects.all())
    found = sent_of(Project.objects.get(), rows, BoardRecord.objects.get())
    assert [one.counts for one in found] == [True] * times
    record(amara, feedback=BoardRecord.objects.get().feedback.replace("We agree.", ""))
    assert not any(one.counts for one in sent_of(Project.objects.get(), rows, BoardRecord.objects.get()))


@pytest.mark.parametrize("what", ["name", "day", "there", "focus", "change"])
def test_what_changes_while_a_board_reads_is_read_again_before_it_signs(what: str) -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, "task-1", plan=PLAN)
    make.boarded(amara, "task-1", "home")
    link = sent(amara, "task-1", "board")
    seen = page_of(ProjectLink.objects.get())
    changes()[what][0](amara)
    if what in ("name", "day", "there"):
        record(
            amara, **{"name": {"board": "Trustees"}, "day": {"presented_on": date(2019, 1, 30)}}.get(what, {})
        )
    if what == "there":
        record(amara, attendees="Seven")
    text = answer(link, 422, text="We agree.", seen=seen)
    assert "has changed since you opened it. Read it again" in text
    assert "We agree.</textarea>" in text  # nothing that was typed is lost
    assert ProjectLink.objects.get().answered_at is None
    assert "Read it again" in answer(link, 422, text="We agree.", seen="")
    answer(link, 302, text="We agree.")


# --- the host ---------------------------------------------------------------------------------------------------
@pytest.fixture
def hosted() -> Any:
    """Task 2: a contrast that the host has confirmed, with one of two days."""
    found = make.candidate(make.NPQH)
    make.opened(found, "task-2")
    make.asked_placement(found, "task-2")
    for on in make.DAYS[:2]:
        project.log_day(enrolment=found, task="task-2", on=on, by=found.user, at=make.SUMMER)
    answer(sent(found, "task-2", "host"), 302, days=make.DAYS[0].isoformat(), contrast="yes")
    return found


@pytest.mark.requirement("S3-26")
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"dimensions": ["performance"]}, "The dimensions of the contrast changed since"),
        ({"statement": "By the sea; ours by a lake."}, "The comparison of the two schools changed since"),
        (
            {"dimensions": [], "statement": "", "ask_approval": False},
            "The dimensions of the contrast and the comparison of the two schools changed since",
        ),
    ],
)
def test_a_hosts_word_on_the_contrast_counts_for_the_one_they_saw(
    hosted: Any, changed: dict[str, Any], told: str
) -> None:
    client, link = signed_in(hosted.user), ProjectLink.objects.get()
    seaside = hosted.projects.get().placement.school
    make.asked_placement(hosted, "task-2", seaside, **changed)
    text = page(client, "project_days", "task-2")
    assert told in text
    assert "Days that they confirmed stay confirmed" in text
    assert "geography" in answer(link, 200)
    assert "new link" in answer(link, 422, days=make.DAYS[1].isoformat(), contrast="yes")
    assert PlacementDay.objects.filter(confirmed_at__isnull=False).count() == 1
    second = sent(hosted, "task-2", "host")
    answer(second, 302, days=make.DAYS[1].isoformat(), contrast="no")
    assert "changed since" not in page(client, "project_days", "task-2").replace("then", "")
    link.refresh_from_db()
    assert link.answer["contrast"] is True


def test_a_host_whose_days_are_all_confirmed_is_asked_about_a_new_contrast_alone(hosted: Any) -> None:
    link = ProjectLink.objects.get()
    answer(link, 302, days=make.DAYS[1].isoformat(), contrast="yes")  # a later day, the same contrast
    seaside = hosted.projects.get().placement.school
    make.asked_placement(hosted, "task-2", seaside, dimensions=["pupil profile"])
    second = sent(hosted, "task-2", "host")
    asked = answer(second, 200)
    assert "Does your school contrast with theirs?" in asked
    assert "pupil profile" in asked
    assert "On which of these days" not in asked
    assert "Say yes or no" in answer(second, 422, text="A fine guest.")
    answer(second, 302, contrast="yes")
    second.refresh_from_db()
    assert (second.answer["contrast"], second.shown["dimensions"]) == (True, ["pupil profile"])


def test_a_host_who_answered_reads_the_school_that_they_were_shown_and_a_further_one_the_present_one(
    hosted: Any,
) -> None:
    link, elsewhere = ProjectLink.objects.get(), factories.school("Elsewhere Academy")
    before = link.shown["home"]
    assert f"Amara Applicant, {before}" in answer(link, 200)
    hosted.school = elsewhere
    hosted.save()
    shown = answer(link, 200)
    assert f"Amara Applicant, {before}" in shown
    assert "Elsewhere Academy" not in shown
    again = sent(hosted, "task-2", "host", "other@example.org")
    assert "Amara Applicant, Elsewhere Academy" in answer(again, 200)


def test_what_a_host_answers_later_is_added_to_what_they_answered_before(hosted: Any) -> None:
    link, placement = ProjectLink.objects.get(), hosted.projects.get().placement
    first = dict(link.answer)
    later = {"confirmed": [make.DAYS[1].isoformat()], "text": "On time every day.", "at": make.SUMMER}
    project_links.answer_link(link=link, **later)
    link.refresh_from_db()
    assert link.answer["days"] == [make.DAYS[0].isoformat(), make.DAYS[1].isoformat()]
    assert (link.answer["contrast"], link.answer["text"]) == (True, "On time every day.")
    project_links.answer_link(link=link, **later)  # sent once more
    before = {"confirmed": first["days"], "text": first["text"], "contrast": first["contrast"]}
    project_links.answer_link(link=link, **before, at=make.SUMMER)  # and the first one
    link.refresh_from_db()
    assert link.answer["each"] == [
        first, {"text": "On time every day.", "days": [make.DAYS[1].isoformat()], "contrast": None},
    ]  # fmt: skip
    assert AuditEvent.objects.filter(verb="project.link_answered").count() == 2
    project.log_day(enrolment=hosted, task="task-2", on=make.DAYS[2], by=hosted.user, at=make.SUMMER)
    last = {"confirmed": [make.DAYS[2].isoformat()], "text": "We are more alike than we thought."}
    project_links.answer_link(link=link, **last, contrast=False, at=make.SUMMER)
    shown = page_of_office(signed_in(make.office()), placement.pk)
    assert "Their school does not contrast" in shown
    assert "3 days confirmed. On time every day. We are more alike than we thought." in shown


def test_the_same_school_under_another_spelling_keeps_the_hosts_answer(hosted: Any) -> None:
    seaside = hosted.projects.get().placement.school
    other = factories.school("The Seaside")
    assert seaside.pk != other.pk
    make.asked_placement(hosted, "task-2", seaside, host_name="Hanna Host")
    assert "changed since" not in page(signed_in(hosted.user), "project_days", "task-2").replace("then", "")


@pytest.mark.parametrize("half", [True, False])
def test_a_day_that_changes_while_the_host_reads_is_read_again(hosted: Any, half: bool) -> None:
    link = ProjectLink.objects.get()
    seen = page_of(link)
    project.log_day(
        enrolment=hosted, task="task-2", on=make.DAYS[1], half=half, note="" if half else "With the head",
        change=True, by=hosted.user, at=make.SUMMER,
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        project_links.answer_link(
            link=link, confirmed=[make.DAYS[1].isoformat()], text="", seen=seen, at=make.SUMMER
        )
    assert caught.value.code == "link.changed"
    assert "(half a day)" in answer(link, 422, days=make.DAYS[1].isoformat(), seen=seen) or not half
    answer(link, 302, days=make.DAYS[1].isoformat())


def test_the_office_reads_for_what_a_host_answered(hosted: Any) -> None:
    placement = hosted.projects.get().placement
    client = signed_in(make.office())
    with_answer = page_of_office(client, placement.pk)
    assert "Their school contrasts." in with_answer
    assert "changed since" not in with_answer
    make.asked_placement(hosted, "task-2", placement.school, statement="Quite another comparison.")
    after = page_of_office(client, placement.pk)
    assert "Their school contrasts." in after
    assert "The comparison of the two schools changed since." in after


def page_of_office(client: Any, number: int) -> str:
    return " ".join(client.get(reverse("office:placement", args=[number])).content.decode().split())


# --- the sponsor, and what was there before ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "told"), [({"focus": "Sums"}, "focus"), ({"change": "Weekly"}, "change")]
)
def test_a_sponsors_support_is_for_the_plan_that_they_read(changed: dict[str, str], told: str) -> None:
    amara = make.candidate()
    make.planned(amara)
    client = signed_in(amara.user)
    answer(sent(amara, "project", "sponsor"), 302, text="Two hours a week are yours.")
    assert "has changed" not in page(client, "project_sponsor", "project")
    replan(amara, "project", replace(make.PLAN, texts={**make.PLAN.texts, **changed}))
    text = page(client, "project_sponsor", "project")
    assert "What Hal Host answered for has changed" in text
    assert f"The {told}" in text
    assert "“Two hours a week are yours.”" in text
    link = ProjectLink.objects.get()
    assert "Daily reading aloud" in answer(link, 200)
    assert "that answer stands" in answer(link, 422, text="One hour.")


class Then:
    """The models of that migration: a presentation bore the time of its signature, unless it was recorded anew."""

    def __init__(self, *, signed: bool) -> None:
        self.objects, self.signed = self, signed

    def get_model(self, app: str, name: str) -> Any:
        return self if name == "BoardRecord" else apps.get_model(app, name)

    def filter(self, *, signed_at__isnull: bool, **where: Any) -> Any:
        found = BoardRecord.objects.filter(**where)
        return found if self.signed is not signed_at__isnull else found.none()


@pytest.mark.parametrize("since", [False, True])
def test_answers_of_before_count_for_what_stood_there_when_that_became_a_rule(
    amara: Any, since: bool
) -> None:
    ProjectLink.objects.update(shown={})
    if since:
        record(amara, board="Trustees", feedback="Go ahead.\n\nWe agree.")
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    project.log_day(enrolment=amara, task="task-2", on=make.DAYS[0], by=amara.user, at=make.SUMMER)
    answer(sent(amara, "task-2", "host"), 302, days=make.DAYS[0].isoformat(), contrast="yes")
    kept = ProjectLink.objects.get(purpose="host").shown
    ProjectLink.objects.filter(purpose="host").update(shown={})
    answer(sent(amara, "task-1", "sponsor", "sue@example.org"), 302, text="Yes.")
    ProjectLink.objects.filter(purpose="sponsor").update(shown={})
    migration = import_module("goldenthread.migrations.0048_links_shown_and_task_levels")
    migration.as_it_stands(Then(signed=not since), None)
    text = page(signed_in(amara.user), "project_board", "task-1")
    assert ("Confirmed by the board on" in text) is not since
    assert ("What was shown to them changed since" in text) is since
    assert ProjectLink.objects.get(purpose="host").shown == kept
    assert "has changed" not in page(signed_in(amara.user), "project_sponsor", "task-1")


# --- the rule ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "now", "added", "told"),
    [
        ({"focus": "a"}, {"focus": "a"}, (), ()),
        ({"focus": "a"}, {"focus": "b"}, (), ("the focus of the plan",)),
        ({"feedback": "a"}, {"feedback": "a\n\nb"}, ("b",), ()),
        ({"feedback": "a"}, {"feedback": "a\n\nb\n\nbc"}, ("b", "bc"), ()),
        ({"feedback": "a"}, {"feedback": "a\n\nb\n\nb"}, ("b",), ("what the board said",)),
        ({"feedback": "a"}, {"feedback": "b\n\na"}, ("b",), ("what the board said",)),
        ({"dimensions": ["x", "y"]}, {"dimensions": ["y", "x"]}, (), ("the dimensions of the contrast",)),
        ({}, {"focus": "a"}, (), ("what was shown to them",)),
    ],
)
def test_what_changed_is_named(before: Any, now: Any, added: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert changed_since(before, now, added=added) == told


@pytest.mark.parametrize(
    ("changed", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_several_changes_read_as_a_sentence(changed: tuple[str, ...], text: str) -> None:
    assert named(changed) == text
