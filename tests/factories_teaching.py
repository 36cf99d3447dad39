"""Groups, event days, content and coaches for tests, made through the actions that people use."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.coaching import actions as coaching
from goldenthread.coaching.models import CoachingSession, Pairing
from goldenthread.events import actions as events
from goldenthread.events.models import Attendance, EventDay
from goldenthread.events.rules import Entry, Slot
from goldenthread.groups import actions as groups
from goldenthread.groups.models import Group
from goldenthread.intakes.models import Intake
from goldenthread.learning import actions as learning
from goldenthread.learning import unit_editing
from goldenthread.learning.models import FormativeTask, Module, TaskResponse, UnitText
from goldenthread.learning.rules import Work
from goldenthread.learning.unit_queries import kind_of
from goldenthread.learning.unit_rules import parts_of
from goldenthread.people import actions as people
from goldenthread.people.models import User
from tests import factories
from tests.factories import AT
from tests.kept_scenes import kept

DAYS = (date(2024, 12, 2), date(2025, 3, 3), date(2025, 6, 2))
ON_FIRST_DAY = datetime(2024, 12, 2, 9, 30, tzinfo=UTC)
WORK = Work(
    context="Two teachers of year 4, whose pupils forgot what they had learnt.",
    application="We began each lesson with five short questions about the week before.",
    evidence="The quiz of November compared with that of September.",
    reflection="I would begin with fewer questions.",
)


@kept
def group(name: str = "Bristol A", *, of: Intake | None = None, **fields: Any) -> Group:
    defaults: dict[str, Any] = {
        "venue": "Hillside School, Bristol",
        "join_link": "https://meet.example.org/a",
    }
    return groups.create_group(
        intake=of or factories.intake(), name=name, by=None, at=AT, **{**defaults, **fields}
    )


@kept
def placed(enrolment: Enrolment, group: Group) -> Enrolment:
    """The enrolment, placed in the group."""
    events.place_in_group(enrolment=enrolment, group=group, by=None, at=AT)
    return enrolment


@kept
def staffed(group: Group, role: str = "facilitator", name: str = "Femi Facilitator") -> User:
    """A person with that role in the group."""
    person = factories.member(role, name)
    groups.staff(group=group, user=person, role=role, by=None, at=AT)
    return person


@kept
def joins(group: Group, user: User, role: str) -> None:
    """Give somebody who is there already a further role, and work with the group in it."""
    hold(user, role)
    groups.staff(group=group, user=user, role=role, by=None, at=AT)


@kept
def hold(user: User, role: str) -> None:
    people.give_role(
        user=user,
        organisation=factories.organisation(),
        role=role,
        starts_on=date(2018, 1, 1),
        by=None,
        at=AT,
    )


@kept
def days(
    group: Group, dates: tuple[date, ...] = DAYS, start: time = time(9), **fields: Any
) -> list[EventDay]:
    slots = [Slot(day, start) for day in dates]
    return events.schedule_days(group=group, slots=slots, by=None, at=AT, **fields)


@kept
def attended(day: EventDay, enrolment: Enrolment, by: User, *, at: datetime | None = None) -> Attendance:
    """The record of somebody who was there all day."""
    entries = [Entry(enrolment.pk, "present")]
    return events.take_register(day=day, entries=entries, by=by, at=at or day.ends_at)[0]


@kept
def content(enrolment: Enrolment) -> None:
    learning.ensure_content(version=enrolment.version, by=None, at=AT)


@kept
def module(enrolment: Enrolment, key: str = "study-1") -> Module:
    content(enrolment)
    return Module.objects.get(version=enrolment.version, activity_key=key)


@kept
def task(enrolment: Enrolment, key: str = "tasks-1") -> FormativeTask:
    content(enrolment)
    return FormativeTask.objects.get(version=enrolment.version, activity_key=key)


@kept
def unit_text(unit: Module | FormativeTask, *, on: date, text: str = "", **said: Any) -> UnitText:
    """A published further text of a unit in effect from a day on, by two people of the office; `text` is every part.

    It is published on the day it takes effect.
    """
    at = datetime.combine(on, time(9), UTC)
    phase = said.get("phase", "")
    parts = dict.fromkeys(parts_of(kind_of(unit), phase), text or "Further text")
    defaults = {
        "context": "",
        "locality": "",
        "phase": "",
        "reason": "legislation",
        "change_note": "New law.",
    }
    said = {**defaults, "effective_from": on, "review_by": on + timedelta(days=365), "parts": parts, **said}
    writer, reviewer = factories.member("office", "Wes Writer"), factories.member("office", "Rita Reviewer")
    draft = unit_editing.start_draft(unit=unit, said=said, by=writer, at=at)
    return unit_editing.publish_text(text=draft, revision=draft.revision, by=reviewer, at=at)


@kept
def handed_in(enrolment: Enrolment, key: str = "tasks-1", *, at: datetime = AT) -> TaskResponse:
    """Complete work that waits for a tutor."""
    return learning.hand_in(
        task=task(enrolment, key), enrolment=enrolment, work=WORK, revision=0, by=enrolment.user, at=at
    )


@kept
def pairing(enrolment: Enrolment, coach: User | None = None) -> Pairing:
    coach = coach or factories.member("coach", "Cora Coach")
    hold(coach, "coach")
    return coaching.pair(enrolment=enrolment, coach=coach, by=None, at=AT)


@kept
def session(pairing: Pairing, minutes: int = 60, *, at: datetime = AT, **fields: Any) -> CoachingSession:
    defaults: dict[str, Any] = {
        "form_key": uuid.uuid4(),
        "held_at": at,
        "focus": "Leading a team meeting",
        "feedback": "You listened well. Close with who does what.",
        "agreed_action": "Write the three decisions on the board.",
        "by": pairing.coach,
    }
    return coaching.log_session(pairing=pairing, minutes=minutes, at=at, **{**defaults, **fields})
