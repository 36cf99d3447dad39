"""Who may open the office's pages."""

from django.http import Http404

from goldenthread.people.access import Viewer


def office_only(viewer: Viewer) -> None:
    """For everybody outside the programme office there is no such page."""
    if not viewer.is_office:
        raise Http404
