"""Hand in a script: what takes time happens first, then one short transaction, then there is a receipt."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.assessment import access, queries, rules
from goldenthread.assessment.actions import safety
from goldenthread.assessment.actions.draft import follow_steps, hold_steps
from goldenthread.assessment.actions.release import check_released
from goldenthread.assessment.actions.response import Response, check_response
from goldenthread.assessment.models import Script, Sitting, SittingState
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.rules.policies import NOTHING_SAID, AiSaid, declarations_in, declared_record
from goldenthread.assessment.upload_models import Upload
from goldenthread.common import audit, mail
from goldenthread.common.prepared import Prepared, PreparedInsert, as_kept, tell
from goldenthread.common.refused import Refused

_SCRIPTS = PreparedInsert(Script)
_BY_KEY = Prepared(
    lambda sitting, key: Script.objects.filter(sitting=sitting, key=key).defer("text", "parts"),
    key=(int, str),
)
_OF_EARLIER = ("number", "key", "current", "sitting", "file", "file_name", "words", "received_at", "sha256")
# By hand, as the trail's: in the last hour before a deadline these few statements are what the server does.
_NEW_STATE = "UPDATE goldenthread_sitting SET state = %s WHERE id = %s"
_HANDED_IN = (
    "UPDATE goldenthread_upload SET state = 'handed_in', script_id = %s, file_id = %s, received = size, "
    "refused_at = NULL, refusal_code = '', refusal = '', all_at = COALESCE(all_at, %s) WHERE id = %s "
    "AND script_id IS NULL"
)


def submit_script(
    *,
    sitting: Sitting,
    response: Response,
    key: str,
    own_work: bool,
    ai: AiSaid = NOTHING_SAID,
    by: Any,
    at: datetime,
    revision: int | None = None,
    unsent: Sequence[log.Step] = (),
    replacing: int | None = None,
) -> Script:
    """Hand in a response, in place of an earlier one, and give the script with its receipt (S0-39).

    `key` is the filled-in form's own: the same form sent twice with the same content gives the same receipt.
    `at` is when the request arrived; a document counts from its first byte (`response.first_at`), for which
    `pieces.ready` sees to the bound, as `kept.hand_in_kept` does for a text that arrived before. `revision` is the
    draft that the form was loaded with, None for an upload.
    `unsent` are the steps that the editor had not sent when the button was pressed: where they fit, `revision` is
    theirs; where they don't, they are left out, since the text itself comes with them. `replacing` is the number of
    the document that the person has said this text may replace; of a document, the number of the script that its
    page showed as what counts, 0 for none, None where no page did. `ai` is what is said about AI, as the window asks.
    Refuses what `rules.check_submission`, `rules.check_replaces` and `uploads.check_seen` refuse, and once the results
    of the window are released; then an earlier script and the draft stay as they are.
    """
    check_may_submit(sitting, by=by, at=at)
    with transaction.atomic():
        return record(
            sitting,
            response,
            key=key,
            own_work=own_work,
            ai=ai,
            by=by,
            at=at,
            revision=revision,
            unsent=unsent,
            replacing=replacing,
        )


def check_may_submit(sitting: Sitting, *, by: Any, at: datetime) -> None:
    """What is asked before the transaction: `Http404` to a stranger; refuses while the case is not released."""
    if not access.sits(by, sitting):
        raise Http404
    check_released(sitting, at=at)


def handed_in_before(sitting: Sitting, *, key: str, sha256: str) -> Script | None:
    """The script that this form has made with this content, whenever it comes again; None if it is new.

    Refuses one that another has replaced since. One query, and none before anything is handed in: what another tab
    hands in meanwhile, the transaction finds.
    """
    if sitting.state != SittingState.HANDED_IN:
        return None
    known = _BY_KEY.get(sitting.pk, _key(key, sha256))
    if known is None:
        return None
    known.sitting = sitting
    return _again(known)


def _key(key: str, sha256: str) -> str:
    return hashlib.sha256(f"{key}:{sha256}".encode()).hexdigest()


def record(
    sitting: Sitting,
    response: Response,
    *,
    key: str,
    own_work: bool,
    ai: AiSaid = NOTHING_SAID,
    by: Any,
    at: datetime,
    revision: int | None = None,
    unsent: Sequence[log.Step] = (),
    replacing: int | None = None,
) -> Script:
    """The transaction of `submit_script`, which is the caller's and ends with what is refused here."""
    key = _key(key, response.sha256)
    locked = queries.hold(sitting)
    earlier = _earlier(locked)
    known = next((script for script in earlier if script.key == key), None)
    if known is not None:
        again = _again(known)
        _waits_no_more(response)
        return again
    counted = response.first_at or at
    check_response(sitting=locked, response=response, own_work=own_work, ai=ai, at=counted)
    counts = next((one for one in earlier if one.current), None)
    if response.file is None:
        check_replaces(locked, counts, confirmed=replacing)
    else:
        check_seen(counts, response, zone=locked.zone, seen=replacing)
    written = locked.draft_revision
    if revision is not None:
        revision = _with_unsent(locked, unsent, at=at) or revision
        rules.check_revision(revision, response.texts, stored=locked.draft_revision, kept=locked.draft)
    if any(script.current for script in earlier):
        locked.scripts.filter(current=True).update(current=False)
    declared = declared_record(declarations_in(locked.window.policies), ai)
    script = _insert(locked, response, declared, key=key, number=len(earlier) + 1, at=counted)
    _handed_in(locked, response, written=written, at=at)
    if response.file is not None:
        taken_in(response, script, at=at)
    audit.record(
        "script.handed_in",
        locked,
        by=by,
        at=at,
        number=script.number,
        sha256=script.sha256,
        words=script.words,
        **audited(declared),
        **({"received_at": counted} if counted != at else {}),
    )
    _send_receipt(script, at=at)
    return script


def check_replaces(sitting: Sitting, counts: Script | None, *, confirmed: int | None) -> None:
    """A document that counts gives way to a text by a word: `confirmed` is the number of the one that the person named.

    Refuses what `rules.check_replaces` does.
    """
    if counts is not None and counts.file_id is not None:
        rules.check_replaces(
            counts.file_name,
            counts=counts.number,
            words=counts.words,
            received=rules.instant_text(counts.received_at, sitting.zone),
            confirmed=confirmed,
        )


def check_seen(counts: Script | None, response: Response, *, zone: str, seen: int | None) -> None:
    """`uploads.check_seen` for a document; the same content once more takes nothing's place."""
    if counts is None or seen is None or counts.sha256 == response.sha256:
        return
    what = f"Your document {counts.file_name}" if counts.file_id is not None else "Your text from the page"
    number = f"{counts.words:,} word{'' if counts.words == 1 else 's'}"
    received = rules.instant_text(counts.received_at, zone)
    uploads.check_seen(
        f"{what}, script {counts.number} with {number}, handed in at {received},",
        counts=counts.number,
        seen=seen,
    )


def _with_unsent(locked: Sitting, unsent: Sequence[log.Step], *, at: datetime) -> int | None:
    """Add these steps to a locked sitting, which the caller saves; gives the last one's number, None if none fit."""
    if not unsent:
        return None
    try:
        texts, new = follow_steps(locked, unsent, at=at)
    except Refused:
        return None
    if new:
        hold_steps(locked, texts, new, at=at)
    return unsent[-1].number


def _waits_no_more(response: Response) -> None:
    """A document that the same form brought once more is a script already: it is not on the list beside it."""
    if response.upload is not None:
        Upload.objects.filter(pk=response.upload, script__isnull=True).delete()


def taken_in(response: Response, script: Script, *, at: datetime) -> None:
    """What belongs to a document that became a script: the way by which it came, and whether markers may open it."""
    if response.upload is not None and response.file is not None:
        tell(_HANDED_IN, [script.pk, response.file.pk, as_kept(at), response.upload])
    if response.file is not None:
        safety.handed_in([response.file], at=at)


def _earlier(sitting: Sitting) -> list[Script]:
    """What was handed in before, in order, without its texts; the state says whether to look at all."""
    if sitting.state != SittingState.HANDED_IN:
        return []
    return list(sitting.scripts.order_by("number").only(*_OF_EARLIER))


def _again(known: Script) -> Script:
    if not known.current:
        raise Refused(
            "You have handed in another text since. If this one is to count, hand it in again from here.",
            code="script.replaced",
        )
    return known


def audited(declared: Mapping[str, str]) -> dict[str, str]:
    """What the trail keeps of a declaration: in which words, and whether AI was used; how, the script says."""
    return {f"declared_{name}": value for name, value in declared.items() if name != "ai_note"}


def _insert(
    sitting: Sitting,
    response: Response,
    declared: Mapping[str, str],
    *,
    key: str,
    number: int,
    at: datetime,
) -> Script:
    script = Script(
        sitting=sitting,
        number=number,
        key=key,
        text=response.text,
        parts=dict(response.texts) if sitting.window.parts else {},
        file=response.file,
        file_name=response.file_name,
        words=response.count.total,
        word_counts={
            **response.count.parts,
            **{f"not_counted_{k}": n for k, n in response.count.excluded.items()},
        },
        word_rule=response.count.rule,
        sha256=response.sha256,
        own_work=True,
        declared=dict(declared),
        received_at=at,
    )
    _SCRIPTS.add(script)
    return script


def _handed_in(sitting: Sitting, response: Response, *, written: int, at: datetime) -> None:
    """The state, and the draft where it isn't the one of revision `written` or what is handed in.

    A document, and a text that arrived before (`first_at`), leave the draft as it is.
    """
    sitting.state = SittingState.HANDED_IN
    as_written = sitting.draft_revision == written
    arrived_before = response.file is not None or response.first_at is not None
    if arrived_before or (as_written and sitting.draft == response.texts):
        tell(_NEW_STATE, [SittingState.HANDED_IN, sitting.pk])
        return
    changed = log.changes(
        sitting.draft, response.texts, after=sitting.draft_revision, how=log.How.FORM, at=at
    )
    if changed:
        hold_steps(sitting, response.texts, changed, at=at)
    sitting.save(update_fields=["state", "draft", "draft_revision", "draft_saved_at"])


def _send_receipt(script: Script, *, at: datetime) -> None:
    sitting = script.sitting
    person = sitting.enrolment.user
    mail.send(
        "script_received",
        to=person.email,
        key=f"script_received:{script.pk}",
        at=at,
        name=person.get_short_name(),
        receipt=receipt_number(script),
        received=rules.instant_text(script.received_at, sitting.zone, seconds=True),
        deadline=rules.deadline_text(sitting.closes_at, sitting.zone),
        words=f"{script.words:,}",
        word_limit=f"{sitting.word_limit or 0:,}",
        length=queries.length_of(script).text,
        sha256=script.sha256,
        sitting=sitting.pk,
        number=script.number,
    )


def receipt_number(script: Script) -> str:
    """The number of a receipt: the enrolment's reference, the task of a project, and which script it was; not the
    markers' code.
    """
    sitting = script.sitting
    task = f"/{sitting.window.task}" if sitting.window.task else ""
    return f"{sitting.enrolment.reference}{task}/{script.number}"
