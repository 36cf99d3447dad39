"""What a signed receipt says, as the pairs that the page for verifying shows: what stands in the file, and no more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from goldenthread.assessment import receipts
from goldenthread.common.days import instant_text

LABELS = {
    "receipt": "Receipt", "person": "Person", "programme": "Programme", "intake": "Intake", "task": "Task",
    "received_at": "Received", "complete_at": "All of it was there", "length": "Length", "words": "Words",
    "word_rule": "Counted by", "file_name": "Document", "sha256": "SHA-256 of what was handed in",
}  # fmt: skip


def rows_of(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs of a receipt whose signature is proven: who, what, when, what was declared, who gave it."""
    shown = {**content, **{name: _instant(content.get(name)) for name in ("received_at", "complete_at")}}
    if content.get("length"):
        shown["words"] = ""  # the length says them
    rows = [(label, str(shown[name])) for name, label in LABELS.items() if shown.get(name)]
    rows += [("Declared", line) for line in receipts.declared_lines(content.get("declared"))]
    rows += [(f"Evidence: {one['name']}", f"SHA-256 {one['sha256']}") for one in content.get("evidence", [])]
    return [*rows, ("Given by", str(content["provider"]))]


def _instant(text: Any) -> str:
    return instant_text(datetime.fromisoformat(text), "UTC", seconds=True) if text else ""
