"""Sign a receipt when somebody downloads it, with a key of the environment or the data folder; publish every key.

Handing in signs nothing and waits for nothing here.
"""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from goldenthread.assessment import receipts
from goldenthread.assessment.actions.submit import receipt_number
from goldenthread.assessment.models import ReceiptKey, Script
from goldenthread.assessment.queries import length_of
from goldenthread.assessment.rules.policies import counting_in, declarations_in
from goldenthread.common import audit, private_keys


def signed_receipt(*, script: Script, at: datetime) -> str:
    """The signed receipt file of a script that was loaded for its writer: JSON as text (S0-39)."""
    seed = private_key()
    publish_key(private_keys.public_half(seed), at=at)
    return receipts.sign(content_of(script), seed)


def content_of(script: Script) -> dict[str, Any]:
    """What a receipt says: who, which receipt, when in UTC, how many words, and the checksum.

    Of a document also when all of it was there (its first byte is what counts); of a project task and evidence.
    """
    sitting = script.sitting
    enrolment, intake = sitting.enrolment, sitting.window.intake
    content = {
        "receipt": receipt_number(script),
        "enrolment": enrolment.reference,
        "person": enrolment.user.name,
        "programme": intake.version.programme.code,
        "intake": intake.name,
        "received_at": _utc(script.received_at),
        "words": script.words,
        "word_rule": script.word_rule,
        "length": length_of(script).text,
        "not_counted": list(counting_in(sitting.window.policies).not_counted),
        "declared": declared_of(script),
        "sha256": script.sha256,
        "file_name": script.file_name,
        "provider": settings.PROVIDER_NAME,
        "issuer": settings.BASE_URL,
    }
    upload = getattr(script, "upload", None)
    if upload is not None and upload.all_at:
        content["complete_at"] = _utc(upload.all_at)
    if sitting.window.task:
        content["task"] = sitting.window.task
        evidence = script.evidence.select_related("file").order_by("number")
        content["evidence"] = [{"name": one.name, "sha256": one.file.sha256} for one in evidence]
    return content


def declared_of(script: Script) -> dict[str, dict[str, str]]:
    """What was declared with a script: each statement in its words and under their version, and what was said of AI.

    The window, which is loaded, keeps the words. A script from before they were on record says that own work was.
    """
    asked, kept = declarations_in(script.sitting.window.policies), script.declared
    if not kept:
        return {"own_work": {"declared": "yes"}}
    found = {"own_work": {"version": kept["own_work"], "text": asked.own_work}}
    if "ai" in kept:
        said = {"use": kept["ai_use"]} if "ai_use" in kept else {}
        note = {"note": kept["ai_note"]} if kept.get("ai_note") else {}
        found["ai"] = {
            "policy": asked.ai.use, "version": kept["ai"], "text": asked.ai.statement, **said, **note,
        }  # fmt: skip
    return found


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def private_key() -> bytes:
    """The private key that signs now: of the environment, else of the data folder, where the first use makes one."""
    return private_keys.private_key(settings.RECEIPT_KEY, Path(settings.RECEIPT_KEY_FILE))


@transaction.atomic
def publish_key(public: bytes, *, at: datetime) -> ReceiptKey:
    """Put a public key among the published ones, where it stays. Harmless for one that is there."""
    name = receipts.key_id(public)
    known = ReceiptKey.objects.filter(name=name).first()
    if known is not None:
        return known
    key, made = ReceiptKey.objects.get_or_create(
        name=name, defaults={"public": receipts.encoded(public), "since": at}
    )
    if made:
        audit.record("receipt_key.published", f"receipt_key:{name}", by=None, at=at)
    return key


def rotate_key(*, at: datetime) -> ReceiptKey:
    """Sign with a new key from now on; the old public key stays published, so that old receipts can still be checked.

    Refuses where the key comes from the environment: there it is changed by who runs the installation.
    """
    return private_keys.rotate(
        partial(publish_key, at=at), text=settings.RECEIPT_KEY, path=Path(settings.RECEIPT_KEY_FILE),
        variable="GOLDENTHREAD_RECEIPT_KEY", code="receipt.environment",
    )  # fmt: skip


def published_keys() -> list[dict[str, Any]]:
    """Every public key that ever signed, the latest first, as it is published. One query."""
    return [
        {
            "key": one.name,
            "public": one.public,
            "since": one.since.astimezone(UTC).isoformat(timespec="seconds"),
        }
        for one in ReceiptKey.objects.order_by("-since", "-pk")
    ]
