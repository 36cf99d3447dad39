"""What was entered for a script and counts for nothing, ready for the pages of moderators and of an appeal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goldenthread.marking.uncounted_queries import Uncounted

POSITIONS = {0: "Moderator", 1: "First marker", 2: "Second marker", 3: "Third marker"}
TEXTS = {
    "comment": "For moderation",
    "feedback": "A strength",
    "next_step": "A next step",
    "evidence": "Evidence",
}


@dataclass(frozen=True)
class Shown:
    """One of them: who it was, what became of it, the marks in a line, what was written, and notes at passages."""

    who: str
    became: str
    at: datetime
    marks: str
    said: list[tuple[str, str]]
    passages: list[tuple[str, str]]


def shown_uncounted(found: Iterable[Uncounted], *, named: bool) -> list[Shown]:
    """Each for a page; markers are `named` to the office alone, whose page the appeal is."""
    return [_shown(one, named=named) for one in found]


def _shown(one: Uncounted, *, named: bool) -> Shown:
    place = POSITIONS.get(one.position, "Re-mark")
    marks = ", ".join(f"{point}: {mark}" for point, mark in _in_order(one.marks))
    said = [(f"Point {point}", note) for point, note in _in_order(one.notes)]
    said += [(title, text) for name, title in TEXTS.items() if (text := getattr(one, name))]
    return Shown(
        f"{place}, {one.marker}" if named else place,
        one.became,
        one.at,
        f"{marks}; {one.total} in all" if marks else "",
        said,
        [(passage["quote"], passage["note"]) for passage in one.passages],
    )


def _in_order(by_point: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(by_point.items(), key=lambda row: int(row[0]))
