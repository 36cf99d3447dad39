"""The shape of a request for an adjustment or more time, as the participant or the office fills it in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst

from goldenthread.assessment import rules
from goldenthread.assessment.models import Sitting
from goldenthread.templatetags.gt import window_name

ALL = "all"


class RequestForm(forms.Form):
    """What would help, for which window, and why; or a later window instead."""

    sitting = forms.ChoiceField(label="For which window?", widget=forms.RadioSelect)
    days = forms.IntegerField(
        label="More days",
        min_value=0,
        max_value=rules.MOST_DAYS,
        required=False,
        help_text="Calendar days after the deadline.",
    )
    words = forms.IntegerField(label="More words", min_value=0, max_value=rules.MOST_WORDS, required=False)
    arrangement = forms.CharField(
        label="Anything else that would help",
        max_length=500,
        required=False,
        help_text="Another form, for instance: the case study in large print.",
    )
    deferral = forms.BooleanField(
        label="A later window instead of this one (deferral)",
        required=False,
        help_text="Leave the fields above empty. No attempt is used. Nothing more of this case study is shown, and one "
        "that was opened is not used again.",
    )
    reason = forms.CharField(
        label="Why do you ask?",
        max_length=rules.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Only the programme office reads this: not your school, not the markers, not your delivery partner.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, sittings: Iterable[Sitting], **options: Any) -> None:
        super().__init__(data, **options)
        self.sittings = {str(one.pk): one for one in sittings}
        choices = [(key, capfirst(window_name(one.window))) for key, one in self.sittings.items()]
        self.fields["sitting"].choices = [*choices, (ALL, "All windows, now and later")]  # type: ignore[attr-defined]
        if not choices:
            self.initial.setdefault("sitting", ALL)
            del self.fields["deferral"]  # it is of one window
        elif all(one.window.task for one in self.sittings.values()):  # a project is never deferred
            del self.fields["deferral"]
            self.fields["arrangement"].help_text = "Another form, for instance: the task in large print."

    def asked(self) -> dict[str, Any]:
        """What is asked for, as the action takes it."""
        data = self.cleaned_data
        grant = rules.Grant(
            data["days"] or 0, data["words"] or 0, data["arrangement"], data.get("deferral", False)
        )
        return {
            "sitting": self.sittings.get(data["sitting"]),
            "asked": grant,
            "reason": data["reason"],
            "form_key": str(data["form_key"]),
        }
