"""What the markings of one script come to: when two agree, what then stands, and what stands after a third.

How marks are put together is data of the window's policy; that two markings of which one passes never agree is not. A
result is the mean of two whole marks or one marking as it is, so that halves are exact and nothing is ever rounded; and
the two of which a mean is taken are always on the same side of the pass mark, so that the mean is on it too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from goldenthread.marking.rules import Totals


class Pair(StrEnum):
    """What stands where two markings agree."""

    MEAN = "mean"
    HIGHER = "higher"


class Third(StrEnum):
    """What stands once a third marking is in."""

    ALONE = "alone"
    CLOSEST = "closest"
    MEDIAN = "median"


PAIR_TEXTS = {
    Pair.MEAN: "their mean stands, in half marks",
    Pair.HIGHER: "the higher of the two stands",
}
THIRD_TEXTS = {
    Third.ALONE: "the third marker's marks stand",
    Third.CLOSEST: "the mean of the closest two on the same side of the pass mark stands",
    Third.MEDIAN: "the marking in the middle of the three stands",
}
WITHIN = "within tolerance"
ONLY = "one marking"
_THIRD_METHODS = {
    Third.ALONE: "third mark",
    Third.CLOSEST: "closest two of three",
    Third.MEDIAN: "middle of three",
}
BY_THIRD = frozenset(_THIRD_METHODS.values())  # the methods of agreements that took a third marking


@dataclass(frozen=True)
class Verdict:
    """What markings come to: agreed with half marks by kind and the positions of the markings that these are the mean
    of, or referred with the reason.
    """

    agreed: bool
    method: str
    half_marks: Totals | None = None
    standing: tuple[int, ...] = ()


Given = Mapping[int, Totals]  # by position


def compare(
    first: Totals, second: Totals, *, tolerance: int, pass_mark: int, pair: Pair = Pair.MEAN
) -> Verdict:
    """Two markings agree when their totals differ by at most `tolerance` and both pass or both fail; else the script
    goes to a third marker.

    Then the mean stands, kind by kind; or, where the policy says so, the one with the higher total as it is. Of two
    with the same total the mean stands in any case: it is the same total.
    """
    if abs(first.total - second.total) > tolerance:
        return Verdict(False, "further apart than the tolerance")
    if (first.total >= pass_mark) != (second.total >= pass_mark):
        return Verdict(False, "either side of the pass mark")
    given = {1: first, 2: second}
    if pair is Pair.HIGHER and first.total != second.total:
        return _agreed("higher of two", given, [max(given, key=lambda one: given[one].total)])
    return _agreed(WITHIN, given, given)


def third(given: Given, *, pass_mark: int, way: Third = Third.ALONE) -> Verdict:
    """What three markings come to; every such script is moderated (our own rule).

    The third alone, whatever the first two gave, also where one of these is missing; or the closest two; or the one in
    the middle. Where the mean of two is to stand, they say the same about the pass mark, as of three at least two do.
    """
    if way is Third.CLOSEST and len(given) == 3:
        return _agreed(_THIRD_METHODS[way], given, _closest(given, pass_mark))
    if way is Third.MEDIAN and len(given) == 3:
        return _agreed(_THIRD_METHODS[way], given, _middle(given))
    return _agreed(_THIRD_METHODS[Third.ALONE], given, [3])


def _closest(given: Given, pass_mark: int) -> tuple[int, int]:
    """The two with the smallest difference, of two equal ones the pair that gives more; of the many, not of the one
    that is alone on its side of the pass mark.
    """
    passes = {one for one, marks in given.items() if marks.total >= pass_mark}
    many = passes if len(passes) > 1 else set(given) - passes

    def order(pair: tuple[int, int]) -> tuple[int, int, int]:
        one, other = given[pair[0]].total, given[pair[1]].total
        return abs(one - other), -one - other, -pair[1]

    return min(combinations(sorted(many), 2), key=order)


def _middle(given: Given) -> list[int]:
    """The marking whose total is in the middle; of two with that total both, of three the third."""
    middle = sorted(marks.total for marks in given.values())[1]
    found = [one for one, marks in sorted(given.items()) if marks.total == middle]
    return found if len(found) < 3 else [3]


def only(marks: Totals) -> Verdict:
    """Where the lot gave a script one marker, that marking stands; moderation has what is near the pass mark or
    below.
    """
    return _agreed(ONLY, {1: marks}, [1])


def _agreed(method: str, given: Given, standing: Iterable[int]) -> Verdict:
    """With the mean of one or two markings in half marks: twice the one, or the sum of both."""
    places = tuple(sorted(standing))
    times = 2 // len(places)
    half = Totals(
        times * sum(given[one].learn_that for one in places),
        times * sum(given[one].learn_how_to for one in places),
    )
    return Verdict(True, method, half, places)


# --- as an agreement keeps it, and point by point ------------------------------------------------------
def standing_text(standing: Iterable[int]) -> str:
    """The positions of the markings that stand, as an agreement keeps them: "1,2"."""
    return ",".join(map(str, standing))


def standing_in(kept: str | None, positions: Iterable[int]) -> tuple[int, ...]:
    """The positions that stand of those that are there: as they were kept, or for an agreement of before they were
    (""), the third, the first two, or the only one.
    """
    if kept:
        return tuple(int(one) for one in kept.split(","))
    there = set(positions)
    return (3,) if 3 in there else (1,) if there == {1} else (1, 2)


def half_marks_by_point(markings: Mapping[int, Mapping[int, int]], kept: str | None = "") -> dict[int, int]:
    """Half marks by point from markings by position, of those that stand: twice the one, or the sum of the two."""
    stand = [markings.get(one, {}) for one in standing_in(kept, markings)]
    points = sorted({point for marks in stand for point in marks})
    return {point: 2 // len(stand) * sum(marks.get(point, 0) for marks in stand) for point in points}
