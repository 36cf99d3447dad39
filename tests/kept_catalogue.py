"""The catalogue as the product loads it, once for each process that runs tests; after that its rows are put back.

Nearly every test needs the catalogue, and reading, checking and storing it takes longer than most tests do.
`tests/test_kept_catalogue.py` proves that the rows are those that the product writes.
"""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from goldenthread.catalogue import actions
from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.models import Programme
from goldenthread.common.models import AuditEvent

MOST_VALUES = 30_000  # what SQLite takes in one statement
_kept: dict[datetime, list["_Rows"]] = {}


def load(at: datetime) -> None:
    """What `catalogue.actions.load` does to a database; on one that has a catalogue, or with files of one's own,
    it is done by that.
    """
    if installation_folders() or Programme.objects.exists() or _events():
        actions.load(by=None, at=at)
        return
    if at not in _kept:
        actions.load(by=None, at=at)
        rows = [_Rows(model) for model in _models()]
        _kept[at] = [*rows, _Rows(AuditEvent, _events())]
        return
    with transaction.atomic():
        for some in _kept[at]:
            some.put_back()


def _models() -> list[type[models.Model]]:
    """The catalogue's tables, whichever there are; foreign keys are checked when all are filled."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("goldenthread.catalogue.")
    ]


def _events() -> list[int]:
    """The audit events of the catalogue's subjects; everything else in the trail is others'."""
    subjects = models.Q()
    for model in _models():
        subjects |= models.Q(subject__startswith=f"{model._meta.model_name}:")
    return list(AuditEvent.objects.filter(subjects).order_by("pk").values_list("pk", flat=True))


class _Rows:
    """The rows of one table as the driver gives them, so that it takes them as they are."""

    def __init__(self, model: type[models.Model], only: list[int] | None = None) -> None:
        # Events get new numbers, since the trail may hold others by now; everything else is pointed at by its own.
        fields = [
            field for field in model._meta.local_concrete_fields if only is None or not field.primary_key
        ]
        quote = connection.ops.quote_name
        table, columns = quote(model._meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
        chosen = "" if only is None else f" WHERE id IN ({', '.join(map(str, only))})"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {table}{chosen} ORDER BY id")
            rows = cursor.fetchall()
        self._into, self._row = (
            f"INSERT INTO {table} ({columns}) VALUES ",
            f"({', '.join(['%s'] * len(fields))})",
        )
        at_once = MOST_VALUES // len(fields)
        self._parts = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        self._written: list[str] | None = None

    def put_back(self) -> None:
        """PostgreSQL's driver writes values into the statement: that is done once, and the words are kept."""
        with connection.cursor() as cursor:
            if self._written is not None:
                for statement in self._written:
                    cursor.execute(statement)
                return
            written = []
            for rows in self._parts:
                values: list[Any] = [value for row in rows for value in row]
                statement = self._into + ", ".join([self._row] * len(rows))
                cursor.execute(statement, values)
                if connection.vendor == "postgresql":
                    written.append(cursor.mogrify(statement, values))
        if connection.vendor == "postgresql":
            self._written = written
