"""Keep what somebody writes, every few seconds and whatever else happens: the draft, and the step that led to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.assessment import access, queries, rules
from goldenthread.assessment.actions.release import check_released
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.queries import terms_of
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import How, Step
from goldenthread.assessment.writing_models import WritingStep
from goldenthread.common import audit
from goldenthread.common.prepared import PreparedInsert

_STEPS = PreparedInsert(WritingStep)


def save_draft(
    *,
    sitting: Sitting,
    texts: Mapping[str, str],
    revision: int | None,
    by: Any,
    at: datetime,
    how: How = How.FORM,
    written_at: datetime | None = None,
) -> Sitting:
    """Keep the whole text of a response by part key ("" where there are no parts) and give the sitting back.

    What differs from the draft is written as one step for each part. `revision` is the one that the page was loaded
    with; if somebody has saved since, `rules.Stale` carries what is stored and nothing is overwritten. After the
    deadline the text is kept too, and known as late by its time. `written_at` is when it was written, by the browser's
    word, if that isn't `at`.
    """
    if not access.sits(by, sitting):
        raise Http404
    texts = clean(texts)
    rules.check_draft(terms_of(sitting), texts, at=at)
    check_released(sitting, at=at)
    return _keep(sitting, texts, revision=revision, by=by, at=at, how=how, written_at=written_at or at)


@transaction.atomic
def _keep(
    sitting: Sitting,
    texts: dict[str, str],
    *,
    revision: int | None,
    by: Any,
    at: datetime,
    how: How,
    written_at: datetime,
) -> Sitting:
    locked = queries.hold(sitting)
    rules.check_revision(revision, texts, stored=locked.draft_revision, kept=locked.draft)
    changed = log.changes(locked.draft, texts, after=locked.draft_revision, how=how, at=written_at)
    return _write(locked, texts, changed, by=by, at=at) if changed else locked


def write_steps(*, sitting: Sitting, steps: Sequence[Step], by: Any, at: datetime) -> Sitting:
    """Take the steps that an editor has recorded since its last message, and give the sitting back (S0-30).

    A step that is there already is passed over, so that a message may come twice. Refuses with `rules.Stale`, which
    carries what is stored, where another page has written meanwhile; with "steps.unfit" what is no step of this text;
    and a text that is too long. Nothing of a refused message is written; the editor then sends its whole text.
    """
    if not access.sits(by, sitting):
        raise Http404
    terms = terms_of(sitting)
    log.check_sequence(steps, keys=terms.keys)
    rules.check_case_access(terms.opens_at, at, terms.zone)
    check_released(sitting, at=at)
    return _follow(sitting, steps, by=by, at=at)


@transaction.atomic
def _follow(sitting: Sitting, steps: Sequence[Step], *, by: Any, at: datetime) -> Sitting:
    locked = queries.hold(sitting)
    texts, new = follow_steps(locked, steps, at=at)
    return _write(locked, texts, new, by=by, at=at) if new else locked


def follow_steps(
    locked: Sitting, steps: Sequence[Step], *, at: datetime
) -> tuple[Mapping[str, str], Sequence[Step]]:
    """The texts to which these steps lead a locked sitting's draft, and those steps that are not stored yet.

    Refuses as `write_steps`, and writes nothing. No query but for steps that come again.
    """
    terms = terms_of(locked)
    log.check_sequence(steps, keys=terms.keys)
    new = [step for step in steps if step.number > locked.draft_revision]
    if len(new) < len(steps) and not _are_there(locked, steps[: len(steps) - len(new)]):
        raise stale(locked)
    if not new:
        return locked.draft, new
    if new[0].number != locked.draft_revision + 1:
        raise stale(locked)
    try:
        texts = log.follow(locked.draft, new)
    except log.DoesNotFit as fault:
        raise (stale(locked) if fault.what == "before" else log.unfit()) from fault
    rules.check_draft(terms, texts, at=at)
    return {key: texts.get(key, "") for key in terms.keys}, new


def _are_there(sitting: Sitting, steps: Sequence[Step]) -> bool:
    """Whether steps that come again are those that are stored under their numbers. One query."""
    numbers = [step.number for step in steps]
    stored = {one.number: one.step for one in WritingStep.objects.filter(sitting=sitting, number__in=numbers)}
    return all(step.number in stored and log.same(step, stored[step.number]) for step in steps)


def stale(sitting: Sitting) -> rules.Stale:
    """What is told whose text builds on an older draft than the one that is stored."""
    return rules.Stale(
        "This response was changed in another tab or on another device since you loaded this page.",
        code="draft.stale",
        revision=sitting.draft_revision,
        texts=sitting.draft,
    )


def _write(
    locked: Sitting, texts: Mapping[str, str], steps: Sequence[Step], *, by: Any, at: datetime
) -> Sitting:
    saved = locked.draft_saved_at
    if at > locked.closes_at and (saved is None or saved <= locked.closes_at):
        audit.record("draft.kept_late", locked, by=by, at=at)
    hold_steps(locked, texts, steps, at=at)
    locked.save(update_fields=["draft", "draft_revision", "draft_saved_at"])
    return locked


def hold_steps(locked: Sitting, texts: Mapping[str, str], steps: Sequence[Step], *, at: datetime) -> None:
    """Write the steps that lead from a locked sitting's draft to these texts, and give it the texts.

    One statement; the caller saves the sitting.
    """
    rows = [_row(locked, step, at=at) for step in steps]
    if len(rows) == 1:
        _STEPS.tell_row(rows[0])
    else:
        WritingStep.objects.bulk_create(rows)
    locked.draft, locked.draft_revision, locked.draft_saved_at = dict(texts), steps[-1].number, at


def _row(sitting: Sitting, step: Step, *, at: datetime) -> WritingStep:
    return WritingStep(
        sitting=sitting,
        number=step.number,
        part=step.part,
        position=step.position,
        removed=step.removed,
        inserted=step.inserted,
        before=step.before,
        after=step.after,
        how=step.how.value,
        written_at=step.written_at,
        arrived_at=at,
    )


def clean(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts as they can be stored: one kind of line end, no NUL, no half of a surrogate pair."""
    return {key: clean_text(text) for key, text in texts.items()}


def clean_text(text: str) -> str:
    """One text as it can be stored; what is clean stays as it is."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "replace").decode()
