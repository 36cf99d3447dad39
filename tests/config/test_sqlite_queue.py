"""The queue of writers: one at a time, in the order of asking, across threads and processes."""

import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from goldenthread.common.models import JobRun
from goldenthread.config.sqlite.queue import FileLock, WriterQueue
from tests.factories import AT

on_sqlite = pytest.mark.skipif(
    "sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="the queue belongs to the SQLite back end"
)


def test_writers_get_their_turn_in_the_order_of_asking(tmp_path: Path) -> None:
    queue = WriterQueue(str(tmp_path / "lock"))
    order: list[int] = []
    assert queue.acquire(1)

    def write(number: int) -> None:
        assert queue.acquire(10)
        order.append(number)
        queue.release()

    threads = []
    for number in range(16):
        thread = threading.Thread(target=write, args=(number,))
        thread.start()
        while len(queue._waiting) <= number:
            pass
        threads.append(thread)
    queue.release()
    for thread in threads:
        thread.join(10)
    assert order == list(range(16))


def test_a_writer_that_waited_too_long_steps_out_and_the_next_one_is_served(tmp_path: Path) -> None:
    queue = WriterQueue(str(tmp_path / "lock"))
    assert queue.acquire(1)
    assert not queue.acquire(0.05)
    queue.release()
    assert queue.acquire(1)
    queue.release()


def test_another_process_waits_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    queue = WriterQueue(str(path))
    assert queue.acquire(1)
    script = (
        "from goldenthread.config.sqlite.queue import FileLock, WriterQueue\n"
        f"print(WriterQueue({str(path)!r}).acquire(0.2))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
    queue.release()
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "True\n"


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_all_write_and_none_is_turned_away() -> None:
    JobRun.objects.create(name="count", last_at=AT, result="0")
    faults: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    run = JobRun.objects.get(name="count")
                    run.result = str(int(run.result) + 1)
                    run.save()
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert JobRun.objects.get(name="count").result == "160"


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_the_turn_is_given_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="broken"), transaction.atomic():
        JobRun.objects.create(name="gone", last_at=AT)
        raise ValueError("broken")
    with transaction.atomic():
        JobRun.objects.create(name="kept", last_at=AT)
    assert list(JobRun.objects.values_list("name", flat=True)) == ["kept"]
    assert connection._turn is None  # type: ignore[attr-defined]


@on_sqlite
@pytest.mark.django_db
def test_durability_is_as_promised(tmp_path: Path) -> None:
    installed = {
        **connection.settings_dict,
        "NAME": str(tmp_path / "db.sqlite3"),
        "OPTIONS": settings.DURABLE,
    }
    durable = type(connections["default"])(installed, "durable")
    with closing(durable), durable.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_process_with_many_writers_lets_another_process_that_waits_go_first(tmp_path: Path) -> None:
    path, turns = str(tmp_path / "lock"), []
    ours, theirs = WriterQueue(path), WriterQueue(path)  # two queues on one file are two processes
    assert ours.acquire(1)

    def write(queue: WriterQueue, name: str) -> None:
        assert queue.acquire(30)
        turns.append(name)
        queue.release()

    other = threading.Thread(target=write, args=(theirs, "theirs"))
    other.start()
    place = FileLock(f"{path}-next")
    while place.acquire(deadline=0):  # until they have the place behind our turn, which is then refused to us
        place.release()
        time.sleep(0.001)
    threads = [threading.Thread(target=write, args=(ours, "ours")) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(ours._waiting) < 4:
        time.sleep(0.001)
    ours.release()
    for thread in [other, *threads]:
        thread.join(30)
    assert turns == ["theirs", "ours", "ours", "ours", "ours"]
