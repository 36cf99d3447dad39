"""The hand-in days of a project task in a sentence, for every page that names them, and what stands in their way."""

from datetime import datetime

from goldenthread.assessment.project_views import TaskDays, TaskView
from goldenthread.common import clock
from goldenthread.common.days import day_text, deadline_text, last_day
from goldenthread.outcomes.achievement import UsefulDay


def days_sentence(days: TaskDays, *, at: datetime, useful: UsefulDay | None = None) -> str:
    """By when a task is to be handed in, from when it can be, or until when it may be replaced; and of days that end
    after the person's last `useful` day that they do.
    """
    until, opens = deadline_text(days.closes_at, days.zone), clock.day_of(days.opens_at, days.zone)
    if at < days.opens_at:
        said = f"Hand in from {day_text(opens)} until {until}."
    else:
        said = f"Handed in; may be replaced until {until}." if days.handed_in else f"Hand in by {until}."
    late = useful is not None and useful.is_beyond(last_day(days.closes_at, days.zone), on=clock.day_of(at))
    return (
        f"{said} Your last useful day is {day_text(useful.day)}: see what to do." if useful and late else said
    )


def late_note(found: TaskView, useful: UsefulDay | None) -> str:
    """What a task's pages say where its hand-in days end after the person's last useful day, or that day is over; ""
    where nothing is in the way, and once the task is with the markers or passed.
    """
    if useful is None or found.passed or found.locked:
        return ""
    closes_on = None
    if found.days is not None and found.at <= found.days[1]:
        closes_on = last_day(found.days[1], found.days[2])
    on = clock.day_of(found.at, found.enrolment.zone)
    return useful.note(closes_on, on=on, handed_in=found.script is not None)


def note_of(days: TaskDays, useful: UsefulDay | None, *, at: datetime) -> str:
    """The same of days in a list that are not over."""
    if useful is None:
        return ""
    on = clock.day_of(at, days.zone)
    return useful.note(last_day(days.closes_at, days.zone), on=on, handed_in=days.handed_in)
