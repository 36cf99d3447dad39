"""Moderation: which scripts a moderator looks at again, and what may be decided about them (S1-32).

The sample is our own design: no source says how it is drawn. It is the same for the same marks and seed, so
that anybody can draw it again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import LONGEST_TEXT, Totals

SHARE_PERCENT = 10


@dataclass(frozen=True)
class Marked:
    """A script that has its marks: total in half marks, who marked it, and whether it took a third marker."""

    script: int
    code: str
    half_marks: int
    markers: frozenset[int]
    third: bool = False


@dataclass(frozen=True)
class Drawn:
    """A script in the sample, and why."""

    script: int
    reason: str


def sample(
    scripts: Iterable[Marked], *, seed: str, share_percent: int, pass_mark: int, tolerance: int
) -> list[Drawn]:
    """Everything near the pass mark, every fail, every third mark, one of each marker, and a share by lot.

    Near is within `tolerance` marks of `pass_mark`. `share_percent` is of the scripts that no other reason
    draws, rounded up. Each script is drawn once, for the first reason that fits; in order of code.
    """
    everything = sorted(scripts, key=lambda s: s.code)
    drawn: dict[int, str] = {}
    for script in everything:
        reason = _must(script, pass_mark, tolerance)
        if reason:
            drawn[script.script] = reason
    by_lot = sorted(everything, key=lambda s: _lot(seed, s.code))
    seen = {marker for script in everything if script.script in drawn for marker in script.markers}
    for script in by_lot:
        if script.script not in drawn and not script.markers <= seen:
            drawn[script.script] = "one for each marker"
            seen |= script.markers
    rest = [script for script in by_lot if script.script not in drawn]
    for script in rest[: -(-len(rest) * share_percent // 100)]:
        drawn[script.script] = "drawn by lot"
    return [Drawn(script.script, drawn[script.script]) for script in everything if script.script in drawn]


def _must(script: Marked, pass_mark: int, tolerance: int) -> str:
    distance = script.half_marks - 2 * pass_mark
    if abs(distance) <= 2 * tolerance:
        return f"within {tolerance} {'mark' if tolerance == 1 else 'marks'} of the pass mark"
    if distance < 0:
        return "below the pass mark"
    return "decided by a third marker" if script.third else ""


def _lot(seed: str, code: str) -> str:
    return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()


def check_finished(unfinished: Sequence[str]) -> None:
    """A round begins when every script has its marks; `unfinished` says what is missing, script by script."""
    if not unfinished:
        return
    shown = "; ".join(unfinished[:5]) + (f"; and {len(unfinished) - 5} more" if len(unfinished) > 5 else "")
    verb = "script is" if len(unfinished) == 1 else "scripts are"
    raise Refused(
        f"{len(unfinished)} {verb} not finished: {shown}. Open moderation when all are marked.",
        code="moderation.unfinished",
    )


def check_agreed(code: str, *, agreed: bool) -> None:
    """A script of the sample waits while it is marked anew, as marks of it were set aside."""
    if not agreed:
        raise Refused(
            f"{code} is being marked again, since marks of it were set aside. Go on with another script; this one is "
            "here again once its marks are agreed.",
            code="moderation.marked_anew",
        )


def check_can_set_aside(code: str, *, signed_off: bool, released: bool) -> None:
    """Marks are set aside as long as the moderation of their window isn't signed off."""
    if released:
        raise Refused(
            f"The results of this window are released, so marks for {code} can't be set aside. Correct the result on "
            "the person's page instead.",
            code="set_aside.released",
        )
    if signed_off:
        raise Refused(
            f"The moderation of this window is signed off, so marks for {code} can't be set aside. After the release "
            "the result can be corrected on the person's page.",
            code="set_aside.signed_off",
        )


def check_moderator(*, moderator: int, markers: Iterable[int], in_conflict: bool) -> None:
    """Nobody moderates what they marked, or the work of somebody they teach, coach or work with."""
    if moderator in set(markers):
        raise Refused(
            "You marked this script yourself; another moderator must look at it.", code="moderation.marked_it"
        )
    if in_conflict:
        raise Refused(
            "You know the author of this script from your work with them; another moderator must look at it.",
            code="moderation.conflict",
        )


def check_can_declare(code: str, *, decided: bool, own: bool) -> None:
    """A conflict of interest is declared before the decision; afterwards only the office can help."""
    if decided and own:
        raise Refused(
            f"You have decided on {code} already. Write to the programme office before the round is signed "
            f"off, name {code} and what stands in the way; they decide what becomes of the decision.",
            code="conflict.decided",
        )
    if decided:
        raise Refused(
            f"Somebody else has decided on {code}: there is nothing left for you to do.", code="conflict.done"
        )


def check_decision(
    *, decision: str, own: Totals | None, marks: Totals | None, maxima: Totals, note: str
) -> None:
    """Confirm or adjust, after one's own blind marks are in; an adjustment carries half marks in range and a
    note.
    """
    if own is None:
        raise Refused(
            "Enter your own marks first; then the markers' are shown.", code="moderation.blind_first"
        )
    if decision not in ("confirmed", "adjusted"):
        raise Refused(
            "Choose whether the marks stand or are adjusted.", code="moderation.choose", field="decision"
        )
    if len(note) > LONGEST_TEXT:
        raise Refused(
            f"Shorten this to {LONGEST_TEXT:,} characters.", code="moderation.too_long", field="note"
        )
    if decision == "confirmed":
        return
    if marks is None:
        raise Refused("Enter the adjusted marks.", code="moderation.marks", field="learn_that")
    for field, given, most in (
        ("learn_that", marks.learn_that, maxima.learn_that),
        ("learn_how_to", marks.learn_how_to, maxima.learn_how_to),
    ):
        if not 0 <= given <= most:
            raise Refused(f"Enter 0 to {most // 2} marks here.", code="moderation.out_of_range", field=field)
    if not note.strip():
        raise Refused("Say why the marks are adjusted.", code="moderation.note", field="note")


def check_sign_off(open_codes: Sequence[str]) -> None:
    """A round is signed off when every script of the sample is decided."""
    if open_codes:
        shown = ", ".join(sorted(open_codes)[:5]) + (" and more" if len(open_codes) > 5 else "")
        raise Refused(
            f"{len(open_codes)} of the sample {'is' if len(open_codes) == 1 else 'are'} still open: {shown}. "
            "Decide on every script, then sign off.",
            code="moderation.open",
        )
