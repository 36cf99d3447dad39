"""Forms of the office after a result: appeals, their policy, and the second person's decision on a change."""

from django import forms

from goldenthread.appeals.models import Appeal, AppealPolicy
from goldenthread.appeals.rules import LONGEST, MOST_DAYS
from goldenthread.awards.actions import LONGEST_REASON as LONGEST_CHANGE
from goldenthread.web.office.fields import reason_field


def _reasons(label: str, *, rows: int, reader: str = "participant") -> forms.CharField:
    """Why something is decided, for whom it is about."""
    return reason_field(
        label,
        longest=LONGEST,
        rows=rows,
        help_text=f"The {reader} reads this.",
        error_messages={"required": f"Give your reasons: the {reader} reads them."},
    )


class CheckForm(forms.Form):
    """Whether an appeal is admitted, and why."""

    admit = forms.ChoiceField(
        label="Is it admitted?",
        choices=[("1", "Yes, it says what is wrong"), ("0", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is admitted."},
    )
    reason = _reasons("Why?", rows=4)


class DecideForm(forms.Form):
    """What is decided about an appeal, and why."""

    verdict = forms.ChoiceField(
        label="Decision",
        choices=Appeal._meta.get_field("verdict").flatchoices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide."},
    )
    reason = _reasons("Reasons", rows=6)
    remedy = reason_field(
        "What happens instead?",
        longest=LONGEST,
        rows=2,
        help_text="Where the appeal is upheld and the result stays: for example, a further window is offered.",
        required=False,
    )


class DecideRevocationForm(forms.Form):
    """What is decided about an appeal against a revocation, and why."""

    uphold = forms.ChoiceField(
        label="Decision",
        choices=[("1", "Upheld: the award stands again"), ("0", "Not upheld: it stays revoked")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide."},
    )
    reason = _reasons("Reasons", rows=6, reader="holder")


class RemedyForm(forms.Form):
    """How what was promised was carried out."""

    done = reason_field(
        "What was done, and when?",
        longest=LONGEST,
        rows=3,
        help_text="The participant reads this.",
        error_messages={"required": "Say what was done, and when."},
    )


class PolicyForm(forms.Form):
    """How long results can be appealed, and whether they may go down."""

    days = forms.IntegerField(
        label="Days to appeal",
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Calendar days after the day of the release.",
        error_messages={"required": "Enter the days.", "invalid": "Enter whole days, such as 28."},
    )
    lowering = forms.ChoiceField(
        label="May a result go down by an appeal?",
        choices=AppealPolicy._meta.get_field("lowering").flatchoices,
        widget=forms.RadioSelect,
    )
    reason = reason_field(
        "Why?",
        help_text="Kept with your name.",
        error_messages={"required": "Say why: it is kept with your name."},
    )


class SecondForm(forms.Form):
    """What the second person decides about a change, and what they looked at."""

    approve = forms.ChoiceField(
        label="Your decision",
        choices=[("1", "Approve: do it"), ("0", "Refuse: leave it as it is")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide."},
    )
    reason = reason_field(
        "What did you look at, and why do you decide so?",
        longest=LONGEST_CHANGE,
        rows=3,
        help_text="Kept in the record with your name.",
        error_messages={"required": "Say why you decide so."},
    )
