"""What happens by the clock: fingerprints of scripts that nobody can replace any more, and comparisons asked for."""

from datetime import datetime, timedelta

from goldenthread.assessment.models import Script
from goldenthread.common import jobs
from goldenthread.integrity.actions import make_fingerprints
from goldenthread.integrity.asking import do_asked

LIMIT = 2_000


@jobs.every(timedelta(minutes=5), "fingerprints of scripts")
def _fingerprints(at: datetime) -> str:
    closed = Script.objects.filter(sitting__closes_at__lt=at)
    return f"made {make_fingerprints(closed, limit=LIMIT)}"


@jobs.every(timedelta(seconds=10), "comparisons that were asked for")
def _comparisons(at: datetime) -> str:
    return f"compared {do_asked(at=at)} windows"
