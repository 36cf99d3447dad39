"""A document in pieces over HTTP: begun, gone on with by whoever it belongs to, finished, handed in."""

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import receipts
from goldenthread.assessment.actions import published_keys
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules.uploads import LARGEST_PIECE
from goldenthread.assessment.upload_models import DocumentCheck, Upload
from goldenthread.people.models import Role
from tests import documents, factories
from tests import factories_assessment as made
from tests.web.test_participant_assessment import at, signed_in

pytestmark = pytest.mark.django_db


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def begin(client: Client, one: Sitting, content: bytes, *, first: int = 100, **headers: str) -> Any:
    said = {
        "Upload-Name": quote("Wörter – 試験.docx"), "Upload-Size": str(len(content)),
        "Upload-Sha256": digest(content), "Piece-Sha256": digest(content[:first]),
    }  # fmt: skip
    return client.post(
        reverse("participant:upload_begin", args=[one.pk]), content[:first],
        content_type="application/octet-stream", headers={**said, **headers},
    )  # fmt: skip


def add(client: Client, url: str, content: bytes, offset: int, length: int = 3000) -> Any:
    piece = content[offset : offset + length]
    return client.post(
        url, piece, content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset), "Piece-Sha256": digest(piece)},
    )  # fmt: skip


def finish(client: Client, stands: Any, content: bytes, **declared: str) -> Any:
    while stands["received"] < stands["size"]:
        stands = add(client, stands["url"], content, stands["received"]).json()
    return client.post(stands["finish"], declared)


def test_a_document_in_pieces_is_seen_and_handed_in() -> None:
    one, content = made.sitting(), documents.docx(1490)
    with at(made.INSIDE):
        client = signed_in(one.enrolment.user)
        begun = begin(client, one, content)
        assert begun.status_code == 201
        client = signed_in(
            one.enrolment.user
        )  # another browser, another process: all is in database and storage
        stands = client.get(begun.json()["url"]).json()
        assert (stands["received"], stands["name"]) == (100, "Wörter – 試験.docx")
        answer = finish(client, stands, content)
        page = client.get(answer.json()["next"])
        assert "1,490 words of 1,500 words" in page.content.decode()
        sent = {**page.context["final"].initial, "own_work": "on", "ai_use": "none"}
        done = client.post(reverse("participant:script_upload", args=[one.pk]), sent)
        assert done.status_code == 302
        assert client.get(answer.json()["next"])["Location"] == done["Location"]
    script = one.scripts.get()
    assert (script.words, script.sha256) == (1490, digest(content))


def test_a_document_in_pieces_is_handed_in_at_once_where_its_form_says_so() -> None:
    one, content = made.sitting(), documents.docx(1490)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT):
        stands = begin(client, one, content).json()
    with at(made.CLOSES_AT + timedelta(minutes=5)):
        unsaid = finish(client, stands, content, at_once="on", form_key="a form")
        assert (unsaid.status_code, one.scripts.count()) == (422, 0)
        assert "own work" in unsaid.json()["message"]
        declared = {"at_once": "on", "form_key": "a form", "own_work": "on", "ai_use": "none"}
        answers = [finish(client, stands, content, **declared).json() for _ in range(2)]
    with at(made.CLOSES_AT):  # the same form from a page that was loaded from the browser's memory
        answers.append(finish(client, begin(client, one, content).json(), content, **declared).json())
    receipt = reverse("participant:receipt", args=[one.pk, 1])
    assert answers == [{"next": receipt}] * 3
    assert one.uploads.get().script == one.scripts.get()
    assert one.scripts.get().received_at == made.CLOSES_AT


def test_what_is_under_way_stands_on_the_page_and_can_be_removed() -> None:
    one, content = made.sitting(), documents.docx(300)
    client, url = signed_in(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        begin(client, one, content)
        page = client.get(url).content.decode()
        assert "Wörter – 試験.docx" in page
        assert "it goes on from there" in page
        ticket = Upload.objects.get().ticket
        assert client.post(reverse("participant:upload_discard", args=[ticket])).status_code == 302
        assert "it goes on from there" not in client.get(url).content.decode()


def test_another_persons_document_is_not_there() -> None:
    one, content = made.sitting(), documents.docx(20)
    with at(made.INSIDE):
        stands = begin(signed_in(one.enrolment.user), one, content).json()
        other = signed_in(factories.user("Somebody Else"))
        for url in (stands["url"], stands["finish"], f"{stands['url']}discard/"):
            assert other.post(url).status_code == 404
        assert other.get(stands["url"]).status_code == 404
        assert begin(other, one, content).status_code == 404
    assert Upload.objects.get().received == 100


def test_a_wrong_offset_says_where_to_go_on() -> None:
    one, content = made.sitting(), documents.txt(600)
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        stands = begin(client, one, content).json()
        answer = add(client, stands["url"], content, 500)
    assert (answer.status_code, answer.json()["received"]) == (409, 100)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Size": "1e3"}, 422),
        ({"Upload-Size": "-5"}, 422),
        ({"Upload-Size": str(10**14)}, 422),
        ({"Upload-Sha256": "nonsense"}, 422),
        ({"Piece-Sha256": "0" * 64}, 422),
        ({"Upload-Name": "%2e%2e%2f%00"}, 422),
        ({"Upload-Name": ""}, 422),
    ],
)
def test_headers_that_can_not_be_are_refused(headers: dict[str, str], status: int) -> None:
    one = made.sitting()
    with at(made.INSIDE):
        answer = begin(signed_in(one.enrolment.user), one, documents.docx(20), **headers)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert not Upload.objects.exists() or Upload.objects.get().received == 0


def test_a_body_larger_than_a_piece_is_not_read() -> None:
    one, content = made.sitting(), b"x" * (LARGEST_PIECE + 1)
    with at(made.INSIDE):
        answer = begin(signed_in(one.enrolment.user), one, content, first=len(content))
    assert answer.status_code == 413


def test_a_scan_in_pieces_is_refused_with_what_to_do() -> None:
    one, content = made.sitting(), documents.scanned_pdf()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = finish(client, begin(client, one, content).json(), content)
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("file.")
    assert not one.scripts.exists()


def test_the_receipt_tells_of_both_instants_and_proves_them() -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT):
        stands = begin(client, one, content).json()
    with at(made.CLOSES_AT + timedelta(minutes=30)):
        page = client.get(finish(client, stands, content).json()["next"])
        sent = {**page.context["final"].initial, "own_work": "on", "ai_use": "none"}
        receipt = client.post(reverse("participant:script_upload", args=[one.pk]), sent)["Location"]
        assert "All there" in client.get(receipt).content.decode()
        signed = client.get(f"{receipt}receipt.json").content.decode()
    keys = {one["key"]: base64.b64decode(one["public"]) for one in published_keys()}
    content_of = receipts.verify(signed, keys)
    assert content_of["received_at"] == "2025-10-13T23:00:00.000000Z"
    assert content_of["complete_at"] == "2025-10-13T23:30:00.000000Z"


def test_a_held_document_stands_at_the_office_and_is_let_through(settings: Any) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", False
    one, content = made.sitting(), documents.docx(20)
    client, office = signed_in(one.enrolment.user), signed_in(made.office())
    with at(made.INSIDE):
        page = client.get(finish(client, begin(client, one, content).json(), content).json()["next"])
        sent = {**page.context["final"].initial, "own_work": "on", "ai_use": "none"}
        client.post(reverse("participant:script_upload", args=[one.pk]), sent)
        held = office.get(reverse("office:documents")).content.decode()
        assert "There is no malware scanner" in held
        assert "GOLDENTHREAD_" not in held
        assert "Not scanned yet" in held
        url = reverse("office:document", args=[DocumentCheck.objects.get().pk])
        assert "Amara Applicant" in office.get(url).content.decode()
        assert office.post(url, {"reason": ""}).status_code == 422
        assert office.post(url, {"reason": "Opened apart"}).status_code == 302
        assert "Opened apart" in office.get(reverse("office:documents") + "?show=released").content.decode()
        marker = signed_in(factories.member(Role.MARKER, "Maya Marker"))
        assert marker.get(url).status_code == 404


def test_what_came_too_late_stands_at_the_office() -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT):
        stands = begin(client, one, content).json()
    with at(made.CLOSES_AT + timedelta(hours=2)):
        assert finish(client, stands, content).json()["code"] == "window.closed"
        page = signed_in(made.office()).get(reverse("office:documents") + "?show=late").content.decode()
    assert "Amara Applicant" in page


def test_the_assessment_page_names_a_document_that_came_in_time_while_it_can_be_handed_in() -> None:
    one, whole, half = made.sitting(), documents.docx(20), documents.docx(30)
    client = signed_in(one.enrolment.user)
    assessment = reverse("participant:assessment")
    upload = reverse("participant:script_upload", args=[one.pk])
    in_time, within = made.CLOSES_AT - timedelta(minutes=1), made.CLOSES_AT + timedelta(minutes=59)
    with at(in_time):
        begin(client, one, half)
    with at(within):
        read = client.get(assessment).content.decode()
        assert "your document can still be handed in" in read
        assert "the rest of it comes and" in read
        assert f'href="{upload}"' in read
    with at(in_time):
        stands = begin(client, one, whole).json()
        finish(client, stands, whole)
        begin(client, one, half)  # the later one: what is all here is named
    with at(within):
        read = client.get(assessment).content.decode()
        assert f'href="{upload}?document={stands["id"]}"' in read
        assert "the rest of it comes and" not in read
        assert "nothing was handed in" not in read
    with at(made.CLOSES_AT + timedelta(minutes=61)):
        read = client.get(assessment).content.decode()
        assert "can still be handed in" not in read
        assert "The window has closed and nothing was handed in" in read
