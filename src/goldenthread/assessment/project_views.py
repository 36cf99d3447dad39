"""One task of a project as its page shows it, and a line for each task of somebody's version."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import FilteredRelation, Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import rules, upload_queries
from goldenthread.assessment.dated_policies import assessment_on
from goldenthread.assessment.models import Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.project_calendars import calendar_of
from goldenthread.assessment.project_models import Project
from goldenthread.assessment.rules import calendars, projects
from goldenthread.catalogue.terms import ProjectTask
from goldenthread.common import clock


@dataclass(frozen=True)
class TaskView:
    """A project task of one enrolment: what it asks, what is there, what is still open, and what was handed in."""

    task: ProjectTask
    ask: projects.Ask
    opening: projects.Opening
    project: Project | None
    enrolment: Enrolment
    window: Window | None
    sitting: Sitting | None
    script: Script | None
    passed: bool
    locked: bool  # with the markers, or passed
    at: datetime

    @cached_property
    def made(self) -> projects.Made:
        """All that was put together; loads what belongs to the project when it is first asked for."""
        if self.project is None:
            return replace(projects.Made(), calendar=self.calendar)
        return queries.made_of(queries.complete(self.project), ask=self.ask, at=self.at)

    @cached_property
    def calendar(self) -> calendars.Calendar:
        """The calendar of the person's own school. One query."""
        return calendar_of(self.enrolment.school, market=self.enrolment.version.market)

    @property
    def words(self) -> int:
        """The words of the account as it is kept."""
        return queries.words_in(self.project.account, self.ask) if self.project else 0

    @property
    def files(self) -> int:
        """How many files of evidence there are."""
        return int(vars(self.project)["file_count"]) if self.project else 0

    @property
    def faults(self) -> list[tuple[str, Any]]:
        return projects.faults(self.ask, self.made)

    @property
    def days(self) -> tuple[datetime, datetime, str] | None:
        """First and last instant of the hand-in days and their zone: of the person's place, or, until they have it, of
        the days themselves. None while no days are set."""
        if self.sitting is not None:
            return self.sitting.opens_at, self.sitting.closes_at, self.sitting.zone
        if self.window is None:
            return None
        return *rules.window_instants(
            self.window.opens_on, self.window.days, self.window.zone
        ), self.window.zone

    @cached_property
    def paused_until(self) -> datetime | None:
        """Until when nothing may change, as a document that came in time can still be handed in. One query at most."""
        found = None if self.locked or self.sitting is None else self.sitting
        return upload_queries.paused_until(found, at=self.at) if found else None

    @property
    def open_for_hand_in(self) -> bool:
        """Whether something can be handed in now, with a place or without one yet: handing in gives it."""
        if self.passed or self.window is None or self.window.state != WindowState.SCHEDULED:
            return False
        return self.days is not None and self.days[0] <= self.at <= self.days[1]


def task_view(enrolment: Enrolment, key: str, *, at: datetime) -> TaskView:
    """Everything about one task of an enrolment that its page needs; 404 where the version has no such task.

    Of a task that is passed it is the place in which something was handed in, not that of further days.
    """
    specification = enrolment.version.specification
    project = queries.project_of(enrolment, key)
    window, sitting, done = queries.place_of(enrolment, key)
    if done and sitting is None:  # further days are for others: what was handed in before stays in view
        sitting = _last_place(enrolment, key)
        window = sitting.window if sitting else window
    script = sitting.scripts.filter(current=True).defer("text", "parts").first() if sitting else None
    return TaskView(
        task=queries.task_of(specification, key),
        ask=queries.ask_of(
            specification, key, window, now=assessment_on(enrolment.version, clock.day_of(at))
        ),
        opening=queries.opening_of(enrolment, project),
        project=project,
        enrolment=enrolment,
        window=window,
        sitting=sitting,
        script=script,
        passed=done,
        locked=done or queries.is_locked(sitting, at=at),
        at=at,
    )


def _last_place(enrolment: Enrolment, key: str) -> Sitting | None:
    own = Sitting.objects.filter(enrolment=enrolment, window__task=key).select_related("window")
    return own.exclude(window__state=WindowState.CANCELLED).order_by("-opens_at", "-pk").first()


@dataclass(frozen=True)
class TaskLine:
    """A project task in a list: what it is, whether its plan is open, and the project if there is one."""

    task: ProjectTask
    opening: projects.Opening
    project: Project | None


def task_lines(enrolment: Enrolment) -> list[TaskLine]:
    """All tasks of an enrolment in order; none where there is a case study. Two queries."""
    tasks = queries.tasks_of(enrolment.version.specification)
    if not tasks:
        return []
    mine = Project.objects.filter(enrolment=enrolment).select_related("placement__school").order_by("pk")
    known = {one.task: one for one in mine}
    opened = projects.Opening(opened_by_staff=True)
    event = opened if len(known) == len(tasks) else queries.event_opening(enrolment)
    return [TaskLine(one, opened if one.key in known else event, known.get(one.key)) for one in tasks]


@dataclass(frozen=True)
class TaskDays:
    """The hand-in days of a project task for one person: from when to when in which zone, and whether it is in."""

    key: str
    title: str
    opens_at: datetime
    closes_at: datetime
    zone: str
    window: int
    handed_in: bool


def days_ahead(enrolment: Enrolment, *, at: datetime) -> list[TaskDays]:
    """The hand-in days of somebody's tasks that are not over, the first to close first; not of tasks that are passed.

    None where there is a case study, or the enrolment has ended. One query, and one more for each task with earlier
    days, which may be passed.
    """
    titles = {task.key: task.title for task in queries.tasks_of(enrolment.version.specification)}
    if not titles or enrolment.withdrawn_at is not None:
        return []
    own = Window.objects.filter(intake=enrolment.intake_id, task__in=titles)
    mine = FilteredRelation("sittings", condition=Q(sittings__enrolment=enrolment.pk))
    every = own.exclude(state=WindowState.CANCELLED).annotate(mine=mine).select_related("mine")  # type: ignore[misc]
    latest: dict[str, Window] = {}
    again = set()
    for window in every.order_by("-opens_on", "-pk"):
        if window.task in latest:
            again.add(window.task)
        latest.setdefault(window.task, window)
    found = [
        _days_in(window, titles[key])
        for key, window in latest.items()
        if window.state == WindowState.SCHEDULED
    ]
    ahead = [one for one in found if one is not None and at <= one.closes_at]
    left = [one for one in ahead if one.key not in again or not queries.has_passed(enrolment, one.key)]
    return sorted(left, key=lambda one: (one.closes_at, one.key))


def _days_in(window: Window, title: str) -> TaskDays | None:
    """Of the person's place, or, until they have one, of the days themselves; none once theirs is deferred."""
    sitting: Sitting | None = getattr(window, "mine", None)
    if sitting is not None and sitting.state not in (SittingState.BOOKED, SittingState.HANDED_IN):
        return None
    if sitting is not None:
        opens_at, closes_at, zone = sitting.opens_at, sitting.closes_at, sitting.zone
    else:
        opens_at, closes_at = rules.window_instants(window.opens_on, window.days, window.zone)
        zone = window.zone
    done = sitting is not None and sitting.state == SittingState.HANDED_IN
    return TaskDays(window.task, title, opens_at, closes_at, zone, window.pk, done)
