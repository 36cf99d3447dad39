"""The load of the deadline hour: documents that the product counts as it counts texts, sent in the page's two steps."""

import hashlib
import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bench import deadline, deadline_load, figures, handin, load, table
from goldenthread.assessment.words import count_document
from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage, StoredFile

JOB: dict[str, Any] = {"path": "/my/assessment/7/", "session": "s" * 32, "token": "t" * 32, "document": True}
ORDER = {"host": "example.org", "port": 1}


def test_a_document_has_about_200_kilobytes_and_the_words_of_its_text() -> None:
    text = load.marked(handin.script_text(), "participant-7")
    content = deadline_load.document(text)
    assert 195_000 < len(content) < 210_000
    assert count_document(io.BytesIO(content), "docx").total == 1500
    assert content != deadline_load.document(load.marked(handin.script_text(), "participant-8"))


def test_the_declaration_takes_what_the_page_holds() -> None:
    page = (
        b'<input type="hidden" name="token" value="abc:1"><input type="hidden" name="form_key" value="k-1">'
    )
    head, _, body = deadline_load.declare_request(ORDER, JOB, page).partition(b"\r\n\r\n")  # type: ignore[union-attr]
    assert f"Content-Length: {len(body)}".encode() in head
    assert parse_qs(body.decode()) == {
        "csrfmiddlewaretoken": ["t" * 32], "token": ["abc:1"], "form_key": ["k-1"], "own_work": ["on"],
        "ai_use": ["none"],
    }  # fmt: skip


@pytest.mark.parametrize("at_once", [True, False])
def test_a_document_is_sent_as_the_form_sends_it_by_either_button(at_once: bool) -> None:
    sent = deadline_load.look_request(
        {**ORDER, "at_once": at_once}, {**JOB, "form_key": "k-1"}, b"PK content"
    )
    head, _, body = sent.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert body.count(b'name="csrfmiddlewaretoken"') == body.count(b"PK content") == 1
    assert [name in body for name in (b'name="at_once"', b'name="own_work"', b"\r\nk-1\r\n")] == [at_once] * 3


def test_a_page_without_the_fields_ends_the_hand_in() -> None:
    assert deadline_load.declare_request(ORDER, JOB, b"<p>Too late.</p>") is None


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"floors": {"1 connection": [401.0]}}, False),
        ({"texts": [300.0] * 50}, False),
        ({"errors": 1}, False),
    ],
)
def test_a_deadline_hour_holds_by_rate_times_and_errors(change: dict[str, Any], holds: bool) -> None:
    values = {
        "texts": [90.0] * 50,
        "documents": [400.0] * 50,
        "seconds": 1.0,
        "cpu_seconds": 0.5,
        "errors": 0,
        "floors": {"1 connection": [400.0, 900.0, 300.0], "64 connections": [2000.0]},
    } | change
    figure = figures.deadline("sqlite", **values, sittings=14_000, at_once=True)
    assert figure.holds is holds
    assert "100 of 14,000, documents at once" in table.table([figure])


def test_beside_the_floor_of_one_connection_stands_that_of_as_many_as_clients() -> None:
    figure = figures.deadline(
        "postgresql", texts=[90.0] * 50, documents=[400.0] * 50, seconds=1.0, cpu_seconds=0.5, errors=0,
        floors={"1 connection": [200.0], "64 connections": [1000.0]}, sittings=14_000, at_once=False,
    )  # fmt: skip
    assert (figure.values["ratio"], figure.values["floor"]) == (0.5, 200.0)
    assert table.row(figure)[5:7] == ["1 connection 200/s, 64 connections 1,000/s", "0.50, 0.10"]


# --- what is compared afterwards -----------------------------------------------------------------------------
@pytest.fixture
def acknowledged(transactional_db: None, catalogue: None) -> list[dict[str, Any]]:
    """A text and a document that were handed in, as the measurement knows them."""
    text, found = handin.script_text(), []
    for number, job in enumerate(handin.make_jobs(2, text, at=clock.now())):
        content = deadline_load.document(load.marked(text, job["marker"]))
        said = {"own_work": "on", "ai_use": "none", "form_key": job["form_key"]}
        if number:
            path = f"{job['path']}upload/"
            said |= {"at_once": "on", "file": SimpleUploadedFile("response.docx", content)}
        else:
            path = job["path"]
            said |= {"text_1": load.marked(text, job["marker"]), "revision": job["revision"], "hand_in": "1"}
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = job["session"]
        answer = client.post(path, said, secure=True)
        assert answer.headers.get("Location") == job["receipt"]
        found.append({**job, "document": bool(number), "sha256": hashlib.sha256(content).hexdigest()})
    return found


def test_receipts_whose_scripts_bytes_events_and_mails_are_there_are_right(
    acknowledged: list[dict[str, Any]],
) -> None:
    deadline._verify(acknowledged, handin.script_text())


def test_a_document_whose_bytes_are_others_or_gone_is_wrong(acknowledged: list[dict[str, Any]]) -> None:
    file = Path(default_storage.path(StoredFile.objects.get(sha256=acknowledged[1]["sha256"]).path))
    for spoil in (lambda: file.write_bytes(b"PK but nothing of it"), file.unlink):
        spoil()
        with pytest.raises(SystemExit, match=f"WRONG: the script of sitting {acknowledged[1]['sitting']} "):
            deadline._verify(acknowledged, handin.script_text())


def test_a_receipt_without_its_mail_or_its_event_ends_the_measurement(
    acknowledged: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    OutboxMessage.objects.filter(key__startswith="mail:script_received:").earliest("pk").delete()
    with pytest.raises(SystemExit, match="without their mail"):
        deadline._verify(acknowledged, handin.script_text())
    monkeypatch.setattr(handin.AuditEvent.objects, "filter", lambda **asked: [])  # nobody can delete one
    with pytest.raises(SystemExit, match="trail is not whole"):
        deadline._verify(acknowledged, handin.script_text())
