"""Practice for the assessment in the demonstration: one scenario, of which somebody has feedback and one waits for it."""

from datetime import datetime, timedelta
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions as assessment
from goldenthread.assessment.models import CaseStudy
from goldenthread.demonstration.assessing import publish_case
from goldenthread.demonstration.cases import Case
from goldenthread.demonstration.intakes import noon
from goldenthread.intakes.models import Intake
from goldenthread.people.models import User

AFTER_MONTHS = 3
QUIET_ROOM = Case(
    title="Practice: the quiet room at Ashby Lane",
    body="""
Ashby Lane is a primary school of 210 pupils. Since spring, teachers may send a pupil who can't settle to a **quiet room** for
a quarter of an hour. A teaching assistant sits there; nobody else has a part in it.

- In the first month the room was used eleven times, last month fifty-two times. Nine pupils account for most of it.
- Teachers say that lessons are calmer. Pupils who come back rarely know what the class is working on.
- Two parents have asked what their children miss.
""",
    question=(
        "You lead the training of teachers in this school. What would you find out first, what would you change this term, and "
        "how would you know that it helps the nine pupils?"
    ),
    openings=(),
    sentences=(),
)
RESPONSE = (
    "I would begin with the nine pupils: which lessons they leave, at what point, and what the task was. The room takes away a "
    "noise and not its reason.\n\n"
    "This term two teachers would plan the first ten minutes of those lessons with me, and I would watch and talk with them "
    "each week. What a pupil missed would be shown to them before they go back in.\n\n"
    "I would know that it helps when the nine leave less often and can say what the class is working on."
)


def offer(intake: Intake, *, author: User, at: datetime) -> CaseStudy:
    """The scenario, offered to everybody of the intake's version three months after their start."""
    case = publish_case(intake.version, QUIET_ROOM, author=author, at=at)
    assessment.offer_practice(case_study=case, after_months=AFTER_MONTHS, by=author, at=at)
    return case


def practise(case: CaseStudy, enrolments: list[Enrolment], *, by: User, now: datetime) -> None:
    """The first has feedback and a look at the mark scheme, the second waits, the third has begun."""
    for place, enrolment in enumerate(enrolments[:3]):
        at = noon((now - timedelta(days=9 - 2 * place)).date())
        sent: dict[str, Any] = {
            "scenario": case.practice,
            "enrolment": enrolment,
            "texts": {"": RESPONSE},
            "revision": 0,
            "by": enrolment.user,
            "at": at,
        }
        if place == 2:
            assessment.save_practice(**sent)
            continue
        response = assessment.hand_in_practice(**sent, wants="facilitator")
        if place == 0:
            assessment.give_practice_feedback(
                response=response,
                strength="You look for the reason before you change the rule.",
                next_step="Say what the teaching assistant would do differently from Monday.",
                revision=response.revision,
                by=by,
                at=at + timedelta(days=2),
            )
