"""Faults of disk, database and file storage that pass: told apart from faults of ours, and told in words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from goldenthread.common.refused import Refused

FULL, DOWN = 507, 503
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK = {errno.EROFS, errno.EIO, errno.ESTALE, errno.ENODEV, errno.EMFILE, errno.ENFILE}
_SAYS = (  # what SQLite and PostgreSQL say, in small letters
    ("database or disk is full", FULL),
    ("no space left on device", FULL),
    ("could not extend file", FULL),
    ("readonly database", DOWN),
    ("read-only transaction", DOWN),
    ("disk i/o error", DOWN),
    ("unable to open database", DOWN),
    ("database is locked", DOWN),
    ("server closed the connection", DOWN),
    ("terminating connection", DOWN),
    ("the database system is", DOWN),
    ("connection failed", DOWN),
    ("connection refused", DOWN),
    ("the connection is closed", DOWN),
    ("the connection is lost", DOWN),
)
_STATES = {"53100": FULL, "25006": DOWN, "57P01": DOWN, "57P02": DOWN, "57P03": DOWN}


class Outage(Refused):
    """Nothing is wrong with what somebody sent: we can't keep it just now. `status` is 503, or 507 for a full disk."""

    def __init__(self, status: int) -> None:
        why = "Our disk is full" if status == FULL else "We can read but not save just now"
        super().__init__(
            f"{why}: this was not saved. The fault is ours and is recorded. What you sent is still on this page: wait "
            "a minute and send it again; sent twice, it counts once.",
            code="outage.full" if status == FULL else "outage.down",
        )
        self.status = status


def outage_of(fault: BaseException | None) -> Outage | None:
    """The outage behind an exception, or behind what caused it; None for any other fault."""
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        if isinstance(fault, Outage):
            return fault
        status = _status(fault)
        if status:
            return Outage(status)
        fault = fault.__cause__ or fault.__context__
    return None


@contextmanager
def told() -> Iterator[None]:
    """Raise an outage within as the `Refused` that it is, for forms to show."""
    try:
        yield
    except Exception as fault:
        found = outage_of(fault)
        if found is None or found is fault:
            raise
        raise found from fault


def _status(fault: BaseException) -> int:
    if isinstance(fault, OSError) and fault.errno in _FULL_DISK | _DISK:
        return FULL if fault.errno in _FULL_DISK else DOWN
    if type(fault).__module__.partition(".")[0] in {"botocore", "boto3", "s3transfer"}:
        return DOWN
    state = getattr(fault, "sqlstate", None)
    if state in _STATES:
        return _STATES[state]
    if isinstance(fault, DatabaseError) or type(fault).__module__.partition(".")[0] in {"sqlite3", "psycopg"}:
        text = str(fault).lower()
        return next((status for says, status in _SAYS if says in text), 0)
    return 0
