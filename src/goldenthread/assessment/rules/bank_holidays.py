"""The bank holidays of the countries of the United Kingdom by rule, for schools without an own calendar (S3-27).

By the Banking and Financial Dealings Act 1971 and the proclamations that followed it; what moved or came once is data.
"""

from datetime import date, timedelta
from functools import lru_cache

ENGLAND, WALES, SCOTLAND, IRELAND = (
    "England",
    "Wales",
    "Scotland",
    "Northern Ireland",
)  # as registers write them
COUNTRIES = (ENGLAND, WALES, SCOTLAND, IRELAND)
MONDAY = 0
_SPECIAL = (date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8))  # jubilee, state funeral, coronation
_SPECIAL_IN = {SCOTLAND: (date(2026, 6, 15),)}  # proclaimed for the World Cup
_EARLY_MAY = {2020: date(2020, 5, 8)}  # 75 years after the war
_SPRING = {2022: date(2022, 6, 2)}  # before the jubilee


@lru_cache(maxsize=256)
def bank_holidays(year: int, country: str = ENGLAND) -> frozenset[date]:
    """The bank holidays of a year, of 2017 or later, in one of `COUNTRIES`: those that fall on a weekend as their
    substitute days alone.
    """
    easter = easter_sunday(year)
    special = (*_SPECIAL, *_SPECIAL_IN.get(country, ()))
    found = {
        easter - timedelta(days=2),
        _EARLY_MAY.get(year, monday_from(date(year, 5, 1))),
        _SPRING.get(year, monday_from(date(year, 5, 25))),
        *_pair(date(year, 12, 25)),
        *(day for day in special if day.year == year),
    }
    if country == SCOTLAND:
        summer, andrew = monday_from(date(year, 8, 1)), _substitute(date(year, 11, 30))
        return frozenset(found | {*_pair(date(year, 1, 1)), summer, andrew})
    found |= {_substitute(date(year, 1, 1)), easter + timedelta(days=1), monday_from(date(year, 8, 25))}
    if country == IRELAND:
        found |= {_substitute(date(year, 3, 17)), _substitute(date(year, 7, 12))}
    return frozenset(found)


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher."""
    golden, century, of_century = year % 19, year // 100, year % 100
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def monday_from(day: date) -> date:
    """The day itself if it is a Monday, else the Monday after it."""
    return day + timedelta(days=(MONDAY - day.weekday()) % 7)


def _substitute(day: date) -> date:
    """The day itself, or the Monday after it where it falls on a weekend."""
    return day if day.weekday() < 5 else monday_from(day)


def _pair(first: date) -> tuple[date, date]:
    """Two holidays in a row, as Christmas. Where both would have one substitute, one of them takes the Tuesday."""
    second = first + timedelta(days=1)
    if first.weekday() == 5:
        return first + timedelta(days=2), first + timedelta(days=3)
    if first.weekday() == 6:
        return second, first + timedelta(days=2)
    return first, _substitute(second)
