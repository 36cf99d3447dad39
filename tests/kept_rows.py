"""What one step of a scene wrote: its tables before and after compared, and the difference written once more.

Rows are kept as the driver gives them, so that the database gets back exactly what it held.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, connections, models
from django.db.backends.utils import CursorWrapper

from goldenthread.common.models import ContentMark

Row = tuple[Any, ...]
Rows = Mapping[Any, Row]  # by primary key, which is the first value
# What an empty database has, what triggers write, and what signing in writes.
NOT_OF_A_SCENE = (ContentMark, ContentType, Permission, Session)
READS = ("SELECT", "(SELECT", "SAVEPOINT", "RELEASE", "SET ", "PRAGMA", "SHOW", "EXPLAIN", "LOCK", "BEGIN")
_WRITTEN = re.compile(r'(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
_SIGNS_IN = re.compile(r'.{6,12} "django_session"|UPDATE "goldenthread_user" SET "last_login" = \S+ WHERE ')


def _driver() -> Any:
    """A cursor of PostgreSQL's driver, past all who listen, behind what was told and waits to be sent."""
    wrapper: Any = connection
    return wrapper.create_cursor()


class Watch:
    """Counts every statement that may have changed the database, and notes its table while a step is built.

    A transaction that is taken back counts too. What only reads doesn't, nor does signing in.
    """

    def __init__(self) -> None:
        self.count = 0
        self.noted: set[str] | None = None

    def saw(self, statement: object) -> None:
        words = statement if isinstance(statement, str) else str(statement)
        if words.startswith(READS) or words.lstrip().startswith(READS):
            return
        if _SIGNS_IN.match(words):
            return
        self.count += 1
        if self.noted is not None and not words.startswith("ROLLBACK"):
            found = _WRITTEN.match(words.lstrip())
            self.noted.update([found[1]] if found else tables())


watch = Watch()


def _listen() -> None:
    """Every statement goes through one of these; they are replaced once for each process."""
    wrapper: Any = type(connections["default"])
    run, run_many = CursorWrapper._execute, CursorWrapper._executemany  # type: ignore[attr-defined]
    ask, tell = wrapper.ask, wrapper.tell

    def execute(self: Any, statement: Any, *rest: Any) -> Any:
        watch.saw(statement)
        return run(self, statement, *rest)

    def executemany(self: Any, statement: Any, *rest: Any) -> Any:
        watch.saw(statement)
        return run_many(self, statement, *rest)

    def asked(self: Any, statement: str, values: Sequence[Any], **how: Any) -> Any:
        watch.saw(statement)
        return ask(self, statement, values, **how)

    def told(self: Any, statement: str, values: Sequence[Any]) -> None:
        watch.saw(statement)
        tell(self, statement, values)

    CursorWrapper._execute, CursorWrapper._executemany = execute, executemany  # type: ignore[attr-defined]
    wrapper.ask, wrapper.tell = asked, told


_listen()


@cache
def tables() -> dict[str, list[str]]:
    """Every table that a scene may fill, with its columns; the primary key is the first."""
    return {model._meta.db_table: _columns(model) for model in _models()}


def _models() -> list[type[models.Model]]:
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model not in NOT_OF_A_SCENE]


def _columns(model: type[models.Model]) -> list[str]:
    """Without the last time that somebody signed in: nobody has in a scene."""
    fields = [field for field in model._meta.local_concrete_fields if field.name != "last_login"]
    return [str(field.column) for field in sorted(fields, key=lambda field: not field.primary_key)]


@cache
def _is_anything_there() -> str:
    """Asks only the tables whose rows need no row of another table: where they are empty, all are."""

    def needs_another(model: type[models.Model]) -> bool:
        fields = model._meta.local_concrete_fields
        return any(
            field.is_relation and not field.null and field.related_model is not model for field in fields
        )

    roots = [model._meta.db_table for model in _models() if not needs_another(model)]
    return "SELECT " + " OR ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in roots)


def nothing_is_there() -> bool:
    """Whether the database is as migrations leave it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_is_anything_there())
        return not cursor.fetchone()[0]


def read(names: Iterable[str]) -> dict[str, dict[Any, Row]]:
    """The rows of these tables by primary key; tables that no scene may fill are left out."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(tables().keys() & set(names)):
            columns = tables()[name]
            cursor.execute(f'SELECT {_list(columns)} FROM "{name}" ORDER BY "{columns[0]}"')
            found[name] = {row[0]: row for row in as_stored(cursor.fetchall())}
    return found


def as_stored(rows: list[Row]) -> list[Row]:
    """What SQLite's driver reads as something else is kept as SQLite has it; it takes longer to write."""
    others = _OTHERS if connection.vendor == "sqlite" else (memoryview,)
    return [tuple([_plain(value) if isinstance(value, others) else value for value in row]) for row in rows]


_OTHERS = (memoryview, date, time)


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()


def _list(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


class Statement:
    """One statement with the rows of values that it is run for, by the driver itself."""

    def __init__(self, words: str, places: str, rows: Sequence[Row]) -> None:
        self.words, self._places, self._rows = words, places, rows
        self._written: str | None = None

    def write(self) -> None:
        """What listens for statements is not told: whoever writes tells it, or knows where that leads."""
        if not self._rows:
            return
        if connection.vendor == "postgresql":
            _driver().execute(self.for_postgres())
        else:
            connection.connection.executemany(self.words + self._places.replace("%s", "?"), self._rows)

    def for_postgres(self) -> str:
        """With all values in it, as the driver writes them: that is done once."""
        if self._written is None:
            values = [value for row in self._rows for value in row]
            places = ", ".join([self._places] * len(self._rows))
            with connection.cursor() as cursor:
                self._written = cursor.mogrify(self.words + places, values)
        return self._written


def insertion(table: str, columns: Sequence[str], rows: Sequence[Row]) -> Statement:
    """What writes these rows into these columns of a table."""
    places = f"({', '.join(['%s'] * len(columns))})"
    return Statement(f'INSERT INTO "{table}" ({_list(columns)}) VALUES ', places, rows)


_additions: dict[tuple[str, tuple[Row, ...]], Statement] = {}


def _addition(table: str, rows: tuple[Row, ...]) -> Statement:
    """The same rows, as the catalogue's are in every scene, are kept once."""
    return _additions.setdefault((table, rows), insertion(table, tables()[table], rows))


def _change(table: str, old: Row, new: Row) -> Statement:
    columns = tables()[table]
    moved = [place for place, value in enumerate(new) if value != old[place]]
    sets = ", ".join(f'"{columns[place]}" = %s' for place in moved)
    values = (*(new[place] for place in moved), new[0])
    return Statement(f'UPDATE "{table}" SET ', f'{sets} WHERE "{columns[0]}" = %s', [values])


class Difference:
    """What is to be written to a database with the rows `before` so that these tables hold those of `after`."""

    def __init__(self, before: Mapping[str, Rows], after: Mapping[str, Rows]) -> None:
        self.tables = set(after)
        self.takes_away = any(before.get(table, {}).keys() - rows.keys() for table, rows in after.items())
        changes, additions = [], []
        for table, rows in after.items():
            old = before.get(table, {})
            changes += [
                _change(table, old[key], row) for key, row in rows.items() if old.get(key, row) != row
            ]
            if added := tuple(row for key, row in rows.items() if key not in old):
                additions.append(_addition(table, added))
        self._statements = [*changes, *additions]

    def write(self) -> None:
        """In one go on PostgreSQL. The numbers that the driver's database gives out are beyond these already."""
        if connection.vendor == "postgresql":
            if self._statements:
                _driver().execute("; ".join(each.for_postgres() for each in self._statements))
            return
        for each in self._statements:
            each.write()
