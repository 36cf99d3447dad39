"""Queries that every request asks: worded as SQL once per process, then only asked again with another key.

The ORM takes longer to word "the session of this key" than the database to find it. In the last hour before a deadline
that is most of what a server does, so the few questions that are on the way of every hand-in are kept in their words.
Everything else is asked as usual.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
_PLACE: dict[type, Any] = {int: -(2**31) + 11, str: "\ufffe the place of the key"}


class Prepared(Generic[M]):
    """One row of a queryset that depends on one key: `Prepared(lambda key: User.objects.filter(pk=key), key=int)`.

    The queryset may join with `select_related` and lock with `select_for_update`; annotations, prefetches and deferred
    fields of others than the model itself are not for this.
    """

    def __init__(self, build: Callable[[Any], QuerySet[M]], *, key: type[int] | type[str]) -> None:
        self._build, self._key = build, key
        self._worded: _Worded | None = None

    def get(self, key: Any) -> M | None:
        """The row under `key`, with what it is joined to; None if there is none. One query."""
        worded = self._worded
        if worded is None:
            worded = self._worded = _Worded(self._build(_PLACE[self._key]), _PLACE[self._key])
        found: M | None = worded.fetch(self._key(key))
        return found


class _Worded:
    """The SQL of a queryset, and how a row of its result becomes an object; after that, nothing here changes."""

    def __init__(self, queryset: QuerySet[Any], place: Any) -> None:
        compiler: Any = queryset.order_by().query.get_compiler(using=DEFAULT_DB_ALIAS)
        self._sql, parameters = compiler.as_sql()
        self._parameters = list(parameters)
        if self._parameters.count(place) != 1:
            raise ValueError("the key stands in the query exactly once")
        self._place = self._parameters.index(place)
        self._compiler, information = compiler, compiler.klass_info
        self._converters = compiler.get_converters(
            [column for column, _, _ in compiler.select[: compiler.col_count]]
        )
        own = information["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._model = information["model"]
        self._names = [column.target.attname for column, _, _ in compiler.select[self._own]]
        self._populators = get_related_populators(information, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

    def fetch(self, key: Any) -> Any:
        parameters = self._parameters.copy()
        parameters[self._place] = key
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            row = cursor.fetchone()
        if row is None:
            return None
        if self._converters:
            (row,) = self._compiler.apply_converters([row], self._converters)
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for populator in self._populators:
            populator.populate(row, found)
        return found
