"""The words that stand for one another, from `synonyms.toml`."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from goldenthread.search.rules import fold, index_words, matches, query_words, singular

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


@cache
def _known() -> tuple[tuple[frozenset[str], str], ...]:
    """The words that a title must have, and those that it is then also known by."""
    lines = tomllib.loads(FILE.read_text(encoding="utf-8"))["known"]
    return tuple((frozenset(singular(fold(word)) for word in line["title"]), line["by"]) for line in lines)


def also_known_by(title: str) -> str:
    """The words that people know a thing with this title by and that needn't stand in it; "" for most titles."""
    words = set(index_words(title).split())
    return " ".join(by for needed, by in _known() if needed <= words)


def holds(text: str, asked: str, *, title: str = "") -> bool:
    """Whether `text` has every word of a query, by its beginning, or an alike word; `title` also by what it is known
    by. For lists that are short enough to be looked through; `queries.search` has the index.
    """
    words = query_words(asked)
    there = index_words(f"{text} {title} {also_known_by(title)}").split()
    return all(any(matches(word, (one, *alternatives().get(one, ()))) for word in there) for one in words)


def groups_of(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each word of a query with its others; () where none of them has any."""
    groups = tuple((word, *alternatives().get(word, ())) for word in words)
    return groups if any(len(group) > 1 for group in groups) else ()
