"""Marking: what marks a scheme allows, when two markers agree, who marks what, and who may see what.

Marks are whole numbers. What markings come to is held in half marks, since the mean of two whole marks may
end in .5. `docs/rules/marking-and-outcomes.md` says the same in words, with the reasons for what is our own
design.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from goldenthread.common.days import deadline_text, instant_text
from goldenthread.common.refused import Refused, refuse
from goldenthread.marking.allocation_rules import Allotted as Allotted
from goldenthread.marking.allocation_rules import allocate as allocate
from goldenthread.marking.allocation_rules import choose_another as choose_another
from goldenthread.marking.allocation_rules import fill_places as fill_places
from goldenthread.marking.allocation_rules import share_out as share_out


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


def half_text(half_marks: int) -> str:
    """Half marks as people read them: 30 → "15", 31 → "15.5"."""
    return f"{half_marks // 2}.5" if half_marks % 2 else str(half_marks // 2)


Marks = Mapping[int, int | None]
Notes = Mapping[int, str]  # by point number


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


def check_texts(texts: Mapping[str, str]) -> None:
    """Refuses a text, by its field, of more than `LONGEST_TEXT` characters."""
    for field, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise Refused(f"Shorten this to {LONGEST_TEXT} characters.", code="marks.too_long", field=field)


# --- positions -------------------------------------------------------------------------------------
FIRST_REMARK = 4  # positions from here are re-marks: blind, and beside what the first three came to


def is_remark(position: int) -> bool:
    """Whether a marking takes no part in the agreement: it was asked for after the result."""
    return position >= FIRST_REMARK


LONGEST_PAUSE = 300  # seconds


def worked(since: datetime | None, at: datetime) -> int:
    """The seconds of work that a save shows: since the page was opened or last saved, and no more than five minutes,
    since nobody knows what somebody did in a longer pause.
    """
    if since is None or at <= since:
        return 0
    return min(int((at - since).total_seconds()), LONGEST_PAUSE)


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


class Way(StrEnum):
    """How somebody of the office comes to a sitting or a script."""

    CODE = "code"  # marking, results and what belongs to them, where marks may stand
    NAME = "name"  # a person, a window's sittings, a request, a document, a case
    TEXT = "text"  # what was written: its course, a question about it; reached from a name and from a code


@dataclass(frozen=True)
class Label:
    """By what a page of the office may call a script."""

    code: bool
    name: bool


def office_label(way: Way, *, released: bool, knows_code: bool = False) -> Label:
    """By what the office's pages call a script: the one rule that keeps codes and names apart.

    Until its window is released a page has the code or the name, never both, and what shows the text has neither:
    a page by name and one by code lead to it, and whoever knew it by both would know whose marks are whose. So who
    `knows_code`, as they asked about the script by it, isn't told the name either.
    """
    return Label(code=released or way is Way.CODE, name=released or (way is Way.NAME and not knows_code))


def visible(phase: Phase, eye: Eye, *, own_marks_in: bool = False, discussing: bool = False) -> Sight:
    """What a marker, a moderator or the office may see of a script in a phase.

    A marker knows nothing of other markings before agreement and of the person ever; the two who are `discussing` a
    script see each other's, since both have submitted theirs. A moderator sees the
    markings once their own marks are in. The office may see who has marked, and links marks to a person only
    after release.
    """
    if eye is Eye.MARKER and discussing and own_marks_in:
        return Sight(other_markings=True, identity=False)
    if eye is not Eye.OFFICE:
        return Sight(other_markings=phase is not Phase.BLIND and own_marks_in, identity=False)
    named = office_label(Way.CODE, released=phase is Phase.RELEASED).name
    return Sight(other_markings=phase is not Phase.BLIND, identity=named)


COVERED = "[covered]"


def covered(text: str, identity: Iterable[str], *, known: str = "") -> tuple[str, int]:
    """A text with whatever names its author covered, and how many places that were (our own rule).

    `identity` holds names, addresses and schools. Of one word, only an e-mail address is covered, since a name
    such as "Hope" is a word too; a name of several is covered however it is spaced or spelt, also surname
    first. What stands in `known`, the case itself, gives nobody away and stays.
    """
    pattern = _naming(identity, text, known=known)
    return re.subn(pattern, COVERED, text, flags=re.IGNORECASE) if pattern else (text, 0)


def naming_spans(text: str, identity: Iterable[str]) -> list[tuple[int, int]]:
    """Where a text has what `covered` covers, from and to in code points, in order."""
    pattern = _naming(identity, text)
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []


def _naming(identity: Iterable[str], text: str, *, known: str = "") -> str:
    """The expression that finds these names in a text, the longest first; "" if there is nothing to find.

    Most texts name nobody, which is seen without an expression: to make one takes longer than to look through a text.
    """
    low = (text if text.isascii() else text.translate(_LIKE_ASCII)).lower()
    forms = {form for name in identity for form in _forms(name) if _may_stand(form, low)}
    return "|".join(
        pattern
        for pattern in map(_spelt, sorted(forms, key=lambda form: (-len(form), form)))
        if not re.search(pattern, known, re.IGNORECASE)
    )


# The signs beyond ASCII that an expression takes for a letter of it where case doesn't count.
_LIKE_ASCII = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})


def _may_stand(form: str, low: str) -> bool:
    """Whether a name may stand in a text in small letters: a name of other letters always may."""
    return not form.isascii() or max(form.split(), key=len) in low


def _forms(name: str) -> set[str]:
    """As a name is written, and with letters such as "ß" resolved into two; of several words also surname first."""
    forms = set()
    for folded in {name.lower(), name.casefold()}:
        words = folded.split()
        if "@" in name:
            forms.add(" ".join(words))
        elif len(words) > 1:
            forms |= {" ".join(words), f"{words[-1]}, {' '.join(words[:-1])}"}
    return forms


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


def check_all_in(closes_at: datetime, *, at: datetime, zone: str, then: str = "Allocate") -> None:
    """Scripts are allocated once no other can become current: a while after the last sitting has ended. `then` is what
    can be done from that instant on.
    """
    from_then = closes_at + RECORDED_WITHIN
    if at >= from_then:
        return
    end = deadline_text(closes_at, zone)
    still = (
        f"The window closed at {end}, and what arrived by then may still be on its way into our records."
        if at > closes_at
        else f"Somebody can still hand in until {end}."
    )
    raise Refused(f"{still} {then} from {instant_text(from_then, zone)} on.", code="allocation.open")


def check_readable(*, held: bool) -> None:
    """Nobody marks what they can't open: a document that is held for malware."""
    if held:
        raise Refused(
            "This script is held until it is scanned for malware: mark it when you can open it.",
            code="marking.held",
        )


def undecided_text(texts: int) -> str:
    """How many texts that arrived in time, when their writers were signed out, may still be handed in."""
    if texts == 1:
        return "1 text arrived in time from somebody who was signed out, and is undecided."
    return f"{texts} texts arrived in time from people who were signed out, and are undecided."


def check_none_under_way(until: datetime, *, zone: str, texts: int = 0) -> None:
    """What arrived in time may still be handed in for a while, a document under way or a text of somebody who was
    signed out: then scripts wait for it. `texts` are so many of the latter.
    """
    of_texts = f" {undecided_text(texts)}" if texts else ""
    raise Refused(
        "A document or text that began to arrive before the deadline may still be handed in until "
        f"{instant_text(until, zone)}.{of_texts} Allocate after that.",
        code="allocation.under_way",
    )
