"""Database triggers that let rows be added to a table but neither changed nor removed, one by one or all at once.

SQLite fires them for the rows that a REPLACE pushes out only with `recursive_triggers`, which the settings turn
on. A migration that alters a guarded table builds it anew there, without its triggers: it must `install` them
again. `missing` tells when one didn't. Rows that stand only from some point on are guarded in `settled`.

Rows that live only for a time may be removed, still not changed, once their owner has a row in another table that says
so: `REMOVED_WITH`. On SQLite a migration that alters such another table must lift the guard before and put it back.
"""

from typing import Any

from goldenthread.common import triggers

TABLES = (
    "goldenthread_auditevent",
    "goldenthread_auditanchor",
    "goldenthread_ledgerentry",
    "goldenthread_caseaccess",
    "goldenthread_boardmeeting",
    "goldenthread_writingstep",
    "goldenthread_writingremoval",
    "goldenthread_payrate",
    "goldenthread_payrun",
    "goldenthread_paydecision",
    "goldenthread_payentry",
    "goldenthread_payword",
    "goldenthread_discussionmessage",
    "goldenthread_discussionanswer",
    "goldenthread_markchange",
    "goldenthread_earlierlook",
    "goldenthread_setaside",
    "goldenthread_handedback",
    "goldenthread_nationalmark",
)
# Of a guarded table: the table that says whose rows may go, and the column that both have.
REMOVED_WITH = {"goldenthread_writingstep": ("goldenthread_writingremoval", "sitting_id")}

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION goldenthread_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % rows are never changed or removed', TG_TABLE_NAME; END $$
"""
_POSTGRES_REMOVABLE = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM {said_in} WHERE {column} = OLD.{column}) THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION 'append-only: % rows are never changed or removed', TG_TABLE_NAME;
END $$
"""
_POSTGRES_TRIGGERS = (
    ("append_only", "UPDATE OR DELETE", "ROW"),
    ("never_emptied", "TRUNCATE", "STATEMENT"),
)


def statements(vendor: str, tables: tuple[str, ...]) -> list[str]:
    """The SQL that guards `tables` on a database of kind `vendor` ("sqlite" or "postgresql")."""
    if vendor == "postgresql":
        return _postgres_functions(tables) + [
            f"CREATE OR REPLACE TRIGGER {table}_{name} BEFORE {verbs} ON {table} FOR EACH {each} "
            f"EXECUTE FUNCTION {table if table in REMOVED_WITH else 'goldenthread'}_append_only()"
            for table in tables
            for name, verbs, each in _POSTGRES_TRIGGERS
        ]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} {_unless(table, verb)}"
        "BEGIN SELECT RAISE(ABORT, 'append-only: rows are never changed or removed'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]


def _postgres_functions(tables: tuple[str, ...]) -> list[str]:
    removable = [(table, *REMOVED_WITH[table]) for table in tables if table in REMOVED_WITH]
    return [
        _POSTGRES_FUNCTION,
        *(
            _POSTGRES_REMOVABLE.format(table=table, said_in=said_in, column=column)
            for table, said_in, column in removable
        ),
    ]


def _unless(table: str, verb: str) -> str:
    """The condition under which SQLite forbids it: always, or unless the removal was said before."""
    if verb != "DELETE" or table not in REMOVED_WITH:
        return ""
    said_in, column = REMOVED_WITH[table]
    return f"WHEN NOT EXISTS (SELECT 1 FROM {said_in} WHERE {column} = OLD.{column}) "  # noqa: S608


def removals(vendor: str, tables: tuple[str, ...]) -> list[str]:
    """The SQL that lifts the guard."""
    if vendor == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
            for table in tables
            for name, _, _ in _POSTGRES_TRIGGERS
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in tables for verb in ("update", "delete")]


def missing(connection: Any) -> list[str]:
    """The guarded tables that the database would let anybody change; empty when all is well."""
    postgres = connection.vendor == "postgresql"
    endings = [name for name, _, _ in _POSTGRES_TRIGGERS] if postgres else ["no_update", "no_delete"]
    return triggers.missing(connection, TABLES, endings)


def restore(connection: Any) -> list[str]:
    """Put back the guards that are missing; returns the tables that had none."""
    tables = missing(connection)
    triggers.run(connection, statements(connection.vendor, tuple(tables)) if tables else [])
    return tables


def install(schema_editor: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Guard `tables`; for a migration."""
    triggers.migrate(schema_editor, statements(schema_editor.connection.vendor, tables))


def remove(schema_editor: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Lift the guard; for a migration's way back."""
    triggers.migrate(schema_editor, removals(schema_editor.connection.vendor, tables))
