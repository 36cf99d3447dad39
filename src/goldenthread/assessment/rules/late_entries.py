"""Entering somebody for a window beyond the months of their version, or once more than its policy of attempts allows:
an exception that two people of the office make.

The months (S0-33) bind the first attempt, the policy of attempts (`attempts`) those that follow. No document says what
follows for whoever can't keep them, so it is decided for each person, by one who asks with a reason and another who
looks at it.
"""

from datetime import date

from goldenthread.catalogue.rules import add_months
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

LONGEST_REASON = 1_000


def is_beyond(last_day: date, allowed: date | None) -> bool:
    """Whether a window ends after the last day that the months of the version allow; never where none is stated."""
    return allowed is not None and last_day > allowed


def check_beyond(last_day: date, allowed: date | None) -> None:
    """An exception is for windows beyond the months or the attempts alone; any other one is entered as always."""
    if not is_beyond(last_day, allowed):
        raise Refused(
            "Months and attempts of their version allow this window: enter them on their own page or book them on the "
            "window's page.",
            code="late_entry.within",
            field="window",
        )


def check_no_own_window(*, over: bool, deferred: bool) -> None:
    """Whoever was never entered is booked in a window of their own intake as long as one can be set for it."""
    if not over and not deferred:
        raise Refused(
            "A window of their own intake can still be set within the months: set it and book them there.",
            code="late_entry.own_intake",
            field="window",
        )


def check_may_follow(opens_on: date, deferred_from: date | None) -> None:
    """After a deferral a window follows that opens later."""
    if deferred_from is not None and opens_on <= deferred_from:
        raise Refused(
            f"The window from {day_text(deferred_from)} was deferred: choose one that opens after it.",
            code="deferral.earlier",
            field="window",
        )


def passed_by(start: date, months: int | None) -> date | None:
    """The last day on which a qualification is passed, where its version says within how many months."""
    return None if months is None else add_months(start, months)


def check_pass_in_time(start: date, last_day: date, months: int | None) -> None:
    """Where a version says within how many months it is passed, no exception reaches beyond them."""
    until = passed_by(start, months)
    if until is None or last_day <= until:
        return
    raise Refused(
        f"This window ends on {day_text(last_day)}. This qualification is passed within {months} months of the start, "
        f"which is {day_text(until)}; no entry is possible after that. Say on the person's page "
        "what comes next instead.",
        code="late_entry.pass",
        field="window",
    )


def check_reason(reason: str, *, what: str) -> None:
    """Whoever asks and whoever decides says why; it is kept with their name."""
    if not reason.strip():
        raise Refused(f"Say why {what}: it is kept with your name.", code="window.reason", field="reason")
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused(
            f"Say it in at most {LONGEST_REASON:,} characters.", code="window.reason", field="reason"
        )


def check_not_own(*, by: int, participant: int) -> None:
    """Nobody asks for an exception for themselves, nor decides about it."""
    if by == participant:
        raise Refused("This is about yourself: ask a colleague.", code="late_entry.own")


def check_second(*, by: int, asked_by: int) -> None:
    """Another person decides than the one who asked."""
    if by == asked_by:
        raise Refused("You asked for this: a colleague decides about it.", code="late_entry.own")


def check_asked_it(*, by: int, asked_by: int) -> None:
    """Whoever asked takes it back; a colleague can refuse it."""
    if by != asked_by:
        raise Refused("Whoever asked for it takes it back; you can refuse it.", code="late_entry.not_yours")


def check_waits(state: str) -> None:
    """What is decided or taken back is not decided again."""
    if state != "asked":
        raise Refused(
            "This was decided or taken back meanwhile: look at it again.", code="late_entry.decided"
        )


def check_none_waits(waits: bool) -> None:
    """One request about somebody waits at a time."""
    if waits:
        raise Refused(
            "An exception for this person waits for a decision already: decide that one first, or take it back.",
            code="late_entry.waits",
        )
