"""The plan of a specification: it sums to the version's hours, and every date lies within its stage."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.catalogue.specification import Specification
from goldenthread.engagement.outline import outline, outline_of, share_out
from tests import shipped

SPECIFICATIONS = {file.specification.id: file.specification for file in shipped.catalogue().versions}
START, END = date(2024, 9, 2), date(2025, 9, 2)


def plan_of(key: str, model: str = "") -> list:
    return outline(SPECIFICATIONS[key], delivery_model=model, starts_on=START, ends_on=END)


def hours(key: str) -> int:
    return sum(item.minutes or 0 for item in plan_of(key)) // 60


@pytest.mark.requirement("S0-22")
@pytest.mark.parametrize("programme", ["npqlt", "npqltd", "npqlbc"])
def test_the_plan_of_a_specialist_programme_has_74_hours(programme: str) -> None:
    assert hours(f"{programme}-reformed-international") == 74


@pytest.mark.requirement("S0-23", "S0-24", "S0-25")
@pytest.mark.parametrize(("programme", "total"), [("npqsl", 90), ("npqh", 104), ("npqel", 116)])
def test_the_plan_of_a_leadership_programme_has_its_hours(programme: str, total: int) -> None:
    assert hours(f"{programme}-reformed-international") == total


def test_the_plan_of_the_legacy_npqsl_has_92_hours() -> None:
    assert hours("npqsl-legacy-international") == 92


@pytest.mark.requirement("S3-14")
def test_unknown_hours_stay_unknown_in_the_plan() -> None:
    plan = plan_of("npqh-legacy-england")
    assert sum(item.minutes for item in plan if item.minutes is not None) == 9 * 60
    assert {item.component for item in plan if item.minutes is None} == {"diagnostic", "events", "study"}


@pytest.mark.requirement("S0-44")
@pytest.mark.parametrize(("programme", "days"), [("npqlt", 3), ("npqsl", 4), ("npqh", 5), ("npqel", 6)])
def test_event_days_have_six_hours_each(programme: str, days: int) -> None:
    events = [item for item in plan_of(f"{programme}-reformed-international") if item.kind == "event"]
    assert [item.minutes for item in events] == [360] * days


@pytest.mark.requirement("S0-29")
@pytest.mark.parametrize("spec", SPECIFICATIONS.values(), ids=list(SPECIFICATIONS))
def test_a_plan_holds_the_minutes_of_each_component_and_nothing_assessed(spec: Specification) -> None:
    for model in spec.delivery_models:
        plan = plan_of(spec.id, model.key)
        for component in spec.components:
            mine = [item.minutes for item in plan if item.component == component.key]
            if not component.counts:
                assert mine == []
            elif component.minutes is None:
                assert set(mine) == {None}
            else:
                assert sum(mine) == component.minutes


@pytest.mark.parametrize("spec", SPECIFICATIONS.values(), ids=list(SPECIFICATIONS))
def test_activities_have_keys_of_their_own_and_dates_within_the_stage(spec: Specification) -> None:
    plan = plan_of(spec.id)
    assert len({item.key for item in plan}) == len(plan)
    assert all(START < item.due_on <= END for item in plan)
    assert {item.lane for item in plan} <= {"facilitated", "self-directed"}


@pytest.mark.requirement("S1-15")
def test_events_and_briefings_are_facilitated_and_study_is_self_directed() -> None:
    lanes = {item.kind: item.lane for item in plan_of("npqsl-legacy-international")}
    assert (lanes["event"], lanes["briefing"], lanes["study"]) == (
        "facilitated",
        "facilitated",
        "self-directed",
    )


def test_a_delivery_model_turns_events_into_two_week_windows_of_the_same_minutes() -> None:
    at_a_distance = plan_of("npqsl-legacy-international", "distance")
    windows = [item for item in at_a_distance if item.kind == "fortnight"]
    events = [item for item in plan_of("npqsl-legacy-international", "whole-school") if item.kind == "event"]
    assert [(item.key, item.minutes) for item in windows] == [(item.key, item.minutes) for item in events]


def test_induction_comes_first_and_the_rest_in_order_of_date() -> None:
    plan = plan_of("npqsl-reformed-international")
    assert [item.stage for item in plan[:2]] == ["induction", "induction"]
    assert [item.due_on for item in plan[2:]] == sorted(item.due_on for item in plan[2:])


def test_a_version_of_unknown_length_has_a_plan_without_dates() -> None:
    spec = SPECIFICATIONS["npqsl-legacy-international"]
    plan = outline(spec, delivery_model="", starts_on=START, ends_on=None)
    assert {item.due_on for item in plan} == {None}
    assert {item.key for item in plan} == {item.key for item in outline_of(spec)}


@given(total=st.integers(0, 100_000), parts=st.integers(1, 60))
def test_sharing_out_loses_no_minute(total: int, parts: int) -> None:
    shares = share_out(total, parts)
    assert sum(shares) == total
    assert len(shares) == parts
    assert all(share >= 0 for share in shares)
    assert max(shares) - min(shares) < 10


def test_sharing_out_over_nobody_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        share_out(60, 0)
