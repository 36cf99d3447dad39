"""The top of a page is kept for whoever it was made for: never another's name, menu or token, and never an old one."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.people.models import Role, User
from goldenthread.templatetags import frame
from tests import factories
from tests.factories_web import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
DESK = "/office/destinations/"


def top_of(response: Any) -> str:
    return str(response.content.decode()).partition("<header")[2].partition("</header>")[0]


def token_of(top: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', top)
    assert found, "no form that signs out"
    return found[1]


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    frame._top.cache_clear()
    frame._foot.cache_clear()


def test_it_is_rendered_once_for_a_person_and_a_part_of_the_site() -> None:
    olu = client_of(factories.member(Role.OFFICE, "Olu Office"))
    for path in ("/office/awards/", "/office/awards/", "/office/awards/credit/"):
        assert olu.get(path).status_code == 200
    assert frame._top.cache_info().misses == 1  # both belong under "Reports"
    olu.get("/office/people/")
    assert frame._top.cache_info().misses == 2


def test_two_people_with_the_same_roles_read_their_own_names() -> None:
    names = ("Olu Office", "Osa Office")
    clients = {name: client_of(factories.member(Role.OFFICE, name)) for name in names}
    for _ in range(2):
        for name, client in clients.items():
            top = top_of(client.get(DESK))
            assert [one for one in names if one in top] == [name]


def test_who_signs_out_leaves_nothing_of_theirs_to_visitors() -> None:
    client = client_of(factories.member(Role.OFFICE, "Olu Office"))
    assert "Olu Office" in top_of(client.get(DESK))
    client.logout()
    top = top_of(client.get(reverse("public:about")))
    assert "Olu" not in top
    assert "csrfmiddlewaretoken" not in top


def test_a_new_name_a_new_role_and_what_waits_are_there_at_once() -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    client = client_of(olu)
    assert "Olu Office" in top_of(client.get(DESK))
    User.objects.filter(pk=olu.pk).update(name="Olu <b>Okafor</b>")
    top = top_of(client.get(DESK))
    assert "Olu &lt;b&gt;Okafor&lt;/b&gt;" in top
    assert "Working as" not in top
    _also_marks(olu)
    assert "Working as" in top_of(client.get(DESK))


def _also_marks(person: User) -> None:
    office = person.memberships.get()
    person.memberships.create(organisation=office.organisation, role=Role.MARKER, starts_on=office.starts_on)


def test_the_form_that_signs_out_has_the_token_of_each_session_and_works() -> None:
    people = [factories.member(Role.OFFICE, name) for name in ("Olu Office", "Osa Office")]
    for person in people:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        tokens = [token_of(top_of(client.get(DESK))) for _ in range(2)]
        assert tokens[0] != tokens[1]  # masked anew for every page
        assert frame._TOKEN_PLACE not in tokens
        out = reverse("account_logout")
        assert client.post(out, {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
        assert client.post(out, {"csrfmiddlewaretoken": tokens[1]}).status_code == 302
        assert "_auth_user_id" not in client.session


def test_another_provider_name_is_shown_at_once(settings: Any) -> None:
    client = Client()
    for name in ("First Provider", "Second & Third"):
        settings.PROVIDER_NAME = name
        page = client.get(reverse("public:about")).content.decode()
        shown = name.replace("&", "&amp;")
        assert page.count(f'<span class="gt-brand-provider">{shown}</span>') == 1
        assert f"<p>{shown} · Golden Thread</p>" in page
