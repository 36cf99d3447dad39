"""How often one caller may do one thing: counted in the database, so that it holds for all processes together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from goldenthread.common.models import Allowance
from goldenthread.common.prepared import PreparedValues, as_kept, ask

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
_FORGET = "DELETE FROM goldenthread_allowance WHERE ends_at <= %s"


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
    key = _key(limit, who)
    now = _COUNTED.get(key)
    if now is not None and now[1] > at and now[0] >= limit.times:
        again_at: datetime = now[1]
        return again_at
    return _count(key, limit, at=at)


def reached(limit: Limit, who: str, *, at: datetime) -> bool:
    """Whether `who` has used a limit up; counts nothing. One query."""
    return Allowance.objects.filter(key=_key(limit, who), ends_at__gt=at, used__gte=limit.times).exists()


def _key(limit: Limit, who: str) -> str:
    return salted_hmac(f"limit.{limit.action}", who, algorithm="sha256").hexdigest()


@transaction.atomic(savepoint=False)
def _count(key: str, limit: Limit, *, at: datetime) -> datetime | None:
    """One more in the stretch that runs, or the first of a new one; two at once are both counted."""
    moment, ends_at, old = map(as_kept, (at, at + limit.within, at - KEPT))
    counted = ask(_COUNT, [key, ends_at, moment, moment, ends_at, moment, limit.times]).fetchone()
    if counted is None:  # others have used it up meanwhile
        used_up = _COUNTED.get(key)
        return used_up[1] if used_up else None
    if counted[0] == 1:
        ask(_FORGET, [old])
    return None
