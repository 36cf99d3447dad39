"""A code of ten symbols, of an earlier award: nothing is said of it without the name and the day on the certificate."""

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.awards import actions
from goldenthread.awards.models import Award
from goldenthread.catalogue.models import Programme
from tests import factories
from tests import factories_marking as make
from tests.by_hand import alter

pytestmark = pytest.mark.django_db
CODE, PAPER = "NPQLT-2025-7K3M-9QXD-4T", "/verify/certificate/"
SAID = {"code": CODE, "name": "Siân Ŵyn", "day": "2025-10-14"}


@pytest.fixture
def award() -> Award:
    return earlier(CODE)


def earlier(code: str) -> Award:
    """An award as an earlier release issued it, with a code of ten symbols."""
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Siân Ŵyn", to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    actions.release(window=window, by=window.created_by, at=make.CLOSED)
    alter(Award.objects.all(), code=code)
    return Award.objects.get()


def text_of(response: Any) -> str:
    return unescape(" ".join(response.content.decode().split()))


@pytest.mark.requirement("S1-08")
def test_the_certificate_verifies_with_the_name_and_the_day_that_stand_on_it(
    client: Client, award: Award
) -> None:
    for address, data in (
        (f"/verify/{CODE}/", {}),
        ("/verify/", {"code": CODE.lower().replace("-", " ")}),
    ):
        asked = client.get(address, data)
        assert asked.status_code == 200
        assert "What else does the certificate say?" in text_of(asked)
        assert "Siân" not in text_of(asked)
        assert not asked.cookies
        assert asked["X-Robots-Tag"] == "noindex"
    response = client.post(PAPER, {**SAID, "name": "wyn, sian"})
    assert response.status_code == 200
    assert not response.cookies
    for part in ("This award is valid", "Siân Ŵyn", "for Leading Teaching", "Tue 14 Oct 2025", CODE):
        assert part in text_of(response)


def test_whether_there_is_such_a_code_is_said_to_nobody_without_name_and_day(
    client: Client, award: Award
) -> None:
    near = CODE[:-1] + "3"
    asked = [text_of(client.get(f"/verify/{code}/")).replace(code, "") for code in (CODE, near)]
    assert asked[0] == asked[1]
    wrong = [
        client.post(PAPER, {**SAID, **other})
        for other in (
            {"code": near},
            {"name": "Siân"},
            {"name": ""},
            {"day": "2025-10-15"},
            {"code": near, "name": "Nobody"},
        )
    ]
    assert [one.status_code for one in wrong] == [404] * 5
    assert all("We don't know this certificate" in text_of(one) for one in wrong)
    assert all("This award" not in text_of(one) for one in wrong)


def test_a_wrong_code_costs_what_a_wrong_name_costs(client: Client, award: Award) -> None:
    counts = []
    for other in ({"code": CODE[:-1] + "3"}, {"name": "Nobody"}, {"day": "2025-10-15"}):
        with CaptureQueriesContext(connection) as ran:
            client.post(PAPER, {**SAID, **other})
        counts.append(len(ran))
    assert len(set(counts)) == 1
    assert counts[0] <= 12


def test_that_an_award_was_revoked_is_said_to_whoever_has_its_certificate(
    client: Client, award: Award
) -> None:
    actions.revoke(award=award, reason="Issued in error.", by=None, at=make.CLOSED)
    assert "revoked" not in text_of(client.get(f"/verify/{CODE}/"))
    assert "This award was revoked" in text_of(client.post(PAPER, SAID))


def test_what_is_left_out_is_asked_for_and_looks_nothing_up(client: Client, award: Award) -> None:
    for missing, said in (("", "Enter the day"), ("yesterday", "Enter a day of the calendar")):
        response = client.post(PAPER, {**SAID, "day": missing})
        assert response.status_code == 422
        assert said in text_of(response)
        assert 'value="Siân Ŵyn"' in text_of(response)
    assert client.get(PAPER).status_code == client.post(PAPER, {}).status_code == 302


def test_a_code_of_now_sent_with_name_and_day_is_verified_by_itself(client: Client, award: Award) -> None:
    alter(Award.objects.filter(pk=award.pk), code="NPQLT-2025-7K3M-9QXD-4TAB-C3")
    said = {**SAID, "code": "NPQLT-2025-7K3M-9QXD-4TAB-C3", "name": "anything"}
    assert "This award is valid" in text_of(client.post(PAPER, said))


@pytest.mark.parametrize("programme", ["NPQ2", "NPQ-LT", "NPQÉ"])
@pytest.mark.parametrize("tail", ["7K3M-9QXD-4T", "7K3M-9QXD-4TAB-C3"])
def test_an_award_whose_programme_has_a_digit_a_hyphen_or_an_accent_verifies(
    client: Client, programme: str, tail: str
) -> None:
    code = f"{programme}-2025-{tail}"
    earlier(code)
    assert client.post(PAPER, {**SAID, "code": code}).status_code == 404
    Programme.objects.create(code=programme, name="An earlier one", family="suite")
    response = client.post(PAPER, {**SAID, "code": code.lower().replace("-", " ")})
    assert "This award is valid" in text_of(response)
    assert code in text_of(response)
    if len(tail) > 12:
        assert "This award is valid" in text_of(client.get(f"/verify/{code}/"))


def test_another_site_cannot_send_the_form(client: Client, award: Award) -> None:
    assert client.post(PAPER, SAID, headers={"Origin": "https://elsewhere.example"}).status_code == 403
