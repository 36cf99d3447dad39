"""A batch of marks that a moderator finds wrong goes back to marking by other markers, if a second person agrees."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment.models import Script
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking_actions
from goldenthread.marking import conflicts
from goldenthread.marking import quality_queries as quality
from goldenthread.marking import queries as marking
from goldenthread.marking.capacity_queries import Loads
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.pay_rules import THIRD
from goldenthread.marking.rules import FIRST_REMARK, fill_places
from goldenthread.moderation import proposals, queries, rules, sampling
from goldenthread.moderation.actions import add_to_sample, decisions_fall
from goldenthread.moderation.falling import shifts_fall
from goldenthread.moderation.models import Batch, Round
from goldenthread.people.access import Viewer
from goldenthread.people.models import User


@dataclass(frozen=True)
class Which:
    """What a batch is of: everything of a marker, every marking that gave a point at most so many marks, both, or, with
    neither, every marking of the window.
    """

    marker: int | None = None
    point: int | None = None
    most: int | None = None


def which_of(batch: Batch) -> Which:
    """What a kept batch is of."""
    return Which(batch.marker_id, batch.point, batch.most)


# --- what there is ---------------------------------------------------------------------------------------
def markings_meant(round: Round, which: Which) -> list[Marking]:
    """The submitted markings that a batch means, by script; re-marks for an appeal are none. One query."""
    return [one for one in _markings(round) if _meant(one, which)]


def _markings(round: Round) -> list[Marking]:
    found = Marking.objects.filter(script__sitting__window=round.window_id, script__current=True)
    fields = ("script_id", "marker_id", "position", "state", "marks", "revised")
    return list(found.only(*fields).order_by("script_id", "position"))


def _meant(one: Marking, which: Which) -> bool:
    if one.state != MarkingState.SUBMITTED or one.position >= FIRST_REMARK:
        return False
    if which.marker is not None and one.marker_id != which.marker:
        return False
    given = one.standing.get(str(which.point))
    return which.point is None or (given is not None and (which.most is None or given <= which.most))


@dataclass(frozen=True)
class Reach:
    """How much a batch takes back: markings, scripts, and for how many of these too few other markers are free.

    A script needs `needed` markers at most who have never had it, and at least `free` are there for each: of the
    `pool` that may mark in the window, its own too, who take each other's scripts. With `further` people more in the
    role of a marker, who know none of the authors, no script would wait. Where there are enough for each script and
    not for all of them, since markers take no more, `full` says so.
    """

    markings: int
    scripts: int
    without_marker: int
    needed: int = 0
    free: int = 0
    further: int = 0
    pool: int = field(default=0, compare=False)

    @property
    def full(self) -> bool:
        return self.further > 0 and self.free >= self.needed


def reach_of(round: Round, which: Which, *, at: datetime) -> Reach:
    """What a batch would do now: places are shared out as they would be. Seven queries, however many scripts there
    are.
    """
    return _reaches(round, _markings(round), [which], at=at)[0]


@dataclass(frozen=True)
class _Pool:
    """Who may have which script of a round and never had it, and how many each takes still."""

    people: list[int]
    may: Mapping[int, list[int]]
    takes: Loads
    doing: Mapping[int, int]


def _reaches(round: Round, markings: list[Marking], batches: Iterable[Which], *, at: datetime) -> list[Reach]:
    day = clock.day_of(at)
    able = quality.able_in(round.window, day)
    takes = quality.loads_for_another(round.window, able, day)
    people = [one for one in able if one not in takes.away]
    scripts = {one.script_id for one in markings if one.script_id is not None}
    away = conflicts.not_to_meet(Script.objects.filter(pk__in=scripts), people)
    held = {(one.script_id, one.marker_id) for one in markings}
    may = {
        script: [one for one in people if (script, one) not in away and (script, one) not in held]
        for script in scripts
    }
    pool = _Pool(people, may, takes, marking.open_loads(people))
    return [_reach(markings, which, pool) for which in batches]


def fresh_needed(round: Round, *, at: datetime) -> tuple[Reach, list[tuple[str, Reach]]]:
    """What it would take to mark everything of a round anew, and what each marker's marks, by letter. Seven queries."""
    markings = _markings(round)
    there = _by_lot(round, {one.marker_id for one in markings if _meant(one, Which())})
    whole, *each = _reaches(round, markings, [Which(), *(Which(marker=one) for one in there)], at=at)
    return whole, [(letter_of(place), reach) for place, reach in enumerate(each)]


def _reach(markings: Iterable[Marking], which: Which, pool: _Pool) -> Reach:
    """Of a script whose third marks go back too, a third is only asked once the others differ again."""
    meant = [one for one in markings if one.script_id is not None and _meant(one, which)]
    needed = Counter(one.script_id or 0 for one in meant if one.position != THIRD)
    needed |= Counter({one.script_id or 0: 1 for one in meant})
    places = sorted(needed.elements())
    rooms = pool.takes.rooms(less=Counter(one.marker_id for one in meant))
    given = fill_places(places, pool.may, loads=pool.doing, rooms=rooms)
    open_ = Counter(script for script, marker in zip(places, given, strict=True) if marker is None)
    free = (sum(rooms.get(one, 1) > 0 for one in pool.may[script]) for script in needed)
    return Reach(
        len(meant), len(needed), len(open_), max(needed.values(), default=0), min(free, default=0),
        max(open_.values(), default=0), len(pool.people),
    )  # fmt: skip


def batches_of(round: Round) -> QuerySet[Batch]:
    """The batches of a round, the oldest first."""
    return round.batches.select_related("marker", "proposed_by", "decided_by").order_by("proposed_at", "pk")


def get_batch_for(viewer: Viewer, batch_id: int) -> Batch:
    """A batch for a moderator or the office; 404 for everybody else."""
    return proposals.get_for(viewer, Batch, batch_id)


# --- propose, decide -------------------------------------------------------------------------------------
@transaction.atomic
def propose(*, round: Round, which: Which, reason: str, by: User, at: datetime) -> Batch:
    """Propose that marks are given anew by other markers; nothing changes until a second person agrees.

    Refuses without a reason, after the sign-off, while another batch waits, where nothing is meant, and to whose
    marks are among them. The same proposal again gives the one that is there.
    """
    held = proposals.held_round(round)
    waiting = held.batches.filter(state="proposed").first()
    if waiting and waiting.proposed_by_id == by.pk and which_of(waiting) == which:
        return waiting
    rules.check_reason(reason, what="these marks go back to marking")
    meant = markings_meant(held, which)
    _check(held, meant, by, waits=waiting is not None)
    made = Batch.objects.create(
        round=held, marker_id=which.marker, point=which.point, most=which.most, reason=reason.strip(),
        proposed_by=by, proposed_at=at,
    )  # fmt: skip
    _record("proposed", made, by=by, at=at, markings=len(meant), reason=made.reason)
    return made


@transaction.atomic
def decide(*, batch: Batch, agree: bool, reason: str, by: User, at: datetime) -> Batch:
    """A second person sends a batch back to marking, or says no; the same decision twice is one.

    Every mark that is meant is set aside whole and stays as a row; its place goes to another marker, each of whom gets
    one mail; decisions on these scripts fall. Refuses who proposed it, whose marks are among them, and a round that
    was signed off meanwhile.
    """
    held_round = proposals.held_round(batch.round)
    held = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    state = "done" if agree else "refused"
    if held.decided_by_id == by.pk and held.state in (("done", "drawn") if agree else ("refused",)):
        return held
    proposals.check_open(held)
    rules.check_second(by=by.pk, first=held.proposed_by_id)
    if not agree:
        rules.check_reason(reason, what="you don't agree")
    meant = markings_meant(held_round, which_of(held))
    _check(held_round, meant, by, waits=False, refusing=not agree)
    if agree:
        held.scripts = sorted({one.script_id for one in meant})
        _send_back(held, meant, by=by, at=at)
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()
    held.save()
    _record(state, held, by=by, at=at, scripts=len(held.scripts), reason=held.decision_reason)
    return held


def _send_back(batch: Batch, meant: list[Marking], *, by: User, at: datetime) -> None:
    why = f"Batch {batch.pk}: {batch.reason}"
    marking_actions.set_aside_many(markings=meant, reason=why[:1000], by=by, at=at)
    decisions_fall(batch.scripts, by=by, at=at)


@transaction.atomic
def take_back(*, batch: Batch, by: User, at: datetime) -> Batch:
    """Take one's own proposal back while nobody has decided it; twice is one."""
    held = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if proposals.take_back(held, by=by, at=at):
        _record("taken_back", held, by=by, at=at)
    return held


@transaction.atomic
def sample_anew(*, batch: Batch, by: User, at: datetime, seed: str = "") -> Batch:
    """Draw from what was marked anew by the rules of the round, with a seed of its own; what is in the sample already
    stays. A second time changes nothing. Refuses, naming what is missing, while a script has no agreed marks.
    """
    held_round = proposals.held_round(batch.round)
    held = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if held.state == "drawn":
        return held
    if held.state != "done":
        raise Refused("This batch isn't back in marking.", code="batch.not_done")
    window = held_round.window
    rules.check_marked_anew(marking.unfinished_in(window))
    scheme, wanted = marking.scheme_of(window), set(held.scripts)
    terms = sampling.terms_from(held_round.terms) if held_round.terms else sampling.Terms(
        held_round.share_percent, scheme.tolerance, scheme.tolerance
    )  # fmt: skip
    held.seed = seed or secrets.token_hex(16)
    again = [one for one in queries.marked_scripts(window) if one.script in wanted]
    sample = sampling.draw(again, terms, seed=held.seed, pass_mark=scheme.pass_mark)
    before = held_round.sample.count()
    add_to_sample(held_round, sample)
    shifts_fall([one.script for one in sample.drawn], by=by, at=at)
    held.state, held.drawn_at = "drawn", at
    held.save(update_fields=["state", "seed", "drawn_at"])
    _record("sampled", held, by=by, at=at, seed=held.seed, joined=held_round.sample.count() - before)
    return held


def _check(round: Round, meant: list[Marking], by: User, *, waits: bool, refusing: bool = False) -> None:
    own = any(one.marker_id == by.pk for one in meant)
    rules.check_batch(
        signed_off=bool(round.signed_off_at), waits=waits, markings=len(meant), own=own, refusing=refusing
    )


def _record(verb: str, batch: Batch, *, by: Any, at: datetime, **details: Any) -> None:
    audit.record(
        f"batch.{verb}", batch.round.window, by=by, at=at, batch=batch.pk, marker=batch.marker_id, point=batch.point,
        most=batch.most, **details,
    )  # fmt: skip


# --- how markers' marks compare with the moderators' -----------------------------------------------------
@dataclass(frozen=True)
class Compared:
    """A marker of a round by letter, so that moderators know no name: markings submitted, how many of them a moderator
    marked blind too, and by how many marks on average theirs are above (or, negative, below) the moderators'.
    """

    letter: str
    marker: int
    name: str
    submitted: int
    compared: int
    difference: Fraction | None


def compared_in(round: Round) -> list[Compared]:
    """Every marker of a round with how their marks compare, by letter; letters are dealt by lot. Two queries."""
    own = {
        script: sum(marks.values())
        for script, marks in round.sample.exclude(marked_by=None).order_by().values_list("script_id", "marks")
    }
    found: dict[int, list[Any]] = {}
    rows = Marking.objects.filter(
        script__sitting__window=round.window_id, script__current=True, state=MarkingState.SUBMITTED,
        position__lt=FIRST_REMARK,
    )  # fmt: skip
    for marker, name, script, that, how in rows.order_by("pk").values_list(
        "marker_id", "marker__name", "script_id", "learn_that", "learn_how_to"
    ):
        line = found.setdefault(marker, [name, 0, []])
        line[1] += 1
        if script in own:
            line[2].append((that or 0) + (how or 0) - own[script])
    by_lot = _by_lot(round, found)
    return [
        Compared(
            letter_of(place), marker, found[marker][0], found[marker][1], len(found[marker][2]),
            Fraction(sum(found[marker][2]), len(found[marker][2])) if found[marker][2] else None,
        )
        for place, marker in enumerate(by_lot)
    ]  # fmt: skip


def _by_lot(round: Round, markers: Iterable[int]) -> list[int]:
    return sorted(markers, key=lambda marker: sampling.lot(round.seed, str(marker)))


def letter_in(round: Round, marker: int) -> str:
    """The letter of a marker of a round; "" of who has no marks in it any more. One query."""
    there = _by_lot(round, {one.marker_id for one in _markings(round) if _meant(one, Which())})
    return letter_of(there.index(marker)) if marker in there else ""


def letter_of(place: int) -> str:
    """The letter of a place from 0: A to Z, then AA, AB."""
    return (letter_of(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)
