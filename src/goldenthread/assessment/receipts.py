"""Signed receipts: their canonical content, the signature over it, and the check that needs no server (S0-39).

A receipt file holds what was received, by whom and when, with an Ed25519 signature. The signature is over one text,
byte for byte: the format's name, a line end, and the content as JSON with sorted keys and without spaces. Whoever has
the public key can check it years later, offline. No Django, no clock.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from goldenthread.common import private_keys
from goldenthread.common.refused import Refused

FIRST_FORMAT = (
    "golden-thread-receipt-1"  # before declarations were on it; what bears it stays as good as it was
)
FORMAT = "golden-thread-receipt-2"
ANY_FORMAT = "golden-thread-receipt-"
FORMATS = (FIRST_FORMAT, FORMAT)
KEYS_FORMAT = "golden-thread-receipt-keys-1"
ALGORITHM = "Ed25519"
KEY_BYTES = 32
FIELDS = (
    "receipt",
    "enrolment",
    "person",
    "programme",
    "received_at",
    "words",
    "word_rule",
    "sha256",
    "provider",
)
LATER_FIELDS = ("length", "not_counted", "declared")  # since the second format
LARGEST = 100_000  # bytes of a receipt or of a file of keys


def canonical(content: Mapping[str, Any], form: str = FORMAT) -> bytes:
    """The bytes that are signed, in one of `FORMATS`."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{form}\n{text}".encode()


def key_id(public: bytes) -> str:
    """The name of a key, from its public half: sixteen hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


def decoded_key(text: str) -> bytes:
    """32 bytes from base64; refuses anything else."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise Refused("A key is 32 bytes in base64: 44 characters.", code="receipt.key")
    return raw


def encoded(raw: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(raw).decode()


def sign(content: Mapping[str, Any], seed: bytes) -> str:
    """The receipt file of this content, as text, signed with a private key of 32 bytes."""
    signature = private_keys.signature(canonical(content), seed)
    receipt = {
        "format": FORMAT,
        "content": dict(content),
        "algorithm": ALGORITHM,
        "key": key_id(private_keys.public_half(seed)),
        "signature": encoded(signature),
    }
    return json.dumps(receipt, indent=2, ensure_ascii=False) + "\n"


def read_receipt(text: str) -> dict[str, Any]:
    """A receipt file as it says itself to be; refuses what is none. Nothing in it is proven yet."""
    found = _json(text, "receipt")
    content = found.get("content")
    form = found.get("format")
    fields = FIELDS if form == FIRST_FORMAT else (*FIELDS, *LATER_FIELDS)
    whole = isinstance(content, dict) and all(field in content for field in fields)
    named = all(isinstance(found.get(name), str) for name in ("key", "signature"))
    if form not in FORMATS or found.get("algorithm") != ALGORITHM or not whole or not named:
        raise Refused("This is no signed receipt: download the receipt file once more.", code="receipt.form")
    return found


def verify(text: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """What a receipt file proves; `keys` are public keys by their names.

    Refuses what is no receipt, a key that is not among them, and a content that is not the signed one.
    """
    found = read_receipt(text)
    public = keys.get(found["key"])
    if public is None:
        raise Refused(
            f"This receipt was signed with the key {found['key'][:40]}, which is not among the keys given.",
            code="receipt.key_unknown",
        )
    try:
        signature = base64.b64decode(found["signature"], validate=True)
    except ValueError:
        signature = b""
    try:
        signed = canonical(found["content"], found["format"])
    except (
        ValueError,
        RecursionError,
    ):  # half a character, or nested without end: nothing that was ever signed
        signed = b""
    if not private_keys.is_signed(signed, signature, public):
        raise Refused(
            "This receipt was altered, or was never given: its signature doesn't fit its content.",
            code="receipt.altered",
        )
    content: dict[str, Any] = found["content"]
    return content


def says_receipt(text: str) -> bool:
    """Whether a file says of itself that it is a signed receipt, in whatever version. Nothing is proven by it."""
    try:
        form = _json(text, "receipt").get("format")
    except Refused:
        return False
    return isinstance(form, str) and form.startswith(ANY_FORMAT)


def declared_lines(declared: Any) -> list[str]:
    """What a receipt's content says was declared, each statement in a line with the version of its words."""
    lines = []
    for one in declared.values() if isinstance(declared, dict) else ():
        if not isinstance(one, dict):
            continue
        said = {"none": "no AI was used", "used": f"AI was used: {one.get('note', '')}"}.get(
            one.get("use", ""), ""
        )
        if one.get("text"):
            lines.append(f"{one['text']} ({one.get('version')}){f' {said}' if said else ''}")
    return lines


def keys_text(keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The public keys as they are published: each with its name and since when it signs."""
    return {"format": KEYS_FORMAT, "algorithm": ALGORITHM, "keys": list(keys)}


def read_keys(data: bytes) -> dict[str, bytes]:
    """Public keys by name, from the published list, a PEM file, or one key in base64. The name is worked out anew."""
    text = data.decode("utf-8", "replace").strip()
    if text.startswith("-----BEGIN"):
        try:
            public = load_pem_public_key(data)
        except (ValueError, TypeError):
            public = None
        if not isinstance(public, Ed25519PublicKey):
            raise Refused("This PEM file holds no Ed25519 public key.", code="receipt.key")
        found = [public.public_bytes_raw()]
    elif text.startswith("{"):
        listed = _json(text, "list of keys").get("keys")
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise Refused("This is no list of receipt keys.", code="receipt.key")
        found = [decoded_key(str(one.get("public", ""))) for one in listed]
    else:
        found = [decoded_key(text)]
    return {key_id(one): one for one in found}


def _json(text: str, what: str) -> dict[str, Any]:
    """One JSON object in which no name stands twice: a second one would hide the first from a reader."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name stands twice")
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as fault:
        raise Refused(f"This is no {what}: it can't be read as JSON.", code="receipt.form") from fault
    if not isinstance(found, dict):
        raise Refused(f"This is no {what}.", code="receipt.form")
    return found
