"""Content-addressed files: one row and one object per content, whole or not at all."""

import hashlib
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from goldenthread.common import files
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.common.storage import DurableStorage

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


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


# --- what nothing refers to --------------------
@pytest.mark.django_db
def test_what_nothing_refers_to_goes_after_a_day_with_its_object() -> None:
    old = files.store(io.BytesIO(b"looked at"), kind="txt", at=AT, size_limit=100)
    new = files.store(io.BytesIO(b"looked at just now"), kind="txt", at=AT + DAY, size_limit=100)
    assert files.remove_unused(at=AT + DAY) == 0
    assert files.remove_unused(at=AT + DAY + SECOND) == 1
    assert StoredFile.objects.get() == new
    assert not default_storage.exists(old.path)
    assert files.read(new) == b"looked at just now"


@pytest.mark.django_db
def test_what_a_script_refers_to_stays() -> None:
    from tests import factories_marking

    script = factories_marking.script(factories_marking.window())
    script.file = files.store(io.BytesIO(b"handed in"), kind="txt", at=AT, size_limit=100)
    script.save()
    assert files.remove_unused(at=AT + 365 * DAY) == 0
    assert files.read(script.file) == b"handed in"


@pytest.mark.django_db
def test_what_is_referred_to_by_a_row_that_the_file_has_no_name_for_stays_and_the_rest_goes(
    catalogue: None,
) -> None:
    from goldenthread.catalogue.models import Framework

    framework = Framework.objects.order_by("pk")[0]
    framework.file = files.store(io.BytesIO(b"framework text"), kind="txt", at=AT, size_limit=100)
    framework.save()
    files.store(io.BytesIO(b"looked at"), kind="txt", at=AT, size_limit=100)
    assert files.remove_unused(at=AT + 2 * DAY) == 1
    assert files.read(framework.file) == b"framework text"


@pytest.mark.django_db
def test_who_holds_or_stores_a_file_again_keeps_it_for_another_day() -> None:
    stored = files.store(io.BytesIO(b"looked at"), kind="txt", at=AT, size_limit=100)
    assert files.hold(stored.sha256, at=AT + 2 * DAY) == stored
    assert files.remove_unused(at=AT + 3 * DAY) == 0
    assert files.store(io.BytesIO(b"looked at"), kind="txt", at=AT + 3 * DAY, size_limit=100) == stored
    assert files.remove_unused(at=AT + 4 * DAY) == 0
    assert files.remove_unused(at=AT + 4 * DAY + SECOND) == 1
    assert files.hold(stored.sha256, at=AT + 5 * DAY) is None


@pytest.mark.django_db
def test_a_row_whose_object_was_lost_gets_it_back_when_the_content_comes_again() -> None:
    stored = files.store(io.BytesIO(b"looked at"), kind="txt", at=AT, size_limit=100)
    default_storage.delete(stored.path)
    assert (
        files.read(files.store(io.BytesIO(b"looked at"), kind="txt", at=AT, size_limit=100)) == b"looked at"
    )


@pytest.mark.django_db(transaction=True)
def test_removing_and_storing_the_same_content_at_once_never_leaves_a_row_without_its_object() -> None:
    def removes(_: int) -> None:
        files.remove_unused(at=AT + 2 * DAY)

    def stores(_: int) -> StoredFile:
        return files.store(io.BytesIO(b"once more"), kind="txt", at=AT + 2 * DAY, size_limit=100)

    def with_connection(job: Any) -> Any:
        try:
            return job(0)
        finally:
            connection.close()

    for _ in range(5):
        StoredFile.objects.all().delete()
        files.store(io.BytesIO(b"once more"), kind="txt", at=AT, size_limit=100)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(with_connection, [removes, stores, removes, stores]))
        assert files.read(StoredFile.objects.get()) == b"once more"


# --- folders of a local disk -------------------
@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was synced, in order: the names of folders, and `file` for a file."""
    found: list[str] = []

    def told(handle: int) -> None:
        place = Path(f"/proc/self/fd/{handle}").resolve()
        found.append(str(place) if place.is_dir() else "file")

    monkeypatch.setattr("os.fsync", told)
    return found


def test_the_name_of_a_new_folder_is_on_the_disk_before_anything_in_it_is(
    tmp_path: Path, synced: list[str]
) -> None:
    place = tmp_path / "kept"
    DurableStorage(location=place).save("ab/cd/abcd1", ContentFile(b"one"))
    assert synced == [str(place), str(tmp_path), "file", str(place / "ab")]
    assert (place / "ab/abcd1").read_bytes() == b"one"


def test_a_process_sees_to_the_name_of_each_folder_once(tmp_path: Path, synced: list[str]) -> None:
    place = tmp_path / "kept"
    ours, another = DurableStorage(location=place), DurableStorage(location=place)
    ours.save("ab/cd/abcd1", ContentFile(b"one"))
    synced.clear()
    ours.save("ab/ef/abef2", ContentFile(b"two"))
    assert synced == ["file", str(place / "ab")]
    synced.clear()
    another.save("ab/ef/abef3", ContentFile(b"three"))  # who made the folder may not have synced its name yet
    assert synced == [str(place), str(tmp_path), "file", str(place / "ab")]


def test_a_folder_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    storage = DurableStorage(location=tmp_path)
    storage.save("ab/cd/abcd1", ContentFile(b"one"))
    shutil.rmtree(tmp_path / "ab")
    storage.save("ab/cd/abcd2", ContentFile(b"two"))
    assert storage.open("ab/cd/abcd2").read() == b"two"


def test_what_was_kept_two_folders_deep_is_found_replaced_and_removed_there(tmp_path: Path) -> None:
    former = tmp_path / "ab/cd/abcd1"
    former.parent.mkdir(parents=True)
    former.write_bytes(b"kept by an earlier release")
    storage = DurableStorage(location=tmp_path)
    assert storage.exists("ab/cd/abcd1")
    assert storage.open("ab/cd/abcd1").read() == b"kept by an earlier release"
    storage.delete("ab/cd/abcd1")
    assert not former.exists()
    assert not storage.exists("ab/cd/abcd1")
