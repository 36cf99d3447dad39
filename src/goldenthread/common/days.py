"""Days, instants and ends of days as people read them, whatever the locale, with the zone named."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ZONE_NAMES = {"Europe/London": "UK", "Europe/Belfast": "UK", "UTC": "UTC", "Etc/UTC": "UTC"}


def day_text(day: date) -> str:
    """A calendar day: "Mon 6 Oct 2025"."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def span_text(first: date, last: date) -> str:
    """Days from one to another, both included: "Mon 6 Oct 2025 to Fri 10 Oct 2025", a single one by itself."""
    return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"


def zone_text(zone: str) -> str:
    """A zone by its name: Asia/Dubai → "Dubai time", Europe/London → "UK time"."""
    name = ZONE_NAMES.get(zone) or zone.rpartition("/")[2].replace("_", " ")
    return name if name == "UTC" else f"{name} time"


def instant_text(instant: datetime, zone: str, *, seconds: bool = False) -> str:
    """An aware instant in a zone: "Mon 6 Oct 2025, 00:00 (UK time)"."""
    local = instant.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{day_text(local.date())}, {clock} ({zone_text(zone)})"


def last_day(closes_at: datetime, zone: str) -> date:
    """The day of a zone that an instant still belongs to as a deadline: midnight belongs to the day that it ends."""
    return (closes_at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def deadline_text(instant: datetime, zone: str) -> str:
    """An end of day as people say it: "midnight at the end of Mon 13 Oct 2025 (UK time)".

    The end of a day is the beginning of the next one, and nobody reads "14 Oct, 00:00" as the 13th. In a zone
    where the instant ends no day it is told by the clock.
    """
    last = last_day(instant, zone)
    if last == instant.astimezone(ZoneInfo(zone)).date():
        return instant_text(instant, zone)
    return f"midnight at the end of {day_text(last)} ({zone_text(zone)})"
