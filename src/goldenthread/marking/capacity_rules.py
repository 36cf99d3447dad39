"""How much a marker can take of a window: at most so many scripts, and none for which they are away too long. No
Django.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from goldenthread.common.refused import Refused

MOST = 2000  # scripts of a window
LONGEST_AWAY = 400  # days


@dataclass(frozen=True)
class Away:
    """Days on which somebody is away, both included."""

    from_on: date
    until_on: date


def check_most(most: int | None) -> None:
    """A limit is a number of scripts, 0 for none at all; None lifts it."""
    if most is not None and not 0 <= most <= MOST:
        raise Refused(f"Enter a whole number from 0 to {MOST:,}.", code="capacity.most", field="most")


def check_away(away: Away, *, today: date) -> None:
    """Days away end on or after their beginning, not before today, and last no longer than about a year."""
    if away.until_on < away.from_on:
        raise Refused("Choose a last day on or after the first one.", code="away.order", field="until_on")
    if away.until_on < today:
        raise Refused("These days are over. Choose days to come.", code="away.past", field="until_on")
    if (away.until_on - away.from_on).days >= LONGEST_AWAY:
        raise Refused(f"Enter at most {LONGEST_AWAY} days at once.", code="away.long", field="until_on")


def is_away(absences: Iterable[Away], *, given_on: date, due_on: date) -> bool:
    """Whether somebody is away too long to be given a script: on more than half of the days from the one on which it is
    given to the one on which it is due, both included.
    """
    last = max(due_on, given_on)
    days = (last - given_on).days + 1
    gone = {
        day
        for one in absences
        for day in (given_on + timedelta(days=n) for n in range(days))
        if one.from_on <= day <= one.until_on
    }
    return 2 * len(gone) > days


def room(most: int, given: int, *, seed_percent: int = 0) -> int:
    """How many scripts somebody may be given who takes `most` of a window and was `given` some: seeds are scripts to
    their marker, so that there is room for those which come with what is given, so many for each hundred, rounded up.
    """
    left = max(most - given, 0)
    scripts = left * 100 // (100 + seed_percent)
    while scripts and scripts + math.ceil(scripts * seed_percent / 100) > left:
        scripts -= 1
    return scripts
