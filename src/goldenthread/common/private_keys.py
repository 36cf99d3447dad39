"""Private keys of 32 bytes: from the environment, else in a file of the data folder that the first use makes.

Each kind of signature has a key of its own, or a first line of what is signed that tells it apart. A file can be read
by the account of the server alone and is on the disk before anything is signed with it.
"""

import base64
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from goldenthread.common import key_files
from goldenthread.common.refused import Refused

BYTES = 32
Row = TypeVar("Row")


def private_key(text: str, path: Path) -> bytes:
    """The key in `text` (base64), else the one in the file, which is made if it isn't there."""
    if text:
        return base64.b64decode(text, validate=True)
    if not path.exists():
        key_files.make_once(path, _new())
    return base64.b64decode(path.read_text().strip(), validate=True)


def public_half(seed: bytes) -> bytes:
    """The public half of a private key."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signature(message: bytes, seed: bytes) -> bytes:
    """The Ed25519 signature over a message with a private key of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether the private half of a public key of 32 bytes signed this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def rotate(publish: Callable[[bytes], Row], *, text: str, path: Path, variable: str, code: str) -> Row:
    """Put a new key in the place of the one in the file, with both public halves given to `publish`; what it gives back
    for the new one.

    Refuses with `code` where the key comes from the environment: there whoever runs the installation changes it.
    """
    if text:
        raise Refused(
            f"The key comes from {variable}: put a new one there and start again. The old public key stays published.",
            code=code,
        )
    publish(public_half(private_key("", path)))
    key_files.replace(path, _new())
    return publish(public_half(private_key("", path)))


def _new() -> str:
    return base64.b64encode(secrets.token_bytes(BYTES)).decode() + "\n"
