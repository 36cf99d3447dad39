"""What is synced before a file counts as kept: its bytes, its folder, and what holds a folder that had to be made."""

import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from goldenthread.common.storage import DurableStorage


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are synced from now on, by their names; "" for a file."""
    found: list[str] = []

    def fsync(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        found.append(path.name if path.is_dir() else "")

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_a_file_in_new_folders_has_each_folder_synced_that_holds_one_of_them(
    tmp_path: Path, synced: list[str]
) -> None:
    storage = DurableStorage(location=tmp_path / "files")
    storage.save("ab/cd/first", ContentFile(b"first"))
    assert synced == ["", "cd", "ab", "files", tmp_path.name]
    synced.clear()
    storage.save("ab/ef/other", ContentFile(b"in a folder beside it"))
    assert synced == ["", "ef", "ab"]


def test_a_file_in_a_folder_that_was_there_takes_two_syncs(tmp_path: Path, synced: list[str]) -> None:
    storage = DurableStorage(location=tmp_path)
    storage.save("ab/cd/first", ContentFile(b"first"))
    synced.clear()
    storage.save("ab/cd/second", ContentFile(b"second"))
    assert synced == ["", "cd"]
