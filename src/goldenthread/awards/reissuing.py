"""An award with a wrong name is issued again: its holder asks, or the office finds it; one person proposes, another
decides (`changes`). Day and outcome stay, the code is another one, and the former one says that it was replaced.
"""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from goldenthread.assessment.actions import safety
from goldenthread.assessment.rules import check_not_about_oneself, is_about_oneself
from goldenthread.awards import badges, credits, name_documents, proving, rules
from goldenthread.awards import name_rules as names
from goldenthread.awards.models import Award, CertificateName, Change, Destination, NameRequest
from goldenthread.awards.name_documents import Document
from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.access import releases
from goldenthread.people.access import Viewer

OPEN = ("asked", "proposed")
REVOKED_BECAUSE = "Issued again under another code, because the name was put right."


# --- what there is ---------------------------------------------------------------------------------------
def requests_of(award: Award) -> list[NameRequest]:
    """What was asked about the name on an award or on those that it replaced, the latest first. One query."""
    of_enrolment = NameRequest.objects.filter(award__outcome__enrolment=award.outcome.enrolment_id)
    return list(of_enrolment.order_by("-asked_at", "-pk"))


def open_requests() -> QuerySet[NameRequest]:
    """The requests that nobody of the office has taken up; none about a revoked award until it stands again."""
    return NameRequest.objects.filter(state="asked", award__revoked_at__isnull=True)


def requests_for(viewer: Viewer) -> QuerySet[NameRequest]:
    """The requests that nobody has taken up, the oldest first; for the office, and never one's own. One query."""
    if not releases(viewer):
        raise Http404
    found = open_requests().exclude(award__outcome__enrolment__user=viewer.user)
    return found.select_related("award__outcome__enrolment__user").order_by("asked_at", "pk")


def request_about(award: Award) -> NameRequest | None:
    """The open request about the name on an award. One query."""
    found = NameRequest.objects.filter(award=award, state__in=OPEN).select_related("change").first()
    if found is not None:
        found.award = award
    return found


# --- the holder asks -------------------------------------------------------------------------------------
@transaction.atomic
def ask(
    *, award: Award, name: str, wrong: str, evidence: str, linked: bool, form_key: str, by: Any, at: datetime,
    document: Document | None = None,
) -> NameRequest:  # fmt: skip
    """The holder asks that their award is issued again under the right name; the same form is one request. A `document`
    that shows it was stored before.

    Refuses anybody but the holder, a name that can't be printed or that the award bears, no word of what is wrong, a
    second request while one is open, and an award that was revoked or issued again.
    """
    held = _held(award)
    known = NameRequest.objects.filter(form_key=uuid.UUID(form_key), award=held).first()
    if known is not None:
        return known
    if held.outcome.enrolment.user_id != by.pk:
        raise Refused("Only its holder asks for another name on an award.", code="name_request.not_yours")
    clean = names.check_holder_name(name)
    _check_can_reissue(held, clean, revoking=False)  # who decides the revocation decides this after it
    if request_about(held) is not None:
        raise Refused(
            "You have asked already, and the office looks at it. Withdraw that request to ask anew.",
            code="name_request.open",
        )
    made = NameRequest.objects.create(
        award=held,
        form_key=uuid.UUID(form_key),
        name=clean,
        wrong=names.check_words(wrong, missing="Say what is wrong with the name.", field="wrong"),
        evidence=names.check_length(evidence, field="evidence"),
        linked=linked,
        asked_at=at,
        document=document.file if document else None,
        document_name=document.name if document else "",
    )
    if document:
        safety.set_apart(document.file, at=at)
    _record("name_request.asked", made, by=by, at=at, name=clean, linked=linked)
    return made


@transaction.atomic
def withdraw(*, request: NameRequest, by: Any, at: datetime) -> NameRequest:
    """The holder takes a request back that nobody has taken up. Twice is harmless."""
    held = _held_request(request)
    if held.state == "withdrawn":
        return held
    names.check_open(held.state)
    held.state = "withdrawn"
    held.save(update_fields=["state"])
    _record("name_request.withdrawn", held, by=by, at=at)
    name_documents.remove(held.pk, at=at)
    return held


@transaction.atomic
def decline(*, request: NameRequest, reason: str, by: Any, at: datetime) -> NameRequest:
    """The office declines a request, with a reason that the holder gets by mail; they may ask anew. Twice is harmless.

    Refuses whose award it is, without a reason, and a request that is with a second person or answered.
    """
    held = _held_request(request)
    if held.state == "declined" and held.answered_by_id == by.pk:
        return held
    _check_not_own(held.award, by)
    names.check_open(held.state)
    said = names.check_words(reason, missing="Say why it is declined: the holder reads it.", field="reason")
    return _declined(held, said, by=by, at=at)


def _declined(held: NameRequest, reason: str, *, by: Any, at: datetime) -> NameRequest:
    _answer(held, "declined", reason, by=by, at=at)
    holder = held.award.outcome.enrolment.user
    mail.send(
        "name_request_declined",
        to=holder.email,
        key=f"name-request-declined:{held.pk}",
        at=at,
        name=holder.get_short_name(),
        programme=held.award.programme_code,
        reason=reason,
        enrolment=held.award.outcome.enrolment.reference,
    )
    return held


def _answer(held: NameRequest, state: str, reason: str, *, by: Any, at: datetime) -> None:
    held.state, held.answered_by, held.answered_at, held.answer_reason = state, by, at, reason
    held.save(update_fields=["state", "answered_by", "answered_at", "answer_reason"])
    _record(f"name_request.{state}", held, by=by, at=at, reason=reason)


# --- what becomes of a request with the change that took it up -------------------------------------------
def take_up(change: Change) -> None:
    """Let the open request about an award go with the change that is proposed of it."""
    asked = NameRequest.objects.filter(award=change.award_id, state="asked")
    asked.update(state="proposed", change=change)


def give_back(change: Change) -> None:
    """Let a request wait for the office again whose change was taken back."""
    NameRequest.objects.filter(change=change, state="proposed").update(state="asked", change=None)


def answer_with(change: Change, *, by: Any, at: datetime) -> None:
    """Answer the request that a change took up, as the second person decided and with their reason."""
    found = NameRequest.objects.filter(change=change, state="proposed").select_related(
        "award__outcome__enrolment__user"
    )
    for held in found.order_by("pk"):
        if change.state == "done":
            _answer(held, "done", change.decision_reason, by=by, at=at)
        else:
            _declined(held, change.decision_reason, by=by, at=at)


# --- issue it again --------------------------------------------------------------------------------------
def check_can_propose(award: Award, name: str, *, by: Any) -> str:
    """The name as an award would bear it, for a proposal about an award that is held.

    Refuses whose award it is, a name that can't be printed or that the award bears, and an award that was revoked,
    issued again, or whose revocation waits for a second person.
    """
    held = _held(award)
    _check_not_own(held, by)
    clean = names.check_holder_name(name)
    _check_can_reissue(held, clean)
    return clean


@transaction.atomic
def reissue(*, award: Award, name: str, linked: bool, by: Any, at: datetime) -> Award:
    """Issue an award again under another name and tell its holder: a further record with a code of its own, of the same
    outcome and day. The former is revoked and says that it was replaced; what was recorded after it goes on.

    For `changes.decide`, which asks two people. Refuses what `check_can_propose` does but for who asks. The same a
    second time gives the award that is there.
    """
    former = _held(award)
    known = Award.objects.filter(replaces=former, holder_name=name).first()
    if known is not None:
        return known
    clean = names.check_holder_name(name)
    _check_can_reissue(former, clean)
    former.revoked_at, former.revoked_reason = at, REVOKED_BECAUSE
    former.save(update_fields=["revoked_at", "revoked_reason"])
    made = Award.objects.create(
        outcome=former.outcome,
        replaces=former,
        linked=linked,
        code=rules.new_code(former.programme_code, former.awarded_on.year, secrets.choice),
        holder_name=clean,
        programme_name=former.programme_name,
        programme_code=former.programme_code,
        edition=former.edition,
        awarded_on=former.awarded_on,
        provider=former.provider,
        accrediting_body=former.accrediting_body,
        issued_at=at,
    )
    _go_on(former, made, by=by, at=at)
    enrolment = former.outcome.enrolment
    audit.record(
        "award.reissued", f"enrolment:{enrolment.pk}", by=by, at=at, **proving.told_of(made), former=former.code,
        former_award=former.pk, name=clean, former_name=former.holder_name, linked=linked,
    )  # fmt: skip
    mail.send(
        "award_reissued",
        to=enrolment.user.email,
        key=f"award-reissued:{made.pk}",
        at=at,
        name=enrolment.user.get_short_name(),
        programme=made.programme_code,
        code=made.code,
        former=former.code,
        enrolment=enrolment.reference,
    )
    return made


def _go_on(former: Award, award: Award, *, by: Any, at: datetime) -> None:
    """What hung on the former award hangs on the one that takes its place: moves, requests for credit, a badge of its
    own, and requests about the name that came meanwhile, of which the one for this very name is done. A further award
    of this enrolment bears the new name too.
    """
    Destination.objects.filter(award=former).update(award=award)
    credits.carry_on(former=former, award=award, at=at)
    asked = NameRequest.objects.filter(award=former, state="asked").select_related("award__outcome")
    for one in asked.filter(name=award.holder_name).order_by("pk") if by is not None else ():
        _answer(one, "done", "The office has put it right by itself meanwhile.", by=by, at=at)
    asked.update(award=award)
    CertificateName.objects.update_or_create(
        enrolment_id=former.outcome.enrolment_id,
        # Whether there is a font for it is asked of the award from now on (`queries.lacking_font`).
        defaults={"name": award.holder_name, "lacks": "", "confirmed_at": at},
    )
    badges.carry_on(former=former, award=award, at=at)


def _check_can_reissue(held: Award, name: str, *, revoking: bool | None = None) -> None:
    if revoking is None:
        revoking = Change.objects.filter(award=held, kind="revocation", state="proposed").exists()
    names.check_can_reissue(
        revoked=held.revoked_at is not None,
        replaced=Award.objects.filter(replaces=held).exists(),
        revoking=revoking,
        now=held.holder_name,
        name=name,
    )


def _check_not_own(award: Award, by: Any) -> None:
    check_not_about_oneself(is_about_oneself(award.outcome.enrolment.user_id, by))


def _held(award: Award) -> Award:
    """The award, locked after its enrolment: of two who issue it again at once the second sees what the first did."""
    outcomes.hold_enrolments([award.outcome.enrolment_id])
    found = Award.objects.select_for_update(of=("self",)).select_related("outcome__enrolment__user")
    return found.get(pk=award.pk)


def _held_request(request: NameRequest) -> NameRequest:
    outcomes.hold_enrolments([request.award.outcome.enrolment_id])
    found = NameRequest.objects.select_for_update(of=("self",)).select_related(
        "award__outcome__enrolment__user"
    )
    return found.get(pk=request.pk)


def _record(verb: str, request: NameRequest, *, by: Any, at: datetime, **details: Any) -> None:
    subject = f"enrolment:{request.award.outcome.enrolment_id}"
    audit.record(verb, subject, by=by, at=at, request=request.pk, award=request.award_id, **details)
