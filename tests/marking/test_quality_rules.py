"""Who is qualified, what seeds say, how many seeds and second markings a lot draws."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.marking import quality_rules as rules
from goldenthread.marking.quality_rules import Compared, Marked, Policy, Second
from goldenthread.marking.rules import Totals, worked

AT = datetime(2025, 10, 20, 9, tzinfo=UTC)
POLICY = Policy(standardised=True, each=2, altogether=4, stop_count=2, stop_of=5)


def test_difference_has_a_sign_and_a_side() -> None:
    assert rules.compared(Totals(6, 5), Totals(6, 6), pass_mark=12) == Compared(-1, True)
    assert rules.compared(Totals(9, 6), Totals(8, 5), pass_mark=12) == Compared(2, False)


@pytest.mark.parametrize(
    ("differences", "across", "qualified", "reasons"),
    [
        ([2, -2, 0], [], True, 0),
        ([2, -2, 1], [], False, 1),  # five all together
        ([3, 0, 0], [], False, 1),  # three at once
        ([0, 1, 0], [1], False, 1),  # near, on the wrong side
        ([3, -3, 3], [0, 2], False, 3),
        ([], [], False, 1),
    ],
)
def test_a_set_qualifies_by_all_three_rules(
    differences: list[int], across: list[int], qualified: bool, reasons: int
) -> None:
    results = [Compared(one, place in across) for place, one in enumerate(differences)]
    verdict = rules.qualifies(results, POLICY)
    assert (verdict.qualified, len(verdict.reasons)) == (qualified, reasons)
    assert verdict.altogether == sum(map(abs, differences))


def test_reasons_say_the_figures() -> None:
    verdict = rules.qualifies([Compared(-5, True)], POLICY)
    assert verdict.reasons == (
        "One script was 5 marks away; 2 are allowed.",
        "All together were 5 marks away; 4 are allowed.",
        "One script was on the other side of the pass mark; none may be.",
    )


@pytest.mark.parametrize(
    ("said", "may"),
    [
        ({}, True),
        ({"attempts": 2}, False),
        ({"attempts": 2, "allowed": 3}, True),
        ({"qualified": True}, False),
        ({"under_way": True}, False),
        ({"refused": True}, False),
    ],
)
def test_who_may_try_a_further_set(said: dict[str, int], may: bool) -> None:
    stands = {"qualified": False, "under_way": False, "refused": False, "attempts": 1, "allowed": 2}
    assert rules.may_try_further(**{**stands, **said}) is may  # type: ignore[arg-type]


def test_who_may_not_begin_a_set() -> None:
    rules.check_attempt(own=False, number=2, allowed=2, qualified=False)
    for case, code in (
        ({"own": True}, "practice.own"),
        ({"qualified": True}, "practice.qualified"),
        ({"number": 3}, "practice.no_attempt"),
    ):
        with pytest.raises(Refused) as refused:
            rules.check_attempt(**{"own": False, "number": 1, "allowed": 2, "qualified": False, **case})
        assert refused.value.code == code


def seeds(pattern: str) -> list[Marked]:
    """x is beyond the tolerance, o within; one a day."""
    return [Marked(AT + timedelta(days=n), sign == "x") for n, sign in enumerate(pattern)]


@pytest.mark.parametrize(
    ("pattern", "stops"),
    [
        ("", False),
        ("x", False),
        ("xx", True),
        ("xooox", True),
        ("xoooox", False),
        ("ooooxox", True),
        ("ooooo", False),
    ],
)
def test_two_of_the_last_five_stop(pattern: str, stops: bool) -> None:
    assert rules.must_stop(seeds(pattern), POLICY) is stops
    assert rules.must_stop(reversed(seeds(pattern)), POLICY) is stops


def test_in_doubt_is_what_follows_the_last_good_seed() -> None:
    assert rules.good_until(seeds("oxoxx")) == AT + timedelta(days=2)
    assert rules.good_until(seeds("xx")) is None
    assert rules.good_until([]) is None


def test_seed_at_the_tolerance_is_good_and_across_the_pass_mark_is_not() -> None:
    assert not Compared(2, False).beyond(2)
    assert Compared(-3, False).beyond(2)
    assert Compared(1, True).beyond(2)


@pytest.mark.parametrize(
    ("scripts", "percent", "available", "number"),
    [(93, 5, 20, 5), (20, 5, 20, 1), (21, 5, 20, 2), (100, 50, 4, 4), (0, 50, 4, 0), (50, 0, 9, 0)],
)
def test_share_of_seeds_is_rounded_up_as_far_as_there_are_any(
    scripts: int, percent: int, available: int, number: int
) -> None:
    assert rules.seeds_for(scripts, percent, available=available) == number


def test_nobody_gets_a_seed_twice_and_the_same_lot_draws_the_same() -> None:
    drawn = rules.draw_seeds({1: 10, 2: 10}, [7, 8, 9], {1: {7, 8}}, percent=30, lot="a")
    assert drawn[1] == [9]
    assert sorted(drawn[2]) == [7, 8, 9]
    assert drawn == rules.draw_seeds({2: 10, 1: 10}, [9, 8, 7], {1: {7, 8}}, percent=30, lot="a")


@given(st.sets(st.integers(1, 500), max_size=80), st.integers(1, 100))
def test_a_sample_has_its_share_rounded_up(scripts: set[int], percent: int) -> None:
    policy = Policy(second=Second.SAMPLE, second_percent=percent)
    single = rules.draw_single(scripts, policy, lot="x")
    assert single <= scripts
    assert len(scripts) - len(single) == -(-len(scripts) * percent // 100)
    assert single == rules.draw_single(sorted(scripts, reverse=True), policy, lot="x")


def test_every_script_or_none_gets_a_second_marker() -> None:
    assert rules.draw_single([1, 2], Policy(), lot="x") == set()
    assert rules.draw_single([1, 2], Policy(second=Second.NONE), lot="x") == {1, 2}


def test_every_figure_out_of_range_is_named() -> None:
    wrong = Policy(
        each=21, altogether=-1, attempts=0, seed_percent=51, seed_tolerance=-1, stop_count=6, second_percent=0,
        tolerance=99, lease_days=61,
    )  # fmt: skip
    fields = {fault.field for fault in rules.policy_faults(wrong, maximum=20)}
    assert fields == {
        "each", "altogether", "attempts", "seed_percent", "seed_tolerance", "stop_count", "second_percent",
        "tolerance", "lease_days",
    }  # fmt: skip
    assert rules.policy_faults(Policy(), maximum=20) == []


@pytest.mark.parametrize(("seconds", "counted"), [(90, 90), (300, 300), (3600, 300), (0, 0), (-5, 0)])
def test_work_counts_up_to_five_minutes_a_save(seconds: int, counted: int) -> None:
    assert worked(AT, AT + timedelta(seconds=seconds)) == counted


def test_work_is_unknown_before_the_page_was_opened() -> None:
    assert worked(None, AT) == 0
