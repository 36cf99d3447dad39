"""Declarations made before scripts are given out: what the office has to look at, and who may be meant."""

from collections.abc import Iterable

from django.db.models import Exists, Model, Q, QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.common.refused import Refused
from goldenthread.marking import access
from goldenthread.marking.conflict_models import Acquaintance
from goldenthread.people.access import Viewer
from goldenthread.people.models import School, User
from goldenthread.people.rules import search_form

SHOWN = 20  # people and schools that may be meant


def to_look_at(users: Iterable[int] | None = None) -> QuerySet[Acquaintance]:
    """Declarations of which nobody said whom they mean, the oldest first. A part of another query."""
    found = Acquaintance.objects.filter(ending="")
    if users is not None:
        found = found.filter(user__in=list(users))
    return found.select_related("user").order_by("at", "pk")


def not_looked_at(authors: QuerySet[Enrolment], users: Iterable[int]) -> int:
    """How many declarations of these people wait for the office: open ones, and ones that were said to be nobody's
    though somebody of the name is among the authors. At most two queries.
    """
    people = set(users)
    rows = Acquaintance.objects.filter(user__in=people, ending__in=["", "nobody"]).order_by("at", "pk")
    named = list(rows.values_list("name", "ending"))
    names = set()
    if any(ending for _, ending in named):
        names = {search_form(name) for name in authors.order_by().values_list("user__name", flat=True)}
    return sum(not ending or search_form(name) in names for name, ending in named)


def said_by(user_id: int) -> dict[str, Exists]:
    """For a query of anything: `named`, whether somebody has declarations that wait for the office, and `named_nobody`,
    whether it said of some that they are nobody's.
    """
    own = Acquaintance.objects.filter(user=user_id).order_by()
    return {"named": Exists(own.filter(ending="")), "named_nobody": Exists(own.filter(ending="nobody"))}


def waits_beside(row: Model, authors: QuerySet[Enrolment], user_id: int) -> bool:
    """As `not_looked_at` of one person, of a row that was loaded with `said_by` them. No query, but two where some of
    their declarations were said to be nobody's.
    """
    said = vars(row)
    return said["named"] or (said["named_nobody"] and bool(not_looked_at(authors, [user_id])))


def check_looked_at(authors: QuerySet[Enrolment], users: Iterable[int]) -> None:
    """Scripts are given out once the office has said whom its markers named. Refuses while one is open, and where
    somebody of the name sits though it was said to be nobody's. At most two queries.
    """
    count = not_looked_at(authors, users)
    if count:
        many = (
            "1 declaration of a conflict waits" if count == 1 else f"{count} declarations of conflicts wait"
        )
        raise Refused(
            f"{many} for somebody of the office to say who is meant. Look at them under Declared beforehand on the "
            "page of markers, then allocate again.",
            code="allocation.named",
        )


def of_user(user: User) -> QuerySet[Acquaintance]:
    """What somebody declared beforehand and didn't take back, the latest first."""
    return Acquaintance.objects.filter(user=user).exclude(ending="taken_back").order_by("-at", "-pk")


def every() -> QuerySet[Acquaintance]:
    """Every declaration that wasn't taken back: what is to be looked at first, then the latest."""
    found = Acquaintance.objects.exclude(ending="taken_back").select_related("user", "ended_by")
    return found.prefetch_related("matches__person", "matches__school").order_by("ending", "-at", "-pk")


def get_for(viewer: Viewer, number: int) -> Acquaintance:
    """One declaration, for the office; 404 for everybody else."""
    one = every().filter(pk=number).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such declaration.")
    return one


def who_may_be_meant(words: str) -> tuple[list[User], list[School]]:
    """Our participants, and the schools of some, whose name has each of these words. Two queries."""
    person, school = Q(), Q()
    for word in words.split()[:6]:
        person &= Q(name__icontains=word)
        school &= Q(search_name__contains=search_form(word))
    if not words.split():
        return [], []
    people = User.objects.filter(person, pk__in=Enrolment.objects.order_by().values("user"))
    schools = School.objects.filter(school, pk__in=Enrolment.objects.order_by().values("school"))
    return list(people.order_by("name", "pk")[:SHOWN]), list(schools.order_by("name", "pk")[:SHOWN])
