"""Pictures of other formats than JPEG and PNG, as they stand inside documents, without what they say of themselves.

GIF and WebP lose the blocks that say something; of TIFF, HEIC and the like, where positions count, what they say is
written over, so that nothing moves. What else a picture is drawn from stays as it is.
"""

import re
import struct
import zlib

from goldenthread.common.containers import MAX_XML

_GIF = (b"GIF87a", b"GIF89a")
_GZIP = b"\x1f\x8b"
_REPEATS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # how often a moving picture begins again
_TIFF = {b"II*\x00": "<", b"MM\x00*": ">", b"II\xbc\x01": "<"}  # the last is JPEG XR
_EXIF = re.compile(rb"Exif\x00\x00(?=II\*\x00|MM\x00\*)")
_PACKET = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>|<rdf:RDF.*?</rdf:RDF>", re.DOTALL)
_BELOW = (0x8769, 0x8825, 0xA005)  # tags that lead to a list of tags: Exif, GPS, others
_SAID = {
    0x010D,
    0x010E,
    0x010F,
    0x0110,
    0x011D,
    0x0131,
    0x0132,
    0x013B,
    0x013C,
    0x02BC,
    0x8298,
    0x83BB,
    0x8649,
    0x9C9B,
    0x9C9C,
    0x9C9D,
    0x9C9E,
    0x9C9F,
    *_BELOW,
}  # fmt: skip -- tags: document, description, maker, model, page, program, day, artist, host, XMP, rights, IPTC, titles
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_DEEPEST, _MOST_LISTS = 4, 200


def other_picture(data: bytes) -> bytes | None:
    """A picture without what it says of itself, turned as before; None if it is of no format known here.

    Known are GIF, WebP, TIFF, JPEG XR, JPEG 2000, HEIC and AVIF, EMF, and EMF or WMF that are packed. What breaks off
    is kept as far as it goes.
    """
    if data.startswith(_GIF):
        return _gif(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:4] in _TIFF:
        return _without_packets(_tiff(data, 0))
    if data[4:8] == b"ftyp" or data[4:8] == b"jP  ":
        return _without_packets(_in_boxes(data))
    if data[:4] == b"\x01\x00\x00\x00" and data[40:44] == b" EMF":
        return _emf(data)
    if data[:2] == _GZIP:
        return _packed(data)
    return None


def _gif(data: bytes) -> bytes:
    at = 13 + (3 * (2 << (data[10] & 7)) if len(data) > 10 and data[10] & 0x80 else 0)
    kept = [data[:at]]
    while at < len(data):
        begin, sort = at, data[at]
        if sort == 0x3B:
            break
        if sort == 0x2C and at + 10 <= len(data):
            colours = data[at + 9]
            at = _behind_blocks(data, at + 11 + (3 * (2 << (colours & 7)) if colours & 0x80 else 0))
        elif sort == 0x21 and at + 1 < len(data):
            at = _behind_blocks(data, at + 2)
            label, block = data[begin + 1], data[begin + 3 : begin + 14]
            if label == 0xFE or (label == 0xFF and block not in _REPEATS):
                continue
        else:
            break
        kept.append(data[begin:at])
    return b"".join([*kept, b"\x3b"])


def _behind_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return min(at + 1, len(data))


def _webp(data: bytes) -> bytes:
    kept, at = [], 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        chunk, at = data[at:end], end
        if name == b"VP8X" and len(chunk) > 8:
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if name not in (b"EXIF", b"XMP "):
            kept.append(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _tiff(data: bytes, begin: int) -> bytes:
    """What the tags of a TIFF at `begin` say is written over; its pictures and how they are turned stay."""
    made = bytearray(data)
    order = _TIFF[bytes(data[begin : begin + 4])]
    _clean_lists(made, begin, order, begin + 4, depth=0, seen=set())
    return bytes(made)


def _clean_lists(
    made: bytearray, begin: int, order: str, pointer: int, *, depth: int, seen: set[int]
) -> None:
    """Clean the lists of tags one behind the other, the first of which stands where `pointer` says."""
    while pointer + 4 <= len(made) and len(seen) < _MOST_LISTS:
        at = begin + struct.unpack_from(f"{order}I", made, pointer)[0]
        if at <= begin or at in seen or at + 2 > len(made):
            return
        seen.add(at)
        count = struct.unpack_from(f"{order}H", made, at)[0]
        for number in range(count):
            entry = at + 2 + 12 * number
            if entry + 12 > len(made):
                return
            _clean_tag(made, begin, order, entry, depth=depth, seen=seen)
        pointer = at + 2 + 12 * count


def _clean_tag(made: bytearray, begin: int, order: str, entry: int, *, depth: int, seen: set[int]) -> None:
    tag, kind, count = struct.unpack_from(f"{order}HHI", made, entry)
    if depth == 0 and tag not in _SAID:
        return
    if tag in _BELOW and depth < _DEEPEST:
        _clean_lists(made, begin, order, entry + 8, depth=depth + 1, seen=seen)
        return
    length = _SIZES.get(kind, 1) * count
    at = entry + 8 if length <= 4 else begin + struct.unpack_from(f"{order}I", made, entry + 8)[0]
    end = min(at + length, len(made))
    if begin < at < end:
        made[at:end] = bytes(end - at)


def _in_boxes(data: bytes) -> bytes:
    """Exif that stands anywhere in a file of boxes is written over where it stands."""
    for found in list(_EXIF.finditer(data))[:_MOST_LISTS]:
        made = bytearray(data)
        order = _TIFF[bytes(data[found.end() : found.end() + 4])]
        turned = _orientation_entry(made, found.end(), order)
        _clean_lists(made, found.end(), order, found.end() + 4, depth=1, seen=set())
        if turned is not None:
            made[turned[0] : turned[0] + 12] = turned[1]
        data = bytes(made)
    return data


def _orientation_entry(made: bytearray, begin: int, order: str) -> tuple[int, bytes] | None:
    at = (
        begin + int(struct.unpack_from(f"{order}I", made, begin + 4)[0])
        if begin + 8 <= len(made)
        else len(made)
    )
    if at + 2 > len(made):
        return None
    for number in range(struct.unpack_from(f"{order}H", made, at)[0]):
        entry = at + 2 + 12 * number
        if entry + 12 <= len(made) and struct.unpack_from(f"{order}H", made, entry)[0] == 0x0112:
            return entry, bytes(made[entry : entry + 12])
    return None


def _without_packets(data: bytes) -> bytes:
    """XMP is written over with spaces, which is what it is padded with."""
    return _PACKET.sub(lambda found: b" " * len(found.group()), data)


def _emf(data: bytes) -> bytes:
    """The description in its header names program and file."""
    if len(data) < 68:
        return data
    count, at = struct.unpack_from("<II", data, 60)
    end = min(at + 2 * count, len(data))
    return data[:at] + bytes(end - at) + data[end:] if 68 <= at < end else data


def _packed(data: bytes) -> bytes | None:
    """An EMF or WMF as Office packs it, with the name of the file that it came from."""
    unpacking = zlib.decompressobj(31)
    try:
        inner = unpacking.decompress(data, MAX_XML)
    except zlib.error:
        return None
    if unpacking.unconsumed_tail:
        return None
    clean = None if inner[:2] == _GZIP else other_picture(inner)  # one that holds itself would never end
    packing = zlib.compressobj(wbits=31)
    return packing.compress(clean or inner) + packing.flush()
