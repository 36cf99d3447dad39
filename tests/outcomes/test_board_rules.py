"""What a board meeting has before it, and what may leave the office."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.outcomes import board_rules
from goldenthread.outcomes.board_rules import SMALL, Boundary

MARKS = st.lists(st.integers(0, 40), max_size=60)


def test_halves_count_with_the_mark_below_and_gaps_are_shown() -> None:
    assert board_rules.distribution([20, 21, 25], 20) == [(10, 2), (11, 0), (12, 1)]
    assert board_rules.distribution([], 20) == []


@pytest.mark.parametrize(("pass_mark", "first", "last"), [(12, 7, 17), (2, 0, 7), (19, 14, 20)])
def test_boundaries_stay_within_the_scheme(pass_mark: int, first: int, last: int) -> None:
    found = board_rules.boundaries([24, 23], pass_mark=pass_mark, maximum=20)
    assert (found[0].mark, found[-1].mark) == (first, last)


def test_a_boundary_says_how_many_more_or_fewer_reach_it() -> None:
    found = {one.mark: one for one in board_rules.boundaries([22, 23, 24, 30], pass_mark=12, maximum=20)}
    assert found[12] == Boundary(12, 2, 0)
    assert found[11] == Boundary(11, 4, 2)
    assert found[13] == Boundary(13, 1, -1)


@pytest.mark.parametrize(("count", "total", "text"), [
    (0, 9, "0"), (1, 20, "fewer than 5"), (4, 20, "fewer than 5"), (5, 20, "5"), (15, 20, "15"),
    (16, 20, "more than 15"),
    (19, 20, "more than 15"), (20, 20, "20"),
])  # fmt: skip
def test_no_count_tells_of_a_few(count: int, total: int, text: str) -> None:
    assert board_rules.count_text(count, total) == text


@given(st.lists(st.integers(0, 12), max_size=10))
def test_small_counts_are_hidden_and_cannot_be_worked_out(counts: list[int]) -> None:
    said = board_rules.suppressed(counts)
    hidden = [count for count, shown in zip(counts, said, strict=True) if shown is None]
    assert all(shown is None or shown == count for count, shown in zip(counts, said, strict=True))
    assert not [shown for shown in said if shown is not None and 0 < shown < SMALL]
    if hidden and any(shown for shown in said):
        assert len(hidden) > 1
        assert sum(hidden) >= SMALL


@given(MARKS, st.integers(1, 19))
def test_shared_boundaries_never_differ_by_a_few(half_marks: list[int], pass_mark: int) -> None:
    found = board_rules.boundaries(half_marks, pass_mark=pass_mark, maximum=20)
    shown = [n for _, n in board_rules.shared_boundaries(found, len(half_marks)) if n is not None]
    steps = [
        *(a - b for a, b in itertools.pairwise(shown)),
        *shown,
        *(len(half_marks) - n for n in shown),
    ]
    assert not [step for step in steps if 0 < step < SMALL]
