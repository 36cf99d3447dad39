"""Different case studies for the parts of one intake: by time zone or by group, as somebody decided for it (G-19).

No document says how a case study stays unseen where people begin at different instants. By default all of an intake
sit one; with a policy each zone, or each group, has a window and a case study of its own.
"""

from collections.abc import Iterable
from enum import StrEnum

from goldenthread.common.refused import Refused


class Apart(StrEnum):
    """What the people of an intake have different case studies by."""

    TOGETHER = "together"
    ZONE = "zone"
    GROUP = "group"


PARTS = {Apart.ZONE: "time zone", Apart.GROUP: "group"}


def check_part(apart: str, *, zone: str, grouped: bool) -> None:
    """A window is for one zone or one group at most, and for one where the intake's policy asks for it."""
    if zone and grouped:
        raise Refused(
            "A window is for a time zone or for a group, not for both.", code="window.part", field="for_whom"
        )
    if (apart == Apart.ZONE and not zone) or (apart == Apart.GROUP and not grouped):
        raise Refused(
            f"In this intake each {PARTS[Apart(apart)]} has a case study of its own: say for which this window is, and "
            "set one for each.",
            code="window.part",
            field="for_whom",
        )


def check_group_of_intake(same: bool) -> None:
    """The group is one of the window's intake."""
    if not same:
        raise Refused("Choose a group of this intake.", code="window.group", field="for_whom")


def check_case_apart(apart: str, others: Iterable[str]) -> None:
    """Where the parts of an intake have different case studies, no other window of it uses this one."""
    named = sorted(others)
    if apart != Apart.TOGETHER and named:
        raise Refused(
            f"This case study is for {', '.join(named)} already. In this intake each {PARTS[Apart(apart)]} has its "
            "own: choose another one.",
            code="case.apart",
            field="case_study",
        )


def may_enter(
    *, for_zone: str, for_group: int | None, same_intake: bool, zone: str, group: int | None
) -> bool:
    """Whether somebody who lives by `zone` and has a place in `group` may enter a window for a zone or a group.

    A zone's window is for those who live by it, of whatever intake. A group's is for the group; whoever comes from
    another intake is in none of this one's groups and may sit with any.
    """
    if for_zone and for_zone != zone:
        return False
    return for_group is None or not same_intake or for_group == group


def check_enters(allowed: bool, *, part: str) -> None:
    """Nobody enters the window of another zone or group, whose case study is kept from theirs."""
    if not allowed:
        raise Refused(
            f"This window is for {part}, and this person belongs to another part: choose a window for theirs, or one "
            "for everybody.",
            code="window.other_part",
            field="window",
        )


def check_policy(apart: str, reason: str, *, standing: Iterable[str], shared: Iterable[str] = ()) -> None:
    """A policy is one of three, has a reason, and is not changed under windows that stand and don't fit it: those for
    everybody, and those that share a case study with another (`shared`).
    """
    if apart not in set(Apart):
        raise Refused("Choose one of the three.", code="apart.unknown", field="apart")
    if not reason.strip():
        raise Refused("Say why: it is kept with your name.", code="apart.reason", field="reason")
    named = sorted(standing)
    if named:
        raise Refused(
            f"There are windows that don't fit: {', '.join(named)}. Cancel them first, or leave it as it is.",
            code="apart.windows",
            field="apart",
        )
    named = list(shared)
    if named:
        raise Refused(
            f"There are windows that share a case study: {'; '.join(named)}. Give each its own first.",
            code="apart.shared",
            field="apart",
        )
