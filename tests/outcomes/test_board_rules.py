"""What a board meeting has before it, and what may leave the office."""

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
    (5, 6, "not said"), (1, 8, "not said"), (7, 8, "not said"), (0, 6, "0"), (6, 6, "6"), (5, 9, "more than 4"),
])  # fmt: skip
def test_no_count_tells_of_a_few(count: int, total: int, text: str) -> None:
    assert board_rules.count_text(count, total) == text


@pytest.mark.parametrize("total", range(5, 40))
def test_every_text_of_a_small_side_may_mean_four_counts(total: int) -> None:
    meant: dict[str, list[int]] = {}
    for count in range(total + 1):
        meant.setdefault(board_rules.count_text(count, total), []).append(count)
    for text, counts in meant.items():
        assert len(counts) >= board_rules.SMALL - 1 or [str(one) for one in counts] == [text]


def people(passing: int, short: int, failing: int, both: int) -> list[tuple[bool, bool]]:
    """So many who pass, fail by engagement alone, by the case study alone, and by both."""
    groups = {(True, True): passing, (True, False): short, (False, True): failing, (False, False): both}
    return [group for group, count in groups.items() for _ in range(count)]


@pytest.mark.parametrize(("groups", "said"), [
    ((8, 1, 5, 0), False),  # 8 of 14 pass beside 9 that reach the pass mark
    ((8, 4, 5, 0), False),
    ((8, 5, 5, 0), True),
    ((4, 5, 5, 0), False),  # all but four of those who reach it
    ((0, 5, 9, 0), True),
    ((10, 0, 3, 1), False),  # whoever is short by name is the one of these four by code
    ((10, 0, 3, 5), False),
    ((10, 0, 6, 5), True),
    ((10, 0, 0, 5), True),
    ((10, 6, 5, 4), False),
    ((10, 6, 5, 7), True),
    ((9, 0, 1, 0), True),  # nobody is short
    ((1, 0, 0, 0), True),
    ((0, 0, 0, 0), True),
    ((0, 0, 0, 5), True),
    ((4, 1, 0, 0), False),
])  # fmt: skip
def test_how_many_pass_is_said_where_it_tells_of_no_few(groups: tuple[int, ...], said: bool) -> None:
    assert board_rules.can_say_passed(people(*groups)) is said


@given(st.tuples(*[st.integers(0, 11)] * 4))
def test_whoever_knows_marks_by_code_and_engagement_by_name_works_out_no_few(groups: tuple[int, ...]) -> None:
    """From the codes it is known how many reach the pass mark, by names how many are short. Whatever is not said could
    be several ways; what is said could be one, and leaves nobody in a group of few.
    """
    passing, short, _, both = groups
    reach, lacking, total = passing + short, short + both, sum(groups)
    ways = [
        (reach - one, one, total - reach - lacking + one, lacking - one)
        for one in range(max(0, lacking + reach - total), min(reach, lacking) + 1)
    ]
    hidden = [way for way in ways if not board_rules.can_say_passed(people(*way))]
    if groups in hidden and len(ways) > 1:
        assert len(hidden) > 1
    elif lacking and groups not in hidden:
        assert not any(0 < count < SMALL for count in groups)


def shared(half_marks: list[int], pass_mark: int, maximum: int = 20) -> list[tuple[int, int, int]]:
    """Everything that the file says, as (from mark, to below mark, number of scripts)."""
    said = board_rules.said_marks(half_marks, pass_mark=pass_mark, maximum=maximum)
    found = board_rules.boundaries(half_marks, pass_mark=pass_mark, maximum=maximum)
    bands = zip(range(0, maximum + 1, 5), board_rules.shared_bands(half_marks, said, maximum), strict=True)
    top = maximum + 1
    rows = [(low, min(low + 5, top), count) for low, (_, count) in bands]
    rows += [(mark, top, count) for mark, count in board_rules.shared_boundaries(found, said)]
    return [(0, top, len(half_marks)), *((a, b, count) for a, b, count in rows if count is not None)]


def worked_out(rows: list[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    """Every number of scripts between two marks that follows from these by adding and subtracting."""
    places: dict[int, dict[int, int]] = {}
    for low, high, count in rows:
        places.setdefault(low, {})[high] = -count
        places.setdefault(high, {})[low] = count
    found = {}
    for start in places:
        reached, ahead = {start: 0}, [start]
        while ahead:
            here = ahead.pop()
            for there, step in places[here].items():
                if there not in reached:
                    reached[there] = reached[here] + step
                    ahead.append(there)
        found |= {(start, end): -total for end, total in reached.items() if end > start}
    return found


@given(MARKS.filter(lambda marks: len(marks) >= SMALL), st.integers(1, 19))
def test_nothing_that_is_shared_tells_of_a_few_whatever_is_subtracted_from_it(
    half_marks: list[int], pass_mark: int
) -> None:
    rows = shared(half_marks, pass_mark)
    for (low, high), count in worked_out(rows).items():
        assert count == sum(2 * low <= half < 2 * high for half in half_marks)
        assert not 0 < count < SMALL


def test_a_band_and_a_boundary_never_tell_of_the_scripts_between_them() -> None:
    """20 scripts of 12 to 14 marks, one of them of 12, and 6 of 15 or more: the band 10 to 14 and the boundaries 13 and
    15 would give it away by subtraction.
    """
    half_marks = [24] + [26] * 9 + [28] * 10 + [32] * 6 + [10] * 7
    known = worked_out(shared(half_marks, 13))
    assert known[13, 21] == 25
    assert not {(12, 13), (10, 13)} & set(known)


def test_what_tells_of_nobody_is_shared_whole() -> None:
    half_marks = [mark for mark in (14, 20, 24, 26, 32, 38) for _ in range(6)]
    rows = shared(half_marks, 12)
    assert {(low, high) for low, high, _ in rows if high < 21} == {(0, 5), (5, 10), (10, 15), (15, 20)}
    assert (
        len([row for row in rows if row[1] == 21]) == 1 + 1 + 11
    )  # the whole, the last band, every boundary
