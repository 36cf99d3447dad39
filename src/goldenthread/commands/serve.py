"""`goldenthread serve`: the web server, with a worker beside it unless told otherwise."""

import argparse
import os
import subprocess
import sys

from goldenthread.commands import check_files, start_django

HEAD_MILLISECONDS = 15_000  # for the head of a request, and for a connection that is kept open without one


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread serve")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--threads", type=int, default=4, help="requests that one process answers at a time")
    parser.add_argument("--no-worker", action="store_true", help="the worker runs elsewhere")
    options = parser.parse_args(arguments)
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


def _serve(options: argparse.Namespace) -> None:
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "goldenthread.config.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=options.threads,
        backlog=2048,
        # The one time-out that the server has for whoever sends slowly; docs/operations.md on what a proxy adds.
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MILLISECONDS),
        # Without it the server can wait for ever on a worker that was told to stop while starting.
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve()
