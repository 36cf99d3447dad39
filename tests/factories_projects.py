"""Projects for tests: people on legacy versions, plans, placements, hand-in days, made through the actions."""

import io
import uuid
from datetime import UTC, date, datetime
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions import account, evidence, hand_in_days, project
from goldenthread.assessment.actions.hand_in_days import Criterion
from goldenthread.assessment.actions.project import Plan
from goldenthread.assessment.models import MarkScheme, Script, Window
from goldenthread.assessment.project_models import BoardRecord, Placement, PlacementDay, Project, ProjectFile
from goldenthread.assessment.project_queries import task_of
from goldenthread.assessment.rules.policies import AiSaid
from goldenthread.assessment.rules.projects import Challenge
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Role, School, User
from tests import factories
from tests.factories_assessment import NO_AI, someone
from tests.kept_scenes import kept

NPQSL, NPQH = "npqsl-legacy-international", "npqh-legacy-england"
START = date(2019, 1, 14)
BEGIN = datetime(2019, 1, 14, 9, 0, tzinfo=UTC)
SUMMER = datetime(2019, 8, 5, 9, 0, tzinfo=UTC)  # within the hand-in days
AFTER = datetime(2019, 9, 2, 9, 0, tzinfo=UTC)  # after them
TEXTS = {
    "design": "We planned it with the team.",
    "implementation": "We did it in two terms.",
    "evaluation": "Reading rose in every class.",
}
PLAN = Plan(
    texts={"focus": "Reading in year 4", "baseline": "41 of 60 read well", "change": "Daily reading aloud"},
    phases={
        "plan": "Two steps",
        "choose": "It fits",
        "prepare": "Train",
        "deliver": "Daily",
        "sustain": "Data",
    },
    aims=("Gaps between classes close", "Teachers share one routine"),
    measures=({"name": "Pupils who read well", "before": "41 of 60", "after": "53 of 60", "review_on": ""},),
    starts_on=date(2019, 1, 7),
    implementation_on=date(2019, 2, 4),
    ends_on=date(2019, 7, 19),
)
DAYS = tuple(date(2019, 5, day) for day in (7, 8, 9, 10, 13, 14, 15, 16, 17))


@kept
def office() -> User:
    return someone(Role.OFFICE, "Olu Office")


@kept
def intake(key: str = NPQSL, *, starts_on: date = START) -> Intake:
    return factories.intake(key, starts_on=starts_on)


@kept
def candidate(key: str = NPQSL, name: str = "Amara Applicant", **fields: Any) -> Enrolment:
    """Somebody on a legacy version from January 2019."""
    fields.setdefault("to", intake(key))
    checked = {"passed": True, "on": "2018-12-03"}
    fields.setdefault("details", {"entry_checks": {"gateway": checked, "headteacher-declaration": checked}})
    return factories.enrolment(name, at=BEGIN, **fields)


def first_task(enrolment: Enrolment) -> str:
    return enrolment.version.specification.assessment.tasks[0].key


@kept
def opened(enrolment: Enrolment, task: str = "") -> Project:
    """A plan that staff have opened."""
    task = task or first_task(enrolment)
    return hand_in_days.open_plan(enrolment=enrolment, task=task, reason="known to us", by=office(), at=BEGIN)


@kept
def planned(enrolment: Enrolment, task: str = "", plan: Plan = PLAN, *, at: datetime = SUMMER) -> Project:
    """A whole plan."""
    there = opened(enrolment, task)
    return project.save_plan(
        enrolment=enrolment, task=there.task, plan=plan, revision=there.revision, by=enrolment.user, at=at
    )


@kept
def boarded(
    enrolment: Enrolment, task: str, school: str, *, on: date = date(2019, 1, 29), feedback: str = "Go ahead."
) -> BoardRecord:
    return project.record_board(
        enrolment=enrolment, task=task, school=school, presented_on=on, board="Governors", feedback=feedback,
        by=enrolment.user, at=SUMMER,
    )  # fmt: skip


@kept
def scheme(version: Any, task: str, label: str = "v2017") -> MarkScheme:
    """Twenty marks in four criteria, ten to pass."""
    criteria = [Criterion(f"Criterion {n}", 5) for n in range(1, 5)]
    return hand_in_days.add_scheme(
        version=version,
        task=task,
        label=label,
        criteria=criteria,
        pass_mark=10,
        total=20,
        by=office(),
        at=BEGIN,
    )


@kept
def days(
    target: Intake,
    task: str,
    *,
    opens_on: date = date(2019, 2, 1),
    closes_on: date = date(2019, 8, 31),
    at: datetime = BEGIN,
) -> Window:
    """Hand-in days, February to August 2019."""
    return hand_in_days.set_hand_in_days(
        intake=target, task=task, scheme=scheme(target.version, task), opens_on=opens_on, closes_on=closes_on,
        by=office(), at=at,
    )  # fmt: skip


@kept
def hand_in(
    enrolment: Enrolment, task: str = "", texts: dict[str, str] | None = None, *, at: datetime = SUMMER,
    key: str = "", own_work: bool = True, ai: AiSaid = NO_AI,
) -> Script:  # fmt: skip
    task = task or first_task(enrolment)
    parts = [part.key for part in task_of(enrolment.version.specification, task).parts]
    texts = texts or (TEXTS if parts else {"": "What I found, and what we planned."})
    return account.hand_in(
        enrolment=enrolment, task=task, texts=texts, key=key or uuid.uuid4().hex, own_work=own_work, ai=ai,
        revision=None, by=enrolment.user, at=at,
    )  # fmt: skip


@kept
def asked_placement(
    enrolment: Enrolment, task: str, school: School | None = None, **fields: Any
) -> Placement:
    """A placement that waits for the office."""
    said: dict[str, Any] = {
        "dimensions": ["geography"], "statement": "By the sea; ours is inland.", "host_name": "Hal Host",
        "host_email": "hal@example.org", "ask_approval": True,
    }  # fmt: skip
    return project.save_placement(
        enrolment=enrolment, task=task, school=school or factories.school("Seaside School"),
        by=enrolment.user, at=SUMMER, **{**said, **fields},
    )  # fmt: skip


@kept
def placed(enrolment: Enrolment, task: str) -> Placement:
    """An approved placement with nine confirmed days, a challenge with an action and its board's feedback."""
    opened(enrolment, task)
    placement = asked_placement(enrolment, task)
    placement = hand_in_days.decide_placement(
        placement=placement, approved=True, reason="", by=office(), at=SUMMER
    )
    for on in DAYS:
        project.log_day(enrolment=enrolment, task=task, on=on, by=enrolment.user, at=SUMMER)
    PlacementDay.objects.filter(placement=placement).update(confirmed_at=SUMMER, confirmed_as="Hal Host")
    need = Challenge("capability", "projected", "Two heads of year retire.", ("Train two deputies.",))
    project.add_challenge(
        enrolment=enrolment, task=task, challenge=need, form_key=uuid.uuid4(), by=enrolment.user, at=SUMMER
    )
    boarded(enrolment, task, "placement", on=date(2019, 6, 3))
    return placement


@kept
def add_file(enrolment: Enrolment, name: str, content: bytes) -> ProjectFile:
    """A file of evidence for a project."""
    return evidence.add_file(
        enrolment=enrolment, task="project", file=io.BytesIO(content), name=name, size_limit=100_000,
        by=enrolment.user, at=SUMMER,
    )  # fmt: skip
