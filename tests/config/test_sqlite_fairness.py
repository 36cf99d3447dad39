"""Sixteen writers in several processes: each gets its part of the turns, however they are spread."""

import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

TURNS = 640  # of all writers together: forty each, if all got alike
# Each process waits for the others; then its threads take turns until all are taken, and write down who had each.
PROCESS = """
import sys, threading, time
from goldenthread.config.sqlite.queue import WriterQueue

path, name, threads, turns = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
queue, barrier = WriterQueue(path), threading.Barrier(threads + 1)

def write(number):
    barrier.wait()
    while True:
        assert queue.acquire(60)
        try:
            with open(path + ".turns", "r+") as log:
                if len(log.readlines()) >= turns:
                    return
                log.write(f"{name}.{number}\\n")
            time.sleep(0.003)  # as long as a disk takes to keep what is written
        finally:
            queue.release()

writers = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
for writer in writers:
    writer.start()
print("ready", flush=True)
sys.stdin.readline()
barrier.wait()
for writer in writers:
    writer.join()
"""


def taken(path: Path, spread: tuple[int, ...]) -> list[str]:
    """Who had each turn, with so many writers in each process."""
    log = Path(f"{path}.turns")
    log.touch()
    with ExitStack() as running:
        processes = []
        for name, threads in enumerate(spread):
            command = [sys.executable, "-c", PROCESS, str(path), str(name), str(threads), str(TURNS)]
            one = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            running.enter_context(one)
            running.callback(one.kill)
            processes.append(one)
        for one in processes:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in processes:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.close()
        assert [one.wait(120) for one in processes] == [0] * len(spread)
    return log.read_text().split()


@pytest.mark.parametrize("spread", [(4, 4, 4, 4), (13, 1, 1, 1)], ids=str)
def test_no_writer_starves_however_they_are_spread_over_processes(
    tmp_path: Path, spread: tuple[int, ...]
) -> None:
    """Processes take turns with each other, and within a process those who write there: a fair part of a process is
    its part of all processes, and of a writer a like part of that. Who comes first after each turn is luck between
    processes, so a quarter of that part is asked of processes, and half of the mean of writers within one.
    """
    turns = taken(tmp_path / "lock", spread)
    assert len(turns) == TURNS
    by_writer = Counter(turns)
    by_process = Counter(turn.partition(".")[0] for turn in turns)
    assert len(by_writer) == sum(spread)
    for name, threads in enumerate(spread):
        got = by_process[str(name)]
        assert got >= TURNS / len(spread) / 4, (by_process, by_writer)
        for number in range(threads):
            assert by_writer[f"{name}.{number}"] >= got / threads / 2, (by_process, by_writer)


def test_within_one_process_all_get_alike(tmp_path: Path) -> None:
    by_writer = Counter(taken(tmp_path / "lock", (16,)))
    assert len(by_writer) == 16
    assert min(by_writer.values()) >= TURNS / 16 / 2, by_writer
