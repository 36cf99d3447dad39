"""The triggers of tables, each called by its table and an ending: which are lost, and making them."""

from collections.abc import Iterable, Sequence
from typing import Any


def missing(database: Any, tables: Iterable[str], endings: Sequence[str]) -> list[str]:
    """The tables that lack a trigger of one of these endings, or have it turned off; empty when all is well."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
            if database.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        there = {row[0] for row in cursor.fetchall()}
    return [table for table in tables if not there.issuperset(f"{table}_{ending}" for ending in endings)]


def run(database: Any, statements: Iterable[str]) -> None:
    """Run each of the statements now."""
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def migrate(schema_editor: Any, statements: Iterable[str]) -> None:
    """Run each of the statements as a part of a migration."""
    for statement in statements:
        schema_editor.execute(statement, params=None)
