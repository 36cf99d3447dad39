"""The database wrapper: every transaction waits its turn before BEGIN IMMEDIATE."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base, operations
from django.db.utils import OperationalError

from goldenthread.config.flush import GuardStandsAside
from goldenthread.config.sqlite.queue import WriterQueue, queue_for
from goldenthread.config.sqlite.schema import DatabaseSchemaEditor

LONGEST_KEPT = 10_000  # characters: statements for thousands of rows are run once


class DatabaseOperations(GuardStandsAside, operations.DatabaseOperations):
    pass


class Cursor(base.SQLiteCursorWrapper):
    """Django's cursor, which rewrites the places of a statement's parameters once and not each time it is run."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        if param_names is not None or len(query) > LONGEST_KEPT:
            return str(super().convert_query(query, param_names=param_names))
        return _with_question_marks(query)


@lru_cache(maxsize=1000)
def _with_question_marks(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    SchemaEditorClass = DatabaseSchemaEditor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: WriterQueue | None = None

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor

    def ask(self, statement: str, values: Sequence[Any], *, often: bool = True) -> Any:
        """Run one statement, worded for Django's cursors, without their layers; gives a cursor of the driver's.

        The driver keeps statements that were run before as they are, whether asked `often` or not.
        Errors are Django's all the same. Whoever listens to statements (tests that count them) gets the layers back.
        """
        if self.connection is None or self.execute_wrappers or self.queries_logged:
            cursor = self.cursor()
            cursor.execute(statement, values)
            return cursor
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self.connection.execute(_with_question_marks(statement), values)

    def tell(self, statement: str, values: Sequence[Any]) -> None:
        """Run one statement whose answer nobody reads; there is no way to a server and back to spare here."""
        self.ask(statement, values).close()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _take_turn(self) -> None:
        if self._turn is not None:
            return
        queue = queue_for(str(self.settings_dict["NAME"]))
        if not queue.acquire(float(self.settings_dict["OPTIONS"].get("timeout", 20))):
            raise OperationalError("database is locked: the turn to write did not come in time")
        self._turn = queue

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            if not self._in_sqlite_transaction():
                self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _in_sqlite_transaction(self) -> bool:
        return self.connection is not None and bool(self.connection.in_transaction)
