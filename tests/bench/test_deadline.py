"""The load of the deadline hour: documents that the product counts as it counts texts, sent in the page's two steps."""

import io
from typing import Any
from urllib.parse import parse_qs

import pytest

from bench import deadline_load, figures, handin, load, table
from goldenthread.assessment.words import count_document

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
    [({}, True), ({"floor": 401.0}, False), ({"texts": [300.0] * 50}, False), ({"errors": 1}, False)],
)
def test_a_deadline_hour_holds_by_rate_times_and_errors(change: dict[str, Any], holds: bool) -> None:
    values = {
        "texts": [90.0] * 50,
        "documents": [400.0] * 50,
        "seconds": 1.0,
        "cpu_seconds": 0.5,
        "errors": 0,
        "floor": 400.0,
    } | change
    figure = figures.deadline("sqlite", **values, sittings=14_000, at_once=True)
    assert figure.holds is holds
    assert "100 of 14,000, documents at once" in table.table([figure])
