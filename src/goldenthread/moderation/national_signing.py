"""The signatures over a package for the national moderator. Pure: bytes and keys come in; `national_verifying` compares
a package with what was signed.

A package names every file with its SHA-256 in `manifest.json`. The digest of all that, but for what bears the digest
itself and for evidence, is what people name it by, and what is signed; so a row with digest and signature proves
itself, and so does the zip. Which evidence can be enclosed changes from day to day, and an answer isn't about that:
the same round is the same package. A second signature is over the manifest as it is, so that nothing of a zip,
evidence too, can be changed, taken out or put in.
The key is that of receipts, whose public halves are published; the first line of what is signed tells all apart.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from goldenthread.common import private_keys

FORMAT = "golden-thread-national-1"
MANIFEST_FORMAT = "golden-thread-national-manifest-1"
CODE = 16  # hexadecimal digits of the digest by which people name a package
ANSWER, README, MANIFEST, SIGNATURE = "answer.csv", "README.txt", "manifest.json", "signature.json"
NAMING = (ANSWER, README)  # they bear the package's name, so its digest can't be about them
EVIDENCE, FOLDER = (
    "evidence.csv",
    "evidence",
)  # what came of the files of evidence, and those that are enclosed
EVIDENCE_APART = 3  # the form of packages from which on evidence has no part in their digest


def json_bytes(value: Any) -> bytes:
    """A value as JSON that is always the same."""
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def digest_of(manifest: Mapping[str, Any]) -> str:
    """The SHA-256 of what a package says of itself, without what bears its name and, unless it is of an older form,
    without its evidence.
    """
    apart = _form(manifest) >= EVIDENCE_APART
    unnamed = ("package", "package_sha256", *(["evidence"] if apart else []))
    said = {name: value for name, value in manifest.items() if name not in unnamed}
    files: Mapping[str, str] = said.get("sha256") or {}
    said["sha256"] = {
        name: sha256 for name, sha256 in files.items()
        if name not in NAMING and not (apart and (name == EVIDENCE or name.startswith(f"{FOLDER}/")))
    }  # fmt: skip
    return hashlib.sha256(json_bytes(said)).hexdigest()


def _form(manifest: Mapping[str, Any]) -> int:
    form = manifest.get("form")
    return form if isinstance(form, int) else 0


def is_whole(manifest: Mapping[str, Any], raw: bytes, signature: str, public: bytes | None) -> bool:
    """Whether the key signed the manifest as it stands in the zip. What went out before evidence was enclosed has no
    such signature, and its signed digest says so.
    """
    if _form(manifest) < EVIDENCE_APART and "evidence" not in manifest:
        return True
    return is_manifest_signed(raw, signature, public)


def sign(sha256: str, seed: bytes) -> str:
    """The signature over the digest of a package with a private key of 32 bytes, in base64."""
    return base64.b64encode(private_keys.signature(_signed(sha256), seed)).decode()


def is_signed(sha256: str, signature: str, public: bytes | None) -> bool:
    """Whether the key, if it is known, signed this digest."""
    return _fits(_signed(sha256), signature, public)


def sign_manifest(manifest: bytes, seed: bytes) -> str:
    """The signature over the whole manifest as it stands in the zip, in base64."""
    return base64.b64encode(private_keys.signature(_signed_manifest(manifest), seed)).decode()


def is_manifest_signed(manifest: bytes, signature: str, public: bytes | None) -> bool:
    """Whether the key, if it is known, signed this manifest."""
    return _fits(_signed_manifest(manifest), signature, public)


def _signed(sha256: str) -> bytes:
    return f"{FORMAT}\n{sha256}".encode()


def _signed_manifest(manifest: bytes) -> bytes:
    return f"{MANIFEST_FORMAT}\n{hashlib.sha256(manifest).hexdigest()}".encode()


def _fits(signed: bytes, signature: str, public: bytes | None) -> bool:
    try:
        given = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    return public is not None and private_keys.is_signed(signed, given, public)
