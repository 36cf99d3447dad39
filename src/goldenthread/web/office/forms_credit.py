"""Forms of the office for agreements on credit."""

from collections.abc import Iterable
from typing import Any

from django import forms

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.people.models import Organisation

DAY = forms.DateInput(attrs={"type": "date"})
DATES = {"required": "Give the day.", "invalid": "Give a date, such as 2026-09-01."}


def credits_field() -> forms.IntegerField:
    """How many credits, or nothing."""
    return forms.IntegerField(
        label="Credits",
        help_text="Leave it empty while the university hasn't said: then no number is printed anywhere.",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Give a whole number, or nothing."},
    )


class AgreementForm(forms.Form):
    """What a university has agreed to."""

    university = forms.TypedChoiceField(
        label="University", coerce=int, error_messages={"required": "Choose the university."}
    )
    award_title = forms.CharField(
        label="Towards which award",
        help_text="For example MA in Educational Leadership.",
        max_length=200,
        error_messages={"required": "Name the university's award."},
    )
    level = forms.IntegerField(
        label="Level",
        initial=7,
        min_value=1,
        max_value=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    credits = credits_field()
    versions = forms.TypedMultipleChoiceField(
        label="For graduates of",
        help_text="Only versions whose specification states an agreement on Masters credit.",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose the versions that it covers."},
    )
    valid_from = forms.DateField(label="From", widget=DAY, error_messages=DATES)
    valid_to = forms.DateField(
        label="Last day", help_text="Leave it empty if none is agreed.", required=False, widget=DAY
    )

    def __init__(
        self,
        *args: Any,
        universities: Iterable[Organisation],
        versions: Iterable[ProgrammeVersion],
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.known_universities = {one.pk: one for one in universities}
        self.known_versions = {one.pk: one for one in versions}
        names = [(one.pk, one.name) for one in self.known_universities.values()]
        self.fields["university"].choices = [("", "Choose"), *names]  # type: ignore[attr-defined]
        self.fields["versions"].choices = [  # type: ignore[attr-defined]
            (one.pk, f"{one.programme.code}, {one.edition}, {one.market}")
            for one in self.known_versions.values()
        ]

    def said(self) -> dict[str, Any]:
        """The agreement as the action takes it."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("award_title", "level", "credits", "valid_from", "valid_to")},
            "university": self.known_universities[data["university"]],
            "versions": [self.known_versions[one] for one in data["versions"]],
        }


class CreditsForm(forms.Form):
    """The number of credits, once it is known."""

    credits = credits_field()
    reason = forms.CharField(
        label="Where the number comes from",
        help_text="For example: letter of the university of 3 March 2027.",
        max_length=300,
        error_messages={"required": "Say where the number comes from."},
    )


class EndForm(forms.Form):
    """The last day of an agreement."""

    on = forms.DateField(label="Last day", widget=DAY, error_messages=DATES)
