"""What happens by the clock: each sitting's case study is released, documents are scanned, unfinished ones removed."""

import logging
from datetime import datetime, timedelta

from goldenthread.assessment import writing_queries
from goldenthread.assessment.actions.pieces import remove_idle
from goldenthread.assessment.actions.release import release
from goldenthread.assessment.actions.safety import scan_due
from goldenthread.assessment.actions.seals import try_seals
from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.common import jobs

log = logging.getLogger("goldenthread.assessment")


def release_due(*, at: datetime, limit: int = 2000) -> int:
    """Release every sitting whose window has opened; returns how many were judged, held back or let in.

    Each is a transaction of its own, so that one that fails stops nobody else; the rest waits for the next
    run.
    """
    due = (
        Sitting.objects.filter(opens_at__lte=at, closes_at__gte=at, state=SittingState.BOOKED)
        .filter(
            released_at__isnull=True, window__case_study__isnull=False, enrolment__withdrawn_at__isnull=True
        )
        .exclude(window__state=WindowState.CANCELLED)
        .order_by("opens_at", "pk")[:limit]
    )
    done = 0
    for sitting in due:
        try:
            release(sitting=sitting, at=at)
        except Exception:
            log.exception("sitting %s could not be released", sitting.pk)
        else:
            done += 1
    return done


@jobs.every(timedelta(minutes=1), "release case studies")
def _release(at: datetime) -> str:
    return f"{release_due(at=at)} sittings released or held back"


@jobs.every(timedelta(days=1), "walk the steps of writing")
def _walk_steps(at: datetime) -> str:
    """Of the sittings that were open since the last run; `goldenthread writing verify` walks all."""
    lately = Sitting.objects.filter(opens_at__lte=at, closes_at__gte=at - timedelta(days=2))
    found = list(writing_queries.check(lately))
    for sitting, fault in found:
        log.error("the writing of sitting %s, step %s: %s", sitting.pk, fault.number, fault.problem)
    return f"{len(found)} drafts are not what their steps give"


@jobs.every(timedelta(hours=1), "try the seals of case studies")
def _try_seals(at: datetime) -> str:
    return f"{len(try_seals())} seals don't open"


@jobs.every(timedelta(minutes=1), "scan documents")
def _scan(at: datetime) -> str:
    counts = scan_due(at=at)
    return ", ".join(f"{count} {answer}" for answer, count in counts.items())


@jobs.every(timedelta(hours=1), "unfinished uploads")
def _remove_idle(at: datetime) -> str:
    return f"removed {remove_idle(at=at)}"
