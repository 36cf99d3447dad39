"""An award of a legacy edition, earned by its project, is verified on the public page like any other."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from goldenthread.awards import actions
from goldenthread.awards.models import Award
from tests import factories_attempts as attempts
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.outcomes.test_projects import everything_else, handed_in

pytestmark = pytest.mark.django_db


def legacy_award() -> Award:
    """The award of somebody who did everything that legacy senior leadership asks for."""
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    everything_else(amara)
    attempts.told(window, attempts.ENOUGH)
    return Award.objects.get(outcome__enrolment=amara)


def text_of(response: Any) -> str:
    return unescape(" ".join(response.content.decode().split()))


def near(code: str) -> str:
    """The code but for its last symbol."""
    return code[:-1] + ("3" if code[-1] != "3" else "4")


@pytest.mark.requirement("S1-08")
def test_the_code_of_a_legacy_award_shows_holder_programme_edition_day_and_provider(client: Client) -> None:
    award = legacy_award()
    assert award.code.startswith("NPQSL-2019-")
    for address, data in (
        (f"/verify/{award.code}/", {}),
        ("/verify/", {"code": award.code.lower().replace("-", " ")}),
    ):
        response = client.get(address, data)
        assert response.status_code == 200
        assert response.context["rows"] == [
            ("Holder", "Amara Applicant"),
            ("Award", "National Professional Qualification for Senior Leadership"),
            ("Programme and edition", "NPQSL, legacy"),
            ("Awarded on", "Tue 10 Sep 2019"),
            ("Provider", "Best Practice Network"),
            ("Accredited by", "Department for Education"),
            ("Code", award.code),
        ]
        found = text_of(response)
        assert "This award is valid" in found
        for name, value in response.context["rows"]:
            assert name in found
            assert value in found


@pytest.mark.requirement("S1-08")
def test_a_wrong_code_beside_a_legacy_award_is_not_found_and_gives_no_hint(client: Client) -> None:
    award = legacy_award()
    reformed = award.code.replace("NPQSL", "NPQLT")
    another_year = award.code.replace("2019", "2020")
    answers = [
        client.get("/verify/", {"code": code})
        for code in (near(award.code), reformed, another_year, "NPQ-SL-2020-000123")
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    for answer in answers:
        found = text_of(answer)
        assert "We don't know this code" in found
        assert answer.context["rows"] == []
        for hint in ("Amara", "Senior Leadership", "legacy", "Best Practice"):
            assert hint not in found


def test_a_legacy_award_that_was_revoked_names_neither_holder_nor_edition(client: Client) -> None:
    award = legacy_award()
    actions.revoke(award=award, reason="Issued in error.", by=None, at=attempts.DECEMBER)
    found = text_of(client.get(f"/verify/{award.code}/"))
    assert "This award was revoked" in found
    for hidden in ("Amara", "legacy", "Senior Leadership", "Issued in error"):
        assert hidden not in found
