"""Workload: the hour before a deadline. 14,000 sittings with drafts, 5,000 hand-ins, half of them documents.

From 64 signed-in clients over HTTP, with durable commits, in rounds between which the floor of `bench.handin` is
measured. Once with documents of 200 KB that are handed in at once; then as many hand-ins whose documents are looked at
first and declared own work on the page that shows them, which count once with both requests.
Afterwards every receipt is compared with what is stored, of documents with the bytes in the storage, and with its event
in the trail and its mail.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import connection

from bench import data, figures, handin, places
from bench.floor import Floor
from bench.load import marked
from goldenthread.assessment.models import Script, Sitting
from goldenthread.common import clock, files

SITTINGS, QUICK_SITTINGS = 14_000, 1_500
HAND_INS, QUICK_HAND_INS = 5_000, 400
CLIENTS, ROUNDS = 64, 5
TOGETHER = 500  # scripts that are compared at a time
LONG = 3_600.0  # seconds; the jobs are used up before


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Floor, a fifth of the hand-ins, floor, and so on, in both ways; then what is stored against what was promised."""
    at = clock.now()
    text = handin.script_text()
    jobs = handin.make_jobs(QUICK_SITTINGS if quick else SITTINGS, text, at=at)
    floor_sittings = [jobs.pop()["sitting"] for _ in range(handin.FLOOR_SITTINGS)]
    floor = Floor(floor_sittings, marked(text, "floor"), connection.ops.adapt_datetimefield_value(at))
    for number, job in enumerate(jobs):
        job["document"] = number % 2 == 1
    data.settle()
    most = QUICK_HAND_INS if quick else HAND_INS
    with places.server(os.environ) as server:
        hand_in(server, jobs[-100:], text, at_once=True)  # warm
        return [
            _measure(server, database, jobs[begin : begin + most], text, floor, at_once=at_once)
            for begin, at_once in ((0, True), (most, False))
        ]


def _measure(
    server: places.Server,
    database: str,
    jobs: list[dict[str, Any]],
    text: str,
    floor: Floor,
    *,
    at_once: bool,
) -> figures.Figure:
    """Some hand-ins in rounds, with the floor between them."""
    each = len(jobs) // ROUNDS
    texts: list[float] = []
    documents: list[float] = []
    floors: dict[str, list[float]] = {}
    seconds, cpu_seconds, errors = 0.0, 0.0, Counter[str]()
    handin.measure_floors(floors, floor, CLIENTS)
    acknowledged: list[dict[str, Any]] = []
    for number in range(ROUNDS):
        some = jobs[number * each : (number + 1) * each]
        used = server.cpu_seconds()
        result = hand_in(server, some, text, at_once=at_once)
        cpu_seconds += server.cpu_seconds() - used
        seconds += result["seconds"]
        for place, status, location, milliseconds in result["answers"]:
            job = some[place]
            if status != 302 or location != job["receipt"]:
                errors[f"{status} {location}"] += 1
                continue
            acknowledged.append({**job, "sha256": result["documents"].get(str(place), "")})
            (documents if job["document"] else texts).append(milliseconds)
        handin.measure_floors(floors, floor, CLIENTS)
    _verify(acknowledged, text)
    if errors:
        print(f"  errors: {dict(errors)}", file=sys.stderr)
    return figures.deadline(
        database, texts=texts, documents=documents, seconds=seconds, errors=errors.total(),
        cpu_seconds=cpu_seconds, floors=floors, sittings=Sitting.objects.count(), at_once=at_once,
    )  # fmt: skip


def hand_in(server: places.Server, jobs: list[dict[str, Any]], text: str, *, at_once: bool) -> dict[str, Any]:
    """Send these jobs from all clients; gives what each came to and how many seconds that took."""
    order = {
        "port": server.port,
        "host": places.HOST,
        "clients": CLIENTS,
        "seconds": LONG,
        "jobs": jobs,
        "text": text,
        "at_once": at_once,
    }
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "order.json", Path(folder) / "result.json"
        asked.write_text(json.dumps(order))
        subprocess.run(
            [sys.executable, "-m", "bench.deadline_load", str(asked), str(answered)],
            check=True,
            cwd=places.ROOT,
        )
        found: dict[str, Any] = json.loads(answered.read_text())
        return found


def _verify(acknowledged: list[dict[str, Any]], text: str) -> None:
    """Each receipt has its one current script, of the text or the document that was sent, its event and its mail."""
    for begin in range(0, len(acknowledged), TOGETHER):
        some = acknowledged[begin : begin + TOGETHER]
        scripts = Script.objects.filter(current=True, sitting__in=[job["sitting"] for job in some])
        stored = {script.sitting_id: script for script in scripts.select_related("file")}
        for job in some:
            script = stored.get(job["sitting"])
            if script is None:
                raise SystemExit(f"LOST: sitting {job['sitting']} has a receipt and no script")
            sent = job["sha256"]
            if not job["document"]:
                sent = hashlib.sha256(marked(text, job["marker"]).encode()).hexdigest()
            if not script.sha256 == sent == stored_checksum(script):
                raise SystemExit(f"WRONG: the script of sitting {job['sitting']} is not what was handed in")
        handin.check_came_along(list(stored.values()))
    print(f"  {len(acknowledged)} receipts compared with their scripts", file=sys.stderr)


def stored_checksum(script: Script) -> str:
    """Of the text, or of the bytes that the storage gives for the document; nothing of one that is not there."""
    if script.file is None:
        return hashlib.sha256(script.text.encode()).hexdigest()
    try:
        return hashlib.sha256(files.read(script.file)).hexdigest()
    except FileNotFoundError:
        return ""
