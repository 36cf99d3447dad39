"""The database wrapper: emptying every table (`flush`) is the one time that the append-only guard stands aside."""

from typing import Any

from django.db.backends.postgresql import base, operations

from goldenthread.common import append_only


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: Any, **kwargs: Any) -> list[str]:
        """What `flush` does, with the guards lifted before and put back after."""
        guarded = tuple(table for table in append_only.TABLES if table in tables)
        return [
            *append_only.removals("postgresql", guarded),
            *super().sql_flush(style, tables, **kwargs),
            *append_only.statements("postgresql", guarded),
        ]


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
