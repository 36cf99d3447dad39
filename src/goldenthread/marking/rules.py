"""Marking: what marks a scheme allows, when two markers agree, who marks what, and who may see what.

Marks are whole numbers. What markings come to is held in half marks, since the mean of two whole marks may
end in .5. `docs/rules/marking-and-outcomes.md` says the same in words, with the reasons for what is our own
design.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from goldenthread.common.days import deadline_text, instant_text
from goldenthread.common.refused import Refused, refuse


class Kind(StrEnum):
    """The two kinds of framework statement that every scheme gives marks for (S0-37)."""

    LEARN_THAT = "learn_that"
    LEARN_HOW_TO = "learn_how_to"


# --- marks -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Point:
    """One thing that marks are given for: its number, kind and the most it can earn."""

    number: int
    kind: Kind
    maximum: int


@dataclass(frozen=True)
class Scheme:
    """A mark scheme: its points, the marks needed to pass, and by how many marks two markers may differ."""

    points: tuple[Point, ...]
    pass_mark: int
    tolerance: int

    def maximum(self, kind: Kind) -> int:
        return sum(point.maximum for point in self.points if point.kind is kind)

    @property
    def total(self) -> int:
        return sum(point.maximum for point in self.points)


@dataclass(frozen=True)
class Totals:
    """Marks by kind; the unit (marks or half marks) is the caller's."""

    learn_that: int
    learn_how_to: int

    @property
    def total(self) -> int:
        return self.learn_that + self.learn_how_to


Marks = Mapping[int, int | None]


def check_marks(scheme: Scheme, marks: Marks, *, complete: bool) -> None:
    """Every mark is whole and from 0 to its point's maximum; with `complete`, no point is left out (S0-37).

    Refuses with every fault, each naming its point: the `field` of one is "point_<number>".
    """
    refuse(mark_faults(scheme, marks, complete=complete))


def mark_faults(scheme: Scheme, marks: Marks, *, complete: bool) -> list[Refused]:
    """Everything that is wrong with marks, in the order of the points; a point that the scheme hasn't comes first."""
    points = {point.number: point for point in scheme.points}
    found = [
        Refused(
            f"The mark scheme has no point {number}. Reload the page and mark the points it shows.",
            code="marks.unknown_point",
        )
        for number in marks
        if number not in points
    ]
    each = (_mark_fault(point, marks.get(number), complete=complete) for number, point in points.items())
    return found + [fault for fault in each if fault]


def _mark_fault(point: Point, mark: int | None, *, complete: bool) -> Refused | None:
    field = f"point_{point.number}"
    if mark is None:
        missing = f"Give point {point.number} a mark; 0 is a mark too."
        return Refused(missing, code="marks.missing", field=field) if complete else None
    if isinstance(mark, bool) or not isinstance(mark, int):
        return Refused(f"Give point {point.number} a whole mark.", code="marks.not_whole", field=field)
    if 0 <= mark <= point.maximum:
        return None
    return Refused(
        f"Point {point.number} can be given 0 to {point.maximum} marks, not {mark}.",
        code="marks.out_of_range",
        field=field,
    )


def totals(scheme: Scheme, marks: Marks) -> Totals:
    """The marks given so far, by kind; a point without a mark counts nothing."""
    sums = dict.fromkeys(Kind, 0)
    for point in scheme.points:
        sums[point.kind] += marks.get(point.number) or 0
    return Totals(sums[Kind.LEARN_THAT], sums[Kind.LEARN_HOW_TO])


@dataclass(frozen=True)
class Feedback:
    """What a marker tells the participant: a strength, and the next step to take (S2-35)."""

    strength: str
    next_step: str


def feedback_faults(feedback: Feedback) -> list[Refused]:
    """Both halves are written: praise without a next step helps nobody on (S2-35)."""
    found = []
    if not feedback.strength.strip():
        found.append(Refused("Name a strength of this script.", code="feedback.strength", field="strength"))
    if not feedback.next_step.strip():
        found.append(
            Refused("Name a next step for the participant.", code="feedback.next_step", field="next_step")
        )
    return found


def submission_faults(scheme: Scheme, marks: Marks, feedback: Feedback) -> list[Refused]:
    """Everything that stands in the way of submitting a marking, in the order of the page."""
    return mark_faults(scheme, marks, complete=True) + feedback_faults(feedback)


# --- agreement -------------------------------------------------------------------------------------
FIRST_REMARK = 4  # positions from here are re-marks: blind, and beside what the first three came to


def is_remark(position: int) -> bool:
    """Whether a marking takes no part in the agreement: it was asked for after the result."""
    return position >= FIRST_REMARK


@dataclass(frozen=True)
class Verdict:
    """What markings come to: agreed with half marks by kind, or referred with the reason."""

    agreed: bool
    method: str
    half_marks: Totals | None = None


def compare(first: Totals, second: Totals, *, tolerance: int, pass_mark: int) -> Verdict:
    """Two markings agree when their totals differ by at most `tolerance` and both pass or both fail.

    Then the mean stands, kind by kind; else the script goes to a third marker.
    """
    if abs(first.total - second.total) > tolerance:
        return Verdict(False, "further apart than the tolerance")
    if (first.total >= pass_mark) != (second.total >= pass_mark):
        return Verdict(False, "either side of the pass mark")
    # A mean in half marks is the sum in marks.
    mean = Totals(first.learn_that + second.learn_that, first.learn_how_to + second.learn_how_to)
    return Verdict(True, "within tolerance", mean)


def third(marks: Totals) -> Verdict:
    """The third marker's marks stand, whatever the first two gave (our own rule; every such script is
    moderated).
    """
    return Verdict(True, "third mark", Totals(2 * marks.learn_that, 2 * marks.learn_how_to))


# --- who may see what --------------------------------------------------------------------------------
class Phase(StrEnum):
    """How far a script is: marked blind, agreed, or its result released."""

    BLIND = "blind"
    AGREED = "agreed"
    RELEASED = "released"


class Eye(StrEnum):
    """From whose side a script is looked at."""

    MARKER = "marker"
    MODERATOR = "moderator"
    OFFICE = "office"


@dataclass(frozen=True)
class Sight:
    """What may be shown beside the script's code: the others' markings, and who wrote the script."""

    other_markings: bool
    identity: bool


def visible(phase: Phase, eye: Eye, *, own_marks_in: bool = False) -> Sight:
    """What a marker, a moderator or the office may see of a script in a phase.

    A marker knows nothing of other markings before agreement and of the person ever. A moderator sees the
    markings once their own marks are in. The office may see who has marked, and links marks to a person only
    after release.
    """
    if eye is not Eye.OFFICE:
        return Sight(other_markings=phase is not Phase.BLIND and own_marks_in, identity=False)
    return Sight(other_markings=phase is not Phase.BLIND, identity=phase is Phase.RELEASED)


COVERED = "[covered]"


def covered(text: str, identity: Iterable[str], *, known: str = "") -> tuple[str, int]:
    """A text with whatever names its author covered, and how many places that were (our own rule).

    `identity` holds names, addresses and schools. Of one word, only an e-mail address is covered, since a name
    such as "Hope" is a word too; a name of several is covered however it is spaced or spelt, also surname
    first. What stands in `known`, the case itself, gives nobody away and stays.
    """
    forms = sorted({form for name in identity for form in _forms(name)}, key=len, reverse=True)
    patterns = [pattern for pattern in map(_spelt, forms) if not re.search(pattern, known, re.IGNORECASE)]
    return re.subn("|".join(patterns), COVERED, text, flags=re.IGNORECASE) if patterns else (text, 0)


def _forms(name: str) -> list[str]:
    words = name.casefold().split()
    if "@" in name:
        return [" ".join(words)]
    if len(words) < 2:
        return []
    return [" ".join(words), f"{words[-1]}, {' '.join(words[:-1])}"]


def _spelt(form: str) -> str:
    words = r"\s+".join(re.escape(word) for word in form.split())
    return rf"(?<!\w){words}(?!\w)"


LONGEST_TEXT = 4000  # characters of a comment, a note or one half of the feedback


# --- conflicts of interest ---------------------------------------------------------------------------
LONGEST_REASON = 1000  # characters


@dataclass(frozen=True)
class Declaration:
    """What somebody says who can't judge a script: the kind of conflict, and how it came about."""

    kind: str
    reason: str


def check_declaration(declaration: Declaration, kinds: Iterable[str]) -> None:
    """A conflict of interest is declared with its kind and a reason of some length, but no essay."""
    if declaration.kind not in set(kinds):
        raise Refused("Choose what stands in the way.", code="conflict.kind", field="kind")
    if not declaration.reason.strip():
        raise Refused(
            "Say in a sentence what stands in the way; no name is needed.",
            code="conflict.reason",
            field="reason",
        )
    if len(declaration.reason) > LONGEST_REASON:
        raise Refused(
            f"Shorten this to {LONGEST_REASON:,} characters.", code="conflict.too_long", field="reason"
        )


def check_can_give_back(code: str, *, submitted: bool) -> None:
    """A script goes back while its marks are not submitted; afterwards only the office can help."""
    if submitted:
        raise Refused(
            f"Your marks for {code} are submitted, so the script can't be given back here. Write to the "
            f"programme office today, name {code} and what stands in the way; they decide what becomes of the "
            "marks before results are released.",
            code="conflict.submitted",
        )


def check_can_set_aside(code: str, *, submitted: bool, reason: str) -> None:
    """Only submitted marks are set aside, and for a reason of some length; what is open goes to another marker."""
    if not submitted:
        raise Refused(
            f"These marks for {code} aren't submitted: give the script to another marker instead.",
            code="set_aside.open",
        )
    if not reason.strip():
        raise Refused("Say why these marks are set aside.", code="set_aside.reason", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(
            f"Shorten this to {LONGEST_REASON:,} characters.", code="set_aside.too_long", field="reason"
        )


# --- allocation --------------------------------------------------------------------------------------
# What arrived before the end may be recorded some minutes after it: two that it may be under way or wait
# (common/arrival.py), and what reading and recording take on a busy server.
RECORDED_WITHIN = timedelta(minutes=10)


def check_all_in(closes_at: datetime, *, at: datetime, zone: str) -> None:
    """Scripts are allocated once no other can become current: a while after the last sitting has ended."""
    from_then = closes_at + RECORDED_WITHIN
    if at >= from_then:
        return
    end = deadline_text(closes_at, zone)
    still = (
        f"The window closed at {end}, and what arrived by then may still be on its way into our records."
        if at > closes_at
        else f"Somebody can still hand in until {end}."
    )
    raise Refused(f"{still} Allocate from {instant_text(from_then, zone)} on.", code="allocation.open")


def check_readable(*, held: bool) -> None:
    """Nobody marks what they can't open: a document that is held for malware."""
    if held:
        raise Refused(
            "This script is held until it is scanned for malware: mark it when you can open it.",
            code="marking.held",
        )


def check_none_under_way(until: datetime, *, zone: str) -> None:
    """A document whose first byte came in time may still be handed in for a while: then scripts wait for it."""
    raise Refused(
        f"A document that began to arrive before the deadline may still be handed in until {instant_text(until, zone)}."
        " Allocate after that.",
        code="allocation.under_way",
    )


@dataclass(frozen=True)
class Allotted:
    """A script with its markers in order of position."""

    script: int
    markers: tuple[int, ...]


class _Board:
    """Scripts being shared out: who has which, how much each has, how often two were paired."""

    def __init__(
        self, markers: Sequence[int], conflicts: frozenset[tuple[int, int]], loads: Mapping[int, int]
    ) -> None:
        self.conflicts = conflicts
        self.load = {marker: loads.get(marker, 0) for marker in markers}
        self.holds: dict[int, dict[int, None]] = {marker: {} for marker in markers}  # ordered sets
        self.given: dict[int, list[int]] = {}
        self.paired: Counter[frozenset[int]] = Counter()

    def may(self, script: int, marker: int) -> bool:
        return (script, marker) not in self.conflicts and script not in self.holds[marker]

    def give(self, script: int, marker: int) -> None:
        held = self.given.setdefault(script, [])
        self.paired.update(frozenset({marker, other}) for other in held)
        held.append(marker)
        self.holds[marker][script] = None
        self.load[marker] += 1

    def next_for(self, script: int) -> int:
        """The freest marker; among equals the one least often paired with those the script has already."""
        held = self.given.get(script, [])
        free = [marker for marker in self.load if self.may(script, marker)]
        return min(free, key=lambda m: (self.load[m], sum(self.paired[frozenset({m, o})] for o in held), m))

    def move(self, script: int, giver: int, taker: int) -> None:
        held = self.given[script]
        held[held.index(giver)] = taker
        del self.holds[giver][script]
        self.holds[taker][script] = None
        self.load[giver] -= 1
        self.load[taker] += 1

    def level(self) -> None:
        """Hand scripts on, along chains of markers, until no load can come nearer to the others."""
        while any(self._relieve(giver) for giver in self._burdened()):
            pass

    def _burdened(self) -> list[int]:
        least = min(self.load.values(), default=0)
        burdened = [marker for marker, load in self.load.items() if load >= least + 2]
        return sorted(burdened, key=lambda m: (-self.load[m], m))

    def _relieve(self, giver: int) -> bool:
        came: dict[int, tuple[int, int]] = {}
        waiting = deque([giver])
        while waiting:
            marker = waiting.popleft()
            if self.load[marker] <= self.load[giver] - 2:
                self._hand_on(giver, marker, came)
                return True
            for taker in sorted(self.load):
                if taker == giver or taker in came:
                    continue
                script = next((s for s in self.holds[marker] if self.may(s, taker)), None)
                if script is not None:
                    came[taker] = (marker, script)
                    waiting.append(taker)
        return False

    def _hand_on(self, giver: int, taker: int, came: Mapping[int, tuple[int, int]]) -> None:
        while taker != giver:
            marker, script = came[taker]
            self.move(script, marker, taker)
            taker = marker


def allocate(
    scripts: Mapping[int, str],
    markers: Iterable[int],
    conflicts: Iterable[tuple[int, int]] = (),
    *,
    each: int = 2,
    loads: Mapping[int, int] | None = None,
) -> list[Allotted]:
    """Give every script `each` different markers; loads differ by at most one where conflicts allow it
    (S2-35).

    `scripts` maps a script to the code by which a refusal names it; `conflicts` are pairs (script, marker)
    that must not meet; `loads` is what markers have already. The same input always gives the same answer.
    Refuses a script that has too few markers free of conflict.
    """
    people, forbidden = sorted(set(markers)), frozenset(conflicts)
    board = _Board(people, forbidden, loads or {})
    free = {script: sum((script, marker) not in forbidden for marker in people) for script in scripts}
    short = sorted(code for script, code in scripts.items() if free[script] < each)
    if short:
        raise Refused(
            f"{_named(short)} {'has' if len(short) == 1 else 'have'} fewer than {each} markers "
            "free of conflict. "
            "Add a marker who teaches, coaches and knows none of these participants, then allocate again.",
            code="allocation.too_few_markers",
        )
    # The scripts with the fewest possible markers choose first.
    for script in sorted(scripts, key=lambda s: (free[s], s)):
        for _ in range(each):
            board.give(script, board.next_for(script))
    board.level()
    return _in_order(board, sorted(scripts))


def _in_order(board: _Board, scripts: Sequence[int]) -> list[Allotted]:
    """Share the places out too, so that nobody is always the first marker."""
    firsts: Counter[int] = Counter()
    allotted = []
    for script in scripts:
        order = tuple(sorted(board.given[script], key=lambda m: (firsts[m], m)))
        firsts[order[0]] += 1
        allotted.append(Allotted(script, order))
    return allotted


def choose_another(
    script: int,
    markers: Iterable[int],
    *,
    taken: Iterable[int],
    conflicts: Iterable[tuple[int, int]],
    loads: Mapping[int, int],
) -> int | None:
    """A further marker for one script: free of conflict, none of those it has, with least to do; None when
    there is nobody.
    """
    forbidden, away = frozenset(conflicts), set(taken)
    free = [m for m in set(markers) if m not in away and (script, m) not in forbidden]
    return min(free, key=lambda m: (loads.get(m, 0), m), default=None)


def _named(codes: Sequence[str]) -> str:
    listed = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
    return f"Script {listed}" if len(codes) == 1 else f"Scripts {listed}"
