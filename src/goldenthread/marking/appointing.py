"""Give scripts to markers: allocate a window, fill places that are open, give a marking to somebody else, re-mark."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.upload_queries import still_coming, undecided_texts
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused
from goldenthread.marking import (
    acquaintance_queries,
    capacity_queries,
    conflicts,
    quality_queries,
    quality_rules,
    queries,
    rules,
    seeding,
)
from goldenthread.marking.handing_models import Cause, HandedBack, LeaseEnded
from goldenthread.marking.models import AgreementState, Marking, MarkingState
from goldenthread.marking.putting_aside import keep_left, marks_gone, put_aside
from goldenthread.marking.quality_models import SingleMarked
from goldenthread.people.models import Role, User

DAYS_TO_MARK = 14


def locked_script(script_id: int | None) -> Script:
    """A script whose row is locked, with its sitting and window."""
    return (
        Script.objects.select_for_update(of=("self",))
        .select_related("sitting__window")
        .get(pk=script_id or 0)
    )


# --- allocation --------------------------------------------------------------------------------------
@transaction.atomic
def allocate_window(*, window: Window, by: Any, at: datetime, due_on: date | None = None) -> int:
    """Give every script of a closed window two blind markers; returns how many markings were made (S2-35,
    S1-31).

    Of a window whose policy says so, scripts go to qualified markers alone, some to one marker, and seeds are among
    them. Nobody gets more than they take, or any while they are away. Doing it again gives markers to what has none
    yet: scripts that came in by a later decision, that a marker gave back while nobody else was free, and referred ones
    for which no third marker was free. Refuses while somebody may still hand in, where markers free of conflict are too
    few, where they can't take everything: then it says by how many markings; and while the office has to
    say whom a marker named beforehand. `due_on` is the day by which marks are
    due, 14 days from now unless said.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    check_closed(window, at=at)
    if window.mark_scheme is None:
        raise Refused("This window has no case study with a mark scheme.", code="allocation.no_scheme")
    due = due_on or clock.day_of(at) + timedelta(days=DAYS_TO_MARK)
    if due < clock.day_of(at):
        raise Refused("Choose a due date from today on.", code="allocation.due", field="due_on")
    made, lot = _allot(window, due=due, at=at)
    filled, unfilled = _fill_places(window, due_on=due_on, by=by, at=at)
    if unfilled and not made and not filled:
        raise Refused(
            f"No marker is free for {', '.join(unfilled[:5])}{' and others' if len(unfilled) > 5 else ''}. "
            "Give the marker role to somebody who neither marks, teaches nor knows these participants, or raise what "
            "a marker takes at most, then allocate again.",
            code="allocation.nobody_free",
        )
    if made:
        scripts = len({one.script_id for one in made if one.script_id})
        audit.record(
            "marking.allocated",
            window,
            by=by,
            at=at,
            markings=len(made),
            scripts=scripts,
            due_on=due,
            lot=lot,
        )
        tell_markers(window, made, at=at)
    return len(made) + filled


def _allot(window: Window, *, due: date, at: datetime) -> tuple[list[Marking], str]:
    """Markings for every script of a window that has none, and what its lots were drawn with."""
    policy, lot = quality_queries.policy_of(window.pk), seeding.new_lot()
    waiting = queries.scripts_of(window).filter(markings__isnull=True)
    codes = dict(waiting.values_list("pk", "sitting__code"))
    people = quality_queries.able_in(window, clock.day_of(at))
    if codes and policy.standardised:
        _check_qualified(people, 1 if policy.second is quality_rules.Second.NONE else 2)
    if codes:
        acquaintance_queries.check_looked_at(
            Enrolment.objects.filter(sittings__scripts__in=waiting.order_by()), people
        )
    known = set(
        SingleMarked.objects.filter(script__in=waiting.order_by()).values_list("script_id", flat=True)
    )
    single = quality_rules.draw_single(set(codes) - known, policy, lot=lot)
    SingleMarked.objects.bulk_create(
        [SingleMarked(script_id=pk, at=at) for pk in sorted(single)], batch_size=1000
    )
    allotted = rules.allocate(
        codes, people, conflicts.not_to_meet(waiting, people), single=single | known,
        loads=queries.open_loads(people), rooms=_rooms(window, people, policy, due=due, at=at),
    )  # fmt: skip
    made = [
        Marking(script_id=one.script, position=position, marker_id=marker, allocated_at=at, due_on=due)
        for one in allotted
        for position, marker in enumerate(one.markers, start=1)
    ]
    made = seeding.with_seeds(window, made, policy, lot=lot, due_on=due, at=at)
    return Marking.objects.bulk_create(made, batch_size=1000), lot


def _rooms(
    window: Window, people: Sequence[int], policy: quality_rules.Policy, *, due: date, at: datetime
) -> dict[int, int]:
    """How many scripts each may be given now, so that with the seeds that come with them nobody gets too many."""
    percent = policy.seed_percent
    office = set(queries.holders_on(clock.day_of(at), Role.OFFICE)) if percent else set()
    seeds = {one: percent for one in people if one not in office}
    return capacity_queries.rooms_in(window, people, given_on=clock.day_of(at), due_on=due, seeds=seeds)


def _check_qualified(people: Sequence[int], needed: int) -> None:
    if len(people) < needed:
        few = "Nobody is" if not people else "Only one marker is"
        raise Refused(
            f"{few} qualified to mark this window. Ask markers to finish their practice set, or decide for one on the "
            "page of its standardisation, then allocate again.",
            code="allocation.not_qualified",
        )


def check_closed(window: Window, *, at: datetime, then: str = "Allocate") -> None:
    """Nobody's script can come in any more: the last sitting has ended, and a while has passed since. `then` is what is
    to be done afterwards, for the refusal.
    """
    last = window.sittings.order_by("-closes_at").values_list("closes_at", flat=True).first()
    if last is None:
        raise Refused("Nobody sits in this window.", code="allocation.nobody")
    rules.check_all_in(last, at=at, zone=window.zone, then=then)
    texts = undecided_texts(window, at=at)
    until = still_coming(window, at=at, texts=texts)
    if until is not None:
        rules.check_none_under_way(until, zone=window.zone, texts=len(texts))


def _fill_places(window: Window, *, due_on: date | None, by: Any, at: datetime) -> tuple[int, list[str]]:
    """Appoint whoever is free to places that are open on scripts that somebody marks already.

    How many were filled, and the codes of the scripts for which nobody was free.
    """
    begun = queries.scripts_of(window).filter(markings__isnull=False)
    lacking = [*queries.lacking_markers(begun).distinct().values_list("pk", flat=True)]
    referred = queries.scripts_of(window).filter(agreement__state=AgreementState.REFERRED)
    lacking += referred.exclude(markings__position=3).values_list("pk", flat=True)
    filled, unfilled = 0, []
    for script in map(locked_script, lacking):
        for position in queries.open_places(script):
            if appoint(script, position, due_on=due_on, by=by, at=at):
                filled += 1
            else:
                unfilled.append(script.sitting.code)
    return filled, unfilled


def tell_markers(window: Window, made: Sequence[Marking], *, at: datetime) -> None:
    """One mail to each marker of these markings of a window, about all of theirs."""
    if not made:
        return
    by_marker: dict[int, list[Marking]] = {}
    for marking in made:
        by_marker.setdefault(marking.marker_id, []).append(marking)
    intake = quality_queries.intake_of(window.pk)
    for marker in User.objects.filter(pk__in=by_marker).order_by("pk"):
        given = by_marker[marker.pk]
        mail.send(
            "marking_allocated",
            to=marker.email,
            key=_mail_key(min(given, key=lambda marking: marking.pk)),
            at=at,
            name=marker.get_short_name(),
            count=len(given),
            intake=intake,
            due_on=f"{given[0].due_on:%A} {given[0].due_on.day} {given[0].due_on:%B %Y}",
        )


def _mail_key(marking: Marking) -> str:
    """A script that goes to another marker and comes back is told of each time."""
    return f"marking-allocated:{marking.pk}:{marking.revision}:{marking.marker_id}"


@transaction.atomic
def reassign(*, marking: Marking, to: User, reason: str, by: Any, at: datetime) -> Marking:
    """Give a marking that isn't submitted to another marker, with nothing of what the first one entered: that is kept,
    and the script never comes to the first one again. Gives the new marking; the same again gives it again.

    Refuses a marker in conflict with the script, one who has or had it, and a submitted marking (S1-31).
    """
    script = locked_script(marking.script_id)
    held = Marking.objects.select_for_update(of=("self",)).filter(pk=marking.pk).first()
    if held is None:
        done = HandedBack.objects.filter(marking=marking.pk).exclude(by=marking.marker_id)
        theirs = Marking.objects.filter(script=script, position=marking.position, marker=to)
        if done.exists() and (given := theirs.first()) is not None:
            return given
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
    if to.pk not in _eligible(script, marking.position, due_on=marking.due_on, at=at):
        raise Refused(
            f"{to} is not a marker, is away or has as many scripts of this window as they take, is not qualified for "
            "it or stopped in it, or can read in the office why this script is marked again. Choose somebody else.",
            code="reassign.no_marker",
            field="to",
        )
    if script.markings.filter(marker=to).exists():
        raise Refused(f"{to} marks this script already.", code="reassign.taken", field="to")
    if (script.pk, to.pk) in conflicts.not_to_meet(Script.objects.filter(pk=script.pk), [to.pk]):
        raise Refused(
            f"Conflict: {to} teaches, coaches or works with the author, takes the same programme, declared a "
            "conflict, moderated this script or saw its marks, or had it before. Choose somebody else.",
            code="reassign.conflict",
            field="to",
        )
    before = marking.marker_id
    put_aside([marking], reason=reason, by=by, at=at)
    given = Marking.objects.create(
        script=script, position=marking.position, marker=to, allocated_at=at, due_on=marking.due_on
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
    tell_markers(script.sitting.window, [given], at=at)
    return given


def appoint(
    script: Script, position: int, *, by: Any, at: datetime, due_on: date | None = None
) -> Marking | None:
    """Give an open place on a script, whose row is locked, to the freest marker; None when nobody may."""
    due = due_on or clock.day_of(at) + timedelta(days=DAYS_TO_MARK // 2)
    chosen = _freest(script, position, due_on=due, at=at)
    if chosen is None:
        return None
    marking = Marking.objects.create(
        script=script, position=position, marker_id=chosen, allocated_at=at, due_on=due
    )
    audit.record(_appointed(position), script, by=by, at=at, marker=chosen, position=position)
    tell_markers(script.sitting.window, [marking], at=at)
    return marking


Place = tuple[Script, int]  # a script, whose row is locked, and a position on it


def appoint_many(places: Sequence[Place], *, by: Any, at: datetime) -> list[Marking]:
    """Give open places on scripts of one window, whose rows are locked, each to the freest marker who may, so that as
    many as can be are filled (`fill_places`); where there is nobody it stays open. Few statements, however many places;
    the caller tells the markers.
    """
    if not places:
        return []
    due = clock.day_of(at) + timedelta(days=DAYS_TO_MARK // 2)
    there, chosen = _there(places, due_on=due, at=at), []
    for kind, people in sorted(there.eligible.items()):
        wanted = [place for place in places if rules.is_remark(place[1]) is kind]
        may = {script.pk: there.who_may(script.pk, people) for script, _ in wanted}
        found = rules.fill_places(
            [script.pk for script, _ in wanted], may, loads=there.loads, rooms=there.rooms
        )
        for (script, position), marker in zip(wanted, found, strict=True):
            if marker is not None:
                there.take(script.pk, marker)
                chosen.append((script, position, marker))
    return give_chosen(chosen, due_on=due, by=by, at=at)


def share_out(places: Sequence[Place], *, due_on: date, at: datetime) -> list[tuple[Script, int, int]]:
    """For places on as many scripts of one window who takes each, in shares as equal as an allocation makes them; none
    who has the script. What nobody may take is left out. Few statements, however many places.
    """
    if not places:
        return []
    there = _there(places, due_on=due_on, at=at)
    barred = set(there.away) | {(script, one) for script, some in there.taken.items() for one in some}
    people = {one for some in there.eligible.values() for one in some}
    for script, position in places:
        barred |= {(script.pk, one) for one in people.difference(there.eligible[rules.is_remark(position)])}
    found = rules.share_out(
        [script.pk for script, _ in places], people, barred, loads=there.loads, rooms=there.rooms
    )
    return [(script, position, found[script.pk]) for script, position in places if script.pk in found]


@dataclass(frozen=True)
class _There:
    """Who could take places: who is eligible, for re-marks (True) or others; what more each takes, whom each script
    must not meet, what each has to do, and who has each script.
    """

    eligible: dict[bool, list[int]]
    rooms: dict[int, int]
    away: frozenset[tuple[int, int]]
    loads: dict[int, int]
    taken: dict[int, set[int]]

    def who_may(self, script: int, people: Iterable[int]) -> list[int]:
        """Who of these people may take a script and doesn't have it."""
        had = self.taken.get(script, ())
        return [one for one in people if (script, one) not in self.away and one not in had]

    def take(self, script: int, marker: int) -> None:
        """Count that a marker takes a script."""
        self.taken.setdefault(script, set()).add(marker)
        if marker in self.rooms:
            self.rooms[marker] -= 1
        self.loads[marker] = self.loads.get(marker, 0) + 1


def _there(places: Sequence[Place], *, due_on: date, at: datetime) -> _There:
    window, day = places[0][0].sitting.window, clock.day_of(at)
    kinds = {rules.is_remark(position) for _, position in places}
    eligible = {kind: quality_queries.able_in(window, day, remark=kind) for kind in kinds}
    people = {one for some in eligible.values() for one in some}
    scripts = Script.objects.filter(pk__in={script.pk for script, _ in places})
    taken: dict[int, set[int]] = {}
    for script_id, marker in (
        Marking.objects.filter(script__in=scripts).order_by().values_list("script_id", "marker_id")
    ):
        taken.setdefault(script_id or 0, set()).add(marker)
    return _There(
        eligible,
        capacity_queries.rooms_in(window, people, given_on=day, due_on=due_on),
        frozenset(conflicts.not_to_meet(scripts, people)),
        queries.open_loads(people),
        taken,
    )


def give_chosen(
    chosen: Sequence[tuple[Script, int, int]], *, due_on: date, by: Any, at: datetime
) -> list[Marking]:
    """Make the markings of places, each with its marker. Few statements; the caller tells the markers."""
    made = [
        Marking(script=script, position=position, marker_id=marker, allocated_at=at, due_on=due_on)
        for script, position, marker in chosen
    ]
    Marking.objects.bulk_create(made, batch_size=1000)
    told: dict[tuple[int, str], dict[str, dict[str, Any]]] = {}
    before = Counter[int | None]()  # a chain takes one event at a time
    for one in made:
        said = {"marker": one.marker_id, "position": one.position}
        told.setdefault((before[one.script_id], _appointed(one.position)), {})[f"script:{one.script_id}"] = (
            said
        )
        before[one.script_id] += 1
    for (_, verb), events in sorted(told.items(), key=lambda item: item[0]):
        audit.record_many(verb, events, by=by, at=at)
    return made


def _appointed(position: int) -> str:
    return "marking.third_appointed" if position == 3 else "marking.appointed"


def _freest(
    script: Script, position: int, *, away: Collection[int] = (), due_on: date | None = None, at: datetime
) -> int | None:
    """The marker with least to do who may have a script, and none of those in `away`."""
    people = _eligible(script, position, due_on=due_on, at=at)
    return rules.choose_another(
        script.pk,
        people,
        taken={*script.markings.values_list("marker_id", flat=True), *away},
        conflicts=conflicts.not_to_meet(Script.objects.filter(pk=script.pk), people),
        loads=queries.open_loads(people),
    )


def _eligible(script: Script, position: int, *, due_on: date | None = None, at: datetime) -> list[int]:
    window, day = script.sitting.window, clock.day_of(at)
    return quality_queries.eligible_in(window, day, remark=rules.is_remark(position), due_on=due_on)


def start_anew(marking: Marking, to: User, *, at: datetime) -> None:
    """Give an open marking, whose row is locked, to somebody else, with nothing of what was entered; the caller keeps
    that (`putting_aside.keep_left`).
    """
    marking.marker, marking.marks, marking.notes, marking.passages = to, {}, {}, []
    marking.comment = marking.feedback = marking.next_step = marking.evidence = ""
    marking.by_kind, marking.seconds, marking.touched_at = {}, 0, None
    marking.revision += 1
    marking.allocated_at = at
    marking.save()


@transaction.atomic
def appoint_remark(*, script: Script, position: int, by: Any, at: datetime) -> Marking | None:
    """Have a script marked once more, blind, by the freest marker who neither marked nor moderated it and has no
    conflict with its author; None while there is none. Twice is one re-mark.

    For its marker it is a script like any other: nothing says why, and no earlier mark is ever shown. It changes
    nothing by itself.
    """
    locked = locked_script(script.pk)
    known = queries.remark_of(locked.pk, position)
    if known is not None:
        return known
    return appoint(locked, position, by=by, at=at, due_on=clock.day_of(at) + timedelta(days=DAYS_TO_MARK))


@transaction.atomic
def call_off_remark(*, script: Script, position: int, by: Any, at: datetime) -> None:
    """Take a re-mark that nobody has submitted from its marker's queue, since it isn't needed any more."""
    locked = locked_script(script.pk)
    held = locked.markings.filter(position=position, state=MarkingState.ALLOCATED).first()
    if held is None or not rules.is_remark(position):
        return
    keep_left([held], Cause.CALLED_OFF, at=at)
    held.delete()
    audit.record(
        "marking.called_off",
        locked,
        by=by,
        at=at,
        marker=held.marker_id,
        position=position,
        **marks_gone(held.marks),
    )


@transaction.atomic
def end_lease(*, marking: Marking, away: Collection[int], at: datetime) -> bool:
    """Give a marking whose time has run out to the freest marker who may have it, with nothing of what was entered;
    whether somebody else has it now. Nobody in `away` gets it, who are late themselves, nor anybody who let its time
    run out before. Where nobody is free it stays, and so does what was submitted meanwhile.

    A seed just leaves the queue, which looks the same to its marker; it stays where nobody could take any script over.
    """
    script = locked_script(marking.script_id) if marking.script_id else None
    held = Marking.objects.select_for_update(of=("self",)).filter(pk=marking.pk).first()
    if held is None or held.state == MarkingState.SUBMITTED or held.marker_id != marking.marker_id:
        return False
    if script is None:
        if not set(quality_queries.eligible_in(held.window, clock.day_of(at))) - {*away, held.marker_id}:
            return False
        audit.record(
            "seed.lease_ended",
            marking.seed or "seed",
            by=None,
            at=at,
            marker=held.marker_id,
            **marks_gone(held.marks),
        )
        keep_left([held], Cause.LEASE, at=at)
        held.delete()
        return True
    chosen = _freest(script, held.position, away=away, at=at)
    if chosen is None:
        return False
    was, lost = held.marker_id, marks_gone(held.marks)
    LeaseEnded.objects.get_or_create(script=script, marker_id=was, defaults={"at": at})
    keep_left([held], Cause.LEASE, at=at)
    held.due_on = clock.day_of(at) + timedelta(days=DAYS_TO_MARK // 2)
    start_anew(held, User.objects.get(pk=chosen), at=at)
    audit.record(
        "marking.lease_ended", script, by=None, at=at, position=held.position, was=was, now=chosen, **lost,
    )  # fmt: skip
    tell_markers(script.sitting.window, [held], at=at)
    return True
