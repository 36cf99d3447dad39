"""A document that begins after the deadline: kept as it came, in pieces or whole, bounded, and counting for nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.assessment import actions, upload_queries
from goldenthread.assessment.actions import pieces
from goldenthread.assessment.actions.arrival import measured
from goldenthread.assessment.actions.at_once import Declared, hand_in_form, hand_in_whole
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.upload_models import Upload, UploadState
from goldenthread.common import files
from goldenthread.common.models import AuditEvent, StoredFile
from goldenthread.common.refused import Refused
from tests import documents, factories
from tests import factories_assessment as made
from tests.assessment.test_pieces import LIMIT, begin, hand_in, look, send, sent

pytestmark = pytest.mark.django_db
LATE = [timedelta(microseconds=1), timedelta(minutes=59), timedelta(days=9)]


def whole(one: Sitting, content: bytes, at: datetime) -> None:
    look(one, content, at=at, head_at=at)


def in_pieces(one: Sitting, content: bytes, at: datetime) -> None:
    send(one, content, at=at)


def whole_at_once(one: Sitting, content: bytes, at: datetime) -> None:
    document = sent(one, content, at=at, head_at=at)
    said = Declared(key="k", own_work=True, ai=made.NO_AI, by=one.enrolment.user)
    hand_in_form(document, known_as=measured(document.file), declared=said)


def pieces_at_once(one: Sitting, content: bytes, at: datetime) -> None:
    said = Declared(key="k", own_work=True, ai=made.NO_AI, by=one.enrolment.user)
    upload = begin(one, content, first=len(content), at=at)
    hand_in_whole(upload=upload, size_limit=LIMIT, declared=said, at=at)


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("after", LATE)
@pytest.mark.parametrize("way", [whole, in_pieces, whole_at_once, pieces_at_once])
def test_it_is_kept_as_it_came_and_counts_for_nothing(way: Any, after: timedelta) -> None:
    one, content, late = made.sitting(), documents.docx(20), made.CLOSES_AT + after
    made.script(one, "What counts")
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            way(one, content, late)
        assert refusal.value.code == uploads.AFTER_DEADLINE
    kept = one.uploads.get()
    assert (kept.state, kept.refusal_code, kept.refusal) == (
        UploadState.REFUSED,
        uploads.AFTER_DEADLINE,
        refusal.value.message,
    )
    assert "arrived after the deadline" in kept.refusal
    assert "Write to the programme office today" in kept.refusal
    assert "a late policy or an appeal may admit it" in kept.refusal
    assert (kept.first_at, kept.size) == (late, len(content))
    assert kept.file is not None
    assert files.read(kept.file) == content
    assert one.scripts.get(current=True).text == "What counts"
    assert upload_queries.still_coming(one.window, at=late) is None
    with pytest.raises(Refused) as again:
        hand_in(kept, at=late)
    assert again.value.code == uploads.AFTER_DEADLINE
    assert set(AuditEvent.objects.filter(verb="upload.refused").values_list("details__why", flat=True)) == {
        uploads.AFTER_DEADLINE
    }


@pytest.mark.parametrize("after", [timedelta(0), -timedelta(minutes=1)])
def test_the_last_instant_is_in_time(after: timedelta) -> None:
    one = made.sitting()
    assert send(one, documents.docx(20), at=made.CLOSES_AT + after).state == UploadState.COMPLETE
    assert look(one, documents.docx(21), at=made.CLOSES_AT + after, head_at=made.CLOSES_AT + after)


@pytest.mark.parametrize("way", [whole, in_pieces])
def test_with_more_days_that_cover_its_first_byte_it_is_handed_in_as_it_is(way: Any) -> None:
    one, late = made.sitting(), made.CLOSES_AT + timedelta(hours=3)
    with pytest.raises(Refused):
        way(one, documents.docx(20), late)
    Sitting.objects.filter(pk=one.pk).update(closes_at=late - timedelta(microseconds=1))
    with pytest.raises(Refused):
        hand_in(one.uploads.get(), at=late)
    Sitting.objects.filter(pk=one.pk).update(closes_at=late)
    script = hand_in(one.uploads.get(), at=late + timedelta(minutes=2))
    assert (script.words, script.received_at) == (20, late)


def test_an_admitted_document_that_can_not_be_handed_in_says_why_now() -> None:
    one, late = made.sitting(), made.CLOSES_AT + timedelta(hours=3)
    with pytest.raises(Refused):
        whole(one, documents.docx(1600), late)
    Sitting.objects.filter(pk=one.pk).update(closes_at=late)
    with pytest.raises(Refused, match="1,600 of 1,500 words"):
        hand_in(one.uploads.get(), at=late)
    assert one.uploads.get().refusal_code == "script.too_long"


@pytest.mark.parametrize("way", [whole, in_pieces])
def test_so_many_of_a_sitting_and_one_can_make_room(way: Any) -> None:
    one, late = made.sitting(), made.CLOSES_AT + timedelta(hours=1)
    for number in range(uploads.MOST_AFTER):
        with pytest.raises(Refused) as refusal:
            way(one, documents.docx(20 + number), late)
        assert refusal.value.code == uploads.AFTER_DEADLINE
    with pytest.raises(Refused) as refusal:
        way(one, documents.docx(90), late)
    assert refusal.value.code == "upload.after_many"
    assert "send it to them" in refusal.value.message
    assert one.uploads.count() == uploads.MOST_AFTER
    other = made.sitting()
    with pytest.raises(Refused) as refusal:  # everybody has room of their own
        way(other, documents.docx(90), late)
    assert refusal.value.code == uploads.AFTER_DEADLINE
    first = one.uploads.order_by("pk").first()
    assert first is not None
    pieces.discard(upload=first, by=one.enrolment.user, at=late)
    with pytest.raises(Refused) as refusal:
        way(one, documents.docx(90), late)
    assert refusal.value.code == uploads.AFTER_DEADLINE


@pytest.mark.parametrize(("kept", "room"), [(3 * 1000 - 200, True), (3 * 1000 - 199, False), (0, True)])
def test_and_so_many_bytes_together(kept: int, room: bool) -> None:
    if room:
        uploads.check_room_after(2, kept, 200, limit=1000)
        return
    with pytest.raises(Refused) as refusal:
        uploads.check_room_after(2, kept, 200, limit=1000)
    assert refusal.value.code == "upload.after_many"


def test_what_is_begun_and_never_ends_takes_room_too_and_the_office_sees_it() -> None:
    one, late = made.sitting(), made.CLOSES_AT + timedelta(hours=1)
    begin(one, documents.txt(600), at=late)
    assert upload_queries.after_deadline(one) == [len(documents.txt(600))]
    assert upload_queries.still_coming(one.window, at=late) is None
    seen = upload_queries.late_ones(factories.seen(made.office()), at=late)
    assert [(each.state, each.received) for each in seen] == [("begun", 100)]


@pytest.mark.parametrize("way", [whole, in_pieces])
@pytest.mark.parametrize(
    ("state", "code"), [(WindowState.RELEASED, "window.results"), (WindowState.CANCELLED, "window.cancelled")]
)
def test_a_window_that_takes_nothing_keeps_nothing(way: Any, state: str, code: str) -> None:
    one = made.sitting()
    Window.objects.filter(pk=one.window_id).update(state=state)
    one.window.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        way(one, documents.docx(20), made.CLOSES_AT + timedelta(hours=1))
    assert refusal.value.code == code
    assert not Upload.objects.exists()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("way", [whole, in_pieces])
def test_who_was_held_back_keeps_nothing_here_and_strangers_are_not_known(way: Any) -> None:
    one = made.sitting(made.ready(minutes=0))
    with pytest.raises(Refused) as refusal:
        way(one, documents.docx(20), made.CLOSES_AT + timedelta(hours=1))
    assert refusal.value.code == "case.held_back"
    other = made.sitting()
    with pytest.raises(Http404):
        begin(other, documents.docx(20), at=made.CLOSES_AT + timedelta(hours=1), by=one.enrolment.user)
    assert not Upload.objects.exists()


def test_it_goes_with_the_others_once_all_that_may_need_it_is_over() -> None:
    one, late = made.sitting(), made.CLOSES_AT + timedelta(hours=1)
    for number in range(3):
        with pytest.raises(Refused):
            whole(one, documents.docx(20 + number), late)
    settled = late + timedelta(days=30)
    at = settled + timedelta(days=364)
    assert actions.pieces.remove_left(sitting=one, settled_at=settled, days=365, at=at) == 0
    at = settled + timedelta(days=366)
    assert actions.pieces.remove_left(sitting=one, settled_at=settled, days=365, at=at) == 3
    assert not one.uploads.exists()
