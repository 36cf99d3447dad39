"""A school's calendar as data: its terms, its weekend and its holidays, and what a project's days come to in them.

No source says what a term is, as countries differ (G-20). A school has its own calendar, or that of its region, both
edited by the office, or the default with three terms. A term counts for a project when the project is under way for
most of it (S1-29, S3-22): who begins with a programme in mid-January has the spring term. The default gives of each
term only its core, which falls inside the term of nearly every school. Of holidays it knows
the bank holidays of the country, for schools in the United Kingdom; those of a school, its own calendar alone can say.
"""

import re
from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from goldenthread.assessment.rules.bank_holidays import COUNTRIES, ENGLAND, bank_holidays
from goldenthread.assessment.rules.school_holidays import usual_holidays
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

EVERY_YEAR = re.compile(r"^(\d\d)-(\d\d)$")
HALF_DAYS = ("none", "half", "whole")  # what a half day counts for
LONGEST_PROJECT = 1096  # days
MOST = Fraction(3, 4)  # of a term's days, for which a project is under way where the term counts; ours
COUNTS = "A term counts when the project is under way for at least three quarters of it."


@dataclass(frozen=True)
class Term:
    """A term from its first to its last day, both included."""

    name: str
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.name}, {day_text(self.first)} to {day_text(self.last)}"


@dataclass(frozen=True)
class Calendar:
    """A school's calendar: terms and holidays as kept, days of the weekend (0 is Monday), and what half a day counts.

    Days of `terms` and `holidays` are "2019-01-07", or "01-07" for those that come back every year; a holiday is one
    day, or {"first", "last"}. "02-29" is 28 February in years without it. With a `country` its bank
    holidays are holidays too, and on the usual school holidays there a day counts when the host confirms it, since ours
    may have them or not. `fault` says why the calendar that was kept can't be used and this one is.
    """

    name: str
    terms: tuple[Mapping[str, str], ...]
    weekend: tuple[int, ...] = (5, 6)
    holidays: tuple[Any, ...] = ()
    half_days: str = "half"
    country: str = ""
    fault: str = ""


DEFAULT = Calendar(
    name="the usual calendar of three terms",
    terms=(
        {"name": "spring term", "first": "01-10", "last": "03-25"},
        {"name": "summer term", "first": "04-27", "last": "07-10"},
        {"name": "autumn term", "first": "09-10", "last": "12-12"},
    ),
)
USUAL = {
    country: replace(
        DEFAULT,
        name=f"the usual calendar of three terms with the bank holidays of {country}",
        country=country,
    )
    for country in COUNTRIES
}  # of schools that have no calendar of their own
ENGLISH = USUAL[ENGLAND]


def check_calendar(calendar: Calendar) -> None:
    """Each term is named, has days that exist in every year it is meant for, ends after it begins, and lies in no other
    one; half days and weekend are known words.
    """
    if not calendar.terms:
        raise Refused("Give at least one term.", code="calendar.terms", field="terms")
    for term in calendar.terms:
        if not str(term.get("name", "")).strip():
            raise Refused("Give every term a name.", code="calendar.name", field="terms")
        _check_span(term["first"], term["last"], field="terms")
    for holiday in calendar.holidays:
        _check_span(*_ends(holiday), field="holidays")
    _check_apart(calendar)
    if calendar.half_days not in HALF_DAYS:
        raise Refused("Say what half a day counts for.", code="calendar.half_days", field="half_days")
    if not set(calendar.weekend) <= set(range(7)) or len(set(calendar.weekend)) > 6:
        raise Refused("Choose the days of the weekend.", code="calendar.weekend", field="weekend")


def _check_span(first: str, last: str, *, field: str) -> None:
    """Both days have a year, or neither has."""
    if bool(EVERY_YEAR.match(first)) != bool(EVERY_YEAR.match(last)):
        one, other = (last, first) if EVERY_YEAR.match(last) else (first, last)
        raise Refused(
            f"“{one}” has no year, but “{other}” has one: give both days a year, or neither.",
            code="calendar.half_year",
            field=field,
        )
    for year in (2019, 2020):  # one without and one with 29 February
        _span(first, last, year, field=field)


def _check_apart(calendar: Calendar) -> None:
    """No two terms have a day in common: a project through one of them would count for two."""
    ends = [
        day for term in calendar.terms for day in (term["first"], term["last"]) if not EVERY_YEAR.match(day)
    ]
    years = {2019, 2020, *(_day(day, 2020, "terms").year for day in ends)}
    found = {term for year in years for term in terms_in(calendar, date(year, 1, 1), date(year, 12, 31))}
    terms = sorted(found, key=lambda term: (term.first, term.last))
    for one, other in pairwise(terms):
        if other.first <= one.last:
            raise Refused(
                f"{one} and {other} overlap: a day is in one term at most.",
                code="calendar.overlap",
                field="terms",
            )


def terms_in(calendar: Calendar, first: date, last: date) -> list[Term]:
    """The terms that have a day between two days, in order."""
    found = {
        Term(str(term["name"]), *span)
        for term in calendar.terms
        for span in _spans(term["first"], term["last"], first, last)
    }
    return sorted(found, key=lambda term: (term.first, term.last))


def covered_terms(calendar: Calendar, starts_on: date, ends_on: date) -> list[Term]:
    """The terms for which a project lasts: under way on at least `MOST` of the days of each, the first and the last
    among them (S1-29).
    """
    return [
        term
        for term in terms_in(calendar, starts_on, ends_on)
        if _days(max(starts_on, term.first), min(ends_on, term.last)) >= MOST * _days(term.first, term.last)
    ]


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def check_terms(calendar: Calendar, starts_on: date | None, ends_on: date | None, *, least: int) -> None:
    """A project lasts at least `least` terms of the school's calendar; the refusal says how many it has."""
    if starts_on is None or ends_on is None:
        raise Refused(
            "Enter the first and the last day of your project.", code="project.dates", field="starts_on"
        )
    if ends_on < starts_on:
        raise Refused(
            f"{day_text(ends_on)} comes before {day_text(starts_on)}: check the two days.",
            code="project.reversed",
            field="ends_on",
        )
    if (ends_on - starts_on).days > LONGEST_PROJECT:
        raise Refused(
            "A project of more than three years can't be meant: check the two days.",
            code="project.dates",
            field="ends_on",
        )
    covered = covered_terms(calendar, starts_on, ends_on)
    if len(covered) >= least:
        return
    names = f" ({'; '.join(map(str, covered))})" if covered else ""
    raise Refused(
        f"{len(covered)} of {least} terms: it lasts from {day_text(starts_on)} to {day_text(ends_on)}{names}. "
        f"{COUNTS} Put in other days, or ask the "
        "programme office to enter the calendar of your school.",
        code="project.terms",
        field="ends_on",
    )


# --- working days of a placement (S3-27) -------------------------------------------------------------
@dataclass(frozen=True)
class LoggedDay:
    """A day at the placement school, or half of one; and whether the host has confirmed it."""

    on: date
    half: bool = False
    confirmed: bool = True


def holiday_on(calendar: Calendar, on: date) -> bool:
    """Whether the school is closed on a day by a holiday of its calendar."""
    return _within(calendar.holidays, on) or (
        bool(calendar.country) and on in bank_holidays(on.year, calendar.country)
    )


def in_break(calendar: Calendar, on: date) -> bool:
    """Whether most schools have holidays on a working day, as far as is known without the school's own calendar."""
    usual = usual_holidays(on.year, calendar.country)
    return is_working_day(calendar, on) and any(first <= on <= last for first, last in usual)


def _within(kept: Iterable[Any], on: date) -> bool:
    """Whether a day is one of kept days or spans."""
    return any(first <= on <= last for one in kept for first, last in _spans(*_ends(one), on, on))


def is_working_day(calendar: Calendar, on: date) -> bool:
    """Whether the school works on a day: neither weekend nor holiday."""
    return on.weekday() not in calendar.weekend and not holiday_on(calendar, on)


def working_days(calendar: Calendar, days: Iterable[LoggedDay], *, confirmed_only: bool = False) -> Fraction:
    """How many working days were logged: each date once, weekends and holidays not at all.

    A date on which only half a day was logged counts what the calendar says. With `confirmed_only` a date counts when
    the host has confirmed it.
    """
    whole: dict[date, bool] = {}
    for day in days:
        if is_working_day(calendar, day.on) and (day.confirmed or not confirmed_only):
            whole[day.on] = whole.get(day.on, False) or not day.half
    half = {"none": Fraction(0), "half": Fraction(1, 2), "whole": Fraction(1)}[calendar.half_days]
    return sum((Fraction(1) if full else half for full in whole.values()), Fraction(0))


def check_placement_days(calendar: Calendar, days: Sequence[LoggedDay], *, least: int) -> None:
    """At least `least` distinct working days by the placement school's calendar, confirmed by the host (S3-27).

    The refusal says how many there are and why a logged date does not count.
    """
    logged = working_days(calendar, days)
    if logged < least:
        idle = sorted({day.on for day in days if not is_working_day(calendar, day.on)})
        why = _idle_text([day_text(on) for on in idle])
        raise Refused(
            f"{days_text(logged)} of {least} days: your log has too few working days at the placement school.{why} "
            "Add the days that are missing.",
            code="placement.days",
        )
    confirmed = working_days(calendar, days, confirmed_only=True)
    if confirmed < least:
        raise Refused(
            f"{days_text(confirmed)} of {least} days are confirmed: ask your host to confirm the rest by the link that "
            "you can send from the page of your days.",
            code="placement.unconfirmed",
        )


def _idle_text(days: Sequence[str]) -> str:
    """Which logged days are none on which the school works; the first three by name."""
    *first, last = [*days[:3], *([f"{len(days) - 3} more"] if len(days) > 3 else [])] or [""]
    if not first:
        return f" {last} is no working day there." if last else ""
    return f" {', '.join(first)} and {last} are no working days there."


def days_text(days: Fraction) -> str:
    """Days as people read them: 8, or 8.5."""
    return f"{days.numerator // days.denominator}{'.5' if days.denominator == 2 else ''}"


# --- days as they are kept -----------------------------------------------------------------------------
def _ends(holiday: Any) -> tuple[str, str]:
    return (holiday["first"], holiday["last"]) if isinstance(holiday, Mapping) else (holiday, holiday)


def _spans(first: str, last: str, begin: date, end: date) -> list[tuple[date, date]]:
    """The spans that a kept pair of days stands for and that touch begin to end: one, or one a year."""
    first_year, last_year = max(begin.year - 1, MINYEAR), min(end.year + 1, MAXYEAR - 1)
    years = range(first_year, last_year + 1) if EVERY_YEAR.match(first) else [begin.year]
    found = [_span(first, last, year) for year in years]
    return [(one, other) for one, other in found if one <= end and other >= begin]


def _span(first: str, last: str, year: int, *, field: str = "") -> tuple[date, date]:
    begins, ends = _day(first, year, field), _day(last, year, field)
    if ends < begins and EVERY_YEAR.match(first) and EVERY_YEAR.match(last):
        ends = _day(last, year + 1, field)  # over the new year
    if ends < begins:
        raise Refused(f"{last} comes before {first}.", code="calendar.reversed", field=field)
    return begins, ends


def _day(text: str, year: int, field: str) -> date:
    if text == "02-29" and not isleap(year):
        return date(year, 2, 28)
    try:
        return date.fromisoformat(f"{year:04}-{text}" if EVERY_YEAR.match(text) else text)
    except ValueError:
        raise Refused(
            f"“{text}” is no day: write 2019-01-07, or 01-07 for every year.",
            code="calendar.day",
            field=field,
        ) from None
