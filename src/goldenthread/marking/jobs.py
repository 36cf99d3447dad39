"""What happens by the clock: scripts that nobody marked in their time go to somebody else, where the policy says so;
discussions that can't go on end; scripts leave markers for whom a conflict arose; who is away is told what is theirs.
"""

import logging
from datetime import datetime, timedelta

from goldenthread.common import clock, jobs
from goldenthread.marking import (
    appointing,
    arising,
    capacity,
    discussing,
    discussion_mails,
    discussion_queries,
    quality_queries,
)

log = logging.getLogger("goldenthread.marking")


@jobs.every(timedelta(hours=1), "leases of scripts")
def end_leases(at: datetime) -> str:
    """Give on what is overdue by more than its window's policy allows; one that fails stops no other."""
    moved = failed = 0
    late = quality_queries.run_out(clock.day_of(at))
    away = {one.marker_id for one in late}
    for one in late:
        try:
            moved += appointing.end_lease(marking=one, away=away, at=at)
        except Exception:
            log.exception("lease of marking %s", one.pk)
            failed += 1
    return f"{moved} scripts given on" + (f", {failed} failed" if failed else "")


@jobs.every(timedelta(hours=1), "discussions of markers")
def end_discussions(at: datetime) -> str:
    """End discussions whose last day has passed or in which one can't go on; one that fails stops no other."""
    ended = failed = 0
    for one in discussion_queries.to_end(at=at):
        try:
            ended += discussing.end_if_due(discussion=one, at=at)
        except Exception:
            log.exception("discussion %s", one.pk)
            failed += 1
    return f"{ended} discussions ended" + (f", {failed} failed" if failed else "")


@jobs.every(timedelta(hours=1), "reminders of discussions")
def remind_of_discussions(at: datetime) -> str:
    """Remind who hasn't answered, from the day before the last one on, once."""
    return f"{discussion_mails.remind(discussion_queries.open_now(), at=at)} to remind"


@jobs.every(timedelta(hours=1), "conflicts of markers")
def end_conflicts(at: datetime) -> str:
    """Take scripts from markers who came to have a conflict with their author."""
    return f"{arising.look_through(at=at)} markings with a conflict"


@jobs.every(timedelta(hours=1), "absences of markers")
def tell_of_absences(at: datetime) -> str:
    """Tell markers whose days away have begun what is still theirs."""
    return f"{capacity.tell_of_absences(at=at)} told"
