"""XML without the attributes and elements that name people; everything else is handed through as it stands."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from urllib.parse import unquote, unquote_to_bytes
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from goldenthread.common.containers import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_XML,
    meter,
    refuse_bomb,
    refuse_damaged,
)
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed import instructions, styles
from goldenthread.common.unnamed.formats import other_picture
from goldenthread.common.unnamed.instructions import NOWHERE
from goldenthread.common.unnamed.pictures import Damaged, picture

SOMEBODY = "Author"  # stands for every name, since Word wants one
_NAMING = {
    "author",
    "initials",
    "userId",
    "providerId",
    "displayName",
    "userName",
    "lastModifiedBy",
    "refreshedBy",
    "reservationPassword",
}  # attributes, whatever their namespace
_NAMING_OF = {
    "scenario": {"user": SOMEBODY, "comment": ""},  # Excel writes there who made it, and when
    "userInfo": {"name": SOMEBODY},
    "customWorkbookView": {"name": SOMEBODY},  # a person's own view of a shared workbook bears their name
    "dbPr": {"connection": "", "command": "", "serverCommand": ""},
    "olapPr": {"localConnection": ""},
    "svg": {"docname": ""},
}  # attributes of one element, and what stands there instead
_NUMBERED = "customWorkbookView"  # Excel wants each of these under another name
_NAMED = {
    "creator",
    "initial-creator",
    "author",
    "author-name",
    "author-initials",
    "creator-initials",
    "printed-by",
    "sender-firstname",
    "sender-lastname",
    "sender-initials",
    "sender-title",
    "sender-position",
    "sender-email",
    "sender-phone-private",
    "sender-fax",
    "sender-company",
    "sender-phone-work",
    "sender-street",
    "sender-city",
    "sender-postal-code",
    "sender-country",
    "sender-state-or-province",
}  # elements whose text is a name or the like
_GONE = {"mailMerge", "docVars"}  # elements of Word's settings that no page shows
_SETTINGS = {
    "PrinterName",
    "PrinterSetup",
    "PrintFaxName",
    "CurrentDatabaseDataSource",
    "CurrentDatabaseCommand",
    "EmbeddedDatabaseName",
}  # of an OpenDocument: <config:config-item config:name="PrinterName">
_SHELLS = {"coreProperties", "Properties", "document-meta", "Signature", "document-signatures"}
_LINK = {"Target", "href", "url", "sourceFile", "descr", "odcFile", "ddeTopic"}
_TELLING = re.compile(r"(?i)file:|mailto:|[a-z]:[\\/]|\\\\|//[^/]|~|/(home|users)/|https?://[^/]*/personal/")
_PLACE = re.compile(
    r"(?i)file:|mailto:|[a-z]:\\|\\\\[^\\]+\\|/(home|users)/"
)  # tells in every attribute, whatever its name
_WEB = re.compile(r"(?i)https?:|#")  # of what lies outside of a package, these alone say nothing of a disk
_OUTSIDE = re.compile(r"(?i)\.\./")  # of the package, in an OpenDocument text
_DATA = re.compile(
    r"(?is)\s*(data:[^,]*?)(;\s*base64\s*)?,(.*)"
)  # a picture within a drawing or an OpenDocument
_WRITTEN_OUT = {
    "binary-data",
    "binData",
    "binaryData",
}  # elements whose text is a picture or another file in base64: of OpenDocument, Word 2003, flat packages
_PACKED = "gfxdata"  # of VML: the shape once more, packed in base64 with its pictures
_BETWEEN = re.compile(r"(?s)<!\[CDATA\[|\]\]>|<\?.*?\?>")  # what may stand in such a text and is none of it
EMBEDDED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"PK\x03\x04",
)  # objects of other programs, whatever their name
_DRAWN = re.compile(rb"(?s)(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!DOCTYPE|(?:\w+:)?svg)\b")
_DEEPEST_DRAWING = 3  # drawings that stand in drawings
_INSTRUCTION = {"instrText", "delInstrText"}
_MOST_ENTITIES, _LONGEST_ENTITY = 100, 1000


def without_names(data: bytes, *, shell: bool = False, document_type: bool = False, inside: int = 0) -> bytes:
    """The XML in `data`, in UTF-8: names of people emptied, links to files and mail addresses lead nowhere.

    Of properties and signatures, and where `shell` says so, the outermost element alone is left. Refuses what isn't
    well-formed, has a document type, or more and deeper elements than a document needs. With `document_type` one is
    left out, as drawing programs write it; what it shortens is written out, and refused where it is not plain text.
    Pictures that are written out in the XML lose what they say of themselves, and other programs' objects go, as do
    pictures in style sheets; `inside` says in how many drawings this one stands.
    """
    rewriting = _Rewriting(shell=shell, inside=inside)
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = rewriting.start, rewriting.end
    if document_type:
        parser.EntityDeclHandler = rewriting.shortened
        parser.StartDoctypeDeclHandler = lambda *_said: rewriting.typed(True)
        parser.EndDoctypeDeclHandler = lambda *_said: rewriting.typed(False)
        parser.DefaultHandlerExpand = rewriting.rest
    else:
        parser.StartDoctypeDeclHandler = lambda *_said: refuse_damaged()
        parser.DefaultHandler = rewriting.rest
    parser.XmlDeclHandler = lambda *_said: None
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):
        refuse_damaged()
    rewriting.close()
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + "".join(rewriting.kept).encode()


class _Rewriting:
    """Writes down what the parser hears; silent inside of what is emptied."""

    def __init__(self, *, shell: bool, inside: int) -> None:
        self.kept: list[str] = []
        self._shell, self._inside = shell, inside
        self._written: list[str] = []  # the pieces of what is written out in base64
        self._written_at = 0  # how deep that stands; 0 outside of any
        self._depth, self._silent, self._elements = 0, 0, 0
        self._gone = False  # what is silent is not even named
        self._instruction, self._in_type, self._drawing = False, False, False
        self._styles: list[
            tuple[int, list[int]]
        ] = []  # the style sheets that are open: how deep, where their text is
        self._fields: list[list[int]] = []  # where the pieces of the fields that are open stand in `kept`
        self._numbers = 0
        self._shortened, self._length = 0, 0
        self._check: Callable[[], None] = meter().check

    # --- the document type ---------------------------------------------------------------------------------
    def typed(self, begins: bool) -> None:
        self._in_type = begins

    def shortened(
        self,
        name: str,
        parameter: bool,
        value: str | None,
        base: object,
        system: object,
        public: object,
        notation: object,
    ) -> None:
        """An abbreviation is declared: only plain text that is short, so that nothing is fetched and nothing grows."""
        self._shortened += 1
        plain = value is not None and not parameter and not re.search("[&<%]", value)
        if not plain or len(value or "") > _LONGEST_ENTITY or self._shortened > _MOST_ENTITIES:
            refuse_damaged()

    # --- elements ------------------------------------------------------------------------------------------
    def start(self, name: str, attributes: Sequence[str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            refuse_bomb()
        if not self._elements % 1000:
            self._check()
        if self._silent or self._written_at:
            return
        local = name.rpartition(":")[2]
        if local in _GONE:
            self._silent, self._gone = self._depth, True
            return
        self._drawing = self._drawing or local == "svg"
        self._instruction = local in _INSTRUCTION
        known = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if known.get("TargetMode") == "External" and not _WEB.match(known.get("Target", "")):
            known["Target"] = NOWHERE
        if local == "fldChar":
            self._field(known)
        said = "".join(f" {key}={quoteattr(self._said(local, key, value))}" for key, value in known.items())
        self._write(f"<{name}{said}>")
        if self._is_emptied(local, known):
            self._silent = self._depth
        elif local in _WRITTEN_OUT:
            self._written, self._written_at = [], self._depth
        elif local == "style":
            self._styles.append((self._depth, []))

    def _is_emptied(self, local: str, known: Mapping[str, str]) -> bool:
        if local in _NAMED or (local == "metadata" and self._drawing):
            return True
        if local == "config-item":
            return any(key.endswith(":name") and value in _SETTINGS for key, value in known.items())
        return self._depth == 1 and (self._shell or local in _SHELLS)

    def end(self, name: str) -> None:
        if self._written_at:
            if self._depth > self._written_at:
                self._depth -= 1
                return
            text = unescape(_BETWEEN.sub("", "".join(self._written)))
            self._written_at = 0
            self._write(_encoded(text, inside=self._inside))
        if self._styles and self._styles[-1][0] == self._depth:
            self._tell_style(self._styles.pop()[1])
        ends = self._silent == self._depth
        if ends:
            self._silent = 0
        if not self._silent and not (ends and self._gone):
            self._write(f"</{name}>")
        if ends:
            self._gone = False
        self._depth -= 1
        self._instruction = False

    def rest(self, text: str) -> None:
        """Text, comments and what else stands between elements, as it is written."""
        if self._silent or self._in_type or text.startswith("<!--"):
            return
        if self._written_at:
            if self._depth == self._written_at:
                self._written.append(text)
            return
        if self._instruction:
            if not self._fields:  # outside of a field, where Word writes none
                self._fields.append([])
            self._fields[-1].append(len(self.kept))
        if self._styles and self._styles[-1][0] == self._depth:
            self._styles[-1][1].append(len(self.kept))
        self._write(text)

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > 2 * MAX_XML:
            refuse_bomb()
        self.kept.append(text)

    # --- fields ----------------------------------------------------------------------------------------------
    def _field(self, known: Mapping[str, str]) -> None:
        """A field begins, its instruction ends, or it ends: the instruction may be written in many pieces."""
        sort = next((value for key, value in known.items() if key.endswith("fldCharType")), "")
        if sort == "begin":
            self._fields.append([])
        elif self._fields:
            self._tell(self._fields[-1])
            self._fields[-1] = []
            if sort == "end":
                self._fields.pop()

    def _tell(self, places: Sequence[int]) -> None:
        whole = unescape("".join(self.kept[place] for place in places))
        told = instructions.without_names(whole)
        if told != whole:
            for place in places:
                self.kept[place] = ""
            self.kept[places[0]] = escape(told)

    # --- style sheets ----------------------------------------------------------------------------------------
    def _tell_style(self, places: Sequence[int]) -> None:
        """A style sheet ends: its text may have come in many pieces."""
        whole = unescape(_BETWEEN.sub("", "".join(self.kept[place] for place in places)))
        told = styles.without_pictures(whole, sheet=True)
        if told != whole:
            for place in places:
                self.kept[place] = ""
            self.kept[places[0]] = escape(told)

    def close(self) -> None:
        """What stands in fields that never end is told like any other."""
        for places in self._fields:
            if places:
                self._tell(places)

    # --- attributes ------------------------------------------------------------------------------------------
    def _said(self, element: str, key: str, value: str) -> str:
        local = key.rpartition(":")[2]
        if key.startswith("xmlns"):
            return value
        instead = _NAMING_OF.get(element, {}).get(local)
        if instead is not None:
            self._numbers += element == _NUMBERED
            return f"{instead} {self._numbers}" if element == _NUMBERED else instead
        if local in _NAMING:
            return SOMEBODY
        if local == _PACKED:
            return ""
        if local == "instr":
            return instructions.without_names(value)
        if local in _LINK and (_TELLING.match(value) or (local == "href" and _OUTSIDE.match(value))):
            return NOWHERE
        if local in ("href", "src", "Target") and (within := _DATA.fullmatch(value)):
            return self._within(*within.groups())
        return NOWHERE if _PLACE.match(value) else styles.without_pictures(value, sheet=local == "style")

    def _within(self, sort: str, encoded: str | None, content: str) -> str:
        """A picture in an address: always in base64, and without what it says of itself."""
        if encoded is None:
            content = base64.b64encode(unquote_to_bytes(content)).decode()
        return f"{sort};base64,{_encoded(unquote(content), inside=self._inside)}"


def _encoded(encoded: str, *, inside: int) -> str:
    """What is written in base64, as others may see it, in base64; nothing where it can't be read."""
    letters = "".join(encoded.split()).rstrip("=")
    try:
        data = base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(without_what_it_says(data, inside=inside)).decode()


def without_what_it_says(data: bytes, *, inside: int = 0) -> bytes:
    """A picture that stands in a document without what it says of itself; nothing of one that can't be read, of a
    drawing that is damaged or stands in too many others, and of other programs' objects."""
    meter().check()
    if data.startswith(EMBEDDED):
        return b""
    try:
        if not _DRAWN.match(data):
            return picture(data, cut=True) or other_picture(data) or data
        if inside < _DEEPEST_DRAWING:
            return without_names(data, document_type=True, inside=inside + 1)
    except Damaged:  # of which no program shows anything
        pass
    except Refused as refused:
        if refused.code != "file.damaged":
            raise
    return b""
