"""When an intake takes applications, which versions it may be of, and what may be ruled for it. No Django, no
clock."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
