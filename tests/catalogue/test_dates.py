"""Dates of a programme: the table tests/scenarios/dates.csv, and when a version takes intakes."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.catalogue.reading import read_specification
from goldenthread.catalogue.rules import add_months, check_intake_start, dates, pass_deadline, window_bounds
from goldenthread.catalogue.specification import Specification
from goldenthread.common.refused import Refused, allows
from tests.catalogue.texts import spoilt

Find = Callable[[str], Specification]
SCENARIOS = list(csv.DictReader((Path(__file__).parent.parent / "scenarios/dates.csv").open(newline="")))


def found(
    rule: Callable[[Specification, date], tuple[date, date]], spec: Specification, start: date
) -> list[str]:
    try:
        return [day.isoformat() for day in rule(spec, start)]
    except Refused:
        return ["refused", "refused"]


@pytest.mark.requirement("S0-32", "S0-34")
@pytest.mark.parametrize("row", SCENARIOS, ids=lambda row: f"{row['version']}: {row['why']}")
def test_dates_scenario(spec: Find, row: dict[str, str]) -> None:
    version, start = spec(row["version"]), date.fromisoformat(row["start"])
    assert found(dates, version, start) == [row["development_end"], row["summative_end"]]
    assert found(window_bounds, version, start) == [row["window_first"], row["window_last"]]
    deadline = pass_deadline(version, start)
    assert (deadline.isoformat() if deadline else "") == row["pass_deadline"]


@pytest.mark.requirement("S0-34")
def test_the_leadership_window_is_marked_as_derived(spec: Find) -> None:
    assert spec("npqel").assessment.window_months.derived
    assert not spec("npqlt").assessment.window_months.derived


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last_of_the_month(start: date, months: int) -> None:
    later = add_months(start, months)
    assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == months
    assert later.day == start.day or (later.day < start.day and add_months(later, 0).day == later.day)
    assert later.day == start.day or date.fromordinal(later.toordinal() + 1).day == 1


@pytest.mark.requirement("S4-01")
def test_an_intake_after_the_reform_needs_the_reformed_version(spec: Find) -> None:
    reformed, legacy = spec("npqsl"), spec("npqsl-legacy-international")
    check_intake_start(reformed, date(2021, 9, 6))
    check_intake_start(legacy, date(2021, 1, 11))
    with pytest.raises(Refused, match="1 September 2021") as no:
        check_intake_start(legacy, date(2021, 9, 6))
    assert no.value.code == "intake.closed"
    with pytest.raises(Refused) as no:
        check_intake_start(reformed, date(2021, 8, 31))
    assert no.value.code == "intake.too_early"
    check_intake_start(reformed, date(2021, 9, 1))
    check_intake_start(legacy, date(2021, 8, 31))
    assert pass_deadline(legacy, date(2021, 1, 11)) == date(2022, 7, 11)
    assert legacy.assessment.tasks[0].max_words.values.value == 5000


def test_a_draft_takes_no_intake() -> None:
    draft = read_specification(spoilt('edition = "2030"', 'edition = "2030"\nstate = "draft"'))
    assert not allows(check_intake_start, draft, date(2031, 9, 1))
