"""When a request arrived: its head, by the proxy in front if there is one, and what it carries."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

ALLOWANCE = timedelta(minutes=2)  # for an honest upload over a slow line, and for what waits in a busy server
PACE = 8 * 1024  # bytes a second that keep coming: what the slowest mobile network still sends
BELIEVED = timedelta(minutes=5)  # how far back a proxy's word is taken

_STAMP = re.compile(r"(?:t=)?(\d{10,16}(?:\.\d{1,6})?)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def said_at(stamp: str, *, now: datetime) -> datetime | None:
    """When the head of a request arrived by X-Request-Start, which a proxy sets; None if that can't be believed.

    Seconds, milliseconds or microseconds since 1970, with or without "t=". An instant in the future is not
    believed, nor one of more than five minutes ago.
    """
    match = _STAMP.fullmatch(stamp.strip())
    if match is None:
        return None
    number = Decimal(match[1])
    a_second = next(unit for unit in (1_000_000, 1_000, 1) if unit == 1 or number >= 10**8 * unit)
    at = _EPOCH + timedelta(microseconds=int(number * (1_000_000 // a_second)))
    return at if now - BELIEVED <= at <= now else None


def head_at(stamp: str, *, now: datetime) -> datetime:
    """The same, or `now` if it can't be believed."""
    return said_at(stamp, now=now) or now


def counted_at(head: datetime, *, complete: datetime) -> datetime:
    """The instant that counts for what a request carries: its head's, as long as the rest came within two minutes.

    `complete` is when everything was there. Never earlier than two minutes before that, so that nobody keeps a
    deadline open with a head that is followed by nothing.
    """
    return max(head, complete - ALLOWANCE)


def behind(before: timedelta, *, took: timedelta, got: int) -> timedelta:
    """By how much a sender is behind `PACE`, who was so much `before`, after `got` more bytes that `took` so long.

    Nobody is ahead of it, so that sending quickly at first saves up no time in which the rest can be chosen.
    """
    return max(timedelta(0), before + took - timedelta(seconds=got / PACE))
