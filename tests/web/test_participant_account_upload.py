"""The account of a project as a document: looked at, handed in with its evidence, with a receipt that proves itself."""

import base64
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import receipts
from goldenthread.assessment.actions import published_keys
from goldenthread.assessment.models import Script
from goldenthread.assessment.project_queries import task_of
from goldenthread.assessment.upload_models import Upload
from tests import documents
from tests import factories_projects as make
from tests.web.test_participant_projects import NOW, signed_in

pytestmark = pytest.mark.django_db


def project() -> tuple[Enrolment, str]:
    """Everything but the account."""
    amara = make.candidate()
    task = make.first_task(amara)
    make.planned(amara)
    make.boarded(amara, task, "home")
    make.days(amara.intake, task)
    return amara, task


def content(amara: Enrolment, task: str, *, last: str = "What we found.") -> bytes:
    parts = task_of(amara.version.specification, task).parts
    lines = [line for part in parts for line in (part.title, "We read aloud daily.")]
    return documents.docx(paragraphs=[*lines, last])


def look(client: Any, task: str, document: bytes) -> Any:
    url = reverse("participant:account_upload", args=[task])
    with time_machine.travel(NOW, tick=False):
        return client.post(url, {"file": SimpleUploadedFile("account.docx", document)})


def hand_in(client: Any, task: str, looked: Any, **more: Any) -> Any:
    sent = {**looked.context["final"].initial, "own_work": "on", "ai_use": "none", **more}
    with time_machine.travel(NOW, tick=False):
        return client.post(reverse("participant:account_upload", args=[task]), sent)


def test_an_account_is_handed_in_as_a_document_with_evidence_counted_apart() -> None:
    amara, task = project()
    make.add_file(amara, "annex.txt", b"Ten words of an annex that nobody counts with it.")
    client, document = signed_in(amara.user), content(amara, task)
    looked = look(client, task, document)
    assert looked.status_code == 200, looked.content.decode()
    assert "We read aloud daily." in looked.content.decode()
    assert not Script.objects.exists()
    assert hand_in(client, task, looked, own_work="").status_code == 422
    done = hand_in(client, task, looked)
    assert done.status_code == 302
    assert hand_in(client, task, looked)["Location"] == done["Location"]
    script = Script.objects.get()
    assert (script.file_name, script.words) == ("account.docx", looked.context["response"].count.total)
    assert [one.name for one in script.evidence.all()] == ["annex.txt"]
    assert script.sitting.state == "handed_in"


def test_its_receipt_is_signed_and_names_task_and_evidence() -> None:
    amara, task = project()
    annex = make.add_file(amara, "annex.txt", b"An annex.")
    client = signed_in(amara.user)
    done = hand_in(client, task, look(client, task, content(amara, task)))
    script = Script.objects.get()
    with time_machine.travel(NOW, tick=False):
        page = client.get(done["Location"]).content.decode()
        url = reverse("participant:receipt_signed", args=[script.sitting_id, script.number])
        assert url in page
        signed = client.get(url).content.decode()
    keys = {one["key"]: base64.b64decode(one["public"]) for one in published_keys()}
    found = receipts.verify(signed, keys)
    assert (found["task"], found["sha256"], found["receipt"]) == (
        task, script.sha256, f"{amara.reference}/{task}/1",
    )  # fmt: skip
    assert found["evidence"] == [{"name": "annex.txt", "sha256": annex.file.sha256}]


def test_what_the_task_asks_is_asked_of_a_document_too() -> None:
    amara = make.candidate()
    task = make.first_task(amara)
    make.opened(amara)
    make.days(amara.intake, task)
    client = signed_in(amara.user)
    answer = hand_in(client, task, look(client, task, content(amara, task)))  # there is no plan
    assert answer.status_code == 422
    assert not Script.objects.exists()


def test_without_hand_in_days_the_account_page_says_what_is_next() -> None:
    amara = make.candidate()
    task = make.first_task(amara)
    make.planned(amara)
    with time_machine.travel(NOW, tick=False):
        answer = signed_in(amara.user).get(reverse("participant:account_upload", args=[task]))
    assert answer["Location"] == reverse("participant:project_account", args=[task])


def test_what_is_written_on_the_page_stays() -> None:
    amara, task = project()
    script = make.hand_in(amara, task)
    client = signed_in(amara.user)
    hand_in(client, task, look(client, task, content(amara, task)))
    again = amara.projects.get(task=task)
    assert "".join(again.account.values())
    assert list(Script.objects.order_by("number").values_list("number", "current")) == [(1, False), (2, True)]
    assert script.number == 1


def test_an_account_that_comes_after_the_days_is_kept_and_says_what_to_do() -> None:
    amara, task = project()
    client, document = signed_in(amara.user), content(amara, task)
    with time_machine.travel(NOW, tick=False):
        client.get(reverse("participant:account_upload", args=[task]))  # which gives the place
    with time_machine.travel(make.AFTER, tick=False):
        page = client.get(reverse("participant:project_account", args=[task])).content.decode()
        assert reverse("participant:account_upload", args=[task]) in page
        assert "The hand-in days ended at midnight at the end of" in page
        url = reverse("participant:account_upload", args=[task])
        answer = client.post(url, {"file": SimpleUploadedFile("account.docx", document)})
    assert answer.status_code == 422
    assert "Handing in closed at" in answer.content.decode()
    kept = Upload.objects.get()
    assert (kept.state, kept.refusal_code, kept.size) == ("refused", "upload.after_deadline", len(document))
    assert not Script.objects.exists()
