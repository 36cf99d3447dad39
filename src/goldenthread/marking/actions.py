"""Allocate scripts to markers, save and submit marks, give a script back, bring two markings to an agreement."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.upload_queries import is_held, still_coming
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused, refuse
from goldenthread.marking import conflicts, queries, rules
from goldenthread.marking.models import (
    Agreement,
    AgreementState,
    ConflictKind,
    DeclaredConflict,
    Marking,
    MarkingState,
    SetAside,
)
from goldenthread.people.models import User

DAYS_TO_MARK = 14


# --- allocation --------------------------------------------------------------------------------------
@transaction.atomic
def allocate_window(*, window: Window, by: Any, at: datetime, due_on: date | None = None) -> int:
    """Give every script of a closed window two blind markers; returns how many markings were made (S2-35,
    S1-31).

    Doing it again gives markers to what has none yet: scripts that came in by a later decision, that a marker
    gave back while nobody else was free, and referred ones for which no third marker was free. Refuses while
    somebody may still hand in, and where markers free of conflict are too few. `due_on` is the day by which
    marks are due, 14 days from now unless said.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    check_closed(window, at=at)
    if window.mark_scheme is None:
        raise Refused("This window has no case study with a mark scheme.", code="allocation.no_scheme")
    due = due_on or at.date() + timedelta(days=DAYS_TO_MARK)
    if due < at.date():
        raise Refused("Choose a due date from today on.", code="allocation.due", field="due_on")
    waiting = queries.scripts_of(window).filter(markings__isnull=True)
    codes = dict(waiting.values_list("pk", "sitting__code"))
    people = queries.markers_on(clock.day_of(at))
    allotted = rules.allocate(
        codes, people, conflicts.not_to_meet(waiting, people), loads=queries.open_loads(people)
    )
    made = Marking.objects.bulk_create(
        (
            Marking(script_id=one.script, position=position, marker_id=marker, allocated_at=at, due_on=due)
            for one in allotted
            for position, marker in enumerate(one.markers, start=1)
        ),
        batch_size=1000,
    )
    filled, unfilled = _fill_places(window, due_on=due_on, by=by, at=at)
    if unfilled and not made and not filled:
        raise Refused(
            f"No marker is free for {', '.join(unfilled[:5])}{' and others' if len(unfilled) > 5 else ''}. "
            "Give the marker role to somebody who neither marks, teaches nor knows these participants, then "
            "allocate again.",
            code="allocation.nobody_free",
        )
    if made:
        audit.record(
            "marking.allocated", window, by=by, at=at, markings=len(made), scripts=len(codes), due_on=due
        )
        _tell_markers(window, made, at=at)
    return len(made) + filled


def check_closed(window: Window, *, at: datetime) -> None:
    """Nobody's script can come in any more: the last sitting has ended, and a while has passed since."""
    last = window.sittings.order_by("-closes_at").values_list("closes_at", flat=True).first()
    if last is None:
        raise Refused("Nobody sits in this window.", code="allocation.nobody")
    rules.check_all_in(last, at=at, zone=window.zone)
    until = still_coming(window, at=at)
    if until is not None:
        rules.check_none_under_way(until, zone=window.zone)


def _fill_places(window: Window, *, due_on: date | None, by: Any, at: datetime) -> tuple[int, list[str]]:
    """Appoint whoever is free to places that are open on scripts that somebody marks already.

    How many were filled, and the codes of the scripts for which nobody was free.
    """
    begun = queries.scripts_of(window).filter(markings__isnull=False)
    lacking = [*queries.lacking_markers(begun).distinct().values_list("pk", flat=True)]
    referred = queries.scripts_of(window).filter(agreement__state=AgreementState.REFERRED)
    lacking += referred.exclude(markings__position=3).values_list("pk", flat=True)
    filled, unfilled = 0, []
    for script in map(_locked_script, lacking):
        for position in queries.open_places(script):
            if _appoint(script, position, due_on=due_on, by=by, at=at):
                filled += 1
            else:
                unfilled.append(script.sitting.code)
    return filled, unfilled


def _tell_markers(window: Window, made: list[Marking], *, at: datetime) -> None:
    by_marker: dict[int, list[Marking]] = {}
    for marking in made:
        by_marker.setdefault(marking.marker_id, []).append(marking)
    intake = Window.objects.select_related("intake__version__programme").get(pk=window.pk).intake
    for marker in User.objects.filter(pk__in=by_marker).order_by("pk"):
        given = by_marker[marker.pk]
        mail.send(
            "marking_allocated",
            to=marker.email,
            key=_mail_key(min(given, key=lambda marking: marking.pk)),
            at=at,
            name=marker.get_short_name(),
            count=len(given),
            intake=str(intake),
            due_on=f"{given[0].due_on:%A} {given[0].due_on.day} {given[0].due_on:%B %Y}",
        )


def _mail_key(marking: Marking) -> str:
    """A script that goes to another marker and comes back is told of each time."""
    return f"marking-allocated:{marking.pk}:{marking.revision}:{marking.marker_id}"


@transaction.atomic
def reassign(*, marking: Marking, to: User, reason: str, by: Any, at: datetime) -> Marking:
    """Give a marking that isn't submitted to another marker, with nothing of what the first one entered.

    Refuses a marker in conflict with the script, one who has it already, and a submitted marking (S1-31).
    """
    script = _locked_script(marking.script_id)
    held = Marking.objects.select_for_update(of=("self",)).filter(pk=marking.pk).first()
    if held is None:
        raise Refused(
            "Its marker has just given this script back. Look at the list again: it may have another one.",
            code="reassign.given_back",
        )
    marking = held
    if marking.state == MarkingState.SUBMITTED:
        raise Refused("These marks are submitted and stay with their marker.", code="marking.submitted")
    if marking.marker_id == to.pk:
        return marking
    if not reason.strip():
        raise Refused("Say why the script goes to another marker.", code="reassign.reason", field="reason")
    if to.pk not in _eligible(marking.position, at=at):
        raise Refused(
            f"{to} is not a marker, or can read in the office why this script is marked again.",
            code="reassign.no_marker",
            field="to",
        )
    if script.markings.filter(marker=to).exists():
        raise Refused(f"{to} marks this script already.", code="reassign.taken", field="to")
    if (script.pk, to.pk) in conflicts.not_to_meet(Script.objects.filter(pk=script.pk), [to.pk]):
        raise Refused(
            f"Conflict: {to} teaches, coaches or works with the author, takes the same programme, declared a "
            "conflict, or moderated this script. Choose somebody else.",
            code="reassign.conflict",
            field="to",
        )
    before = marking.marker_id
    marking.marker, marking.marks, marking.comment, marking.feedback, marking.next_step = to, {}, "", "", ""
    marking.revision += 1
    marking.allocated_at = at
    marking.save(
        update_fields=["marker", "marks", "comment", "feedback", "next_step", "revision", "allocated_at"]
    )
    audit.record(
        "marking.reassigned",
        script,
        by=by,
        at=at,
        position=marking.position,
        was=before,
        now=to.pk,
        reason=reason,
    )
    _tell_markers(script.sitting.window, [marking], at=at)
    return marking


# --- marks -------------------------------------------------------------------------------------------
@transaction.atomic
def save_marks(
    *,
    marking: Marking,
    revision: int,
    marks: rules.Marks,
    comment: str,
    feedback: rules.Feedback,
    by: User,
    at: datetime,
) -> Marking:
    """Keep what a marker has entered so far; `revision` is the one they started from.

    Gaps are allowed, marks out of range aren't. Refuses an older revision than the one that is kept, unless
    it says the same; refuses after submitting.
    """
    marking = _own(marking, by, at=at)
    if marking.state == MarkingState.SUBMITTED:
        raise Refused("These marks are submitted; nothing more is saved.", code="marking.submitted")
    rules.check_marks(_scheme(marking), marks, complete=False)
    if _same(marking, marks, comment, feedback):
        return marking
    _check_revision(marking, revision)
    _write(marking, marks, comment, feedback)
    marking.save(update_fields=["marks", "comment", "feedback", "next_step", "revision"])
    return marking


@transaction.atomic
def submit_marks(
    *,
    marking: Marking,
    marks: rules.Marks,
    comment: str,
    feedback: rules.Feedback,
    by: User,
    at: datetime,
    revision: int | None = None,
) -> Marking:
    """Submit a marking; with the last one awaited, the script's marks are agreed or referred (S0-37).

    Refuses marks that are incomplete or out of range and feedback without a strength or a next step, naming
    everything at once, and any change after submitting. Submitting the same twice is harmless. The script's row is
    locked, so that two markers who finish at once come to one agreement.
    """
    script = _locked_script(marking.script_id)
    marking = _own(marking, by, at=at)
    if marking.state == MarkingState.SUBMITTED:
        if _same(marking, marks, comment, feedback):
            return marking
        raise Refused("You submitted these marks; they can't be changed any more.", code="marking.submitted")
    rules.check_readable(held=is_held(script))
    scheme = _scheme(marking)
    refuse(rules.submission_faults(scheme, marks, feedback))
    if revision is not None and not _same(marking, marks, comment, feedback):
        _check_revision(marking, revision)
    _write(marking, marks, comment, feedback)
    totals = rules.totals(scheme, marks)
    marking.learn_that, marking.learn_how_to = totals.learn_that, totals.learn_how_to
    marking.state, marking.submitted_at = MarkingState.SUBMITTED, at
    marking.save()
    audit.record(
        "marks.submitted", script, by=by, at=at, position=marking.position,
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to,
    )  # fmt: skip
    if not rules.is_remark(marking.position):
        _settle(script, scheme, at=at)
    return marking


def _locked_script(script_id: int) -> Script:
    return Script.objects.select_for_update(of=("self",)).select_related("sitting__window").get(pk=script_id)


def _own(marking: Marking, by: User, *, at: datetime) -> Marking:
    """The marking, locked, for its marker; refuses who has it no more or is no marker any more."""
    fresh = (
        Marking.objects.select_for_update(of=("self",))
        .select_related("script__sitting__window")
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
    window = Window.objects.select_related("case_study__scheme", "scheme").get(
        pk=marking.script.sitting.window_id
    )
    return queries.scheme_of(window)


def _kept(marks: rules.Marks) -> dict[str, int]:
    return {str(number): mark for number, mark in sorted(marks.items()) if mark is not None}


def _same(marking: Marking, marks: rules.Marks, comment: str, feedback: rules.Feedback) -> bool:
    kept = (marking.marks, marking.comment, marking.feedback, marking.next_step)
    return kept == (_kept(marks), comment.strip(), feedback.strength.strip(), feedback.next_step.strip())


def _check_revision(marking: Marking, revision: int) -> None:
    if revision != marking.revision:
        raise Refused(
            "Newer marks for this script were saved in another window. Compare before you go on: "
            "reload to see those, or submit again to keep these.",
            code="marks.stale",
        )


def _write(marking: Marking, marks: rules.Marks, comment: str, feedback: rules.Feedback) -> None:
    texts = {"comment": comment, "strength": feedback.strength, "next_step": feedback.next_step}
    for field, text in texts.items():
        if len(text) > rules.LONGEST_TEXT:
            raise Refused(
                f"Shorten this to {rules.LONGEST_TEXT} characters.", code="marks.too_long", field=field
            )
    marking.marks, marking.comment = _kept(marks), comment.strip()
    marking.feedback, marking.next_step = feedback.strength.strip(), feedback.next_step.strip()
    marking.revision += 1


# --- agreement ---------------------------------------------------------------------------------------
def _settle(script: Script, scheme: rules.Scheme, *, at: datetime) -> None:
    """Once the markings that are awaited are in, write what they come to; called under the script's lock.

    Who is appointed as the third is awaited too, also where the first two were marked anew meanwhile.
    """
    markings = list(script.markings.filter(position__lt=rules.FIRST_REMARK).order_by("position"))
    done = {m.position: queries.totals_of(m) for m in markings if m.state == MarkingState.SUBMITTED}
    if not {1, 2} <= set(done) or len(done) < len(markings):
        return
    if 3 in done:
        verdict = rules.third(done[3])
    else:
        verdict = rules.compare(done[1], done[2], tolerance=scheme.tolerance, pass_mark=scheme.pass_mark)
    half = verdict.half_marks
    Agreement.objects.update_or_create(
        script=script,
        defaults={
            "state": AgreementState.AGREED if verdict.agreed else AgreementState.REFERRED,
            "method": verdict.method,
            "half_marks_learn_that": half.learn_that if half else None,
            "half_marks_learn_how_to": half.learn_how_to if half else None,
            "at": at,
        },
    )
    verb = "marks.agreed" if verdict.agreed else "marks.referred"
    audit.record(verb, script, by=None, at=at, method=verdict.method, half_marks=half.total if half else None)
    if not verdict.agreed:
        _appoint(script, 3, by=None, at=at)


def _appoint(
    script: Script, position: int, *, by: Any, at: datetime, due_on: date | None = None
) -> Marking | None:
    """Give an open place on a script, whose row is locked, to the freest marker; None when nobody may."""
    people = _eligible(position, at=at)
    chosen = rules.choose_another(
        script.pk,
        people,
        taken=script.markings.values_list("marker_id", flat=True),
        conflicts=conflicts.not_to_meet(Script.objects.filter(pk=script.pk), people),
        loads=queries.open_loads(people),
    )
    if chosen is None:
        return None
    due = due_on or at.date() + timedelta(days=DAYS_TO_MARK // 2)
    marking = Marking.objects.create(
        script=script, position=position, marker_id=chosen, allocated_at=at, due_on=due
    )
    verb = "marking.third_appointed" if position == 3 else "marking.appointed"
    audit.record(verb, script, by=by, at=at, marker=chosen, position=position)
    _tell_markers(script.sitting.window, [marking], at=at)
    return marking


def _eligible(position: int, *, at: datetime) -> list[int]:
    day = clock.day_of(at)
    return queries.remarkers_on(day) if rules.is_remark(position) else queries.markers_on(day)


@transaction.atomic
def appoint_remark(*, script: Script, position: int, by: Any, at: datetime) -> Marking | None:
    """Have a script marked once more, blind, by the freest marker who neither marked nor moderated it and has no
    conflict with its author; None while there is none. Twice is one re-mark.

    For its marker it is a script like any other: nothing says why, and no earlier mark is ever shown. It changes
    nothing by itself.
    """
    locked = _locked_script(script.pk)
    known = queries.remark_of(locked.pk, position)
    if known is not None:
        return known
    return _appoint(locked, position, by=by, at=at, due_on=at.date() + timedelta(days=DAYS_TO_MARK))


@transaction.atomic
def call_off_remark(*, script: Script, position: int, by: Any, at: datetime) -> None:
    """Take a re-mark that nobody has submitted from its marker's queue, since it isn't needed any more."""
    locked = _locked_script(script.pk)
    held = locked.markings.filter(position=position, state=MarkingState.ALLOCATED).first()
    if held is None or not rules.is_remark(position):
        return
    marker = held.marker_id
    held.delete()
    audit.record("marking.called_off", locked, by=by, at=at, marker=marker, position=position)


# --- conflicts of interest ---------------------------------------------------------------------------
@transaction.atomic
def declare_conflict(
    *, marking: Marking, declaration: rules.Declaration, by: User, at: datetime
) -> DeclaredConflict:
    """Give a script back that one can't judge, with a reason: it never comes to this marker again (S1-31).

    The marking goes with what was entered in it, and its place to another marker who may; while there is none
    it stays open, which the office's desk shows. A second time gives the first declaration. Refuses after the
    marks are submitted, and to who doesn't have the script.
    """
    script = _locked_script(marking.script_id)
    known = queries.declared_by(by, script.pk)
    if known:
        return known
    held = Marking.objects.select_for_update(of=("self",)).filter(pk=marking.pk, marker=by).first()
    if held is None:
        raise Refused("This script is not in your queue any more.", code="marking.not_yours")
    rules.check_can_give_back(script.sitting.code, submitted=held.state == MarkingState.SUBMITTED)
    declared = keep_declaration(script=script, declaration=declaration, by=by, at=at, marking=held.pk)
    position, due_on, points_marked = held.position, held.due_on, len(held.marks)
    held.delete()
    audit.record(
        "marking.conflict_declared", script, by=by, at=at, position=position, points_marked=points_marked,
        kind=declared.kind, reason=declared.reason,
    )  # fmt: skip
    soon = at.date() + timedelta(days=DAYS_TO_MARK // 2)
    _appoint(script, position, due_on=max(due_on, soon), by=None, at=at)
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


# --- marks set aside ---------------------------------------------------------------------------------
@transaction.atomic
def set_aside(*, marking: Marking, reason: str, by: Any, at: datetime) -> SetAside:
    """Take submitted marks out of the count, for good and with a reason; they are kept whole (S1-31).

    What they were agreed or referred with falls, and the place goes to another marker who may; while
    there is none it stays open, which the office's desk shows. A second time gives the first record. Refuses marks
    that aren't submitted. What the moderation says is asked by `moderation.actions.set_aside`, which calls this.
    """
    script = _locked_script(marking.script_id)
    known = SetAside.objects.filter(marking=marking.pk).first()
    if known:
        return known
    held = Marking.objects.select_for_update(of=("self",)).get(pk=marking.pk)
    submitted = held.state == MarkingState.SUBMITTED
    rules.check_can_set_aside(script.sitting.code, submitted=submitted, reason=reason)
    totals = queries.totals_of(held)
    kept = SetAside.objects.create(
        script=script, marker_id=held.marker_id, marking=held.pk, position=held.position, marks=held.marks,
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to, comment=held.comment,
        feedback=held.feedback, next_step=held.next_step, submitted_at=held.submitted_at or at,
        reason=reason.strip(), by=by, at=at,
    )  # fmt: skip
    Agreement.objects.filter(script=script).delete()
    held.delete()
    audit.record(
        "marks.set_aside", script, by=by, at=at, position=kept.position, marker=kept.marker_id,
        learn_that=kept.learn_that, learn_how_to=kept.learn_how_to, reason=kept.reason,
    )  # fmt: skip
    if kept.position == 3:
        _settle(script, queries.scheme_of(script.sitting.window), at=at)
    else:
        _appoint(script, kept.position, by=by, at=at)
    return kept
