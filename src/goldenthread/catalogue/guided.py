"""The common parts of a version's file as plain forms fill them in: read from its data, and written back into it.

Data in, data out: whatever is written here is read by the same reader as the whole file.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from goldenthread.catalogue.deciding import OFFICE, as_list, figure_at, office_source
from goldenthread.catalogue.policies import ALWAYS_APART, COSTS, OWN_WORK, RULES, STEPS
from goldenthread.catalogue.resolving import Document

PARTS = {
    "identity": "Name and edition",
    "texts": "Texts and benefits",
    "audience": "Who it is for",
    "hours": "Hours",
    "dates": "Dates and length",
    "fee": "Fee",
    "policies": "Words and declarations",
    "attempts": "Sitting again",
}
UNITS = {
    "hours": "hours",
    "total_hours": "hours",
    "event_days": "days",
    "duration_months": "months",
    "summative_months": "months",
    "effective_from": "day",
}
FIRST_KEY = "new-version"
TOLERANCE = "assessment.counting.tolerance_percent"


# --- figures -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its source, as a form shows it; `several` are those that only the whole file can change."""

    path: str
    label: str
    unit: str
    value: Any  # None while unknown
    source: tuple[str, ...]
    several: bool


def hour_figures(data: Document) -> list[Figure]:
    """The declared total and the hours of every component that counts."""
    found = [_figure(data, "total_hours", "Total that is declared")]
    for item in _tables(data, "component"):
        if "hours" in item:
            path = f"component[{item.get('key')}].hours"
            found.append(_figure(data, path, str(item.get("name", item.get("key")))))
    return found


def date_figures(data: Document) -> list[Figure]:
    """From when it may be taken, and how long it lasts."""
    return [
        _figure(data, "effective_from", "Intakes may start from"),
        _figure(data, "duration_months", "Months until the final assessment"),
        _figure(data, "summative_months", "Months of the final assessment"),
    ]


def _figure(data: Document, path: str, label: str) -> Figure:
    raw = figure_at(data, path)
    several = isinstance(raw, list) and len(raw) > 1
    first = raw[0] if isinstance(raw, list) and raw else raw
    first = first if isinstance(first, dict) else {}
    value = None if first.get("state") == "unknown" else first.get("value")
    sources = tuple(str(source) for source in as_list(first.get("source")))
    return Figure(path, label, UNITS.get(path.rpartition(".")[2], ""), value, sources, several)


def _write_figure(data: Document, path: str, value: Any, source: list[str], day: str) -> None:
    """A figure that the form gives; what the form doesn't show of it stays while the value does.

    A value that changes while its source doesn't is the office's own: no document is made to say what it doesn't.
    """
    now = _figure(data, path, "")
    if (value, source) == (now.value, list(now.source)):
        return
    old = figure_at(data, path)
    old = old if isinstance(old, dict) and value == now.value else {}
    if value is None:
        new = {"state": "unknown", **({"source": source} if source else {})}
    else:
        stale = value != now.value and source == list(now.source)  # that place gives the old figure
        new = {"value": value, "source": [office_source(data, day)] if stale or not source else source}
    new |= {key: old[key] for key in ("state", "derived", "note", "conflict") if key in old}
    if "source" in new and len(new["source"]) == 1:
        new["source"] = new["source"][0]
    holder, _, key = path.rpartition(".")
    place = figure_at(data, holder) if holder else data
    if isinstance(place, dict):
        place[key] = new


# --- a part of the file --------------------------------------------------------------------------------
def read_part(data: Document, part: str) -> dict[str, Any]:
    """What a form of this part begins with."""
    return dict(READERS[part](data))


def with_part(data: Document, part: str, values: Mapping[str, Any], *, day: str) -> Document:
    """The data with what a form says; `day` dates what the office decides without another source."""
    written = deepcopy(data)
    WRITERS[part](written, values, day)
    return written


def _read_identity(data: Document) -> Iterator[tuple[str, Any]]:
    for key in ("id", "programme", "edition", "market", "supersedes"):
        yield key, data.get(key, "")
    yield "revision", data.get("revision", 1)
    introduces = _table(data, "introduces")
    yield "new_name", introduces.get("name", "")
    yield "new_family", introduces.get("family", "")
    yield "new_areas", introduces.get("content_areas", [])


def _write_identity(data: Document, values: Mapping[str, Any], day: str) -> None:
    for key in ("id", "programme", "edition", "market"):
        data[key] = values[key]
    _set(data, "supersedes", values["supersedes"])
    if values["revision"] != data.get("revision", 1):
        data["revision"] = values["revision"]
    introduced = {"name": values["new_name"], "family": values["new_family"]}
    if any(introduced.values()):
        data["introduces"] = {**introduced, "content_areas": values["new_areas"]}
    else:
        data.pop("introduces", None)


def _read_texts(data: Document) -> Iterator[tuple[str, Any]]:
    benefits = _table(data, "benefits")
    yield "purpose", data.get("purpose", "")
    yield "label", data.get("label", "participant")
    yield "candidate", benefits.get("candidate", [])
    yield "school", benefits.get("school", [])
    yield "roles_after", data.get("roles_after", [])


def _write_texts(data: Document, values: Mapping[str, Any], day: str) -> None:
    data["purpose"], data["label"] = values["purpose"], values["label"]
    benefits = _table(data, "benefits")
    said = {key: values[key] for key in ("candidate", "school")}
    if any(said.values()) and any(benefits.get(key, []) != lines for key, lines in said.items()):
        data["benefits"] = {**benefits, **said, "source": _and_office(benefits.get("source"), data, day)}
    elif not any(said.values()):
        data.pop("benefits", None)
    _set(data, "roles_after", values["roles_after"])


def _and_office(source: Any, data: Document, day: str) -> str | list[str]:
    """Where words come from that the office has changed: no document alone is made to say them."""
    places = list(dict.fromkeys([*as_list(source), office_source(data, day)]))
    return places[0] if len(places) == 1 else places


def _read_audience(data: Document) -> Iterator[tuple[str, Any]]:
    audience = _table(data, "audience")
    yield "text", audience.get("text", "")
    yield "role_status", audience.get("role_status", [])
    yield "scopes", audience.get("scopes", [])
    yield "scope_must_be_named", audience.get("scope_must_be_named", False)
    yield "schools_in_role_at_least", audience.get("schools_in_role_at_least")


def _write_audience(data: Document, values: Mapping[str, Any], day: str) -> None:
    audience = dict(_table(data, "audience"))
    before = deepcopy(audience)
    audience["text"], audience["role_status"] = values["text"], values["role_status"]
    _set(audience, "scopes", values["scopes"])
    _set(audience, "scope_must_be_named", values["scope_must_be_named"])
    _set(audience, "schools_in_role_at_least", values["schools_in_role_at_least"])
    if audience != before:
        audience["source"] = _and_office(audience.get("source"), data, day)
    data["audience"] = audience


def _write_fee(data: Document, values: Mapping[str, Any], day: str) -> None:
    """A further fee in pounds from a day on; it takes the place of one that says only "unknown"."""
    source = values["source"] or [office_source(data, day)]
    known = [item for item in _tables(data, "fee") if item.get("valid_from")]
    pounds = {"value": values["pounds"], "source": source[0] if len(source) == 1 else source}
    new = {"pounds": pounds, "currency": "GBP", "valid_from": values["valid_from"]}
    kept = [
        item for item in known if (item["valid_from"], item.get("currency")) != (new["valid_from"], "GBP")
    ]
    data["fee"] = sorted([*kept, new], key=lambda item: str(item["valid_from"]))


def _write_figures(data: Document, values: Mapping[str, Any], day: str) -> None:
    for path, (value, source) in values.items():
        _write_figure(data, path, value, source, day)


def _read_policies(data: Document) -> Iterator[tuple[str, Any]]:
    """Counting and declarations, of the whole assessment; a task's own counting stands in the whole file."""
    final = _table(data, "assessment")
    counting, own, ai = (_table(final, key) for key in ("counting", "own_work", "ai"))
    out = counting.get("not_counted", [])
    yield "not_counted", [part for part in out if part not in ALWAYS_APART] if isinstance(out, list) else []
    tolerance = _figure(data, TOLERANCE, "")
    yield "tolerance_percent", None if tolerance.several else tolerance.value
    yield "tolerance_source", list(tolerance.source)
    yield "over", counting.get("over", "refuse")
    yield "penalty", counting.get("penalty", "")
    off = _table(counting, "marks_off")
    unit = next((one for one in COSTS if one in off), COSTS[0])
    of = next((one for one in STEPS if f"each_{one}" in off), "words")
    yield "off_amount", off.get(unit)
    yield "off_unit", unit
    yield "off_each", off.get(f"each_{of}")
    yield "off_of", of
    yield "own_work_version", own.get("version", OWN_WORK.version)
    yield "own_work", own.get("statement", OWN_WORK.text)
    yield "ai_use", ai.get("use", "")
    yield "ai_version", ai.get("version", "")
    yield "ai_statement", ai.get("statement", "")
    yield "ai_describe", ai.get("describe", [])
    yield "shown_to_markers", ai.get("shown_to_markers", False)


def counting_into(counting: Document, values: Mapping[str, Any]) -> None:
    """Write what a form says of counting words, but for the tolerance, into a table of it."""
    counting |= {"not_counted": [*ALWAYS_APART, *values["not_counted"]], "over": values["over"]}
    _set(counting, "penalty", values["penalty"])
    unit, of = values.get("off_unit") or COSTS[0], values.get("off_of") or "words"
    off = {unit: values.get("off_amount"), f"each_{of}": values.get("off_each")}
    given = {key: number for key, number in off.items() if number is not None}
    _set(counting, "marks_off", given or None)


def _write_policies(data: Document, values: Mapping[str, Any], day: str) -> None:
    final = data["assessment"] = dict(_table(data, "assessment"))
    counting = {"rule": RULES[-1], **_table(final, "counting")}
    counting_into(counting, values)
    final["counting"] = counting
    if not _figure(data, TOLERANCE, "").several:
        _write_figure(data, TOLERANCE, values["tolerance_percent"], values["tolerance_source"], day)
    final["own_work"] = {"version": values["own_work_version"], "statement": values["own_work"]}
    if not values["ai_use"]:
        final.pop("ai", None)
        return
    ai = {**_table(final, "ai"), "use": values["ai_use"], "version": values["ai_version"]}
    _set(ai, "statement", values["ai_statement"])
    _set(ai, "describe", values["ai_describe"])
    _set(ai, "shown_to_markers", values["shown_to_markers"])
    final["ai"] = ai


ATTEMPTS = ("most", "within_months", "unlimited")


def has_case_study(data: Document) -> bool:
    """Whether a version ends with a case study: how often somebody may sit is of that alone, since for projects further
    hand-in days are set for everybody of an intake.
    """
    return _table(data, "assessment").get("kind") == "case_study"


def _read_attempts(data: Document) -> Iterator[tuple[str, Any]]:
    said = _table(_table(data, "assessment"), "attempts")
    for key in ATTEMPTS:
        yield key, said.get(key)


def _write_attempts(data: Document, values: Mapping[str, Any], day: str) -> None:
    """Where nothing is given nothing is said, and staff decide each case."""
    final = data["assessment"] = dict(_table(data, "assessment"))
    given = {key: values[key] for key in ATTEMPTS if values[key] not in (None, False)}
    _set(final, "attempts", given or None)


def _no_fields(data: Document) -> Iterator[tuple[str, Any]]:
    yield from ()


READERS: dict[str, Callable[[Document], Iterator[tuple[str, Any]]]] = {
    "identity": _read_identity,
    "texts": _read_texts,
    "audience": _read_audience,
    "fee": _no_fields,
    "policies": _read_policies,
    "attempts": _read_attempts,
    "hours": _no_fields,
    "dates": _no_fields,
}
WRITERS: dict[str, Callable[[Document, Mapping[str, Any], str], None]] = {
    "identity": _write_identity,
    "texts": _write_texts,
    "audience": _write_audience,
    "fee": _write_fee,
    "policies": _write_policies,
    "attempts": _write_attempts,
    "hours": _write_figures,
    "dates": _write_figures,
}


def _table(data: Document, key: str) -> Document:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _tables(data: Document, key: str) -> list[Document]:
    value = data.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _set(table: Document, key: str, value: Any) -> None:
    """Put a value in, or take the key out where there is nothing to say."""
    if table.get(key) == value:
        return
    if value in ("", None, False, []):
        table.pop(key, None)
    else:
        table[key] = value


# --- how a draft begins --------------------------------------------------------------------------------
def as_revision(data: Document, revision: int) -> Document:
    """The next revision of a version: it supersedes the one it comes from and is open to intakes again."""
    stem = str(data["id"]).removesuffix(f"-r{data.get('revision', 1)}")
    new = {**data, "id": f"{stem}-r{revision}", "revision": revision, "supersedes": data["id"]}
    return _opened(new)


def as_another(data: Document, key: str) -> Document:
    """A version of its own that begins with the content of another one."""
    new = {**data, "id": key or FIRST_KEY}
    for name in ("revision", "supersedes"):
        new.pop(name, None)
    return _opened(new)


def _opened(data: Document) -> Document:
    return {key: value for key, value in data.items() if key not in ("state", "closed_to_intakes_from")}


def empty_version(day: str) -> Document:
    """The least that a version has: everything that a source would have to say is unknown."""
    data = _least()
    data["assessment"]["source"] = office_source(data, day)
    return data


def _least() -> Document:
    return {
        "id": FIRST_KEY,
        "programme": "NPQNEW",
        "edition": "first",
        "market": "international",
        "label": "participant",
        "purpose": "Say in a sentence what this programme is for.",
        "effective_from": "unknown",
        "total_hours": "unknown",
        "duration_months": "unknown",
        "summative_months": "unknown",
        "admission": "apply",
        "event_mode": "in_person",
        "introduces": {"name": "", "family": "specialist", "content_areas": []},
        "audience": {"text": "Say for whom it is.", "role_status": ["in role", "aspiring"]},
        "stage": [
            {"key": "induction", "name": "Induction", "derived": True},
            {"key": "development", "name": "Development", "derived": True},
            {"key": "assessment", "name": "Summative assessment", "derived": True},
        ],
        "component": [
            _component("induction", "Induction", "induction", "induction", "by_mode"),
            {**_component("events", "Events", "event", "development", "by_mode"), "event_days": "unknown"},
            _component("study", "Online study", "study", "development", "online"),
            _component("tasks", "Formative tasks", "formative_task", "development", "self_study"),
            _component("coaching", "Coaching", "coaching", "development", "online"),
            _case_study(),
        ],
        **_empty_terms(),
    }


def _component(key: str, name: str, kind: str, stage: str, place: str) -> Document:
    alone = kind in ("study", "formative_task")
    return {
        "key": key,
        "name": name,
        "kind": kind,
        "stage": stage,
        "hours": "unknown",
        "lane": "self-directed" if alone else "facilitated",
        "timing": "asynchronous" if alone else "synchronous",
        "place": place,
    }


def _case_study() -> Document:
    component = _component("case-study", "Case study", "case_study", "assessment", "self_study")
    component.pop("hours")
    return {**component, "lane": "self-directed", "timing": "asynchronous", "source": f"{OFFICE}:template"}


def _empty_terms() -> Document:
    return {
        "delivery_model": [
            {
                "key": "blended",
                "name": "Blended",
                "text": "Events, online study and coaching.",
                "events_become": "events",
                "stated": False,
            }
        ],
        "assessment": {
            "kind": "case_study",
            "name": "Case study",
            "max_words": "unknown",
            "window_days": "unknown",
            "window_months": "unknown",
            "unseen": True,
            "statement_kinds": ["learn_that", "learn_how_to"],
            "pass_mark": "unknown",
            "total_marks": "unknown",
        },
        "marking": {"markers": 2, "blind": True, "tolerance_marks": 2, "third_mark_decides": True},
        "moderation": {"required": True},
        "fee": [{"pounds": "unknown", "currency": "GBP"}],
    }
