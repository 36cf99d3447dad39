"""What is asked often is prepared by PostgreSQL once for each connection, and behaves as any other statement."""

import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from goldenthread.common.models import Allowance, JobRun, OutboxMessage
from goldenthread.common.prepared import Prepared, PreparedInsert, PreparedTable, ask, tell
from goldenthread.config.postgresql.statements import Statements
from goldenthread.reports.finding_models import Finding
from goldenthread.web.office.waiting import waiting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite's driver keeps statements by itself"
    ),
]
AT = datetime(2026, 11, 29, 9, 30, 15, 250_000, tzinfo=UTC)
COUNT = "SELECT used, 'a %% of ' || key FROM goldenthread_allowance WHERE key = %s AND used >= %s"


def prepared() -> list[str]:
    """The statements that the server knows of this connection, as we worded them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'goldenthread_%'")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture(autouse=True)
def a_connection_of_its_own() -> Any:
    connection.close()
    connection.ensure_connection()
    yield
    connection.close()


def allowance(key: str = "k", used: int = 3) -> Allowance:
    return Allowance.objects.create(key=key, used=used, ends_at=AT)


def test_a_statement_is_prepared_once_and_run_with_other_values() -> None:
    allowance("one", 3), allowance("two", 70_000)
    assert ask(COUNT, ["one", 1]).fetchall() == [(3, "a % of one")]
    assert ask(COUNT, ["two", 65_536]).fetchone() == (70_000, "a % of two")
    assert ask(COUNT, ["three", 1]).fetchone() is None
    assert [one.count("$") for one in prepared()] == [2]


def test_every_kind_of_value_comes_back_as_the_orm_gives_it() -> None:
    payload = {"words": [1, 2.5, None], "text": "“ü” 'quoted' \\ %s"}
    number = PreparedInsert(OutboxMessage).write(
        kind="mail", key="k", payload=payload, recipient="", created_at=AT, due_at=AT, lease=uuid.uuid4().hex
    )
    found = Prepared(lambda key: OutboxMessage.objects.filter(pk=key), key=int).get(number)
    assert found is not None
    written = OutboxMessage.objects.get(pk=number)
    for field in OutboxMessage._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(written, field.attname)
    assert (found.payload, found.due_at, found.sent_at) == (payload, AT, None)
    assert len(prepared()) == 2


def test_it_belongs_to_the_transaction_that_is_open() -> None:
    row = allowance()
    raise_used = "UPDATE goldenthread_allowance SET used = %s WHERE key = %s"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask(raise_used, [8, "k"])
        raise ZeroDivisionError
    row.refresh_from_db()
    assert row.used == 3
    with transaction.atomic():
        ask(raise_used, [9, "k"])
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            ask(raise_used, [10, "k"])
            raise ZeroDivisionError
        assert ask(COUNT, ["k", 1]).fetchone() == (9, "a % of k")
    connection.close()  # another one sees what was committed
    row.refresh_from_db()
    assert row.used == 9


def test_faults_are_djangos_and_leave_the_connection_usable() -> None:
    add = PreparedInsert(JobRun)
    add.write(name="one", last_at=AT)
    with pytest.raises(IntegrityError) as twice:
        add.write(name="one", last_at=AT)
    assert twice.value.__cause__.sqlstate == "23505"  # type: ignore[union-attr]
    assert "one" in str(twice.value)
    with pytest.raises(DataError, match="NUL"):
        add.write(name="half a\x00name", last_at=AT)
    assert add.write(name="two", last_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        add.write(name="two", last_at=AT)
    assert JobRun.objects.count() == 2


def test_what_the_server_has_forgotten_is_prepared_anew_outside_of_a_transaction() -> None:
    allowance()
    ask(COUNT, ["k", 1])
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert ask(COUNT, ["k", 1]).fetchone() == (3, "a % of k")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
        ask(COUNT, ["k", 1])
    assert ask(COUNT, ["k", 1]).fetchone() == (3, "a % of k")


def test_a_connection_that_is_lost_says_so_and_the_next_prepares_its_own() -> None:
    allowance()
    ask(COUNT, ["k", 1])
    backend = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    other.close()
    with pytest.raises(OperationalError):
        ask(COUNT, ["k", 1])
    connection.close_if_unusable_or_obsolete()
    connection.ensure_connection()
    assert ask(COUNT, ["k", 1]).fetchone() == (3, "a % of k")
    assert len(prepared()) == 1


def test_who_waits_for_a_lock_lets_the_other_threads_of_the_process_go_on() -> None:
    row, holds, waits = allowance(), threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Allowance.objects.select_for_update().get(pk="k")
            holds.set()
            waits.wait(10)
            time.sleep(0.2)
            Allowance.objects.filter(pk="k").update(used=F("used") + 1)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")
    waits.set()
    with transaction.atomic():
        ask("UPDATE goldenthread_allowance SET used = used * %s WHERE key = %s", [10, "k"])
    holder.join()
    row.refresh_from_db()
    assert row.used == 40


def test_lists_are_planned_for_the_values_that_are_asked_for() -> None:
    allowance()
    rows = PreparedTable(lambda key: Allowance.objects.filter(key=key).values_list("used"), key=str)
    assert rows.all("k") == [(3,)]
    assert not prepared()


def test_nothing_is_prepared_where_the_pooler_knows_no_such_statements(settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    allowance()
    with transaction.atomic():
        assert ask(COUNT, ["k", 1]).fetchone() == (3, "a % of k")
    assert not prepared()


def test_whoever_listens_hears_the_statement_and_the_commit() -> None:
    allowance()
    with CaptureQueriesContext(connection) as heard, transaction.atomic():
        ask(COUNT, ["k", 1])
    assert [one["sql"].split()[0] for one in heard] == ["BEGIN", "SELECT", "COMMIT"]


RAISE = "UPDATE goldenthread_allowance SET used = used + %s WHERE key = %s"


@pytest.fixture
def ways(monkeypatch: Any) -> list[int]:
    """How many statements went to the server each time that something did."""
    sent: list[int] = []
    together = Statements._sent

    def counted(self: Statements, statements: Any) -> Any:
        sent.append(len(statements))
        return together(self, statements)

    monkeypatch.setattr(Statements, "_sent", counted)
    return sent


def test_what_nobody_reads_the_answer_of_goes_with_what_comes_next(ways: list[int]) -> None:
    row = allowance()
    with transaction.atomic():
        tell(RAISE, [1, "k"])
        tell(RAISE, [10, "k"])
        assert ways == []
        assert ask(COUNT, ["k", 1]).fetchone() == (14, "a % of k")
        assert ways == [4]  # with the beginning
        tell(RAISE, [100, "k"])
    assert ways == [4, 2]  # with the end
    row.refresh_from_db()
    assert row.used == 114
    tell(RAISE, [1, "k"])  # by itself outside of a transaction
    row.refresh_from_db()
    assert row.used == 115


def test_a_transaction_that_only_tells_is_committed_as_a_whole(ways: list[int]) -> None:
    row = allowance()
    with transaction.atomic():
        tell(RAISE, [1, "k"])
        tell(RAISE, [2, "k"])
    assert ways == [4]
    connection.close()
    row.refresh_from_db()
    assert row.used == 6


def test_the_orm_and_savepoints_come_after_what_was_told() -> None:
    row = allowance()
    with transaction.atomic():
        tell(RAISE, [1, "k"])
        row.refresh_from_db()
        assert row.used == 4
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tell(RAISE, [10, "k"])
            raise ZeroDivisionError
        tell(RAISE, [100, "k"])
        with transaction.atomic():
            tell(RAISE, [1000, "k"])
    row.refresh_from_db()
    assert row.used == 1104
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(RAISE, [1, "k"])
        raise ZeroDivisionError
    tell(RAISE, [0, "k"])
    row.refresh_from_db()
    assert row.used == 1104


@pytest.mark.parametrize("ends", ["asks", "commits", "leaves a savepoint"])
def test_a_fault_of_what_was_told_shows_with_what_comes_next_and_undoes_all(ends: str) -> None:
    row, add = allowance(), PreparedInsert(JobRun)
    add.write(name="one", last_at=AT)
    with pytest.raises(IntegrityError) as twice, transaction.atomic():
        tell(RAISE, [1, "k"])
        with transaction.atomic(savepoint=ends == "leaves a savepoint"):
            add.tell(name="one", last_at=AT)
            tell(RAISE, [1, "k"])
            if ends == "asks":
                ask(COUNT, ["k", 1])
    assert twice.value.__cause__.sqlstate == "23505"  # type: ignore[union-attr]
    row.refresh_from_db()
    assert (row.used, JobRun.objects.count()) == (3, 1)
    with transaction.atomic():
        tell(RAISE, [1, "k"])
    row.refresh_from_db()
    assert row.used == 4


def test_a_fault_within_a_savepoint_that_was_told_leaves_what_came_before() -> None:
    row, add = allowance(), PreparedInsert(JobRun)
    add.write(name="one", last_at=AT)
    with transaction.atomic():
        tell(RAISE, [1, "k"])
        with pytest.raises(IntegrityError), transaction.atomic():
            add.tell(name="one", last_at=AT)
        tell(RAISE, [10, "k"])
    row.refresh_from_db()
    assert row.used == 14


def test_a_connection_that_is_lost_is_no_success_of_what_was_told() -> None:
    row = allowance()
    backend = connection.connection.info.backend_pid
    other = connection.copy()
    with pytest.raises(OperationalError), transaction.atomic():
        tell(RAISE, [1, "k"])
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        other.close()
    connection.close_if_unusable_or_obsolete()
    row.refresh_from_db()
    assert row.used == 3
    with transaction.atomic():
        tell(RAISE, [1, "k"])
    row.refresh_from_db()
    assert row.used == 4


def test_texts_larger_than_the_line_takes_at_once_arrive_whole() -> None:
    add, text = PreparedInsert(OutboxMessage), "“ü” " * 2_000_000
    with transaction.atomic():
        for key in ("one", "two"):
            add.tell(kind="mail", key=key, payload={"text": text}, recipient="", created_at=AT, due_at=AT)
    assert [len(one.payload["text"]) for one in OutboxMessage.objects.all()] == [len(text)] * 2


def test_the_desks_counts_are_planned_once_and_say_the_same_as_unprepared() -> None:
    for number in (1, 2):
        Finding.objects.create(
            kind="outcome", subject=f"enrolment:{number}", sequence=1, problem="outcome 1 is gone",
            label=f"enrolment E-{number}", found_at=AT,
        )  # fmt: skip
        OutboxMessage.objects.create(
            kind="mail", key=f"k{number}", payload={}, created_at=AT, due_at=AT, dead_at=AT, attempts=6
        )
    found = [waiting(user_id=1, at=AT) for _ in range(7)]  # the sixth may have a plan for any values
    with CaptureQueriesContext(connection):  # goes by Django's layers, unprepared
        assert found == [waiting(user_id=1, at=AT)] * 7
    (differing,) = found[0].differing
    assert (differing.kind, differing.label, differing.count) == ("outcome", "enrolment E-1", 2)
    assert (differing.since, found[0].messages["dead"]) == (AT, 2)
    assert len([one for one in prepared() if "goldenthread_finding" in one]) == 1
