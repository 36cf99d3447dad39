"""Reads the text of an official framework: areas, statements, headings with bullets, and what is missing of them.

Pure: no Django, no clock, no settings; the same lines always give the same result.

The grammar, in words of its own (`|` is a bar in the text, `NL` the end of a line; blank lines count for nothing):

    text       = { prose | table }
    table      = [ heading NL ] title header { row }            in page text, and from a Word document
               | heading NL plain-that [ plain-how ]            in plain text, either first
    title      = NAME "|" { "|" } NL                            one filled cell
    header     = that "|" how "|" NL                            either column may come first or stand alone
    that       = "Learn that" [ "…" ]
    how        = "Learn how to" [ "…" ]
    row        = cell "|" cell "|"                              a cell may run over several lines
    plain-that = that NL { statement }
    plain-how  = how NL { group }
    statement  = NUMBER "." CAPITAL…                            up to the next number that fits the ascending row
    NUMBER "." = "4." | "4)" | "(4)"                            where a column has none of these, at the beginning of
                                                                its lines from 1 upwards: "iv." | "(iv)" | "4 –" | "4"
    group      = [ NUMBER "." ] heading-text ":" { bullet }     up to the next heading
    bullet     = ( "●" | "•" | "-" at the beginning of a line | NUMBER "." right below a heading | … ) TEXT

Tabs between cells are bars; one behind a number or bullet is a space.

What makes a piece whole:

- a statement begins with a capital and ends with a full stop, question or exclamation mark; not with an ellipsis,
  an abbreviation, an initial or inside a bracket; its cell is closed by a bar; and behind no full stop inside it does
  it go on in lower case;
- a heading begins with a capital, ends with a colon, and runs into no other; a bullet ends as a sentence does.

Everything else is a fragment: kept, told of, never taken for the official text. A number missing between 1 and the
highest is a known gap. A table that comes again word for word is counted, not repeated. A table whose name is no area
of the programme belongs to another framework and stays outside.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from goldenthread.catalogue.framework_cells import (
    STARTERS,
    Group,
    first_words,
    is_whole,
    names_in,
    passage_of,
    split_groups,
    without_numbers,
)
from goldenthread.catalogue.framework_notes import Known, Note, notes_of, programme_of
from goldenthread.catalogue.framework_numbers import Numbered, split_statements, torn_at
from goldenthread.catalogue.framework_rules import missing_numbers
from goldenthread.catalogue.framework_source import FrameworkTextError, Line
from goldenthread.catalogue.framework_tables import (
    LEARN_HOW_TO,
    LEARN_THAT,
    Column,
    RawTable,
    find_tables,
    run_together,
)

RUN_TOGETHER = (
    "“Learn that” and “Learn how to” stand in one line with nothing between them, so their columns can't be told "
    "apart. Put a bar or a tab between the cells, or each column below a line of its own."
)


@dataclass(frozen=True, slots=True)
class Area:
    """One table of a framework text; `belongs` says whether it is an area of the programme."""

    name: str
    line: int
    learn_that: tuple[Numbered, ...]
    learn_how_to: tuple[Group, ...]
    occurrences: int = 1
    belongs: bool = True

    @property
    def complete(self) -> tuple[int, ...]:
        """The numbers of the statements that are whole."""
        return tuple(one.number for one in self.learn_that if one.complete)

    @property
    def fragments(self) -> tuple[int, ...]:
        """The numbers of the statements of which a part is missing."""
        return tuple(one.number for one in self.learn_that if not one.complete)

    @property
    def missing(self) -> tuple[int, ...]:
        """The known gaps: numbers below the highest of which nothing is there."""
        return missing_numbers(one.number for one in self.learn_that)

    @property
    def content(self) -> tuple[Any, ...]:
        """What two tables must share to be the same."""
        numbered = tuple((one.number, one.text, one.complete) for one in self.learn_that)
        groups = tuple(
            (one.heading, one.complete, tuple((b.text, b.complete) for b in one.bullets))
            for one in self.learn_how_to
        )
        return area_words(self.name), numbered, groups


@dataclass(frozen=True, slots=True)
class FrameworkText:
    """What a framework text holds; `programme` is "" where the text does not say."""

    programme: str
    areas: tuple[Area, ...]
    warnings: tuple[Note, ...]

    @property
    def own(self) -> tuple[Area, ...]:
        """The areas of the programme."""
        return tuple(area for area in self.areas if area.belongs)

    def as_json(self) -> dict[str, Any]:
        """The report for other programs."""
        return {
            "areas": [_area_json(area) for area in self.areas],
            "warnings": [str(note) for note in self.warnings],
        }


def _area_json(area: Area) -> dict[str, Any]:
    return {
        "name": area.name,
        "learn_that": [
            {"number": one.number, "text": one.text, "complete": one.complete} for one in area.learn_that
        ],
        "learn_how_to": [
            {
                "heading": one.heading,
                "complete": one.complete,
                "bullets": [bullet.text for bullet in one.bullets],
            }
            for one in area.learn_how_to
        ],
        "missing_numbers": list(area.missing),
        "occurrences": area.occurrences,
        "belongs": area.belongs,
    }


def area_words(name: str) -> str:
    """The name of an area for comparison: without number, case, "and" and signs."""
    plain = re.sub(r"^\s*(?:section\s+)?\d{1,2}\s*[.):]\s*", "", name.lower())
    return " ".join(word for word in re.findall(r"[^\W_]+", plain) if word != "and")


def parse_framework(
    lines: Sequence[Line], *, known: Sequence[Known] = (), programme: str = "", name: str = "text"
) -> FrameworkText:
    """The framework in a text. `known` are the programmes of the catalogue; `programme` forces one of them.

    Refuses with FrameworkTextError, line and reason, a text without any table, a row that does not fit its header,
    and more of anything than a framework can have.
    """
    found = find_tables(lines, name=name)
    if not found.tables:
        if at := run_together(lines):
            raise FrameworkTextError(name, at, RUN_TOGETHER)
        reason = "there is no table with a column “Learn that…” or “Learn how to…” in it. See docs/rules/frameworks.md."
        raise FrameworkTextError(name, lines[-1].number if lines else 0, reason)
    code, notes = programme_of(found.outside, known)
    if programme and code and programme != code:
        notes = (*notes, Note(0, f"the text speaks of {code}, it is read as {programme} because you say so"))
    once, repeats = _once(_areas(found.tables, name))
    code = programme or code
    alike = [] if code else _with_most_areas(once, known)
    names = next((one.areas for one in known if one.code == code), ())
    if len(alike) == 1:
        code = alike[0].code
        notes = (Note(0, f"the text names no programme; its areas are those of {code}, which is taken"),)
    names = names or tuple(dict.fromkeys(area for one in alike for area in one.areas))
    areas, apart = _belonging(once, names, code)
    unnamed = Note(0, "the text names no programme of the catalogue; say which with --version")
    warnings = [
        *notes,
        *([] if code else [unnamed]),
        *notes_of(found.outside, [table.line for table in found.tables], known),
        *(Note(line.number, "this row stands outside every table; it is left out") for line in found.stray),
        *(
            note
            for area, table in zip(areas, _firsts(found.tables, areas), strict=True)
            for note in _doubts(area, table)
        ),
        *repeats,
        *apart,
    ]
    return FrameworkText(code, areas, tuple(sorted(set(warnings))))


def _with_most_areas(areas: Sequence[Area], known: Sequence[Known]) -> list[Known]:
    """The programmes to whose areas most tables belong by their names; none where no table does."""
    there = {area_words(area.name) for area in areas}
    counts = {one.code: len(there & {area_words(name) for name in one.areas}) for one in known}
    most = max(counts.values(), default=0)
    return [one for one in known if most and counts[one.code] == most]


def _firsts(tables: Sequence[RawTable], areas: Sequence[Area]) -> list[RawTable]:
    by_line = {table.line: table for table in tables}
    return [by_line[area.line] for area in areas]


def _areas(tables: Sequence[RawTable], name: str) -> list[Area]:
    thats = [
        passage_of(_column(table, LEARN_THAT).lines, cut=_column(table, LEARN_THAT).cut) for table in tables
    ]
    hows = [
        without_numbers(passage_of(_column(table, LEARN_HOW_TO).lines, cut=_column(table, LEARN_HOW_TO).cut))
        for table in tables
    ]
    starters = STARTERS.union(*(first_words(how) for how in hows))
    names = set().union(*(names_in(that) for that in thats))
    return [
        Area(
            name=table.name or f"Table at line {table.line}",
            line=table.line,
            learn_that=split_statements(that, name=name).found,
            learn_how_to=split_groups(how, starters, names, sentences=table.barred, name=name),
            belongs=bool(table.name),
        )
        for table, that, how in zip(tables, thats, hows, strict=True)
    ]


def _column(table: RawTable, kind: str) -> Column:
    return table.columns.get(kind) or Column()


# --- repeats, and tables of other frameworks ---------------------------------------------------------
def _once(areas: Iterable[Area]) -> tuple[list[Area], list[Note]]:
    """Each table once with the number of its occurrences; one of the same name with other words stays apart (S2-30)."""
    kept: list[Area] = []
    notes = []
    for area in areas:
        same = next((place for place, one in enumerate(kept) if one.content == area.content), None)
        if same is not None:
            kept[same] = replace(kept[same], occurrences=kept[same].occurrences + 1)
            continue
        namesake = next((one for one in kept if area_words(one.name) == area_words(area.name)), None)
        if namesake:
            text = f"“{area.name}” stands at line {namesake.line} with other words; this one is kept apart"
            notes.append(Note(area.line, text))
            area = replace(area, belongs=False)
        kept.append(area)
    notes += [
        Note(
            area.line, f"“{area.name}” stands there {area.occurrences} times, word for word; it is taken once"
        )
        for area in kept
        if area.occurrences > 1
    ]
    return kept, notes


def _belonging(areas: Sequence[Area], names: Sequence[str], code: str) -> tuple[tuple[Area, ...], list[Note]]:
    """Marks what is no area of the programme, and tells which areas of it are not in the text."""
    if not names:
        note = (
            Note(0, f"the catalogue names no areas of {code}, so every table is taken for one")
            if code
            else None
        )
        return tuple(areas), [note] if note else []
    wanted = {area_words(name): name for name in names}
    found, notes = [], []
    for area in areas:
        belongs = area.belongs and area_words(area.name) in wanted
        if not belongs and area_words(area.name) not in wanted:
            notes.append(
                Note(area.line, f"“{area.name}” is no area of {code}; it belongs to another framework")
            )
        found.append(replace(area, belongs=belongs))
    there = {area_words(area.name) for area in found if area.belongs}
    if code:
        notes += [Note(0, f"“{name}” is an area of {code} and not in this text") for words, name in wanted.items()
                  if words not in there]  # fmt: skip
    return tuple(found), notes


# --- what a person should look at -----------------------------------------------------------------------
def _doubts(area: Area, table: RawTable) -> list[Note]:
    that, how = _column(table, LEARN_THAT), _column(table, LEARN_HOW_TO)
    found = []
    if not table.name:
        found.append(Note(area.line, "this table has no name"))
    if not area.learn_that and not area.learn_how_to:
        found.append(Note(area.line, f"“{area.name}” has no rows"))
    if that.cut or how.cut:
        found.append(
            Note(area.line, f"“{area.name}” ends inside a row; the last piece in it is taken as cut off")
        )
    return found + _statement_doubts(area, that) + _group_doubts(area)


def _statement_doubts(area: Area, column: Column) -> list[Note]:
    split = split_statements(passage_of(column.lines, cut=column.cut))
    found = [
        Note(one.line, f"{area.name}, statement {one.number} {_why(one.text)}; it is kept as a fragment")
        for one in area.learn_that
        if not one.complete and split.numbered
    ]
    found += [
        Note(
            line,
            f"{area.name}: the number {number} stands there out of order; what holds it is kept as a fragment",
        )
        for line, number in split.disordered
    ]
    if area.learn_that and not split.numbered:
        text = f"{area.name}: no number stands in this column, so the whole of it is kept as one fragment"
        found.append(Note(area.learn_that[0].line, text))
    if split.before:
        found.append(Note(area.line, f"{area.name}: what stands before the first number is left out"))
    found += [
        Note(
            one.line,
            f"{area.name}, statement {one.number} ends as a sentence does, and of {one.number + 1} nothing is in the "
            "text: it may be cut behind a full stop inside it, so compare it with the official text",
        )
        for one in area.learn_that
        if one.complete and one.number + 1 in area.missing
    ]
    found += _may_be_cut(area)
    if area.missing:
        numbers = ", ".join(spans(area.missing))
        more = "; more may follow" if area.learn_that and not area.learn_that[-1].complete else ""
        found.append(Note(area.line, f"{area.name}: of statements {numbers} nothing is in the text{more}"))
    return found


def _may_be_cut(area: Area) -> list[Note]:
    """A source that cuts some statements of a table in mid-sentence may have cut others behind a full stop."""
    whole = [number for number in area.complete if number + 1 not in area.missing]
    if not whole or not any(not one.complete and not is_whole(one.text) for one in area.learn_that):
        return []
    numbers = ", ".join(spans(whole))
    text = (
        f"part of {area.name} is cut off in mid-sentence; of its statements {numbers} nothing shows that, and they may "
        "be cut behind a full stop all the same, so compare them with the official text"
    )
    return [Note(area.line, text)]


def _why(text: str) -> str:
    word = torn_at(text)
    return (
        f"goes on in lower case behind “{word}.”, so that something is lost there" if word else "is cut off"
    )


def _group_doubts(area: Area) -> list[Note]:
    found = []
    for number, group in enumerate(area.learn_how_to, start=1):
        where = f"{area.name}, practice heading {number}"
        if group.doubt:
            found.append(Note(group.line, f"{where}: another heading may begin at “{group.doubt}”"))
        elif not group.complete:
            found.append(Note(group.line, f"{where} is cut off" if group.heading else f"{where} is missing"))
        if group.complete and group.heading.endswith(":") and not group.bullets:
            found.append(Note(group.line, f"{where} is there as a title only, without what belongs under it"))
        found += [
            Note(bullet.line, f"{where}, bullet {place} is cut off")
            for place, bullet in enumerate(group.bullets, start=1)
            if not bullet.complete
        ]
    return found


def spans(numbers: Sequence[int]) -> list[str]:
    """[2, 3, 4, 7] → ["2 to 4", "7"]."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] + 1 == number:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return [f"{span[0]} to {span[-1]}" if len(span) > 1 else str(span[0]) for span in spans]
