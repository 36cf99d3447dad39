"""When progress updates are due and what counts as on time. No Django, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from goldenthread.common.refused import Refused

GRACE_DAYS = 1  # sent on the day that it is due, or on the next one, is on time
LOOK_BACK = timedelta(days=7)  # how far back the first update of somebody may have been due
TERMS = (1, 4, 9)  # the months on whose first day a term's update is due


class Interval(StrEnum):
    """How often somebody's headteacher and mentor hear of them."""

    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    TERMLY = "termly"
    NEVER = "never"


DEFAULT = Interval.MONTHLY
INTERVALS = {
    Interval.FORTNIGHTLY: "every two weeks from the start",
    Interval.MONTHLY: "on the first of each month",
    Interval.TERMLY: "on the first of January, April and September",
    Interval.NEVER: "never",
}


def check_interval(text: str) -> Interval:
    """The interval of that name; refuses any other."""
    if text not in list(Interval):
        raise Refused("Choose how often from the list.", code="interval.unknown", field="interval")
    return Interval(text)


def due_days(interval: Interval, *, starts_on: date, after: date, until: date) -> list[date]:
    """The days later than `after` and the start, up to and with `until`, on which an update is due, in order."""
    if interval is Interval.NEVER:
        return []
    if interval is Interval.FORTNIGHTLY:
        periods = range(1, max(0, (until - starts_on).days) // 14 + 1)
        return [day for n in periods if (day := starts_on + timedelta(days=14 * n)) > after]
    first, last = max(starts_on, after), until
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    days = [date(month // 12, month % 12 + 1, 1) for month in months]
    wanted = TERMS if interval is Interval.TERMLY else range(1, 13)
    return [day for day in days if first < day <= last and day.month in wanted]


def is_on_time(due_on: date, sent_on: date | None) -> bool:
    """Whether an update went out on its day or the next one; one that was never sent did not."""
    return sent_on is not None and sent_on <= due_on + timedelta(days=GRACE_DAYS)


@dataclass(frozen=True)
class Timeliness:
    """How many updates were due and how many of them went out on time."""

    on_time: int
    due: int


def timeliness(updates: Iterable[tuple[date, date | None]], *, on: date) -> Timeliness:
    """Of pairs (due, sent): what is due counts once it is sent or its time is over, whether it was sent or not."""
    over = [(due, sent) for due, sent in updates if sent or due + timedelta(days=GRACE_DAYS) < on]
    return Timeliness(sum(is_on_time(due, sent) for due, sent in over), len(over))
