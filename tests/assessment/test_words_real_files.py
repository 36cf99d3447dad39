"""Files that LibreOffice 7.4 itself wrote of one account: as a Word document, as its own, and as a PDF.

The account has a heading, three paragraphs, a list, a table, a footnote, a text box, a header and a footer, a tracked
insertion, a tracked deletion, a comment and a reference.
"""

from pathlib import Path

import pytest

from goldenthread.assessment import words
from goldenthread.assessment.rules import DRAFT_LIMIT
from goldenthread.common.filetypes import check_document

FILES = Path(__file__).parent / "files"
COUNTED = {"body": 47, "tables": 10, "text_boxes": 7, "footnotes": 4, "insertions": 3, "references": 6}
APART = {"headers": 7, "deletions": 2, "comments": 2}


def read(name: str) -> words.Reading:
    with (FILES / name).open("rb") as file:
        kind = check_document(file, name=name, size_limit=10**7)
        return words.read_document(file, kind, most=DRAFT_LIMIT)


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_a_word_document_and_an_opendocument_of_libreoffice_have_one_count_part_by_part(kind: str) -> None:
    found = read(f"libreoffice.{kind}").count
    assert (found.total, found.parts, found.excluded) == (77, COUNTED, APART)


def test_a_pdf_has_the_same_words_and_can_not_tell_header_and_deletion_from_the_text() -> None:
    """They are printed on its one page: 7 words of header and footer, and 2 that a tracked change took out."""
    found = read("libreoffice.pdf")
    assert found.count.total == 77 + APART["headers"] + APART["deletions"]
    assert "the well-being of 1,500 pupils improved" in " ".join(found.text.split())


def test_what_is_read_of_both_is_the_same_text() -> None:
    one, other = (sorted(read(f"libreoffice.{kind}").text.split()) for kind in ("docx", "odt"))
    assert one == other
