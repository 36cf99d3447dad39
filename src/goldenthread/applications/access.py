"""Who may see and decide applications."""

from goldenthread.people.access import Viewer


def may_decide(viewer: Viewer) -> bool:
    """The programme office decides every application."""
    return viewer.is_office
