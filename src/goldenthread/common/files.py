"""Content-addressed files: stored once under their SHA-256, before the transaction that refers to them commits.

A file that nothing refers to is removed when it was last stored or held more than a day ago; see `remove_unused`.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Exists, ForeignObjectRel, Model, OuterRef, QuerySet

from goldenthread.common.models import StoredFile
from goldenthread.common.prepared import as_kept, ask
from goldenthread.common.refused import Refused

CHUNK = 1 << 16
KEPT_UNUSED = timedelta(days=1)
PIECE = "piece"  # the kind of what nobody has looked into yet
_ROW = (
    "INSERT INTO goldenthread_storedfile (sha256, size, kind, stored_at) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (sha256) DO UPDATE SET stored_at = excluded.stored_at RETURNING id, kind"
)
_HOLD = "UPDATE goldenthread_storedfile SET stored_at = %s WHERE sha256 = %s RETURNING id, size, kind"


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The content of `file` from its beginning, in pieces of 64 KiB."""
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def store(file: BinaryIO, *, kind: str, at: datetime, size_limit: int) -> StoredFile:
    """Keep the content under its hash and return its row; the same content twice is one row and one object.

    Refuses content over `size_limit` bytes. The bytes are written, and synced where the storage is a local disk,
    before the row exists, so that a committed row never points at nothing.
    """
    return row(put(file, kind=kind, at=at, size_limit=size_limit))


def put(file: BinaryIO, *, kind: str, at: datetime, size_limit: int) -> StoredFile:
    """The first half of `store`: keep the bytes, and give their row, for new content not written yet.

    `row` writes it, in a transaction together with what refers to it, while the slow part is over.
    """
    digest, size = hashlib.sha256(), 0
    for piece in chunks(file):
        size += len(piece)
        if size > size_limit:
            raise Refused(f"The file is larger than {size_limit // 1024 // 1024} MB.", code="file.too_big")
        digest.update(piece)
    sha256 = digest.hexdigest()
    stored, held = StoredFile(sha256=sha256, size=size, kind=kind, stored_at=at), None
    there = default_storage.exists(stored.path)
    if there:  # what is new has no row to hold; what was being removed until now is gone
        held = hold(sha256, at=at)
        there = held is not None or default_storage.exists(stored.path)
    if not there:
        file.seek(0)
        default_storage.save(stored.path, File(file))
    return _known_better(held, kind) if held else stored


def row(stored: StoredFile) -> StoredFile:
    """The second half of `store`: the row of bytes that were put, written if it is new."""
    if stored.pk:
        return stored
    values = [stored.sha256, stored.size, stored.kind, as_kept(stored.stored_at)]
    written = ask(_ROW, values)
    number, kind = written.fetchone()
    written.close()
    kept = _row_of(number, stored.sha256, stored.size, kind, at=stored.stored_at)
    return _known_better(kept, stored.kind)


def _known_better(held: StoredFile, kind: str) -> StoredFile:
    """The row of a content that came as a piece and turns out to be a whole document."""
    if held.kind == PIECE and kind != PIECE:
        held.kind = kind
        held.save(update_fields=["kind"])
    return held


def hold(sha256: str, *, at: datetime) -> StoredFile | None:
    """The row of what is kept under this hash, which stays for another day from `at`; None if there is none.

    Whoever is going to refer to a file holds it first: whatever is being removed at that moment is gone when this
    returns, and what is found is not removed any more.
    """
    found = ask(_HOLD, [as_kept(at), sha256])
    row = found.fetchone()
    found.close()
    return None if row is None else _row_of(row[0], sha256, row[1], row[2], at=at)


def keep_on(stored: StoredFile, *, at: datetime) -> StoredFile | None:
    """The row of a file that somebody is going to refer to, held anew once half of its day is over; None if it's gone.

    `stored` was loaded just now. No statement within the first half of the day.
    """
    return stored if at - stored.stored_at < KEPT_UNUSED / 2 else hold(stored.sha256, at=at)


def _row_of(number: int, sha256: str, size: int, kind: str, *, at: datetime) -> StoredFile:
    values = {"id": number, "sha256": sha256, "size": size, "kind": kind, "stored_at": at}
    return StoredFile.from_db(DEFAULT_DB_ALIAS, list(values), list(values.values()))


def remove_unused(*, at: datetime) -> int:
    """Remove, row and object, what nothing refers to and nobody has stored or held for a day; returns how many."""
    before = at - KEPT_UNUSED
    found = _unused().filter(stored_at__lt=before).order_by("pk")
    return sum(_remove(number, before=before) for number in list(found.values_list("pk", flat=True)))


@transaction.atomic
def _remove(number: int, *, before: datetime) -> bool:
    """The object goes while the row is held, so that nobody who stores the same content anew meets half of it."""
    held = StoredFile.objects.select_for_update().filter(pk=number, stored_at__lt=before).first()
    if held is None or not _unused().filter(pk=number).exists():
        return False
    held.delete()
    default_storage.delete(held.path)
    return True


def is_used(number: int, *, besides: type[Model]) -> bool:
    """Whether a row refers to the file with this number, but for rows of one table. One query."""
    return not _unused(besides).filter(pk=number).exists()


def _unused(besides: type[Model] | None = None) -> QuerySet[StoredFile]:
    """Files to which no row of any table refers, or of any `besides` one."""
    found = StoredFile.objects.all()
    for relation in StoredFile._meta.get_fields(
        include_hidden=True
    ):  # also those that have no name on this side
        if not isinstance(relation, ForeignObjectRel) or relation.related_model is besides:
            continue
        name = relation.field.attname
        found = found.filter(~Exists(relation.related_model._base_manager.filter(**{name: OuterRef("pk")})))
    return found


def read(stored: StoredFile) -> bytes:
    """The whole content of a stored file."""
    with default_storage.open(stored.path, "rb") as handle:
        content: bytes = handle.read()
    return content
