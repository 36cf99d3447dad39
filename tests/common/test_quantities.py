"""Minutes, pence, words and shares as people read them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common import quantities


def test_a_part_of_hours_reads_in_hours_and_minutes() -> None:
    assert quantities.of_hours(3740, 4440) == "62 h 20 min of 74 h"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(9, 10), "90 %"),
        (Fraction(8999, 10000), "89.99 %"),
        (Fraction(89_999, 100_000), "89.99 %"),
        (Fraction(3990, 4440), "89.86 %"),
        (Fraction(1), "100 %"),
        (Fraction(0), "0 %"),
        (Fraction(1, 3), "33.33 %"),
        (Fraction(9005, 10000), "90.05 %"),
    ],
)
def test_per_cent_is_rounded_down(share: Fraction, text: str) -> None:
    assert quantities.percent_text(share) == text


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, "0"), (1, "0.02"), (6, "0.1"), (59, "0.99"), (60, "1"), (61, "1.02"), (90, "1.5"), (600, "10")],
)
def test_missing_hours_are_rounded_up(minutes: int, hours: str) -> None:
    assert quantities.missing_hours(minutes) == hours


@given(st.integers(min_value=0, max_value=100_000))
def test_missing_hours_are_never_less_than_what_is_missing(minutes: int) -> None:
    shown = Fraction(quantities.missing_hours(minutes)) * 60
    assert minutes <= shown < minutes + 1


@given(st.fractions(min_value=0, max_value=1))
def test_a_share_below_ninety_per_cent_is_never_shown_as_ninety(share: Fraction) -> None:
    shown = quantities.percent_text(share)
    assert Fraction(shown.removesuffix(" %")) <= share * 100
    if share < Fraction(9, 10):
        assert shown != "90 %"


@pytest.mark.parametrize(
    ("minutes", "text", "decimal"),
    [
        (4440, "74 h", "74"),
        (3996, "66 h 36 min", "66.6"),
        (45, "45 min", "0.75"),
        (0, "0 h", "0"),
        (-90, "−1 h 30 min", "-1.5"),
    ],
)
def test_minutes_read_as_hours(minutes: int, text: str, decimal: str) -> None:
    assert quantities.hours_text(minutes) == text
    assert quantities.decimal_hours(minutes) == decimal


@pytest.mark.parametrize(
    ("pence", "text"), [(125000, "£1,250"), (845050, "£8,450.50"), (-5, "−£0.05"), (0, "£0")]
)
def test_pence_read_as_pounds(pence: int, text: str) -> None:
    assert quantities.money_text(pence) == text


def test_words_are_counted_in_words() -> None:
    assert (quantities.words_text(1), quantities.words_text(1501)) == ("1 word", "1,501 words")
