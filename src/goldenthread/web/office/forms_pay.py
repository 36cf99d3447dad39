"""Forms of the office for what marking is paid: a rate, a correction, the word on marks that were set aside."""

from typing import Any

from django import forms

from goldenthread.common.quantities import money_text
from goldenthread.marking.pay_rules import LONGEST_REASON, MOST_PENCE, Rate
from goldenthread.web.office.fields import PoundsField, reason_field

WHY = {"required": "Say why; it stays in the record."}


def _pounds(label: str, help_text: str = "") -> PoundsField:
    return PoundsField(label=label, most=MOST_PENCE, help_text=help_text)


class RateForm(forms.Form):
    """What the work of a window brings from a day on."""

    from_on = forms.DateField(
        label="From",
        help_text="The day of submitting counts. A rate that is in force stays for what was done until today.",
        error_messages={"invalid": "Enter a date, such as 27/10/2025.", "required": "Enter the first day."},
    )
    marking = _pounds(
        "A first or second marking", f"In pounds, up to {money_text(MOST_PENCE)}. Seeds count as well."
    )
    further = _pounds("A third marking or a re-mark")
    practice = _pounds("A practice set", "Once every script of it is marked, whatever it came to.")
    reason = reason_field("Why these amounts?", longest=LONGEST_REASON, error_messages=WHY)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def rate(self) -> Rate:
        """What was entered, in pence."""
        names = ("from_on", "marking", "further", "practice")
        return Rate(**{name: self.cleaned_data[name] for name in names})


class KeyForm(forms.Form):
    """A button that makes one thing, however often it is pressed."""

    form_key = forms.UUIDField()


class CorrectForm(forms.Form):
    """Why a payment is taken back."""

    reason = reason_field(
        "Why was the payment wrong?",
        longest=LONGEST_REASON,
        help_text="The marker reads it on their statement.",
        error_messages=WHY,
    )


class AsideForm(forms.Form):
    """Whether marks that were set aside are paid."""

    due = forms.TypedChoiceField(
        label="Are these marks paid?",
        choices=[("1", "Yes, the work was done"), ("0", "No")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether they are paid."},
    )
    reason = reason_field(
        "Why?",
        longest=LONGEST_REASON,
        help_text="The marker reads it on their statement.",
        error_messages=WHY,
    )


def decision(posted: Any) -> bool | None:
    """What the second person chose: approve, or take back; None for anything else."""
    return {"approve": True, "back": False}.get(posted.get("step", ""))
