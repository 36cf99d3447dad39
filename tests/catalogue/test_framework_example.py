"""The example that the import page offers: read as any other text, alike as plain text and as a Word document."""

import zipfile
from io import BytesIO

import pytest

from goldenthread.catalogue.framework_example import AREAS, ENDINGS, example
from goldenthread.catalogue.framework_notes import Known
from goldenthread.catalogue.framework_source import read_lines
from goldenthread.catalogue.framework_text import FrameworkText, parse_framework

KNOWN = (Known("NPQLT", ("Leading Teaching",), ("School Culture", "Implementation")),)


def read(ending: str) -> FrameworkText:
    name = f"example.{ending}"
    return parse_framework(read_lines(BytesIO(example(ending)), name=name), known=KNOWN, name=name)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_piece_of_the_example_is_whole_and_nothing_is_to_be_looked_at(ending: str) -> None:
    text = read(ending)
    assert (text.programme, text.warnings) == ("NPQLT", ())
    assert [(one.name, one.complete, one.missing) for one in text.own] == [
        ("School Culture", (1, 2, 3), ()),
        ("Implementation", (1, 2), ()),
    ]
    culture, change = text.own
    assert culture.learn_that[1].text.endswith("where everybody knows the reason for them.")
    assert change.learn_that[0].text.endswith("even where it takes 30 people.")
    assert [(one.heading, [b.text for b in one.bullets]) for one in change.learn_how_to] == [
        (
            "Plan a change in 3 stages by:",
            [
                "Naming what will stop, in this order: 1. Meetings that nobody needs. 2. Forms that nobody reads.",
                "Saying who decides, and when.",
            ],
        )
    ]
    assert all(bullet.complete for area in text.own for one in area.learn_how_to for bullet in one.bullets)


def test_both_files_say_the_same_and_are_the_same_bytes_every_time() -> None:
    assert read("txt").as_json() == read("docx").as_json()
    assert all(example(ending) == example(ending) for ending in ENDINGS)


def test_its_sentences_say_that_they_are_invented() -> None:
    for _, that, _ in AREAS:
        assert all("Example:" in line for line in that if line[:1].isdigit() and line[1] == ".")


def test_the_word_document_has_the_parts_that_word_asks_for() -> None:
    with zipfile.ZipFile(BytesIO(example("docx"))) as archive:
        assert archive.testzip() is None
        assert {"[Content_Types].xml", "_rels/.rels", "word/document.xml"} == set(archive.namelist())
