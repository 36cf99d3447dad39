"""What is decided about framework content: sources, the same statement elsewhere, what has changed.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice

EVIDENCE_KINDS = {
    "review": "review",
    "synthesis": "synthesis",
    "meta_analysis": "meta-analysis",
    "study": "individual study",
    "guidance": "expert guidance",
}
COUNTRIES = {"uk": "UK", "us": "US", "other": "other country"}
LINK_KINDS = {"same": "the same", "near": "nearly the same", "related": "related"}

NEAR = 0.88
HALF = 0.5
MOST_COMPARED = 2_000


def missing_numbers(numbers: Iterable[int]) -> tuple[int, ...]:
    """The known gaps: numbers below the highest of which nothing is there."""
    there = set(numbers)
    return tuple(number for number in range(1, max(there, default=0)) if number not in there)


# --- sources ----------------------------------------------------------------------------------------
def origin_of(country: str) -> str:
    """ "UK" or "overseas", from the country of a source (S2-21)."""
    return "UK" if country == "uk" else "overseas"


def source_warning(kind: str, sources: Iterable[str]) -> str:
    """What is doubtful in the kinds of source of a statement; "" when nothing is (S2-21).

    A *learn that* statement rests on published evidence; expert guidance alone supports only *learn how to*.
    """
    if kind == "learn_that" and set(sources) == {"guidance"}:
        return "Expert guidance alone doesn't support a “learn that” statement: add a review or a study."
    return ""


# --- links --------------------------------------------------------------------------------------------
UNTRIED = "changed, and not tried since"


def fault_of_changed(fault: str, address: str) -> str:
    """What is known of a changed address: one that takes the place of a broken one stays hidden until a check finds
    that it answers (S4-07); no address has no fault.
    """
    return UNTRIED if fault and address else ""


# --- the same statement in two frameworks -----------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Match:
    """Two statements by their keys that say the same, or nearly."""

    one: int
    other: int
    kind: str  # same, near
    likeness: float


def matches(ones: Mapping[int, str], others: Mapping[int, str]) -> tuple[Match, ...]:
    """For each of `others` its like among `ones`: word for word, or nearly (S2-31). Each is matched once.

    Signs and case count for nothing. Beyond MOST_COMPARED pairs of like length only exact ones are looked for.
    """
    by_words: dict[tuple[str, ...], int] = {}
    for key, text in ones.items():
        by_words.setdefault(_words(text), key)
    found = [Match(by_words[words], key, "same", 1.0) for key, text in others.items()
             if (words := _words(text)) in by_words]  # fmt: skip
    done_ones, done_others = {one.one for one in found}, {one.other for one in found}
    near = []
    pairs = (
        (key, other)
        for key, text in ones.items()
        if key not in done_ones
        for other in others
        if other not in done_others and _like_long(text, others[other])
    )
    for key, other in list(islice(pairs, MOST_COMPARED)):
        left, right = _words(ones[key]), _words(others[other])
        likeness = SequenceMatcher(None, left, right, autojunk=False).ratio()
        if likeness >= NEAR:
            near.append(Match(key, other, "near", likeness))
    for match in sorted(near, key=lambda one: (-one.likeness, one.one, one.other)):
        if match.one not in done_ones and match.other not in done_others:
            found.append(match)
            done_ones.add(match.one)
            done_others.add(match.other)
    return tuple(sorted(found, key=lambda one: (one.other, one.one)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.lower().replace("’", "'").replace("'", "")))


def _like_long(one: str, other: str) -> bool:
    return 0.7 <= (len(one) + 1) / (len(other) + 1) <= 1.4


# --- difference between two versions -----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Change:
    """One statement that two versions of a framework don't share."""

    what: str  # added, removed, changed
    place: str  # "Assessment, learn that 4"
    before: str
    after: str


Texts = Mapping[tuple[str, str, int], str]  # area, kind and number → text


def difference(before: Texts, after: Texts, names: Mapping[str, str]) -> tuple[Change, ...]:
    """What was added, removed and changed between two versions, in the order of the newer one.

    Keys are area key, kind and number; `names` gives the name of each area. Spaces count for nothing.
    """
    keys = [*after, *(key for key in before if key not in after)]
    found = []
    for key in keys:
        old, new = before.get(key, ""), after.get(key, "")
        if " ".join(old.split()) != " ".join(new.split()):
            what = "added" if not old else "removed" if not new else "changed"
            area, kind, number = key
            place = f"{names.get(area, area)}, {kind.replace('_', ' ')} {number}"
            found.append(Change(what, place, old, new))
    return tuple(found)


def marked(before: str, after: str) -> list[tuple[str, str]]:
    """The words of two texts with what happened to them: ("same" | "gone" | "new", words).

    Texts with less than half of their words in common are shown one after the other.
    """
    old, new = before.split(), after.split()
    pieces: list[tuple[str, str]] = []
    compared = SequenceMatcher(None, old, new, autojunk=False)
    if compared.ratio() < HALF:
        return [(state, text) for state, text in (("gone", " ".join(old)), ("new", " ".join(new))) if text]
    for tag, a, b, c, d in compared.get_opcodes():
        if tag == "equal":
            pieces.append(("same", " ".join(old[a:b])))
            continue
        pieces += [("gone", " ".join(old[a:b]))] if b > a else []
        pieces += [("new", " ".join(new[c:d]))] if d > c else []
    return pieces
