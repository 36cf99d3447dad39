"""Forms of the office for moderation: sample rules, the national moderator's answer, and minutes of a board."""

import uuid
from typing import Any

from django import forms
from django.utils.text import capfirst

from goldenthread.moderation.national_rules import LONGEST_REASON as LONGEST_NATIONAL
from goldenthread.moderation.national_verifying import LARGEST_BACK
from goldenthread.moderation.sampling import Terms
from goldenthread.outcomes.board_rules import LONGEST
from goldenthread.outcomes.models import BoardMeeting
from goldenthread.web.office.fields import reason_field, whole_field


class SampleForm(forms.Form):
    """The rules by which the sample of a window is drawn; their limits are for the rules."""

    share_percent = whole_field(
        "Share of all scripts, by lot, in per cent", help_text="Rounded up. 0 draws nothing by lot."
    )
    below = whole_field(
        "Marks below the pass mark", help_text="Every script from so many marks under the pass mark is in."
    )
    above = whole_field("Marks above the pass mark", help_text="And up to so many marks over it.")
    every_fail = forms.BooleanField(label="Every script below the pass mark", required=False)
    each_least = whole_field(
        "Scripts of each marker, at least", help_text="Further ones are drawn by lot where they lack."
    )
    each_percent = whole_field("And of what each marker marked, in per cent", help_text="Whichever is more.")

    def terms(self) -> Terms:
        """What was entered."""
        return Terms(**self.cleaned_data)


class AnswerForm(forms.Form):
    """The file that the national moderator sent back."""

    file = forms.FileField(
        label="The file answer.csv, filled in",
        help_text="CSV in UTF-8, at most 2 MB, or the whole package as a zip with it, whose signature is checked then, "
        f"if its files have not more than {LARGEST_BACK // 1_000_000} MB. First you see what it would change.",
        error_messages={"required": "Choose the file.", "empty": "This file is empty."},
    )


class ApplyForm(forms.Form):
    """Whether an answer is applied."""

    apply = forms.ChoiceField(
        label="Is it applied?",
        choices=[("1", "Yes, these marks are final"), ("0", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is applied."},
    )
    reason = reason_field(
        "Why not?", longest=LONGEST_NATIONAL, help_text="Only where it isn't applied.", required=False
    )


class MeetingForm(forms.Form):
    """The minutes of a meeting about a window's results."""

    held_on = forms.DateField(
        label="Held on",
        error_messages={"invalid": "Enter a date, such as 27/10/2025.", "required": "Enter the day."},
    )
    present = reason_field(
        "Who was there?",
        longest=LONGEST,
        help_text="Names with their roles.",
        error_messages={"required": "Say who was there."},
    )
    decision = forms.ChoiceField(
        label="Decision",
        choices=[
            (key, capfirst(label)) for key, label in BoardMeeting._meta.get_field("decision").flatchoices
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the meeting decided."},
    )
    reasons = reason_field(
        "What does it rest on?",
        longest=LONGEST,
        rows=4,
        help_text="Stays as it is: what is decided otherwise later is a further meeting.",
        error_messages={"required": "Say what the decision rests on."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_form_key(self) -> str:
        key: uuid.UUID = self.cleaned_data["form_key"]
        return str(key)

    def said(self) -> dict[str, Any]:
        """What was entered, as the action takes it."""
        return dict(self.cleaned_data)
