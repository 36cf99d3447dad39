"""Documents in pieces: the first byte decides, any process goes on, and hostile input gets nowhere."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.http import Http404

from goldenthread.assessment import actions, queries, upload_queries
from goldenthread.assessment.actions import arrival, pieces
from goldenthread.assessment.jobs import _remove_beyond
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.upload_models import Upload, UploadPiece, UploadState
from goldenthread.common import files
from goldenthread.common.models import AuditEvent, StoredFile
from goldenthread.common.refused import Refused
from goldenthread.marking.actions import allocate_window
from tests import documents, factories
from tests import factories_assessment as made
from tests.factories_assessment import NO_AI

LIMIT = 5_000_000
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sent(
    one: Sitting, content: bytes, *, at: datetime = made.INSIDE, head_at: datetime = made.INSIDE
) -> arrival.Sent:
    """A document as one form brings it."""
    return arrival.Sent(
        sitting=one, file=io.BytesIO(content), name="mine.docx", size_limit=LIMIT, at=at, head_at=head_at
    )


def look(one: Sitting, content: bytes, **when: datetime) -> Any:
    """Whoever sits sends a document to be looked at."""
    return arrival.look_at_document(sent(one, content, **when), by=one.enrolment.user)


def begin(one: Sitting, content: bytes, *, first: int = 100, at: datetime, **other: Any) -> Upload:
    piece = other.pop("piece", content[:first])
    said: dict[str, Any] = {
        "sitting": one, "name": "mine.docx", "size": len(content), "sha256": digest(content), "piece": piece,
        "piece_sha256": digest(piece), "size_limit": LIMIT, "by": one.enrolment.user, "at": at,
    }  # fmt: skip
    return pieces.begin(**{**said, **other})


def add(upload: Upload, content: bytes, offset: int, *, length: int = 1000, at: datetime) -> Upload:
    piece = content[offset : offset + length]
    return pieces.add_piece(upload=upload, offset=offset, piece=piece, piece_sha256=digest(piece), at=at)


def send(
    one: Sitting, content: bytes, *, at: datetime, rest_at: datetime | None = None, **said: Any
) -> Upload:
    upload = begin(one, content, at=at, **said)
    while upload.received < upload.size:
        upload = add(upload, content, upload.received, length=5000, at=rest_at or at)
    return pieces.finish(upload=upload, size_limit=LIMIT, at=rest_at or at)


def hand_in(upload: Upload, *, at: datetime, key: str = "k") -> Any:
    again = Upload.objects.select_related("file", "reading").get(pk=upload.pk)
    again.sitting = queries.get_sitting_for(upload.sitting.enrolment.user, upload.sitting_id)
    return actions.submit_script(
        sitting=again.sitting, response=pieces.ready(upload=again, size_limit=LIMIT, at=at), key=key,
        own_work=True, ai=NO_AI, by=again.sitting.enrolment.user, at=at,
    )  # fmt: skip


def test_pieces_become_the_document_that_was_announced() -> None:
    one, content = made.sitting(), documents.docx(1490)
    script = hand_in(send(one, content, at=made.INSIDE), at=made.INSIDE + MINUTE)
    assert (script.words, script.sha256) == (1490, digest(content))
    assert files.read(script.file) == content
    assert script.file.kind == "docx"
    assert not UploadPiece.objects.exists()
    assert script.upload.state == UploadState.HANDED_IN


def test_a_document_of_one_piece_is_known_for_what_it_is() -> None:
    one, content = made.sitting(), documents.docx(20)
    script = hand_in(send(one, content, at=made.INSIDE, first=len(content)), at=made.INSIDE)
    assert script.file.kind == "docx"


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize(
    ("first", "rest", "in_time"),
    [
        (timedelta(0), timedelta(minutes=60), True),  # both at the very last instant
        (-SECOND, timedelta(minutes=59), True),
        (-SECOND, timedelta(minutes=60, microseconds=1), False),
        (-timedelta(hours=5), timedelta(minutes=1), True),
    ],
)
def test_the_first_byte_decides_and_the_rest_has_an_hour(
    first: timedelta, rest: timedelta, in_time: bool
) -> None:
    one, content = made.sitting(), documents.docx(20)
    began, ended = made.CLOSES_AT + first, made.CLOSES_AT + rest
    if in_time:
        script = hand_in(send(one, content, at=began, rest_at=ended), at=ended)
        assert script.received_at == began
        assert script.upload.all_at == ended
        return
    with pytest.raises(Refused) as refusal:
        send(one, content, at=began, rest_at=ended)
    assert refusal.value.code == "window.closed"
    assert "It is kept" in refusal.value.message
    assert not one.scripts.exists()
    late = one.uploads.get()
    assert late.state == UploadState.LATE
    assert late.file is not None
    assert files.read(late.file) == content


def test_the_bound_is_the_policy_of_the_version() -> None:
    one, content = made.sitting(), documents.docx(20)
    version = one.window.intake.version
    actions.set_late_policy(
        version=version, days=None, rest_minutes=10, reason="Our board", by=made.office(), at=made.BEFORE
    )
    first, second = send(one, content, at=made.CLOSES_AT), None
    script = hand_in(first, at=made.CLOSES_AT + timedelta(minutes=10))
    assert script.received_at == made.CLOSES_AT
    second = send(one, documents.docx(21), at=made.CLOSES_AT)
    with pytest.raises(Refused):
        hand_in(second, at=made.CLOSES_AT + timedelta(minutes=10, seconds=1), key="other")
    assert one.scripts.count() == 1
    with pytest.raises(Refused) as refusal:
        actions.set_late_policy(
            version=version, days=None, rest_minutes=1441, reason="x", by=made.office(), at=made.BEFORE
        )
    assert refusal.value.field == "rest_minutes"


def test_who_is_given_more_days_hands_in_what_came_too_late() -> None:
    one, content = made.sitting(), documents.docx(20)
    late = made.CLOSES_AT + timedelta(hours=2)
    with pytest.raises(Refused):
        send(one, content, at=made.CLOSES_AT, rest_at=late)
    Sitting.objects.filter(pk=one.pk).update(closes_at=made.CLOSES_AT + timedelta(days=1))
    script = hand_in(one.uploads.get(), at=late)
    assert (script.words, script.received_at) == (20, made.CLOSES_AT)


def test_scripts_wait_for_a_document_that_began_in_time() -> None:
    one, content = made.sitting(), documents.docx(20)
    made.script(one, "What counts so far")
    begin(one, content, at=made.CLOSES_AT)
    with pytest.raises(Refused) as refusal:
        allocate_window(window=one.window, by=made.office(), at=made.CLOSES_AT + timedelta(minutes=30))
    assert refusal.value.code == "allocation.under_way"
    with pytest.raises(Refused) as refusal:  # nobody marks in this world: past the wait, another rule speaks
        allocate_window(window=one.window, by=made.office(), at=made.CLOSES_AT + timedelta(minutes=61))
    assert refusal.value.code != "allocation.under_way"


def test_the_same_document_again_goes_on_where_it_stopped() -> None:
    one, content = made.sitting(), documents.txt(600)
    first = begin(one, content, at=made.INSIDE)
    first = add(first, content, 100, at=made.INSIDE)
    again = begin(one, content, at=made.CLOSES_AT + MINUTE)  # after a reload, after the deadline
    assert (again.pk, again.received, again.first_at) == (first.pk, 1100, made.INSIDE)
    assert Upload.objects.count() == 1


def test_a_piece_that_comes_twice_is_one() -> None:
    one, content = made.sitting(), documents.txt(600)
    upload = begin(one, content, at=made.INSIDE)
    stale = Upload.objects.get(pk=upload.pk)
    stale.sitting = one
    add(upload, content, 100, at=made.INSIDE)
    assert add(stale, content, 100, at=made.INSIDE).received == 1100
    assert UploadPiece.objects.count() == 2


@pytest.mark.parametrize(
    ("offset", "piece", "sha256", "code"),
    [
        (50, b"x" * 100, None, "piece.offset"),
        (200, b"x", None, "piece.offset"),
        (-1, b"x", None, "piece.offset"),
        (100, b"", None, "piece.size"),
        (100, b"x" * (uploads.LARGEST_PIECE + 1), None, "piece.size"),
        (100, b"x" * 100_000, None, "piece.beyond"),
        (100, b"x", "0" * 64, "piece.checksum"),
        (100, b"x", "", "piece.checksum"),
    ],
)
def test_pieces_that_do_not_fit_are_refused(offset: int, piece: bytes, sha256: str | None, code: str) -> None:
    one = made.sitting()
    upload = begin(one, documents.docx(20), at=made.INSIDE)
    with pytest.raises(Refused) as refusal:
        pieces.add_piece(
            upload=upload, offset=offset, piece=piece, at=made.INSIDE,
            piece_sha256=digest(piece) if sha256 is None else sha256,
        )  # fmt: skip
    assert refusal.value.code == code
    assert Upload.objects.get().received == 100


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"size": 0}, "upload.empty"),
        ({"size": LIMIT + 1}, "file.too_big"),
        ({"sha256": "F" * 64}, "upload.sha256"),
        ({"sha256": "../../etc/passwd"}, "upload.sha256"),
        ({"name": ""}, "upload.name"),
        ({"name": "../.."}, "upload.name"),
        ({"name": "\u202e\x00\x1b"}, "upload.name"),
        ({"size": 99}, "piece.beyond"),
    ],
)
def test_announcements_that_can_not_be_are_refused(said: dict[str, Any], code: str) -> None:
    one = made.sitting()
    with pytest.raises(Refused) as refusal:
        begin(one, documents.docx(20), at=made.INSIDE, **said)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/mine.docx", "mine.docx"),
        ("C:\\Users\\amara\\mine.docx", "mine.docx"),
        ("mine\u202excod.exe.docx", "minexcod.exe.docx"),
        ("a\r\nSet-Cookie: x.docx", "aSet-Cookie: x.docx"),
        (".docx", "docx"),
        ("Wörter – 試験.docx", "Wörter – 試験.docx"),
        ("x" * 300 + ".docx", "x" * 250 + ".docx"),
    ],
)
def test_names_are_kept_without_tricks(name: str, kept: str) -> None:
    assert uploads.clean_name(name) == kept


def test_another_content_than_announced_is_not_handed_in_and_forgotten() -> None:
    one, content = made.sitting(), documents.docx(300)
    upload = begin(one, content, at=made.INSIDE)
    other = b"y" * (len(content) - 100)
    upload = add(upload, bytes(100) + other, 100, length=len(other), at=made.INSIDE)
    with pytest.raises(Refused) as refusal:
        pieces.finish(upload=upload, size_limit=LIMIT, at=made.INSIDE)
    assert refusal.value.code == "upload.changed"
    assert not Upload.objects.exists()


def test_what_is_not_all_there_is_not_looked_at() -> None:
    one = made.sitting()
    upload = begin(one, documents.docx(20), at=made.INSIDE)
    for attempt in (pieces.finish, pieces.ready):
        with pytest.raises(Refused) as refusal:
            attempt(upload=upload, size_limit=LIMIT, at=made.INSIDE)
        assert refusal.value.code == "upload.incomplete"


def test_one_person_has_three_documents_under_way_at_most() -> None:
    one = made.sitting()
    for number in range(uploads.MOST_OPEN):
        begin(one, documents.docx(20 + number), at=made.INSIDE)
    with pytest.raises(Refused) as refusal:
        begin(one, documents.docx(50), at=made.INSIDE)
    assert refusal.value.code == "upload.quota"
    pieces.discard(upload=upload_queries.uploads_of(one)[0], by=one.enrolment.user, at=made.INSIDE)
    begin(one, documents.docx(50), at=made.INSIDE)


def test_what_was_begun_can_be_gone_on_with_as_long_as_it_can_count() -> None:
    one, content = made.sitting(), documents.docx(20)
    begin(one, content, at=made.OPENS_AT)
    _remove_beyond(made.CLOSES_AT)
    files.remove_unused(at=made.CLOSES_AT)
    again = begin(one, content, at=made.CLOSES_AT + MINUTE)  # days later, and a minute after the deadline
    assert (again.received, again.first_at) == (100, made.OPENS_AT)
    script = hand_in(
        send(one, content, at=made.CLOSES_AT + MINUTE), at=made.CLOSES_AT + timedelta(minutes=60)
    )
    assert script.received_at == made.OPENS_AT


def test_what_was_left_lying_keeps_nobody_from_beginning_another_a_day_later() -> None:
    one = made.sitting()
    for number in range(uploads.MOST_OPEN):
        begin(one, documents.docx(20 + number), at=made.INSIDE)
    with pytest.raises(Refused):
        begin(one, documents.docx(50), at=made.INSIDE + uploads.UNDER_WAY)
    assert begin(one, documents.docx(50), at=made.INSIDE + uploads.UNDER_WAY + SECOND).received == 100
    assert one.uploads.count() == uploads.MOST_OPEN + 1


def test_of_a_sitting_the_latest_documents_stay_and_what_came_too_late_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "MOST_KEPT", 2)
    one, other = made.sitting(), made.sitting()
    with pytest.raises(Refused):
        look(one, documents.docx(9), at=made.CLOSES_AT + SECOND, head_at=made.CLOSES_AT - MINUTE)
    for number in range(3):
        send(one, documents.docx(20 + number), at=made.INSIDE + number * MINUTE)
    with pytest.raises(Refused):
        send(one, documents.docx(1501), at=made.INSIDE + 10 * MINUTE)
    kept = send(other, documents.docx(20), at=made.OPENS_AT)
    assert _remove_beyond(made.INSIDE) == "removed 2"
    assert _remove_beyond(made.INSIDE) == "removed 0"
    assert [each.state for each in one.uploads.order_by("pk")] == ["late", "complete", "refused"]
    assert other.uploads.get() == kept


def test_what_a_deadline_overtook_half_way_is_kept_and_the_office_sees_it() -> None:
    one, content = made.sitting(), documents.txt(600)
    begin(one, content, at=made.CLOSES_AT)
    later = made.CLOSES_AT + timedelta(days=90)
    _remove_beyond(later)
    seen = upload_queries.late_ones(factories.seen(made.office()), at=later)
    assert [(each.state, each.received) for each in seen] == [("begun", 100)]


def test_the_arrival_counts_although_the_storage_was_down(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = made.sitting(), documents.docx(20)

    def down(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "save", down)
        with pytest.raises(Refused) as refusal:
            begin(one, content, at=made.CLOSES_AT)
        assert refusal.value.code == "outage.full"
    script = hand_in(send(one, content, at=made.CLOSES_AT + MINUTE), at=made.CLOSES_AT + 2 * MINUTE)
    assert script.received_at == made.CLOSES_AT


def test_nobody_sends_for_somebody_else() -> None:
    one = made.sitting()
    with pytest.raises(Http404):
        begin(one, documents.docx(20), at=made.INSIDE, by=factories.user("Somebody Else"))
    assert not Upload.objects.exists()


def test_a_form_that_began_in_time_and_took_too_long_is_kept() -> None:
    one, content = made.sitting(), documents.docx(20)
    with pytest.raises(Refused) as refusal:
        look(one, content, at=made.CLOSES_AT + SECOND, head_at=made.CLOSES_AT - MINUTE)
    assert "It is kept" in refusal.value.message
    assert one.uploads.get().state == UploadState.LATE


def test_a_late_document_stays_late_however_often_it_is_opened_and_the_trail_says_so_once() -> None:
    one, content = made.sitting(), documents.docx(20)
    upload = send(one, content, at=made.CLOSES_AT)
    late = made.CLOSES_AT + timedelta(minutes=61)
    for minutes in (0, 5, 10):
        with pytest.raises(Refused) as refusal:
            hand_in(upload, at=late + timedelta(minutes=minutes))
        assert "It is kept here" in refusal.value.message
    upload.refresh_from_db()
    assert (upload.state, upload.last_at) == (UploadState.LATE, late)
    assert AuditEvent.objects.filter(verb="upload.late").count() == 1


def test_what_came_too_late_in_pieces_is_not_said_to_be_lost() -> None:
    one, content = made.sitting(), documents.docx(20)
    late = made.CLOSES_AT + timedelta(hours=2)
    with pytest.raises(Refused):
        send(one, content, at=made.CLOSES_AT, rest_at=late)
    with pytest.raises(Refused) as refusal:
        hand_in(one.uploads.get(), at=late)
    assert "It is kept here" in refusal.value.message
    assert AuditEvent.objects.filter(verb="upload.late").count() == 1


def test_a_look_gives_what_it_found_and_reads_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = made.sitting(), documents.docx(20)
    monkeypatch.setattr(files, "read", lambda stored: pytest.fail("read back what was just found"))
    looked, found = look(one, content)
    assert (looked.state, found.count.total, found.sha256) == (UploadState.COMPLETE, 20, digest(content))
    assert looked.file is not None
    assert looked.reading is not None
    assert (looked.file.sha256, looked.reading.sha256) == (found.sha256, found.reading)


def test_a_database_that_fails_after_the_look_keeps_the_arrival_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, content = made.sitting(), documents.docx(20)
    with monkeypatch.context() as down:
        down.setattr(pieces, "_complete", lambda *args, **more: (_ for _ in ()).throw(RuntimeError("down")))
        with pytest.raises(RuntimeError):
            look(one, content, at=made.CLOSES_AT, head_at=made.CLOSES_AT)
    assert one.uploads.get().state == UploadState.BEGUN
    assert not StoredFile.objects.exists()
    late = made.CLOSES_AT + MINUTE
    again, _ = look(one, content, at=late, head_at=late)
    assert (again.first_at, again.state) == (made.CLOSES_AT, UploadState.COMPLETE)


def test_beginning_and_discarding_again_and_again_ends_within_the_hour() -> None:
    one = made.sitting()
    for number in range(60):
        upload = begin(one, b"%d " % number * 300, at=made.INSIDE)
        pieces.discard(upload=upload, by=one.enrolment.user, at=made.INSIDE)
    with pytest.raises(Refused) as refusal:
        begin(one, b"one more " * 300, at=made.INSIDE + MINUTE)
    assert refusal.value.code == "upload.too_often"
    assert begin(one, b"one more " * 300, at=made.INSIDE + 61 * MINUTE).received
