"""Why scripts and people must not meet, and since when at the earliest: for the few pairs in which that matters."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, Subquery, When

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.assessment.practice_models import PracticeFeedback
from goldenthread.assessment.project_models import Placement, ProjectLink
from goldenthread.coaching.models import Pairing
from goldenthread.common import clock
from goldenthread.groups.models import GroupPlace
from goldenthread.groups.queries import places_with_partner
from goldenthread.learning.models import TaskFeedback
from goldenthread.marking.arising_rules import Cause
from goldenthread.marking.conflict_models import AcquaintanceMatch
from goldenthread.marking.conflicts import (
    made_at_schools,
    named_alike,
    roles_of,
    stated_contact,
    whose_account,
)
from goldenthread.marking.models import DeclaredConflict, SetAside

Pair = tuple[int, int]  # script, user
_Found = Iterator[tuple[Cause, int, int, Any]]  # cause, user, what they know by its number, since


def causes_of(pairs: Collection[Pair]) -> dict[Pair, dict[Cause, date | None]]:
    """Each pair of `conflicts.conflicts_of` with its causes, and the earliest day on which each can have arisen; None
    where nobody can tell. At most twenty-one queries, however many pairs.
    """
    found: dict[Pair, dict[Cause, date | None]] = {pair: {} for pair in pairs}
    if not found:
        return found
    people = {user for _, user in found}
    facts = _facts({script for script, _ in found})
    by_author = _by_key(facts, "author")
    at_schools, through = list(_at_schools(people)), list(_through_partners(people))
    for links, scripts in (
        (_with_authors(set(by_author), people), by_author),
        (at_schools, _by_key(facts, "school")),
        (_placed(at_schools), _by_key(facts, "placed")),
        (through, _by_key(facts, "partner")),
        (_as(Cause.SCHOOL, through), _by_key(facts, "unlisted")),
        (_as(Cause.PLACEMENT, through), _by_key(facts, "placed_unlisted")),
        (_taking(people), _by_key(facts, "programme")),
        (_aside(people), _by_key(facts, "enrolment")),
    ):
        for cause, user, key, since in links:
            for script in scripts.get(key, ()):
                if (script, user) in found:
                    _note(found[script, user], cause, since)
    for (script, user), causes in found.items():
        if facts[script]["author"] == user:
            causes[Cause.OWN] = None
    return found


def _note(causes: dict[Cause, date | None], cause: Cause, since: Any) -> None:
    day = clock.day_of(since) if isinstance(since, datetime) else since
    known = causes.get(cause, day)
    causes[cause] = None if known is None or day is None else min(known, day)


def _facts(scripts: Collection[int]) -> dict[int, dict[str, Any]]:
    of = "sitting__enrolment"
    rows = Script.objects.filter(pk__in=scripts).order_by().values(
        "pk", enrolment=F(of), author=F(f"{of}__user"), school=F(f"{of}__school"),
        programme=F(f"{of}__version__programme"), own=F(f"{of}__partner"),
        unlisted=Case(When(**{f"{of}__school__isnull": True}, then=named_alike(f"{of}__application__school_text"))),
    )  # fmt: skip
    facts: dict[int, dict[str, Any]] = {
        row["pk"]: {**row, "partner": {row["own"]}, "placed": set(), "placed_unlisted": set()} for row in rows
    }
    written: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in facts.values():
        written[one["author"]].append(one)
    places = places_with_partner(ever=True).filter(enrolment__user__in=list(written)).order_by()
    for author, partner in places.values_list("enrolment__user_id", "group__partner_id"):
        for one in written[author]:
            one["partner"].add(partner)
    placed = Placement.objects.filter(project__enrolment__user__in=list(written)).order_by()
    now = placed.values_list("project__enrolment__user_id", "school_id", named_alike("school_text"))
    before = (
        rows.values_list(f"{way}__enrolment__user_id", "at_school_id", named_alike("at_text"))
        for rows, way in made_at_schools(user__in=list(written))
    )
    for author, school, named in now.union(*before):
        for one in written[author]:
            one["placed"].add(school)
            if school is None:
                one["placed_unlisted"].add(named)
    return facts


def _by_key(facts: dict[int, dict[str, Any]], name: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for script, one in facts.items():
        keys = one[name] if isinstance(one[name], set) else {one[name]}
        for key in keys - {None}:
            found.setdefault(key, []).append(script)
    return found


def _with_authors(authors: set[int], people: set[int]) -> _Found:
    every = Enrolment.objects.filter(user__in=authors).order_by()
    of = {"enrolment__user__in": authors}
    places = GroupPlace.objects.filter(**of, group__staff__user__in=people).order_by()
    pairings = Pairing.objects.filter(**of, coach__in=people).order_by()
    mentored = every.filter(mentorings__mentor__in=people)
    owned = every.filter(support_plans__owner__in=people)
    spoken = every.filter(support_plans__contacts__by__in=people)
    response = {"response__enrolment__user__in": authors, "by__in": people}
    read = TaskFeedback.objects.filter(**response).order_by()
    practised = PracticeFeedback.objects.filter(**response).order_by()
    declared = DeclaredConflict.objects.filter(
        script__sitting__enrolment__user__in=authors, user__in=people
    ).order_by()
    named = AcquaintanceMatch.objects.filter(person__in=authors, acquaintance__user__in=people).order_by()
    project = {"project__enrolment__user__in": authors}
    placed, asked = (kind.objects.filter(**project).order_by() for kind in (Placement, ProjectLink))
    host, sent_to, planner = (
        whose_account("host_email"),
        whose_account("email"),
        "project__enrolment__user_id",
    )
    began, reader = "support_plans__started_on", "response__enrolment__user_id"
    yield from _all(Cause.TEACHES, places, "group__staff__user_id", "enrolment__user_id", "since")
    yield from _all(Cause.COACHES, pairings, "coach_id", "enrolment__user_id", "since")
    yield from _all(Cause.MENTORS, mentored, "mentorings__mentor_id", "user_id", "mentorings__starts_on")
    yield from _all(Cause.SUPPORTS, owned, "support_plans__owner_id", "user_id", began)
    yield from _all(Cause.SUPPORTS, spoken, "support_plans__contacts__by_id", "user_id", began)
    yield from _all(Cause.READ, read, "by_id", reader, "at")
    yield from _all(Cause.READ, practised, "by_id", reader, "at")
    yield from _all(Cause.DECLARED, declared, "user_id", "script__sitting__enrolment__user_id")
    yield from _all(Cause.NAMED, named, "acquaintance__user_id", "person_id")
    contact = stated_contact(every)
    yield from _all(Cause.CONTACT, contact, whose_account("stated"), "user_id", "application__submitted_at")
    yield from _all(Cause.PROJECT, placed, host, planner)
    yield from _all(Cause.PROJECT, asked, sent_to, planner, "sent_at")


def _at_schools(people: set[int]) -> _Found:
    roles = roles_of(people)
    own = roles.filter(organisation__school__isnull=False)
    below = "organisation__related_from__organisation__school"
    above = roles.filter(organisation__related_from__kind="part_of", **{f"{below}__isnull": False})
    named = AcquaintanceMatch.objects.filter(school__isnull=False, acquaintance__user__in=people).order_by()
    yield from _all(Cause.SCHOOL, own, "user_id", "organisation__school_id", "starts_on")
    yield from _all(Cause.TRUST, above, "user_id", f"{below}_id", "starts_on")
    yield from _all(Cause.NAMED, named, "acquaintance__user_id", "school_id")


def _placed(at_schools: Iterable[tuple[Cause, int, int, Any]]) -> _Found:
    """The same of the schools at which an author was placed for a project."""
    for cause, user, school, since in at_schools:
        yield (cause if cause is Cause.NAMED else Cause.PLACEMENT, user, school, since)


def _as(cause: Cause, links: Iterable[tuple[Cause, int, int, Any]]) -> _Found:
    """The same links with another cause: of an organisation that bears the name of a school."""
    for _, user, key, since in links:
        yield (cause, user, key, since)


def _through_partners(people: set[int]) -> _Found:
    yield from _all(Cause.PARTNER, roles_of(people), "user_id", "organisation_id", "starts_on")


def _taking(people: set[int]) -> _Found:
    taking = Enrolment.objects.filter(user__in=people).order_by()
    yield from _all(Cause.PROGRAMME, taking, "user_id", "version__programme_id", "enrolled_at")


def _aside(people: set[int]) -> _Found:
    rows = SetAside.objects.filter(marker__in=people).order_by()
    yield from _all(Cause.ASIDE, rows, "marker_id", "script__sitting__enrolment_id")


def _all(cause: Cause, rows: Any, user: str | Subquery, key: str, since: str | None = None) -> _Found:
    for row in rows.values_list(user, key, *([since] if since else [])):
        yield (cause, row[0], row[1], row[2] if since else None)
