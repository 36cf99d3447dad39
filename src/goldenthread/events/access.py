"""Who may take a register: one-line predicates."""

from typing import Any

from goldenthread.events.models import EventDay
from goldenthread.groups.access import staffs


def may_take_register(user: Any, day: EventDay) -> bool:
    """A group's own facilitators and tutors take its registers."""
    return staffs(user, day.group, "facilitator", "tutor")
