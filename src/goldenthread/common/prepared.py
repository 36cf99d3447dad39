"""Queries that every request asks and rows that every write adds: worded as SQL once per process, then only filled in.

The ORM takes longer to word "the session of this key" than the database to find it. In the last hour before a deadline
that is most of what a server does, so the few statements that are on the way of every hand-in are kept in their words.
Everything else is asked and written as usual.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import AutoField, Model, QuerySet, sql
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
_MOST = 2**63
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
        if isinstance(key, int) and not -_MOST <= key < _MOST:
            return None  # no database has such a number, and the driver would fail on it
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


class PreparedInsert(Generic[M]):
    """Adds one row of a model: `PreparedInsert(Script).add(script)`. It sends no signals; there are none to send.

    With `ignore_conflicts` a row that breaks a unique constraint is dropped without a word, and a row that was added
    doesn't learn its number.
    """

    def __init__(self, model: type[M], *, ignore_conflicts: bool = False) -> None:
        self._model, self._ignore = model, ignore_conflicts
        self._worded: str | None = None
        self._fields = [f for f in model._meta.local_concrete_fields if not isinstance(f, AutoField)]

    def add(self, row: M) -> None:
        """Write a new row with the values of its fields, and give it its number. One statement."""
        statement = self._worded
        if statement is None:
            statement = self._worded = self._word(row)
        values = [
            field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
            for field in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            if not self._ignore:
                (row.pk,) = cursor.fetchone()
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS

    def _word(self, row: M) -> str:
        query = sql.InsertQuery(self._model, on_conflict=OnConflict.IGNORE if self._ignore else None)
        query.insert_values(self._fields, [row], raw=False)
        compiler: Any = query.get_compiler(using=DEFAULT_DB_ALIAS)
        if not self._ignore:
            compiler.returning_fields = self._model._meta.db_returning_fields
        ((statement, values),) = compiler.as_sql()
        if len(values) != len(self._fields):
            raise ValueError("a row is written from plain values, one for each of its fields")
        return str(statement)
