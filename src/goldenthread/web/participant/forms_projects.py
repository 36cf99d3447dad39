"""The shapes of what a candidate enters for a project; the rules are in `assessment.rules.projects`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from goldenthread.assessment.actions.project import Plan
from goldenthread.assessment.project_models import LinkPurpose, Placement, Project
from goldenthread.assessment.rules import DRAFT_LIMIT
from goldenthread.assessment.rules.projects import FIELDS, PHASES, Ask
from goldenthread.people.models import School
from goldenthread.people.queries import school_named
from goldenthread.web.participant.declaring import declared_fields
from goldenthread.web.participant.editor import LARGEST_REVISION, written_field
from goldenthread.web.participant.forms_assessment import KEY_LENGTH, TOO_LONG

LONGEST = 20_000
MEASURES = 4  # rows of the form; more than a project needs
DESIGN = {
    "focus": ("Focus", "What is to improve, for whom, and in which part of the school."),
    "baseline": ("Baseline", "What the data say today."),
    "change": ("The change", "What will be different, and why you expect it to work."),
}


MOST_AIMS = 8
PLAN_NAMES = (
    *("enrolment", "revision", *FIELDS, "starts_on", "implementation_on", "ends_on"),
    *(f"phase_{key}" for key, _, _ in PHASES),
    *(f"aim_{number}" for number in range(1, MOST_AIMS + 1)),
    *(f"{part}_{n}" for part in ("name", "before", "after", "review") for n in range(1, MEASURES + 1)),
)  # of the plan's form: what is kept when somebody was signed out


class DayInput(forms.DateInput):
    input_type = "date"


def day_field(label: str, hint: str = "", *, required: bool = False) -> forms.DateField:
    """A calendar day, as browsers ask for it."""
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        widget=DayInput(format="%Y-%m-%d"),
        error_messages={
            "required": "Enter a day.",
            "invalid": "Enter a day of the calendar, such as 2019-01-07.",
        },
    )


def lines(label: str, hint: str = "", *, rows: int = 4, required: bool = False) -> forms.CharField:
    """A text of some length."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": TOO_LONG},
    )


class PlanForm(forms.Form):
    """Design, aims, days, the five phases and measures of a project."""

    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput)
    starts_on = day_field("The project begins")
    implementation_on = day_field("Implementation begins")
    ends_on = day_field("The project ends")

    def __init__(self, data: Any = None, *, ask: Ask, project: Project | None) -> None:
        super().__init__(data, initial=_plan_initial(project))
        self.ask = ask
        for name in FIELDS:
            self.fields[name] = lines(*DESIGN[name])
        for number, aim in enumerate(ask.aims, start=1):
            label = f"Aim {'abcdefgh'[number - 1]}: {aim}" if len(ask.aims) > 1 else f"Aim: {aim}"
            self.fields[f"aim_{number}"] = lines(label, "What you want to reach in your school.", rows=3)
        for key, title, hint in PHASES:
            self.fields[f"phase_{key}"] = lines(title, hint)
        for number in range(1, MEASURES + 1):
            self.fields[f"name_{number}"] = forms.CharField(
                label=f"Measure {number}", required=False, max_length=200
            )
            for when in ("before", "after"):
                self.fields[f"{when}_{number}"] = forms.CharField(
                    label=when.capitalize(), required=False, max_length=100
                )
            self.fields[f"review_{number}"] = day_field("Review on")

    def clean(self) -> dict[str, Any]:
        """A measure has a name when it has anything."""
        found: dict[str, Any] = super().clean() or {}
        for number in range(1, MEASURES + 1):
            rest = [found.get(f"{part}_{number}") for part in ("before", "after", "review")]
            if any(rest) and not found.get(f"name_{number}"):
                self.add_error(f"name_{number}", "Name what is measured.")
        return found

    def plan(self) -> Plan:
        """What was entered, as the action takes it."""
        clean = self.cleaned_data
        return Plan(
            texts={name: clean[name] for name in FIELDS},
            phases={key: clean[f"phase_{key}"] for key, _, _ in PHASES},
            aims=[clean[f"aim_{n}"] for n in range(1, len(self.ask.aims) + 1)],
            measures=[self._measure(n) for n in range(1, MEASURES + 1)],
            starts_on=clean["starts_on"],
            implementation_on=clean["implementation_on"],
            ends_on=clean["ends_on"],
        )

    def _measure(self, number: int) -> Mapping[str, str]:
        clean = self.cleaned_data
        review: date | None = clean[f"review_{number}"]
        texts = {part: clean[f"{part}_{number}"].strip() for part in ("name", "before", "after")}
        return {**texts, "review_on": review.isoformat() if review else ""}

    def rows(self) -> list[tuple[int, list[Any], bool]]:
        """The fields of each measure, and whether there is nothing in them yet; the first one is there to be filled."""
        parts = ("name", "before", "after", "review")
        found = [(n, [self[f"{part}_{n}"] for part in parts]) for n in range(1, MEASURES + 1)]
        return [
            (n, fields, n > 1 and not any(one.value() or one.errors for one in fields)) for n, fields in found
        ]

    def _named(self, start: str) -> list[Any]:
        """The fields whose names begin so."""
        return [self[name] for name in self.fields if name.startswith(start)]

    def aims(self) -> list[Any]:
        return self._named("aim_")

    def phases(self) -> list[Any]:
        return self._named("phase_")

    def design(self) -> list[Any]:
        return [self[name] for name in FIELDS]


def _plan_initial(project: Project | None) -> dict[str, Any]:
    if project is None:
        return {"revision": 0}
    found: dict[str, Any] = {name: project.plan.get(name, "") for name in FIELDS}
    found |= {f"phase_{key}": text for key, text in project.plan.get("phases", {}).items()}
    found |= {f"aim_{number}": aim for number, aim in enumerate(project.aims, start=1)}
    for number, measure in enumerate(project.measures, start=1):
        found |= {f"{part}_{number}": measure.get(part, "") for part in ("name", "before", "after")}
        found[f"review_{number}"] = measure.get("review_on", "")
    days = ("starts_on", "implementation_on", "ends_on")
    return found | {name: getattr(project, name) for name in days} | {"revision": project.revision}


class AccountForm(forms.Form):
    """One text area for each section, or one for the whole; and the declarations."""

    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput)
    form_key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    replace = forms.BooleanField(required=False, label="This text replaces my document.")
    counts = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_REVISION)

    def __init__(self, data: Any = None, *, ask: Ask, project: Project | None, key: str) -> None:
        texts = project.account if project else {}
        initial: dict[str, Any] = {
            "revision": project.account_revision if project else 0,
            "form_key": key,
        }
        super().__init__(data, initial=initial)
        self.fields.update(declared_fields(ask.declarations))
        self.parts = [(part.key, part.title) for part in ask.parts] or [("", "Your account")]
        for number, (part, title) in enumerate(self.parts, start=1):
            text = texts.get(part, "")
            self.fields[f"text_{number}"] = written_field(
                part, title, rows=12, limit=DRAFT_LIMIT, too_long=TOO_LONG, text=text
            )

    def texts(self) -> dict[str, str]:
        """What was written, by the key of the section."""
        given = self.cleaned_data
        return {key: given.get(f"text_{n}", "") for n, (key, _) in enumerate(self.parts, start=1)}

    def replacing(self) -> int | None:
        """The number of the document that the person said this text replaces."""
        return self.cleaned_data.get("counts") if self.cleaned_data.get("replace") else None

    def ask_again(self, counts: int) -> None:
        """What was said of another document is not said of the one that counts now."""
        if self.is_bound and self["counts"].value() != str(counts):
            self.data = {name: value for name, value in self.data.items() if name != "replace"}

    def continue_from(self, revision: int) -> None:
        """Let what is in the form be saved over what is stored now."""
        self.data = {**dict(self.data.items()), "revision": str(revision)}

    def close(self) -> None:
        """Show what was written without letting it be changed."""
        for area in self.areas():
            area.field.widget.attrs["readonly"] = True

    def areas(self) -> list[Any]:
        return [self[f"text_{number}"] for number in range(1, len(self.parts) + 1)]


class BoardForm(forms.Form):
    """When a board saw the plan, and what it said."""

    board = forms.CharField(label="Name of the board", max_length=200)
    presented_on = day_field("Presented on", required=True)
    attendees = lines("Who was there", rows=2)
    feedback = lines("What they said", "Their feedback, in your words or theirs.")


class LinkForm(forms.Form):
    """To whom a link goes."""

    purpose = forms.ChoiceField(choices=LinkPurpose.choices, widget=forms.HiddenInput)
    name = forms.CharField(label="Name of the person", max_length=200)
    email = forms.EmailField(label="Their e-mail address", max_length=254)


class PlacementForm(forms.Form):
    """The placement school, its host, and how it contrasts."""

    school = forms.CharField(
        label="Placement school",
        help_text="Its name, or its number in the register of schools (URN).",
        max_length=200,
        required=False,
    )
    host_name = forms.CharField(label="Your host there", max_length=200, required=False)
    host_email = forms.EmailField(label="Their e-mail address", max_length=254, required=False)
    dimensions = forms.MultipleChoiceField(
        label="How does it contrast with your school?", required=False, widget=forms.CheckboxSelectMultiple
    )
    other = forms.CharField(
        label="Another dimension", help_text="If none of these fits.", max_length=60, required=False
    )
    statement = lines("The two schools compared", "The facts behind the contrast, such as figures of both.")

    def __init__(self, data: Any = None, *, ask: Ask, placement: Placement | None) -> None:
        super().__init__(data, initial=_placement_initial(placement, ask))
        self.fields["dimensions"].choices = [(one, one.capitalize()) for one in ask.dimensions]  # type: ignore[attr-defined]

    def clean_school(self) -> tuple[School | None, str]:
        """The school of the register that is meant, or its name where the register has none of this name."""
        text = self.cleaned_data["school"].strip()
        found = school_named(text)
        if found is None and text.isnumeric():
            raise forms.ValidationError("The register has no school with this number.")
        return found, "" if found else text

    def said(self) -> dict[str, Any]:
        """What was entered, as the action takes it."""
        clean = self.cleaned_data
        school, text = clean["school"]
        names = ("host_name", "host_email", "statement")
        return {
            "school": school,
            "school_text": text,
            "dimensions": [*clean["dimensions"], *([clean["other"]] if clean["other"].strip() else [])],
            **{name: clean[name] for name in names},
        }


def _placement_initial(placement: Placement | None, ask: Ask) -> dict[str, Any]:
    if placement is None:
        return {}
    named = placement.school
    urn = str(named.urn) if named and named.urn else ""
    return {
        "school": urn or placement.school_name,
        "host_name": placement.host_name,
        "host_email": placement.host_email,
        "dimensions": [one for one in placement.dimensions if one in ask.dimensions],
        "other": ", ".join(one for one in placement.dimensions if one not in ask.dimensions),
        "statement": placement.statement,
    }


class DayForm(forms.Form):
    """A day at the placement school."""

    on = day_field("Day", required=True)
    half = forms.BooleanField(label="Half a day only", required=False)
    note = forms.CharField(label="What you did", max_length=300, required=False)


class ChallengeForm(forms.Form):
    """What the placement school lacks, and a first action."""

    kind = forms.ChoiceField(label="Kind", widget=forms.RadioSelect)
    horizon = forms.ChoiceField(label="When", widget=forms.RadioSelect)
    text = lines("The challenge", required=True)
    action = lines("What is to be done", "The first action of your plan for it.", rows=3)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, ask: Ask, key: str) -> None:
        super().__init__(data, initial={"form_key": key})
        for name, values in (("kind", ask.challenge_kinds), ("horizon", ask.horizons)):
            self.fields[name].choices = [(one, one.capitalize()) for one in values]  # type: ignore[attr-defined]


class ActionForm(forms.Form):
    """One more action for a challenge: `of` is its number. Its fields bear the same names for each, so that they can be
    kept when somebody was signed out, and ids of their own.
    """

    prefix = "action"
    text = lines("What is to be done", rows=2, required=True)
    owner = forms.CharField(label="Who", max_length=200, required=False)
    due_on = day_field("By when")
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, of: int, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id=f"id_c{of}-%s")
        self.of = of
        self.open = self.is_bound  # whether the page shows it opened


ACTION_NAMES = tuple(f"action-{name}" for name in ActionForm.base_fields)


class EvidenceForm(forms.Form):
    """A file of supporting evidence."""

    file = forms.FileField(
        label="A file",
        help_text="Word (.docx), PDF, OpenDocument (.odt), plain text (.txt), Excel (.xlsx) or a picture (JPEG, PNG)",
        error_messages={
            "required": "Choose a file.",
            "empty": "This file is empty: open the original, save it again and add the new file.",
            "max_length": "The name of this file is too long: give it a shorter one.",
        },
    )
