"""A badge in its picture, PNG or SVG, as Open Badges 3.0 bakes it, and out of the picture again."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typst

from goldenthread.awards.certificate import drawing_fonts, printable

TEMPLATE = Path(__file__).with_name("badge.typ")
KEYWORD = b"openbadgecredential"
PNG = b"\x89PNG\r\n\x1a\n"
SVG_BEGIN, SVG_END = "<openbadges:credential><![CDATA[", "]]></openbadges:credential>"


def baked_png(document: dict[str, Any], *, code: str, title: str, awarded: str, specimen: bool) -> bytes:
    """The badge as a PNG of 800 by 800 points, with the credential in a text of its own (iTXt)."""
    said = f"{'Specimen. ' if specimen else ''}Awarded {awarded}"
    drawn: bytes = typst.compile(
        str(TEMPLATE),
        font_paths=drawing_fonts(),
        sys_inputs={"code": printable(code), "title": printable(title), "said": printable(said)},
        format="png",
        ppi=144.0,
    )
    text = json.dumps(document, ensure_ascii=False).encode()
    head = 8 + 25  # the signature and the header, which comes first
    return drawn[:head] + _chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + text) + drawn[head:]


def inside(data: bytes) -> str:
    """The credential in a picture, else the text of the file itself."""
    if data.startswith(PNG):
        for kind, content in _chunks(data):
            keyword, _, rest = content.partition(b"\0")
            if kind == b"iTXt" and keyword == KEYWORD and rest[:1] == b"\0":
                return rest[2:].split(b"\0", 2)[-1].decode("utf-8", "replace")
        return ""
    text = data.decode("utf-8", "replace")
    if SVG_BEGIN in text:
        return text.partition(SVG_BEGIN)[2].partition(SVG_END)[0]
    return text


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG, as far as they are whole."""
    at = len(PNG)
    while at + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size
