"""Documents and malware: clamd's protocol, quarantine, the office's word, and who is told."""

import socket
import struct
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.http import Http404

from goldenthread.assessment import actions, upload_queries
from goldenthread.assessment.actions import safety
from goldenthread.assessment.jobs import _scan
from goldenthread.assessment.models import Script
from goldenthread.assessment.upload_models import CheckState, DocumentCheck
from goldenthread.common import files, mail
from goldenthread.common.malware import Clamd, Verdict
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.actions import allocate_window
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role
from goldenthread.web.assessor.presenting import reading_of
from tests import factories
from tests import factories_assessment as made
from tests import factories_marking as marking
from tests.factories_assessment import NO_AI

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MINUTE = timedelta(minutes=1)


def _take(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


class FakeClamd:
    """Speaks INSTREAM as clamd does; finds what contains EICAR or `bad`; or says what it is told to."""

    def __init__(self, *, answer: bytes | None = None, silent: bool = False, bad: bytes = EICAR) -> None:
        self.answer, self.silent, self.bad = answer, silent, bad
        self.seen: list[bytes] = []
        self.over = threading.Event()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.door.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            with line:
                try:
                    self._one(line)
                except (EOFError, OSError):
                    continue

    def _one(self, line: socket.socket) -> None:
        assert _take(line, 10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack("!I", _take(line, 4))[0]:
            data += _take(line, size)
        self.seen.append(data)
        if self.silent:
            self.over.wait(10)
        elif self.answer is not None:
            line.sendall(self.answer)
        else:
            line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if self.bad in data else b"stream: OK\0")

    def close(self) -> None:
        self.over.set()
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.thread.join(5)


@contextmanager
def clamd(**kind: Any) -> Iterator[FakeClamd]:
    fake = FakeClamd(**kind)
    try:
        yield fake
    finally:
        fake.close()


# --- the protocol ------------------------------------------------------------------------------------------
def test_clamd_gets_every_byte_and_says_clean() -> None:
    with clamd() as fake:
        found = Clamd(fake.address).scan([b"one ", b"", b"two " * 50_000])
    assert found.verdict is Verdict.CLEAN
    assert fake.seen == [b"one " + b"two " * 50_000]


def test_eicar_is_found_and_named() -> None:
    with clamd() as fake:
        found = Clamd(fake.address).scan([EICAR[:30], EICAR[30:]])
    assert (found.verdict, found.said) == (Verdict.FOUND, "Eicar-Test-Signature")


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"\0", b"stream: OK", b"OK\0", b"stream: FOUND\0", b"stream: OK\0stream: X FOUND\0",
        b"INSTREAM size limit exceeded. ERROR\0", b"<html>stream: OK</html>\0", b"\xff" * 10_000,
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_no_verdict(answer: bytes) -> None:
    with clamd(answer=answer) as fake:
        assert Clamd(fake.address).scan([b"x"]).verdict is Verdict.FAILED


def test_silence_is_no_verdict() -> None:
    with clamd(silent=True) as fake:
        found = Clamd(fake.address, answer=0.2).scan([b"x"])
    assert (found.verdict, found.unreachable) == (Verdict.FAILED, False)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "unix:/nowhere/clamd.ctl", "nonsense"])
def test_a_scanner_that_is_not_there_is_said_so(address: str) -> None:
    found = Clamd(address).scan([b"x"])
    assert (found.verdict, found.unreachable) == (Verdict.FAILED, True)


# --- what is handed in ---------------------------------------------------------------------------------------
def document(text: str = "Mine.") -> Script:
    one = made.sitting()
    response = actions.prepare_upload(
        sitting=one, file=BytesIO(text.encode()), name="mine.txt", size_limit=100_000, at=made.INSIDE
    )
    return actions.submit_script(
        sitting=one, response=response, key=uuid.uuid4().hex, own_work=True, ai=NO_AI, by=one.enrolment.user,
        at=made.INSIDE,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_document_is_receipted_at_once_and_opens_when_it_is_clean(settings: Any) -> None:
    with clamd() as fake:
        settings.CLAMD = fake.address
        script = document()
        assert script.received_at == made.INSIDE
        assert upload_queries.is_held(script)
        assert _scan(made.INSIDE) == "1 clean, 0 found, 0 failed"
    assert not upload_queries.is_held(script)
    assert fake.seen == [b"Mine."]


@pytest.mark.django_db
def test_malware_holds_the_document_and_its_writer_is_told_what_to_do(settings: Any) -> None:
    with clamd(bad=b"Mine") as fake:
        settings.CLAMD = fake.address
        script = document()
        _scan(made.INSIDE)
        _scan(made.INSIDE + MINUTE)
    assert upload_queries.is_held(script)
    assert len(fake.seen) == 1
    letter = OutboxMessage.objects.get(payload__template="document_held")
    assert letter.recipient == script.sitting.enrolment.user.email
    assert letter.payload["context"]["open"] is True
    assert Script.objects.get().current


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("late", "says"), [(False, "a clean copy can be handed in"), (True, "deadline has passed")]
)
def test_malware_is_told_to_the_office_once_with_neither_name_nor_code(
    settings: Any, late: bool, says: str
) -> None:
    olu, nia = factories.member(Role.OFFICE, "Olu Office"), factories.member(Role.OFFICE, "Nia Second")
    factories.member(Role.MARKER, "Ben Marker")
    with clamd(bad=b"Mine") as fake:
        settings.CLAMD = fake.address
        script = document()
        at = script.sitting.closes_at + MINUTE if late else made.INSIDE
        _scan(at)
        DocumentCheck.objects.update(state="waiting", next_at=None)
        _scan(at + MINUTE)
    letters = OutboxMessage.objects.filter(payload__template="document_malware").order_by("pk")
    assert [one.recipient for one in letters] == [olu.email, nia.email]
    shown = mail.render(letters[0])
    person = script.sitting.enrolment.user
    for text in (shown.subject + shown.text, shown.html):
        assert script.sitting.code not in text  # the page that it leads to has the name
        assert str(script.sitting.window.intake) in text
        assert says in text
        assert person.name not in text
        assert person.email not in text
        assert f"/office/windows/documents/{DocumentCheck.objects.get().pk}/" in text


@pytest.mark.django_db
def test_without_an_answer_it_stays_held_and_is_tried_again_later(settings: Any) -> None:
    settings.CLAMD = "127.0.0.1:1"
    script = document()
    _scan(made.INSIDE)
    check = DocumentCheck.objects.get()
    assert (check.state, check.tries, check.next_at) == ("waiting", 1, made.INSIDE + 5 * MINUTE)
    with clamd() as fake:
        settings.CLAMD = fake.address
        assert _scan(made.INSIDE + MINUTE) == "0 clean, 0 found, 0 failed"
        assert _scan(made.INSIDE + 5 * MINUTE) == "1 clean, 0 found, 0 failed"
    assert not upload_queries.is_held(script)


@pytest.mark.django_db
@pytest.mark.parametrize(("trust", "held"), [(True, False), (False, True)])
def test_without_a_scanner_the_setting_decides(settings: Any, trust: bool, held: bool) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", trust
    assert upload_queries.is_held(document()) is held


@pytest.mark.django_db
def test_what_was_trusted_is_scanned_once_there_is_a_scanner(settings: Any) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", True
    script = document()
    with clamd(bad=b"Mine") as fake:
        settings.CLAMD = fake.address
        _scan(made.INSIDE + MINUTE)
    assert upload_queries.is_held(script)


@pytest.mark.django_db
def test_what_waits_is_scanned_before_what_was_trusted(settings: Any) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", True
    stored = [
        files.store(BytesIO(name), kind="txt", at=made.INSIDE, size_limit=100)
        for name in (b"trusted", b"also trusted", b"waits", b"waits again")
    ]
    for one in stored[:2]:
        DocumentCheck.objects.create(file=one, handed_in_at=made.INSIDE, state=CheckState.TRUSTED)
    later = DocumentCheck.objects.create(
        file=stored[2], handed_in_at=made.INSIDE, state=CheckState.WAITING, next_at=made.INSIDE
    )
    never_tried = DocumentCheck.objects.create(
        file=stored[3], handed_in_at=made.INSIDE, state=CheckState.WAITING
    )
    with clamd() as fake:
        settings.CLAMD = fake.address
        safety.scan_due(at=made.INSIDE + MINUTE, limit=2)
    assert set(DocumentCheck.objects.filter(state=CheckState.CLEAN)) == {later, never_tried}


@pytest.mark.django_db
def test_the_office_lets_a_document_through_by_name_and_reason(settings: Any) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", False
    script = document()
    check, said = DocumentCheck.objects.get(), {"by": made.office(), "at": made.INSIDE}
    with pytest.raises(Refused) as refusal:
        safety.release_document(check=check, reason=" ", **said)
    assert refusal.value.field == "reason"
    for _ in range(2):
        safety.release_document(check=check, reason="Opened on a separate machine", **said)
    assert not upload_queries.is_held(script)
    assert AuditEvent.objects.filter(verb="document.released").count() == 1
    assert DocumentCheck.objects.get().state == CheckState.RELEASED
    with pytest.raises(Http404):
        upload_queries.get_check_for(factories.seen(factories.user("Somebody")), check.pk)


@pytest.mark.django_db
def test_text_from_the_editor_is_never_held(settings: Any) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", False
    assert not upload_queries.is_held(made.script())
    assert not DocumentCheck.objects.exists()


@pytest.mark.django_db
def test_markers_neither_read_nor_mark_a_script_that_is_held(settings: Any) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", False
    window = marking.window()
    script = marking.script(window)
    stored = files.store(BytesIO(b"Mine."), kind="txt", at=marking.CLOSED, size_limit=100)
    Script.objects.filter(pk=script.pk).update(file=stored)
    safety.handed_in([stored], at=marking.CLOSED)
    marking.markers(3)
    allocate_window(window=window, by=made.office(), at=marking.CLOSED)
    own = Marking.objects.order_by("pk")[0]
    own.script.refresh_from_db()
    shown = reading_of(own.script, window, by=own.marker, capacity="marker", at=marking.CLOSED)
    assert (shown.held, shown.sections, shown.evidence) == (True, [], [])
    with pytest.raises(Refused) as refusal:
        marking.submit(own)
    assert refusal.value.code == "marking.held"
    check = DocumentCheck.objects.get()
    safety.release_document(check=check, reason="Opened apart", by=made.office(), at=marking.CLOSED)
    shown = reading_of(own.script, window, by=own.marker, capacity="marker", at=marking.CLOSED)
    assert shown.sections
    assert marking.submit(own).state == "submitted"
