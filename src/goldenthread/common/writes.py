"""All that a transaction will write, worked out and put into the driver's values before it begins.

Rows get their numbers beforehand (`reserve`), so that trail, mails and further rows can name them. `done_at_once` is
the shape of such a write: work it out, then lock, make sure that nothing which went in has changed, and only write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from goldenthread.common import audit, mail, outbox
from goldenthread.common.models import OutboxMessage
from goldenthread.common.reads import Reads, unheard
from goldenthread.common.rows import changing, inserting

TRIES = 3  # to work something out beforehand, before it is worked out under the locks
MANY = 1000  # rows
T = TypeVar("T")


def reserve(model: type[models.Model], count: int) -> list[int]:
    """So many numbers for new rows of a model, which nobody else gets; those that are not used stay free.

    Not for the audit trail: its anchor counts on an event's number being given in the transaction that writes it.
    """
    if not count:
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    table, column = model._meta.db_table, model._meta.pk.column
    with unheard(), transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, column, count],
            )
            return [number for (number,) in cursor.fetchall()]
        cursor.execute(f'SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"')  # noqa: S608 -- names of our own tables
        (last,) = cursor.fetchone()
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        if row is None:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, 0)", [table])
        first = max(last, row[0] if row else 0) + 1
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [first + count - 1, table])
        return list(range(first, first + count))


@dataclass
class Writes:
    """What one transaction will write, in the order in which it was asked for; trail and mails come last."""

    _steps: list[Callable[[], Any]] = field(default_factory=list)
    _last: list[Callable[[], Any]] = field(default_factory=list)
    _trail: audit.Chained = field(default_factory=audit.Chained)
    _letters: dict[str, OutboxMessage] = field(default_factory=dict)
    _many: set[type[models.Model]] = field(default_factory=set)  # of which many rows are new

    def add(self, rows: Sequence[models.Model]) -> None:
        """New rows of one model, with their numbers if they have some."""
        if rows:
            self._steps.append(inserting(rows))
            self._many |= {type(rows[0])} if len(rows) >= MANY else set()
            for one in rows:
                one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS

    def change(self, rows: Sequence[models.Model], fields: Sequence[str]) -> None:
        """These fields of rows that are there, of one model, as they stand on the objects now."""
        if rows:
            self._steps.append(changing(rows, fields))

    def do(self, step: Callable[[], Any]) -> None:
        """Anything else, at its place among the rows."""
        self._steps.append(step)

    def afterwards(self, step: Callable[[], Any]) -> None:
        """What reads what was written: after all else, in the same transaction."""
        self._last.append(step)

    def record(self, verb: str, details: Mapping[str, dict[str, Any]], *, by: Any, at: datetime) -> None:
        """Events of the audit trail, as `audit.record_many` takes them."""
        self._trail.add(verb, details, by=by, at=at)

    def send(self, template: str, letters: Mapping[str, tuple[str, dict[str, Any]]], *, at: datetime) -> None:
        """Mails, as `mail.send_many` takes them."""
        for message in outbox.messages("mail", mail.payloads(template, letters), at=at):
            self._letters.setdefault(message.key, message)

    def ready(self) -> None:
        """Put trail and mails into the driver's values too; nothing is added after that."""
        self._trail.ready()
        self._put_letters()

    def write(self) -> None:
        """Write it all, in the open transaction."""
        self._put_letters()
        for step in self._steps:
            step()
        self._trail.write()
        if self._last:
            _take_stock(self._many)
        for step in self._last:
            step()

    def _put_letters(self) -> None:
        letters, self._letters = list(self._letters.values()), {}
        if letters:
            self._steps.append(inserting(letters, or_nothing=True))


def _take_stock(written: set[type[models.Model]]) -> None:
    """Let PostgreSQL count tables that have many new rows: while it takes one for empty it may plan joins of it with
    itself that take an hour. SQLite plans by its indexes.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in sorted(one._meta.db_table for one in written):
                cursor.execute(f'ANALYZE "{table}"')


def done_at_once(
    prepare: Callable[[], tuple[Writes, T]], *, lock: Callable[[], Any], tries: int = TRIES
) -> T:
    """Do what `prepare` works out, in one transaction that begins with `lock` and, where nothing changes meanwhile,
    holds it only as long as it takes to write; gives what `prepare` gives beside the writes.

    What was read is asked again under the lock. If anything has changed it is worked out anew, `tries` times in all,
    and at last with the lock held. `prepare` reads, refuses and writes nothing; it is called again for each try.
    """
    for _ in range(tries):
        with Reads() as reads:
            writes, given = prepare()
        writes.ready()
        with transaction.atomic():
            lock()
            if reads.still_hold():
                writes.write()
                return given
    with transaction.atomic():
        lock()
        writes, given = prepare()
        writes.write()
        return given
