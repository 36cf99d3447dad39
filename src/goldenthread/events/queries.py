"""Event days and registers as the people who teach and take part see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404

from goldenthread.applications.models import Enrolment
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.outline import PlanItem, outline_of
from goldenthread.events.models import Attendance, EventDay
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.groups.queries import groups_of, people_of
from goldenthread.people.access import Viewer

REGISTER_ROLES = ("facilitator", "tutor")


def events_of(group: Group, kind: str = "event") -> list[PlanItem]:
    """What a group of this version does together, in order: its events, or its webinars or briefings."""
    return [item for item in outline_of(group.intake.version.specification) if item.kind == kind]


def days_of_staff(viewer: Viewer) -> QuerySet[Any]:
    """The event days whose registers the person takes, with how many are placed and recorded."""
    current = Q(group__places__until__isnull=True, group__places__enrolment__withdrawn_at__isnull=True)
    return (
        EventDay.objects.filter(group__in=groups_of(viewer, *REGISTER_ROLES))
        .select_related("group__intake__version__programme")
        .annotate(
            people=Count("group__places", filter=current, distinct=True),
            recorded=Count("attendances", distinct=True),
        )
        .order_by("starts_at", "pk")
    )


def get_day_for(viewer: Viewer, day_id: int) -> EventDay:
    """An event day of a group of the person's own; others don't exist for them."""
    day: EventDay = get_object_or_404(days_of_staff(viewer), pk=day_id)
    return day


def registers_due(viewer: Viewer, *, at: datetime) -> QuerySet[Any]:
    """Days that have begun and whose register doesn't hold everybody yet, the oldest first."""
    return days_of_staff(viewer).filter(starts_at__lte=at, register_closed_at__isnull=True, people__gt=0)


@dataclass(frozen=True)
class RegisterLine:
    """One person on a register: what is recorded already, and whether they have a place in the group now."""

    enrolment: Enrolment
    attendance: Attendance | None
    placed: bool


def register_of(day: EventDay) -> list[RegisterLine]:
    """Everybody in the group now, and whoever was recorded before they left it, by name. Two queries."""
    recorded = {
        attendance.enrolment_id: attendance
        for attendance in day.attendances.select_related(
            "recorded_by", "enrolment__user", "enrolment__school"
        )
    }
    lines = [RegisterLine(person, recorded.pop(person.pk, None), True) for person in people_of(day.group)]
    lines += [RegisterLine(attendance.enrolment, attendance, False) for attendance in recorded.values()]
    return sorted(lines, key=lambda line: (line.enrolment.user.name, line.enrolment.pk))


def expected_on(day: EventDay) -> set[int]:
    """The enrolments that this register may name: placed in the group now or on the day, or recorded."""
    on_the_day = Q(since__lt=day.ends_at) & (Q(until__isnull=True) | Q(until__gt=day.starts_at))
    placed = GroupPlace.objects.filter(group_id=day.group_id).filter(on_the_day | Q(until__isnull=True))
    recorded = day.attendances.values_list("enrolment_id", flat=True)
    return set(placed.values_list("enrolment_id", flat=True)) | set(recorded)


def days_of_participant(enrolment: Enrolment) -> QuerySet[EventDay]:
    """The days of the group in which the person has a place now."""
    mine = enrolment.group_places.filter(until__isnull=True).values("group")
    return EventDay.objects.filter(group__in=mine).select_related("group").order_by("starts_at", "pk")


def activity_for(day: EventDay, enrolment_id: int) -> PlannedActivity | None:
    """The activity of a person's plan that this day credits."""
    return PlannedActivity.objects.filter(enrolment_id=enrolment_id, key=day.activity_key).first()
