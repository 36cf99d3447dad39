"""Forms about a support plan, for its supporter and for the office."""

from collections.abc import Iterable
from typing import Any

from django import forms

from goldenthread.people.models import User
from goldenthread.support.models import PlanContact, SupportPlan
from goldenthread.support.plan_rules import LONGEST, Ending

HOW = PlanContact._meta.get_field("how").flatchoices
ENDINGS = [
    pair for pair in SupportPlan._meta.get_field("ending").flatchoices if pair[0] != Ending.REACHED
]  # that people say


def _lines(
    label: str, missing: str, hint: str = "", *, rows: int = 3, required: bool = True
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing},
    )


def _day(label: str, missing: str, hint: str = "", *, required: bool = True) -> forms.DateField:
    invalid = "Enter a date, such as 27/10/2025."
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        error_messages={"required": missing, "invalid": invalid},
    )


class ItemForm(forms.Form):
    """One thing that was agreed."""

    prefix = "item"
    text = _lines(
        "What did you agree?", "Write what you agreed.", "The participant reads it and ticks it.", rows=2
    )


class ContactForm(forms.Form):
    """That supporter and participant spoke."""

    prefix = "contact"
    held_on = _day("Day", "Enter the day.", "For example 27/10/2025")
    how = forms.ChoiceField(label="How", choices=HOW)
    note = _lines(
        "What did you speak about and agree?", "Write what you spoke about.", "The participant reads it."
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)


class DueForm(forms.Form):
    """By when a plan is to be through."""

    prefix = "due"
    due_on = _day("To be through by", "Enter a day.", "For example 27/10/2025")


class EndForm(forms.Form):
    """How a plan ends."""

    prefix = "end"
    ending = forms.ChoiceField(
        label="How does it end?",
        choices=ENDINGS,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how this plan ends: a plan isn't closed without an outcome."},
    )
    until = _day("Deferred until", "", "For a deferral alone", required=False)
    note = _lines("Why?", "", "For a deferral, or where the participant declines", required=False)


class SupporterForm(forms.Form):
    """Who supports somebody."""

    prefix = "supporter"
    owner = forms.TypedChoiceField(
        label="Supporter", coerce=int, error_messages={"required": "Choose somebody."}
    )

    def __init__(self, *args: Any, people: Iterable[tuple[User, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person, _ in people}
        choices = [(person.pk, f"{person.name} ({role})") for person, role in people]
        self.fields["owner"].choices = [("", "Choose somebody"), *choices]  # type: ignore[attr-defined]

    def person(self) -> User:
        """Who was chosen."""
        return self.people[self.cleaned_data["owner"]]
