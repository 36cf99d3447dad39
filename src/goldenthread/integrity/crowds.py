"""Passages that so many texts have that they count as common, and yet are too long for a phrase: who has them.

Not every two of a crowd become a pair, which would be thousands: each text is paired with one that stands for others
(a leader) and with the one that came to it before. So all of them are one group, and stay one when a case about any one
of them has answered its pairs. No Django, no clock.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from goldenthread.integrity.winnowing import LEAST_RUN, LEAST_SHARED, LEAST_WORDS, WINDOW, Text, covered_by

LEAST_SHARE = 20  # a twentieth of the shorter text, in passages of `LEAST_RUN` words or more that many have
MOST_LEADERS = 100  # with the same number: it bounds what is held in memory
MOST_LOOKED_AT = 5  # leaders, for one text, those with most in common first
EDGE = 2 * (WINDOW - 1)  # words by which a passage may be longer than its kept numbers show


@dataclass
class Crowds:
    """Pairs of texts by their names, which connect all that share a long passage; and the numbers of these passages."""

    pairs: set[tuple[int, int]] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)


def crowds_of(
    texts: Iterable[tuple[int, Text]],
    common: AbstractSet[int],
    excluded: AbstractSet[int] = frozenset(),
    *,
    among: Collection[int] | None = None,
    writers: Mapping[int, int] | None = None,
) -> Crowds:
    """The texts that share a passage of `LEAST_WORDS` words in a row, or a twentieth of a text, made of numbers that
    many have. Takes the texts, those `among` the wanted ones first, each once, and keeps only those of leaders in
    memory; a pair has one of the wanted at least and never one writer twice.
    """
    wanted = None if among is None else frozenset(among)
    found, leaders = Crowds(), dict[int, Text]()
    latest = dict[int, tuple[int, Text]]()  # who came last to each leader
    led_by: dict[int, list[int]] = {}
    for name, text in texts:
        own = set(text.numbers) & common
        if not _may_be_long(text, own, excluded):
            continue
        near = Counter(leader for number in own for leader in led_by.get(number, ()))
        best = 0
        for leader, shares in near.most_common(MOST_LOOKED_AT):
            if shares < LEAST_SHARED or (best and leader in latest):
                continue
            if not _paired(found, (leader, leaders[leader]), (name, text), common, excluded, writers):
                continue
            best = best or shares
            before = latest.get(leader)
            if before and (wanted is None or before[0] in wanted or name in wanted):
                _paired(found, before, (name, text), common, excluded, writers)
            latest[leader] = (name, text)
        if 4 * best < 3 * len(own) and (wanted is None or name in wanted):
            free = [number for number in own if len(led_by.setdefault(number, [])) < MOST_LEADERS]
            for number in free:
                led_by[number].append(name)
            if free:  # else it would be held in memory and never found
                leaders[name] = text
    return found


def _may_be_long(text: Text, own: AbstractSet[int], excluded: AbstractSet[int]) -> bool:
    """Whether what a text has in common with many may come to enough, seen from its kept numbers alone."""
    lengths = [end - start + EDGE for start, end in covered_by(text, own, excluded)]
    return _is_long(lengths, text.words)


def _is_long(lengths: list[int], words: int) -> bool:
    if max(lengths, default=0) >= LEAST_WORDS:
        return True
    return sum(lengths) >= max(LEAST_WORDS, words // LEAST_SHARE)


def _paired(
    found: Crowds,
    one: tuple[int, Text],
    other: tuple[int, Text],
    common: AbstractSet[int],
    excluded: AbstractSet[int],
    writers: Mapping[int, int] | None,
) -> bool:
    """Make a pair of two texts, if what many have and both of them share is long."""
    (first, left), (second, right) = one, other
    if writers is not None and writers[first] == writers[second]:
        return False
    both = set(left.numbers) & set(right.numbers)
    lengths, numbers = list[int](), set[int]()
    for start, end in covered_by(right, both, excluded):
        many = set(right.numbers[start:end]) & common
        if many and end - start >= LEAST_RUN:
            lengths.append(end - start)
            numbers |= many
    if not _is_long(lengths, min(left.words, right.words)):
        return False
    found.pairs.add((min(first, second), max(first, second)))
    found.numbers |= numbers
    return True
