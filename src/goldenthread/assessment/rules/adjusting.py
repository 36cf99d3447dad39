"""Adjustments and extensions: what may be asked, who approves it, until when, and what follows (S2-34, G-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from goldenthread.assessment.rules.windows import days_after, window_instants
from goldenthread.common.days import deadline_text
from goldenthread.common.refused import Refused

MOST_DAYS = 28
MOST_WORDS = 2_000
LONGEST_REASON = 4_000  # characters
LONGEST_NOTE = 1_000


@dataclass(frozen=True)
class Grant:
    """What is asked for, or given: further calendar days, further words, another form in words; or a later window."""

    days: int = 0
    words: int = 0
    arrangement: str = ""
    deferral: bool = False


def check_grant(grant: Grant) -> None:
    """Something is asked for or given, within bounds. A deferral goes with nothing else."""
    if grant.deferral:
        if grant.days or grant.words or grant.arrangement.strip():
            raise Refused(
                "Ask for a later window or for something in this one, not for both: leave the other fields empty.",
                code="adjustment.both",
                field="deferral",
            )
        return
    if not grant.days and not grant.words and not grant.arrangement.strip():
        raise Refused(
            "Say what would help: more days, more words, another form, or a later window.",
            code="adjustment.nothing",
        )
    for field, value, most in (("days", grant.days, MOST_DAYS), ("words", grant.words, MOST_WORDS)):
        if not 0 <= value <= most:
            raise Refused(f"At most {most:,} more {field}.", code="adjustment.too_much", field=field)


def check_one_sitting(chosen: bool) -> None:
    """A later window is asked for instead of one window, not of all."""
    if not chosen:
        raise Refused(
            "Choose the window that you can't sit: a deferral is of one window.",
            code="adjustment.which",
            field="sitting",
        )


def check_reason(reason: str) -> None:
    """A request says why; only the programme office reads it."""
    if not reason.strip():
        raise Refused(
            "Say in a few words why. Only the programme office reads it.",
            code="adjustment.reason",
            field="reason",
        )


def check_approver(*, approver: int, participant: int, requested_by: int) -> None:
    """Who decides is another person than who asks and than who asked on somebody's behalf."""
    if approver == participant:
        raise Refused("Nobody decides about their own request: ask a colleague.", code="adjustment.own")
    if approver == requested_by:
        raise Refused(
            "You recorded this request: another person of the office decides about it.", code="adjustment.own"
        )


def check_note(approved: bool, note: str) -> None:
    """Who is told no is told why, in words for them."""
    if not approved and not note.strip():
        raise Refused(
            "Say why not, and what is possible instead: the participant reads it.",
            code="adjustment.note",
            field="note",
        )


@dataclass(frozen=True)
class Late:
    """How long after the deadline a request can still be granted: whole days, or None for "staff decide each case"."""

    days: int | None = None


def check_late(late: Late, *, closes_at: datetime, zone: str, at: datetime) -> None:
    """After the deadline of a sitting a request is granted only as long as the version's late policy says (G-02), in
    calendar days of its zone.

    No document states one, so without a recorded policy staff decide each case, and the decision is kept.
    """
    if at <= closes_at or late.days is None:
        return
    until = days_after(closes_at, late.days, zone)
    if at > until:
        allowed = f"until {deadline_text(until, zone)}" if late.days else "until then only"
        raise Refused(
            f"The window closed at {deadline_text(closes_at, zone)}, and by the recorded late policy more time is "
            f"given {allowed}. Enter this person for a further window instead.",
            code="adjustment.late",
        )


def late_text(days: int | None) -> str:
    """What a late policy of so many days says to participants; None: none."""
    if days is None:
        return "Staff decide each case, and each decision is kept with its name."
    if days == 0:
        return "No more time is given after the deadline."
    return f"More time can be given up to {days} day{'' if days == 1 else 's'} after the deadline."


def check_late_days(days: int | None) -> None:
    """A late policy is a number of days, or none."""
    if days is not None and not 0 <= days <= MOST_DAYS:
        raise Refused(f"0 to {MOST_DAYS} days, or none.", code="late.days", field="days")


def check_not_with_markers(begun: bool) -> None:
    """A deadline moves only while no marker has a script of the window: from then on the case is told to them."""
    if begun:
        raise Refused(
            "The scripts of this window are with the markers: its deadlines can't move any more. Enter this person for "
            "a further window instead.",
            code="adjustment.marking",
        )


def check_worth(closes_at: datetime, *, zone: str, at: datetime) -> None:
    """More time ends in the future: otherwise nothing could be handed in by it."""
    if closes_at <= at:
        raise Refused(
            f"With these days the deadline would be {deadline_text(closes_at, zone)}, which is over. Give more days.",
            code="adjustment.past",
            field="days",
        )


def check_undecided(state: str) -> None:
    """A request is decided once; a page that is older is told."""
    if state != "requested":
        raise Refused(
            "This request has been decided or withdrawn meanwhile: look at it again.",
            code="adjustment.decided",
        )


def check_takes_back(state: str) -> None:
    """Only what was approved can be taken back."""
    if state != "approved":
        raise Refused(
            "This request isn't approved, so there is nothing to take back.", code="adjustment.not_approved"
        )


def adjusted(opens_on: date, days: int, zone: str, grants: Sequence[Grant]) -> tuple[datetime, int, int]:
    """The closing instant of a sitting with everything that was granted, and the further days and words in all.

    Days are calendar days of the sitting's zone, as those of the window are.
    """
    more_days, more_words = sum(one.days for one in grants), sum(one.words for one in grants)
    return window_instants(opens_on, days + more_days, zone)[1], more_days, more_words
