"""The only place that reads the clock. Rules and actions take `at` instead."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 -- this is the clock


def day_of(at: datetime, zone: str = "Europe/London") -> date:
    """The calendar day that `at` falls on in `zone`: the provider's, by which roles begin and end."""
    return at.astimezone(ZoneInfo(zone)).date()


def today(zone: str = "Europe/London") -> date:
    """The calendar day it now is in `zone`."""
    return day_of(now(), zone)
