"""The participant's forms after a result: an appeal, and a support plan that they would rather not have."""

from typing import Any

from django import forms

from goldenthread.appeals.models import Appeal
from goldenthread.appeals.rules import LONGEST, Grounds
from goldenthread.support.plan_rules import LONGEST as LONGEST_NOTE

HINTS = {
    Grounds.MARKING: "Your script earned more than it was given. Somebody who sees no earlier mark marks it again.",
    Grounds.PROCEDURE: "Something was not done as the rules say, for example a credit that is missing.",
    Grounds.CIRCUMSTANCES: "Something happened to you that nobody took into account.",
}


class AppealForm(forms.Form):
    """What an appeal rests on, and in words what is wrong."""

    grounds = forms.ChoiceField(
        label="What does your appeal rest on?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what your appeal rests on."},
    )
    statement = forms.CharField(
        label="What is wrong, and where?",
        help_text="Name the figure, the mark or the day. Nobody who marks reads this.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Say what is wrong, and where."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, marked: bool, **options: Any) -> None:
        super().__init__(data, **options)
        labels = dict(Appeal._meta.get_field("grounds").flatchoices)
        choices = [(str(one), labels[one]) for one in Grounds if marked or one is not Grounds.MARKING]
        self.fields["grounds"].choices = choices  # type: ignore[attr-defined]
        self.hints = {str(one): HINTS[one] for one in Grounds}


class RevocationAppealForm(forms.Form):
    """In words what is wrong with a revocation."""

    statement = forms.CharField(
        label="What is wrong with the revocation?",
        help_text="Say why the award should stand, and what shows it.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Say what is wrong with the revocation."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)


class DeclineForm(forms.Form):
    """Why somebody would rather have no plan."""

    note = forms.CharField(
        label="Why would you rather have no plan?",
        help_text="A few words. Your supporter and the programme office read them.",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why in a few words."},
    )
