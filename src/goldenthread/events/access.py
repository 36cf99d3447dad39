"""Who may take a register: one-line predicates."""

from goldenthread.events.models import EventDay
from goldenthread.groups.access import staffs
from goldenthread.people.access import Viewer


def may_take_register(viewer: Viewer, day: EventDay) -> bool:
    """A group's own facilitators and tutors take its registers."""
    return staffs(viewer, day.group, "facilitator", "tutor")
