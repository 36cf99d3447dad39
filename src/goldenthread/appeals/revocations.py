"""Appeals against the revocation of an award: made by its holder within the days of the policy, decided by somebody who
took no part in the revocation; upheld, the award stands again.
"""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.http import Http404

from goldenthread.appeals import access, queries, rules
from goldenthread.appeals.models import RevocationAppeal
from goldenthread.applications.models import Enrolment, Stage
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award, Change
from goldenthread.awards.queries import is_replaced, revoked_award_of
from goldenthread.common import audit, mail
from goldenthread.common.days import deadline_text
from goldenthread.common.refused import Refused
from goldenthread.integrity.models import CaseStep
from goldenthread.marking import conflicts
from goldenthread.outcomes.actions import hold_enrolments
from goldenthread.people.access import Viewer

OPEN = "lodged"


# --- what there is ---------------------------------------------------------------------------------------
def until_of(award: Award) -> datetime:
    """The end of the last day on which the revocation of an award can be appealed, by the policy of that day. One
    query.
    """
    assert award.revoked_at is not None
    policy = queries.policies_of(award.outcome.enrolment.version_id).filter(set_at__lte=award.revoked_at)
    known = policy.first()
    days = known.days if known else rules.DAYS_TO_APPEAL
    return rules.appeal_until(award.revoked_at, days, str(settings.TIME_ZONE))


def revoked_for(enrolment: Enrolment) -> Award | None:
    """The award that somebody holds no more since it was revoked; None while one stands. Two queries at most."""
    found = revoked_award_of(enrolment) if enrolment.stage != Stage.AWARDED else None
    if found is not None:
        found.outcome.enrolment = enrolment
    return found


def last_of(enrolment: Enrolment) -> RevocationAppeal | None:
    """The latest appeal against a revocation on an enrolment. One query."""
    found = RevocationAppeal.objects.filter(award__outcome__enrolment=enrolment)
    return found.select_related("award").order_by("-lodged_at", "-pk").first()


def against(award: Award) -> RevocationAppeal | None:
    """The appeal that was made against the revocation that stands. One query."""
    assert award.revoked_at is not None
    found = RevocationAppeal.objects.filter(award=award, revoked_at=award.revoked_at)
    return found.select_related("award").first()


def latest_about() -> Subquery:
    """For a query of outcomes: the number of the latest appeal against the revocation of their award, if any."""
    found = RevocationAppeal.objects.filter(award__outcome=OuterRef("pk")).order_by("-lodged_at", "-pk")
    return Subquery(found.values("pk")[:1])


def open_ones() -> QuerySet[RevocationAppeal]:
    """The appeals that wait to be decided."""
    return RevocationAppeal.objects.filter(state=OPEN)


def appeals_for(viewer: Viewer) -> QuerySet[RevocationAppeal]:
    """Every appeal against a revocation, the open ones first; for the office, and never one's own. One query."""
    if not access.handles(viewer):
        raise Http404
    found = _WITH.exclude(award__outcome__enrolment__user=viewer.user)
    return found.order_by(F("decided_at").desc(nulls_first=True), "lodged_at", "pk")


def get_appeal_for(viewer: Viewer, appeal_id: int) -> RevocationAppeal:
    """One appeal for the office; 404 for everybody else, and for whose own it is. One query."""
    found = _WITH.filter(pk=appeal_id).first()
    if found is None or not access.handles(viewer) or found.award.outcome.enrolment.user_id == viewer.user.pk:
        raise Http404
    return found


_WITH = RevocationAppeal.objects.select_related(
    "award__outcome__enrolment__user", "award__outcome__window__intake", "decided_by"
).defer("award__outcome__conditions")


def part_in(award: Award, user_id: int) -> str:
    """The part that somebody had in a revocation, in words; "" for who may decide about it. Two queries."""
    if user_id in conflicts.knowing(award.outcome.enrolment_id):
        return "teach, coach or know the participant, or did"
    revoking = Change.objects.filter(award=award, kind="revocation").exclude(state="taken_back")
    steps = CaseStep.objects.filter(
        kind__in=("allegation", "decision", "appeal_decision"),
        case__sitting__enrolment=award.outcome.enrolment_id,
    )
    had = [
        (revoking.filter(proposed_by=user_id), "proposed to revoke this award"),
        (revoking.filter(decided_by=user_id), "decided about the revocation of this award"),
        (steps.filter(by=user_id), "took part in a case about this participant’s work"),
    ]
    rows = [found.order_by().values_list(Value(place)) for place, (found, _) in enumerate(had)]
    first = min((place for (place,) in rows[0].union(*rows[1:])), default=None)
    return "" if first is None else had[first][1]


# --- the holder ------------------------------------------------------------------------------------------
def check_can_appeal(award: Award, *, at: datetime) -> datetime:
    """Until when the revocation of an award, which its page has loaded, can be appealed. Refuses one that can't be,
    any more or at all.
    """
    if award.revoked_at is None or is_replaced(award):
        raise Refused("This award isn't revoked: there is nothing to appeal against.", code="appeal.stands")
    until = until_of(award)
    rules.check_can_appeal_revocation(
        fell=award.outcome.enrolment.stage != Stage.REVOKED,
        appealed=against(award) is not None,
        until=until,
        at=at,
        zone=str(settings.TIME_ZONE),
    )
    return until


@transaction.atomic
def lodge(*, award: Award, statement: str, form_key: str, by: Any, at: datetime) -> RevocationAppeal:
    """The holder's appeal against the revocation of their award; they get a mail that it has come. The same form is one
    appeal.

    Refuses anybody else, an award that isn't revoked or went with its result, a second appeal against one revocation,
    one after its days, and no statement. The award stays revoked meanwhile.
    """
    held = _held_award(award)
    known = RevocationAppeal.objects.filter(award=held, form_key=uuid.UUID(form_key)).first()
    if known is not None:
        return known
    if by is None or held.outcome.enrolment.user_id != by.pk:
        raise Refused("Only its holder appeals against a revocation.", code="appeal.not_yours")
    until = check_can_appeal(held, at=at)
    assert held.revoked_at is not None
    made = RevocationAppeal.objects.create(
        award=held,
        revoked_at=held.revoked_at,
        revoked_reason=held.revoked_reason,
        until=until,
        form_key=uuid.UUID(form_key),
        statement=rules.check_words(statement),
        lodged_at=at,
    )
    _record("revocation_appeal.lodged", made, by=by, at=at)
    _tell(made, at=at)
    return made


@transaction.atomic
def withdraw(*, appeal: RevocationAppeal, by: Any, at: datetime) -> RevocationAppeal:
    """The holder takes an appeal back that is not decided; it was their one appeal. Twice is harmless."""
    held = _held(appeal)
    if held.state == "withdrawn":
        return held
    rules.check_revocation_open(held.state)
    held.state, held.withdrawn_at = "withdrawn", at
    held.save(update_fields=["state", "withdrawn_at"])
    _record("revocation_appeal.withdrawn", held, by=by, at=at)
    _tell(held, at=at)
    return held


# --- who decides -----------------------------------------------------------------------------------------
@transaction.atomic
def decide(*, appeal: RevocationAppeal, uphold: bool, reason: str, by: Any, at: datetime) -> RevocationAppeal:
    """Decide an appeal, with reasons that the holder reads; upheld, the award stands again under its code
    (`awards.actions.reinstate`). The same decision by the same person twice is one.

    Refuses the holder, who had a part in the revocation or knows the holder, a decision without reasons, and one that
    was made meanwhile; and to uphold it where no pass stands that the award could rest on.
    """
    held = _held(appeal)
    state = "upheld" if uphold else "not_upheld"
    if held.state == state and held.decided_by_id == by.pk:
        return held
    part = part_in(held.award, by.pk)
    rules.check_decider(
        by=by.pk, participant=held.award.outcome.enrolment.user_id, parts={by.pk: part} if part else {}
    )
    rules.check_revocation_open(held.state)
    rules.check_reason(reason)
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()
    held.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    _record(f"revocation_appeal.{state}", held, by=by, at=at, reason=held.decision_reason)
    if uphold:
        awards.reinstate(award=held.award, by=by, at=at)
    _tell(held, at=at)
    return held


def _held_award(award: Award) -> Award:
    hold_enrolments([award.outcome.enrolment_id])
    found = Award.objects.select_for_update(of=("self",)).select_related("outcome__enrolment__user")
    return found.get(pk=award.pk)


def _held(appeal: RevocationAppeal) -> RevocationAppeal:
    """The appeal, locked after its enrolment: of two who decide at once the second sees what the first did."""
    hold_enrolments([appeal.award.outcome.enrolment_id])
    found = RevocationAppeal.objects.select_for_update(of=("self",)).select_related(
        "award__outcome__enrolment__user"
    )
    return found.get(pk=appeal.pk)


def _record(verb: str, appeal: RevocationAppeal, *, by: Any, at: datetime, **details: Any) -> None:
    subject = f"enrolment:{appeal.award.outcome.enrolment_id}"
    audit.record(verb, subject, by=by, at=at, appeal=appeal.pk, award=appeal.award_id, **details)


def _tell(appeal: RevocationAppeal, *, at: datetime) -> None:
    """Tell the holder what became of the appeal; the reasons stay inside."""
    enrolment = appeal.award.outcome.enrolment
    mail.send(
        "revocation_appeal",
        to=enrolment.user.email,
        key=f"revocation-appeal:{appeal.pk}:{appeal.state}",
        at=at,
        name=enrolment.user.get_short_name(),
        programme=appeal.award.programme_code,
        code=appeal.award.code,
        state=appeal.state,
        until=deadline_text(appeal.until, str(settings.TIME_ZONE)),
        enrolment=enrolment.reference,
    )
