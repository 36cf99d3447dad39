"""`goldenthread serve`: the web server, with a worker beside it unless told otherwise."""

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Collection
from typing import Any

from goldenthread.commands import check_files, start_django

HEAD_MILLISECONDS = 15_000  # for the head of a request, and for a connection that is kept open without one


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread serve")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument(
        "--threads", type=int, default=64, help="requests that one process takes in at a time"
    )
    parser.add_argument("--no-worker", action="store_true", help="the worker runs elsewhere")
    parser.add_argument(
        "--float",
        action="store_true",
        help="leave the processes to any processor, even if there is one for each of them",
    )
    options = parser.parse_args(arguments)
    if answers(options.host, options.port):
        print(
            f"Port {options.port} is taken: something answers there already. Stop it, or choose another with --port.",
            file=sys.stderr,
        )
        return 2
    start_django()
    check_files()
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # or the server warns of it in each process
    worker = None
    if not options.no_worker:
        # A child process, not a thread: the server forks, and a thread importing at that moment locks it up.
        worker = subprocess.Popen([sys.executable, "-m", "goldenthread", "worker"])
    try:
        _serve(options)
    finally:
        if worker is not None:
            worker.terminate()
            try:
                worker.wait(timeout=10)
            except subprocess.TimeoutExpired:
                worker.kill()
    return 0


def answers(host: str, port: int) -> bool:
    """Whether somebody listens at an address. The server shares a port without a word, so that half of all requests
    would go to one that was forgotten, of other code or other data.
    """
    try:
        with socket.create_connection((host or "localhost", port), timeout=2):
            return True
    except OSError:
        return False


def processor_of(number: int, *, processes: int, allowed: Collection[int]) -> int | None:
    """The processor that process `number` (from 0) of so many keeps to; None if it may run on any that is allowed.

    A process runs one thread of Python at a time. Where there is a process for each processor, its threads hand the
    turn on more cheaply on one; where processors are left over, or only one is allowed, the system places them better.
    """
    if len(allowed) < 2 or processes < len(allowed):
        return None
    return sorted(allowed)[number % len(allowed)]


def _keep_to(processor: int | None) -> None:
    if processor is not None:
        os.sched_setaffinity(0, {processor})


def _serve(options: argparse.Namespace) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    # Every page is imported once, before the processes are forked: they begin, and are replaced, that much sooner.
    import goldenthread.config.wsgi  # noqa: F401

    allowed = set() if options.float or not hasattr(os, "sched_getaffinity") else os.sched_getaffinity(0)

    class Placed(Server):  # type: ignore[misc, valid-type]
        """A server whose processes are placed before their threads begin; also one in place of one that died."""

        def _spawn_worker(self, idx: int, target: Any, callback_loader: Callable[[], Any]) -> Any:
            processor = processor_of(idx, processes=options.processes, allowed=allowed)

            def load() -> Any:
                _keep_to(processor)
                return callback_loader()

            return super()._spawn_worker(idx, target, load)

    Placed(
        "goldenthread.config.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=options.threads,
        http=HTTPModes.http1,  # a proxy speaks it to us, and nothing else need be looked for
        backlog=2048,
        # The one time-out that the server has for whoever sends slowly; docs/operations.md on what a proxy adds.
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MILLISECONDS),
        # Without it the server can wait for ever on a worker that was told to stop while starting.
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve()
