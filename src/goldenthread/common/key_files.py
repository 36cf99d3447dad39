"""Files that hold a secret key: made once, whole on the disk or not there, readable by this account alone."""

import os
import secrets
from pathlib import Path


def make_once(path: Path, text: str) -> None:
    """Write `text` as a new key file; of two processes at once one wins, and both use what it wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _written(path, text)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()


def replace(path: Path, text: str) -> None:
    """Put `text` in the place of a key file, at once and for good."""
    _written(path, text).replace(path)


def _written(path: Path, text: str) -> Path:
    """The text in a file of its own beside `path`, on the disk when this returns."""
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return made
