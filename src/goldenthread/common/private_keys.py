"""Private keys of 32 bytes: from the environment, else in a file of the data folder that the first use makes.

Each kind of signature has a key of its own. A file can be read by the account of the server alone and is on the disk
before anything is signed with it.
"""

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BYTES = 32


def private_key(text: str, path: Path) -> bytes:
    """The key in `text` (base64), else the one in the file, which is made if it isn't there."""
    if text:
        return base64.b64decode(text, validate=True)
    if not path.exists():
        _make(path)
    return base64.b64decode(path.read_text().strip(), validate=True)


def public_half(seed: bytes) -> bytes:
    """The public half of a private key."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def replace(path: Path) -> None:
    """Put a new key in the place of the one in the file."""
    _written(path).replace(path)


def _make(path: Path) -> None:
    """Write a new key; of two processes at once, one wins and both use its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _written(path)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()


def _written(path: Path) -> Path:
    """A new key in a file of its own beside `path`, on the disk when this returns."""
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return made
