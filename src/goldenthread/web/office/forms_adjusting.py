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
    arrangement = forms.CharField(label="Besides", max_length=500, required=False)
    note = reason_field(
        "What do you tell the participant?",
        longest=rules.LONGEST_NOTE,
        required=False,
        help_text="They read this. It is needed if you don't approve.",
    )

    def given(self) -> dict[str, Any]:
        """The decision as the action takes it."""
        data = self.cleaned_data
        approved = data["decision"] == "approve"
        grant = (
            rules.Grant(data["days"] or 0, data["words"] or 0, data["arrangement"])
            if approved
            else rules.Grant()
        )
        return {"approved": approved, "given": grant, "note": data["note"]}


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
    reason = reason_field("Why, and who decided?", longest=2000)


class LetThroughForm(forms.Form):
    """Why markers may open a document that no scanner has cleared."""

    reason = reason_field("Why can it be opened?", longest=RELEASE_REASON)
