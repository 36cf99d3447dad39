"""Texts that arrived and became neither draft nor script at once: what is kept, and when one is handed in."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from goldenthread.assessment.rules.uploads import rest_until
from goldenthread.common.days import deadline_text, instant_text
from goldenthread.common.refused import Refused

MOST_KEPT = 20  # texts of one sitting
PARKED_FOR = timedelta(hours=1)  # that a text waits for its writer to sign in again
MOST_DEFERRED = 5  # of one sitting that came after its deferral: the first ones, and the latest
LONGEST_KEPT = 1_000_000  # characters of one text: five times the longest draft


def undecided_until(arrived_at: datetime, closes_at: datetime, rest: int) -> datetime:
    """Until when a text can still be handed in that arrived in time and whose writer has not signed in since: for an
    hour, and not after the `rest` minutes that a document may take.
    """
    return min(arrived_at + PARKED_FOR, rest_until(closes_at, rest))


def check_room(texts: Mapping[str, str], *, kept: int) -> None:
    """A text is kept beside the draft up to a length, and so many of one sitting: `kept` are there."""
    length = sum(map(len, texts.values()))
    if length > LONGEST_KEPT:
        raise Refused(
            f"{length:,} characters are more than we can keep ({LONGEST_KEPT:,}). Your text is in this page: copy it "
            "into a document of your own before you leave.",
            code="kept.too_long",
        )
    if kept >= MOST_KEPT:
        raise Refused(
            f"{kept} texts are kept beside your draft already, and no more can be. Your text is in this page: copy it "
            "into a document of your own before you leave.",
            code="kept.many",
        )


def check_was_sent_to_hand_in(*, waits: bool) -> None:
    """Only what was sent with the button that hands in, and declared own work then, can be handed in as it arrived."""
    if not waits:
        raise Refused(
            "This text was kept, not handed in. While the window is open, copy from it into the editor and hand in "
            "there. After the deadline write to the programme office: they can see when it arrived.",
            code="kept.not_sent",
        )


def check_handed_in_later(
    arrived_at: datetime, *, counts_since: datetime | None, number: int, with_markers: bool, zone: str
) -> None:
    """A text that arrived takes no place of what was handed in after it, nor of what a marker has.

    `counts_since` is when the script that counts arrived, None if none does; `number` is its number.
    """
    if counts_since is None:
        return
    if counts_since >= arrived_at:
        raise Refused(
            f"You have handed in script {number} since, {instant_text(counts_since, zone)}: that one counts. There is "
            "nothing left to do.",
            code="script.replaced",
        )
    if with_markers:
        raise Refused(
            f"Script {number} is with the markers, so this text can't take its place by itself. It is kept here: write "
            "to the programme office today and tell them when it arrived.",
            code="kept.marking",
        )


def check_still_counts(
    arrived_at: datetime, *, at: datetime, closes_at: datetime, rest: int, zone: str
) -> None:
    """A text counts from its arrival when it is handed in as it came, by `rest` minutes after the deadline."""
    until = rest_until(closes_at, rest)
    if arrived_at > closes_at:
        raise Refused(
            f"The window closed at {deadline_text(closes_at, zone)}, and this text arrived "
            f"{instant_text(arrived_at, zone, seconds=True)}. It is kept here: write to the programme office today and "
            "tell them what happened.",
            code="window.closed",
        )
    if at > until:
        raise Refused(
            f"This text arrived before the deadline, but it was not handed in by {instant_text(until, zone)}. It is "
            "kept here with the time at which it arrived: write to the programme office today and tell them what "
            "happened. You need not send it to them.",
            code="window.closed",
        )
