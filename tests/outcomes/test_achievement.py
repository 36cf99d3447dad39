"""What a version asks for the qualification besides marks, as pure rules (S1-34, S3-29 to S3-31)."""

from dataclasses import replace
from datetime import date

import pytest

from goldenthread.common.refused import Refused
from goldenthread.outcomes.achievement import (
    Asked,
    EventDone,
    Facts,
    Standing,
    TaskResult,
    TaskState,
    check_extension,
    checklist,
    last_useful_day,
    pass_by,
    warnings_due,
)

ENGAGE = Asked(
    courses=3, core_tasks=True, events="engage", catch_up_counts=True, months=18, warn_at=(12, 15, 17)
)
ATTEND = replace(ENGAGE, events="attend")
MODULES = tuple((f"Module {n}", True) for n in range(1, 13))
CORE = tuple((f"Core task {n}", True) for n in range(1, 13))
EVENTS = tuple(EventDone(f"event {n}", attended=True, engaged=True) for n in range(1, 6))
PASSED = TaskResult("Project", TaskState.PASSED, date(2020, 7, 14))
DONE = Facts(date(2019, 1, 14), (PASSED,), MODULES, CORE, True, EVENTS)
LATER = date(2020, 8, 1)


@pytest.mark.requirement("S1-34")
def test_a_moderated_pass_on_the_last_day_counts_and_a_day_later_does_not() -> None:
    assert checklist(ENGAGE, DONE, LATER).standing is Standing.ACHIEVED
    late = replace(DONE, tasks=(replace(PASSED, decided_on=date(2020, 7, 15)),))
    found = checklist(ENGAGE, late, LATER)
    assert found.standing is Standing.NOT_ACHIEVED
    assert found.missed[0].startswith("18 months exceeded: passed on Wed 15 Jul 2020")
    extended = checklist(ENGAGE, replace(late, extended_to=date(2020, 9, 30)), LATER)
    assert extended.standing is Standing.ACHIEVED
    core = replace(DONE, core_tasks=(*CORE[:6], ("Core task 7", False), *CORE[7:]))
    without = checklist(ENGAGE, core, date(2020, 7, 14))
    assert without.standing is Standing.MISSING
    assert "missing: Core task 7." in without.missed[0]
    assert checklist(ENGAGE, replace(core, tasks=late.tasks), LATER).standing is Standing.NOT_ACHIEVED


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2019, 1, 14), date(2020, 7, 14)),
        (date(2018, 8, 31), date(2020, 2, 29)),  # the last day of a shorter month
        (date(2017, 8, 31), date(2019, 2, 28)),
        (date(2020, 2, 29), date(2021, 8, 29)),
    ],
)
def test_eighteen_months_end_on_the_day_of_the_month_or_its_last(start: date, last: date) -> None:
    assert pass_by(ENGAGE, replace(DONE, starts_on=start)) == last


def test_warnings_come_on_the_day_and_the_last_useful_day_leaves_six_weeks() -> None:
    due = {
        day: warnings_due(ENGAGE, DONE, day)
        for day in (date(2020, 1, 13), date(2020, 1, 14), date(2020, 6, 14))
    }
    assert list(due.values()) == [[], [12], [12, 15, 17]]
    assert last_useful_day(ENGAGE, DONE) == date(2020, 6, 2)
    assert last_useful_day(replace(ENGAGE, months=None), DONE) is None


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2020, 1, 1), "Hand in by Tue 2 Jun 2020, in days that end by then"),
        (date(2020, 6, 2), "Hand in by Tue 2 Jun 2020, in days that end by then"),
        (date(2020, 6, 3), "Tue 2 Jun 2020 was the last day that leaves time"),
        (date(2020, 7, 14), "Tue 2 Jun 2020 was the last day that leaves time"),
        (date(2020, 7, 15), "Ask the programme office about an extension"),
    ],
)
def test_nobody_is_told_to_hand_in_by_a_day_that_is_over(on: date, said: str) -> None:
    two = replace(DONE, tasks=(PASSED, TaskResult("Task 2", TaskState.OPEN)))
    (step,) = [one.next_step for one in checklist(ENGAGE, two, on).conditions if one.key == "months"]
    assert step.startswith(said)


@pytest.mark.parametrize("state", [TaskState.HANDED_IN, TaskState.PROVISIONAL])
def test_who_has_handed_everything_in_is_not_told_to_hand_in(state: TaskState) -> None:
    for on in (date(2020, 1, 1), date(2020, 7, 1)):
        waits = replace(DONE, tasks=(PASSED, TaskResult("Task 2", state)))
        (step,) = [one.next_step for one in checklist(ENGAGE, waits, on).conditions if one.key == "months"]
        assert step.startswith("Everything is handed in")
    failed = replace(DONE, tasks=(TaskResult("Task 1", TaskState.NOT_PASSED), TaskResult("Task 2", state)))
    (step,) = [one.next_step for one in checklist(ENGAGE, failed, on).conditions if one.key == "months"]
    assert "Hand in as soon as you can" in step


@pytest.mark.requirement("S3-31")
def test_events_are_attended_or_made_up_where_the_version_asks_for_attendance() -> None:
    four = replace(DONE, events=(*EVENTS[:3], EventDone("event 4"), EVENTS[4]))
    found = checklist(ATTEND, four, date(2020, 7, 14))
    assert found.standing is Standing.MISSING
    assert found.missed == ["4 of 5 events attended: event 4 not attended."]
    made_up = replace(four, events=(*EVENTS[:3], EventDone("event 4", caught_up=True), EVENTS[4]))
    assert checklist(ATTEND, made_up, LATER).standing is Standing.ACHIEVED
    assert checklist(replace(ATTEND, catch_up_counts=False), made_up, LATER).standing is not Standing.ACHIEVED


def test_taking_part_in_half_a_day_is_engagement_and_no_attendance() -> None:
    part = replace(DONE, events=(EventDone("event 1", engaged=True), *EVENTS[1:]))
    assert checklist(ENGAGE, part, LATER).standing is Standing.ACHIEVED
    assert checklist(ATTEND, part, date(2020, 7, 14)).missed == [
        "4 of 5 events attended: event 1 not attended."
    ]


@pytest.mark.requirement("S3-29")
def test_a_passed_task_beside_an_open_one_is_not_complete() -> None:
    two = replace(DONE, tasks=(replace(PASSED, title="Task 1"), TaskResult("Task 2", TaskState.OPEN)))
    found = checklist(ATTEND, two, date(2020, 1, 1))
    assert found.standing is Standing.OPEN
    assert found.standing == "not complete"
    assert "Task 2 is open: nothing is handed in that counts." in found.missed


def test_one_final_and_one_provisional_task_are_awaiting_moderation() -> None:
    first = replace(PASSED, title="Task 1")
    for state in (TaskState.PASSED, TaskState.NOT_PASSED):
        two = replace(DONE, tasks=(replace(first, state=state), TaskResult("Task 2", TaskState.PROVISIONAL)))
        assert checklist(ATTEND, two, date(2020, 1, 1)).standing is Standing.AWAITING
    marking = replace(DONE, tasks=(first, TaskResult("Task 2", TaskState.HANDED_IN)))
    assert checklist(ATTEND, marking, date(2020, 1, 1)).standing is Standing.OPEN


def test_the_last_pass_counts_and_without_modules_nothing_is_met_by_chance() -> None:
    two = replace(DONE, tasks=(PASSED, replace(PASSED, title="Task 2", decided_on=date(2020, 7, 15))))
    assert checklist(ENGAGE, two, LATER).standing is Standing.NOT_ACHIEVED
    empty = checklist(ENGAGE, replace(DONE, modules=(), core_known=False, core_tasks=(), events=()), LATER)
    assert [one.key for one in empty.conditions if not one.met] == ["courses", "core_tasks", "events"]
    missing = replace(DONE, modules=(*MODULES[:10], ("Module 11", False), MODULES[11]))
    assert "11 of 12 modules are finished; missing: Module 11." in checklist(ENGAGE, missing, LATER).missed


@pytest.mark.parametrize(
    ("until", "reason", "limit", "code"),
    [
        (date(2020, 9, 1), " ", date(2020, 7, 14), "extension.reason"),
        (date(2020, 7, 14), "ill", date(2020, 7, 14), "extension.early"),
        (date(2020, 9, 1), "ill", None, "extension.none"),
    ],
)
def test_an_extension_has_a_reason_and_a_later_day(
    until: date, reason: str, limit: date | None, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        check_extension(until, reason, limit=limit)
    assert caught.value.code == code
