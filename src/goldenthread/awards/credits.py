"""Agreements with universities, and graduates' requests by them: asked with consent, answered, withdrawn (S1-37)."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.awards import credit_rules as rules
from goldenthread.awards.credit_queries import agreed_of
from goldenthread.awards.models import Award, CreditAgreement, CreditRequest
from goldenthread.awards.queries import award_of
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.outcomes import actions as outcomes
from goldenthread.people.models import Membership, Organisation, Role


# --- agreements ------------------------------------------------------------------------------------------
def stated_versions() -> list[ProgrammeVersion]:
    """The versions whose specification states an agreement on Masters credit: the ones that one can cover."""
    found = ProgrammeVersion.objects.select_related("programme").order_by("key")
    return [version for version in found if version.specification.masters is not None]


@transaction.atomic
def record_agreement(
    *,
    university: Organisation,
    award_title: str,
    level: int,
    credits: int | None,
    versions: Iterable[ProgrammeVersion],
    valid_from: date,
    valid_to: date | None = None,
    by: Any,
    at: datetime,
) -> CreditAgreement:
    """Record an agreement; the same one sent twice is the one that is there.

    Refuses versions whose specification states none, a period that ends before it begins, 0 credits, and a second
    agreement with the same university for one of the versions on the same days.
    """
    Organisation.objects.select_for_update(of=("self",)).get(pk=university.pk)
    chosen = list(versions)
    agreed = rules.Agreed(
        university=university.name,
        award_title=award_title.strip()[:200],
        level=level,
        credits=credits,
        versions=frozenset(version.key for version in chosen),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    rules.check_agreement(agreed, stated=frozenset(version.key for version in stated_versions()))
    for other in _at_the_same_time(university, chosen, valid_from, valid_to):
        if agreed_of(other) == agreed:
            return other
        raise Refused(
            f"There is an agreement with {university} for one of these versions on these days already: end it first, "
            "or change its number of credits.",
            code="agreement.twice",
            field="versions",
        )
    made = CreditAgreement.objects.create(
        university=university,
        award_title=agreed.award_title,
        level=level,
        credits=credits,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_by=by,
        recorded_at=at,
    )
    made.versions.set(chosen)
    said = {**asdict(agreed), "versions": sorted(agreed.versions)}
    audit.record("credit_agreement.recorded", f"credit_agreement:{made.pk}", by=by, at=at, **said)
    return made


def _at_the_same_time(
    university: Organisation, versions: list[ProgrammeVersion], begins: date, ends: date | None
) -> list[CreditAgreement]:
    found = CreditAgreement.objects.filter(university=university, versions__in=versions)
    found = found.exclude(valid_to__lt=begins)
    if ends is not None:
        found = found.filter(valid_from__lte=ends)
    return list(found.select_related("university").distinct().order_by("pk"))


@transaction.atomic
def set_credits(
    *, agreement: CreditAgreement, credits: int | None, reason: str, by: Any, at: datetime
) -> CreditAgreement:
    """Say how many credits an agreement gives, once the university has said it. Statements that are issued stay as
    they are; their holders can have a new one.
    """
    rules.check_credits(credits)
    locked = CreditAgreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if locked.credits == credits:
        return locked
    if not reason.strip():
        raise Refused("Say where the number comes from.", code="agreement.reason", field="reason")
    before, locked.credits = locked.credits, credits
    locked.save(update_fields=["credits"])
    subject = f"credit_agreement:{locked.pk}"
    audit.record(
        "credit_agreement.credits", subject, by=by, at=at, before=before, after=credits, reason=reason.strip()
    )
    return locked


@transaction.atomic
def end_agreement(*, agreement: CreditAgreement, on: date, by: Any, at: datetime) -> CreditAgreement:
    """End an agreement with the day `on`, its last: no further requests; what was asked stays with the university.

    Refuses a day before its first, and a later last day than it has where another agreement with the university covers
    one of its versions by then.
    """
    Organisation.objects.select_for_update(of=("self",)).get(pk=agreement.university_id)
    held = CreditAgreement.objects.select_for_update(of=("self",)).select_related("university")
    locked = held.get(pk=agreement.pk)
    if on < locked.valid_from:
        raise Refused("It began later than that day.", code="agreement.period", field="on")
    if locked.valid_to is not None and on > locked.valid_to:
        _check_alone(locked, on)
    if locked.valid_to != on:
        before, locked.valid_to = locked.valid_to, on
        locked.save(update_fields=["valid_to"])
        subject = f"credit_agreement:{locked.pk}"
        audit.record("credit_agreement.ended", subject, by=by, at=at, before=before, on=on)
    return locked


def _check_alone(agreement: CreditAgreement, on: date) -> None:
    """No other agreement with the university holds for one of its versions between its last day and a later one."""
    begins = (agreement.valid_to or on) + timedelta(days=1)
    for other in _at_the_same_time(agreement.university, list(agreement.versions.all()), begins, on):
        if other.pk != agreement.pk:
            last = f" to {day_text(other.valid_to)}" if other.valid_to else ""
            raise Refused(
                f"Another agreement with {agreement.university} covers one of these versions from "
                f"{day_text(other.valid_from)}{last}. Choose a last day before that, or end the other one first.",
                code="agreement.twice",
                field="on",
            )


# --- requests --------------------------------------------------------------------------------------------
def consent_of(agreement: CreditAgreement, award: Award) -> str:
    """The text that the holder of an award agrees to, by this agreement, today."""
    return rules.consent_text(
        agreed_of(agreement),
        provider=settings.PROVIDER_NAME,
        programme=award.programme_name,
        edition=award.edition,
    )


@transaction.atomic
def ask(
    *,
    enrolment: Enrolment,
    agreement: CreditAgreement,
    agrees: bool,
    text: str,
    by: Any,
    at: datetime,
) -> CreditRequest:
    """A graduate's request by an agreement, with the consent as they read it; the statement of the level is issued
    with it. One that stands already is the one.

    `text` is the digest of the consent that was shown. Refuses who holds no award, a version without an agreement, an
    agreement that has ended, and a consent that has changed since it was shown.
    """
    outcomes.hold_enrolments([enrolment.pk])
    award = award_of(enrolment)
    agreed = agreed_of(agreement)
    rules.check_request(
        agreed,
        version=enrolment.version.key,
        has_award=award is not None,
        agrees=agrees,
        on=clock.day_of(at),
    )
    assert award is not None
    standing = CreditRequest.objects.filter(
        award=award, agreement=agreement, withdrawn_at__isnull=True
    ).first()
    if standing is not None:
        return standing
    consent = consent_of(agreement, award)
    if text != rules.digest(consent):
        raise Refused(
            "What you agree to has changed since you opened this page. Please read it again.",
            code="credit.text_changed",
        )
    number = CreditRequest.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    made = CreditRequest.objects.create(
        reference=f"C-{award.pk:05d}-{number + 1}",
        award=award,
        agreement=agreement,
        version=enrolment.version,
        consent_text=consent,
        consented_at=at,
        statement_credits=agreement.credits,
        statement_at=at,
    )
    audit.record(
        "credit.requested",
        f"enrolment:{enrolment.pk}",
        by=by,
        at=at,
        request=made.reference,
        university=agreed.university,
        version=enrolment.version.key,
        agreement=agreement.pk,
    )
    _tell_officers(made, at=at)
    return made


def _tell_officers(request: CreditRequest, *, at: datetime) -> None:
    """A mail to the university's credit officers that a request waits; it names nobody."""
    held = Membership.objects.on(clock.day_of(at)).filter(
        organisation=request.agreement.university_id, role=Role.UNIVERSITY
    )
    officers = held.select_related("user").order_by("pk")
    mail.send_many("credit_requested", dict(_letter(request, one) for one in officers), at=at)


@transaction.atomic
def tell_later_officers(*, at: datetime) -> int:
    """Write to whoever has become a credit officer of a university since a request was made, while it is open: once to
    each for each request. Returns how many mails are new; doing it again sends nothing. Three queries, and the mails.
    """
    open_ones = CreditRequest.objects.filter(
        answer="", withdrawn_at__isnull=True, award__revoked_at__isnull=True
    )
    waiting = list(open_ones.select_related("agreement__university").order_by("pk"))
    universities = {one.agreement.university_id for one in waiting}
    held = Membership.objects.on(clock.day_of(at)).filter(organisation__in=universities, role=Role.UNIVERSITY)
    officers: dict[int, list[Membership]] = {}
    for one in held.select_related("user").order_by("pk"):
        officers.setdefault(one.organisation_id, []).append(one)
    letters = dict(
        _letter(asked, one) for asked in waiting for one in officers.get(asked.agreement.university_id, [])
    )
    keys = {f"mail:{key}" for key in letters}
    told = set(OutboxMessage.objects.filter(key__in=keys).values_list("key", flat=True))
    new = {key: letter for key, letter in letters.items() if f"mail:{key}" not in told}
    mail.send_many("credit_requested", new, at=at)
    return len(new)


@transaction.atomic
def carry_on(*, former: Award, award: Award, at: datetime) -> None:
    """Let the requests by an award that is issued again be by the one that takes its place, with statements that bear
    the new name. The credit officers of those whose consent stands get a mail, which names nobody.
    """
    requested = CreditRequest.objects.filter(award=former)
    standing = requested.filter(withdrawn_at__isnull=True).select_related("agreement__university")
    told = list(standing.order_by("pk"))
    standing.update(statement_at=at)
    requested.update(award=award)
    held = Membership.objects.on(clock.day_of(at)).filter(
        organisation__in={one.agreement.university_id for one in told}, role=Role.UNIVERSITY
    )
    letters = {}
    for officer in held.select_related("user").order_by("pk"):
        for one in told:
            if one.agreement.university_id == officer.organisation_id:
                _, letter = _letter(one, officer)
                letters[f"credit-reissued:{one.pk}:{award.pk}:{officer.user_id}"] = letter
    mail.send_many("credit_reissued", letters, at=at)


def _letter(request: CreditRequest, officer: Membership) -> tuple[str, tuple[str, dict[str, Any]]]:
    """The key of a mail to an officer, which makes it one, and the mail."""
    said = {
        "name": officer.user.get_short_name(),
        "university": request.agreement.university.name,
        "award": request.agreement.award_title,
        "reference": request.reference,
    }
    return f"credit-requested:{request.pk}:{officer.user_id}", (officer.user.email, said)


def _locked(request: CreditRequest) -> CreditRequest:
    outcomes.hold_enrolments([request.award.outcome.enrolment_id])
    found = CreditRequest.objects.select_for_update(of=("self",))
    return found.select_related("award__outcome", "agreement__university").get(pk=request.pk)


@transaction.atomic
def withdraw(*, request: CreditRequest, by: Any, at: datetime) -> CreditRequest:
    """Take the consent back: from now on the university sees nothing of the request. Twice is harmless."""
    locked = _locked(request)
    if locked.withdrawn_at is None:
        locked.withdrawn_at = at
        locked.save(update_fields=["withdrawn_at"])
        _record("credit.withdrawn", locked, by=by, at=at)
    return locked


@transaction.atomic
def renew_statement(*, request: CreditRequest, by: Any, at: datetime) -> CreditRequest:
    """Issue the statement anew with the number of credits that the agreement gives by now. Harmless without a change.

    Refuses a request whose consent was withdrawn, and a revoked award.
    """
    locked = _locked(request)
    _check_stands(locked)
    if locked.statement_credits != locked.agreement.credits:
        locked.statement_credits, locked.statement_at = locked.agreement.credits, at
        locked.save(update_fields=["statement_credits", "statement_at"])
        _record("credit.statement", locked, by=by, at=at, credits=locked.statement_credits)
    return locked


def _check_stands(request: CreditRequest) -> None:
    if request.withdrawn_at is not None:
        raise Refused("This request was withdrawn.", code="credit.withdrawn")
    if request.award.revoked_at is not None:
        raise Refused("The award was revoked, so nothing is certified of it any more.", code="award.revoked")


@transaction.atomic
def answer(*, request: CreditRequest, answer: str, note: str, by: Any, at: datetime) -> CreditRequest:
    """The university's answer, told to the graduate by mail. The same answer again is harmless.

    Refuses a further, different answer, a refusal without a reason, and a request whose consent was withdrawn.
    """
    rules.check_answer(answer, note)
    locked = _locked(request)
    _check_stands(locked)
    said = note.strip()[: rules.LONGEST_NOTE]
    if locked.answer:
        if (locked.answer, locked.answer_note) == (answer, said):
            return locked
        raise Refused(
            "This request has an answer already. Write to the programme office if it was wrong.",
            code="credit.answered",
        )
    locked.answer, locked.answer_note, locked.answered_at, locked.answered_by = answer, said, at, by
    locked.save(update_fields=["answer", "answer_note", "answered_at", "answered_by"])
    _record("credit.answered", locked, by=by, at=at, answer=answer)
    holder = locked.award.outcome.enrolment.user
    mail.send(
        "credit_answered",
        to=holder.email,
        key=f"credit-answered:{locked.pk}",
        at=at,
        name=holder.get_short_name(),
        university=locked.agreement.university.name,
        award=locked.agreement.award_title,
        programme=locked.award.programme_code,
        accepted=answer == "accepted",
        note=said,
        enrolment=locked.award.outcome.enrolment.reference,
    )
    return locked


def _record(verb: str, request: CreditRequest, *, by: Any, at: datetime, **details: Any) -> None:
    subject = f"enrolment:{request.award.outcome.enrolment_id}"
    audit.record(verb, subject, by=by, at=at, request=request.reference, **details)
