"""Event days and registers: when and where a day is, what a register may say (S0-44, S0-45). Pure.

Times are planned as people say them, on the clock of the group's place: nine o'clock stays nine o'clock when
the clocks change. They become instants here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused

EVENT_KINDS = ("event", "webinar", "fortnight")  # what an event becomes in a delivery model
SCHEDULED_KINDS = frozenset({*EVENT_KINDS, "briefing"})  # what a group does together
BREAK_MINUTES = 60  # between start and end of a whole day, beside the guided learning
WHOLE_DAY_MINUTES = 300
TUESDAY = 1
STATUSES = ("present", "part", "absent")


@dataclass(frozen=True)
class Slot:
    """When a day begins on the clock of the group's place. `minutes` only where the version has none."""

    day: date
    start: time = time(9, 0)
    minutes: int | None = None


@dataclass(frozen=True)
class Entry:
    """What a register says of one person.

    `minutes` counts for "part" only. `revision` is the number of the record that the facilitator saw, 0 for
    none.
    """

    enrolment_id: int
    status: str
    minutes: int = 0
    revision: int = 0


def instant(day: date, start: time, zone: str) -> datetime:
    """The instant, in UTC, of a local time; refuses one that the clocks skip that day."""
    local = datetime.combine(day, start, tzinfo=ZoneInfo(zone))
    at = local.astimezone(UTC)
    if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused(
            f"{start:%H:%M} doesn't exist on {day:%-d %B %Y} in {zone}: the clocks go forward. Choose "
            f"another time.",
            code="day.skipped",
            field="start",
        )
    return at


def span(slot: Slot, *, minutes: int, zone: str) -> tuple[datetime, datetime]:
    """First and last instant of a day of `minutes` guided learning; a whole day has an hour of breaks."""
    starts_at = instant(slot.day, slot.start, zone)
    length = minutes + (BREAK_MINUTES if minutes >= WHOLE_DAY_MINUTES else 0)
    return starts_at, starts_at + timedelta(minutes=length)


def suggested_days(first: date, last: date, count: int) -> list[date]:
    """`count` Tuesdays spread evenly between two days, each after the one before it."""
    days: list[date] = []
    for place in range(1, count + 1):
        day = first + timedelta(days=(last - first).days * place // (count + 1))
        tuesday = day + timedelta(days=(TUESDAY - day.weekday()) % 7)
        days.append(max(tuesday, days[-1] + timedelta(days=7)) if days else tuesday)
    return days


def minutes_of(slot: Slot, *, planned: int | None, title: str) -> int:
    """The guided learning minutes of a day: the plan's, or the slot's where these are unknown."""
    if planned is not None:
        return planned
    if slot.minutes is None or slot.minutes < 1:
        raise Refused(
            f"The programme doesn't say how long “{title}” is. State the minutes that this day counts.",
            code="day.minutes",
            field="minutes",
        )
    return slot.minutes


def check_slots(slots: Sequence[Slot], *, titles: Sequence[str]) -> None:
    """One day for each event of the version, in order, no two on one day."""
    if len(slots) != len(titles):
        days = "day" if len(titles) == 1 else "days"
        raise Refused(
            f"This programme has {len(titles)} event {days}; {len(slots)} dates are given.",
            code="day.count",
            field="days",
        )
    for before, after in pairwise(slots):
        if after.day <= before.day:
            raise Refused(
                f"{after.day:%-d %B %Y} doesn't come after {before.day:%-d %B %Y}. Give the days in order.",
                code="day.order",
                field="days",
            )


def check_where(*, mode: str, venue: str, join_link: str) -> None:
    """In person needs a place, virtual needs a link (S0-45)."""
    if mode == "virtual" and not join_link.strip():
        raise Refused(
            "A virtual event needs the link with which people join.", code="day.link", field="join_link"
        )
    if mode == "in_person" and not venue.strip():
        raise Refused("An event in person needs a venue.", code="day.venue", field="venue")


def check_register_open(*, starts_at: datetime, zone: str, at: datetime) -> None:
    """A register is taken from the beginning of its day, where the day is."""
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    if at.astimezone(ZoneInfo(zone)).date() < day:
        raise Refused(f"This register opens on {day:%-d %B %Y}, the day of the event.", code="register.early")


def attended(entry: Entry, *, name: str, minutes: int) -> int:
    """The minutes that an entry stands for on a day of `minutes`: all, a part, or none."""
    if entry.status == "present":
        return minutes
    if entry.status == "absent":
        return 0
    if entry.status != "part":
        raise Refused(f"Choose present, part or absent for {name}.", code="register.status")
    if not 0 < entry.minutes < minutes:
        raise Refused(
            f"{name} was there for a part of the day: state between 1 and {minutes - 1} minutes "
            f"(the whole day is {hours_text(minutes)}).",
            code="register.minutes",
        )
    return entry.minutes


def shares(recorded: Sequence[int], room: int) -> list[int]:
    """How many minutes each record of one person and one event credits: all that it says, until `room` is full.

    Whoever changed group may stand in several registers of the same event; together they credit it once.
    """
    found = []
    for minutes in recorded:
        found.append(min(minutes, max(0, room)))
        room -= found[-1]
    return found


@dataclass(frozen=True)
class Recorded:
    """What a register says already: the last record, who made it and when."""

    status: str
    minutes: int
    revision: int
    by: str
    at: datetime


def is_stale(entry: Entry, minutes: int, recorded: Recorded | None) -> bool:
    """Whether somebody else changed this person's record meanwhile, to something different."""
    if recorded is None or entry.revision == recorded.revision:
        return False
    return (entry.status, minutes) != (recorded.status, recorded.minutes)


def status_text(status: str, minutes: int) -> str:
    """For people: "present", "there for 3 h", "absent"."""
    return f"there for {hours_text(minutes)}" if status == "part" else status


def conflict_text(name: str, recorded: Recorded, zone: str) -> str:
    """Who changed what, for the one who came second."""
    when = recorded.at.astimezone(ZoneInfo(zone))
    what = status_text(recorded.status, recorded.minutes)
    return f"{recorded.by} recorded {name} as {what} at {when:%H:%M on} {when.day} {when:%B}."
