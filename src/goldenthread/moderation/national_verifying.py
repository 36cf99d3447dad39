"""Whether a package for the national moderator is whole, for anybody who has it and our public keys. Pure: a file and
keys come in; nothing is unpacked, and one piece of one file is in memory at a time.
"""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from goldenthread.common.refused import Refused
from goldenthread.moderation import national_signing
from goldenthread.moderation.national_signing import ANSWER, CODE, MANIFEST, SIGNATURE

PIECE = 1 << 16
LARGEST = (
    20_000_000  # bytes of a manifest or signature: of 14,000 scripts with evidence it has about ten million
)
SHOWN = 10
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)


@dataclass(frozen=True)
class Whole:
    """A package that is whole: its name, what its manifest says, and how many files were compared."""

    code: str
    manifest: Mapping[str, Any]
    files: int


def is_zip(file: IO[bytes]) -> bool:
    """Whether a file begins as a zip does; it is at its beginning again afterwards."""
    begin = file.read(4)
    file.seek(0)
    return begin == b"PK\x03\x04"


def verify(file: IO[bytes], keys: Mapping[str, bytes]) -> Whole:
    """Check the signatures of a package and every file in it against the signed manifest.

    Refuses what is no package, a key that isn't among `keys`, a signature that doesn't fit, and, with every name, files
    that were altered, are missing or were added. An answer that was filled in is altered too, and is said to be that.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = [one.filename for one in archive.infolist()]
            manifest, code = _signed_manifest(archive, names, keys)
            digests: Mapping[str, str] = manifest["sha256"]
            counts = Counter(names)
            twice = sorted(name for name, count in counts.items() if count > 1)
            added = sorted(set(names) - set(digests) - {MANIFEST, SIGNATURE})
            missing = sorted(set(digests) - set(names))
            altered = [
                name for name, sha256 in sorted(digests.items())
                if counts[name] == 1 and _sha256(archive, name) != sha256
            ]  # fmt: skip
    except _BROKEN:
        raise _no_package() from None
    faults = [
        *(f"{_short(name)} was altered{_filled(name)}" for name in altered),
        *(f"{_short(name)} is missing" for name in missing),
        *(f"{_short(name)} was added" for name in added),
        *(f"{_short(name)} is in it twice" for name in twice),
    ]
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise Refused(
            f"Package {code} is not as it was sent: {'; '.join(faults[:SHOWN])}{more}. Ask for it again.",
            code="receipt.altered",
        )
    return Whole(code, manifest, len(digests))


def _signed_manifest(
    archive: zipfile.ZipFile, names: list[str], keys: Mapping[str, bytes]
) -> tuple[dict[str, Any], str]:
    """The manifest of a package, once both signatures fit, and how people name the package."""
    if names.count(MANIFEST) != 1 or names.count(SIGNATURE) != 1:
        raise _no_package()
    raw, seal = _read(archive, MANIFEST), _object(_read(archive, SIGNATURE))
    manifest = _object(raw)
    digests, key, signature = manifest.get("sha256"), seal.get("key"), seal.get("signature")
    if not isinstance(digests, dict) or not isinstance(key, str) or not isinstance(signature, str):
        raise _no_package()
    if key not in keys:
        raise Refused(
            f"This package was signed with the key {_short(key)}, which is not among these keys. Fetch our public keys "
            "again.",
            code="receipt.key_unknown",
        )
    whole = national_signing.is_whole(manifest, raw, str(seal.get("manifest_signature") or ""), keys[key])
    sha256 = national_signing.digest_of(manifest)
    if not whole or not national_signing.is_signed(sha256, signature, keys[key]):
        raise Refused(
            "The signature doesn't fit: the manifest of this package was altered, or it was made elsewhere. Ask for it "
            "again.",
            code="receipt.altered",
        )
    return manifest, sha256[:CODE]


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _no_package()
    return data


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    """The digest of a file in the zip; of one that can't be unpacked that of nothing that was ever sent."""
    digest = hashlib.sha256()
    try:
        with archive.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except _BROKEN:
        return ""
    return digest.hexdigest()


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _no_package() from None
    if not isinstance(found, dict):
        raise _no_package()
    return found


def _filled(name: str) -> str:
    return ", as filling it in does" if name == ANSWER else ""


def _short(name: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in name)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"


def _no_package() -> Refused:
    return Refused("This zip is no package of ours, or a part of it is missing.", code="receipt.form")
