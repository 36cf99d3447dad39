"""Workload: what the deadline hour's hand-ins cost before any of our own work is done.

The same requests from the same clients to the same server, whose view does a part of the work only, one layer more each
time: the framework's checks; the bare transaction of the floor; the document kept on the disk; the document checked and
counted. It says which share of the floor is left for the rules of handing in, and has no target.
"""

import os
import statistics
import sys
from collections import Counter
from typing import Any

from django.db import connection

from bench import data, deadline, figures, handin, places
from bench.floor import Floor
from bench.layers_site import LAYER
from bench.load import marked
from goldenthread.common import clock

LAYERS = (
    "session, person and form",
    "and the bare transaction",
    "and documents kept",
    "and documents counted",
)
HAND_INS, QUICK_HAND_INS, ROUNDS, WARM_UP = 1_000, 60, 3, 100


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Each layer on a server of its own, in rounds with the floor between them."""
    at, text = clock.now(), handin.script_text()
    each = QUICK_HAND_INS if quick else HAND_INS
    jobs = handin.make_jobs(handin.FLOOR_SITTINGS + len(LAYERS) * (WARM_UP + ROUNDS * each), text, at=at)
    floor_sittings = [jobs.pop()["sitting"] for _ in range(handin.FLOOR_SITTINGS)]
    floor = Floor(floor_sittings, marked(text, "floor"), connection.ops.adapt_datetimefield_value(at))
    for number, job in enumerate(jobs):
        job["document"] = number % 2 == 1
    data.settle()
    found = []
    for number in range(len(LAYERS)):
        some, jobs = jobs[: WARM_UP + ROUNDS * each], jobs[WARM_UP + ROUNDS * each :]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.layers_site.settings",
            LAYER: str(number),
        }
        with places.server(environment) as server:
            found.append(_measure(server, database, number, some, text, floor))
    return found


def _measure(
    server: places.Server, database: str, number: int, jobs: list[dict[str, Any]], text: str, floor: Floor
) -> figures.Figure:
    deadline.hand_in(server, jobs[:WARM_UP], text, at_once=True)
    jobs = jobs[WARM_UP:]
    each = len(jobs) // ROUNDS
    floors, errors, seconds, cpu_seconds = (
        [floor.rate(1, handin.FLOOR_SECONDS)],
        Counter[str](),
        0.0,
        0.0,
    )
    for begin in range(0, len(jobs), each):
        some, used = jobs[begin : begin + each], server.cpu_seconds()
        result = deadline.hand_in(server, some, text, at_once=True)
        cpu_seconds += server.cpu_seconds() - used
        seconds += result["seconds"]
        errors.update(
            f"{status} {location}"
            for place, status, location, _ in result["answers"]
            if status != 302 or location != some[place]["receipt"]
        )
        floors.append(floor.rate(1, handin.FLOOR_SECONDS))
    if errors:
        print(f"  errors: {dict(errors)}", file=sys.stderr)
    return figures.layer(
        database, LAYERS[number], answered=len(jobs), seconds=seconds, cpu_seconds=cpu_seconds,
        errors=errors.total(), floor=statistics.median(floors),
    )  # fmt: skip
