"""A document that shows the right name of an award: added by its holder, opened by the people who decide and by nobody
else, each time on record, and removed a month after the answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import Http404

from goldenthread.assessment.actions import safety
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.upload_models import DocumentCheck
from goldenthread.awards.models import NameRequest
from goldenthread.common import audit, files, malware
from goldenthread.common.evidence_types import check_evidence
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.outcomes.access import releases
from goldenthread.people.access import Viewer

KEPT_AFTER = timedelta(days=30)  # the answer: so long its holder may write that it is wrong
LONGEST_NAME = 255


@dataclass(frozen=True)
class Document:
    """What a holder adds: stored already, and how they call it."""

    file: StoredFile
    name: str


def taken() -> bool:
    """Whether documents can be added: without a scanner nobody could open them where the unscanned isn't trusted."""
    return malware.scanner() is not None or settings.TRUST_UNSCANNED


def store(file: BinaryIO, *, name: str, at: datetime) -> Document:
    """Keep what a holder adds, before a transaction that refers to it. Refuses, as of evidence, other kinds than
    documents, pictures and workbooks, something else than its name says, and what is too large or can't be read safely.
    """
    if not taken():
        raise Refused(
            "No document can be added here: say in words what you can show, and the programme office asks for it.",
            code="name_request.no_documents",
            field="document",
        )
    limit = settings.UPLOAD_LIMIT_BYTES
    try:
        kind = check_evidence(file, name=name, size_limit=limit)
        kept = files.store(file, kind=kind, at=at, size_limit=limit)
    except Refused as refused:
        raise Refused(refused.message, code=refused.code, field="document") from refused
    return Document(kept, name[-LONGEST_NAME:])


def get_request_for(viewer: Viewer, number: int) -> NameRequest:
    """A request with a document that this person may open, for the office: while it waits whoever may decide it, once
    it is answered the two who did; never its holder. 404 for everybody else.
    """
    found = NameRequest.objects.select_related("document", "award__outcome__enrolment", "change")
    one = found.filter(pk=number, document__isnull=False).first()
    if one is None or not releases(viewer) or not opens(one, viewer.user):
        raise Http404("No such document.")
    return one


def opens(request: NameRequest, user: Any) -> bool:
    """Whether somebody of the office is one of those who decide this request. No query for one loaded with award and
    change.
    """
    if user.pk == request.award.outcome.enrolment.user_id:
        return False
    change = request.change
    return request.answered_by_id is None or user.pk in (
        request.answered_by_id,
        change.proposed_by_id if change else None,
    )


def open_it(*, request: NameRequest, by: Any, at: datetime) -> bytes:
    """What a document holds, for somebody who decides (`get_request_for`); each opening is on record. Refuses one that
    isn't known to be safe, with what to do.
    """
    stored = request.document
    if stored is None:
        raise Refused("This document was removed.", code="name_request.document_gone")
    safety.set_apart(stored, at=at)  # what came while there was no scanner
    known = DocumentCheck.objects.filter(file=stored).first()
    uploads.check_openable(
        known.state if known else "",
        said=known.said if known else "",
        scanner=malware.scanner() is not None,
        trusts=settings.TRUST_UNSCANNED,
    )
    with transaction.atomic():
        _record("name_request.document_opened", request, by=by, at=at)
    return files.read(stored)


def remove_old(*, at: datetime) -> int:
    """Remove the documents of requests that were answered more than a month ago, or withdrawn; returns how many."""
    over = Q(state="withdrawn") | Q(answered_at__lte=at - KEPT_AFTER)
    due = NameRequest.objects.filter(over, document__isnull=False).order_by("pk")
    return sum(remove(number, at=at) for number in list(due.values_list("pk", flat=True)))


@transaction.atomic
def remove(number: int, *, at: datetime) -> bool:
    """Let a request's document go, and what is known of its safety where nothing else holds the same content; the bytes
    follow within two days (`files.remove_unused`). Twice is once.
    """
    held = NameRequest.objects.select_for_update(of=("self",)).filter(pk=number).first()
    if held is None or held.document_id is None:
        return False
    stored, held.document_id, held.document_removed_at = held.document_id, None, at
    held.save(update_fields=["document", "document_removed_at"])
    if not files.is_used(stored, besides=DocumentCheck):
        DocumentCheck.objects.filter(file=stored).delete()
    _record("name_request.document_removed", held, by=None, at=at)
    return True


def _record(verb: str, request: NameRequest, *, by: Any, at: datetime) -> None:
    subject = f"enrolment:{request.award.outcome.enrolment_id}"
    audit.record(verb, subject, by=by, at=at, request=request.pk)
