"""The shapes of what is written and uploaded in a sitting; the rules are in `assessment`."""

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from django import forms

from goldenthread.assessment.rules import DRAFT_LIMIT, Part, Terms
from goldenthread.common.refused import Refused
from goldenthread.web.participant.editor import LARGEST_REVISION, written_field

KEY_LENGTH = 64
TOO_LONG = (
    "This text has %(show_value)d characters; %(limit_value)d are kept at most. Remove what does not belong to "
    "your response. It is still in the editor below; what was saved last is unchanged."
)


@lru_cache(maxsize=100)
def _fields_for(parts: tuple[Part, ...]) -> Mapping[str, forms.Field]:
    """The fields of a response with these parts, made once: a form reads them and changes none."""
    fields: dict[str, forms.Field] = {
        "revision": forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput),
        "form_key": forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput),
        "own_work": forms.BooleanField(
            required=False, label="This is my own work. Where I use the words or ideas of others, I say so."
        ),
    }
    asked = [(part.key, f"{part.number} {part.title}") for part in parts] or [("", "Your text")]
    for number, (key, title) in enumerate(asked, start=1):
        fields[f"text_{number}"] = written_field(
            key, title, rows=8 if parts else 24, limit=DRAFT_LIMIT, too_long=TOO_LONG
        )
    return fields


class ResponseForm(forms.Form):
    """One text area for each part, or one for the whole; the declaration; what ties the form to its draft."""

    def __init__(self, terms: Terms, data: Any = None, *, texts: Mapping[str, str] | None = None) -> None:
        initial = {f"text_{n}": (texts or {}).get(key, "") for n, key in enumerate(terms.keys, start=1)}
        super().__init__(data, initial=initial)
        self.terms = terms
        self.fields = dict(_fields_for(terms.parts))

    def texts(self) -> dict[str, str]:
        """What was written, by part key; also when something else about the form is wrong."""
        return {
            key: self.cleaned_data.get(f"text_{number}", "")
            for number, key in enumerate(self.terms.keys, start=1)
        }

    def close(self) -> None:
        """Show what was written without letting it be changed."""
        for area in self.areas():
            area.field = deepcopy(area.field)  # the field itself is every form's
            area.field.widget.attrs["readonly"] = True

    def areas(self) -> list[Any]:
        """The text areas, in order."""
        return [self[f"text_{number}"] for number in range(1, len(self.terms.keys) + 1)]


class UploadForm(forms.Form):
    """A document to be looked at before it is handed in; `refusal` is why it can't be, once it was."""

    refusal: Refused | None = None
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


class AtOnceForm(HandInForm):
    """The same declaration for a document that is handed in with the form that brings it; drawn beside it."""

    token = None  # type: ignore[assignment]


class SayForm(forms.Form):
    """A statement or an appeal in a misconduct case."""

    text = forms.CharField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 8}))
    form_key = forms.UUIDField(widget=forms.HiddenInput)
