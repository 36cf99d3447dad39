"""Who enters a window, what the entry gate asks, and what staff may decide about it (S0-21, S0-41, G-02)."""

from datetime import date, datetime
from typing import Any

from goldenthread.common.days import day_text
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused, refuse


def is_about_oneself(person: int, by: Any) -> bool:
    """Whether who decides, None for the system, is the person about whom it is, by account."""
    return by is not None and bool(by.pk == person)


def check_not_about_oneself(about_oneself: bool) -> None:
    """Nobody of the office decides about their own assessment."""
    if about_oneself:
        raise Refused("This is about yourself: a colleague must do it. Ask one of the office.", code="own")


def check_enter_again(
    *, stage: str, withdrawn: bool, sat: bool, booked: bool, same: bool, reason: str
) -> None:
    """Somebody enters a further window by a decision of staff, as no document states a rule (G-02).

    `sat` says whether the results of a window of theirs are released or it was deferred, `booked` whether another one
    still lies ahead, `same` whether the window is of their programme version.
    """
    no = ""
    if withdrawn or stage in ("awarded", "revoked"):
        no = "This enrolment is over: nobody can be entered for a window on it."
    elif not same:
        no = "Choose a window of the same programme version."
    elif booked:
        no = "This person has a sitting whose result is still to come."
    elif not sat:
        no = "No result of an earlier window is released for this person: book them on the window's page."
    if no:
        raise Refused(no, code="window.again")
    if not reason.strip():
        raise Refused("Say why: the decision is kept with your name.", code="window.reason", field="reason")


def check_next_said(*, over: bool, withdrawn: bool, sat: bool, booked: bool, text: str) -> None:
    """What comes next is said of somebody whose last result is released, or last window deferred, with none to come."""
    if over or withdrawn or booked or not sat:
        raise Refused(
            "Nothing is to be said here now: look at the page again, it says where this person stands.",
            code="next.not_now",
        )
    if not text.strip():
        raise Refused("Say what comes next: it is kept with your name.", code="next.text", field="text")


def check_stages(*, stage: str, induction_missing: int, development_ends: date, opens_on: date) -> None:
    """The summative stage opens after induction and development (S0-21).

    `induction_missing` is in minutes. Staff may move an enrolment to the assessment stage themselves, with a
    reason; then it is taken as they say. Refuses with both, where both are so.
    """
    if stage == "assessment":
        return
    faults = []
    if induction_missing > 0:
        missing = hours_text(induction_missing)
        faults.append(
            Refused(
                f"Development not complete: induction is not finished, {missing} of it missing.",
                code="stage.induction",
            )
        )
    if opens_on < development_ends:
        faults.append(
            Refused(
                f"Development not complete: it lasts until {day_text(development_ends)}.",
                code="stage.development",
            )
        )
    refuse(faults)


def check_case_set(has_case: bool) -> None:
    """There is something to be released only once the window has its case study."""
    if not has_case:
        raise Refused(
            "No case study has been put into this window yet. Please write to the programme office at once.",
            code="case.none",
        )


def check_let_in(released: bool, *, why: str) -> None:
    """Nothing is shown or handed in behind the gate; `why` is what it found."""
    if not released:
        raise Refused(
            f"The case study was not released to you. {why} Write to the programme office about what happens next.",
            code="case.held_back",
        )


def check_waiver(reason: str) -> None:
    """Staff waive the stages before the assessment for a reason."""
    if not reason.strip():
        raise Refused("Say why the stage is waived.", code="waiver.reason", field="reason")


def reopens(gate: str, *, held_back: bool, scheduled: bool, closes_at: datetime, at: datetime) -> bool:
    """Whether a waiver lets somebody in after all: their stage held them back, and they can still hand in.

    `gate` is the code of what held them back; the gate of engagement is not waived.
    """
    return held_back and gate.startswith("stage.") and scheduled and at < closes_at
