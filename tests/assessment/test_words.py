"""The word-count rule, on texts and on documents of every kind."""

import csv
import io
import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import docx as python_docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Browser
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from goldenthread.assessment import words
from goldenthread.assessment.words import WordCount, count_document, count_parts, count_text, read_document
from goldenthread.commands.words import run
from goldenthread.common.filetypes import Kind, check_document
from goldenthread.common.refused import Refused
from tests import documents
from tests.documents import control, deleted, inserted, paragraph, table, text_box
from tests.documents import run as docx_run

MAKERS: dict[str, Callable[..., bytes]] = {
    "docx": documents.docx,
    "odt": documents.odt,
    "pdf": documents.pdf,
    "txt": documents.txt,
}
SEPARATORS = " \t\n\r\u00a0\u2003\u202f\u3000\u2028\u0085\u200b\u2060\ufeff\u180e\u2800\u3164\uffa0\ue000—–"
ALPHABET = "abé1ŵ-'/.,_—– \t\n\u00a0\u200b\u200d\u00ad\u2060手かไท\u0e35๑ម\u0301🙂²"
TEXTS = st.text(alphabet=ALPHABET, max_size=60)
RELAXED = settings(max_examples=80, suppress_health_check=list(HealthCheck))


def scenarios() -> list[tuple[str, int, str]]:
    with (Path(__file__).parent.parent / "scenarios" / "words.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return [(_plain(row["text"]), int(row["words"]), row["why"]) for row in csv.DictReader(file)]


def _plain(text: str) -> str:
    coded = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(t))")
    return coded.sub(lambda m: "\t" if m[3] else chr(int(m[1] or m[2], 16)), text)


def count(data: bytes, kind: str = "docx") -> WordCount:
    file = io.BytesIO(data)
    assert check_document(file, name=f"a.{kind}", size_limit=10**8) == kind
    return count_document(file, Kind(kind))


def text_of(data: bytes, kind: str = "docx") -> str:
    return read_document(io.BytesIO(data), Kind(kind)).text


@pytest.mark.parametrize(("text", "expected", "why"), scenarios())
def test_rule_by_scenario(text: str, expected: int, why: str) -> None:
    assert count_text(text).total == expected, why


@pytest.mark.parametrize(("text", "expected", "why"), scenarios())
def test_a_word_document_counts_as_the_editor_does(text: str, expected: int, why: str) -> None:
    allowed = re.sub(r"[\x00-\x08]", " ", text)
    assert count(documents.docx(paragraphs=[allowed])).total == expected, why


@pytest.mark.browser
def test_browser_pattern_counts_as_the_server_does(browser: Browser) -> None:
    source = random.Random(30)
    texts = [text for text, _, _ in scenarios()]
    texts += ["".join(source.choices(ALPHABET + SEPARATORS, k=40)) for _ in range(2_000)]
    texts += [f"a{chr(code)}b" for code in range(0x3400) if not 0xD800 <= code < 0xE000]
    page = browser.new_page()
    count = "([p, t]) => { const r = new RegExp(p, 'gu'); return t.map(s => (s.match(r) || []).length); }"
    counted = zip(texts, page.evaluate(count, [words.BROWSER_PATTERN, texts]), strict=True)
    page.close()
    assert [ascii(text) for text, number in counted if number != count_text(text).total] == []


@pytest.mark.requirement("S0-30")
@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (kind, number)
        for kind in MAKERS
        for number in (0, 1, 89, 90, 91, 1_499, 1_500, 1_501, 2_500, 5_001)
        if number or kind not in ("pdf", "txt")  # these are refused as empty before they are counted
    ],
)
def test_the_same_text_has_the_same_count_in_every_kind(kind: str, number: int) -> None:
    assert count(MAKERS[kind](number), kind) == WordCount(total=number, parts={"body": number})


@pytest.mark.requirement("S0-30")
@pytest.mark.parametrize("number", [1_500, 1_501])
def test_the_boundary_holds_in_the_editor(number: int) -> None:
    assert count_text("\n\n".join(documents.prose(number))).total == number


@pytest.mark.parametrize("kind", MAKERS)
def test_extracted_text_counts_as_the_document_does(kind: str) -> None:
    data = MAKERS[kind](1_500)
    assert count_text(text_of(data, kind)).total == 1_500
    assert "well-being checks" in text_of(data, kind)


def test_a_document_from_another_library_is_counted() -> None:
    document = python_docx.Document()
    document.add_heading("My answer", 1)
    body = document.add_paragraph("One ")
    body.add_run("wo").bold = True
    body.add_run("rd")
    document.add_table(2, 2).cell(0, 1).text = "in a cell"
    document.sections[0].header.paragraphs[0].text = "Jane Doe"
    buffer = io.BytesIO()
    document.save(buffer)
    expected = WordCount(total=7, parts={"body": 4, "tables": 3}, excluded={"headers": 2})
    assert count(buffer.getvalue()) == expected


def test_every_part_of_a_word_document_is_counted_once() -> None:
    xml = (
        paragraph("two words", xml=text_box("three boxed words"))
        + table(["one", "two"], ["three four", "five"])
        + control("six words in a content control")
        + paragraph("kept ", xml=inserted("added twice ") + deleted("gone for good and all"))
    )
    data = documents.docx(
        xml=xml, footnotes=["a note below"], headers=["Jane Doe", "page 1"], comments=["well done"]
    )
    parts = {"body": 3, "text_boxes": 3, "tables": 5, "content_controls": 6, "insertions": 2, "footnotes": 3}
    excluded = {"headers": 4, "comments": 2, "deletions": 5}
    assert count(data) == WordCount(total=22, parts=parts, excluded=excluded)


def test_text_that_does_not_count_is_not_extracted() -> None:
    xml = paragraph("kept ", xml=inserted("added ") + deleted("gone"))
    data = documents.docx(xml=xml, footnotes=["note"], headers=["Doe"], comments=["hm"])
    assert text_of(data) == "kept added \nnote"


@pytest.mark.parametrize(
    ("xml", "number"),
    [
        (paragraph("wo", "r", "d"), 1),
        (paragraph("one", xml="<w:r><w:tab/></w:r>" + docx_run("two")), 2),
        (paragraph("one", xml="<w:r><w:br/></w:r>" + docx_run("two")), 2),
        (paragraph("one", xml="<w:r><w:noBreakHyphen/></w:r>" + docx_run("two")), 1),
        (paragraph("co", xml="<w:r><w:softHyphen/></w:r>" + docx_run("operate")), 1),
        (paragraph("note", xml="<w:r><w:footnoteReference/></w:r>" + docx_run("d")), 1),
        (paragraph("the", xml="<w:r><w:drawing><wp:inline/></w:drawing></w:r>" + docx_run("cat")), 2),
        (paragraph("the", xml='<w:r><w:sym w:char="F020"/></w:r>' + docx_run("cat")), 2),
        (paragraph("hel", xml=inserted("lo")), 1),
        (paragraph("hel", xml=deleted("met") + docx_run("lo")), 1),
        (paragraph("the", xml=deleted(" ") + docx_run("cat")), 2),
        (paragraph("one") + paragraph("two"), 2),
        (table(["one", "two"]), 2),
        (f"<w:hyperlink>{docx_run('linked')}</w:hyperlink>", 1),
        ("<w:p><m:oMath><m:r><m:t>x</m:t></m:r><m:r><m:t>y</m:t></m:r></m:oMath></w:p>", 1),
        ("<w:p><w:r><w:instrText>PAGE 1</w:instrText></w:r></w:p>", 0),
        (f"<w:p><w:moveFrom>{docx_run('far')}</w:moveFrom><w:moveTo>{docx_run('far')}</w:moveTo></w:p>", 1),
        (paragraph(xml=f"<w:ins>{deleted('added then deleted')}</w:ins>"), 0),
        ('<w:p><w:r><w:pict><v:shape><v:textpath string="word art"/></v:shape></w:pict></w:r></w:p>', 2),
        (f"<w:p><v:textbox><w:txbxContent>{paragraph('old box')}</w:txbxContent></v:textbox></w:p>", 2),
        (f"<w:txbxContent>{table(['a cell', 'in a box'])}</w:txbxContent>", 5),
    ],
)
def test_what_joins_and_parts_words_in_a_word_document(xml: str, number: int) -> None:
    assert count(documents.docx(xml=xml)).total == number


def test_a_text_box_is_counted_once_by_its_fuller_half() -> None:
    assert (
        count(documents.docx(xml=paragraph(xml=text_box("", fallback="hidden in the old half")))).total == 5
    )
    assert count(documents.docx(xml=paragraph(xml=text_box("in the new half", fallback="old")))).total == 4


def test_nested_text_boxes_are_each_counted_once() -> None:
    inner = text_box("inner").replace("<w:r>", "", 1).removesuffix("</w:r>")
    assert count(documents.docx(xml=paragraph("outer", xml=f"<w:r>{inner}</w:r>" * 2))).total == 3


def test_diagram_text_counts() -> None:
    diagram = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    types = {"word/document.xml": documents.DOCUMENT_TYPE, "word/diagrams/data1.xml": diagram}
    namespace = "http://schemas.openxmlformats.org/drawingml/2006/main"
    shapes = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in ("plan do", "review"))
    data = f'<d xmlns:a="{namespace}">{shapes}</d>'
    entries = {"word/diagrams/data1.xml": data, "[Content_Types].xml": documents.content_types(types)}
    assert count(documents.docx(2, entries=entries)).parts == {"body": 2, "text_boxes": 3}


def test_the_main_part_may_have_another_name_and_the_strict_namespace() -> None:
    strict = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    assert count(documents.docx(100, main="word/document2.xml", namespaces=strict)).total == 100


def test_the_list_of_references_is_a_part_that_counts() -> None:
    lines = ["Answer here", "References", "Hattie (2009)"]
    expected = {"body": 2, "references": 3}
    assert count_text("\n".join(lines)).parts == expected
    for kind, make in MAKERS.items():
        assert count(make(paragraphs=lines), kind).parts == expected
    assert count_text("\n".join(lines)).total == 5


def test_only_the_last_heading_begins_the_references() -> None:
    assert count_text("References\nmore text\n2. BIBLIOGRAPHY:\nHattie").parts == {"body": 3, "references": 3}
    assert count_text("My references are many").parts == {"body": 4}


def test_every_part_of_an_opendocument_text_is_counted_once() -> None:
    changes = (
        '<text:tracked-changes><text:changed-region text:id="i1"><text:insertion><office:change-info>'
        "<dc:creator>Jane Doe</dc:creator></office:change-info></text:insertion></text:changed-region>"
        '<text:changed-region text:id="d1"><text:deletion><text:p>quite gone</text:p></text:deletion>'
        "</text:changed-region></text:tracked-changes>"
    )
    xml = (
        "<text:h>A heading</text:h><text:p>wo<text:span>rd</text:span><text:s text:c='2'/>next<text:tab/>tab"
        "<text:line-break/>line</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>cell</text:p></table:table-cell>"
        "<table:table-cell><text:p>two cells</text:p></table:table-cell></table:table-row></table:table>"
        "<text:p>box<draw:frame><draw:text-box><text:p>in the box</text:p></draw:text-box></draw:frame>es"
        "</text:p><text:p>noted<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>below here</text:p></text:note-body></text:note> on</text:p>"
        "<text:p>said<office:annotation><dc:creator>X Y</dc:creator><text:p>a comment</text:p>"
        "</office:annotation></text:p><text:p>kept <text:change-start text:change-id='i1'/>added now"
        "<text:change-end text:change-id='i1'/> the<text:change text:change-id='d1'/>cat</text:p>"
        "<text:p><loext:content-control>a control</loext:content-control></text:p>"
    )
    parts = {"body": 13, "tables": 3, "text_boxes": 3, "footnotes": 2, "insertions": 2, "content_controls": 2}
    counted = count(documents.odt(xml=xml, changes=changes, headers=["Jane Doe"]), "odt")
    assert counted == WordCount(total=25, parts=parts, excluded={"headers": 2, "deletions": 2, "comments": 2})


def test_deleting_within_a_word_of_an_opendocument_text_does_not_part_it() -> None:
    changes = (
        '<text:tracked-changes><text:changed-region xml:id="d1"><text:deletion><text:p>met</text:p>'
        "</text:deletion></text:changed-region></text:tracked-changes>"
    )
    xml = "<text:p>hel<text:change text:change-id='d1'/>lo</text:p>"
    assert count(documents.odt(xml=xml, changes=changes), "odt").total == 1


@pytest.mark.parametrize("number", [1_500, 1_501])
def test_running_lines_of_a_pdf_do_not_count(number: int) -> None:
    counted = count(
        documents.pdf(number, header="Jane Doe, NPQLBC", page_numbers=True, justified=True), "pdf"
    )
    assert counted.total == number
    assert counted.excluded["headers"] >= 15


def test_a_line_on_two_pages_of_many_is_no_running_line() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for top in ("same words", "same words", "other words", "more words"):
        canvas.drawString(72, 700, top)
        canvas.drawString(72, 600, f"under {top} is this")
        canvas.showPage()
    canvas.save()
    assert count(buffer.getvalue(), "pdf").total == 4 * 2 + 4 * 5


@pytest.mark.parametrize(
    ("lines", "number", "text"),
    [
        (("leaders improve", "teaching"), 3, "leaders improve\nteaching"),
        (("improve-", "ment here"), 2, "improvement here"),
        (("the Anglo-", "Saxon age"), 3, "the Anglo-Saxon age"),
        (("two-", "and three-year olds"), 4, "two-\nand three-year olds"),
        (("a dash -", "then more"), 4, "a dash -\nthen more"),
    ],
)
def test_a_word_broken_at_the_end_of_a_pdf_line_is_one(
    lines: tuple[str, ...], number: int, text: str
) -> None:
    data = documents.pdf_lines(*lines)
    assert count(data, "pdf").total == number
    assert text_of(data, "pdf") == text


def test_text_typed_onto_a_pdf_counts() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.drawString(72, 700, "on the page")
    canvas.freeTextAnnotation("in a note", DA="/Helv 12 Tf", Rect=[100, 100, 300, 200], relative=1)
    canvas.acroForm.textfield(name="f", value="typed into a field", x=72, y=500, width=200, height=20)
    canvas.showPage()
    canvas.save()
    assert count(buffer.getvalue(), "pdf").parts == {"body": 3, "text_boxes": 3, "content_controls": 4}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_counts_alike_in_every_encoding(encoding: str) -> None:
    assert count(documents.txt(300, encoding=encoding), "txt").total == 300


def test_sections_are_counted_apart_and_summed() -> None:
    assert count_parts(["one two", "three", ""]) == WordCount(total=3, parts={"body": 3})
    assert count_parts(["problem one--", "--two"]).total == 3
    assert count_parts([]) == count_text("") == WordCount(total=0, parts={"body": 0})


def test_the_rule_is_named_and_told() -> None:
    assert count_text("one").rule == words.RULE == "words-2"
    for told in ("well-being", "headers and footers", "footnotes", "tracked changes", "comments"):
        assert told in words.RULE_TEXT


@RELAXED
@given(first=TEXTS, second=TEXTS)
def test_the_count_is_additive_over_paragraphs(first: str, second: str) -> None:
    both = count_text(f"{first}\n{second}").total
    assert both == count_text(first).total + count_text(second).total == count_parts([first, second]).total


@RELAXED
@given(text=TEXTS, more=TEXTS)
def test_writing_more_never_lowers_the_count(text: str, more: str) -> None:
    assert count_text(text).total <= count_text(text + more).total


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_nothing_that_looks_like_a_gap_joins_words(separator: str) -> None:
    assert count_text(separator.join(["the", "cat", "sat"])).total == 3


@RELAXED
@given(text=TEXTS, data=st.data())
def test_splitting_runs_changes_nothing(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    expected = count_text(text).total
    marked = "".join(data.draw(st.sampled_from([docx_run, inserted]))(piece) for piece in pieces)
    counted = count(documents.docx(xml=f"<w:p>{marked}</w:p>"))
    assert counted.total == sum(counted.parts.values()) == expected
    spans = "".join(f"<text:span>{piece}</text:span>" for piece in pieces)
    assert count(documents.odt(xml=f"<text:p>{spans}</text:p>"), "odt").total == expected


@RELAXED
@given(data=st.data(), kind=st.sampled_from(["docx", "odt", "pdf"]))
def test_a_damaged_document_is_refused_or_counted_but_never_an_error(data: st.DataObject, kind: str) -> None:
    sound = bytearray(MAKERS[kind](60))
    for _ in range(data.draw(st.integers(1, 6))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    try:
        counted = count_document(io.BytesIO(bytes(sound)), Kind(kind))
    except Refused as refused:
        counted = WordCount(total=0, parts={}, rule=refused.code)
    assert counted.rule == "words-2" or counted.rule.startswith("file.")


def test_ten_megabytes_are_counted_in_about_a_second() -> None:
    text = "\n".join(documents.prose(1_700_000))
    assert len(text) > 10_000_000
    begun = time.process_time()
    assert count_text(text).total == 1_700_000
    assert time.process_time() - begun < 4


@pytest.mark.parametrize(
    "text", ["-" * 2_000_000, "a-" * 1_000_000, "." * 2_000_000, "\n " * 1_000_000, "手" * 900_000]
)
def test_no_text_is_slow_to_count(text: str) -> None:
    begun = time.process_time()
    count_text(text)
    assert time.process_time() - begun < 3


def test_command_prints_the_count_and_its_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answer.docx"
    path.write_bytes(documents.docx(1_490, xml=table(["ten words " * 5]), headers=["Jane Doe"]))
    assert run([str(path)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == ["1,500 words by rule words-2", "body 1,490", "tables 10", "not counted:", "headers 2"]


def test_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answer.txt"
    path.write_text("one two")
    assert run([str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"total": 2, "parts": {"body": 2}, "rule": "words-2", "excluded": {}, "notes": []}


def test_command_flags_a_scan_and_never_counts_it_as_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(documents.scanned_pdf())
    assert run([str(path), "--json"]) == 2
    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert (printed["total"], printed["refused"]) == (None, "file.scanned")
    assert "looks like a scan" in printed["message"]
    assert "looks like a scan" in said.err


def test_pages_that_are_pictures_are_named_and_blank_ones_are_not() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for page in ("text", "picture", "blank", "picture"):
        if page == "text":
            canvas.drawString(72, 700, "some words here")
        elif page == "picture":
            canvas.drawImage(ImageReader(Image.new("L", (100, 140), 230)), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    found = read_document(io.BytesIO(buffer.getvalue()), Kind.PDF)
    assert found.count.total == 3
    assert found.notes == (
        "Pages 2, 4 are pictures without text: words in pictures are not counted, and markers read only the text.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Café and naïve", None),
        ("学校 and 手", "3 Chinese or Japanese characters"),
        ("โรงเรียน school", "8 letters of Thai, Lao, Khmer or Burmese"),
    ],
)
def test_writing_without_spaces_is_said_so(
    text: str, said: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = words.language_notes(text)
    assert [said in note for note in notes] == ([True] if said else [])
    path = tmp_path / "answer.txt"
    path.write_text(text)
    run([str(path)])
    assert ("note: " in capsys.readouterr().out) is bool(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (",".join(["word"] * 400), True),
        (".".join(["word"] * 9) + " word" * 18, True),
        (".".join(["word"] * 9) + " word" * 19, False),  # one in twenty, such as an address of a page
        ("word " * 400, False),
        ("学校" * 40, False),
        ("", False),
    ],
)
def test_words_that_seem_to_be_joined_are_told_to_the_writer(text: str, said: bool, tmp_path: Path) -> None:
    assert bool(words.joined_notes(text)) is said
    (tmp_path / "answer.txt").write_text(text or "word")
    with (tmp_path / "answer.txt").open("rb") as file:
        notes = words.read_document(file, Kind.TXT).notes
    assert any("Words seem to be joined" in note for note in notes) is said


@pytest.mark.parametrize(
    ("name", "said"), [("missing.docx", "No such file"), ("program.docx", "Windows program")]
)
def test_command_fails_with_a_message(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "program.docx").write_bytes(documents.program())
    assert run([str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("name", "code"), [("missing.docx", "file.missing"), ("", "file.unreadable")])
def test_command_prints_json_of_a_file_that_is_not_there(
    name: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([str(tmp_path / name), "--json"]) == 2
    printed = json.loads(capsys.readouterr().out)
    assert (printed["total"], printed["refused"]) == (None, code)
    assert printed["message"]


WESTERN = [sign for code in range(256) if len(sign := bytes([code]).decode("cp1252", "ignore")) == 1]


@given(text=st.text(st.sampled_from(WESTERN + list("aaabz  --..'\n")), max_size=60))
def test_the_quick_way_through_western_text_counts_as_the_rule_does(text: str) -> None:
    assert words.count_text(text).total == len(words._WORD.findall(text))
