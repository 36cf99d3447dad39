"""Signed receipts on the public page: valid, altered, somebody else's, and what is no receipt; as a file and pasted."""

import html
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment import actions, receipts
from goldenthread.assessment.models import Script
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db
FILE = "/verify/file/"


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.RECEIPT_KEY, settings.RECEIPT_KEY_FILE = "", tmp_path / "receipt-key"


def text_of(response: Any) -> str:
    return html.unescape(" ".join(response.content.decode().split()))


def signed() -> tuple[Script, str]:
    script = made.script()
    return script, actions.signed_receipt(script=Script.objects.get(pk=script.pk), at=made.INSIDE)


def sent(client: Client, data: str | bytes, *, pasted: bool = False) -> Any:
    if pasted:
        return client.post(FILE, {"text": data})
    raw = data.encode() if isinstance(data, str) else data
    return client.post(FILE, {"file": SimpleUploadedFile("receipt.json", raw)})


@pytest.mark.parametrize("pasted", [False, True])
def test_anybody_reads_that_a_receipt_is_valid_and_what_it_says(client: Client, pasted: bool) -> None:
    script, text = signed()
    with CaptureQueriesContext(connection) as ran:
        response = sent(client, text, pasted=pasted)
    assert len(ran) <= 12
    page = text_of(response)
    assert response.status_code == 200
    assert "This receipt is valid" in page
    for said in (
        f"{script.sitting.enrolment.reference}/1",
        "Amara Applicant",
        script.sha256,
        "8 Oct 2025",
        "12:00:00 (UTC)",
    ):
        assert said in page
    assert script.sitting.enrolment.user.email not in page
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("pasted", [False, True])
def test_an_altered_receipt_is_refused_at_its_field(client: Client, pasted: bool) -> None:
    _, text = signed()
    response = sent(client, text.replace("Amara", "Tamara"), pasted=pasted)
    page = text_of(response)
    assert response.status_code == 422
    assert "This receipt was altered" in page
    assert "is valid" not in page
    assert f'href="#id_{"text" if pasted else "file"}"' in page


def test_a_receipt_signed_with_another_key_is_not_ours(client: Client) -> None:
    _, text = signed()
    forged = receipts.sign(json.loads(text)["content"], bytes(range(32)))
    response = sent(client, forged)
    assert response.status_code == 422
    assert "not signed by us" in text_of(response)
    assert "keys given" not in text_of(response)


@pytest.mark.parametrize(
    "data",
    [
        b"no receipt",
        b"[" * 90_000,
        b'{"format": "golden-thread-receipt-2"}',
        b'{"format": "golden-thread-receipt-2", "format": "golden-thread-receipt-2"}',
        b'{"format": "golden-thread-receipt-2", "x": "' + b"y" * 150_000 + b'"}',
        b"\xff\xfe" * 100,
        b"x" * 300_000,
    ],
)
def test_what_is_no_receipt_is_refused_and_breaks_nothing(client: Client, data: bytes) -> None:
    assert sent(client, data).status_code == 422
    assert sent(client, data.decode("utf-8", "replace"), pasted=True).status_code == 422


def test_half_a_character_in_a_receipt_breaks_nothing(client: Client) -> None:
    _, text = signed()
    response = sent(client, text.replace("Amara", "\\ud800"))
    assert response.status_code == 422
    assert "altered" in text_of(response)


def test_what_is_neither_badge_nor_receipt_is_said_to_be_neither(client: Client) -> None:
    for sort in (b"{}", b"Golden Thread: receipt for a script", b"%PDF-1.7 a certificate"):
        said = text_of(sent(client, sort))
        assert "It is no signed receipt either" in said
        assert "ask for the signed receipt, or type the code of the certificate" in said


def test_a_file_and_a_text_together_are_refused(client: Client) -> None:
    _, text = signed()
    response = client.post(FILE, {"file": SimpleUploadedFile("receipt.json", text.encode()), "text": text})
    assert response.status_code == 422
    assert "not both" in text_of(response)


def test_in_a_demonstration_a_receipt_says_specimen(client: Client, settings: Any) -> None:
    _, text = signed()
    settings.MODE = "demonstration"
    page = text_of(sent(client, text))
    assert "SPECIMEN: this receipt is made up" in page
    assert "<title>Specimen of a receipt" in page
    assert "This receipt is valid" not in page
