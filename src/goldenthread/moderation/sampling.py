"""Which scripts a moderator looks at again: a window's sample rules as data, and the draw (S1-32).

How a sample is drawn is our own design: no source says it. The draw is a pure function of the marks, the rules and
a seed, so that anybody can draw it again. The marks go in whole; they are in half marks, bands and shares are not.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from goldenthread.common.refused import Refused, refuse

SHARE_PERCENT = 10
MOST_EACH = 100  # scripts


@dataclass(frozen=True)
class Terms:
    """The rules of one window's sample.

    `share_percent` is drawn by lot of all scripts, rounded up. The band reaches from `below` marks under the pass
    mark to `above` marks over it, both ends included. Of each marker there are at least `each_least` scripts and
    `each_percent` of what they marked, whichever is more. Scripts in the band and those that a third marker decided
    are always in, and so is a fail that one marker alone gave, whatever is said about the other fails.
    """

    share_percent: int = SHARE_PERCENT
    below: int = 0
    above: int = 0
    every_fail: bool = True
    each_least: int = 1
    each_percent: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Marked:
    """A script that has its marks: total in half marks, its markers, whether it took a third or had one alone, and the
    half marks that are `off` for too many words.
    """

    script: int
    code: str
    half_marks: int
    markers: frozenset[int]
    third: bool = False
    single: bool = False  # one marker alone had it
    off: int = 0


@dataclass(frozen=True)
class Drawn:
    """A script in the sample, with every rule that puts it there; the first is the one that is named in lists."""

    script: int
    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        return self.reasons[0]


@dataclass(frozen=True)
class Short:
    """A marker of whom there are fewer scripts than the rules ask for, so that all of theirs are in."""

    marker: int
    has: int
    wanted: int


@dataclass(frozen=True)
class Sample:
    """What was drawn of how many, in the order of codes, and what the rules asked for that nobody could give."""

    drawn: tuple[Drawn, ...]
    of: int
    short: tuple[Short, ...] = field(default=())

    @property
    def by_rule(self) -> dict[str, int]:
        """How many each rule puts in, in the order of the rules; a script that several put in counts for each."""
        counts = Counter(reason for one in self.drawn for reason in one.reasons)
        return dict(sorted(counts.items(), key=lambda pair: (_place(pair[0]), pair[0])))

    @property
    def overlaps(self) -> dict[tuple[str, ...], int]:
        """How many scripts several rules put in at once, by the rules that do, the most first."""
        counts = Counter(one.reasons for one in self.drawn if len(one.reasons) > 1)
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


FAIL, SINGLE, TURNS, THIRD, LOT, EACH = (
    "below the pass mark",
    "below the pass mark by one marker alone",
    "near where the result turns",  # by what counts; of a length it says nothing to who moderates
    "decided by a third marker",
    "drawn by lot",
    "for each marker",
)


def _place(reason: str) -> int:
    order = (FAIL, SINGLE, TURNS, THIRD, LOT, EACH)
    return order.index(reason) + 1 if reason in order else 0


def band_text(terms: Terms) -> str:
    """The band in words: "within 2 marks of the pass mark", "3 marks below to 1 above the pass mark"."""
    if terms.below == terms.above:
        if not terms.below:
            return "on the pass mark"
        return f"within {terms.below} {'mark' if terms.below == 1 else 'marks'} of the pass mark"
    return f"from {terms.below} below to {terms.above} above the pass mark"


def rules_text(terms: Terms) -> list[str]:
    """The rules in words, one sentence each."""
    found = [f"Every script {band_text(terms)}."]
    found.append("Every fail." if terms.every_fail else "Every fail that one marker alone gave.")
    found.append(
        "Every script that its length brings to or below the pass mark, where too many words cost marks."
    )
    found.append(f"Every script {THIRD}.")
    if terms.share_percent:
        found.append(f"{terms.share_percent} % of all, {LOT}.")
    if terms.each_least or terms.each_percent:
        share = f", and {terms.each_percent} % of what they marked" if terms.each_percent else ""
        found.append(f"{EACH.capitalize()} at least {terms.each_least}{share}.")
    return found


def draw(scripts: Iterable[Marked], terms: Terms, *, seed: str, pass_mark: int) -> Sample:
    """Draw the sample of a window: the same scripts, rules and seed always give the same one, in whatever order.

    In are every script in the band, every one that too many words bring into it or across it, every fail if the rules
    say so, every third mark, a share of all by lot, and of
    each marker as many further ones by lot as they lack. Where a marker has fewer scripts than the rules ask for, all
    of theirs are in and the sample says so.
    """
    everything = sorted(scripts, key=lambda one: one.code)
    by_lot = sorted(everything, key=lambda one: (lot(seed, one.code), one.code))
    lucky = {one.script for one in by_lot[: share_of(len(everything), terms.share_percent)]}
    reasons: dict[int, list[str]] = {}
    for one in everything:
        found = _mandatory(one, terms, pass_mark) + ([LOT] if one.script in lucky else [])
        if found:
            reasons[one.script] = found
    short = _top_up(by_lot, reasons, terms)
    drawn = (Drawn(one.script, tuple(reasons[one.script])) for one in everything if one.script in reasons)
    return Sample(tuple(drawn), len(everything), short)


def completed(
    first: Iterable[Marked], later: Sequence[Iterable[Marked]], terms: Terms, *, seed: str, pass_mark: int
) -> Sample:
    """The sample of a window to which scripts came in after the draw, once or several times, by the same rules and the
    same seed. What was drawn stays in with its reasons; what always has to be in is in, the share by lot is that of
    all scripts, and of each marker there are as many as the rules ask for.
    """
    everything = list(first)
    sample = draw(everything, terms, seed=seed, pass_mark=pass_mark)
    for rows in later:
        everything += rows
        sample = _completed(everything, sample, terms, seed=seed, pass_mark=pass_mark)
    return sample


def _completed(
    scripts: Sequence[Marked], before: Sample, terms: Terms, *, seed: str, pass_mark: int
) -> Sample:
    reasons = {one.script: list(one.reasons) for one in before.drawn}
    for one in draw(scripts, terms, seed=seed, pass_mark=pass_mark).drawn:
        if one.reasons != (EACH,):  # who lacks scripts is known once all that is drawn already counts
            reasons.setdefault(one.script, list(one.reasons))
    everything = sorted(scripts, key=lambda one: one.code)
    by_lot = sorted(everything, key=lambda one: (lot(seed, one.code), one.code))
    short = _top_up(by_lot, reasons, terms)
    drawn = (Drawn(one.script, tuple(reasons[one.script])) for one in everything if one.script in reasons)
    return Sample(tuple(drawn), len(everything), short)


def _top_up(by_lot: Sequence[Marked], reasons: dict[int, list[str]], terms: Terms) -> tuple[Short, ...]:
    """Put further scripts in, in the order of the lot, until there are enough of each marker; who falls short."""
    given = Counter(marker for one in by_lot for marker in one.markers)
    wanted = {m: max(terms.each_least, share_of(n, terms.each_percent)) for m, n in given.items()}
    there = Counter(marker for one in by_lot if one.script in reasons for marker in one.markers)
    for one in by_lot:
        if one.script not in reasons and any(there[m] < wanted[m] for m in one.markers):
            reasons[one.script] = [EACH]
            there.update(one.markers)
    lacking = sorted(m for m in given if given[m] < wanted[m])
    return tuple(Short(m, given[m], wanted[m]) for m in lacking)


def share_of(count: int, percent: int) -> int:
    """So many per cent of so many, rounded up."""
    return -(-count * percent // 100)


def lot(seed: str, code: str) -> str:
    """The lot of a script: the SHA-256 of "seed:code" in hexadecimal digits; the lowest are drawn."""
    return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()


def _mandatory(one: Marked, terms: Terms, pass_mark: int) -> list[str]:
    distance, low, high = one.half_marks - 2 * pass_mark, -2 * terms.below, 2 * terms.above
    found = [band_text(terms)] if low <= distance <= high else []
    if distance > high and distance - one.off <= high:
        found.append(TURNS)  # whatever of it two of the office let go: the marks that count lie between both
    if distance < 0 and terms.every_fail:
        found.append(FAIL)
    elif distance < 0 and one.single:
        found.append(SINGLE)
    if one.third:
        found.append(THIRD)
    return found


# --- the rules as the office sets them -------------------------------------------------------------------
def check_terms(terms: Terms, *, tolerance: int, most: int) -> None:
    """Shares lie from 0 to 100 per cent; the band takes in what is within the window's `tolerance`, since borderline
    scripts are always looked at again, and reaches no further than its marks (`most`).

    Refuses with every fault, each naming its field.
    """
    shares = {name: getattr(terms, name) for name in ("share_percent", "each_percent")}
    faults = [
        Refused("Choose a share from 0 to 100 per cent.", code="sample.share", field=name)
        for name, value in shares.items()
        if not 0 <= value <= 100
    ]
    faults += [
        Refused(
            f"Choose from {tolerance} to {most} marks: two markers may differ by {tolerance}, so what is that near to "
            "the pass mark is always looked at again.",
            code="sample.band",
            field=name,
        )
        for name in ("below", "above")
        if not tolerance <= getattr(terms, name) <= most
    ]
    if not 0 <= terms.each_least <= MOST_EACH:
        faults.append(
            Refused(f"Choose from 0 to {MOST_EACH} scripts.", code="sample.each", field="each_least")
        )
    refuse(faults)


def check_can_set(*, drawn: bool, marked: bool, released: bool) -> None:
    """Rules are set before the marks that they apply to are there: afterwards they could be fitted to them, also when
    some of these marks are set aside again. Once the results are released nothing is drawn any more.
    """
    if drawn:
        raise Refused(
            "The sample is drawn, so its rules stay as they are. A batch can still be marked anew from the page of "
            "the sample.",
            code="sample.drawn",
        )
    if released:
        raise Refused(
            "The results of this window are released and no sample is drawn any more, so its rules stay as they are. "
            "Set those of the next window instead.",
            code="sample.released",
        )
    if marked:
        raise Refused(
            "Every script of this window has or had its marks, so the rules can't be changed any more: they could be "
            "fitted to the marks. The rules that are shown hold.",
            code="sample.marked",
        )


def terms_from(kept: Mapping[str, Any]) -> Terms:
    """Rules as they were kept with a round."""
    return Terms(**{name: kept[name] for name in Terms.__dataclass_fields__ if name in kept})


def kept(scripts: Iterable[Marked]) -> list[list[Any]]:
    """What a sample is drawn from, as it is kept with the round: code, number, half marks, markers, third
    marker, single marker, half marks off for too many words.
    """
    rows = sorted(scripts, key=lambda one: one.code)
    return [
        [one.code, one.script, one.half_marks, sorted(one.markers), one.third, one.single, one.off]
        for one in rows
    ]


def from_kept(rows: Iterable[Sequence[Any]]) -> list[Marked]:
    """The scripts of a draw as they were kept, to draw it again; what was kept earlier gives what was drawn earlier."""
    return [  # rows of before single markings were told apart, and of before lengths were asked, are shorter
        Marked(script, code, half, frozenset(markers), third, *more)
        for code, script, half, markers, third, *more in rows
    ]
