"""What our credentials say: the Open Badge of an award, the list of revoked ones, and the keys as a DID document.

An Open Badge 3.0 is a Verifiable Credential. It holds no more of its holder than a salted hash of an e-mail address:
whoever knows the address can see that it is theirs, nobody reads it out. No Django, no clock.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from goldenthread.awards import proofs

V2 = "https://www.w3.org/ns/credentials/v2"
CONTEXTS = [V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
LIST_SIZE = 131_072  # positions in one list, the least that the standard allows: nobody is known by theirs
SPECIMEN = "SPECIMEN. "


@dataclass(frozen=True)
class Achieved:
    """What a badge says; `key` names the programme version, `list_number` and `position` the place of its status."""

    uuid: str
    programme: str
    programme_code: str
    edition: str
    key: str
    awarded_on: date
    provider: str
    accrediting_body: str
    conditions: tuple[str, ...]
    email: str
    salt: str
    list_number: int
    position: int
    specimen: bool = False


@dataclass(frozen=True)
class Key:
    """A public key of 32 bytes with its name; one that was withdrawn proves nothing any more."""

    name: str
    public: bytes
    withdrawn_at: datetime | None = None


def instant(when: datetime) -> str:
    """An instant as credentials write it: UTC, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def did_of(base_url: str) -> str:
    """Who we are to verifiers: the host of our address as did:web, whose document stands at /.well-known/did.json."""
    return f"did:web:{quote(urlsplit(base_url).netloc, safe='')}"


def method_of(base_url: str, key_name: str) -> str:
    """Where a key stands in our DID document."""
    return f"{did_of(base_url)}#key-{key_name}"


def identity_hash(email: str, salt: str) -> str:
    """An e-mail address as a badge holds it: a SHA-256 of the address in small letters and the salt."""
    return "sha256$" + hashlib.sha256((email.strip().lower() + salt).encode()).hexdigest()


def badge(what: Achieved, *, base_url: str) -> dict[str, Any]:
    """The Open Badge 3.0 of an award, unsigned. In a demonstration it says of itself that it is a specimen."""
    status = list_address(base_url, what.list_number)
    before = SPECIMEN if what.specimen else ""
    return {
        "@context": CONTEXTS,
        "id": f"urn:uuid:{what.uuid}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": printable(before + what.programme),
        "issuer": {
            "id": did_of(base_url),
            "type": ["Profile"],
            "name": printable(what.provider),
            "url": f"{base_url}/",
        },
        "validFrom": f"{what.awarded_on.isoformat()}T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": identity_hash(what.email, what.salt),
                    "identityType": "emailAddress",
                    "salt": what.salt,
                }
            ],
            "achievement": _achievement(what, base_url, before),
        },
        "credentialStatus": {
            "id": f"{status}#{what.position}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(what.position),
            "statusListCredential": status,
        },
    }


def _achievement(what: Achieved, base_url: str, before: str) -> dict[str, Any]:
    address = f"{base_url}/programmes/{what.key}/"
    by = f", accredited by the {what.accrediting_body}" if what.accrediting_body else ""
    said = f"{what.programme_code}, {what.edition} edition, of {what.provider}{by}."
    if what.specimen:
        said = f"Made up for a demonstration: it certifies nothing. {said}"
    asked = "; ".join(what.conditions)
    return {
        "id": address,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": printable(before + what.programme),
        "description": printable(said),
        "humanCode": printable(what.programme_code),
        "version": printable(what.edition),
        "criteria": {
            "id": f"{address}#criteria",
            "narrative": printable(f"Every condition of the qualification was met: {asked}."),
        },
    }


def list_address(base_url: str, number: int) -> str:
    """Where a list of revoked credentials stands."""
    return f"{base_url}/credentials/status/{number}/"


def encoded_list(revoked: Iterable[int]) -> str:
    """A bit for every position, the first one leftmost, set where it is revoked; packed as the standard says."""
    bits = bytearray(LIST_SIZE // 8)
    for position in revoked:
        bits[position // 8] |= 0x80 >> position % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def status_list(number: int, revoked: Iterable[int], *, base_url: str, at: datetime) -> dict[str, Any]:
    """The list with the given number, unsigned, as it stands at an instant; valid from that hour on, since not every
    verifier's clock is right.
    """
    address = list_address(base_url, number)
    return {
        "@context": [V2],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did_of(base_url),
        "validFrom": instant(at.replace(minute=0, second=0)),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded_list(revoked),
        },
    }


def did_document(keys: Iterable[Key], *, base_url: str) -> dict[str, Any]:
    """Who we are and by which keys: old ones still prove what they signed, withdrawn ones stand there as revoked."""
    every = list(keys)
    standing = [method_of(base_url, key.name) for key in every if key.withdrawn_at is None]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did_of(base_url),
        "verificationMethod": [_method(key, base_url) for key in every],
        "assertionMethod": standing,
    }


def _method(key: Key, base_url: str) -> dict[str, Any]:
    found = {
        "id": method_of(base_url, key.name),
        "type": "Multikey",
        "controller": did_of(base_url),
        "publicKeyMultibase": proofs.multikey(key.public),
    }
    return {**found, "revoked": instant(key.withdrawn_at)} if key.withdrawn_at else found


def as_text(document: dict[str, Any]) -> str:
    """A credential as a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def printable(text: str) -> str:
    """A text on one line, without control characters: signed texts have none."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
