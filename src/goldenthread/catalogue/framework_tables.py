"""Finds the tables "Learn that… | Learn how to…" among numbered lines, and what stands in their two columns. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from goldenthread.catalogue.framework_source import FrameworkTextError, Line

LEARN_THAT, LEARN_HOW_TO = "learn_that", "learn_how_to"
MOST_TABLES = 200

_ENDING = r"\s*(?:…|\.{2,3}|:)?"
_HEADERS = (
    (LEARN_THAT, re.compile(rf"learn\s+that{_ENDING}", re.IGNORECASE)),
    (LEARN_HOW_TO, re.compile(rf"learn\s+how\s+to{_ENDING}", re.IGNORECASE)),
)
_CONTINUES = re.compile(r"\(?\d{1,3}[.)]\s|[●•▪◦‣■□➢·∙]")
_MARK = re.compile(
    r"(^|\t)\s*(\(?\d{1,3}[.)]|[●•▪◦‣■□➢·∙–*-])\t+"
)  # a tab behind a number or bullet is its own
_MARKS = "*_# \t"  # of Markdown, around a header or a name
_BOTH = re.compile(rf"learn\s+that{_ENDING}\s+learn\s+how\s+to{_ENDING}", re.IGNORECASE)
LONGEST_TITLE = 60


@dataclass
class Column:
    """The lines of one column of a table; `cut` when the text ends before its last cell is closed."""

    lines: list[Line] = field(default_factory=list)
    cut: bool = False


@dataclass
class RawTable:
    """A table as it stands: its name, the line it begins at, and its columns."""

    name: str
    line: int
    barred: bool
    columns: dict[str, Column]


@dataclass
class Found:
    """The tables in their order, the lines outside them, and rows that belong to no such table."""

    tables: list[RawTable]
    outside: list[Line]
    stray: list[Line]


@dataclass(frozen=True)
class _Header:
    """Where a header stands, and the kinds of its columns (None for a column of something else)."""

    first: int  # index of the line where the table's name stands, or of the header itself
    heading: int  # index of a plain line with the same name above, else `first`
    last: int  # index of the header row
    name: str
    kinds: tuple[str | None, ...]
    closed: bool  # the last cell of a row ends in a bar
    leading: bool  # rows begin with a bar


def find_tables(lines: Sequence[Line], *, name: str = "text") -> Found:
    """The tables of a text; refuses a row with more cells than its header, and more than MOST_TABLES tables.

    Tabs between the cells of a table count as bars, as they stand in what was copied out of a word processor.
    """
    solid = list(_with_bars([line for line in lines if line.text.strip()]))
    headers = list(_headers(solid))
    if len(headers) > MOST_TABLES:
        line = solid[headers[MOST_TABLES].last].number
        raise FrameworkTextError(
            name, line, f"is table number {MOST_TABLES + 1}; {MOST_TABLES} are read at most."
        )
    found = Found([], [], [])
    at = 0
    for place, header in enumerate(headers):
        found.outside += solid[at : header.heading]
        end = headers[place + 1].heading if place + 1 < len(headers) else len(solid)
        body = solid[header.last + 1 : end]
        table = RawTable(
            header.name,
            solid[header.first].number,
            len(header.kinds) > 1,
            {kind: Column() for kind in header.kinds if kind},
        )
        used = _fill_rows(table, header, body, name) if table.barred else _fill_plain(table, body)
        found.tables.append(table)
        at = header.last + 1 + used
    found.outside += solid[at:]
    found.stray = [line for line in found.outside if "|" in line.text and line.text.strip("| ")]
    return found


def _with_bars(solid: Sequence[Line]) -> Iterator[Line]:
    """Lines below a header whose two cells a tab divides, with bars in place of the tabs between cells."""
    within = False
    for at, line in enumerate(solid):
        cells = [cell for cell in line.text.split("\t") if cell.strip()]
        kinds = [_kind(cell) for cell in cells]
        if any(kinds):
            within = "\t" in line.text and len(cells) > 1 and all(kinds)
        if within and not any(kinds) and at + 1 < len(solid):
            following = [cell for cell in solid[at + 1].text.split("\t") if cell.strip()]
            within = not any(_kind(cell) for cell in following)  # the name of the next table
        text = _MARK.sub(r"\1\2 ", line.text.strip())
        yield Line(line.number, re.sub(r"\t+", " | ", text)) if within else line


def run_together(lines: Sequence[Line]) -> int:
    """The number of the first line with both headers and nothing between them, 0 for none: its columns can't be told
    apart.
    """
    return next((line.number for line in lines if _BOTH.fullmatch(line.text.strip(_MARKS))), 0)


def _is_rule(text: str) -> bool:
    """A line drawn between rows: "|---|---|"."""
    return "-" in text and not text.strip(" \t|:+=-")


def _kind(cell: str) -> str | None:
    return next((kind for kind, pattern in _HEADERS if pattern.fullmatch(cell.strip(_MARKS))), None)


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.split("|")]


def _headers(solid: Sequence[Line]) -> Iterator[_Header]:
    """Every header row. A plain line "Learn how to…" below a plain "Learn that…" belongs to the same table, and the
    other way round, unless the name of another table stands between.
    """
    within: str | None = None  # the first column of a table of plain text whose second has not come yet
    for at, line in enumerate(solid):
        cells = _cells(line.text)
        kinds = [_kind(cell) for cell in cells]
        if not any(kinds) or any(cell and not kind for cell, kind in zip(cells, kinds, strict=True)):
            continue
        if len(cells) == 1 and within not in {None, kinds[0]} and not _is_name(solid, at - 1):
            within = None
            continue
        within = kinds[0] if len(cells) == 1 else None
        leading = len(cells) > 1 and not cells[0]
        closed = len(cells) > 1 and not cells[-1]
        named = _name_before(solid, at)
        yield _Header(
            first=named[1],
            heading=named[2],
            last=at,
            name=named[0],
            kinds=tuple(kinds[leading : len(kinds) - closed]) if len(cells) > 1 else (kinds[0],),
            closed=closed,
            leading=leading,
        )


def _is_name(solid: Sequence[Line], at: int) -> bool:
    """Whether a plain line behind the end of a sentence, or of a heading, is the name of the next table."""
    text, before = solid[at].text.strip(), solid[at - 1].text.strip() if at else ""
    return (
        len(text) <= LONGEST_TITLE
        and text.lstrip(_MARKS)[:1].isupper()
        and text[-1] not in ".!?:;,…"
        and not _kind(text)
        and (before[-1:] in set(".!?:") or bool(_kind(before)))
    )


def _name_before(solid: Sequence[Line], at: int) -> tuple[str, int, int]:
    """The name of the table whose header stands at `at`, its index, and that of a plain heading above it."""
    place = at - 1
    if place >= 0 and _is_rule(solid[place].text):
        place -= 1
    if place < 0:
        return "", at, at
    filled = [cell for cell in _cells(solid[place].text) if cell]
    if len(filled) != 1 or (_CONTINUES.match(filled[0]) and "|" in solid[place].text.rstrip("| ")):
        return "", at, at
    name = " ".join(filled[0].strip(_MARKS).split())
    if "|" not in solid[place].text and len(name) > 120:
        return "", at, at
    above = place
    if "|" in solid[place].text and place and " ".join(solid[place - 1].text.split()) == name:
        above = place - 1
    return name, place, above


# --- rows with bars -------------------------------------------------------------------------------
@dataclass
class _Row:
    """A row while it is read: its cells so far, the last one open."""

    cells: list[list[Line]] = field(default_factory=lambda: [[]])
    line: int = 0

    @property
    def begun(self) -> bool:
        return len(self.cells) > 1 or bool(self.cells[0])


def _fill_rows(table: RawTable, header: _Header, body: Sequence[Line], name: str) -> int:
    """Puts the rows below a header into the columns; returns how many lines they take."""
    row, width = _Row(), len(header.kinds)
    for used, line in enumerate(body):
        if _is_rule(line.text):
            continue
        text = line.text.strip()
        if not row.begun:
            if "|" not in text and _has_rows(table) and not _CONTINUES.match(text):
                return used
            if header.leading and text.startswith("|"):
                text = text[1:]
            if not text.strip("| ") and _has_rows(table):
                continue
            row.line = line.number
        elif not header.closed and "|" in text and len(row.cells) == width:
            _close(table, header, row, cut=False)
            row = _Row(line=line.number)
        _take(row, line.number, text)
        filled = max((place for place, cell in enumerate(row.cells, start=1) if cell), default=0)
        if filled > width:
            reason = f"the row has {filled} cells, the header of “{table.name}” has {width}."
            raise FrameworkTextError(name, line.number, reason)
        if len(row.cells) > width:
            _close(table, header, row, cut=False)
            row = _Row()
    if row.begun:
        _close(table, header, row, cut=header.closed)
    return len(body)


def _has_rows(table: RawTable) -> bool:
    return any(column.lines for column in table.columns.values())


def _take(row: _Row, number: int, text: str) -> None:
    pieces = text.split("|")
    for place, piece in enumerate(pieces):
        if piece.strip():
            row.cells[-1].append(Line(number, piece.strip()))
        if place < len(pieces) - 1:
            row.cells.append([])


def _close(table: RawTable, header: _Header, row: _Row, *, cut: bool) -> None:
    for kind, cell in zip(header.kinds, row.cells, strict=False):
        if kind:
            table.columns[kind].lines += cell
    if cut:
        kind = header.kinds[min(len(row.cells), len(header.kinds)) - 1]
        if kind:
            table.columns[kind].cut = True


# --- plain text -----------------------------------------------------------------------------------
def _fill_plain(table: RawTable, body: Sequence[Line]) -> int:
    """Lines below a plain "Learn that…", and below "Learn how to…"; everything up to the next table."""
    kind = next(iter(table.columns))
    for line in body:
        found = _kind(line.text)
        if found:
            kind = found
            table.columns.setdefault(kind, Column())
        else:
            table.columns[kind].lines.append(line)
    return len(body)
