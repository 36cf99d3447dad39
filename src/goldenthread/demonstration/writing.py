"""A response that somebody is writing: typed over two evenings, a passage pasted in and cut again, saved by the editor."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from goldenthread.assessment import actions as assessment
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import How, Step
from goldenthread.common.refused import Refused

FIRST = (
    "The reading results have fallen for two years, and the school has tried three things at once. ",
    "I would begin with what pupils do in a reading lesson, not with another intervention. ",
    "Fluency comes before comprehension here: pupils who decode slowly have little attention left for meaning. ",
)
PASTED = (
    "Notes from the reading meeting: eight of the thirty pupils in the lowest group read fewer than ninety words a minute. "
    "Teachers asked for shorter texts that are read several times, and for time to plan them together. "
)
SECOND = (
    "Of the lowest group, eight read fewer than ninety words a minute. ",
    "Each class would read one short text aloud four times a week. ",
    "I would look at two lessons with each teacher in the first half-term, and ask what they saw. ",
)


def begin_to_write(sitting: Sitting, *, now: datetime) -> None:
    """Read the case and write a first draft, yesterday evening and this morning; nothing for who was held back."""
    user = sitting.enrolment.user
    began = max(now - timedelta(hours=20), sitting.opens_at + timedelta(minutes=5))
    try:
        assessment.get_case_for(user=user, sitting=sitting, at=began)
    except Refused:
        return
    sitting.refresh_from_db()
    steps = list(_steps(began, part=_first_part(sitting)))
    for start in range(0, len(steps), 5):
        some = steps[start : start + 5]
        assessment.write_steps(
            sitting=sitting, steps=some, by=user, at=some[-1].written_at + timedelta(seconds=1)
        )


def _first_part(sitting: Sitting) -> str:
    """The key of the part that somebody writes first; "" for a response without parts."""
    return sitting.window.parts[0]["key"] if sitting.window.parts else ""


def _steps(began: datetime, *, part: str) -> Iterator[Step]:
    text, at, number = "", began, 0
    stages: list[tuple[str, How, timedelta]] = []
    for sentence in FIRST:
        for word in sentence.split(" ")[:-1]:
            text += f"{word} "
            stages.append((text, How.TYPED, timedelta(seconds=4)))
    stages.append((text + PASTED, How.PASTED, timedelta(minutes=2)))
    stages.append((text, How.TYPED, timedelta(minutes=3)))
    for place, sentence in enumerate(SECOND):
        text += sentence
        stages.append((text, How.TYPED, timedelta(minutes=40 if place == 0 else 1)))
    before = ""
    for after, how, later in stages:
        at += later
        for step in log.changes({part: before}, {part: after}, after=number, how=how, at=at):
            number = step.number
            yield step
        before = after
