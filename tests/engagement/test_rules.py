"""Engagement as the scenario table says it, and the single rules."""

import csv
import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from goldenthread.common.quantities import percent_text
from goldenthread.common.refused import Refused
from goldenthread.engagement import rules
from goldenthread.engagement.rules import Gap, Planned, Policy, Standing

SCENARIOS = list(csv.DictReader((Path(__file__).parent.parent / "scenarios/engagement.csv").open(newline="")))


def minutes(hours: str) -> Fraction | None:
    """ "10.5", "22 h 23 min", "1 min" or "unknown" as minutes."""
    if hours == "unknown":
        return None
    written = re.fullmatch(r"(?:(\d+) h )?(\d+) min", hours)
    return Fraction(int(written[1] or 0) * 60 + int(written[2])) if written else Fraction(hours) * 60


def parts(text: str) -> dict[str, Fraction | None]:
    """ "events 18; study 32" as minutes by component."""
    pairs = [part.strip().split(" ", 1) for part in text.split(";") if part.strip()]
    return {name: minutes(hours) for name, hours in pairs}


def standing_in(row: dict[str, str], *, required_to_enter: bool = False) -> Standing:
    policy = Policy(
        Fraction(row["asked (%)"]) / 100, required_to_pass=True, required_to_enter=required_to_enter
    )
    plan = [Planned(name, name.capitalize(), length) for name, length in parts(row["plan (hours)"]).items()]
    return rules.standing(plan, parts(row["credited (hours)"]), policy)


@pytest.mark.requirement("S0-43")
@pytest.mark.parametrize("row", SCENARIOS, ids=[row["case"] for row in SCENARIOS])
def test_engagement_is_what_the_scenario_says(row: dict[str, str]) -> None:
    standing = standing_in(row)

    shown = percent_text(standing.share) if standing.share is not None else "not measurable"
    assert (shown, "yes" if standing.met else "no") == (row["shown"], row["met"])
    if row["missing (hours)"]:
        needed = standing.threshold * standing.planned - standing.counted
        assert max(needed, 0) == minutes(row["missing (hours)"])


def scenario(case: str) -> dict[str, str]:
    return next(row for row in SCENARIOS if row["case"] == case)


@pytest.mark.requirement("S0-43")
def test_a_share_below_ninety_is_never_shown_as_ninety() -> None:
    for planned in (4440, 5400, 6240, 6960, 4441, 5519):
        below = -(-planned * 9 // 10) - 1
        assert percent_text(Fraction(below, planned)) < "90"


@pytest.mark.requirement("S0-41")
def test_the_gate_names_the_gap_on_the_eve_of_the_window() -> None:
    policy = Policy(Fraction(9, 10), required_to_pass=False, required_to_enter=True)
    short = standing_in(scenario("NPQSL on the eve of the window"), required_to_enter=True)

    with pytest.raises(Refused, match="6 min missing") as refusal:
        rules.check_entry_to_window(short, policy)

    assert refusal.value.code == "engagement.short"
    rules.check_entry_to_window(standing_in(scenario("NPQSL exactly"), required_to_enter=True), policy)


def test_a_version_that_asks_at_the_pass_only_lets_everybody_enter() -> None:
    policy = Policy(Fraction(9, 10), required_to_pass=True, required_to_enter=False)
    rules.check_entry_to_window(standing_in(scenario("NPQLT nothing done")), policy)


def test_unknown_hours_hold_back_from_a_window_that_asks_for_a_share() -> None:
    policy = Policy(Fraction(9, 10), required_to_pass=False, required_to_enter=True)
    with pytest.raises(Refused, match="Events are not known"):
        rules.check_entry_to_window(standing_in(scenario("Hours of events unknown")), policy)


def test_a_threshold_that_nobody_has_decided_is_never_met() -> None:
    undecided = Policy(None, required_to_pass=False, required_to_enter=True)
    standing = rules.standing([Planned("events", "Events", 60)], {"events": 60}, undecided)

    assert not standing.met
    assert standing.shortfall == 0
    with pytest.raises(Refused) as refusal:
        rules.check_entry_to_window(standing, undecided)
    assert refusal.value.code == "engagement.undecided"


def test_a_version_that_asks_for_no_share_is_met_by_anybody() -> None:
    nothing_asked = Policy(None, required_to_pass=False, required_to_enter=False)
    assert rules.standing([Planned("events", "Events", None)], {}, nothing_asked).met


def test_an_empty_plan_can_not_be_measured() -> None:
    standing = rules.standing([], {}, Policy(Fraction(9, 10), required_to_pass=True, required_to_enter=False))
    assert (standing.measurable, standing.share, standing.met, standing.basis_points) == (
        False,
        None,
        False,
        0,
    )


def test_the_shortfall_is_rounded_up_to_whole_minutes() -> None:
    policy = Policy(Fraction(9, 10), required_to_pass=True, required_to_enter=False)
    assert rules.standing([Planned("study", "Study", 11)], {"study": 9}, policy).shortfall == 1


def halfway(*, events: int = 360, coaching: int = 90) -> rules.Standing:
    """Of 1,040 minutes 936 are asked; events, coaching and study give 720, 120 and 200 at most."""
    policy = Policy(Fraction(9, 10), required_to_pass=True, required_to_enter=False)
    plan = [
        Planned("events", "Events", 720),
        Planned("coaching", "Coaching", 120),
        Planned("study", "Study", 200),
    ]
    return rules.standing(plan, {"events": events, "coaching": coaching, "study": 200}, policy)


def steps(ways: rules.Ways) -> list[tuple[str, int, int]]:
    return [(step.gap.key, step.minutes, step.total) for step in ways.steps]


def test_ways_to_close_the_gap_come_by_date_until_they_reach_it() -> None:
    ways = rules.ways_to_close(
        halfway(),
        [
            Gap("event-3", "events", 300, date(2025, 6, 2)),
            Gap("session-2", "coaching", 60, None),
            Gap("event-2", "events", 240, date(2025, 3, 3)),
            Gap("study-9", "study", 10, date(2025, 1, 1)),  # study is full: it would count nothing
        ],
    )
    assert ways.shortfall == 286
    assert steps(ways) == [("event-2", 240, 240), ("event-3", 120, 360)]  # events miss 360 in all
    assert ways.reach


def test_ways_that_do_not_reach_the_threshold_are_all_named_and_say_so() -> None:
    ways = rules.ways_to_close(halfway(), [Gap("session-2", "coaching", 60), Gap("event-2", "events", 200)])
    assert (ways.total, ways.reach) == (230, False)
    assert [step.minutes for step in ways.steps] == [30, 200]
    nothing = rules.ways_to_close(halfway(), [])
    assert (nothing.total, nothing.reach) == (0, False)


def test_an_event_that_is_over_is_named_last_and_only_when_it_is_needed() -> None:
    over = Gap("event-1", "events", 200, date(2024, 12, 2), past=True)
    coming = Gap("event-2", "events", 160, date(2025, 3, 3))
    session = Gap("session-2", "coaching", 60, date(2025, 4, 1))
    assert steps(rules.ways_to_close(halfway(), [over, coming, session])) == [
        ("event-2", 160, 160),
        ("session-2", 30, 190),
        ("event-1", 200, 390),
    ]
    enough = rules.ways_to_close(halfway(), [over, Gap("event-2", "events", 300, date(2025, 3, 3))])
    assert steps(enough) == [("event-2", 300, 300)]


@pytest.mark.parametrize(
    ("minutes", "planned", "already", "code"),
    [
        (0, 360, 0, "credit.none"),
        (-5, 360, 0, "credit.none"),
        (361, 360, 0, "credit.too_much"),
        (1, 60, 60, "credit.too_much"),
    ],
)
def test_a_credit_outside_the_plan_is_refused(minutes: int, planned: int, already: int, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_credit(minutes=minutes, planned=planned, already=already)
    assert refusal.value.code == code


def test_a_credit_up_to_the_plan_or_without_known_hours_is_allowed() -> None:
    rules.check_credit(minutes=60, planned=360, already=300)
    rules.check_credit(minutes=999, planned=None, already=0)


@pytest.mark.parametrize(
    ("minutes", "credited", "reason", "code"),
    [
        (-60, 60, " ", "correction.reason"),
        (0, 60, "why", "correction.too_much"),
        (-61, 60, "why", "correction.too_much"),
        (301, 60, "why", "correction.too_much"),
    ],
)
def test_a_correction_without_reason_or_beyond_the_bounds_is_refused(
    minutes: int, credited: int, reason: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_correction(minutes=minutes, credited=credited, reason=reason, planned=360)
    assert refusal.value.code == code


def test_a_correction_within_the_bounds_is_allowed() -> None:
    rules.check_correction(minutes=-60, credited=60, reason="was absent", planned=360)
    rules.check_correction(minutes=300, credited=60, reason="stayed all day", planned=360)
