"""A token that the database gives anew whenever what visitors may read changes, so that a page made before is known to
be out of date by one small query, in every process.

Triggers do it, since no action, load or correction by hand can forget them. SQLite loses the triggers of a table that a
migration builds anew: that migration must `install` them again; `missing` tells when one didn't.
"""

from typing import Any
from uuid import uuid4

from django.db import connection

from goldenthread.common import triggers

TABLES = (
    "goldenthread_programme",
    "goldenthread_programme_replaced_by",
    "goldenthread_programmeversion",
    "goldenthread_framework",
    "goldenthread_contentarea",
    "goldenthread_statement",
    "goldenthread_evidence",
    "goldenthread_evidenceuse",
    "goldenthread_variant",
    "goldenthread_statementlink",
    "goldenthread_intake",
    "goldenthread_testimonial",
    "goldenthread_brand",
    "goldenthread_contactpoint",
    "goldenthread_claim",
    "goldenthread_organisation",
    "goldenthread_organisationrole",
)
VERBS = ("INSERT", "UPDATE", "DELETE")
_CURRENT = "SELECT token FROM goldenthread_contentmark WHERE id = 1"
# Two statements, as the conflict clause of the statement that fires a trigger overrides an upsert's inside it.
_SQLITE_ANEW = (
    "INSERT OR IGNORE INTO goldenthread_contentmark (id, token) VALUES (1, ''); "
    "UPDATE goldenthread_contentmark SET token = hex(randomblob(16)) WHERE id = 1;"
)
_ANEW = (
    "INSERT INTO goldenthread_contentmark (id, token) VALUES (1, %s) "
    "ON CONFLICT (id) DO UPDATE SET token = excluded.token"
)
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION goldenthread_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO goldenthread_contentmark (id, token) VALUES (1, gen_random_uuid()::text)
  ON CONFLICT (id) DO UPDATE SET token = excluded.token;
  RETURN NULL;
END $$
"""


def current() -> str:
    """The token of what visitors may read now; "" for an emptied database. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def statements(vendor: str, tables: tuple[str, ...] = TABLES) -> list[str]:
    """The SQL that watches `tables` on a database of kind `vendor` ("sqlite" or "postgresql")."""
    if vendor == "postgresql":
        return [_POSTGRES_FUNCTION] + [
            f"CREATE OR REPLACE TRIGGER {table}_content AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION goldenthread_content_changed()"
            for table in tables
        ]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_content_{verb.lower()} AFTER {verb} ON {table} BEGIN {_SQLITE_ANEW} END"
        for table in tables
        for verb in VERBS
    ]


def removals(vendor: str, tables: tuple[str, ...] = TABLES) -> list[str]:
    """The SQL that stops watching."""
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {table}_content ON {table}" for table in tables]
    return [f"DROP TRIGGER IF EXISTS {table}_content_{verb.lower()}" for table in tables for verb in VERBS]


def missing(database: Any) -> list[str]:
    """The tables that can change without a new token; empty when all is well."""
    each_verb = [f"content_{verb.lower()}" for verb in VERBS]
    return triggers.missing(database, TABLES, ["content"] if database.vendor == "postgresql" else each_verb)


def restore(database: Any) -> list[str]:
    """Watch the tables that were not watched any more; returns them."""
    tables = missing(database)
    if tables:
        triggers.run(database, statements(database.vendor, tuple(tables)))
        with database.cursor() as cursor:
            cursor.execute(*_anew())  # who knows what was changed meanwhile
    return tables


def _anew() -> tuple[str, list[str]]:
    """The statement that gives a new token whatever was there, with its parameters."""
    return _ANEW, [uuid4().hex]


def install(schema_editor: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Watch `tables`; for a migration."""
    triggers.migrate(schema_editor, statements(schema_editor.connection.vendor, tables))
    schema_editor.execute(*_anew())


def remove(schema_editor: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Stop watching; for a migration's way back."""
    triggers.migrate(schema_editor, removals(schema_editor.connection.vendor, tables))
