"""Reads the passages of a document, each stretch of their text labelled with the part it belongs to."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import BinaryIO

from pypdf import PdfReader

from goldenthread.common.containers import (
    XmlTarget,
    meter,
    open_archive,
    open_pdf,
    parse_xml,
    read_entry,
)
from goldenthread.common.containers import short_name as _short
from goldenthread.common.filetypes import (
    FORMULA,
    ODT_PARTS,
    Kind,
    check_document,
    docx_parts,
    odt_parts,
    read_text,
)
from goldenthread.common.pdf_pages import read_pages, scanned
from goldenthread.common.refused import Refused

Stretch = tuple[str, str]
Passage = list[Stretch]

BODY = "body"
TITLE = "title"  # the first paragraph with words in the style Title
TABLES = "tables"
TEXT_BOXES = "text_boxes"
FOOTNOTES = "footnotes"
INSERTIONS = "insertions"
CONTENT_CONTROLS = "content_controls"
HEADERS = "headers"
DELETIONS = "deletions"
COMMENTS = "comments"
SCANS = "scanned_pages"  # the stamps and page numbers on them
EXCLUDED = frozenset({HEADERS, DELETIONS, COMMENTS, SCANS})

_ROLES = {
    "document": BODY,
    "footnotes": FOOTNOTES,
    "endnotes": FOOTNOTES,
    "diagram": TEXT_BOXES,
    "header": HEADERS,
    "footer": HEADERS,
    "comments": COMMENTS,
    "content.xml": BODY,
    "styles.xml": HEADERS,
    FORMULA: TEXT_BOXES,
}
_DOCX_PARTS = {
    "w:tbl": TABLES,
    "w:txbxContent": TEXT_BOXES,
    "a:p": TEXT_BOXES,
    "w:ins": INSERTIONS,
    "w:moveTo": INSERTIONS,
    "w:del": DELETIONS,
    "w:moveFrom": DELETIONS,
    "w:sdt": CONTENT_CONTROLS,
}
# The style Title by the names under which Word keeps it in the languages of its users.
_TITLE_STYLES = frozenset({"Title", "Titel", "Tittel", "Titre", "Ttulo", "Titolo", "Teitl"})
_OF_A_PARAGRAPH = ["w:p", "w:pPr"]  # where its present style stands; a former one stands in a tracked change
_DOCX_PARAGRAPHS = frozenset({"w:p", "a:p"})
_DOCX_TEXT = frozenset({"w:t", "w:delText", "m:t", "a:t"})
_DOCX_BREAKS = {
    "w:tab": "\t",
    "w:ptab": "\t",
    "w:br": "\n",
    "w:cr": "\n",
    "a:br": "\n",
    "w:sym": " ",
    "wp:inline": " ",
}
_DOCX_LETTERS = {"w:noBreakHyphen": "\u2011", "w:softHyphen": "\u00ad"}
_BRANCHES = frozenset({"mc:Choice", "mc:Fallback"})
_DOCX_HEARD = frozenset(
    {
        *_DOCX_PARTS,
        *_DOCX_PARAGRAPHS,
        *_DOCX_BREAKS,
        *_DOCX_LETTERS,
        *_BRANCHES,
        "w:pStyle",
        "v:textpath",
        "mc:AlternateContent",
    }
)  # the other elements, which are most, change nothing in the text
_ODT_PARTS = {
    "table:table": TABLES,
    "text:note-body": FOOTNOTES,
    "text:deletion": DELETIONS,
    "office:annotation": COMMENTS,
    "loext:content-control": CONTENT_CONTROLS,
}
_MATH_TEXT = frozenset({"math:mi", "math:mn", "math:mo", "math:mtext", "math:ms"})
_ODT_PARAGRAPHS = frozenset({"text:p", "text:h"})
_ODT_BREAKS = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}
_ODT_SILENT = frozenset({"text:note", "text:note-citation", "text:note-body", "text:list", "text:list-item"})
_HYPHENATED = re.compile(r"(?<=[^\W_])([-\u2010\u00ad])\n(?!(?:and|or|to)\b)([^\W_])")
_EDGE_LINES = 3
_EDGE_WORDS = 12


class Passages(list[Passage]):
    """The passages of a document, and the numbers of its pages that hold a picture and no text, or are scans."""

    pictures: tuple[int, ...] = ()
    scans: tuple[int, ...] = ()


def check_and_read(
    file: BinaryIO, *, name: str, size_limit: int, most: int | None = None
) -> tuple[Kind, Passages]:
    """What a document is, as `check_document` finds it, and its passages, as `read_passages` gives them.

    A Word document or OpenDocument text is opened, unpacked and parsed once for both. Refuses what either refuses.
    """
    heard: list[_Part] = []

    def listener(part: str, role: str) -> XmlTarget:
        heard.append(_Part(part, role, heard))
        return heard[-1].reader

    kind = check_document(file, name=name, size_limit=size_limit, listener=listener)
    return kind, _in_order(heard) if heard else read_passages(file, kind, most=most)


def read_passages(file: BinaryIO, kind: Kind, *, most: int | None = None) -> Passages:
    """The passages of a document in reading order; notes, diagrams and what does not count come after.

    A word never crosses from one passage into the next; within a passage it may span several stretches.
    Refuses a document that cannot be read, as `check_document` does. Of a PDF no page is read any more once there are
    more than `most` characters, and it is refused.
    """
    file.seek(0)
    match kind:
        case Kind.DOCX | Kind.ODT:
            return _read_parts(file, kind)
        case Kind.PDF:
            return _read_pdf(file, most=most)
        case Kind.TXT:
            return Passages([[(BODY, read_text(file))]])


class _Reader(XmlTarget):
    """Collects passages while a document is parsed."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.passages: list[Passage] = []
        self.parts = [part]
        self.begun: list[Passage] = [[]]
        self.titled = part != BODY  # only the body has a title, and only one

    @property
    def part(self) -> str:
        return self.parts[-1]

    def enter(self, part: str) -> None:
        """Text now belongs to `part`, unless what surrounds it does not count."""
        self.parts.append(self.part if self.part in EXCLUDED else part)

    def add(self, text: str) -> None:
        self.begun[-1].append((self.part, text))

    def may_be_title(self) -> bool:
        """Whether a paragraph that begins here may be the title: none was, and it stands in the body itself."""
        return not self.titled and self.parts[-1] == BODY

    def note_title(self) -> None:
        """The paragraph that ends was the title, if there is anything in it."""
        self.titled = any(part == TITLE and text.strip() for part, text in self.begun[-1])

    def end_passage(self) -> None:
        passage = self.begun.pop()
        if len(passage) == 1:  # most are of one stretch, with nothing to separate
            self.passages.append(passage)
        else:
            self.passages.extend(_separated(passage))

    def close(self) -> None:
        while self.begun:
            self.end_passage()


class _DocxReader(_Reader):
    """Reads one XML part of a Word document."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.title_in = 0  # how deep the paragraph lies that may be the title
        self.surrounding: list[list[Passage]] = []
        self.branches: list[list[list[Passage]]] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name not in _DOCX_HEARD:
            return
        if name in _DOCX_PARTS:
            self.enter(_DOCX_PARTS[name])
        if name in _DOCX_PARAGRAPHS:
            self.begun.append([])
        elif name in _DOCX_BREAKS:
            self.add(_DOCX_BREAKS[name])
        elif name in _DOCX_LETTERS:
            self.add(_DOCX_LETTERS[name])
        elif name == "w:pStyle" and self.path[-3:-1] == _OF_A_PARAGRAPH:
            styles = {value for key, value in attributes.items() if _short(key) == "w:val"}
            if styles & _TITLE_STYLES and self.may_be_title():
                self.title_in = len(self.begun)
                self.enter(TITLE)
        elif name == "v:textpath":
            part = self.part if self.part in EXCLUDED else TEXT_BOXES
            self.passages.append([(part, attributes.get("string", ""))])
        elif name == "mc:AlternateContent":
            self.branches.append([])
        elif self._in_branch(name):
            self.surrounding.append(self.passages)
            self.passages = []
            self.begun.append([])

    def closed(self, name: str) -> None:
        if name not in _DOCX_HEARD:
            return
        if name in _DOCX_PARAGRAPHS:
            if self.title_in == len(self.begun):
                self.title_in = 0
                self.note_title()
                self.parts.pop()
            self.end_passage()
        elif name == "mc:AlternateContent":
            self._take_fullest(self.branches.pop())
        elif self._in_branch(name):
            self.branches[-1].append([self.begun.pop(), *self.passages])
            self.passages = self.surrounding.pop()
        if name in _DOCX_PARTS:
            self.parts.pop()

    def data(self, text: str) -> None:
        name = self.path[-1]
        if name == "w:delText":
            self.enter(DELETIONS)
            self.add(text)
            self.parts.pop()
        elif name in _DOCX_TEXT:
            self.add(text)

    def _in_branch(self, name: str) -> bool:
        return name in _BRANCHES and self.path[-2:-1] == ["mc:AlternateContent"]

    def _take_fullest(self, branches: list[list[Passage]]) -> None:
        """Of the same content given twice for two sorts of reader, keeps the fuller once."""
        if branches:
            inline, *passages = max(branches, key=_weight)
            self.begun[-1].extend(inline)
            self.passages.extend(passages)


class _OdtReader(_Reader):
    """Reads the content or the styles of an OpenDocument text; `formulas` are the equations by their entries."""

    def __init__(self, part: str, formulas: Mapping[str, str]) -> None:
        super().__init__(part)
        self.formulas = formulas
        self.titles = {"Title"}  # with the styles that a document derives from it
        self.region = ""
        self.inserted: set[str] = set()
        self.gaps: set[str] = set()
        self.inserting: set[str] = set()
        self.removed = ""

    @property
    def part(self) -> str:
        part = super().part
        return INSERTIONS if self.inserting and part not in EXCLUDED else part

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        given = {_short(key): value for key, value in attributes.items()}
        own = _ODT_PARTS.get(name, self.parts[-1])
        if name == "style:style" and given.get("style:parent-style-name") in self.titles:
            self.titles.add(given.get("style:name", ""))
        elif name in _ODT_PARAGRAPHS and given.get("text:style-name") in self.titles and self.may_be_title():
            own = TITLE
        self.enter(TEXT_BOXES if name.startswith("draw:") else own)
        if name in _ODT_PARAGRAPHS:
            self.begun.append([])
            self.removed += "\n" if self.region else ""
        elif name in _ODT_BREAKS:
            self.data_of(_ODT_BREAKS[name])
        elif name == "draw:frame" and given.get("text:anchor-type") == "as-char":
            self.data_of(" ")
        elif name == "draw:object":
            entry = given.get("xlink:href", "").removeprefix("./") + "/content.xml"
            self.data_of(f" {self.formulas.get(entry, '')} ")
        elif name.startswith("text:change") or name == "text:insertion":
            self._note_change(name, given)

    def closed(self, name: str) -> None:
        if name in _ODT_PARAGRAPHS:
            if self.parts[-1] == TITLE:
                self.note_title()
            self.end_passage()
        elif name == "text:deletion" and re.search(r"\s", self.removed[1:]):
            self.gaps.add(self.region)
        elif name == "text:changed-region":
            self.region = ""
        self.parts.pop()

    def data(self, text: str) -> None:
        name = self.path[-1]
        if name.startswith(("text:", "loext:")) and name not in _ODT_SILENT and len(self.begun) > 1:
            self.data_of(text)

    def data_of(self, text: str) -> None:
        self.removed += text if self.region else ""
        self.add(text)

    def _note_change(self, name: str, given: Mapping[str, str]) -> None:
        change = given.get("text:change-id", "")
        if name == "text:changed-region":
            self.region = given.get("text:id") or given.get("xml:id", "")
            self.removed = ""
        elif name == "text:insertion":
            self.inserted.add(self.region)
        elif name == "text:change-start" and change in self.inserted:
            self.inserting.add(change)
        elif name == "text:change-end":
            self.inserting.discard(change)
        elif name == "text:change" and change in self.gaps:
            self.add(" ")


class _FormulaReader(_Reader):
    """Reads an equation of an OpenDocument text: the signs as they are shown, not how they were typed."""

    def data(self, text: str) -> None:
        if self.path[0] == "math:math" and self.path[-1] in _MATH_TEXT:
            self.add(text.strip())

    def close(self) -> None:
        """The text stands where the equation is shown, so there is no passage of its own."""

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.begun[0])


def _separated(passage: Passage) -> Iterator[Passage]:
    """A passage without what does not count, then each excluded part of it as a passage of its own.

    Deleted text that held a space leaves one, so that deleting every space joins no words.
    """
    kept: Passage = []
    excluded: dict[str, str] = {}
    for part, text in passage:
        if part not in EXCLUDED:
            kept.append((part, text))
            continue
        excluded[part] = excluded.get(part, "") + text
        if part == DELETIONS and kept and re.search(r"\s", text):
            kept.append((kept[-1][0], " "))
    if kept:
        yield kept
    yield from ([stretch] for stretch in excluded.items())


def _weight(passages: list[Passage]) -> int:
    return sum(len("".join(text.split())) for passage in passages for _, text in passage)


class _Part:
    """A part of an archive that holds text, and who reads it; `before` are those that were read before it."""

    def __init__(self, name: str, role: str, before: Sequence["_Part"]) -> None:
        self.name = name
        self.place = list(_ROLES).index(role)
        self.reader: _Reader
        if role == FORMULA:
            self.reader = _FormulaReader(_ROLES[role])
        elif role in ODT_PARTS:
            read = {one.name: one.reader for one in before}
            formulas = {name: one.text for name, one in read.items() if isinstance(one, _FormulaReader)}
            self.reader = _OdtReader(_ROLES[role], formulas)
        else:
            self.reader = _DocxReader(_ROLES[role])


def _read_parts(file: BinaryIO, kind: Kind) -> Passages:
    read: list[_Part] = []
    with open_archive(file) as archive:
        parts = (
            docx_parts(archive) if kind == Kind.DOCX else {"content.xml": "content.xml"} | odt_parts(archive)
        )
        for name, role in sorted(parts.items(), key=lambda part: part[1] != FORMULA):
            part = _Part(name, role, read)
            with suppress(Refused) if role == FORMULA else nullcontext():
                parse_xml(read_entry(archive, name), part.reader)
            read.append(part)
    return _in_order(read)


def _in_order(parts: list[_Part]) -> Passages:
    """The body first, then notes and diagrams, then what does not count; of one sort, by the names of the parts."""
    parts.sort(key=lambda part: (part.place, part.name))
    return Passages(passage for part in parts for passage in part.reader.passages)


def _read_pdf(file: BinaryIO, *, most: int | None) -> Passages:
    reader = open_pdf(file)
    read = list(read_pages(reader, most=most))
    scans = scanned(read)
    lines = [[line for line in page.text.splitlines() if line.strip()] for page in read]
    stamps = [line for number, page in enumerate(lines, start=1) if number in scans for line in page]
    pages = [page for number, page in enumerate(lines, start=1) if number not in scans]
    headers = _take_running_lines(pages)
    text = "\n".join(line.rstrip(" ") for page in pages for line in page)
    extras = _pdf_notes(reader) + _pdf_fields(reader)
    apart = [[(HEADERS, line)] for line in headers] + [[(SCANS, line)] for line in stamps]
    found = Passages([[(BODY, _HYPHENATED.sub(_rejoined, text))], *extras, *apart])
    numbered = list(enumerate(read, start=1))
    found.pictures = tuple(number for number, page in numbered if page.drawn and not page.words)
    found.scans = tuple(number for number, page in numbered if number in scans and page.words)
    return found


def _rejoined(match: re.Match[str]) -> str:
    """A word broken at the end of a line, whole again; a hyphen before a capital or a figure was its own."""
    hyphen, letter = match.groups()
    return letter if letter.islower() or hyphen == "\u00ad" else hyphen + letter


def _take_running_lines(pages: list[list[str]]) -> list[str]:
    """Removes, and gives, short lines that stand first or last on every page but one, numbers apart."""
    taken: list[str] = []
    needed = max(2, len(pages) - 1)
    for edge in (0, -1):
        for _ in range(_EDGE_LINES):
            shapes = Counter(_shape(page[edge]) for page in pages if page)
            shape, times = shapes.most_common(1)[0] if shapes else ("", 0)
            if times < needed or len(shape.split()) > _EDGE_WORDS:
                break
            taken += [page.pop(edge) for page in pages if page and _shape(page[edge]) == shape]
    return taken


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip().casefold())


def _pdf_notes(reader: PdfReader) -> list[Passage]:
    """Text typed onto the pages as free-text notes, which a reader sees like any other text."""
    found: list[Passage] = []
    work = meter()
    for page in reader.pages:
        try:
            for reference in page.get("/Annots") or ():
                work.check()
                note = reference.get_object()
                if note.get("/Subtype") == "/FreeText" and note.get("/Contents"):
                    found.append([(TEXT_BOXES, str(note["/Contents"]))])
        except Refused:
            raise
        except Exception:  # noqa: S112 -- notes that can't be read are no reason to refuse the pages
            continue
    return found


def _pdf_fields(reader: PdfReader) -> list[Passage]:
    try:
        return [[(CONTENT_CONTROLS, str(text))] for text in reader.get_form_text_fields().values() if text]
    except Exception:
        return []
