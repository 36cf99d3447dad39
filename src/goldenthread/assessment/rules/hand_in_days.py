"""What decides about the hand-in days of a project task, their word limit and their mark scheme (S1-31, S3-24)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from goldenthread.assessment.rules.windows import window_instants
from goldenthread.common.days import day_text, deadline_text, instant_text
from goldenthread.common.refused import Refused

LONGEST_DAYS = 1100
MOST_CRITERIA = 60
NOTICE = timedelta(days=14)


def check_days(opens_on: date, closes_on: date, *, zone: str, at: datetime) -> int:
    """How many days these hand-in days are; refuses days in the wrong order or too many, and days that are over."""
    days = (closes_on - opens_on).days + 1
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            f"The last day comes after the first one, by at most {LONGEST_DAYS:,} days.",
            code="days.order",
            field="closes_on",
        )
    if window_instants(opens_on, days, zone)[1] <= at:
        raise Refused("These days are over: choose later ones.", code="days.over", field="closes_on")
    return days


def check_in_days(opens_at: datetime, closes_at: datetime, *, zone: str, at: datetime) -> None:
    """Refuses an account that is handed in before the first of its days or after the last one."""
    if at < opens_at:
        raise Refused(
            f"Handing in opens on {instant_text(opens_at, zone)}. Everything is kept until then.",
            code="window.early",
        )
    check_not_over(closes_at, zone=zone, at=at)


def check_not_over(closes_at: datetime, *, zone: str, at: datetime) -> None:
    """Refuses what comes after the last of the hand-in days."""
    if at > closes_at:
        raise Refused(
            f"Handing in closed at {deadline_text(closes_at, zone)}. Your text is kept: write to the programme office "
            "today and tell them what happened.",
            code="window.closed",
        )


def check_not_paused(until: datetime | None, *, zone: str) -> None:
    """Refuses a change to what goes in with an account while documents that arrived in time may still be handed in.

    `until` is when that ends; None where nobody waits for it.
    """
    if until is not None:
        raise Refused(
            "The hand-in days are over. A document that arrived in time can be handed in as it is until "
            f"{instant_text(until, zone)}; until then nothing else of the project can be changed.",
            code="project.paused",
        )


def check_limit(limit: int, reason: str) -> None:
    """Refuses a word limit that nobody says the source of, or that can't be meant."""
    if not reason.strip():
        raise Refused("Say where this limit comes from.", code="limit.reason", field="reason")
    if not 100 <= limit <= 100_000:
        raise Refused("A limit is between 100 and 100,000 words.", code="limit.range", field="limit")


def check_scheme(label: str, given: Sequence[tuple[str, int]], pass_mark: int) -> None:
    """Refuses a mark scheme without a label or marks, and a pass mark beyond the total (S1-31)."""
    if not label:
        raise Refused(
            "Give the version of the mark scheme, such as v2017.", code="scheme.label", field="label"
        )
    if not 1 <= len(given) <= MOST_CRITERIA or any(not text or not 1 <= most <= 100 for text, most in given):
        raise Refused(
            "Give at least one criterion, each with 1 to 100 marks.", code="scheme.criteria", field="criteria"
        )
    total = sum(most for _, most in given)
    if not 1 <= pass_mark <= total:
        raise Refused(
            f"The pass mark lies between 1 and the total of {total}.",
            code="scheme.pass_mark",
            field="pass_mark",
        )


def check_days_stand(*, scheduled: bool, with_markers: bool) -> None:
    """Days are changed while nobody marks by them: not after a release or a cancellation."""
    if not scheduled:
        raise Refused(
            "The results of these days are released, or they were cancelled: set further days.",
            code="days.closed",
        )
    if with_markers:
        raise Refused(
            "A marker has a script of these days already, so they stay. Set further days after the release.",
            code="days.marking",
        )


def check_change_reason(reason: str) -> None:
    """Whoever changes or cancels days that people were told says why."""
    if not reason.strip():
        raise Refused("Say why: everybody with a place is told.", code="days.reason", field="reason")


def check_opening_stays(before: date, opens_on: date, *, zone: str, at: datetime) -> None:
    """Days that have begun have begun: who reads that they can hand in is not locked out, and receipts are of a day."""
    if opens_on != before and window_instants(before, 1, zone)[0] <= at:
        raise Refused(
            f"Handing in has been open since {day_text(before)}, so the first day stays. Only the last day can change.",
            code="days.begun",
            field="opens_on",
        )


def check_notice(before: date, closes_on: date, *, today: date) -> None:
    """The last day may come earlier than people were told, with two weeks' notice (our own rule)."""
    if closes_on < before and closes_on < today + NOTICE:
        raise Refused(
            f"People were told that they have until {day_text(before)}. The last day can come earlier, but not before "
            f"{day_text(min(before, today + NOTICE))}, so that everybody has two weeks' notice.",
            code="days.notice",
            field="closes_on",
        )


def check_nobody_handed_in(people: int) -> None:
    """Days in which somebody has handed in are not cancelled."""
    if people:
        raise Refused(
            f"{people} {'person has' if people == 1 else 'people have'} handed in, and the receipts stand. "
            "Change the days instead.",
            code="days.receipts",
        )
