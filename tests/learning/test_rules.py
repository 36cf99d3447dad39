"""States of a response, what makes work complete, what feedback must hold."""

from datetime import date

import pytest

from goldenthread.common.refused import Refused
from goldenthread.learning import rules
from goldenthread.learning.models import ResponseState
from goldenthread.learning.rules import State, Verb, Work

COMPLETE = Work("context", "application", "evidence")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
def test_what_the_table_does_not_hold_is_refused_with_a_reason(state: State, verb: Verb) -> None:
    after = rules.TRANSITIONS[state].get(verb)
    if after:
        assert rules.move(state, verb) == after
    else:
        with pytest.raises(Refused) as refusal:
            rules.move(state, verb)
        assert len(refusal.value.message) > 20


def test_the_table_knows_every_state_of_the_database() -> None:
    assert set(ResponseState.values) == set(State) == set(rules.TRANSITIONS)


def test_participants_write_only_while_draft_or_returned() -> None:
    assert [state for state in State if rules.may_edit(state)] == [State.DRAFT, State.RETURNED]


@pytest.mark.requirement("S0-13")
@pytest.mark.parametrize("field", ["context", "application", "evidence"])
@pytest.mark.parametrize("nothing", ["", "  \n\t"])
def test_work_without_one_of_the_three_parts_is_not_complete(field: str, nothing: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_complete(Work(**{**COMPLETE.__dict__, field: nothing}))
    assert refusal.value.field == field


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(rules.Incomplete) as refusal:
        rules.check_complete(Work(application="We began with questions."))
    assert list(refusal.value.missing) == ["context", "evidence"]
    assert all(advice in refusal.value.message for advice in refusal.value.missing.values())


def test_a_reflection_is_not_needed() -> None:
    rules.check_complete(COMPLETE)


def test_a_text_may_have_exactly_its_limit() -> None:
    rules.check_length(Work(context="x" * 20_000))
    with pytest.raises(Refused, match="by 1 characters"):
        rules.check_length(Work(context="x" * 20_001))


@pytest.mark.requirement("S2-35")
def test_feedback_needs_a_strength_and_a_next_step() -> None:
    rules.check_feedback(strength="Clear aims", next_step="Measure earlier")
    for strength, next_step, field in [("", "Measure", "strength"), ("Clear", " ", "next_step")]:
        with pytest.raises(Refused) as refusal:
            rules.check_feedback(strength=strength, next_step=next_step)
        assert refusal.value.field == field


@pytest.mark.requirement("S2-35")
def test_a_task_without_purpose_is_refused() -> None:
    with pytest.raises(Refused, match="purpose"):
        rules.check_task(purpose=" ")


def test_a_module_ends_with_a_reflection_of_bounded_length() -> None:
    rules.check_reflection("x" * 5_000)
    for reflection in (" ", "x" * 5_001):
        with pytest.raises(Refused):
            rules.check_reflection(reflection)


def test_a_plan_opens_on_the_first_day_of_its_programme_and_not_before() -> None:
    first = date(2025, 1, 6)
    rules.check_open(opens_on=first, today=first)
    rules.check_open(opens_on=first, today=date(2026, 1, 6))
    with pytest.raises(Refused, match="begins on Mon 6 Jan 2025") as refusal:
        rules.check_open(opens_on=first, today=date(2025, 1, 5))
    assert refusal.value.code == "activity.not_open"
