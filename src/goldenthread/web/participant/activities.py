"""A person's plan as the pages show it: every activity with its state, its date and where it leads."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.coaching.queries import KIND as COACHING
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.engagement.models import LedgerEntry
from goldenthread.engagement.queries import ActivityLine, lines_of, sums_of
from goldenthread.events.queries import presence_of
from goldenthread.events.rules import SCHEDULED_KINDS
from goldenthread.learning.content import MODULE_KINDS, TASK_KIND
from goldenthread.learning.course_rules import UnitState
from goldenthread.learning.queries import states_of

STUDY = "study"
UNRECORDED = "Register still open"
EVIDENCE = {
    "attendance": "Event register",
    "module_completion": "Module finished",
    "task_response": "Task accepted",
    "coaching_session": "Coaching session",
}


@dataclass(frozen=True)
class Shown:
    """One activity for a page. `state` is a kind of `<c-tag>`; `state_label` its words."""

    line: ActivityLine
    url: str
    state: str
    state_label: str
    opens_on: date | None = None  # while it can't be finished yet

    @property
    def activity(self) -> Any:
        return self.line.activity

    @property
    def label(self) -> str:
        """The title for lists in which kinds are mixed: a module called "Assessment" is not the assessment."""
        title: str = self.activity.title
        return f"Module: {title}" if self.activity.kind == STUDY else title

    @property
    def is_open(self) -> bool:
        return self.state not in ("done", "waiting")

    @property
    def is_event(self) -> bool:
        return self.activity.kind in SCHEDULED_KINDS

    @property
    def near(self) -> str:
        """How the day of the activity is meant: an event on it, or about then while no group has scheduled it."""
        if not self.is_event:
            return "by"
        return "on" if self.activity.starts_at else "around"

    @property
    def when(self) -> str:
        """The day for lists: "by Mon 3 Mar 2025", "on …", "around …"; nothing without one."""
        return f"{self.near} {day_text(self.day)}" if self.day else ""

    @property
    def is_unrecorded(self) -> bool:
        """An event that was, and whose register doesn't name the person yet."""
        return self.state_label == UNRECORDED

    @property
    def day(self) -> date | None:
        day: date | None = self.activity.due_on
        return day


def shown_plan(enrolment: Enrolment, *, today: date) -> list[Shown]:
    """The whole plan in its order. Four queries."""
    states = states_of(enrolment) | presence_of(enrolment)
    return [
        _shown(line, states.get(line.activity.key, ""), today, enrolment.starts_on)
        for line in lines_of(enrolment)
    ]


def formative_tasks(enrolment: Enrolment, *, today: date) -> list[Shown]:
    """The formative tasks of the plan with their states, in its order; none where the version has none (S0-12).
    Two queries.
    """
    states = states_of(enrolment)
    return [
        _shown(line, states.get(line.activity.key, ""), today, enrolment.starts_on)
        for line in sums_of(enrolment, kind=TASK_KIND)
    ]


def opens_later(enrolment: Enrolment, *, at: datetime) -> date | None:
    """The day on which modules and tasks open, None when they are open: as `learning.rules.check_open` has it."""
    return enrolment.starts_on if clock.day_of(at, enrolment.zone) < enrolment.starts_on else None


def _shown(line: ActivityLine, known: str, today: date, opens_on: date) -> Shown:
    state, label = _state(line, known, today)
    if today < opens_on and label in ("To do", "Overdue"):
        return Shown(line, _url(line), "blocked", f"Opens {day_text(opens_on)}", opens_on)
    if known in (UnitState.CORE_TASK, "handed_in", "returned") and line.activity.kind in MODULE_KINDS:
        return Shown(line, reverse("participant:task", args=[line.activity.key]), state, label)
    return Shown(line, _url(line), state, label)


def _state(line: ActivityLine, known: str, today: date) -> tuple[str, str]:
    activity = line.activity
    if known in tuple(UnitState):
        return "now", "Core task open" if known == UnitState.CORE_TASK else "Pages open"
    if known in ("done", "accepted"):
        return "done", "Accepted" if known == "accepted" else "Done"
    if known == "handed_in":
        return "waiting", "With your tutor"
    if known == "returned":
        return "now", "To improve"
    if line.credited and not line.open_minutes:
        return "done", "Attended" if activity.kind in SCHEDULED_KINDS else "Done"
    late = activity.due_on is not None and activity.due_on < today
    if activity.kind in SCHEDULED_KINDS:
        return _event_state(line, known, late=late)
    if activity.kind == COACHING:
        return "todo", "In part" if line.credited else "Not held yet" if late else "To arrange"
    if known == "draft":
        return "now", "Begun, overdue" if late else "Begun"
    if line.credited:
        return "now", "In part"
    return ("problem", "Overdue") if late else ("todo", "To do")


def _event_state(line: ActivityLine, known: str, *, late: bool) -> tuple[str, str]:
    if line.credited:
        return "todo", "In part"
    if known == "absent":
        return "problem", "Missed"
    if not late:
        return "todo", "Coming"
    return ("waiting", UNRECORDED) if line.activity.starts_at else ("problem", "Not scheduled")


def _url(line: ActivityLine) -> str:
    activity = line.activity
    if activity.kind in MODULE_KINDS:
        return reverse("participant:module", args=[activity.key])
    if activity.kind == TASK_KIND:
        return reverse("participant:task", args=[activity.key])
    if activity.kind == COACHING:
        return reverse("participant:coaching")
    if activity.kind in SCHEDULED_KINDS:
        return f"{reverse('participant:schedule')}#{activity.key}"
    return ""


def evidence_text(entry: LedgerEntry) -> str:
    """What a ledger entry rests on, in words."""
    kind = entry.evidence.partition(":")[0]
    return EVIDENCE.get(kind, kind.replace("_", " ").capitalize())
