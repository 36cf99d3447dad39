"""Each assessment says what it is for; feedback says where in the work it shows (S2-35)."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.rules import purposes
from goldenthread.awards import actions as awards
from goldenthread.learning import actions as learning
from goldenthread.learning.models import TaskFeedback
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.people.models import User
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests import factories_teaching as teaching

PLACE = "The second paragraph, “every Tuesday we looked at the books”."


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- what each is for -----------------------------------------------------------------------------------
@pytest.mark.alike
@pytest.mark.requirement("S2-35")
def test_a_purpose_names_the_decision_that_the_assessment_supports() -> None:
    assert "together with your engagement, decides" in purposes.of_case_study(engagement_to_pass=True)
    assert "engagement" not in purposes.of_case_study(engagement_to_pass=False)
    assert "only if it is passed" in purposes.of_task(tasks=1, placement=False)
    assert "each of your tasks is passed" in purposes.of_task(tasks=2, placement=True)
    assert "at a school that differs" in purposes.of_task(tasks=2, placement=True)
    assert "Nothing is decided by it" in purposes.of_practice()


@pytest.mark.django_db
@pytest.mark.requirement("S2-35")
@pytest.mark.parametrize(("key", "says"), [
    (factories.NPQLT, "together with your engagement, decides whether"),
    ("npqh-reformed-international", "Your result in it decides whether"),
])  # fmt: skip
def test_the_page_of_a_case_study_says_what_it_is_for(key: str, says: str) -> None:
    person = factories.enrolment("Amara Applicant", to=factories.intake(key))
    marked.sitting(marked.window(person.intake), person)
    assert says in text_of(signed_in(person.user).get(reverse("participant:assessment")))


@pytest.mark.django_db
@pytest.mark.requirement("S2-35")
@pytest.mark.parametrize(("key", "task", "says"), [
    (make.NPQSL, "project", "in your own school, and what you learnt"),
    (make.NPQH, "task-1", "each of your tasks is passed"),
    (make.NPQH, "task-2", "at a school that differs from yours"),
])  # fmt: skip
def test_the_page_of_a_project_task_says_what_it_is_for(key: str, task: str, says: str) -> None:
    amara = make.candidate(key)
    assert says in text_of(signed_in(amara.user).get(reverse("participant:project", args=[task])))


# --- where it shows -------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.requirement("S2-35")
def test_a_tutors_feedback_keeps_its_evidence_and_the_participant_reads_it() -> None:
    person = factories.enrolment("Amara Applicant")
    group = teaching.group(of=person.intake)
    teaching.placed(person, group)
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    response = teaching.handed_in(person)
    page = reverse("teaching:response", args=[response.pk])
    assert "Evidence" in text_of(signed_in(tara).get(page))
    fields = {"strength": "Clear aims", "next_step": "Share it", "decision": "return", "revision": 1}
    assert signed_in(tara).post(page, {**fields, "evidence": "x" * 5001}).status_code == 422
    assert signed_in(tara).post(page, {**fields, "evidence": f" {PLACE} "}).status_code == 302
    assert TaskFeedback.objects.get().evidence == PLACE
    url = reverse("participant:task", args=[response.task.activity_key])
    assert f"Where it shows:</strong> {PLACE}" in text_of(signed_in(person.user).get(url))


@pytest.mark.django_db
def test_feedback_from_before_there_was_evidence_stays_as_it_was() -> None:
    person = factories.enrolment("Amara Applicant")
    group = teaching.group(of=person.intake)
    teaching.placed(person, group)
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    response = teaching.handed_in(person)
    given = learning.decide(
        response=response, accept=True, strength="Clear", next_step="Go on", revision=1, by=tara,
        at=teaching.AT,
    )  # fmt: skip
    assert given.evidence == ""
    url = reverse("participant:task", args=[response.task.activity_key])
    text = text_of(signed_in(person.user).get(url))
    assert "Go on" in text
    assert "Where it shows" not in text


@pytest.mark.django_db
@pytest.mark.requirement("S2-35")
def test_a_markers_feedback_keeps_its_evidence_and_the_participant_reads_it_with_the_result() -> None:
    window = marked.window()
    marked.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, 3996)
    marked.sitting(window, person)
    marking.allocate_window(window=window, by=window.created_by, at=marked.CLOSED)
    first, second = Marking.objects.select_related("marker").order_by("position")
    page = reverse("assessor:script", args=[first.pk])
    fields = {f"point_{number}": "3" for number in range(1, 6)} | {"revision": "0", "comment": ""}
    words = {**marked.WORDS, "evidence": PLACE}
    client = signed_in(first.marker)
    assert client.post(page, {**fields, **words, "save": "1"}).status_code == 302
    assert PLACE in text_of(client.get(page))
    first.refresh_from_db()
    assert first.evidence == PLACE
    for one in (first, second):
        entered = marking.Entered(
            marked.marks(3, 3, 3, 3, 3), "", replace(marked.FEEDBACK, evidence=PLACE if one == first else "")
        )
        marking.submit_marks(marking=one, entered=entered, by=one.marker, at=marked.CLOSED)
    assert f"<h3>Evidence</h3><p>{PLACE}</p>" in text_of(client.get(page))
    marked.moderated(window)
    awards.release(window=window, by=window.created_by, at=marked.CLOSED)
    found = text_of(signed_in(person.user).get(reverse("participant:result")))
    assert found.count("Where it shows") == 1
    assert PLACE in found
