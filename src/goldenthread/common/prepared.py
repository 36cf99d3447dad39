"""Queries that every request asks and rows that every write adds: worded as SQL once per process, then only filled in.

The ORM takes longer to word "the session of this key" than the database to find it. In the last hour before a deadline
that is most of what a server does, so the few statements that are on the way of every hand-in are kept in their words,
and so are the long ones of the office's desk. Everything else is asked and written as usual.

Only words are kept, never what was found. Whatever differs from one request to the next, a person, a day, an instant,
is a key; what follows from a key (the day of an instant) is a key of its own. A queryset that works something out of
a key is refused when it is worded; one that reads the clock or a setting by itself can't be told from others, so it
must not.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    AutoField,
    BooleanField,
    CharField,
    DateTimeField,
    FileField,
    ForeignKey,
    IntegerField,
    Model,
    QuerySet,
    TextField,
    sql,
)
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
_MOST = 2**63
Key = type[int] | type[str] | type[uuid.UUID] | type[datetime] | type[date]


def _place(key: Key, number: int) -> Any:
    """A value that no query has of its own, which shows where the key of this number stands."""
    if key is int:
        return -(2**31) + 11 + number
    if key is datetime:
        return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(days=number)
    if key is date:
        return date(1501, 1, 1) + timedelta(days=number)
    return uuid.UUID(int=number + 1) if key is uuid.UUID else f"\ufffe the place of key {number}"


def _taken(key: Any, kind: Any) -> Any:
    """A key as the database's driver takes it."""
    if kind is date and type(key) is datetime:
        raise TypeError("an instant is no day: which day it is depends on the zone")
    key = key if isinstance(key, kind) else kind(key)
    if kind is datetime:
        return as_kept(key)
    if kind is date:
        return connections[DEFAULT_DB_ALIAS].ops.adapt_datefield_value(key)
    if kind is uuid.UUID and not connections[DEFAULT_DB_ALIAS].features.has_native_uuid_field:
        return key.hex
    return key


def ask(statement: str, values: Sequence[Any], *, often: bool = True) -> Any:
    """Run one statement with `%s` for each value; gives a cursor of the driver's, which reads them its own way.

    PostgreSQL parses and plans what is asked `often` once for each connection, for whatever values come.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    return connection.ask(statement, values, often=often)


def tell(statement: str, values: Sequence[Any]) -> None:
    """As `ask`, for a statement whose answer nobody reads.

    On PostgreSQL, within a transaction, it goes to the server with the next statement, or with the commit; a fault is
    raised there. So it is nothing for a statement whose fault somebody waits for.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.tell(statement, values)


def as_kept(moment: datetime) -> Any:
    """An aware instant as the driver takes it, for statements that are written by hand."""
    return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(moment)


class _Query:
    """What depends on one key, on several or on none: the SQL, worded at the first time, and what its values become."""

    _often = True  # a row by its key has one plan; long lists are planned for the values that are asked for

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *, key: Key | tuple[Key, ...]) -> None:
        self._build, self._keys = build, key if isinstance(key, tuple) else (key,)
        self._worded: _Worded | None = None

    def row(self, *keys: Any) -> "tuple[Any, _Worded] | None":
        """The values of the first row, in the order that the queryset asks for by `order_by`, and how the query is
        worded; None if there is no row. One query.
        """
        asked = self._asked(keys)
        if asked is None:
            return None
        cursor, worded = asked
        row = cursor.fetchone()
        if row is None:
            return None
        if worded.converters:
            (row,) = worded.compiler.apply_converters([row], worded.converters)
        return row, worded

    def rows(self, *keys: Any) -> "tuple[Any, _Worded | None]":
        """The values of every row, and how the query is worded. One query."""
        asked = self._asked(keys)
        if asked is None:
            return (), None
        cursor, worded = asked
        return worded.compiler.results_iter([cursor.fetchall()], tuple_expected=True), worded

    def _asked(self, keys: Sequence[Any]) -> "tuple[Any, _Worded] | None":
        if any(isinstance(key, int) and not -_MOST <= key < _MOST for key in keys):
            return None  # no database has such a number, and the driver would fail on it
        worded = self._worded
        if worded is None:
            worded = self._worded = _word(self._build, self._keys)
        parameters = worded.parameters.copy()
        taken = [_taken(key, kind) for kind, key in zip(self._keys, keys, strict=True)]
        for place, number in worded.places:
            parameters[place] = taken[number]
        return ask(worded.sql, parameters, often=self._often), worded


class PreparedValues(_Query):
    """One row's values: `PreparedValues(lambda key: User.objects.filter(pk=key).values_list("zone"), key=int)`."""

    def get(self, *keys: Any) -> Sequence[Any] | None:
        """The values under these keys, in the order of `values_list`; None if there is no such row. One query."""
        found = self.row(*keys)
        return None if found is None else found[0]


class Prepared(_Query, Generic[M]):
    """One row of a queryset that depends on keys: `Prepared(lambda key: User.objects.filter(pk=key), key=int)`.

    The queryset may join with `select_related`, leave fields out with `only`, and lock with `select_for_update`;
    prefetches are not for this. With several keys, `key` is a tuple of their types.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *, key: Key | tuple[Key, ...]) -> None:
        super().__init__(build, key=key)

    def get(self, *keys: Any) -> M | None:
        """The row under these keys, with what it is joined to; None if there is none. One query."""
        found = self.row(*keys)
        if found is None:
            return None
        one: M = found[1].object_of(found[0])
        return one


class PreparedTable(_Query):
    """Every row's values: `PreparedTable(lambda day: Claim.objects.filter(as_of=day).values_list("pk"), key=date)`.

    Counts, groups and unions are welcome. `key` is `()` where nothing differs from one request to the next. One whose
    plan hardly depends on its values and takes longer than its answer is asked `often`: see `ask`.
    """

    _often = False

    def __init__(
        self, build: Callable[..., QuerySet[Any, Any]], *, key: Key | tuple[Key, ...], often: bool = False
    ) -> None:
        super().__init__(build, key=key)
        self._often = often

    def all(self, *keys: Any) -> list[Sequence[Any]]:
        """The values of each row, in the order of `values_list`. One query."""
        return list(self.rows(*keys)[0])


class PreparedRows(_Query, Generic[M]):
    """Every row of a queryset as an object, with what is annotated and what it is joined to by `select_related`.

    Prefetches are not for this. `key` is `()` where nothing differs from one request to the next.
    """

    _often = False

    def __init__(self, build: Callable[..., QuerySet[M]], *, key: Key | tuple[Key, ...]) -> None:
        super().__init__(build, key=key)

    def all(self, *keys: Any) -> list[M]:
        """The objects, in the order that the queryset asks for by `order_by`. One query."""
        rows, worded = self.rows(*keys)
        return [worded.object_of(row) for row in rows] if worded else []


def _word(build: Callable[..., QuerySet[Any, Any]], keys: Sequence[Key]) -> "_Worded":
    """A queryset in words. It is worded with two sets of values: what differs must be the keys themselves."""
    numbers = range(len(keys))
    first, second = (
        _Worded(build(*places), [_taken(place, key) for place, key in zip(places, keys, strict=True)])
        for places in (
            [_place(keys[number], number + shift) for number in numbers] for shift in (0, len(keys))
        )
    )
    if first.fixed != second.fixed:
        raise ValueError("what follows from a key is not kept: give it as a key of its own")
    return first


class _Worded:
    """The SQL of a queryset, and how a row of its result becomes an object; after that, nothing here changes."""

    def __init__(self, queryset: QuerySet[Any, Any], places: Sequence[Any]) -> None:
        asked = queryset if queryset.query.order_by else queryset.order_by()  # not the model's own
        compiler: Any = asked.query.get_compiler(using=DEFAULT_DB_ALIAS)
        self.sql, parameters = compiler.as_sql()
        self.parameters = list(parameters)
        self.places = [
            (at, places.index(value)) for at, value in enumerate(self.parameters) if value in places
        ]
        if {number for _, number in self.places} != set(range(len(places))):
            raise ValueError("each key stands in the query, exactly once or in several places")
        self.compiler, information = compiler, compiler.klass_info
        self.converters = compiler.get_converters(
            [column for column, _, _ in compiler.select[: compiler.col_count]]
        )
        if information is None:
            return
        own = information["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._model = information["model"]
        self._names = [column.target.attname for column, _, _ in compiler.select[self._own]]
        self._populators = get_related_populators(information, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
        self._annotated = dict(compiler.annotation_col_map or {})

    @property
    def fixed(self) -> tuple[Any, ...]:
        """All that is kept whatever the keys are."""
        others = self.parameters.copy()
        for place, _ in self.places:
            others[place] = None
        return self.sql, others, self.places

    def object_of(self, row: Sequence[Any]) -> Any:
        """The model's object with these values, and those that it is joined to."""
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for populator in self._populators:
            populator.populate(row, found)
        for name, place in self._annotated.items():
            setattr(found, name, row[place])
        return found


_AS_THEY_ARE = (CharField, TextField, IntegerField, BooleanField, ForeignKey)


def _way(field: Any) -> Callable[[Any, Any], Any] | None:
    """How a value of this field is written on a connection; None if as it is, as any driver takes it."""
    if isinstance(field, _AS_THEY_ARE):
        return None
    if (
        isinstance(field, FileField)
        or getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
    ):
        raise ValueError(f"{field} sets its own value: write it with the ORM")
    if isinstance(field, DateTimeField):
        return lambda value, connection: connection.ops.adapt_datetimefield_value(value)
    return lambda value, connection: field.get_db_prep_save(value, connection=connection)


class PreparedInsert(Generic[M]):
    """Adds one row of a model: `PreparedInsert(Script).add(script)`. It sends no signals; there are none to send.

    The values must be of their fields' own types: a number for a number, an aware datetime for an instant. With
    `ignore_conflicts` a row that breaks a unique constraint is dropped without a word, and has no number.
    """

    def __init__(self, model: type[M], *, ignore_conflicts: bool = False) -> None:
        self._model, self._ignore = model, ignore_conflicts
        self._worded: str | None = None
        self._fields = [f for f in model._meta.local_concrete_fields if not isinstance(f, AutoField)]
        self._ways = [(field.attname, _way(field)) for field in self._fields]
        plain = [field for field in self._fields if not (field.has_default() and callable(field.default))]
        self._defaults = {field.attname: field.get_default() for field in plain}

    def add(self, row: M) -> None:
        """Write a new row with the values of its fields, and give it its number. One statement."""
        row.pk = self.write(**{name: row.__dict__[name] for name, _ in self._ways})
        row._state.adding, row._state.db = row.pk is None, DEFAULT_DB_ALIAS

    def write(self, **given: Any) -> Any:
        """Write a new row with these values and the model's plain defaults, and give its number. One statement."""
        done = ask(*self._filled_in({**self._defaults, **given}))
        row = done.fetchone()
        done.close()  # a statement that has more to give would stand in the way of the commit
        return row and row[0]

    def tell(self, **given: Any) -> None:
        """As `write`, for a row whose number nobody needs: `tell` sends it with what comes next."""
        tell(*self._filled_in({**self._defaults, **given}))

    def tell_row(self, row: M) -> None:
        """As `add`, for a row whose number nobody needs; it gets none."""
        tell(*self._filled_in(row.__dict__))

    def _filled_in(self, held: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The statement, worded at the first time, and its values as the driver takes them."""
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._worded
        if statement is None:
            statement = self._worded = self._word(held)
        return statement, [way(held[name], connection) if way else held[name] for name, way in self._ways]

    def _word(self, held: Mapping[str, Any]) -> str:
        row = self._model(**{field.attname: held[field.attname] for field in self._fields})
        query = sql.InsertQuery(self._model, on_conflict=OnConflict.IGNORE if self._ignore else None)
        query.insert_values(self._fields, [row], raw=False)
        compiler: Any = query.get_compiler(using=DEFAULT_DB_ALIAS)
        compiler.returning_fields = self._model._meta.db_returning_fields
        ((statement, values),) = compiler.as_sql()
        if len(values) != len(self._fields):
            raise ValueError("a row is written from plain values, one for each of its fields")
        return str(statement)
