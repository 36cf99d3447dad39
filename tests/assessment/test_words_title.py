"""The title of a document as a part of its own: the first paragraph in the style Title, which may be left out."""

import io
import zipfile

import docx as python_docx
import pytest

from goldenthread.assessment.words import (
    APART,
    WordCount,
    count_document,
    count_text,
    read_document,
    rule_name,
    rule_text,
)
from goldenthread.catalogue import policies
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.common.filetypes import Kind, check_document
from tests import documents
from tests.assessment.test_policies import specification
from tests.documents import deleted, inserted, paragraph, run, table, text_box

WITHOUT = (*APART, "title")


def count(data: bytes, kind: str = "docx") -> WordCount:
    file = io.BytesIO(data)
    assert check_document(file, name=f"a.{kind}", size_limit=10**8) == kind
    return count_document(file, Kind(kind))


def styled(*texts: str, style: str = "Title", xml: str = "") -> str:
    return paragraph(*texts, xml=xml).replace("<w:p>", f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>', 1)


def odt_styled(text: str, style: str = "Title") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


@pytest.mark.parametrize("style", ["Title", "Titel", "Titre"])
def test_the_title_is_a_part_that_counts_unless_it_is_left_out(style: str) -> None:
    found = count(documents.docx(xml=styled("Reading for all", style=style) + paragraph("one two")))
    assert (found.total, found.parts) == (5, {"title": 3, "body": 2})
    left = found.leaving_out(WITHOUT)
    assert (left.total, left.excluded, left.rule) == (2, {"title": 3}, "words-2-h")
    assert found.leaving_out(APART) == found


@pytest.mark.parametrize(
    ("now", "former", "title"), [("", "Title", 0), ("Title", "Heading1", 2), ("Title", "", 2)]
)
def test_of_a_tracked_change_of_style_the_present_one_counts(now: str, former: str, title: int) -> None:
    def style(name: str) -> str:
        return f'<w:pStyle w:val="{name}"/>' if name else ""

    change = f'<w:pPrChange w:id="1" w:author="A"><w:pPr>{style(former)}</w:pPr></w:pPrChange>'
    first = paragraph("a b").replace("<w:p>", f"<w:p><w:pPr>{style(now)}{change}</w:pPr>", 1)
    found = count(documents.docx(xml=first + paragraph("c")))
    assert (found.parts.get("title", 0), found.total) == (title, 3)


@pytest.mark.parametrize(
    ("xml", "title", "total"),
    [
        (styled("a b", style="Heading1") + paragraph("c"), 0, 3),
        (styled("a b", style="Subtitle") + paragraph("c"), 0, 3),
        (styled("a b") + styled("c d e"), 2, 5),  # only the first
        (styled("") + styled(" ") + styled("a b") + paragraph("c"), 2, 3),  # an empty one is none
        (paragraph("Course 7") + styled("a b"), 2, 4),  # what stands before it is none
        (
            table(["x"]).replace("<w:p>", '<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr>') + paragraph("c"),
            0,
            2,
        ),
        (styled("a ", xml=deleted("gone") + run("b")) + paragraph("c"), 2, 3),
        (styled("a", xml=run(" b") + inserted(" new")) + paragraph("c"), 2, 4),
        (styled("a b", xml=text_box("in a box")) + paragraph("c d"), 2, 7),
    ],
)
def test_what_is_a_title_in_word(xml: str, title: int, total: int) -> None:
    found = count(documents.docx(xml=xml))
    assert (found.parts.get("title", 0), found.total) == (title, total)


@pytest.mark.parametrize(
    ("xml", "title", "total"),
    [
        (odt_styled("a b") + odt_styled("c", "Standard"), 2, 3),
        (odt_styled("a b") + odt_styled("c"), 2, 3),
        (odt_styled("") + odt_styled("a b"), 2, 2),
        (odt_styled("a b", "Subtitle") + odt_styled("c", "P1"), 0, 3),
        (odt_styled('a <text:span text:style-name="T1">b</text:span>') + odt_styled("c", "P1"), 2, 3),
    ],
)
def test_what_is_a_title_in_an_open_document(xml: str, title: int, total: int) -> None:
    found = count(documents.odt(xml=xml), "odt")
    assert (found.parts.get("title", 0), found.total) == (title, total)


def test_a_style_that_a_document_derives_from_title_is_one() -> None:
    data = documents.odt(xml=odt_styled("a b", "P1") + odt_styled("c", "P2"))
    plain = "<office:body>"
    derived = (
        '<office:automatic-styles><style:style style:name="P1" style:family="paragraph" '
        'style:parent-style-name="Title"/><style:style style:name="P2" style:parent-style-name="Standard"/>'
        "</office:automatic-styles>"
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("content.xml").decode().replace(plain, derived + plain)
    found = count(documents.odt(entries={"content.xml": content}), "odt")
    assert found.parts == {"title": 2, "body": 1}


def test_what_word_itself_writes_is_found() -> None:
    made = python_docx.Document()
    made.add_heading("Reading for all", level=0)
    made.add_paragraph("one two")
    out = io.BytesIO()
    made.save(out)
    assert count(out.getvalue()).parts == {"title": 3, "body": 2}


def test_no_count_of_a_document_changes_by_it() -> None:
    data = documents.docx(
        xml=styled("References") + paragraph("a book") + styled("Annex A") + paragraph("what")
    )
    found = count(data)
    assert found.total == 6
    assert found.leaving_out((*APART, "references", "annexes")).total == 0
    reading = read_document(io.BytesIO(documents.docx(xml=styled("A b") + paragraph("c"))), Kind.DOCX)
    assert reading.text == "A b\nc"
    assert count_text("A title\n\nand words").parts == {"body": 4}


def test_the_rule_is_named_and_stated_with_it() -> None:
    assert rule_name(WITHOUT) == "words-2-h"
    assert "the title (the first paragraph in the style Title of Word or OpenDocument)" in rule_text(WITHOUT)
    assert "title" not in rule_text().replace("your name, the title", "")
    assert specification(', "title"').assessment.counting.not_counted == WITHOUT
    assert "title" not in policies.AT_THE_END


def test_only_the_first_words_can_not_be_marked_where_it_is_left_out() -> None:
    with pytest.raises(SpecificationError, match="must stand at the end"):
        specification(', "title"', "cut")
