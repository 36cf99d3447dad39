"""What happens by the clock: what moderators have begun and can't give any more goes."""

from datetime import datetime, timedelta

from goldenthread.common import clock, jobs
from goldenthread.moderation import look_drafts


@jobs.every(timedelta(hours=1), "unfinished marks of moderators")
def end_look_drafts(at: datetime) -> str:
    """Take away what moderators have saved of scripts that they may not moderate any more."""
    return f"{look_drafts.sweep(day=clock.day_of(at))} unfinished looks taken away"
