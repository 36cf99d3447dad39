"""A badge in its picture, PNG or SVG, as Open Badges 3.0 bakes it, and out of the picture again."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

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


def baked_svg(document: dict[str, Any], *, code: str, title: str, awarded: str, specimen: bool) -> str:
    """The badge as an SVG with the credential in it."""
    held = json.dumps(document, ensure_ascii=False).replace(">", "\\u003e")
    name, said = escape(printable(title)), escape(f"{'Specimen. ' if specimen else ''}Awarded {awarded}")
    lines = _lines(name)
    start = 278 - 13 * (len(lines) - 1)
    words = "".join(
        f'<text x="200" y="{start + 26 * place}" font-size="20">{line}</text>'
        for place, line in enumerate(lines)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" '
        'width="400" height="400" viewBox="0 0 400 400" role="img" aria-labelledby="t">\n'
        f"{SVG_BEGIN}{held}{SVG_END}\n"
        f'<title id="t">{name}. {said}</title>\n'
        '<circle cx="200" cy="200" r="192" fill="#fbf8f1" stroke="#b58309" stroke-width="6"/>\n'
        '<path d="M60 150H176C204 150 214 138 214 118C214 100 190 100 190 118C190 138 202 150 228 150H340" '
        'fill="none" stroke="#b58309" stroke-width="6" stroke-linecap="round"/>\n'
        '<g fill="#1b2130" font-family="Figtree, \'Segoe UI\', sans-serif" text-anchor="middle">'
        f'<text x="200" y="214" font-size="48" font-weight="700">{escape(printable(code))}</text>{words}'
        f'<text x="200" y="338" font-size="13">{said}</text></g>\n</svg>\n'
    )


def _lines(text: str, width: int = 26, most: int = 3) -> list[str]:
    """A title on up to three lines; what is longer ends with dots."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


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
