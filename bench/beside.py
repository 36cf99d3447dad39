"""Clients that write while something else is measured: each a small durable transaction every 50 ms, and its time.

`python -m bench.beside ENROLMENT` runs until its input ends and then prints the longest times in milliseconds. One
client writes about nothing that the others hold, as who saves a draft elsewhere does; the other one first locks the
enrolment of this number, as everything does that is written about a participant. A write that is refused because the
turn did not come counts with the time that it waited.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PAUSE = 0.05  # seconds between two writes of one client
ELSEWHERE, ABOUT = "elsewhere", "about one of them"


@dataclass
class Waits:
    """The longest that a client of each kind took to write, in milliseconds; filled in at the end."""

    longest: dict[str, float] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)


@contextmanager
def beside(enrolment: int) -> Iterator[Waits]:
    """Have the clients write in a process of their own as long as the block runs; then their waits are there."""
    command = [sys.executable, "-m", "bench.beside", str(enrolment)]
    process = subprocess.Popen(
        command, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    waits = Waits()
    try:
        assert process.stdout is not None
        process.stdout.readline()  # the first write is done
        yield waits
        said, _ = process.communicate(timeout=120)
        found = json.loads(said)
        waits.longest, waits.writes = found["longest"], found["writes"]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goldenthread.config.settings")
    from goldenthread.commands import start_django

    start_django()
    from django.db import OperationalError, connection, transaction

    from goldenthread.applications.models import Enrolment
    from goldenthread.common import audit, clock

    def elsewhere() -> None:
        with transaction.atomic():
            audit.record("bench.beside", "bench:elsewhere", by=None, at=clock.now())

    def about() -> None:
        with transaction.atomic():
            Enrolment.objects.select_for_update(of=("self",)).only("pk").get(pk=int(sys.argv[1]))
            audit.record("bench.beside", "bench:about", by=None, at=clock.now())

    over = threading.Event()
    taken: dict[str, list[float]] = {ELSEWHERE: [], ABOUT: []}

    def client(name: str, write: Callable[[], None]) -> None:
        try:
            while not over.wait(PAUSE):
                begun = time.perf_counter()
                with suppress(OperationalError):
                    write()
                taken[name].append((time.perf_counter() - begun) * 1000)
        finally:
            connection.close()

    elsewhere()
    about()
    threads = [
        threading.Thread(target=client, args=pair) for pair in ((ELSEWHERE, elsewhere), (ABOUT, about))
    ]
    for one in threads:
        one.start()
    print("writing", flush=True)
    sys.stdin.read()
    over.set()
    for one in threads:
        one.join()
    longest = {name: round(max(times, default=0.0), 1) for name, times in taken.items()}
    print(json.dumps({"longest": longest, "writes": {name: len(times) for name, times in taken.items()}}))


if __name__ == "__main__":
    main()
