"""Statements that the server parses and plans once for each connection, run with as little as lies between.

The driver's cursors send a statement with its values written into it, so that the server parses and plans it each time,
and wait for the answer in Python. What every hand-in asks is prepared by name instead and run by the driver's own
wrapper of libpq (`psycopg.pq`), which waits without Python. Values and rows are adapted by the driver as ever.
"""

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from psycopg import OperationalError, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

_PLACES = re.compile(r"%(s|%)")
_GIVES, _DONE = pq.ExecStatus.TUPLES_OK, (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
_IDLE, _BROKEN = pq.TransactionStatus.IDLE, pq.ConnStatus.BAD
# The statement is not known any more (a pooler gave us another server's connection), or its table has other columns.
_FORGOTTEN = ("26000", "0A000")


class Rows:
    """What a statement gave, all of it, as a cursor of the driver hands it out."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._next = 0

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row; None if there is none."""
        if self._next >= len(self._rows):
            return None
        self._next += 1
        return self._rows[self._next - 1]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows that were not fetched yet."""
        rest, self._next = self._rows[self._next :], len(self._rows)
        return rest

    def close(self) -> None:
        """Nothing is held."""


_numbers = itertools.count(1)
_NOTHING: list[tuple[Any, ...]] = []


class Statements:
    """The statements that one connection of the driver has prepared."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._line = connection.pgconn
        self._adapter = Transformer(connection)
        self._names: dict[str, bytes] = {}

    def run(self, statement: str, values: Sequence[Any]) -> Rows:
        """Run a statement with `%s` for each value, in the transaction that is open or begins with it."""
        line = self._line
        if line.transaction_status == _IDLE and not self.connection.autocommit:
            self._begin()
        given = self._adapter.dump_sequence(values, _as_text(len(values)))
        done = line.exec_prepared(self._names.get(statement) or self._prepared(statement), given)
        if done.status not in _DONE:
            fault = self._fault(done)
            if fault.sqlstate not in _FORGOTTEN:
                raise fault
            self._names.clear()
            if line.transaction_status != _IDLE:
                raise fault
            done = self._well(line.exec_prepared(self._prepared(statement), given))
        if done.status != _GIVES:
            return Rows(_NOTHING)
        self._adapter.set_pgresult(done)
        return Rows(self._adapter.load_rows(0, done.ntuples, tuple))

    def commit(self) -> None:
        """End the transaction, if one is open."""
        if self._line.transaction_status != _IDLE:
            self._well(self._line.exec_(b"COMMIT"))

    def _begin(self) -> None:
        self._well(self._line.exec_(b"BEGIN"))

    def _prepared(self, statement: str) -> bytes:
        """The name under which the server knows the statement. It finds the values' types where they stand."""
        # A name is never given twice, also after what was known was forgotten.
        name = f"goldenthread_{next(_numbers)}".encode()
        self._well(self._line.prepare(name, _numbered(statement)))
        self._names[statement] = name
        return name

    def _well(self, done: Any) -> Any:
        if done.status not in _DONE:
            raise self._fault(done)
        return done

    def _fault(self, done: Any) -> Any:
        if self._line.status == _BROKEN:
            return OperationalError(done.get_error_message())
        return error_from_result(done)


@lru_cache(maxsize=1000)
def _numbered(statement: str) -> bytes:
    """The statement with `$1`, `$2` and so on for its values."""
    places = iter(range(1, 10_000))
    return _PLACES.sub(lambda found: f"${next(places)}" if found[1] == "s" else "%", statement).encode()


@lru_cache(maxsize=100)
def _as_text(count: int) -> list[PyFormat]:
    return [PyFormat.TEXT] * count
