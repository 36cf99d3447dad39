"""From a specification file to a complete document: `same_as`, content areas and conflicts are put in.

The document is plain JSON data: what a version in the database keeps. Its digest is the version's identity.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.programmes import Programmes, read_documents
from goldenthread.catalogue.tables import Table

# Lists that `same_as` joins entry by entry, and the key of an entry. Others are replaced whole.
JOINED = {"stage": "key", "component": "key", "delivery_model": "key", "event": "number", "course": "number"}
NEVER_INHERITED = frozenset({"id", "programme", "supersedes", "revision", "state", "introduces"})
# What may change although somebody is enrolled: closing to new intakes, and explanations that decide nothing.
MAY_CHANGE_IN_USE = frozenset({"state", "closed_to_intakes_from", "conflict", "documents"})

Document = dict[str, Any]
Register = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a specification file may refer to: programmes, the register of conflicts, other files by id."""

    programmes: Programmes
    conflicts: Register
    find: Callable[[str], Document | None]


def resolve(data: Document, around: Surroundings, problems: Problems) -> Document:
    """The complete document of a file; notes in `problems` what it refers to in vain."""
    document = _with_base(data, around, problems)
    own = read_documents(document, problems)
    _put_in_conflicts(document, around.conflicts, problems)
    _put_in_programme(document, around.programmes, problems)
    known = {**dict(around.programmes.documents), **own}
    cited = {source.partition(":")[0] for source in cited_sources(document)} | own.keys()
    document["documents"] = {key: known[key] for key in sorted(cited) if key in known}
    return document


def _with_base(data: Document, around: Surroundings, problems: Problems) -> Document:
    own = deepcopy(data)
    base_id = own.pop("same_as", None)
    if base_id is None:
        return own
    base = around.find(base_id) if isinstance(base_id, str) else None
    if base is None:
        problems.add(
            "same_as", f"there is no specification “{base_id}” beside this file or among the shipped ones"
        )
        return own
    if "same_as" in base:
        problems.add("same_as", f"“{base_id}” leans on another file itself: name a complete one")
        return own
    inherited = {key: deepcopy(value) for key, value in base.items() if key not in NEVER_INHERITED}
    for key, value in own.items():
        inherited[key] = _join(inherited.get(key), value, JOINED.get(key))
    return inherited


def _join(base: Any, own: Any, identity: str | None) -> Any:
    """An entry of the same identity keeps what the new one doesn't mention; others are added at the end."""
    if identity is None or not isinstance(base, list) or not isinstance(own, list):
        return own
    joined = list(base)
    places = {_name(entry, identity): place for place, entry in enumerate(base)}
    for entry in own:
        name = _name(entry, identity)
        if name is not None and name in places:
            joined[places[name]] = {**joined[places[name]], **entry}
        else:
            joined.append(entry)
    return joined


def _name(entry: Any, identity: str) -> str | int | None:
    name = entry.get(identity) if isinstance(entry, dict) else None
    return name if isinstance(name, str | int) else None


def _put_in_conflicts(document: Document, register: Register, problems: Problems) -> None:
    named = document.pop("conflicts", [])
    own = document.get("conflict", [])
    if not isinstance(named, list) or not isinstance(own, list):
        problems.add("conflicts", "must be a list of ids from conflicts.toml")
        return
    for name in named:
        if not isinstance(name, str) or name not in register:
            problems.add("conflicts", f"“{name}” is not in conflicts.toml")
    document["conflict"] = [
        register[name] for name in named if isinstance(name, str) and name in register
    ] + own


def _put_in_programme(document: Document, programmes: Programmes, problems: Problems) -> None:
    """Name, family and content areas: from programmes.toml, or from the file's own [introduces]."""
    code = document.get("programme")
    facts = programmes.get(code) if isinstance(code, str) else None
    introduces = document.pop("introduces", None)
    if facts and introduces is not None:
        problems.add("introduces", f"{code} is in programmes.toml already")
    elif facts and facts.closed:
        problems.add("programme", f"{code} is closed: no version of it can be described")
    elif facts:
        _describe(document, facts.name, facts.family, list(facts.content_areas))
    elif introduces is None:
        problems.add(
            "programme", f"“{code}” is not in programmes.toml; add it there or in a table [introduces]"
        )
        _describe(document, "unknown", "unknown", [])
    else:
        _introduce(document, introduces, problems)


def _introduce(document: Document, introduces: Any, problems: Problems) -> None:
    table = Table(introduces if isinstance(introduces, dict) else {}, "introduces", problems, frozenset())
    name, family = table.text("name"), table.key_text("family")
    areas = table.texts("content_areas", required=True)
    table.finish()
    _describe(document, name, family, list(areas))


def _describe(document: Document, name: str, family: str, areas: list[str]) -> None:
    document["programme_name"] = name
    document["family"] = family
    content = document.setdefault("content", {})
    if isinstance(content, dict):
        content.setdefault("areas", areas)


def cited_sources(value: Any) -> Iterator[str]:
    """Every source that a document cites, wherever it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "source":
                yield from (source for source in _as_list(item) if isinstance(source, str))
            else:
                yield from cited_sources(item)
    elif isinstance(value, list):
        for item in value:
            yield from cited_sources(item)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def canonical(document: Document) -> str:
    """The one JSON text of a document, whatever the order of its keys."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(document: Document) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def what_differs(old: Document, new: Document) -> tuple[str, ...]:
    """The keys by which a new document would alter a version in use; () when the change is allowed.

    Allowed are closing the version, reworded explanations, and a further fee after the ones that stand.
    """
    keys = [key for key in sorted({*old, *new}) if key not in MAY_CHANGE_IN_USE and key != "fee"]
    differing = [key for key in keys if old.get(key) != new.get(key)]
    if _as_list(new.get("fee", []))[: len(old.get("fee", []))] != old.get("fee", []):
        differing.append("fee")
    return tuple(differing)
