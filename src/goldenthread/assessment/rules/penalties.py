"""Waiving or lessening what too many words cost one person, before their result: two people of the office decide it.

No document says who may. It is put as how many of the words too many still cost marks: so nobody has to know the marks
of somebody by name, which are told at the release.
"""

from datetime import datetime

from goldenthread.assessment.rules.policies import Length
from goldenthread.catalogue.wording import counted
from goldenthread.common.days import deadline_text
from goldenthread.common.refused import Refused

LONGEST_REASON = 1_000


def left_text(length: Length) -> str:
    """What is left of a penalty, as a sentence: "Nothing is taken off for 130 words too many.\""""
    too_many = f"{counted(length.excess, 'word')} too many"
    if not length.costly:
        return f"Nothing is taken off for {too_many}."
    if length.costly < length.excess:
        return f"Of {too_many} {counted(length.costly, 'word')} cost marks ({length.counting.penalty})."
    return f"{too_many[0].upper()}{too_many[1:]} cost marks ({length.counting.penalty})."


def check_costs(length: Length | None) -> None:
    """There is something to waive: by the policy of the window the script's words too many cost marks."""
    if length is None or not length.excess:
        raise Refused(
            "No marks are taken off this script for its length by a rule: nothing is to be waived.",
            code="penalty.none",
        )


def check_handed_in(closes_at: datetime, *, zone: str, at: datetime) -> None:
    """It is of the script that counts: as long as it can be replaced, it is shortened instead."""
    if at <= closes_at:
        raise Refused(
            f"This script can be replaced until {deadline_text(closes_at, zone)}, by a shorter one. Ask after that.",
            code="penalty.open",
        )


def check_not_told(told: bool) -> None:
    """Once somebody has their result it changes by an appeal or a correction alone."""
    if told:
        raise Refused(
            "This result is released: it changes by an appeal, or by a correction on the person's page.",
            code="penalty.released",
        )


def check_words(words: int, length: Length) -> None:
    """It is another number than the one that counts now, and no more than there are."""
    if words > length.excess:
        raise Refused(
            f"There are {counted(length.excess, 'word')} too many: give a number below that, or 0.",
            code="penalty.words",
            field="words",
        )
    if words == length.costly:
        raise Refused(
            f"{counted(words, 'word')} too many cost marks already: give another number, or leave it as it is.",
            code="penalty.same",
            field="words",
        )


def check_reason(reason: str, *, what: str) -> None:
    """Whoever asks and whoever decides says why; it is kept with their name."""
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        raise Refused(
            f"Say why {what}, in at most {LONGEST_REASON:,} characters: it is kept with your name.",
            code="penalty.reason",
            field="reason",
        )


def check_not_own(*, by: int, participant: int) -> None:
    """Nobody asks for it for themselves, nor decides about it."""
    if by == participant:
        raise Refused("This is about yourself: ask a colleague.", code="penalty.own")


def check_second(*, by: int, asked_by: int) -> None:
    """Another person decides than the one who asked."""
    if by == asked_by:
        raise Refused("You asked for this: a colleague decides about it.", code="penalty.own")


def check_asked_it(*, by: int, asked_by: int) -> None:
    """Whoever asked takes it back; a colleague can refuse it."""
    if by != asked_by:
        raise Refused("Whoever asked for it takes it back; you can refuse it.", code="penalty.not_yours")


def check_waits(state: str) -> None:
    """What is decided or taken back is not decided again."""
    if state != "asked":
        raise Refused("This was decided or taken back meanwhile: look at it again.", code="penalty.decided")


def check_none_waits(waits: bool) -> None:
    """One request about a script waits at a time."""
    if waits:
        raise Refused(
            "A request about this script waits for a decision already: decide that one first, or take it back.",
            code="penalty.waits",
        )


def check_current(current: bool) -> None:
    """It is of the script that counts; one that took its place since has its own length."""
    if not current:
        raise Refused(
            "Another script has taken the place of this one: refuse this, and ask about that one if needed.",
            code="penalty.replaced",
        )
