"""Levels by which a mark point is given for the whole response: a range of marks each, without gaps and overlaps.

An author writes one level in a line, "0-2 Emerging: names the problem and gives no reason". No Django.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from goldenthread.common.refused import Refused

MOST_LEVELS = 10
LONGEST_LEVELS = 4000  # characters, all levels of a point
_LINE = re.compile(r"([0-9]{1,3})(?:\s*[-–]\s*([0-9]{1,3}))?\s+([^:]{1,60}?)\s*:\s*(.+)")


@dataclass(frozen=True)
class Level:
    """One level: its name, the least and the most marks that it gives, and what a response on it is like."""

    name: str
    least: int
    most: int
    says: str

    @property
    def marks(self) -> str:
        """Its marks as people read them: "3 to 5", "6"."""
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


def read_levels(text: str) -> tuple[Level, ...]:
    """The levels that a text gives, the lowest first; a line that gives none is left out: `check_levels` names it."""
    found = [_level(line) for line in text.splitlines()]
    return tuple(sorted((level for level in found if level), key=lambda level: (level.least, level.most)))


def _level(line: str) -> Level | None:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    least, most, name, says = match.groups()
    return Level(name.strip(), int(least), int(most or least), says.strip())


def level_of(levels: Sequence[Level], mark: int) -> Level | None:
    """The level on which a mark lies; None where the point has no levels."""
    return next((level for level in levels if level.least <= mark <= level.most), None)


def check_levels(number: int, text: str, maximum: int) -> None:
    """Refuse levels that can't be read, or that don't give each mark from 0 to the point's maximum exactly once; a
    point without any is marked as ever.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return
    where = f"The levels of mark point {number}"
    for line in lines:
        if _level(line) is None:
            raise Refused(
                f"{where}: “{line[:60]}” is no level. Write one in a line, such as “0-2 Emerging: names the problem”.",
                code="levels.line",
            )
    levels = read_levels(text)
    _check_ranges(where, levels, maximum)
    names = [level.name.casefold() for level in levels]
    if len(set(names)) < len(names):
        raise Refused(f"{where} have a name twice: give each its own.", code="levels.name")
    if not 2 <= len(levels) <= MOST_LEVELS:
        raise Refused(f"{where}: give 2 to {MOST_LEVELS} of them.", code="levels.number")


def _check_ranges(where: str, levels: Sequence[Level], maximum: int) -> None:
    for level in levels:
        if level.most < level.least:
            raise Refused(f"{where}: {level.name} ends before it begins.", code="levels.reversed")
    if levels[0].least != 0:
        raise Refused(f"{where} begin at {levels[0].least}: the lowest has to begin at 0.", code="levels.gap")
    for below, above in pairwise(levels):
        if above.least <= below.most:
            raise Refused(
                f"{where} overlap: {above.least} is in {below.name} and in {above.name}.",
                code="levels.overlap",
            )
        if above.least > below.most + 1:
            raise Refused(
                f"{where} leave a gap: no level gives {below.most + 1}, between {below.name} and {above.name}.",
                code="levels.gap",
            )
    if levels[-1].most != maximum:
        raise Refused(
            f"{where} end at {levels[-1].most}, but the point gives up to {maximum}: let the highest end there.",
            code="levels.end",
        )
