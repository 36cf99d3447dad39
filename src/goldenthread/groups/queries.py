"""Groups as their staff and their people see them."""

from django.db.models import QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.groups.access import STAFF_ROLES
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.people.access import Viewer


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


def places_with_partner(*, ever: bool = False) -> QuerySet[GroupPlace]:
    """Places in the groups of delivery partners: by these people take part through a partner.

    Those of now, or with `ever` also those that have ended.
    """
    places = GroupPlace.objects.filter(group__partner__isnull=False)
    return places if ever else places.filter(until__isnull=True)


def place_of(enrolment: Enrolment) -> GroupPlace | None:
    """The person's current place, with its group."""
    return enrolment.group_places.filter(until__isnull=True).select_related("group").first()
