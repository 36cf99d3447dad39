"""What the clock does for outcomes: works them out once moderation is signed off, so that the office sees
them wait.
"""

from datetime import datetime, timedelta

from goldenthread.assessment.models import WindowState
from goldenthread.common import jobs
from goldenthread.moderation.models import Round
from goldenthread.outcomes import actions


@jobs.every(timedelta(minutes=10), "outcomes")
def compute_outcomes(at: datetime) -> str:
    """Work out the provisional outcomes of every signed-off window that has none."""
    signed = Round.objects.filter(signed_off_at__isnull=False, window__outcomes__isnull=True)
    waiting = signed.exclude(window__state=WindowState.RELEASED).select_related("window").order_by("pk")
    done = [actions.compute(window=one.window, at=at) for one in waiting]
    return f"{sum(map(len, done))} outcomes worked out"
