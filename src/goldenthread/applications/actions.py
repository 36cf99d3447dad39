"""Send in an application, record what must be there before acceptance, and decide it."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from goldenthread.applications import queries, rules
from goldenthread.applications.models import Application, ApplicationState, Enrolment
from goldenthread.catalogue import actions as catalogue
from goldenthread.catalogue.rules import EntryDecision
from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Intake
from goldenthread.intakes.rules import check_open, day_text
from goldenthread.people import actions as people
from goldenthread.people.models import School, User


@transaction.atomic
def submit(
    *, intake: Intake, form_key: UUID | str, answers: rules.Answers, at: datetime, receipt: bool = True
) -> Application:
    """Take an application in; nobody needs an account for it. Without `receipt` the caller tells the person.

    The same `form_key` gives the application that is there; other answers under it are refused. Refuses outside
    the intake's days (S1-38), a second live application of one address to one intake, missing answers, and
    answers that the version's entry rules forbid; what they refer to a person is taken in with the reason.
    """
    key = form_key if isinstance(form_key, UUID) else _uuid(form_key)
    known = Application.objects.filter(form_key=key).first()
    if known:
        return _same_or_refused(known, intake, answers)
    check_open(
        opens_on=intake.applications_open_on, closes_on=intake.applications_close_on, zone=intake.zone, at=at
    )
    clean = rules.check_answers(answers, delivery_models=intake.delivery_models, today=_day(at, answers.zone))
    school = _school(clean.school_id)
    decision = rules.entry_decision(intake.version.specification, clean)
    twin = _sent_meanwhile(intake, clean.email, key)
    if twin:
        return _same_or_refused(twin, intake, answers)
    try:
        with transaction.atomic():
            application = _create(intake, key, clean, school, decision, at)
    except IntegrityError:  # the same form, or another one of the same address, came in this moment
        twin = Application.objects.filter(form_key=key).first()
        if twin:
            return _same_or_refused(twin, intake, answers)
        _refuse_second(intake, clean.email)
        raise
    audit.record(
        "application.submitted",
        application,
        by="visitor",
        at=at,
        intake=str(intake),
        entry=decision.result,
        reasons=[reason.code for reason in decision.reasons],
    )
    if receipt:
        _send_receipt(application, at=at)
    return application


def _send_receipt(application: Application, *, at: datetime) -> None:
    mail.send(
        "application_received",
        to=application.email,
        key=f"received:{application.pk}",
        at=at,
        **_facts(application),
    )


@transaction.atomic
def leave_to_office(*, application: Application, waits: Sequence[str], at: datetime) -> Application:
    """A version that enrols directly can't: the office decides, knowing why, and the person hears that (S0-52)."""
    locked = _locked(application)
    rules.move(locked.state, "accept")
    locked.details = {**locked.details, "admission": {"path": "enrol", "waits": list(waits)}}
    locked.save(update_fields=["details"])
    audit.record("application.left_to_office", locked, by=None, at=at, waits=list(waits))
    _send_receipt(locked, at=at)
    return locked


def _sent_meanwhile(intake: Intake, email: str, key: UUID) -> Application | None:
    """The application that this very form became a moment ago, if it did; refuses where the address has another one."""
    try:
        _refuse_second(intake, email)
    except Refused:
        twin = Application.objects.filter(form_key=key).first()
        if twin is None:
            raise
        return twin
    return None


def _same_or_refused(known: Application, intake: Intake, answers: rules.Answers) -> Application:
    """The application that was made from this form, unless the answers are others than those it holds."""
    on = _day(known.submitted_at, known.zone)
    clean = rules.check_answers(answers, delivery_models=[answers.delivery_model], today=on)
    said = {**_columns(clean), "intake_id": intake.pk, "school_id": clean.school_id}
    further = {name: known.details[name] for name in rules.FURTHER if name in known.details}
    if {name: getattr(known, name) for name in said} == said and further == clean.further():
        return known
    raise Refused(
        f"This form was already sent: as application {known.reference} of {known.name}, on {day_text(on)}. What "
        "you changed since is not in it. To change that application, write to the programme office and name "
        f"{known.reference}. If these are the answers of somebody else, check them and send them again.",
        code="form.sent",
    )


def _create(
    intake: Intake,
    key: UUID,
    answers: rules.Answers,
    school: School | None,
    decision: EntryDecision,
    at: datetime,
) -> Application:
    return Application.objects.create(
        reference=_new_reference("A", Application),
        form_key=key,
        intake=intake,
        school=school,
        **_columns(answers),
        details={
            **answers.further(),
            "entry": {"result": decision.result, "reasons": [reason.text for reason in decision.reasons]},
        },
        entry_result=decision.code[:60],
        conduct_accepted=True,
        submitted_at=at,
    )


def _columns(answers: rules.Answers) -> dict[str, str]:
    """The answers that have a column of their own, without the school."""
    return {
        "name": answers.name,
        "email": answers.email,
        "zone": answers.zone,
        "school_text": answers.school_text,
        "delivery_model": answers.delivery_model,
        "role_status": answers.role_status,
        "scope": answers.scope_text[:60],
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("This form was damaged on the way. Open it anew.", code="form.key") from None


def _school(pk: int | None) -> School | None:
    if pk is None:
        return None
    school = School.objects.exclude(status="Closed").filter(pk=pk).first()
    if school is None:
        raise Refused(
            "That school is no longer in the list: search for it again.", code="school.gone", field="school"
        )
    return school


def _refuse_second(intake: Intake, email: str) -> None:
    if queries.live_application(intake, email):
        # Neither its reference nor its day: whoever types an address need not be the one it belongs to.
        raise Refused(
            f"This address can't apply for {intake.name} twice. If you have applied, your reference is in the mail "
            "that we sent you then, and you need not send another. If you have not, write to us.",
            code="application.twice",
            field="email",
        )


def _new_reference(letter: str, model: Any) -> str:
    """A reference that nobody has, in signs that can't be mixed up when read aloud: "A-7K2M9Q"."""
    while True:
        signs = "".join(secrets.choice(rules.REFERENCE_SIGNS) for _ in range(rules.REFERENCE_LENGTH))
        reference = f"{letter}-{signs}"
        if not model.objects.filter(reference=reference).exists():
            return reference


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _facts(application: Application) -> dict[str, Any]:
    """What every mail about an application says."""
    intake = application.intake
    return {
        "name": application.name,
        "reference": application.reference,
        "programme": intake.version.programme.name,
        "intake": intake.name,
        "starts_on": day_text(intake.starts_on),
        "closes_on": day_text(intake.applications_close_on),
    }


# --- deciding ----------------------------------------------------------------------------------------
@transaction.atomic
def record_entry_check(
    *, application: Application, key: str, passed: bool, on: date, note: str = "", by: User, at: datetime
) -> Application:
    """Record a check that the version asks for before acceptance, such as the headteacher's declaration
    (S1-05).

    A later record of the same check takes the place of the earlier one; both stand in the trail.
    """
    locked = _locked(application)
    rules.move(locked.state, "accept")
    if key not in [check.key for check in locked.intake.version.specification.entry_checks]:
        raise Refused(
            "This programme version doesn't ask for that check.", code="entry_check.unknown", field="key"
        )
    record = {"passed": passed, "on": on.isoformat(), "note": note[:500], "by": str(by)}
    checks = {**locked.details.get("entry_checks", {}), key: record}
    locked.details = {**locked.details, "entry_checks": checks}
    locked.save(update_fields=["details"])
    audit.record(
        "application.checked",
        locked,
        by=by,
        at=at,
        check=key,
        **{k: record[k] for k in ("passed", "on", "note")},
    )
    return locked


@transaction.atomic
def accept(*, application: Application, by: User | None, at: datetime, reason: str = "") -> Enrolment:
    """Accept an application: an account (found or made), an enrolment on the frozen version, and the welcome
    mail.

    The same person's second click gives the enrolment that is there; another person's is refused with who was
    first. Refuses while an entry check is missing, and beyond the places of the intake. `by` None: nobody decides, the
    version enrols directly (S0-52).
    """
    locked = _locked(application)
    if locked.state == ApplicationState.ACCEPTED and locked.decided_by_id == (by.pk if by else None):
        return locked.enrolment
    _refuse_decided(locked)
    rules.check_referred(locked.details, reason)
    intake = (
        Intake.objects.select_for_update(of=("self",))
        .select_related("version__programme")
        .get(pk=locked.intake_id)
    )
    rules.check_entry_checks(
        [rules.Needed(check.key, check.name) for check in intake.version.specification.entry_checks],
        locked.details.get("entry_checks", {}),
        on=_day(at, intake.zone),
    )
    rules.check_places(places=intake.places, taken=queries.places_taken(intake))
    user = people.ensure_user(email=locked.email, name=locked.name, zone=locked.zone, by=by, at=at)
    _refuse_enrolled(user, intake)
    catalogue.freeze(version=intake.version, at=at)
    _decide(locked, "accept", by=by, at=at, reason=reason)
    enrolment = _enrol(locked, user, intake, at)
    audit.record("application.accepted", locked, by=by, at=at, reason=reason, enrolment=enrolment.reference)
    audit.record(
        "enrolment.made", enrolment, by=by, at=at, application=locked.reference, version=intake.version.key
    )
    mail.send(
        "application_accepted",
        to=user.email,
        key=f"accepted:{locked.pk}",
        at=at,
        user_id=user.pk,
        **_facts(locked),
    )
    return enrolment


def _enrol(application: Application, user: User, intake: Intake, at: datetime) -> Enrolment:
    return Enrolment.objects.create(
        reference=_new_reference("E", Enrolment),
        application=application,
        user=user,
        intake=intake,
        version=intake.version,
        school=application.school,
        delivery_model=application.delivery_model,
        starts_on=intake.starts_on,
        zone=application.zone,
        enrolled_at=at,
    )


def _refuse_enrolled(user: User, intake: Intake) -> None:
    there = Enrolment.objects.filter(user=user, intake=intake).first()
    if there:
        raise Refused(
            f"{user} is enrolled in this intake already ({there.reference}): decline this application.",
            code="enrolment.twice",
        )


@transaction.atomic
def decline(*, application: Application, reason: str, by: User, at: datetime) -> Application:
    """Decline an application with a reason, which the applicant gets by mail."""
    locked = _locked(application)
    if locked.state == ApplicationState.DECLINED and locked.decided_by_id == by.pk:
        return locked
    _refuse_decided(locked)
    clean = rules.check_reason(reason, purpose="decline")
    _decide(locked, "decline", by=by, at=at, reason=clean)
    audit.record("application.declined", locked, by=by, at=at, reason=clean)
    mail.send(
        "application_declined",
        to=locked.email,
        key=f"declined:{locked.pk}",
        at=at,
        reason=clean,
        **_facts(locked),
    )
    return locked


@transaction.atomic
def withdraw(*, application: Application, reason: str = "", by: User, at: datetime) -> Application:
    """Take an application back at the applicant's wish, before it is decided."""
    locked = _locked(application)
    if locked.state == ApplicationState.WITHDRAWN:
        return locked
    _refuse_decided(locked)
    _decide(locked, "withdraw", by=by, at=at, reason=reason[: rules.LONGEST_REASON])
    audit.record("application.withdrawn", locked, by=by, at=at, reason=reason[: rules.LONGEST_REASON])
    return locked


def _locked(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("intake__version__programme", "decided_by", "school")
        .get(pk=application.pk)
    )


def _refuse_decided(application: Application) -> None:
    """The loser of a race hears who was first."""
    if application.decided_at is not None:
        who = application.decided_by or "The version, which enrols directly,"
        raise Refused(
            f"{who} has already {application.state} this application, on "
            f"{day_text(_day(application.decided_at, application.intake.zone))}. Nothing was changed.",
            code=f"application.{application.state}",
        )
    rules.move(application.state, "accept")


def _decide(application: Application, verb: str, *, by: User | None, at: datetime, reason: str) -> None:
    application.state = rules.move(application.state, verb)
    application.decided_at, application.decided_by, application.decision_reason = at, by, reason
    application.save(update_fields=["state", "decided_at", "decided_by", "decision_reason"])
