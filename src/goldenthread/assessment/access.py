"""Who may do what with case studies, windows and sittings, in one line each. When is for `rules`."""

from typing import Any

from goldenthread.assessment.models import Sitting
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role


def may_author(viewer: Viewer) -> bool:
    """Write case studies and mark schemes, and see what is unseen to everybody else."""
    return viewer.holds(Role.AUTHOR)


def may_list_cases(viewer: Viewer) -> bool:
    """See that a case study exists: its title, its version and its state."""
    return viewer.holds(Role.AUTHOR, Role.OFFICE)


def may_schedule(viewer: Viewer) -> bool:
    """Set windows, book people and see where each sitting stands."""
    return viewer.is_office


def may_see_writing(viewer: Viewer) -> bool:
    """See how a response was written: the programme office, but nobody who also marks or moderates."""
    return viewer.is_office and not viewer.holds(Role.MARKER, Role.MODERATOR)


def sits(user: Any, sitting: Sitting) -> bool:
    """Whether this is the person's own sitting, on an enrolment they still hold."""
    return bool(sitting.enrolment.user_id == user.pk and sitting.enrolment.withdrawn_at is None)
