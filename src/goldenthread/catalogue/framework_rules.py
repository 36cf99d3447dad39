"""What is decided about framework content: sources, variants, the same statement elsewhere, what has changed.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Generic, TypeVar

EVIDENCE_KINDS = {
    "review": "review",
    "synthesis": "synthesis",
    "meta_analysis": "meta-analysis",
    "study": "individual study",
    "guidance": "expert guidance",
}
COUNTRIES = {"uk": "UK", "us": "US", "other": "other country"}
LINK_KINDS = {"same": "the same", "near": "nearly the same", "related": "related"}
CONTEXTS = {"international": "international", "england": "England", "locality": "one locality"}
PHASES = {
    "early_years": "early years",
    "primary": "primary",
    "secondary": "secondary",
    "special": "special",
    "other": "other phase",
}
CHANGE_REASONS = {"legislation": "legislation", "national": "national development", "local": "local context"}

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


# --- variants ---------------------------------------------------------------------------------------
V = TypeVar("V", bound=Any)  # has context, locality, phase, version and effective_from


@dataclass(frozen=True)
class Choice(Generic[V]):
    """What a reader sees: `first` instead of or above the core (None: the core alone), others if they like."""

    first: V | None
    optional: tuple[V, ...]


def choose_variant(
    variants: Iterable[V], *, on: date, context: str = "", locality: str = "", phase: str = ""
) -> Choice[V]:
    """The variant for a reader in a context and phase on a day; the core where none fits (S1-09, S2-05, S2-10).

    Of each variant the last version in effect counts. A reader's own locality comes before the context, phase and
    context together before either alone. Variants of other phases of the same context are optional; those of
    another context are not shown.
    """
    current: dict[tuple[str, str, str], V] = {}
    for one in sorted(variants, key=lambda one: (one.effective_from, one.version)):
        if one.effective_from <= on:
            current[one.context, _plain(one.locality), one.phase] = one
    place = _plain(locality)
    fitting = [
        one
        for (where, here, _), one in current.items()
        if (where == "locality" and here == place and place) or where in {"", context} - {"locality"}
    ]

    def rank(one: V) -> tuple[bool, bool, bool]:
        return one.phase == phase and bool(phase), one.context == "locality", one.context == context != ""

    own = sorted((one for one in fitting if one.phase in {"", phase}), key=rank, reverse=True)
    first = own[0] if own else None
    others = sorted(
        (one for one in fitting if one.phase not in {"", phase}), key=lambda one: (one.phase, one.context)
    )
    return Choice(first, tuple(others))


def phase_of_school(phase: str, kind: str) -> str:
    """The phase of a school as variants know it, from its phase and kind in the register; "" where it has none."""
    words = f"{phase} {kind}".lower()
    if "special" in words or "pupil referral" in words:
        return "special"
    if "nursery" in words or "early years" in words:
        return "early_years"
    found = [name for name in ("primary", "secondary") if name in phase.lower()]
    if len(found) == 1:
        return found[0]
    return "other" if "16 plus" in words else ""


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


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
