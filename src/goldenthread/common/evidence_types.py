"""Says what a file of supporting evidence is: a document, and besides a scan, a picture or a spreadsheet."""

import re
import zipfile
from collections.abc import Mapping
from typing import BinaryIO

from goldenthread.common.containers import (
    AGAIN,
    XmlTarget,
    check_unpacks,
    one_meter,
    open_archive,
    parse_xml,
    read_entry,
    refuse,
    refuse_damaged,
)
from goldenthread.common.filetypes import ADVICE, Kind, check_document, check_size, ending_of, refuse_macros
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed import markup
from goldenthread.common.unnamed.pictures import Damaged, picture, points_of

JPG, PNG, XLSX = "jpg", "png", "xlsx"
ENDINGS = {JPG: ("jpg", "jpeg", "jpe", "jfif"), PNG: ("png",), XLSX: ("xlsx",)}
ACCEPTED = (".docx", ".odt", ".pdf", ".txt", ".xlsx", ".jpg", ".jpeg", ".png")
MOST_POINTS = 100_000_000  # of a picture: more than any camera takes, and what a viewer can still open
_WORKBOOK = "xl/workbook.xml"
_WRITTEN = re.compile(
    r"xl/(sharedstrings\.xml|workbook\.xml|worksheets/|comments|threadedcomments/|drawings/|charts/)"
)
_ADD = (
    "Add a Word document (.docx), a PDF, an OpenDocument text (.odt), plain text (.txt), an Excel workbook (.xlsx) or "
    "a picture (JPEG or PNG): save another picture as one of these first."
)


def check_evidence(file: BinaryIO, *, name: str, size_limit: int) -> str:
    """What `file` is by its content, as the ending of its kind; leaves it rewound to the start.

    Beside the four kinds of `check_document` it may be a PDF without text, a JPEG, a PNG or an Excel workbook without
    macros. Refuses, with a code that begins "file.", what is none of them, says otherwise by its name, or can't be read
    safely.
    """
    try:
        check_size(file, size_limit)
        file.seek(0)
        head = file.read(8)
        if head.startswith((b"\xff\xd8\xff", b"\x89PNG")):
            return _check_picture(file, name)
        if head.startswith(b"PK\x03\x04") and ending_of(name) in (XLSX, "xlsm"):
            return _check_workbook(file, name)
        try:
            return str(check_document(file, name=name, size_limit=size_limit))
        except Refused as refused:
            if refused.code == "file.type":
                raise Refused(refused.message.replace(ADVICE, _ADD), code=refused.code) from refused
            if refused.code != "file.scanned":
                raise
            return str(Kind.PDF)
    finally:
        file.seek(0)


def _check_picture(file: BinaryIO, name: str) -> str:
    file.seek(0)
    data = file.read()
    try:
        whole, points = picture(data), points_of(data)
    except Damaged:
        refuse_damaged()
    if whole is None or not points:
        refuse_damaged()
    if points > MOST_POINTS:
        refuse("file.bomb", "This picture has more points than can be shown. Save it smaller and add that.")
    kind = JPG if data.startswith(b"\xff\xd8") else PNG
    _check_ending(kind, name, "a picture")
    return kind


def _check_workbook(file: BinaryIO, name: str) -> str:
    with one_meter(), open_archive(file) as archive:
        names = {entry.casefold() for entry in archive.namelist()}
        if _WORKBOOK not in names:
            refuse("file.mismatch", f"This file is no Excel workbook, though its name says so. {AGAIN}")
        if any(entry.endswith("vbaproject.bin") for entry in names):
            refuse_macros("Save it as an Excel workbook without macros (.xlsx) and add that.")
        check_unpacks(archive)
        _check_markup(archive)
    _check_ending(XLSX, name, "an Excel workbook")
    return XLSX


def workbook_text(file: BinaryIO) -> str:
    """What is written in the cells, notes, charts and names of a workbook's sheets, for names in it; rewinds."""
    found: list[str] = []
    with one_meter(), open_archive(file) as archive:
        for entry in archive.namelist():
            if _WRITTEN.match(entry.casefold()) and entry.casefold().endswith(".xml"):
                written = _Written()
                parse_xml(read_entry(archive, entry), written)
                found.append("".join(written.texts))
    file.seek(0)
    return "\n".join(found)


class _Written(XmlTarget):
    """The texts of a part of a workbook, and the names of its sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name.endswith("}sheet") or name == "sheet":
            self.texts.append(attributes.get("name", "") + "\n")

    def closed(self, name: str) -> None:
        if name.rpartition("}")[2].rpartition(":")[2] in ("si", "is", "p", "comment", "v"):
            self.texts.append("\n")

    def data(self, text: str) -> None:
        self.texts.append(text)


def _check_markup(archive: zipfile.ZipFile) -> None:
    for entry in archive.namelist():
        if entry.casefold().endswith((".xml", ".rels")) and (data := read_entry(archive, entry)).strip():
            markup.without_names(data)


def _check_ending(kind: str, name: str, what: str) -> None:
    if ending_of(name) not in ENDINGS[kind]:
        refuse(
            "file.mismatch",
            f"This file is {what}, but its name says otherwise. Give it a name that ends in “.{kind}”.",
        )
