"""What runs by the clock: links to official texts and sources are tried once a week (S4-07)."""

import ipaddress
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F, Q

from goldenthread.catalogue.models import Evidence, Framework
from goldenthread.common import jobs

AGAIN = timedelta(days=7)
AT_A_TIME = 5  # the worker has other things to do
PATIENCE = 5  # seconds for one answer
GONE = {404: "404, not found", 410: "410, gone"}
Ask = Callable[[str], int | None]
FIELDS: dict[type[Framework] | type[Evidence], str] = {Framework: "source_url", Evidence: "link"}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where an address leads on is not followed: it answers, and that is enough."""

    def redirect_request(self, *_rest: Any) -> None:
        return None


def ask(url: str) -> int | None:
    """The status with which an address answers; None where it doesn't, or is none of the public net."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    try:
        found = {info[4][0] for info in socket.getaddrinfo(parts.hostname, parts.port or 443)}
        if not found or not all(ipaddress.ip_address(one).is_global for one in found):
            return None
        request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "goldenthread-links"})  # noqa: S310
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as fault:
        return fault.code
    except (OSError, HTTPException, ValueError):
        return None


def check_links(*, at: datetime, ask: Ask = ask, most: int = AT_A_TIME) -> tuple[int, int]:
    """Try the links that were not tried for a week; returns how many were tried, and how many of them are gone.

    Only an address that says it is gone is hidden from visitors and listed for repair. One that doesn't answer
    today keeps its standing: that may be our own net.
    """
    due = Q(link_checked_at__isnull=True) | Q(link_checked_at__lte=at - AGAIN)
    first = F("link_checked_at").asc(nulls_first=True)
    rows: list[tuple[type[Framework] | type[Evidence], int, str, str]] = []
    for model, field in FIELDS.items():
        found = model._default_manager.filter(due).exclude(**{field: ""}).order_by(first, "pk")
        rows += [
            (model, pk, url, fault) for pk, url, fault in found.values_list("pk", field, "link_fault")[:most]
        ]
    gone = 0
    for model, pk, url, before in rows[:most]:
        status = ask(url)
        fault = before if status is None else GONE.get(status, "")
        gone += bool(fault)
        unchanged = model._default_manager.filter(pk=pk, **{FIELDS[model]: url})
        unchanged.update(link_checked_at=at, link_fault=fault)
    return len(rows[:most]), gone


@jobs.every(timedelta(hours=1), "links")
def links(at: datetime) -> str:
    """A few links an hour, each once a week; a demonstration reaches for nothing outside."""
    if settings.MODE != "production":
        return "not in this mode"
    tried, gone = check_links(at=at)
    return f"tried {tried}, {gone} gone"
