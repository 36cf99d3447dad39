"""Forms of the office for adjustments and more time; the rules are in `assessment`."""

from typing import Any

from django import forms

from goldenthread.assessment import rules
from goldenthread.assessment.rules.uploads import MOST_REST_MINUTES, RELEASE_REASON, REST_MINUTES
from goldenthread.web.office.fields import reason_field


class DecisionForm(forms.Form):
    """What is given, or that it is not, and what the participant is told."""

    decision = forms.ChoiceField(
        label="Decision",
        choices=[("approve", "Approve"), ("decline", "Don't approve")],
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(label="More days", min_value=0, max_value=rules.MOST_DAYS, required=False)
    words = forms.IntegerField(label="More words", min_value=0, max_value=rules.MOST_WORDS, required=False)
    arrangement = forms.CharField(
        label="Another form",
        max_length=500,
        required=False,
        help_text="In words, if something else is given: for example, the case study in large print.",
    )
    note = reason_field(
        "What do you tell the participant?",
        longest=rules.LONGEST_NOTE,
        required=False,
        help_text="They read this. It is needed if you don't approve.",
    )

    def __init__(self, *args: Any, deferral: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if deferral:  # there is nothing to measure out
            for name in ("days", "words", "arrangement"):
                del self.fields[name]

    def given(self) -> dict[str, Any]:
        """The decision as the action takes it."""
        approved = self.cleaned_data["decision"] == "approve"
        return {
            "approved": approved,
            "given": self.grant() if approved else rules.Grant(),
            "note": self.cleaned_data["note"],
        }

    def grant(self) -> rules.Grant:
        """What is filled in, whether it is approved or only looked at."""
        data = self.cleaned_data
        return rules.Grant(data.get("days") or 0, data.get("words") or 0, data.get("arrangement", ""))


class TakeBackForm(forms.Form):
    """Why something that was approved is taken back."""

    note = reason_field("What do you tell the participant?", longest=rules.LONGEST_NOTE)


class LateForm(forms.Form):
    """For how many days after a deadline more time can be given, and why."""

    days = forms.IntegerField(
        label="Days after the deadline",
        min_value=0,
        max_value=rules.MOST_DAYS,
        required=False,
        help_text="Leave it empty if staff decide each case. 0 means: nothing after the deadline.",
    )
    rest_minutes = forms.IntegerField(
        label="Minutes for the rest of a document",
        min_value=0,
        max_value=MOST_REST_MINUTES,
        required=False,
        help_text="A document whose first byte came in time is in time. This is how long after the deadline the rest "
        f"may come, and be handed in. Leave it empty for {REST_MINUTES}.",
    )
    from_day = forms.DateField(
        label="For windows that open from",
        required=False,
        help_text="Empty: at once, for every window whose results are to come. With a day, windows that open before it "
        "keep what they have.",
    )
    reason = reason_field(
        "Why, and who decided?", longest=2000, help_text="Kept with your name; participants read both."
    )


class LetThroughForm(forms.Form):
    """Why a document that no scanner has cleared may be opened."""

    reason = reason_field("Why can it be opened?", longest=RELEASE_REASON)
