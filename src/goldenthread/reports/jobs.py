"""What the clock does for reports: alerts of pass rates are worked out anew, whatever changed them; marks and results
are compared with the trail.
"""

import logging
from datetime import datetime, timedelta

from goldenthread.common import jobs
from goldenthread.reports import actions, alerts, findings, proving

NAMED = 20  # differences in the log; `goldenthread audit compare` names more
log = logging.getLogger("goldenthread.reports")


@jobs.every(timedelta(days=1), "alerts of pass rates")
def keep_alerts(at: datetime) -> str:
    """Raise and end alerts that no release has: after somebody moved, or where there were results before alerts."""
    return f"{alerts.keep(alerts.differing(), at=at)} alerts of pass rates changed"


@jobs.every(timedelta(days=1), "published figures")
def keep_published(at: datetime) -> str:
    """Let the live figures beside public claims follow what is measured, where that tells of nobody."""
    return f"{actions.keep_published(at=at)} published figures changed"


@jobs.every(timedelta(days=1), "marks and results by the trail")
def compare_with_trail(at: datetime) -> str:
    """Look whether marks, decisions, results and awards are what the trail says. What isn't is kept for the office's
    desk, mailed once to whoever answers for it, and named in the log.
    """
    found = list(proving.differences())
    new = findings.keep(found, at=at)
    for fault in found[:NAMED]:
        log.error("%s, event %s: %s", fault.subject, fault.sequence, fault.problem)
    return (
        f"{len(found)} differ, {len(new)} of them new: see the office's desk, or run `goldenthread audit compare`"
        if found
        else "none differ"
    )
