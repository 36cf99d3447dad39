"""The database wrapper: Django's own, but for emptying guarded tables."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations

from goldenthread.config.flush import GuardStandsAside


class DatabaseOperations(GuardStandsAside, operations.DatabaseOperations):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def ask(self, statement: str, values: Sequence[Any]) -> Any:
        """Run one statement without the layers of Django's cursors; gives a cursor of the driver's.

        Errors are Django's all the same. Whoever listens to statements (tests that count them) gets the layers back.
        """
        if self.connection is None or self.execute_wrappers or self.queries_logged:
            cursor: Any = self.cursor()
            cursor.execute(statement, values)
            return cursor
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self.create_cursor().execute(statement, values)
