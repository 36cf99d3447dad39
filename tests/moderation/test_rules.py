"""The sample and the decisions of moderation, without a database."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.moderation import rules
from goldenthread.moderation.rules import Marked

MAXIMA = Totals(24, 16)
OWN = Totals(9, 6)


def marked(number: int, half_marks: int, *markers: int, third: bool = False) -> Marked:
    return Marked(number, f"K{number:05d}", half_marks, frozenset(markers or (1, 2)), third)


def draw(*scripts: Marked, seed: str = "seed", share: int = 0) -> dict[int, str]:
    drawn = rules.sample(scripts, seed=seed, share_percent=share, pass_mark=12, tolerance=2)
    return {one.script: one.reason for one in drawn}


@pytest.mark.parametrize(("half_marks", "reason"), [
    (19, "below the pass mark"),
    (20, "within 2 marks of the pass mark"),
    (23, "within 2 marks of the pass mark"),
    (24, "within 2 marks of the pass mark"),
    (28, "within 2 marks of the pass mark"),
    (0, "below the pass mark"),
])  # fmt: skip
def test_near_and_failed_scripts_are_always_drawn(half_marks: int, reason: str) -> None:
    assert draw(marked(1, half_marks)) == {1: reason}


def test_a_clear_pass_is_drawn_for_its_markers_once() -> None:
    assert draw(*(marked(n, 36) for n in range(1, 6))) != {}
    assert set(draw(*(marked(n, 36) for n in range(1, 6))).values()) == {"one for each marker"}
    assert len(draw(*(marked(n, 36) for n in range(1, 6)))) == 1


def test_every_marker_is_seen() -> None:
    scripts = [marked(1, 36, 1, 2), marked(2, 36, 3, 4), marked(3, 36, 1, 3), marked(4, 36, 4, 5)]
    drawn = draw(*scripts)
    seen = {marker for script in scripts if script.script in drawn for marker in script.markers}
    assert seen == {1, 2, 3, 4, 5}


def test_third_mark_is_always_drawn() -> None:
    assert draw(marked(1, 36, 1, 2, 3, third=True)) == {1: "decided by a third marker"}


def test_share_is_of_the_rest_and_rounded_up() -> None:
    scripts = [marked(1, 10, 1, 2), *(marked(n, 36) for n in range(2, 23))]
    reasons = list(draw(*scripts, share=10).values())
    assert reasons.count("drawn by lot") == 3  # a tenth of 21
    assert list(draw(*scripts, share=0).values()) == ["below the pass mark"]
    assert len(draw(*scripts, share=100)) == 22


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=40), st.text(max_size=8), st.integers(0, 100), st.randoms())
def test_sample_can_be_drawn_again(halves: list[int], seed: str, share: int, random: object) -> None:
    scripts = [marked(n, half, n % 3, 3 + n % 2) for n, half in enumerate(halves)]
    drawn = draw(*scripts, seed=seed, share=share)
    shuffled = scripts[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert draw(*shuffled, seed=seed, share=share) == drawn
    assert all(script.script in drawn for script in scripts if script.half_marks <= 28)


def test_another_seed_draws_others() -> None:
    scripts = [marked(n, 36) for n in range(40)]
    assert draw(*scripts, seed="a", share=10) != draw(*scripts, seed="b", share=10)


def test_unfinished_scripts_are_named() -> None:
    rules.check_finished([])
    with pytest.raises(
        Refused, match="2 scripts are not finished: K1 is not allocated; K2 needs a third marker"
    ):
        rules.check_finished(["K1 is not allocated", "K2 needs a third marker"])
    with pytest.raises(Refused, match="and 2 more"):
        rules.check_finished([f"K{n} waits" for n in range(7)])


def check(decision: str, *, own: Totals | None = OWN, marks: Totals | None = None, note: str = "") -> None:
    rules.check_decision(decision=decision, own=own, marks=marks, maxima=MAXIMA, note=note)


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
