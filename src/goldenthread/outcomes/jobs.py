"""What the clock does for outcomes: works them out once moderation is signed off, so that the office sees
them wait.
"""

import logging
from datetime import datetime, timedelta

from goldenthread.assessment.models import WindowState
from goldenthread.common import jobs
from goldenthread.moderation.models import Round
from goldenthread.outcomes import actions

log = logging.getLogger("goldenthread.outcomes")


@jobs.every(timedelta(minutes=10), "outcomes")
def compute_outcomes(at: datetime) -> str:
    """Work out the provisional outcomes of every signed-off window that has none; one that fails stops no other."""
    signed = Round.objects.filter(signed_off_at__isnull=False, window__outcomes__isnull=True)
    waiting = signed.exclude(window__state=WindowState.RELEASED).select_related("window").order_by("pk")
    done = failed = 0
    for one in waiting:
        try:
            done += len(actions.compute(window=one.window, at=at))
        except Exception:
            log.exception("outcomes of window %s", one.window_id)
            failed += 1
    return f"{done} outcomes worked out" + (f", {failed} windows failed" if failed else "")
