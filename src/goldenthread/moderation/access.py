"""Who may moderate, and who may see a round."""

from goldenthread.people.access import Viewer
from goldenthread.people.models import Role


def moderates(viewer: Viewer) -> bool:
    return viewer.holds(Role.MODERATOR)


def sees_rounds(viewer: Viewer) -> bool:
    return viewer.holds(Role.MODERATOR, Role.OFFICE)
