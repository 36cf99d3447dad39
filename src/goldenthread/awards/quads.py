"""A credential as the sorted facts that its signature is over: RDF in canonical form, for the terms that we use.

A verifier expands a credential by the contexts that it names and brings the facts into one order (RDFC-1.0). Our
credentials use few terms, so this module knows what each means and needs no general processor. A term that it doesn't
know is refused, never left out: nothing stands in a credential that is not signed. A term that was ever issued stays
here, so that what holders have can be checked. No Django, no clock.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from goldenthread.common.refused import Refused

VC = "https://www.w3.org/2018/credentials#"
STATUS = "https://www.w3.org/ns/credentials/status#"
OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
SECURITY = "https://w3id.org/security#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
NODE = "@id"  # the value is a thing, by its address or with facts of its own
TYPES = {
    "VerifiableCredential": VC, "OpenBadgeCredential": OB, "AchievementCredential": OB, "Profile": OB,
    "AchievementSubject": OB, "IdentityObject": OB, "Achievement": OB,
    "BitstringStatusListCredential": STATUS, "BitstringStatusListEntry": STATUS, "BitstringStatusList": STATUS,
    "DataIntegrityProof": SECURITY,
}  # fmt: skip
DATETIME = f"{XSD}dateTime"
# Each term: what it means, and the kind of its value ("" for plain text).
TERMS: dict[str, tuple[str, str]] = {
    "name": ("https://schema.org/name", ""),
    "description": ("https://schema.org/description", ""),
    "url": ("https://schema.org/url", "https://www.w3.org/2001/XMLSchema#anyURI"),
    "issuer": (f"{VC}issuer", NODE),
    "validFrom": (f"{VC}validFrom", DATETIME),
    "validUntil": (f"{VC}validUntil", DATETIME),
    "credentialSubject": (f"{VC}credentialSubject", NODE),
    "credentialStatus": (f"{VC}credentialStatus", NODE),
    "statusPurpose": (f"{STATUS}statusPurpose", ""),
    "statusListIndex": (f"{STATUS}statusListIndex", ""),
    "statusListCredential": (f"{STATUS}statusListCredential", NODE),
    "encodedList": (f"{STATUS}encodedList", f"{SECURITY}multibase"),
    "achievement": (f"{OB}achievement", NODE),
    "achievementType": (f"{OB}achievementType", ""),
    "humanCode": (f"{OB}humanCode", ""),
    "version": (f"{OB}version", ""),
    "criteria": (f"{OB}Criteria", NODE),
    "narrative": (f"{OB}narrative", ""),
    "identifier": (f"{OB}identifier", NODE),
    "hashed": (f"{OB}hashed", "https://www.w3.org/2001/XMLSchema#boolean"),
    "identityHash": (f"{OB}identityHash", ""),
    "identityType": (f"{OB}identityType", ""),
    "salt": (f"{OB}salt", ""),
    "created": ("http://purl.org/dc/terms/created", DATETIME),
    "cryptosuite": (f"{SECURITY}cryptosuite", f"{SECURITY}cryptosuiteString"),
    "verificationMethod": (f"{SECURITY}verificationMethod", NODE),
    "proofPurpose": (f"{SECURITY}proofPurpose", NODE),
}
PURPOSES = {"assertionMethod": f"{SECURITY}assertionMethod"}
DEEPEST = 8
Fact = tuple[str, str, str]  # subject, predicate, object, as they are written; blank ones as "_:b1"


def canonical(document: Mapping[str, Any]) -> str:
    """The facts of a document in canonical order, one a line; without its proof, which is no part of what it proves.

    Refuses a term, a type or a value that our credentials don't have.
    """
    body = {key: value for key, value in document.items() if key not in ("@context", "proof")}
    facts: set[Fact] = set()
    _node(body, facts, iter(range(10_000)), depth=0)
    names = _blank_names(facts)
    lines = {f"{_named(s, names)} {p} {_named(o, names)} .\n" for s, p, o in facts}
    return "".join(sorted(lines))


def _node(node: Mapping[str, Any], facts: set[Fact], numbers: Iterator[int], *, depth: int) -> str:
    """Add what is said of a thing, and of the things in it; gives how the thing is written."""
    if depth > DEEPEST:
        raise _unknown("something nested too deeply")
    address = node.get("id")
    here = _address(address) if address is not None else f"_:b{next(numbers)}"
    for term, value in node.items():
        if term == "id":
            continue
        for one in value if isinstance(value, list) else [value]:
            if term == "type":
                facts.add((here, f"<{TYPE}>", _type(one)))
            elif term in TERMS:
                meaning, kind = TERMS[term]
                facts.add((here, f"<{meaning}>", _value(term, one, kind, facts, numbers, depth)))
            else:
                raise _unknown(f"the term “{str(term)[:40]}”")
    return here


def _value(term: str, value: Any, kind: str, facts: set[Fact], numbers: Iterator[int], depth: int) -> str:
    if kind == NODE:
        if isinstance(value, dict):
            return _node(value, facts, numbers, depth=depth + 1)
        return _address(PURPOSES.get(value, "") if term == "proofPurpose" else value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str) or any(not sign.isprintable() for sign in value):
        raise _unknown(f"the value of “{term}”")
    text = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"^^<{kind}>' if kind else f'"{text}"'


def _type(name: Any) -> str:
    if not isinstance(name, str) or name not in TYPES:
        raise _unknown(f"the type “{str(name)[:40]}”")
    return f"<{TYPES[name]}{name}>"


def _address(value: Any) -> str:
    """An address as it is written; anything that could end it early is refused."""
    fit = isinstance(value, str) and ":" in value and value.isprintable()
    if not fit or any(sign in value for sign in '<>"{}|^`\\ '):
        raise _unknown(f"the address “{str(value)[:80]}”")
    return f"<{value}>"


def _blank_names(facts: set[Fact]) -> dict[str, str]:
    """The canonical names of things without an address: by the hash of what is said of each (RDFC-1.0, 4.6).

    Two of which the same is said would need the long way; our credentials have none such, so they are refused.
    """
    blank = sorted({part for s, _, o in facts for part in (s, o) if part.startswith("_:")})
    hashes = {}
    for one in blank:
        lines = sorted(
            f"{_seen_from(one, s)} {p} {_seen_from(one, o)} .\n" for s, p, o in facts if one in (s, o)
        )
        hashes[hashlib.sha256("".join(lines).encode()).hexdigest()] = one
    if len(hashes) != len(blank):
        raise _unknown("two parts that can't be told apart")
    return {hashes[digest]: f"_:c14n{place}" for place, digest in enumerate(sorted(hashes))}


def _seen_from(one: str, part: str) -> str:
    return "_:a" if part == one else "_:z" if part.startswith("_:") else part


def _named(part: str, names: Mapping[str, str]) -> str:
    return names.get(part, part)


def _unknown(what: str) -> Refused:
    return Refused(f"This is no badge of ours: it holds {what}.", code="credential.form")
