"""The form by which a marker hands scripts back that aren't submitted."""

from collections.abc import Iterable
from typing import Any

from django import forms

from goldenthread.common.days import day_text
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_rules import LONGEST_REASON
from goldenthread.web.shared.numbers import number_of

ALL, SOME = "all", "some"


class _Numbers(forms.MultipleChoiceField):
    """Numbers of markings. One that has left the queue since is for the action to judge: a form that comes twice gets
    the same answer.
    """

    def valid_value(self, value: Any) -> bool:
        return number_of(value) is not None


class HandBackForm(forms.Form):
    """Which scripts, and why."""

    which = forms.ChoiceField(
        label="Which scripts do you hand back?",
        choices=[(SOME, "Those I choose below"), (ALL, "All that I haven't submitted")],
        widget=forms.RadioSelect,
        initial=SOME,
        error_messages={"required": "Choose whether you hand some or all back."},
    )
    scripts = _Numbers(label="Scripts", required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="Why do you hand them back?",
        help_text="The programme office reads it. Don't name anybody: you may know whose script it is.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why; it stays in the record."},
    )

    def __init__(self, *args: Any, markings: Iterable[Marking], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scripts"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.code}, {one.window.intake}, due {day_text(one.due_on)}") for one in markings
        ]

    def numbers(self) -> list[int] | None:
        """The markings meant, or None for all."""
        if self.cleaned_data["which"] == ALL:
            return None
        return [int(one) for one in self.cleaned_data["scripts"]]
