"""Say how much a marker takes of a window and when they are away: they themselves, or the office."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Window
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.marking import capacity_rules, handing_queries, queries
from goldenthread.marking.capacity_models import Absence, Capacity
from goldenthread.people.models import User


@transaction.atomic
def set_capacity(
    *, marker: User, most: int | None, by: Any, at: datetime, window: Window | None = None
) -> Capacity | None:
    """Record how many scripts of a window, or of every one, a marker takes at most; None for no limit. Saying what
    holds already changes nothing. What they have stays with them. Refuses numbers that are none.

    Gives the row that holds; None where there is no limit and never was one.
    """
    capacity_rules.check_most(most)
    User.objects.select_for_update(of=("self",)).get(pk=marker.pk)
    last = Capacity.objects.filter(marker=marker, window=window).order_by("-set_at", "-pk").first()
    if last.most == most if last else most is None and window is None:
        return last
    made = Capacity.objects.create(marker=marker, window=window, most=most, set_by=by, set_at=at)
    audit.record("marker.capacity_set", marker, by=by, at=at, most=most, window=window.pk if window else None)
    return made


@transaction.atomic
def add_absence(*, marker: User, away: capacity_rules.Away, by: Any, at: datetime) -> Absence:
    """Record that a marker is away on days to come; the same days again are the same row. What they have stays with
    them. Refuses days in the wrong order, over, or too many.
    """
    capacity_rules.check_away(away, today=clock.day_of(at))
    User.objects.select_for_update(of=("self",)).get(pk=marker.pk)
    days = {"marker": marker, "from_on": away.from_on, "until_on": away.until_on}
    known = Absence.objects.filter(**days, ended_at__isnull=True).first()
    if known:
        return known
    made = Absence.objects.create(**days, set_by=by, set_at=at)
    audit.record(
        "marker.away", marker, by=by, at=at, from_on=away.from_on, until_on=away.until_on, absence=made.pk
    )
    return made


@transaction.atomic
def end_absence(*, marker: User, number: int, by: Any, at: datetime) -> None:
    """Take back that a marker is away; twice is once. Refuses days that aren't theirs."""
    held = Absence.objects.select_for_update(of=("self",)).filter(pk=number, marker=marker).first()
    if held is None:
        raise Refused("These days aren't on the list. Load the page again.", code="away.unknown")
    if held.ended_at is not None:
        return
    held.ended_by, held.ended_at = by, at
    held.save(update_fields=["ended_by", "ended_at"])
    audit.record("marker.away_taken_back", marker, by=by, at=at, absence=held.pk)


CODES_TOLD = 20


def tell_of_absences(*, at: datetime) -> int:
    """Tell markers whose days away have begun which scripts are still theirs, once for each absence, and not where
    nothing is; how many were told (S2-35).
    """
    day = clock.day_of(at)
    begun = list(handing_queries.begun_absences(day))
    still = set(queries.markers_on(day)) if begun else set()
    return sum(_tell_of(one.pk, with_role=one.marker_id in still, at=at) for one in begun)


@transaction.atomic
def _tell_of(number: int, *, with_role: bool, at: datetime) -> bool:
    held = Absence.objects.select_for_update(of=("self",)).select_related("marker").get(pk=number)
    if held.told_at is not None or held.ended_at is not None:
        return False
    held.told_at = at
    held.save(update_fields=["told_at"])
    mine = list(handing_queries.open_of(held.marker)) if with_role else []
    if not mine:
        return False
    mail.send(
        "marking_away", to=held.marker.email, key=f"marking-away:{held.pk}", at=at,
        name=held.marker.get_short_name(), count=len(mine), until=day_text(held.until_on),
        codes=[one.code for one in mine[:CODES_TOLD]], more=max(len(mine) - CODES_TOLD, 0),
        due_on=day_text(min(one.due_on for one in mine)),
    )  # fmt: skip
    return True
