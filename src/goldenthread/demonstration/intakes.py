"""The demonstration's intakes: when each starts, how many take part, and how far its people have come."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import add_months
from goldenthread.engagement.outline import outline_of
from goldenthread.events import actions as events
from goldenthread.events.rules import SCHEDULED_KINDS, Slot
from goldenthread.groups import actions as groups
from goldenthread.groups.models import Group
from goldenthread.intakes import actions as intakes
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Organisation, User

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Scene:
    """One intake: the version, the months between its start and now (negative: still to come), and its people.

    `ends` says how far the scene goes: "applying", "learning", "booked", "sitting", "marking", "moderation",
    "release" or "awarded".
    """

    key: str
    version: str
    months_ago: int
    people: int
    ends: str
    applicants: int = 0
    abroad: bool = False


SCENES = (
    Scene("lt-next", "npqlt-reformed-international", -2, 0, "applying", applicants=9),
    Scene("lt-learning", "npqlt-reformed-international", 6, 40, "learning"),
    Scene("lt-sitting", "npqlt-reformed-international", 13, 24, "sitting", abroad=True),
    Scene("lt-marking", "npqlt-reformed-international", 14, 22, "marking"),
    Scene("lt-awarded", "npqlt-reformed-international", 15, 30, "awarded"),
    Scene("ltd-next", "npqltd-reformed-international", -2, 0, "applying", applicants=5),
    Scene("ltd-learning", "npqltd-reformed-international", 8, 18, "learning"),
    Scene("ltd-moderation", "npqltd-reformed-international", 14, 16, "moderation"),
    Scene("lbc-learning", "npqlbc-reformed-international", 4, 15, "learning"),
    Scene("lbc-release", "npqlbc-reformed-international", 14, 14, "release"),
    Scene("sl-next", "npqsl-reformed-international", -2, 0, "applying", applicants=6),
    Scene("sl-learning", "npqsl-reformed-international", 9, 24, "learning"),
    Scene("sl-soon", "npqsl-reformed-international", 18, 16, "booked"),
    Scene("h-next", "npqh-reformed-international", -2, 0, "applying", applicants=4),
    Scene("h-learning", "npqh-reformed-international", 11, 20, "learning"),
    Scene("el-learning", "npqel-reformed-international", 7, 8, "learning", abroad=True),
    Scene("lt-england", "npqlt-reformed-england", 3, 12, "learning"),
)
# The legacy suite took no one after August 2021; those who started then are on it to the end.
LEGACY = (
    Scene("sl-legacy", "npqsl-legacy-international", 0, 8, "learning"),
    Scene("h-legacy", "npqh-legacy-england", 0, 8, "learning"),
)
LEGACY_START = date(2021, 1, 11)


def first_monday(today: date, months_ago: int) -> date:
    """The first Monday of the month that lies `months_ago` before today's."""
    first = add_months(today.replace(day=1), -months_ago)
    return first + timedelta(days=(7 - first.weekday()) % 7)


def starts_on(scene: Scene, today: date) -> date:
    return LEGACY_START if scene in LEGACY else first_monday(today, scene.months_ago)


def noon(day: date) -> datetime:
    """Midday in London: when the demonstration's people do what they do."""
    return datetime.combine(day, time(12, 0), tzinfo=LONDON)


def open_scene(scene: Scene, *, today: date, by: User) -> Intake:
    """Open the scene's intake as the office would have, four months before its start."""
    version = ProgrammeVersion.objects.get(key=scene.version)
    start = starts_on(scene, today)
    opens = start - timedelta(days=120)
    closes = (
        max(start - timedelta(days=14), today + timedelta(days=10))
        if start > today
        else start - timedelta(days=14)
    )
    return intakes.open_intake(
        version=version,
        starts_on=start,
        applications_open_on=opens,
        applications_close_on=closes,
        places=60,
        event_mode="virtual" if scene.abroad else "in_person",
        by=by,
        at=noon(opens - timedelta(days=7)),
    )


def make_group(
    scene: Scene, intake: Intake, *, partner: Organisation, cast: dict[str, User], by: User
) -> Group:
    """A group with its staff and its days, spread over the development stage."""
    at = noon(intake.applications_close_on)
    group = groups.create_group(
        intake=intake,
        name=("Online " if scene.abroad else "Bristol ") + f"{intake.starts_on:%b %Y}",
        venue="" if scene.abroad else "Avonbrook School, Bristol BS1 5JD",
        join_link="https://meet.example.org/goldenthread" if scene.abroad else "",
        partner=partner,
        capacity=60,
        zone="Asia/Dubai" if scene.abroad else "Europe/London",
        by=by,
        at=at,
    )
    for role in ("facilitator", "tutor"):
        groups.staff(group=group, user=cast["tom"], role=role, by=by, at=at)
    specification = intake.version.specification
    months = specification.duration_months.value or 12
    for kind in sorted(SCHEDULED_KINDS):
        items = [item for item in outline_of(specification) if item.kind == kind]
        if items:
            slots = _slots(intake.starts_on, months, len(items), unknown=[i.minutes is None for i in items])
            events.schedule_days(group=group, slots=slots, kind=kind, by=by, at=at)
    return group


def _slots(start: date, months: int, count: int, *, unknown: list[bool]) -> list[Slot]:
    span = (add_months(start, months) - start).days
    days = [start + timedelta(days=span * place // (count + 1)) for place in range(1, count + 1)]
    tuesdays = [day + timedelta(days=(1 - day.weekday()) % 7) for day in days]
    return [
        Slot(day=day, start=time(9, 0), minutes=360 if nobody_says else None)
        for day, nobody_says in zip(tuesdays, unknown, strict=True)
    ]
