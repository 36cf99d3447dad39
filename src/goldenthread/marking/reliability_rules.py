"""How reliably somebody marks: agreement with others, quadratic-weighted kappa, severity. Exact fractions, no Django.

A pair is (own total, the other's total) of one script, in any one unit; differences are in that unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Pair = tuple[int, int]
FEW = 20  # below so many scripts, figures say little of a person and much of chance
ENOUGH = 5  # comparisons that a marker is shown at a time before the release: of fewer a mark could be read


FEW_SEEDS = 2  # seeds from which on the office is told of a marker who is far off, as a stop asks for


@dataclass(frozen=True)
class Reliability:
    """What pairs of marks come to. Shares are of `scripts`; all is None where there is nothing to compare.

    `kappa` is None too where every mark of both is the same one: there is no disagreement by chance to compare with.
    """

    scripts: int
    exact: Fraction | None = None
    adjacent: Fraction | None = None
    kappa: Fraction | None = None
    severity: Fraction | None = None

    @property
    def few(self) -> bool:
        return self.scripts < FEW


def far_off(found: Reliability, *, tolerance: int, least: int) -> bool:
    """Whether somebody should look at how a marker marks (our own rule): of at least so many scripts, on average
    further away than the tolerance, in the unit of the pairs; or, of `ENOUGH`, fewer than half at most one mark apart.
    """
    if found.severity is None or found.adjacent is None or found.scripts < least:
        return False
    return abs(found.severity) > tolerance or (found.scripts >= ENOUGH and found.adjacent < Fraction(1, 2))


def unrevealing(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """Of pairs in the order in which they came to be the first whole fives (`ENOUGH`): what a marker may see before
    results are released. The mean of one pair, and what a mean changes by with one more, would tell a colleague's mark.
    """
    return pairs[: len(pairs) - len(pairs) % ENOUGH]


def share_within(pairs: Sequence[Pair], distance: int) -> Fraction | None:
    """The share of pairs that are at most `distance` apart; None of none."""
    if not pairs:
        return None
    return Fraction(sum(abs(one - other) <= distance for one, other in pairs), len(pairs))


def severity(pairs: Sequence[Pair]) -> Fraction | None:
    """The mean of own minus other: above nothing is lenient, below it severe; None of none."""
    return Fraction(sum(one - other for one, other in pairs), len(pairs)) if pairs else None


def kappa(pairs: Sequence[Pair]) -> Fraction | None:
    """Cohen's kappa with quadratic weights: 1 is full agreement, 0 what chance brings, below it less than that.

    The observed mean of the squared differences stands against the one to be expected if the marks of either side were
    paired by lot. None of no pairs, and where that expectation is nothing since all marks are one and the same.
    """
    if not pairs:
        return None
    count = len(pairs)
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    observed = Fraction(sum((one - other) ** 2 for one, other in pairs), count)
    squares = Fraction(sum(one * one for one in ones) + sum(other * other for other in others), count)
    expected = squares - 2 * Fraction(sum(ones), count) * Fraction(sum(others), count)
    return 1 - observed / expected if expected else None


def reliability(pairs: Sequence[Pair], *, unit: int = 1) -> Reliability:
    """All figures of pairs of totals; adjacent is a difference of at most one mark, which is `unit` of what they are
    in.
    """
    return Reliability(
        len(pairs), share_within(pairs, 0), share_within(pairs, unit), kappa(pairs), severity(pairs)
    )
