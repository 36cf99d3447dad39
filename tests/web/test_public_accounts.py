"""The first sign-in, a new password, and what somebody is told who can't get in."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from goldenthread.common import clock
from goldenthread.people import actions, queries
from goldenthread.people.models import User
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


# --- the first sign-in -------------------------------------------------------------------------------
@pytest.fixture
def person(db):
    return actions.ensure_user(email="amara@example.org", name="Amara Applicant", by=None, at=AT)


def welcome(person):
    return reverse("public:welcome", args=[queries.welcome_token(person)])


def test_the_link_of_the_mail_sets_a_password_and_signs_in(client, person):
    link = welcome(person)
    assert "Welcome, Amara" in client.get(link, follow=True).content.decode()
    good = {"new_password1": factories.PASSWORD, "new_password2": factories.PASSWORD}
    form = reverse("public:first_password")  # the link's token has left the address
    response = client.post(form, good)
    assert response.url == reverse("start")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.get(link).url == client.post(form, good).url == reverse("start")  # the second click
    client.logout()
    for again in (client.get(link), client.post(link, good)):
        assert again.status_code == 410
        assert "Your password is set already" in again.content.decode()
        assert reverse("account_login") in again.content.decode()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        ("short", "short"),
        ("123456789012", "123456789012"),
        ("a-long-enough-phrase-7", "other"),
        ("x" * 10_000_000, "x"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused(client, person, first, second):
    form = client.get(welcome(person)).url
    response = client.post(form, {"new_password1": first, "new_password2": second})
    assert response.status_code == 422
    assert not User.objects.get(pk=person.pk).has_usable_password()


def test_an_old_link_says_how_to_get_a_new_one(client, person):
    link = welcome(person)
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        response = client.get(link)
    assert response.status_code == 410
    assert "It worked for 14 days" in response.content.decode()
    assert reverse("account_reset_password") in response.content.decode()


def test_a_link_that_lost_a_part_says_to_open_it_from_the_mail(client, person):
    response = client.get(reverse("public:welcome", args=[queries.welcome_token(person)[:-3]]))
    assert response.status_code == 410
    assert "This link is not whole" in response.content.decode()


def reset_link(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    path = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)
    assert path
    return path[0]


def test_a_mailed_link_sets_a_new_password_once(client, person):
    link = reset_link(client, person)
    form = client.get(link, follow=True)
    good = {"password1": factories.PASSWORD, "password2": factories.PASSWORD}
    done = client.post(form.redirect_chain[-1][0], good, follow=True)
    assert "Your password is set" in done.content.decode()
    client.cookies.clear()
    again = client.get(link, follow=True).content.decode()
    assert "This link no longer works" in again
    assert reverse("account_login") in again
    assert reverse("account_reset_password") in again


def test_a_mailed_link_that_is_older_than_three_days_says_how_to_get_another(client, person):
    link = reset_link(client, person)
    with time_machine.travel(clock.now() + timedelta(days=3, minutes=1), tick=False):
        assert "This link no longer works" in client.get(link, follow=True).content.decode()


def test_a_wrong_password_says_what_to_do_and_keeps_the_address(client, person):
    response = client.post(reverse("account_login"), {"login": person.email, "password": "wrong"})
    page = response.content.decode()
    assert "Check both, or set a new" in page
    assert person.email in page
    assert reverse("account_reset_password") in page


def test_after_five_failed_attempts_one_is_told_how_long_to_wait(client, person):
    answers = [
        client.post(reverse("account_login"), {"login": person.email, "password": "wrong"}).content.decode()
        for _ in range(6)
    ]
    assert "Wait five minutes" in answers[-1]
    assert "Wait five minutes" not in answers[0]


def test_too_many_requests_get_a_page_that_says_what_to_do(client, person):
    answers = [
        client.post(reverse("account_login"), {"login": f"{n}@example.org", "password": "x"})
        for n in range(31)
    ]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"
    assert "Wait a minute, then go back" in answers[-1].content.decode()


def test_a_person_without_a_password_can_ask_for_a_new_link(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    assert [sent.to for sent in mail.outbox] == [[person.email]]
    assert re.search(r"/accounts/password/reset/key/", mail.outbox[0].body)


def test_behind_our_proxy_each_caller_is_counted_alone(client, person, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    wrong = {"login": "nobody@example.org", "password": "x"}
    for number in range(40):
        caller = {"HTTP_X_FORWARDED_FOR": f"203.0.113.1, 198.51.100.{number}"}
        wrong["login"] = f"{number}@example.org"
        assert client.post(reverse("account_login"), wrong, **caller).status_code == 200
