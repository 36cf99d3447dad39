"""How often one caller may do one thing: counted in the database, so that it holds for all processes together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.crypto import salted_hmac

from goldenthread.common.models import Allowance


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
    now = Allowance.objects.filter(key=key, ends_at__gt=at).first()
    if now is not None and now.used >= limit.times:
        return now.ends_at
    after = _count(key, at, at + limit.within)
    return after.ends_at if after.used > limit.times else None


def reached(limit: Limit, who: str, *, at: datetime) -> bool:
    """Whether `who` has used a limit up; counts nothing. One query."""
    return Allowance.objects.filter(key=_key(limit, who), ends_at__gt=at, used__gte=limit.times).exists()


def _key(limit: Limit, who: str) -> str:
    return salted_hmac(f"limit.{limit.action}", who, algorithm="sha256").hexdigest()


@transaction.atomic
def _count(key: str, at: datetime, ends_at: datetime) -> Allowance:
    """One more in the stretch that runs, or the first of a new one; two at once are both counted."""
    over = Q(ends_at__lte=at)
    counted = Allowance.objects.filter(key=key).update(
        used=Case(When(over, then=Value(1)), default=F("used") + 1),
        ends_at=Case(
            When(over, then=Value(ends_at)), default=F("ends_at"), output_field=models.DateTimeField()
        ),
    )
    if not counted:
        Allowance.objects.filter(ends_at__lte=at - timedelta(days=1)).delete()
        first, made = Allowance.objects.get_or_create(key=key, defaults={"used": 1, "ends_at": ends_at})
        if made:
            return first
        Allowance.objects.filter(key=key).update(used=F("used") + 1)
    return Allowance.objects.get(key=key)
