"""Forms of the office for questions about scripts and misconduct cases; the rules are in `integrity`."""

from typing import Any

from django import forms

from goldenthread.integrity.rules import LONGEST
from goldenthread.web.office.fields import reason_field
from goldenthread.web.shared.numbers import number_of


def _text(label: str, hint: str) -> forms.CharField:
    return reason_field(label, longest=LONGEST, rows=6, help_text=hint)


class AnswerForm(forms.Form):
    """Why nothing follows from a question."""

    reason = reason_field(
        "What did you look at, and why does nothing follow?",
        longest=LONGEST,
        help_text="Kept with your name. The participants and the markers never read it.",
    )


class KnownConcernForm(forms.Form):
    """The answer to a concern about a script whose marks are known."""

    reason = reason_field("What did you look at?", longest=LONGEST, rows=2, help_text="Kept with your name.")


class AuthorForm(forms.Form):
    """Why somebody needs to know who wrote a script."""

    why = reason_field(
        "What do you need the name for?", longest=LONGEST, rows=2, help_text="Kept with your name."
    )


class AllegationForm(forms.Form):
    """Whose script it is about, and what is alleged."""

    about = forms.MultipleChoiceField(label="Whose script is it about?", widget=forms.CheckboxSelectMultiple)
    text = _text(
        "What is alleged?",
        "The participant reads exactly this. Say what you found and where, without naming anybody else.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, codes: dict[str, str], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["about"].choices = list(codes.items())  # type: ignore[attr-defined]


class TogetherForm(forms.Form):
    """Which pairs of a group were shown; what was found or answered since is not meant."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_seen(self) -> list[int]:
        numbers = self.cleaned_data["seen"].split(",")
        return [found for one in numbers if (found := number_of(one)) is not None]


class AnswerTogetherForm(AnswerForm, TogetherForm):
    """Nothing follows from any of them, and why."""


class AllegationTogetherForm(AllegationForm, TogetherForm):
    """Whose scripts it is about, and what is alleged."""


class ConcernForm(forms.Form):
    """A script by its code, and what somebody noticed."""

    code = forms.CharField(label="Code of the script", max_length=10)
    note = _text("What did you notice?", "It holds the result of this script until somebody has answered it.")


class UncomparedForm(forms.Form):
    """Why the scripts of a window are not compared."""

    reason = _text("Why are they not compared?", "Kept with your name. The results can be released then.")


class KnownForm(forms.Form):
    """A quotation that many use."""

    title = forms.CharField(label="Where is it from?", max_length=200)
    text = _text("The quotation", "Word for word. Whoever uses it is not asked about it any more.")


class StepForm(forms.Form):
    """A step of a case in words."""

    text = _text("Reasons", "The participant reads this.")
    form_key = forms.UUIDField(widget=forms.HiddenInput)


class HearingForm(StepForm):
    """When and where somebody is or was heard."""

    value = forms.ChoiceField(
        label="Has it been held?",
        choices=[("held", "It was held"), ("to_come", "It is to come")],
        widget=forms.RadioSelect,
        help_text="Only a hearing that was held has heard the participant.",
    )
    text = _text(
        "Hearing", "When, where, who takes or took part, and what was said. The participant reads this."
    )
    field_order = ("value", "text", "form_key")


class DecisionForm(StepForm):
    """What is decided about an allegation."""

    value = forms.ChoiceField(
        label="Decision",
        choices=[
            ("not_upheld", "Not upheld: the script counts"),
            ("warning", "Upheld, a warning: the script counts"),
            ("void", "Upheld: the script doesn't count"),
        ],
        widget=forms.RadioSelect,
    )
    field_order = ("value", "text", "form_key")


class AppealForm(StepForm):
    """What is decided about an appeal."""

    value = forms.ChoiceField(
        label="Decision on the appeal",
        choices=[("dismissed", "Dismissed: the decision stands"), ("allowed", "Allowed: the decision falls")],
        widget=forms.RadioSelect,
    )
    field_order = ("value", "text", "form_key")
