"""Ask for a comparison, and do what was asked for: of few scripts at once, of many by the worker."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from goldenthread.assessment.models import Window
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions, queries
from goldenthread.integrity.models import AskedComparison, Comparison

log = logging.getLogger("goldenthread.integrity")

AT_ONCE = 300  # scripts, of all windows of the programme, that are compared while somebody waits for the page
MOST_TRIES = 3
LONGEST = timedelta(minutes=30)  # what is under way for longer was cut off: its worker ended
BEGINS_WITHIN = timedelta(minutes=10)
FAULT = "Something went wrong, and nothing was compared. Ask again; if it fails again, tell whoever runs this system."
CUT_OFF = (
    "The worker was stopped three times while it compared. Tell whoever runs this system, and ask again."
)


def last_asked(window: Window) -> AskedComparison | None:
    """What was asked for last, whether it is under way, done or failed. One query."""
    found = AskedComparison.objects.filter(window=window).select_related("asked_by")
    return found.order_by("-asked_at", "-pk").first()


def is_stalled(asked: AskedComparison | None, *, at: datetime) -> bool:
    """Whether what was asked for should have begun long ago: then no worker runs."""
    return asked is not None and asked.state == "waiting" and at - asked.asked_at > BEGINS_WITHIN


def ask_to_compare(*, window: Window, by: Any, at: datetime) -> Comparison | None:
    """Compare the scripts of a closed window at once where they are few, and say what came of it; else ask the worker
    for it, and None (S2-20). While it is asked for or under way, asking again changes nothing. Refuses while somebody
    can still hand in.
    """
    queries.check_closed(window, at=at)
    if queries.scripts_to_compare(window).count() <= AT_ONCE and not _under_way(window):
        return actions.compare(window=window, by=by, at=at)
    _ask(window, by, at=at)
    return None


def _under_way(window: Window) -> bool:
    return AskedComparison.objects.filter(window=window, state__in=["waiting", "running"]).exists()


@transaction.atomic
def _ask(window: Window, by: Any, *, at: datetime) -> None:
    Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    if _under_way(window):
        return
    made = AskedComparison.objects.create(window=window, asked_by=by, asked_at=at)
    audit.record("window.comparison_asked", window, by=by, at=at, asked=made.pk)


def do_asked(*, at: datetime) -> int:
    """Do what was asked for, one after the other; how many were compared. What fails says so, and stops no other."""
    done = 0
    while (claimed := _claim(at=at)) is not None:
        done += _do(claimed, at=at)
    return done


@transaction.atomic
def _claim(*, at: datetime) -> AskedComparison | None:
    """The next that waits, or that a worker left off, marked as under way; None when there is none."""
    free = Q(state="waiting") | Q(state="running", started_at__lt=at - LONGEST)
    rows = AskedComparison.objects.select_for_update(of=("self",), skip_locked=True).filter(free)
    held = rows.select_related("window__intake__version", "asked_by").order_by("asked_at", "pk").first()
    if held is None:
        return None
    if held.tries >= MOST_TRIES:
        _end(held, fault=CUT_OFF, at=at)
        return _claim(at=at)
    held.state, held.started_at, held.tries = "running", at, held.tries + 1
    held.save(update_fields=["state", "started_at", "tries"])
    return held


def _do(claimed: AskedComparison, *, at: datetime) -> bool:
    try:
        found = actions.compare(window=claimed.window, by=claimed.asked_by, at=at)
    except Refused as refusal:
        _end(claimed, fault=refusal.message, at=at)
        return False
    except Exception:
        log.exception("comparison %s", claimed.pk)
        _end(claimed, fault=FAULT, at=at)
        return False
    _end(claimed, comparison=found, at=at)
    return True


@transaction.atomic
def _end(
    claimed: AskedComparison, *, comparison: Comparison | None = None, fault: str = "", at: datetime
) -> None:
    held = AskedComparison.objects.select_for_update(of=("self",)).select_related("window").get(pk=claimed.pk)
    if not held.under_way:
        return
    held.state, held.comparison, held.fault, held.ended_at = (
        "done" if comparison else "failed",
        comparison,
        fault,
        at,
    )
    held.save(update_fields=["state", "comparison", "fault", "ended_at"])
    if fault:
        audit.record("window.comparison_failed", held.window, by=None, at=at, asked=held.pk, fault=fault)
