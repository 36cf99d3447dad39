"""What runs by the clock: the updates on progress for headteachers and mentors, and the end of support plans."""

from datetime import datetime, timedelta

from goldenthread.common import jobs
from goldenthread.support import actions, planning


@jobs.every(timedelta(hours=1), "progress updates")
def send_updates(at: datetime) -> str:
    """Send what is due today, to each person once (S2-11)."""
    return f"sent {actions.send_due(at=at)}"


@jobs.every(timedelta(days=1), "support plans")
def end_withdrawn(at: datetime) -> str:
    """End the plans of people who have withdrawn (S2-09)."""
    return f"ended {planning.end_withdrawn(at=at)}"
