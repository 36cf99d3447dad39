"""A form from somebody who was signed out: nothing is done, they are told so, and come back to its page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.people.models import Role, User
from tests import factories
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
HERE = "http://testserver"
FORM = "/my/assessment/support/decline/"  # takes a form only
PAGE = "/my/assessment/support/?enrolment=AB12"


@pytest.fixture
def user() -> User:
    return factories.user("Amara Applicant")


def sign_in_page(answer: object) -> tuple[str, str]:
    """The page that is asked for, and where one goes on afterwards."""
    place = urlsplit(answer["Location"])  # type: ignore[index]
    return place.path, parse_qs(place.query)["next"][0]


def test_after_signing_in_again_one_is_back_on_the_page_of_the_form(user: User) -> None:
    client = Client()
    answer = client.post(FORM, {"reason": "No time"}, headers={"referer": HERE + PAGE})
    assert sign_in_page(answer) == (reverse("account_login"), PAGE)
    assert "You were signed out, so nothing was sent." in text_of(client.get(answer["Location"]))
    said = {"login": user.email, "password": factories.PASSWORD, "next": PAGE}
    assert client.post(reverse("account_login"), said)["Location"] == PAGE


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://elsewhere.example/my/",
        "https://testserver/my/",
        "//testserver/my/",
        "http://testserver.example/my/",
    ],
)
def test_a_page_that_isnt_ours_is_never_gone_to(referer: str) -> None:
    answer = Client().post(FORM, headers={"referer": referer} if referer else {})
    assert sign_in_page(answer) == (reverse("account_login"), FORM)


def test_what_a_script_sends_by_itself_leaves_no_message_behind() -> None:
    client = Client()
    for _ in range(3):
        assert client.post(FORM, headers={"sec-fetch-mode": "cors"}).status_code == 302
    assert "nothing was sent" not in text_of(client.get(reverse("account_login")))


def test_a_page_that_is_only_looked_at_is_gone_on_to_without_a_word() -> None:
    client = Client()
    answer = client.get(PAGE, headers={"referer": HERE + "/my/"})
    assert sign_in_page(answer) == (reverse("account_login"), PAGE)
    assert "nothing was sent" not in text_of(client.get(answer["Location"]))


def test_an_address_for_forms_alone_says_that_nothing_was_sent_and_where_to_go_on(user: User) -> None:
    office = factories.member(Role.OFFICE, "Olu Office")
    for address in (reverse("office:try_again", args=[1]), reverse("office:window_cancel", args=[1])):
        answer = client_of(office).get(address)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert "Nothing was sent" in text_of(answer)
        assert f'href="{reverse("start")}"' in answer.content.decode()
    assert client_of(office).put(reverse("office:try_again", args=[1])).content == b""
