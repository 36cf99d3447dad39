"""Word documents and OpenDocument texts, which are packages of XML and pictures, without what names people."""

import io
import re
import zipfile
from typing import BinaryIO

from goldenthread.common.containers import check_unpacks, meter, open_archive
from goldenthread.common.unnamed import markup

_DAY = (1980, 1, 1, 0, 0, 0)
_SHELL = re.compile(
    r"(?i)docprops/|customxml/item\d*\.xml$|_xmlsignatures/|(.*/)?meta\.xml$|.*\.psmdcp$|meta-inf/.*signatures"
)
_EMPTY = re.compile(
    r"(?i).*(/embeddings/|thumbnails?[/.]|/printersettings|/activex/.*\.bin$|\.sigs$)|word/recipientdata"
)
_WITH_TYPE = re.compile(
    r"(?i).*\.svg$|object [^/]*/(content|settings)\.xml$"
)  # what programs write with a document type
_MARKUP = re.compile(r"(?i).*\.(xml|rels|svg|vml|psmdcp|rdf)$")


def package(file: BinaryIO) -> bytes:
    """A copy of the package, entry by entry in its order; refuses what can't be unpacked or read."""
    made = io.BytesIO()
    with open_archive(file) as archive, zipfile.ZipFile(made, "w") as copy:
        check_unpacks(archive)
        for entry in archive.infolist():
            meter().check()
            known = zipfile.ZipInfo(entry.filename, _DAY)
            known.compress_type = entry.compress_type
            copy.writestr(known, b"" if entry.is_dir() else _content(entry.filename, archive.read(entry)))
    return made.getvalue()


def _content(name: str, data: bytes) -> bytes:
    if _EMPTY.match(name):
        return b""
    if _MARKUP.match(name):
        return _markup(name, data) if data.strip() else data
    return markup.without_what_it_says(data)


def _markup(name: str, data: bytes) -> bytes:
    return markup.without_names(
        data, shell=bool(_SHELL.match(name)), document_type=bool(_WITH_TYPE.match(name))
    )
