"""What a board meeting has before it: marks as counts, what other boundaries would do, and what may leave the office.

Our own design: no source says how results are looked at before they are released. Marks come in half marks.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused, refuse

SMALL = 5  # people: a smaller number is not said where it could tell of one of them
NEAR = 5  # marks on either side of the pass mark for which the effect of a boundary is shown
BAND = 5  # marks in a band of what is shared
LONGEST = 4000  # characters
NOT_SAID = "not said"


@dataclass(frozen=True)
class Boundary:
    """A mark near the pass mark: how many reach it, and how many more or fewer that is than now."""

    mark: int
    reached: int
    change: int


def distribution(half_marks: Iterable[int], maximum: int) -> list[tuple[int, int]]:
    """How many scripts have each mark, from the lowest that anybody has; halves count with the mark below."""
    counts = Counter(half // 2 for half in half_marks)
    if not counts:
        return []
    return [(mark, counts[mark]) for mark in range(min(counts), min(max(counts), maximum) + 1)]


def boundaries(half_marks: Sequence[int], *, pass_mark: int, maximum: int) -> list[Boundary]:
    """How many would pass at each mark near the pass mark."""
    now = _reach(half_marks, pass_mark)
    marks = _near(pass_mark, maximum)
    return [Boundary(mark, reached := _reach(half_marks, mark), reached - now) for mark in marks]


def _near(pass_mark: int, maximum: int) -> range:
    return range(max(0, pass_mark - NEAR), min(maximum, pass_mark + NEAR) + 1)


def _reach(half_marks: Iterable[int], mark: int) -> int:
    return sum(half >= 2 * mark for half in half_marks)


# --- small numbers ---------------------------------------------------------------------------------------
def is_small(count: int) -> bool:
    """Whether a count would tell of one person: it is neither nobody nor `SMALL` people."""
    return 0 < count < SMALL


def hidden(count: int, total: int) -> bool:
    """Whether a count among `total` people can't be said even by a bound: one side is small, and with so few people a
    bound would leave fewer than `SMALL` - 1 counts that it may be.
    """
    return total < 2 * SMALL - 1 and (is_small(count) or is_small(total - count))


def count_text(count: int, total: int) -> str:
    """A count among so many people, so that no number tells of one of them: "fewer than 5", "more than 15" of 20, and
    "not said" where a bound would tell too (`hidden`).
    """
    if hidden(count, total):
        return NOT_SAID
    if is_small(count):
        return f"fewer than {SMALL}"
    if is_small(total - count):
        return f"more than {total - SMALL}"
    return str(count)


def can_say_passed(people: Sequence[tuple[bool, bool]]) -> bool:
    """Whether it may be said before the release how many pass; `people` says of each whether the pass mark is reached,
    and whether engagement suffices.

    Marks are known by code and engagement by name. The number that passes ties the two together: beside the number that
    reaches the pass mark it gives how many fail by engagement alone, and from that every other combination of the two.
    So each combination has nobody, or `SMALL` people; where everybody's engagement suffices, there is nothing to tell.
    """
    if all(engaged for _, engaged in people):
        return True
    return all(count >= SMALL for count in Counter(people).values())


def said_marks(half_marks: Sequence[int], *, pass_mark: int, maximum: int) -> list[int]:
    """The marks of which it may be said how many reach them: between any two of them, and beyond the outermost, is
    nobody, or `SMALL` people.

    Everything that is shared is a difference of two of these numbers. So whatever is subtracted from whatever, bands
    from boundaries, both from the whole, none comes to a few. The pass mark comes first, then the edges of bands, then
    further boundaries, the nearest first.
    """
    edges = range(0, maximum + 1, BAND)
    near = sorted(_near(pass_mark, maximum), key=lambda mark: (abs(mark - pass_mark), mark))
    said = [0, maximum + 1]
    for mark in dict.fromkeys((pass_mark, *edges, *near)):
        tried = sorted({*said, mark})
        steps = (_reach(half_marks, a) - _reach(half_marks, b) for a, b in itertools.pairwise(tried))
        if not any(0 < step < SMALL for step in steps):
            said = tried
    return said


def shared_bands(
    half_marks: Sequence[int], said: Collection[int], maximum: int
) -> list[tuple[str, int | None]]:
    """The distribution as it may be shared, in bands of five marks: None where an edge is none of the `said_marks`."""
    rows: list[tuple[str, int | None]] = []
    for low in range(0, maximum + 1, BAND):
        over = min(low + BAND, maximum + 1)
        label = f"{low} to {over - 1}" if over - 1 > low else str(low)
        known = low in said and over in said
        rows.append((label, _reach(half_marks, low) - _reach(half_marks, over) if known else None))
    return rows


def shared_boundaries(found: Iterable[Boundary], said: Collection[int]) -> list[tuple[int, int | None]]:
    """The effect of boundaries as it may be shared: None where the mark is none of the `said_marks`."""
    return [(one.mark, one.reached if one.mark in said else None) for one in found]


def check_can_share(total: int) -> None:
    """Nothing is shared of a window with very few scripts."""
    if total < SMALL:
        raise Refused(
            f"There are fewer than {SMALL} scripts here, so every figure would tell of one person. Nothing of this "
            "window is shared beyond the office.",
            code="board.too_few",
        )


# --- minutes ---------------------------------------------------------------------------------------------
def check_minutes(*, held_on: date, opens_on: date, today: date, present: str, reasons: str) -> None:
    """Minutes say when, who was there and why. Refuses with every fault, each at its field: also a day to come, and one
    before the window opened, when there were no results to look at.
    """
    faults = []
    if held_on < opens_on:
        faults.append(
            Refused(
                f"This window opened on {day_text(opens_on)}, so a meeting about its results was later: check the day "
                "and the year.",
                code="board.day",
                field="held_on",
            )
        )
    if held_on > today:
        faults.append(Refused("Choose today or an earlier day.", code="board.day", field="held_on"))
    for field, text, what in (
        ("present", present, "who was there"),
        ("reasons", reasons, "what the decision rests on"),
    ):
        if not text.strip():
            faults.append(Refused(f"Say {what}.", code=f"board.{field}", field=field))
        elif len(text) > LONGEST:
            faults.append(
                Refused(f"Shorten this to {LONGEST:,} characters.", code="board.too_long", field=field)
            )
    refuse(faults)


def check_board(decision: str) -> None:
    """Results that a board decided should wait are not released before a further meeting says so."""
    if decision == "wait":
        raise Refused(
            "The last meeting of the board decided that these results wait. Record the meeting that lets them go, then "
            "release.",
            code="outcomes.board",
        )
