"""Local file storage that answers only when the bytes are on the disk."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Write beside the target, sync, rename into place, sync the folder: whole or not at all, also after a crash.

    Of a name's folders the disk has the first alone: 256 of them, each of which is made once and not for every file.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._durable: set[Path] = set()  # folders whose own names this process has seen onto the disk

    def path(self, name: str) -> str:
        """Where the file of this name is or would be; what was kept in all the folders of its name is found there."""
        whole = super().path(name)
        folders = Path(name).parts[:-1]
        if len(folders) < 2 or os.path.lexists(whole):
            return whole
        return super().path(str(Path(folders[0], Path(name).name)))

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        handle, temporary = self._part_beside(target)
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
        _sync(target.parent)
        return name

    def _part_beside(self, target: Path) -> tuple[int, str]:
        """A new file in the target's folder, whose own name is on the disk by then; a removed folder is made."""
        folder = target.parent
        if folder in self._durable:
            try:
                return tempfile.mkstemp(dir=folder, prefix=".part-")
            except FileNotFoundError:
                self._durable.discard(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # Whoever made it may not have come to this yet: every process sees to it once, before it relies on it.
        for above in (folder.parent, Path(self.location).parent):
            _sync(above)
        self._durable.add(folder)
        return tempfile.mkstemp(dir=folder, prefix=".part-")

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Content-addressed names are never taken by anything else."""
        return name


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
