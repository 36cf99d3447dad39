"""The shapes of what is written and uploaded in a sitting; the rules are in `assessment`."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django import forms

from goldenthread.assessment.rules import DRAFT_LIMIT, Terms
from goldenthread.web.participant.forms import WrittenArea

LARGEST_REVISION = 2**31 - 1
KEY_LENGTH = 64


def _written(title: str, text: str, *, rows: int, part: str) -> forms.CharField:
    field = forms.CharField(
        label=title,
        initial=text,
        required=False,
        strip=False,
        max_length=DRAFT_LIMIT,
        error_messages={
            "max_length": "This text has %(show_value)d characters; %(limit_value)d are kept at most. Remove "
            "what does not belong to your response. Nothing was changed on our side."
        },
        widget=WrittenArea(attrs={"rows": rows, "data-part": part, "spellcheck": "true"}),
    )
    del field.widget.attrs["maxlength"]  # a browser would cut off a pasted text without a word
    return field


class ResponseForm(forms.Form):
    """One text area for each part, or one for the whole; the declaration; what ties the form to its draft."""

    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput)
    form_key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    own_work = forms.BooleanField(
        required=False, label="This is my own work. Where I use the words or ideas of others, I say so."
    )

    def __init__(self, terms: Terms, data: Any = None, *, texts: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self.terms = terms
        for number, key in enumerate(terms.keys, start=1):
            title = next(
                (f"{part.number} {part.title}" for part in terms.parts if part.key == key), "Your text"
            )
            rows = 8 if terms.parts else 24
            self.fields[f"text_{number}"] = _written(title, (texts or {}).get(key, ""), rows=rows, part=key)

    def texts(self) -> dict[str, str]:
        """What was written, by part key; also when something else about the form is wrong."""
        return {
            key: self.cleaned_data.get(f"text_{number}", "")
            for number, key in enumerate(self.terms.keys, start=1)
        }

    def close(self) -> None:
        """Show what was written without letting it be changed."""
        for area in self.areas():
            area.field.widget.attrs["readonly"] = True

    def areas(self) -> list[Any]:
        """The text areas, in order."""
        return [self[f"text_{number}"] for number in range(1, len(self.terms.keys) + 1)]


class UploadForm(forms.Form):
    """A document to be looked at before it is handed in."""

    file = forms.FileField(
        label="Your document",
        help_text="Word (.docx), PDF, OpenDocument (.odt) or plain text (.txt)",
        error_messages={
            "required": "Choose the document that you want to hand in.",
            "empty": "This file is empty: open the original, save it again and upload the new file.",
            "max_length": "The name of this file is too long: give it a shorter one.",
        },
    )


class HandInForm(forms.Form):
    """The declaration that turns a document which was looked at into a script."""

    token = forms.CharField(max_length=2000, widget=forms.HiddenInput)
    form_key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    own_work = forms.BooleanField(
        required=False, label="This is my own work. Where I use the words or ideas of others, I say so."
    )


def draft_from_json(body: bytes, terms: Terms) -> tuple[dict[str, str], int] | None:
    """The texts of a sitting and the revision that the editor sends to be kept; None if it sent something else."""
    return texts_from_json(body, terms.keys)


def texts_from_json(body: bytes, keys: Collection[str]) -> tuple[dict[str, str], int] | None:
    """The texts by key and the revision that the editor sends to be kept; None if that is not what was sent."""
    try:
        data = json.loads(body)
        revision, texts = data["revision"], data["texts"]
    except (ValueError, RecursionError, TypeError, KeyError, LookupError):
        return None
    fits = (
        isinstance(texts, dict)
        and set(texts) <= set(keys)
        and all(isinstance(t, str) for t in texts.values())
    )
    if not fits or type(revision) is not int or not 0 <= revision <= LARGEST_REVISION:
        return None
    return {key: texts.get(key, "") for key in keys}, revision
