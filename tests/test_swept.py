"""What tests took back is swept between tests, so that PostgreSQL's planner goes by what a test has written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from goldenthread.catalogue.models import Statement
from tests import factories, swept

TABLE = Statement._meta.db_table
on_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite takes back pages with the rows; nothing is left to sweep",
)


def pages() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s) / 8192", [TABLE])
        return int(cursor.fetchone()[0])


def expected() -> int:
    """How many statements the planner expects."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT * FROM {TABLE}")
        plan = cursor.fetchone()[0]
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


def server_version() -> int:
    return int(connection.pg_version)  # type: ignore[attr-defined]


@contextmanager
def catalogue() -> Iterator[None]:
    """The catalogue is there, and gone again, as after a test."""
    with transaction.atomic():
        factories.load_catalogue()
        yield
        transaction.set_rollback(True)


def after_some_tests() -> None:
    for _ in range(5):
        with catalogue():
            pass


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_swept_table_has_no_page_and_counts_for_what_comes_into_it() -> None:
    after_some_tests()
    assert pages() > 16
    assert TABLE in swept.sweep()
    assert pages() == 0
    assert TABLE not in swept.sweep()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [TABLE])
        assert cursor.fetchone() == (-1 if server_version() >= 180000 else 0,)  # -1 is that nothing is known
    with catalogue():
        assert expected() > 50


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_nothing_can_be_swept() -> None:
    after_some_tests()
    with transaction.atomic():
        assert swept.sweep() == []
    assert pages() > 16


@pytest.mark.django_db(transaction=True)
def test_a_database_without_anything_left_is_not_swept() -> None:
    swept.sweep()
    assert swept.sweep() == []


def test_every_so_many_tests_the_tables_are_swept(
    monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    swept_after = []
    broom = swept.Broom()
    broom.blocker = django_db_blocker
    monkeypatch.setattr(swept, "sweep", lambda: swept_after.append(broom.tests))
    for _ in range(2 * swept.OFTEN + 3):
        broom.count()
    assert swept_after == [swept.OFTEN, 2 * swept.OFTEN]
