"""Who must not meet whose script: conflicts between markers and participants, found in few queries for many of both."""

from collections.abc import Iterable

from django.db.models import BigIntegerField, QuerySet, Value

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Script
from goldenthread.coaching.models import Pairing
from goldenthread.groups.models import GroupPlace
from goldenthread.groups.queries import places_with_partner
from goldenthread.learning.models import TaskFeedback
from goldenthread.marking.models import DeclaredConflict, SetAside
from goldenthread.people.models import Membership, OrganisationKind


def conflicts_of(scripts: QuerySet[Script], users: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs (script, user) that must not meet. Three queries, however many scripts there are.

    Somebody is in conflict with a script of their own, of anybody they facilitate, tutor or coach or did,
    whose formative work they read, and of a participant from a school where they have a role or through a
    partner, now or before, where they have one; of a programme that they are taking themselves; and of an
    enrolment for which they declared it, or for which marks of theirs were set aside. A role at the lead provider,
    where markers have theirs, is no conflict.
    """
    people = set(users)
    by_enrolment: dict[int, list[int]] = {}
    schools: dict[int, list[int]] = {}
    by_author: dict[int, list[int]] = {}
    partners: dict[int, list[int]] = {}
    programmes: dict[int, list[int]] = {}
    found: set[tuple[int, int]] = set()
    rows = scripts.order_by().values_list(
        "pk", "sitting__enrolment_id", "sitting__enrolment__school_id",
        "sitting__enrolment__partner_id", "sitting__enrolment__user_id",
        "sitting__enrolment__version__programme_id",
    )  # fmt: skip
    for script, enrolment, school, partner, author, programme in rows:
        by_enrolment.setdefault(enrolment, []).append(script)
        programmes.setdefault(programme, []).append(script)
        schools.setdefault(school, []).append(script)
        partners.setdefault(partner, []).append(script)
        by_author.setdefault(author, []).append(script)
        found.add((script, author))
    enrolments = Enrolment.objects.filter(sittings__scripts__in=scripts.order_by()).order_by().values("pk")
    for enrolment, user, author, partner in _knowing(enrolments):
        found.update((script, user) for script in by_enrolment.get(enrolment, ()))
        partners.setdefault(partner, []).extend(by_author.get(author, ()))
    for user, organisation, own_school, own_programme in _belonging(people):
        found.update((script, user) for script in partners.get(organisation or 0, ()))
        found.update((script, user) for script in schools.get(own_school or 0, ()))
        found.update((script, user) for script in programmes.get(own_programme or 0, ()))
    return {(script, user) for script, user in found if user in people}


def knowing(enrolment_id: int) -> set[int]:
    """Who teaches or coaches somebody or did, read their formative work, or declared a conflict. One query."""
    found = _knowing(Enrolment.objects.filter(pk=enrolment_id).order_by().values("pk"))
    return {user for _, user, author, _ in found if user and not author}


def not_to_meet(scripts: QuerySet[Script], users: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs (script, user) that no appointment of a marker brings together; every one asks here. Four queries.

    Whoever is in conflict, and whoever marked the script as its moderator, since they may have seen others' marks of
    it. That may not keep them from moderating it on, so it is no conflict.
    """
    people = set(users)
    moderated = scripts.order_by().filter(sampled__marked_by__in=people)
    return conflicts_of(scripts, people) | set(moderated.values_list("pk", "sampled__marked_by"))


def _knowing(enrolments: QuerySet) -> Iterable[tuple[int, int, int, int]]:
    """Who teaches or coaches whom, now or before, who declared a conflict, and whose marks were set aside:
    (enrolment, user, 0, 0); and through which partners the authors take part, now or before, on any enrolment:
    (0, 0, author, partner).
    """
    none = Value(0, output_field=BigIntegerField())
    partners = places_with_partner(ever=True).filter(enrolment__user__in=enrolments.values("user")).order_by()
    places = GroupPlace.objects.filter(enrolment__in=enrolments, group__staff__isnull=False).order_by()
    pairings = Pairing.objects.filter(enrolment__in=enrolments).order_by()
    read = TaskFeedback.objects.filter(response__enrolment__in=enrolments).order_by()
    declared = DeclaredConflict.objects.filter(script__sitting__enrolment__in=enrolments).order_by()
    set_aside = SetAside.objects.filter(script__sitting__enrolment__in=enrolments).order_by()
    return places.values_list("enrolment_id", "group__staff__user_id", none, none).union(
        declared.values_list("script__sitting__enrolment_id", "user_id", none, none),
        set_aside.values_list("script__sitting__enrolment_id", "marker_id", none, none),
        pairings.values_list("enrolment_id", "coach_id", none, none),
        read.values_list("response__enrolment_id", "by_id", none, none),
        partners.values_list(none, none, "enrolment__user_id", "group__partner_id"),
    )


def _belonging(people: set[int]) -> Iterable[tuple[int, int | None, int | None, int | None]]:
    """Where people have a role, the lead provider aside, and what they take part in and may yet sit:
    (user, organisation, its school, programme).
    """
    nothing = Value(None, output_field=BigIntegerField())
    roles = Membership.objects.filter(user_id__in=people).exclude(
        organisation__roles__role=OrganisationKind.LEAD_PROVIDER
    )
    taking = Enrolment.objects.filter(user_id__in=people, withdrawn_at__isnull=True).exclude(
        stage__in=[Stage.AWARDED, Stage.NOT_ACHIEVED]
    )
    return (
        roles.order_by()
        .values_list("user_id", "organisation_id", "organisation__school_id", nothing)
        .union(taking.order_by().values_list("user_id", nothing, nothing, "version__programme_id"))
    )
