"""From a file to numbered lines: plain text as it stands, a Word document with its tables written with bars.

Pure: no Django, no clock. Nothing is read beyond the limits below, whatever the file claims to be.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, NoReturn

from goldenthread.common.containers import (
    MEGABYTE,
    XmlTarget,
    check_unpacks,
    one_meter,
    open_archive,
    parse_xml,
    read_entry,
)
from goldenthread.common.filetypes import docx_parts, size_text
from goldenthread.common.refused import Refused

KIND = "framework"  # of a stored file
MOST_TEXT = 2 * MEGABYTE
MOST_DOCX = 10 * MEGABYTE
LONGEST_LINE = 100_000
MOST_LINES = 50_000

_ZIP = b"PK\x03\x04"
_OTHER_KINDS = (
    (b"%PDF-", "a PDF"),
    (b"PK\x05\x06", "an empty archive"),
    (b"PK\x07\x08", "a part of an archive"),
    (b"\xd0\xcf\x11\xe0", "an old Word document (.doc)"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a packed archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_COUNTED = frozenset(("decimal", "decimalZero", "lowerRoman", "upperRoman"))  # lists that Word numbers
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|table|\?xml)\b", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_BLANKS = str.maketrans(
    {
        **dict.fromkeys("\u00a0\x0c", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff"),  # soft hyphens and marks without width: nothing to read
        **dict.fromkeys("\x0b\x85\u2028\u2029", "\n"),  # line ends of word processors
    }
)


class Line(NamedTuple):
    """One line of the text under its number, counted from 1."""

    number: int
    text: str


class FrameworkTextError(Refused):
    """A file that can't be read as framework text: where (a line, 0 for the whole file) and why."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        place = f"{name}, line {line}" if line else name
        super().__init__(f"{place}: {reason}", code="framework.file", field="file")


def read_lines(file: BinaryIO, *, name: str) -> tuple[Line, ...]:
    """The lines of a text file (UTF-8) or of a Word document, recognised by content and not by name.

    A table of a Word document becomes rows whose cells end in bars. Refuses with FrameworkTextError what is too
    big, binary, not UTF-8, damaged, or unpacks into more than a document needs.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    packed = head.startswith(_ZIP)
    most = MOST_DOCX if packed else MOST_TEXT
    if size > most:
        reason = (
            f"is {size_text(size)}; a framework is at most {size_text(most)}. Leave out what isn't framework."
        )
        raise FrameworkTextError(name, 0, reason)
    if not size:
        raise FrameworkTextError(name, 0, "is empty. Choose the file with the framework's text.")
    lines = tuple(_docx_lines(file, name)) if packed else tuple(_text_lines(file.read(most + 1), name))
    _check_shape(lines, name)
    return lines


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a text that is in hand."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BLANKS).split("\n")
    return tuple(Line(number, row.rstrip()) for number, row in enumerate(rows, start=1))


def _text_lines(data: bytes, name: str) -> Iterator[Line]:
    kind = next((what for mark, what in _OTHER_KINDS if data.startswith(mark)), None)
    if kind:
        _refuse_kind(name, 0, f"is {kind}")
    if data.startswith(_UTF_16):
        raise FrameworkTextError(name, 0, "is text in UTF-16. Save the text as UTF-8 and try again.")
    if _HTML.match(data[:200].removeprefix(b"\xef\xbb\xbf")):
        reason = (
            "is the source of a web page. Open the page, copy its text, and save that as plain text (UTF-8)."
        )
        raise FrameworkTextError(name, 1, reason)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        if b"\x00" in data[:4096]:
            _refuse_kind(name, line, "is not text")
        reason = f"byte {data[fault.start]:#04x} is no UTF-8. Save the text as UTF-8 and try again."
        raise FrameworkTextError(name, line, reason) from None
    yield from lines_of(text)


def _check_shape(lines: tuple[Line, ...], name: str) -> None:
    if len(lines) > MOST_LINES:
        raise FrameworkTextError(
            name, MOST_LINES, f"has {len(lines):,} lines; {MOST_LINES:,} are read at most."
        )
    for line in lines:
        if len(line.text) > LONGEST_LINE:
            reason = f"has {len(line.text):,} characters; no cell of a framework has over {LONGEST_LINE:,}."
            raise FrameworkTextError(name, line.number, reason)
        if found := _CONTROLS.search(line.text):
            _refuse_kind(name, line.number, f"holds the character {ord(found[0]):#04x}, which no text has")


def _refuse_kind(name: str, line: int, what: str) -> NoReturn:
    raise FrameworkTextError(name, line, f"{what}. Choose plain text (UTF-8) or a Word document (.docx).")


# --- Word documents -------------------------------------------------------------------------------
def _docx_lines(file: BinaryIO, name: str) -> Iterator[Line]:
    try:
        with one_meter(), open_archive(file) as archive:
            check_unpacks(archive)
            if "[content_types].xml" not in {part.casefold() for part in archive.namelist()}:
                _refuse_kind(name, 0, "is a packed file, but not a Word document")
            parts = docx_parts(archive)
            main = next((part for part, role in parts.items() if role == "document"), None)
            if main is None:
                _refuse_kind(name, 0, "is a packed file, but not a Word document")
            numbering = _Numbering()
            lists = next((part for part in archive.namelist() if part.endswith("word/numbering.xml")), None)
            if lists:
                parse_xml(read_entry(archive, lists), numbering)
            document = _Document(numbering)
            parse_xml(read_entry(archive, main), document)
    except FrameworkTextError:
        raise
    except Refused as no:
        raise FrameworkTextError(name, 0, no.message) from None
    yield from (Line(number, text) for number, text in enumerate(document.lines, start=1))


class _Numbering(XmlTarget):
    """Which lists of a document are numbered, from which number, and which have bullets."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[tuple[str, str], list[str]] = {}  # abstract list and level → format and start
        self.lists: dict[str, str] = {}
        self._abstract = self._level = self._list = ""

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        given = _short(attributes)
        if name == "w:abstractNum":
            self._abstract = given.get("abstractNumId", "")
        elif name == "w:lvl":
            self._level = given.get("ilvl", "0")
            self.levels[self._abstract, self._level] = ["decimal", "1"]
        elif name == "w:num":
            self._list = given.get("numId", "")
        elif name == "w:abstractNumId":
            self.lists[self._list] = given.get("val", "")
        elif name in {"w:numFmt", "w:start"} and "w:lvl" in self.path:
            level = self.levels.get((self._abstract, self._level))
            if level:
                level[name == "w:start"] = given.get("val", "")

    def of(self, list_id: str, level: str) -> tuple[str, int]:
        """Format and first number of a list at a level."""
        form, start = self.levels.get((self.lists.get(list_id, ""), level), ["bullet", "1"])
        return form, int(start) if start.isdecimal() and len(start) < 4 else 1


def _short(attributes: Mapping[str, str]) -> dict[str, str]:
    return {key.rpartition("}")[2]: value for key, value in attributes.items()}


@dataclass
class _Cell:
    paragraphs: list[str] = field(default_factory=list)
    span: int = 1


class _Document(XmlTarget):
    """Writes paragraphs as lines, and tables as rows whose cells end in bars."""

    def __init__(self, numbering: _Numbering) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._numbering = numbering
        self._counts: dict[tuple[str, str], int] = {}
        self._cells: list[_Cell] = []
        self._tables = 0
        self._text: list[str] = []
        self._list: dict[str, str] = {}

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "w:tbl":
            self._tables += 1
        elif name == "w:tr" and self._tables == 1:
            self._cells = []
        elif name == "w:tc" and self._tables == 1:
            self._cells.append(_Cell())
        elif name == "w:p":
            self._text, self._list = [], {}
        elif name in {"w:tab", "w:br", "w:cr"} and "w:r" in self.path:
            self._text.append(" ")
        else:
            self._properties(name, _short(attributes).get("val", ""))

    def _properties(self, name: str, value: str) -> None:
        if name == "w:gridSpan" and self._cells and self._tables == 1:
            self._cells[-1].span = int(value) if value.isdecimal() and len(value) < 3 else 1
        elif name in {"w:numId", "w:ilvl"} and "w:pPr" in self.path:
            self._list[name] = value

    def data(self, text: str) -> None:
        if self.path and self.path[-1] == "w:t" and "mc:Fallback" not in self.path:
            self._text.append(text)

    def closed(self, name: str) -> None:
        if name == "w:p":
            self._paragraph(self._mark() + " ".join("".join(self._text).translate(_BLANKS).split()))
            self._text, self._list = [], {}
        elif name == "w:tr" and self._tables == 1:
            self._row()
        elif name == "w:tbl":
            self._tables -= 1

    def _mark(self) -> str:
        """The number or bullet that Word shows before the paragraph and that stands in no text."""
        list_id, level = self._list.get("w:numId", "0"), self._list.get("w:ilvl", "0")
        if list_id == "0" or not "".join(self._text).strip():
            return ""
        form, start = self._numbering.of(list_id, level)
        if form not in _COUNTED:
            return "● " if form == "bullet" else ""
        for deeper in [key for key in self._counts if key[0] == list_id and key[1] > level]:
            del self._counts[deeper]  # a list inside begins anew under every number
        self._counts[list_id, level] = self._counts.get((list_id, level), start - 1) + 1
        return f"{self._counts[list_id, level]}. "

    def _paragraph(self, text: str) -> None:
        if self._tables and self._cells:
            if text:
                self._cells[-1].paragraphs.append(text.replace("|", "¦"))
        elif not self._tables:
            self.lines.append(text)

    def _row(self) -> None:
        row = ""
        for cell in self._cells:
            *before, last = cell.paragraphs or [""]
            for text in before:
                self.lines.append(row + text)
                row = ""
            row += f"{last} " + "| " * min(max(cell.span, 1), 20)
        if row:
            self.lines.append(row.rstrip())
        self._cells = []
