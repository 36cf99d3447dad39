"""What was refused or came too late: the office opens it once it is safe, each time on record, and nobody else does."""

import uuid
from datetime import date, timedelta
from email.message import Message
from email.utils import decode_rfc2231
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import upload_queries
from goldenthread.assessment.actions import safety
from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.upload_models import CheckState, DocumentCheck, Upload
from goldenthread.common import files, mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.people.models import Membership, Role, User
from tests import documents, factories
from tests import factories_assessment as made
from tests import factories_projects as make
from tests.assessment.test_safety import EICAR, clamd
from tests.browser import PHONE, looks_right
from tests.web.test_participant_assessment import at, signed_in
from tests.web.test_participant_pieces import begin, finish
from tests.web.test_refused_documents import send

pytestmark = pytest.mark.django_db
LATER = made.CLOSES_AT + timedelta(hours=5)


def refused(content: bytes = b"", name: str = "Mine – 1.docx") -> Upload:
    """Somebody sends what is too long, in time."""
    one = made.sitting()
    with at(made.INSIDE):
        send(signed_in(one.enrolment.user), one, content or documents.docx(1600), name)
    return one.uploads.get()


def after(content: bytes = b"", name: str = "Mine – 1.docx") -> Upload:
    """Somebody sends what would have been taken, after the deadline."""
    one = made.sitting()
    with at(LATER):
        send(signed_in(one.enrolment.user), one, content or documents.docx(20), name)
    return one.uploads.get()


def late(content: bytes = b"", name: str = "Mine – 1.docx") -> Upload:
    """Somebody's document began in time, and its rest came hours later."""
    one, whole = made.sitting(), content or documents.docx(20)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT):
        stands = begin(client, one, whole).json()
    with at(LATER):
        finish(client, stands, whole)
    Upload.objects.filter(sitting=one).update(name=name)
    return one.uploads.get()


def also(person: User, role: Role) -> None:
    """Give somebody a further role."""
    Membership.objects.create(
        user=person, organisation=factories.organisation(), role=role, starts_on=date(2018, 1, 1)
    )


def page_of(one: Upload) -> str:
    return reverse("office:document_sent", args=[one.ticket])


def file_of(one: Upload) -> str:
    return reverse("office:document_sent_file", args=[one.ticket])


def opened(verb: str = "upload.opened") -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(verb=verb).order_by("pk"))


def as_kept(one: Upload) -> bytes:
    assert one.file is not None
    return files.read(one.file)


@pytest.mark.parametrize("scene", [refused, after, late])
def test_the_office_opens_it_byte_by_byte_once_it_is_clean_and_each_opening_is_on_record(
    settings: Any, scene: Any
) -> None:
    with clamd() as fake:
        settings.CLAMD = fake.address
        one = scene()
        olu = made.office()
        office = signed_in(olu)
        with at(LATER):
            waits = office.get(file_of(one), follow=True)
            assert "not scanned yet" in waits.content.decode()
            assert opened() == []
            assert safety.scan_due(at=LATER)["clean"] == 1
            assert file_of(one) in office.get(page_of(one)).content.decode()
            for times in (1, 2):
                answer = office.get(file_of(one))
                assert answer.content == as_kept(one)
                assert answer["Content-Type"] == "application/octet-stream"
                assert answer["Content-Disposition"].startswith("attachment")
                assert len(opened()) == times
    event = opened()[0]
    assert (event.subject, event.actor, event.at) == (f"sitting:{one.sitting_id}", f"user:{olu.pk}", LATER)
    assert event.details["sha256"] == one.sha256


@pytest.mark.parametrize("scene", [refused, after, late])
def test_malware_is_opened_by_nobody_and_not_let_through(settings: Any, scene: Any) -> None:
    with clamd(bad=b"") as fake:
        settings.CLAMD = fake.address
        one = scene(b"Bad word. " * 600 + EICAR)
        with at(LATER):
            assert safety.scan_due(at=LATER)["found"] == 1
            office = signed_in(made.office())
            answer = office.get(file_of(one))
            assert answer["Location"] == page_of(one)
            page = unescape(office.get(page_of(one)).content.decode())
            assert "Malware was found in this document" in page
            assert "Let it be opened" not in page
            forced = office.post(page_of(one), {"reason": "I trust them"})
            assert forced.status_code == 422
    assert DocumentCheck.objects.get().state == CheckState.FOUND
    assert opened() == []


@pytest.mark.parametrize("trusts", [True, False])
@pytest.mark.parametrize("scene", [refused, after, late])
def test_without_a_scanner_it_opens_as_for_markers_or_when_somebody_says_why(
    settings: Any, scene: Any, trusts: bool
) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", trusts
    one = scene()
    office = signed_in(made.office())
    with at(LATER):
        first = office.get(file_of(one))
        assert first.status_code == (200 if trusts else 302)
        if trusts:
            return
        page = office.get(page_of(one)).content.decode()
        assert "There is no malware scanner" in page
        assert office.post(page_of(one), {"reason": " "}).status_code == 422
        assert office.post(page_of(one), {"reason": "Scanned by hand"}).status_code == 302
        assert office.get(file_of(one)).status_code == 200
        assert "Scanned by hand" in office.get(page_of(one)).content.decode()
    assert opened("upload.let_open")[0].details["reason"] == "Scanned by hand"
    assert opened("document.released") == []


@pytest.mark.parametrize("scene", [refused, after, late])
def test_nobody_but_the_office_finds_it_markers_and_moderators_neither(scene: Any) -> None:
    one = scene()
    both = factories.member(Role.OFFICE, "Bea Both")
    also(both, Role.MARKER)
    strangers = [
        factories.member(Role.MARKER, "Maya Marker"),
        factories.member(Role.MODERATOR, "Mo Moderator"),
        factories.member(Role.AUTHOR, "Ada Author"),
        one.sitting.enrolment.user,
        factories.user("Somebody Else"),
        both,
    ]
    with at(LATER):
        for person in strangers:
            client = signed_in(person)
            assert client.get(page_of(one)).status_code == 404
            assert client.post(page_of(one), {"reason": "x"}).status_code == 404
            assert client.get(file_of(one)).status_code == 404
        assert Client().get(file_of(one)).status_code == 302  # to sign in
    assert opened() == []


def test_nobody_of_the_office_opens_their_own_and_what_can_still_be_handed_in_is_not_there() -> None:
    one = refused()
    also(one.sitting.enrolment.user, Role.OFFICE)
    with at(LATER):
        assert signed_in(one.sitting.enrolment.user).get(file_of(one)).status_code == 404
    other, content = made.sitting(), documents.docx(20)
    client = signed_in(other.enrolment.user)
    with at(made.INSIDE):
        finish(client, begin(client, other, content).json(), content)
        office = signed_in(made.office())
        assert office.get(file_of(other.uploads.get())).status_code == 404
    with at(LATER):  # its deadline is over, and nobody handed it in
        assert office.get(page_of(other.uploads.get())).status_code == 200


def test_what_is_half_here_says_so() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        begin(client, one, documents.docx(30))
    with at(LATER):
        office = signed_in(made.office())
        assert "Not all of it arrived" in office.get(page_of(one.uploads.get())).content.decode()
        assert (
            "there is nothing to open" in office.get(file_of(one.uploads.get()), follow=True).content.decode()
        )


@pytest.mark.parametrize(
    "name",
    [
        "Mine – 1.docx",
        'a".exe.docx',
        "line\r\nSet-Cookie: x=1.docx",
        "../../etc/passwd.docx",
        "‮xcod.exe.docx",
    ],
)
def test_names_are_harmless_as_names_of_attachments(name: str) -> None:
    one = refused(name=name)
    with at(LATER):
        answer = signed_in(made.office()).get(file_of(one))
    header, read = answer["Content-Disposition"], Message()
    read["Content-Disposition"] = header
    assert answer.status_code == 200
    assert header.startswith("attachment; filename")
    assert header.isascii()
    assert header.isprintable()
    said = read.get_filename() or ""
    assert (decode_rfc2231(said)[2] if isinstance(said, tuple) else said) == one.name
    assert not set(one.name) & set("\r\n\x00/‮")
    assert "Set-Cookie" not in answer.headers


def test_the_lists_and_the_person_lead_to_it() -> None:
    ones = {"refused": after(), "late": late()}
    with at(LATER):
        office = signed_in(made.office())
        marks_too = factories.member(Role.OFFICE, "Mara Both")
        also(marks_too, Role.MARKER)
        for show, one in ones.items():
            listing = reverse("office:documents") + f"?show={show}"
            person = reverse("office:person", args=[one.sitting.enrolment.reference])
            for address in (listing, person):
                assert page_of(one) in office.get(address).content.decode()
            assert page_of(one) not in signed_in(marks_too).get(listing).content.decode()


# --- its owner is told ------------------------------------------------------------------------------------------
def letters() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="upload_malware").order_by("pk"))


@pytest.mark.parametrize(
    ("scene", "says"),
    [
        (refused, "choose that file until"),
        (after, "The deadline has passed"),
        (late, "The deadline has passed"),
    ],
)
def test_the_owner_of_a_file_with_malware_is_told_once(settings: Any, scene: Any, says: str) -> None:
    with clamd(bad=b"") as fake:
        settings.CLAMD = fake.address
        one = scene(b"Bad word. " * 600 + EICAR)
        when = made.INSIDE if scene is refused else LATER
        for _ in range(2):
            safety.scan_due(at=when)
            DocumentCheck.objects.update(state="waiting", next_at=None)
    (letter,) = letters()
    shown = mail.render(letter)
    assert letter.recipient == one.sitting.enrolment.user.email
    for text in (shown.text, unescape(shown.html)):
        assert "Mine – 1.docx" in text
        assert "Eicar" in text
        assert says in text
    assert not OutboxMessage.objects.filter(payload__template="document_held").exists()


def test_each_owner_of_the_same_file_is_told_and_who_sent_what_is_clean_is_not(settings: Any) -> None:
    bad = b"Bad word. " * 600 + EICAR
    with clamd() as fake:
        settings.CLAMD = fake.address
        owners = {refused(bad).sitting.enrolment.user.email for _ in range(2)}
        refused()
        assert safety.scan_due(at=made.INSIDE) == {"clean": 1, "found": 1, "failed": 0}
    assert {one.recipient for one in letters()} == owners


def test_malware_in_evidence_that_was_added_and_not_handed_in_is_told(settings: Any) -> None:
    with clamd(bad=b"Annex") as fake:
        settings.CLAMD = fake.address
        amara = make.candidate()
        make.planned(amara)
        make.add_file(amara, "annex.txt", b"Annex of a project.")
        safety.scan_due(at=make.BEGIN)
        safety.scan_due(at=make.AFTER)
    (letter,) = letters()
    assert letter.recipient == amara.user.email
    assert letter.payload["context"]["document"] == "annex.txt"
    assert letter.payload["context"]["evidence"] is True


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_in_the_browser_the_office_opens_it_and_its_owner_sends_after_the_deadline(
    visit: Any, live_server: Any, tmp_path: Any, size: str
) -> None:
    from playwright.sync_api import expect

    one = made.sitting()
    with at(LATER):
        opened = visit(**({"viewport": PHONE} if size == "phone" else {}))
        for person in (one.enrolment.user, made.office()):
            opened.context.clear_cookies()
            cookie = signed_in(person).cookies["sessionid"].value
            opened.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            if person == one.enrolment.user:
                file = tmp_path / "mine.docx"
                file.write_bytes(documents.docx(20))
                opened.page.goto(reverse("participant:script_upload", args=[one.pk]))
                looks_right(opened.page, f"after-deadline-{size}")
                opened.page.set_input_files("input[type=file]", file)
                opened.page.click("text=Send the document")
                expect(opened.page.locator("[data-upload-refused]")).to_contain_text(
                    "arrived after the deadline"
                )
                continue
            opened.page.goto(page_of(one.uploads.get()))
            looks_right(opened.page, f"office-sent-{size}")


@pytest.mark.parametrize("before", [True, False])
def test_the_same_bytes_in_a_script_stay_held_from_its_markers(settings: Any, before: bool) -> None:
    """Whether they were handed in before or after the office let this one be opened."""
    settings.CLAMD, settings.TRUST_UNSCANNED = "", False
    one, content = late(), b""
    assert one.file is not None
    content = as_kept(one)
    other = made.sitting()

    def hand_in() -> None:
        declared = {"at_once": "on", "form_key": str(uuid.uuid4()), "own_work": "on", "ai_use": "none"}
        sent = SimpleUploadedFile("theirs.docx", content)
        with at(made.INSIDE):
            address = f"/my/assessment/{other.pk}/upload/"
            signed_in(other.enrolment.user).post(address, {**declared, "file": sent})

    if before:
        hand_in()
    office = signed_in(made.office())
    with at(LATER):
        assert office.post(page_of(one), {"reason": "Looked at by hand"}).status_code == 302
        assert office.get(file_of(one)).content == content
        assert "Looked at by hand" in office.get(page_of(one)).content.decode()
    if not before:
        hand_in()
    script = Script.objects.get(sitting=other)
    assert script.file == one.file
    assert DocumentCheck.objects.get(file=one.file).state == "waiting"
    assert upload_queries.is_held(script)


@pytest.mark.parametrize(
    ("handed_in", "state", "offered"),
    [(False, "scheduled", True), (True, "scheduled", False), (False, "released", False)],
)
def test_after_the_deadline_a_document_is_asked_for_where_it_would_be_kept(
    handed_in: bool, state: str, offered: bool
) -> None:
    one = made.sitting()
    if handed_in:
        made.script(one)
    Window.objects.filter(pk=one.window_id).update(state=state)
    client = signed_in(one.enrolment.user)
    with at(LATER):
        page = client.get(reverse("participant:sitting", args=[one.pk])).content.decode()
        assert ("send it here" in page) is offered
        send(client, one, documents.docx(20), "Mine.docx")
    assert one.uploads.exists() is (state == "scheduled")  # kept unasked beside a script too
