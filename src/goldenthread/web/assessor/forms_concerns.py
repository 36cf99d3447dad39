"""The form by which a marker or moderator raises a concern about a script."""

from collections.abc import Iterable
from typing import Any

from django import forms

from goldenthread.integrity.models import ConcernKind
from goldenthread.integrity.rules import LONGEST


class ConcernForm(forms.Form):
    """What it is about, what was seen, and at which passage."""

    kind = forms.ChoiceField(
        label="What is it about?",
        choices=ConcernKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what your concern is about."},
    )
    passage = forms.ChoiceField(
        label="Where in the script?", required=False, help_text="Leave it as it is for the whole script."
    )
    note = forms.CharField(
        label="What did you see?",
        help_text="In plain words. Only the programme office reads this. Name nobody.",
        max_length=LONGEST,
        error_messages={
            "required": "Say what you saw: whoever looks at it has only your words to go by.",
            "max_length": f"Shorten this to {LONGEST:,} characters.",
        },
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, places: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        """`places` are passages of the script to choose from: place and words."""
        super().__init__(*args, **kwargs)
        self.fields["passage"].choices = [("", "The whole script"), *places]  # type: ignore[attr-defined]
