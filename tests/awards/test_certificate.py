"""The certificate: accessible, the same every time, and safe whatever a name holds."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import typst
from PIL import Image
from pypdf import PdfReader

from goldenthread.awards import certificate

DATA = certificate.Data(
    holder="Siân Ŵyn ap Rhŷs",
    programme="National Professional Qualification for Leading Teaching",
    programme_code="NPQLT",
    edition="reformed",
    awarded_on=date(2027, 3, 9),
    provider="Best Practice Network",
    accrediting_body="Department for Education",
    code="NPQLT-2027-7K3M-9QXD-4TAB-C3",
    address="https://npq.example.org/verify/NPQLT-2027-7K3M-9QXD-4TAB-C3/",
)


def text_of(data: certificate.Data) -> str:
    return " ".join(PdfReader(io.BytesIO(certificate.make(data))).pages[0].extract_text().split())


@pytest.mark.requirement("S1-02")
def test_certificate_names_holder_programme_provider_and_accrediting_body() -> None:
    text = text_of(DATA)
    for part in (
        "Siân Ŵyn ap Rhŷs", "Leading Teaching", "NPQLT, reformed edition", "9 March 2027",
        "Best Practice Network",
        "Department for Education", "NPQLT-2027-7K3M-9QXD-4TAB-C3",
    ):  # fmt: skip
        assert part in text


def test_no_accrediting_body_is_printed_where_the_specification_names_none() -> None:
    assert "Accredited by" not in text_of(replace(DATA, accrediting_body=""))


def test_certificate_is_one_tagged_page_with_title_and_language() -> None:
    reader = PdfReader(io.BytesIO(certificate.make(DATA)))
    root = reader.trailer["/Root"]
    assert len(reader.pages) == 1
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert reader.metadata is not None
    assert reader.metadata.title == "Certificate: National Professional Qualification for Leading Teaching"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_same_data_gives_the_same_bytes() -> None:
    assert certificate.make(DATA) == certificate.make(DATA)


@pytest.mark.parametrize("holder", [
    "#evil $x^2$ *b* _i_ [c] @ref <label> \\ \" `code`",
    "#panic(\"no\")",
    "Anna\u0000\u0007\nBell",
    "a" * 200,
    "Wilhelmina " * 18,
])  # fmt: skip
def test_nothing_in_a_name_is_markup(holder: str) -> None:
    made = certificate.make(replace(DATA, holder=holder))
    assert len(PdfReader(io.BytesIO(made)).pages) == 1


def test_markup_in_a_name_is_printed_as_it_is() -> None:
    assert "#evil *b* [c]" in text_of(replace(DATA, holder="#evil *b* [c]"))


@pytest.mark.parametrize(
    "holder", ["أمينة بنت محمد", "王小明", "佐藤 さくら", "김철수", "Зоя Ивановна", "Νίκος", "Nguyễn Thị Hà"]
)
def test_names_of_every_script_are_printed(holder: str) -> None:
    made = certificate.make(replace(DATA, holder=holder))
    assert made.startswith(b"%PDF")
    assert len(PdfReader(io.BytesIO(made)).pages) == 1


@pytest.mark.parametrize("holder", ["王小明", "佐藤 さくら", "Nguyễn Thị Hà"])
def test_a_name_in_another_script_can_be_read_and_copied(holder: str) -> None:
    assert holder in text_of(replace(DATA, holder=holder))


def test_a_sign_that_no_font_has_is_named_and_never_printed_as_a_box() -> None:
    with pytest.raises(certificate.LacksFont, match="could not be displayed"):
        certificate.make(replace(DATA, holder="\U00014400 Smith"))


def test_a_specimen_says_so_and_a_real_certificate_does_not() -> None:
    assert "Specimen from a demonstration. It certifies nothing." in text_of(replace(DATA, specimen=True))
    assert "SPECIMEN" in text_of(replace(DATA, specimen=True))
    assert "pecimen" not in text_of(DATA)


LONG = "Wilhelmina Alexandrina Featherstonehaugh-Cholmondeley von Hohenzollern-Sigmaringen"
ARABIC = "أمينة بنت محمد بن عبد الرحمن بن يوسف الأنصاري القرطبي المالكي الأندلسي الشريف"


@pytest.mark.parametrize("holder", [
    "Siân Ŵyn ap Rhŷs", LONG[:80], (LONG + " de la Vega y Montenegro Fitzwilliam Smithers")[:120], "m" * 120, "W" * 80,
    ARABIC[:80], "王小明歐陽" * 16, "佐藤" * 60, "김철수 " * 20,
])  # fmt: skip
def test_however_long_a_name_is_it_stays_between_the_margins(
    holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typeset, seen = typst.compile, []

    def drawn(*given: Any, pdf_standards: str, **more: Any) -> Any:
        seen.append(
            typeset(*given, format="png", ppi=30, **{k: v for k, v in more.items() if k != "timestamp"})
        )
        return typeset(*given, pdf_standards=pdf_standards, **more)

    monkeypatch.setattr(typst, "compile", drawn)
    made = certificate.make(replace(DATA, holder=holder))
    assert len(PdfReader(io.BytesIO(made)).pages) == 1
    sheet = Image.open(io.BytesIO(seen[0])).convert("L")
    wide, high = sheet.size
    margin = int(wide * 28 / 297)  # of 32 mm; an overhang of a letter is no fault
    for edge in ((0, margin), (wide - margin, wide)):
        darkest, _ = sheet.crop((edge[0], high // 5, edge[1], high)).getextrema()
        assert darkest > 240, "something is printed in the margin"
