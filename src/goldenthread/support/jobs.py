"""What runs by the clock: the updates on progress for headteachers and mentors, and the end of support plans."""

from datetime import datetime, timedelta

from goldenthread.common import jobs
from goldenthread.support import actions, clockwork, early


@jobs.every(timedelta(hours=1), "progress updates")
def send_updates(at: datetime) -> str:
    """Send what is due today, to each person once (S2-11)."""
    return f"sent {actions.send_due(at=at)}"


@jobs.every(timedelta(days=1), "support plans")
def end_withdrawn(at: datetime) -> str:
    """End the plans of people who have withdrawn (S2-09)."""
    return f"ended {clockwork.end_withdrawn(at=at)}"


@jobs.every(timedelta(hours=1), "support plans that are late or over")
def keep_plans(at: datetime) -> str:
    """Take off who no longer supports somebody, and tell what is late and which deferral is over (S2-09)."""
    left, late = clockwork.leave_who_no_longer_support(at=at), clockwork.tell_late(at=at)
    return f"left {left}, late {late}, over {clockwork.tell_over(at=at)}"


@jobs.every(timedelta(days=1), "offers of support")
def offer_support(at: datetime) -> str:
    """Offer a plan to who is at risk before their window, and end those whose reasons are gone (S2-09)."""
    ended = early.end_reached(at=at)
    return f"ended {ended}, offered {early.offer(at=at)}"
