"""Finding: one function for both databases, the best first, with what fits marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from goldenthread.search import index
from goldenthread.search.models import SearchEntry, SearchState
from goldenthread.search.rules import (
    Candidate,
    Piece,
    marked,
    query_words,
    respelt,
    snippet,
    standing,
)
from goldenthread.search.synonyms import groups_of

MOST_FOUND = 300  # entries that are put in order; of more, those of the first positions
MOST_KNOWN = 5000  # titles among which a word of similar spelling is looked for


@dataclass(frozen=True)
class Found:
    """One thing that was found: its title and a stretch of its text in pieces, those marked that were asked for."""

    key: str
    kind: str
    title: list[Piece]
    context: str
    snippet: list[Piece]
    url: str
    fit: tuple[int, int]  # smaller fits better: words that are there, words in the title


@dataclass(frozen=True)
class Answer:
    """What a query found; `every` is False where nothing has all its words and some have one of them."""

    words: tuple[str, ...]
    found: list[Found]
    every: bool = True
    suggestion: str = ""


def search(text: str) -> Answer:
    """What visitors may see that fits `text`: titles first, words also by their beginning.

    Case, accents and simple plurals make no difference, and no text is an error. What has another word for one that was
    asked for comes after what has the word itself. Six queries at most; seven with a suggestion.
    """
    words = query_words(text)
    if not words:
        return Answer(words, [])
    rows = _rows([(word,) for word in words], every=True)
    found = _in_order(rows, words) + _by_other_words(words, {row.pk for row in rows})
    if found or len(words) == 1:
        return Answer(words, found, suggestion="" if found else _similar(words))
    rows = _rows([(word,) for word in words], every=False)
    return Answer(words, _in_order(rows, words), every=False, suggestion="" if rows else _similar(words))


def is_made_from(mark: str, *, whole: bool = True) -> bool:
    """Whether the entries are those of the content with this mark, or with one that begins so. One query."""
    same = {"mark": mark} if whole else {"mark__startswith": mark}
    return SearchState.objects.filter(pk=1, **same).exists()


def _by_other_words(words: Sequence[str], known: set[int]) -> list[Found]:
    """What is found by synonyms alone."""
    groups = groups_of(words)
    if not groups:
        return []
    rows = [row for row in _rows(groups, every=True) if row.pk not in known]
    return _in_order(rows, [word for group in groups for word in group])


def _rows(groups: Sequence[index.Group], *, every: bool) -> list[SearchEntry]:
    """Those with the words in the title, so that none of them is cut off, and those with them anywhere."""
    found: dict[int, SearchEntry] = {}
    for column in ("title_words", "all_words"):
        where, parameters = index.condition(connection.vendor, column, groups, every=every)
        for row in SearchEntry.objects.extra(where=[where], params=parameters)[:MOST_FOUND]:  # noqa: S610 -- no word of a query in it
            found.setdefault(row.pk, row)
    return list(found.values())


def _in_order(rows: Sequence[SearchEntry], words: Sequence[str]) -> list[Found]:
    standings = {row.pk: _standing(row, words) for row in rows}
    return [
        Found(
            key=row.key,
            kind=row.kind,
            title=marked(row.title, words),
            context=row.context,
            snippet=snippet(row.text, words),
            url=row.url,
            fit=standings[row.pk][:2],
        )
        for row in sorted(rows, key=lambda row: (standings[row.pk], row.key))
    ]


def _standing(row: SearchEntry, words: Sequence[str]) -> tuple[int, int, int, int, int]:
    title, text = frozenset(row.title_words.split()), frozenset(row.all_words.split())
    return standing(Candidate(title, text, row.position), words)


def _similar(words: Sequence[str]) -> str:
    """The query with words of titles for those that are spelt nearly like them; "" if none is. One query."""
    return respelt(words, SearchEntry.objects.values_list("title", flat=True)[:MOST_KNOWN])
