"""Many rows of one model as the database takes them: worded and valued before they are written, then sent at once.

SQLite is quickest with one statement that is run for each row. PostgreSQL would parse and plan that each time: it gets
statements for many rows, with the values written into them beforehand.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

Run = Callable[[], None]
AT_ONCE = 500  # rows in one statement
_AS_THEY_ARE = (models.IntegerField, models.ForeignKey)


def inserting(rows: Sequence[models.Model], *, or_nothing: bool = False) -> Run:
    """Gives what inserts these rows of one model, with their numbers if they have some; values are taken now.

    With `or_nothing` rows that break a unique constraint are left out without a word.
    """
    meta = rows[0]._meta
    numbered = rows[0].pk is not None
    fields = [one for one in meta.local_concrete_fields if numbered or not one.primary_key]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    head = f'INSERT INTO "{meta.db_table}" ({columns}) VALUES '  # noqa: S608 -- names of our own tables
    tail = " ON CONFLICT DO NOTHING" if or_nothing else ""
    return _sending(lambda count: head + ", ".join([places] * count) + tail, _values(fields, rows))


def changing(rows: Sequence[models.Model], fields: Iterable[str]) -> Run:
    """Gives what writes these fields of rows of one model that are there; values are taken now."""
    meta = rows[0]._meta
    changed: list[Any] = [meta.get_field(name) for name in fields]
    named = ", ".join(f'"{one.column}" = %s' for one in changed)
    statement = f'UPDATE "{meta.db_table}" SET {named} WHERE "{meta.pk.column}" = %s'  # noqa: S608
    return _sending(lambda count: "; ".join([statement] * count), _values([*changed, meta.pk], rows))


def _sending(worded: Callable[[int], str], values: Sequence[Sequence[Any]]) -> Run:
    """`worded` gives the statement for so many rows."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    texts: list[str] = []
    if connection.vendor == "postgresql":
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            texts.append(
                connection.ops.compose_sql(worded(len(some)), [value for row in some for value in row])
            )

    def run() -> None:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            if connection.vendor != "postgresql":
                cursor.executemany(worded(1), values)
            for text in texts:
                cursor.execute(text)

    return run


def _values(fields: Sequence[Any], rows: Iterable[models.Model]) -> list[list[Any]]:
    ways = [(one.attname, _way(one)) for one in fields]
    return [[way(row.__dict__[name]) if way else row.__dict__[name] for name, way in ways] for row in rows]


def _way(field: Any) -> Callable[[Any], Any] | None:
    """How a value of this field becomes the driver's; None if it is taken as it is."""
    if isinstance(field, _AS_THEY_ARE):
        return None
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        raise ValueError(f"{field} sets its own value: write it with the ORM")
    connection = connections[DEFAULT_DB_ALIAS]
    if isinstance(field, models.DateTimeField):
        return lambda value: connection.ops.adapt_datetimefield_value(value)
    return lambda value: field.get_db_prep_save(value, connection=connection)
