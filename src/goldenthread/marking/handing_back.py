"""Scripts that aren't submitted leave a marker's queue: handed back by the marker, or given to others by the office."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from goldenthread.assessment.models import Script, Window
from goldenthread.common import clock, mail
from goldenthread.common.refused import Refused
from goldenthread.marking import handing_queries, quality_queries, quality_rules
from goldenthread.marking.appointing import (
    DAYS_TO_MARK,
    give_chosen,
    share_out,
    tell_markers,
)
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.putting_aside import put_aside
from goldenthread.marking.setting_aside import locked_scripts
from goldenthread.people.models import User


@transaction.atomic
def hand_back(
    *, marker: User, numbers: Collection[int] | None, reason: str, at: datetime
) -> list[HandedBack]:
    """Hand scripts back that one hasn't submitted, by the numbers of their markings, or all of them (None), with a
    reason (S2-35). They leave the queue at once and never come to this marker again; what was entered is kept whole.

    The places are shared out among the markers who may have them, with at least a week's time; while there is nobody
    one stays open, which the office's desk shows. A script whose marks are known just leaves. Doing it again gives
    what was handed back. Refuses to hand back nothing, what is submitted, and to do it without a reason.
    """
    quality_rules.check_reason(reason)
    if numbers is not None and not numbers:
        raise Refused("Choose the scripts to hand back.", code="handing.nothing", field="scripts")
    held, scripts = _held(handing_queries.open_of(marker), numbers)
    known = [] if numbers is None else list(HandedBack.objects.filter(marker=marker, marking__in=numbers))
    if numbers is not None and len(held) + len(known) < len(set(numbers)):
        raise Refused(
            "Some of these scripts are submitted, or not in your queue any more. Load the page again.",
            code="handing.gone",
            field="scripts",
        )
    made = put_aside(held, reason=reason, by=marker, at=at)
    for window, due_on, some in _by_window_and_due(held, scripts, at=at):
        places = [(scripts[one.script_id or 0], one.position) for one in some]
        chosen = share_out(places, due_on=due_on, at=at)
        tell_markers(window, give_chosen(chosen, due_on=due_on, by=None, at=at), at=at)
    return [*known, *made]


@dataclass(frozen=True)
class Given:
    """How many scripts of a marker went to others, and how many stay since nobody else may have them."""

    given: int
    left: int


@transaction.atomic
def give_to_others(*, marker: User, window: Window, reason: str, by: Any, at: datetime) -> Given:
    """Give what a marker hasn't submitted of a window to others, in equal shares among those who may have it, with a
    reason: who goes away keeps nothing that others can mark (S1-31, S2-35).

    Conflicts, qualification, capacity and days away count as for every appointment, and nobody gets a script twice.
    What was entered is kept whole and not handed on; a script that nobody else may have stays where it is. Seeds among
    them leave with the last of the others, so that what stays tells nothing. Both sides are told by mail. Doing it
    again gives on what somebody has become free for. Refuses without a reason.
    """
    quality_rules.check_reason(reason)
    held, scripts = _held(handing_queries.open_of(marker, window), None)
    given, gone = 0, list[HandedBack]()
    for _, due_on, some in _by_window_and_due(held, scripts, at=at):
        places = {(one.script_id or 0, one.position): one for one in some}
        wanted = [(scripts[script], position) for script, position in places]
        chosen = share_out(wanted, due_on=due_on, at=at)
        went = [places[script.pk, position] for script, position, _ in chosen]
        gone += put_aside(went, reason=reason, by=by, at=at)
        tell_markers(window, give_chosen(chosen, due_on=due_on, by=by, at=at), at=at)
        given += len(chosen)
    left, seeds = len(scripts) - given, [one for one in held if one.seed_id]
    if left or (not given and not _others(window, marker, at=at)):
        seeds = []
    gone += put_aside(seeds, reason=reason, by=by, at=at)
    if gone:
        mail.send(
            "marking_given_on", to=marker.email, at=at, name=marker.get_short_name(),
            key=f"marking-given-on:{min(one.marking for one in gone)}", count=len(gone),
            intake=quality_queries.intake_of(window.pk),
        )  # fmt: skip
    return Given(given, left)


def _others(window: Window, marker: User, *, at: datetime) -> set[int]:
    return set(quality_queries.eligible_in(window, clock.day_of(at))) - {marker.pk}


def _held(
    mine: QuerySet[Marking], numbers: Collection[int] | None
) -> tuple[list[Marking], dict[int, Script]]:
    """Open markings and their scripts, both locked, the scripts first and each in their order."""
    wanted = mine if numbers is None else mine.filter(pk__in=numbers)
    scripts = locked_scripts(pk or 0 for pk in wanted.order_by().values_list("script", flat=True))
    rows = Marking.objects.select_for_update(of=("self",)).filter(
        Q(script__in=scripts) | Q(seed__isnull=False),
        pk__in=list(wanted.order_by().values_list("pk", flat=True)),
        state=MarkingState.ALLOCATED,
    )
    held = list(rows.select_related("seed").order_by("pk"))
    there = {one.script_id for one in held}
    return held, {pk: script for pk, script in scripts.items() if pk in there}


def _by_window_and_due(
    held: Iterable[Marking], scripts: dict[int, Script], *, at: datetime
) -> list[tuple[Window, date, list[Marking]]]:
    """Scripts, without seeds, by window and by the day on which they are due for whoever has them next."""
    soon = clock.day_of(at) + timedelta(days=DAYS_TO_MARK // 2)
    found: dict[tuple[date, int], list[Marking]] = {}
    for one in held:
        if one.script_id:
            key = (max(one.due_on, soon), scripts[one.script_id].sitting.window_id)
            found.setdefault(key, []).append(one)
    return [
        (scripts[some[0].script_id or 0].sitting.window, due_on, some)
        for (due_on, _), some in sorted(found.items(), key=lambda item: item[0])
    ]
