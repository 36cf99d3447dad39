"""Content-addressed files: one row and one object per content, whole or not at all."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from goldenthread.common import files
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_the_same_content_is_kept_once() -> None:
    first = files.store(io.BytesIO(b"a script"), kind="txt", at=AT, size_limit=100)
    second = files.store(io.BytesIO(b"a script"), kind="txt", at=AT, size_limit=100)
    assert first.pk == second.pk
    assert first.sha256 == hashlib.sha256(b"a script").hexdigest()
    assert files.read(first) == b"a script"
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_content_is_read_from_its_beginning_wherever_the_file_stood() -> None:
    upload = io.BytesIO(b"already read once")
    upload.read()
    assert files.read(files.store(upload, kind="txt", at=AT, size_limit=100)) == b"already read once"


@pytest.mark.django_db
def test_a_file_over_the_limit_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(Refused, match="larger"):
        files.store(io.BytesIO(b"x" * 101), kind="txt", at=AT, size_limit=100)
    assert StoredFile.objects.count() == 0


@pytest.mark.django_db
def test_a_write_that_breaks_off_leaves_no_part_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="No space"):
        files.store(io.BytesIO(b"a script"), kind="txt", at=AT, size_limit=100)
    folder = Path(default_storage.path(""))
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert StoredFile.objects.count() == 0
