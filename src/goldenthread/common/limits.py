"""How often one caller may do one thing: counted in the database, so that it holds for all processes together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from goldenthread.common.models import Allowance
from goldenthread.common.prepared import PreparedValues, as_kept, ask, tell

KEPT = timedelta(days=1)  # a count that is over
_COUNTED = PreparedValues(
    lambda key: Allowance.objects.filter(pk=key).values_list("used", "ends_at"), key=str
)
# By hand, since one statement counts the first and the next, and nothing once the limit is reached.
_COUNT = (
    "INSERT INTO goldenthread_allowance (key, used, ends_at) VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE SET "
    "used = CASE WHEN goldenthread_allowance.ends_at <= %s THEN 1 ELSE goldenthread_allowance.used + 1 END, "
    "ends_at = CASE WHEN goldenthread_allowance.ends_at <= %s THEN %s ELSE goldenthread_allowance.ends_at END "
    "WHERE goldenthread_allowance.ends_at <= %s OR goldenthread_allowance.used < %s RETURNING used"
)


@dataclass(frozen=True)
class Limit:
    """At most `times` within `within`, counted from the first one."""

    action: str
    times: int
    within: timedelta


def take(limit: Limit, who: str, *, at: datetime) -> datetime | None:
    """Count one more for `who`; None when it is allowed, else the instant from which it is again.

    Once the limit is reached nothing is written any more, so that a flood costs one look-up each. `who`, such as
    a network address, is kept as a keyed hash only.
    """
    return used_up(limit, who, at=at) or count(limit, who, at=at)


def used_up(limit: Limit, who: str, *, at: datetime) -> datetime | None:
    """From when on `who` may again, if a limit is used up now; counts nothing. One query."""
    now = _COUNTED.get(_key(limit, who))
    if now is None or now[1] <= at or now[0] < limit.times:
        return None
    again_at: datetime = now[1]
    return again_at


def counted_until(limit: Limit, who: str) -> datetime | None:
    """Until when the last stretch runs or ran in which something was counted; None once it is forgotten. One query."""
    now = _COUNTED.get(_key(limit, who))
    ends_at: datetime | None = now[1] if now else None
    return ends_at


def _key(limit: Limit, who: str) -> str:
    return salted_hmac(f"limit.{limit.action}", who, algorithm="sha256").hexdigest()


@transaction.atomic(savepoint=False)
def count(limit: Limit, who: str, *, at: datetime) -> datetime | None:
    """One more in the stretch that runs, or the first of a new one; as `take`, without asking first.

    Two at once are both counted.
    """
    counted = ask(_COUNT, _values(limit, who, at=at))
    row = counted.fetchone()
    counted.close()
    return None if row else used_up(limit, who, at=at)  # others have used it up meanwhile


@transaction.atomic(savepoint=False)
def add(limit: Limit, who: str, *, at: datetime) -> None:
    """As `count`, for whoever has asked `used_up` and goes on whatever the answer is."""
    tell(_COUNT, _values(limit, who, at=at))


def _values(limit: Limit, who: str, *, at: datetime) -> list[Any]:
    moment, ends_at = map(as_kept, (at, at + limit.within))
    return [_key(limit, who), ends_at, moment, moment, ends_at, moment, limit.times]


def forget(*, at: datetime) -> int:
    """Remove the counts that ended long ago; returns how many."""
    return Allowance.objects.filter(ends_at__lte=at - KEPT).delete()[0]
