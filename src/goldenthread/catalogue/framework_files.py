"""Frameworks as files: areas with statements. What ships is our own summary, never official text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.tables import Table
from goldenthread.catalogue.toml_files import read_toml

KINDS = {"learn_that": "LT", "learn_how_to": "LH"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """A statement; `summary` marks a text of ours, `complete` is False for a fragment (S2-32)."""

    code: str
    kind: str
    number: int
    text: str
    complete: bool
    summary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFacts:
    """A content area, or a legacy leadership behaviour; `key` is the same in every programme (S0-20)."""

    kind: str  # area, behaviour
    number: int
    key: str
    code: str
    name: str
    statements: tuple[StatementFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkFacts:
    """The framework of one programme in one edition."""

    file: str
    programme: str
    edition: str
    title: str
    official: bool
    source_url: str  # where the official text is published (S0-64)
    source_date: date | None
    licence: str
    areas: tuple[AreaFacts, ...]

    @property
    def area_names(self) -> tuple[str, ...]:
        return tuple(area.name for area in self.areas if area.kind == "area")


def area_key(name: str) -> str:
    """The key of an area whatever its number: "Curriculum & Assessment" → "curriculum-assessment"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def read_frameworks(path: Path) -> tuple[FrameworkFacts, ...]:
    """The frameworks of a file, one for each programme that it names; refuses a malformed one."""
    problems = Problems(path.name)
    table = Table(read_toml(path), "", problems, frozenset())
    programmes = table.some_texts("programmes")
    edition, title, official = (
        table.key_text("edition", at_most=20),
        table.text("title", at_most=180),
        table.flag("official"),
    )
    published = _published(table)
    kinds = (("area", "area"), ("behaviour", "behaviour"))
    found = [
        (kind, place, item) for key, kind in kinds for place, item in enumerate(table.tables(key), start=1)
    ]
    areas = [_area(kind, place, item, official) for kind, place, item in found]
    table.finish()
    for name in sorted({area.key for area in areas if [a.key for a in areas].count(area.key) > 1}):
        problems.add("area", f"“{name}” stands there twice")
    problems.refuse_if_any()
    return tuple(
        FrameworkFacts(
            file=path.name,
            programme=code,
            edition=edition,
            title=title.replace("{programme}", code),
            official=official,
            source_url=published[0],
            source_date=published[1],
            licence=published[2],
            areas=tuple(_for_programme(area, code) for area in areas),
        )
        for code in programmes
    )


def _published(parent: Table) -> tuple[str, date | None, str]:
    """Where the official text is to be had, since when, and under which licence."""
    table = parent.table("published")
    if table is None:
        return "", None, ""
    url = table.text("url", at_most=500)
    if url and not re.fullmatch(r"https://[^\s/]+/\S*", url):
        table.wrong("url", "must be an address that begins with https://")
    found = url, table.maybe_day("date"), table.text("licence", "", at_most=200)
    table.finish()
    return found


def _area(kind: str, number: int, table: Table, official: bool) -> AreaFacts:
    name, code = table.text("name", at_most=200), table.text("code")
    if len(area_key(name)) > 60:
        table.wrong("name", "is too long: its key would have more than 60 characters")
    if code and not re.fullmatch(r"[A-Z0-9]{1,6}", code):
        table.wrong("code", "must be one to six capital letters")
    statements = tuple(_statements(table, code, official))
    table.finish()
    return AreaFacts(
        kind=kind, number=number, key=area_key(name), code=code, name=name, statements=statements
    )


def _statements(table: Table, area: str, official: bool) -> Iterator[StatementFacts]:
    for kind, short in KINDS.items():
        numbers: set[int] = set()
        for place, item in enumerate(table.items(kind), start=1):
            statement = _statement(table, kind, place, item)
            number = statement.number("number", place, at_least=1, at_most=99)
            if number in numbers:
                statement.wrong("number", f"{number} stands there twice")
            numbers.add(number)
            yield StatementFacts(
                code=f"{area}-{short}{number}",
                kind=kind,
                number=number,
                text=statement.text("text"),
                complete=statement.flag("complete", default=True),
                summary=not official,
            )
            statement.finish()


def _statement(parent: Table, kind: str, place: int, item: Any) -> Table:
    """A statement is a text, or a table where its number or completeness has to be said."""
    data = item if isinstance(item, dict) else {"text": item}
    return Table(data, parent.at(f"{kind}[{place}]"), parent.problems, parent.documents)


def _for_programme(area: AreaFacts, programme: str) -> AreaFacts:
    return AreaFacts(
        kind=area.kind,
        number=area.number,
        key=area.key,
        code=area.code,
        name=area.name,
        statements=tuple(
            StatementFacts(
                code=f"{programme}-{statement.code}",
                kind=statement.kind,
                number=statement.number,
                text=statement.text,
                complete=statement.complete,
                summary=statement.summary,
            )
            for statement in area.statements
        ),
    )
