"""Coaching: what a session needs, and how much of it the programme gives (S0-28, S0-70). Pure."""

from collections.abc import Sequence
from datetime import datetime

from goldenthread.common.quantities import decimal_hours
from goldenthread.common.refused import Refused

LONGEST_SESSION = 480


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


def check_entitlement(*, entitlement: int | None, used: int, minutes: int, approved: bool) -> None:
    """Sessions stay within the programme's hours, unless the office approves more; None: hours unknown."""
    after = used + minutes
    if entitlement is None or after <= entitlement or approved:
        return
    left = max(0, entitlement - used)
    advice = f"Log at most {left} minutes" if left else "Nothing is left"
    raise Refused(
        f"With this session {decimal_hours(after)} h of coaching are used, more than the "
        f"{decimal_hours(entitlement)} h of the programme. "
        f"{advice}, or ask the programme office to approve more.",
        code="session.entitlement",
        field="minutes",
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
