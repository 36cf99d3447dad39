"""Whether a package for the national moderator is whole, for anybody who has it and our public keys, and the answer in
one that comes back. Pure: a file and keys come in; nothing is unpacked, and one piece of one file is in memory at a
time.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from goldenthread.common.refused import Refused
from goldenthread.moderation import national_rules, national_signing
from goldenthread.moderation.national_signing import ANSWER, CODE, MANIFEST, NAMING, SIGNATURE

PIECE = 1 << 16
LARGEST = (
    20_000_000  # bytes of a manifest or signature: of 14,000 scripts with evidence it has about ten million
)
LARGEST_BACK = 50_000_000  # bytes of all files of a package that comes back with its answer, unpacked
SHOWN = 10
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)


@dataclass(frozen=True)
class Whole:
    """A package that is whole: its name, what its manifest says, and how many files were compared."""

    code: str
    manifest: Mapping[str, Any]
    files: int


@dataclass(frozen=True)
class Compared:
    """A package whose signatures fit, with the names of the files that aren't as they were signed."""

    sha256: str
    manifest: Mapping[str, Any]
    altered: list[str]
    missing: list[str]
    added: list[str]
    twice: list[str]

    @property
    def code(self) -> str:
        """How people name the package."""
        return self.sha256[:CODE]


def is_zip(file: IO[bytes]) -> bool:
    """Whether a file begins as a zip does; it is at its beginning again afterwards."""
    begin = file.read(4)
    file.seek(0)
    return begin == b"PK\x03\x04"


def compare(file: IO[bytes], keys: Mapping[str, bytes]) -> Compared:
    """Check the signatures of a package, and compare every file in it with the signed manifest.

    Refuses what is no package, a key that isn't among `keys`, and a signature that doesn't fit.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = [one.filename for one in archive.infolist()]
            manifest, sha256 = _signed_manifest(archive, names, keys)
            digests: Mapping[str, str] = manifest["sha256"]
            counts = Counter(names)
            return Compared(
                sha256,
                manifest,
                altered=[
                    name for name, signed in sorted(digests.items())
                    if counts[name] == 1 and _sha256(archive, name) != signed
                ],
                missing=sorted(set(digests) - set(names)),
                added=sorted(set(names) - set(digests) - {MANIFEST, SIGNATURE}),
                twice=sorted(name for name, count in counts.items() if count > 1),
            )  # fmt: skip
    except _BROKEN:
        raise _no_package() from None


def verify(file: IO[bytes], keys: Mapping[str, bytes]) -> Whole:
    """Check the signatures of a package and every file in it against the signed manifest.

    Refuses what `compare` refuses and, with every name, files that were altered, are missing or were added. An answer
    that was filled in is altered too, and is said to be that.
    """
    found = compare(file, keys)
    faults = [
        *(f"{_short(name)} was altered{_filled(name)}" for name in found.altered),
        *(f"{_short(name)} is missing" for name in found.missing),
        *(f"{_short(name)} was added" for name in found.added),
        *(f"{_short(name)} is in it twice" for name in found.twice),
    ]
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise Refused(
            f"Package {found.code} is not as it was sent: {'; '.join(faults[:SHOWN])}{more}. Ask for it again.",
            code="receipt.altered",
        )
    return Whole(found.code, found.manifest, len(found.manifest["sha256"]))


# --- the answer ------------------------------------------------------------------------------------------
def answer_in(data: bytes, *, keys: Mapping[str, bytes], sha256: Sequence[str]) -> bytes:
    """The file with the answer: what came back, or `answer.csv` of a whole package that came back as a zip.

    Of a zip the signatures are checked, against the public `keys` by name, and every file but the answer against the
    signed digests: what its sender read is what was sent. `sha256` are the digests of the packages that are asked
    about, the latest first. Refuses what is no such package, one that is too large or another one, and names the file
    that was changed. What a program added when it packed the zip anew is nobody's harm.
    """
    if not is_zip(file := io.BytesIO(data)):
        return data
    try:
        with zipfile.ZipFile(file) as archive:
            _check_size(archive)
            found = compare(file, keys)
            _check_sent(found, sha256)
            if ANSWER in found.missing:
                return b""
            with archive.open(ANSWER) as answer:
                return answer.read(national_rules.LARGEST + 1)
    except _BROKEN:
        raise _for_the_office(_no_package()) from None
    except Refused as refused:
        raise _for_the_office(refused) from None


def _check_size(archive: zipfile.ZipFile) -> None:
    if sum(one.file_size for one in archive.infolist()) > LARGEST_BACK:
        raise Refused(
            "This package is too large to be read in whole: send answer.csv alone.",
            code="national.size",
            field="file",
        )


def _check_sent(found: Compared, sha256: Sequence[str]) -> None:
    """Refuses another package than the one that is asked about, and one that was changed but for its answer."""
    if found.sha256 not in sha256:
        raise Refused(
            f"This is package {found.code}, and the latest of this round is {sha256[0][:CODE]}. Send that one out, and "
            "ask for an answer to it.",
            code="national.other_package",
            field="file",
        )
    other = [name for name in (*found.altered, *found.missing) if name not in NAMING]
    if changed := sorted([*other, *found.twice]):
        raise Refused(
            f"{_short(changed[0])} of this package was changed on its way. Send the package out again, and ask for "
            "answer.csv alone.",
            code="national.changed",
            field="file",
        )


def _for_the_office(refused: Refused) -> Refused:
    """A refusal with what the office does about a package that can't be read back, unless it says so already."""
    if refused.code == "receipt.form":
        return Refused(
            "This zip is no package of ours, or a part of it is missing. Send answer.csv alone, filled in.",
            code="national.no_zip",
            field="file",
        )
    if refused.code in ("receipt.altered", "receipt.key_unknown"):
        return Refused(
            "The signature of this package doesn't fit: it was changed on its way, or made elsewhere. Send the package "
            "out again, and ask for answer.csv alone.",
            code="national.signature",
            field="file",
        )
    return refused


def _signed_manifest(
    archive: zipfile.ZipFile, names: list[str], keys: Mapping[str, bytes]
) -> tuple[dict[str, Any], str]:
    """The manifest of a package, once both signatures fit, and the digest that the package is named by."""
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
    return manifest, sha256


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
