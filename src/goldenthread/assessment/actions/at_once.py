"""A document that is handed in without a look: kept and handed in by one transaction, as its form declares."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.actions import arrival, pieces
from goldenthread.assessment.actions.response import Response
from goldenthread.assessment.actions.submit import check_may_submit, record, submit_script
from goldenthread.assessment.actions.upload import LOOKS, count_asked, keep
from goldenthread.assessment.models import Script
from goldenthread.assessment.rules.policies import NOTHING_SAID, AiSaid
from goldenthread.assessment.upload_models import Upload, UploadState
from goldenthread.common import outage
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Declared:
    """What a form declares that hands a document in: its own key, whose own work it is, what is said about AI, who
    sends it, and which script its page showed as what counts (`submit_script`).
    """

    key: str
    own_work: bool
    by: Any
    ai: AiSaid = NOTHING_SAID
    replacing: int | None = None


@dataclass(frozen=True)
class NotYet:
    """A document that could be handed in but for what `refusal` says: kept as one that was looked at."""

    upload: Upload
    response: Response
    refusal: Refused


def hand_in_form(sent: arrival.Sent, *, known_as: tuple[str, int], declared: Declared) -> Script | NotYet:
    """Hand in a document that came with one form: `arrival.look_at_arrived`, and then `submit_script`.

    `known_as` is what `arrival.measured` gave. Refuses what looking at it refuses; what lacks only the declaration is
    kept, and why is given.
    """
    upload, found = arrival.look_at_arrived(sent, by=declared.by, for_later=False, known_as=known_as)
    with arrival.on_record(upload, at=sent.at):
        return _hand_in(upload, found, declared, at=sent.at, counted=False)


def hand_in_whole(*, upload: Upload, size_limit: int, declared: Declared, at: datetime) -> Script:
    """Hand in a document of which all pieces are here; one that was looked at before too. Twice gives the same script.

    Refuses what looking at it refuses; what lacks only the declaration is refused too, and kept.
    """
    if upload.script:
        return upload.script
    if not upload.to_look_at:
        ready = pieces.ready(upload=upload, size_limit=size_limit, at=at)
        return submit_script(
            sitting=upload.sitting, response=ready, key=declared.key, own_work=declared.own_work, ai=declared.ai,
            replacing=declared.replacing, by=declared.by, at=at,
        )  # fmt: skip
    found = pieces.look_at_whole(upload=upload, size_limit=size_limit, at=at, for_later=False)
    done = _hand_in(upload, found, declared, at=at)
    if isinstance(done, NotYet):
        raise done.refusal
    return done


def _hand_in(
    upload: Upload,
    found: Response,
    declared: Declared,
    *,
    at: datetime,
    counted: bool = True,
) -> Script | NotYet:
    """By one transaction, since its bytes are in storage by now; where that is refused, by another that keeps it.

    Either counts the look, if it isn't `counted` yet.
    """
    try:
        check_may_submit(upload.sitting, by=declared.by, at=at)
        with transaction.atomic():
            if not counted:
                count_asked(LOOKS, upload.sitting, at=at)
            kept = keep(found)
            script = record(
                upload.sitting, kept, key=declared.key, own_work=declared.own_work, ai=declared.ai,
                replacing=declared.replacing, by=declared.by, at=at,
            )  # fmt: skip
            if upload.pk:
                pieces.forget_pieces(upload)
            else:  # nothing for a form that comes twice
                whole = {"state": UploadState.HANDED_IN, "file": kept.file, "script": script, "all_at": at}
                pieces.add_arrived(upload, **whole)
        return script
    except outage.Outage:
        raise  # the arrival stays on record
    except Refused as refusal:
        with transaction.atomic():
            if not counted:
                count_asked(LOOKS, upload.sitting, at=at)
            looked, response = pieces.keep_looked(upload, found, at=at)
        return NotYet(looked, response, refusal)
