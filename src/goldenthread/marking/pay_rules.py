"""What marking is paid: rates by kind of work and day, what is due for what was done, who may say what about money.

Money is in whole pence. No Django, no clock, no settings.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from goldenthread.common.quantities import money_text
from goldenthread.common.refused import Refused

THIRD = 3  # position of a third marking; re-marks come after it
MOST_PENCE = 50_000  # for one piece of work
LONGEST_REASON = 1000  # characters


class Work(StrEnum):
    """What is paid for. A seed is a marking like any other."""

    MARKING = "marking"
    FURTHER = "further"
    PRACTICE = "practice"


@dataclass(frozen=True)
class Rate:
    """What one piece of work brings from a day on, in pence by kind."""

    from_on: date
    marking: int
    further: int
    practice: int

    def pence(self, kind: Work) -> int:
        amounts = {Work.MARKING: self.marking, Work.FURTHER: self.further, Work.PRACTICE: self.practice}
        return amounts[kind]


@dataclass(frozen=True)
class Done:
    """One piece of work: its kind, the day on which it was submitted, and whether it is paid."""

    kind: Work
    day: date
    due: bool = True


@dataclass(frozen=True)
class Due:
    """What somebody's work comes to: how much of each kind, the pence that are due, and how many pieces bring nothing
    because no rate covers their day (`unrated`) or the office said so (`withheld`).
    """

    counts: Mapping[Work, int]
    pence: int
    unrated: int
    withheld: int


def kind_at(position: int) -> Work:
    """The kind of a marking by its position on the script: a third marking and a re-mark are further ones."""
    return Work.FURTHER if position >= THIRD else Work.MARKING


def rate_on(rates: Iterable[Rate], day: date) -> Rate | None:
    """The approved rate that holds on a day: the latest that has begun; None before the first."""
    begun = [rate for rate in rates if rate.from_on <= day]
    return max(begun, key=lambda rate: rate.from_on) if begun else None


def due(done: Iterable[Done], rates: Sequence[Rate]) -> Due:
    """What pieces of work come to under approved rates, each by the rate of the day it was submitted on."""
    counts: Counter[Work] = Counter()
    pence = unrated = withheld = 0
    for one in done:
        counts[one.kind] += 1
        rate = rate_on(rates, one.day)
        if not one.due:
            withheld += 1
        elif rate is None:
            unrated += 1
        else:
            pence += rate.pence(one.kind)
    return Due(counts, pence, unrated, withheld)


def rate_faults(rate: Rate, reason: str) -> list[Refused]:
    """Everything that is wrong with a rate, each at its field: amounts from nothing to £500, not all nothing."""
    amounts = {"marking": rate.marking, "further": rate.further, "practice": rate.practice}
    faults = [
        Refused(f"Enter an amount from £0 to {money_text(MOST_PENCE)}.", code="rate.range", field=name)
        for name, pence in amounts.items()
        if not 0 <= pence <= MOST_PENCE
    ]
    if not faults and not any(amounts.values()):
        faults.append(
            Refused("Enter what at least one kind of work brings.", code="rate.nothing", field="marking")
        )
    return faults + reason_faults(reason)


def reason_faults(reason: str) -> list[Refused]:
    """What is wrong with a reason that is kept."""
    if not reason.strip():
        return [Refused("Say why; it stays in the record.", code="pay.reason", field="reason")]
    if len(reason) > LONGEST_REASON:
        words = f"Say it in at most {LONGEST_REASON:,} characters."
        return [Refused(words, code="pay.reason_long", field="reason")]
    return []


def check_begins(from_on: date, approved: Iterable[date], today: date) -> None:
    """Refuse a rate that would change what was done already: it begins after today, or before every other rate, where
    it covers only days that had none. Asked when it is proposed, and again when it is approved.
    """
    known = set(approved)
    if from_on in known:
        raise Refused(
            "An approved rate begins on this day already. Choose a later one.",
            code="rate.same_day",
            field="from_on",
        )
    if known and from_on <= today and from_on > min(known):
        raise Refused(
            "What was marked until today keeps its rate. Let the new one begin tomorrow or later.",
            code="rate.back",
            field="from_on",
        )


def check_second_person(first: int, second: int, what: str) -> None:
    """Refuse that one person both proposes and approves."""
    if first == second:
        raise Refused(
            f"Another person of the office has to approve {what}; you can take it back.",
            code="pay.second_person",
        )


def check_not_own(markers: Iterable[int], by: int) -> None:
    """Refuse that somebody decides about their own pay."""
    if by in set(markers):
        raise Refused("Somebody else has to decide about your own pay.", code="pay.own")


def check_still_due(name: str, pence: int, left: int) -> None:
    """Refuse to pay more than is still due: something was paid, or said not to be due, since the run was made."""
    if pence > left:
        raise Refused(
            f"{name}: the run says {money_text(pence)}, but only {money_text(max(left, 0))} is still due. Take this "
            "run back and make a new one.",
            code="run.changed",
        )
