"""Local file storage that answers only when the bytes are on the disk."""

import itertools
import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Write beside the target, sync, rename into place, sync the folder: whole or not at all, also after a crash.

    Folders that had to be made are in folders too, which are synced as well: a folder's sync holds what is in it, and
    promises nothing of its own name.
    """

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        made = _missing(target.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as out:
                for piece in content.chunks():
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        for folder in (target.parent, *(new.parent for new in made)):
            _sync(folder)
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Content-addressed names are never taken by anything else."""
        return name


def _missing(folder: Path) -> list[Path]:
    """This folder and those above it that aren't there yet, the innermost first."""
    return list(itertools.takewhile(lambda one: not one.exists(), (folder, *folder.parents)))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
