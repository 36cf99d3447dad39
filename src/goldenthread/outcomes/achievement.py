"""Whether a version that is assessed by projects is achieved: its rules as a checklist (S1-34, S3-29 to S3-31).

Which rules there are comes from the `[achievement]` of the specification; no programme is named here. The pass
counts on the day on which the moderation of the last task is signed off, since the moderated result is the result
(C-37), and it must lie on or before the day that many months after the start. Pure: days come in as days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from goldenthread.catalogue.rules import add_months
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.outcomes.rules import Condition

MARKING_DAYS = (
    42  # from the end of the hand-in days to a moderated result: two weeks of marking, four of moderation
)


class TaskState(StrEnum):
    """How far a task is; what is provisional is shown to nobody but as "awaiting moderation"."""

    OPEN = "open"
    HANDED_IN = "handed in"
    PROVISIONAL = "awaiting moderation"
    PASSED = "passed"
    NOT_PASSED = "not passed"


@dataclass(frozen=True)
class TaskResult:
    """Where one task stands; `decided_on` is the day of its moderated result, once that is released."""

    title: str
    state: TaskState
    decided_on: date | None = None
    sitting: int = 0  # number of the sitting that it is of, for pages

    @property
    def final(self) -> bool:
        return self.state in (TaskState.PASSED, TaskState.NOT_PASSED)


@dataclass(frozen=True)
class Attempt:
    """One handing in of a task, and the result that stands for it; `passed` None: it isn't released, and `waits`."""

    window: int
    opens_on: date  # of its hand-in days
    passed: bool | None = None
    decided_on: date | None = None
    sitting: int = 0
    waits: TaskState = TaskState.HANDED_IN


def task_result(title: str, attempts: Sequence[Attempt]) -> TaskResult:
    """What the attempts at a task, in the order of their hand-in days, come to.

    A pass of any attempt that still stands passes the task, from the day of the earliest; no other attempt takes it
    away. Without one the task waits for what is handed in and not released, and else the last attempt counts.
    """
    passes = [one for one in attempts if one.passed and one.decided_on]
    if passes:
        first = min(passes, key=lambda one: one.decided_on or date.max)
        return TaskResult(title, TaskState.PASSED, first.decided_on, first.sitting)
    waiting = [one for one in attempts if one.passed is None]
    if waiting:
        return TaskResult(title, waiting[-1].waits)
    if attempts:
        return TaskResult(title, TaskState.NOT_PASSED, attempts[-1].decided_on, attempts[-1].sitting)
    return TaskResult(title, TaskState.OPEN)


@dataclass(frozen=True)
class EventDone:
    """An event of the plan: whether somebody was there the whole day, took part in it at all, or made it up."""

    title: str  # "Event 4: Managing Resources & Risk"
    attended: bool = False
    engaged: bool = False
    caught_up: bool = False


@dataclass(frozen=True)
class Asked:
    """What a version asks besides its tasks; `months` None: no limit is stated."""

    courses: int
    core_tasks: bool
    events: str  # engage, attend
    catch_up_counts: bool
    months: int | None
    warn_at: tuple[int, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What somebody has done. Titles name what is missing; `core_known` False: nobody has set the core tasks up."""

    starts_on: date
    tasks: tuple[TaskResult, ...]
    modules: tuple[tuple[str, bool], ...] = ()
    core_tasks: tuple[tuple[str, bool], ...] = ()
    core_known: bool = True
    events: tuple[EventDone, ...] = ()
    extended_to: date | None = None


class Standing(StrEnum):
    """What the checklist comes to."""

    ACHIEVED = "achieved"
    OPEN = "not complete"  # a task is open
    MISSING = "not achieved yet"  # the tasks are passed, something else is missing and can still be done
    AWAITING = "awaiting moderation"
    NOT_ACHIEVED = "not achieved"


@dataclass(frozen=True)
class Checklist:
    """The conditions with what each rests on, and what they come to together."""

    conditions: tuple[Condition, ...]
    standing: Standing
    pass_by: date | None
    passed_on: date | None

    @property
    def missed(self) -> list[str]:
        return [one.text for one in self.conditions if not one.met]

    @property
    def rests(self) -> bool:
        """Whether what results decide of a pass still stands: every task, and the day by which they were passed.

        Courses and events were met when the pass was concluded, and no result is about them.
        """
        return all(one.met for one in self.conditions if one.key in ("task", "months"))


def pass_by(asked: Asked, facts: Facts) -> date | None:
    """The last day on which a moderated pass counts: so many months after the start, or as extended."""
    limit = None if asked.months is None else add_months(facts.starts_on, asked.months)
    if limit is None or facts.extended_to is None:
        return limit
    return max(limit, facts.extended_to)


@dataclass(frozen=True)
class UsefulDay:
    """The last day on which hand-in days may end and still leave time for marking and moderation, and the day by which
    the moderated pass must be there.

    Nothing is marked before the last of the hand-in days is over, so that handing in early brings no pass sooner.
    """

    day: date
    pass_by: date

    @property
    def why(self) -> str:
        """Why it is that day, as a sentence."""
        return (
            f"The moderated pass must be there by {day_text(self.pass_by)}, and marking and moderation take "
            f"{MARKING_DAYS // 7} weeks from the end of the hand-in days."
        )

    def is_beyond(self, closes_on: date | None, *, on: date) -> bool:
        """Whether hand-in days that end on a day end too late; without days, whether the useful day itself is over."""
        return self.day < (on if closes_on is None else closes_on)

    def note(self, closes_on: date | None, *, on: date, handed_in: bool = False) -> str:
        """What is to be said to the person whose hand-in days end on `closes_on` (None: no days are set): which day was
        the last one, why, and what to do. "" where nothing is in the way.
        """
        if not self.is_beyond(closes_on, on=on):
            return ""
        later = "" if closes_on is None else f" These days end on {day_text(closes_on)}."
        if on > self.day:
            now = "Ask" if handed_in or closes_on is None else "Hand in as soon as you can, and ask"
            return (
                f"{day_text(self.day)} was your last useful day. {self.why}{later} {now} the programme office about an "
                f"extension: without one, a pass after {day_text(self.pass_by)} doesn't count."
            )
        return (
            f"Your last useful day is {day_text(self.day)}. {self.why}{later} However early you hand in, your pass may "
            "come too late: ask the programme office about an extension now."
        )


def useful_day(asked: Asked, facts: Facts) -> UsefulDay | None:
    """The last useful day of somebody, and why it is that; None where their version sets no last day for a pass."""
    limit = pass_by(asked, facts)
    return None if limit is None else UsefulDay(limit - timedelta(days=MARKING_DAYS), limit)


def last_useful_day(asked: Asked, facts: Facts) -> date | None:
    """The last day on which handing in still leaves time for marking and moderation before the pass must be there."""
    found = useful_day(asked, facts)
    return found.day if found else None


def warnings_due(asked: Asked, facts: Facts, on: date) -> list[int]:
    """The months after the start at which somebody is warned and that have come by `on`: [12, 15] after 15 months."""
    return [month for month in asked.warn_at if add_months(facts.starts_on, month) <= on]


def months_since(facts: Facts, on: date) -> int:
    """Whole months from the start to a day: 17 on the day before the 18th is over."""
    months = (on.year - facts.starts_on.year) * 12 + on.month - facts.starts_on.month
    return months if add_months(facts.starts_on, months) <= on else months - 1


def checklist(asked: Asked, facts: Facts, on: date) -> Checklist:
    """Evaluate every rule as of a day; each names what is missing with its figure."""
    limit, passed_on = pass_by(asked, facts), _passed_on(facts)
    conditions = (
        _courses(asked, facts),
        *([_core_tasks(facts)] if asked.core_tasks else []),
        _events(asked, facts),
        *(_task(one) for one in facts.tasks),
        *([_in_time(asked, facts, limit, passed_on, on)] if limit is not None else []),
    )
    return Checklist(conditions, _standing(conditions, facts, limit, passed_on, on), limit, passed_on)


def _passed_on(facts: Facts) -> date | None:
    """The day on which the last of all tasks was passed; None until all are."""
    days = [task.decided_on for task in facts.tasks if task.state is TaskState.PASSED and task.decided_on]
    return max(days) if facts.tasks and len(days) == len(facts.tasks) else None


def _standing(
    conditions: Sequence[Condition], facts: Facts, limit: date | None, passed_on: date | None, on: date
) -> Standing:
    if all(condition.met for condition in conditions):
        return Standing.ACHIEVED
    if limit is not None and (passed_on or on) > limit:
        return Standing.NOT_ACHIEVED
    if passed_on is not None:
        return Standing.MISSING
    waiting = [task for task in facts.tasks if task.state is TaskState.PROVISIONAL]
    settled = all(task.final or task.state is TaskState.PROVISIONAL for task in facts.tasks)
    return Standing.AWAITING if waiting and settled else Standing.OPEN


def _named(missing: Sequence[str]) -> str:
    return ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")


def _courses(asked: Asked, facts: Facts) -> Condition:
    missing = [title for title, done in facts.modules if not done]
    done, every = len(facts.modules) - len(missing), len(facts.modules)
    name = f"{asked.courses} online courses"
    met = not missing and bool(facts.modules)
    text = f"{done} of {every} modules are finished." if facts.modules else "The courses have no modules yet."
    if missing:
        text = f"{done} of {every} modules are finished; missing: {_named(missing)}."
    return Condition(
        "courses", name, met, text, "" if met else "Finish what is missing under Learning.",
        {"done": done, "of": every},
    )  # fmt: skip


def _core_tasks(facts: Facts) -> Condition:
    if not facts.core_known:
        return Condition(
            "core_tasks", "core tasks", False, "The core tasks of the courses are not set up yet.",
            "The programme office must enter them; ask them.",
        )  # fmt: skip
    missing = [title for title, done in facts.core_tasks if not done]
    done, every = len(facts.core_tasks) - len(missing), len(facts.core_tasks)
    text = f"{done} of {every} core tasks are accepted"
    text += f"; missing: {_named(missing)}." if missing else "."
    return Condition(
        "core_tasks", "core tasks", not missing, text,
        "Hand in what is missing under Learning." if missing else "", {"done": done, "of": every},
    )  # fmt: skip


def _done(event: EventDone, *, attend: bool, made_up: bool) -> bool:
    """Engaging is taking part in any way, a recorded catch-up too; attending is being there the whole day, or a
    recorded catch-up where the version lets it count.
    """
    if attend:
        return event.attended or (made_up and event.caught_up)
    return event.engaged or event.caught_up


def _events(asked: Asked, facts: Facts) -> Condition:
    """Every event of the plan was attended, or engaged with, as the version asks (C-18); the others are named."""
    attend = asked.events == "attend"
    missing = [
        one.title for one in facts.events if not _done(one, attend=attend, made_up=asked.catch_up_counts)
    ]
    done, every = len(facts.events) - len(missing), len(facts.events)
    verb = "attended" if attend else "engaged with"
    text = f"{done} of {every} events {verb}."
    if missing:
        text = f"{done} of {every} events {verb}: {_named([f'{title} not {verb}' for title in missing])}."
    step = "Ask the programme office how to make it up; they record it." if missing else ""
    met = not missing and bool(facts.events)
    return Condition("events", "events", met, text, step, {"done": done, "of": every})


def _task(task: TaskResult) -> Condition:
    met = task.state is TaskState.PASSED
    when = f" on {day_text(task.decided_on)}" if task.decided_on else ""
    text = {
        TaskState.OPEN: f"{task.title} is open: nothing is handed in that counts.",
        TaskState.HANDED_IN: f"{task.title} is handed in and waits for marking.",
        TaskState.PROVISIONAL: f"{task.title} is awaiting moderation.",
        TaskState.PASSED: f"{task.title} is passed{when}.",
        TaskState.NOT_PASSED: f"{task.title} is not passed{when}.",
    }[task.state]
    step = {
        TaskState.OPEN: "Hand it in on its page.",
        TaskState.NOT_PASSED: "Read the feedback, then ask the programme office about further hand-in days.",
    }.get(task.state, "")
    return Condition("task", task.title, met, text, step)


def _in_time(asked: Asked, facts: Facts, limit: date, passed_on: date | None, on: date) -> Condition:
    name = f"pass within {asked.months} months"
    extended = facts.extended_to is not None and limit == facts.extended_to
    by = f"{day_text(limit)}{', as extended' if extended else ''}"
    if passed_on is not None and passed_on <= limit:
        return Condition("months", name, True, f"Passed on {day_text(passed_on)}; the last day is {by}.")
    if (passed_on or on) > limit:
        what = f"passed on {day_text(passed_on)}" if passed_on else "no moderated pass"
        return Condition(
            "months", name, False, f"{asked.months} months exceeded: {what}, and the last day was {by}.",
            "Ask the programme office about an extension; they decide with a reason.",
        )  # fmt: skip
    return Condition(
        "months", name, False, f"The moderated pass must be there by {by}.",
        hand_in_advice(facts, limit=limit, on=on),
    )  # fmt: skip


def hands_nothing_in(facts: Facts) -> bool:
    """Whether every task is passed, or handed in and waits: nothing more is asked while that stands."""
    done = (TaskState.HANDED_IN, TaskState.PROVISIONAL, TaskState.PASSED)
    return bool(facts.tasks) and all(task.state in done for task in facts.tasks)


def hand_in_advice(facts: Facts, *, limit: date, on: date) -> str:
    """What to do so that the pass is there by the last day `limit`; it names no day that is over to hand in by."""
    useful = limit - timedelta(days=MARKING_DAYS)
    if hands_nothing_in(facts):
        return "Everything is handed in: nothing more is asked of you until the results are there."
    if on > useful:
        return (
            f"{day_text(useful)} was the last day that leaves time for marking and moderation. Hand in as soon as you "
            "can, and ask the programme office about an extension."
        )
    return f"Hand in by {day_text(useful)}, in days that end by then: marking begins once they are over."


def check_extension(until: date, reason: str, *, limit: date | None) -> None:
    """An extension has a reason and moves the last day to a later one."""
    if not reason.strip():
        raise Refused(
            "Say why: the decision and its reason are kept.", code="extension.reason", field="reason"
        )
    if limit is None:
        raise Refused(
            "This programme sets no last day, so there is nothing to extend.", code="extension.none"
        )
    if until <= limit:
        raise Refused(
            f"The last day is {day_text(limit)} already: choose a later one.",
            code="extension.early",
            field="until",
        )
