"""A text that could not become draft or script when it arrived: kept with its arrival, and handed in as it came."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.assessment import access, kept_queries, queries
from goldenthread.assessment.actions.draft import clean, save_draft, stale
from goldenthread.assessment.actions.response import prepare_text
from goldenthread.assessment.actions.submit import check_may_submit, record
from goldenthread.assessment.models import Script, Sitting, SittingState
from goldenthread.assessment.rules import kept as rules
from goldenthread.assessment.rules.policies import NOTHING_SAID, AiSaid
from goldenthread.assessment.rules.steps import How
from goldenthread.assessment.writing_models import KeptText, ParkedText, Why
from goldenthread.common import audit
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Taken:
    """What became of a text that waited: why it is not the draft (`refusal`), and where it is kept beside it."""

    refusal: Refused | None = None
    beside: KeptText | None = None


@transaction.atomic
def note_parked(*, sitting: Sitting, owner: str, at: datetime) -> None:
    """Note that a text arrived at `at` to be handed in and waits for `owner`, as its form says, to sign in again.

    Only what arrived in time from whose sitting it is can become a script, so nothing else is noted. Twice is harmless.
    """
    locked = queries.hold(sitting, deferred=True)
    late_or_deferred = at > locked.closes_at or locked.state == SittingState.DEFERRED
    if late_or_deferred or at < locked.opens_at or owner != str(sitting.enrolment.user_id):
        return
    _, new = ParkedText.objects.update_or_create(sitting=locked, defaults={"arrived_at": at})
    if new:
        audit.record("text.parked", locked, by="visitor", at=at)


@transaction.atomic
def keep_arrived(
    *,
    sitting: Sitting,
    texts: Mapping[str, str],
    revision: int | None,
    handing_in: bool,
    by: Any,
    at: datetime,
) -> Taken:
    """Make a text that arrived at `at`, while its writer was signed out, the draft with that arrival.

    Where another text has been saved since, or it can't be a draft, it is kept beside the draft. One that was sent to
    be handed in and declared own work (`handing_in`) is kept as well: `hand_in_kept` takes it as it came. Twice is
    harmless. Refuses when no more can be kept; then nothing is.
    """
    if not access.sits(by, sitting):
        raise Http404
    texts = clean(texts)
    ParkedText.objects.filter(sitting=sitting, arrived_at__lte=at).delete()
    waits = _keep(sitting, texts, Why.WAITS, by=by, at=at) if handing_in else None
    try:
        _save(sitting, texts, revision=revision, by=by, at=at)
    except Refused as refusal:
        if waits is not None:
            return Taken(refusal, waits)
        return Taken(refusal, _keep(sitting, texts, _why(refusal), by=by, at=at))
    return Taken(None, waits)


def _save(sitting: Sitting, texts: Mapping[str, str], *, revision: int | None, by: Any, at: datetime) -> None:
    """As the draft of that instant; what was saved later than that is not replaced by it."""
    locked = queries.hold(sitting)
    saved = locked.draft_saved_at
    if saved is not None and saved > at and dict(texts) != dict(locked.draft):
        raise stale(locked)
    save_draft(sitting=sitting, texts=texts, revision=revision, by=by, at=at)


def _why(refusal: Refused) -> Why:
    return Why.LONG if refusal.code == "draft.too_long" else Why.BESIDE


@transaction.atomic
def keep_found(
    *,
    sitting: Sitting,
    texts: Mapping[str, str],
    revision: int,
    written_at: datetime,
    by: Any,
    at: datetime,
) -> Taken:
    """Keep a text that a browser found on its device when its page was opened again, at `at`.

    `written_at` is when it was written by the browser's word, `revision` the draft on which it builds. It becomes the
    draft, or is kept beside it where another text has been saved. Twice is harmless.
    """
    if not access.sits(by, sitting):
        raise Http404
    texts = clean(texts)
    try:
        save_draft(
            sitting=sitting,
            texts=texts,
            revision=revision,
            by=by,
            at=at,
            how=How.DEVICE,
            written_at=written_at,
        )
    except Refused as refusal:
        if refusal.code == "draft.parts":
            raise
        beside = _keep(sitting, texts, _why(refusal), by=by, at=at, written_at=written_at)
        return Taken(refusal, beside)
    return Taken()


@transaction.atomic
def keep_deferred(*, sitting: Sitting, texts: Mapping[str, str], by: Any, at: datetime) -> KeptText | None:
    """Keep what somebody typed while their deferral was being approved; None where it is the draft as it was saved.

    Of a sitting the first few, and the latest. Refuses what is too long to be kept.
    """
    if not access.sits(by, sitting):
        raise Http404
    texts = clean(texts)
    if not any(texts.values()) or texts == {**dict.fromkeys(texts, ""), **sitting.draft}:
        return None
    return _keep(sitting, texts, Why.DEFERRED, by=by, at=at)


@transaction.atomic
def keep_long(*, sitting: Sitting, texts: Mapping[str, str], by: Any, at: datetime) -> KeptText:
    """Keep a text that is too long for a draft; of a sitting the latest. Refuses one that is too long even for that."""
    if not access.sits(by, sitting):
        raise Http404
    return _keep(sitting, clean(texts), Why.LONG, by=by, at=at)


def _keep(
    sitting: Sitting,
    texts: Mapping[str, str],
    why: Why,
    *,
    by: Any,
    at: datetime,
    written_at: datetime | None = None,
) -> KeptText:
    """One row for each text; of those that are too long one for the sitting. Also of a sitting that is deferred: of
    many that come then, the latest takes the place of the one before.
    """
    locked = queries.hold(sitting, deferred=True)
    sha256 = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
    there = KeptText.objects.filter(sitting=locked)
    known = there.filter(why=why, sha256=sha256).first()
    if known is not None:
        return known
    most = {Why.LONG: 1, Why.DEFERRED: rules.MOST_DEFERRED}.get(why)
    alike = list(there.filter(why=why).order_by("-arrived_at", "-pk")[:most]) if most else []
    replaced = alike[0] if most and len(alike) >= most else None
    rules.check_room(texts, kept=0 if replaced else there.count())
    row = replaced or KeptText(sitting=locked, why=why)
    row.texts, row.sha256, row.written_at, row.arrived_at = dict(texts), sha256, written_at, at
    row.save()
    if replaced is None:
        audit.record("text.kept", locked, by=by, at=at, kept=row.pk, why=why.value, sha256=sha256)
    return row


def hand_in_kept(
    *,
    kept: KeptText,
    own_work: bool,
    ai: AiSaid = NOTHING_SAID,
    by: Any,
    at: datetime,
    replacing: int | None = None,
) -> Script:
    """Hand in a text exactly as it arrived, and counting from then, though nobody was signed in; gives the script.

    Refuses what was not sent to be handed in, what something has been handed in after, what comes later than the rest
    of a document might, and whatever handing in refuses. Twice gives the same script.
    """
    sitting = kept.sitting
    check_may_submit(sitting, by=by, at=at)
    with transaction.atomic():
        queries.hold(sitting)
        held = KeptText.objects.select_for_update(of=("self",)).get(pk=kept.pk)
        if held.script is not None:
            return held.script
        held.sitting = sitting
        kept_queries.check_can_be_handed_in(held, at=at)
        response = replace(prepare_text(sitting=sitting, texts=held.texts), first_at=held.arrived_at)
        script = record(
            sitting,
            response,
            key=f"kept {held.pk}",
            own_work=own_work,
            ai=ai,
            by=by,
            at=at,
            replacing=replacing,
        )
        held.script = script
        held.save(update_fields=["script"])
    return script
