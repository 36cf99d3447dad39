"""Deferring a booked sitting to a later window: until when, what stands in the way, and which window may follow (G-02).

No document says how a sitting is deferred. It is asked for and decided as an adjustment is; what is said here is what
must hold whoever decides.
"""

from datetime import date, datetime

from goldenthread.assessment.rules.windows import days_after
from goldenthread.catalogue.rules import add_months
from goldenthread.common.days import day_text, deadline_text
from goldenthread.common.refused import Refused


def check_deferrable(*, task: bool, state: str) -> None:
    """A case study that is booked, and in which nothing counts yet, can be deferred."""
    no = ""
    if task:
        no = (
            "A project is not deferred: whoever hands nothing in by the end of these days has used no attempt, and "
            "has a place in the next ones."
        )
    elif state == "handed_in":
        no = "A script was handed in, and it counts: this sitting can't be deferred any more."
    elif state == "held_back":
        no = (
            "The case study was not released to this person, so no attempt is used: once the results of the window are "
            "released, enter them for a further window."
        )
    if no:
        raise Refused(no, code="deferral.not_now", field="deferral")


def check_asked_in_time(*, closes_at: datetime, zone: str, late_days: int | None, asked_at: datetime) -> None:
    """A deferral is asked for by the deadline; later, as long as the version's late policy says, if one is recorded.

    Its days are calendar days of the sitting's zone. When it was asked counts, not when somebody decides: nobody loses
    a window by a slow answer.
    """
    if asked_at <= closes_at or late_days is None or asked_at <= days_after(closes_at, late_days, zone):
        return
    raise Refused(
        f"The window closed at {deadline_text(closes_at, zone)}, and this was asked for later than the recorded late "
        "policy allows. Enter this person for a further window once the results are released.",
        code="deferral.late",
    )


def check_decided(undecided: int) -> None:
    """Results wait for requests to sit a later window: an answer that is late must not end as a fail."""
    if undecided:
        requests = "1 request" if undecided == 1 else f"{undecided:,} requests"
        who = "this person" if undecided == 1 else "these people"
        raise Refused(
            f"{requests} to sit a later window {'waits' if undecided == 1 else 'wait'} for a decision, and nothing was "
            f"handed in. Approve or say why not first: otherwise {who} would be told that they did not pass.",
            code="outcomes.undecided",
        )


def check_not_deferred(deferred: bool) -> None:
    """Nothing is shown, written or handed in once a sitting is deferred; what was written stays."""
    if deferred:
        raise Refused(
            "This sitting was deferred, so nothing more is shown, saved or handed in here. What you had saved is kept. "
            "The programme office enters you for a later window, and you get a mail with its days.",
            code="sitting.deferred",
        )


def check_restored(entered_from: date | None) -> None:
    """A deferral is taken back only as long as nobody has entered the person for another window."""
    if entered_from is not None:
        raise Refused(
            f"This person is entered for the window from {day_text(entered_from)} by now: change that one instead.",
            code="deferral.entered",
        )


def last_day_allowed(start: date, months: tuple[int, int] | None) -> date | None:
    """The last day on which a window that follows a deferral may end, by the version's months; None: none is stated."""
    return add_months(start, months[1]) if months else None


def fits(opens_on: date, last_day: date, *, deferred_from: date, allowed: date | None) -> bool:
    """Whether a window may follow a deferral: it opens after the one that was deferred, and ends within the months."""
    return opens_on > deferred_from and (allowed is None or last_day <= allowed)


def check_follows(opens_on: date, last_day: date, *, deferred_from: date, allowed: date | None) -> None:
    """The window that follows a deferral is a later one, and within the version's months after the person's start."""
    if opens_on <= deferred_from:
        raise Refused(
            f"The window from {day_text(deferred_from)} was deferred: choose one that opens after it.",
            code="deferral.earlier",
            field="window",
        )
    if not fits(opens_on, last_day, deferred_from=deferred_from, allowed=allowed):
        raise Refused(
            f"This window ends on {day_text(last_day)}. By the months of this version a first attempt ends by "
            f"{day_text(allowed) if allowed else ''}: set a window of their own intake until then, ask on the "
            "person's page for an entry beyond the months, or say there what comes next instead.",
            code="deferral.months",
            field="window",
        )
