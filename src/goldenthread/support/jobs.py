"""What runs by the clock: the updates on progress for headteachers and mentors."""

from datetime import datetime, timedelta

from goldenthread.common import jobs
from goldenthread.support import actions


@jobs.every(timedelta(hours=1), "progress updates")
def send_updates(at: datetime) -> str:
    """Send what is due today, to each person once (S2-11)."""
    return f"sent {actions.send_due(at=at)}"
