"""Who may do what with a group: one-line predicates."""

from goldenthread.groups.models import Group
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role

STAFF_ROLES = (Role.FACILITATOR, Role.TUTOR, Role.COACH)


def staffs(viewer: Viewer, group: Group, *roles: str) -> bool:
    """Whether the person works with the group now, in one of `roles` or in any, and still holds that role."""
    held = viewer.held(*(roles or STAFF_ROLES))
    return group.staff.filter(user=viewer.user, until__isnull=True, role__in=held).exists()
