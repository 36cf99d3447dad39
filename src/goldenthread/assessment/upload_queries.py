"""Documents under way, each only for whose it is; and how long their rest may take."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models import Window as Rank
from django.db.models.functions import RowNumber
from django.http import Http404

from goldenthread.assessment import access, adjusting, queries, rules
from goldenthread.assessment.models import Script, Sitting, SittingState, Window
from goldenthread.assessment.project_models import HandedInFile
from goldenthread.assessment.rules import kept, uploads
from goldenthread.assessment.upload_models import (
    HELD,
    UNDECIDED,
    CheckState,
    DocumentCheck,
    Upload,
    UploadState,
)
from goldenthread.assessment.writing_models import KeptText, ParkedText, Why
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
    """A document of the person's own with its sitting, also one that was deferred; for everybody else there is none.
    Two queries.
    """
    found = _BY_TICKET.get(ticket)
    if found is None:
        raise Http404
    found.sitting = queries.get_sitting_for(user, found.sitting_id, of_tasks=True, deferred=True)
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
    policy = adjusting.late_of(window.intake.version_id, window.opens_on)
    return uploads.rest_of(policy.rest_minutes if policy else None)


def paused_until(sitting: Sitting, *, at: datetime) -> datetime | None:
    """Until when nothing that goes in with a document may change: the deadline is past, and one that arrived in time
    may still be handed in. None before and after. One query once the deadline is past."""
    until = rest_until(sitting) if sitting.closes_at < at else None
    return until if until is not None and at <= until else None


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


def waiting_of(sitting: Sitting, *, at: datetime) -> Upload | None:
    """The document that began in time for a sitting whose deadline has passed and can still be handed in: the latest
    that is all here, else the latest. One query, two where there is one.
    """
    began = [
        one for one in uploads_of(sitting) if one.state in UNDECIDED and one.first_at <= sitting.closes_at
    ]
    began.sort(key=lambda one: one.to_look_at)
    return began[0] if began and at <= rest_until(sitting) else None


def still_coming(window: Window, *, at: datetime, texts: Sequence[datetime] | None = None) -> datetime | None:
    """Until when a document that began in time, or a text that waits since then, may still be handed in; None if none.

    Asked before scripts go to markers: what is under way can still become the script that counts. `texts` is what
    `undecided_texts` gave, where it is known; then two queries, else four.
    """
    under_way = Upload.objects.filter(state__in=UNDECIDED, sitting__in=window.sittings.all()).select_related(
        "sitting"
    )
    minutes = rest_minutes_of(window) if under_way else 0
    ends = [
        uploads.rest_until(one.sitting.closes_at, minutes)
        for one in under_way
        if one.first_at <= one.sitting.closes_at
    ]
    ends += undecided_texts(window, at=at) if texts is None else texts
    return max((end for end in ends if end >= at), default=None)


def undecided_texts(window: Window, *, at: datetime) -> list[datetime]:
    """Until when each sitting's text may still be handed in that arrived in time, while its writer was signed out, and
    that no script has followed: one that waits for its writer to sign in again, and one that waits to be handed in as
    it came. One time for each sitting, those that are over left out. Two queries; one where there are none.
    """
    waiting = _undecided(KeptText.objects.filter(why=Why.WAITS, script__isnull=True), window, parked=0)
    found = list(waiting.union(_undecided(ParkedText.objects.all(), window, parked=1), all=True))
    minutes, ends = rest_minutes_of(window) if found else 0, dict[int, datetime]()
    for sitting, arrived_at, closes_at, parked in found:
        rest = uploads.rest_until(closes_at, minutes)
        end = kept.undecided_until(arrived_at, closes_at, minutes) if parked else rest
        ends[sitting] = max(end, ends.get(sitting, end))
    return sorted(end for end in ends.values() if end >= at)


def _undecided(texts: QuerySet[Any], window: Window, *, parked: int) -> QuerySet[Any, Any]:
    """The sitting, arrival and deadline of texts that arrived in time in a window and that no script has followed; and
    whether they are `parked`.
    """
    later = Script.objects.filter(
        sitting=OuterRef("sitting"), current=True, received_at__gte=OuterRef("arrived_at")
    )
    there = texts.filter(~Exists(later), sitting__window=window, arrived_at__lte=F("sitting__closes_at"))
    there = there.exclude(sitting__state=SittingState.DEFERRED).exclude(
        sitting__enrolment__withdrawn_at__isnull=False
    )
    rows: QuerySet[Any, Any] = (
        there.order_by()
        .annotate(parked=Value(parked, output_field=IntegerField()))
        .values_list("sitting", "arrived_at", "sitting__closes_at", "parked")
    )
    return rows


def after_deadline(sitting: Sitting) -> list[int]:
    """The announced bytes of each document of a sitting that began after its deadline and is no script. One query."""
    late = not_handed_in().filter(sitting=sitting, first_at__gt=sitting.closes_at)
    return list(late.exclude(state=UploadState.LATE).order_by("pk").values_list("size", flat=True))


def of_deferred(sitting: Sitting) -> list[int]:
    """The announced bytes of each document that came for a sitting after its deferral, or is under way. One query."""
    kept_alone = Q(refusal_code=uploads.OF_DEFERRED) | Q(state=UploadState.BEGUN)
    found = not_handed_in().filter(kept_alone, sitting=sitting)
    return list(found.order_by("pk").values_list("size", flat=True))


def admitted(one: Upload) -> bool:
    """Whether a document that began after the deadline is in time now, since more time was granted."""
    return one.refusal_code == uploads.AFTER_DEADLINE and one.first_at <= one.sitting.closes_at


def under_way_of(user: Any, *, at: datetime) -> Iterable[tuple[int, int]]:
    """The announced and received bytes of each document of a person that is on its way now. One query."""
    begun = Upload.objects.filter(
        state=UploadState.BEGUN, sitting__enrolment__user=user, last_at__gte=at - uploads.UNDER_WAY
    )
    return list(begun.values_list("size", "received").order_by("pk"))


def is_held(script: Script) -> bool:
    """Whether a script, or a file of its evidence, is held back from markers until it is scanned or released. One
    query; none for text without files.
    """
    if script.file_id is None and not script.sitting.window.task:
        return False
    its_own = Q(file=script.file_id) | Q(file__in=script.evidence.values("file"))
    return DocumentCheck.objects.filter(its_own, state__in=HELD).exists()


def held_documents(scripts: QuerySet[Script]) -> frozenset[int]:
    """Which of these scripts came as a document that is held back, whatever their evidence is. One query."""
    checks = DocumentCheck.objects.filter(file=OuterRef("file"), state__in=HELD).order_by()
    return frozenset(scripts.order_by().filter(Exists(checks)).values_list("pk", flat=True))


def checks_for(viewer: Viewer, *, show: str) -> QuerySet[DocumentCheck]:
    """Documents with what is known of their safety, for the office alone: held, or let through by somebody."""
    if not access.may_schedule(viewer):
        raise Http404
    found = DocumentCheck.objects.filter(state=CheckState.RELEASED) if show == "released" else held_ones()
    return found.select_related("file", "released_by").order_by("handed_in_at", "pk")


def held_ones() -> QuerySet[DocumentCheck]:
    """What keeps markers from opening something that was handed in; not what was refused, which they never get."""
    a_script = Exists(Script.objects.filter(file=OuterRef("file")))
    of_evidence = Exists(HandedInFile.objects.filter(file=OuterRef("file")))
    of_known = Exists(
        StoredFile.objects.filter(pk=OuterRef("file"), known_evidence__isnull=False)
    )  # by name: a later package's
    return DocumentCheck.objects.filter(a_script | of_evidence | of_known, state__in=HELD)


def get_check_for(viewer: Viewer, check_id: int) -> DocumentCheck:
    """One document with what is known of its safety, for the office; 404 for everybody else."""
    if not access.may_schedule(viewer):
        raise Http404
    found = DocumentCheck.objects.select_related("file", "released_by").filter(pk=check_id).first()
    if found is None:
        raise Http404
    return found


def left_over(at: datetime) -> Q:
    """What was begun and not handed in by its deadline, whether all of it is here or not. What began after it and is
    all here was refused.
    """
    begun = Q(state__in=UNDECIDED)
    return Q(state=UploadState.LATE) | (begun & Q(sitting__closes_at__lt=at))


def late_ones(viewer: Viewer, *, at: datetime) -> QuerySet[Upload]:
    """Documents that were not handed in by their deadline and are kept, for the office alone, the latest first."""
    return _named(viewer).filter(left_over(at)).order_by("-first_at", "-pk")


def _named(viewer: Viewer) -> QuerySet[Upload]:
    """Documents with whose they are, for the office alone."""
    if not access.may_schedule(viewer):
        raise Http404
    named = ("sitting__enrolment__user", "sitting__window__intake__version__programme")
    return Upload.objects.select_related(*named).defer(
        "sitting__draft", "sitting__window__intake__version__document"
    )


def get_sent_for(viewer: Viewer, ticket: uuid.UUID, *, at: datetime) -> Upload:
    """A document that was refused or came too late, for the office to open; 404 for markers, moderators, one's own and
    everybody else, and for what can still be handed in as it is. One query.
    """
    if not access.may_see_writing(viewer):
        raise Http404
    there = _named(viewer).select_related(
        "file", "let_by", "sitting__enrolment__user", "sitting__window__intake__version"
    )
    found = there.filter(Q(state=UploadState.REFUSED) | left_over(at), ticket=ticket).first()
    if found is None or found.sitting.enrolment.user_id == viewer.user.pk:
        raise Http404
    return found


def check_of(one: Upload) -> DocumentCheck | None:
    """What is known of the safety of a document; None if nothing is. One query."""
    if one.file_id is None:
        return None
    return DocumentCheck.objects.select_related("released_by").filter(file=one.file_id).first()


def refused_ones(viewer: Viewer) -> QuerySet[Upload]:
    """Documents that were refused and are kept, for the office alone, the latest first."""
    return _named(viewer).filter(state=UploadState.REFUSED).order_by("-refused_at", "-pk")


def not_handed_in() -> QuerySet[Upload]:
    """Everything that was sent and is no script: under way, looked at, too late, refused."""
    return Upload.objects.exclude(state=UploadState.HANDED_IN)


def beyond(most: int) -> list[Upload]:
    """Of each sitting what is older than its `most` latest documents that can go: not handed in, and not too late."""
    can_go = not_handed_in().exclude(state=UploadState.LATE)
    order = Rank(RowNumber(), partition_by=F("sitting"), order_by=[F("last_at").desc(), F("pk").desc()])
    return list(can_go.annotate(place=order).filter(place__gt=most).select_related("sitting").order_by("pk"))


def set_apart(found: Iterable[Upload]) -> set[int]:
    """The numbers of the files among these in which malware was found. One query, and none without a file."""
    wanted = {one.file_id for one in found if one.file_id is not None}
    if not wanted:
        return set()
    infected = DocumentCheck.objects.filter(file__in=wanted, state=CheckState.FOUND).order_by("pk")
    return set(infected.values_list("file", flat=True))


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
