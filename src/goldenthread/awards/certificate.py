"""The certificate as a PDF for everybody (PDF/UA-1), set by Typst.

What is printed goes in as data, never as markup, so that nothing in a name can change the page. Typst brings
Libertinus along; for other scripts it takes what the server has (on Debian: fonts-noto-core, fonts-noto-cjk).
"""

import io
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

import segno
import typst

log = logging.getLogger("goldenthread.awards")

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


@dataclass(frozen=True)
class Made:
    """A finished PDF; not `complete` when no font had a sign that it needs."""

    pdf: bytes
    complete: bool


def make(data: Data) -> Made:
    """Set a certificate: the same data on the same server gives the same bytes."""
    inputs = {
        "holder": data.holder,
        "programme": data.programme,
        "programme_code": data.programme_code,
        "edition": data.edition,
        "awarded_on": f"{data.awarded_on.day} {MONTHS[data.awarded_on.month - 1]} {data.awarded_on.year}",
        "year": str(data.awarded_on.year),
        "month": str(data.awarded_on.month),
        "day": str(data.awarded_on.day),
        "provider": data.provider,
        "accrediting_body": data.accrediting_body,
        "code": data.code,
        "address": data.address,
        "qr": _qr(data.address),
    }
    inputs = {key: _printable(value) for key, value in inputs.items()}
    try:
        return Made(_compile(inputs, data.awarded_on, accessible=True), True)
    except typst.TypstError as fault:
        # PDF/UA allows no sign without a glyph. A certificate with a gap is better than none.
        log.warning("certificate %s lacks a font: %s", data.code, fault)
        return Made(_compile(inputs, data.awarded_on, accessible=False), False)


def _compile(inputs: dict[str, str], made_on: date, *, accessible: bool) -> bytes:
    made_at = int(datetime.combine(made_on, time(), UTC).timestamp())
    standards: Literal["ua-1", "1.7"] = "ua-1" if accessible else "1.7"
    pdf: bytes = typst.compile(str(TEMPLATE), sys_inputs=inputs, pdf_standards=standards, timestamp=made_at)
    return pdf


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=0, dark="#1d2026", xmldecl=False)
    return out.getvalue().decode()


def _printable(text: str) -> str:
    """Without control characters, which have no glyph anywhere."""
    return "".join(sign for sign in text if sign.isprintable() or sign == " ")
