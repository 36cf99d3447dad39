"""A specification document as the TOML text of a file, which reads back into the very same document."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from goldenthread.catalogue.programmes import Programmes
from goldenthread.catalogue.resolving import Document, Register, cited_sources

# The keys of a file in the order in which people read it; what is not named comes last, by the alphabet.
ORDER = (
    "id", "key", "number", "programme", "edition", "market", "revision", "state", "supersedes", "name", "title",
    "label", "kind", "stage", "purpose", "text", "effective_from", "closed_to_intakes_from", "total_hours", "hours",
    "event_days", "duration_months", "summative_months", "value", "source", "introduces", "family", "organisation",
    "audience", "entry_check", "component", "delivery_model", "event", "course", "modules", "staffing", "engagement",
    "achievement", "assessment", "marking", "moderation", "fee", "progression", "masters", "benefits", "intakes",
    "highlight", "content", "section", "conflicts", "conflict", "unknown", "documents",
)  # fmt: skip
PLACES = {key: place for place, key in enumerate(ORDER)}
FIGURE = ("value", "state", "source", "derived", "conflict", "note")
BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
WIDEST = 110


def file_data(document: Document, programmes: Programmes, register: Register) -> Document:
    """What a file says for a complete document: without what `resolve` puts in from the other files."""
    data = {key: value for key, value in document.items() if key not in ("programme_name", "family")}
    facts = programmes.get(str(document.get("programme")))
    content = dict(document.get("content", {}))
    if facts is None:
        areas = content.pop("areas", []) if isinstance(content.get("areas"), list) else []
        data["introduces"] = {
            "name": document.get("programme_name", ""),
            "family": document.get("family", ""),
            "content_areas": areas,
        }
    elif content.get("areas") == list(facts.content_areas):
        content.pop("areas")
    data["content"] = content
    data["conflicts"], data["conflict"] = _by_name(document.get("conflict", []), register)
    data["documents"] = _own_documents(document, dict(programmes.documents))
    empty = [key for key in ("content", "conflicts", "conflict", "documents") if not data[key]]
    return {key: value for key, value in data.items() if key not in empty}


def _by_name(conflicts: list[Any], register: Register) -> tuple[list[str], list[Any]]:
    """The ids of the conflicts that the register describes just so, and the rest as it stands."""
    named = 0
    while named < len(conflicts) and register.get(str(conflicts[named].get("id"))) == conflicts[named]:
        named += 1
    return [conflict["id"] for conflict in conflicts[:named]], conflicts[named:]


def _own_documents(document: Document, known: Mapping[str, str]) -> Document:
    cited = {source.partition(":")[0] for source in cited_sources(document)}
    documents = document.get("documents", {})
    return {key: title for key, title in documents.items() if known.get(key) != title or key not in cited}


def toml_text(data: Document) -> str:
    """Plain data as TOML; refuses nothing, as JSON-safe data always has a form."""
    return "\n".join(_table("", data)).strip() + "\n"


def _table(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    later: list[tuple[str, Any]] = []
    for key in _in_order(table):
        if _stands_apart(table[key], path):
            later.append((key, table[key]))
        else:
            yield f"{_key(key)} = {_value(table[key])}"
    for key, value in later:
        name = f"{path}.{_key(key)}" if path else _key(key)
        for item in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _table(name, item)


def _in_order(table: Mapping[str, Any]) -> list[str]:
    return sorted(table, key=lambda key: (PLACES.get(key, len(ORDER)), key))


def _stands_apart(value: Any, path: str) -> bool:
    """Whether a value gets a heading of its own: tables and lists of tables, but no figure with its source."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) and not _is_figure(item) for item in value)
    small = path and isinstance(value, dict) and not any(isinstance(v, dict | list) for v in value.values())
    return isinstance(value, dict) and not _is_figure(value) and not small


def _is_figure(table: Mapping[str, Any]) -> bool:
    return bool(table) and table.keys() <= set(FIGURE) and ("value" in table or "state" in table)


def _value(value: Any) -> str:
    writers: tuple[tuple[Any, Callable[[Any], str]], ...] = (
        (bool, lambda flag: "true" if flag else "false"),
        (str, _text),
        (dict, _inline),
        (list, _list),
    )
    for kind, write in writers:
        if isinstance(value, kind):
            return write(value)
    return repr(value)


def _inline(table: Mapping[str, Any]) -> str:
    keys = [key for key in FIGURE if key in table] if _is_figure(table) else _in_order(table)
    return "{ " + ", ".join(f"{_key(key)} = {_value(table[key])}" for key in keys) + " }" if keys else "{}"


def _list(items: Iterable[Any]) -> str:
    written = [_value(item) for item in items]
    line = f"[{', '.join(written)}]"
    several_tables = len(written) > 1 and written[0].startswith("{")
    if len(line) <= WIDEST and not several_tables:
        return line
    return "[\n" + "".join(f"  {item},\n" for item in written) + "]"


def _text(text: str) -> str:
    if DAY.match(text) and _is_day(text):
        return text
    if "\n" in text and not _has_controls(text):
        return '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _has_controls(text: str) -> bool:
    return any((ord(sign) < 32 and sign != "\n") or ord(sign) == 127 for sign in text)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _key(key: str) -> str:
    return key if BARE.match(key) else json.dumps(key, ensure_ascii=False)
