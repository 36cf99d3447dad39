"""What may be added as evidence: documents, and besides scans, pictures and workbooks, each for what it really is."""

import io
import struct

import pytest

from goldenthread.common.evidence_types import check_evidence
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed import without_names
from tests import documents
from tests.common.test_unnamed import NAME, TELLING, photograph, whole

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LIMIT = 10_000_000


def workbook(**more: bytes | str) -> bytes:
    """An Excel workbook with a name in each place where Excel leaves one, and none in its cells."""
    comments = (
        f'<comments xmlns="{_MAIN}"><authors><author>{NAME}</author></authors><commentList/></comments>'
    )
    person = (
        f'<personList><person displayName="{NAME}" userId="S::jane@hilltop" providerId="AD"/></personList>'
    )
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:x15ac="urn:x15ac"><fileSharing userName="{NAME}"/>'
        '<x15ac:absPath url="C:\\Users\\jane\\Desktop\\"/><sheets/></workbook>'
    )
    cells = f'<sst xmlns="{_MAIN}"><si><t>Reading age, 61 %</t></si></sst>'
    return documents.archive(
        {
            "[Content_Types].xml": documents.content_types({"xl/workbook.xml": "application/x"}),
            "xl/workbook.xml": book,
            "xl/sharedStrings.xml": cells,
            "xl/comments1.xml": comments,
            "xl/persons/person.xml": person,
            "xl/printerSettings/printerSettings1.bin": f"HP of {NAME}",
            "docProps/app.xml": "<Properties><Company>Hilltop School</Company></Properties>",
            **more,
        }
    )


def kind_of(content: bytes, name: str) -> str:
    file = io.BytesIO(content)
    kind = check_evidence(file, name=name, size_limit=LIMIT)
    assert file.tell() == 0
    return kind


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (documents.docx(20), "minutes.docx", "docx"),
        (documents.odt(20), "minutes.odt", "odt"),
        (documents.txt(20), "minutes.txt", "txt"),
        (documents.pdf(20), "minutes.pdf", "pdf"),
        (documents.scanned_pdf(), "signed minutes.pdf", "pdf"),
        (photograph(), "display.JPG", "jpg"),
        (photograph(), "display.jpeg", "jpg"),
        (photograph(kind="PNG"), "chart.png", "png"),
        (workbook(), "data.xlsx", "xlsx"),
    ],
)
def test_evidence_is_taken_for_what_it_is(content: bytes, name: str, kind: str) -> None:
    assert kind_of(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "display.jpg", "file.empty"),
        (photograph(), "display.png", "file.mismatch"),
        (photograph(), "display", "file.mismatch"),
        (photograph(kind="PNG"), "display.docx", "file.mismatch"),
        (photograph()[:200], "display.jpg", "file.damaged"),
        (photograph(kind="PNG")[:-12], "chart.png", "file.damaged"),
        (b"\xff\xd8\xff\xd9", "display.jpg", "file.damaged"),
        (documents.program(), "display.jpg", "file.type"),
        (documents.docx(20), "data.xlsx", "file.mismatch"),
        (workbook(), "data.docx", "file.type"),
        (workbook(**{"xl/vbaProject.bin": b"x"}), "data.xlsx", "file.macros"),
        (workbook(**{"xl/vbaProject.bin": b"x"}), "data.xlsm", "file.macros"),
        (workbook(), "data.xlsm", "file.mismatch"),
        (
            workbook(**{"xl/sheet.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
            "data.xlsx",
            "file.damaged",
        ),
        (workbook(**{"xl/sheet.xml": "<a>" * 400}), "data.xlsx", "file.bomb"),
        (workbook(**{"xl/zeros.bin": bytes(60_000_000)}), "data.xlsx", "file.bomb"),
        (b"GIF89a" + bytes(99), "display.gif", "file.type"),
        (documents.macro_docx(), "minutes.docx", "file.macros"),
        (documents.encrypted_pdf(), "minutes.pdf", "file.encrypted"),
    ],
)
def test_anything_else_is_refused_with_its_reason(content: bytes, name: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        kind_of(content, name)
    assert refusal.value.code == code


@pytest.mark.parametrize(("width", "height", "taken"), [(10_000, 10_000, True), (10_001, 10_000, False)])
def test_a_picture_that_nobody_could_open_is_refused_by_what_it_says(
    width: int, height: int, taken: bool
) -> None:
    png = photograph(kind="PNG")
    huge = png[:16] + struct.pack(">II", width, height) + png[24:]
    if taken:
        assert kind_of(huge, "plan.png") == "png"
        return
    with pytest.raises(Refused, match="smaller"):
        kind_of(huge, "plan.png")


def test_a_workbook_loses_what_excel_says_of_people_and_keeps_its_cells() -> None:
    assert TELLING.search(whole(workbook()))
    copy = without_names(io.BytesIO(workbook()), "xlsx")
    assert not TELLING.search(whole(copy))
    assert b"Reading age, 61 %" in whole(copy)
    assert kind_of(copy, "data.xlsx") == "xlsx"


@pytest.mark.parametrize(
    ("kind", "content"), [("jpg", photograph(orientation=6)), ("png", photograph(kind="PNG"))]
)
def test_a_picture_loses_what_its_camera_says(kind: str, content: bytes) -> None:
    assert TELLING.search(content)
    assert not TELLING.search(without_names(io.BytesIO(content), kind))
