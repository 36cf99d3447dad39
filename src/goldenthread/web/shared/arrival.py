"""The instant that counts for what somebody sends, once everything of it is there."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import RawPostDataException

from goldenthread.common import arrival, clock
from goldenthread.common.turnstile import ARRIVED, STEADY
from goldenthread.web.shared import stamps


def arrived_at(request: Any) -> datetime:
    """When this request arrived with what it carries: the same however often it is asked.

    The server hands a request on as soon as its head is there, so the rest is read first; see
    `arrival.counted_at`.
    """
    known: datetime | None = getattr(request, "arrived_at", None)
    if known is None:
        if request.method == "POST":
            _read(request)
            stamps.note(request)
        known = arrival.counted_at(request.received_at, complete=clock.now())
        request.arrived_at = known
    return known


def came_steadily(request: Any) -> bool:
    """Whether what this request carries kept coming since its head, and quickly enough: then its first byte may count
    for all of it.

    What waited elsewhere before it came to us, as behind a proxy that collects requests, is not known to have done so.
    """
    here = request.META.get(ARRIVED)
    waited = here is None or here - request.received_at > arrival.ALLOWANCE
    return bool(request.META.get(STEADY)) and not waited


def _read(request: Any) -> None:
    """Read a form with its files, or what else was sent; what was read before is not read again."""
    request.POST  # noqa: B018 -- reads a form, with its files
    with suppress(RawPostDataException):  # a form with files, which is read
        request.body  # noqa: B018
