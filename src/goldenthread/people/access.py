"""Who somebody is on a given day: one-line predicates over memberships, loaded once per request."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from goldenthread.common.prepared import PreparedRows
from goldenthread.people.models import Membership, Role, User


class Viewer:
    """A person as seen by the rest of the system on one day: their roles and the organisations they hold them in."""

    def __init__(self, user: User, memberships: Iterable[Membership]) -> None:
        self.user = user
        self.memberships = list(memberships)

    def holds(self, *roles: str) -> bool:
        return any(m.role in roles for m in self.memberships)

    def held(self, *roles: str) -> list[str]:
        """Which of `roles` they hold on this day: what was given for a role counts only while it is held."""
        return [role for role in roles if self.holds(role)]

    def organisations(self, *roles: str) -> list[int]:
        return sorted({m.organisation_id for m in self.memberships if m.role in roles})

    @property
    def is_office(self) -> bool:
        return self.holds(Role.OFFICE)


_HELD: PreparedRows[Membership] = PreparedRows(
    lambda user, on: (
        Membership.objects.on(on)
        .filter(user=user)
        .select_related("organisation")
        .order_by("role", "organisation__name", "pk")
    ),
    key=(int, date),
)


def viewer_of(user: Any, *, on: date) -> Viewer:
    """The viewer for a signed-in user on the day `on`; one query, remembered on the user object."""
    known = getattr(user, "_viewer", None)
    if known is None or known[0] != on:
        known = (on, Viewer(user, _HELD.all(user.pk, on)))
        user._viewer = known
    viewer: Viewer = known[1]
    return viewer


def role_held(role: Any, *, on: date, user: str = "user") -> Exists:
    """For a query: whether the person in its field `user` holds `role`, one or a field of it, on a day."""
    return Exists(Membership.objects.on(on).filter(user=OuterRef(user), role=role).order_by())


def needs_second_factor(viewer: Viewer, roles: Iterable[str]) -> bool:
    """Whether this person's roles call for a second factor under the installation's settings."""
    return viewer.holds(*roles)
