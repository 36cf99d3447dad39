"""Marks, agreement, sight and allocation, without a database."""

import csv
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.marking import agreement_rules, rules
from goldenthread.marking.feedback_rules import (
    Feedback,
    Heard,
    Spoken,
    Words,
    feedback_faults,
    heard_by_kind,
    submission_faults,
)
from goldenthread.marking.rules import Eye, Kind, Phase, Point, Scheme, Totals

SCENARIOS = list(csv.DictReader((Path(__file__).parents[1] / "scenarios" / "agreement.csv").open()))
SCHEME = Scheme(
    points=(
        Point(1, Kind.LEARN_THAT, 6),
        Point(2, Kind.LEARN_THAT, 6),
        Point(3, Kind.LEARN_HOW_TO, 4),
        Point(4, Kind.LEARN_HOW_TO, 4),
    ),
    pass_mark=12,
    tolerance=2,
)


@pytest.mark.requirement("S0-37")
def test_nine_and_six_are_fifteen_of_twenty() -> None:
    marks = {1: 5, 2: 4, 3: 3, 4: 3}
    rules.check_marks(SCHEME, marks, complete=True)
    sums = rules.totals(SCHEME, marks)
    assert (sums.learn_that, SCHEME.maximum(Kind.LEARN_THAT)) == (9, 12)
    assert (sums.learn_how_to, SCHEME.maximum(Kind.LEARN_HOW_TO)) == (6, 8)
    assert (sums.total, SCHEME.total) == (15, 20)


@pytest.mark.requirement("S0-37")
def test_thirteen_of_twelve_cannot_be_given() -> None:
    scheme = Scheme((Point(1, Kind.LEARN_THAT, 12), Point(2, Kind.LEARN_HOW_TO, 8)), 12, 2)
    with pytest.raises(Refused, match="Point 1 can be given 0 to 12 marks, not 13") as refused:
        rules.check_marks(scheme, {1: 13, 2: 6}, complete=True)
    assert refused.value.field == "point_1"


@pytest.mark.parametrize(("marks", "code"), [
    ({1: 5, 2: 4, 3: 3}, "marks.missing"),
    ({1: 5, 2: 4, 3: 3, 4: None}, "marks.missing"),
    ({1: -1, 2: 4, 3: 3, 4: 3}, "marks.out_of_range"),
    ({1: 5, 2: 4, 3: 3, 4: 3, 9: 1}, "marks.unknown_point"),
    ({1: 2.5, 2: 4, 3: 3, 4: 3}, "marks.not_whole"),
    ({1: True, 2: 4, 3: 3, 4: 3}, "marks.not_whole"),
])  # fmt: skip
def test_faulty_marks_are_refused(marks: dict, code: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_marks(SCHEME, marks, complete=True)
    assert refused.value.code == code


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = {Kind.LEARN_THAT: Words(" ", "")}
    faults = submission_faults(SCHEME, {1: 99, 2: 4}, Feedback(by_kind=said))
    assert [fault.field for fault in faults] == [
        "point_1", "point_3", "point_4",
        "strength_learn_that", "next_step_learn_that", "strength_learn_how_to", "next_step_learn_how_to",
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        rules.check_marks(SCHEME, {1: 99, 2: 4}, complete=True)
    assert [fault.field for fault in refused.value.others] == ["point_3", "point_4"]


def test_gaps_are_allowed_until_submitting() -> None:
    rules.check_marks(SCHEME, {1: 5}, complete=False)
    assert rules.totals(SCHEME, {1: 5}) == Totals(5, 0)


CRITERIA = Scheme((Point(1, Kind.LEARN_HOW_TO, 10), Point(2, Kind.LEARN_HOW_TO, 10)), 12, 2)
GOOD = Words("Good.", "Next.")


@pytest.mark.requirement("S2-35")
@pytest.mark.parametrize(
    ("strength", "step", "field"), [("", "Next.", "strength"), ("Good.", "  ", "next_step")]
)
def test_feedback_needs_a_strength_and_a_next_step(strength: str, step: str, field: str) -> None:
    """Of the whole response where all marks are of one kind, of each kind where there are both."""
    whole = feedback_faults(Feedback(strength, step), CRITERIA, {})
    assert [fault.field for fault in whole] == [field]
    for kind, other in (Kind, reversed(Kind)):
        by_kind = {kind: Words(strength, step), other: GOOD}
        found = feedback_faults(Feedback("Good.", "Next.", by_kind=by_kind), SCHEME, {})
        assert [fault.field for fault in found] == [f"{field}_{kind}"]
        assert found[0].code == f"feedback.{field}"


@pytest.mark.requirement("S0-36")
def test_nobody_makes_up_a_strength_of_a_kind_without_any_mark() -> None:
    none = {point.number: 0 for point in SCHEME.points if point.kind is Kind.LEARN_HOW_TO}
    said = Feedback(by_kind={Kind.LEARN_THAT: GOOD, Kind.LEARN_HOW_TO: Words("", "Begin with one class.")})
    assert feedback_faults(said, SCHEME, none) == []
    for marks in ({}, {**none, min(none): 1}, {min(none): 0}):
        assert [one.field for one in feedback_faults(said, SCHEME, marks)] == ["strength_learn_how_to"]
    silent = Feedback(by_kind={Kind.LEARN_THAT: GOOD})
    assert [one.field for one in feedback_faults(silent, SCHEME, none)] == ["next_step_learn_how_to"]


def test_words_of_several_markers_are_read_kind_by_kind_whenever_they_were_written() -> None:
    old = Spoken("Marker 1", Words("Clear.", "Measure."), {})
    new = Spoken("Marker 2", Words(), {Kind.LEARN_HOW_TO: Words("Small steps.", "Say who.")})
    assert heard_by_kind([old, new]) == [
        Heard(Kind.LEARN_HOW_TO, (("Marker 2", Words("Small steps.", "Say who.")),)),
        Heard(None, (("Marker 1", Words("Clear.", "Measure.")),)),
    ]
    assert heard_by_kind([]) == []


@pytest.mark.parametrize("row", SCENARIOS, ids=lambda row: row["scenario"])
def test_two_markings_come_to(row: dict[str, str]) -> None:
    first = Totals(int(row["first_that"]), int(row["first_how"]))
    second = Totals(int(row["second_that"]), int(row["second_how"]))
    verdict = agreement_rules.compare(
        first, second, tolerance=int(row["tolerance"]), pass_mark=int(row["pass_mark"])
    )
    assert verdict.agreed == (row["result"] == "agreed")
    expected = Totals(int(row["half_that"]), int(row["half_how"])) if row["half_that"] else None
    assert verdict.half_marks == expected
    assert (
        agreement_rules.compare(
            second, first, tolerance=int(row["tolerance"]), pass_mark=int(row["pass_mark"])
        )
        == verdict
    )


def test_third_marks_stand() -> None:
    assert agreement_rules.third({3: Totals(7, 4)}, pass_mark=12) == agreement_rules.Verdict(
        True, "third mark", Totals(14, 8), (3,)
    )


@pytest.mark.parametrize("own", [True, False])
def test_marker_sees_nothing_of_others_while_marking_is_blind(own: bool) -> None:
    sight = rules.visible(Phase.BLIND, Eye.MARKER, own_marks_in=own)
    assert sight == rules.Sight(other_markings=False, identity=False)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("eye", [Eye.MARKER, Eye.MODERATOR])
def test_markers_and_moderators_never_learn_who_wrote(phase: Phase, eye: Eye) -> None:
    assert not rules.visible(phase, eye, own_marks_in=True).identity


def test_moderator_sees_markings_only_after_own_marks() -> None:
    assert not rules.visible(Phase.AGREED, Eye.MODERATOR).other_markings
    assert rules.visible(Phase.AGREED, Eye.MODERATOR, own_marks_in=True).other_markings


def test_office_links_marks_to_people_only_after_release() -> None:
    assert not rules.visible(Phase.AGREED, Eye.OFFICE).identity
    assert rules.visible(Phase.RELEASED, Eye.OFFICE).identity


# --- allocation --------------------------------------------------------------------------------------
def loads_of(allotted: list[rules.Allotted]) -> dict[int, int]:
    loads: dict[int, int] = {}
    for one in allotted:
        for marker in one.markers:
            loads[marker] = loads.get(marker, 0) + 1
    return loads


def numbered(count: int) -> dict[int, str]:
    return {n: f"K{n:05d}" for n in range(1, count + 1)}


@pytest.mark.requirement("S2-35")
def test_ten_scripts_and_three_assessors_are_shared_four_three_three() -> None:
    once = rules.allocate(numbered(10), [1, 2, 3], each=1)
    assert sorted(loads_of(once).values()) == [3, 3, 4]
    twice = rules.allocate(numbered(10), [1, 2, 3])
    assert sorted(loads_of(twice).values()) == [6, 7, 7]
    assert sorted(loads_of([rules.Allotted(a.script, a.markers[:1]) for a in twice]).values()) == [3, 3, 4]


@settings(max_examples=60)
@given(st.integers(0, 60), st.integers(2, 9), st.data())
def test_allocation_keeps_its_promises(scripts: int, markers: int, data: st.DataObject) -> None:
    people = list(range(1, markers + 1))
    pairs = st.tuples(st.integers(1, max(1, scripts)), st.sampled_from(people))
    conflicts = set(data.draw(st.lists(pairs, max_size=scripts)))
    free = {s: [m for m in people if (s, m) not in conflicts] for s in range(1, scripts + 1)}
    if any(len(markers) < 2 for markers in free.values()):
        with pytest.raises(Refused):
            rules.allocate(numbered(scripts), people, conflicts)
        return
    allotted = rules.allocate(numbered(scripts), people, conflicts)
    assert [one.script for one in allotted] == list(range(1, scripts + 1))
    assert all(len(set(one.markers)) == 2 for one in allotted)
    assert not {(one.script, m) for one in allotted for m in one.markers} & conflicts
    assert allotted == rules.allocate(numbered(scripts), reversed(people), conflicts)
    if not conflicts and scripts:
        loads = loads_of(allotted)
        everybody = [loads.get(m, 0) for m in people]
        assert max(everybody) - min(everybody) <= 1


def test_loads_are_levelled_around_conflicts() -> None:
    # Marker 3 may only mark scripts 1 and 2; the others share the rest evenly.
    conflicts = {(s, 3) for s in range(3, 11)}
    loads = loads_of(rules.allocate(numbered(10), [1, 2, 3, 4], conflicts))
    assert loads[3] == 2
    assert sorted(loads[m] for m in (1, 2, 4)) == [6, 6, 6]


def test_markers_are_not_always_paired_with_the_same_colleague() -> None:
    pairs = {frozenset(one.markers) for one in rules.allocate(numbered(12), [1, 2, 3, 4])}
    assert len(pairs) == 6


def test_who_has_much_already_gets_less() -> None:
    loads = loads_of(rules.allocate(numbered(10), [1, 2, 3], loads={1: 10}))
    assert loads.get(1, 0) == 0


def test_script_with_too_few_free_markers_is_named() -> None:
    with pytest.raises(Refused, match="Script K00002 has fewer than 2 markers free of conflict"):
        rules.allocate(numbered(3), [1, 2], {(2, 1)})


def test_third_marker_is_new_free_of_conflict_and_least_busy() -> None:
    chosen = rules.choose_another(5, [1, 2, 3, 4, 6], taken=[1, 2], conflicts={(5, 3)}, loads={4: 4, 6: 1})
    assert chosen == 6
    assert rules.choose_another(5, [1, 2, 3], taken=[1, 2], conflicts={(5, 3)}, loads={}) is None


# --- sharing out what goes back to marking -------------------------------------------------------------------
def test_markers_take_each_others_scripts() -> None:
    may = {1: [3, 4], 2: [1, 2], 3: [2, 4]}
    shared = rules.fill_places([1, 1, 2, 2, 3, 3], may, loads={}, rooms={})
    assert [set(shared[n : n + 2]) for n in (0, 2, 4)] == [{3, 4}, {1, 2}, {2, 4}]


@pytest.mark.parametrize(("places", "may", "rooms", "filled"), [
    ([1, 2], {1: [1, 2], 2: [1]}, {1: 1, 2: 1}, 2),
    ([1, 2, 3], {1: [1, 2], 2: [1, 3], 3: [1]}, {1: 1, 2: 1, 3: 1}, 3),
    ([1, 2, 3, 4], {1: [1, 2], 2: [1, 2], 3: [1, 2], 4: [1, 2]}, {1: 1, 2: 2}, 3),
    ([1, 1, 1], {1: [1, 2]}, {}, 2),
    ([1, 1], {1: []}, {}, 0),
    ([], {}, {}, 0),
])  # fmt: skip
def test_as_many_places_are_filled_as_can_be(places: Any, may: Any, rooms: Any, filled: int) -> None:
    shared = rules.fill_places(places, may, loads={}, rooms=rooms)
    assert sum(one is not None for one in shared) == filled


def test_a_script_is_handed_on_whatever_its_number_and_its_markers_are() -> None:
    for first, second in ((0, 1), (7, 3)):
        may = {first: [first, second], second: [first, 9]}
        shared = rules.fill_places([first, second], may, loads={9: 5, second: 1}, rooms={first: 1, 9: 0})
        assert shared == [second, first]


@settings(max_examples=300)
@given(st.data())
def test_nobody_gets_a_script_twice_or_more_than_they_take_and_nothing_more_could_be_filled(
    data: Any,
) -> None:
    numbers = st.lists(st.integers(1, 40), unique=True, max_size=4)  # no places in a list, but for a 0
    people, scripts = [0, *data.draw(numbers)], [0, *data.draw(numbers)]
    some = st.lists(st.sampled_from(people), unique=True) if people else st.just([])
    may = {script: data.draw(some) for script in scripts}
    places = [script for script in scripts for _ in range(data.draw(st.integers(0, 3)))]
    rooms = {one: data.draw(st.integers(0, 3)) for one in people if data.draw(st.booleans())}
    loads = {one: data.draw(st.integers(0, 3)) for one in people}
    shared = rules.fill_places(places, may, loads=loads, rooms=rooms)
    pairs = [(script, one) for script, one in zip(places, shared, strict=True) if one is not None]
    assert len(set(pairs)) == len(pairs)
    assert all(one in may[script] for script, one in pairs)
    assert all(sum(m == one for _, m in pairs) <= most for one, most in rooms.items())
    assert len(pairs) == _most(places, may, rooms)


def _most(places: list[int], may: dict[int, list[int]], rooms: dict[int, int]) -> int:
    """The most places that can be filled, by the least cut: what some markers take, and who of the others is left."""
    people = sorted({one for some in may.values() for one in some})
    wanted = {script: places.count(script) for script in set(places)}
    best = len(places)
    for chosen in itertools.chain.from_iterable(
        itertools.combinations(people, n) for n in range(len(people) + 1)
    ):
        taken = sum(rooms.get(one, len(places)) for one in chosen)
        rest = sum(min(count, len(set(may[script]) - set(chosen))) for script, count in wanted.items())
        best = min(best, taken + rest)
    return best
