"""Coaching as the coach and the participant see it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.coaching.models import CoachingSession, MoreCoaching, Pairing
from goldenthread.engagement.models import PlannedActivity
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role

KIND = "coaching"


@dataclass(frozen=True)
class Entitlement:
    """Coaching of one enrolment in minutes: what the programme gives (None: not known), what was used, and what
    the office approved beyond it.
    """

    minutes: int | None
    used: int
    more: int = 0

    @property
    def allowed(self) -> int | None:
        return None if self.minutes is None else self.minutes + self.more

    @property
    def left(self) -> int | None:
        return None if self.allowed is None else max(0, self.allowed - self.used)


def entitlement_of(enrolment: Enrolment) -> Entitlement:
    """What the plan and the office give and the sessions used, whoever coached. Three queries."""
    planned = list(enrolment.plan.filter(kind=KIND).values_list("minutes", flat=True))
    given = None if not planned or None in planned else sum(minutes or 0 for minutes in planned)
    sessions = CoachingSession.objects.filter(pairing__enrolment=enrolment)
    return Entitlement(given, _total(sessions), _total(enrolment.more_coaching.all()))


def _total(rows: QuerySet[Any]) -> int:
    return rows.aggregate(total=Sum("minutes"))["total"] or 0


def sessions_of(enrolment: Enrolment) -> QuerySet[CoachingSession]:
    """Every session of an enrolment, the latest first, with its coach."""
    return (
        CoachingSession.objects.filter(pairing__enrolment=enrolment)
        .select_related("pairing__coach")
        .order_by("-held_at", "-pk")
    )


def coach_of(enrolment: Enrolment) -> Pairing | None:
    return enrolment.pairings.filter(until__isnull=True).select_related("coach").first()


def pairings_for(viewer: Viewer) -> QuerySet[Pairing]:
    """The people whom somebody coaches now, with minutes given and used, the last session and the next one;
    nobody for who is no coach any more.

    What is given includes what the office approved beyond the programme, which `more` says by itself.
    `next_title` and `next_due` are of the first coaching of the plan that is not credited in full, while the
    person is in induction or development; whose comes first by date stands first, people without a date last.
    """
    coach = [viewer.user.pk] if viewer.holds(Role.COACH) else []
    sessions = CoachingSession.objects.filter(pairing__enrolment=OuterRef("enrolment")).order_by()
    used = sessions.values("pairing__enrolment").annotate(total=Sum("minutes")).values("total")
    last = sessions.values("pairing__enrolment").annotate(last=Max("held_at")).values("last")
    given = (
        PlannedActivity.objects.filter(enrolment=OuterRef("enrolment"), kind=KIND)
        .order_by()
        .values("enrolment")
        .annotate(total=Sum("minutes"))
        .values("total")
    )
    approved = MoreCoaching.objects.filter(enrolment=OuterRef("enrolment")).order_by()
    more = approved.values("enrolment").annotate(total=Sum("minutes")).values("total")
    open_ = (
        PlannedActivity.objects.filter(
            enrolment=OuterRef("enrolment"),
            kind=KIND,
            enrolment__stage__in=[Stage.INDUCTION, Stage.DEVELOPMENT],
        )
        .annotate(credited=Coalesce(Sum("credits__minutes"), 0))
        .filter(Q(minutes__gt=F("credited")) | Q(minutes__isnull=True, credited=0))
        .order_by(F("due_on").asc(nulls_last=True), "position")
    )
    return (
        Pairing.objects.filter(coach__in=coach, until__isnull=True, enrolment__withdrawn_at__isnull=True)
        .select_related("enrolment__user", "enrolment__version__programme", "enrolment__school")
        .annotate(
            used=Coalesce(Subquery(used), 0),
            last_held_at=Subquery(last),
            more=Coalesce(Subquery(more), 0),
            given=Subquery(given, output_field=IntegerField()) + F("more"),
            next_title=Subquery(open_.values("title")[:1]),
            next_due=Subquery(open_.values("due_on")[:1]),
        )
        .order_by(F("next_due").asc(nulls_last=True), "enrolment__user__name", "pk")
    )


def sessions_due(viewer: Viewer, *, until: date) -> QuerySet[Pairing]:
    """The people whose next session is due by a day, the longest due first."""
    people: QuerySet[Any] = pairings_for(viewer)
    return people.filter(next_due__lte=until)


def get_pairing_for(viewer: Viewer, pairing_id: int) -> Pairing:
    """A person whom the coach coaches now; others don't exist for them."""
    pairing = pairings_for(viewer).filter(pk=pairing_id).first()
    if pairing is None:
        raise Http404
    return pairing
