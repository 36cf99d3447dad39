"""The account of a project on its page and by its editor's address: kept, refused, and never somebody else's."""

import json
import uuid
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.assessment.project_models import Project
from goldenthread.learning.models import TaskResponse
from tests import documents, factories
from tests import factories_projects as make
from tests import factories_teaching as teaching
from tests.web.test_participant_projects import page, send, signed_in

pytestmark = pytest.mark.django_db
PAGE = "participant:project_account"


@pytest.fixture
def amara() -> Enrolment:
    one = make.candidate()
    make.planned(one)
    make.days(one.intake, "project")
    return one


def draft(client: Client, of: str, texts: Any, revision: Any = 0, *, task: str = "project") -> Any:
    address = reverse("participant:account_draft", args=[task]) + f"?of={of}"
    content = json.dumps({"revision": revision, "texts": texts})
    with time_machine.travel(make.SUMMER, tick=False):
        return client.post(address, content, content_type="application/json")


def stored(enrolment: Enrolment) -> dict[str, str]:
    return {part: text for part, text in Project.objects.get(enrolment=enrolment).account.items() if text}


def typed(enrolment: Enrolment, **more: str) -> dict[str, Any]:
    return {
        "enrolment": enrolment.reference, "person": enrolment.user_id, "revision": 0, "form_key": uuid.uuid4().hex,
        "text_1": "Planned on the bus.", "text_2": "", "text_3": "", **more,
    }  # fmt: skip


# --- what the editor saves by itself ---------------------------------------------------------------------
def test_the_editor_keeps_the_sections_and_asks_before_it_replaces_others(amara: Enrolment) -> None:
    client = signed_in(amara.user)
    first = draft(client, amara.reference, {"design": "One\r\ntwo", "evaluation": "Three"})
    assert (first.status_code, first.json()["revision"]) == (200, 1)
    assert stored(amara) == {"design": "One\ntwo", "evaluation": "Three"}
    clash = draft(client, amara.reference, {"design": "Other"})
    assert (clash.status_code, clash.json()["revision"], clash.json()["texts"]["design"]) == (
        409,
        1,
        "One\ntwo",
    )
    assert draft(client, amara.reference, {"design": "Other"}, 1).json()["revision"] == 2
    address = reverse("participant:account_draft", args=["project"])
    state = client.get(address).json()
    assert state["texts"] == {"design": "Other", "implementation": "", "evaluation": ""}
    assert state["csrf"]


@pytest.mark.parametrize(
    ("texts", "revision", "status"),
    [
        ({"appendix": "x"}, 0, 400),
        ({"design": 3}, 0, 400),
        ({"design": "x"}, -1, 400),
        ({"design": "x" * 200_001}, 0, 422),
    ],
)
def test_what_cannot_be_kept_is_said(amara: Enrolment, texts: Any, revision: int, status: int) -> None:
    answer = draft(signed_in(amara.user), amara.reference, texts, revision)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert stored(amara) == {}


def test_an_account_that_is_with_the_markers_takes_no_more(amara: Enrolment) -> None:
    make.hand_in(amara)
    client = signed_in(amara.user)
    address = reverse("participant:account_draft", args=["project"])
    with time_machine.travel(make.AFTER, tick=False):
        late = client.post(
            address, json.dumps({"revision": 1, "texts": {"design": "Late"}}), content_type="application/json"
        )
    assert late.status_code == 422
    assert "can't be changed" in late.json()["message"] or "with the markers" in late.json()["message"]
    assert stored(amara) == make.TEXTS


def test_a_page_of_another_person_or_task_saves_nothing_here(amara: Enrolment) -> None:
    bea = make.candidate(name="Bea Before", to=amara.intake)
    make.planned(bea)
    for of in (amara.reference, "E-nobody"):
        answer = draft(signed_in(bea.user), of, {"design": "Amara's"})
        assert answer.status_code == 422
        assert "somebody else" in answer.json()["message"]
    assert stored(bea) == {}
    assert draft(signed_in(amara.user), amara.reference, {"design": "x"}, task="task-9").status_code == 404


def test_a_formative_task_of_another_person_saves_nothing_here_either() -> None:
    ann, bea = factories.enrolment("Ann"), factories.enrolment("Bea")
    teaching.content(ann)
    address = reverse("participant:task_draft", args=["tasks-1"]) + f"?of={ann.reference}"
    content = json.dumps({"revision": 0, "texts": {"context": "Ann's"}})
    with time_machine.travel(factories.AT, tick=False):
        answer = signed_in(bea.user).post(address, content, content_type="application/json")
        assert answer.status_code == 422
        assert not TaskResponse.objects.exists()
        assert signed_in(ann.user).post(address, content, content_type="application/json").status_code == 200


# --- a session that ended --------------------------------------------------------------------------------
def test_what_is_sent_signed_out_is_in_the_editor_again_for_its_writer_alone(amara: Enrolment) -> None:
    bea = make.candidate(name="Bea Before", to=amara.intake)
    make.planned(bea)
    for person, there in ((bea.user, False), (amara.user, True)):
        client = Client()
        with time_machine.travel(make.SUMMER, tick=False):
            away = client.post(reverse(PAGE, args=["project"]), {**typed(amara), "save": "1"})
            assert away.status_code == 302
            client.force_login(person)
        text = page(client, "project_account", "project")
        assert ("Planned on the bus." in text) is there
        assert ("not saved yet" in text) is there
        assert ('data-unsaved="yes"' in text) is there
    assert stored(amara) == {}  # until it is saved


def test_what_was_sent_signed_out_does_not_replace_what_was_saved_since(amara: Enrolment) -> None:
    client = Client()
    with time_machine.travel(make.SUMMER, tick=False):
        client.post(reverse(PAGE, args=["project"]), {**typed(amara), "save": "1"})
        draft(signed_in(amara.user), amara.reference, {"design": "On the other device."})
        client.force_login(amara.user)
    text = page(client, "project_account", "project")
    assert 'name="revision" value="0"' in text
    clash = send(client, "project_account", "project", status=409, save="1", **typed(amara))
    assert "On the other device." in clash
    assert "Planned on the bus." in clash
    assert stored(amara) == {"design": "On the other device."}


def test_what_arrives_signed_out_when_the_task_is_locked_is_shown_to_be_copied(amara: Enrolment) -> None:
    make.hand_in(amara)
    client = Client()
    with time_machine.travel(make.AFTER, tick=False):
        client.post(reverse(PAGE, args=["project"]), {**typed(amara), "hand_in": "1"})
        client.force_login(amara.user)
        text = " ".join(client.get(reverse(PAGE, args=["project"])).content.decode().split())
    assert "Planned on the bus." in text
    assert "Copy what you need" in text
    assert 'name="hand_in"' not in text


def test_a_refused_hand_in_keeps_the_text_as_the_draft(amara: Enrolment) -> None:
    client = signed_in(amara.user)
    refused = send(client, "project_account", "project", status=422, hand_in="1", **typed(amara))
    assert "Implementation, Evaluation missing" in refused
    assert stored(amara) == {"design": "Planned on the bus."}
    assert "5 Aug 2019, 10:00" in refused  # as saved, by the clock of the page


# --- a text over a document ------------------------------------------------------------------------------
def test_a_text_replaces_a_document_that_counts_only_by_a_word(amara: Enrolment) -> None:
    client = signed_in(amara.user)
    lines = [
        line for part in ("Design", "Implementation", "Evaluation") for line in (part, "Four words of it.")
    ]
    with time_machine.travel(make.SUMMER, tick=False):
        upload = reverse("participant:account_upload", args=["project"])
        file = SimpleUploadedFile("whole.docx", documents.docx(paragraphs=lines))
        looked = client.post(upload, {"file": file})
        final = {**looked.context["final"].initial, "own_work": "on", "ai_use": "none"}
        assert client.post(upload, final).status_code == 302
    text = {
        **typed(amara),
        "text_2": "Done.",
        "text_3": "Seen.",
        "own_work": "on",
        "ai_use": "none",
        "hand_in": "1",
    }
    refused = send(client, "project_account", "project", status=422, **text)
    assert "Your document whole.docx counts" in refused
    assert "The text in the editor replaces my document whole.docx" in refused
    assert Script.objects.get().file_name == "whole.docx"
    other = send(
        client, "project_account", "project", status=422, replace="on", counts="7", **{**text, "revision": 1}
    )
    assert "Your document whole.docx counts" in other  # that was said of another one
    send(client, "project_account", "project", replace="on", counts="1", **{**text, "revision": 1})
    assert list(Script.objects.order_by("number").values_list("file_name", "current")) == [
        ("whole.docx", False), ("", True),
    ]  # fmt: skip
