"""Forms of the office for marking and results."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from goldenthread.awards.actions import LONGEST_REASON as LONGEST_REVOCATION
from goldenthread.common.days import zone_text
from goldenthread.events.rules import instant
from goldenthread.marking.rules import LONGEST_REASON, Totals, half_text
from goldenthread.people.models import User
from goldenthread.web.office.fields import HalfMarksField, reason_field

MARKS = ("learn_that", "learn_how_to")


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


def _why(question: str, missing: str, kept: str, *, longest: int) -> forms.CharField:
    return reason_field(
        question, longest=longest, rows=3, help_text=kept, error_messages={"required": missing}
    )


class SetAsideForm(forms.Form):
    """Why submitted marks don't count."""

    reason = _why(
        "Why are these marks set aside?",
        "Say why these marks are set aside.",
        "It stays in the record with your name. Neither markers nor the participant see it.",
        longest=LONGEST_REASON,
    )


class ResultForm(forms.Form):
    """The marks that a corrected result is worked out from, where there is a script, and why it is corrected."""

    learn_that = HalfMarksField(label="Marks for understanding (learn that)")
    learn_how_to = HalfMarksField(label="Marks for application (learn how to)")
    reason = _why(
        "Why is this result corrected?",
        "Say why this result is corrected.",
        "Kept in the record with your name. If an award is revoked by it, its holder reads this.",
        longest=LONGEST_REVOCATION,
    )

    def __init__(self, data: Any, *, now: Totals | None, maxima: Totals) -> None:
        initial = {name: half_text(getattr(now, name)) for name in MARKS} if now else {}
        super().__init__(data, initial=initial)
        for name in MARKS:
            if now is None:
                del self.fields[name]
            else:
                self.fields[name].help_text = f"0 to {getattr(maxima, name)}, in halves."

    def half_marks(self) -> Totals | None:
        """What was entered, in half marks; None where there is no script."""
        if "learn_that" not in self.fields:
            return None
        return Totals(*(self.cleaned_data[name] for name in MARKS))


class RevokeForm(forms.Form):
    """Why an award is taken back."""

    reason = _why(
        "Why is this award revoked?",
        "Say why this award is revoked.",
        "Kept in the record with your name. The holder gets a mail that says it.",
        longest=LONGEST_REVOCATION,
    )


class PlanReleaseForm(forms.Form):
    """The day and the time at which results are released, by the clocks of the window's zone."""

    day = forms.DateField(
        label="Day",
        error_messages={
            "required": "Say on which day.",
            "invalid": "Enter a date, such as 27/10/2025.",
        },
    )
    start = forms.TimeField(
        label="Time",
        error_messages={"required": "Say at what time.", "invalid": "Enter a time, such as 09:00."},
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["start"].help_text = f"In {zone_text(zone)}, the window's."

    def release_at(self) -> datetime:
        """The instant; refuses a time that the clocks leave out."""
        return instant(self.cleaned_data["day"], self.cleaned_data["start"], self.zone)
