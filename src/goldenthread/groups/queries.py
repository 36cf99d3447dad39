"""Groups as their staff and their people see them."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.groups.access import STAFF_ROLES
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.people.access import Viewer

REGISTER_ROLES = ("facilitator", "tutor")


def groups_of(viewer: Viewer, *roles: str) -> QuerySet[Group]:
    """The groups that the person works with now, in one of `roles` or in any, as long as they hold that role."""
    held = viewer.held(*(roles or STAFF_ROLES))
    return Group.objects.filter(
        staff__user=viewer.user, staff__until__isnull=True, staff__role__in=held
    ).distinct()


def get_group_for(viewer: Viewer, group_id: int) -> Group:
    """A group of the person's own; others don't exist for them."""
    group = groups_of(viewer).filter(pk=group_id).select_related("intake__version__programme").first()
    if group is None:
        raise Http404
    return group


def people_of(group: Group) -> QuerySet[Enrolment]:
    """The enrolments that have a place in the group now and have not withdrawn, by name."""
    return (
        Enrolment.objects.filter(
            group_places__group=group, group_places__until__isnull=True, withdrawn_at__isnull=True
        )
        .select_related("user", "school")
        .order_by("user__name", "pk")
    )


@dataclass(frozen=True)
class OwnGroup:
    """The group of a participant as they may know it: its name, and name and address of who takes its registers."""

    name: str
    takers: list[tuple[str, str]]


def own_group_of(enrolment: Enrolment) -> OwnGroup | None:
    """The group in which the person has a place now, facilitators before tutors. One query."""
    staff = "group__staff__"
    rows = list(
        enrolment.group_places.filter(until__isnull=True)
        .order_by(f"{staff}role", f"{staff}user__name", f"{staff}pk")
        .values_list(
            "group__name", f"{staff}role", f"{staff}until", f"{staff}user__name", f"{staff}user__email"
        )
    )
    takers = [(who, email) for _, role, until, who, email in rows if role in REGISTER_ROLES and until is None]
    return OwnGroup(rows[0][0], takers) if rows else None


def places_with_partner(*, ever: bool = False) -> QuerySet[GroupPlace]:
    """Places in the groups of delivery partners: by these people take part through a partner.

    Those of now, or with `ever` also those that have ended.
    """
    places = GroupPlace.objects.filter(group__partner__isnull=False)
    return places if ever else places.filter(until__isnull=True)


def place_of(enrolment: Enrolment) -> GroupPlace | None:
    """The person's current place, with its group."""
    return enrolment.group_places.filter(until__isnull=True).select_related("group").first()
