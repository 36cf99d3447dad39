"""What happens by the clock: the steps of writing are removed once window, result and appeal are long over."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from goldenthread.appeals.settled import settled_at
from goldenthread.assessment import actions
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.common import jobs

log = logging.getLogger("goldenthread.appeals")


def remove_due_steps(*, at: datetime, days: int, limit: int = 2000) -> int:
    """Remove the steps of sittings about which everything was over `days` ago; returns of how many sittings.

    About `limit` are looked at in a run. Of more, each day another share has its turn, by their numbers, so that those
    about which something stays open keep nobody else from being looked at. One that fails stops nobody else.
    """
    over = Sitting.objects.filter(
        closes_at__lte=at - timedelta(days=days),
        window__state__in=[WindowState.RELEASED, WindowState.CANCELLED],
    )
    written = over.filter(steps__number=1)
    shares = -(-written.count() // limit) or 1
    due = written.alias(share=F("pk") % shares).filter(share=at.toordinal() % shares)
    done = 0
    for sitting in due.select_related("window", "enrolment").defer("draft").order_by("closes_at", "pk"):
        try:
            done += bool(
                actions.remove_steps(sitting=sitting, settled_at=settled_at(sitting), days=days, at=at)
            )
        except Exception:
            log.exception("the steps of sitting %s could not be removed", sitting.pk)
    return done


@jobs.every(timedelta(days=1), "remove steps of writing whose time is over")
def _remove(at: datetime) -> str:
    return f"removed the steps of {remove_due_steps(at=at, days=settings.WRITING_DAYS)} sittings"
