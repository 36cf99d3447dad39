"""Documents: what is asked before one is touched, read once within bounds, and kept no longer than it is of use."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.http import Http404

from goldenthread.assessment import actions, words
from goldenthread.assessment.actions.upload import LOOKS
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.common import containers, files
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from tests import documents
from tests import factories_assessment as made
from tests.factories_assessment import NO_AI

LIMIT = 20 * 1024 * 1024
pytestmark = pytest.mark.django_db


class Untouchable(io.BytesIO):
    """A file that nobody may look into."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the file was read")

    seek = read  # type: ignore[assignment]


def look(one: Sitting, content: bytes, name: str = "mine.txt", *, at: Any = made.INSIDE) -> Any:
    return actions.prepare_upload(sitting=one, file=io.BytesIO(content), name=name, size_limit=LIMIT, at=at)


def again(one: Sitting, seen: Any, *, at: Any = made.INSIDE, **other: str) -> Any:
    known = {"sha256": seen.sha256, "reading": seen.reading, **other}
    stored, found_then = (files.hold(known[name], at=at) for name in ("sha256", "reading"))
    return actions.prepare_kept(stored, found_then, sitting=one, name=seen.file_name, size_limit=LIMIT, at=at)


def test_a_scan_is_refused_with_what_to_do_and_not_kept() -> None:
    one = made.sitting()
    with pytest.raises(Refused) as caught:
        look(one, documents.scanned_pdf(), "scan.pdf")
    assert caught.value.code == "file.scanned"
    assert "paste the text into the editor" in caught.value.message
    assert not StoredFile.objects.exists()


def test_what_the_count_cannot_know_is_said_at_the_look_and_when_it_is_taken() -> None:
    one = made.sitting()
    seen = look(one, "Our school is 学校.".encode())
    assert [("2 Chinese or Japanese characters" in note) for note in seen.notes] == [True]
    assert again(one, seen).notes == seen.notes


# --- before the file is touched --------------------
@pytest.mark.parametrize(
    ("at", "code"),
    [
        (made.OPENS_AT - timedelta(seconds=1), "case.not_yet"),
        (made.CLOSES_AT + timedelta(microseconds=1), "window.closed"),
    ],
)
def test_outside_the_window_a_document_is_not_even_opened(at: Any, code: str) -> None:
    one = made.sitting()
    with pytest.raises(Refused) as caught:
        actions.prepare_upload(sitting=one, file=Untouchable(), name="mine.pdf", size_limit=LIMIT, at=at)
    assert caught.value.code == code
    assert "Your text is kept" not in caught.value.message
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("state", "code"), [(WindowState.RELEASED, "window.results"), (WindowState.CANCELLED, "window.cancelled")]
)
def test_a_window_that_takes_nothing_opens_no_document(state: str, code: str) -> None:
    one = made.sitting()
    Window.objects.filter(pk=one.window_id).update(state=state)
    one.window.refresh_from_db()
    with pytest.raises(Refused) as caught:
        actions.prepare_upload(
            sitting=one, file=Untouchable(), name="mine.pdf", size_limit=LIMIT, at=made.INSIDE
        )
    assert caught.value.code == code


def test_who_withdrew_or_was_held_back_has_no_document_opened() -> None:
    one = made.sitting(made.ready(minutes=0))
    untouched = {"file": Untouchable(), "name": "mine.pdf", "size_limit": LIMIT, "at": made.INSIDE}
    with pytest.raises(Refused) as caught:
        actions.prepare_upload(sitting=one, **untouched)
    assert caught.value.code == "case.held_back"
    one.enrolment.withdrawn_at = made.INSIDE
    with pytest.raises(Http404):
        actions.prepare_upload(sitting=one, **untouched)


def test_so_many_looks_an_hour_and_the_next_one_is_told_when() -> None:
    one = made.sitting()
    for _ in range(LOOKS.times):
        look(one, b"A short answer.")
    with pytest.raises(Refused, match="Try again in 60 minutes") as caught:
        actions.prepare_upload(
            sitting=one, file=Untouchable(), name="mine.txt", size_limit=LIMIT, at=made.INSIDE
        )
    assert caught.value.code == "upload.too_often"
    assert look(one, b"A short answer.", at=made.INSIDE + LOOKS.within).count.total == 3


def test_what_could_not_be_handed_in_is_not_kept() -> None:
    one = made.sitting()
    for content in (documents.txt(1501), b"...", b"word " * 50_000):
        with pytest.raises(Refused):
            look(one, content)
    assert not StoredFile.objects.exists()
    assert not default_storage.exists("") or not default_storage.listdir("")[0]


def test_a_text_beyond_what_can_be_kept_is_refused_before_its_words_are_counted() -> None:
    with pytest.raises(Refused, match=r"250,000 characters of text; at most 200,000") as caught:
        look(made.sitting(), b"word " * 50_000)
    assert caught.value.code == "file.too_long"


# --- read once, within bounds --------------------
def test_checking_and_reading_count_against_one_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = (
        made.sitting(),
        documents.pdf_lines("Ten words that stand on each page of this document.", pages=3),
    )
    with containers.one_meter() as meter:
        words.read_document(io.BytesIO(content), words.Kind.PDF)
    monkeypatch.setattr(containers, "MAX_PDF_STEPS", meter.steps)
    words.read_document(io.BytesIO(content), words.Kind.PDF)
    with pytest.raises(Refused) as caught:
        look(one, content, "mine.pdf")
    assert caught.value.code == "file.bomb"


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_the_work_on_a_document_of_many_elements_is_bounded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = getattr(documents, kind)(paragraphs=["One"] * 2_000)
    one = made.sitting()
    monkeypatch.setattr(containers, "MAX_SECONDS", -1)
    with pytest.raises(Refused) as caught:
        look(one, content, f"mine.{kind}")
    assert caught.value.code == "file.bomb"


@pytest.mark.parametrize(
    ("line", "code"), [(b"(a b) Tj 0 -9 Td\n", "file.too_long"), (b"0 -9 Td\n", "file.bomb")]
)
def test_pages_that_draw_one_costly_stream_again_and_again_are_refused(
    line: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made.sitting()
    monkeypatch.setattr(containers, "MAX_SECONDS", 600)  # what is read ends it, however slow the machine
    with pytest.raises(Refused) as caught, containers.one_meter() as meter:
        look(one, documents.repeating_pdf(pages=150, lines=4_000, line=line), "mine.pdf")
    assert caught.value.code == code
    assert meter.steps <= containers.MAX_PDF_STEPS + 1
    assert not StoredFile.objects.exists()


def test_one_stream_of_endless_operators_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Refused) as caught, containers.one_meter() as meter:
        look(made.sitting(), documents.repeating_pdf(pages=1, lines=200_000), "mine.pdf")
    assert caught.value.code == "file.bomb"
    assert meter.steps == 0


# --- handed in from what was found --------------------
@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(documents.pdf, "mine.pdf", id="pdf"),
        pytest.param(documents.docx, "mine.docx", id="docx"),
        pytest.param(documents.odt, "mine.odt", id="odt"),
        pytest.param(documents.txt, "mine.txt", id="txt"),
    ],
)
def test_handing_in_takes_what_the_look_found_and_reads_nothing_again(
    content: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made.sitting()
    seen = look(one, content(300), name)
    monkeypatch.setattr(containers, "MAX_SECONDS", -1)
    monkeypatch.setattr("goldenthread.assessment.rules.DRAFT_LIMIT", 0)  # a document that is read is refused
    found = again(one, seen)
    assert found == seen
    assert found.count.total == 300


def test_by_another_word_rule_the_document_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one = made.sitting()
    seen = look(one, b"Three words here.")
    monkeypatch.setattr(words, "RULE", "words-3")
    monkeypatch.setattr("goldenthread.assessment.rules.DRAFT_LIMIT", 5)
    with pytest.raises(Refused) as caught:
        again(one, seen)
    assert caught.value.code == "file.too_long"


def test_what_was_found_in_another_document_is_not_taken_for_this_one() -> None:
    one = made.sitting()
    first, second = look(one, b"The first."), look(one, b"Then the second.")
    for strange in (second.reading, second.sha256, first.sha256, "0" * 64, ""):
        assert again(one, first, reading=strange).text == "The first."


def test_a_document_that_must_be_read_again_is_not_after_the_deadline() -> None:
    one = made.sitting()
    seen = look(one, b"The first.")
    with pytest.raises(Refused) as caught:
        again(one, seen, reading="", at=made.CLOSES_AT + timedelta(seconds=1))
    assert caught.value.code == "window.closed"


def test_a_kept_document_that_is_gone_is_asked_for_again() -> None:
    one = made.sitting()
    seen = look(one, documents.docx(50), "mine.docx")
    default_storage.delete(seen.file.path)
    with pytest.raises(Refused, match="choose it again"):
        again(one, seen)


def test_a_document_that_is_being_handed_in_survives_the_nightly_removal() -> None:
    one, content = made.sitting(), documents.docx(50)  # which holds the time at which it was made
    seen = look(one, content, "mine.docx")
    later = made.INSIDE + timedelta(hours=25)
    held = again(one, seen, at=later - timedelta(minutes=1))
    assert files.remove_unused(at=later) == 0
    script = actions.submit_script(
        sitting=one, response=held, key="k", own_work=True, ai=NO_AI, by=one.enrolment.user, at=later
    )
    assert (
        files.remove_unused(at=later + timedelta(days=3)) == 1
    )  # what was found; the document itself is a script's
    assert script.file is not None
    assert files.read(script.file) == content
