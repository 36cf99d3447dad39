"""Pages of an appeal against a revocation: the holder's, the office's, and what visitors read of the code."""

import html
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from goldenthread.appeals.models import RevocationAppeal
from goldenthread.people.models import User
from tests.appeals.test_revocations import LATER, WHY, held, lodge, revoked
from tests.factories_appeals import office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
MINE = "/my/award/appeal/"


@pytest.fixture(autouse=True)
def _now(settings: Any, tmp_path: Path) -> Any:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"
    with travel(LATER, tick=False):
        yield


def text_of(response: Any) -> str:
    return html.unescape(" ".join(response.content.decode().split()))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_holder_appeals_on_the_page_of_the_award_and_reads_the_decision() -> None:
    award = revoked()
    mine = signed_in(award.outcome.enrolment.user)
    assert MINE in text_of(mine.get("/my/award/"))
    page = text_of(mine.get(MINE))
    assert "You may appeal once, until" in page
    key = page.split('name="form_key" value="')[1].split('"')[0]
    assert mine.post(MINE, {"statement": " ", "form_key": key}).status_code == 422
    for _ in range(2):
        mine.post(MINE, {"statement": WHY, "form_key": key})
    made = RevocationAppeal.objects.get()
    assert "Nothing is due from you" in text_of(mine.get(MINE))

    address = f"/office/windows/appeals/revocations/{made.pk}/"
    oda, ina = signed_in(office()), signed_in(office("Ina Independent"))
    assert "appeal against a revocation to decide" in text_of(ina.get("/office/"))
    assert address in text_of(ina.get("/office/windows/appeals/?show=revocations"))
    page = text_of(oda.get(address))
    assert "A colleague decides this" in page
    assert "Decide and tell them" not in page
    assert oda.post(address, {"uphold": "1", "reason": "Yes."}).status_code == 422
    assert ina.post(address, {"reason": "Yes."}).status_code == 422
    assert ina.post(address, {"uphold": "1", "reason": "The notes show it."}).status_code == 302
    page = text_of(mine.get(MINE))
    assert "your award stands again" in page
    assert "The notes show it." in page
    assert "Download the certificate" in text_of(mine.get("/my/award/"))
    assert "This award is valid" in text_of(Client().get(f"/verify/{award.code}/"))
    person = text_of(ina.get(f"/office/people/{award.outcome.enrolment.reference}/"))
    assert address in person
    assert "stands again" in person


def test_after_its_days_or_without_a_revoked_award_the_page_says_so() -> None:
    award = held()
    mine = signed_in(award.outcome.enrolment.user)
    assert "No award of yours is revoked" in text_of(mine.get(MINE))
    revoked(award)
    with travel(LATER + timedelta(days=40), tick=False):
        late = text_of(signed_in(award.outcome.enrolment.user).get(MINE))
    assert "An appeal could be made until" in late
    assert "Send the appeal" not in late


def test_a_holder_withdraws_the_appeal() -> None:
    made = lodge(revoked())
    mine = signed_in(made.award.outcome.enrolment.user)
    for _ in range(2):
        assert mine.post(MINE, {"step": "withdraw"}).status_code == 302
    assert "You withdrew this appeal" in text_of(mine.get(MINE))


def test_its_pages_ask_the_database_twelve_times_at_most() -> None:
    made = lodge(revoked())
    ina, mine = signed_in(office("Ina Independent")), signed_in(made.award.outcome.enrolment.user)
    for client, path in (
        (ina, "/office/windows/appeals/?show=revocations"),
        (ina, f"/office/windows/appeals/revocations/{made.pk}/"),
        (mine, MINE),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        assert len(asked) <= 12, path
