"""What a support plan is made of, when it is late, and how it ends (S2-09). No Django, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import half_text

FIRST_CONTACT_DAYS = 10  # by when the supporter has spoken with somebody, in calendar days from the result
PLAN_DAYS = 84  # by when a plan is through where no window is known
WEAKEST_SHOWN = 4  # areas that become items
LONGEST = 2000  # characters of an item, a note or a reason


class Ending(StrEnum):
    """How a plan ends; nothing else closes one."""

    PASSED = "passed"
    DEFERRED = "deferred"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REACHED = "reached"  # by itself: why help was offered before the assessment is gone


class Kind(StrEnum):
    """Where an item of a plan comes from."""

    CONDITION = "condition"
    AREA = "area"
    RISK = "risk"
    AGREED = "agreed"


@dataclass(frozen=True)
class Item:
    """One thing to do, before it is written down."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Scored:
    """What one mark point earned: its area, half marks, and the most it gives in half marks."""

    area: str
    half_marks: int
    most: int


def weak_areas(scored: Iterable[Scored], *, needed: Fraction) -> list[tuple[str, int, int]]:
    """The areas that earned a smaller share of their marks than passing asks, the weakest first, with half marks earned
    and possible; at most four.
    """
    sums: dict[str, tuple[int, int]] = {}
    for one in scored:
        earned, most = sums.get(one.area, (0, 0))
        sums[one.area] = (earned + one.half_marks, most + one.most)
    weak = [(Fraction(earned, most), area) for area, (earned, most) in sums.items() if most]
    weak = sorted((share, area) for share, area in weak if share < needed)
    return [(area, *sums[area]) for _, area in weak[:WEAKEST_SHOWN]]


def items_of(
    conditions: Sequence[Mapping[str, Any]], weak: Iterable[tuple[str, int, int]], *, marked: bool
) -> list[Item]:
    """What a plan begins with: a next step for each condition that was missed, the feedback, and the weak areas.

    Where a script was marked, the feedback is the next step of the task.
    """
    missed = [one for one in conditions if not one.get("met") and not (marked and one.get("key") == "task")]
    steps = [one.get("next_step") or one.get("text") or "" for one in missed]
    found = [Item(Kind.CONDITION, step) for step in dict.fromkeys(steps) if step]
    if marked:
        found.append(
            Item(Kind.AREA, "Read what the markers say to you, and go through it with your supporter.")
        )
    found += [
        Item(Kind.AREA, f"Work on “{area}”: it earned {half_text(earned)} of {half_text(most)} marks.")
        for area, earned, most in weak
    ]
    return [Item(item.kind, item.text[:LONGEST]) for item in found]


# --- windows ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ahead:
    """A window that somebody could still sit: its number, first and last day."""

    window: int
    opens_on: date
    last_day: date


def next_window(windows: Iterable[Ahead], *, on: date, last_useful: date | None) -> Ahead | None:
    """The first window that begins after `on` and leaves time for its result; None where there is none."""
    fit = [
        one for one in windows if one.opens_on > on and (last_useful is None or one.last_day <= last_useful)
    ]
    return min(fit, key=lambda one: (one.opens_on, one.window), default=None)


def hand_in_by(window: Ahead | None, last_useful: date | None) -> date | None:
    """The last day on which handing in is still of use: the window's, else the one that the version's months leave."""
    return window.last_day if window else last_useful


def due_on(windows: Iterable[Ahead], *, on: date) -> date:
    """By when a plan is through: the day before the next window opens that leaves time for the first contact, else
    twelve weeks from the result. Never before the first contact is due.
    """
    window = next_window(windows, on=on + timedelta(days=FIRST_CONTACT_DAYS), last_useful=None)
    return window.opens_on - timedelta(days=1) if window else on + timedelta(days=PLAN_DAYS)


# --- where a plan stands ---------------------------------------------------------------------------------
def lateness(*, first_contact_by: date, due: date, contacted: bool, on: date) -> str:
    """What is late about an open plan, in words; "" for nothing."""
    if due < on:
        return f"was to be through by {day_text(due)}"
    if not contacted and first_contact_by < on:
        return f"no contact by {day_text(first_contact_by)}"
    return ""


def check_open(ended: bool) -> None:
    """A closed plan stays as it is."""
    if ended:
        raise Refused("This plan is closed: nothing in it changes any more.", code="plan.closed")


def check_text(text: str, *, what: str, field: str) -> str:
    """Words, and not too many of them."""
    if not text.strip():
        raise Refused(f"Write {what}.", code="plan.text", field=field)
    if len(text) > LONGEST:
        raise Refused(f"Shorten this to {LONGEST:,} characters.", code="plan.long", field=field)
    return text.strip()


def check_contact(held_on: date, *, started: date, on: date) -> None:
    """A contact was held, since the plan began."""
    if held_on > on:
        raise Refused("Log a contact once it has been.", code="plan.future", field="held_on")
    if held_on < started:
        raise Refused(f"This plan began on {day_text(started)}.", code="plan.before", field="held_on")


def check_due(due: date, *, on: date) -> None:
    """A plan is to be through on a day from now on."""
    if due < on:
        raise Refused("Choose a day from today on.", code="plan.due", field="due_on")


def check_ending(
    ending: str, note: str, *, passed: bool, withdrawn: bool, until: date | None, on: date
) -> Ending:
    """A plan ends with a pass, a deferral to a day, the participant's own wish, or their withdrawal, and as it is true.

    Refuses no ending at all (S2-09), a pass or a withdrawal that isn't there, a deferral without a day ahead, and no
    word of why where nothing else shows it.
    """
    if ending not in list(Ending) or ending == Ending.REACHED:
        raise Refused(
            "Say how this plan ends: passed, deferred, declined or withdrawn.",
            code="plan.ending",
            field="ending",
        )
    if ending == Ending.PASSED and not passed:
        raise Refused(
            "There is no pass yet. The plan closes by itself when one is released.",
            code="plan.not_passed",
            field="ending",
        )
    if ending == Ending.WITHDRAWN and not withdrawn:
        raise Refused(
            "This person has not withdrawn. Record the withdrawal first.",
            code="plan.not_withdrawn",
            field="ending",
        )
    if ending == Ending.DEFERRED and (until is None or until <= on):
        raise Refused("Say until which day it is deferred.", code="plan.until", field="until")
    if ending in {Ending.DEFERRED, Ending.DECLINED}:
        check_text(note, what="why, for whoever reads this later", field="note")
    return Ending(ending)
