"""Emptying every table (`flush`) is the one time that the guards of rows stand aside; for both back ends."""

from typing import Any

from goldenthread.common import append_only, settled


class GuardStandsAside:
    """For a back end's DatabaseOperations: `flush` with the guards lifted before and put back after."""

    connection: Any

    def sql_flush(self, style: Any, tables: Any, **kwargs: Any) -> list[str]:
        """The statements that empty `tables`."""
        vendor = self.connection.vendor
        guarded = tuple(table for table in append_only.TABLES if table in tables)
        standing = tuple(table for table in settled.TABLES if table in tables)
        emptying: list[str] = super().sql_flush(style, tables, **kwargs)  # type: ignore[misc]
        return [
            *append_only.removals(vendor, guarded),
            *settled.removals(vendor, standing),
            *emptying,
            *append_only.statements(vendor, guarded),
            *settled.statements(self.connection, standing),
        ]
