"""What was read while something was worked out, so that a transaction can make sure that it would read the same.

Long work doesn't hold the one place to write: it reads without a transaction, and its transaction, under its locks,
asks every statement again and compares the rows. If all are the same, so is whatever follows from them. Nobody has to
know which tables went in: every statement is heard.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import local
from types import TracebackType
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

_here = local()


@contextmanager
def unheard() -> Iterator[None]:
    """For statements whose answer may change before it is used, since whoever asks looks after that."""
    before = getattr(_here, "deaf", False)
    _here.deaf = True
    try:
        yield
    finally:
        _here.deaf = before


class Reads:
    """`with Reads() as reads:` hears every statement of the block; `reads.still_hold()` asks them all again.

    Raises on a statement that writes: what is worked out beforehand leaves no trace.
    """

    def __init__(self) -> None:
        self._heard: list[tuple[str, Any, list[Any]]] = []
        self._listening: AbstractContextManager[None] | None = None

    def __enter__(self) -> "Reads":
        self._listening = connections[DEFAULT_DB_ALIAS].execute_wrapper(self._hear)
        self._listening.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listening is not None
        self._listening.__exit__(kind, fault, trace)

    def still_hold(self) -> bool:
        """Whether every statement gives the very rows that it gave before: in the open transaction, under its locks."""
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            for statement, values, rows in self._heard:
                cursor.execute(statement, values)
                if cursor.fetchall() != rows:
                    return False
        return True

    def _hear(
        self, execute: Callable[..., Any], statement: str, values: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if getattr(_here, "deaf", False):
            return execute(statement, values, many, context)
        if many or not statement.lstrip("( \n").upper().startswith(("SELECT", "WITH")):
            raise RuntimeError(f"what is worked out beforehand writes nothing: {statement[:80]}")
        result = execute(statement, values, many, context)
        wrapper = context["cursor"]
        rows = list(wrapper.fetchall())
        wrapper.cursor = _Given(rows, wrapper.cursor)
        self._heard.append((statement, values, rows))
        return result


class _Given:
    """The cursor of the driver with rows that were fetched from it."""

    def __init__(self, rows: Sequence[Any], cursor: Any) -> None:
        self._rows, self._next, self._cursor = rows, 0, cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def fetchone(self) -> Any:
        """The next row; None if there is none."""
        return next(iter(self.fetchmany(1)), None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        """As many of the next rows, or those that are left."""
        self._next += size
        return list(self._rows[self._next - size : self._next])

    def fetchall(self) -> list[Any]:
        """The rows that were not fetched yet."""
        rest, self._next = list(self._rows[self._next :]), len(self._rows)
        return rest
