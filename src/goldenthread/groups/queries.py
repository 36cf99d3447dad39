"""Groups as their staff and their people see them, and as those who ask for a place near them."""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.enquiries.offers import offered_by
from goldenthread.enquiries.rules import Offer, Place
from goldenthread.groups.access import STAFF_ROLES
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.people.access import Viewer
from goldenthread.people.models import Postcode
from goldenthread.people.rules import postcode_key

_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b", re.IGNORECASE)

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


@offered_by
def on_offer(on: date) -> list[Offer]:
    """The groups of intakes that start on a day or later, each with its place: the venue's postcode, else the
    partner's own, else its school's. Two queries.
    """
    found = list(
        Group.objects.filter(intake__starts_on__gte=on)
        .select_related("intake__version", "partner__brand", "partner__school")
        .defer("intake__version__document")
        .order_by("pk")
    )
    codes = {group.pk: postcode_key(match[0]) for group in found if (match := _POSTCODE.search(group.venue))}
    places = {
        code: Place(latitude, longitude)
        for code, latitude, longitude in Postcode.objects.filter(code__in=set(codes.values()))
        .order_by()
        .values_list("code", "latitude", "longitude")
    }
    return [
        Offer(
            group.intake.version.programme_id,
            group.intake_id,
            group.partner_id,
            places.get(codes.get(group.pk, "")) or _home_of(group),
        )
        for group in found
    ]


def _home_of(group: Group) -> Place | None:
    """Where a group's partner is."""
    partner = group.partner
    for place in (getattr(partner, "brand", None), getattr(partner, "school", None)):
        if place is not None and place.latitude is not None:
            return Place(place.latitude, place.longitude)
    return None
