"""PDFs without their properties, the authors of notes, attached files and signatures."""

import io
import re
from typing import Any, BinaryIO, NoReturn

from pypdf import PdfReader, PdfWriter, apply_configuration
from pypdf.errors import LimitReachedError
from pypdf.filters import decode_stream_data
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from goldenthread.common.containers import (
    MAX_UNPACKED,
    MAX_XML,
    MEGABYTE,
    meter,
    open_pdf,
    pdf_limits,
    refuse,
)
from goldenthread.common.unnamed.formats import other_picture
from goldenthread.common.unnamed.pictures import Damaged, picture

_ANYWHERE = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/EF", "/FS", "/Popup")
_ROOT = ("/OpenAction", "/AA", "/Perms", "/DSS", "/Collection", "/PageLabels", "/Names")
_NOTE = ("/T", "/Subj", "/NM", "/RC", "/AA")
_TELLING = re.compile(r"(?i)mailto:|file:")
_SIGNATURES = ("/Sig", "/DocTimeStamp")
MAX_PHOTOGRAPH = MAX_XML  # what one that is packed once more may unpack to: far more than a text that is read


def pdf(file: BinaryIO) -> bytes:
    """A copy of what its pages show; refuses what can't be copied."""
    reader = open_pdf(file)
    made = io.BytesIO()
    with pdf_limits():
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        root, unpacked = writer.root_object, _Unpacked()
        for key in _ROOT:
            root.pop(NameObject(key), None)
        for number, one in enumerate(writer._objects):
            if not number % 100:
                meter().check()
            _clean(_plain(one), unpacked)
        writer.write(made)
        made = _without_what_nothing_leads_to(made)
    return made.getvalue()


def _without_what_nothing_leads_to(made: io.BytesIO) -> io.BytesIO:
    """What was taken out stands among the objects of a file until they are gathered anew from its first one."""
    gathered = io.BytesIO()
    writer = PdfWriter(clone_from=PdfReader(made))
    writer.metadata = None
    writer.write(gathered)
    return gathered


def _plain(one: Any) -> Any:
    return one.get_object() if hasattr(one, "get_object") else one


class _Unpacked:
    """How much the photographs of one file that are packed once more have unpacked to."""

    def __init__(self) -> None:
        self.bytes = 0

    def data_of(self, stream: StreamObject) -> bytes:
        """The photograph itself. Refuses "file.photograph" one that is too large, and too many of them."""
        meter().check()
        try:
            with apply_configuration(zlib_maximum_output_length=MAX_PHOTOGRAPH):
                data = decode_stream_data(stream)
        except LimitReachedError:
            refuse_photograph()
        self.bytes += len(data)
        if self.bytes > MAX_UNPACKED:
            refuse_photograph()
        return data


def refuse_photograph() -> NoReturn:
    """Refuses a PDF with a photograph that would take too much to look into."""
    refuse(
        "file.photograph",
        "The photographs in this PDF are too large to take out what they say of their maker: "
        f"{MAX_PHOTOGRAPH // MEGABYTE} MB each and {MAX_UNPACKED // MEGABYTE} MB together can be looked at, less "
        "where a program packs them in an old way. Save the PDF again with smaller pictures, or add the "
        "photographs as JPEG files.",
    )


def _clean(one: Any, unpacked: _Unpacked) -> None:
    if isinstance(one, list):
        for inner in one:
            if isinstance(inner, DictionaryObject):
                _clean(inner, unpacked)
        return
    if not isinstance(one, DictionaryObject):
        return
    for key in _ANYWHERE:
        one.pop(NameObject(key), None)
    if one.get("/Type") in _SIGNATURES:
        one.clear()
        return
    if "/Rect" in one and "/Subtype" in one and "/FT" not in one and "/Parent" not in one:
        _clean_note(one)
    if isinstance(one, StreamObject) and _filters(one)[-1:] in (["/DCTDecode"], ["/JPXDecode"]):
        _clean_photograph(one, unpacked)
    for inner in list(one.values()):
        if isinstance(inner, DictionaryObject | list) and not isinstance(inner, StreamObject):
            _clean(inner, unpacked)


def _clean_note(note: DictionaryObject) -> None:
    for key in _NOTE:
        note.pop(NameObject(key), None)
    action = _plain(note.get("/A"))
    if isinstance(action, DictionaryObject) and (
        action.get("/S") not in ("/URI", "/GoTo") or _TELLING.match(str(_plain(action.get("/URI", ""))))
    ):
        note.pop(NameObject("/A"))


def _filters(stream: StreamObject) -> list[str]:
    """How the data of a stream are packed, the outermost first."""
    said = _plain(stream.get("/Filter"))
    every = said if isinstance(said, list) else [said]
    return [str(_plain(one)) for one in every if one is not None]


def _clean_photograph(stream: StreamObject, unpacked: _Unpacked) -> None:
    """Of a photograph that is packed once more, only its own packing is left."""
    *outer, last = _filters(stream)
    data = unpacked.data_of(stream) if outer else stream._data
    try:
        bare = picture(data, cut=True) if last == "/DCTDecode" else other_picture(data)
    except Damaged:  # of which no program shows anything
        bare = b""
    if bare is None and not outer:
        return
    stream._data = data if bare is None else bare
    if outer:
        own = _own_parameters(stream)
        stream[NameObject("/Filter")] = NameObject(last)
        stream.pop(NameObject("/DecodeParms"), None)
        if isinstance(own, DictionaryObject):
            stream[NameObject("/DecodeParms")] = own


def _own_parameters(stream: StreamObject) -> Any:
    """The parameters of the last of several packings."""
    said = _plain(stream.get("/DecodeParms"))
    return _plain(said[-1]) if isinstance(said, list) and said else None
