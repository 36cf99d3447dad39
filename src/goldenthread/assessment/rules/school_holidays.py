"""The usual holidays of schools by country, for schools without a calendar of their own (ours).

No law sets them: authorities and schools do, a week earlier or later. So none of these days is taken for one on which a
school is closed. They are days of which a host is asked whether the school worked, and tell nobody else anything.
"""

from datetime import date, timedelta
from functools import lru_cache

from goldenthread.assessment.rules.bank_holidays import (
    ENGLAND,
    IRELAND,
    SCOTLAND,
    WALES,
    easter_sunday,
    monday_from,
)

Span = tuple[date, date]
EARLY, LATE = (
    (4, 5),
    (4, 13),
)  # Easter before the first day, or after the second: the two weeks lie behind or before it


@lru_cache(maxsize=256)
def usual_holidays(year: int, country: str) -> tuple[Span, ...]:
    """First and last days of the usual school holidays that touch a year; none for a country that isn't known here."""
    if country in (ENGLAND, WALES):
        spans = [
            _week(date(year, 2, 12)),
            _week(date(year, 5, 25)),
            (date(year, 7, 25), date(year, 8, 31)),
            _week(date(year, 10, 22)),
        ]
    elif country == SCOTLAND:
        october = monday_from(date(year, 10, 8))
        spans = [
            _days(monday_from(date(year, 2, 10)), 3),
            (date(year, 6, 28), date(year, 8, 14)),
            _days(october, 12),
        ]
    elif country == IRELAND:
        spans = [
            _week(date(year, 2, 12)),
            (date(year, 7, 1), date(year, 8, 31)),
            _week(date(year, 10, 25)),
        ]
    else:
        return ()
    return (*spans, _easter(year), *_christmas(year, country))


def _days(first: date, count: int) -> Span:
    return first, first + timedelta(days=count - 1)


def _week(begin: date) -> Span:
    """Monday to Friday from the first Monday on or after a day."""
    return _days(monday_from(begin), 5)


def _easter(year: int) -> Span:
    """The weeks before and after Easter Sunday, and one more: after an early Easter, before a late one."""
    sunday = easter_sunday(year)
    before = 13 if (sunday.month, sunday.day) > LATE else 6
    after = 12 if (sunday.month, sunday.day) < EARLY else 5
    return sunday - timedelta(days=before), sunday + timedelta(days=after)


def _christmas(year: int, country: str) -> tuple[Span, Span]:
    """Those that end in the year and those that begin in it."""
    last = 4 if country == SCOTLAND else 2
    return (date(year, 1, 1), date(year, 1, last)), (date(year, 12, 22), date(year, 12, 31))
