"""When a window is open, in its own calendar days, and until when it can be changed (S0-33, S0-39, G-18)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from goldenthread.catalogue.rules import add_months
from goldenthread.common.days import day_text, instant_text, last_day, zone_text
from goldenthread.common.refused import Refused


def day_begins(day: date, zone: str) -> datetime:
    """The instant, in UTC, at which `day` begins in `zone`: midnight, or what the clocks there make of it.

    Where clocks go forward at midnight the day begins at the change; where they go back over midnight it
    begins the second time, when the day before is over for good.
    """
    where = ZoneInfo(zone)
    midnight = datetime.combine(day, time.min, where)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    just_before = (second - timedelta(microseconds=1)).astimezone(where).date()
    return second if just_before < day <= second.astimezone(where).date() else first


def window_days(opens_on: date, days: int, zone: str) -> list[date]:
    """The calendar days of a window: the day of release is day 1 (G-18), and a day that `zone` skips is none.

    Refuses a first day that the zone's calendar doesn't have.
    """
    if not _exists(opens_on, zone):
        raise Refused(
            f"{day_text(opens_on)} does not exist in {zone}: choose the day after.",
            code="window.no_such_day",
            field="opens_on",
        )
    found = [opens_on]
    while len(found) < days:
        following = found[-1] + timedelta(days=1)
        found.append(following if _exists(following, zone) else following + timedelta(days=1))
    return found


def _exists(day: date, zone: str) -> bool:
    return day_begins(day, zone).astimezone(ZoneInfo(zone)).date() == day


def window_instants(opens_on: date, days: int, zone: str) -> tuple[datetime, datetime]:
    """When a window opens and closes, in UTC: from the first moment of day 1 to the end of the last day.

    Computed from local calendar days, so eight days may have 191 or 193 hours.
    """
    last = window_days(opens_on, days, zone)[-1]
    return day_begins(opens_on, zone), day_begins(last + timedelta(days=1), zone)


def days_after(closes_at: datetime, days: int, zone: str) -> datetime:
    """The end, in UTC, of the day in `zone` that is so many calendar days after the one with which a deadline ends; 0
    is the deadline itself. A day may have 23 or 25 hours, and one that the zone skips is none.
    """
    if days == 0:
        return closes_at
    return window_instants(last_day(closes_at, zone), days + 1, zone)[1]


def allowed_first_days(
    start: date, days: int, months: tuple[int, int], zone: str = "UTC"
) -> tuple[date, date]:
    """The first and the last calendar day on which a window may open, in a zone whose calendar may skip a day."""
    latest = add_months(start, months[1]) - timedelta(days=days - 1)
    while not _exists(latest, zone) or window_days(latest, days, zone)[-1] > add_months(start, months[1]):
        latest -= timedelta(days=1)
    return add_months(start, months[0]), latest


def check_window(
    start: date, opens_on: date, days: int, months: tuple[int, int] = (12, 15), zone: str = "UTC"
) -> None:
    """A window lies inside the version's months after the programme start, its last day too (S0-33): by the calendar of
    `zone`, where a day that is skipped makes the window end a day later.
    """
    earliest, latest = allowed_first_days(start, days, months, zone)
    allowed = f"Choose a first day from {day_text(earliest)} to {day_text(latest)}."
    if opens_on < earliest:
        raise Refused(
            f"Too early: {months[0]} months after the start is {day_text(earliest)}. {allowed}",
            code="window.too_early",
            field="opens_on",
        )
    if opens_on > latest:
        last = window_days(opens_on, days, zone)[-1]
        raise Refused(
            f"Too late: day {days} would be {day_text(last)}, after {day_text(add_months(start, months[1]))}"
            f", {months[1]} months after the start. {allowed}",
            code="window.too_late",
            field="opens_on",
        )


def check_not_begun(opens_at: datetime, at: datetime) -> None:
    """Nothing about a window changes once it is open for somebody."""
    if at >= opens_at:
        raise Refused("This window has opened: it can't be changed any more.", code="window.open")


def check_not_begun_in(opens_at: datetime, zone: str, at: datetime) -> None:
    """Nobody is booked into a sitting that has begun where they are, although it has not elsewhere."""
    if at >= opens_at:
        raise Refused(
            f"The first day of this window has begun in {zone_text(zone)} already, at {instant_text(opens_at, zone)}, "
            "and somebody is to be booked there. Choose a later first day, or one time zone for everybody.",
            code="window.open",
            field="opens_on",
        )


def check_limit_not_told(told: bool) -> None:
    """The word limit of an intake is settled before a window of it stands, since then its people know it."""
    if told:
        raise Refused(
            "A window of this intake is set and its people know the limit: cancel the window first.",
            code="window.limit_told",
        )


def check_same_window(there: tuple[str, str], asked: tuple[str, str]) -> None:
    """On one day an intake has one window: asked for again, it has the same zone rule and zone."""
    if there != asked:
        raise Refused(
            "There is a window of this intake on that day already, with another zone: cancel it first.",
            code="window.taken",
            field="opens_on",
        )


def check_not_cancelled(cancelled: bool) -> None:
    """Nobody is booked into a window that was taken back."""
    if cancelled:
        raise Refused("This window was cancelled: set another one.", code="window.cancelled")


def check_may_be_cancelled(opens_at: datetime, at: datetime, *, used: bool) -> None:
    """A window is taken back until it opens; after that only while it was never `used`: it has no case study, nobody
    was shown one and nothing is handed in, so that no attempt is lost.
    """
    if used:
        check_not_begun(opens_at, at)


def check_cancel(reason: str) -> None:
    """A window is taken back for a reason, which its people read."""
    if not reason.strip():
        raise Refused(
            "Say why: the people who were told the dates will read it.", code="window.reason", field="reason"
        )
