"""Pair people with coaches, log the sessions that were held, approve more than the programme gives."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from goldenthread.applications.models import Enrolment
from goldenthread.coaching import queries, rules
from goldenthread.coaching.access import may_approve_more
from goldenthread.coaching.models import CoachingSession, MoreCoaching, Pairing
from goldenthread.common import audit, clock, mail
from goldenthread.common.quantities import hours_text
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
) -> CoachingSession:
    """Log a session that was held, and credit it to the plan's coaching, the first open activity first.

    One `form_key` is one session: sent again it gives the session that is there, and other content under it is
    refused. Refused without feedback (S0-70), in the future, before the programme's first day, and beyond the hours
    of the programme and what the office approved beyond them (S0-28, `approve_more`); what goes beyond the plan is
    recorded but not credited. The participant is told by mail.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",)).select_related("user").get(pk=pairing.enrolment_id)
    )
    said = {
        "pairing_id": pairing.pk,
        "held_at": held_at,
        "minutes": minutes,
        "focus": focus.strip(),
        "feedback": feedback.strip(),
        "agreed_action": agreed_action.strip(),
    }
    known = CoachingSession.objects.filter(form_key=form_key).first()
    if known:
        return _same_or_refused(
            known,
            said,
            f"a session of {known.minutes} minutes about “{known.focus}” is logged, and stays as it is. What you "
            "changed since is not. If it was another session, check what stands below and log it. If the one that "
            "is logged is wrong, ask the programme office to correct its credit.",
        )
    rules.check_session(minutes=minutes, focus=focus, feedback=feedback, held_at=held_at, at=at)
    rules.check_begun(begins_on=enrolment.starts_on, held_on=clock.day_of(held_at, enrolment.zone))
    entitlement = queries.entitlement_of(enrolment)
    rules.check_entitlement(
        entitlement=entitlement.minutes, used=entitlement.used, minutes=minutes, more=entitlement.more
    )
    session = CoachingSession.objects.create(form_key=form_key, logged_by=by, logged_at=at, **said)
    _credit(enrolment, session, by=by, at=at)
    audit.record("session.logged", enrolment, by=by, at=at, session=session.pk, minutes=minutes)
    _tell(enrolment, session, at=at)
    return session


Sent = TypeVar("Sent", CoachingSession, MoreCoaching)


def _same_or_refused(known: Sent, said: dict[str, Any], stands: str) -> Sent:
    """What was made from this form, unless the form now says something else; `stands` says what is there."""
    if {name: getattr(known, name) for name in said} == said:
        return known
    raise Refused(f"This form was already sent: {stands}", code="form.sent")


@transaction.atomic
def approve_more(
    *, enrolment: Enrolment, form_key: UUID | str, minutes: int, reason: str, by: User, at: datetime
) -> MoreCoaching:
    """Let somebody have `minutes` more of coaching than their programme gives, for a reason (S0-28).

    For the office alone. One `form_key` is one approval; other content under it is refused. The coach is told
    by mail and can log the session then; the plan's hours stay as they are.
    """
    if not may_approve_more(by, on=clock.day_of(at)):
        raise Refused("Only the programme office approves more coaching.", code="more_coaching.office")
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("user").get(pk=enrolment.pk)
    said = {"enrolment_id": enrolment.pk, "minutes": minutes, "reason": reason.strip()}
    known = MoreCoaching.objects.filter(form_key=form_key).first()
    if known:
        return _same_or_refused(
            known,
            said,
            f"{known.minutes} minutes more are approved. To approve further ones, check what stands below and send it.",
        )
    rules.check_more(entitlement=queries.entitlement_of(enrolment).minutes, minutes=minutes, reason=reason)
    more = MoreCoaching.objects.create(form_key=form_key, approved_by=by, approved_at=at, **said)
    audit.record("coaching.approved", enrolment, by=by, at=at, minutes=minutes, reason=more.reason)
    pairing = queries.coach_of(enrolment)
    if pairing:
        mail.send(
            "coaching_approved",
            to=pairing.coach.email,
            key=f"coaching_approved:{more.pk}",
            at=at,
            name=pairing.coach.get_short_name(),
            participant=str(enrolment.user),
            time=hours_text(minutes),
            pairing=pairing.pk,
        )
    return more


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
