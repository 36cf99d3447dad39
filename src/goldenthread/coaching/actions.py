"""Pair people with coaches, and log the sessions that were held."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from goldenthread.applications.models import Enrolment
from goldenthread.coaching import queries, rules
from goldenthread.coaching.access import may_approve_more
from goldenthread.coaching.models import CoachingSession, Pairing
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.people.actions import when_a_role_ends
from goldenthread.people.models import Role, User


@transaction.atomic
def pair(*, enrolment: Enrolment, coach: User, by: Any, at: datetime) -> Pairing:
    """Give a person a coach. A coach before ends now, and the sessions stay; the same one changes nothing."""
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    if enrolment.user_id == coach.pk:
        raise Refused("Nobody coaches themselves. Choose another coach.", code="pairing.self", field="coach")
    current = queries.coach_of(enrolment)
    if current and current.coach_id == coach.pk:
        return current
    if current:
        current.until = at
        current.save(update_fields=["until"])
    pairing = Pairing.objects.create(enrolment=enrolment, coach=coach, since=at)
    audit.record(
        "coach.paired", enrolment, by=by, at=at, coach=coach.pk, before=current.coach_id if current else None
    )
    return pairing


@when_a_role_ends
def leave_coachees(*, user: User, role: str, by: Any, at: datetime) -> None:
    """End the pairings of a coach who no longer is one; the sessions stay, and the office sees who has no coach."""
    if role != Role.COACH:
        return
    for pairing in Pairing.objects.filter(coach=user, until__isnull=True).order_by("pk"):
        enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=pairing.enrolment_id)
        pairing.until = at
        pairing.save(update_fields=["until"])
        audit.record("coach.unpaired", enrolment, by=by, at=at, coach=user.pk)


@transaction.atomic
def log_session(
    *,
    pairing: Pairing,
    form_key: UUID | str,
    held_at: datetime,
    minutes: int,
    focus: str,
    feedback: str,
    by: Any,
    at: datetime,
    agreed_action: str = "",
    approved_by: User | None = None,
) -> CoachingSession:
    """Log a session that was held, and credit it to the plan's coaching, the first open activity first.

    One `form_key` is one session. Refused without feedback (S0-70), in the future, and beyond the hours of
    the programme unless somebody of the office approves (S0-28); what goes beyond is recorded but not
    credited. The participant is told by mail.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",)).select_related("user").get(pk=pairing.enrolment_id)
    )
    known = CoachingSession.objects.filter(form_key=form_key).first()
    if known:
        return known
    rules.check_session(minutes=minutes, focus=focus, feedback=feedback, held_at=held_at, at=at)
    approved = approved_by is not None and may_approve_more(approved_by, on=clock.day_of(at))
    entitlement = queries.entitlement_of(enrolment)
    rules.check_entitlement(
        entitlement=entitlement.minutes, used=entitlement.used, minutes=minutes, approved=approved
    )
    session = CoachingSession.objects.create(
        pairing=pairing,
        form_key=form_key,
        held_at=held_at,
        minutes=minutes,
        focus=focus.strip(),
        feedback=feedback.strip(),
        agreed_action=agreed_action.strip(),
        logged_by=by,
        logged_at=at,
    )
    _credit(enrolment, session, by=by, at=at)
    audit.record(
        "session.logged", enrolment, by=by, at=at, session=session.pk, minutes=minutes,
        approved_by=approved_by.pk if approved_by and approved else None,
    )  # fmt: skip
    _tell(enrolment, session, at=at)
    return session


def _credit(enrolment: Enrolment, session: CoachingSession, *, by: Any, at: datetime) -> None:
    activities = list(
        enrolment.plan.filter(kind=queries.KIND)
        .annotate(credited=Sum("credits__minutes"))
        .order_by("position")
    )
    room = [None if one.minutes is None else one.minutes - (one.credited or 0) for one in activities]
    for activity, share in zip(activities, rules.spread(session.minutes, room), strict=True):
        if share:
            engagement.credit(
                activity=activity,
                minutes=share,
                evidence=f"coaching_session:{session.pk}",
                key=f"coaching_session:{session.pk}:{activity.key}",
                by=by,
                at=at,
                note=session.focus,
            )


def _tell(enrolment: Enrolment, session: CoachingSession, *, at: datetime) -> None:
    mail.send(
        "coaching_session",
        to=enrolment.user.email,
        key=f"coaching_session:{session.pk}",
        at=at,
        name=enrolment.user.get_short_name(),
        coach=str(session.pairing.coach),
        focus=session.focus,
        agreed_action=session.agreed_action,
        enrolment=enrolment.reference,
    )
