"""Applicants and participants of the demonstration, and what they have done by today."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction

from goldenthread.applications import actions as applications
from goldenthread.applications.models import Application, Enrolment
from goldenthread.applications.rules import Answers, Discussion
from goldenthread.coaching import actions as coaching
from goldenthread.demonstration.intakes import Scene, noon
from goldenthread.demonstration.people import email_of
from goldenthread.demonstration.texts import COACHING_FOCUS, FEEDBACK, TASK_TEXTS
from goldenthread.engagement import actions as engagement
from goldenthread.engagement.models import PlannedActivity
from goldenthread.events import actions as events
from goldenthread.events.rules import Entry
from goldenthread.groups.models import Group
from goldenthread.intakes.models import Intake
from goldenthread.learning import actions as learning
from goldenthread.learning.models import FormativeTask, Module
from goldenthread.learning.rules import Work
from goldenthread.people.models import School, User


@dataclass(frozen=True)
class Person:
    """Who applies: an invented name or one of the cast."""

    name: str
    email: str
    zone: str
    school: School


def apply(
    person: Person, intake: Intake, *, random: Random, at: datetime, direct: bool = False
) -> Application:
    """Send in an application whose answers fit the version's audience; `direct` takes its own path, which may enrol."""
    audience = intake.version.specification.audience
    discussed = Discussion(
        role="headteacher", name="the head", on=(at.date() - timedelta(days=5)).isoformat()
    )
    answers = Answers(
        name=person.name,
        email=person.email,
        zone=person.zone,
        school_id=person.school.pk,
        delivery_model=intake.delivery_models[0],
        role_status=random.choice(audience.role_status),
        scopes=(random.choice(audience.scopes),) if audience.scopes else (),
        role=audience.roles[0] if audience.roles else "",
        role_description="Assistant head for teaching" if audience.roles_to_describe else "",
        schools=3,
        confirmed=audience.must_confirm,
        discussed=discussed if random.random() < 0.8 else Discussion(),
        conduct_accepted=True,
    )
    send = engagement.apply if direct else applications.submit
    return send(intake=intake, form_key=uuid.UUID(int=random.getrandbits(128)), answers=answers, at=at)


def enrol(application: Application, *, by: User, at: datetime) -> Enrolment:
    """Accept an application, with the entry checks that its version asks for."""
    for check in application.intake.version.specification.entry_checks:
        applications.record_entry_check(
            application=application, key=check.key, passed=True, on=at.date(), note="seen", by=by, at=at
        )
    return engagement.enrol(application=application, by=by, at=at)


@transaction.atomic
def take_part(
    enrolment: Enrolment, *, until: date, diligence: float, cast: dict[str, User], random: Random
) -> None:
    """Do what the plan asks by `until`, each activity with the likelihood `diligence`; registers come apart."""
    specification = enrolment.version.specification
    modules = {m.activity_key: m for m in Module.objects.filter(version=enrolment.version)}
    tasks = {t.activity_key: t for t in FormativeTask.objects.filter(version=enrolment.version)}
    for activity in enrolment.plan.order_by("position"):
        if activity.due_on is None or activity.due_on > until or random.random() > diligence:
            continue
        at = noon(activity.due_on)
        if activity.key in modules:
            finish_module(modules[activity.key], enrolment, at=at)
        elif activity.key in tasks:
            hand_in_task(tasks[activity.key], enrolment, by=cast["tom"], at=at, random=random)
        elif activity.kind == "coaching" and activity.minutes:
            coach(enrolment, activity, coach=cast["cora"], at=at, random=random)
        elif activity.kind == "diagnostic" and activity.minutes and specification.edition == "legacy":
            engagement.credit(
                activity=activity, minutes=activity.minutes, evidence=f"diagnostic:{activity.key}",
                key=f"demonstration:{activity.pk}", by=cast["olu"], at=at, note="Round closed",
            )  # fmt: skip


def finish_module(module: Module, enrolment: Enrolment, *, at: datetime) -> None:
    learning.complete_module(
        module=module,
        enrolment=enrolment,
        reflection="I compared the example with two lessons of my own and noted one thing to change next week.",
        by=enrolment.user,
        at=at,
    )


def hand_in_task(
    task: FormativeTask, enrolment: Enrolment, *, by: User, at: datetime, random: Random, decided: bool = True
) -> None:
    """Hand in a formative task and, unless it is to wait for its tutor, have it accepted four days later."""
    response = learning.hand_in(
        task=task,
        enrolment=enrolment,
        work=Work(**random.choice(TASK_TEXTS)),
        revision=0,
        by=enrolment.user,
        at=at,
    )
    if decided:
        strength, next_step = random.choice(FEEDBACK)
        learning.decide(
            response=response, accept=True, strength=strength, next_step=next_step, revision=response.revision,
            by=by, at=at + timedelta(days=4),
        )  # fmt: skip


def coach(
    enrolment: Enrolment, activity: PlannedActivity, *, coach: User, at: datetime, random: Random
) -> None:
    pairing = coaching.pair(enrolment=enrolment, coach=coach, by=coach, at=at)
    focus, feedback, action = random.choice(COACHING_FOCUS)
    coaching.log_session(
        pairing=pairing, form_key=uuid.UUID(int=random.getrandbits(128)), held_at=at - timedelta(hours=2),
        minutes=activity.minutes or 60, focus=focus, feedback=feedback, agreed_action=action, by=coach, at=at,
    )  # fmt: skip


def take_registers(group: Group, *, until: datetime, by: User, random: Random, always: set[int]) -> None:
    """Take the registers of the days that have begun by `until`; `always` are never absent.

    A day of the last three weeks is left for its facilitator.
    """
    days = list(group.days.filter(starts_at__lte=until).order_by("starts_at"))
    leave_last = bool(days) and until - days[-1].starts_at < timedelta(days=21)
    places = sorted(group.places.filter(until__isnull=True).values_list("enrolment_id", flat=True))
    for day in days[:-1] if leave_last else days:
        entries = [Entry(pk, *_presence(random, day.minutes, sure=pk in always)) for pk in places]
        events.take_register(day=day, entries=entries, by=by, at=day.ends_at)


def _presence(random: Random, minutes: int, *, sure: bool) -> tuple[str, int]:
    luck = random.random()
    if sure or luck < 0.94:
        return "present", 0
    return ("part", minutes // 2) if luck < 0.97 else ("absent", 0)


def people_of_scene(
    scene: Scene, *, names: Iterator[str], schools: list[School], random: Random, count: int
) -> Iterator[Person]:
    """Invented people with schools that fit the scene: abroad or in England."""
    fitting = [school for school in schools if (school.country != "England") == scene.abroad] or schools
    for number in range(count):
        name, school = next(names), random.choice(fitting)
        yield Person(name, email_of(name, number + 100), school.zone, school)
