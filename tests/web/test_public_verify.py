"""Anybody verifies an award by its code: no account, no cookie, no hints."""

from typing import Any

import pytest
from django.test import Client

from goldenthread.awards import actions
from goldenthread.awards.models import Award
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def award() -> Award:
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Siân Ŵyn", to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    actions.release(window=window, by=window.created_by, at=make.CLOSED)
    return Award.objects.get()


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.requirement("S1-08")
def test_code_shows_holder_programme_edition_and_day(client: Client, award: Award) -> None:
    for address, data in (
        (f"/verify/{award.code}/", {}),
        ("/verify/", {"code": award.code.lower().replace("-", " ")}),
    ):
        response = client.get(address, data)
        assert response.status_code == 200
        found = text_of(response)
        for part in (
            "This award is valid",
            "Siân Ŵyn",
            "for Leading Teaching",
            "NPQLT, reformed",
            "Tue 14 Oct 2025",
        ):
            assert part in found
        assert response["X-Robots-Tag"] == "noindex"


def test_in_a_demonstration_a_code_says_specimen_and_not_valid(
    client: Client, award: Award, settings: Any
) -> None:
    settings.MODE = "demonstration"
    found = text_of(client.get(f"/verify/{award.code}/"))
    assert "SPECIMEN: this award is made up" in found
    assert "It certifies nothing" in found
    assert "This award is valid" not in found


@pytest.mark.requirement("S1-08")
def test_wrong_codes_all_get_the_same_answer(client: Client, award: Award) -> None:
    near = award.code[:-1] + ("3" if award.code[-1] != "3" else "4")
    for code in (near, "NPQLT-2025-3333-3333-3333-33", "nonsense", "<script>", "é" * 99, "a\x00b"):
        response = client.get("/verify/", {"code": code})
        assert response.status_code == 404
        found = text_of(response)
        assert "We don't know this code" in found.replace("&#x27;", "'")
        assert "Siân" not in found


def test_revoked_award_names_nobody(client: Client, award: Award) -> None:
    actions.revoke(award=award, reason="Issued in error.", by=None, at=make.CLOSED)
    found = text_of(client.get(f"/verify/{award.code}/"))
    assert "This award was revoked" in found
    assert "Siân" not in found
    assert "Issued in error" not in found


def test_no_cookie_is_set(client: Client, award: Award) -> None:
    for address in ("/verify/", f"/verify/{award.code}/", "/verify/?code=x"):
        assert not client.get(address).cookies


def test_empty_box_says_so(client: Client) -> None:
    assert "Enter the code first" in text_of(client.get("/verify/", {"code": " "}))
    assert "Enter the code first" not in text_of(client.get("/verify/"))


def test_too_many_lookups_in_a_minute_are_asked_to_wait(client: Client) -> None:
    from time_machine import travel

    with travel(make.CLOSED, tick=False):
        answers = [client.get("/verify/nonsense/").status_code for _ in range(31)]
        assert answers == [404] * 30 + [429]
        waiting = client.get("/verify/nonsense/")
        assert waiting["Retry-After"] == "60"
        assert client.get("/verify/").status_code == 200
        assert client.get("/verify/nonsense/", REMOTE_ADDR="192.0.2.7").status_code == 404


def test_form_cannot_be_posted(client: Client) -> None:
    assert client.post("/verify/", {"code": "x"}).status_code == 405
