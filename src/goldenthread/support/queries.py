"""Whom updates go to, what they say, which were due and when they went out."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.common import clock
from goldenthread.common.days import day_text, instant_text
from goldenthread.common.models import OutboxMessage
from goldenthread.common.quantities import hours_text, percent_text
from goldenthread.engagement.queries import standing_of
from goldenthread.events.models import EventDay
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User
from goldenthread.support import rules
from goldenthread.support.models import Mentoring, ProgressUpdate

RUNNING = (Stage.INDUCTION, Stage.DEVELOPMENT, Stage.ASSESSMENT)
MOST_LISTED = 10  # overdue activities and dates that an update names
STAFF_ROLES = (Role.HEAD_TEACHER, Role.CPD_LEAD)  # who sees everybody of their school


# --- who -----------------------------------------------------------------------------------------
def recipients(enrolment: Enrolment, *, on: date) -> dict[int, tuple[User, str]]:
    """Whom an enrolment's updates go to on a day, with the role: the headteachers of its school, and its mentor while
    they hold that role there. Nobody without a school in the register. Two queries.
    """
    if enrolment.school_id is None:
        return {}
    at_school = Membership.objects.on(on).filter(
        organisation__school=enrolment.school_id, user__is_active=True
    )
    named = Mentoring.objects.filter(enrolment=enrolment, starts_on__lte=on, ends_on__isnull=True)
    mentors = named.order_by().values("mentor")
    either = Q(role=Role.HEAD_TEACHER) | Q(role=Role.MENTOR, user__in=mentors)
    held = (
        at_school.filter(either).select_related("user").order_by("user", "role")
    )  # head_teacher before mentor
    found: dict[int, tuple[User, str]] = {}
    for one in held:
        found.setdefault(one.user_id, (one.user, one.role))
    return found


def accompanied_by(viewer: Viewer) -> QuerySet[Enrolment]:
    """Whom somebody sees as of their school: a head teacher and a CPD lead everybody, a mentor those for whom they are
    named, and nobody a person of another school (S2-11). No query yet.
    """
    school = "school__organisation__in"
    everybody = Q(**{school: viewer.organisations(*STAFF_ROLES)})
    named = Mentoring.objects.filter(mentor=viewer.user, ends_on__isnull=True).order_by().values("enrolment")
    own = Q(**{school: viewer.organisations(Role.MENTOR)}, pk__in=named)
    return Enrolment.objects.filter(everybody | own)


def mentors_of_school(enrolment: Enrolment, *, on: date) -> list[User]:
    """Who can be named as the mentor: those with that role at the school."""
    held = Membership.objects.on(on).filter(role=Role.MENTOR, organisation__school=enrolment.school_id)
    if enrolment.school_id is None:
        return []
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk"))


def running(*, on: date) -> QuerySet[Any]:
    """Everybody who is on their way on a day, with how often their school hears of them and when it last did."""
    latest = ProgressUpdate.objects.filter(enrolment=OuterRef("pk")).order_by("-due_on").values("due_on")[:1]
    found = Enrolment.objects.filter(withdrawn_at__isnull=True, stage__in=RUNNING, starts_on__lte=on)
    return found.annotate(
        interval=Coalesce(F("update_schedule__interval"), Value(str(rules.DEFAULT))),
        last_due=Subquery(latest),
    ).order_by("pk")


def due(*, on: date) -> Iterator[tuple[int, list[date]]]:
    """The enrolments to whose people something is due, with the days on which it was. One query."""
    rows = running(on=on).values_list("pk", "starts_on", "interval", "last_due")
    for pk, starts_on, interval, last in rows.iterator(chunk_size=2000):
        after = last or on - rules.LOOK_BACK
        days = rules.due_days(rules.Interval(interval), starts_on=starts_on, after=after, until=on)
        if days:
            yield pk, days


# --- what it says --------------------------------------------------------------------------------
def content_of(enrolment: Enrolment, *, at: datetime) -> dict[str, Any]:
    """What an update says: hours, engagement, what is overdue, the next dates; nothing private, unseen or marked."""
    standing, on = standing_of(enrolment), clock.day_of(at, enrolment.zone)
    return {
        "stage": Stage(enrolment.stage).label,
        "engagement": percent_text(standing.share) if standing.share is not None else "",
        "counted": hours_text(standing.counted),
        "planned": hours_text(standing.planned) if standing.measurable else "",
        "missing": hours_text(standing.shortfall) if standing.measurable and standing.shortfall else "",
        "overdue": overdue(enrolment, on=on),
        "dates": next_dates(enrolment, at=at),
    }


def overdue(enrolment: Enrolment, *, on: date) -> list[str]:
    """The self-directed activities whose day is over and that lack minutes, the oldest first. One query."""
    late = enrolment.plan.filter(lane="self-directed", due_on__lt=on, minutes__isnull=False)
    late = late.annotate(done=Coalesce(Sum("credits__minutes"), 0)).filter(done__lt=F("minutes"))
    rows = late.order_by("due_on", "position").values_list("title", "due_on")[:MOST_LISTED]
    return [f"{title}, due {day_text(day)}" for title, day in rows if day]


def overdue_of(enrolment: Enrolment, *, on: date) -> list[str]:
    """What an update would say now is overdue; of nobody who has finished or withdrawn. One query at most."""
    going_on = enrolment.stage in RUNNING and enrolment.withdrawn_at is None
    return overdue(enrolment, on=on) if going_on else []


def next_dates(enrolment: Enrolment, *, at: datetime) -> list[str]:
    """The event days and windows ahead, the next first. Two queries."""
    places = {"group__places__enrolment": enrolment, "group__places__until__isnull": True}
    days = EventDay.objects.filter(**places, starts_at__gte=at).order_by("starts_at", "pk")[:3]
    sittings = Sitting.objects.filter(enrolment=enrolment, opens_at__gte=at)
    sittings = sittings.exclude(window__state=WindowState.CANCELLED).order_by("opens_at", "pk")[:1]
    dates = [(one.starts_at, f"{one.title}: {instant_text(one.starts_at, enrolment.zone)}") for one in days]
    dates += [
        (one.opens_at, f"Assessment window opens: {instant_text(one.opens_at, one.zone)}") for one in sittings
    ]
    return [text for _, text in sorted(dates)]


# --- what was due and sent -----------------------------------------------------------------------
def with_sent() -> QuerySet[Any]:
    """Every update with when it was delivered (`sent_at`, None before) and whether it was given up (`dead_at`)."""
    key = Concat(Value("mail:progress_update:"), Cast(OuterRef("pk"), CharField()))
    mails = OutboxMessage.objects.filter(key=key)
    return ProgressUpdate.objects.annotate(
        sent_at=Subquery(mails.values("sent_at")[:1]), dead_at=Subquery(mails.values("dead_at")[:1])
    )


def on_time(*, on: date, since: date | None = None) -> rules.Timeliness:
    """How many of the updates that were due, since a day or ever, went out on time (S2-38). One query."""
    found = with_sent().filter(due_on__lte=on)
    found = found.filter(due_on__gte=since) if since else found
    rows = found.order_by("pk").values_list("due_on", "sent_at").iterator(chunk_size=5000)
    pairs = ((due_on, clock.day_of(sent) if sent else None) for due_on, sent in rows)
    return rules.timeliness(pairs, on=on)


def updates_for_school(viewer: Viewer) -> QuerySet[Any]:
    """The updates that the viewer got of people whom they still accompany, the latest first (S2-11)."""
    if not viewer.holds(*STAFF_ROLES, Role.MENTOR):
        raise Http404
    found = with_sent().filter(
        recipient=viewer.user, enrolment__in=accompanied_by(viewer).order_by().values("pk")
    )
    found = found.filter(made_at__isnull=False)
    return found.select_related("enrolment__user", "enrolment__intake").order_by("-due_on", "-pk")


def updates_for(viewer: Viewer, *, enrolment: Enrolment | None = None) -> QuerySet[Any]:
    """Every update with whom it went to, the latest first, for the office."""
    if not viewer.is_office:
        raise Http404
    found = with_sent().select_related("enrolment__user", "enrolment__intake", "recipient")
    found = found.filter(enrolment=enrolment) if enrolment else found
    return found.order_by("-due_on", "-pk")


def nobody_to_tell(*, on: date) -> int:
    """How many of those on their way have no headteacher to tell. One query."""
    heads = Membership.objects.on(on).filter(role=Role.HEAD_TEACHER, user__is_active=True)
    told = heads.values("organisation__school")
    without = running(on=on).exclude(school__in=told.filter(organisation__school__isnull=False))
    return int(without.order_by().aggregate(number=Count("pk"))["number"])
