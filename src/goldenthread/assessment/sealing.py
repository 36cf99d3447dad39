"""The seal on what is unseen: one text, encrypted under a data key of its own that a master key wraps.

A seal is one line of text: the format's name, the name of the master key, the wrapped data key and the encrypted
content. Both halves are AES-256-GCM and bound to their `Place`: which part of which case study, at which revision. So
a seal that was altered, or put in the place of another, doesn't open. Another master key wraps the data key anew and
leaves the content as it is. No Django, no clock, no settings.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from goldenthread.common.refused import Refused

FORMAT = "gtseal1"
KEY_BYTES = 32
_NONCE = 12  # bytes; by chance for every encryption
NEWEST_FIRST = "the newest first, separated by commas"


class Unreadable(Refused):
    """A seal that doesn't open. The message is for staff: which case study, why, and what to do.

    `code` is "seal.key" where a key is missing and "seal.altered" where what is stored isn't what was sealed.
    """


@dataclass(frozen=True)
class Place:
    """Where a seal belongs: the part ("text", "needs" or "scheme") of a case study, at a revision of that part; or what
    an author ("sent", the number of their account) had sent and that waits for them.
    """

    part: str
    case: int
    revision: int

    def bound(self, half: str) -> bytes:
        """What both halves are authenticated with."""
        return f"{FORMAT}|{half}|{self.part}|{self.case}|{self.revision}".encode()

    def __str__(self) -> str:
        if self.part == "sent":
            return "what an author had sent"
        names = {"text": "the text", "needs": "the areas of need", "scheme": "the mark scheme"}
        return f"{names[self.part]} of case study {self.case}"


class Keyring:
    """The master keys by name, the newest first: it wraps, and every one of them opens."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = {key_name(one): one for one in keys}
        if not self._keys:
            raise ValueError("A keyring needs a key.")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._keys)

    @property
    def newest(self) -> str:
        return self.names[0]

    def get(self, name: str) -> bytes | None:
        return self._keys.get(name)


def key_name(key: bytes) -> str:
    """The name of a master key, which tells nothing of it: eight hexadecimal digits."""
    return hashlib.sha256(b"golden-thread-case-key|" + key).hexdigest()[:8]


def new_key() -> str:
    """A new master key in base64: 44 characters."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def seal(content: Mapping[str, Any], place: Place, ring: Keyring) -> str:
    """Seal a content (plain JSON) for its place, under a data key that is used for nothing else."""
    data_key = AESGCM.generate_key(bit_length=256)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return _joined(_wrapped(data_key, place, ring), _encrypted(data_key, text, place.bound("content")))


def opened(stored: str, place: Place, ring: Keyring) -> dict[str, Any]:
    """The content of a seal. Refuses (`Unreadable`) without its key, and what was altered or belongs elsewhere."""
    name, wrapped, content = _parts(stored, place)
    data_key = _data_key(name, wrapped, place, ring)
    found: dict[str, Any] = json.loads(_decrypted(data_key, content, place.bound("content"), place))
    return found


def rewrapped(stored: str, place: Place, ring: Keyring) -> str:
    """The same seal with its data key wrapped by the newest master key; as it is if that is so already."""
    if wrapped_by(stored) == ring.newest:
        return stored
    name, wrapped, content = _parts(stored, place)
    return _joined(_wrapped(_data_key(name, wrapped, place, ring), place, ring), content)


def wrapped_by(stored: str) -> str:
    """The name of the master key that wraps a seal's data key; "" for what is no seal."""
    parts = stored.split("$")
    return parts[1] if len(parts) == 4 and parts[0] == FORMAT else ""


def _wrapped(data_key: bytes, place: Place, ring: Keyring) -> tuple[str, bytes]:
    master = ring.get(ring.newest)
    assert master is not None
    return ring.newest, _encrypted(master, data_key, place.bound(f"key|{ring.newest}"))


def _data_key(name: str, wrapped: bytes, place: Place, ring: Keyring) -> bytes:
    master = ring.get(name)
    if master is None:
        raise Unreadable(
            f"{str(place).capitalize()} can't be opened: it is sealed with the key {name}, which this installation "
            f"doesn't have. Put that key back into GOLDENTHREAD_CASE_KEYS ({NEWEST_FIRST}) and start again. "
            "Nothing is lost as long as that key exists somewhere.",
            code="seal.key",
        )
    return _decrypted(master, wrapped, place.bound(f"key|{name}"), place)


def _joined(wrapped: tuple[str, bytes], content: bytes) -> str:
    name, key = wrapped
    return "$".join([FORMAT, name, base64.b64encode(key).decode(), base64.b64encode(content).decode()])


def _parts(stored: str, place: Place) -> tuple[str, bytes, bytes]:
    """The name of the master key, the wrapped data key, and the encrypted content."""
    if not wrapped_by(stored):
        raise _altered(place)
    _, name, key, content = stored.split("$")
    try:
        return name, base64.b64decode(key, validate=True), base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise _altered(place) from fault


def _encrypted(key: bytes, text: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, bound)


def _decrypted(key: bytes, text: bytes, bound: bytes, place: Place) -> bytes:
    try:
        return AESGCM(key).decrypt(text[:_NONCE], text[_NONCE:], bound)
    except (InvalidTag, ValueError) as fault:
        raise _altered(place) from fault


def _altered(place: Place) -> Unreadable:
    return Unreadable(
        f"{str(place).capitalize()} can't be opened: what is stored is not what was sealed here. It was altered, or "
        "stands in the place of another. Find out who could write to the database, put this row back from the last "
        "backup in which it opens (`goldenthread keys check` tells), or choose another case study for its windows.",
        code="seal.altered",
    )
