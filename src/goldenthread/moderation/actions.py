"""Open a round, mark blind, decide, declare a conflict of interest, sign off."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Script, Window, WindowState
from goldenthread.common import audit, clock
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking_actions
from goldenthread.marking import quality_queries, seeding
from goldenthread.marking import queries as marking
from goldenthread.marking import rules as marking_rules
from goldenthread.marking.actions import check_closed, keep_declaration
from goldenthread.marking.entering import kept_marks
from goldenthread.marking.handing_models import Cause, LeftQueue
from goldenthread.marking.models import DeclaredConflict, Marking, SetAside
from goldenthread.marking.putting_aside import marks_gone
from goldenthread.marking.rules import Kind, Totals
from goldenthread.moderation import drawing, look_drafts, queries, rules, sampling, seeing, supplements
from goldenthread.moderation.falling import shifts_fall
from goldenthread.moderation.models import EarlierLook, Round, Sampled
from goldenthread.people.models import User


@transaction.atomic
def open_round(
    *, window: Window, by: Any, at: datetime, share_percent: int | None = None, seed: str = ""
) -> Round:
    """Draw the sample of a window once all its scripts have agreed marks (S1-32); a second time gives the
    same round. Where nobody handed in, the sample is empty, and its sign-off leads to everybody's result.

    It is drawn by the window's rules, with `share_percent` in place of theirs if given; the round keeps the rules, the
    seed and what it was drawn from. A round that was overtaken, by more time or by scripts that came in, is opened
    again and its sign-off falls: one that was drawn over nothing is drawn by the rules of now, any other is completed
    by its own rules and seed. Refuses another share than that of a sample that is drawn, while somebody may hand in
    and, naming what is missing, while a script is unfinished. `seed` is made up here unless given.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    known = Round.objects.select_for_update(of=("self",)).filter(window=window).first()
    later = known and (bool(known.drawn_from) or (not known.terms and known.sample.exists()))
    there = known and (window.state == WindowState.RELEASED or not queries.overtaken(known))
    if known and (later or there):
        rules.check_share(share_percent, drawn=known.share_percent)
    if known and there:
        return known
    check_closed(window, at=at, then="Draw the sample")
    rules.check_finished(marking.unfinished_in(window))
    scheme, scripts = marking.scheme_of(window), queries.marked_scripts(window)
    if known and later:
        if known.drawn_from:
            return _complete(known, scripts, pass_mark=scheme.pass_mark, by=by, at=at)
        return _let_in(known, scripts, by=by, at=at)
    terms, seed = drawing.terms_of(window, scheme), seed or secrets.token_hex(16)
    if share_percent is not None:
        terms = replace(terms, share_percent=share_percent)
    sampling.check_terms(terms, tolerance=scheme.tolerance, most=scheme.total)
    sample = sampling.draw(scripts, terms, seed=seed, pass_mark=scheme.pass_mark)
    opened = known or Round(window=window)
    if known:
        _reopen(known, by=by, at=at)
    opened.seed, opened.share_percent, opened.opened_at = seed, terms.share_percent, at
    opened.terms, opened.drawn_from = terms.as_dict(), sampling.kept(scripts)
    opened.save()
    add_to_sample(opened, sample)
    audit.record(
        "moderation.opened", window, by=by, at=at, seed=seed, rules=terms.as_dict(), sampled=len(sample.drawn),
        of=sample.of, short=[[one.marker, one.has, one.wanted] for one in sample.short],
    )  # fmt: skip
    return opened


def _complete(
    known: Round, scripts: Sequence[sampling.Marked], *, pass_mark: int, by: Any, at: datetime
) -> Round:
    """Draw from what came in after a sample was drawn, by its rules and its seed; what was drawn stays what it was."""
    _reopen(known, by=by, at=at)
    there = queries.drawn_of(known)
    later = sampling.kept(one for one in scripts if one.script not in there)
    if later:
        known.completions = [*known.completions, [at.isoformat(), later]]
    known.opened_at = at
    known.save(update_fields=["opened_at", "completions"])
    sample = sampling.completed(
        sampling.from_kept(known.drawn_from), [sampling.from_kept(rows) for _, rows in known.completions],
        sampling.terms_from(known.terms), seed=known.seed, pass_mark=pass_mark,
    )  # fmt: skip
    before = known.sample.count()
    add_to_sample(known, sample)
    shifts_fall([one.script for one in sample.drawn], by=by, at=at)
    audit.record(
        "moderation.completed", known.window, by=by, at=at, seed=known.seed, rules=known.terms, came_in=len(later),
        added=known.sample.count() - before, of=sample.of,
        short=[[one.marker, one.has, one.wanted] for one in sample.short],
    )  # fmt: skip
    return known


def _let_in(known: Round, scripts: Sequence[sampling.Marked], *, by: Any, at: datetime) -> Round:
    """Of a round that is older than its rules: what came in later all belongs to it; its draw stays what it was."""
    _reopen(known, by=by, at=at)
    there = set(known.sample.values_list("script_id", flat=True))
    new = [one.script for one in scripts if one.script not in there]
    Sampled.objects.bulk_create(
        (
            Sampled(round=known, script_id=pk, reason="came in after the sample was drawn")
            for pk in sorted(new)
        ),
        batch_size=1000,
    )
    known.opened_at = at
    known.save(update_fields=["opened_at"])
    return known


def _reopen(known: Round, *, by: Any, at: datetime) -> None:
    """What was signed off falls; the trail keeps by whom and when it was."""
    audit.record(
        "moderation.overtaken", known.window, by=by, at=at, opened_at=known.opened_at,
        signed_off_at=known.signed_off_at, signed_off_by=known.signed_off_by_id,
    )  # fmt: skip
    known.signed_off_at = known.signed_off_by = known.national_at = None
    known.national = False
    known.save(update_fields=["signed_off_at", "signed_off_by", "national", "national_at"])


def add_to_sample(opened: Round, sample: sampling.Sample) -> None:
    """Put drawn scripts into the sample of a round; what is there already stays as it is."""
    there = set(opened.sample.values_list("script_id", flat=True))
    Sampled.objects.bulk_create(
        (
            Sampled(round=opened, script_id=one.script, reason=one.reason, reasons=list(one.reasons))
            for one in sample.drawn
            if one.script not in there
        ),
        batch_size=1000,
    )


@transaction.atomic
def mark_blind(
    *,
    sampled: Sampled,
    marks: marking_rules.Marks,
    by: User,
    at: datetime,
    noted: marking_actions.Noted | None = None,
    revision: int | None = None,
) -> Sampled:
    """Keep a moderator's own marks, point by point, and their notes at passages, before they see the markers'. Once
    given they stay, and what was saved of them before goes. Refuses notes as `passage_rules.to_keep` does, and what
    doesn't know of newer marks that were saved, where its `revision` is told.

    Refuses a script that another moderator has begun, unless that one can't go on with it, as their role has ended or
    a conflict has come up: then it is theirs from now on, and the first one's marks stay on record. Refuses also while
    the office hasn't said whom they named beforehand, and while nobody can open the script or a file of its evidence.
    """
    sampled = _locked(sampled, by, at=at)
    if sampled.marked_by_id == by.pk:
        return sampled
    before = sampled.marked_by
    if sampled.decision:
        raise Refused(f"{before} has decided on this script already.", code="moderation.taken")
    seeing.check_can_be_read(sampled)
    scheme = marking.scheme_of(sampled.round.window)
    marking_rules.check_marks(scheme, marks, complete=True)
    kept = kept_marks(marks)
    notes = look_drafts.end_given(sampled, kept, noted, by=by, revision=revision)
    if before is not None:
        EarlierLook.objects.create(
            sampled=sampled, marks=sampled.marks, passages=sampled.passages, marked_by=before,
            taken_over_by=by, at=at,
        )  # fmt: skip
        audit.record("moderation.taken_over", sampled.script, by=by, at=at, was=before.pk)
    sampled.marks, sampled.passages, sampled.marked_by = kept, notes, by
    sampled.save(update_fields=["marks", "passages", "marked_by"])
    totals = marking_rules.totals(scheme, marks)
    audit.record(
        "moderation.marked", sampled.script, by=by, at=at,
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to,
    )  # fmt: skip
    return sampled


@transaction.atomic
def decide(
    *,
    sampled: Sampled,
    decision: str,
    by: User,
    at: datetime,
    half_marks: Totals | None = None,
    note: str = "",
) -> Sampled:
    """Confirm the agreed marks or put others in their place, with a note (S1-32).

    Refuses before the moderator's own marks are in, without a reason where they are far from what is confirmed, to
    who marked the script or knows its author, and whatever comes after a decision but the same form of the same
    person. `half_marks` are needed to adjust, in half marks by kind.
    """
    sampled = _locked(sampled, by, at=at)
    if sampled.decision:
        return _same_decision(sampled, decision, half_marks, note, by=by)
    scheme = marking.scheme_of(sampled.round.window)
    own = queries.own_totals(sampled, scheme) if sampled.marked_by_id == by.pk else None
    maxima = Totals(2 * scheme.maximum(Kind.LEARN_THAT), 2 * scheme.maximum(Kind.LEARN_HOW_TO))
    far = own is not None and queries.is_far_apart(sampled, own, scheme)
    rules.check_decision(decision=decision, own=own, marks=half_marks, maxima=maxima, note=note, far=far)
    sampled.decision, sampled.note = decision, note.strip()
    sampled.decided_by, sampled.decided_at = by, at
    if decision == "adjusted" and half_marks:
        sampled.half_marks_learn_that = half_marks.learn_that
        sampled.half_marks_learn_how_to = half_marks.learn_how_to
    sampled.save()
    look_drafts.end_drafts(sampled)
    agreed = sampled.script.agreement.half_marks
    now = half_marks.total if half_marks and decision == "adjusted" else agreed
    audit.record(
        f"moderation.{decision}", sampled.script, by=by, at=at, agreed_half_marks=agreed, half_marks=now,
        note=sampled.note, own_half_marks=2 * own.total if own else None,
        by_kind=[sampled.half_marks_learn_that, sampled.half_marks_learn_how_to] if decision == "adjusted" else None,
    )  # fmt: skip
    return sampled


@transaction.atomic
def declare_conflict(
    *, sampled: Sampled, declaration: marking_rules.Declaration, by: User, at: datetime
) -> DeclaredConflict:
    """Leave a sampled script to another moderator, with a reason; one's own marks and notes for it are taken out and
    kept, and the marks stand in the script's trail. What was saved and not given is gone.

    A second time gives the first declaration. Refuses once the script is decided.
    """
    sampled = _held(sampled)
    known = marking.declared_by(by, sampled.script_id)
    if known:
        return known
    code = sampled.script.sitting.code
    rules.check_can_declare(code, decided=bool(sampled.decision), own=sampled.decided_by_id == by.pk)
    declared = keep_declaration(script=sampled.script, declaration=declaration, by=by, at=at)
    look_drafts.end_drafts(sampled, of=by)
    began = sampled.marked_by_id == by.pk
    own = marks_gone(sampled.marks) if began else {}
    if began:
        LeftQueue.objects.create(
            script=sampled.script, marker=by, position=0, marks=sampled.marks, passages=sampled.passages,
            cause=Cause.MODERATOR, at=at,
        )  # fmt: skip
    audit.record(
        "moderation.conflict_declared", sampled.script, by=by, at=at, had_marked=began, kind=declared.kind,
        reason=declared.reason, **own,
    )  # fmt: skip
    if began:  # the database lets them go behind the event that keeps them (`common.settled`)
        sampled.marks, sampled.passages, sampled.marked_by = {}, [], None
        sampled.save(update_fields=["marks", "passages", "marked_by"])
    return declared


def set_aside(*, marking: Marking, reason: str, by: Any, at: datetime) -> SetAside:
    """Set submitted marks aside, so that another marker gives theirs; see `set_aside_all`."""
    return set_aside_all(markings=[marking], reason=reason, by=by, at=at)[0]


@transaction.atomic
def set_aside_all(*, markings: Sequence[Marking], reason: str, by: Any, at: datetime) -> list[SetAside]:
    """Set submitted marks of one window aside, so that other markers give theirs; see `marking.actions.set_aside_many`.

    In a round that is open their scripts belong to the sample from then on, and decisions on them fall: it is decided
    on the new marks. A moderator's own blind marks stay, and they don't become a script's marker. A second time gives
    the first records and changes nothing. Refuses once the moderation is signed off or the results are released.
    """
    if not markings:
        return []
    first = Script.objects.select_related("sitting").defer("text", "parts", "sitting__draft")
    script = first.get(pk=markings[0].script_id or 0)
    window = Window.objects.select_for_update(of=("self",)).get(pk=script.sitting.window_id)
    opened = Round.objects.select_for_update(of=("self",)).filter(window=window).first()
    known = {one.marking: one for one in SetAside.objects.filter(marking__in=[one.pk for one in markings])}
    new = [one for one in markings if one.pk not in known]
    if new:  # of the others, what was decided on the new marks meanwhile stands
        rules.check_can_set_aside(
            script.sitting.code,
            signed_off=bool(opened and opened.signed_off_at),
            released=window.state == WindowState.RELEASED,
        )
        drawing.freeze_terms(window, by=by, at=at)
        made = marking_actions.set_aside_many(markings=new, reason=reason, by=by, at=at)
        known |= {one.marking: one for one in made}
        if opened:
            _sample_anew(opened, {one.script_id for one in made}, by=by, at=at)
    return [known[one.pk] for one in markings]


def _sample_anew(opened: Round, scripts: Collection[int], *, by: Any, at: datetime) -> None:
    there = Sampled.objects.filter(script__in=scripts).order_by().values_list("script_id", flat=True)
    new = sorted(set(scripts) - set(there))
    Sampled.objects.bulk_create(
        (Sampled(round=opened, script_id=pk, reason="marks of it were set aside") for pk in new),
        batch_size=1000,
    )
    nothing = {"was": "", "note": "", "half_marks": [None, None]}
    audit.record_many("moderation.reopened", {f"script:{pk}": nothing for pk in new}, by=by, at=at)
    decisions_fall(scripts, by=by, at=at)


def decisions_fall(scripts: Collection[int], *, by: Any, at: datetime) -> None:
    """Take the decisions on scripts back whose marks are there no more, and what a shift moved of these, and keep what
    they were in the trail. Few statements, however many there are.
    """
    shifts_fall(scripts, by=by, at=at)
    decided = Sampled.objects.filter(script__in=scripts).exclude(decision="").order_by("pk")
    was = {
        f"script:{one.script_id}": {
            "was": one.decision, "note": one.note,
            "half_marks": [one.half_marks_learn_that, one.half_marks_learn_how_to],
        }
        for one in decided
    }  # fmt: skip
    audit.record_many("moderation.reopened", was, by=by, at=at)
    decided.order_by().update(
        decision="", note="", decided_by=None, decided_at=None, half_marks_learn_that=None,
        half_marks_learn_how_to=None,
    )  # fmt: skip


def _locked(sampled: Sampled, by: User, *, at: datetime) -> Sampled:
    """The row, locked after its round; refuses a signed-off round, and whom its page refuses."""
    fresh = _held(sampled)
    seeing.check_open(fresh)
    seeing.check_may_look(fresh, by.pk, day=clock.day_of(at))
    return fresh


def _held(sampled: Sampled) -> Sampled:
    """The row as it is now, locked after its round."""
    round_id = Sampled.objects.values_list("round_id", flat=True).get(pk=sampled.pk)
    Round.objects.select_for_update(of=("self",)).get(pk=round_id)
    return (
        Sampled.objects.select_for_update(of=("self",))
        .select_related(
            "script__sitting__window", "script__agreement", "round__window__case_study__scheme",
            "marked_by", "decided_by",
        )
        .get(pk=sampled.pk)
    )  # fmt: skip


def _same_decision(
    sampled: Sampled, decision: str, half_marks: Totals | None, note: str, *, by: User
) -> Sampled:
    kept = (sampled.half_marks_learn_that, sampled.half_marks_learn_how_to)
    given = (
        (half_marks.learn_that, half_marks.learn_how_to)
        if half_marks and decision == "adjusted"
        else (None, None)
    )
    if sampled.decided_by_id == by.pk and (decision, given, note.strip()) == (
        sampled.decision, kept, sampled.note,
    ):  # fmt: skip
        return sampled
    done = (
        "let the agreed marks stand" if sampled.decision == "confirmed" else "put other marks in their place"
    )
    raise decided_meanwhile(
        done, by=by, who=sampled.decided_by, at=sampled.decided_at or sampled.round.opened_at,
        code="moderation.decided",
        then="The decision stands. If it should not, write to the programme office before the round is signed off.",
    )  # fmt: skip


@transaction.atomic
def sign_off(*, round: Round, by: User, at: datetime) -> Round:
    """Close a round when every script of its sample is decided; from then on outcomes can be worked out
    (S1-32), where the version asks for no national moderation; of no script there is nothing to ask it, and of what
    it has answered already nothing is asked again.

    Refuses while a script waits for marks, a batch for a second person or for its sample, a stopped marker for the
    office or a seed for a marker who has time for it, and a sample that more time or later scripts have overtaken.
    Seeds that nobody marked leave their markers' queues, so that none stops anybody afterwards.
    """
    Window.objects.select_for_update(of=("self",)).get(pk=round.window_id)
    round = Round.objects.select_for_update(of=("self",)).select_related("window").get(pk=round.pk)
    if round.signed_off_at:
        return round
    queries.check_not_overtaken(round)
    still_open = round.sample.filter(decision="").order_by().values_list("script__sitting__code", flat=True)
    rules.check_sign_off(list(still_open))
    rules.check_batches(list(round.batches.order_by("pk").values_list("state", flat=True)))
    rules.check_shifts(round.shifts.filter(state="proposed").exists())
    rules.check_marked_anew(marking.unfinished_in(round.window))
    seeds, until = quality_queries.seeds_awaited(round.window_id, clock.day_of(at))
    rules.check_drift(stops=quality_queries.undecided_stops(round.window_id), seeds=seeds, until=until)
    seeding.withdraw(round.window_id, by=by, at=at)
    round.signed_off_at, round.signed_off_by = at, by
    handed_in = marking.scripts_of(round.window).exists()
    round.national = handed_in and queries.asks_national(round.window)
    round.save(update_fields=["signed_off_at", "signed_off_by", "national"])
    supplements.settle(round)
    adjusted = round.sample.filter(decision="adjusted").count()
    audit.record(
        "moderation.signed_off", round.window, by=by, at=at, sampled=round.sample.count(), adjusted=adjusted,
        national=round.national,
    )  # fmt: skip
    return round


def record_look(*, sampled: Sampled, by: User, at: datetime) -> bool:
    """Put on record that somebody who didn't decide a script opened its markings: once a day for each person, in the
    script's trail. Gives whether this was the first time that day.
    """
    day = clock.day_of(at).isoformat()
    if queries.looked_on(sampled, by) == day:
        return False
    with transaction.atomic():
        audit.record(queries.LOOKED, sampled.script, by=by, at=at, day=day, decided_by=sampled.decided_by_id)
    return True
