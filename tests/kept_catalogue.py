"""The catalogue as the product loads it, once for each process that runs tests; after that its rows are put back.

Nearly every test needs the catalogue, and reading, checking and storing it takes longer than most tests do.
`tests/test_kept_catalogue.py` proves that the rows are those that the product writes.
"""

from datetime import datetime

from django.apps import apps
from django.db import connection, models, transaction

from goldenthread.catalogue import actions
from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.models import Programme
from goldenthread.common.models import AuditEvent
from tests.kept_rows import Statement, as_stored, insertion, watch

_kept: dict[datetime, list[Statement]] = {}


def load(at: datetime) -> None:
    """What `catalogue.actions.load` does to a database; on one that has a catalogue, or with files of one's own,
    it is done by that.
    """
    if installation_folders() or Programme.objects.exists() or _events():
        actions.load(by=None, at=at)
        return
    if at not in _kept:
        actions.load(by=None, at=at)
        rows = [_rows_of(model) for model in _models()]
        _kept[at] = [*rows, _rows_of(AuditEvent, _events())]
        return
    with transaction.atomic():
        for some in _kept[at]:
            watch.saw(some.words)
            some.write()


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


def _rows_of(model: type[models.Model], only: list[int] | None = None) -> Statement:
    """What puts back the rows of one table; with `only` those of these numbers, which are given anew."""
    # Events get new numbers, since the trail may hold others by now; everything else is pointed at by its own.
    fields = [field for field in model._meta.local_concrete_fields if only is None or not field.primary_key]
    table, columns = model._meta.db_table, [str(field.column) for field in fields]
    chosen = "" if only is None else f" WHERE id IN ({', '.join(map(str, only))})"
    with connection.cursor() as cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.execute(f'SELECT {names} FROM "{table}"{chosen} ORDER BY id')
        return insertion(table, columns, as_stored(cursor.fetchall()))
