"""A document that is handed in without a look: one transaction, and nothing half done where it fails."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment import actions, queries
from goldenthread.assessment.actions import at_once, pieces, submit
from goldenthread.assessment.actions.upload import LOOKS
from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.upload_models import DocumentCheck, Upload, UploadPiece, UploadState
from goldenthread.common import files
from goldenthread.common.models import Allowance, OutboxMessage, StoredFile
from goldenthread.common.outage import Outage
from goldenthread.common.refused import Refused
from tests import documents, factories
from tests import factories_assessment as made
from tests.assessment.test_pieces import begin, digest, look, sent
from tests.factories_assessment import NO_AI

LIMIT = 5_000_000
pytestmark = pytest.mark.django_db


def hand_in(one: Sitting, content: bytes, *, own_work: bool = True, key: str = "k", **other: Any) -> Any:
    file = other.pop("file", io.BytesIO(content))
    declared = at_once.Declared(key=key, own_work=own_work, ai=NO_AI, by=other.pop("by", one.enrolment.user))
    known_as = other.pop("known_as", (digest(content), len(content)))
    it = replace(sent(one, content), file=file, **other)
    return at_once.hand_in_form(it, known_as=known_as, declared=declared)


class Changing(io.BytesIO):
    """A file whose content is another one after its `turn`."""

    def __init__(self, first: bytes, then: bytes) -> None:
        super().__init__(first)
        self.then = then

    def turn(self) -> None:
        self.seek(0)
        self.truncate()
        self.write(self.then)
        self.seek(0)


def test_a_document_becomes_a_script_with_all_that_belongs_to_it() -> None:
    one, content = made.sitting(), documents.docx(1_490)
    script = hand_in(one, content)
    assert script == one.scripts.get(current=True)
    assert (script.words, script.sha256, files.read(script.file)) == (1_490, digest(content), content)
    upload = one.uploads.get()
    assert (upload.state, upload.script, upload.file) == (UploadState.HANDED_IN, script, script.file)
    assert (upload.received, upload.first_at, upload.all_at) == (len(content), made.INSIDE, made.INSIDE)
    assert DocumentCheck.objects.get().file == script.file
    assert StoredFile.objects.get() == script.file  # and nothing of what was found: nobody will ask for it
    assert OutboxMessage.objects.filter(key__contains=f"script_received:{script.pk}").exists()


def test_it_takes_one_transaction_and_syncs_the_document_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(made.sitting(), documents.docx(20))  # what is worded once is worded
    one, content, synced, sync = made.sitting(), documents.docx(30), [], os.fsync
    actions.release(sitting=one, at=made.INSIDE)  # the case study was opened to them long ago
    one = queries.get_sitting_for(one.enrolment.user, one.pk)
    beside = digest(content)[:2]  # its folder has been used by this process
    default_storage.save(f"{beside}/00/{beside}00", ContentFile(b"kept before"))

    def counted(handle: int) -> None:
        synced.append(handle)
        sync(handle)

    monkeypatch.setattr(os, "fsync", counted)
    with CaptureQueriesContext(connection) as asked:
        hand_in(one, content)
    said = [each["sql"] for each in asked]
    begun = [sql for sql in said if sql.startswith("SAVEPOINT")]  # the test's own transaction is around them
    own = [sql for sql in said if "SAVEPOINT" not in sql]
    assert len(begun) == 1, begun
    assert len(own) == 12, own
    assert len(synced) == 2  # the document and its folder


def test_a_form_is_looked_for_among_scripts_only_where_there_are_any() -> None:
    one, content = made.sitting(), documents.docx(20)
    with CaptureQueriesContext(connection) as asked:
        assert actions.handed_in_before(one, key="form", sha256=digest(content)) is None
    assert not asked.captured_queries
    script = hand_in(one, content, key="form")
    one = queries.get_sitting_for(one.enrolment.user, one.pk)
    with CaptureQueriesContext(connection) as asked:
        assert actions.handed_in_before(one, key="form", sha256=digest(content)) == script
    assert len(asked) == 1


@pytest.mark.parametrize("looked_before", [False, True])
def test_without_the_declaration_it_is_kept_as_one_that_was_looked_at(looked_before: bool) -> None:
    one, content = made.sitting(), documents.docx(20)
    if looked_before:
        look(one, content)
    kept = hand_in(one, content, own_work=False)
    assert isinstance(kept, at_once.NotYet)
    assert (kept.refusal.field, kept.response.count.total, kept.response.upload) == (
        "own_work",
        20,
        kept.upload.pk,
    )
    upload = one.uploads.get()
    assert (upload, upload.state, upload.script) == (kept.upload, UploadState.COMPLETE, None)
    assert upload.file is not None
    assert files.read(upload.file) == content
    assert not one.scripts.exists()
    assert not DocumentCheck.objects.exists()
    assert hand_in(one, content).upload == upload


def test_what_was_begun_in_pieces_and_comes_with_a_form_leaves_no_piece() -> None:
    one, content = made.sitting(), documents.docx(20)
    begun = begin(one, content, at=made.INSIDE - timedelta(minutes=5))
    script = hand_in(one, content)
    assert (script.upload, script.received_at) == (begun, begun.first_at)
    assert not UploadPiece.objects.exists()


def test_in_pieces_it_is_handed_in_twice_as_one_and_nothing_else_is_kept() -> None:
    one, content = made.sitting(), documents.docx(20)
    declared = at_once.Declared(key="k", own_work=True, ai=NO_AI, by=one.enrolment.user)
    upload = begin(one, content, first=len(content), at=made.INSIDE)
    known: dict[str, Any] = {"size_limit": LIMIT, "declared": declared, "at": made.INSIDE}
    script = at_once.hand_in_whole(upload=upload, **known)
    stale = Upload.objects.get(pk=upload.pk)
    assert at_once.hand_in_whole(upload=stale, **known) == script
    assert (one.scripts.count(), UploadPiece.objects.count()) == (1, 0)
    assert (StoredFile.objects.get(), StoredFile.objects.get().kind) == (script.file, "docx")


def test_a_database_that_fails_while_it_is_handed_in_leaves_the_arrival_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, content = made.sitting(), documents.docx(20)
    with monkeypatch.context() as down:
        down.setattr(
            submit, "_send_receipt", lambda *args, **more: (_ for _ in ()).throw(RuntimeError("down"))
        )
        with pytest.raises(RuntimeError):
            hand_in(one, content)
    assert (one.uploads.get().state, StoredFile.objects.count(), Script.objects.count()) == ("begun", 0, 0)
    assert hand_in(one, content, at=made.INSIDE + timedelta(minutes=5)).received_at == made.INSIDE


@pytest.mark.parametrize("own_work", [True, False])
def test_a_commit_that_fails_leaves_the_arrival_alone(
    own_work: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, content, add = made.sitting(), documents.docx(20), pieces.add_arrived

    def added(upload: Upload, **known: Any) -> bool:
        done = add(upload, **known)
        if known:
            raise DatabaseError("disk I/O error")
        return done

    with monkeypatch.context() as down:
        down.setattr(pieces, "add_arrived", added)
        with pytest.raises(DatabaseError):
            hand_in(one, content, own_work=own_work)
    assert (one.uploads.get().state, StoredFile.objects.count(), Script.objects.count()) == ("begun", 0, 0)
    assert hand_in(one, content, at=made.INSIDE + timedelta(minutes=5)).received_at == made.INSIDE


def test_the_bytes_are_in_storage_before_anything_refers_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content, there = made.sitting(), documents.docx(20), []
    row = files.row

    def asked(stored: StoredFile) -> StoredFile:
        there.append(default_storage.exists(stored.path) and files.read(stored) == content)
        return row(stored)

    monkeypatch.setattr(files, "row", asked)
    hand_in(one, content)
    assert there == [True]


@pytest.mark.parametrize("after", ["measured", "read"])
def test_a_document_that_changes_on_the_way_is_refused_and_forgotten(
    after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, first, then = made.sitting(), documents.docx(20), documents.docx(21)
    file, put = Changing(first, then), files.put
    if after == "measured":
        file.turn()

    def turned(given: Any, **more: Any) -> StoredFile:
        file.turn()
        return put(given, **more)

    monkeypatch.setattr(files, "put", turned)
    with pytest.raises(Refused) as refusal:
        hand_in(one, first, file=file)
    assert refusal.value.code == "upload.changed"
    assert (one.uploads.count(), one.scripts.count(), StoredFile.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (documents.zip_bomb, "file.bomb"),
        (partial(documents.docx, 10, entries={"word/styles.xml": "<!DOCTYPE a><a/>"}), "file.entities"),
        (partial(documents.docx, 1_501), "script.too_long"),
    ],
)
def test_what_is_refused_is_kept_with_why_and_the_earlier_script_counts(
    bad: Callable[[], bytes], code: str
) -> None:
    one, content = made.sitting(), bad()
    made.script(one, "What counts")
    with pytest.raises(Refused) as refusal:
        hand_in(one, content)
    assert refusal.value.code == code
    assert one.uploads.values_list("state", "refusal_code").get() == ("refused", code)
    assert StoredFile.objects.get().sha256 == digest(content)
    assert one.scripts.get(current=True).text == "What counts"


def test_a_refused_document_counts_as_a_look_and_one_too_many_is_on_record_unread() -> None:
    one, bad = made.sitting(), documents.zip_bomb()
    codes = set()
    for _ in range(LOOKS.times):
        with pytest.raises(Refused) as refusal:
            hand_in(one, bad)
        codes.add(refusal.value.code)
    assert (codes, one.uploads.get().state) == ({"file.bomb"}, "refused")
    content = documents.docx(20)
    with pytest.raises(Refused) as refusal:
        hand_in(one, content)
    assert (refusal.value.code, StoredFile.objects.count()) == (
        "upload.too_often",
        1,
    )  # that of the refused one
    assert one.uploads.exclude(state="refused").values_list("state", "sha256").get() == (
        "begun",
        digest(content),
    )
    script = hand_in(one, content, at=made.INSIDE + LOOKS.within)
    assert script.received_at == made.INSIDE


@pytest.mark.parametrize("own_work", [True, False])
def test_a_document_counts_as_one_look_however_it_ends(own_work: bool) -> None:
    one = made.sitting()
    hand_in(one, documents.docx(20), own_work=own_work)
    assert Allowance.objects.get().used == 1


def test_a_storage_that_is_down_leaves_the_arrival_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = made.sitting(), documents.docx(20)
    with monkeypatch.context() as down:
        down.setattr(
            default_storage, "save", lambda *args, **more: (_ for _ in ()).throw(OSError(28, "full"))
        )
        with pytest.raises(Outage):
            hand_in(one, content)
    assert (one.uploads.get().state, Allowance.objects.get().used) == (UploadState.BEGUN, 1)
    assert hand_in(one, content, at=made.INSIDE + timedelta(minutes=5)).received_at == made.INSIDE


def test_what_another_tab_sent_meanwhile_is_not_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = made.sitting(), documents.docx(20)
    put, theirs = files.put, []

    def meanwhile(given: Any, **more: Any) -> StoredFile:
        if more["kind"] != files.PIECE:
            theirs.append(begin(one, content, at=made.INSIDE))
        return put(given, **more)

    monkeypatch.setattr(files, "put", meanwhile)
    kept = hand_in(one, content, own_work=False)
    assert (kept.upload, one.uploads.get().state) == (theirs[0], UploadState.COMPLETE)
    assert not UploadPiece.objects.exists()


def test_nobody_hands_in_for_somebody_else() -> None:
    one = made.sitting()
    with pytest.raises(Http404):
        hand_in(one, documents.docx(20), by=factories.user("Somebody Else"))
    assert not Upload.objects.exists()
