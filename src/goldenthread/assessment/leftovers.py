"""Clear what a database keeps of rows that stood in clear before they were sealed: free pages, dead rows, the log.

`goldenthread prepare` asks before it migrates and clears afterwards. Backups from before can't be reached from here.
"""

from typing import Any

TABLES = ("goldenthread_casestudy", "goldenthread_markpoint")


def in_clear(connection: Any) -> bool:
    """Whether case studies stand in clear: their table has the old column and rows."""
    with connection.cursor() as cursor:
        if TABLES[0] not in connection.introspection.table_names(cursor):
            return False
        columns = {one.name for one in connection.introspection.get_table_description(cursor, TABLES[0])}
        if "body" not in columns:
            return False
        cursor.execute(f"SELECT count(*) FROM {TABLES[0]}")  # noqa: S608
        return bool(cursor.fetchone()[0])


def clear(connection: Any) -> None:
    """Write the tables anew without what was removed from them; outside a transaction. Locks them for seconds."""
    statements = (
        ["PRAGMA secure_delete = ON", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"]
        if connection.vendor == "sqlite"
        else [f"VACUUM FULL {table}" for table in TABLES]
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
