"""Opens zip containers, XML and PDF from strangers: never unbounded, never following what they point at."""

import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, BinaryIO, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from pypdf import PasswordType, PdfReader, apply_configuration
from pypdf.errors import LimitReachedError

from goldenthread.common.refused import Refused

MEGABYTE = 1024 * 1024
MAX_ENTRIES = 2_000
MAX_UNPACKED = 100 * MEGABYTE
MAX_RATIO = 100
RATIO_FROM = MEGABYTE
MAX_XML = 32 * MEGABYTE
MAX_ELEMENTS = 3_000_000
MAX_DEPTH = 256
MAX_PAGES = 1_000
MAX_PAGE_BYTES = 5 * MEGABYTE
MAX_PDF_STREAM = 5 * MEGABYTE
MAX_PDF_PARSED = 250_000  # operands and operators of one stream, which is parsed before the meter sees any
MAX_PDF_STEPS = 400_000
MAX_PDF_FORMS = 4_000
MAX_SECONDS = 10  # of this thread's processor time, so that a busy server refuses nobody
AGAIN = "Open the original, save it again and upload the new file."

_CHUNK = 64 * 1024
_ENTRY_MARK = b"PK\x01\x02"
_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/package/2006/content-types": "ct",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw",
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style",
    "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0": "manifest",
    "http://www.w3.org/1998/Math/MathML": "math",
    "http://www.w3.org/1999/xlink": "xlink",
    "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0": "loext",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    LookupError,
    ValueError,
)


def refuse(code: str, message: str) -> NoReturn:
    """Refuses an upload; `code` is stable ("file.damaged"), `message` says what is wrong and what to do."""
    raise Refused(message, code=code, field="upload")


def refuse_damaged() -> NoReturn:
    """Refuses a file that breaks off or contradicts itself."""
    refuse("file.damaged", f"This file is cut short or damaged and cannot be read. {AGAIN}")


def refuse_bomb() -> NoReturn:
    """Refuses a file that would take unreasonable work or memory to read."""
    refuse(
        "file.bomb",
        "This file unpacks into far more than a written answer needs, so it was not opened. "
        "Copy your text into a new document and upload that.",
    )


def refuse_encrypted() -> NoReturn:
    """Refuses a file that needs a password."""
    refuse(
        "file.encrypted",
        "This file is protected by a password. Save a copy without the password and upload that.",
    )


class Meter:
    """Bounds the work that reading one upload may take, whatever it is made of."""

    def __init__(self) -> None:
        self.steps = 0
        self.forms = 0
        self.ends_at = time.thread_time() + MAX_SECONDS

    def step(self, operator: bytes, *_rest: Any) -> None:
        """Called for each operator of a PDF page."""
        self.steps += 1
        self.forms += operator == b"Do"
        self.check()

    def end_page(self) -> None:
        """Checks again, because pypdf swallows a refusal that arises within a form."""
        self.check()
        self.forms = 0

    def check(self) -> None:
        """Refuses "file.bomb" when the work is more than a written answer needs."""
        late = time.thread_time() > self.ends_at
        if late or self.steps > MAX_PDF_STEPS or self.forms > MAX_PDF_FORMS:
            refuse_bomb()


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def one_meter() -> Iterator[Meter]:
    """What is read inside counts against one bound together, however many functions read it."""
    outer = _METER.get()
    token = _METER.set(outer or Meter())
    try:
        yield meter()
    finally:
        _METER.reset(token)


def meter() -> Meter:
    """The meter of the upload that is being read; a new one where nobody has set one."""
    return _METER.get() or Meter()


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """The zip container in `file`, once its list of entries is known to be harmless; reads no entry.

    Refuses "file.bomb", "file.path", "file.encrypted" and "file.damaged".
    """
    _check_number_of_entries(file)
    try:
        file.seek(0)
        archive = zipfile.ZipFile(file)
    except _UNREADABLE:
        refuse_damaged()
    _check_entries(archive.infolist())
    return archive


def read_entry(archive: zipfile.ZipFile, name: str, unpacked: dict[str, bytes] | None = None) -> bytes:
    """The XML entry `name`, at most MAX_XML bytes; refuses "file.bomb" and "file.damaged".

    It is taken out of what `check_unpacks` kept, where it is there, and unpacked else.
    """
    if unpacked and name in unpacked:
        return unpacked.pop(name)
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_XML + 1)
    except _UNREADABLE:
        refuse_damaged()
    if len(data) > MAX_XML:
        refuse_bomb()
    return data


def check_unpacks(archive: zipfile.ZipFile, *, keep: Container[str] = ()) -> dict[str, bytes]:
    """Unpacks every entry in pieces, which proves sizes and checksums.

    Gives those named in `keep`, so that they need not be unpacked again: MAX_XML bytes in all, and not the others.
    """
    unpacked, work, room = 0, meter(), MAX_XML
    kept: dict[str, bytes] = {}
    for entry in archive.infolist():
        work.check()
        pieces: list[bytes] | None = None
        if entry.filename in keep and entry.file_size <= room:
            pieces, room = [], room - entry.file_size
        try:
            with archive.open(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    unpacked += len(chunk)
                    if unpacked > MAX_UNPACKED:
                        refuse_bomb()
                    if pieces is not None:
                        pieces.append(chunk)
        except _UNREADABLE:
            refuse_damaged()
        if pieces is not None:
            kept[entry.filename] = b"".join(pieces)
    return kept


class XmlTarget:
    """Receives the elements of an XML document, as `parse_xml` reads them.

    Names are short ("w:p") for the namespaces known here, and "{namespace}name" for others; those of attributes are
    the parser's own, for `short_name`.
    """

    def __init__(self) -> None:
        self.path: list[str] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins; it is already the last of `path`."""

    def closed(self, name: str) -> None:
        """An element ends; it is still the last of `path`."""

    def data(self, text: str) -> None:
        """Text inside the last element of `path`."""

    def close(self) -> None:
        """The document is complete."""


@lru_cache(maxsize=1024)  # documents say the same few names thousands of times
def short_name(tag: str) -> str:
    """A parser's "namespace}name" as "prefix:name" if the namespace is known here, else as "{namespace}name"."""
    namespace, parted, local = tag.rpartition("}")
    prefix = _NAMESPACES.get(namespace)
    if prefix:
        return f"{prefix}:{local}"
    return "{" + tag if parted else tag


def parse_xml(
    data: bytes, target: XmlTarget | None = None, *, meet: Callable[[str], None] | None = None
) -> None:
    """Feeds the XML in `data` to `target`, if there is one, and tells `meet` the name of each sort of element once,
    when its first begins.

    Refuses "file.entities" (any document type declaration or entity), "file.bomb" (more than MAX_ELEMENTS elements, or
    more than MAX_DEPTH inside each other) and "file.damaged" (not well-formed).
    """
    heard = target or XmlTarget()
    parser = DefusedXMLParser(target=heard, forbid_dtd=True)
    _hear_directly(parser.parser, heard, _Names(meet), silent=target is None)
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException:
        refuse(
            "file.entities",
            f"This document defines or fetches text from elsewhere, which is not safe to open. {AGAIN}",
        )
    except (ParseError, LookupError, ValueError):
        refuse_damaged()


def _hear_directly(expat: Any, target: XmlTarget, names: "_Names", *, silent: bool) -> None:
    """Let expat call what bounds and reads the elements itself: the layers between took most of the time.

    What defusedxml refuses, it still refuses: its handlers stay. A `silent` target is told nothing.
    """
    path, opened, closed = target.path, target.opened, target.closed
    elements, most, deepest, work = 0, MAX_ELEMENTS, MAX_DEPTH, meter()

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > most or len(path) >= deepest:
            refuse_bomb()
        if not elements % 1000:
            work.check()
        name = names[tag]
        path.append(name)
        if not silent:
            opened(name, attributes)

    def end(_tag: str) -> None:
        if not silent:
            closed(path[-1])
        path.pop()

    expat.ordered_attributes = False
    expat.StartElementHandler, expat.EndElementHandler = start, end
    expat.DefaultHandlerExpand = None  # would look for entities, which nothing can have declared


class _Names(dict[str, str]):
    """The short name of each tag of a document, worked out when its first element begins; `meet` is told then."""

    def __init__(self, meet: Callable[[str], None] | None) -> None:
        self._meet = meet

    def __missing__(self, tag: str) -> str:
        name = self[tag] = short_name(tag)
        if self._meet:
            self._meet(name)
        return name


def open_pdf(file: BinaryIO) -> PdfReader:
    """The PDF in `file`; refuses "file.encrypted", "file.bomb" (too many pages) and "file.damaged"."""
    try:
        file.seek(0)
        with pdf_limits():
            reader = PdfReader(file)
            locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
            pages = 0 if locked else len(reader.pages)
    except LimitReachedError:
        refuse_bomb()
    except Exception:
        refuse_damaged()
    if locked:
        refuse_encrypted()
    if pages > MAX_PAGES:
        refuse(
            "file.bomb",
            f"This PDF has {pages:,} pages; at most {MAX_PAGES:,} can be read. Upload a shorter document.",
        )
    if not pages:
        refuse_damaged()
    return reader


def pdf_limits() -> AbstractContextManager[Any]:
    """The library's own limits, for the work that it does before it calls the meter."""
    return apply_configuration(
        zlib_maximum_output_length=MAX_PDF_STREAM,
        lzw_maximum_output_length=MAX_PDF_STREAM,
        run_length_maximum_output_length=MAX_PDF_STREAM,
        array_based_stream_maximum_output_length=MAX_PAGE_BYTES,
        stream_parsing_work_maximum_count=MAX_PDF_PARSED,
    )


def _check_number_of_entries(file: BinaryIO) -> None:
    """Counts entries before anything is built from them, so that a huge list costs no memory."""
    file.seek(0)
    found, tail = 0, b""
    while chunk := file.read(_CHUNK):
        found += (tail + chunk).count(_ENTRY_MARK)
        tail = chunk[-3:]
        if found > MAX_ENTRIES:
            refuse_bomb()


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    unpacked = 0
    for entry in entries:
        _check_path(entry.orig_filename)
        if entry.flag_bits & 1:
            refuse_encrypted()
        packing = entry.compress_type
        if entry.filename.casefold() in seen or packing not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            refuse_damaged()
        seen.add(entry.filename.casefold())
        unpacked += entry.file_size
        dense = entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size
        if dense or unpacked > MAX_UNPACKED or len(seen) > MAX_ENTRIES:
            refuse_bomb()


def _check_path(path: str) -> None:
    steps = path.replace("\\", "/").split("/")
    if "\0" in path or ".." in steps or not steps[0] or re.match(r"[A-Za-z]:", path):
        refuse("file.path", f"This file tries to write outside its own folder, so it was not opened. {AGAIN}")
