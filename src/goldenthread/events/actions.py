"""Schedule a group's days, put their dates into people's plans, and take registers that credit them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.outline import PlanItem
from goldenthread.events import queries, rules
from goldenthread.events.models import Attendance, CatchUp, EventDay
from goldenthread.events.rules import Entry, Recorded, Slot
from goldenthread.events.settling import settle
from goldenthread.groups import actions as groups
from goldenthread.groups.models import Group, GroupPlace


@transaction.atomic
def schedule_days(
    *,
    group: Group,
    slots: Sequence[Slot],
    by: Any,
    at: datetime,
    kind: str = "event",
    mode: str = "",
    venue: str = "",
    join_link: str = "",
) -> list[EventDay]:
    """Give a group one day for each event of its version, and everybody in it the dates (S0-44, S0-45).

    `slots` are local to the group's zone, in order. Mode, venue and link are the intake's and the group's
    unless given. The same days a second time give back what is there; different ones are refused: use
    `move_day`. With `kind` the group's webinars or briefings are scheduled instead.
    """
    group = Group.objects.select_for_update(of=("self",)).select_related("intake__version").get(pk=group.pk)
    items = queries.events_of(group, kind)
    rules.check_slots(slots, titles=[item.title for item in items])
    where = {
        "mode": mode or group.intake.event_mode,
        "venue": (venue or group.venue).strip(),
        "join_link": (join_link or group.join_link).strip(),
    }
    rules.check_where(**where)
    days = [_day(group, item, slot, where) for slot, item in zip(slots, items, strict=True)]
    existing = list(
        group.days.filter(activity_key__in=[item.key for item in items]).order_by("starts_at", "pk")
    )
    if existing:
        return _same_or_refused(existing, days)
    days = EventDay.objects.bulk_create(days)
    for day in days:
        _date_plans(day)
    audit.record("group.scheduled", group, by=by, at=at, days=[day.starts_at for day in days], **where)
    return days


def _day(group: Group, item: PlanItem, slot: Slot, where: dict[str, str]) -> EventDay:
    minutes = rules.minutes_of(slot, planned=item.minutes, title=item.title)
    starts_at, ends_at = rules.span(slot, minutes=minutes, zone=group.zone)
    return EventDay(
        group=group,
        activity_key=item.key,
        title=item.title,
        starts_at=starts_at,
        ends_at=ends_at,
        minutes=minutes,
        **where,
    )


def _same_or_refused(existing: list[EventDay], wanted: list[EventDay]) -> list[EventDay]:
    if [(d.activity_key, d.starts_at) for d in existing] != [(d.activity_key, d.starts_at) for d in wanted]:
        raise Refused(
            "This group's days are scheduled already. Move the single day that changes.", code="day.scheduled"
        )
    return existing


@transaction.atomic
def move_day(
    *,
    day: EventDay,
    slot: Slot,
    by: Any,
    at: datetime,
    venue: str | None = None,
    join_link: str | None = None,
) -> EventDay:
    """Put a day on another date, time or place; plans follow. Refused once its register has entries."""
    day = EventDay.objects.select_for_update(of=("self",)).select_related("group").get(pk=day.pk)
    if day.attendances.exists():
        raise Refused("This day has a register already, so it can't be moved.", code="day.held")
    day.venue = day.venue if venue is None else venue.strip()
    day.join_link = day.join_link if join_link is None else join_link.strip()
    rules.check_where(mode=day.mode, venue=day.venue, join_link=day.join_link)
    before = day.starts_at
    day.starts_at, day.ends_at = rules.span(slot, minutes=day.minutes, zone=day.group.zone)
    day.save(update_fields=["venue", "join_link", "starts_at", "ends_at"])
    _date_plans(day)
    audit.record("day.moved", day, by=by, at=at, before=before, after=day.starts_at)
    return day


@transaction.atomic
def place_in_group(*, enrolment: Enrolment, group: Group, by: Any, at: datetime) -> GroupPlace:
    """Place a person in a group and put the group's dates into their plan."""
    placed = groups.place(enrolment=enrolment, group=group, by=by, at=at)
    sync_dates(enrolment=enrolment)
    return placed


@transaction.atomic
def sync_dates(*, enrolment: Enrolment) -> int:
    """Give a person's events their group's dates, except what they attended elsewhere; returns how many."""
    return sum(_date_plan(day, [enrolment.pk]) for day in queries.days_of_participant(enrolment))


def _date_plans(day: EventDay) -> int:
    people = day.group.places.filter(until__isnull=True).values_list("enrolment_id", flat=True)
    return _date_plan(day, list(people))


def _date_plan(day: EventDay, enrolments: list[int]) -> int:
    local = day.starts_at.astimezone(ZoneInfo(day.group.zone)).date()
    attended = Attendance.objects.filter(
        day__activity_key=day.activity_key, enrolment_id__in=enrolments, minutes__gt=0
    ).exclude(day=day)
    return (
        PlannedActivity.objects.filter(enrolment_id__in=enrolments, key=day.activity_key)
        .exclude(enrolment_id__in=attended.values("enrolment_id"))
        .update(starts_at=day.starts_at, due_on=local)
    )


@transaction.atomic
def take_register(*, day: EventDay, entries: Sequence[Entry], by: Any, at: datetime) -> list[Attendance]:
    """Record who was there, and credit the minutes of each in the ledger; returns the records of `entries`.

    Each entry carries the revision that the facilitator saw. What somebody else changed meanwhile is refused
    as a whole, naming who and what, unless it says the same: so sending twice is harmless. A changed entry
    corrects the ledger by a further entry, and the ledger follows all registers of the event together: hours
    that another one confirms stay. Refused before the day begins and for people who are not in the
    group.
    """
    day = EventDay.objects.select_for_update(of=("self",)).select_related("group").get(pk=day.pk)
    rules.check_register_open(starts_at=day.starts_at, zone=day.group.zone, at=at)
    entries = sorted(entries, key=lambda entry: entry.enrolment_id)
    people = _locked(day, entries)
    known = {
        attendance.enrolment_id: attendance
        for attendance in day.attendances.select_related("recorded_by").filter(enrolment_id__in=list(people))
    }
    minutes = {
        e.enrolment_id: rules.attended(e, name=str(people[e.enrolment_id].user), minutes=day.minutes)
        for e in entries
    }
    _refuse_conflicts(day, entries, minutes, known, people)
    changed = [
        _record(day, entry, minutes[entry.enrolment_id], known.get(entry.enrolment_id), by=by, at=at)
        for entry in entries
        if not _says_the_same(known.get(entry.enrolment_id), entry, minutes[entry.enrolment_id])
    ]
    if changed:
        _close_if_complete(day, at=at)
        audit.record(
            "register.taken",
            day,
            by=by,
            at=at,
            entries=[[a.enrolment_id, a.status, a.minutes] for a in changed],
        )
    settle(day, people, changed={attendance.pk for attendance in changed}, by=by, at=at)
    known |= {attendance.enrolment_id: attendance for attendance in changed}
    return [known[entry.enrolment_id] for entry in entries]


def _locked(day: EventDay, entries: Sequence[Entry]) -> dict[int, Enrolment]:
    """The people in the entries, locked: other registers of the same event wait, and then see what this one says.

    Refuses anybody who doesn't belong to the day.
    """
    wanted = {entry.enrolment_id for entry in entries}
    rows = Enrolment.objects.filter(pk__in=wanted)
    people = {
        one.pk: one for one in rows.order_by("pk").select_for_update(of=("self",)).select_related("user")
    }
    strangers = wanted - set(rows.filter(queries.expected_on(day)).values_list("pk", flat=True))
    if strangers:
        names = {pk: str(one.user) for pk, one in people.items()}
        who = ", ".join(sorted(names.get(pk, "somebody unknown") for pk in strangers))
        raise Refused(
            f"Not in {day.group.name}: {who}. Ask the programme office to place them first.",
            code="register.stranger",
        )
    return people


def _refuse_conflicts(
    day: EventDay,
    entries: Sequence[Entry],
    minutes: dict[int, int],
    known: dict[int, Attendance],
    people: dict[int, Enrolment],
) -> None:
    conflicts = []
    for entry in entries:
        there = known.get(entry.enrolment_id)
        recorded = there and Recorded(
            there.status, there.minutes, there.revision, str(there.recorded_by), there.recorded_at
        )
        if recorded and rules.is_stale(entry, minutes[entry.enrolment_id], recorded):
            conflicts.append(
                rules.conflict_text(str(people[entry.enrolment_id].user), recorded, day.group.zone)
            )
    if conflicts:
        raise Refused(
            "Somebody else changed this register meanwhile. "
            + " ".join(conflicts)
            + " Check with each other, then save what is right.",
            code="register.conflict",
        )


def _says_the_same(there: Attendance | None, entry: Entry, minutes: int) -> bool:
    return there is not None and (there.status, there.minutes) == (entry.status, minutes)


def _record(
    day: EventDay, entry: Entry, minutes: int, there: Attendance | None, *, by: Any, at: datetime
) -> Attendance:
    attendance = there or Attendance(day=day, enrolment_id=entry.enrolment_id, revision=0)
    attendance.status, attendance.minutes = entry.status, minutes
    attendance.revision += 1
    attendance.recorded_by, attendance.recorded_at = by, at
    attendance.save()
    return attendance


def _close_if_complete(day: EventDay, *, at: datetime) -> None:
    recorded = day.attendances.values("enrolment_id")
    open_places = day.group.places.filter(until__isnull=True, enrolment__withdrawn_at__isnull=True)
    complete = not open_places.exclude(enrolment_id__in=recorded).exists()
    if complete != (day.register_closed_at is not None):
        day.register_closed_at = at if complete else None
        day.save(update_fields=["register_closed_at"])


@transaction.atomic
def record_catch_up(*, enrolment: Enrolment, activity_key: str, how: str, by: Any, at: datetime) -> CatchUp:
    """Write down how somebody made an event up, which stands for having been there (S3-31). No hours are credited.

    The same event twice keeps the first record. Refuses what is no event of the plan, and a record without a word on
    how.
    """
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    known = enrolment.catch_ups.filter(activity_key=activity_key).first()
    if known:
        return known
    planned = enrolment.plan.filter(key=activity_key, kind__in=rules.EVENT_KINDS)
    if not planned.exists():
        raise Refused("Choose an event of this person's plan.", code="catch_up.event", field="activity_key")
    if not how.strip():
        raise Refused("Say how the event was made up.", code="catch_up.how", field="how")
    made = CatchUp.objects.create(
        enrolment=enrolment, activity_key=activity_key, how=how.strip()[:300], recorded_by=by, recorded_at=at
    )
    audit.record("event.made_up", enrolment, by=by, at=at, event=activity_key, how=made.how)
    return made
