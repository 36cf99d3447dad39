"""Content-addressed files: stored once under their SHA-256, before the transaction that refers to them commits."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage

from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused

CHUNK = 1 << 16


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The content of `file` from its beginning, in pieces of 64 KiB."""
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256 of the file's whole content, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for piece in chunks(file):
        digest.update(piece)
    return digest.hexdigest()


def store(file: BinaryIO, *, kind: str, at: datetime, size_limit: int) -> StoredFile:
    """Keep the content under its hash and return its row; the same content twice is one row and one object.

    Refuses content over `size_limit` bytes. The bytes are written, and synced where the storage is a local disk,
    before the row exists, so that a committed row never points at nothing.
    """
    digest, size = hashlib.sha256(), 0
    for piece in chunks(file):
        size += len(piece)
        if size > size_limit:
            raise Refused(f"The file is larger than {size_limit // 1024 // 1024} MB.", code="file.too_big")
        digest.update(piece)
    sha256 = digest.hexdigest()
    stored = StoredFile(sha256=sha256, size=size, kind=kind, stored_at=at)
    if not default_storage.exists(stored.path):
        file.seek(0)
        default_storage.save(stored.path, File(file))
    return StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": size, "kind": kind, "stored_at": at}
    )[0]


def read(stored: StoredFile) -> bytes:
    """The whole content of a stored file."""
    with default_storage.open(stored.path, "rb") as handle:
        content: bytes = handle.read()
    return content
