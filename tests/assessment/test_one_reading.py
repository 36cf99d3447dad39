"""A document that is checked and read in one go: refused and counted as by the check and then the count."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldenthread.assessment import words
from goldenthread.assessment.words import check_and_read, read_document
from goldenthread.commands.words import run
from goldenthread.common import containers
from goldenthread.common.filetypes import check_document
from goldenthread.common.refused import Refused
from tests import documents
from tests.documents import control, deleted, inserted, paragraph, table, text_box

LIMIT = 500_000
RELAXED = settings(max_examples=150, suppress_health_check=list(HealthCheck))
TEXT = st.text(alphabet="abé1ŵ-'/.,_— \u00a0\u200b\u00ad手ไ", max_size=30)
PIECES: st.SearchStrategy[str] = st.one_of(
    st.builds(paragraph, TEXT, TEXT),
    st.builds(lambda text: table([text, "two words"]), TEXT),
    st.builds(lambda text, other: paragraph(xml=text_box(text, fallback=other)), TEXT, TEXT),
    st.builds(control, TEXT),
    st.builds(lambda text, more: paragraph(text, xml=inserted(more) + deleted(text)), TEXT, TEXT),
    st.just(paragraph("References")),
    st.sampled_from(
        [
            "<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r></w:p>",
            "<!-- said aside --><?a processor's &amp; note?>",
            "<w:p><m:t>x &lt; y</m:t></w:p>",
            "<w:p><w:r><w:t><![CDATA[as it is]]></w:t></w:r></w:p>",
            '<x:p xmlns:x="urn:another"><w:t>inside of it</w:t></x:p>',
        ]
    ),
)
BAD_PIECES = st.sampled_from(
    [
        "<w:altChunk/>",
        "<w:sdt>" * 300 + "</w:sdt>" * 300,
        "&nothing;",
        "<q:none/>",
        "</w:p>",
        '<w:p a="1" a="2"/>',
    ]
)
BAD_ENTRIES = {
    "word/styles.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "word/theme/theme1.xml": "<a>",
    "word/settings.xml": "<a>" * 300 + "</a>" * 300,
    "word/numbering.xml": f'<a xmlns:w="{documents.W}"><w:altChunk/></a>',
    "word/media/image1.png": bytes(2_000_000),
    "word/vbaProject.bin": b"x",
    "../outside": b"x",
    "customXml/item1.xml": "<a>&nothing;</a>",
    "word/Document.xml": "<again/>",
}


def outcome(read: Callable[[io.BytesIO], tuple[Any, words.Reading]], data: bytes) -> Any:
    """All that is known of a document afterwards; or how it was refused."""
    try:
        kind, found = read(io.BytesIO(data))
    except Refused as refused:
        return refused.code, refused.message, refused.field
    count = found.count
    return kind, found.text, list(count.parts.items()), list(count.excluded.items()), count.total, found.notes


def in_one(data: bytes) -> Any:
    return outcome(lambda file: check_and_read(file, name="a.docx", size_limit=LIMIT), data)


def in_two(data: bytes) -> Any:
    def read(file: io.BytesIO) -> tuple[Any, words.Reading]:
        kind = check_document(file, name="a.docx", size_limit=LIMIT)
        return kind, read_document(file, kind)

    return outcome(read, data)


@RELAXED
@given(
    pieces=st.lists(PIECES, max_size=8), notes=st.lists(TEXT, max_size=2), bad=st.lists(BAD_PIECES, max_size=1),
    entries=st.lists(st.sampled_from(sorted(BAD_ENTRIES)), max_size=2, unique=True),
)  # fmt: skip
def test_one_reading_refuses_and_counts_as_the_two_do(
    pieces: list[str], notes: list[str], bad: list[str], entries: list[str]
) -> None:
    data = documents.docx(
        xml="".join([*pieces, *bad]), footnotes=notes, headers=notes, comments=notes,
        entries={name: BAD_ENTRIES[name] for name in entries},
    )  # fmt: skip
    assert in_one(data) == in_two(data)


@RELAXED
@given(data=st.data(), kind=st.sampled_from(["docx", "odt", "pdf", "txt"]))
def test_a_damaged_document_of_any_kind_too(data: st.DataObject, kind: str) -> None:
    content = bytearray(getattr(documents, kind)(60))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert in_one(bytes(content)) == in_two(bytes(content))


@pytest.mark.parametrize(
    "name", [name for name in BAD_ENTRIES if name not in {"word/theme/theme1.xml", "customXml/item1.xml"}]
)
def test_what_is_hostile_beside_the_text_is_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        check_and_read(
            io.BytesIO(documents.docx(50, entries={name: BAD_ENTRIES[name]})), name="a.docx", size_limit=LIMIT
        )
    assert caught.value.code.startswith("file.")


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_the_command_counts_the_file_as_the_one_reading_does(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = getattr(documents, kind)(1_234, paragraphs=["Bwrdd y ŵyl – well-being", "References", "One book."])
    path = tmp_path / f"mine.{kind}"
    path.write_bytes(data)
    assert run([str(path)]) == 0
    _, found = check_and_read(io.BytesIO(data), name=path.name, size_limit=LIMIT)
    assert found.count.parts == {"body": 1_238, "references": 3}
    assert capsys.readouterr().out.startswith(f"{found.count.total:,} words")


# --- once ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_each_entry_is_unpacked_once_and_each_part_parsed_once(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = getattr(documents, kind)(200, headers=["Top"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    unpacked: list[str] = []
    parsed: list[bytes] = []
    opens, parses = zipfile.ZipFile.open, containers.DefusedXMLParser.feed

    def opened(archive: Any, name: Any, *rest: Any, **more: Any) -> Any:
        unpacked.append(getattr(name, "filename", name))
        return opens(archive, name, *rest, **more)

    def fed(parser: Any, content: bytes) -> Any:
        parsed.append(content)
        return parses(parser, content)

    monkeypatch.setattr(zipfile.ZipFile, "open", opened)
    monkeypatch.setattr(containers.DefusedXMLParser, "feed", fed)
    check_and_read(io.BytesIO(data), name=f"a.{kind}", size_limit=LIMIT)
    # What says which kind it is, and whether it can be opened at all, is asked before anything is unpacked.
    first = {"docx": ["[Content_Types].xml"], "odt": ["mimetype", "META-INF/manifest.xml"]}[kind]
    assert sorted(unpacked) == sorted([*names, *first])
    texts = [
        content
        for content in parsed
        if b"Top" in content or b"</w:document>" in content or b"office:text" in content
    ]
    assert len(texts) == len(set(texts)) == 2


def test_what_takes_too_much_room_is_unpacked_again_and_bounded_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = documents.docx(2_000, entries={"docProps/app.xml": "<a/>"})
    sound = in_one(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("word/document.xml").file_size
        kept = containers.check_unpacks(archive, keep=archive.namelist())
        assert kept == {name: archive.read(name) for name in archive.namelist()}
        monkeypatch.setattr(containers, "MAX_XML", size)
        assert list(containers.check_unpacks(archive, keep=["word/document.xml"])) == ["word/document.xml"]
        monkeypatch.setattr(containers, "MAX_XML", size - 1)
        assert containers.check_unpacks(archive, keep=["word/document.xml"]) == {}
    assert in_one(data) == in_two(data)
    assert in_one(data) != sound
    assert in_one(data)[0] == "file.bomb"


def test_nothing_is_given_of_a_document_whose_last_entry_is_refused() -> None:
    data = documents.docx(50, entries={"zz/last.xml": '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[-1] == "zz/last.xml"
    assert in_one(data)[0] == "file.entities"


def test_names_that_only_look_like_those_of_a_document_hold_no_text() -> None:
    strange = '<x:t xmlns:x="urn:w">not counted</x:t><t xmlns="">nor this</t>'
    assert in_one(documents.docx(10, xml=f"<w:p>{strange}</w:p>"))[4] == 10


# --- the words of many paragraphs together ---------------------------------------------------------------
@RELAXED
@given(texts=st.lists(st.text(alphabet="ab1é-—'.\u00ad\u200b手ไ \n", max_size=12), max_size=6))
def test_paragraphs_counted_together_have_the_words_that_each_has(texts: list[str]) -> None:
    allowed = [text for text in texts if text]
    expected = sum(words.count_text(text).total for text in allowed)
    assert in_one(documents.docx(1, paragraphs=allowed))[4] == 1 + expected
