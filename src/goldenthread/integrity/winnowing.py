"""Which texts share passages: winnowing of word sequences, pairs of many texts in one pass, and the passages of a pair.

Every run of `GRAM` words has a number. Of each `WINDOW` numbers in a row the smallest is kept (Schleimer, Wilkerson,
Aiken, 2003), so that two texts which share `GRAM + WINDOW - 1` = 12 words in a row always share a kept number, wherever
in them the passage stands. Twelve is also the shortest passage that counts (`LEAST_RUN`), so two texts with
`LEAST_WORDS` words in such passages share three numbers at least (`LEAST_SHARED`), in however many pieces: no pair that
a person has to look at is left out by how it was found. Words are compared as they are seen (`folding.py`). No Django,
no clock.
"""

import hashlib
import re
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from goldenthread.assessment.words import parts_by_spaces, word_pattern
from goldenthread.integrity.folding import fold, fold_with_places

GRAM = 7  # words
WINDOW = 6  # numbers
LEAST_RUN = 12  # words in a row: shorter passages are how people write about the same case
LEAST_WORDS = 40  # in such passages, for a person to look at a pair
LEAST_SHARED = 3  # kept numbers, for a pair to be looked at word by word
MOST_OWNERS = 25  # what more texts than this have is a common phrase, unless it is long (`crowds.py`)
FEW_OWNERS = 5  # the same, among few texts
RANGES = 8  # of numbers, of which one at a time is held in memory

_WORD = re.compile(r"[^\W_]+")
# Numbers come from the interpreter's own mixing of whole numbers, which is the same on every run and machine of one
# kind. Its mark is part of the method's name: with another kind everything is numbered anew.
_PROBE = hash(tuple(range(GRAM))) & 0xFFFF
METHOD = f"winnow-2-{GRAM}-{WINDOW}-{_PROBE:04x}"


class Numbers:
    """A stable number for each word, worked out once: 56 bits of its digest."""

    def __init__(self) -> None:
        self._of: dict[str | bytes, int] = {}

    def of(self, words: Sequence[str | bytes]) -> list[int]:
        """The numbers of these words, in order."""
        try:
            return list(map(self._of.__getitem__, words))
        except KeyError:
            for word in set(words) - self._of.keys():
                text = word if isinstance(word, str) else word.decode("cp1252")
                digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest()
                self._of[word] = int.from_bytes(digest, "little")
            return list(map(self._of.__getitem__, words))


def _western_table() -> bytes:
    """Letters and digits of Windows' western alphabet as they are compared; everything else parts words."""
    seen = (fold(bytes([code]).decode("cp1252", "ignore")) for code in range(256))
    return b"".join(sign.encode("cp1252") if _WORD.fullmatch(sign) else b" " for sign in seen)


_WESTERN = _western_table()
_UNSEEN = bytes(
    code for code in range(256) if (sign := bytes([code]).decode("cp1252", "ignore")) and not fold(sign)
)


def tokens(text: str) -> Sequence[str | bytes]:
    """The words of a text as they are compared: small letters without accents, no signs, nothing that nobody sees; one
    for each character without spaces.

    In Windows' western alphabet, which nearly every text keeps to, they are found some ten times faster.
    """
    try:
        return text.encode("cp1252").translate(_WESTERN, _UNSEEN).split()
    except UnicodeEncodeError:
        return [piece for piece, _, _ in _pieces(text)]


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """Words as they are compared, with where they begin and end in the text. Writing without spaces is taken apart as
    the word count does.
    """
    seen, places = fold_with_places(text)
    for word, start, end in _words(seen):
        if places is None:
            yield word, start, end
        else:
            yield word, places[start], places[end - 1] + 1


def _words(seen: str) -> Iterator[tuple[str, int, int]]:
    spaced = parts_by_spaces(seen)
    for run in _WORD.finditer(seen):
        if spaced:
            yield run.group(), run.start(), run.end()
            continue
        for match in word_pattern().finditer(run.group()):
            yield match.group(), run.start() + match.start(), run.start() + match.end()


def grams(words: Sequence[str | bytes], numbers: Numbers) -> list[int]:
    """The number of each run of `GRAM` words, by the place of its first word."""
    of = numbers.of(words)
    return list(map(hash, zip(*(of[place:] for place in range(GRAM)), strict=False)))


def fingerprint(text: str, numbers: Numbers) -> "array[int]":
    """The kept numbers of a text, each once: what is stored of it."""
    found = grams(tokens(text), numbers)
    if len(found) <= WINDOW:
        return array("q", {min(found)}) if found else array("q")
    # The smallest of each six in a row, from the smaller of two, of four, and of those that stand two apart.
    least = found
    for apart in (1, 2, 2):
        least = [a if a < b else b for a, b in zip(least, least[apart:], strict=False)]
    return array("q", set(least))


def packed(kept: "array[int]") -> bytes:
    """A fingerprint as bytes, the same on every machine."""
    if sys.byteorder == "big":
        kept = array("q", kept)
        kept.byteswap()
    return kept.tobytes()


def unpacked(data: bytes) -> "array[int]":
    """A fingerprint from its bytes."""
    kept = array("q")
    kept.frombytes(data)
    if sys.byteorder == "big":
        kept.byteswap()
    return kept


def excluded_grams(texts: Iterable[str], numbers: Numbers) -> set[int]:
    """The numbers of every run of words in texts that anybody may quote: the case, its question, known quotations."""
    found: set[int] = set()
    for text in texts:
        found.update(grams(tokens(text), numbers))
    return found


# --- many texts at once ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Found:
    """Pairs of texts by their names, each with how many kept numbers it shares; the numbers that many have, and the
    texts with enough of these to look whether they are more than phrases (`crowds.py`).
    """

    pairs: Mapping[tuple[int, int], int]
    common: AbstractSet[int]
    crowded: AbstractSet[int]


def pairs_of(
    prints: "Mapping[int, array[int]]",
    *,
    excluded: AbstractSet[int] = frozenset(),
    among: Collection[int] | None = None,
) -> Found:
    """The pairs that share at least `LEAST_SHARED` kept numbers, of which one text at least is `among` those named.

    A number that many texts have is no sign of anything between two of them by itself. Passes over all fingerprints
    twice, by operations on whole sets.
    """
    twice = _twice(prints.values()) - excluded
    owners: dict[int, list[int]] = {}
    for name, kept in prints.items():
        for number in twice.intersection(kept):
            owners.setdefault(number, []).append(name)
    most, common = most_owners(len(prints)), set[int]()
    wanted = None if among is None else frozenset(among)
    counts: Counter[tuple[int, int]] = Counter()
    crowd: Counter[int] = Counter()
    for number, names in owners.items():
        if len(names) > most:
            common.add(number)
            crowd.update(names)
            continue
        names.sort()
        counts.update(
            pair
            for pair in combinations(names, 2)
            if wanted is None or pair[0] in wanted or pair[1] in wanted
        )
    crowded = {name for name, n in crowd.items() if n >= LEAST_SHARED}
    return Found({pair: n for pair, n in counts.items() if n >= LEAST_SHARED}, common, crowded)


def _twice(prints: "Collection[array[int]]") -> set[int]:
    """The numbers that more than one of these fingerprints have; looked for in one range of numbers after the other,
    since most are in one alone and a set of all of them takes more memory than everything else.
    """
    rows = [array("q", sorted(kept)) for kept in prints]
    some = sorted(
        number for row in rows[:RANGES] for number in row
    )  # the smallest of six: small ones are many
    tops = [some[len(some) * part // RANGES] for part in range(1, RANGES)] if some else []
    starts = [0] * len(rows)
    found: set[int] = set()
    for top in [*tops, None]:
        seen: set[int] = set()
        for place, row in enumerate(rows):
            end = len(row) if top is None else bisect_left(row, top, starts[place])
            own = set(row[starts[place] : end])
            starts[place] = end
            found |= own & seen
            seen |= own
    return found


def most_owners(texts: int) -> int:
    """How many of so many texts may share a passage before it counts as a phrase, while it is short."""
    return max(FEW_OWNERS, min(MOST_OWNERS, texts // 3))


# --- two texts --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Text:
    """A text taken apart: its words' places and the numbers of its runs."""

    text: str
    places: tuple[tuple[int, int], ...]
    numbers: tuple[int, ...]

    @property
    def words(self) -> int:
        return len(self.places)


def taken_apart(text: str, numbers: Numbers) -> Text:
    """A text with its words' places, to be compared word by word."""
    pieces = list(_pieces(text))
    found = grams([piece for piece, _, _ in pieces], numbers)
    return Text(text, tuple((start, end) for _, start, end in pieces), tuple(found))


@dataclass(frozen=True)
class Shared:
    """What two texts share: how many words, and in each text its passages as (first, behind the last) character."""

    words: int
    first: tuple[tuple[int, int], ...]
    second: tuple[tuple[int, int], ...]

    @property
    def to_look_at(self) -> bool:
        return self.words >= LEAST_WORDS


def shared_passages(first: Text, second: Text, excluded: AbstractSet[int] = frozenset()) -> Shared:
    """The passages of at least `LEAST_RUN` words in a row that stand in both texts and are nobody's to quote."""
    both = set(first.numbers) & set(second.numbers)
    runs = [_runs(one, both, excluded) for one in (first, second)]
    words = min(sum(end - start for start, end in found) for found in runs)
    places = [
        tuple((one.places[start][0], one.places[end - 1][1]) for start, end in found)
        for one, found in zip((first, second), runs, strict=True)
    ]
    return Shared(words, places[0], places[1])


def _runs(one: Text, both: AbstractSet[int], excluded: AbstractSet[int]) -> list[tuple[int, int]]:
    """Stretches of words that are in both texts and long enough, without the words of quotations."""
    found = covered_by(one, both, excluded)
    return [(start, end) for start, end in found if end - start >= LEAST_RUN]


def covered_by(one: Text, both: AbstractSet[int], excluded: AbstractSet[int]) -> list[tuple[int, int]]:
    """Stretches of a text, as (first, behind the last) word, whose numbers are in `both` and not of quotations."""
    covered = bytearray(one.words)
    for place, number in enumerate(one.numbers):
        if number in both:
            covered[place : place + GRAM] = b"\1" * GRAM
    for place, number in enumerate(one.numbers):
        if number in excluded:
            covered[place : place + GRAM] = b"\0" * GRAM
    return [match.span() for match in re.finditer(rb"\x01+", covered)]


def marked(text: str, passages: Iterable[tuple[int, int]]) -> list[tuple[bool, str]]:
    """A text in pieces, each with whether it is shared, for a page that shows both side by side."""
    pieces, at = [], 0
    for start, end in passages:
        pieces += [(False, text[at:start]), (True, text[start:end])]
        at = end
    return [piece for piece in [*pieces, (False, text[at:])] if piece[1]]
