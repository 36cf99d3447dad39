"""Who may see and answer enquiries."""

from django.db.models import Q

from goldenthread.people.access import Viewer
from goldenthread.people.models import Role


def may_answer(viewer: Viewer) -> bool:
    """The programme office, and a delivery partner for its own."""
    return viewer.is_office or viewer.holds(Role.PARTNER_MANAGER)


def own(viewer: Viewer, field: str = "partner") -> Q:
    """What of a table with a partner the viewer sees: the office all of it, a partner its own (S4-08)."""
    if viewer.is_office:
        return Q()
    return Q(**{f"{field}__in": viewer.organisations(Role.PARTNER_MANAGER)})


def may_chat(viewer: Viewer) -> bool:
    """Chats are the programme office's."""
    return viewer.is_office
