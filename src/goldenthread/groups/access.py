"""Who may do what with a group: one-line predicates."""

from typing import Any

from goldenthread.groups.models import Group


def staffs(user: Any, group: Group, *roles: str) -> bool:
    """Whether the person works with the group now, in one of `roles` or in any."""
    mine = group.staff.filter(user=user, until__isnull=True)
    return (mine.filter(role__in=roles) if roles else mine).exists()
