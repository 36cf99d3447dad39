"""The certificate as a PDF for everybody (PDF/UA-1), set by Typst.

What is printed goes in as data, never as markup, so that nothing in a name can change the page. Typst brings
Libertinus along, two packages the Arabic and the Chinese, Japanese and Korean signs; for what these lack it takes
what the server has. A sign that no font has is never printed as a box: there is no certificate until there is a font.
"""

import io
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import segno
import typst

FONT_PACKAGES = ("fontpkg_amiri", "cvttf_NotoSansCJK_Regular")
MOST_LACKING = 40  # characters that say which signs have no font
TEMPLATE = Path(__file__).with_name("certificate.typ")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Data:
    """What a certificate says; `address` is where its code is verified."""

    holder: str
    programme: str
    programme_code: str
    edition: str
    awarded_on: date
    provider: str
    accrediting_body: str
    code: str
    address: str
    specimen: bool = False


class LacksFont(Exception):
    """No font on this server has a sign that the certificate needs; the message names the sign."""


def make(data: Data) -> bytes:
    """Set a certificate: the same data on the same server gives the same bytes. A specimen says so across it.

    Raises `LacksFont` for a sign without a glyph, which PDF/UA doesn't allow.
    """
    inputs = {
        "holder": data.holder,
        "programme": data.programme,
        "programme_code": data.programme_code,
        "edition": data.edition,
        "awarded_on": long_day(data.awarded_on),
        "year": str(data.awarded_on.year),
        "month": str(data.awarded_on.month),
        "day": str(data.awarded_on.day),
        "provider": data.provider,
        "accrediting_body": data.accrediting_body,
        "code": data.code,
        "address": data.address,
        "qr": qr_code(data.address),
        "specimen": "yes" if data.specimen else "",
    }
    inputs = {key: printable(value) for key, value in inputs.items()}
    return set_pdf(TEMPLATE, inputs, on=data.awarded_on)


def lacking(name: str) -> str:
    """The signs of a name for which this server has no font, so that no certificate could bear it; nothing as a rule.

    The certificate itself is set for it: a hundredth of a second, and as much for each sign of a name that fails.
    """
    if _can_print(name):
        return ""
    signs = dict.fromkeys(sign for sign in name if not sign.isspace())
    alone = [sign for sign in signs if not unicodedata.combining(sign) and not _can_print(sign)]
    return " ".join(alone or signs)[:MOST_LACKING]


def _can_print(name: str) -> bool:
    said = Data(
        holder=name, programme="x", programme_code="x", edition="x", awarded_on=date(2000, 1, 1), provider="x",
        accrediting_body="", code="x", address="x",
    )  # fmt: skip
    try:
        make(said)
    except LacksFont:
        return False
    return True


def set_pdf(template: Path, inputs: dict[str, str], *, on: date) -> bytes:
    """Set a document of an award from its data, dated on a day, in every script that the server has signs for.

    Raises `LacksFont` for a sign without a glyph.
    """
    made_at = int(datetime.combine(on, time(), UTC).timestamp())
    try:
        pdf: bytes = typst.compile(
            str(template),
            font_paths=drawing_fonts(),
            sys_inputs=inputs,
            pdf_standards="ua-1",
            timestamp=made_at,
        )
    except typst.TypstError as fault:
        if "could not be displayed" in str(fault):
            raise LacksFont(str(fault)) from fault
        raise
    return pdf


def long_day(day: date) -> str:
    """A day as documents print it: "9 March 2027"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@cache
def drawing_fonts() -> typst.Fonts:
    """The fonts of Typst, of the packages that are installed, and of the server."""
    found = [find_spec(name) for name in FONT_PACKAGES]
    folders = [Path(spec.origin).parent for spec in found if spec and spec.origin]
    return typst.Fonts(font_paths=[str(folder) for folder in folders])


def qr_code(address: str) -> str:
    """A square that a phone reads, as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=0, dark="#1d2026", xmldecl=False)
    return out.getvalue().decode()


def printable(text: str) -> str:
    """Without control characters, which have no glyph anywhere."""
    return "".join(sign for sign in text if sign.isprintable() or sign == " ")
