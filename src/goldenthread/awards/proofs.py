"""The proof on a credential: eddsa-rdfc-2022 of the W3C's Data Integrity, and the public key as a Multikey.

The signature is over two hashes: of the proof's own terms (who signs, with which key, when, what for) and of the
credential's facts. Ed25519; no Django, no clock.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from goldenthread.awards import quads
from goldenthread.common import private_keys
from goldenthread.common.refused import Refused

SUITE = "eddsa-rdfc-2022"
PURPOSE = "assertionMethod"
PROOF_TERMS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\xed\x01"  # how a Multikey says that an Ed25519 public key follows


def base58(raw: bytes) -> str:
    """Bytes in base 58, as Bitcoin writes it, with the "z" of a Multibase before it."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, place = divmod(number, 58)
        text = _ALPHABET[place] + text
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def from_base58(text: str) -> bytes:
    """The bytes of a text that `base58` made; refuses another."""
    digits = text[1:]
    if text[:1] != "z" or not digits or len(digits) > 200 or any(sign not in _ALPHABET for sign in digits):
        raise Refused("This is no Multibase text in base 58.", code="credential.form")
    number = 0
    for sign in digits:
        number = number * 58 + _ALPHABET.index(sign)
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(public: bytes) -> str:
    """An Ed25519 public key of 32 bytes as verifiers read it: "z6Mk…"."""
    return base58(_ED25519 + public)


def signed(document: Mapping[str, Any], *, seed: bytes, method: str, created: str) -> dict[str, Any]:
    """The document with a proof by the private key of 32 bytes whose public half stands under the address `method`."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    }
    signature = private_keys.signature(_signed_bytes(document, proof), seed)
    return {**document, "proof": {**proof, "proofValue": base58(signature)}}


def check(document: Mapping[str, Any], public: bytes) -> None:
    """Refuse a document that wasn't signed, in just this form, by the private half of `public`."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or set(proof) != PROOF_TERMS or proof["cryptosuite"] != SUITE:
        raise Refused("This credential has no proof that we can check.", code="credential.form")
    signature = from_base58(str(proof["proofValue"]))
    if not private_keys.is_signed(_signed_bytes(document, proof), signature, public):
        raise Refused(
            "This credential was altered, or was never given: its proof doesn't fit what it says.",
            code="credential.altered",
        )


def _signed_bytes(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    terms = {name: value for name, value in proof.items() if name != "proofValue"}
    return _hash(quads.canonical(terms)) + _hash(quads.canonical(document))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
