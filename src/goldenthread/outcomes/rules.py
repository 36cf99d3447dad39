"""Outcomes: which conditions a version sets, and which of them one person met (S0-40, S0-41, S0-74).

A task alone never awards: the engagement condition is part of the outcome where the version's policy says so.
Which family a programme belongs to is not asked; the policy in its specification decides.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from goldenthread.assessment.rules.policies import Length
from goldenthread.catalogue.wording import counted
from goldenthread.common.quantities import hours_text, of_hours, percent_text
from goldenthread.common.refused import Refused
from goldenthread.engagement.rules import Policy, Standing
from goldenthread.marking.rules import Totals, half_text

FURTHEST_PLAN = timedelta(days=366)  # ahead: what is further is a slip of the keyboard


class Attempt(StrEnum):
    """What became of the sitting."""

    MARKED = "marked"
    NOT_HANDED_IN = "not_handed_in"
    HELD_BACK = "held_back"


@dataclass(frozen=True)
class Task:
    """One person's summative task: what became of it, final half marks, maxima and pass mark in marks.

    `held_back` names the condition that kept the case study from somebody, with its figures.
    """

    attempt: Attempt
    half_marks: Totals | None
    maxima: Totals
    pass_mark: int
    held_back: str = ""
    void: bool = False  # a misconduct decision says that the script doesn't count
    length: Length | None = None  # of a script with too many words, where that costs marks

    @property
    def off(self) -> int:
        """The half marks that are taken off for too many words."""
        if self.length is None or self.half_marks is None:
            return 0
        return self.length.half_marks_off(self.half_marks.total)

    @property
    def counts(self) -> int:
        """The half marks that count."""
        return self.half_marks.total - self.off if self.half_marks else 0

    @property
    def successful(self) -> bool:
        return self.half_marks is not None and self.counts >= 2 * self.pass_mark

    @property
    def less_text(self) -> str:
        """What was taken off and why, with the sum after it, or that it was waived, as a clause; "" where neither."""
        if self.length is None:
            return ""
        too_many = f"{counted(self.length.excess, 'word')} too many"
        if not self.length.costly:
            return f"; nothing is taken off for {too_many}, as two people of the programme office decided"
        if not self.off:
            return ""
        if self.length.costly < self.length.excess:
            too_many = f"{self.length.costly:,} of {too_many}"
        return (
            f"; {half_text(self.off)} {'is' if self.off == 2 else 'are'} taken off for "
            f"{too_many} ({self.length.counting.penalty}), "
            f"so {half_text(self.counts)} count"
        )

    @property
    def figures(self) -> dict[str, Any]:
        """The marks for the record: those that count, and where some are taken off, the sum before and why."""
        if self.half_marks is None:
            return {}
        if self.length is None:
            return {"half_marks": self.half_marks.total}
        waived = self.length.costly < self.length.excess
        left = {"words_charged": self.length.costly, "words_too_many": self.length.excess} if waived else {}
        if not self.off:
            return {"half_marks": self.half_marks.total, **left}
        return {
            "half_marks": self.counts,
            "earned_half_marks": self.half_marks.total,
            "half_marks_off": self.off,
            "words_too_many": self.length.excess,
            **left,
        }


@dataclass(frozen=True)
class Condition:
    """One condition as evaluated: whether it is met, in words with figures, and what to do when it isn't."""

    key: str  # entry, engagement, task
    name: str
    met: bool
    text: str
    next_step: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Evaluation:
    """The result of one person with the conditions behind it."""

    conditions: tuple[Condition, ...]
    attempt: Attempt

    @property
    def passed(self) -> bool:
        return all(condition.met for condition in self.conditions)

    def meets(self, key: str) -> bool:
        """Whether the condition of this key is met, or isn't asked."""
        return all(condition.met for condition in self.conditions if condition.key == key)

    @property
    def result(self) -> str:
        return "passed" if self.passed else "not_passed"

    @property
    def half_marks_off(self) -> int:
        """The half marks that were taken off for too many words."""
        return sum(condition.figures.get("half_marks_off", 0) for condition in self.conditions)

    @property
    def headline(self) -> str:
        return headline(self.passed, (c.name for c in self.conditions if not c.met))


def headline(passed: bool, failing: Iterable[str]) -> str:
    """The result in words: "passed", or "not passed: engagement, case study" with every condition that was
    missed (S0-40).
    """
    return "passed" if passed else "not passed: " + ", ".join(failing)


def evaluate(policy: Policy, standing: Standing, task: Task) -> Evaluation:
    """Evaluate a version's conditions for one person; every condition that applies is named, met or not."""
    conditions = []
    if policy.required_to_enter:
        conditions.append(_entry(policy, standing, task))
    if policy.required_to_pass:
        conditions.append(_engagement(standing))
    conditions.append(_task(task, entry_named=policy.required_to_enter))
    if task.void:
        conditions.append(_own_work())
    return Evaluation(tuple(conditions), task.attempt)


def _own_work() -> Condition:
    return Condition(
        "integrity",
        "own work",
        False,
        "After a decision about own work this script doesn't count.",
        "The decision, its reasons and how to appeal stand on your assessment page.",
    )


def evaluate_task(title: str, scheme: str, task: Task) -> Evaluation:
    """The result of one project task, by its marks alone; what else the qualification asks is in `achievement`."""
    figures: dict[str, Any] = {
        "pass_mark": task.pass_mark,
        "maximum": task.maxima.total,
        "scheme": scheme,
        "half_marks": None,
        **task.figures,
    }
    if task.half_marks is None:
        condition = Condition("task", title, False, f"{title} has no marks yet.", "", figures)
        return Evaluation((condition,), task.attempt)
    if task.void:
        text = f"{title} doesn't count: a question about own work was decided so."
        step = "Read the decision, then ask the programme office about further hand-in days."
        return Evaluation((Condition("task", title, False, text, step, figures),), task.attempt)
    text = (
        f"{title} earned {half_text(task.half_marks.total)} of {task.maxima.total} marks by the mark scheme {scheme}"
        f"{task.less_text}; {task.pass_mark} are needed."
    )
    step = (
        ""
        if task.successful
        else "Read the feedback, then ask the programme office about further hand-in days."
    )
    return Evaluation((Condition("task", title, task.successful, text, step, figures),), task.attempt)


def check_marks(task: Task) -> None:
    """Marks belong to a script that was handed in, and each kind lies between nothing and what the scheme gives."""
    if task.half_marks is None:
        return
    if task.attempt is not Attempt.MARKED:
        raise Refused(
            "Nothing was handed in here, so there is nothing that marks could stand for. "
            "Enter this person for a further window instead.",
            code="correction.no_script",
            field="half_marks",
        )
    for name, given, most in (
        ("understanding", task.half_marks.learn_that, task.maxima.learn_that),
        ("application", task.half_marks.learn_how_to, task.maxima.learn_how_to),
    ):
        if not 0 <= given <= 2 * most:
            raise Refused(
                f"Enter 0 to {most} marks for {name}: {half_text(given)} can't be.",
                code="correction.out_of_range",
                field="half_marks",
            )


def _asked(threshold: Fraction | None) -> str:
    return "the share that is asked" if threshold is None else percent_text(threshold)


def _entry(policy: Policy, standing: Standing, task: Task) -> Condition:
    asked = _asked(policy.threshold)
    if task.attempt is not Attempt.HELD_BACK:
        return Condition("entry", "entry", True, f"Engagement had reached {asked} before the window opened.")
    return Condition(
        "entry",
        "entry",
        False,
        task.held_back + " The case study was not released."
        if task.held_back
        else f"Engagement had not reached {asked} before the window opened, so the case study was not released.",
        " ".join(
            (
                *(
                    [f"What was missing when the window opened comes first: {task.held_back}"]
                    if task.held_back
                    else []
                ),
                _ways_on(standing),
                "Then the programme office can enter you for a later window.",
            )
        ),
        _figures(standing),
    )


def _engagement(standing: Standing) -> Condition:
    asked = _asked(standing.threshold)
    if not standing.measurable:
        unknown = ", ".join(standing.unknown) or "the plan"
        return Condition(
            "engagement",
            "engagement",
            False,
            f"Engagement can't be measured: the hours of {unknown} are not known.",
            "The programme office must settle these hours; ask them.",
        )
    text = (
        f"Engagement is {of_hours(standing.counted, standing.planned)} "
        f"({percent_text(standing.share or Fraction(0))}); {asked} is needed."
    )
    return Condition(
        "engagement",
        "engagement",
        standing.met,
        text,
        "" if standing.met else _ways_on(standing),
        _figures(standing),
    )


def _ways_on(standing: Standing) -> str:
    if standing.measurable and standing.shortfall:
        more = hours_text(standing.shortfall)
        return f"{more} more are needed: your engagement page shows what is still open."
    return "Your engagement page shows where you stand."


def _figures(standing: Standing) -> dict[str, Any]:
    return {
        "counted_minutes": standing.counted,
        "planned_minutes": standing.planned,
        "missing_minutes": standing.shortfall,
        "basis_points": standing.basis_points,
    }


def _task(task: Task, *, entry_named: bool) -> Condition:
    figures: dict[str, Any] = {"pass_mark": task.pass_mark, "maximum": task.maxima.total}
    if task.half_marks is None:
        return Condition("task", "case study", False, *_no_marks(task, entry_named=entry_named), figures)
    figures |= task.figures
    text = (
        f"The case study earned {half_text(task.half_marks.total)} of {task.maxima.total} marks{task.less_text}; "
        f"{task.pass_mark} are needed."
    )
    step = (
        ""
        if task.successful
        else "Read the markers' next steps, then ask the programme office about another window."
    )
    return Condition("task", "case study", task.successful, text, step, figures)


def _no_marks(task: Task, *, entry_named: bool) -> tuple[str, str]:
    """Why there are no marks, and what to do; the gate is named here unless a condition of its own names it."""
    if task.attempt is Attempt.HELD_BACK:
        why = f" {task.held_back}" if task.held_back and not entry_named else ""
        return (
            f"There is no script, since the case study was not released.{why}",
            "Close this gap; then the programme office can enter you for a later window." if why else "",
        )
    return (
        "Nothing was handed in before the window closed.",
        "Tell the programme office what happened; they say which window you can sit next.",
    )


def check_plan(release_at: datetime, *, at: datetime) -> None:
    """A release is planned for an instant to come, and for none further ahead than a year."""
    if release_at <= at:
        raise Refused(
            "This is in the past. Choose a time to come, or release the results now.",
            code="plan.past",
            field="day",
        )
    if release_at > at + FURTHEST_PLAN:
        raise Refused("Choose a day within a year.", code="plan.far", field="day")
