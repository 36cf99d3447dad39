"""What happens by the clock: fingerprints of scripts that nobody can replace any more."""

from datetime import datetime, timedelta

from goldenthread.assessment.models import Script
from goldenthread.common import jobs
from goldenthread.integrity.actions import make_fingerprints

LIMIT = 2_000


@jobs.every(timedelta(minutes=5), "fingerprints of scripts")
def _fingerprints(at: datetime) -> str:
    closed = Script.objects.filter(sitting__closes_at__lt=at)
    return f"made {make_fingerprints(closed, limit=LIMIT)}"
