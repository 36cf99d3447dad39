"""When the power fails, what was synced is there. The controls: with less than that these tests find what is lost.

The database stands on a file system in an image file. At the failure the server's processes stop where they are, and
the image is copied: what the kernel had not written to it yet is gone, as from a disk. Then the copy is read.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.durability import provider
from tests.durability.installation import installed
from tests.durability.people import Crowd, Receipt

pytestmark = [pytest.mark.timeout(300), pytest.mark.alike]  # installations with databases of their own
TRIES = 3  # of the control
RELAXED = ("synchronous=FULL", "synchronous=NORMAL")
UNSYNCED = "django.core.files.storage.FileSystemStorage"
STORED = """
    SELECT script.sitting_id, script.number, script.text, file.sha256
    FROM goldenthread_script AS script LEFT JOIN goldenthread_storedfile AS file ON file.id = script.file_id
"""
ENOUGH = 20  # well before SQLite moves its log into the database, which syncs both whatever the setting
PARTICIPANTS = 600


@contextmanager
def _mounted(image: Path, place: Path) -> Iterator[Path]:
    """The image as a folder. Not everybody may mount; who may not is told what is left out."""
    place.mkdir()
    done = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(
            f"a power failure needs a file system in an image, and mounting one: {done.stderr.strip()}"
        )
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _disk(tmp_path: Path) -> Path:
    image = tmp_path / "disk"
    if shutil.which("mkfs.ext4") is None or os.geteuid() != 0:
        pytest.skip("a power failure needs root and mkfs.ext4, to mount a file system in an image")
    with image.open("wb") as file:
        file.truncate(256 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    return image


def _lost_in_a_power_failure(tmp_path: Path, **less: Any) -> list[Receipt]:
    """Receipts that were given before the failure and have no script, or another, after it."""
    image, after = _disk(tmp_path), tmp_path / "after"
    with (
        provider.running() as mails,
        _mounted(image, tmp_path / "disk-mounted") as folder,
        installed("sqlite", mails, folder=folder, **less) as one,
    ):
        jobs, text = one.people(PARTICIPANTS)
        os.sync()
        one.start("web")
        crowd = Crowd(jobs, text, port=one.port, people=4, seed=3)
        crowd.begin()
        crowd.wait_for(ENOUGH)
        one.pause()
        given = list(crowd.receipts)
        assert {"text", "document"} <= {receipt.way for receipt in given}
        shutil.copyfile(image, after)
        data = Path(one.environment["GOLDENTHREAD_DATA"]).relative_to(folder)
        crowd.give_up()
    with _mounted(after, tmp_path / "after-mounted") as folder:
        stored = _stored(folder / data)
    return [one for one in given if stored.get((one.sitting, one.number)) != one.sha256]


def _stored(data: Path) -> dict[tuple[int, int], str]:
    """The checksum of every text and of every document's bytes as they are on the disk."""
    found = {}
    with sqlite3.connect(data / "goldenthread.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for sitting, number, text, sha256 in database.execute(STORED):
            if sha256 is None:
                content = text.encode()
            else:
                file = data / "files" / sha256[:2] / sha256
                content = file.read_bytes() if file.exists() else b""
            found[sitting, number] = hashlib.sha256(content).hexdigest()
    return found


def test_after_a_power_failure_every_receipt_has_its_script(tmp_path: Path) -> None:
    assert _lost_in_a_power_failure(tmp_path) == []


def _lost_in_one_of_some(tmp_path: Path, **less: Any) -> list[Receipt]:
    """Where a checkpoint, or the system itself, wrote in the very moment before, nothing is lost: then once more."""
    for number in range(TRIES):
        (place := tmp_path / str(number)).mkdir()
        lost = _lost_in_a_power_failure(place, **less)
        if lost:
            return lost
    raise AssertionError(f"nothing was lost in {TRIES} power failures: the test can't find what it looks for")


def test_control_with_less_syncing_the_same_test_finds_losses(tmp_path: Path) -> None:
    assert _lost_in_one_of_some(tmp_path, relaxed=RELAXED)


def test_control_where_files_are_not_synced_documents_are_lost_whose_rows_are_there(tmp_path: Path) -> None:
    lost = _lost_in_one_of_some(tmp_path, storage=UNSYNCED)
    assert "text" not in {receipt.way for receipt in lost}


def test_control_a_database_that_answers_before_it_writes_is_found_out() -> None:
    with provider.running() as mails, installed("postgresql", mails) as one:
        jobs, text = one.people(PARTICIPANTS)
        one.configure("synchronous_commit = off", "wal_writer_delay = '1s'")
        one.start("web")
        crowd = Crowd(jobs, text, port=one.port, people=4, seed=3)
        crowd.begin()
        crowd.wait_for(ENOUGH)
        one.kill("database")
        given = list(crowd.receipts)
        crowd.give_up()
        one.kill("web")
        one.start("database")
        stored = one.scripts()
        assert [
            receipt for receipt in given if stored.get((receipt.sitting, receipt.number)) != receipt.sha256
        ]
