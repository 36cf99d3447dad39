"""Who may mark, and who may run the marking of a window."""

from goldenthread.marking.models import Marking
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role, User


def marks(viewer: Viewer) -> bool:
    return viewer.holds(Role.MARKER)


def runs_marking(viewer: Viewer) -> bool:
    return viewer.is_office


def is_own(marking: Marking, user: User) -> bool:
    return marking.marker_id == user.pk
