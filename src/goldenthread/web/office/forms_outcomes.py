"""Forms of the office for marking and results."""

from collections.abc import Iterable
from typing import Any

from django import forms

from goldenthread.marking.rules import LONGEST_REASON
from goldenthread.people.models import User
from goldenthread.web.office.fields import reason_field


class AllocateForm(forms.Form):
    """By when the markers should be done."""

    due_on = forms.DateField(
        label="Marks due by",
        help_text="Each marker gets one mail with the number of scripts and this date.",
        error_messages={"invalid": "Enter a date, such as 27/10/2025."},
    )


class ReassignForm(forms.Form):
    """Who marks a script instead, and why."""

    to = forms.TypedChoiceField(label="Marker", coerce=int)
    reason = forms.CharField(
        label="Why does the script go to somebody else?",
        help_text="It stays in the record. The participant doesn't see it.",
        max_length=300,
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in people}
        choices = [(pk, person.name) for pk, person in self.people.items()]
        self.fields["to"].choices = [("", "Choose a marker"), *choices]  # type: ignore[attr-defined]

    def marker(self) -> User:
        return self.people[self.cleaned_data["to"]]


class SetAsideForm(forms.Form):
    """Why submitted marks don't count."""

    reason = reason_field(
        "Why are these marks set aside?",
        longest=LONGEST_REASON,
        rows=3,
        help_text="It stays in the record with your name. Neither markers nor the participant see it.",
        error_messages={"required": "Say why these marks are set aside."},
    )
