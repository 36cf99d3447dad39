"""A document with a request about the name on an award: who opens it, what is refused, and when it goes."""

import io
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from time_machine import travel

from goldenthread.assessment.upload_models import CheckState, DocumentCheck
from goldenthread.awards import jobs, name_documents, reissuing
from goldenthread.awards.models import Award, NameRequest
from goldenthread.common import files
from goldenthread.common.models import AuditEvent, StoredFile
from goldenthread.common.refused import Refused
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests.awards.test_reissuing import asks, award, decide, propose
from tests.documents import scanned_pdf
from tests.factories_appeals import NEXT, office
from tests.factories_web import client_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
MINE = "/my/award/name/"


@pytest.fixture(autouse=True)
def _here(settings: Any, tmp_path: Path) -> Any:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"
    settings.CLAMD, settings.TRUST_UNSCANNED = "", True
    with travel(NEXT, tick=False):
        yield


@cache
def deed() -> bytes:
    return scanned_pdf()


def with_deed(held: Award, **fields: Any) -> NameRequest:
    kept = name_documents.store(io.BytesIO(deed()), name="deed of change.pdf", at=NEXT)
    return asks(held, document=kept, **fields)


def seen(user: User) -> Viewer:
    return factories.seen(user, on=NEXT.date())


def may_open(user: User, request: NameRequest) -> bool:
    try:
        name_documents.get_request_for(seen(user), request.pk)
    except Http404:
        return False
    return True


def test_whoever_may_decide_opens_it_until_two_have_and_then_these_two_alone() -> None:
    held = award()
    asked = with_deed(held)
    oda, olga, third = office(), office("Olga Other"), office("Otto Third")
    holder = held.outcome.enrolment.user
    assert [may_open(one, asked) for one in (oda, olga, third, holder)] == [True, True, True, False]
    decide(propose(held, by=oda), by=olga)
    assert [may_open(one, asked) for one in (oda, olga, third, holder)] == [True, True, False, False]


def test_who_declines_alone_opens_it_on() -> None:
    asked = with_deed(award())
    oda, third = office(), office("Otto Third")
    reissuing.decline(request=asked, reason="It says another name.", by=oda, at=NEXT)
    assert [may_open(one, asked) for one in (oda, third)] == [True, False]


def test_somebody_of_the_office_does_not_open_what_they_added_themselves() -> None:
    held = award()
    asked = with_deed(held)
    user = held.outcome.enrolment.user
    there = Membership.objects.filter(role=Role.OFFICE).first()
    assert there is not None
    Membership.objects.create(
        user=user, organisation=there.organisation, role=Role.OFFICE, starts_on=there.starts_on
    )
    assert not may_open(user, asked)


def test_each_opening_is_on_record_and_gives_the_file_as_it_came() -> None:
    asked = with_deed(award())
    oda = client_of(office())
    response = oda.get(f"/office/people/awards/names/{asked.pk}/document/")
    assert (response.status_code, response.content) == (200, deed())
    assert response["Content-Type"] == "application/octet-stream"
    assert 'attachment; filename="deed of change.pdf"' in response["Content-Disposition"]
    assert response["Cache-Control"] == "private, no-store"
    event = AuditEvent.objects.get(verb="name_request.document_opened")
    assert (event.actor_name, event.details["request"]) == (office().name, asked.pk)


@pytest.mark.parametrize(("state", "said"), [
    (CheckState.FOUND, "Malware was found"), (CheckState.WAITING, "not scanned yet"), (CheckState.CLEAN, ""),
])  # fmt: skip
def test_what_a_scanner_has_not_found_clean_is_not_opened(settings: Any, state: str, said: str) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "unix:/nowhere", False
    asked = with_deed(award())
    assert DocumentCheck.objects.get().state == CheckState.WAITING
    DocumentCheck.objects.update(state=state)
    page = client_of(office()).get(f"/office/people/awards/names/{asked.pk}/document/", follow=True)
    assert (said in text_of(page)) if said else (page.content == deed())
    assert AuditEvent.objects.filter(verb="name_request.document_opened").exists() is not bool(said)


def test_what_came_while_there_was_no_scanner_is_scanned_once_there_is_one(settings: Any) -> None:
    asked = with_deed(award())
    settings.CLAMD = "unix:/nowhere"
    with pytest.raises(Refused, match="not scanned yet"):
        name_documents.open_it(request=asked, by=office(), at=NEXT)
    assert DocumentCheck.objects.get().state == CheckState.WAITING


@pytest.mark.parametrize(("name", "data", "code"), [
    ("deed.exe", b"MZ" + b"x" * 100, "file."), ("deed.pdf", b"plain words", "file."), ("deed.txt", b"", "file."),
])  # fmt: skip
def test_what_is_no_document_is_refused_at_its_field(name: str, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        name_documents.store(io.BytesIO(data), name=name, at=NEXT)
    assert refused.value.code.startswith(code)
    assert refused.value.field == "document"


def test_one_that_is_too_large_is_refused(settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = len(deed()) - 1
    with pytest.raises(Refused) as refused:
        name_documents.store(io.BytesIO(deed()), name="deed.pdf", at=NEXT)
    assert refused.value.field == "document"


def test_it_goes_a_month_after_the_answer_and_the_bytes_with_it() -> None:
    asked = with_deed(award())
    stored = StoredFile.objects.get(pk=asked.document_id)
    reissuing.decline(request=asked, reason="It says another name.", by=office(), at=NEXT)
    almost = NEXT + name_documents.KEPT_AFTER - timedelta(seconds=1)
    assert jobs.remove_documents(almost) == "0 documents removed"
    over = NEXT + name_documents.KEPT_AFTER
    assert jobs.remove_documents(over) == "1 documents removed"
    assert jobs.remove_documents(over) == "0 documents removed"
    asked.refresh_from_db()
    assert (asked.document, asked.document_removed_at, asked.document_name) == (
        None,
        over,
        "deed of change.pdf",
    )
    assert not may_open(office(), asked)
    files.remove_unused(at=over + timedelta(days=1))
    assert not StoredFile.objects.filter(pk=stored.pk).exists()
    assert not default_storage.exists(stored.path)


def test_it_goes_at_once_when_its_holder_withdraws_with_what_was_known_of_it(settings: Any) -> None:
    settings.CLAMD = "unix:/nowhere"
    held = award()
    asked = with_deed(held)
    assert DocumentCheck.objects.exists()
    reissuing.withdraw(request=asked, by=held.outcome.enrolment.user, at=NEXT)
    asked.refresh_from_db()
    assert asked.document is None
    assert not DocumentCheck.objects.exists()


def test_what_another_request_holds_too_stays_with_what_is_known_of_it(settings: Any) -> None:
    settings.CLAMD = "unix:/nowhere"
    held = award()
    first = with_deed(held)
    reissuing.decline(request=first, reason="Too dark to read.", by=office(), at=NEXT)
    second = with_deed(held)
    name_documents.remove(first.pk, at=NEXT)
    second.refresh_from_db()
    assert second.document is not None
    assert DocumentCheck.objects.filter(file=second.document).exists()


# --- the pages -----------------------------------------------------------------------------------------------
def sent(held: Award, **fields: Any) -> dict[str, Any]:
    page = client_of(held.outcome.enrolment.user).get(MINE).content.decode()
    key = page.split('name="form_key" value="')[1].split('"')[0]
    return {"name": "Amara Bell", "wrong": "It is mine.", "linked": "1", "form_key": key, **fields}


def test_a_holder_adds_a_document_and_both_people_of_the_office_find_it() -> None:
    held = award()
    mine, oda, olga = (
        client_of(held.outcome.enrolment.user),
        client_of(office()),
        client_of(office("Olga Other")),
    )
    faulty = mine.post(MINE, sent(held, document=SimpleUploadedFile("deed.exe", b"MZ" * 50)))
    assert faulty.status_code == 422
    assert 'href="#id_document"' in faulty.content.decode()
    mine.post(MINE, sent(held, document=SimpleUploadedFile("deed.pdf", deed())))
    asked = NameRequest.objects.get()
    address = f"/office/people/awards/names/{asked.pk}/document/"
    assert "deed.pdf" in text_of(mine.get(MINE))
    assert mine.get(address).status_code == 404
    page = f"/office/people/{held.outcome.enrolment.reference}/awards/{held.code}/name/"
    assert address in oda.get(page).content.decode()
    oda.post(page, {"step": "propose", "name": "Amara Bell", "linked": "1", "reason": "The deed says so."})
    change = f"/office/windows/changes/{asked.award.changes.get().pk}/"
    assert address in olga.get(change).content.decode()
    olga.post(change, {"approve": "1", "reason": "I read it too."})
    third = client_of(office("Otto Third"))
    assert "open to those alone who decided" in text_of(third.get(change))
    assert third.get(address).status_code == 404


def test_where_nothing_unscanned_is_trusted_and_nothing_scans_no_document_is_asked_for(settings: Any) -> None:
    settings.TRUST_UNSCANNED = False
    held = award()
    mine = client_of(held.outcome.enrolment.user)
    assert 'name="document"' not in mine.get(MINE).content.decode()
    mine.post(MINE, sent(held, document=SimpleUploadedFile("deed.pdf", deed())))
    assert NameRequest.objects.get().document is None
    with pytest.raises(Refused, match="No document can be added here"):
        name_documents.store(io.BytesIO(deed()), name="deed.pdf", at=NEXT)
