"""What an upload is found to be, and what is refused: by content, never by name or claimed type."""

import io
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldenthread.common import containers
from goldenthread.common.filetypes import Kind, check_document, kind_of_name, size_text
from goldenthread.common.refused import Refused
from tests import documents

LIMIT = 10 * 1024 * 1024
SOUND = {
    "docx": documents.docx(200),
    "odt": documents.odt(200),
    "pdf": documents.pdf(200),
    "txt": documents.txt(200),
}


def check(data: bytes, name: str = "answer.docx", *, limit: int = LIMIT) -> Kind:
    return check_document(io.BytesIO(data), name=name, size_limit=limit)


def refusal(data: bytes, name: str = "answer.docx", *, limit: int = LIMIT) -> Refused:
    with pytest.raises(Refused) as caught:
        check(data, name, limit=limit)
    assert caught.value.field == "upload"
    return caught.value


def outcome(data: bytes, name: str) -> str:
    """The kind that was found, or the code of the refusal; anything else is a failure."""
    try:
        return check(data, name)
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize("kind", SOUND)
def test_each_kind_is_recognised_by_its_content(kind: str) -> None:
    assert check(SOUND[kind], f"answer.{kind}") is Kind(kind)


@pytest.mark.parametrize(
    "name", ["Réflexion ŵ ŷ – 案例.docx", "ANSWER.DOCX", "a.b.docx", "C:\\work\\my answer.docx"]
)
def test_names_may_be_in_any_language_and_case(name: str) -> None:
    assert check(SOUND["docx"], name) is Kind.DOCX


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.pdf", "pdf"), ("a.Docx ", "docx"), ("a.doc", None), ("docx", None), ("", None), (".", None)],
)
def test_kind_of_name_reads_the_ending(name: str, kind: str | None) -> None:
    assert kind_of_name(name) == kind


def test_file_is_left_rewound_when_accepted() -> None:
    file = io.BytesIO(SOUND["pdf"])
    check_document(file, name="a.pdf", size_limit=LIMIT)
    assert file.tell() == 0


def test_file_is_left_rewound_when_refused() -> None:
    file = io.BytesIO(documents.program())
    with pytest.raises(Refused):
        check_document(file, name="a.pdf", size_limit=LIMIT)
    assert file.tell() == 0


def test_reading_starts_at_the_beginning_wherever_the_file_stood() -> None:
    file = io.BytesIO(SOUND["docx"])
    file.seek(0, 2)
    assert check_document(file, name="a.docx", size_limit=LIMIT) is Kind.DOCX


@pytest.mark.parametrize("data", [b"", b"   \r\n\t ", b"\xef\xbb\xbf"])
def test_nothing_is_refused_as_empty(data: bytes) -> None:
    assert refusal(data, "a.txt").code == "file.empty"


def test_too_big_names_both_sizes() -> None:
    refused = refusal(b"x" * 1_572_864, "a.txt", limit=1024 * 1024)
    assert refused.code == "file.too_big"
    assert "1.5 MB" in refused.message
    assert "1 MB" in refused.message


def test_a_byte_too_many_is_still_told_apart() -> None:
    message = refusal(b"x" * (1024 * 1024 + 1), "a.txt", limit=1024 * 1024).message
    assert "1,048,577 bytes" in message
    assert "1,048,576 bytes" in message


def test_a_file_of_exactly_the_limit_is_accepted() -> None:
    assert check(b"x" * 1000, "a.txt", limit=1000) is Kind.TXT


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 byte"), (900, "900 bytes"), (2048, "2 KB"), (2_097_152, "2 MB"), (1_572_864, "1.5 MB")],
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (documents.program(), "Windows program"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "archive"),
        (rb"{\rtf1\ansi Hello}", "RTF"),
        (b"<!DOCTYPE html><p>Hello", "web page"),
        (b"<?xml version='1.0'?><w:wordDocument/>", "XML"),
        (documents.old_doc(), "old Word document"),
        (documents.old_container("Workbook"), "old Office file"),
        (documents.archive({"photo.jpg": b"x"}), "zip archive"),
        (documents.archive({}), "zip archive"),
        (documents.archive({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"}), "spreadsheet"),
        (documents.archive({"ppt/presentation.xml": "<w/>"}), "slide presentation"),
        (documents.archive({"Index/Document.iwa": b"x"}), "Pages"),
        (documents.archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "zip archive"),
        (documents.docx(main_type="application/vnd.example"), "no Word document"),
        (b"\x00\x01\x02\x03" * 9, "unknown kind"),
        ("text".encode("utf-16-le"), "unknown kind"),
    ],
)
@pytest.mark.parametrize("name", ["a.docx", "a.txt", "a.exe"])
def test_what_is_no_document_is_refused_by_type_under_any_name(data: bytes, what: str, name: str) -> None:
    refused = refusal(data, name)
    assert refused.code == "file.type"
    assert what in refused.message


@pytest.mark.parametrize("inner", ["docx", "pdf"])
def test_a_document_inside_a_zip_is_not_looked_for(inner: str) -> None:
    assert refusal(documents.archive({f"answer.{inner}": SOUND[inner]})).code == "file.type"


@pytest.mark.parametrize("kind", ["docx", "odt", "pdf"])
@pytest.mark.parametrize("claimed", ["docx", "odt", "pdf", "txt"])
def test_content_decides_between_the_four_kinds(kind: str, claimed: str) -> None:
    assert check(SOUND[kind], f"answer.{claimed}") is Kind(kind)


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize(
    "name", ["answer.doc", "answer.exe", "answer", "answer.docx.exe", "answer\u202excod.exe"]
)
def test_a_document_under_another_name_is_refused_and_told_how_to_name_it(kind: str, name: str) -> None:
    refused = refusal(SOUND[kind], name)
    assert refused.code == "file.mismatch"
    assert f"“.{kind}”" in refused.message


@pytest.mark.parametrize("name", ["answer.docx", "answer.pdf", "answer.odt"])
def test_plain_text_must_be_named_as_text(name: str) -> None:
    assert refusal(SOUND["txt"], name).code == "file.mismatch"


@pytest.mark.parametrize("kind", ["docx", "odt", "pdf"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_broken_upload_is_refused(kind: str, share: float) -> None:
    assert refusal(documents.truncated(SOUND[kind], share=share), f"a.{kind}").code == "file.damaged"


@pytest.mark.parametrize(
    "data",
    [
        documents.docx(entries={"word/document.xml": "<w:document"}),
        documents.docx(entries={"word/document.xml": "<html/>"}),
        documents.docx(entries={"[Content_Types].xml": "<Types"}),
        documents.docx(entries={"WORD/Document.xml": "<again/>"}),
        documents.odt(entries={"content.xml": "<office:document-content"}),
        documents.odt(entries={"content.xml": "<other/>"}),
        b"%PDF-1.7\nnothing of the sort\n%%EOF\n",
        b"PK\x03\x04" + b"nonsense " * 100,
    ],
)
def test_what_cannot_be_parsed_is_damaged(data: bytes) -> None:
    assert refusal(data).code == "file.damaged"


def test_a_flipped_byte_in_an_entry_is_noticed() -> None:
    data = bytearray(documents.docx(10, entries={"word/media/picture.bin": bytes(range(256)) * 20}))
    data[data.find(b"word/media/picture.bin") + 60] ^= 0xFF
    assert refusal(bytes(data)).code == "file.damaged"


def test_a_fault_in_a_part_without_text_does_not_matter() -> None:
    assert check(documents.docx(10, entries={"word/theme/theme1.xml": "<a:theme>"})) is Kind.DOCX


@pytest.mark.parametrize(
    "data",
    [documents.encrypted_pdf(), documents.encrypted_docx(), documents.encrypted_odt()],
    ids=["pdf", "docx", "odt"],
)
def test_a_password_is_refused(data: bytes) -> None:
    refused = refusal(data)
    assert refused.code == "file.encrypted"
    assert "without the password" in refused.message


def test_an_encrypted_zip_entry_is_refused() -> None:
    data = bytearray(SOUND["docx"])
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)).code == "file.encrypted"


def test_a_pdf_that_only_forbids_editing_is_accepted() -> None:
    assert check(documents.pdf(50, owner_password="owner"), "a.pdf") is Kind.PDF


@pytest.mark.parametrize(
    "data",
    [
        documents.macro_docx(),
        documents.docx(main_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
        documents.docx(
            entries={
                "word/harmless.bin": b"x",
                "[Content_Types].xml": documents.content_types(
                    {
                        "word/document.xml": documents.DOCUMENT_TYPE,
                        "word/harmless.bin": "application/vnd.ms-office.vbaProject",
                    }
                ),
            }
        ),
        documents.odt(entries={"Basic/Standard/Module1.xml": "<m/>"}),
        documents.odt(entries={"Scripts/python/run.py": "pass"}),
    ],
)
def test_macros_are_refused(data: bytes) -> None:
    assert refusal(data).code == "file.macros"


def test_an_empty_macro_library_is_no_macro() -> None:
    libraries = {"Basic/script-lc.xml": "<l/>", "Basic/Standard/script-lb.xml": "<l/>"}
    assert check(documents.odt(10, entries=libraries)) is Kind.ODT


@pytest.mark.parametrize(
    "data",
    [
        documents.entity_docx(),
        documents.laughing_docx(),
        documents.docx(
            10, entries={"customXml/item1.xml": "<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><a/>"}
        ),
        documents.odt(entries={"content.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
        documents.odt(entries={"META-INF/manifest.xml": "<!DOCTYPE a [<!ENTITY % b SYSTEM 'x'> %b;]><a/>"}),
    ],
)
def test_entities_and_document_types_are_refused(data: bytes) -> None:
    assert refusal(data).code == "file.entities"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "word/../../x", "..\\x", "\\x", "C:\\x", "c:x", "word\\..\\..\\x"],
)
def test_an_entry_with_a_path_out_of_the_archive_is_refused(name: str) -> None:
    assert refusal(documents.escaping_docx(name)).code == "file.path"


@pytest.mark.parametrize("made", [documents.zip_bomb, documents.crowded_zip], ids=["ratio", "entries"])
def test_zip_bombs_are_refused(made: Callable[[], bytes]) -> None:
    data = made()
    assert len(data) < LIMIT
    assert refusal(data).code == "file.bomb"


def test_the_total_of_many_moderate_entries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_UNPACKED", 5_000)
    assert (
        refusal(documents.docx(10, entries={f"{n}.bin": bytes(1000) for n in range(5)})).code == "file.bomb"
    )


def test_a_declared_size_that_lies_is_damaged() -> None:
    data = bytearray(documents.docx(10, entries={"zz.bin": bytes(200_000)}))
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    assert refusal(bytes(data)).code == "file.damaged"


def test_unpacking_stops_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = containers.open_archive(io.BytesIO(documents.docx(10, entries={"a.bin": bytes(100_000)})))
    monkeypatch.setattr(containers, "MAX_UNPACKED", 50_000)
    with pytest.raises(Refused) as caught:
        containers.check_unpacks(archive)
    assert caught.value.code == "file.bomb"


def test_a_small_highly_packed_entry_is_no_bomb() -> None:
    assert check(documents.docx(10, entries={"word/media/a.bin": bytes(900_000)})) is Kind.DOCX


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_word_processors_never_use_is_refused(packing: int) -> None:
    buffer = io.BytesIO(SOUND["docx"])
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr("word/a.bin", b"x" * 100, packing)
    assert refusal(buffer.getvalue()).code == "file.damaged"


def test_endless_nesting_is_refused() -> None:
    assert refusal(documents.docx(xml="<w:sdt>" * 400 + "</w:sdt>" * 400)).code == "file.bomb"


def test_countless_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_ELEMENTS", 1_000)
    assert refusal(documents.docx(xml="<w:r/>" * 1_000)).code == "file.bomb"


def test_another_document_imported_into_a_word_document_is_refused() -> None:
    assert refusal(documents.docx(10, xml="<w:altChunk/>")).code == "file.embedded"


def test_a_scan_is_refused_with_a_way_out() -> None:
    refused = refusal(documents.scanned_pdf(), "scan.pdf")
    assert refused.code == "file.scanned"
    assert "Export it from your word processor, or paste the text" in refused.message


@pytest.mark.parametrize(
    ("bound", "value"), [("MAX_PAGES", 2), ("MAX_PDF_STEPS", 20), ("MAX_PAGE_BYTES", 50)]
)
def test_the_work_on_a_pdf_is_bounded(bound: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = documents.pdf(1_500)
    monkeypatch.setattr(containers, bound, value)
    assert refusal(data, "a.pdf").code == "file.bomb"


def test_the_time_on_a_pdf_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_SECONDS", -1)
    assert refusal(SOUND["pdf"], "a.pdf").code == "file.bomb"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_in_the_usual_encodings_is_accepted(encoding: str) -> None:
    assert check("“Café” – naïve".encode(encoding), "a.txt") is Kind.TXT


@pytest.mark.parametrize("data", [b"text\0text", b"text \x07", b"\xff\xfe\x00", b"\x81\x8d\x9d"])
def test_binary_content_is_no_plain_text(data: bytes) -> None:
    assert refusal(data, "a.txt").code == "file.type"


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from(sorted(SOUND)))
def test_damage_of_any_sort_is_refused_or_survived_but_never_an_error(data: st.DataObject, kind: str) -> None:
    sound = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(sound) - 1))
        sound[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    found = outcome(bytes(sound), f"a.{kind}")
    assert found in SOUND or found.startswith("file.")


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"MZ", b"\xff\xfe"]),
    rest=st.binary(max_size=400),
)
def test_noise_is_refused_or_text_but_never_an_error(start: bytes, rest: bytes) -> None:
    found = outcome(start + rest, "a.txt")
    assert found == "txt" or found.startswith("file.")
