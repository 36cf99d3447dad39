"""Whoever is signed in finds back to their own pages from everybody's pages, and from pages that aren't there."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import reverse

from goldenthread.common import clock
from goldenthread.enquiries.actions import chatting
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.people.models import Role
from goldenthread.web.shared.errors import server_error
from tests import factories
from tests.enquiries import factories as enquiries
from tests.factories_web import Cast, cast, client_of, give, page, text_of

pytestmark = pytest.mark.django_db
EVERYBODYS = ("/", "/search/?q=fees", "/programmes/", "/help/", "/verify/")
NOBODYS = ("/profile/", "/nothing-here/", "/office/nothing-here/", "/my/nothing-here/")


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def header_of(response: Any) -> str:
    return text_of(response).partition("<header")[2].partition("</header>")[0]


def menu_of(response: Any) -> list[str]:
    """The addresses of the main menu, in order."""
    return re.findall(r'<a href="([^"]+)"', header_of(response).partition("<nav")[2])


@pytest.mark.parametrize("url", EVERYBODYS)
def test_on_visitors_pages_the_way_back_comes_first(people: Cast, url: str) -> None:
    for user, home in (
        (people.amara.user, "participant:home"),
        (people.office, "office:desk"),
        (people.head, "school:home"),
        (people.manager, "partner:home"),
        (people.author, "office:case_studies"),
    ):
        response = page(user, url)
        menu = menu_of(response)
        assert menu[0] == reverse(home), url
        assert reverse("public:programmes") in menu
        assert f'class="gt-brand" href="{reverse(home)}"' in header_of(response)
        assert "public" not in response["Cache-Control"]


@pytest.mark.parametrize("url", NOBODYS)
def test_pages_of_nobodys_keep_the_persons_own_menu(people: Cast, url: str) -> None:
    for user, home in ((people.amara.user, "participant:home"), (people.manager, "partner:home")):
        response = page(user, url)
        assert menu_of(response)[0] == reverse(home)
        assert reverse("public:compare") not in menu_of(response)
        if response.status_code == 404:
            assert f'href="{reverse("start")}">My pages</a>' in text_of(response)


def test_somebody_with_several_roles_finds_each_of_them(people: Cast) -> None:
    give(people.amara.user, factories.organisation(), Role.OFFICE)
    found = header_of(page(people.amara.user, "/search/"))
    assert "My roles" in found
    assert f'href="{reverse("office:desk")}">Programme office</a>' in found
    assert f'href="{reverse("participant:home")}">Participant</a>' in found


def test_visitors_and_those_without_a_role_see_visitors_pages_as_ever(people: Cast) -> None:
    for response in (Client().get("/search/"), page(people.stranger, "/search/")):
        assert menu_of(response)[0] == reverse("public:finder")
        assert 'class="gt-brand" href="/"' in header_of(response)
    assert "Start page</a>" in text_of(Client().get("/nothing-here/"))


def test_the_page_of_a_fault_knows_who_is_signed_in_and_stands_without(people: Cast) -> None:
    request: Any = RequestFactory().get("/my/")
    request.user = people.amara.user
    assert reverse("start") in server_error(request).content.decode()
    request.user = AnonymousUser()
    assert reverse("start") not in server_error(request).content.decode()
    del request.user
    answer = server_error(request)
    assert (answer.status_code, reverse("start") in answer.content.decode()) == (500, False)


# --- what waits, in the office's menu ------------------------------------------------------------------
def chat() -> None:
    chatting.begin(
        token=uuid.uuid4().hex, form_key=uuid.uuid4(), text="Hello?", who=Who("Amara", ""), at=clock.now()
    )


def test_the_offices_menu_counts_waiting_chats_and_late_enquiries(people: Cast) -> None:
    office = client_of(people.office)
    assert "gt-waiting" not in header_of(office.get(reverse("office:desk")))
    enquiries.ask(at=clock.now() - timedelta(days=60))
    chatting.set_duty(user=people.office, on=True, at=clock.now())
    chat()
    for url in (reverse("office:desk"), reverse("office:windows"), "/profile/"):
        found = header_of(office.get(url))
        assert '2<span class="visually-hidden"> waiting in the chat or past the target' in found, url
        assert 'Menu <span class="gt-waiting">2<' in found
    assert "gt-waiting" not in header_of(office.get("/search/"))
    assert "gt-waiting" not in header_of(page(people.manager, reverse("partner:home")))
