"""Between tests on PostgreSQL, tables that have grown are swept: what tests took back stays in the files until then.

The server's own sweeping comes in the middle of a test. It finds a table with pages and without a committed row, and
from then on the planner takes it for empty while it holds the test's rows: to join it, all are read for each of the
others, and a page of the office took half a minute, once longer than a test may. Swept between tests, a table has no
page, and the planner goes by what comes into it. `script/on_postgres` turns the other sweeping off.

Nothing is known of a swept table, rather than that it is empty: the plan by which a foreign key is checked is made once
for a session, and for an empty table it would be to read it all.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.database_only import reaches_database

OFTEN = 20  # tests of a process
GROWN = 128 * 1024  # bytes of rows
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > %s ORDER BY relname
"""


class Broom:
    """Counts the tests of this process that may have written something."""

    def __init__(self) -> None:
        self.tests = 0
        self.blocker: Any = None

    def count(self) -> None:
        """A test has ended, and taken back what it wrote."""
        self.tests += 1
        if self.tests % OFTEN == 0:
            with self.blocker.unblock():
                sweep()


broom = Broom()


def sweep() -> list[str]:
    """Sweep the tables that have grown, and name them; none on other databases, nor in a class's own transaction."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [GROWN])
        names = [row[0] for row in cursor.fetchall()]
        if names:
            cursor.execute("VACUUM " + ", ".join(map(connection.ops.quote_name, names)))
        if names and connection.pg_version >= 180000:  # type: ignore[attr-defined]
            cursor.execute(
                "SELECT pg_clear_relation_stats('public', name) FROM unnest(%s::text[]) AS name", [names]
            )
    return names


@pytest.fixture(scope="session", autouse=True)
def _broom(django_db_blocker: Any) -> None:
    broom.blocker = django_db_blocker


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[Any]:
    """After all that is taken down, among it the test's transaction."""
    done = yield
    if reaches_database(item):
        broom.count()
    return done
