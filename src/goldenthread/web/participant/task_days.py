"""The hand-in days of a project task in a sentence, for every page that names them."""

from datetime import datetime

from goldenthread.assessment.project_views import TaskDays
from goldenthread.common import clock
from goldenthread.common.days import day_text, deadline_text


def days_sentence(days: TaskDays, *, at: datetime) -> str:
    """By when a task is to be handed in, from when it can be, or until when it may be replaced."""
    until = deadline_text(days.closes_at, days.zone)
    if at < days.opens_at:
        return f"Hand in from {day_text(clock.day_of(days.opens_at, days.zone))} until {until}."
    return f"Handed in; may be replaced until {until}." if days.handed_in else f"Hand in by {until}."
