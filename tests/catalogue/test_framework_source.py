"""From files to lines: plain text, Word documents, and what is refused with its place and reason."""

import random
import tracemalloc
import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.catalogue.framework_source import MOST_TEXT, FrameworkTextError, read_lines
from goldenthread.catalogue.framework_text import parse_framework
from tests.catalogue.framework_sample import KNOWN

# However busy the machine is.
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
NUMBERING = (
    f"<w:numbering {W}>"
    '<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl>'
    '</w:abstractNum><w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>'
)


def paragraph(text: str, *, listed: int = 0) -> str:
    properties = (
        f'<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{listed}"/></w:numPr></w:pPr>' if listed else ""
    )
    return f"<w:p>{properties}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def cell(*paragraphs: str, span: int = 1) -> str:
    wide = f'<w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>' if span > 1 else ""
    return f"<w:tc>{wide}{''.join(paragraphs) or '<w:p/>'}</w:tc>"


def docx(body: str, **extra: bytes) -> BytesIO:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/numbering.xml", NUMBERING)
        for name, data in extra.items():
            archive.writestr(name, data)
    return file


def packed(**files: str) -> bytes:
    """A packed file of another kind."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def table(title: str, that: str, how: str) -> str:
    header = cell(paragraph("Learn that…")) + cell(paragraph("Learn how to…"))
    rows = (cell(paragraph(title), span=2), header, that + how)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def test_a_word_document_with_numbers_typed_or_made_by_word() -> None:
    typed = cell(paragraph("1. Air moves."), paragraph("2. Air stays"))
    made = cell(paragraph("Air moves.", listed=1), paragraph("Air stays", listed=1))
    how = cell(paragraph("Sing by:"), paragraph("Counting aloud.", listed=2), paragraph("Rest | by:"))
    for that in (typed, made):
        file = docx(paragraph("Framework of NPQLC") + table("Voices", that, how) + paragraph("The end."))
        text = parse_framework(read_lines(file, name="f.docx"), known=KNOWN)
        (area,) = text.areas
        assert (text.programme, area.name, area.belongs) == ("NPQLC", "Voices", True)
        assert (area.complete, area.fragments) == ((1,), (2,))
        assert [one.heading for one in area.learn_how_to] == ["Sing by:", "Rest ¦ by:"]
        assert [one.text for one in area.learn_how_to[0].bullets] == ["Counting aloud."]


def test_the_bytes_decide_and_not_the_name() -> None:
    assert [line.text for line in read_lines(docx(paragraph("Air")), name="f.txt")] == ["Air"]
    assert [line.text for line in read_lines(BytesIO(b"\xef\xbb\xbfAir\r\nmoves"), name="f.docx")] == [
        "Air",
        "moves",
    ]


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 0, "empty"),
        (b"%PDF-1.7 ...", 0, "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, r"old Word document"),
        (b"Air\nmoves\n\x80\x81\n", 3, "0x80 is no UTF-8"),
        (b"Air\n\xff\xfe\x00\x00", 2, "not text"),
        (b"Air\nmo\x00ves\n", 2, "0x00"),
        (b"Air\n" + b"a" * 100_001, 2, "100,001 characters"),
        (b"\n" * 50_001, 50_000, "lines"),
        (b"a" * (MOST_TEXT + 1), 0, "at most 2 MB"),
        (b"PK\x03\x04 and no more", 0, "damaged"),
        (b"PK\x05\x06" + bytes(18), 0, "empty archive"),
        (b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(900), 0, "is a picture"),
        (b"{\\rtf1 Air}", 0, "rich-text"),
        (b"\x1f\x8b\x08" + random.Random(4).randbytes(900), 0, "packed archive"),
        ("Voices\nLearn that…".encode("utf-16"), 0, "UTF-16. Save the text as UTF-8"),
        ("Voices\nLearn that\n1. Café.".encode("latin-1"), 3, "0xe9 is no UTF-8"),
        (b"\r\n <!DOCTYPE html><html><table>", 1, "source of a web page"),
        (docx(paragraph("Air")).getvalue()[:300], 0, "damaged"),
        (docx("<w:p><w:r>").getvalue(), 0, "damaged"),
        (packed(mimetype="application/vnd.oasis.opendocument.text"), 0, "not a Word document"),
        (random.Random(7).randbytes(4096), 1, "UTF-8"),
    ],
)
def test_what_can_not_be_read_is_refused_with_line_and_reason(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(FrameworkTextError, match=reason) as no:
        read_lines(BytesIO(data), name="f.txt")
    assert no.value.line == line
    assert no.value.message.startswith("f.txt")


@pytest.mark.parametrize(("begins", "most"), [(b"1. Air moves.\n", "2 MB"), (b"PK\x03\x04", "10 MB")])
def test_fifty_megabytes_are_refused_before_any_of_it_is_read(begins: bytes, most: str) -> None:
    file = BytesIO(begins + bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(FrameworkTextError, match=f"is 47.7 MB; a framework is at most {most}"):
        read_lines(file, name="f")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_packed_file_that_is_no_word_document_is_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES.replace("document.main", "other"))
    with pytest.raises(FrameworkTextError, match="not a Word document"):
        read_lines(file, name="f.docx")


def test_bombs_are_refused_and_take_little_memory() -> None:
    flat = docx(paragraph("Air"), bomb=b"\0" * 60_000_000)
    deep = docx("<w:p>" * 5_000 + "</w:p>" * 5_000)
    entities = docx('<!DOCTYPE x [<!ENTITY a "aa">]>')
    big = BytesIO(b"PK\x03\x04" + bytes(50_000_000))
    tracemalloc.start()
    for file in (flat, deep, entities, big):
        with pytest.raises(FrameworkTextError):
            read_lines(file, name="f.docx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000


@pytest.mark.parametrize(
    "line",
    [
        "1. A " * 20_000,
        "(A: " * 25_000,
        "● " * 50_000,
        "- " * 50_000,
        "-" * 99_999,
        "Plan " * 20_000,
        "A: " * 33_000,
        ")" * 99_999,
        "1. A: " * 16_000,
        "● A: 1. B. " * 9_000,
        "A. b " * 19_000,
        "(1) a " * 16_000,
    ],
)
def test_long_lines_of_one_kind_are_read_or_refused_with_few_steps(line: str) -> None:
    """A reader whose work grows with the square of the length would not come back within the suite's patience."""
    text = f"Voices | |\nLearn that… | Learn how to… |\n{line} |\n{line} |\n" * 5
    try:
        areas = parse_framework(read_lines(BytesIO(text.encode()), name="f.txt"), known=KNOWN).areas
    except FrameworkTextError:
        return
    assert len(areas) == 1


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        found = read_lines(BytesIO(data), name="f.txt")
    except FrameworkTextError:
        return
    assert "".join(line.text for line in found) is not None
