"""Seeds in live marking: put them among a marker's scripts, judge them, stop who drifts, let on or end."""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Q

from goldenthread.assessment.actions.schedule import new_code
from goldenthread.assessment.models import Script, Window
from goldenthread.common import audit, clock, mail
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking import proving, quality_queries, quality_rules, queries, rules
from goldenthread.marking.handing_models import Cause
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.putting_aside import keep_left, put_aside
from goldenthread.marking.quality_models import Seed, Stop
from goldenthread.people.models import Role, User


def new_lot() -> str:
    """What a draw begins with; kept in the trail, it draws the same again."""
    return secrets.token_hex(8)


def with_seeds(
    window: Window,
    made: Sequence[Marking],
    policy: quality_rules.Policy,
    *,
    lot: str,
    due_on: date,
    at: datetime,
) -> list[Marking]:
    """The markings to be made with seeds among them, each under a code of its own, in an order by lot.

    Where there are seeds, the order of all is by lot: a seed's number lies among the others' and tells nothing. Who is
    of the office can read every known script with its marks, and gets none.
    """
    if not policy.seed_percent:
        return list(made)
    office = set(queries.holders_on(clock.day_of(at), Role.OFFICE))
    scripts = Counter(one.marker_id for one in made if one.marker_id not in office)
    known = quality_queries.seed_scripts(window)
    drawn = quality_rules.draw_seeds(
        scripts, known, quality_queries.seeds_seen(scripts), percent=policy.seed_percent, lot=lot
    )
    rows = [
        Seed(window=window, script_id=script, marker_id=marker, code=new_code(), at=at)
        for marker, chosen in sorted(drawn.items())
        for script in chosen
    ]
    seeds = Seed.objects.bulk_create(rows, batch_size=1000)
    every = [*made]
    every += [
        Marking(seed=one, position=1 + place % 2, marker_id=one.marker_id, allocated_at=at, due_on=due_on)
        for place, one in enumerate(seeds)
    ]
    Random(lot).shuffle(every)
    return every


def judge(marking: Marking, scheme: rules.Scheme, given: rules.Totals, *, at: datetime) -> Seed:
    """Compare a seed's marks, just submitted, with the known ones; stop its marker where the policy says so. Called in
    the transaction of the submission. The marker's row is locked: of two seeds at once the second knows the first.
    """
    User.objects.select_for_update(of=("self",)).get(pk=marking.marker_id)
    seed = (
        Seed.objects.select_for_update(of=("self",)).select_related("script", "window").get(marking=marking)
    )
    policy = quality_queries.policy_of(seed.window_id)
    found = quality_rules.compared(
        given, quality_queries.known_totals(seed.script), pass_mark=scheme.pass_mark
    )
    seed.marked_at, seed.difference = at, found.difference
    seed.beyond = found.beyond(policy.seed_tolerance)
    seed.save(update_fields=["marked_at", "difference", "beyond"])
    audit.record(
        "seed.marked", seed, by=marking.marker, at=at, difference=found.difference, beyond=seed.beyond,
        learn_that=given.learn_that, learn_how_to=given.learn_how_to, **proving.told_of(marking),
    )  # fmt: skip
    if seed.beyond:
        _stop_if_due(seed, policy, at=at)
    return seed


def _stop_if_due(seed: Seed, policy: quality_rules.Policy, *, at: datetime) -> None:
    marked = quality_queries.marked_seeds(seed.window_id, seed.marker_id)
    if not quality_rules.must_stop(marked, policy):
        return
    if quality_queries.stop_of(seed.window_id, seed.marker_id):
        return
    made = Stop.objects.create(
        window=seed.window, marker_id=seed.marker_id, at=at, doubtful_since=quality_rules.good_until(marked)
    )
    audit.record(
        "marker.stopped", seed.window, by=None, at=at, marker=seed.marker_id, stop=made.pk,
        doubtful_since=made.doubtful_since,
    )  # fmt: skip
    mail.send(
        "marking_stopped", to=seed.marker.email, key=f"marking-stopped:{made.pk}", at=at,
        name=seed.marker.get_short_name(),
    )  # fmt: skip


@transaction.atomic
def end_stop(*, stop: Stop, ending: str, reason: str, by: Any, at: datetime) -> Stop:
    """Let a stopped marker mark on, or end their marking in the window, with a reason.

    Who is let on begins with a clean sheet of seeds. Where it is ended, what they still had open waits for other
    markers: it leaves their queue, kept whole, and allocating again fills its places; seeds among it leave with it.
    What they submitted stays until somebody sets it aside. The same form twice is once; another person's word
    afterwards, or another one of one's own, is refused and told what stands, and so is a stop's own marker.
    """
    held = Stop.objects.select_for_update(of=("self",)).select_related("window", "marker").get(pk=stop.pk)
    if (held.ending, held.ended_by_id, held.reason) == (ending, getattr(by, "pk", None), reason.strip()):
        return held
    if held.ending:
        done = "lifted this stop" if held.ending == "lifted" else "ended their marking in this window"
        raise decided_meanwhile(
            done, by=by, who=held.ended_by, at=held.ended_at or at, code="stop.decided",
            then="What stands is on this page.",
        )  # fmt: skip
    if ending not in ("lifted", "ended"):
        raise Refused("Choose what becomes of it.", code="stop.ending", field="ending")
    if held.marker_id == getattr(by, "pk", None):
        raise Refused("Somebody else has to decide about your own marking.", code="stop.own")
    quality_rules.check_reason(reason)
    held.ending, held.reason, held.ended_by, held.ended_at = ending, reason.strip(), by, at
    held.save(update_fields=["ending", "reason", "ended_by", "ended_at"])
    given_up = _take_back(held, by=by, at=at) if ending == "ended" else 0
    audit.record(
        f"marker.stop_{ending}", held.window, by=by, at=at, marker=held.marker_id, stop=held.pk, reason=held.reason,
        taken_back=given_up,
    )  # fmt: skip
    return held


def _take_back(stop: Stop, *, by: Any, at: datetime) -> int:
    """Put what a marker hasn't submitted aside; how many scripts that were. The scripts are locked before the markings,
    as by everybody who locks both.
    """
    mine = Marking.objects.filter(
        Q(seed__window=stop.window_id) | Q(script__sitting__window=stop.window_id),
        marker=stop.marker_id, state=MarkingState.ALLOCATED, position__lt=rules.FIRST_REMARK,
    )  # fmt: skip
    scripts = [pk for pk in mine.order_by().values_list("script", flat=True) if pk]
    locked = Script.objects.select_for_update(of=("self",)).filter(pk__in=scripts).order_by("pk")
    list(locked.values_list("pk", flat=True))
    held = Marking.objects.select_for_update(of=("self",)).filter(
        Q(seed__isnull=False) | Q(script__in=scripts),
        pk__in=list(mine.order_by().values_list("pk", flat=True)), state=MarkingState.ALLOCATED,
    )  # fmt: skip
    made = put_aside(list(held.order_by("pk")), reason=stop.reason, by=by, at=at)
    return sum(one.script_id is not None for one in made)


def withdraw(window_id: int, *, by: Any, at: datetime) -> int:
    """Take the seeds of a window that nobody marked out of their markers' queues, as its moderation is signed off: one
    that is marked later could put marks in doubt that can't be set aside any more. Gives how many. One event in
    the window's trail names them all.
    """
    still = Marking.objects.filter(seed__window=window_id, state=MarkingState.ALLOCATED)
    gone = list(still.select_for_update(of=("self",)).order_by("pk"))
    if gone:
        keep_left(gone, Cause.SIGNED_OFF, at=at)
        Marking.objects.filter(pk__in=[one.pk for one in gone]).delete()
        window = Window.objects.only("pk").get(pk=window_id)
        audit.record(
            "seeds.withdrawn",
            window,
            by=by,
            at=at,
            seeds=[[one.seed_id, one.marker_id] for one in gone],
            marks={str(one.seed_id): one.marks for one in gone if one.marks},
        )
    return len(gone)


def check_not_stopped(marking: Marking) -> None:
    """Whoever was stopped in a window saves and submits nothing there until they are let on."""
    if quality_queries.stop_of(marking.window.pk, marking.marker_id):
        raise Refused(
            "Your marking in this window is paused, so nothing is saved. The programme office gets in touch with you; "
            "what you had saved before is kept.",
            code="marking.paused",
        )
