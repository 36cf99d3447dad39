"""The shapes of what the office fills in about intakes, groups and their days; the rules are in those packages."""

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.engagement.outline import PlanItem
from goldenthread.events.rules import Slot
from goldenthread.groups.models import Group
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.versions import Version
from goldenthread.web.shared.widgets import ZoneField

MODES = [("in_person", "In person"), ("virtual", "Virtual")]
FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2099, 12, 31)
MOST_MINUTES = 24 * 60
MOST_PEOPLE = 1000


def _day(label: str, **options: Any) -> forms.DateField:
    said = "Choose a day from 2010 to 2099."
    return forms.DateField(
        label=label,
        validators=[MinValueValidator(FIRST_DAY, said), MaxValueValidator(LAST_DAY, said)],
        error_messages={"invalid": "Give a date, such as 2027-01-18."},
        **options,
    )


def _link() -> forms.URLField:
    return forms.URLField(
        label="Link to join",
        max_length=200,
        required=False,
        assume_scheme="https",
        help_text="Needed where people meet online.",
        error_messages={"invalid": "Give the whole link, such as https://meet.example.org/group."},
    )


def _venue() -> forms.CharField:
    return forms.CharField(
        label="Venue", max_length=200, required=False, help_text="Needed where people meet in person."
    )


# --- intakes -------------------------------------------------------------------------------------------
class IntakesFilter(forms.Form):
    """What the list of intakes is narrowed to."""

    programme = forms.ChoiceField(label="Programme", required=False)

    def __init__(self, data: Any, versions: Iterable[Version]) -> None:
        super().__init__(data)
        codes = dict.fromkeys(version.code for version in versions)
        self.fields["programme"].choices = [("", "Any"), *((code, code) for code in codes)]  # type: ignore[attr-defined]


class VersionForm(forms.Form):
    """Of which programme version an intake is to be."""

    version = forms.ChoiceField(label="Programme version")

    def __init__(self, data: Any, versions: Iterable[Version]) -> None:
        super().__init__(data)
        choices = [(one.key, one.name) for one in versions]
        self.fields["version"].choices = [("", "Choose a version"), *choices]  # type: ignore[attr-defined]


class NewIntakeForm(forms.Form):
    """When an intake starts, when people apply, and what is on offer."""

    starts_on = _day("First day")
    applications_open_on = _day("Applications open on")
    applications_close_on = _day("Applications close on", help_text="The last day, to its end.")
    places = forms.IntegerField(
        label="Places", required=False, min_value=1, max_value=100_000, help_text="Leave empty for no limit."
    )
    zone = ZoneField(label="Time zone")
    delivery_models = forms.MultipleChoiceField(
        label="Ways to study on offer", widget=forms.CheckboxSelectMultiple
    )
    event_mode = forms.ChoiceField(
        label="Events are held", choices=MODES, initial="in_person", widget=forms.RadioSelect
    )

    def __init__(self, data: Any, version: ProgrammeVersion, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["zone"].suggest(str(self.initial.get("zone", "")))  # type: ignore[attr-defined]
        models = version.specification.delivery_models
        self.fields["delivery_models"].choices = [(one.key, one.name) for one in models]  # type: ignore[attr-defined]
        self.fields["delivery_models"].initial = [one.key for one in models]


# --- groups --------------------------------------------------------------------------------------------
class PlaceForm(forms.Form):
    """Where a group meets, and for how many."""

    capacity = forms.IntegerField(label="Capacity", min_value=1, max_value=1000, initial=30)
    venue = _venue()
    join_link = _link()


class NewGroupForm(PlaceForm):
    """A group to be."""

    name = forms.CharField(
        label="Name", max_length=100, help_text="As people will know it, such as its town and the year."
    )
    zone = ZoneField(label="Time zone")
    partner = forms.TypedChoiceField(label="Delivery partner", coerce=int, empty_value=None, required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = ("name", "capacity", "partner", "venue", "join_link", "zone")

    def __init__(self, data: Any, partners: Iterable[tuple[int, str]], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["zone"].suggest(str(self.initial.get("zone", "")))  # type: ignore[attr-defined]
        self.fields["partner"].choices = [("", "None"), *partners]  # type: ignore[attr-defined]


class StaffForm(forms.Form):
    """Somebody who is to work with a group, in a role that they hold."""

    person = forms.ChoiceField(
        label="Person and role",
        error_messages={"invalid_choice": "Choose somebody who holds this role now."},
    )

    def __init__(self, data: Any, people: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["person"].choices = [("", "Choose a person"), *people]  # type: ignore[attr-defined]

    def chosen(self) -> tuple[str, int]:
        """The role and the person."""
        role, _, number = self.cleaned_data["person"].partition(":")
        return role, int(number)


# --- several people at once ------------------------------------------------------------------------------
class ChosenForm(forms.Form):
    """The ticked people of an intake, or everybody who was listed; the subclass says what is done with them."""

    def __init__(self, data: Any, people: QuerySet[Enrolment], **options: Any) -> None:
        super().__init__(data, **options)
        self.people = people

    @property
    def ticked(self) -> set[int]:
        """Who is ticked when the page comes back."""
        return self._sent("people") if self.is_bound else set()

    def _sent(self, name: str) -> set[int]:
        data: Any = self.data
        texts = data.getlist(name)[:MOST_PEOPLE]
        return {found for text in texts if (found := number_of(text)) is not None}

    def clean(self) -> dict[str, Any]:
        """`enrolments` are those who were chosen, all of them of this intake."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = self._sent("listed") if "everybody" in self.data else self.ticked
        said["enrolments"] = list(self.people.filter(pk__in=wanted)) if wanted else []
        if not wanted:
            self.add_error(None, "Tick at least one person.")
        elif len(said["enrolments"]) < len(wanted):
            self.add_error(None, "Somebody who was ticked is not in this intake. Look again, and tick anew.")
        return said


class IntoGroupForm(ChosenForm):
    """Into which group people are placed."""

    group = forms.TypedChoiceField(label="Group", coerce=int)

    def __init__(
        self, data: Any, people: QuerySet[Enrolment], groups: Sequence[Any], name: str = "place"
    ) -> None:
        super().__init__(data, people, auto_id=f"{name}_%s")
        self.groups = {one.pk: one for one in groups}
        choices = [(one.pk, f"{one.name} ({one.taken} of {one.capacity} places taken)") for one in groups]
        self.fields["group"].choices = [("", "Choose a group"), *choices]  # type: ignore[attr-defined]

    def chosen(self) -> Group:
        """The group that was chosen."""
        group: Group = self.groups[self.cleaned_data["group"]]
        return group


class WithCoachForm(ChosenForm):
    """With which coach people are paired."""

    coach = forms.TypedChoiceField(label="Coach", coerce=int)

    def __init__(self, data: Any, people: QuerySet[Enrolment], coaches: Iterable[tuple[int, str]]) -> None:
        super().__init__(data, people, auto_id="pair_%s")
        self.fields["coach"].choices = [("", "Choose a coach"), *coaches]  # type: ignore[attr-defined]


# --- days ----------------------------------------------------------------------------------------------
class ScheduleForm(forms.Form):
    """A date and a time for each of a group's events, and where they are held."""

    mode = forms.ChoiceField(label="Held", choices=MODES, widget=forms.RadioSelect)
    venue = _venue()
    join_link = _link()

    def __init__(self, data: Any, kind: str, items: Sequence[PlanItem], **options: Any) -> None:
        super().__init__(data, auto_id=f"{kind}_%s", **options)
        self.items = list(items)
        for number, item in enumerate(items, start=1):
            self.fields[f"day_{number}"] = _day(f"Date of day {number}")
            self.fields[f"start_{number}"] = forms.TimeField(label=f"Start of day {number}", initial=time(9))
            if item.minutes is None:
                self.fields[f"minutes_{number}"] = forms.IntegerField(
                    label=f"Minutes of day {number}",
                    min_value=1,
                    max_value=MOST_MINUTES,
                    help_text="The programme doesn't say how long it is.",
                )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """For each event its plan and its fields."""
        return [
            {
                "item": item,
                "day": self[f"day_{number}"],
                "start": self[f"start_{number}"],
                "minutes": self[f"minutes_{number}"] if item.minutes is None else None,
            }
            for number, item in enumerate(self.items, start=1)
        ]

    def slots(self) -> list[Slot]:
        """The days as they were filled in, in the order of the events."""
        said = self.cleaned_data
        numbers = range(1, len(self.items) + 1)
        return [Slot(said[f"day_{n}"], said[f"start_{n}"], said.get(f"minutes_{n}")) for n in numbers]


class MoveForm(forms.Form):
    """Another date, time or place for one day."""

    day = _day("Date")
    start = forms.TimeField(label="Start")
    venue = _venue()
    join_link = _link()

    def __init__(self, data: Any, mode: str, **options: Any) -> None:
        super().__init__(data, **options)
        del self.fields["join_link" if mode == "in_person" else "venue"]
