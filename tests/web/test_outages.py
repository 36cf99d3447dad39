"""A full disk and a database that can't be written to: a clear page, nothing typed is lost, and it recovers."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from goldenthread.assessment.models import Sitting
from goldenthread.common.outage import DOWN, Outage
from goldenthread.web.shared.outages import outage_page
from tests import documents
from tests import factories_assessment as made
from tests.web.test_participant_assessment import at, signed_in

TEXT = "What I wrote for an hour, with “quotes” & <tags>.\nAnd a second line."


@contextmanager
def read_only() -> Iterator[None]:
    """The database takes no write: SQLite by its own pragma, PostgreSQL as on a standby."""
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


FULL = {
    # It may not take one more page: the lowest number that is taken is what there is.
    "sqlite": (
        ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA max_page_count = 1"],
        ["PRAGMA max_page_count = 4294967294"],
    ),
    # The server's own code for a full disk, from where it writes a script.
    "postgresql": (
        [
            (
                "CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'said by the test'; END $$"
            ),
            "CREATE TRIGGER disk_is_full BEFORE INSERT ON goldenthread_script EXECUTE FUNCTION disk_is_full()",
        ],
        ["DROP FUNCTION disk_is_full() CASCADE"],
    ),
}


@contextmanager
def full_database() -> Iterator[None]:
    """The database says what it says on a full disk."""
    on, off = FULL[connection.vendor]
    with connection.cursor() as cursor:
        for statement in on:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in off:
                cursor.execute(statement)


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where files are written the kernel says that no space is left: everything goes to /dev/full."""

    def full(**where: Any) -> tuple[int, str]:
        handle, name = made_file(**where)
        os.close(handle)
        return os.open("/dev/full", os.O_WRONLY), name

    made_file = tempfile.mkstemp
    with monkeypatch.context() as patched:
        patched.setattr("goldenthread.common.storage.tempfile.mkstemp", full)
        yield


def form(one: Sitting, **more: Any) -> dict[str, Any]:
    return {
        "person": one.enrolment.user_id, "revision": one.draft_revision, "form_key": "the-key-of-this-form",
        "text_1": TEXT, **more,
    }  # fmt: skip


def sent_again(page: str) -> dict[str, str]:
    """The fields of the form on the page, as a browser would send them."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    written = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in hidden + written if name != "csrfmiddlewaretoken"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("button", ["save", "hand_in"])
def test_a_read_only_database_keeps_what_was_typed_and_recovers(button: str) -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    client.raise_request_exception = False
    url = reverse("participant:sitting", args=[one.pk])
    sent = form(one, **{button: "1", "own_work": "on", "ai_use": "none"})
    with at(made.INSIDE):
        client.get(url)
        with read_only():
            answer = client.post(url, sent)
        page = answer.content.decode()
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "still here" in page
        again = sent_again(page)
        assert again["form_key"] == "the-key-of-this-form"
        assert again["text_1"] == TEXT
        assert again[button] == "1"
        first = client.post(url, again)
        assert first.status_code == 302
        if button == "hand_in":  # the same form, the same receipt
            assert client.post(url, again)["Location"] == first["Location"]
    one.refresh_from_db()
    assert one.draft == {"": TEXT}
    assert one.scripts.count() == (button == "hand_in")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_says_507_and_recovers() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    client.raise_request_exception = False
    url = reverse("participant:sitting", args=[one.pk])
    long = "word " * 1400
    with at(made.INSIDE):
        with full_database():
            for _ in range(5):  # the last pages have room left
                answer = client.post(
                    url, form(one, hand_in="1", own_work="on", ai_use="none", text_1=long + "x" * 90_000)
                )
                if answer.status_code == 507:
                    break
        assert answer.status_code == 507
        assert "disk is full" in answer.content.decode()
        again = sent_again(answer.content.decode())
        assert client.post(url, again).status_code == 302
    assert one.scripts.filter(current=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_editor_is_told_in_json() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    client.raise_request_exception = False
    with at(made.INSIDE), read_only():
        answer = client.post(
            reverse("participant:sitting_draft", args=[one.pk]),
            {"revision": 0, "texts": {"": TEXT}},
            content_type="application/json",
        )
    assert answer.status_code == 503
    assert answer.json()["code"] == "outage.down"


@pytest.mark.django_db
def test_a_full_storage_keeps_the_arrival_of_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    url = reverse("participant:script_upload", args=[one.pk])
    with at(made.CLOSES_AT), full_disk(monkeypatch):
        answer = client.post(url, {"file": SimpleUploadedFile("mine.docx", content)})
    assert answer.status_code == 507
    assert "disk is full" in answer.content.decode()
    with at(made.CLOSES_AT + timedelta(minutes=5)):
        looked = client.post(url, {"file": SimpleUploadedFile("mine.docx", content)})
        assert looked.status_code == 200
        final = looked.context["final"].initial
        with monkeypatch.context() as patched:
            patched.setattr("goldenthread.common.files.keep_on", _down)
            down = client.post(url, {**final, "own_work": "on", "ai_use": "none"})
        assert down.status_code == 503
        assert "can read but not save" in down.content.decode()
        assert client.post(url, {**final, "own_work": "on", "ai_use": "none"}).status_code == 302
    assert one.scripts.get().received_at == made.CLOSES_AT


def _down(*args: object, **kwargs: object) -> None:
    raise OSError(5, "Input/output error")


@pytest.mark.django_db(transaction=True)
def test_passwords_are_never_written_onto_the_page() -> None:
    client = Client(raise_request_exception=False)
    with read_only():
        answer = client.post(
            reverse("account_login"), {"login": "a@example.org", "password": "not to be seen"}
        )
    assert answer.status_code in {200, 503}
    assert "not to be seen" not in answer.content.decode()


def test_of_a_form_only_what_is_secret_is_left_out() -> None:
    fields = {
        "postcode": "SW1A 1AA", "school_text": "Hill School", "decode": "yes", "code": "123456", "otp": "654321",
        "recovery_code": "abcdef", "new_password1": "not to be seen", "client_secret": "s3cret",
    }  # fmt: skip
    page = unescape(outage_page(RequestFactory().post("/apply/1/", fields), Outage(DOWN)).content.decode())
    shown = {name for name in fields if f'name="{name}"' in page}
    assert shown == {"postcode", "school_text", "decode"}
    assert not [value for name, value in fields.items() if name not in shown and value in page]


def test_the_steps_of_an_editor_go_again_unseen_beside_the_text() -> None:
    steps = '{"steps": [{"inserted": "What I wrote"}]}'
    sent = RequestFactory().post("/my/assessment/1/", {"text_1": "What I wrote", "steps": steps})
    page = unescape(outage_page(sent, Outage(DOWN)).content.decode())
    assert f'<input type="hidden" name="steps" value="{steps}">' in page
    assert page.count("<textarea") == 1
    assert 'name="text_1"' in page
