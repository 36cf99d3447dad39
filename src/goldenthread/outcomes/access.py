"""Who may release results."""

from goldenthread.people.access import Viewer


def releases(viewer: Viewer) -> bool:
    return viewer.is_office
