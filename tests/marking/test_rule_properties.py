"""What holds for any marks: tolerance, third mark, final marks; and for any text: who wrote it is covered."""

import re
from unittest import mock

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.marking import agreement_rules, rules
from goldenthread.marking.rules import COVERED, Kind, Point, Scheme, Totals

MARK = st.integers(0, 60)
TOTALS = st.builds(Totals, MARK, MARK)
PASS = st.integers(0, 120)
TOLERANCE = st.integers(0, 30)
POINTS = st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 12)), min_size=1, max_size=8)


@given(TOTALS, TOTALS, TOLERANCE, PASS)
def test_markings_agree_exactly_when_near_and_on_one_side(
    first: Totals, second: Totals, tolerance: int, pass_mark: int
) -> None:
    verdict = agreement_rules.compare(first, second, tolerance=tolerance, pass_mark=pass_mark)
    near = abs(first.total - second.total) <= tolerance
    lower, higher = sorted((first.total, second.total))
    split = lower < pass_mark <= higher
    assert verdict.agreed == (near and not split)
    assert (verdict.half_marks is None) == (not verdict.agreed)


@given(TOTALS, TOTALS, TOLERANCE, PASS)
def test_order_of_markers_never_matters(first: Totals, second: Totals, tolerance: int, passes: int) -> None:
    one = agreement_rules.compare(first, second, tolerance=tolerance, pass_mark=passes)
    assert one == agreement_rules.compare(second, first, tolerance=tolerance, pass_mark=passes)


@given(TOTALS, TOTALS, PASS)
def test_agreed_marks_lie_between_the_two_kind_by_kind_and_keep_the_result(
    first: Totals, second: Totals, pass_mark: int
) -> None:
    verdict = agreement_rules.compare(first, second, tolerance=200, pass_mark=pass_mark)
    assume(verdict.half_marks is not None)
    agreed = verdict.half_marks
    assert agreed is not None
    for kind in ("learn_that", "learn_how_to"):
        low, high = sorted((getattr(first, kind), getattr(second, kind)))
        assert 2 * low <= getattr(agreed, kind) <= 2 * high
        assert getattr(agreed, kind) == low + high
    passed = agreed.total >= 2 * pass_mark
    assert passed == (first.total >= pass_mark) == (second.total >= pass_mark)


@given(TOTALS, TOTALS, TOLERANCE, PASS)
def test_wider_tolerance_never_turns_agreement_into_referral(
    first: Totals, second: Totals, tolerance: int, pass_mark: int
) -> None:
    if agreement_rules.compare(first, second, tolerance=tolerance, pass_mark=pass_mark).agreed:
        assert agreement_rules.compare(first, second, tolerance=tolerance + 1, pass_mark=pass_mark).agreed


@given(TOTALS)
def test_third_marks_stand_whole(given_marks: Totals) -> None:
    verdict = agreement_rules.third({3: given_marks}, pass_mark=12)
    assert verdict.agreed
    assert verdict.half_marks == Totals(2 * given_marks.learn_that, 2 * given_marks.learn_how_to)


@given(POINTS, st.data())
def test_totals_are_the_sum_of_the_points_and_never_above_their_maximum(
    points: list[tuple[Kind, int]], data: st.DataObject
) -> None:
    scheme = Scheme(tuple(Point(n, kind, most) for n, (kind, most) in enumerate(points, 1)), 1, 0)
    marks = {point.number: data.draw(st.integers(0, point.maximum)) for point in scheme.points}
    rules.check_marks(scheme, marks, complete=True)
    totals = rules.totals(scheme, marks)
    assert totals.total == sum(marks.values()) <= scheme.total
    assert totals.learn_that <= scheme.maximum(Kind.LEARN_THAT)
    assert totals.learn_how_to <= scheme.maximum(Kind.LEARN_HOW_TO)


@given(POINTS, st.data())
def test_one_point_too_many_or_missing_is_always_refused(
    points: list[tuple[Kind, int]], data: st.DataObject
) -> None:
    scheme = Scheme(tuple(Point(n, kind, most) for n, (kind, most) in enumerate(points, 1)), 1, 0)
    marks: dict[int, int | None] = {point.number: point.maximum for point in scheme.points}
    spoilt = data.draw(st.sampled_from(scheme.points))
    for wrong in (spoilt.maximum + 1, -1, None):
        with pytest.raises(Refused) as refused:
            rules.check_marks(scheme, {**marks, spoilt.number: wrong}, complete=True)
        assert refused.value.field == f"point_{spoilt.number}"


# --- nobody learns who wrote it ----------------------------------------------------------------------
WORD = st.text(st.sampled_from("abcdefgh"), min_size=2, max_size=6).map(str.title)
NAME = st.lists(WORD, min_size=2, max_size=3).map(" ".join)
REST = st.text(st.characters(exclude_characters="abcdefghABCDEFGH", exclude_categories=["Cs"]), max_size=60)
SPACE = st.sampled_from([" ", "  ", "\n", "\u00a0", "\t"])


@given(NAME, SPACE, st.booleans(), st.booleans())
@example("Amara Applicant", "\n", True, False)
def test_name_is_covered_however_it_is_written(name: str, space: str, loud: bool, turned: bool) -> None:
    words = name.split()
    shown = [f"{words[-1]},", *words[:-1]] if turned else words
    written = space.join(shown).upper() if loud else space.join(shown)
    text, places = rules.covered(f"1. {written}'s response (by {written}).", [name])
    assert (text, places) == (f"1. {COVERED}'s response (by {COVERED}).", 2)


@given(st.lists(REST, min_size=1, max_size=4), NAME, st.lists(WORD, max_size=2))
def test_covering_leaves_the_rest_as_it_is(rest: list[str], name: str, single: list[str]) -> None:
    shown, places = rules.covered(f" {name} ".join(rest), [name, *single])
    assert (shown, places) == (f" {COVERED} ".join(rest), len(rest) - 1)


LETTER = st.sampled_from("isk\u0130\u0131\u017f\u212aISK \u00e9\u00df")
LETTERS = st.text(LETTER, max_size=12)


@given(LETTERS, st.lists(st.text(LETTER, min_size=1, max_size=4), min_size=2, max_size=3).map(" ".join))
@example("S\u0131k ki\u017f", "sik kis")
def test_a_text_that_is_not_searched_names_nobody(text: str, name: str) -> None:
    """Signs that an expression takes for i, s or k where case doesn't count, and others."""
    found = rules.covered(text, [name])
    with mock.patch.object(rules, "_may_stand", return_value=True):
        assert rules.covered(text, [name]) == found


def test_no_other_sign_passes_for_a_letter_of_ascii() -> None:
    signs = "".join(map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x20000))))
    assert set(re.findall("[a-z]", signs, re.IGNORECASE)) == set(map(chr, rules._LIKE_ASCII))


def test_covered_are_addresses_and_schools_but_no_single_words() -> None:
    identity = ["Hope Price", "Hope", "hope@school.example.org", "Hillside Primary School"]
    text = "I hope the price is right. Hope Price, HOPE@school.example.org, Hillside  Primary School."
    shown, places = rules.covered(text, identity)
    assert shown == f"I hope the price is right. {COVERED}, {COVERED}, {COVERED}."
    assert places == 3
    assert rules.covered("Hope Prices rose; Hopeless Price.", identity)[1] == 0


@pytest.mark.parametrize(
    "written", ["Ana Strau\u00df", "ana STRAUSS", "Strau\u00df,  Ana", "Strauss, Ana", "ANA STRAU\u1e9e"]
)
def test_a_letter_that_may_be_written_as_two_is_covered_both_ways(written: str) -> None:
    assert rules.covered(f"I, {written}, wrote this.", ["Ana Strau\u00df"]) == (
        f"I, {COVERED}, wrote this.",
        1,
    )


def test_what_the_case_itself_names_stays() -> None:
    text = "At Hillside School I would begin with reading. Amara Yusuf"
    shown, _ = rules.covered(
        text, ["Hillside School", "Amara Yusuf"], known="# Hillside\n\nhillside  school has"
    )
    assert shown == f"At Hillside School I would begin with reading. {COVERED}"
