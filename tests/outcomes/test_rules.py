"""Conditions and results, without a database; `scenarios/outcome.csv` is the table for policy people."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from goldenthread.engagement.rules import Policy, Standing
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import rules
from goldenthread.outcomes.rules import Attempt, Task

SCENARIOS = list(csv.DictReader((Path(__file__).parents[1] / "scenarios" / "outcome.csv").open()))


def evaluate(
    counted: int,
    planned: int,
    *,
    to_pass: bool = True,
    to_enter: bool = False,
    attempt: str = "marked",
    half_marks: int | None = 30,
    unknown: tuple[str, ...] = (),
    held_back: str = "",
) -> rules.Evaluation:
    asked = to_pass or to_enter
    threshold = Fraction(9, 10) if asked else None
    policy = Policy(threshold, to_pass, to_enter)
    standing = Standing((), planned, counted, threshold, unknown, asked)
    marks = None if half_marks is None else Totals(half_marks - half_marks // 3, half_marks // 3)
    return rules.evaluate(policy, standing, Task(Attempt(attempt), marks, Totals(12, 8), 12, held_back))


@pytest.mark.parametrize("row", SCENARIOS, ids=lambda row: row["scenario"])
def test_outcome(row: dict[str, str]) -> None:
    found = evaluate(
        int(row["counted_minutes"]),
        int(row["planned_minutes"]),
        to_pass=row["to_pass"] == "yes",
        to_enter=row["to_enter"] == "yes",
        attempt=row["attempt"],
        half_marks=int(row["half_marks"]) if row["half_marks"] else None,
    )
    assert found.result == row["result"]
    assert "|".join(c.name for c in found.conditions if not c.met) == row["failing"]


@pytest.mark.requirement("S0-40")
def test_66_5_of_74_hours_is_not_passed_for_engagement_and_66_6_is_passed() -> None:
    short = evaluate(3990, 4440)
    assert short.headline == "not passed: engagement"
    missed = next(c for c in short.conditions if not c.met)
    assert missed.text == "Engagement is 66 h 30 min of 74 h (89.86 %); 90 % is needed."
    assert missed.next_step.startswith("6 min more are needed")
    assert missed.figures["missing_minutes"] == 6
    enough = evaluate(3996, 4440)
    assert enough.headline == "passed"
    assert "66 h 36 min of 74 h (90 %)" in enough.conditions[0].text


@pytest.mark.requirement("S0-43")
def test_a_share_just_below_is_never_shown_as_ninety() -> None:
    text = evaluate(5615, 6240).conditions[0].text
    assert "89.98 %" in text
    assert evaluate(5616, 6240).passed


@pytest.mark.requirement("S0-41")
def test_held_back_names_the_entry_and_the_missing_minutes() -> None:
    found = evaluate(4854, 5400, to_pass=False, to_enter=True, attempt="held_back", half_marks=None)
    entry, task = found.conditions
    assert (entry.met, task.met) == (False, False)
    assert entry.next_step.startswith("6 min more are needed")
    assert "was not released" in entry.text


@pytest.mark.requirement("S0-41")
def test_what_to_do_next_names_all_that_held_somebody_back() -> None:
    why = "Development not complete: induction is not finished. Engagement is below 90 %: 6 min missing."
    found = evaluate(
        4854, 5400, to_pass=False, to_enter=True, attempt="held_back", half_marks=None, held_back=why
    )
    assert f"comes first: {why}" in found.conditions[0].next_step
    assert "6 min more are needed" in found.conditions[0].next_step


@pytest.mark.requirement("S0-74")
def test_the_same_share_means_different_things_to_two_policies() -> None:
    specialist = evaluate(8900, 10000, to_pass=True, to_enter=False)
    leadership = evaluate(8900, 10000, to_pass=False, to_enter=True, attempt="held_back", half_marks=None)
    assert [c.key for c in specialist.conditions] == ["engagement", "task"]
    assert [c.key for c in leadership.conditions] == ["entry", "task"]
    assert specialist.headline == "not passed: engagement"
    assert leadership.headline == "not passed: entry, case study"


def test_a_task_alone_never_awards() -> None:
    assert not evaluate(0, 4440, half_marks=40).passed


def test_unmeasurable_engagement_names_what_is_unknown() -> None:
    found = evaluate(60, 120, unknown=("Coaching",))
    assert "the hours of Coaching are not known" in found.conditions[0].text


def test_marks_are_said_in_halves() -> None:
    assert (
        evaluate(4440, 4440, half_marks=31).conditions[-1].text.startswith("The case study earned 15.5 of 20")
    )
    assert [rules.half_text(half) for half in (0, 1, 30, 31)] == ["0", "0.5", "15", "15.5"]


def test_conditions_are_kept_as_plain_data() -> None:
    kept = evaluate(3990, 4440).conditions[0].as_dict()
    assert set(kept) == {"key", "name", "met", "text", "next_step", "figures"}
    assert kept["figures"]["basis_points"] == 8986
