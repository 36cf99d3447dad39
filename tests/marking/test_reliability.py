"""Agreement, kappa and severity: against values worked out by hand, and against a naive second implementation."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.marking.reliability_rules import FEW, far_off, kappa, reliability, severity, share_within

Pairs = list[tuple[int, int]]


def naive_kappa(pairs: Pairs) -> float | None:
    """The textbook's way: a matrix of weights, one of observed and one of expected counts, over all categories."""
    if not pairs:
        return None
    lowest, highest = min(map(min, pairs)), max(map(max, pairs))
    if lowest == highest:
        return None
    categories = range(lowest, highest + 1)
    span = (highest - lowest) ** 2
    observed = Counter(pairs)
    rows, columns = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    weights = {(i, j): (i - j) ** 2 / span for i in categories for j in categories}
    seen = sum(weight * observed[cell] for cell, weight in weights.items())
    chance = sum(weight * rows[i] * columns[j] / len(pairs) for (i, j), weight in weights.items())
    return None if chance == 0 else 1 - seen / chance


# Four scripts: (3,3) (2,1) (1,1) (2,3). Squares of differences 0 1 0 1: 2/4 observed. By chance, all 16 pairings of
# 3 2 1 2 with 3 1 1 3: (0 4 4 0) + (1 1 1 1) + (4 0 0 4) + (1 1 1 1) = 24/16. Kappa 1 - (1/2)/(3/2) = 2/3.
BY_HAND: Pairs = [(3, 3), (2, 1), (1, 1), (2, 3)]


def test_kappa_as_worked_out_by_hand() -> None:
    assert kappa(BY_HAND) == Fraction(2, 3)
    assert naive_kappa(BY_HAND) == pytest.approx(2 / 3)


def test_agreement_and_severity_as_worked_out_by_hand() -> None:
    found = reliability([(15, 14), (12, 12), (9, 12), (10, 9)])
    assert (found.exact, found.adjacent, found.severity) == (
        Fraction(1, 4),
        Fraction(3, 4),
        Fraction(-1, 4),
    )
    assert (found.scripts, found.few) == (4, True)


def test_always_two_marks_higher_is_severity_of_two_and_no_agreement() -> None:
    pairs = [(n + 2, n) for n in range(5, 15)]
    assert (severity(pairs), share_within(pairs, 1)) == (2, 0)
    # The marks of either side vary by 8.25 and their means are 2 apart: 1 - 4 / (8.25 + 8.25 + 4).
    assert kappa(pairs) == Fraction(33, 41)
    assert naive_kappa(pairs) == pytest.approx(float(kappa(pairs) or 0))


def test_marks_turned_round_are_worse_than_chance() -> None:
    assert kappa([(1, 3), (2, 2), (3, 1)]) == -1


def test_full_agreement_on_several_marks_is_one() -> None:
    assert kappa([(1, 1), (2, 2), (5, 5)]) == 1


@pytest.mark.parametrize(("pairs", "least", "told"), [
    ([(5, 9), (6, 9)], 2, True),  # 3.5 lower at two seeds
    ([(5, 9)], 2, False),  # one tells nothing
    ([(7, 9), (7, 9)], 2, False),  # as far as a seed may be
    ([(12, 9), (12, 9)], 2, True),
    ([(6, 9), (12, 9)] * 2, 2, False),  # of four, both ways
    ([(6, 9), (12, 9)] * 3, 2, True),  # of six, none within a mark
    ([], 2, False),
])  # fmt: skip
def test_whoever_is_far_off_on_average_or_mostly_is_worth_a_look(
    pairs: Pairs, least: int, told: bool
) -> None:
    assert far_off(reliability(pairs), tolerance=2, least=least) is told


def test_one_mark_for_everything_has_no_kappa_but_full_agreement() -> None:
    found = reliability([(12, 12)] * 5)
    assert (found.kappa, found.exact, found.severity) == (None, 1, 0)


def test_one_side_that_gives_the_same_always_agrees_as_chance_would() -> None:
    assert kappa([(12, 10), (12, 12), (12, 14)]) == 0


def test_nothing_to_compare() -> None:
    found = reliability([])
    assert (found.scripts, found.exact, found.adjacent, found.kappa, found.severity) == (
        0,
        None,
        None,
        None,
        None,
    )


def test_half_marks_are_adjacent_within_one_mark() -> None:
    assert reliability([(30, 28), (30, 27)], unit=2).adjacent == Fraction(1, 2)


def test_few_is_below_twenty() -> None:
    assert reliability([(1, 1)] * (FEW - 1)).few
    assert not reliability([(1, 1)] * FEW).few


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=60))
def test_kappa_is_what_the_naive_way_gives(pairs: Pairs) -> None:
    mine, theirs = kappa(pairs), naive_kappa(pairs)
    assert (mine is None) == (theirs is None)
    if mine is not None and theirs is not None:
        assert float(mine) == pytest.approx(theirs)
        assert mine <= 1
        assert kappa([(b, a) for a, b in pairs]) == mine
