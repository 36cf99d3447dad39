"""One text as different word processors write it has one count; a long PDF is counted, a scanned one is flagged."""

import io

import docx as python_docx
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from goldenthread.assessment import words
from goldenthread.assessment.rules import DRAFT_LIMIT
from goldenthread.common import containers
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


# --- scans by pages, and length -------------------------------------------------------------------------
def pages_pdf(*pages: tuple[str, float, str], form: bool = False) -> bytes:
    """A PDF of pages, each with its lines, the share of its height that a picture covers, and the picture's colour."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for text, share, colour in pages:
        if share:
            picture = ImageReader(Image.new("RGB", (50, 70), colour))
            if form:
                canvas.beginForm(f"form{canvas.getPageNumber()}")
                canvas.drawImage(picture, 0, 0, 1, 1)
                canvas.endForm()
                canvas.saveState()
                canvas.scale(A4[0], A4[1] * share)
                canvas.doForm(f"form{canvas.getPageNumber()}")
                canvas.restoreState()
            else:
                canvas.drawImage(picture, 0, 0, A4[0], A4[1] * share)
        for number, line in enumerate(text.splitlines()):
            canvas.drawString(72, 780 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


STAMP = "Received 12 October 2025, Saltmarsh Primary"
WRITTEN = "\n".join(documents.prose(300, paragraph=10))


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize(
    "stamps", [("1", "2", "3"), (STAMP, "", "Page 3 of 3"), ("Scanned with an app\n7",) * 2]
)
def test_a_scan_with_a_stamp_or_a_page_number_is_a_scan(stamps: tuple[str, ...], form: bool) -> None:
    colours = ("red", "green", "blue")
    content = pages_pdf(
        *((stamp, 0.9, colour) for stamp, colour in zip(stamps, colours, strict=False)), form=form
    )
    with pytest.raises(Refused) as refusal:
        read(content, "scan.pdf")
    assert refusal.value.code == "file.scanned"
    assert "paste the text into the editor" in refusal.value.message


@pytest.mark.parametrize("scan", [2, 4])
def test_scanned_pages_of_a_mixed_document_are_named_and_their_stamps_not_counted(scan: int) -> None:
    lines = WRITTEN.splitlines()
    pages = [("\n".join(lines[number:] + lines[:number]), 0.0, "") for number in range(3)]
    wanted = read(pages_pdf(*pages), "a.pdf").count
    found = read(pages_pdf(*pages[: scan - 1], (STAMP, 1.0, "grey"), *pages[scan - 1 :]), "mixed.pdf")
    assert found.count.parts == wanted.parts
    assert found.count.excluded == {"scanned_pages": 6}
    assert "Saltmarsh Primary" not in found.text
    assert [note.startswith(f"Page {scan} looks like a scan") for note in found.notes] == [True]


def test_pictures_beside_text_and_backgrounds_are_no_scans() -> None:
    chart = pages_pdf((WRITTEN, 0.4, "red"), ("A closing line of mine.", 0.3, "green"))
    background = pages_pdf((WRITTEN, 1.0, "white"), ("A closing line of mine.", 1.0, "white"))
    plain = pages_pdf((WRITTEN, 0, ""), ("A closing line of mine.", 0, ""))
    wanted = read(plain, "a.pdf")
    for content in (chart, background):
        found = read(content, "a.pdf")
        assert (found.text, found.count, found.notes) == (wanted.text, wanted.count, ())


def dense_pdf(pages: int, *, per_word: int = 18) -> bytes:
    """Text set as Chromium prints it: each word by many operators, some 9,000 for the 500 words of a page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1)
    text = canvas.beginText(40, 800)
    for number, word in enumerate(" ".join(documents.prose(500, paragraph=500)).split()):
        text.setTextOrigin(40 + 32 * (number % 16), 800 - 12 * (number // 16))
        for _ in range(per_word - 2):
            text.setCharSpace(0)
        text.textOut(word)
    canvas.drawText(text)
    canvas.save()
    page, writer = PdfReader(buffer).pages[0], PdfWriter()
    for _ in range(pages):
        writer.add_page(page)
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


@pytest.mark.parametrize(("pages", "most"), [(400, DRAFT_LIMIT), (400, None), (120, 50_000)])
def test_a_long_dense_pdf_is_refused_for_its_length_in_words_that_say_so(
    pages: int, most: int | None
) -> None:
    content = dense_pdf(pages)
    with pytest.raises(Refused) as refusal:
        words.check_and_read(io.BytesIO(content), name="long.pdf", size_limit=10**8, most=most)
    assert refusal.value.code == "file.too_long"
    assert f"This PDF has {pages} pages" in refusal.value.message
    assert "Take out what does not belong to your response" in refusal.value.message
    assert "unpacks" not in refusal.value.message


def test_a_page_that_is_nothing_but_work_is_still_refused_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_PDF_STEPS", 500)
    with pytest.raises(Refused) as refusal:
        read(dense_pdf(1), "a.pdf")
    assert refusal.value.code == "file.bomb"


# --- writings without spaces, and equations -----------------------------------------------------------------
TIBETAN = "བོད་ཀྱི་སྐད་ཡིག་སློབ་གྲྭ་ཆེན་མོ"
JAVANESE = "ꦱꦧꦼꦤ꧀ꦮꦺꦴꦁꦏꦭꦲꦶꦂꦲꦏꦺ"


@pytest.mark.parametrize(
    ("text", "writing"), [(TIBETAN, "Tibetan"), (JAVANESE, "Javanese"), ("ᬅᬓ᭄ᬱᬭᬩᬮᬶ" * 3, "Balinese")]
)
def test_writings_without_spaces_count_by_four_letters_and_say_so(text: str, writing: str) -> None:
    once = words.count_text(text).total
    assert once > 1
    assert words.count_text(text * 4).total >= 3 * once
    found = read(f"{text} school".encode(), "mine.txt")
    assert found.count.total == once + 1
    assert [writing in note and "every four letters" in note for note in found.notes] == [True]


THAI = "โรงเรียนของเราอ่านหนังสือทุกวัน"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (THAI, "cp874"),
        ("Our school reads aloud. " * 20 + THAI, "cp874"),
        ("Наша школа читает вслух каждый день", "cp1251"),
        ("我们学校每天朗读我们学校每天朗读", "gbk"),
        ("Το σχολείο μας διαβάζει κάθε μέρα", "cp1253"),
    ],
)
def test_plain_text_of_another_writing_in_an_older_encoding_is_refused_with_what_to_do(
    text: str, encoding: str
) -> None:
    with pytest.raises(Refused) as refusal:
        read(text.encode(encoding), "mine.txt")
    assert refusal.value.code == "file.encoding"
    assert "save it as UTF-8" in refusal.value.message
    assert read(text.encode(), "mine.txt").count.total > 1
    assert read(text.encode("utf-16"), "mine.txt").count.total > 1


@pytest.mark.parametrize(
    "text",
    [
        "Ça été né à Orléans, où l’élève a reçu déjà l’épée: “très” bien – £5.",
        "Ær, ð og þ: þýðing, sjálfstæði, ánægð börn í skólanum á Íslandi",
        "· · · · · · · · ·\n°°°°°°°°°°°°°°°°°°°°°°°°\n££££££££££££££££\nOur school",
        "ÀÉÎÕÜ",
    ],
)
def test_western_text_in_windows_encoding_is_read_as_before(text: str) -> None:
    found = read(text.encode("cp1252"), "mine.txt")
    assert found.count == words.count_text(text)


def formula(*signs: str) -> str:
    shown = "".join(f"<m:mi>{sign}</m:mi>" for sign in signs)
    return (
        f'<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:semantics><m:mrow>{shown}</m:mrow>'
        '<m:annotation encoding="StarMath 5.0">typed another way entirely</m:annotation></m:semantics></m:math>'
    )


def drawn(number: int) -> str:
    return (
        '<draw:frame text:anchor-type="as-char"><draw:object xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xlink:href="./Object {number}"/></draw:frame>'
    )


def test_equations_of_an_opendocument_count_where_they_are_shown_as_those_of_word_do() -> None:
    entries = {
        "Object 1/content.xml": formula("E", "=", "m"),
        "Object 2/content.xml": formula("x", "+", "1"),
        "Object 3/content.xml": "<broken",
    }
    xml = f"<text:p>Where {drawn(1)} holds,{drawn(2)}too, {drawn(3)} end</text:p>"
    found = read(documents.odt(xml=xml, entries=entries), "mine.odt")
    assert found.count.total == 6
    assert found.text.split() == ["Where", "E=m", "holds,", "x+1", "too,", "end"]
    math = "<m:oMath><m:r><m:t>E=m</m:t></m:r></m:oMath>"
    word = read(documents.docx(xml=f"<w:p>{run('Where ')}{math}{run(' holds')}</w:p>"), "mine.docx")
    assert word.count.total == 3


def test_an_equation_that_defines_entities_is_refused_and_one_that_nobody_shows_is_not_counted() -> None:
    hostile = {"Object 1/content.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}
    with pytest.raises(Refused) as refusal:
        read(documents.odt(10, entries=hostile), "mine.odt")
    assert refusal.value.code == "file.entities"
    unseen = documents.odt(10, entries={"Object 9/content.xml": formula("a")})
    assert read(unseen, "mine.odt").count.total == 10
