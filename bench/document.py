"""Workload: the processor time of one document of 200 KB, as the deadline hour sends it; in this process, one by one.

No other client and no load generator: what is counted is the server's own work from the request to the answer, with
the statements, commits and syncs of file storage that one hand-in takes. Medians, since other work on the machine
slows some.
"""

import io
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection

from bench import data, deadline_load, figures, handin, load, places
from goldenthread.assessment.words import check_and_read
from goldenthread.common import clock

DOCUMENTS, QUICK_DOCUMENTS = 200, 20
WARM_UP = 20
LIMIT = 10_000_000
Job = dict[str, Any]


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Read; hand in at once; look and then declare: each so many times, with a document of its own."""
    text, number = handin.script_text(), QUICK_DOCUMENTS if quick else DOCUMENTS
    jobs = handin.make_jobs(2 * (number + WARM_UP), text, at=clock.now())
    data.settle()
    ways: dict[str, tuple[list[Job], Callable[[Job, bytes], float]]] = {
        "read": (jobs[: number + WARM_UP], _read),
        "handed in at once": (jobs[: number + WARM_UP], _at_once),
        "looked at first": (jobs[number + WARM_UP :], _looked_at_first),
    }
    return [_measure(database, case, some, way, text) for case, (some, way) in ways.items()]


def _measure(
    database: str, case: str, jobs: list[Job], way: Callable[[Job, bytes], float], text: str
) -> figures.Figure:
    documents = [deadline_load.document(load.marked(text, job["marker"])) for job in jobs]
    *warm, last = range(WARM_UP)
    for place in warm:
        way(jobs[place], documents[place])
    with _counted() as counts:
        way(jobs[last], documents[last])
    measured = [way(*each) * 1000 for each in list(zip(jobs, documents, strict=True))[WARM_UP:]]
    return figures.document(database, case, milliseconds=measured, counts=counts)


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    """What goes to the database and to the disk of the file storage meanwhile."""
    counts: Counter[str] = Counter()

    def told(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        counts["statements"] += not statement.startswith("BEGIN")
        return execute(statement, *rest)

    def counting(what: str, before: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            counts[what] += 1
            return before(*args)

        return counted

    with (
        connection.execute_wrapper(told),
        mock.patch.object(connection, "_commit", counting("commits", connection._commit)),
        mock.patch.object(os, "fsync", counting("file_syncs", os.fsync)),
    ):
        yield counts


# --- the three ways ------------------------------------------------------------------------------------
def _read(_job: Job, content: bytes) -> float:
    begun = time.process_time()
    check_and_read(io.BytesIO(content), name="response.docx", size_limit=LIMIT)
    return time.process_time() - begun


def _at_once(job: Job, content: bytes) -> float:
    status, place, _, seconds = _sent(deadline_load.look_request(_order(at_once=True), job, content))
    if status != 302 or place != job["receipt"]:
        raise SystemExit(f"not handed in: {status} {place}")
    return seconds


def _looked_at_first(job: Job, content: bytes) -> float:
    status, _, page, looking = _sent(deadline_load.look_request(_order(at_once=False), job, content))
    declared = deadline_load.declare_request(_order(at_once=False), job, page)
    if status != 200 or declared is None:
        raise SystemExit(f"not looked at: {status}")
    status, place, _, declaring = _sent(declared)
    if status != 302 or place != job["receipt"]:
        raise SystemExit(f"not handed in: {status} {place}")
    return looking + declaring


def _order(*, at_once: bool) -> dict[str, Any]:
    return {"host": places.HOST, "at_once": at_once}


def _sent(request: bytes) -> tuple[int, str, bytes, float]:
    """The answer of the application to a request as it goes over the line: status, place, body, processor seconds."""
    from goldenthread.config.wsgi import application

    began: list[Any] = []
    environ = _environ(request)
    begun = time.process_time()
    answer: Any = application(environ, lambda *said: began.append(said))
    try:
        body = b"".join(answer)
    finally:
        answer.close()
    seconds = time.process_time() - begun
    status, headers = began[0][:2]
    return int(status.split()[0]), dict(headers).get("Location", ""), body, seconds


def _environ(request: bytes) -> dict[str, Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, protocol = first.split()
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_PROTOCOL": protocol,
        "SERVER_NAME": places.HOST, "SERVER_PORT": "443", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    for name, value in (line.split(": ", 1) for line in lines):
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ
