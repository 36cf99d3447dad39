"""A marker's batch is shifted by so many half marks, if a second person agrees; what comes near the pass mark is looked
at instead.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value

from goldenthread.assessment import penalties
from goldenthread.assessment.models import Window
from goldenthread.common import audit
from goldenthread.marking import queries as marking
from goldenthread.marking.agreement_rules import standing_in
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.marking.rules import FIRST_REMARK, Kind, Totals
from goldenthread.moderation import drawing, proposals, rules, sampling, shift_rules
from goldenthread.moderation.final import FinalMarks
from goldenthread.moderation.models import Batch, Round, Sampled, Shift, ShiftedMark
from goldenthread.moderation.shift_rules import Line, Move, Plan
from goldenthread.people.access import Viewer
from goldenthread.people.models import User

NEAR = "a shift would bring it near the pass mark, or across it"  # why a script is in the sample


def move_of(shift: Shift) -> Move:
    """By how much a kept shift moves."""
    return Move(shift.half_marks_learn_that, shift.half_marks_learn_how_to)


# --- what there is -----------------------------------------------------------------------------------
def plan_of(round: Round, marker: int, move: Move) -> Plan:
    """What a shift would do now. Six queries, however many scripts there are."""
    scheme = marking.scheme_of(round.window)
    maxima = maxima_in(round.window)
    terms = sampling.terms_from(round.terms) if round.terms else drawing.terms_of(round.window, scheme)
    lengths = penalties.too_long(round.window)
    lines = []
    for script, sitting, code, that, how, sampled, before in _agreed(round, marker):
        was = Totals(that or 0, how or 0)
        now = shift_rules.moved(was, move, maxima)
        counted, then = (FinalMarks(one, True, lengths.get(sitting)).counts for one in (was, now))
        lines.append(Line(script, code, was, now, counted, then, sampled, before))
    return shift_rules.plan(lines, pass_mark=scheme.pass_mark, below=terms.below, above=terms.above)


def maxima_in(window: Window) -> Totals:
    """The most half marks that a window's mark scheme gives, by kind."""
    scheme = marking.scheme_of(window)
    return Totals(2 * scheme.maximum(Kind.LEARN_THAT), 2 * scheme.maximum(Kind.LEARN_HOW_TO))


def _agreed(round: Round, marker: int) -> list[tuple[Any, ...]]:
    """The scripts whose agreed marks a marker's own are a part of: script, sitting, code, half marks by kind, and
    whether it is in the sample or was moved.
    """
    given = Marking.objects.filter(
        script__sitting__window=round.window_id, script__current=True, marker=marker,
        state=MarkingState.SUBMITTED, position__lt=FIRST_REMARK,
    )  # fmt: skip
    others = Marking.objects.filter(script__in=given.values("script")).order_by()
    positions: dict[int, set[int]] = {}
    own: dict[int, int] = {}
    for script, position, user in others.values_list("script_id", "position", "marker_id"):
        if position < FIRST_REMARK:
            positions.setdefault(script, set()).add(position)
            own |= {script: position} if user == marker else {}
    agreed = Agreement.objects.filter(script__in=own, state=AgreementState.AGREED).order_by()
    holding = ShiftedMark.objects.filter(script=OuterRef("script"), fell_at__isnull=True).order_by()
    looked = Sampled.objects.filter(script=OuterRef("script")).order_by()
    rows: Any = agreed.annotate(in_sample=Exists(looked), moved=Exists(holding)).values_list(
        "standing", "script_id", "script__sitting_id", "script__sitting__code", "half_marks_learn_that",
        "half_marks_learn_how_to", "in_sample", "moved",
    )  # fmt: skip
    return [tuple(row) for kept, *row in rows if own[row[0]] in standing_in(kept, positions[row[0]])]


def shifts_of(round: Round) -> QuerySet[Shift]:
    """The shifts of a round, the oldest first."""
    return round.shifts.select_related("marker", "proposed_by", "decided_by").order_by("proposed_at", "pk")


@dataclass(frozen=True)
class Proposed:
    """A batch or a shift of a round, as a list names it: "batch" or "shift", and how far it is, in words."""

    kind: str
    pk: int
    at: datetime
    state: str


def proposed_in(round: Round) -> list[Proposed]:
    """What was proposed in a round, batches and shifts, the oldest first. One query."""
    names = [dict(kind._meta.get_field("state").flatchoices) for kind in (Batch, Shift)]
    found = round.batches.order_by().values_list(Value(0), "pk", "proposed_at", "state")
    others = round.shifts.order_by().values_list(Value(1), "pk", "proposed_at", "state")
    rows = sorted(found.union(others, all=True), key=lambda row: (row[2], row[:2]))
    return [
        Proposed(("batch", "shift")[kind], pk, at, str(names[kind][state])) for kind, pk, at, state in rows
    ]


def get_shift_for(viewer: Viewer, shift_id: int) -> Shift:
    """A shift for a moderator or the office; 404 for everybody else."""
    return proposals.get_for(viewer, Shift, shift_id)


def moved_by(shift: Shift) -> QuerySet[ShiftedMark]:
    """What a shift moved, by code, also what has fallen since."""
    rows = shift.marks.select_related("script__sitting").defer(
        "script__text", "script__parts", "script__sitting__draft"
    )
    return rows.order_by("script__sitting__code")


# --- propose, decide ---------------------------------------------------------------------------------
@transaction.atomic
def propose(*, round: Round, marker: int, move: Move, reason: str, by: User, at: datetime) -> Shift:
    """Propose that the agreed marks of a marker's scripts move; nothing changes until a second person agrees.

    Refuses without a reason, a move of nothing or of more than there is, after the sign-off, while something else of
    the round waits, where nothing would move or be looked at, and to the marker. The same proposal again gives the one
    that is there.
    """
    held = proposals.held_round(round)
    waiting = held.shifts.filter(state="proposed").first()
    if (
        waiting
        and (waiting.proposed_by_id, waiting.marker_id) == (by.pk, marker)
        and move_of(waiting) == move
    ):
        return waiting
    rules.check_reason(reason, what="these marks move")
    shift_rules.check_move(move, maxima_in(held.window))
    found = plan_of(held, marker, move)
    _check(held, found, marker, by, waits=waiting is not None)
    made = Shift.objects.create(
        round=held, marker_id=marker, half_marks_learn_that=move.learn_that,
        half_marks_learn_how_to=move.learn_how_to, reason=reason.strip(), proposed_by=by, proposed_at=at,
    )  # fmt: skip
    _record(
        "proposed", made, by=by, at=at, moves=len(found.moves), looks=len(found.looks), reason=made.reason
    )
    return made


@transaction.atomic
def decide(*, shift: Shift, agree: bool, reason: str, seen: str, by: User, at: datetime) -> Shift:
    """A second person moves the marks of a batch, or says no; the same decision twice is one.

    Each moved script gets a row with its marks before and after, and an event in its trail; what would come near the
    pass mark, or across it, joins the sample unmoved. `seen` is the fingerprint of the plan that was looked at. Refuses
    who proposed it, whose marks are among them, another plan than was seen, and a round that was signed off meanwhile.
    """
    held_round = proposals.held_round(shift.round)
    held = Shift.objects.select_for_update(of=("self",)).get(pk=shift.pk)
    state = "done" if agree else "refused"
    if (held.decided_by_id, held.state) == (by.pk, state):
        return held
    proposals.check_open(held)
    rules.check_second(by=by.pk, first=held.proposed_by_id)
    if not agree:
        rules.check_reason(reason, what="you don't agree")
    found = plan_of(held_round, held.marker_id, move_of(held))
    _check(held_round, found, held.marker_id, by, waits=False, refusing=not agree)
    if agree:
        shift_rules.check_seen(seen, found.fingerprint)
        held.looked_at = [one.script for one in found.looks]
        _apply(held, found, by=by, at=at)
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()
    held.save()
    _record(
        state, held, by=by, at=at, moves=len(found.moves) if agree else 0, looks=len(held.looked_at),
        reason=held.decision_reason,
    )  # fmt: skip
    return held


def _apply(shift: Shift, found: Plan, *, by: User, at: datetime) -> None:
    ShiftedMark.objects.bulk_create(
        (
            ShiftedMark(
                shift=shift, script_id=one.script,
                was_learn_that=one.before.learn_that, was_learn_how_to=one.before.learn_how_to,
                half_marks_learn_that=one.after.learn_that, half_marks_learn_how_to=one.after.learn_how_to,
            )
            for one in found.moves
        ),
        batch_size=1000,
    )  # fmt: skip
    told = {
        f"script:{one.script}": {
            "shift": shift.pk, "was": [one.before.learn_that, one.before.learn_how_to],
            "half_marks": [one.after.learn_that, one.after.learn_how_to], "reason": shift.reason,
        }
        for one in found.moves
    }  # fmt: skip
    audit.record_many("moderation.shifted", told, by=by, at=at)
    Sampled.objects.bulk_create(
        (Sampled(round=shift.round, script_id=one.script, reason=NEAR) for one in found.looks),
        batch_size=1000,
    )
    joined = {f"script:{one.script}": {"shift": shift.pk, "reason": shift.reason} for one in found.looks}
    audit.record_many("moderation.to_look_at", joined, by=by, at=at)


@transaction.atomic
def take_back(*, shift: Shift, by: User, at: datetime) -> Shift:
    """Take one's own proposal back while nobody has decided it; twice is one."""
    held = Shift.objects.select_for_update(of=("self",)).get(pk=shift.pk)
    if proposals.take_back(held, by=by, at=at):
        _record("taken_back", held, by=by, at=at)
    return held


def _check(round: Round, found: Plan, marker: int, by: User, *, waits: bool, refusing: bool = False) -> None:
    open_batch = round.batches.filter(state__in=("proposed", "done")).exists()
    shift_rules.check_can_shift(
        signed_off=bool(round.signed_off_at), waits=waits or (open_batch and not refusing),
        own=marker == by.pk, empty=not (found.moves or found.looks), refusing=refusing,
    )  # fmt: skip


def _record(verb: str, shift: Shift, *, by: Any, at: datetime, **details: Any) -> None:
    audit.record(
        f"shift.{verb}", shift.round.window, by=by, at=at, shift=shift.pk, marker=shift.marker_id,
        half_marks=[shift.half_marks_learn_that, shift.half_marks_learn_how_to], **details,
    )  # fmt: skip
