"""When an intake takes applications, which versions it may be of, and what may be ruled for it. No Django, no
clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from goldenthread.catalogue.checking import all_sourced
from goldenthread.catalogue.rules import check_intake_start
from goldenthread.catalogue.sourced import Sourced, SourcedValue
from goldenthread.catalogue.specification import Specification
from goldenthread.common.refused import Refused

SPRING, SUMMER = range(1, 5), range(5, 9)  # the months in which a term's intake starts; the rest is autumn


@dataclass(frozen=True)
class Plan:
    """An intake to be: its dates, what is on offer, how many places (None: no limit)."""

    starts_on: date
    opens_on: date
    closes_on: date
    delivery_models: tuple[str, ...]
    event_mode: str = "in_person"
    places: int | None = None


# --- open or closed ------------------------------------------------------------------------------
def opening(opens_on: date, zone: str) -> datetime:
    """The first instant at which applications are taken."""
    return datetime.combine(opens_on, time(), ZoneInfo(zone))


def deadline(closes_on: date, zone: str) -> datetime:
    """When applications are no longer taken: the end of the last day in the intake's zone (S1-38)."""
    return datetime.combine(closes_on + timedelta(days=1), time(), ZoneInfo(zone))


def check_open(*, opens_on: date, closes_on: date, zone: str, at: datetime) -> None:
    """Refuse before the first and after the last day on which an intake takes applications."""
    if at < opening(opens_on, zone):
        raise Refused(
            f"Applications for this intake open on {day_text(opens_on)}. Come back then.",
            code="intake.not_open_yet",
        )
    if at >= deadline(closes_on, zone):
        raise Refused(
            f"Applications for this intake closed at the end of {day_text(closes_on)}. "
            "Choose a later intake.",
            code="intake.closed",
        )


def day_text(day: date) -> str:
    """A day for people: "7 December 2018"."""
    return f"{day.day} {day:%B %Y}"


# --- the version is closed ---------------------------------------------------------------------------
def shut_days(opens_on: date, today: date) -> tuple[date, date]:
    """The first and last day for applications of an intake that takes none any more from today on."""
    last = today - timedelta(days=1)
    return min(opens_on, last), last


# --- making one ----------------------------------------------------------------------------------
def intake_name(starts_on: date, named_by: str) -> str:
    """ "January 2019" where intakes go by month, "Spring 2019" where they go by term (S1-38, S3-34)."""
    if named_by == "term":
        term = "Spring" if starts_on.month in SPRING else "Summer" if starts_on.month in SUMMER else "Autumn"
        return f"{term} {starts_on.year}"
    return f"{starts_on:%B %Y}"


def check_new(specification: Specification, plan: Plan) -> None:
    """Refuse an intake that its version doesn't allow, each time with what to change."""
    check_intake_start(specification, plan.starts_on)
    if plan.opens_on > plan.closes_on:
        raise Refused(
            "The last day for applications is before the first one: put them in order.",
            code="intake.dates",
            field="applications_close_on",
        )
    if plan.closes_on > plan.starts_on:
        raise Refused(
            "Applications must close on or before the day the intake starts.",
            code="intake.dates",
            field="applications_close_on",
        )
    if plan.places is not None and plan.places < 1:
        raise Refused(
            "Offer at least one place, or leave places empty for no limit.",
            code="intake.places",
            field="places",
        )
    if plan.event_mode not in ("in_person", "virtual"):
        raise Refused("Choose events in person or virtual.", code="intake.mode", field="event_mode")
    known = [model.key for model in specification.delivery_models]
    unknown = [key for key in plan.delivery_models if key not in known]
    if not plan.delivery_models or unknown:
        raise Refused(
            f"Offer one or more of this version's delivery models: {', '.join(known)}.",
            code="intake.delivery_models",
            field="delivery_models",
        )


# --- rulings -------------------------------------------------------------------------------------
def rulable(specification: Specification, rule: str) -> Sourced[Any]:
    """What the sources give for a rule: "assessment.max_words", "assessment.tasks.1.max_words"."""
    found: Any = specification
    for name in rule.split("."):
        if isinstance(found, tuple) and name.isdigit() and 1 <= int(name) <= len(found):
            found = found[int(name) - 1]
        else:
            found = getattr(found, name, None) if not name.startswith("_") else None
    found = getattr(found, "values", found) if not isinstance(found, Sourced) else found
    if not isinstance(found, Sourced):
        raise Refused(
            f"“{rule[:60]}” is not something that can be ruled on.", code="ruling.unknown", field="rule"
        )
    return found


def check_ruling(
    specification: Specification, *, rule: str, value: Any, reason: str
) -> SourcedValue[Any] | None:
    """The candidate that `value` is (C-01), or None where the sources are silent and any whole number may be
    set.

    Refuses a value that no source gives, another one than the one in force, and a choice without a reason.
    """
    sourced = rulable(specification, rule)
    wanted = tuple(value) if isinstance(value, list) else value
    open_to_choice = (sourced.in_force,) if sourced.in_force else sourced.candidates
    chosen = next((one for one in open_to_choice if one.value == wanted), None)
    silent = not open_to_choice and isinstance(value, int) and not isinstance(value, bool) and value > 0
    if chosen is None and not silent:
        offered = " or ".join(f"{one.value}" for one in open_to_choice) or "a whole number above 0"
        raise Refused(
            f"{value} can't be chosen here. Choose {offered}.", code="ruling.not_a_candidate", field="value"
        )
    if not reason.strip():
        raise Refused("Say why this value was chosen.", code="ruling.reason", field="reason")
    return chosen


# --- a conflict settled for a whole version ----------------------------------------------------------
def figures_of_conflict(specification: Specification, conflict: str) -> list[Sourced[Any]]:
    """The figures between whose values a conflict leaves a choice, in the order of the file."""
    return [
        figure
        for figure in all_sourced(specification)
        if len(figure.candidates) > 1 and any(value.conflict == conflict for value in figure.values)
    ]


def check_settling(
    specification: Specification, *, conflict: str, choices: Mapping[str, int], reason: str, frozen: bool
) -> list[Sourced[Any]]:
    """The figures that a decision on a conflict covers (C-01 to C-42).

    Refuses a conflict that the version doesn't have, a figure left out or a value that no source gives, a
    decision without a reason; and, where somebody is enrolled, another value than the one in force.
    """
    if conflict not in {note.id for note in specification.conflict_notes}:
        raise Refused(f"{specification.id} has no conflict {conflict[:20]}.", code="ruling.unknown")
    figures = figures_of_conflict(specification, conflict)
    for figure in figures:
        place = choices.get(figure.key, -1)
        chosen = figure.values[place] if 0 <= place < len(figure.values) else None
        if chosen is None or chosen not in figure.candidates:
            raise Refused(
                "Choose one of the values that the sources give.",
                code="ruling.not_a_candidate",
                field=figure.key,
            )
        if frozen and figure.in_force and figure.in_force != chosen:
            raise Refused(
                "People are enrolled on this version, so a value in force can't change for them. Start a new "
                "revision of the version and put the other value in force there.",
                code="ruling.frozen",
                field=figure.key,
            )
    if set(choices) != {figure.key for figure in figures}:
        raise Refused("Choose for the figures of this conflict only.", code="ruling.not_a_candidate")
    if not reason.strip():
        raise Refused("Say why this was decided.", code="ruling.reason", field="reason")
    return figures


def check_against_intakes(chosen: Mapping[str, Any], ruled: Iterable[tuple[str, str, Any]]) -> None:
    """Refuse a decision for a version where one of its intakes, named in `ruled`, has chosen otherwise."""
    others = [name for name, path, value in ruled if path in chosen and chosen[path] != value]
    if others:
        raise Refused(
            f"{', '.join(others)} has chosen another value, and people may know it. Choose for each intake, or "
            "choose the same value here.",
            code="ruling.intakes_differ",
        )
