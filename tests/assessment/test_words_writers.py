"""One text as different word processors write it has one count; a long PDF is counted, a scanned one is flagged."""

import io

import docx as python_docx
import pytest
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from goldenthread.assessment import words
from goldenthread.assessment.rules import DRAFT_LIMIT
from goldenthread.common.filetypes import check_document
from goldenthread.common.refused import Refused
from tests import documents

LIMIT = 20 * 1024 * 1024
SENTENCES = (
    "Reading aloud, daily: the well-being of 1,500 pupils improved.",
    "Teachers’ notes (in pairs and/or groups) don’t lie – they show why.",
    "What matters most is that every colleague knows when and how to act.",
)
EXPECTED = sum(words.count_text(one).total for one in SENTENCES)
RSID = 'w:rsidR="00A77B3E" w:rsidRPr="00C01234"'


def run(text: str, properties: str = "") -> str:
    return f'<w:r {RSID}>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def as_word() -> bytes:
    """Runs parted inside words, revision ids, proofing marks, a smart tag, a content control, a bookmark, breaks."""
    first, second, third = SENTENCES
    proof = '<w:proofErr w:type="spellStart"/>'
    tag = (
        '<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="place">'
        f"{run('Teachers’ no')}</w:smartTag>"
    )
    control = (
        f"<w:sdt><w:sdtPr><w:id w:val='7'/></w:sdtPr><w:sdtContent>{run(third[:20])}</w:sdtContent></w:sdt>"
    )
    return documents.docx(
        xml=f'<w:p {RSID}><w:bookmarkStart w:id="0" w:name="_GoBack"/>{run(first[:3])}{proof}'
        f"{run(first[3:17], '<w:rPr><w:b/></w:rPr>')}<w:lastRenderedPageBreak/>{run(first[17:])}"
        '<w:bookmarkEnd w:id="0"/></w:p>'
        f"<w:p {RSID}>{tag}{run(second[12:])}</w:p><w:p {RSID}>{control}{run(third[20:])}</w:p>"
    )


def as_libreoffice() -> bytes:
    """No revision ids, empty runs with properties, soft page breaks and a language on every run."""
    language = '<w:rPr><w:lang w:val="en-GB"/></w:rPr>'
    return documents.docx(
        xml="".join(
            '<w:p><w:pPr><w:pStyle w:val="Normal"/><w:rPr></w:rPr></w:pPr>'
            f"<w:r>{language}</w:r>{run(one[:11], language)}<w:r>{language}<w:t></w:t></w:r>"
            f"{run(one[11:], language)}</w:p>"
            for one in SENTENCES
        )
    )


def as_google_docs() -> bytes:
    """Each paragraph one run with right-to-left off, a block content control around everything, empty paragraphs."""
    empty = '<w:p><w:r><w:rPr><w:rtl w:val="0"/></w:rPr></w:r></w:p>'
    inside = "".join(
        f"<w:p>{run(one, '<w:rPr><w:rtl w:val=&quot;0&quot;/></w:rPr>'.replace('&quot;', chr(34)))}</w:p>{empty}"
        for one in SENTENCES
    )
    return documents.docx(
        xml=f"<w:sdt><w:sdtPr><w:tag w:val='goog_rdk_0'/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"
    )


def as_python() -> bytes:
    document = python_docx.Document()
    for one in SENTENCES:
        paragraph = document.add_paragraph(one[:9])
        paragraph.add_run(one[9:]).italic = True
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def read(content: bytes, name: str) -> words.Reading:
    file = io.BytesIO(content)
    kind = check_document(file, name=name, size_limit=LIMIT)
    return words.read_document(file, kind, most=DRAFT_LIMIT)


@pytest.mark.parametrize("write", [as_word, as_libreoffice, as_google_docs, as_python])
def test_one_text_by_three_word_processors_has_one_count(write: object) -> None:
    found = read(write(), "mine.docx")  # type: ignore[operator]
    assert found.count.total == EXPECTED
    assert found.text.split() == " ".join(SENTENCES).split()


def test_the_same_text_as_opendocument_with_counted_spaces_and_spans() -> None:
    spans = "".join(
        f"<text:p>{one[:4]}<text:span>{one[4:9]}</text:span>{one[9:].replace(' ', '<text:s/>', 2)}"
        "<text:soft-page-break/></text:p>"
        for one in SENTENCES
    )
    assert read(documents.odt(xml=spans), "mine.odt").count.total == EXPECTED


def test_a_pdf_of_400_pages_is_counted() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for paragraph in documents.prose(400 * 19, paragraph=19):
        for number in range(0, 19, 5):
            canvas.drawString(72, 700 - 4 * number, " ".join(paragraph.split()[number : number + 5]))
        canvas.showPage()
    canvas.save()
    assert read(buffer.getvalue(), "long.pdf").count.total == 400 * 19


def test_a_pdf_of_400_scanned_pages_is_flagged_and_not_counted_as_none() -> None:
    with pytest.raises(Refused) as refusal:
        read(documents.scanned_pdf(pages=400), "scan.pdf")
    assert refusal.value.code.startswith("file.")
    assert "scan" in refusal.value.message.lower() or "picture" in refusal.value.message.lower()
