"""The database wrapper: Django's own, but for emptying guarded tables, with prepared statements where it matters."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base, operations

from goldenthread.config.flush import GuardStandsAside
from goldenthread.config.postgresql.statements import Statements


class DatabaseOperations(GuardStandsAside, operations.DatabaseOperations):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _known: Statements | None = None

    def ask(self, statement: str, values: Sequence[Any], *, often: bool = True) -> Any:
        """Run one statement without the layers of Django's cursors; gives its rows as a cursor of the driver's does.

        One that is asked `often` is prepared by the server at its first time, for plans that suit any values. Errors
        are Django's all the same. Whoever listens to statements (tests that count them) gets the layers back.
        """
        if self.connection is None or self.execute_wrappers or self.queries_logged:
            cursor: Any = self.cursor()
            cursor.execute(statement, values)
            return cursor
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            if often and settings.PREPARED_STATEMENTS:
                return self._statements().run(statement, values)
            return self.create_cursor().execute(statement, values)

    def _statements(self) -> Statements:
        """What this connection has prepared; nothing yet, if it is new."""
        known = self._known
        if known is None or known.connection is not self.connection:
            known = self._known = Statements(self.connection)
        return known

    def _commit(self) -> None:
        if self.connection is None or self.queries_logged or not settings.PREPARED_STATEMENTS:
            super()._commit()  # type: ignore[misc]
            return
        with self.wrap_database_errors:
            self._statements().commit()

    def _close(self) -> None:
        self._known = None
        super()._close()  # type: ignore[misc]
