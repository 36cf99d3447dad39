"""Whether markers may open a document: scanned when there is a scanner, held or trusted when there is none."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, When

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.assessment.project_models import HandedInFile, ProjectFile
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.upload_models import HELD, CheckState, DocumentCheck, Upload, UploadState
from goldenthread.common import audit, clock, files, mail, malware
from goldenthread.common.days import instant_text
from goldenthread.common.malware import Verdict
from goldenthread.common.models import StoredFile
from goldenthread.common.prepared import PreparedInsert
from goldenthread.common.refused import Refused
from goldenthread.people.models import Membership, Role, User

log = logging.getLogger("goldenthread.assessment")
AGAIN = timedelta(minutes=5)  # after a try without an answer, times the number of tries
LONGEST = timedelta(hours=1)
AT_ONCE = 50  # documents of one run
_CHECKS = PreparedInsert(DocumentCheck, ignore_conflicts=True)


def handed_in(stored: Iterable[StoredFile], *, at: datetime) -> None:
    """Put what was handed in on the scanner's list, in the transaction that hands it in. Nobody waits for a scanner."""
    state = CheckState.WAITING if malware.scanner() or not settings.TRUST_UNSCANNED else CheckState.TRUSTED
    for one in stored:
        _CHECKS.tell(
            file_id=one.pk, state=state, handed_in_at=at, next_at=at if state == CheckState.WAITING else None
        )


def set_apart(stored: StoredFile, *, at: datetime) -> None:
    """Put what is kept and not handed in, or not yet, on the scanner's list, so that nobody gets malware from here.

    Without a scanner there is nothing to wait for, and nothing that was not handed in is ever trusted.
    """
    if malware.scanner():
        _CHECKS.write(file_id=stored.pk, state=CheckState.WAITING, handed_in_at=at, next_at=at)


def check_opens(upload: Upload, known: DocumentCheck | None) -> None:
    """Whether the office may open a document that was not handed in, by what is known of it; see
    `uploads.check_openable`.
    """
    uploads.check_openable(
        known.state if known else "",
        let=upload.let_at is not None,
        said=known.said if known else "",
        scanner=malware.scanner() is not None,
        trusts=settings.TRUST_UNSCANNED,
    )


def open_sent(*, upload: Upload, by: Any, at: datetime) -> StoredFile:
    """A document that was sent and not handed in, for somebody of the office; each opening is on record.

    Refuses what is not all here, and what is not known to be safe (`uploads.check_openable`); what no scanner has seen
    goes on its list.
    """
    stored = upload.file
    if stored is None:
        raise Refused(
            f"{upload.received:,} of {upload.size:,} bytes are here: there is nothing to open.",
            code="upload.incomplete",
        )
    set_apart(stored, at=at)
    with transaction.atomic():
        check_opens(upload, DocumentCheck.objects.filter(file=stored).first())
        audit.record(
            "upload.opened",
            upload.sitting,
            by=by,
            at=at,
            upload=upload.pk,
            sha256=upload.sha256,
            name=upload.name,
        )
    return stored


@transaction.atomic
def let_open(*, upload: Upload, reason: str, by: Any, at: datetime) -> Upload:
    """Let a document that was not handed in be opened though nothing is known of it, by somebody of the office with a
    reason. It holds for this one alone: the same bytes in a script stay held from its markers. Refuses one with malware
    in it, and one that is not all here. Twice is harmless.
    """
    held = Upload.objects.select_for_update(of=("self",)).select_related("sitting").get(pk=upload.pk)
    if held.file_id is None:
        raise Refused("This document is not all here.", code="upload.incomplete", field="reason")
    if held.let_at is not None:
        return held
    known = DocumentCheck.objects.filter(file=held.file_id).first()
    uploads.check_let_open(known.state if known else "")
    uploads.check_release(reason, blocked=True)
    held.let_by, held.let_at, held.let_reason = by, at, reason.strip()
    held.save(update_fields=["let_by", "let_at", "let_reason"])
    audit.record(
        "upload.let_open", held.sitting, by=by, at=at, upload=held.pk, sha256=held.sha256, name=held.name,
        reason=held.let_reason,
    )  # fmt: skip
    return held


def check_evidence(added: Iterable[ProjectFile]) -> None:
    """Refuses to hand in what was scanned once it was added and has malware in it; what waits is taken, and held."""
    names = {one.file_id: one.name for one in added}
    bad = DocumentCheck.objects.filter(file__in=names, state=CheckState.FOUND).order_by("pk")
    uploads.check_evidence([names[number] for number in bad.values_list("file", flat=True)])


def scan_due(*, at: datetime, limit: int = AT_ONCE) -> dict[str, int]:
    """Scan what waits, and what was trusted while there was no scanner; returns how many had which answer."""
    scanner, counts = malware.scanner(), dict.fromkeys(("clean", "found", "failed"), 0)
    if scanner is None:
        return counts
    due = DocumentCheck.objects.filter(
        Q(state=CheckState.WAITING, next_at__lte=at) | Q(state=CheckState.WAITING, next_at__isnull=True)
        | Q(state=CheckState.TRUSTED)
    ).select_related("file")  # fmt: skip
    waits = Case(
        When(state=CheckState.WAITING, then=0), default=1
    )  # before what was trusted without a scanner
    for one in list(due.order_by(waits, F("next_at").asc(nulls_first=True), "pk")[:limit]):
        try:
            with default_storage.open(one.file.path, "rb") as kept:
                found = scanner.scan(iter(lambda: kept.read(files.CHUNK), b""))
        except Exception as fault:  # whatever the storage says
            log.exception("document %s could not be read", one.file.sha256)
            found = malware.Scan(Verdict.FAILED, f"the file can't be read: {fault}")
        counts[found.verdict.value] += 1
        _record(one, found, at=at)
        if found.verdict is Verdict.FAILED and found.unreachable:
            break  # the others would only wait for the same scanner
    return counts


@transaction.atomic
def _record(check: DocumentCheck, found: malware.Scan, *, at: datetime) -> None:
    held = DocumentCheck.objects.select_for_update(of=("self",)).select_related("file").get(pk=check.pk)
    if held.state not in (CheckState.WAITING, CheckState.TRUSTED):
        return  # somebody decided meanwhile
    held.said = found.said[:200]
    if found.verdict is Verdict.FAILED:
        held.tries = min(held.tries + 1, 1000)
        held.next_at = at + min(AGAIN * held.tries, LONGEST)
    else:
        held.state = CheckState.CLEAN if found.verdict is Verdict.CLEAN else CheckState.FOUND
        held.checked_at, held.next_at = at, None
    held.save()
    if held.state == CheckState.FOUND:
        audit.record("document.malware", f"document:{held.file.sha256}", by=None, at=at, said=held.said)
        scripts = list(scripts_with(held.file).filter(current=True).order_by("pk"))
        _tell_participants(held, scripts, at=at)
        _tell_office(held, scripts, at=at)
        _tell_owners(held, at=at)


def _tell_office(check: DocumentCheck, scripts: list[Script], *, at: datetime) -> None:
    """Everybody of the office gets one mail about a document, with the window it is of: neither a name nor a code,
    since the page it leads to has the name, and the results have the code.
    """
    if not scripts:
        return
    last = max((script.sitting for script in scripts), key=lambda sitting: sitting.closes_at)
    said = {
        "of": ", ".join(sorted({str(script.sitting.window.intake) for script in scripts})),
        "said": check.said,
        "check": check.pk,
        "open": at <= last.closes_at,
        "deadline": instant_text(last.closes_at, last.zone),
    }
    held = Membership.objects.on(clock.day_of(at)).filter(role=Role.OFFICE, user__is_active=True).order_by()
    office = User.objects.filter(pk__in=held.values("user")).order_by("pk")
    mail.send_many(
        "document_malware",
        {
            f"document_malware:{check.pk}:{one.pk}": (one.email, {"name": one.get_short_name(), **said})
            for one in office
        },
        at=at,
    )


def _tell_participants(check: DocumentCheck, scripts: list[Script], *, at: datetime) -> None:
    """Those who handed it in are told what to do: a clean copy while the window is open, else the office."""
    for script in scripts:
        sitting, person = script.sitting, script.sitting.enrolment.user
        mail.send(
            "document_held",
            to=person.email,
            key=f"document_held:{script.pk}:{check.pk}",
            at=at,
            name=person.get_short_name(),
            document=script.file_name or "a file of your evidence",
            said=check.said,
            open=at <= sitting.closes_at,
            deadline=instant_text(sitting.closes_at, sitting.zone),
            enrolment=sitting.enrolment.reference,
        )


def _tell_owners(check: DocumentCheck, *, at: datetime) -> None:
    """Those who sent it and did not hand it in, or added it as evidence, are told what was found, once a file."""
    sent = Upload.objects.filter(file=check.file).exclude(state=UploadState.HANDED_IN)
    for one in sent.select_related("sitting__enrolment__user").order_by("pk"):
        sitting = one.sitting
        _tell_owner(
            f"upload:{one.pk}", check, sitting.enrolment, at=at, name=one.name, open=at <= sitting.closes_at,
            deadline=instant_text(sitting.closes_at, sitting.zone),
        )  # fmt: skip
    handed_in = HandedInFile.objects.filter(
        file=OuterRef("file"), script__sitting__enrolment=OuterRef("project__enrolment"), script__current=True
    )
    added = ProjectFile.objects.filter(~Exists(handed_in), file=check.file)
    for each in added.select_related("project__enrolment__user").order_by("pk"):
        _tell_owner(
            f"evidence:{each.pk}", check, each.project.enrolment, at=at, name=each.name, evidence=True
        )


def _tell_owner(
    what: str, check: DocumentCheck, enrolment: Enrolment, *, at: datetime, name: str, **said: Any
) -> None:
    mail.send(
        "upload_malware",
        to=enrolment.user.email,
        key=f"upload_malware:{what}:{check.pk}",
        at=at,
        name=enrolment.user.get_short_name(),
        document=name,
        said=check.said,
        enrolment=enrolment.reference,
        **said,
    )


def scripts_with(stored: StoredFile) -> Any:
    """The scripts that are this content, or have it among their evidence."""
    found = Script.objects.filter(Q(file=stored) | Q(evidence__file=stored)).distinct()
    return found.select_related("sitting__enrolment__user", "sitting__window").defer("text", "parts")


@transaction.atomic
def release_document(*, check: DocumentCheck, reason: str, by: Any, at: datetime) -> DocumentCheck:
    """Let a held document through to the markers, by somebody of the office with a reason. Twice is harmless."""
    held = DocumentCheck.objects.select_for_update(of=("self",)).select_related("file").get(pk=check.pk)
    if held.state == CheckState.RELEASED and held.released_by_id == by.pk:
        return held
    uploads.check_release(reason, blocked=held.state in HELD)
    before = held.state
    held.state, held.released_by, held.released_at, held.reason = (
        CheckState.RELEASED,
        by,
        at,
        reason.strip(),
    )
    held.next_at = None
    held.save()
    audit.record(
        "document.released", f"document:{held.file.sha256}", by=by, at=at, before=before, said=held.said,
        reason=held.reason,
    )  # fmt: skip
    return held
