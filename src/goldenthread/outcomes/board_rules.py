"""What a board meeting has before it: marks as counts, what other boundaries would do, and what may leave the office.

Our own design: no source says how results are looked at before they are released. Marks come in half marks.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from goldenthread.common.refused import Refused, refuse

SMALL = 5  # people: a smaller number is not said where it could tell of one of them
NEAR = 5  # marks on either side of the pass mark for which the effect of a boundary is shown
BAND = 5  # marks in a band of what is shared
LONGEST = 4000  # characters


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
    marks = range(max(0, pass_mark - NEAR), min(maximum, pass_mark + NEAR) + 1)
    return [Boundary(mark, reached := _reach(half_marks, mark), reached - now) for mark in marks]


def _reach(half_marks: Iterable[int], mark: int) -> int:
    return sum(half >= 2 * mark for half in half_marks)


# --- small numbers ---------------------------------------------------------------------------------------
def count_text(count: int, total: int) -> str:
    """A count among so many people, so that no number tells of one of them: "fewer than 5", "more than 15" of 20."""
    if 0 < count < SMALL:
        return f"fewer than {SMALL}"
    if 0 < total - count < SMALL:
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


def suppressed(counts: Sequence[int]) -> list[int | None]:
    """Counts that make up a known whole, with None for those that are too small to be said.

    Further ones are left out, the smallest first, until what is left out can't be worked out from the whole: at least
    two, of `SMALL` people together.
    """
    hidden = {place for place, count in enumerate(counts) if 0 < count < SMALL}
    if hidden:
        others = [place for place, count in enumerate(counts) if count and place not in hidden]
        for place in sorted(others, key=lambda place: (counts[place], place)):
            if len(hidden) > 1 and sum(counts[one] for one in hidden) >= SMALL:
                break
            hidden.add(place)
    return [None if place in hidden else count for place, count in enumerate(counts)]


def shared_bands(half_marks: Sequence[int], maximum: int) -> list[tuple[str, int | None]]:
    """The distribution as it may be shared: in bands of five marks, small numbers left out."""
    bands = [(low, min(low + BAND - 1, maximum)) for low in range(0, maximum + 1, BAND)]
    counts = [sum(low <= half // 2 <= high for half in half_marks) for low, high in bands]
    labels = [f"{low} to {high}" if high > low else str(low) for low, high in bands]
    return list(zip(labels, suppressed(counts), strict=True))


def shared_boundaries(found: Sequence[Boundary], total: int) -> list[tuple[int, int | None]]:
    """The effect of boundaries as it may be shared: None where the number, the rest, or the step from the last number
    that is said would tell of fewer than `SMALL` people.
    """
    said: list[tuple[int, int | None]] = []
    last: int | None = None
    for one in found:
        steps = [one.reached, total - one.reached, *([] if last is None else [last - one.reached])]
        fine = all(step == 0 or step >= SMALL for step in steps)
        said.append((one.mark, one.reached if fine else None))
        last = one.reached if fine else last
    return said


def check_can_share(total: int) -> None:
    """Nothing is shared of a window with very few scripts."""
    if total < SMALL:
        raise Refused(
            f"There are fewer than {SMALL} scripts here, so every figure would tell of one person. Nothing of this "
            "window is shared beyond the office.",
            code="board.too_few",
        )


# --- minutes ---------------------------------------------------------------------------------------------
def check_minutes(*, held_on: date, today: date, present: str, reasons: str) -> None:
    """Minutes say when, who was there and why. Refuses with every fault, each at its field."""
    faults = []
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
