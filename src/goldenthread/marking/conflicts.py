"""Who must not meet whose script: conflicts between markers and participants, found in few queries for many of both."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import BigIntegerField, CharField, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Concat, Lower, Substr, Trim

from goldenthread.applications.models import OVER, Enrolment
from goldenthread.assessment.models import Script
from goldenthread.assessment.practice_models import PracticeFeedback
from goldenthread.assessment.project_models import BoardRecord, Challenge, Placement, ProjectLink
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent
from goldenthread.groups.models import GroupPlace
from goldenthread.groups.queries import places_with_partner
from goldenthread.learning.models import TaskFeedback
from goldenthread.marking.conflict_models import AcquaintanceMatch
from goldenthread.marking.handing_models import HandedBack, LeaseEnded
from goldenthread.marking.models import DeclaredConflict, SetAside
from goldenthread.people.models import (
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationRole,
    Role,
    User,
)

# What people do at a lead provider for the programmes themselves: of all their authors alike.
_OF_THE_PROVIDER = (Role.OFFICE, Role.AUTHOR, Role.MARKER, Role.MODERATOR, Role.UNIVERSITY)


def conflicts_of(scripts: QuerySet[Script], users: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs (script, user) that must not meet. One query, however many scripts there are.

    Somebody is in conflict with a script of their own, of anybody they facilitate, tutor, coach or mentor or did, on
    whichever enrolment, whose formative work or practice they read, whose support plan they own or spoke about, and of
    whom they declared it, about whichever script or beforehand; of a participant from a school where they have a role,
    or at the trust that it is part of, or through a partner, now or before, where they have one, and just so of who is
    placed at such a school for a project, or was and left a board's record, a challenge or a link there, also where the
    register doesn't have it and it is given by its name alone; of whom they host or spoke for, or who named them when
    applying as whom they talked with in school, by the
    address of their account; of a programme that they are taking themselves; and of an enrolment for which marks of
    theirs were set aside. A role in the work of the lead provider itself, where markers have theirs, is no conflict
    (`roles_of`).
    """
    people = set(users)
    facts, knowing, belonging = _asked(scripts, people)
    by_enrolment: dict[int, list[int]] = {}
    schools: dict[int, list[int]] = {}
    by_author: dict[int, list[int]] = {}
    partners: dict[int, list[int]] = {}
    programmes: dict[int, list[int]] = {}
    found: set[tuple[int, int]] = set()
    for script, enrolment, school, partner, author, programme in facts:
        by_enrolment.setdefault(enrolment, []).append(script)
        programmes.setdefault(programme, []).append(script)
        schools.setdefault(school, []).append(script)
        partners.setdefault(partner, []).append(script)
        by_author.setdefault(author, []).append(script)
        found.add((script, author))
    for enrolment, user, author, partner, placed in knowing:
        theirs = by_author.get(author, ())
        found.update((script, user) for script in by_enrolment.get(enrolment, theirs))
        partners.setdefault(partner, []).extend(theirs if partner else ())
        schools.setdefault(placed, []).extend(theirs if placed else ())
    for user, organisation, own_school, own_programme in belonging:
        found.update((script, user) for script in partners.get(organisation or 0, ()))
        found.update((script, user) for script in schools.get(own_school or 0, ()))
        found.update((script, user) for script in programmes.get(own_programme or 0, ()))
    return {(script, user) for script, user in found if user in people}


def _asked(scripts: QuerySet[Script], people: set[int]) -> tuple[list[Any], list[Any], list[Any]]:
    """What is known of scripts, of who has met their authors, and of where people belong: one query of three parts."""
    rows = scripts.order_by().values_list(
        _number(0), "pk", "sitting__enrolment_id", "sitting__enrolment__school_id",
        "sitting__enrolment__partner_id", "sitting__enrolment__user_id",
        "sitting__enrolment__version__programme_id",
    )  # fmt: skip
    enrolments = Enrolment.objects.filter(sittings__scripts__in=scripts.order_by()).order_by().values("pk")
    knowing = (one.values_list(_number(1), *of, _number(0)) for one, of in _knowing(enrolments))
    belonging = (one.values_list(_number(2), *of, _number(0), _number(0)) for one, of in _belonging(people))
    parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for part, *row in rows.union(*knowing, *belonging):
        parts[part].append(row[: (6, 5, 4)[part]])
    return parts


def knowing(enrolment_id: int) -> set[int]:
    """Who teaches, coaches, mentors or supports somebody or did, on whichever enrolment, read their formative work,
    hosts or spoke for a project of theirs, or declared a conflict. One query.
    """
    first, *others = (
        one.values_list(*of)
        for one, of in _knowing(Enrolment.objects.filter(pk=enrolment_id).order_by().values("pk"))
    )
    return {user for _, user, *_ in first.union(*others) if user}


def not_to_meet(scripts: QuerySet[Script], users: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs (script, user) that no appointment of a marker brings together; every one asks here. Two queries.

    Whoever is in conflict; whoever marked the script as its moderator, also if another took it over, or opened its
    markings after somebody else decided on it, since they may have seen others' marks of it; and whoever had it: who
    handed it back, whose it was when the office gave it to somebody else, and who let its time run out. None of that
    may keep them from moderating it, so it is no conflict.
    """
    people = set(users)
    these = {"script__in": scripts.order_by().values("pk"), "marker__in": people}
    had = (kind.objects.filter(**these).order_by() for kind in (HandedBack, LeaseEnded))
    moderated, *seen = _seen(scripts, people)
    rows = moderated.union(*seen, *(one.values_list("script", "marker") for one in had))
    return conflicts_of(scripts, people) | set(rows)


def _seen(scripts: QuerySet[Script], people: set[int]) -> list[QuerySet]:
    """Who may have seen what others gave a script: (script, user). By name: moderation is a later package.

    Only of what is in a sample is a look on record; its events are found by the names of their chains.
    """
    these = scripts.order_by()
    chains = these.filter(sampled__isnull=False).annotate(
        chain=Concat(Value("script:"), Cast("pk", CharField()), output_field=CharField())
    )
    looks = AuditEvent.objects.filter(
        subject__in=chains.values("chain"),
        verb="moderation.looked",
        actor__in=[f"user:{one}" for one in people],
    ).order_by()
    return [
        these.filter(sampled__marked_by__in=people).values_list("pk", "sampled__marked_by"),
        these.filter(sampled__earlier__marked_by__in=people).values_list("pk", "sampled__earlier__marked_by"),
        looks.values_list(_after("subject", "script:"), _after("actor", "user:")),
    ]


def _after(field: str, prefix: str) -> Cast:
    """The number that a name in the trail ends with."""
    return Cast(Substr(field, len(prefix) + 1), BigIntegerField())


def whose_account(address: str) -> Subquery:
    """Of rows with an address in this field whose account has it, however it is spelt; nothing where nobody's has.
    A part of another query.
    """
    mine = User.objects.alias(spelt=Lower("email")).filter(spelt=Lower(OuterRef(address))).order_by()
    return Subquery(mine.values("pk"))  # one at most: no two accounts have one address


def stated_contact(enrolments: QuerySet) -> QuerySet:
    """These enrolments, each with the address of whom the person talked with in school before they applied, `stated`:
    the head teacher, as a rule. A part of another query.
    """
    talked = KeyTransform("discussed", "application__details")
    found: QuerySet = enrolments.annotate(stated=KeyTextTransform("email", talked))
    return found


def named_alike(school: str) -> Subquery:
    """Of rows with the name of a school that the register doesn't have in this field: the organisation of this name in
    which somebody has or had a role; nothing where there is none. A part of another query.
    """
    theirs = Membership.objects.filter(organisation=OuterRef("pk")).order_by()
    known = Organisation.objects.filter(Exists(theirs), school__isnull=True).alias(spelt=Lower("name"))
    return Subquery(known.filter(spelt=Lower(Trim(OuterRef(school)))).order_by("pk").values("pk")[:1])


def made_at_schools(**enrolment: Any) -> list[tuple[QuerySet, str]]:
    """What was made for the placement schools of now and before: boards' records, challenges, and links to hosts and
    boards, of projects whose enrolment is such (`user__in`). Each as rows and the way to the project. Parts of other
    queries.
    """
    kinds: tuple[tuple[Any, str], ...] = (
        (BoardRecord.objects, "project"),
        (Challenge.objects, "placement__project"),
        (ProjectLink.objects.filter(of_placement=True), "project"),
    )
    return [
        (
            rows.filter(
                **{f"{way}__enrolment__{name}": value for name, value in enrolment.items()}
            ).order_by(),
            way,
        )
        for rows, way in kinds
    ]


def _number(value: int) -> Value:
    return Value(value, output_field=BigIntegerField())


def _knowing(enrolments: QuerySet) -> list[tuple[QuerySet, tuple[Any, ...]]]:
    """Who has met the people of these enrolments, on any enrolment of theirs, now or before: who teaches, coaches,
    mentors or supports them, read what they wrote, was named as host, sponsor or board of a project or as whom they
    talked with in school, or declared a conflict: (0, user, author, 0, 0). Whose marks were set aside: (enrolment,
    user, 0, 0, 0). Through which partners they take part, and which organisation bears the name of a school of theirs
    that the register doesn't have: (0, 0, author, organisation, 0). And at which schools they are or were placed: (0,
    0, author, 0, school). Each as rows and the five of their columns.
    """
    none = _number(0)
    every = Enrolment.objects.filter(user__in=enrolments.values("user")).order_by()
    authors = every.values("pk")
    places = GroupPlace.objects.filter(enrolment__in=authors, group__staff__isnull=False).order_by()
    pairings = Pairing.objects.filter(enrolment__in=authors).order_by()
    # By name: mentors and support plans are a later package's.
    mentored = every.filter(mentorings__isnull=False)
    supported = every.filter(support_plans__owner__isnull=False)
    spoken_to = every.filter(support_plans__contacts__isnull=False)
    read = TaskFeedback.objects.filter(response__enrolment__in=authors).order_by()
    practised = PracticeFeedback.objects.filter(response__enrolment__in=authors).order_by()
    declared = DeclaredConflict.objects.filter(script__sitting__enrolment__in=authors).order_by()
    named = AcquaintanceMatch.objects.filter(person__in=enrolments.values("user")).order_by()
    set_aside = SetAside.objects.filter(script__sitting__enrolment__in=enrolments).order_by()
    partners = places_with_partner(ever=True).filter(enrolment__in=authors).order_by()
    placed = Placement.objects.filter(project__enrolment__in=authors).order_by()
    asked = ProjectLink.objects.filter(project__enrolment__in=authors).order_by()
    unlisted = Enrolment.objects.filter(pk__in=enrolments, school__isnull=True).order_by()
    elsewhere = placed.filter(school__isnull=True).exclude(school_text="")
    made = made_at_schools(pk__in=authors)
    return [
        (places, (none, "group__staff__user_id", "enrolment__user_id", none, none)),
        (pairings, (none, "coach_id", "enrolment__user_id", none, none)),
        (mentored, (none, "mentorings__mentor_id", "user_id", none, none)),
        (supported, (none, "support_plans__owner_id", "user_id", none, none)),
        (spoken_to, (none, "support_plans__contacts__by_id", "user_id", none, none)),
        (read, (none, "by_id", "response__enrolment__user_id", none, none)),
        (practised, (none, "by_id", "response__enrolment__user_id", none, none)),
        (declared, (none, "user_id", "script__sitting__enrolment__user_id", none, none)),
        (named, (none, "acquaintance__user_id", "person_id", none, none)),
        (set_aside, ("script__sitting__enrolment_id", "marker_id", none, none, none)),
        (partners, (none, none, "enrolment__user_id", "group__partner_id", none)),
        (placed, (none, none, "project__enrolment__user_id", none, "school_id")),
        (placed, (none, whose_account("host_email"), "project__enrolment__user_id", none, none)),
        (asked, (none, whose_account("email"), "project__enrolment__user_id", none, none)),
        (stated_contact(every), (none, whose_account("stated"), "user_id", none, none)),
        (unlisted, (none, none, "user_id", named_alike("application__school_text"), none)),
        (elsewhere, (none, none, "project__enrolment__user_id", named_alike("school_text"), none)),
        *(
            (
                rows.filter(at_school__isnull=False),
                (none, none, f"{way}__enrolment__user_id", none, "at_school_id"),
            )
            for rows, way in made
        ),
        *(
            (
                rows.filter(at_school__isnull=True).exclude(at_text=""),
                (none, none, f"{way}__enrolment__user_id", named_alike("at_text"), none),
            )
            for rows, way in made
        ),
    ]


def roles_of(people: Collection[int]) -> QuerySet[Membership]:
    """The roles of people, now or before, by which they belong where somebody works or takes part: all, but for those
    in a lead provider's own work. A hub or a trust may be the lead provider, too: a head teacher there belongs to it.
    """
    lead = (
        OrganisationRole.objects.filter(role=OrganisationKind.LEAD_PROVIDER).order_by().values("organisation")
    )
    roles = Membership.objects.filter(user__in=people).order_by()
    return roles.exclude(role__in=_OF_THE_PROVIDER, organisation__in=lead)


def _belonging(people: set[int]) -> list[tuple[QuerySet, tuple[Any, ...]]]:
    """Where people have a role (`roles_of`), with the schools that are part of it, which schools they named
    beforehand, and what they take part in and may yet sit: (user, organisation, school, programme), 0 for what is none.
    Each as rows and the four of their columns.
    """
    none = _number(0)
    roles = roles_of(people)
    taking = Enrolment.objects.filter(user_id__in=people, withdrawn_at__isnull=True).exclude(stage__in=OVER)
    above = roles.filter(organisation__related_from__kind="part_of")
    named = AcquaintanceMatch.objects.filter(acquaintance__user__in=people, school__isnull=False).order_by()
    return [
        (roles, ("user_id", "organisation_id", "organisation__school_id", none)),
        (above, ("user_id", none, "organisation__related_from__organisation__school_id", none)),
        (named, ("acquaintance__user_id", none, "school_id", none)),
        (taking.order_by(), ("user_id", none, none, "version__programme_id")),
    ]
