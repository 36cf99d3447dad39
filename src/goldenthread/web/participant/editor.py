"""What the editors of a sitting and of a formative task share: their text areas, what they send, what they say."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms

from goldenthread.assessment.actions.draft import clean_text
from goldenthread.assessment.rules.steps import How, Step

LARGEST_REVISION = 2**31 - 1
SIGNED_IN_AGAIN = (
    "You signed in again after this page was loaded. Your text is below: press the button again."
)
KEPT_AS_IT_CAME = (
    "This is what you wrote before you were signed out. It is saved, with the time at which it arrived: {at}."
)
NEWER_IS_SAVED = (
    "This is what you wrote before you were signed out. Another text was saved since, so it is not saved: both are "
    "below. Put what you want to keep into the editor, then save."
)
NOT_SAVED_YET = "This is what you wrote before you were signed out. It is not saved yet: save it now."
_NOT_WHAT_IS_SENT = (ValueError, RecursionError, TypeError, LookupError)
_FIRST, _LAST = 946_684_800_000, 4_102_444_800_000  # milliseconds: the years 2000 to 2099
OUT_OF_DATE = {"message": "This page is out of date: load it again."}


class WrittenArea(forms.Textarea):
    """A text area whose text may hold anything but the NUL and half a surrogate pair, which no database keeps."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        if not isinstance(value, str):
            return value
        return value.replace("\x00", "").encode("utf-8", "replace").decode()


def written_field(
    part: str, label: str, *, rows: int, limit: int, too_long: str, hint: str = "", text: str = ""
) -> forms.CharField:
    """One text of the editor, which knows it by `part`; kept as it was typed, and never cut off."""
    field = forms.CharField(
        label=label,
        help_text=hint,
        initial=text,
        required=False,
        strip=False,
        max_length=limit,
        widget=WrittenArea(attrs={"rows": rows, "data-part": part, "spellcheck": "true"}),
        error_messages={"max_length": too_long},
    )
    del field.widget.attrs["maxlength"]  # a browser would cut off a pasted text without a word
    return field


def texts_from_json(body: bytes, keys: Collection[str]) -> tuple[dict[str, str], int] | None:
    """The texts by key and the revision that the editor sends to be kept; None if that is not what was sent."""
    try:
        data = json.loads(body)
        revision, texts = data["revision"], data["texts"]
    except _NOT_WHAT_IS_SENT:
        return None
    fits = (
        isinstance(texts, dict)
        and set(texts) <= set(keys)
        and all(isinstance(t, str) for t in texts.values())
    )
    if not fits or type(revision) is not int or not 0 <= revision <= LARGEST_REVISION:
        return None
    return {key: texts.get(key, "") for key in keys}, revision


def found_from_json(body: bytes) -> datetime | None:
    """When a text that a browser found on its device was written, by its clock; None where it says nothing of that."""
    try:
        at = json.loads(body)["found"]
    except _NOT_WHAT_IS_SENT:
        return None
    return datetime.fromtimestamp(at / 1000, UTC) if type(at) is int and _FIRST <= at < _LAST else None


def texts_to_json(texts: Mapping[str, str] | None) -> str:
    """Texts by key for the editor, which asks about them before it saves; "" where there are none."""
    return json.dumps(dict(texts)) if texts else ""


def steps_from_json(body: bytes) -> list[Step] | None:
    """The steps that the editor sends, as the rules take them; None if that is not what was sent.

    Whether they fit is for the rules. The time is the browser's, in milliseconds since 1970.
    """
    try:
        sent = json.loads(body)["steps"]
        return [_step(one) for one in sent] if isinstance(sent, list) else None
    except _NOT_WHAT_IS_SENT:
        return None


def _step(one: Any) -> Step:
    numbers = [one[name] for name in ("number", "position", "at")]
    words = {name: one[name] for name in ("part", "removed", "inserted", "before", "after", "how")}
    if any(type(number) is not int for number in numbers) or any(
        type(word) is not str for word in words.values()
    ):
        raise TypeError
    number, position, at = numbers
    if not (1 <= number <= LARGEST_REVISION and 0 <= position <= LARGEST_REVISION and _FIRST <= at < _LAST):
        raise ValueError
    removed, inserted = words["removed"], words["inserted"]
    if not (removed or inserted) or clean_text(removed) != removed or clean_text(inserted) != inserted:
        raise ValueError
    return Step(
        number=number,
        part=words["part"],
        position=position,
        removed=removed,
        inserted=inserted,
        before=words["before"],
        after=words["after"],
        written_at=datetime.fromtimestamp(at / 1000, UTC),
        how=How(words["how"]),
    )
