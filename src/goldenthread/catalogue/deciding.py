"""What the programme office decided over a version's document: which value counts, and the end of its intakes.

The document stays as it was read; the decisions are kept beside it and put on top whenever it is used. So no
source is ever lost, and a load of the files takes no decision back.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from goldenthread.catalogue.resolving import Document

OFFICE = "office"  # the document that the office's own decisions cite: "office:2026-11-28"
OFFICE_TITLE = "Decided by the programme office"
STEP = re.compile(r"(\w+)(\[[^\]]*\])?")
NAMES = ("key", "id", "code", "number", "title")  # what names an entry in a path, as in what a reader reports

# {"figures": {path: {"value", "source"}}, "closed_to_intakes_from": day, "closed_on"}; and "policies", each from a day
# on, which `assessment.dated_policies` puts in place for the day that it is asked for.
Decisions = Mapping[str, Any]


def decided_document(document: Document, decisions: Decisions) -> Document:
    """The document with the decisions in force; a decision whose value is not there any more has no effect."""
    if not decisions:
        return document
    decided = deepcopy(document)
    for path, chosen in decisions.get("figures", {}).items():
        _put_in_force(figure_at(decided, path), chosen)
    closed = decisions.get("closed_to_intakes_from")
    if closed:
        decided["state"] = "closed"
        source = office_source(decided, decisions.get("closed_on", closed))
        decided["closed_to_intakes_from"] = {"value": closed, "source": source}
    return decided


def with_policies(document: Document, decisions: Decisions) -> Document:
    """The document with the policies that were decided last in place of its own, whatever their days: for a revision,
    whose windows are all to come. Beside a version they count from a day on (`assessment.dated_policies`).
    """
    latest: dict[str, Any] = {}
    for one in decisions.get("policies", ()):  # the latest first
        latest.setdefault(one["kind"], one)
    if not latest or not isinstance(document.get("assessment"), dict):
        return document
    carried = deepcopy(document)
    for kind, one in latest.items():
        carried["assessment"][kind] = deepcopy(one["table"])
        office_source(carried, one["from_day"])
    return carried


def office_source(document: Document, day: str) -> str:
    """A source for what the office itself decides on a day; the document describes it from then on."""
    if not isinstance(document.get("documents"), dict):
        document["documents"] = {}
    document["documents"].setdefault(OFFICE, OFFICE_TITLE)
    return f"{OFFICE}:{day}"


def figure_at(document: Document, path: str) -> Any:
    """What stands at a path such as "component[events].hours", as in the file; None when nothing does."""
    found: Any = document
    for key, name in STEP.findall(path):
        found = found.get(key) if isinstance(found, dict) else None
        found = _entry(found, name[1:-1]) if name else found
    return found


def _entry(entries: Any, name: str) -> Any:
    if not isinstance(entries, list):
        return None
    return next((entry for place, entry in enumerate(entries, 1) if _name(entry, place) == name), None)


def _name(entry: Any, place: int) -> str:
    named = next((entry[key] for key in NAMES if key in entry), place) if isinstance(entry, dict) else place
    return str(named if isinstance(named, str | int) else place)[:40]


def _put_in_force(values: Any, chosen: Mapping[str, Any]) -> None:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        return
    here = next((value for value in values if is_choice(value, chosen)), None)
    if here is None:
        return
    for value in values:
        if value is here:
            value["state"] = "in_force"
        elif value.get("state") == "in_force":
            value["state"] = "alternative"
            if "conflict" in here:
                value.setdefault("conflict", here["conflict"])


def is_choice(value: Mapping[str, Any], chosen: Mapping[str, Any]) -> bool:
    """Whether a value of the file is the one that was chosen: the same figure from the same places."""
    return value.get("value") == chosen.get("value") and as_list(value.get("source")) == as_list(
        chosen.get("source")
    )


def as_list(value: Any) -> list[Any]:
    """One source or several, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]
