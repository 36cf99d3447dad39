"""Tables that a migration builds anew keep their triggers, and so do those whose triggers look at them."""

from typing import Any

from django.db.backends.sqlite3 import schema

_OF_OTHERS_TOO = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND instr(sql, %s) > 0"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """SQLite drops a table's triggers with it, and refuses to rename one in place of it that another trigger names."""

    def _remake_table(self, model: Any, *args: Any, **how: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(_OF_OTHERS_TOO, [model._meta.db_table])
            lifted = cursor.fetchall()
        for name, _ in lifted:
            self.execute(f'DROP TRIGGER "{name}"', params=None)
        super()._remake_table(model, *args, **how)  # type: ignore[misc]
        for _, statement in lifted:
            self.execute(statement, params=None)
