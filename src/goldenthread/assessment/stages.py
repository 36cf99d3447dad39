"""Where a window stands, and what held somebody back: worked out from facts and time, never kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from goldenthread.common.quantities import hours_text, missing_hours, of_hours


class WindowStage(StrEnum):
    """How far a window has come."""

    CANCELLED = "cancelled"
    DRAFT = "draft"  # set, but without a case study
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"  # nothing has been marked yet
    MARKING = "marking"
    MODERATION = "moderation"
    READY = "ready"
    RELEASED = "released"


@dataclass(frozen=True)
class WindowFacts:
    """What is known of a window: aware instants of the first opening and the last closing, and scripts counted."""

    opens_at: datetime
    closes_at: datetime
    has_case: bool = True
    cancelled: bool = False
    released: bool = False
    expected: bool = False  # somebody was to hand in a case study: a result follows, also where nobody did
    scripts: int = 0  # handed in and current
    unallocated: int = 0  # of these, without a marker
    unagreed: int = 0  # of these, without agreed marks
    signed_off: bool = False  # the moderation


def window_stage(facts: WindowFacts, at: datetime) -> WindowStage:
    """Where a window stands at an instant; the instant of closing still belongs to the open window.

    It is open from the first opening of anybody to the last closing, as zones differ. Marking begins with the
    first script that is allocated and ends when all have agreed marks. Where nobody handed in there is nothing to mark:
    what comes next is the sign-off of a sample without scripts, after which everybody has their result.
    """
    if facts.cancelled:
        return WindowStage.CANCELLED
    if facts.released:
        return WindowStage.RELEASED
    if facts.signed_off:
        return WindowStage.READY
    if at < facts.opens_at:
        return WindowStage.SCHEDULED if facts.has_case else WindowStage.DRAFT
    if at <= facts.closes_at:
        return WindowStage.OPEN
    if facts.scripts == 0 and facts.expected:
        return WindowStage.MODERATION
    if facts.unallocated == facts.scripts:
        return WindowStage.CLOSED
    return WindowStage.MARKING if facts.unagreed else WindowStage.MODERATION


# --- the entry gate (S0-21, S0-41) -----------------------------------------------------------------
GATES = {
    "stage.induction": "induction not finished",
    "stage.development": "development not over",
    "engagement.short": "engagement too low",
    "engagement.unknown": "engagement not measurable",
    "engagement.undecided": "share of engagement not decided",
}


def gate_name(gate: Mapping[str, Any]) -> str:
    """The condition that held somebody back, in a few words: "engagement too low"."""
    return GATES.get(str(gate.get("code", "")), "entry condition not met")


def gate_text(gate: Mapping[str, Any]) -> str:
    """The same with its figures: "Engagement was 80 h 54 min of 90 h when the window opened: 6 min missing."

    `gate` is what was frozen with the sitting; everything to the minute.
    """
    if gate.get("code") == "engagement.short":
        figures = of_hours(gate.get("counted") or 0, gate.get("planned") or 0)
        missing = hours_text(gate.get("missing") or 0)
        return f"Engagement was {figures} when the window opened: {missing} missing."
    return str(gate.get("message") or "An entry condition was not met when the window opened.")


def gap_text(gate: Mapping[str, Any], *, judged: bool) -> str:
    """The gap in engagement that the gate found: "0.1 h", never less than what is missing, or "none".

    Whoever was held back by another condition has a gap as well, or none. `judged` says whether anybody has looked.
    """
    if not judged:
        return "not judged yet"
    if gate.get("code") in ("engagement.unknown", "engagement.undecided"):
        return "can't be measured" if gate["code"] == "engagement.unknown" else "not decided"
    missing = gate.get("missing") or 0
    return f"{missing_hours(missing)} h" if missing else "none"
