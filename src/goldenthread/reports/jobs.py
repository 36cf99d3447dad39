"""What the clock does for reports: alerts of pass rates are worked out anew, whatever changed them."""

from datetime import datetime, timedelta

from goldenthread.common import jobs
from goldenthread.reports import actions, alerts


@jobs.every(timedelta(days=1), "alerts of pass rates")
def keep_alerts(at: datetime) -> str:
    """Raise and end alerts that no release has: after somebody moved, or where there were results before alerts."""
    return f"{alerts.keep(alerts.differing(), at=at)} alerts of pass rates changed"


@jobs.every(timedelta(days=1), "published figures")
def keep_published(at: datetime) -> str:
    """Let the live figures beside public claims follow what is measured, where that tells of nobody."""
    return f"{actions.keep_published(at=at)} published figures changed"
