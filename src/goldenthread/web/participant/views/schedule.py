"""The schedule: an agenda by month in two lanes, and the same as a calendar file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.assessment.project_views import TaskDays, days_ahead
from goldenthread.assessment.queries import sittings_of
from goldenthread.assessment.stages import gate_text
from goldenthread.common import ical
from goldenthread.common.days import deadline_text, last_day
from goldenthread.events.models import EventDay
from goldenthread.events.queries import days_of_participant
from goldenthread.groups.queries import own_group_of
from goldenthread.outcomes.useful_days import useful_day_of
from goldenthread.web.participant.activities import Shown, shown_plan
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.task_days import note_of
from goldenthread.web.shared.http import today


@dataclass(frozen=True)
class Item:
    """One activity on the agenda, with the event day of the person's group where there is one."""

    shown: Shown
    event: EventDay | None

    @property
    def starts_at(self) -> datetime | None:
        return self.event.starts_at if self.event else None


@dataclass(frozen=True)
class Month:
    name: str
    items: list[Item]
    is_past: bool


@require_safe
@with_enrolment
def schedule(request: HttpRequest, mine: Mine) -> HttpResponse:
    items = _items(mine, today(request))
    lane = request.GET.get("lane", "")
    chosen = [item for item in items if item.shown.activity.lane == lane] if lane in LANES else items
    months = _months(chosen, today(request))
    context = {
        "mine": mine,
        "months": months,
        "past": [month for month in months if month.is_past],
        "ahead": [month for month in months if not month.is_past],
        "undated": [item for item in chosen if item.shown.day is None],
        "lanes": _lanes(items, lane),
        "group": own_group_of(mine.enrolment),
        "windows": _windows(mine, request.received_at),  # type: ignore[attr-defined]
        "tasks": _tasks(mine, request.received_at),  # type: ignore[attr-defined]
    }
    return render(request, "participant/schedule.html", context)


def _tasks(mine: Mine, at: datetime) -> list[tuple[TaskDays, str]]:
    """The hand-in days of project tasks, each with what is to be said where they end after the last useful day."""
    found = days_ahead(mine.enrolment, at=at)
    useful = useful_day_of(mine.enrolment) if found else None
    return [(one, note_of(one, useful, at=at)) for one in found]


@dataclass(frozen=True)
class ShownWindow:
    """The person's window on the schedule: what is to be said of it now, and where it leads."""

    sitting: Sitting
    title: str
    url: str
    label: str
    why: str = ""  # what held them back


def _windows(mine: Mine, at: datetime) -> list[ShownWindow]:
    """The windows of the enrolment whose results are not out, the next first. One query."""
    own = [one for one in sittings_of(mine.enrolment.user) if one.enrolment_id == mine.enrolment.pk]
    scheduled = [one for one in own if one.window.state == WindowState.SCHEDULED]
    waiting = [one for one in scheduled if one.state != SittingState.DEFERRED]
    return [_window(one, at) for one in reversed(waiting)]


def _window(one: Sitting, at: datetime) -> ShownWindow:
    page, paper = reverse("participant:assessment"), reverse("participant:sitting", args=[one.pk])
    if one.state == SittingState.HELD_BACK:
        return ShownWindow(one, "Not released to you", page, "What to do now", why=gate_text(one.gate))
    if at < one.opens_at:
        return ShownWindow(one, "Ahead", page, "Dates and rules")
    if at <= one.closes_at:
        done = one.state == SittingState.HANDED_IN
        if one.released_at is None and not done:
            return ShownWindow(
                one, "Open now", page, "See your assessment"
            )  # which says whether the gate is met
        if done:  # the page offers what counts to read, and both ways to replace it
            return ShownWindow(one, "Handed in, open until the deadline", page, "Read or replace your script")
        return ShownWindow(one, "Open now", paper, "Open the case study")
    done = one.state == SittingState.HANDED_IN
    return ShownWindow(one, "Handed in" if done else "Closed, nothing handed in", page, "See where it stands")


LANES = {"facilitated": "Facilitated", "self-directed": "Self-directed"}


def _items(mine: Mine, day: date) -> list[Item]:
    events = {event.activity_key: event for event in days_of_participant(mine.enrolment)}
    return [Item(shown, events.get(shown.activity.key)) for shown in shown_plan(mine.enrolment, today=day)]


def _lanes(items: Sequence[Item], lane: str) -> list[dict[str, Any]]:
    tabs = [{"label": "Everything", "url": "?", "current": lane not in LANES, "count": len(items)}]
    for key, label in LANES.items():
        count = sum(1 for item in items if item.shown.activity.lane == key)
        tabs.append({"label": label, "url": f"?lane={key}", "current": lane == key, "count": count})
    return tabs


def _months(items: Sequence[Item], day: date) -> list[Month]:
    dated = sorted((i for i in items if i.shown.day), key=lambda i: (i.shown.day, i.shown.activity.position))
    months = []
    for (year, month), group in groupby(dated, key=lambda item: _month(item.shown.day)):
        first = date(year, month, 1)
        months.append(Month(f"{first:%B %Y}", list(group), (year, month) < (day.year, day.month)))
    return months


def _month(day: date | None) -> tuple[int, int]:
    return (day.year, day.month) if day else (0, 0)


@require_safe
@with_enrolment
def calendar(request: HttpRequest, mine: Mine) -> HttpResponse:
    """Every dated activity as an iCalendar file (S1-15): events with their times, the rest as whole days."""
    reference, at = mine.enrolment.reference, request.received_at  # type: ignore[attr-defined]
    entries = [_entry(item, reference, at) for item in _items(mine, today(request)) if item.shown.day]
    entries += [_window_entry(one, reference, at) for one in _windows(mine, at)]
    entries += [_task_entry(one, reference, at) for one in days_ahead(mine.enrolment, at=at)]
    text = ical.calendar(entries)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="schedule-{mine.enrolment.reference}.ics"'
    return response


def _entry(item: Item, reference: str, at: datetime) -> Iterator[str]:
    activity, event = item.shown.activity, item.event
    about = " (date to be confirmed)" if item.shown.near == "around" else ""
    return ical.event(
        uid=f"{reference}-{activity.key}@goldenthread",
        stamp=at,
        summary=item.shown.label + about,
        categories=LANES.get(activity.lane, activity.lane),
        location=(event.venue or event.join_link) if event else "",
        on=None if event else activity.due_on,
        begins=event.starts_at if event else None,
        ends=event.ends_at if event else None,
    )


def _window_entry(one: ShownWindow, reference: str, at: datetime) -> Iterator[str]:
    return ical.event(
        uid=f"{reference}-window-{one.sitting.pk}@goldenthread",
        stamp=at,
        summary="Case study window",
        description="Hand in until " + deadline_text(one.sitting.closes_at, one.sitting.zone),
        begins=one.sitting.opens_at,
        ends=one.sitting.closes_at,
    )


def _task_entry(one: TaskDays, reference: str, at: datetime) -> Iterator[str]:
    """The last of the hand-in days, since nobody keeps months free."""
    last = last_day(one.closes_at, one.zone)
    return ical.event(
        uid=f"{reference}-window-{one.window}@goldenthread",
        stamp=at,
        summary=f"Last day to hand in: {one.title}",
        description="Hand in until " + deadline_text(one.closes_at, one.zone),
        on=last,
    )
