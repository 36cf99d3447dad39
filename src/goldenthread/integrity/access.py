"""Who may handle questions about scripts and misconduct cases."""

from goldenthread.people.access import Viewer
from goldenthread.people.models import Role


def handles(viewer: Viewer) -> bool:
    """The programme office, but nobody who also marks or moderates: those never learn of it."""
    return viewer.is_office and not viewer.holds(Role.MARKER, Role.MODERATOR)
