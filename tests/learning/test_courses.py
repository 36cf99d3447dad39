"""An online course is complete with its pages and its core tasks, in whichever order they are done (S1-35)."""

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.learning import actions, queries
from goldenthread.learning.course_rules import (
    CourseModule,
    CourseStanding,
    UnitState,
    complete_courses,
    state_of,
)
from goldenthread.learning.rules import Work
from tests import factories
from tests import factories_projects as make
from tests import factories_teaching as teaching

WORK = Work("Our school", "We read aloud", "Notes of three lessons", "")


@pytest.mark.parametrize(
    ("read", "core", "response", "state"),
    [
        (True, False, "", "done"),
        (False, False, "draft", "draft"),
        (False, True, "", ""),
        (False, True, "draft", "draft"),
        (False, True, "accepted", UnitState.PAGES),
        (True, True, "", UnitState.CORE_TASK),
        (True, True, "draft", UnitState.CORE_TASK),
        (True, True, "handed_in", "handed_in"),
        (True, True, "returned", "returned"),
        (True, True, "accepted", "done"),
    ],
)
def test_an_activity_is_done_with_both(read: bool, core: bool, response: str, state: str) -> None:
    assert state_of(read=read, core=core, response=response) == state


def test_a_course_names_what_is_missing() -> None:
    whole = CourseModule("One", True, "Core task 1", True)
    assert CourseStanding("A", (whole,)).complete
    assert CourseStanding("B", (CourseModule("Two", True),)).complete
    assert not CourseStanding("C", ()).complete
    half = CourseStanding(
        "D", (whole, CourseModule("Two", True, "Core task 2"), CourseModule("Three", False, "Core task 3"))
    )
    assert half.missing == ("Core task 2", "Three", "Core task 3")
    assert complete_courses([half, CourseStanding("A", (whole,))]) == 1


def reads_everything(enrolment: Enrolment) -> None:
    for module in enrolment.version.modules.filter(activity_key__startswith="study"):
        actions.complete_module(
            module=module, enrolment=enrolment, reflection="Noted.", by=enrolment.user, at=make.SUMMER
        )


def hands_in(enrolment: Enrolment, key: str, *, accepted: bool = True) -> None:
    response = actions.hand_in(
        task=queries.get_task_for(enrolment, key),
        enrolment=enrolment,
        work=WORK,
        revision=0,
        by=enrolment.user,
        at=make.SUMMER,
    )
    if accepted:
        actions.decide(
            response=response, accept=True, strength="Clear.", next_step="More.", revision=1,
            by=factories.user("Tara Tutor"), at=make.SUMMER,
        )  # fmt: skip


@pytest.mark.requirement("S1-35")
@pytest.mark.django_db
@pytest.mark.parametrize("key", [make.NPQSL, make.NPQH])
def test_all_pages_read_but_one_core_task_open_is_not_complete(key: str) -> None:
    enrolment = make.candidate(key)
    teaching.content(enrolment)
    reads_everything(enrolment)
    keys = [item.activity_key for item in enrolment.version.modules.filter(activity_key__startswith="study")]
    before = queries.courses_of(enrolment)
    assert len(keys) == sum(len(course.modules) for course in before)
    assert complete_courses(before) == 0
    for one in keys[:-1]:
        hands_in(enrolment, one)
    hands_in(enrolment, keys[-1], accepted=False)
    courses = queries.courses_of(enrolment)
    assert [course.complete for course in courses] == [True] * (len(courses) - 1) + [False]
    assert courses[-1].missing == (queries.get_task_for(enrolment, keys[-1]).title,)
    assert queries.states_of(enrolment)[keys[-1]] == "handed_in"


@pytest.mark.django_db
def test_the_pages_lead_from_the_module_to_its_core_task_and_say_what_is_missing() -> None:
    enrolment = make.candidate(make.NPQSL)
    teaching.content(enrolment)
    module = enrolment.version.modules.get(activity_key="study-1")
    task = reverse("participant:task", args=["study-1"])
    her = Client()
    her.force_login(enrolment.user)
    assert task in her.get(reverse("participant:module", args=["study-1"])).content.decode()
    actions.complete_module(
        module=module, enrolment=enrolment, reflection="Noted.", by=enrolment.user, at=make.SUMMER
    )
    finished = her.get(reverse("participant:module", args=["study-1"])).content.decode()
    assert "Go on to the core task" in finished
    listed = her.get(reverse("participant:learning")).content.decode()
    assert "Core task open" in listed
    assert f'href="{task}"' in listed
    assert "Not complete" in listed
    hands_in(enrolment, "study-1")
    assert "Core task open" not in her.get(reverse("participant:learning")).content.decode()


@pytest.mark.django_db
def test_versions_without_courses_have_none_and_their_modules_are_done_when_read() -> None:
    enrolment = factories.enrolment()
    teaching.content(enrolment)
    assert queries.courses_of(enrolment) == []
    module = enrolment.version.modules.get(activity_key="study-1")
    actions.complete_module(
        module=module, enrolment=enrolment, reflection="x", by=enrolment.user, at=factories.AT
    )
    assert queries.states_of(enrolment) == {"study-1": "done"}
