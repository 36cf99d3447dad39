"""A TOML table that is read key by key: what is wrong is collected, and what nobody asked for is reported."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.sourced import Sourced, SourcedValue, State

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LONGEST_TEXT = 2_000
LONGEST_LIST = 200
# What the codes of awards begin with: `awards.rules` reads it back out of what somebody types.
PROGRAMME_CODE = "[A-Z]{2,10}"
PROGRAMME_CODE_TEXT = "must be 2 to 10 capital letters from A to Z: the codes of its awards begin with it"
KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
SOURCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*):\S.{0,60}\Z")


class Table:
    """One table of a file. A reader that finds a problem gives a harmless value, so that reading goes on."""

    def __init__(
        self, data: Mapping[str, Any], path: str, problems: Problems, documents: frozenset[str]
    ) -> None:
        self.data = data
        self.path = path
        self.problems = problems
        self.documents = documents
        self.known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def at(self, key: str) -> str:
        """The full path of a key of this table."""
        return f"{self.path}.{key}" if self.path else key

    def wrong(self, key: str, reason: str) -> None:
        """Note that the value of `key` can't be used."""
        self.problems.add(self.at(key), reason)

    def finish(self) -> None:
        """Report the keys that no reader asked for, with the likely meant one."""
        for key in self.data:
            if key not in self.known:
                near = get_close_matches(key, self.known - self.data.keys(), n=1)
                hint = f"; is “{near[0]}” meant?" if near else ""
                self.wrong(key, f"is not a key that belongs here{hint}")

    def _take(self, key: str, required: bool) -> Any:
        self.known.add(key)
        if key not in self.data and required:
            self.wrong(key, "is missing")
        return self.data.get(key)

    # --- single values -------------------------------------------------------------------------
    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        choices: tuple[str, ...] = (),
        at_most: int = LONGEST_TEXT,
    ) -> str:
        """A text of one line or more; required unless there is a default."""
        value = self._take(key, default is None)
        if value is None:
            return default or ""
        reason = _text_problem(value, at_most) or _choice_problem(value, choices)
        if reason:
            self.wrong(key, reason)
            return default or ""
        return str(value).strip()

    def key_text(self, key: str, *, at_most: int = 40) -> str:
        """A required name for machines: lower-case letters, digits and hyphens."""
        value = self.text(key, at_most=at_most)
        if value and not KEY.match(value):
            self.wrong(key, "must be lower-case letters and digits, joined by hyphens")
        return value

    def one_of(self, key: str, kinds: type[E], default: E | None = None) -> E:
        """One of the words that `kinds` lists."""
        choices = tuple(kind.value for kind in kinds)
        value = self.text(key, default.value if default else None, choices=choices)
        return kinds(value) if value in choices else next(iter(kinds))

    def number(self, key: str, default: int | None = None, *, at_least: int = 0, at_most: int = 1_000) -> int:
        """A whole number within bounds; required unless there is a default."""
        found = self.maybe_number(key, at_least=at_least, at_most=at_most)
        if key not in self.data and default is None:
            self.wrong(key, "is missing")
        return found if found is not None else (default if default is not None else at_least)

    def maybe_number(self, key: str, *, at_least: int = 0, at_most: int = 1_000) -> int | None:
        """A whole number within bounds, or None when the key isn't there."""
        value = self._take(key, required=False)
        if value is None:
            return None
        try:
            return whole(at_least, at_most)(value)
        except ValueError as no:
            self.wrong(key, str(no))
            return None

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self._take(key, required=False)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.wrong(key, "must be true or false")
        return default

    def maybe_day(self, key: str) -> date | None:
        """A calendar day, or None when the key isn't there."""
        value = self._take(key, required=False)
        if value is None:
            return None
        try:
            return day(value)
        except ValueError as no:
            self.wrong(key, str(no))
            return None

    # --- lists and tables ----------------------------------------------------------------------
    def items(self, key: str, *, required: bool = False) -> list[Any]:
        """A list as it stands, [] when it isn't there."""
        value = self._take(key, required)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            self.wrong(key, f"must be a list of at most {LONGEST_LIST}")
            return []
        return value

    def some_texts(self, key: str, *, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A required list of texts with one in it at least."""
        if self.data.get(key) == []:
            self.wrong(key, "is empty")
        return self.texts(key, required=True, choices=choices)

    def texts(self, key: str, *, required: bool = False, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts, each of them once."""
        found: list[str] = []
        for place, value in enumerate(self.items(key, required=required), start=1):
            reason = _text_problem(value) or _choice_problem(value, choices)
            if not reason and value.strip() in found:
                reason = "stands there twice"
            if reason:
                self.wrong(f"{key}[{place}]", reason)
            else:
                found.append(value.strip())
        return tuple(found)

    def sources(self, key: str = "source", *, required: bool = False) -> tuple[str, ...]:
        """Where something can be read: one "document:line", or a list of them."""
        value = self._take(key, required)
        found = [] if value is None else value if isinstance(value, list) else [value]
        good: list[str] = []
        for source in found:
            reason = self._source_problem(source)
            if reason:
                self.wrong(key, reason)
            else:
                good.append(source)
        return tuple(good)

    def _source_problem(self, source: Any) -> str:
        match = SOURCE.match(source) if isinstance(source, str) else None
        if not match:
            return f'{source!r} must name a document and a place in it, such as "000:68"'
        if match[1] not in self.documents:
            return f"“{source}” names the document {match[1]}, which no [documents] table describes"
        return ""

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of an array of tables, each named by its own key in what is reported."""
        for place, value in enumerate(self.items(key), start=1):
            if not isinstance(value, dict):
                self.wrong(f"{key}[{place}]", "must be a table")
                continue
            name = next((value[k] for k in ("key", "id", "code", "number", "title") if k in value), place)
            name = name if isinstance(name, str | int) else place
            yield Table(value, self.at(f"{key}[{str(name)[:40]}]"), self.problems, self.documents)

    def table(self, key: str) -> "Table | None":
        """A table within this one, or None when it isn't there."""
        value = self._take(key, required=False)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, "must be a table")
            return None
        return Table(value, self.at(key), self.problems, self.documents)

    # --- sourced values ------------------------------------------------------------------------
    def sourced(
        self, key: str, unit: str, convert: Callable[[Any], T], *, required: bool = False
    ) -> Sourced[T]:
        """One value or several, each with source and state; "unknown" for short when nothing is stated."""
        raw = self._take(key, required)
        if raw is None:
            return Sourced(self.at(key), unit)
        found = raw if isinstance(raw, list) else [raw]
        values = tuple(self._sourced_value(key, unit, convert, item, len(found) > 1) for item in found)
        sourced = Sourced(self.at(key), unit, values)
        self._check_states(key, sourced)
        return sourced

    def _sourced_value(
        self, key: str, unit: str, convert: Callable[[Any], T], item: Any, one_of_several: bool
    ) -> SourcedValue[T]:
        unknown: SourcedValue[T] = SourcedValue(None, unit, (), State.UNKNOWN)
        if item == "unknown":
            return unknown
        if not isinstance(item, dict):
            self.wrong(key, 'must be "unknown" or { value = ..., source = ... }')
            return unknown
        table = Table(item, self.at(key), self.problems, self.documents)
        if one_of_several and "state" not in item:
            table.wrong("state", "is missing: where several values stand, each says what it counts for")
        state = table.one_of("state", State, State.IN_FORCE)
        value = table._value(convert, wanted=state is not State.UNKNOWN)
        result = SourcedValue(
            value=value,
            unit=unit,
            source=table.sources(required=state is not State.UNKNOWN),
            state=state,
            derived=table.flag("derived"),
            note=table.text("note", ""),
            conflict=table.text("conflict", ""),
        )
        table.finish()
        return result

    def _value(self, convert: Callable[[Any], T], *, wanted: bool) -> T | None:
        value = self._take("value", wanted)
        if value is None:
            return None
        if not wanted:
            self.wrong("value", "must not stand beside the state “unknown”")
            return None
        try:
            return convert(value)
        except ValueError as no:
            self.wrong("value", str(no))
            return None

    def _check_states(self, key: str, sourced: Sourced[Any]) -> None:
        states = [value.state for value in sourced.values]
        if not states:
            self.wrong(key, "holds no value")
        if states.count(State.IN_FORCE) > 1:
            self.wrong(key, "has more than one value in force")
        if State.UNKNOWN in states and sourced.candidates:
            self.wrong(key, "can't be unknown and have a value")
        if states == [State.ALTERNATIVE]:
            self.wrong(key, "has one alternative only: an alternative to what?")


def _text_problem(value: Any, at_most: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        return "must be a text in quotation marks"
    if not value.strip():
        return "must not be empty"
    if len(value.strip()) > at_most:
        return f"is longer than {at_most:,} characters"
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in value):
        return "holds a control character"
    return ""


def _choice_problem(value: Any, choices: tuple[str, ...]) -> str:
    if not choices or value in choices:
        return ""
    return f"“{str(value)[:60]}” is not one of: {', '.join(choices)}"


# --- what a value may be: each takes what TOML gave and raises ValueError with the reason ---------
def whole(at_least: int, at_most: int) -> Callable[[Any], int]:
    """A whole number from `at_least` to `at_most`."""

    def convert(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("must be a whole number")
        if value < at_least and at_least == 0:
            raise ValueError("must not be negative")
        if not at_least <= value <= at_most:
            raise ValueError(f"must be from {at_least} to {at_most}")
        return value

    return convert


def minutes(value: Any) -> int:
    """Hours as minutes: 18 → 1080, 1.5 → 90."""
    return _parts(value, 60, 10_000, "hours", "minutes")


def pence(value: Any) -> int:
    """Pounds as pence: 1250 → 125000, 99.5 → 9950."""
    return _parts(value, 100, 1_000_000, "pounds", "pence")


def _parts(value: Any, parts: int, at_most: int, unit: str, part: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number of {unit}")
    if value < 0:
        raise ValueError("must not be negative")
    if not value <= at_most:
        raise ValueError(f"must be at most {at_most:,} {unit}")
    exact = Fraction(str(value)) * parts
    if exact.denominator != 1:
        raise ValueError(f"must come to whole {part}")
    return int(exact)


def month_range(value: Any) -> tuple[int, int]:
    """Two whole months, the earlier first: [12, 15]."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be two months, such as [12, 15]")
    first, last = (whole(0, 240)(month) for month in value)
    if first >= last:
        raise ValueError(f"is reversed: month {first} does not come before month {last}")
    return first, last


def day(value: Any) -> date:
    """A calendar day, such as 2021-09-01."""
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must be a day of the calendar, such as 2021-09-01") from None
    if not 1990 <= found.year <= 2200:
        raise ValueError("must be a day between 1990 and 2200")
    return found
