"""Says when what is handed in comes without the proxy's word on when it arrived, so that it counts a little later."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from goldenthread.common import limits

log = logging.getLogger("goldenthread.arrival")
HOUR = timedelta(hours=1)
_ONCE = limits.Limit("hand-in without a proxy's stamp", 1, HOUR)
_WHO = "installation"
# By this process: a busy deadline asks the database once an hour, not each time.
_asked: dict[str, datetime | None] = {"at": None}


def what_to_do() -> str:
    """What whoever runs the installation has to mend, in words."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return (
            "the proxy doesn't set X-Request-Start, or its clock is off. Set the header as docs/operations.md says "
            "(The proxy in front), and keep both clocks in step"
        )
    return (
        "GOLDENTHREAD_BEHIND_PROXY is not 1. Put a proxy in front that sets X-Request-Start, as docs/operations.md "
        "says (The proxy in front), and set the variable"
    )


def note(request: Any) -> None:
    """Remember, in production, that something was handed in without a stamp; a line in the log says what to do, once
    an hour for the whole installation. Never keeps anybody from handing in.
    """
    if not settings.PRODUCTION or getattr(request, "stamped", True):
        return
    at: datetime = request.received_at
    before = _asked["at"]
    if before is not None and abs(at - before) < HOUR:
        return
    _asked["at"] = at
    try:
        first = limits.take(_ONCE, _WHO, at=at) is None
    except DatabaseError:
        return  # what is handed in says so itself
    if first:
        log.warning(
            "Handed in without the proxy's time of arrival, so it may count up to a second late: %s",
            what_to_do(),
        )


def noted(*, at: datetime) -> datetime | None:
    """Since when, in the last hour in which that happened; None where it didn't for a day. One query."""
    until = limits.counted_until(_ONCE, _WHO)
    return until - HOUR if until and at < until + limits.KEPT else None
