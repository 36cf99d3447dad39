"""A batch is shifted: the agreed marks of a marker's scripts move by so many half marks, as far as nobody has to look.

Only what no moderator looks at one by one is moved. What is in the sample stays as it is, and what a move would bring
near the pass mark, or to the other side of it, isn't moved but joins the sample: a person marks it blind and decides.
No Django, no clock.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals


@dataclass(frozen=True)
class Move:
    """By how many half marks each kind moves, up or (negative) down."""

    learn_that: int
    learn_how_to: int

    @property
    def total(self) -> int:
        return self.learn_that + self.learn_how_to


@dataclass(frozen=True)
class Line:
    """A script of the batch as it stands: its half marks by kind, what is taken off for too many words now and would be
    after the move, and whether a person has it to look at or it was moved before.
    """

    script: int
    code: str
    before: Totals
    after: Totals
    counted_before: int
    counted_after: int
    sampled: bool = False
    moved_before: bool = False


@dataclass(frozen=True)
class Plan:
    """What a shift does to the scripts of a batch: those that move, those that join the sample since they would come
    near the pass mark or across it, and how many stay: in the sample, moved before, or at the end of the scale.
    """

    moves: tuple[Line, ...] = ()
    looks: tuple[Line, ...] = ()
    sampled: int = 0
    moved_before: int = 0
    at_the_end: int = 0

    @property
    def scripts(self) -> int:
        """How many scripts the batch has."""
        return len(self.moves) + len(self.looks) + self.sampled + self.moved_before + self.at_the_end

    @property
    def fingerprint(self) -> str:
        """By which two people know that they look at the same: of every script that moves or joins the sample."""
        said = [
            f"{what}:{one.code}:{one.before.learn_that},{one.before.learn_how_to}"
            f">{one.after.learn_that},{one.after.learn_how_to}"
            for what, lines in (("moves", self.moves), ("looks", self.looks))
            for one in lines
        ]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def moved(before: Totals, move: Move, maxima: Totals) -> Totals:
    """Half marks after a move: kind by kind, never below nothing and never above all there is; all in half marks."""
    return Totals(
        min(max(before.learn_that + move.learn_that, 0), maxima.learn_that),
        min(max(before.learn_how_to + move.learn_how_to, 0), maxima.learn_how_to),
    )


def plan(lines: Iterable[Line], *, pass_mark: int, below: int, above: int) -> Plan:
    """What becomes of each script of a batch, by code; `pass_mark` and the band of the sample are in whole marks.

    A script that passes on one side of the move and not on the other joins the sample, and so does one that comes into
    the band in which every script is looked at.
    """
    moves: list[Line] = []
    looks: list[Line] = []
    sampled = before = end = 0
    for one in sorted(lines, key=lambda one: one.code):
        if one.sampled:
            sampled += 1
        elif one.moved_before:
            before += 1
        elif one.after == one.before:
            end += 1
        elif _needs_a_look(one, pass_mark=pass_mark, below=below, above=above):
            looks.append(one)
        else:
            moves.append(one)
    return Plan(tuple(moves), tuple(looks), sampled, before, end)


def _needs_a_look(one: Line, *, pass_mark: int, below: int, above: int) -> bool:
    edge = 2 * pass_mark
    across = any(
        (was >= edge) != (now >= edge)
        for was, now in ((one.before.total, one.after.total), (one.counted_before, one.counted_after))
    )
    return across or -2 * below <= one.after.total - edge <= 2 * above


def check_move(move: Move, maxima: Totals) -> None:
    """Something moves, and by no more than there are marks; `maxima` in half marks."""
    for name, by, most in (
        ("learn_that", move.learn_that, maxima.learn_that),
        ("learn_how_to", move.learn_how_to, maxima.learn_how_to),
    ):
        if abs(by) > most:
            raise Refused(
                f"Enter at most {most // 2} marks up or down: the scheme gives no more.",
                code="shift.far", field=name,
            )  # fmt: skip
    if not move.learn_that and not move.learn_how_to:
        raise Refused(
            "Say by how many marks: up, such as 0.5, or down, such as -1.", code="shift.nothing",
            field="learn_how_to",
        )  # fmt: skip


def check_can_shift(*, signed_off: bool, waits: bool, own: bool, empty: bool, refusing: bool = False) -> None:
    """A batch is shifted while the round is open and nothing else of it waits, and never by whose marks they are. Who
    is `refusing` a proposal can do so also when nothing is left to move, since it would hold the sign-off for ever.
    """
    if signed_off:
        raise Refused("This round is signed off; nothing in it can be changed.", code="shift.signed_off")
    if waits:
        raise Refused(
            "A batch of this round waits for a second person, or is being marked anew: end that first.",
            code="shift.waits",
        )
    if own:
        raise Refused(
            "Marks of yours are among these, so somebody else has to say it.", code="shift.own",
            field="marker",
        )  # fmt: skip
    if empty and not refusing:
        raise Refused(
            "Nothing would move: every script of this marker is in the sample, was moved before, or has no mark "
            "that could. Decide them one by one in the sample.",
            code="shift.empty",
            field="marker",
        )


def check_seen(seen: str, now: str) -> None:
    """The second person agrees to what they looked at."""
    if seen != now:
        raise Refused(
            "What this would move has changed since you opened the page. Read the lists again, then decide.",
            code="shift.unseen",
        )


def half_marks_text(half_marks: int) -> str:
    """A move as people read it: -3 is "1.5 marks down"."""
    size = abs(half_marks)
    if not size:
        return "nothing"
    number = f"{size // 2}.5" if size % 2 else str(size // 2)
    return f"{number} mark{'' if size == 2 else 's'} {'up' if half_marks > 0 else 'down'}"
