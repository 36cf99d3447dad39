"""The shapes of what is written and uploaded in a sitting; the rules are in `assessment`."""

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from django import forms

from goldenthread.assessment.actions.draft import clean_text
from goldenthread.assessment.models import Script
from goldenthread.assessment.rules import DRAFT_LIMIT, Part, Terms
from goldenthread.assessment.rules.policies import Declarations
from goldenthread.assessment.rules.uploads import NEWER_COUNTS
from goldenthread.common.refused import Refused
from goldenthread.web.participant.declaring import declared_fields
from goldenthread.web.participant.editor import LARGEST_REVISION, written_field

KEY_LENGTH = 64
TOO_LONG = (
    "This text has %(show_value)d characters; %(limit_value)d are kept at most. Remove what does not belong to "
    "your response. It is still in the editor below; what was saved last is unchanged."
)


@lru_cache(maxsize=100)
def _fields_for(parts: tuple[Part, ...], declarations: Declarations) -> Mapping[str, forms.Field]:
    """The fields of a response with these parts and declarations, made once: a form reads them and changes none."""
    fields: dict[str, forms.Field] = {
        "revision": forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput),
        "form_key": forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput),
        **declared_fields(declarations),
    }
    fields["replace"] = forms.BooleanField(required=False, label="This text replaces my document.")
    fields["counts"] = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_REVISION)
    asked = [(part.key, f"{part.number} {part.title}") for part in parts] or [("", "Your text")]
    for number, (key, title) in enumerate(asked, start=1):
        fields[f"text_{number}"] = written_field(
            key, title, rows=8 if parts else 24, limit=DRAFT_LIMIT, too_long=TOO_LONG
        )
    return fields


class ResponseForm(forms.Form):
    """One text area for each part, or one for the whole; the declarations; what ties the form to its draft."""

    def __init__(self, terms: Terms, data: Any = None, *, texts: Mapping[str, str] | None = None) -> None:
        initial = {f"text_{n}": (texts or {}).get(key, "") for n, key in enumerate(terms.keys, start=1)}
        super().__init__(data, initial=initial)
        self.terms = terms
        self.fields = dict(_fields_for(terms.parts, terms.declarations))

    def texts(self) -> dict[str, str]:
        """What was written, by part key; also when something else about the form is wrong."""
        return {
            key: self.cleaned_data.get(f"text_{number}", "")
            for number, key in enumerate(self.terms.keys, start=1)
        }

    def typed(self) -> dict[str, str]:
        """What was written, by part key, as it would be kept: also where it is too long for a draft."""
        return {
            key: clean_text(str(self[f"text_{number}"].value() or ""))
            for number, key in enumerate(self.terms.keys, start=1)
        }

    def replacing(self) -> int | None:
        """The number of the document that the person said this text replaces."""
        return self.cleaned_data.get("counts") if self.cleaned_data.get("replace") else None

    def ask_again(self, counts: int) -> None:
        """What was said of another document is not said of the one that counts now."""
        if self.is_bound and self.cleaned_data.get("counts") != counts:
            self.data = {name: value for name, value in self.data.items() if name != "replace"}

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
    """The declarations that turn a document which was looked at into a script, as its window `asked` for them.

    `seen` is the number of the script that counted when the page was made, 0 for none. Where another one counts since,
    the form asks (`ask`): then `counts` is its number, and `replace` the word of the person.
    """

    token = forms.CharField(max_length=2000, widget=forms.HiddenInput)
    form_key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    seen = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput
    )
    counts = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_REVISION, widget=forms.HiddenInput
    )
    replace = forms.BooleanField(
        required=False, label="This document replaces what counts now.", widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, asked: Declarations, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields.update(declared_fields(asked))

    def replacing(self) -> int:
        """The number of the script that this document may take the place of; 0 where nothing counted."""
        said = self.cleaned_data.get("counts") if self.cleaned_data.get("replace") else None
        return said or self.cleaned_data.get("seen") or 0

    def shows(self, script: Any) -> None:
        """The page of this form, which wasn't sent yet, shows this script as what counts."""
        self.initial.setdefault("seen", script.number if script else 0)

    def asks(self, refusal: Refused | None = None) -> bool:
        """Whether somebody has to say, or was asked before, that what came meanwhile is replaced."""
        return bool(self.data.get("counts")) or (refusal is not None and refusal.code == NEWER_COUNTS)

    def ask(self, script: Any) -> None:
        """Let the person say that the document replaces this script; what was said of another one is not said of it."""
        self.fields["replace"].widget = forms.CheckboxInput()
        if not self.is_bound:
            self.initial.update(seen=0, counts=script.number)
        elif str(self.data.get("counts")) != str(script.number):
            kept = {name: value for name, value in self.data.items() if name != "replace"}
            self.data = {**kept, "counts": str(script.number)}

    def start_from(self, script: Any) -> None:
        """The page that shows this form again shows this script as what counts."""
        self.data = {**dict(self.data.items()), "seen": str(script.number)}


class AtOnceForm(HandInForm):
    """The same declaration for a document that is handed in with the form that brings it; drawn beside it."""

    token = None  # type: ignore[assignment]


class AsItCameForm(forms.Form):
    """The declarations for a text that arrived before, as its window `asked` for them; where a `document` counts, also
    that it gives way.
    """

    def __init__(self, data: Any = None, *, asked: Declarations, document: Script | None) -> None:
        super().__init__(data)
        self.fields.update(declared_fields(asked))
        if document is not None:
            named = f"This text replaces my document {document.file_name}."
            self.fields["replace"] = forms.BooleanField(required=False, label=named)
            self.fields["counts"] = forms.IntegerField(
                required=False, max_value=LARGEST_REVISION, initial=document.number, widget=forms.HiddenInput
            )

    def replacing(self) -> int | None:
        """The number of the document that the person said this text replaces."""
        return self.cleaned_data.get("counts") if self.cleaned_data.get("replace") else None


class SayForm(forms.Form):
    """A statement or an appeal in a misconduct case."""

    text = forms.CharField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 8}))
    form_key = forms.UUIDField(widget=forms.HiddenInput)
