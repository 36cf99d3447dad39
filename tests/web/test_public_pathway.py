"""The golden thread from recorded relations only."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.content_rules import threads
from goldenthread.catalogue.programmes import read_programmes
from goldenthread.people.models import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NOTE = "source gives a heading only (000:26)"


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return html.unescape(response.content.decode())


def links(page: str) -> list[str]:
    main = page[page.index("gt-page-header") : page.index("</main>")]
    return re.findall(r'href="/programmes/(\w+)-[\w-]+/"', main)


@pytest.mark.requirement("S0-04")
def test_the_thread_of_leading_teaching_shows_recorded_links_only(client: Client) -> None:
    page = text_of(client, "/programmes/npqlt/pathway/")
    assert "No step is recorded" in page
    assert "It took the place of" in page
    assert set(links(page)) == {"npqlt"}
    assert NOTE not in page
    client.force_login(factories.member(Role.OFFICE))
    assert NOTE in text_of(client, "/programmes/npqlt/pathway/")


@pytest.mark.requirement("S0-04", "S3-32")
def test_headship_stands_between_senior_and_executive_leadership(client: Client) -> None:
    page = text_of(client, reverse("public:pathway_of", args=["npqh-reformed-international"]))
    steps = re.findall(r'gt-step-label"[^>]*>([^<]+)<', page)
    assert steps == ["Senior Leadership (NPQSL)", "Headship (NPQH)", "Executive Leadership (NPQEL)"]
    assert "if headship is to be applied for within three years" in page
    assert "stated for the legacy edition" in page


def test_the_whole_thread_is_a_nested_list_of_links(client: Client) -> None:
    page = text_of(client, reverse("public:pathway"))
    assert page.count("pub-thread") == 2
    assert page.count("replaced by") == 3
    assert page.count("leads to") == 2
    assert {"npqsl", "npqh", "npqel", "npqlt", "npqltd", "npqlbc"} <= set(links(page))
    assert 'href="/programmes/npqml/"' in page


def test_threads_hold_every_programme_once_and_survive_a_circle() -> None:
    programmes = read_programmes()
    found = threads(programmes)
    assert [thread.code for thread in found] == ["NPQSL", "NPQML"]
    (headship,) = found[0].after
    assert (headship.code, [knot.code for knot in headship.after]) == ("NPQH", ["NPQEL"])


def test_nonsense_has_no_thread(client: Client) -> None:
    assert client.get("/programmes/nonsense/pathway/").status_code == 404
