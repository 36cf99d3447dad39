"""Database triggers that let rows be added to a table but neither changed nor removed."""

from typing import Any

TABLES = ("goldenthread_auditevent", "goldenthread_auditanchor", "goldenthread_ledgerentry")

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION goldenthread_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % rows are never changed or removed', TG_TABLE_NAME; END $$
"""


def statements(vendor: str, tables: tuple[str, ...]) -> list[str]:
    """The SQL that guards `tables` on a database of kind `vendor` ("sqlite" or "postgresql")."""
    if vendor == "postgresql":
        return [_POSTGRES_FUNCTION] + [
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION goldenthread_append_only()"
            for table in tables
        ]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'append-only: rows are never changed or removed'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]


def removals(vendor: str, tables: tuple[str, ...]) -> list[str]:
    """The SQL that lifts the guard."""
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in tables]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in tables for verb in ("update", "delete")]


def install(schema_editor: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Guard `tables`; for a migration."""
    for statement in statements(schema_editor.connection.vendor, tables):
        schema_editor.execute(statement, params=None)


def remove(schema_editor: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Lift the guard; for a migration's way back."""
    for statement in removals(schema_editor.connection.vendor, tables):
        schema_editor.execute(statement, params=None)
