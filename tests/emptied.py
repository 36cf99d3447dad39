"""After a test whose transactions are its own, the tables that it has filled are emptied.

Django's way empties every table there is and makes content types and permissions anew, which takes longer than many of
these tests. What an empty database holds stays as it is; `tests/test_emptied.py` proves that nothing else does.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction

from goldenthread.common.models import ContentMark

STAY = (ContentType, Permission)


def empty(_test: Any = None) -> None:
    """In place of Django's `TransactionTestCase._fixture_teardown`."""
    names = filled()
    if not names:
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            # Neither foreign keys nor guards ask: all that is there goes.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f'DELETE FROM "{name}"' for name in names))
    else:
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), names))


def filled() -> list[str]:
    """The tables with a row that an empty database has not; that of the mark, which others' triggers write, is last."""
    with connection.cursor() as cursor:
        cursor.execute(_which_are_filled())
        found = {row[0] for row in cursor.fetchall()}
    mark = ContentMark._meta.db_table
    return [*sorted(found - {mark}), *(found & {mark})]


@cache
def _which_are_filled() -> str:
    found = apps.get_models(include_auto_created=True)
    tables = [model._meta.db_table for model in found if model not in STAY]
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables)
