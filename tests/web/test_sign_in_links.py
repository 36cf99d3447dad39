"""The links of our mails that open an account: gone from the address at once, and in no log."""

import io
import logging
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from goldenthread.config.logs import HideTokens, without_tokens
from goldenthread.people import actions, queries
from goldenthread.people.models import User
from goldenthread.web.public.views.welcome import SESSION_KEY
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
GOOD = {"new_password1": factories.PASSWORD, "new_password2": factories.PASSWORD}
WEAK = {"new_password1": "short", "new_password2": "short"}
FORM = "/welcome/"


@pytest.fixture
def person() -> User:
    return actions.ensure_user(email="amara@example.org", name="Amara Applicant", by=None, at=AT)


@pytest.fixture
def token(person: User) -> str:
    return queries.welcome_token(person)


def test_the_first_visit_takes_the_token_out_of_the_address(client: Client, token: str) -> None:
    assert client.get(f"/welcome/{token}/")["Location"] == FORM
    answer = client.get(FORM)
    assert "Welcome, Amara" in answer.content.decode()
    assert token not in answer.content.decode()
    assert client.session.get_expiry_age() <= 3600


def test_a_weak_password_leaves_no_live_token_in_the_log(client: Client, token: str, caplog: Any) -> None:
    client.get(f"/welcome/{token}/")
    assert client.post(FORM, WEAK).status_code == 422
    assert client.post(f"/welcome/{token}/", WEAK).status_code == 302
    assert "/welcome/" in caplog.text
    assert token not in caplog.text


def test_a_second_click_leads_on_and_does_not_say_expired(client: Client, token: str) -> None:
    client.get(f"/welcome/{token}/")
    answers = [client.post(FORM, GOOD) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [reverse("start")] * 2
    assert client.get(f"/welcome/{token}/")["Location"] == reverse("start")
    assert client.get(FORM)["Location"] == reverse("start")


def test_the_same_form_sent_twice_at_once_sets_one_password(person: User) -> None:
    actions.set_first_password(user=person, password=factories.PASSWORD, at=AT)
    again = actions.set_first_password(user=person, password=factories.PASSWORD, at=AT)
    assert again.check_password(factories.PASSWORD)


def test_after_the_password_the_token_is_gone_and_the_session_is_an_ordinary_one(
    client: Client, person: User, token: str
) -> None:
    client.get(f"/welcome/{token}/")
    client.post(FORM, GOOD)
    assert SESSION_KEY not in client.session
    assert client.session.get_expire_at_browser_close()
    assert client.session["_auth_user_id"] == str(person.pk)


def test_without_the_link_the_form_says_to_open_it(client: Client) -> None:
    for answer in (client.get(FORM), client.post(FORM, GOOD)):
        assert answer.status_code == 410
        assert "Open the link in our mail" in answer.content.decode()


def test_a_link_of_somebody_else_signs_in_as_that_person_only(
    client: Client, person: User, token: str
) -> None:
    client.force_login(factories.user("Dot Stranger"))
    client.get(f"/welcome/{token}/")
    client.post(FORM, GOOD)
    assert client.session["_auth_user_id"] == str(person.pk)


def test_the_link_for_a_new_password_leaves_the_address_too(client: Client, caplog: Any) -> None:
    amara = factories.user("Amara Applicant")
    client.post("/accounts/password/reset/", {"email": amara.email})
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    path = "/accounts/" + link.partition("/accounts/")[2]
    assert client.get(path)["Location"].endswith("-set-password/")
    weak = client.post(client.get(path)["Location"], {"password1": "short", "password2": "short"})
    assert path not in caplog.text
    assert path not in weak.content.decode()


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Gone: /welcome/abc:def-_1/", "Gone: /welcome/…/"),
        ("Gone: /welcome/", "Gone: /welcome/"),
        ("/profile/address/a:b/, /profile/address/confirm/", "/profile/address/…/, /profile/address/confirm/"),
        ("/accounts/password/reset/key/3-abc-def/?next=/my/", "/accounts/password/reset/key/…/?next=/my/"),
        ("/office/people/E-000001/", "/office/people/E-000001/"),
    ],
)  # fmt: skip
def test_what_opens_an_account_is_taken_out_of_a_line(line: str, written: str) -> None:
    assert without_tokens(line) == written


@pytest.mark.parametrize("arguments", [("Gone", "/welcome/abc:def/"), {"path": "/welcome/abc:def/"}])
def test_the_log_of_the_product_takes_it_out_of_its_lines(settings: Any, arguments: Any) -> None:
    console = settings.LOGGING["handlers"]["console"]
    assert settings.LOGGING["filters"][console["filters"][0]]["()"].endswith(".HideTokens")
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.addFilter(HideTokens())
    words = "%(path)s" if isinstance(arguments, dict) else "%s: %s"
    handler.handle(logging.LogRecord("x", logging.WARNING, "x", 1, words, arguments if isinstance(arguments, tuple) else (arguments,), None))  # noqa: E501  # fmt: skip
    assert "/welcome/…/" in text.getvalue()
    assert "abc" not in text.getvalue()
