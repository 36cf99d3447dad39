"""Jobs that run by the clock: each once per period, whichever worker comes first."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from goldenthread.common import audit, files, limits
from goldenthread.common.models import JobRun

log = logging.getLogger("goldenthread.jobs")

Job = Callable[[datetime], str]
NAME_LENGTH = JobRun._meta.get_field("name").max_length or 0
_jobs: dict[str, tuple[timedelta, Job]] = {}


def every(period: timedelta, name: str) -> Callable[[Job], Job]:
    """Register a job that takes the instant `at` and returns a line about what it did.

    Refuses a name that is taken, and one longer than what its last run is kept under: SQLite would cut nothing and
    PostgreSQL would refuse every run.
    """
    if len(name) > NAME_LENGTH or name in _jobs:
        raise ValueError(f"A job's name is its own and has at most {NAME_LENGTH} characters: {name!r}")

    def register(job: Job) -> Job:
        _jobs[name] = (period, job)
        return job

    return register


def run_due(*, at: datetime) -> list[str]:
    """Run every job whose period has passed since its last run; returns the names of those that ran."""
    return [name for name, (period, job) in _jobs.items() if _claim(name, period, at) and _run(name, job, at)]


@transaction.atomic
def _claim(name: str, period: timedelta, at: datetime) -> bool:
    run = JobRun.objects.select_for_update().filter(name=name).first()
    if run is None:
        try:
            with transaction.atomic():
                JobRun.objects.create(name=name, last_at=at)
        except IntegrityError:
            return False
        return True
    if at - run.last_at < period:
        return False
    run.last_at = at
    run.save(update_fields=["last_at"])
    return True


def _run(name: str, job: Job, at: datetime) -> bool:
    try:
        result = job(at)
    except Exception as fault:
        log.exception("job %s failed", name)
        result = f"failed: {fault}"
    JobRun.objects.filter(name=name).update(result=result[:200])
    return True


@every(timedelta(days=1), "audit anchor")
def anchor_audit_trail(at: datetime) -> str:
    anchor = audit.anchor(at=at)
    return f"anchored {anchor.events} events" if anchor else "nothing new"


@every(timedelta(days=1), "expired sessions")
def remove_expired_sessions(at: datetime) -> str:
    """Sessions that are over are of no use to anybody; strangers' may hold a form's worth of text each."""
    return f"removed {Session.objects.filter(expire_date__lt=at).delete()[0]}"


@every(timedelta(days=1), "unused files")
def remove_unused_files(at: datetime) -> str:
    """Documents that were looked at and not handed in, and what was found in them."""
    return f"removed {files.remove_unused(at=at)}"


@every(timedelta(days=1), "counts that are over")
def forget_counts(at: datetime) -> str:
    return f"removed {limits.forget(at=at)}"
