"""The decisions of moderation, without a database."""

import pytest

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.moderation import rules

MAXIMA = Totals(24, 16)
OWN = Totals(9, 6)


def test_unfinished_scripts_are_named() -> None:
    rules.check_finished([])
    with pytest.raises(
        Refused, match="2 scripts are not finished: K1 is not allocated; K2 needs a third marker"
    ):
        rules.check_finished(["K1 is not allocated", "K2 needs a third marker"])
    with pytest.raises(Refused, match="and 2 more"):
        rules.check_finished([f"K{n} waits" for n in range(7)])


def check(
    decision: str, *, own: Totals | None = OWN, marks: Totals | None = None, note: str = "", far: bool = False
) -> None:
    rules.check_decision(decision=decision, own=own, marks=marks, maxima=MAXIMA, note=note, far=far)


@pytest.mark.parametrize(("own", "agreed", "far"), [
    (Totals(9, 6), Totals(18, 12), False), (Totals(9, 6), Totals(16, 10), False), (Totals(9, 6), Totals(16, 9), True),
    (Totals(7, 5), Totals(14, 10), False), (Totals(7, 5), Totals(14, 9), True), (Totals(6, 5), Totals(14, 10), True),
])  # fmt: skip
def test_marks_are_far_apart_where_two_markers_would_not_have_agreed(
    own: Totals, agreed: Totals, far: bool
) -> None:
    assert rules.far_apart(own, agreed, tolerance=2, pass_mark=12) is far


def test_confirming_against_ones_own_marks_says_why_and_puts_no_other_marks() -> None:
    check("confirmed", far=True, note="They read it strictly.")
    for said, code in (
        ({"far": True}, "moderation.why_confirmed"),
        ({"marks": Totals(2, 2)}, "moderation.both"),
    ):
        with pytest.raises(Refused) as refused:
            check("confirmed", **said)
        assert refused.value.code == code


def test_confirming_needs_own_marks_only() -> None:
    check("confirmed")
    with pytest.raises(Refused) as refused:
        check("confirmed", own=None)
    assert refused.value.code == "moderation.blind_first"


@pytest.mark.parametrize(("marks", "note", "field"), [
    (None, "why", "learn_that"),
    (Totals(25, 10), "why", "learn_that"),
    (Totals(-1, 10), "why", "learn_that"),
    (Totals(20, 17), "why", "learn_how_to"),
    (Totals(20, 10), " ", "note"),
])  # fmt: skip
def test_adjusting_needs_marks_in_range_and_a_note(marks: Totals | None, note: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check("adjusted", marks=marks, note=note)
    assert refused.value.field == field


def test_adjusting_to_half_marks_is_allowed() -> None:
    check("adjusted", marks=Totals(19, 11), note="Point 3 was misread.")


def test_markers_and_acquaintances_do_not_moderate() -> None:
    rules.check_moderator(moderator=9, markers=[1, 2], in_conflict=False)
    for moderator, conflict in ((1, False), (9, True)):
        with pytest.raises(Refused):
            rules.check_moderator(moderator=moderator, markers=[1, 2], in_conflict=conflict)


def test_sign_off_names_what_is_open() -> None:
    rules.check_sign_off([])
    with pytest.raises(Refused, match="2 of the sample are still open: K1, K2"):
        rules.check_sign_off(["K2", "K1"])
