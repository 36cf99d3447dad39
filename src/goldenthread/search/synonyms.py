"""The words that stand for one another, from `synonyms.toml`."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from goldenthread.search.rules import fold, singular

FILE = Path(__file__).with_name("synonyms.toml")


@cache
def alternatives() -> dict[str, tuple[str, ...]]:
    """The other words for each word, as queries are compared."""
    found: dict[str, tuple[str, ...]] = {}
    for line in tomllib.loads(FILE.read_text(encoding="utf-8"))["alike"]:
        words = [singular(fold(word)) for word in line]
        for word in words:
            others = (*found.get(word, ()), *(one for one in words if one != word))
            found[word] = tuple(dict.fromkeys(others))
    return found


def groups_of(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each word of a query with its others; () where none of them has any."""
    groups = tuple((word, *alternatives().get(word, ())) for word in words)
    return groups if any(len(group) > 1 for group in groups) else ()
