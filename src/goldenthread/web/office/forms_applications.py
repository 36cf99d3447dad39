"""The shape of what the office sends about applications: filters, a decision, a check before acceptance."""

from typing import Any

from django import forms

from goldenthread.applications.models import ApplicationState
from goldenthread.applications.queries import intakes_with_applications
from goldenthread.applications.rules import LONGEST_REASON
from goldenthread.web.office.fields import reason_field

SORTS = [
    ("old", "Longest waiting first"),
    ("new", "Newest first"),
    ("name", "Name, A to Z"),
    ("start", "Earliest start first"),
]


class ApplicationsForm(forms.Form):
    """The filters of the list; what the address says wrongly narrows nothing."""

    q = forms.CharField(
        label="Name, e-mail, reference or school",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any"), *((value, label.capitalize()) for value, label in ApplicationState.choices)],
    )
    intake = forms.TypedChoiceField(label="Intake", required=False, coerce=int, empty_value=None)
    programme = forms.ChoiceField(label="Programme", required=False)
    sort = forms.ChoiceField(label="Order", required=False, choices=SORTS)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        known = intakes_with_applications()
        codes = sorted({one.version.programme.code for one in known})
        named = [(one.pk, f"{one.version.programme.code} {one.version.market}, {one.name}") for one in known]
        self.fields["intake"].choices = [("", "Any"), *named]  # type: ignore[attr-defined]
        self.fields["programme"].choices = [("", "Any"), *((code, code) for code in codes)]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """What the list is narrowed by, as the queries take it."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "intake": data.get("intake"),
            "programme": data.get("programme", ""),
            "text": data.get("q", "").replace("\0", ""),
        }

    @property
    def state_asked(self) -> str:
        return str(self.cleaned_data.get("state", ""))

    @property
    def sort_asked(self) -> str:
        return str(self.cleaned_data.get("sort") or "old")


class ReasonForm(forms.Form):
    """A decision with its reason."""

    reason = reason_field(
        "Reason",
        longest=LONGEST_REASON,
        rows=4,
        required=False,
        error_messages={"max_length": f"Shorten the reason to {LONGEST_REASON:,} characters."},
    )


class CheckForm(forms.Form):
    """What came of a check that the version asks for before acceptance."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    passed = forms.ChoiceField(
        label="Result",
        choices=[("yes", "In order, or passed"), ("no", "Not in order, or not passed")],
        error_messages={"required": "Say what came of it."},
    )
    on = forms.DateField(
        label="Dated",
        error_messages={"required": "Give its date.", "invalid": "Give its date, such as 2019-01-04."},
    )
    note = forms.CharField(label="Note", max_length=500, required=False)
