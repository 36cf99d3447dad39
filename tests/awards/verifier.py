"""A verifier of the tests' own for Open Badges: facts written out by hand, the proof checked with `cryptography`."""

import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58_decoded(text: str) -> bytes:
    assert text[0] == "z"
    number = 0
    for letter in text[1:]:
        number = number * 58 + LETTERS.index(letter)
    plain = text[1:].lstrip("1")
    return b"\0" * (len(text) - 1 - len(plain)) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def hashed(lines: list[str]) -> bytes:
    return hashlib.sha256("".join(sorted(f"{line} .\n" for line in lines)).encode()).digest()


def facts(doc: dict[str, Any], person: str, address: str) -> list[str]:
    """What a badge says, as RDF; `person` and `address` are the names of its two parts without an address."""
    ob, vc = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#", "https://www.w3.org/2018/credentials#"
    status, type_ = (
        "https://www.w3.org/ns/credentials/status#",
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
    )
    here, issuer, subject = f"<{doc['id']}>", doc["issuer"], doc["credentialSubject"]
    by, what = f"<{issuer['id']}>", subject["achievement"]
    got, entry, (who,) = f"<{what['id']}>", doc["credentialStatus"], subject["identifier"]
    criteria, place = f"<{what['criteria']['id']}>", f"<{entry['id']}>"
    say = "https://schema.org/"

    def text(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return [
        f"{here} {type_} <{vc}VerifiableCredential>",
        f"{here} {type_} <{ob}OpenBadgeCredential>",
        f"{here} <{say}name> {text(doc['name'])}",
        f"{here} <{vc}issuer> {by}",
        f'{here} <{vc}validFrom> "{doc["validFrom"]}"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
        f"{here} <{vc}credentialSubject> {person}",
        f"{here} <{vc}credentialStatus> {place}",
        f"{by} {type_} <{ob}Profile>",
        f"{by} <{say}name> {text(issuer['name'])}",
        f'{by} <{say}url> "{issuer["url"]}"^^<https://www.w3.org/2001/XMLSchema#anyURI>',
        f"{person} {type_} <{ob}AchievementSubject>",
        f"{person} <{ob}identifier> {address}",
        f"{person} <{ob}achievement> {got}",
        f"{address} {type_} <{ob}IdentityObject>",
        f'{address} <{ob}hashed> "true"^^<https://www.w3.org/2001/XMLSchema#boolean>',
        f"{address} <{ob}identityHash> {text(who['identityHash'])}",
        f"{address} <{ob}identityType> {text(who['identityType'])}",
        f"{address} <{ob}salt> {text(who['salt'])}",
        f"{got} {type_} <{ob}Achievement>",
        *(
            f"{got} <{at}{name}> {text(what[name])}"
            for at, name in (
                (ob, "achievementType"),
                (say, "name"),
                (say, "description"),
                (ob, "humanCode"),
                (ob, "version"),
            )
        ),
        f"{got} <{ob}Criteria> {criteria}",
        f"{criteria} <{ob}narrative> {text(what['criteria']['narrative'])}",
        f"{place} {type_} <{status}BitstringStatusListEntry>",
        f"{place} <{status}statusPurpose> {text(entry['statusPurpose'])}",
        f"{place} <{status}statusListIndex> {text(entry['statusListIndex'])}",
        f"{place} <{status}statusListCredential> <{entry['statusListCredential']}>",
    ]


def stands(doc: dict[str, Any], did: dict[str, Any]) -> bool:
    """Whether the proof of a badge holds, by the keys of a DID document."""
    proof = doc["proof"]
    method = proof["verificationMethod"]
    (key,) = (one for one in did["verificationMethod"] if one["id"] == method)
    if method not in did["assertionMethod"] or "revoked" in key or did["id"] != doc["issuer"]["id"]:
        return False
    raw = base58_decoded(key["publicKeyMultibase"])
    assert raw[:2] == b"\xed\x01"
    purpose = f"<https://w3id.org/security#{proof['proofPurpose']}>"
    suite = f'"{proof["cryptosuite"]}"^^<https://w3id.org/security#cryptosuiteString>'
    created = f'"{proof["created"]}"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
    config = hashed([
        "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/security#DataIntegrityProof>",
        f'_:c14n0 <https://w3id.org/security#cryptosuite> {suite}',
        f'_:c14n0 <http://purl.org/dc/terms/created> {created}',
        f"_:c14n0 <https://w3id.org/security#verificationMethod> <{method}>",
        f"_:c14n0 <https://w3id.org/security#proofPurpose> {purpose}",
    ])  # fmt: skip
    for parts in (("_:c14n0", "_:c14n1"), ("_:c14n1", "_:c14n0")):
        try:
            Ed25519PublicKey.from_public_bytes(raw[2:]).verify(
                base58_decoded(proof["proofValue"]), config + hashed(facts(doc, *parts))
            )
        except InvalidSignature:
            continue
        return True
    return False
