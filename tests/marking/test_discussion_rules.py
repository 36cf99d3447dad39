"""When two markers are invited to discuss a script, what each may answer, and what it comes to; in any case."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.marking import agreement_rules, quality_rules, rules
from goldenthread.marking import discussion_rules as talk
from goldenthread.marking.rules import Kind, Point, Scheme, Totals

THAT, HOW = Kind.LEARN_THAT, Kind.LEARN_HOW_TO
SCHEME = Scheme((Point(1, THAT, 4), Point(2, THAT, 4), Point(3, HOW, 6)), pass_mark=7, tolerance=1)
MARK = st.integers(0, 60)
TOTALS = st.builds(Totals, MARK, MARK)
POINTS = st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 9)), min_size=1, max_size=8)


@st.composite
def two_markings(draw: st.DrawFn) -> tuple[Scheme, dict[int, int | None], dict[int, int | None]]:
    """A scheme, and what one marker gave before and gives after."""
    points = tuple(Point(n, kind, most) for n, (kind, most) in enumerate(draw(POINTS), start=1))
    given_ = lambda: {p.number: draw(st.integers(0, p.maximum)) for p in points}  # noqa: E731
    scheme = Scheme(points, pass_mark=draw(st.integers(0, 80)), tolerance=draw(st.integers(0, 9)))
    return scheme, given_(), given_()


# --- whether there is one ----------------------------------------------------------------------------
def test_two_are_invited_where_the_policy_says_so_and_not_otherwise() -> None:
    assert talk.may_open(talk.Situation(asked=True))
    assert not talk.may_open(talk.Situation(asked=False))
    assert quality_rules.Policy().apart is quality_rules.Apart.THIRD


@pytest.mark.parametrize("way", [{"held": True}, {"third": True}, {"moderated": True}, {"able": False}])
def test_in_doubt_a_third_marker_decides(way: dict[str, bool]) -> None:
    assert not talk.may_open(talk.Situation(asked=True, **way))


@pytest.mark.parametrize("days", [0, 31])
def test_a_discussion_lasts_from_one_day_to_thirty(days: int) -> None:
    faults = quality_rules.policy_faults(quality_rules.Policy(discussion_days=days), maximum=20)
    assert [fault.field for fault in faults] == ["discussion_days"]
    for allowed in (1, 30):
        assert not quality_rules.policy_faults(quality_rules.Policy(discussion_days=allowed), maximum=20)


def test_the_last_day_still_counts() -> None:
    last = date(2025, 10, 19)
    assert not talk.is_over(last, last)
    assert talk.is_over(last, last + timedelta(days=1))


# --- words -------------------------------------------------------------------------------------------
def test_a_message_has_words_and_an_end() -> None:
    talk.check_message("x" * talk.LONGEST_MESSAGE, written=talk.MOST_MESSAGES - 1)
    for text, written in ((" \n", 0), ("x" * (talk.LONGEST_MESSAGE + 1), 0), ("And?", talk.MOST_MESSAGES)):
        with pytest.raises(Refused) as refused:
            talk.check_message(text, written=written)
        assert refused.value.field == "text"


# --- answers -----------------------------------------------------------------------------------------
BEFORE: dict[int, int | None] = {1: 4, 2: 2, 3: 3}


def test_every_changed_point_needs_its_reason_and_no_other_has_one() -> None:
    faults = talk.answer_faults(SCHEME, BEFORE, {1: 3, 2: 2, 3: 5}, {2: "Why not", 3: " "})
    assert [(fault.field, fault.code) for fault in faults] == [
        ("why_1", "discussion.reason"), ("why_2", "discussion.unchanged"), ("why_3", "discussion.reason"),
    ]  # fmt: skip


def test_marks_out_of_range_or_left_out_are_refused_beside_missing_reasons() -> None:
    faults = talk.answer_faults(SCHEME, BEFORE, {1: 5, 2: None, 3: 3}, {1: "More", 2: "Less"})
    assert [fault.field for fault in faults] == ["point_1", "point_2"]


def test_a_reason_is_no_essay() -> None:
    faults = talk.answer_faults(SCHEME, BEFORE, {**BEFORE, 1: 3}, {1: "x" * (rules.LONGEST_REASON + 1)})
    assert [fault.code for fault in faults] == ["discussion.reason_long"]


def test_an_answer_says_one_thing() -> None:
    talk.check_answer(SCHEME, BEFORE, BEFORE, {}, stand=True)
    changed, reasons = {**BEFORE, 1: 3}, {1: "The second half is missing."}
    talk.check_answer(SCHEME, BEFORE, changed, reasons, stand=False)
    with pytest.raises(Refused, match=r"other marks in the boxes \(1\)"):
        talk.check_answer(SCHEME, BEFORE, changed, reasons, stand=True)
    with pytest.raises(Refused, match="No mark is changed"):
        talk.check_answer(SCHEME, BEFORE, BEFORE, {}, stand=False)


def test_what_the_other_wrote_meanwhile_is_read_first() -> None:
    talk.check_seen("2:0", "2:0")
    with pytest.raises(Refused, match="still here"):
        talk.check_seen("2:0", "2:1")


@given(two_markings())
def test_changes_lead_from_what_was_to_what_is_and_name_nothing_else(
    case: tuple[Scheme, dict[int, int | None], dict[int, int | None]],
) -> None:
    scheme, before, after = case
    reasons = {number: "Because." for number in before if before[number] != after[number]}
    assert talk.answer_faults(scheme, before, after, reasons) == []
    changed = talk.changes(before, after, reasons)
    assert {**before, **{one.point: one.now for one in changed}} == after
    assert all(one.was == before[one.point] != one.now and one.reason for one in changed)
    assert [one.point for one in changed] == sorted(reasons)


@given(two_markings())
def test_without_reasons_exactly_the_changed_points_are_named(
    case: tuple[Scheme, dict[int, int | None], dict[int, int | None]],
) -> None:
    scheme, before, after = case
    named = [fault.field for fault in talk.answer_faults(scheme, before, after, {})]
    assert named == [f"why_{number}" for number in before if before[number] != after[number]]


# --- what it comes to --------------------------------------------------------------------------------
@given(TOTALS, TOTALS, st.integers(0, 30), st.integers(0, 120))
def test_a_discussion_comes_to_what_the_rule_says_of_what_stands(
    first: Totals, second: Totals, tolerance: int, pass_mark: int
) -> None:
    found = talk.outcome(first, second, tolerance=tolerance, pass_mark=pass_mark)
    plain = agreement_rules.compare(first, second, tolerance=tolerance, pass_mark=pass_mark)
    assert (found.agreed, found.half_marks) == (plain.agreed, plain.half_marks)
    assert found.method == (talk.AFTER if plain.agreed else plain.method)


@given(TOTALS, TOTALS, st.integers(0, 30), st.integers(0, 120))
def test_nobody_gains_by_being_marker_a(
    first: Totals, second: Totals, tolerance: int, pass_mark: int
) -> None:
    said = {"tolerance": tolerance, "pass_mark": pass_mark}
    assert talk.outcome(first, second, **said) == talk.outcome(second, first, **said)


@given(TOTALS, TOTALS, st.integers(0, 30), st.integers(0, 120))
def test_two_who_stand_by_marks_that_did_not_agree_go_to_a_third(
    first: Totals, second: Totals, tolerance: int, pass_mark: int
) -> None:
    if agreement_rules.compare(first, second, tolerance=tolerance, pass_mark=pass_mark).agreed:
        return
    assert not talk.outcome(first, second, tolerance=tolerance, pass_mark=pass_mark).agreed


def test_how_far_apart_two_are_is_said_in_words() -> None:
    assert talk.apart_text(Totals(5, 4), Totals(5, 3), pass_mark=7) == "1 mark apart"
    assert (
        talk.apart_text(Totals(3, 3), Totals(5, 3), pass_mark=7)
        == "2 marks apart, on either side of the pass mark"
    )


def test_the_two_are_called_by_letters() -> None:
    assert [talk.letter_of(position) for position in (1, 2)] == ["A", "B"]


def test_the_office_says_why_it_ends_one() -> None:
    talk.check_end("The board meets on Friday.")
    for reason in ("", "  ", "x" * (rules.LONGEST_REASON + 1)):
        with pytest.raises(Refused) as refused:
            talk.check_end(reason)
        assert refused.value.field == "reason"


def test_who_discusses_sees_the_other_marking_and_nobody_else_does_while_it_is_blind() -> None:
    blind, marker = rules.Phase.BLIND, rules.Eye.MARKER
    assert rules.visible(blind, marker, own_marks_in=True, discussing=True).other_markings
    assert not rules.visible(blind, marker, own_marks_in=False, discussing=True).other_markings
    assert not rules.visible(blind, marker, own_marks_in=True).other_markings
    for eye in (rules.Eye.MODERATOR, rules.Eye.OFFICE):
        assert not rules.visible(blind, eye, own_marks_in=True, discussing=True).other_markings
    for phase in rules.Phase:
        assert not rules.visible(phase, marker, own_marks_in=True, discussing=True).identity
