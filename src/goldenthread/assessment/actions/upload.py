"""A document: looked at once, and kept with what was found in it until its form is sent or a day has passed."""

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404

from goldenthread.assessment import rules, words
from goldenthread.assessment.actions.release import check_released
from goldenthread.assessment.actions.response import Response, check_takes_scripts, check_unsigned
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.project_queries import has_passed
from goldenthread.assessment.queries import terms_of
from goldenthread.assessment.rules import hand_in_days, projects
from goldenthread.assessment.rules.policies import counting_in
from goldenthread.assessment.words import Reading, WordCount
from goldenthread.common import files, limits, outage
from goldenthread.common.containers import one_meter
from goldenthread.common.limits import Limit
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused

LOOKS = Limit("look at a document", 30, timedelta(hours=1))
BEGUN = Limit("begin a document in pieces", 60, timedelta(hours=1))
READING = "reading"  # the kind of the stored file that keeps what was found in another one


def check_may_hand_in(sitting: Sitting, *, at: datetime) -> None:
    """Whether this sitting takes anything at all now, which is asked before a document is touched.

    `at` is the instant that counts for the document. Refuses before and after the window, behind the entry gate, for a
    project task that is passed and once results are released; `Http404` on an enrolment that was withdrawn.
    """
    if sitting.enrolment.withdrawn_at is not None:
        raise Http404
    check_takes_scripts(sitting.window)
    if sitting.window.task:
        projects.check_not_passed(passed=has_passed(sitting.enrolment, sitting.window.task))
        hand_in_days.check_in_days(sitting.opens_at, sitting.closes_at, zone=sitting.zone, at=at)
        return
    if at > sitting.closes_at:
        raise Refused(
            f"The window closed at {rules.deadline_text(sitting.closes_at, sitting.zone)}. This document was not "
            "handed in. Write to the programme office today and tell them what happened.",
            code="window.closed",
        )
    rules.check_open(terms_of(sitting), at)
    check_released(sitting, at=at)


def prepare_upload(
    *,
    sitting: Sitting,
    file: BinaryIO,
    name: str,
    size_limit: int,
    at: datetime,
    first_at: datetime | None = None,
) -> Response:
    """Look at a document, as `look_at`, and keep it with what was found."""
    check_may_hand_in(sitting, at=first_at or at)
    check_pace(LOOKS, sitting, at=at)
    return keep(
        look_at(sitting=sitting, file=file, name=name, size_limit=size_limit, at=at, first_at=first_at)
    )


def look_at(
    *,
    sitting: Sitting,
    file: BinaryIO,
    name: str,
    size_limit: int,
    at: datetime,
    first_at: datetime | None = None,
    for_later: bool = True,
) -> Response:
    """Check what a document is, read and count it, and put its bytes and what was found into storage, for `keep`.

    Not `for_later`, what was found is in the response alone: it is going to be handed in at once.

    `first_at` is the instant that counts for it, if that isn't `at`: when its first byte arrived. The account of a
    project is not measured against its task before it is handed in, since that asks for more than a text.
    The caller has asked whether anything is taken now (`check_may_hand_in`) and counted the look (`check_pace`).
    Refuses
    what could not be handed in; a code that begins "file." says that it can't be read safely. Nothing refused is kept,
    and an earlier script stays as it is. Everything that is read counts against one meter.
    """
    counted = first_at or at
    with one_meter():
        kind, found = words.check_and_read(file, name=name, size_limit=size_limit, most=rules.DRAFT_LIMIT)
    seen = _response(sitting, found, name)
    if not sitting.window.task:
        check_unsigned(sitting=sitting, response=seen, at=counted)
    with outage.told():
        stored = files.put(file, kind=str(kind), at=at, size_limit=size_limit)
        return _kept(seen, stored, _put_reading(stored, found, at=at) if for_later else None)


@transaction.atomic(savepoint=False)
def keep(looked: Response) -> Response:
    """Write the rows of a document that was looked at and of what was found in it; refuses while that is down."""
    if looked.file is None:
        raise ValueError("only a document is kept")
    with outage.told():
        found = files.row(looked.reading_file) if looked.reading_file else None
        return _kept(looked, files.row(looked.file), found)


def prepare_kept(
    stored: StoredFile | None,
    found_then: StoredFile | None,
    *,
    sitting: Sitting,
    name: str,
    size_limit: int,
    at: datetime,
    first_at: datetime | None = None,
) -> Response:
    """A document that was looked at before, made ready to hand in from what was found then.

    `stored` and `found_then` are the rows of both, which the caller holds (`files.hold`, `files.keep_on`), or None. The
    document is read again only where what was found is gone or was counted by another rule. Refuses a document that is
    not kept any more.
    """
    if stored is None or not default_storage.exists(stored.path):
        raise Refused("We don't have this document any more: choose it again.", code="upload.gone")
    found = _found_in(found_then, stored)
    if found_then is not None and found is not None:
        return _kept(_response(sitting, found, name), stored, found_then)
    with default_storage.open(stored.path, "rb") as kept:
        file = cast(BinaryIO, kept)
        return prepare_upload(
            sitting=sitting, file=file, name=name, size_limit=size_limit, at=at, first_at=first_at
        )


def check_pace(limit: Limit, sitting: Sitting, *, at: datetime) -> None:
    """Count one document more for a sitting; refuses more than `limit` allows, and says from when on."""
    refuse_pace(limit, count_pace(limit, sitting, at=at), at=at)


def count_pace(limit: Limit, sitting: Sitting, *, at: datetime) -> datetime | None:
    """Count one document more for a sitting; None if `limit` allows it, else from when on it does again."""
    return limits.take(limit, _who(sitting), at=at)


def ask_pace(limit: Limit, sitting: Sitting, *, at: datetime) -> datetime | None:
    """As `count_pace`, before the document is read: `count_asked` counts it with what is written of it."""
    return limits.used_up(limit, _who(sitting), at=at)


def count_asked(limit: Limit, sitting: Sitting, *, at: datetime) -> None:
    """Count the document for which `ask_pace` was asked, in the caller's transaction if there is one."""
    limits.add(limit, _who(sitting), at=at)


def _who(sitting: Sitting) -> str:
    return f"sitting {sitting.pk}"


def refuse_pace(limit: Limit, again_at: datetime | None, *, at: datetime) -> None:
    """Refuse what `count_pace` didn't allow."""
    if again_at:
        minutes = max(1, -int((at - again_at).total_seconds() // 60))
        raise Refused(
            f"That were {limit.times} documents within an hour. What you have handed in still counts. Try again in "
            f"{minutes} minute{'' if minutes == 1 else 's'}, or write in the editor, which takes text at any time.",
            code="upload.too_often",
            field="upload",
        )


def _response(sitting: Sitting, found: Reading, name: str) -> Response:
    """A document that was read and is not kept yet."""
    parts = terms_of(sitting).parts
    texts = rules.part_texts(found.text, parts) if parts else {"": found.text}
    count = found.count.leaving_out(counting_in(sitting.window.policies).not_counted)
    return Response(found.text, texts, count, "", file_name=name[-255:], notes=found.notes)


def _kept(response: Response, stored: StoredFile, reading: StoredFile | None) -> Response:
    known = reading.sha256 if reading else ""
    return replace(response, sha256=stored.sha256, file=stored, reading=known, reading_file=reading)


def _put_reading(stored: StoredFile, found: Reading, *, at: datetime) -> StoredFile:
    """Put what was found in a document into storage, as a file of its own."""
    count = found.count
    content: dict[str, Any] = {
        "sha256": stored.sha256,
        "kind": stored.kind,
        "rule": count.rule,
        "reading": words.READING,
        "text": found.text,
        "total": count.total,
        "parts": dict(count.parts),
        "excluded": dict(count.excluded),
        "notes": found.notes,
    }
    data = json.dumps(content).encode()
    return files.put(io.BytesIO(data), kind=READING, at=at, size_limit=len(data))


def _found_in(kept: StoredFile | None, stored: StoredFile) -> Reading | None:
    """What was found in this document, by the rule that holds now; None when it must be read again."""
    if kept is None or kept.kind != READING or not default_storage.exists(kept.path):
        return None
    content = json.loads(files.read(kept))
    known = (content["sha256"], content["kind"], content["rule"], content.get("reading"))
    if known != (stored.sha256, stored.kind, words.RULE, words.READING):
        return None
    count = WordCount(content["total"], content["parts"], content["rule"], content["excluded"])
    return Reading(content["text"], count, tuple(content.get("notes", ())))
