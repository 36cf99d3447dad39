"""Event days and registers as the people who teach and take part see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404

from goldenthread.applications.models import Enrolment
from goldenthread.engagement.models import LedgerEntry, PlannedActivity
from goldenthread.engagement.outline import PlanItem, outline_of
from goldenthread.events.models import Attendance, EventDay
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.groups.queries import REGISTER_ROLES, groups_of, people_of
from goldenthread.people.access import Viewer


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
    """Everybody whom this register may name, by name; whoever has left the group since is not `placed`. Three
    queries.
    """
    people = Enrolment.objects.filter(expected_on(day)).select_related("user", "school")
    placed = set(people_of(day.group).values_list("pk", flat=True))
    known = {one.enrolment_id: one for one in day.attendances.select_related("recorded_by")}
    lines = [RegisterLine(one, known.get(one.pk), one.pk in placed) for one in people]
    return sorted(lines, key=lambda line: (line.enrolment.user.name, line.enrolment.pk))


def credited_by(day: EventDay, lines: Sequence[RegisterLine]) -> int:
    """The minutes that this register has credited, which another register of the event may have done before it.

    One query.
    """
    records = [line.attendance for line in lines if line.attendance]
    activities = PlannedActivity.objects.filter(
        enrolment__in=[one.enrolment_id for one in records], key=day.activity_key
    )
    entries = LedgerEntry.objects.filter(
        activity__in=activities, evidence__in=[f"attendance:{one.pk}" for one in records]
    )
    return entries.aggregate(total=Sum("minutes"))["total"] or 0


def expected_on(day: EventDay) -> Q:
    """Which enrolments this register may name: recorded, or placed in the group now or on the day, unless they
    withdrew before it.
    """
    on_the_day = Q(since__lt=day.ends_at) & (Q(until__isnull=True) | Q(until__gt=day.starts_at))
    placed = GroupPlace.objects.filter(group_id=day.group_id).filter(on_the_day | Q(until__isnull=True))
    there = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=day.starts_at)
    return Q(pk__in=day.attendances.values("enrolment")) | (Q(pk__in=placed.values("enrolment")) & there)


def presence_of(enrolment: Enrolment) -> dict[str, str]:
    """What registers say of a person, by activity; where two do, the one that counts more. One query."""
    told = enrolment.attendances.order_by("minutes", "pk").values_list("day__activity_key", "status")
    return dict(told)


def days_of_participant(enrolment: Enrolment) -> QuerySet[EventDay]:
    """The days of the group in which the person has a place now."""
    mine = enrolment.group_places.filter(until__isnull=True).values("group")
    return EventDay.objects.filter(group__in=mine).select_related("group").order_by("starts_at", "pk")
