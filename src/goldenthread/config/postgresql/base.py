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
        if self._goes_by_layers():
            cursor: Any = self.cursor()
            cursor.execute(statement, values)
            return cursor
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            if often and settings.PREPARED_STATEMENTS:
                return self._statements().run(statement, values)
            return self.create_cursor().execute(statement, values)

    def tell(self, statement: str, values: Sequence[Any]) -> None:
        """Run one statement whose answer nobody reads: within a transaction it goes with the next, or with its end.

        A fault is raised there.
        """
        if self._goes_by_layers() or not settings.PREPARED_STATEMENTS:
            self.ask(statement, values, often=False)
            return
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            self._statements().tell(statement, values)

    def create_cursor(self, name: str | None = None) -> Any:
        """The driver's cursor, behind whatever was told and waits."""
        self._send()
        return super().create_cursor(name)

    def _goes_by_layers(self) -> bool:
        return self.connection is None or bool(self.execute_wrappers) or self.queries_logged

    def _statements(self) -> Statements:
        """What this connection has prepared; nothing yet, if it is new."""
        known = self._known
        if known is None or known.connection is not self.connection:
            known = self._known = Statements(self.connection)
        return known

    def _commit(self) -> None:
        if self.connection is None or self.queries_logged or not settings.PREPARED_STATEMENTS:
            self._send()
            super()._commit()  # type: ignore[misc]
            return
        with self.wrap_database_errors:
            self._statements().commit()

    def _send(self) -> None:
        if self._known is not None and self._known.connection is self.connection:
            with self.wrap_database_errors:
                self._known.send()

    def _drop(self) -> None:
        if self._known is not None:
            self._known.drop()

    def _rollback(self) -> None:
        self._drop()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self._drop()  # all of it came after the savepoint, which was set by a cursor
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _close(self) -> None:
        self._known = None
        super()._close()  # type: ignore[misc]
