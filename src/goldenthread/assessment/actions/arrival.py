"""A document that comes whole with one form: looked at first, and on record with what is written of it then.

Nothing of it is written before it was read, which spares every document of the last hour a transaction. What fails
meanwhile for a fault of ours leaves the arrival on record all the same: sent again, the document counts from its first.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.db import DatabaseError, transaction
from django.http import Http404

from goldenthread.assessment import access, rules, upload_queries
from goldenthread.assessment.actions import pieces
from goldenthread.assessment.actions.response import Response
from goldenthread.assessment.actions.upload import LOOKS, ask_pace, check_may_hand_in, count_asked
from goldenthread.assessment.models import Sitting, SittingState
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.upload_models import Upload
from goldenthread.common import files, outage
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Sent:
    """A document that came with one form: for which sitting, its name as it was sent, and how many bytes are the most.
    `head_at` is when the head of its request arrived, `at` the instant that counts for a text. `steady` says that it
    kept coming meanwhile: then it counts from its first byte, as one in pieces.
    """

    sitting: Sitting
    file: BinaryIO
    name: str
    size_limit: int
    at: datetime
    head_at: datetime
    steady: bool = False


def look_at_document(sent: Sent, *, by: Any) -> tuple[Upload, Response]:
    """Look at a document, as `look_at_arrived`, and keep it; with what was found."""
    upload, found = look_at_arrived(sent, by=by)
    with on_record(upload, at=sent.at), transaction.atomic():
        count_asked(LOOKS, sent.sitting, at=sent.at)
        return pieces.keep_looked(upload, found, at=sent.at)


def look_at_arrived(
    sent: Sent, *, by: Any, for_later: bool = True, known_as: tuple[str, int] | None = None
) -> tuple[Upload, Response]:
    """Look at a document, for a transaction that keeps it and counts the look (`count_asked`).

    What is given has a row only if it was on its way before. Not `for_later`, it is going to be handed in at once.
    `known_as` is what `measured` gave before. One that began in time and took longer than the rest may, or stopped
    coming meanwhile, is kept as one that came too late; one that began after the deadline, and one of a deferred
    sitting, is kept as refused. What is refused is counted here.
    """
    sitting, at = sent.sitting, sent.at
    if not access.sits(by, sitting):
        raise Http404
    first = sent.head_at if sent.steady else at
    name, (sha256, size) = uploads.clean_name(sent.name), known_as or measured(sent.file)
    upload = upload_queries.on_its_way(sitting, sha256)
    began_in_time = sent.head_at <= sitting.closes_at < at
    if upload is None and (sent.head_at > sitting.closes_at or sitting.state == SittingState.DEFERRED):
        uploads.check_announced(size, sha256, limit=sent.size_limit)
        upload = pieces.announced(
            sitting, name=name, size=size, sha256=sha256, size_limit=sent.size_limit, by=by, at=first
        )
    elif upload is None:
        check_may_hand_in(sitting, at=sitting.closes_at if began_in_time else at)
        uploads.check_announced(size, sha256, limit=sent.size_limit)
        upload = Upload(sitting=sitting, name=name, size=size, sha256=sha256, first_at=first, last_at=at)
    again_at = ask_pace(LOOKS, sitting, at=at)
    try:
        with on_record(upload, at=at):
            found = pieces.look_at_upload(
                upload, sent.file, size_limit=sent.size_limit, again_at=again_at, at=at, for_later=for_later
            )
    except outage.Outage:
        raise
    except Refused as refusal:
        if refusal.code == "upload.too_often":
            pieces.arrived(upload)
        else:
            count_asked(LOOKS, sitting, at=at)
        if began_in_time and refusal.code == "window.closed" and upload.first_at > sitting.closes_at:
            closed = rules.deadline_text(sitting.closes_at, sitting.zone)
            raise uploads.stopped_coming(closed, upload.first_at, sitting.zone) from refusal
        raise
    return upload, found


@contextmanager
def on_record(upload: Upload, *, at: datetime) -> Iterator[None]:
    """Whatever fails inside for a fault of ours leaves the arrival on record, and the look counted, if that can be."""
    as_it_came = dict(vars(upload))
    try:
        yield
    except Exception as fault:
        if not isinstance(fault, Refused) or isinstance(fault, outage.Outage):
            vars(upload).update(as_it_came)  # a row that was given inside is lost
            with suppress(DatabaseError), transaction.atomic():
                pieces.arrived(upload)
                count_asked(LOOKS, upload.sitting, at=at)
        raise


def measured(file: BinaryIO) -> tuple[str, int]:
    """The SHA-256 and the bytes of a document, which is left at its beginning."""
    digest, size = hashlib.sha256(), 0
    for piece in files.chunks(file):
        size += len(piece)
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest(), size
