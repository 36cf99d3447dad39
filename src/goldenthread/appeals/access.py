"""Who handles appeals."""

from goldenthread.outcomes.access import releases
from goldenthread.people.access import Viewer


def handles(viewer: Viewer) -> bool:
    """The programme office; who may decide one appeal is asked by the rules, appeal by appeal."""
    return releases(viewer)
