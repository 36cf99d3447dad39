"""Rows changed past the product, as only somebody with the database's password could: a scene that no action leads to,
or a fault that has to be found.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from goldenthread.common import append_only, settled


@contextmanager
def unguarded() -> Iterator[None]:
    """With the guards of rows lifted, which are there again afterwards."""
    postgres = connection.vendor == "postgresql"
    if postgres:
        lift, put_back = (
            ["SET session_replication_role = replica"],
            ["SET session_replication_role = origin"],
        )
    else:
        lift = [*append_only.removals("sqlite", append_only.TABLES), *settled.removals("sqlite")]
        put_back = [*append_only.statements("sqlite", append_only.TABLES), *settled.statements(connection)]
    with connection.cursor() as cursor:
        for statement in lift:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in put_back:
                cursor.execute(statement)


def alter(rows: models.QuerySet[Any], **values: Any) -> int:
    """Give these rows other values; how many there are."""
    with unguarded():
        return rows.update(**values)


def remove(rows: models.QuerySet[Any]) -> None:
    """Take these rows away, and what hangs on them."""
    with unguarded():
        rows.delete()
