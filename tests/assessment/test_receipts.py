"""Signed receipts: what they say, that nothing of them can be changed, keys and their rotation, the command."""

import base64
import json
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment import actions, receipts
from goldenthread.assessment.actions.sign import content_of, private_key, rotate_key
from goldenthread.assessment.models import ReceiptKey, Script
from goldenthread.commands.receipt import run
from goldenthread.common import private_keys
from goldenthread.common.refused import Refused
from tests import documents
from tests import factories_assessment as made
from tests.assessment.test_upload import look
from tests.factories_assessment import NO_AI

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
PUBLIC = private_keys.public_half(SEED)
KEYS = {receipts.key_id(PUBLIC): PUBLIC}
CONTENT = {
    "receipt": "E-ABCDEF/1",
    "enrolment": "E-ABCDEF",
    "person": "Zoë Ångström",
    "programme": "NPQLT",
    "received_at": "2025-10-13T23:00:00.000000Z",
    "words": 1500,
    "word_rule": "words-2",
    "sha256": "ab" * 32,
    "provider": "A provider",
    "length": "1,500 of 1,500 words",
    "not_counted": ["headers", "deletions", "comments"],
    "declared": {"own_work": {"version": "own-work-1", "text": "This is my own work."}},
}
FIRST = {name: CONTENT[name] for name in receipts.FIELDS}  # what the first format held


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, settings: Any) -> None:
    settings.RECEIPT_KEY, settings.RECEIPT_KEY_FILE = "", tmp_path / "data" / "receipt-key"


def code_of(text: str, keys: dict[str, bytes] = KEYS) -> str:
    with pytest.raises(Refused) as caught:
        receipts.verify(text, keys)
    return caught.value.code


# --- the format --------------------
def first_format(content: dict[str, Any]) -> str:
    """A receipt file as it was signed before declarations stood on it."""
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(
        receipts.canonical(content, receipts.FIRST_FORMAT)
    )
    return json.dumps(
        {
            "format": receipts.FIRST_FORMAT,
            "content": content,
            "algorithm": receipts.ALGORITHM,
            "key": receipts.key_id(PUBLIC),
            "signature": receipts.encoded(signature),
        }
    )


def test_a_receipt_of_the_first_format_stays_good_and_passes_for_no_later_one() -> None:
    old = first_format(FIRST)
    assert receipts.verify(old, KEYS) == FIRST
    assert code_of(old.replace("receipt-1", "receipt-2", 1)) == "receipt.form"  # it has no declarations
    whole = first_format(CONTENT)
    assert code_of(whole.replace("receipt-1", "receipt-2", 1)) == "receipt.altered"


@pytest.mark.parametrize("lost", ["declared", "length", "not_counted"])
def test_a_receipt_without_its_declarations_is_none(lost: str) -> None:
    content = {name: value for name, value in CONTENT.items() if name != lost}
    assert code_of(receipts.sign(content, SEED)) == "receipt.form"


def test_a_receipt_is_verified_with_the_public_key_alone() -> None:
    assert receipts.verify(receipts.sign(CONTENT, SEED), KEYS) == CONTENT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("words", 1499),
        ("received_at", "2025-10-12T23:00:00.000000Z"),
        ("sha256", "cd" * 32),
        ("person", "Zoe Angstrom"),
        ("extra", "added"),
    ],
)
def test_no_field_can_be_changed_or_added(field: str, value: Any) -> None:
    found = json.loads(receipts.sign(CONTENT, SEED))
    found["content"][field] = value
    assert code_of(json.dumps(found)) == "receipt.altered"


def test_layout_and_order_change_nothing() -> None:
    found = json.loads(receipts.sign(CONTENT, SEED))
    found["content"] = dict(sorted(found["content"].items(), reverse=True))
    assert receipts.verify(json.dumps(found, ensure_ascii=True, indent=7), KEYS) == CONTENT


def test_a_key_of_somebody_else_is_no_proof_under_whatever_name() -> None:
    forged = json.loads(receipts.sign(CONTENT, OTHER))
    assert code_of(json.dumps(forged)) == "receipt.key_unknown"
    forged["key"] = receipts.key_id(PUBLIC)
    assert code_of(json.dumps(forged)) == "receipt.altered"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "not json",
        "[" * 50_000,
        '{"format": "golden-thread-receipt-1", "format": "golden-thread-receipt-1"}',
        json.dumps({"format": "golden-thread-receipt-1", "content": {}}),
        receipts.sign(CONTENT, SEED).replace("receipt-2", "receipt-9", 1),
        receipts.sign(CONTENT, SEED).replace('"signature": "', '"signature": 5, "x": "'),
        receipts.sign({key: CONTENT[key] for key in CONTENT if key != "sha256"}, SEED),
    ],
)
def test_what_is_no_receipt_is_refused_as_none(text: str) -> None:
    assert code_of(text) == "receipt.form"


@pytest.mark.parametrize("signature", ["", "AAAA", "%%%", base64.b64encode(bytes(64)).decode()])
def test_a_signature_that_is_none_proves_nothing(signature: str) -> None:
    found = {**json.loads(receipts.sign(CONTENT, SEED)), "signature": signature}
    assert code_of(json.dumps(found)) == "receipt.altered"


@pytest.mark.parametrize("value", ["\\ud800", '"' + "x" * 9 + '"'])
def test_half_a_character_was_never_signed(value: str) -> None:
    text = receipts.sign(CONTENT, SEED).replace("Zoë Ångström", value.strip('"'), 1)
    assert code_of(text) == "receipt.altered"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (receipts.sign(CONTENT, SEED), True),
        (receipts.sign(CONTENT, SEED).replace("receipt-2", "receipt-9", 1), True),
        ('{"format": "golden-thread-national-1"}', False),
        ('{"format": ["golden-thread-receipt-2"]}', False),
        ("[" * 50_000, False),
        ("no receipt", False),
    ],
)
def test_what_a_file_says_of_itself(text: str, says: bool) -> None:
    assert receipts.says_receipt(text) is says


def test_keys_are_read_from_the_list_from_pem_and_from_base64() -> None:
    pem = Ed25519PublicKey.from_public_bytes(PUBLIC).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    listed = receipts.keys_text([{"key": "a wrong name", "public": receipts.encoded(PUBLIC)}])
    for data in (pem, json.dumps(listed).encode(), receipts.encoded(PUBLIC).encode() + b"\n"):
        assert receipts.read_keys(data) == KEYS


@pytest.mark.parametrize(
    "data", [b"", b"short", b"{}", b'{"keys": [1]}', b"-----BEGIN NOTHING-----", b"\xff\xfe"]
)
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        receipts.read_keys(data)
    assert caught.value.code in {"receipt.key", "receipt.form"}


# --- of a script --------------------
def signed(script: Script) -> str:
    return actions.signed_receipt(script=Script.objects.get(pk=script.pk), at=made.INSIDE)


def published() -> dict[str, bytes]:
    return {one["key"]: receipts.decoded_key(one["public"]) for one in actions.published_keys()}


@pytest.mark.django_db
def test_a_receipt_says_who_which_when_how_many_and_the_checksum() -> None:
    script = made.script()
    content = receipts.verify(signed(script), published())
    assert content == content_of(script)
    assert content["received_at"] == "2025-10-08T12:00:00.000000Z"
    assert (content["sha256"], content["words"], content["person"]) == (script.sha256, 4, "Amara Applicant")
    assert content["receipt"] == f"{script.sitting.enrolment.reference}/1"


@pytest.mark.django_db
def test_the_first_use_makes_one_key_that_nobody_else_can_read(settings: Any) -> None:
    assert private_key() == private_key()
    path = Path(settings.RECEIPT_KEY_FILE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["receipt-key"]


@pytest.mark.django_db
def test_after_a_rotation_old_receipts_still_hold_and_new_ones_have_the_new_key() -> None:
    script = made.script()
    before = signed(script)
    rotate_key(at=made.INSIDE + timedelta(days=1))
    after = signed(script)
    assert json.loads(before)["key"] != json.loads(after)["key"]
    assert len(published()) == 2
    assert receipts.verify(before, published()) == receipts.verify(after, published())
    assert ReceiptKey.objects.count() == 2


@pytest.mark.django_db
def test_the_key_of_the_environment_comes_first_and_is_rotated_there(settings: Any) -> None:
    settings.RECEIPT_KEY = receipts.encoded(SEED)
    assert json.loads(signed(made.script()))["key"] == receipts.key_id(PUBLIC)
    assert not Path(settings.RECEIPT_KEY_FILE).exists()
    with pytest.raises(Refused) as caught:
        rotate_key(at=made.INSIDE)
    assert caught.value.code == "receipt.environment"


@pytest.mark.django_db
def test_handing_in_signs_nothing(settings: Any) -> None:
    made.script()
    assert not Path(settings.RECEIPT_KEY_FILE).exists()
    assert not ReceiptKey.objects.exists()


# --- pages --------------------
def address(script: Script) -> str:
    return reverse("participant:receipt_signed", args=[script.sitting_id, script.number])


@pytest.mark.django_db
def test_the_page_leads_to_the_file_and_the_keys_are_public() -> None:
    script = made.script()
    client = Client()
    client.force_login(script.sitting.enrolment.user)
    page = client.get(reverse("participant:receipt", args=[script.sitting_id, 1])).content.decode()
    assert address(script) in page
    answer = client.get(address(script))
    assert answer["Content-Disposition"].startswith("attachment")
    keys = receipts.read_keys(Client().get(reverse("public:receipt_keys")).content)
    assert receipts.verify(answer.content.decode(), keys)["sha256"] == script.sha256
    with CaptureQueriesContext(connection) as asked:
        client.get(address(script))
    assert not [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE"))]


@pytest.mark.django_db
def test_nobody_else_gets_a_receipt() -> None:
    script = made.script()
    other = Client()
    other.force_login(made.author())
    assert other.get(address(script)).status_code == 404


# --- the command --------------------
@pytest.mark.django_db
def test_the_command_checks_receipt_and_script_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sitting = made.sitting()
    content = documents.docx(100)
    seen = look(sitting, content, "mine.docx")
    script = actions.submit_script(
        sitting=sitting,
        response=seen,
        key="k",
        own_work=True,
        ai=NO_AI,
        by=sitting.enrolment.user,
        at=made.INSIDE,
    )
    receipt, keys, file, other = (
        tmp_path / name for name in ("r.json", "keys.json", "mine.docx", "other.docx")
    )
    receipt.write_text(signed(script))
    keys.write_text(json.dumps(receipts.keys_text(actions.published_keys())))
    file.write_bytes(content)
    other.write_bytes(content + b" ")
    # In a process that has no database and no settings.
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "goldenthread",
            "receipt",
            "verify",
            str(receipt),
            "--key",
            str(keys),
            "--json",
        ],
        env={"PYTHONPATH": str(Path(receipts.__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, json.loads(done.stdout)["words"]) == (0, 100)
    given = ["verify", str(receipt), "--key", str(keys)]
    assert run([*given, "--script", str(file)]) == 0
    assert "the script is the one that was handed in" in capsys.readouterr().out
    assert run([*given, "--script", str(other)]) == 1
    assert run(["verify", str(receipt)]) == 0
    receipt.write_text(receipt.read_text().replace('"words": 100', '"words": 101'))
    assert run(given) == 1
    assert "signature doesn't fit" in capsys.readouterr().err
    keys.write_text(receipts.encoded(PUBLIC))
    assert run(given) == 1
    assert run(["verify", str(tmp_path / "none.json"), "--key", str(keys)]) == 2
    keys.write_text("nonsense")
    assert run(given) == 2
    assert run([]) == 2


@pytest.mark.django_db
def test_the_command_rotates_and_lists_keys(capsys: pytest.CaptureFixture[str]) -> None:
    signed(made.script())
    assert run(["rotate"]) == 0
    capsys.readouterr()
    assert run(["keys"]) == 0
    assert len(json.loads(capsys.readouterr().out)["keys"]) == 2
