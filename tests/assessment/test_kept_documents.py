"""A document that can't be handed in is kept with why; sent again it is looked at anew."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from goldenthread.assessment import queries, upload_queries
from goldenthread.assessment.actions import pieces
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.upload_models import UploadPiece, UploadState
from goldenthread.common import files
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import documents
from tests import factories_assessment as made
from tests.assessment.test_pieces import MINUTE, hand_in, look, send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (documents.docx(1501), "script.too_long", "1,501 of 1,500 words: cut 1 word"),
        (documents.docx(1777), "script.too_long", "cut 277 words"),
        (documents.docx(0), "script.empty", "choose the one that holds it"),
        (documents.scanned_pdf(), "file.scanned", "paste the text into the editor"),
        (b"MZ a program", "file.mismatch", "Give it a name that ends in"),
        (documents.zip_bomb(), "file.bomb", "Copy your text into a new document"),
    ],
)
def test_a_document_that_is_refused_is_kept_as_it_came_and_the_earlier_script_counts(
    content: bytes, code: str, says: str
) -> None:
    one = made.sitting()
    made.script(one, "What counts")
    for sending in (send, look):
        with pytest.raises(Refused) as refusal:
            sending(one, content, at=made.CLOSES_AT)
        assert refusal.value.code == code
        kept = one.uploads.get()
        assert (kept.state, kept.refusal_code, kept.refusal) == (
            UploadState.REFUSED,
            code,
            refusal.value.message,
        )
        assert says in kept.refusal
        assert (kept.name, kept.size, kept.first_at) == ("mine.docx", len(content), made.CLOSES_AT)
        assert kept.file is not None
        assert files.read(kept.file) == content
        assert not UploadPiece.objects.exists()
        files.remove_unused(at=made.CLOSES_AT + timedelta(days=90))
        assert default_storage.exists(kept.file.path)
    assert one.scripts.get(current=True).text == "What counts"
    assert AuditEvent.objects.filter(verb="upload.refused").count() == 2


def test_with_more_words_granted_the_refused_document_is_handed_in_from_its_first_byte() -> None:
    one, content = made.sitting(), documents.docx(1600)
    with pytest.raises(Refused):
        send(one, content, at=made.INSIDE)
    with pytest.raises(Refused, match="1,600 of 1,500 words"):
        hand_in(one.uploads.get(), at=made.INSIDE)
    Sitting.objects.filter(pk=one.pk).update(extra_words=100)
    one = queries.get_sitting_for(one.enrolment.user, one.pk)
    looked = send(one, content, at=made.CLOSES_AT)
    assert (looked.state, looked.refused_at, looked.refusal_code, looked.refusal) == (
        UploadState.COMPLETE,
        None,
        "",
        "",
    )
    script = hand_in(looked, at=made.CLOSES_AT)
    assert (script.words, script.received_at) == (1600, made.INSIDE)


def test_a_refused_document_that_comes_again_after_the_deadline_keeps_saying_why() -> None:
    one, content = made.sitting(), documents.docx(1600)
    with pytest.raises(Refused):
        send(one, content, at=made.CLOSES_AT)
    with pytest.raises(Refused) as refusal:
        send(one, content, at=made.CLOSES_AT + timedelta(hours=3))
    assert refusal.value.code == "window.closed"
    assert (one.uploads.get().state, one.uploads.get().refusal_code) == ("refused", "script.too_long")


def test_its_owner_may_remove_a_refused_document_and_nobody_waits_for_it() -> None:
    one = made.sitting()
    made.script(one, "What counts")
    with pytest.raises(Refused):
        send(one, documents.docx(1600), at=made.CLOSES_AT)
    assert upload_queries.still_coming(one.window, at=made.CLOSES_AT + MINUTE) is None
    pieces.discard(upload=one.uploads.get(), by=one.enrolment.user, at=made.CLOSES_AT)
    assert not one.uploads.exists()


def test_a_refusal_is_told_although_the_storage_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    one = made.sitting()

    def down(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "save", down)
        with pytest.raises(Refused) as refusal:
            look(one, documents.docx(1600))
        assert refusal.value.code == "script.too_long"
