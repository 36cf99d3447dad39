"""`goldenthread worker`: deliver the outbox and run the jobs whose time has come, until told to stop."""

import argparse
import importlib
import logging
import signal
import threading
from types import FrameType

from goldenthread.commands import start_django

log = logging.getLogger("goldenthread.worker")

JOB_MODULES = (
    "goldenthread.common.mail",
    "goldenthread.common.jobs",
    "goldenthread.catalogue.jobs",
    "goldenthread.people.jobs",
    "goldenthread.enquiries.jobs",
    "goldenthread.groups.queries",
    "goldenthread.groups.actions",
    "goldenthread.coaching.actions",
    "goldenthread.engagement.actions",
    "goldenthread.assessment.jobs",
    "goldenthread.integrity.jobs",
    "goldenthread.marking.jobs",
    "goldenthread.moderation.jobs",
    "goldenthread.outcomes.jobs",
    "goldenthread.awards.jobs",
    "goldenthread.appeals.jobs",
    "goldenthread.support.jobs",
    "goldenthread.reports.jobs",
    "goldenthread.support.clockwork",
    "goldenthread.support.planning",
    "goldenthread.web.public.findable",
)


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread worker")
    parser.add_argument("--once", action="store_true", help="do what is due now, then stop")
    options = parser.parse_args(arguments)
    start_django()
    load_jobs()
    stop = threading.Event()
    if options.once:
        while work_once():
            pass
        return 0

    def finish(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    while not stop.is_set():
        if not _guarded():
            stop.wait(1.0)
    return 0


def load_jobs() -> None:
    """Import the modules that register handlers and jobs."""
    for module in JOB_MODULES:
        importlib.import_module(module)


def work_once() -> int:
    """Deliver one batch of the outbox and run the jobs that are due; returns how much was done."""
    from goldenthread.common import clock, jobs, outbox

    return outbox.deliver_due(at=clock.now()) + len(jobs.run_due(at=clock.now()))


def _guarded() -> int:
    """One round that outlives a database that is away for a moment."""
    from django.db import DatabaseError, close_old_connections

    close_old_connections()
    try:
        return work_once()
    except DatabaseError as fault:
        log.warning("the database did not answer: %s", fault)
        return 0
