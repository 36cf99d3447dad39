"""Coaching: what a session needs, and how much of it the programme gives (S0-28, S0-70). Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from goldenthread.common.days import day_text
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused

LONGEST_SESSION = 480
MOST_MORE = 6000  # a hundred hours at once


def check_session(*, minutes: int, focus: str, feedback: str, held_at: datetime, at: datetime) -> None:
    """A session was held, took some minutes, had a focus, and gave written feedback (S0-70)."""
    if held_at > at:
        raise Refused(
            "This session lies in the future. Log it after it was held.",
            code="session.future",
            field="held_at",
        )
    if not 0 < minutes <= LONGEST_SESSION:
        raise Refused(
            f"State the length in minutes, from 1 to {LONGEST_SESSION}.",
            code="session.minutes",
            field="minutes",
        )
    if not focus.strip():
        raise Refused("Say what the session was about.", code="session.focus", field="focus")
    if not feedback.strip():
        raise Refused(
            "Feedback is missing. Write what went well and what to work on: the participant reads it.",
            code="session.feedback",
            field="feedback",
        )


def check_begun(*, begins_on: date, held_on: date) -> None:
    """Coaching counts from the programme's first day on, as modules and tasks do (S0-21)."""
    if held_on < begins_on:
        raise Refused(
            f"The programme begins on {day_text(begins_on)}: a session before it can't be credited. Check the day, or "
            "log a session that was held from then on.",
            code="session.before_start",
            field="held_at",
        )


def check_entitlement(*, entitlement: int | None, used: int, minutes: int, more: int = 0) -> None:
    """Sessions stay within the programme's hours and what the office approved beyond them; None: hours unknown."""
    after = used + minutes
    if entitlement is None or after <= entitlement + more:
        return
    left = max(0, entitlement + more - used)
    advice = f"Log at most {left} minutes" if left else "Nothing is left"
    approved = f" and the {hours_text(more)} approved beyond it" if more else ""
    raise Refused(
        f"With this session {hours_text(after)} of coaching are used, more than the "
        f"{hours_text(entitlement)} of the programme{approved}. "
        f"{advice}, or ask the programme office to approve more: they do it on the participant's page, "
        "under “More coaching”.",
        code="session.entitlement",
        field="minutes",
    )


def check_more(*, entitlement: int | None, minutes: int, reason: str) -> None:
    """What the office approves beyond the programme's hours: some minutes, and why (S0-28)."""
    if entitlement is None:
        raise Refused(
            "This programme doesn't state its hours of coaching, so no session needs an approval.",
            code="more_coaching.unlimited",
        )
    if not 0 < minutes <= MOST_MORE:
        raise Refused(
            f"State how many minutes more, from 1 to {MOST_MORE}.",
            code="more_coaching.minutes",
            field="minutes",
        )
    if not reason.strip():
        raise Refused(
            "Say why more coaching is approved: it is kept with the approval.",
            code="more_coaching.reason",
            field="reason",
        )


def spread(minutes: int, open_minutes: Sequence[int | None]) -> list[int]:
    """Share a session's minutes out over the coaching activities, filling each before the next.

    None is an activity of unknown length, which takes all that is left. What fits nowhere is credited
    nowhere.
    """
    shares = []
    for room in open_minutes:
        share = minutes if room is None else min(minutes, max(0, room))
        shares.append(share)
        minutes -= share
    return shares
