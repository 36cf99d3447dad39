"""Bringing the entries in step with the content they are made from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from goldenthread.search.models import SearchEntry, SearchState
from goldenthread.search.rules import index_words


@dataclass(frozen=True)
class Thing:
    """One thing to be found; `also` are words that it is found by and that aren't shown."""

    key: str
    kind: str
    title: str
    url: str
    context: str = ""
    text: str = ""
    also: str = ""


@dataclass(frozen=True)
class Change:
    added: int = 0
    altered: int = 0
    removed: int = 0
    kept: int = 0

    def __str__(self) -> str:
        return f"{self.added} added, {self.altered} altered, {self.removed} removed, {self.kept} as they were"


FIELDS = ("kind", "position", "title", "context", "text", "url", "title_words", "all_words")


@transaction.atomic
def rebuild(*, things: Callable[[], Iterable[Thing]], mark: str, at: datetime) -> Change:
    """Make the entries those of `things`, in their order; a second time nothing changes.

    `mark` says what content they are of: read it before, so that they are out of date if it changes meanwhile.
    """
    _take_turn(at)
    return _rebuild(things, mark, at)


@transaction.atomic
def refresh(*, things: Callable[[], Iterable[Thing]], mark: str, at: datetime) -> Change | None:
    """`rebuild`, unless whoever came first has made the entries of this content while we waited; then None."""
    return None if _take_turn(at) == mark else _rebuild(things, mark, at)


def _take_turn(at: datetime) -> str:
    """Wait for whoever makes the entries just now; gives the mark of what they are made from."""
    SearchState.objects.get_or_create(pk=1, defaults={"mark": "", "made_at": at})
    return SearchState.objects.select_for_update().get(pk=1).mark


def _rebuild(things: Callable[[], Iterable[Thing]], mark: str, at: datetime) -> Change:
    there = {entry.key: entry for entry in SearchEntry.objects.all()}
    wanted = {thing.key: _entry(thing, place) for place, thing in enumerate(things())}
    new = [entry for key, entry in wanted.items() if key not in there]
    altered = [_take_over(there[key], entry) for key, entry in wanted.items() if key in there]
    changed = [entry for entry in altered if entry is not None]
    gone = [entry.pk for key, entry in there.items() if key not in wanted]
    SearchEntry.objects.filter(pk__in=gone).delete()
    SearchEntry.objects.bulk_update(changed, FIELDS, batch_size=200)
    SearchEntry.objects.bulk_create(new, batch_size=200)
    SearchState.objects.filter(pk=1).update(mark=mark, made_at=at)
    return Change(len(new), len(changed), len(gone), len(altered) - len(changed))


def _entry(thing: Thing, position: int) -> SearchEntry:
    return SearchEntry(
        key=thing.key[:120],
        kind=thing.kind,
        position=position,
        title=thing.title[:300],
        context=thing.context[:200],
        text=thing.text,
        url=thing.url[:300],
        title_words=index_words(thing.title),
        all_words=index_words(" ".join((thing.title, thing.context, thing.text, thing.also))),
    )


def _take_over(entry: SearchEntry, wanted: SearchEntry) -> SearchEntry | None:
    """The entry with what is wanted of it; None if that is what it says already."""
    if all(getattr(entry, name) == getattr(wanted, name) for name in FIELDS):
        return None
    for name in FIELDS:
        setattr(entry, name, getattr(wanted, name))
    return entry
