"""Organisations as the office lists them: what each does here, and how many people work for it."""

from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404

from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Organisation, OrganisationRole
from goldenthread.people.queries import organisations_like
from goldenthread.web.office.access import office_only
from goldenthread.web.office.queries import every_word


def organisations_for(viewer: Viewer, *, words: str = "", kind: str = "", on: date) -> QuerySet[Organisation]:
    """Organisations by name with their roles as `held` and the number of their `people` on a day; for the office
    alone. Two queries.
    """
    office_only(viewer)
    roles = current(on)
    found = Organisation.objects.filter(every_word(words, lambda word: Q(name__icontains=word)))
    if words.strip():
        found |= Organisation.objects.filter(
            pk__in=organisations_like(words)
        )  # aliases and other spellings too
    if kind:
        found = found.filter(roles__in=roles.filter(role=kind)).distinct()
    working = Q(memberships__in=Membership.objects.on(on).order_by())
    return (
        found.annotate(people=Count("memberships__user", filter=working, distinct=True))
        .prefetch_related(Prefetch("roles", queryset=roles, to_attr="held"))
        .order_by("name", "pk")
    )


def current(on: date) -> QuerySet[OrganisationRole]:
    """Roles of organisations that haven't ended before a day."""
    return OrganisationRole.objects.exclude(ends_on__lt=on).order_by("role", "pk")


def get_organisation_for(viewer: Viewer, organisation_id: int, *, on: date) -> Organisation:
    """One organisation, as in the list; for the office alone."""
    found = organisations_for(viewer, on=on).filter(pk=organisation_id).first()
    if found is None:
        raise Http404
    return found


def get_organisation_role_for(viewer: Viewer, role_id: int) -> OrganisationRole:
    """One role of one organisation, for the office alone."""
    office_only(viewer)
    found = OrganisationRole.objects.filter(pk=role_id).select_related("organisation").first()
    if found is None:
        raise Http404
    return found
