"""Statements that the server parses and plans once for each connection, run with as little as lies between.

The driver's cursors send a statement with its values written into it, so that the server parses and plans it each time,
and wait for the answer in Python. What every hand-in asks is prepared by name instead and run by the driver's own
wrapper of libpq (`psycopg.pq`), which waits without Python. Values and rows are adapted by the driver as ever.

Each answer costs a way to the server and back. So what nobody reads the answer of is not sent by itself: it goes with
the next statement that is asked, or with the end of the transaction, and its fault shows there. The beginning of a
transaction goes with its first statement.
"""

import itertools
import re
import select
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from psycopg import OperationalError, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

_PLACES = re.compile(r"%(s|%)")
_GIVES, _DONE = pq.ExecStatus.TUPLES_OK, (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
# A prepared statement, by its name, with its values; without any, the words of a statement.
_Sent = tuple[bytes, Sequence[Any] | None]
_BEGIN: _Sent = (b"BEGIN", None)
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
        self._waiting: list[_Sent] = []

    def run(self, statement: str, values: Sequence[Any]) -> Rows:
        """Run a statement with `%s` for each value, in the transaction that is open or begins with it."""
        sent = self._named(statement, values)
        if self._waiting or (not self.connection.autocommit and self._line.transaction_status == _IDLE):
            done = self._together(sent)
        else:
            done = self._line.exec_prepared(*sent)
            if done.status not in _DONE:
                done = self._anew(done, statement, values)
        if done.status != _GIVES:
            return Rows(_NOTHING)
        self._adapter.set_pgresult(done)
        return Rows(self._adapter.load_rows(0, done.ntuples, tuple))

    def tell(self, statement: str, values: Sequence[Any]) -> None:
        """As `run`, for an answer that nobody reads: within a transaction it goes with what is sent next."""
        if self.connection.autocommit:
            self.run(statement, values)
        else:
            self._waiting.append(self._named(statement, values))

    def send(self) -> None:
        """Send what waits, for whoever goes past this class to the driver."""
        if self._waiting:
            self._together()

    def drop(self) -> None:
        """Forget what waits, for a transaction that is given up."""
        self._waiting.clear()

    def commit(self) -> None:
        """End the transaction, if one is open."""
        if self._waiting:
            self._together((b"COMMIT", None))
        elif self._line.transaction_status != _IDLE:
            self._well(self._line.exec_(b"COMMIT"))

    def _anew(self, done: Any, statement: str, values: Sequence[Any]) -> Any:
        """The answer of a statement that the server had forgotten; raises any other fault, and within a transaction."""
        fault = self._fault(done)
        if fault.sqlstate in _FORGOTTEN:
            self._names.clear()
        if fault.sqlstate not in _FORGOTTEN or self._line.transaction_status != _IDLE:
            raise fault
        return self._well(self._line.exec_prepared(*self._named(statement, values)))

    def _named(self, statement: str, values: Sequence[Any]) -> _Sent:
        """A statement by its name, with its values as they go over the line."""
        given = self._adapter.dump_sequence(values, _as_text(len(values)))
        return self._names.get(statement) or self._prepared(statement), given

    def _together(self, *last: _Sent) -> Any:
        """Send the beginning of the transaction if it is due, what waits, and `last`; gives the answer to the last."""
        begins = [_BEGIN] if self._line.transaction_status == _IDLE else []
        all_of_it = [*begins, *self._waiting, *last]
        self._waiting.clear()
        answers = self._sent(all_of_it)
        fault = next((one for one in answers if one.status not in _DONE), None)
        if fault is None:
            return answers[-1]
        found = self._fault(fault)
        if found.sqlstate in _FORGOTTEN:
            self._names.clear()
        raise found

    def _sent(self, statements: Sequence[_Sent]) -> list[Any]:
        """Send several statements before the first answer is read; gives all answers, in order."""
        line = self._line
        line.enter_pipeline_mode()
        try:
            for name, given in statements:
                if given is None:
                    line.send_query_params(name, None)
                else:
                    line.send_query_prepared(name, given)
            line.pipeline_sync()
            while line.flush():  # more than the line takes at once
                self._wait(select.POLLIN | select.POLLOUT)
                line.consume_input()
            answers = [self._answer() for _ in statements]
            self._next()  # of the sync itself
        finally:
            if line.status != _BROKEN:
                line.exit_pipeline_mode()
        return answers

    def _answer(self) -> Any:
        """One statement's answer, up to its end."""
        done = self._next()
        if done is None:
            raise OperationalError(
                self._line.get_error_message() or "the connection to the database was lost"
            )
        while self._next() is not None:
            pass
        return done

    def _next(self) -> Any:
        """What comes next over the line. If it isn't here yet, the driver would keep all other threads waiting."""
        while self._line.is_busy():
            self._wait(select.POLLIN)
            self._line.consume_input()
        return self._line.get_result()

    def _wait(self, until: int) -> None:
        poll = select.poll()
        poll.register(self._line.socket, until)
        poll.poll()

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
