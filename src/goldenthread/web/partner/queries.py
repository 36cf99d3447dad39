"""A delivery partner's own groups, people and events: nobody else's, also in counts (S4-09)."""

from datetime import datetime

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.events.models import EventDay
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.groups.queries import places_with_partner
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role
from goldenthread.web.shared.accompany import with_dates


def organisations_for(viewer: Viewer) -> list[int]:
    """The partners that the viewer manages; for others there is no such page."""
    own = viewer.organisations(Role.PARTNER_MANAGER)
    if not own:
        raise Http404
    return own


def people_for(viewer: Viewer) -> QuerySet[Enrolment]:
    """Whoever takes part through the viewer's partners: as the enrolment says, else as the group does."""
    own = organisations_for(viewer)
    here = places_with_partner().filter(enrolment=OuterRef("pk"), group__partner__in=own)
    return Enrolment.objects.filter(Q(partner__in=own) | Q(Exists(here), partner__isnull=True))


def stages_for(viewer: Viewer) -> dict[str, int]:
    """How many of the partner's people stand at each stage; whoever withdrew stands nowhere. One query."""
    people = people_for(viewer).filter(withdrawn_at__isnull=True).order_by()
    return dict(people.values_list("stage").annotate(number=Count("pk")))


def groups_for(viewer: Viewer) -> QuerySet[Group]:
    """The partner's groups with how many of its people have a place now, the latest start first."""
    mine = people_for(viewer).filter(withdrawn_at__isnull=True).values("pk")
    placed = (
        GroupPlace.objects.filter(group=OuterRef("pk"), until__isnull=True, enrolment__in=mine)
        .order_by()
        .values("group")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return (
        Group.objects.filter(partner__in=organisations_for(viewer))
        .select_related("intake")
        .annotate(people=Coalesce(Subquery(placed, output_field=IntegerField()), 0))
        .order_by("-intake__starts_on", "name", "pk")
    )


def get_group_for(viewer: Viewer, group_id: int) -> Group:
    """One of the partner's groups; others don't exist for the viewer."""
    found = groups_for(viewer).filter(pk=group_id).first()
    if found is None:
        raise Http404
    return found


def events_for(viewer: Viewer, *, at: datetime) -> QuerySet[EventDay]:
    """The coming event days of the partner's groups, the next one first."""
    own = organisations_for(viewer)
    coming = EventDay.objects.filter(group__partner__in=own, ends_at__gte=at)
    return coming.select_related("group").order_by("starts_at", "pk")


def get_person_for(viewer: Viewer, reference: str, *, at: datetime) -> Enrolment:
    """One of the partner's people; others don't exist for the viewer."""
    found = with_dates(people_for(viewer).filter(reference=reference), at=at).order_by("pk").first()
    if found is None:
        raise Http404
    return found


def in_group(people: QuerySet[Enrolment], group: Group) -> QuerySet[Enrolment]:
    """Those of the people who have a place in the group now."""
    return people.filter(group_places__group=group, group_places__until__isnull=True)
