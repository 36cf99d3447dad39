"""The programmes, whatever their versions: families, content areas in order, and how they are related."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.structure import Sources
from goldenthread.catalogue.tables import PROGRAMME_CODE, PROGRAMME_CODE_TEXT, Table
from goldenthread.catalogue.toml_files import read_toml

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeFacts:
    """A programme as the file describes it; `content_areas` are in the order of their numbers."""

    code: str
    name: str
    short_name: str
    family: str
    closed: bool
    replaced_by: tuple[str, ...]
    content_areas: tuple[str, ...]
    position: int
    note: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersession:
    """One edition of a programme took the place of an older one (S4-02)."""

    programme: str
    newer: str
    older: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsTo:
    """A stated next step from one programme to another (S0-04)."""

    programme: str
    to: str
    stated_for: str
    condition: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the reform changed (S0-11)."""

    text: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a visitor may be, the scopes that people in it lead as a rule, and those that may come next."""

    key: str
    name: str
    text: str
    leads: tuple[str, ...]
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programmes:
    """Everything that programmes.toml says."""

    programmes: tuple[ProgrammeFacts, ...]
    families: tuple[Family, ...]
    supersessions: tuple[Supersession, ...]
    leads_to: tuple[LeadsTo, ...]
    changes: tuple[Change, ...]
    posts: tuple[Post, ...]
    pathway_note: str
    documents: tuple[tuple[str, str], ...]

    def get(self, code: str) -> ProgrammeFacts | None:
        """The programme with this code, or None."""
        return next((programme for programme in self.programmes if programme.code == code), None)

    def of_family(self, family: str) -> tuple[ProgrammeFacts, ...]:
        """The programmes of a family, in order (S0-03)."""
        return tuple(programme for programme in self.programmes if programme.family == family)


def read_programmes(path: Path | None = None) -> Programmes:
    """The programmes and their relations from a file, the shipped one by default; refuses a malformed one."""
    path = path or HERE / "programmes.toml"
    data = read_toml(path)
    problems = Problems(path.name)
    documents = read_documents(data, problems)
    table = Table(data, "", problems, frozenset(documents))
    table.known.add("documents")
    found = _programmes(table, documents)
    table.finish()
    _check_codes(found, problems)
    problems.refuse_if_any()
    return found


@cache
def shipped_programmes() -> Programmes:
    """The shipped programmes and relations, read once per process: for pages."""
    return read_programmes()


def read_documents(data: Mapping[str, Any], problems: Problems) -> dict[str, str]:
    """The [documents] table: a short name and what the document is."""
    documents = data.get("documents", {})
    if not isinstance(documents, dict):
        problems.add("documents", "must be a table")
        return {}
    table = Table(documents, "documents", problems, frozenset())
    return {key: table.text(key) for key in documents}


def _programmes(table: Table, documents: dict[str, str]) -> Programmes:
    families = tuple(_family(item) for item in table.tables("family"))
    areas = _content_areas(table)
    return Programmes(
        programmes=tuple(
            _programme(item, place, areas, tuple(family.key for family in families))
            for place, item in enumerate(table.tables("programme"), start=1)
        ),
        families=families,
        supersessions=tuple(_supersession(item) for item in table.tables("supersedes")),
        leads_to=tuple(_leads_to(item) for item in table.tables("leads_to")),
        changes=tuple(_change(item) for item in table.tables("change")),
        posts=tuple(_post(item) for item in table.tables("post")),
        pathway_note=_pathway_note(table),
        documents=tuple(documents.items()),
    )


def _family(table: Table) -> Family:
    family = Family(key=table.key_text("key", at_most=20), name=table.text("name"))
    table.sources()
    table.finish()
    return family


def _content_areas(table: Table) -> dict[str, tuple[str, ...]]:
    areas = table.table("content_areas")
    if areas is None:
        return {}
    areas.sources(required=True)
    return {key: areas.texts(key) for key in areas.data if key != "source"}


def _programme(
    table: Table, position: int, areas: dict[str, tuple[str, ...]], families: tuple[str, ...]
) -> ProgrammeFacts:
    code, family = table.text("code", at_most=10), table.text("family", choices=families)
    if code and not re.fullmatch(PROGRAMME_CODE, code):
        table.wrong("code", PROGRAMME_CODE_TEXT)
    programme = ProgrammeFacts(
        code=code,
        name=table.text("name", at_most=180),
        short_name=table.text("short_name", at_most=180),
        family=family,
        closed=table.flag("closed"),
        replaced_by=table.texts("replaced_by"),
        content_areas=areas.get(code, areas.get(family, ())),
        position=position,
        note=table.text("note", ""),
        source=table.sources(required=True),
    )
    table.finish()
    return programme


def _supersession(table: Table) -> Supersession:
    supersession = Supersession(
        programme=table.text("programme"),
        newer=table.text("newer"),
        older=table.text("older"),
        source=table.sources(required=True),
    )
    table.finish()
    return supersession


def _leads_to(table: Table) -> LeadsTo:
    step = LeadsTo(
        programme=table.text("from"),
        to=table.text("to"),
        stated_for=table.text("stated_for"),
        condition=table.text("condition", ""),
        source=table.sources(required=True),
    )
    table.finish()
    return step


def _change(table: Table) -> Change:
    change = Change(text=table.text("text"), source=table.sources(required=True))
    table.finish()
    return change


def _post(table: Table) -> Post:
    post = Post(
        key=table.key_text("key", at_most=20),
        name=table.text("name", at_most=180),
        text=table.text("text", ""),
        leads=table.texts("leads"),
        next=table.texts("next"),
    )
    table.finish()
    return post


def _pathway_note(table: Table) -> str:
    pathway = table.table("pathway")
    if pathway is None:
        return ""
    note = pathway.text("editor_note", "")
    pathway.sources()
    pathway.finish()
    return note


def _check_codes(found: Programmes, problems: Problems) -> None:
    codes = [programme.code for programme in found.programmes]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problems.add("programme", f"{code} stands there twice")
    named = [(f"programme[{p.code}].replaced_by", code) for p in found.programmes for code in p.replaced_by]
    named += [(f"supersedes[{item.programme}]", item.programme) for item in found.supersessions]
    named += [
        (f"leads_to[{item.programme}]", code) for item in found.leads_to for code in (item.programme, item.to)
    ]
    for path, code in named:
        if code and code not in codes:
            problems.add(path, f"{code} is not a programme of this file")
    _check_circles(found, problems)


def _check_circles(found: Programmes, problems: Problems) -> None:
    """A programme whose places are taken in a circle would send people round and round."""
    circle = circle_in({programme.code: programme.replaced_by for programme in found.programmes})
    if circle:
        problems.add(f"programme[{circle[0]}].replaced_by", f"goes in a circle: {' → '.join(circle)}")


def circle_in(follows: Mapping[str, Sequence[str]]) -> list[str]:
    """One way that leads back to where it began, such as ["A", "B", "A"]; [] when there is none."""
    try:
        TopologicalSorter(follows).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))  # it names them from the followed to the follower
    return []
