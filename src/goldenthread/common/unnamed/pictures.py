"""Photographs and pictures without what cameras and programs wrote into them: who, where, when, with what."""

import struct
import zlib

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_EXIF = b"Exif\x00\x00"
_ORIENTATION = 0x0112
_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_PROFILE, _ADOBE, _PLAIN = 0xE2, 0xEE, 0xE0
_DRAWN = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"sBIT",
    b"bKGD",
    b"pHYs",
    b"hIST",
    b"sPLT",
    b"acTL",
    b"fcTL",
    b"fdAT",
    b"cICP",
}  # fmt: skip -- what a PNG is drawn from; everything else is said about it


class Damaged(ValueError):
    """A picture that breaks off or contradicts itself."""


def picture(data: bytes, *, cut: bool = False) -> bytes | None:
    """A JPEG or PNG without what it says of itself, turned as before; None if `data` is neither.

    Raises `Damaged` for one that can't be read to its end; with `cut` one that breaks off in what it is drawn from is
    kept as far as it goes, since programs show that much of it.
    """
    try:
        if data.startswith(_JPEG):
            return _jpeg(data, cut=cut)
        if data.startswith(_PNG):
            return _png(data, cut=cut)
    except (IndexError, struct.error) as fault:
        raise Damaged("cut short") from fault
    return None


def _jpeg(data: bytes, *, cut: bool) -> bytes:
    kept, at, turned, drawn = [_JPEG], 2, 1, False
    while True:
        if cut and drawn and at + 4 > len(data):
            kept.append(b"\xff\xd9")
            break
        if data[at] != 0xFF:
            raise Damaged("no marker")
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker in _BARE or marker == _START:
            at += 2
            continue
        if marker == _END:
            kept.append(b"\xff\xd9")  # and nothing that was put behind it
            break
        length = struct.unpack_from(">H", data, at + 2)[0]
        segment = data[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise Damaged("cut short")
        at += 2 + length
        content = segment[4:]
        if marker == 0xE1 and content.startswith(_EXIF):
            turned = _orientation(content[len(_EXIF) :])
        if _is_drawn(marker, content):
            kept.append(segment)
        if marker == _SCAN:
            end = _end_of_scan(data, at, cut=cut)
            kept.append(data[at:end])
            at, drawn = end, True
    if turned != 1:
        kept.insert(1, _turned(turned))
    return b"".join(kept)


def _is_drawn(marker: int, content: bytes) -> bool:
    """Whether a segment is needed to draw the picture."""
    if marker == _COMMENT:
        return False
    if marker == _PROFILE:
        return content.startswith(b"ICC_PROFILE\x00")
    if marker == _ADOBE:
        return content.startswith(b"Adobe")
    if marker == _PLAIN:
        return content.startswith(b"JFIF\x00")
    return not 0xE0 <= marker <= 0xEF


def _end_of_scan(data: bytes, at: int, *, cut: bool) -> int:
    """Where the next marker stands that isn't a part of the compressed picture."""
    while True:
        at = data.find(b"\xff", at)
        if cut and not 0 <= at < len(data) - 1:
            return at if at >= 0 else len(data)
        if at < 0:
            raise Damaged("cut short")
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        else:
            return at


def _orientation(tiff: bytes) -> int:
    """How a photograph is to be turned, 1 to 8; 1 where that can't be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        first = struct.unpack_from(f"{order}I", tiff, 4)[0]
        for number in range(struct.unpack_from(f"{order}H", tiff, first)[0]):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _turned(orientation: int) -> bytes:
    """The one thing that a photograph goes on saying of itself."""
    content = _EXIF + b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def _png(data: bytes, *, cut: bool) -> bytes:
    kept, at, drawn = [_PNG], len(_PNG), False
    while True:
        if cut and drawn and at + 12 > len(data):
            return b"".join([*kept, _PNG_END])
        length, name = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + 12 + length]
        if len(chunk) < 12 + length:
            if not (cut and (drawn or name == b"IDAT")):
                raise Damaged("cut short")
            return b"".join(
                [*kept, *([_mended(name, chunk[8 : 8 + length])] if name == b"IDAT" else []), _PNG_END]
            )
        drawn = drawn or name == b"IDAT"
        if name in _DRAWN:
            kept.append(chunk)
        if name == b"IEND":
            return b"".join(kept)
        at += 12 + length


def _mended(name: bytes, content: bytes) -> bytes:
    """What is there of a part of a PNG that breaks off, as a part of that length."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def points_of(data: bytes) -> int:
    """Width times height of a JPEG or PNG as it says itself; 0 where it says nothing."""
    if data.startswith(_PNG):
        width, height = struct.unpack_from(">II", data, len(_PNG) + 8)
        return int(width * height)
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return int(width * height)
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return 0
