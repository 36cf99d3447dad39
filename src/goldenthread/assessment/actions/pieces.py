"""A document on its way in: announced with its first bytes, received piece by piece, looked at when all is there.

The protocol is our own and small (docs/rules/uploads.md says why): `begin` takes name, size and checksum together with
the first piece, so that the first byte and what the whole will be arrive at one instant; `add_piece` goes on where the
last one ended; `finish` puts the pieces together and looks at the document as the plain form does. Everything is in
database and file storage, so that any process can go on with it.
"""

import hashlib
import io
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.http import Http404

from goldenthread.assessment import access, queries, rules, upload_queries
from goldenthread.assessment.actions import safety
from goldenthread.assessment.actions.response import Response, check_takes_scripts
from goldenthread.assessment.actions.upload import (
    BEGUN,
    LOOKS,
    check_may_hand_in,
    check_pace,
    count_pace,
    keep,
    look_at,
    prepare_kept,
    refuse_pace,
)
from goldenthread.assessment.models import Sitting, SittingState
from goldenthread.assessment.rules import steps, uploads
from goldenthread.assessment.upload_models import Upload, UploadPiece, UploadState
from goldenthread.common import audit, files, outage
from goldenthread.common.prepared import PreparedInsert, as_kept, ask, tell
from goldenthread.common.refused import Refused
from goldenthread.people.models import User

IN_MEMORY = 1024 * 1024
# By hand, as the hand-in's: in the last hour before a deadline every document takes these.
_ARRIVALS = PreparedInsert(Upload, ignore_conflicts=True)
_COMPLETE = (
    "UPDATE goldenthread_upload SET state = 'complete', file_id = %s, reading_id = %s, received = size, last_at = %s, "
    "refused_at = NULL, refusal_code = '', refusal = '', all_at = COALESCE(all_at, %s) "
    "WHERE id = %s AND state <> 'handed_in' RETURNING id"
)
_WITHOUT_PIECES = "DELETE FROM goldenthread_uploadpiece WHERE upload_id = %s"


def begin(
    *,
    sitting: Sitting,
    name: str,
    size: int,
    sha256: str,
    piece: bytes,
    piece_sha256: str,
    size_limit: int,
    by: Any,
    at: datetime,
) -> Upload:
    """Take a document's name, size in bytes and checksum with its first piece; the same document again goes on.

    `at` is when the first byte arrived: it is kept before the piece is, so that a storage that is down makes nobody
    late. After the deadline, or a deferral, it is taken to be kept alone (`announced`). Refuses what
    `uploads.check_announced` and `check_quota` refuse, a damaged piece, and before the window.
    """
    if not access.sits(by, sitting):
        raise Http404
    name = uploads.clean_name(name)
    uploads.check_announced(size, sha256, limit=size_limit)
    _check_whole(piece, piece_sha256)
    upload = announced(sitting, name=name, size=size, sha256=sha256, size_limit=size_limit, by=by, at=at)
    if upload.state != UploadState.BEGUN or upload.received:
        return upload
    return add_piece(upload=upload, offset=0, piece=piece, piece_sha256=piece_sha256, at=at)


@transaction.atomic
def announced(
    sitting: Sitting, *, name: str, size: int, sha256: str, size_limit: int, by: Any, at: datetime
) -> Upload:
    """The row of a document that begins to arrive; the one that is there, if it did before.

    One that begins after the deadline gets a row where it would have been taken at the deadline, and one of a deferred
    sitting where its person had been let in: it never counts by itself, and once all of it is here it is kept as
    refused. Refuses what the others of a person or sitting leave no room for.
    """
    User.objects.select_for_update().only("pk").get(pk=by.pk)  # two tabs don't pass the quota together
    known = upload_queries.on_its_way(sitting, sha256)
    if known is not None:
        if known.size != size:
            raise Refused(
                "This document was announced with another size: choose it again.", code="upload.size"
            )
        return known
    if sitting.state == SittingState.DEFERRED:
        check_takes_scripts(sitting.window)
        rules.check_case_access(sitting.opens_at, at, sitting.zone)
        rules.check_not_deferred(sitting.released_at is None)  # whoever was never let in has nothing to send
        there = upload_queries.of_deferred(sitting)
        uploads.check_room_after(len(there), sum(there), size, limit=size_limit, after="the deferral")
    else:
        check_may_hand_in(sitting, at=min(at, sitting.closes_at))
        if at > sitting.closes_at:
            there = upload_queries.after_deadline(sitting)
            uploads.check_room_after(len(there), sum(there), size, limit=size_limit)
    check_pace(BEGUN, sitting, at=at)
    under_way = list(upload_queries.under_way_of(by, at=at))
    uploads.check_quota(len(under_way), sum(announced for announced, _ in under_way), size, limit=size_limit)
    made = Upload.objects.create(
        sitting=sitting, name=name, size=size, sha256=sha256, first_at=at, last_at=at
    )
    audit.record("upload.begun", sitting, by=by, at=at, upload=made.pk, sha256=sha256, size=size)
    return made


def add_piece(*, upload: Upload, offset: int, piece: bytes, piece_sha256: str, at: datetime) -> Upload:
    """Keep the bytes from `offset` on, durably; a piece that is there already is taken as such, however often it comes.

    Refuses a damaged piece, one that doesn't go on where the last ended, and more than was announced.
    """
    _check_whole(piece, piece_sha256)
    if _is_there(upload, offset, piece):
        return upload
    uploads.check_piece(offset, len(piece), received=upload.received, size=upload.size)
    with outage.told():
        stored = files.store(io.BytesIO(piece), kind=files.PIECE, at=at, size_limit=len(piece))
        with transaction.atomic():
            held = Upload.objects.select_for_update().get(pk=upload.pk)
            held.sitting = upload.sitting
            if _is_there(held, offset, piece):
                return held
            uploads.check_piece(offset, len(piece), received=held.received, size=held.size)
            UploadPiece.objects.create(upload=held, offset=offset, file=stored)
            held.received, held.last_at = held.received + len(piece), at
            held.save(update_fields=["received", "last_at"])
    return held


def _is_there(upload: Upload, offset: int, piece: bytes) -> bool:
    return upload.state != UploadState.BEGUN or (
        bool(piece) and offset >= 0 and offset + len(piece) <= upload.received
    )


def _check_whole(piece: bytes, sha256: str) -> None:
    if hashlib.sha256(piece).hexdigest() != sha256:
        raise Refused("This piece was damaged on its way: send it again.", code="piece.checksum")


def finish(*, upload: Upload, size_limit: int, at: datetime) -> Upload:
    """Put a document together, look at it and keep it, once all of it is here. Twice is harmless.

    One that was refused is looked at anew: more words may have been granted since.
    """
    if not upload.to_look_at:
        return upload
    return keep_looked(upload, look_at_whole(upload=upload, size_limit=size_limit, at=at), at=at)[0]


def look_at_whole(*, upload: Upload, size_limit: int, at: datetime, for_later: bool = True) -> Response:
    """Put a document together and look at it, for `keep_looked`. Not `for_later`, it is going to be handed in at once.

    Refuses one that is not all here, and what `look_at_upload` refuses.
    """
    if upload.received < upload.size:
        raise Refused(
            f"{upload.received:,} of {upload.size:,} bytes are here: choose the document again to go on.",
            code="upload.incomplete",
        )
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as whole:
        with outage.told():
            digest = hashlib.sha256()
            held = [one.file for one in upload.pieces.select_related("file").order_by("offset")]
            for part in held if upload.file is None else [upload.file]:
                data = files.read(part)
                digest.update(data)
                whole.write(data)
        if digest.hexdigest() != upload.sha256:
            forget(upload)
            raise _changed()
        whole.seek(0)
        again_at = count_pace(LOOKS, upload.sitting, at=at)
        return look_at_upload(
            upload,
            cast(BinaryIO, whole),
            size_limit=size_limit,
            again_at=again_at,
            at=at,
            for_later=for_later,
        )


def look_at_upload(
    upload: Upload,
    file: BinaryIO,
    *,
    size_limit: int,
    again_at: datetime | None,
    at: datetime,
    for_later: bool,
) -> Response:
    """Look at a document that is all there, for `keep_looked`; `again_at` says from when on, if too often.

    Refuses what can't be handed in: the document is kept all the same, with why, for its owner and the office. Only
    one that is another than was announced is forgotten.
    """
    sitting, counted = upload.sitting, upload_queries.counts_from(upload, at=at)
    try:
        if sitting.state == SittingState.DEFERRED:
            raise uploads.of_deferred()
        if _began_after(upload):
            raise _after_deadline(upload)
        if counted > sitting.closes_at:
            raise _too_late(sitting)
        check_may_hand_in(sitting, at=counted)
        uploads.check_harmless(infected=bool(upload_queries.set_apart([upload])))
        refuse_pace(LOOKS, again_at, at=at)
        found = look_at(
            sitting=sitting, file=file, name=upload.name, size_limit=size_limit, at=at, first_at=counted,
            for_later=for_later,
        )  # fmt: skip
        if found.sha256 != upload.sha256:
            raise _changed()
    except outage.Outage:
        raise  # the arrival stays on record, and the pieces that came
    except Refused as refusal:
        if refusal.code == "window.closed":
            _keep_late(upload, file, size_limit=size_limit, at=at)
        elif refusal.code == "upload.changed":
            forget(upload)
        elif refusal.code != "upload.too_often":
            _keep_refused(upload, file, refusal, size_limit=size_limit, at=at)
        raise
    return replace(found, first_at=counted, upload=upload.pk)


def _changed() -> Refused:
    return Refused(
        "What arrived is not the document that was announced: was it changed meanwhile? Choose it again.",
        code="upload.changed",
        field="file",
    )


def keep_looked(upload: Upload, found: Response, *, at: datetime) -> tuple[Upload, Response]:
    """Keep a document that was looked at: what is in storage gets its rows, and they are referred to, at once.

    One that came with one form gets its own row only now.
    """
    with transaction.atomic(savepoint=False):
        found = keep(found)
        looked = _complete(upload, file=found.file, reading=found.reading_file, at=at)
    return looked, replace(found, upload=looked.pk)


def _complete(upload: Upload, *, file: Any, reading: Any, at: datetime) -> Upload:
    """A document that was looked at and can be handed in; one that was handed in meanwhile stays as it is."""
    if upload.pk is None:
        whole = {"state": UploadState.COMPLETE, "file": file, "reading": reading, "all_at": at}
        if add_arrived(upload, **whole):
            return upload
        upload = arrived(upload)
    done = ask(_COMPLETE, [file.pk, reading and reading.pk, as_kept(at), as_kept(at), upload.pk])
    changed = done.fetchone() is not None
    done.close()
    if not changed:
        return upload_queries.upload_of(upload.sitting, upload.ticket) or upload
    forget_pieces(upload)
    upload.state, upload.file, upload.reading = UploadState.COMPLETE, file, reading
    upload.refused_at, upload.refusal_code, upload.refusal = None, "", ""
    upload.received, upload.last_at, upload.all_at = upload.size, at, upload.all_at or at
    return upload


def forget_pieces(upload: Upload) -> None:
    """The pieces of a document that is kept as a whole."""
    tell(_WITHOUT_PIECES, [upload.pk])


def arrived(upload: Upload) -> Upload:
    """The row of a document, which gets one if it has none; if another tab was quicker, theirs."""
    if upload.pk or add_arrived(upload):
        return upload
    theirs = upload_queries.on_its_way(upload.sitting, upload.sha256)
    if theirs is None:  # and was handed in meanwhile
        upload.save()
    return theirs or upload


def add_arrived(upload: Upload, **known: Any) -> bool:
    """Write the row of a document that arrived as a whole with what is `known` of it; False if there is one already.

    A `file` says that all of it is kept.
    """
    row = Upload(
        sitting=upload.sitting, name=upload.name, size=upload.size, sha256=upload.sha256,
        first_at=upload.first_at, last_at=upload.last_at, received=upload.size if "file" in known else 0, **known,
    )  # fmt: skip
    _ARRIVALS.add(row)
    if row.pk:
        vars(upload).update(vars(row))
    return bool(row.pk)


def _too_late(sitting: Sitting) -> Refused:
    return uploads.too_late(
        rules.deadline_text(sitting.closes_at, sitting.zone), upload_queries.rest_until(sitting), sitting.zone
    )


def _began_after(upload: Upload) -> bool:
    """Whether a document that is on record was begun after the deadline. One without a row began with its form."""
    on_record = upload.pk is not None and upload.to_look_at
    return on_record and upload.first_at > upload.sitting.closes_at


def _after_deadline(upload: Upload) -> Refused:
    sitting = upload.sitting
    closed = rules.deadline_text(sitting.closes_at, sitting.zone)
    what = "Handing in" if sitting.window.task else "The window"
    return uploads.after_deadline(what, closed, upload.first_at, sitting.zone)


def _keep_late(upload: Upload, file: BinaryIO, *, size_limit: int, at: datetime) -> None:
    with outage.told():
        stored = files.store(file, kind=files.PIECE, at=at, size_limit=size_limit)
    _is_late(upload, file=stored, reading=None, at=at)


@transaction.atomic
def _is_late(upload: Upload, *, file: Any, reading: Any, at: datetime) -> None:
    """A document that is all there and came too late: kept, and on record once; one that was handed in stays so."""
    upload = arrived(upload)
    held = Upload.objects.select_for_update().get(pk=upload.pk)
    if held.state in (UploadState.HANDED_IN, UploadState.REFUSED):  # a refused one keeps saying why
        return
    if held.state != UploadState.LATE:
        audit.record("upload.late", upload.sitting, by=None, at=at, upload=held.pk, sha256=held.sha256)
    held.state, held.file, held.reading, held.received = UploadState.LATE, file, reading, held.size
    held.last_at, held.all_at = at, held.all_at or at
    held.save()
    held.pieces.all().delete()
    safety.set_apart(file, at=at)


def _keep_refused(upload: Upload, file: BinaryIO, refusal: Refused, *, size_limit: int, at: datetime) -> None:
    """Keep a document as it came although it can't be handed in; while storage is down, what it says goes first."""
    with suppress(outage.Outage), outage.told():
        stored = files.store(file, kind=files.PIECE, at=at, size_limit=size_limit)
        _is_refused(upload, file=stored, refusal=refusal, at=at)


@transaction.atomic
def _is_refused(upload: Upload, *, file: Any, refusal: Refused, at: datetime) -> None:
    """Refused once more, a document says the latest reason; one that was handed in stays so."""
    upload = arrived(upload)
    held = Upload.objects.select_for_update().get(pk=upload.pk)
    if held.state == UploadState.HANDED_IN:
        return
    held.state, held.file, held.reading, held.received = UploadState.REFUSED, file, None, held.size
    held.refused_at, held.refusal_code, held.refusal = at, refusal.code, refusal.message
    held.last_at, held.all_at = at, held.all_at or at
    held.save()
    held.pieces.all().delete()
    safety.set_apart(file, at=at)
    audit.record(
        "upload.refused", upload.sitting, by=None, at=at, upload=held.pk, sha256=held.sha256, why=refusal.code
    )


def ready(*, upload: Upload, size_limit: int, at: datetime) -> Response:
    """A document that was looked at, made ready to hand in, with the instant that counts for it.

    Refuses, and keeps, one whose rest or button came later than the bound after the deadline; and one that was
    refused, with what was said then, until it is looked at again. One that began after a deadline that was moved since
    is looked at now.
    """
    if upload.state == UploadState.REFUSED and upload_queries.admitted(upload):
        upload = finish(upload=upload, size_limit=size_limit, at=at)
    if upload.state == UploadState.REFUSED:
        raise Refused(upload.refusal, code=upload.refusal_code, field="file")
    if upload.file is None:
        raise Refused(
            "This document is not all here yet: choose it again to go on.", code="upload.incomplete"
        )
    counted = upload_queries.counts_from(upload, at=at)
    if counted > upload.sitting.closes_at and upload.state != UploadState.HANDED_IN:
        if upload.state == UploadState.COMPLETE:
            _is_late(upload, file=upload.file, reading=upload.reading, at=at)
        raise _too_late(upload.sitting)
    with outage.told():
        stored = files.keep_on(upload.file, at=at)
        found_then = files.keep_on(upload.reading, at=at) if upload.reading else None
        found = prepare_kept(
            stored, found_then, sitting=upload.sitting, name=upload.name, size_limit=size_limit, at=at,
            first_at=counted,
        )  # fmt: skip
    return replace(found, first_at=counted, upload=upload.pk)


@transaction.atomic
def forget(upload: Upload) -> None:
    """Take a document off the list; its bytes go when nothing refers to them. What was handed in stays."""
    held = Upload.objects.select_for_update().filter(pk=upload.pk).first()
    if held is not None and held.state != UploadState.HANDED_IN:
        held.delete()


def discard(*, upload: Upload, by: Any, at: datetime) -> None:
    """Remove a document that somebody sent and doesn't want to hand in; one that came too late stays."""
    if not access.sits(by, upload.sitting):
        raise Http404
    if upload.state == UploadState.LATE:
        raise Refused(
            "This document came too late and is kept for the programme office to look at.", code="upload.late"
        )
    if upload.state != UploadState.HANDED_IN:
        audit.record("upload.discarded", upload.sitting, by=by, at=at, upload=upload.pk)
        forget(upload)


def remove_beyond(*, at: datetime) -> int:
    """Of each sitting keep the latest documents that were not handed in (`uploads.MOST_KEPT`); returns how many went.

    So nobody fills the disk. What came too late always stays, and all of them until `remove_left`.
    """
    found = upload_queries.beyond(uploads.MOST_KEPT)
    for one in found:
        audit.record("upload.removed", one.sitting, by=None, at=at, upload=one.pk, sha256=one.sha256)
        forget(one)
    return len(found)


@transaction.atomic
def remove_left(*, sitting: Sitting, settled_at: datetime | None, days: int, at: datetime) -> int:
    """Remove what was not handed in for a sitting once all that may need it is over; gives how many documents.

    `settled_at` and `days` as for the steps of writing (`rules.steps.may_go`). Twice is harmless.
    """
    queries.hold(sitting, deferred=True)
    if not steps.may_go(settled_at=settled_at, days=days, at=at):
        return 0
    left = list(upload_queries.not_handed_in().filter(sitting=sitting).order_by("pk"))
    for one in left:
        audit.record("upload.removed", sitting, by=None, at=at, upload=one.pk, sha256=one.sha256)
        one.delete()
    return len(left)
