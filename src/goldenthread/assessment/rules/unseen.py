"""Who may see the unseen content, and when; which case study a window may use (S0-38)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused


class Phase(StrEnum):
    """Where a case study stands, seen from one sitting."""

    DRAFT = "draft"
    SEALED = "sealed"  # published, its window not open yet
    OPEN = "open"
    CLOSED = "closed"


class Eye(StrEnum):
    """In what capacity somebody looks."""

    AUTHOR = "author"
    PARTICIPANT = "participant"  # of a sitting to which the case study was released
    MARKER = "marker"  # or moderator
    OTHER = "other"


VISIBLE = {
    Phase.DRAFT: {Eye.AUTHOR},
    Phase.SEALED: {Eye.AUTHOR},
    Phase.OPEN: {Eye.AUTHOR, Eye.PARTICIPANT},
    Phase.CLOSED: {Eye.AUTHOR, Eye.PARTICIPANT, Eye.MARKER},
}


CANT_BE_SHOWN = (
    "The case study can't be shown at this moment. That is our fault: the programme office has been told. What you "
    "have saved is kept. Load this page again in a few minutes; if it lasts, write to the programme office, which can "
    "give you the lost time back."
)


def phase(*, published: bool, opens_at: datetime, closes_at: datetime, at: datetime) -> Phase:
    """The phase at an instant; the instant of closing itself still belongs to the open window."""
    if not published:
        return Phase.DRAFT
    if at < opens_at:
        return Phase.SEALED
    return Phase.OPEN if at <= closes_at else Phase.CLOSED


def visible(now: Phase, eye: Eye) -> bool:
    """Whether the unseen content may be shown. What the table doesn't name is forbidden."""
    return eye in VISIBLE[now]


def check_case_access(opens_at: datetime, at: datetime, zone: str = "UTC") -> None:
    """The case study is delivered from the first instant of the window on, not a second before."""
    if at < opens_at:
        raise Refused(
            f"The case study is released on {instant_text(opens_at, zone)}. Nothing can be seen before.",
            code="case.not_yet",
        )


def check_withdrawal(reason: str) -> None:
    """Whoever withdraws a case study says why: it is kept with their name."""
    if not reason.strip():
        raise Refused(
            "Say why this case study is withdrawn: leaked, retired, or what else.",
            code="case.reason",
            field="reason",
        )


def check_not_withdrawn(withdrawn: bool) -> None:
    """A case study that was withdrawn is not used in any further window."""
    if withdrawn:
        raise Refused(
            "This case study was withdrawn: choose another one.", code="case.withdrawn", field="case_study"
        )


def check_unused(case_study: int, used: Iterable[int]) -> None:
    """A case study that somebody has had can't be unseen for them a second time (S0-38)."""
    times = sum(1 for one in used if one == case_study)
    if times:
        people = "person of this window has" if times == 1 else "people of this window have"
        raise Refused(
            f"{times} {people} already had this case study: choose another one.",
            code="case.used",
            field="case_study",
        )


def check_not_taking(taking: bool) -> None:
    """Nobody writes the case study of a programme that they take themselves (S0-38)."""
    if taking:
        raise Refused(
            "You take this programme yourself, so you can't write its case study: it must be unseen for you. Ask a "
            "colleague to write it.",
            code="case.own",
            field="version",
        )


@dataclass(frozen=True)
class Readers:
    """People of another window with the same case study: how many (0: nobody is booked yet), where, and when."""

    people: int
    window: str  # for people: "NPQLT September 2024, from Mon 6 Oct 2025"
    opens_at: datetime  # for the first of them
    closes_at: datetime  # for the last of them


def could_tell(opens_at: datetime, closes_at: datetime, others: Iterable[Readers]) -> list[Readers]:
    """The windows from which, or to which, a case study could be told by those of a window that opens and closes then.

    By instants, and in both directions: one of the two opens before the other has closed. So the order in which
    windows were given a case study decides nothing, and neither does the calendar day.
    """
    return [one for one in others if one.opens_at < closes_at or opens_at < one.closes_at]


def check_unread(opens_at: datetime, readers: Sequence[Readers], reason: str) -> None:
    """A case study that another window has may be told on, by it or to it: using it again needs a reason.

    `opens_at` is when the window that is to have it opens for its first person.
    """
    if not readers or reason.strip():
        return
    told = [
        (lambda one: one.opens_at < opens_at, "of an earlier window will have seen this case study ({})."),
        (
            lambda one: one.opens_at == opens_at,
            "of a window that opens at the same instant sit this case study ({}).",
        ),
        (
            lambda one: one.opens_at > opens_at,
            "of a later window sit this case study after them, and could be told of it ({}).",
        ),
    ]
    said = []
    for when, words in told:
        some = list(filter(when, readers))
        if some:
            said.append(f"{_people(some)} {words.format(_windows(some))}")
    raise Refused(
        f"{' '.join(said)} Choose another one, or say why it is used again.", code="case.seen", field="reason"
    )


def _people(readers: Iterable[Readers]) -> str:
    people = sum(one.people for one in readers)
    return f"{people} {'person' if people == 1 else 'people'}"


def _windows(readers: Iterable[Readers]) -> str:
    return "; ".join(one.window if one.people else f"{one.window}, nobody booked yet" for one in readers)


def check_assignable(*, published: bool, same_version: bool) -> None:
    """A window uses a published case study of its own programme version."""
    if not published or not same_version:
        raise Refused(
            "Choose a published case study of the same programme version.",
            code="case.other",
            field="case_study",
        )
