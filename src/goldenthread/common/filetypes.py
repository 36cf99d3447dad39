"""Says what an uploaded document is by its content, and refuses what cannot be read safely."""

import codecs
import re
import zipfile
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import PurePosixPath
from typing import BinaryIO, NoReturn

from goldenthread.common.containers import (
    AGAIN,
    MAX_XML,
    MEGABYTE,
    XmlTarget,
    check_unpacks,
    open_archive,
    open_pdf,
    parse_xml,
    read_entry,
    refuse,
    refuse_bomb,
    refuse_damaged,
    refuse_encrypted,
)
from goldenthread.common.pdf_pages import has_text
from goldenthread.common.refused import Refused

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_PDF = b"%PDF-"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAY_PRECEDE = codecs.BOM_UTF8 + b" \t\r\n"
_ODT_TYPE = b"application/vnd.oasis.opendocument.text"
_WORDPROCESSING = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_DOCX_ROLES = {
    _WORDPROCESSING + "document.main+xml": "document",
    _WORDPROCESSING + "footnotes+xml": "footnotes",
    _WORDPROCESSING + "endnotes+xml": "endnotes",
    _WORDPROCESSING + "header+xml": "header",
    _WORDPROCESSING + "footer+xml": "footer",
    _WORDPROCESSING + "comments+xml": "comments",
    "application/vnd.openxmlformats-officedocument.drawingml.diagramdata+xml": "diagram",
}
ODT_PARTS = ("content.xml", "styles.xml")  # the entries of an OpenDocument text that hold text
FORMULA = "formula"  # the role of an entry that may hold an equation of an OpenDocument text
_OTHER_ZIPS = (
    ("xl/workbook.xml", "a spreadsheet"),
    ("xl/workbook.bin", "a spreadsheet"),
    ("ppt/presentation.xml", "a slide presentation"),
    ("Index/Document.iwa", "an Apple Pages document"),
    ("META-INF/container.xml", "an e-book"),
)
_SIGNATURES = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"Rar!", "a packed archive"),
    (b"7z\xbc\xaf", "a packed archive"),
    (b"\x1f\x8b", "a packed archive"),
)
_MARKUP = (
    (b"{\\rtf", "a rich-text (RTF) document"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
)
_DESCRIPTIONS = {
    "docx": "a Word document",
    "pdf": "a PDF",
    "odt": "an OpenDocument text",
    "txt": "plain text",
}
_ACCENTED, _PLAIN = re.compile(rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff]"), re.compile(rb"[A-Za-z]")
_HIGH_RUN = re.compile(rb"[\xa1-\xff]{12,}")
_SAME_SIGNS = 3  # a line of dots or degrees has one or two
_MANY_ACCENTS = 10
ADVICE = "Upload a Word document (.docx), a PDF, an OpenDocument text (.odt) or plain text (.txt)."


class Kind(StrEnum):
    """The four kinds of document that can be handed in."""

    DOCX = "docx"
    PDF = "pdf"
    ODT = "odt"
    TXT = "txt"


Listener = Callable[[str, str], XmlTarget]
"""Takes the name of a part with text and its role, as in `docx_parts` or `odt_parts`; gives who hears it."""


def check_document(file: BinaryIO, *, name: str, size_limit: int, listener: Listener | None = None) -> Kind:
    """What `file` is, judged by its content alone; leaves it rewound to the start.

    Takes a seekable binary file, the name it was uploaded under and the limit in bytes.
    A Word document, PDF or OpenDocument text named as another of the four kinds is accepted for what it is;
    compare `kind_of_name`. Plain text has no mark of its own, so it must be named ".txt".
    Refuses, with a code that begins "file.", whatever is not one of the four or cannot be read safely.
    The parts with text of a Word document or OpenDocument text are parsed here: a `listener` hears them meanwhile, so
    that nobody need parse them again. What it heard counts only once this returns.
    """
    try:
        check_size(file, size_limit)
        file.seek(0)
        head = file.read(1024)
        if head.startswith(_ZIP):
            return _check_archive(file, name, listener)
        kind = _kind_of_content(file, head)
        _check_name(kind, name)
        if kind is Kind.PDF:
            _check_pdf(file)
        return kind
    finally:
        file.seek(0)


def kind_of_name(name: str) -> Kind | None:
    """The kind that a file name claims by its ending; none if it is not one of the four."""
    ending = ending_of(name)
    return Kind(ending) if ending in _DESCRIPTIONS else None


def ending_of(name: str) -> str:
    """How a file name ends, in small letters without its dot; empty if it has no ending."""
    return PurePosixPath(name.replace("\\", "/").rstrip(". \t")).suffix.casefold().removeprefix(".")


def size_text(size: int) -> str:
    """Bytes for people, in units of 1,024: 900 → "900 bytes", 2097152 → "2 MB", 1572864 → "1.5 MB"."""
    if size < 1024:
        return f"{size} byte" + ("" if size == 1 else "s")
    number, unit = (size / 1024, "KB") if size < MEGABYTE else (size / MEGABYTE, "MB")
    return f"{number:,.1f}".removesuffix(".0") + f" {unit}"


def docx_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The entries of a Word document that hold text, each with its role.

    Roles: document, footnotes, endnotes, header, footer, comments, diagram. Refuses "file.macros".
    """
    entries = {name.casefold(): name for name in archive.namelist()}
    types = _ContentTypes()
    parse_xml(read_entry(archive, entries.get("[content_types].xml", "")), types)
    parts = {}
    for folded, name in entries.items():
        content_type = types.of(folded)
        if "macroenabled" in content_type or "vbaproject" in content_type or "vbaproject" in folded:
            refuse_macros("Save it as an ordinary Word document (.docx) and upload that.")
        if role := _DOCX_ROLES.get(content_type):
            parts[name] = role
    return parts


def odt_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The entries of an OpenDocument text that hold text, each with its role; equations before the text around them."""
    names = archive.namelist()
    formulas = [name for name in names if name.endswith("/content.xml")]
    return dict.fromkeys(formulas, FORMULA) | {name: name for name in ODT_PARTS if name in names}


def read_text(file: BinaryIO) -> str:
    """The whole of a plain-text file, without its byte order mark; refuses "file.type" if it is not text, and
    "file.encoding" where its letters can't be told.
    """
    file.seek(0)
    data = file.read()
    text = _decoded(data)
    if text is None:
        _refuse_type(next((what for mark, what in _SIGNATURES if data.startswith(mark)), None))
    if not text.isascii() and not _is_unicode(data) and _is_foreign(data):
        refuse(
            "file.encoding",
            "The letters of this text file can't be told: it is in an older encoding of another writing. Open it where "
            "it reads well, save it as UTF-8 (in Notepad: Save as, Encoding) or as a Word document, and choose that.",
        )
    return text


class _ContentTypes(XmlTarget):
    """Reads the list of content types of an Office package."""

    def __init__(self) -> None:
        super().__init__()
        self.by_name: dict[str, str] = {}
        self.by_ending: dict[str, str] = {}

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        content_type = attributes.get("ContentType", "").strip().casefold()
        if name == "ct:Override":
            self.by_name[attributes.get("PartName", "").lstrip("/").casefold()] = content_type
        elif name == "ct:Default":
            self.by_ending[attributes.get("Extension", "").casefold()] = content_type

    def of(self, name: str) -> str:
        return self.by_name.get(name) or self.by_ending.get(name.rpartition(".")[2], "")


class _Watch:
    """Notes the outermost element and encryption, and refuses what hides text from the word count."""

    root = ""
    encrypted = False

    def meet(self, name: str) -> None:
        """The first element of this name begins."""
        self.root = self.root or name
        self.encrypted = self.encrypted or name == "manifest:encryption-data"
        if name == "w:altChunk":
            refuse("file.embedded", f"This document has another file inside it. {AGAIN}")


def _refuse_type(what: str | None) -> NoReturn:
    refuse("file.type", f"This file is {what or 'of an unknown kind'}, which cannot be read here. {ADVICE}")


def refuse_macros(advice: str) -> NoReturn:
    """Refuses a file with programs in it."""
    refuse("file.macros", f"This document contains macros, which are not accepted. {advice}")


def check_size(file: BinaryIO, size_limit: int) -> None:
    """Refuses an empty file, and one of more bytes than the limit."""
    size = file.seek(0, 2)
    if not size:
        _refuse_empty()
    if size > size_limit:
        sizes = size_text(size), size_text(size_limit)
        if sizes[0] == sizes[1]:
            sizes = f"{size:,} bytes", f"{size_limit:,} bytes"
        refuse(
            "file.too_big",
            f"This file is {sizes[0]}; the most that can be uploaded is {sizes[1]}. "
            "Make its pictures smaller or take them out, then upload it again.",
        )


def _refuse_empty() -> NoReturn:
    refuse("file.empty", "This file is empty. Check that you saved your work, then upload it again.")


def _kind_of_content(file: BinaryIO, head: bytes) -> Kind:
    """Of a file that is no archive; `head` is how it begins."""
    if head.lstrip(_MAY_PRECEDE).startswith(_PDF):
        return Kind.PDF
    if head.startswith(_OLE):
        _refuse_old_office(file)
    if head.startswith(_EMPTY_ZIP):
        _refuse_type("an empty zip archive")
    _check_plain_text(file)
    return Kind.TXT


def _check_archive(file: BinaryIO, name: str, listener: Listener | None) -> Kind:
    """A Word document or an OpenDocument text: opened once, each entry unpacked once, each part parsed once."""
    with open_archive(file) as archive:
        names = set(archive.namelist())
        for marker, what in _OTHER_ZIPS:
            if marker in names and "word/document.xml" not in names:
                _refuse_type(what)
        if "[content_types].xml" in {one.casefold() for one in names}:
            parts = docx_parts(archive)
            _check_office_package(parts)
            _check_name(Kind.DOCX, name)
            _check_docx(archive, parts, listener)
            return Kind.DOCX
        if "mimetype" in names and read_entry(archive, "mimetype").strip() == _ODT_TYPE:
            _check_name(Kind.ODT, name)
            _check_odt(archive, listener)
            return Kind.ODT
    _refuse_type("a zip archive")


def _check_office_package(parts: Mapping[str, str]) -> None:
    roles = list(parts.values())
    if not roles:
        _refuse_type("an Office file but no Word document")
    if roles.count("document") != 1:
        refuse_damaged()


def _refuse_old_office(file: BinaryIO) -> NoReturn:
    file.seek(0)
    data = file.read()
    if "EncryptedPackage".encode("utf-16-le") in data:
        refuse_encrypted()
    if "WordDocument".encode("utf-16-le") in data:
        refuse(
            "file.type",
            "This is an old Word document (.doc). "
            "Open it, choose Save As, pick Word Document (.docx) and upload that.",
        )
    _refuse_type("an old Office file")


def _check_plain_text(file: BinaryIO) -> None:
    text = read_text(file)
    start = text[:1024].lstrip().casefold().encode()
    if what := next((what for mark, what in _MARKUP if start.startswith(mark)), None):
        _refuse_type(what)
    if not text.strip():
        _refuse_empty()


def _check_name(kind: Kind, name: str) -> None:
    claimed = kind_of_name(name)
    if claimed is None or (kind is Kind.TXT and claimed is not kind):
        refuse(
            "file.mismatch",
            f"This file is {_DESCRIPTIONS[kind]}, but its name says otherwise. Give it a name that ends in "
            f"“.{kind}”, or save it again from your word processor, and upload that.",
        )


def _check_docx(archive: zipfile.ZipFile, parts: Mapping[str, str], listener: Listener | None) -> None:
    unpacked = check_unpacks(archive, keep={*parts, *_other_xml(archive, parts)})
    if sum(archive.getinfo(name).file_size for name in parts) > MAX_XML:
        refuse_bomb()
    for name, role in parts.items():
        data = read_entry(archive, name, unpacked)
        if _watch(data, listener and listener(name, role)).root != "w:document" and role == "document":
            refuse_damaged()
    _check_other_xml(archive, unpacked, parts)


def _check_odt(archive: zipfile.ZipFile, listener: Listener | None) -> None:
    names = set(archive.namelist())
    manifest = "META-INF/manifest.xml"
    if manifest in names and _watch(read_entry(archive, manifest)).encrypted:
        refuse_encrypted()
    parts = odt_parts(archive)
    unpacked = check_unpacks(archive, keep={*parts, *_other_xml(archive, parts)})
    if any(re.match(r"Scripts/.|Basic/.*/(?!script-l[bc]\.xml)[^/]+$", name) for name in names):
        refuse_macros("Copy your text into a new document and upload that.")
    if "content.xml" not in names:
        refuse_damaged()
    if sum(archive.getinfo(name).file_size for name in parts) > MAX_XML:
        refuse_bomb()
    for name, role in parts.items():
        data = read_entry(archive, name, unpacked)
        with _damage_passes(role == FORMULA):
            root = _watch(data, listener and listener(name, role)).root
            if name == "content.xml" and root != "office:document-content":
                refuse_damaged()
    _check_other_xml(archive, unpacked, parts)


def _watch(data: bytes, target: XmlTarget | None = None) -> _Watch:
    watch = _Watch()
    parse_xml(data, target, meet=watch.meet)
    return watch


def _other_xml(archive: zipfile.ZipFile, known: Container[str]) -> list[str]:
    """The entries of XML that hold no text of the document."""
    names = archive.namelist()
    return [name for name in names if name not in known and name.casefold().endswith((".xml", ".rels"))]


def _check_other_xml(archive: zipfile.ZipFile, unpacked: dict[str, bytes], known: Container[str]) -> None:
    """Refuses entities anywhere; another fault in a part without text is left to the word processor."""
    budget = MAX_XML
    for name in _other_xml(archive, known):
        budget -= archive.getinfo(name).file_size
        if budget < 0:
            refuse_bomb()
        with _damage_passes(True):
            _watch(read_entry(archive, name, unpacked))


@contextmanager
def _damage_passes(harmless: bool) -> Iterator[None]:
    """Lets a damaged part pass where that is `harmless`; nothing else that is refused."""
    try:
        yield
    except Refused as refused:
        if not harmless or refused.code != "file.damaged":
            raise


def _check_pdf(file: BinaryIO) -> None:
    size = file.seek(0, 2)
    file.seek(max(0, size - 2048))
    if b"%%EOF" not in file.read():
        refuse_damaged()
    if not has_text(open_pdf(file)):
        refuse(
            "file.scanned",
            "This PDF looks like a scan: its pages are pictures, with no text but perhaps a stamp or a page number. "
            "Export it from your word processor, or paste the text into the editor.",
        )


def _decoded(data: bytes) -> str | None:
    """Text in UTF-8, UTF-16 (with its mark) or, as a last resort, Windows-1252; none if it is not text."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text) else text
    return None


def _is_unicode(data: bytes) -> bool:
    """Whether plain text is in UTF-8 or UTF-16, whose letters are known."""
    try:
        data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_foreign(data: bytes) -> bool:
    """Whether text in one byte a letter, or two, is of no western writing, such as Thai in cp874.

    Western letters with accents are few beside plain ones, and never stand twelve in a row.
    """
    if any(len(set(run)) > _SAME_SIGNS for run in _HIGH_RUN.findall(data)):
        return True
    accented, plain = len(_ACCENTED.findall(data)), len(_PLAIN.findall(data))
    return accented >= _MANY_ACCENTS and accented > plain
