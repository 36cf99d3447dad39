"""Workload: engagement of everybody in one set-based pass, against the plain SQL aggregate fetched the same way."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection

from bench import data, figures
from goldenthread.common import clock
from goldenthread.engagement.together import recount, standings, verify

SIZES = (14_000, 200_000)
QUICK_SIZES = (1_000, 5_000)
ROUNDS = 5
PLAIN = "SELECT enrolment_id, SUM(minutes) FROM goldenthread_ledgerentry GROUP BY enrolment_id"


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Measure at each size, growing one database; product and floor take turns."""
    at, made, found = clock.now(), 0, []
    office = data.make_office(at)
    intakes = data.make_intakes(at, starts=[date(2025, 1, 6), date(2025, 9, 1), date(2026, 1, 5)])
    for size in QUICK_SIZES if quick else SIZES:
        people = data.make_people(size - made, intakes, office=office, at=at)
        data.make_plans(people, at=at)
        made = size
        entries = size * data.CREDITS
        data.make_standings(at=at, numbers=people)
        data.settle()
        product, anew, aggregate = [], [], []
        _check()
        for _ in range(ROUNDS):
            aggregate.append(_timed(_plain))
            product.append(_timed(standings))
            anew.append(_timed(recount))
        for times, is_anew in ((product, False), (anew, True)):
            found.append(
                figures.engagement(database, size, entries, product=times, aggregate=aggregate, anew=is_anew)
            )
    return found


def _plain() -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
        return {row[0]: int(row[1]) for row in iter(cursor.fetchone, None)}


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _check() -> None:
    """The two see the same people; also a first, unmeasured pass of each."""
    ours, plain = standings(), _plain()
    if ours.keys() != plain.keys():
        raise SystemExit(f"engagement of {len(ours)} people, ledgers of {len(plain)}: the data is not whole")
    if any(ours[key].counted > plain[key] for key in plain):
        raise SystemExit("more minutes count than were credited")
    if any(verify()):
        raise SystemExit("what was written differs from plan and ledger")
