"""Documents under way, each only for whose it is; and how long their rest may take."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import Http404

from goldenthread.assessment import access, adjusting, queries, rules
from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.upload_models import HELD, CheckState, DocumentCheck, Upload, UploadState
from goldenthread.common.models import StoredFile
from goldenthread.common.prepared import Prepared, PreparedRows
from goldenthread.people.access import Viewer

# Asked in the last hour before a deadline for every document: see `common.prepared`.
_BY_TICKET = Prepared(
    lambda ticket: Upload.objects.select_related("file", "reading").filter(ticket=ticket), key=uuid.UUID
)
_OPEN = Prepared(
    lambda sitting, sha256: Upload.objects.filter(sitting=sitting, sha256=sha256).exclude(
        state=UploadState.HANDED_IN
    ),
    key=(int, str),
)

_OPEN_OF = PreparedRows(
    lambda sitting: (
        Upload.objects.filter(sitting=sitting)
        .exclude(state=UploadState.HANDED_IN)
        .order_by("-first_at", "-pk")
    ),
    key=int,
)


def get_upload_for(user: Any, ticket: uuid.UUID) -> Upload:
    """A document of the person's own with its sitting; for everybody else there is none. Two queries."""
    found = _BY_TICKET.get(ticket)
    if found is None:
        raise Http404
    found.sitting = queries.get_sitting_for(user, found.sitting_id, of_tasks=True)
    return found


def upload_of(sitting: Sitting, ticket: uuid.UUID) -> Upload | None:
    """A document of this sitting; None for one of another, and if there is none. One query."""
    found = _BY_TICKET.get(ticket)
    if found is None or found.sitting_id != sitting.pk:
        return None
    found.sitting = sitting
    return found


def on_its_way(sitting: Sitting, sha256: str) -> Upload | None:
    """The document of this content that was sent for a sitting and is not handed in. One query."""
    found = _OPEN.get(sitting.pk, sha256)
    if found is not None:
        found.sitting = sitting
    return found


def uploads_of(sitting: Sitting) -> list[Upload]:
    """What somebody has sent for a sitting and not handed in, the latest first. One query."""
    return _OPEN_OF.all(sitting.pk)


def rest_minutes_of(window: Window) -> int:
    """How many minutes after a deadline the rest of a document may come: as the version's policy says. One query."""
    policy = adjusting.late_of(window.intake.version_id)
    return uploads.REST_MINUTES if policy is None or policy.rest_minutes is None else policy.rest_minutes


def rest_until(sitting: Sitting) -> datetime:
    """Until when a document that began in time can still be handed in for this sitting."""
    return uploads.rest_until(sitting.closes_at, rest_minutes_of(sitting.window))


def counts_from(upload: Upload, *, at: datetime) -> datetime:
    """The instant that counts for a document that is judged at `at`. One query, and none before the deadline."""
    sitting = upload.sitting
    if at <= sitting.closes_at:
        return upload.first_at
    return uploads.received_at(
        upload.first_at,
        at=at,
        closes_at=sitting.closes_at,
        rest_minutes=rest_minutes_of(sitting.window),
    )


def still_coming(window: Window, *, at: datetime) -> datetime | None:
    """Until when a document that began in time may still be handed in; None when none is under way.

    Asked before scripts go to markers: a document that is under way can still become the script that counts.
    """
    under_way = Upload.objects.filter(
        Q(state__in=[UploadState.BEGUN, UploadState.COMPLETE]), sitting__window=window
    ).select_related("sitting")
    minutes = rest_minutes_of(window)
    ends = [
        uploads.rest_until(one.sitting.closes_at, minutes)
        for one in under_way
        if one.first_at <= one.sitting.closes_at
    ]
    return max((end for end in ends if end >= at), default=None)


def under_way_of(user: Any) -> Iterable[tuple[int, int]]:
    """The announced and received bytes of each document of a person that is not all there. One query."""
    begun = Upload.objects.filter(state=UploadState.BEGUN, sitting__enrolment__user=user)
    return list(begun.values_list("size", "received").order_by("pk"))


def is_held(script: Script) -> bool:
    """Whether a script, or a file of its evidence, is held back from markers until it is scanned or released. One
    query; none for text without files.
    """
    if script.file_id is None and not script.sitting.window.task:
        return False
    its_own = Q(file=script.file_id) | Q(file__in=script.evidence.values("file"))
    return DocumentCheck.objects.filter(its_own, state__in=HELD).exists()


def file_is_held(stored: StoredFile) -> bool:
    """Whether one file is held back from markers. One query."""
    return DocumentCheck.objects.filter(file=stored, state__in=HELD).exists()


def checks_for(viewer: Viewer, *, show: str) -> QuerySet[DocumentCheck]:
    """Documents with what is known of their safety, for the office alone: held, or let through by somebody."""
    if not access.may_schedule(viewer):
        raise Http404
    states = [CheckState.RELEASED] if show == "released" else list(HELD)
    found = DocumentCheck.objects.filter(state__in=states).select_related("file", "released_by")
    return found.order_by("handed_in_at", "pk")


def get_check_for(viewer: Viewer, check_id: int) -> DocumentCheck:
    """One document with what is known of its safety, for the office; 404 for everybody else."""
    if not access.may_schedule(viewer):
        raise Http404
    found = DocumentCheck.objects.select_related("file", "released_by").filter(pk=check_id).first()
    if found is None:
        raise Http404
    return found


def left_over(at: datetime) -> Q:
    """What was begun in time and not handed in by its deadline, whether all of it is here or not."""
    begun = Q(state__in=[UploadState.BEGUN, UploadState.COMPLETE], first_at__lte=F("sitting__closes_at"))
    return Q(state=UploadState.LATE) | (begun & Q(sitting__closes_at__lt=at))


def late_ones(viewer: Viewer, *, at: datetime) -> QuerySet[Upload]:
    """Documents that were not handed in by their deadline and are kept, for the office alone, the latest first."""
    if not access.may_schedule(viewer):
        raise Http404
    named = ("sitting__enrolment__user", "sitting__window__intake__version__programme")
    late = Upload.objects.filter(left_over(at)).select_related(*named)
    return late.defer("sitting__draft", "sitting__window__intake__version__document").order_by(
        "-first_at", "-pk"
    )


def shown(sitting: Sitting, one: Upload, *, at: datetime) -> dict[str, Any]:
    """Where a document stands, as the browser and the page are told."""
    return {
        "id": str(one.ticket),
        "name": one.name,
        "size": one.size,
        "received": one.received,
        "state": one.state,
        "first_at": one.first_at,
        "in_time": one.first_at <= sitting.closes_at,
        "rest_until": rest_until(sitting),
        "now": at,
        "deadline": rules.deadline_text(sitting.closes_at, sitting.zone),
    }
