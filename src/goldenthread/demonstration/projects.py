"""One candidate of a legacy version in the middle of their project tasks, as the office and the candidate would have
made it: plan, board, evidence, hand-in days, and for a task with a placement a contrast that waits for the office.
"""

import io
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.actions import account, evidence, hand_in_days, project, project_links
from goldenthread.assessment.actions.hand_in_days import Criterion
from goldenthread.assessment.actions.project import Plan
from goldenthread.assessment.rules.projects import PHASES, Challenge
from goldenthread.catalogue.rules import add_months
from goldenthread.intakes.models import Intake
from goldenthread.outcomes import achieving
from goldenthread.people.models import School, User

CRITERIA = (
    ("The design rests on the school's own data", 5),
    ("The change is led through others and adapted with reasons", 5),
    ("The evaluation shows what changed for pupils, and what did not", 5),
    ("The account names what the school does next", 5),
)
PLAN_TEXTS = {
    "focus": "How pupils in years 3 to 5 read across subjects.",
    "baseline": "In September 41 of 60 pupils read as expected; the classes were 22 points apart.",
    "change": "Every teacher reads aloud and talks about words daily, with a shared routine.",
}
PHASE_TEXTS = (
    "First year 4, from February; years 3 and 5 after half term.",
    "Lesson visits showed that words are met, but not used.",
    "Two meetings to practise, and a bank of texts.",
    "Daily, ten minutes. The routine stays; the texts are the teacher's choice.",
    "The reading lead looks at the data each term and brings new colleagues in.",
)
AIM = "The classes come within 10 points of each other, and 50 of 60 pupils read as expected."
STATEMENT = (
    "Ours is a village school of 140 pupils; theirs has 820 in the middle of a city, with 31 languages."
)


def show(intake: Intake, *, cast: dict[str, User], schools: list[School], now: datetime) -> None:
    """Bring the first candidate of an intake to where their tasks are under way; nothing where a version has none."""
    tasks = queries.tasks_of(intake.version.specification)
    enrolment = intake.enrolments.select_related("user", "school", "application").order_by("pk").first()
    if not tasks or enrolment is None:
        return
    office = cast["olu"]
    achieving.extend(
        enrolment=enrolment, until=now.date() + timedelta(days=200), reason="Two years' leave, agreed beforehand.",
        by=office, at=now - timedelta(days=60),
    )  # fmt: skip
    for task in tasks:
        scheme = hand_in_days.add_scheme(
            version=intake.version, task=task.key, label="v2017", pass_mark=10,
            total=sum(marks for _, marks in CRITERIA), by=office, at=now,
            criteria=[Criterion(text, marks) for text, marks in CRITERIA],
        )  # fmt: skip
        hand_in_days.set_hand_in_days(
            intake=intake, task=task.key, scheme=scheme, opens_on=now.date() - timedelta(days=30),
            closes_on=now.date() + timedelta(days=40), by=office, at=now,
        )  # fmt: skip
        hand_in_days.open_plan(
            enrolment=enrolment, task=task.key, reason="Back from leave.", by=office, at=now
        )
        if task.school == "placement":
            _placed(enrolment, task.key, schools, now)
        else:
            _planned(enrolment, task.key, now)


def _planned(enrolment: Enrolment, task: str, now: datetime) -> None:
    start = date(now.year - 1, 1, 5)
    write_plan(enrolment, task, starts_on=start, ends_on=add_months(start, 7), at=now)
    said: dict[str, Any] = {"enrolment": enrolment, "task": task, "by": enrolment.user, "at": now}
    account.save_account(**said, texts={"design": PLAN_TEXTS["change"]}, revision=0)


def write_plan(enrolment: Enrolment, task: str, *, starts_on: date, ends_on: date, at: datetime) -> None:
    """The plan of a task, the board that it asks for and a file of evidence, as the candidate would make them."""
    ask = queries.ask_of(enrolment.version.specification, task)
    plan = Plan(
        texts=PLAN_TEXTS,
        phases={key: text for (key, _, _), text in zip(PHASES, PHASE_TEXTS, strict=True)},
        aims=[AIM for _ in ask.aims],
        measures=[
            {
                "name": "Pupils who read as expected",
                "before": "41 of 60",
                "after": "51 of 60",
                "review_on": "",
            }
        ],
        starts_on=starts_on,
        implementation_on=add_months(starts_on, 1),
        ends_on=ends_on,
    )
    said: dict[str, Any] = {"enrolment": enrolment, "task": task, "by": enrolment.user, "at": at}
    project.save_plan(**said, plan=plan, revision=0)
    if ask.board:
        project.record_board(
            **said, school=ask.board, presented_on=starts_on + timedelta(days=14), board="Governors",
            attendees="Seven governors and the head", feedback="Go on. Watch the time of the reading lead.",
        )  # fmt: skip
    text = b"Reading in years 3 to 5, September and July: 41 and 51 of 60 pupils read as expected."
    evidence.add_file(**said, file=io.BytesIO(text), name="reading-data.txt", size_limit=10_000)


def _placed(enrolment: Enrolment, task: str, schools: list[School], now: datetime) -> None:
    said: dict[str, Any] = {"enrolment": enrolment, "task": task, "by": enrolment.user, "at": now}
    other = next(
        one
        for one in schools
        if one.pk != enrolment.school_id and one.name != enrolment.application.school_name
    )
    project.save_placement(
        **said, school=other, host_name="Hal Host", host_email="hal.host@example.org",
        dimensions=["geography", "pupil profile"], statement=STATEMENT, ask_approval=True,
    )  # fmt: skip
    for days in (9, 10, 11, 14):
        project.log_day(**said, on=now.date() - timedelta(days=days), note="With the leadership team")
    need = Challenge(
        "capability", "projected", "Two heads of year leave in July.", ("Shadowing from Easter on.",)
    )
    project.add_challenge(**said, challenge=need, form_key=uuid.uuid4())
    project_links.send_link(**said, purpose="host", name="Hal Host", email="hal.host@example.org")
