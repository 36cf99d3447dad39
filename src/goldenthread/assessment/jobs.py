"""What happens by the clock: case studies are released, places given, documents scanned, more than enough removed."""

import logging
from datetime import datetime, timedelta

from goldenthread.assessment import writing_queries
from goldenthread.assessment.actions.pieces import remove_beyond
from goldenthread.assessment.actions.places import give_places
from goldenthread.assessment.actions.release import release
from goldenthread.assessment.actions.safety import scan_due
from goldenthread.assessment.actions.seals import try_seals
from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.common import jobs

log = logging.getLogger("goldenthread.assessment")


def release_due(*, at: datetime, limit: int = 2000) -> int:
    """Release every sitting whose window has opened; returns how many were judged, held back or let in.

    Also after it has closed, until the results are released: where no worker ran meanwhile, and nobody asked for the
    case study, the gate is judged all the same, as things stood at the opening.
    Each is a transaction of its own, so that one that fails stops nobody else; the rest waits for the next
    run.
    """
    due = (
        Sitting.objects.filter(
            opens_at__lte=at, state=SittingState.BOOKED, window__state=WindowState.SCHEDULED
        )
        .filter(
            released_at__isnull=True, window__case_study__isnull=False, enrolment__withdrawn_at__isnull=True
        )
        .order_by("-opens_at", "pk")[:limit]
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


@jobs.every(timedelta(minutes=5), "places in hand-in days")
def _places(at: datetime) -> str:
    return f"{give_places(at=at)} places given"


@jobs.every(timedelta(days=1), "walk the steps of writing")
def _walk_steps(at: datetime) -> str:
    """Of the sittings that were open since the last run; `goldenthread writing verify` walks all."""
    lately = Sitting.everything.filter(opens_at__lte=at, closes_at__gte=at - timedelta(days=2))
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


@jobs.every(timedelta(hours=1), "too many documents of one sitting")
def _remove_beyond(at: datetime) -> str:
    return f"removed {remove_beyond(at=at)}"
