"""What somebody outside signs by a link is for exactly what they were shown (S1-22, S3-23, S3-26)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

Shown = Mapping[str, Any]
_NAMES = {
    "focus": "the focus of the plan",
    "change": "the change in the plan",
    "presented_on": "the day of the presentation",
    "board": "the name of the board",
    "attendees": "who was there",
    "feedback": "what the board said",
    "home": "the candidate's own school",
    "dimensions": "the dimensions of the contrast",
    "statement": "the comparison of the two schools",
}


def changed_since(signed: Shown, now: Shown, *, added: Iterable[str] = ()) -> tuple[str, ...]:
    """What of what was signed is another now, in words; nothing where the signature counts.

    What boards have `added` to the feedback by their own links takes nothing from what another of them signed. Of a
    signature from before it was kept what was shown, the whole is named.
    """
    if not signed:
        return ("what was shown to them",)
    return tuple(
        name
        for key, name in _NAMES.items()
        if signed.get(key) != now.get(key)
        and not (key == "feedback" and _only_added(signed.get(key), now.get(key), added))
    )


def _only_added(before: Any, now: Any, added: Iterable[str]) -> bool:
    if not str(now).startswith(str(before)):
        return False
    rest = str(now)[len(str(before)) :]
    for text in sorted(added, key=len, reverse=True):
        rest = rest.replace(text, "", 1)
    return not rest.strip()


def mark_of(shown: Any) -> str:
    """A short mark of what a page shows, which its form sends back: the same page has the same mark."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]


def named(changed: Iterable[str]) -> str:
    """Several changes as people read them: "the focus of the plan and who was there"; "" for none."""
    *first, last = tuple(changed) or ("",)
    return f"{', '.join(first)} and {last}" if first else last
