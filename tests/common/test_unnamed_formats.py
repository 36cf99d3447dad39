"""Pictures of other formats inside documents say nothing of people either, and look as before."""

import base64
import gzip
import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NullObject, NumberObject, StreamObject

from goldenthread.common import unnamed
from goldenthread.common.evidence_types import check_evidence
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed.formats import other_picture
from goldenthread.common.unnamed.pictures import picture
from tests.common.test_unnamed import (
    NAME,
    TELLING,
    copied,
    photograph,
    portable_document,
    whole,
    word_document,
)

_XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>{NAME}</dc:creator></x:xmpmeta>".encode()


def saved(kind: str, **more: Any) -> bytes:
    made, told = io.BytesIO(), Image.Exif()
    told[0x013B], told[0x010E], told[0x0112] = NAME, f"by {NAME}", 6
    inner = told.get_ifd(0x8769)
    inner[0x9286], inner[0xA430] = NAME.encode(), NAME
    Image.effect_noise((50, 30), 80).convert("P" if kind == "GIF" else "RGB").save(
        made, kind, exif=told, **more
    )
    return made.getvalue()


SAVED = {
    "GIF": saved("GIF", comment=NAME),
    "moving GIF": saved(
        "GIF", comment=NAME, save_all=True, append_images=[Image.new("P", (50, 30), 3)], loop=0
    ),
    "TIFF": saved("TIFF", software="of Jane"),
    "TIFF for others": saved("TIFF", description=NAME, compression="tiff_deflate"),
    "WebP": saved("WEBP", xmp=_XMP, lossless=True),
}


@pytest.mark.parametrize("kind", SAVED)
def test_it_says_nothing_and_looks_as_before(kind: str) -> None:
    content = SAVED[kind]
    assert TELLING.search(content)
    bare = copied(word_document(**{"word/media/p.bin": content}))["word/media/p.bin"]
    assert not TELLING.search(bare)
    before, after = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(bare))
    assert (after.size, getattr(after, "n_frames", 1)) == (before.size, getattr(before, "n_frames", 1))
    assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    assert after.info.get("loop") == before.info.get("loop")
    if kind.startswith("TIFF"):
        assert after.size == (30, 50)  # turned, as its tag still says


def test_exif_and_xmp_in_a_file_of_boxes_are_written_over() -> None:
    told = Image.Exif()
    told[0x013B], told[0x0112] = NAME, 8
    exif = b"Exif\x00\x00" + told.tobytes().removeprefix(b"Exif\x00\x00")
    content = b"\x00\x00\x00\x18ftypheic" + bytes(40) + exif + _XMP + b"the picture"
    bare = other_picture(content)
    assert bare is not None
    assert not TELLING.search(bare)
    assert len(bare) == len(content)
    assert bare.endswith(b"the picture")
    left = Image.Exif()
    left.load(bare[bare.index(b"Exif") :])
    assert left[0x0112] == 8


def emf() -> bytes:
    said = f"Word\x00C:\\Users\\jane\\{NAME}\x00\x00".encode("utf-16-le")
    head = (
        struct.pack("<II", 1, 108 + len(said))
        + bytes(32)
        + b" EMF"
        + bytes(16)
        + struct.pack("<II", len(said) // 2, 108)
    )
    return head.ljust(108, b"\x00") + said + b"records"


def test_metafiles_bear_no_description_also_where_they_are_packed() -> None:
    plain = other_picture(emf())
    assert plain is not None
    assert "jane".encode("utf-16-le") not in plain
    assert plain.endswith(b"records")
    packed = io.BytesIO()
    with gzip.GzipFile(f"{NAME}.emf", "wb", fileobj=packed) as file:
        file.write(emf())
    bare = copied(word_document(**{"word/media/image1.emz": packed.getvalue()}))["word/media/image1.emz"]
    assert not TELLING.search(bare)
    assert gzip.decompress(bare) == plain


def test_what_is_packed_over_and_over_is_unpacked_once() -> None:
    data = b"a metafile of no kind"
    for _ in range(1_200):  # deeper than calls may go
        data = gzip.compress(data, compresslevel=0)
    clean = other_picture(data)
    assert clean is not None
    assert gzip.decompress(clean) == gzip.decompress(data)


@pytest.mark.parametrize(
    "data", [b"", b"BM" + bytes(50), b"GIF89a", b"\x1f\x8bno", b"RIFF....WEBP", b"II*\x00\xff\xff\xff\xff"]
)
def test_what_is_none_or_breaks_off_is_left_alone_or_kept(data: bytes) -> None:
    bare = other_picture(data)
    assert bare is None or len(bare) <= len(data) + 1


@given(st.binary(max_size=40), st.integers(0, 3000), st.sampled_from(sorted(SAVED)))
@settings(max_examples=150, deadline=None)
def test_noise_in_a_picture_never_fails_and_never_goes_on_for_ever(noise: bytes, at: int, kind: str) -> None:
    content = SAVED[kind]
    other_picture(content[:at] + noise + content[at + len(noise) :])


def portable(packed: bytes, outer: str, *, times: int = 1, size: tuple[int, int] = (40, 20)) -> io.BytesIO:
    """A PDF with a photograph, or several, packed once more."""
    writer = PdfWriter(clone_from=io.BytesIO(portable_document()))
    page, shown = writer.pages[0], DictionaryObject()
    for number in range(times):
        image = StreamObject()
        image._data = packed
        image.update(
            {
                NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image"),
                NameObject("/Width"): NumberObject(size[0]), NameObject("/Height"): NumberObject(size[1]),
                NameObject("/ColorSpace"): NameObject("/DeviceRGB"), NameObject("/BitsPerComponent"): NumberObject(8),
                NameObject("/Filter"): ArrayObject([NameObject(outer), NameObject("/DCTDecode")]),
                NameObject("/DecodeParms"): ArrayObject([NullObject(), NullObject()]),
            }
        )  # fmt: skip
        shown[NameObject(f"/Im{number}")] = writer._add_object(image)
    page["/Resources"][NameObject("/XObject")] = shown  # type: ignore[index]
    made = io.BytesIO()
    writer.write(made)
    return made


@pytest.mark.parametrize("outer", ["/FlateDecode", "/ASCII85Decode", "/ASCIIHexDecode"])
@pytest.mark.parametrize("missing", [0, 2, 20])
def test_a_photograph_of_a_pdf_that_is_packed_twice_says_nothing(outer: str, missing: int) -> None:
    photo = photograph()
    data = photo[: len(photo) - missing]
    packed = {
        "/FlateDecode": zlib.compress(data),
        "/ASCII85Decode": base64.a85encode(data) + b"~>",
        "/ASCIIHexDecode": data.hex().encode() + b">",
    }[outer]
    made = portable(packed, outer)
    assert TELLING.search(whole(made.getvalue()))
    copy = unnamed.without_names(made, "pdf")
    assert not TELLING.search(whole(copy))
    (shown,) = PdfReader(io.BytesIO(copy)).pages[0].images
    assert shown.image is not None
    assert shown.image.size == (40, 20)


def large_photograph(megabytes: float) -> tuple[bytes, tuple[int, int]]:
    """A photograph of at least so many megabytes that says who took it, and its size."""
    side, told = int((megabytes * 1024 * 1024) ** 0.5), io.BytesIO()
    said = Image.Exif()
    said[0x013B], said[0x0112] = NAME, 6
    Image.effect_noise((side, side), 200).convert("RGB").save(
        told, "JPEG", exif=said, comment=NAME, quality=97
    )
    assert len(told.getvalue()) > megabytes * 1024 * 1024
    return told.getvalue(), (side, side)


@pytest.mark.parametrize("megabytes", [5.2, 9])
def test_a_large_photograph_that_is_packed_twice_says_nothing_either(megabytes: float) -> None:
    photo, size = large_photograph(megabytes)
    made = portable(zlib.compress(photo), "/FlateDecode", size=size)
    made.seek(0)
    assert check_evidence(made, name="display.pdf", size_limit=30 * 1024 * 1024) == "pdf"
    copy = unnamed.without_names(made, "pdf")
    assert NAME.encode() not in copy
    (stream,) = PdfReader(io.BytesIO(copy)).pages[0]["/Resources"]["/XObject"].values()  # type: ignore[index]
    assert stream.get_object()._data == picture(photo)


@pytest.mark.parametrize(("length", "times"), [(32 * 1024 * 1024 + 1, 1), (26 * 1024 * 1024, 4)])
def test_photographs_that_unpack_into_too_much_are_refused_with_why(length: int, times: int) -> None:
    photo = photograph()
    padded = zlib.compress(photo + bytes(length - len(photo)))
    with pytest.raises(
        Refused, match=r"32 MB each and 100 MB together.*add the photographs as JPEG"
    ) as refusal:
        unnamed.without_names(portable(padded, "/FlateDecode", times=times), "pdf")
    assert refusal.value.code == "file.photograph"


def test_photographs_within_what_is_looked_at_are_kept() -> None:
    photo = photograph()
    padded = zlib.compress(photo + bytes(24 * 1024 * 1024))
    copy = unnamed.without_names(portable(padded, "/FlateDecode", times=4), "pdf")
    assert not TELLING.search(whole(copy))


def test_what_an_old_way_of_packing_makes_too_large_is_refused_with_why() -> None:
    runs = b"".join(bytes([127]) + b"x" * 128 for _ in range(42_000)) + b"\x80"
    with pytest.raises(Refused, match=r"packs them in an old way") as refusal:
        unnamed.without_names(portable(runs, "/RunLengthDecode"), "pdf")
    assert refusal.value.code == "file.photograph"
