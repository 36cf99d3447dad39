"""What markers do: save and submit marks, give a script back.

Giving scripts out is in `appointing`, what markings come to in `settling`, marks set aside in `setting_aside`; what
follows a seed in `seeding`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.upload_queries import is_held
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused, refuse
from goldenthread.marking import arising, feedback_rules, proving, queries, rules, seeding
from goldenthread.marking.appointing import (
    DAYS_TO_MARK,
    allocate_window,
    appoint,
    appoint_remark,
    call_off_remark,
    check_closed,
    locked_script,
    reassign,
    tell_markers,
)
from goldenthread.marking.entering import Entered, Noted, check_revision
from goldenthread.marking.handing_models import Cause
from goldenthread.marking.known_evidence import is_known_held
from goldenthread.marking.models import ConflictKind, DeclaredConflict, Marking, MarkingState
from goldenthread.marking.putting_aside import keep_left, marks_gone
from goldenthread.marking.setting_aside import set_aside, set_aside_many
from goldenthread.marking.settling import settle
from goldenthread.people.models import User

__all__ = [
    "DAYS_TO_MARK",
    "Entered",
    "Noted",
    "allocate_window",
    "appoint_remark",
    "call_off_remark",
    "check_closed",
    "declare_conflict",
    "keep_declaration",
    "look",
    "reassign",
    "save_marks",
    "set_aside",
    "set_aside_many",
    "submit_marks",
    "tell_markers",
]


# --- marks -------------------------------------------------------------------------------------------
def save_marks(*, marking: Marking, entered: Entered, revision: int, by: User, at: datetime) -> Marking:
    """Keep what a marker has entered so far; `revision` is the one they started from. The time since the page was
    opened or last saved counts as work, up to a limit.

    Gaps are allowed, marks out of range aren't. Refuses an older revision than the one that is kept, unless
    it says the same; refuses after submitting, whom seeds have stopped, and who has come to have a conflict with the
    author: the script goes to somebody else then.
    """
    arising.check_may_judge(marking, at=at)
    return _save_marks(marking, entered, revision, by, at=at)


@transaction.atomic
def _save_marks(marking: Marking, entered: Entered, revision: int, by: User, *, at: datetime) -> Marking:
    marking = _own(marking, by, at=at)
    if marking.state == MarkingState.SUBMITTED:
        raise Refused("These marks are submitted; nothing more is saved.", code="marking.submitted")
    seeding.check_not_stopped(marking)
    rules.check_marks(_scheme(marking), entered.marks, complete=False)
    kept = entered.kept_in(marking)
    if _holds(marking, kept):
        return marking
    check_revision(revision, kept=marking.revision)
    rules.check_texts(entered.texts)
    _write(marking, kept, at=at)
    marking.save(update_fields=[*kept, "revision", "seconds", "touched_at"])
    return marking


def submit_marks(
    *, marking: Marking, entered: Entered, by: User, at: datetime, revision: int | None = None
) -> Marking:
    """Submit a marking; with the last one awaited, the script's marks are agreed or referred (S0-37).

    Refuses marks that are incomplete or out of range and feedback without a strength or a next step, by kind where the
    scheme has both, naming everything at once, any change after submitting, whom seeds have stopped, and who has come
    to have a conflict with the author: the script goes to somebody else then. Submitting the same twice is harmless.
    The script's row is locked, so that two markers who finish at once come to one agreement. A seed's marks are
    compared with the known ones instead, and nothing in the answer tells.
    """
    arising.check_may_judge(marking, at=at)
    return _submit_marks(marking, entered, by, revision, at=at)


@transaction.atomic
def _submit_marks(
    marking: Marking, entered: Entered, by: User, revision: int | None, *, at: datetime
) -> Marking:
    script = locked_script(marking.script_id) if marking.script_id else None
    marking = _own(marking, by, at=at)
    kept = entered.kept_in(marking)
    if marking.state == MarkingState.SUBMITTED:
        if _holds(marking, kept):
            return marking
        raise Refused("You submitted these marks; they can't be changed any more.", code="marking.submitted")
    seeding.check_not_stopped(marking)
    known = marking.seed.script if marking.seed else None
    held = is_known_held(known, marking.window) if known else script is not None and is_held(script)
    rules.check_readable(held=held)
    scheme = _scheme(marking)
    refuse(feedback_rules.submission_faults(scheme, entered.marks, entered.feedback))
    if revision is not None and not _holds(marking, kept):
        check_revision(revision, kept=marking.revision)
    rules.check_texts(entered.texts)
    _write(marking, kept, at=at)
    totals = rules.totals(scheme, entered.marks)
    marking.learn_that, marking.learn_how_to = totals.learn_that, totals.learn_how_to
    marking.state, marking.submitted_at = MarkingState.SUBMITTED, at
    marking.save()
    if script is None:
        seeding.judge(marking, scheme, totals, at=at)
        return marking
    audit.record(
        "marks.submitted", script, by=by, at=at, position=marking.position,
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to, **proving.told_of(marking),
    )  # fmt: skip
    if not rules.is_remark(marking.position):
        for referred in settle([script], scheme, at=at):
            appoint(referred, 3, by=None, at=at)
    return marking


def _own(marking: Marking, by: User, *, at: datetime) -> Marking:
    """The marking, locked, for its marker; refuses who has it no more or is no marker any more."""
    fresh = (
        Marking.objects.select_for_update(of=("self",))
        .select_related("script__sitting__window", "seed__window", "seed__script", "marker")
        .filter(pk=marking.pk)
        .first()
    )
    if fresh is None or fresh.marker_id != by.pk:
        raise Refused(
            "This script is not in your queue any more; nothing of it is kept. Go on with your queue.",
            code="marking.not_yours",
        )
    if fresh.state != MarkingState.SUBMITTED and by.pk not in queries.markers_on(clock.day_of(at)):
        raise Refused(
            "You are no marker any more, so nothing is saved. Ask the programme office.",
            code="marking.no_role",
        )
    return fresh


def _scheme(marking: Marking) -> rules.Scheme:
    window = Window.objects.select_related("case_study__scheme", "scheme").get(pk=marking.window.pk)
    return queries.scheme_of(window)


def look(*, marking: Marking, at: datetime) -> None:
    """Remember when its marker opened a script that is to be marked: from then on their work on it is counted."""
    Marking.objects.filter(pk=marking.pk, state=MarkingState.ALLOCATED).update(touched_at=at)


def _holds(marking: Marking, kept: dict[str, Any]) -> bool:
    return all(getattr(marking, name) == value for name, value in kept.items())


def _write(marking: Marking, kept: dict[str, Any], *, at: datetime) -> None:
    for name, value in kept.items():
        setattr(marking, name, value)
    marking.revision += 1
    marking.seconds += rules.worked(marking.touched_at, at)
    marking.touched_at = at


# --- conflicts of interest ---------------------------------------------------------------------------
@transaction.atomic
def declare_conflict(
    *, marking: Marking, declaration: rules.Declaration, by: User, at: datetime
) -> DeclaredConflict:
    """Give a script back that one can't judge, with a reason: it never comes to this marker again (S1-31).

    The marking goes, kept whole and with its marks in the trail, and its place to another marker who may; while there
    is none it stays open, which the office's desk shows. Other scripts of the same author go with it, and marks
    submitted for them are put before the office. A second time gives the first declaration. Refuses after the marks are
    submitted, and to who doesn't have the script.
    """
    if marking.seed_id:
        return _give_seed_back(marking, declaration, by=by, at=at)
    script = locked_script(marking.script_id)
    known = queries.declared_by(by, script.pk)
    if known:
        return known
    held = _held_by(by, marking)
    rules.check_can_give_back(script.sitting.code, submitted=held.state == MarkingState.SUBMITTED)
    declared = keep_declaration(script=script, declaration=declaration, by=by, at=at, marking=held.pk)
    position, due_on = held.position, held.due_on
    keep_left([held], Cause.CONFLICT, at=at)
    held.delete()
    audit.record(
        "marking.conflict_declared", script, by=by, at=at, position=position, kind=declared.kind,
        reason=declared.reason, **marks_gone(held.marks),
    )  # fmt: skip
    soon = clock.day_of(at) + timedelta(days=DAYS_TO_MARK // 2)
    appoint(script, position, due_on=max(due_on, soon), by=None, at=at)
    arising.look_at(by, at=at)
    return declared


def _held_by(by: User, marking: Marking) -> Marking:
    held = Marking.objects.select_for_update(of=("self",)).filter(pk=marking.pk, marker=by).first()
    if held is None:
        raise Refused("This script is not in your queue any more.", code="marking.not_yours")
    return held


def _give_seed_back(
    marking: Marking, declaration: rules.Declaration, *, by: User, at: datetime
) -> DeclaredConflict:
    """A seed is given back like any other script, for its marker; it has no author, so nobody else gets it."""
    known = DeclaredConflict.objects.filter(user=by, marking=marking.pk).first()
    if known:
        return known
    held = _held_by(by, marking)
    rules.check_can_give_back(held.code, submitted=held.state == MarkingState.SUBMITTED)
    rules.check_declaration(declaration, ConflictKind.values)
    declared = DeclaredConflict.objects.create(
        seed=held.seed, user=by, kind=declaration.kind, reason=declaration.reason.strip(), at=at,
        marking=held.pk,
    )  # fmt: skip
    keep_left([held], Cause.CONFLICT, at=at)
    held.delete()
    audit.record(
        "seed.given_back", declared.seed or "seed", by=by, at=at, kind=declared.kind, reason=declared.reason,
        **marks_gone(held.marks),
    )  # fmt: skip
    return declared


def keep_declaration(
    *, script: Script, declaration: rules.Declaration, by: User, at: datetime, marking: int | None = None
) -> DeclaredConflict:
    """Write down what somebody declared about a script: a marker with the number of their marking, else a
    moderator. Refuses what `rules.check_declaration` refuses.
    """
    rules.check_declaration(declaration, ConflictKind.values)
    return DeclaredConflict.objects.create(
        script=script,
        user=by,
        kind=declaration.kind,
        reason=declaration.reason.strip(),
        at=at,
        marking=marking,
    )
