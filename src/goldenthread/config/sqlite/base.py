"""The database wrapper: every transaction waits its turn before BEGIN IMMEDIATE."""

from typing import Any

from django.db.backends.sqlite3 import base, operations
from django.db.utils import OperationalError

from goldenthread.config.flush import GuardStandsAside
from goldenthread.config.sqlite.queue import WriterQueue, queue_for


class DatabaseOperations(GuardStandsAside, operations.DatabaseOperations):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: WriterQueue | None = None

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
