"""The office's forms for projects: hand-in days, mark schemes of tasks, limits, placements, calendars, extensions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms

from goldenthread.assessment.actions.hand_in_days import Criterion
from goldenthread.assessment.models import MarkScheme
from goldenthread.assessment.rules.calendars import Calendar
from goldenthread.people.models import School
from goldenthread.people.queries import school_named
from goldenthread.web.office.fields import reason_field

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def day_field(label: str, **options: Any) -> forms.DateField:
    """A day, as the browser picks it."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages={"required": "Enter a day."}, **options)


class DaysForm(forms.Form):
    """In which days a task is handed in, and by which mark scheme it is marked."""

    opens_on = day_field("First day")
    closes_on = day_field("Last day", help_text="Until midnight at its end, in the intake's time zone.")
    scheme = forms.TypedChoiceField(label="Mark scheme", coerce=int)

    def __init__(self, data: Any, schemes: Sequence[MarkScheme]) -> None:
        super().__init__(data)
        self.fields["scheme"].choices = [(one.pk, str(one)) for one in schemes]  # type: ignore[attr-defined]


class ChangeDaysForm(forms.Form):
    """The new days, and why."""

    opens_on = day_field("First day")
    closes_on = day_field("Last day", help_text="Until midnight at its end, in the intake's time zone.")
    reason = reason_field("Why", help_text="Everybody with a place reads it.")


class CancelDaysForm(forms.Form):
    """Why there are no such days."""

    reason = reason_field("Why", help_text="Everybody with a place reads it.")


_ENDS_WITH_MARKS = re.compile(r"\|\s*[0-9]{1,3}\s*$")


class TaskSchemeForm(forms.Form):
    """One version of a task's mark scheme, a criterion on each line."""

    label = forms.CharField(
        label="Version", help_text="As its issuer calls it, such as v2017.", max_length=40
    )
    criteria = forms.CharField(
        label="Criteria",
        help_text="One on each line, with its marks behind a bar: The plan rests on data | 5. Where it is marked by "
        "levels for the whole response, they follow, one on each line: 0-2 Emerging: names the problem",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    total = forms.IntegerField(
        label="Total as printed",
        help_text="All marks together, as the mark scheme states them: copy it, don't add up. It shows whether a "
        "criterion was left out.",
        min_value=1,
        max_value=6000,
    )
    pass_mark = forms.IntegerField(label="Pass mark", min_value=1, max_value=6000)

    def clean_criteria(self) -> list[Criterion]:
        """Each line with a bar as a criterion, and the lines behind it that begin with marks as its levels."""
        found: list[Criterion] = []
        for number, line in enumerate(filter(str.strip, self.cleaned_data["criteria"].splitlines()), start=1):
            if found and line.lstrip()[0].isdigit() and not _ENDS_WITH_MARKS.search(line):
                found[-1] = replace(found[-1], levels=f"{found[-1].levels}\n{line}".strip())
                continue
            text, bar, marks = line.rpartition("|")
            marks = marks.strip()
            if not bar or not text.strip() or not (marks.isascii() and marks.isdigit() and len(marks) < 4):
                raise forms.ValidationError(f"Line {number} needs a text, a bar and its marks: Text | 5")
            found.append(Criterion(text.strip(), int(marks)))
        return found


class LimitForm(forms.Form):
    """A word limit that staff set."""

    limit = forms.IntegerField(label="At most this many words", min_value=100, max_value=100_000)
    reason = reason_field("Where does it come from?")


class DecideForm(forms.Form):
    """Whether a placement contrasts."""

    decision = forms.ChoiceField(
        label="Does this school contrast with the candidate's own?",
        choices=[("approve", "Yes, approve it"), ("decline", "No, decline it")],
        widget=forms.RadioSelect,
    )
    reason = reason_field("Why", required=False, help_text="Needed if you decline. The candidate reads it.")


class OpenPlanForm(forms.Form):
    """Open a plan before its event."""

    task = forms.CharField(widget=forms.HiddenInput, max_length=40)
    reason = reason_field("Why before the event?", longest=300)


class ExtensionForm(forms.Form):
    """Until when somebody's pass may come, and why."""

    until = day_field("Pass until")
    reason = reason_field("Why")


class CatchUpForm(forms.Form):
    """How an event was made up."""

    activity_key = forms.ChoiceField(label="Event")
    how = forms.CharField(label="How it was made up", max_length=300)

    def __init__(self, data: Any, events: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["activity_key"].choices = events  # type: ignore[attr-defined]


class CalendarForm(forms.Form):
    """The terms of a school, or of a region."""

    school = forms.CharField(
        label="School", help_text="Its name, or its URN.", max_length=200, required=False
    )
    region = forms.CharField(
        label="Or a region",
        help_text="A country as the register of schools writes it, for its schools without their own calendar.",
        max_length=60,
        required=False,
    )
    terms = forms.CharField(
        label="Terms",
        help_text="One on each line: spring term, 2019-01-07 to 2019-04-05. Without a year it comes back every year: "
        "autumn term, 09-10 to 12-12.",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    holidays = forms.CharField(
        label="Holidays",
        help_text="One on each line: 2019-05-06, or 2019-05-27 to 2019-05-31.",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    weekend = forms.TypedMultipleChoiceField(
        label="Weekend",
        choices=list(enumerate(WEEK)),
        coerce=int,
        initial=[5, 6],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    half_days = forms.ChoiceField(
        label="Half a day of a placement",
        choices=[("none", "does not count"), ("half", "counts half"), ("whole", "counts as a day")],
        initial="half",
    )

    def clean_school(self) -> School | None:
        """The school of the register that is meant."""
        text = self.cleaned_data["school"].strip()
        found = school_named(text)
        if text and found is None:
            raise forms.ValidationError(
                "The register has no school of this name or number, or several: give its URN."
            )
        return found

    def clean_terms(self) -> list[dict[str, str]]:
        """Each line as a term."""
        found = []
        for line in filter(str.strip, self.cleaned_data["terms"].splitlines()):
            name, comma, days = line.rpartition(",")
            first, to, last = days.partition(" to ")
            if not comma or not to:
                raise forms.ValidationError(f"“{line.strip()[:60]}” needs a name, a comma and two days.")
            found.append({"name": name.strip(), "first": first.strip(), "last": last.strip()})
        return found

    def clean_holidays(self) -> list[Any]:
        """Each line as a day, or as the first and the last of several."""
        found: list[Any] = []
        for line in filter(str.strip, self.cleaned_data["holidays"].splitlines()):
            first, to, last = line.strip().partition(" to ")
            found.append({"first": first.strip(), "last": last.strip()} if to else first.strip())
        return found

    def calendar(self) -> Calendar:
        """What was entered, as the rules take it."""
        said = self.cleaned_data
        return Calendar(
            name="",
            terms=tuple(said["terms"]),
            weekend=tuple(said["weekend"]),
            holidays=tuple(said["holidays"]),
            half_days=said["half_days"],
        )
