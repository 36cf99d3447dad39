"""Which NPQ fits me: one question a page, answers in the address, reasons for what fits and what doesn't."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories_applications import open_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
SENIOR = {"post": "senior", "status": "in role", "scope": "across a school"}


def page_of(client: Client, **answers: object) -> str:
    response = client.get(reverse("public:finder"), answers)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def suggested(page: str) -> list[str]:
    return re.findall(r'id="found-\d+">[^<]+<span class="gt-quiet">(\w+)</span>', page)


@pytest.mark.requirement("S1-03")
def test_who_does_not_aim_at_headship_yet_is_shown_senior_leadership_and_who_does_headship(
    client: Client,
) -> None:
    assert suggested(page_of(client, **SENIOR, horizon="no")) == ["NPQSL"]
    assert suggested(page_of(client, **SENIOR, horizon="later")) == ["NPQSL"]
    assert suggested(page_of(client, **SENIOR, horizon="now")) == ["NPQH"]
    aspiring = {**SENIOR, "status": "aspiring", "scope": "whole school"}
    assert suggested(page_of(client, **aspiring, horizon="soon")) == ["NPQH"]


def test_the_home_page_leads_to_the_finder_first(client: Client) -> None:
    page = client.get("/").content.decode()
    main = page[page.index("<main") :]
    first = re.search(r'<a[^>]*href="([^"]+)"', main)
    assert first is not None
    assert first[1] == reverse("public:finder")


def test_questions_come_one_by_one_and_keep_what_was_said_in_the_form(client: Client) -> None:
    page = page_of(client)
    assert "What describes you best?" in page
    page = page_of(client, asked="post", post="middle")
    assert "Which role is the qualification for?" in page
    assert '<input type="hidden" name="post" value="middle">' in page
    page = page_of(client, asked="status", post="middle", status="in role")
    assert "What do you lead?" in page
    page = page_of(client, **SENIOR)
    assert "When do you expect to apply for headship?" in page


def test_an_answer_can_be_changed_and_the_others_stay(client: Client) -> None:
    page = page_of(client, **SENIOR, horizon="no")
    (address,) = re.findall(r'href="(/find/\?[^"]*change=status)"', page)
    changing = client.get(address).content.decode()
    assert "Which role is the qualification for?" in changing
    assert re.search(r'value="in role"[^>]* checked', changing)
    for name, value in (("post", "senior"), ("scope", "across a school"), ("horizon", "no")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in changing


def test_sent_without_an_answer_the_question_says_what_to_do(client: Client) -> None:
    page = page_of(client, asked="post")
    assert "Choose what comes closest." in page
    assert 'href="#answer-1"' in page
    assert "Choose what comes closest." not in page_of(client)
    schools = {"post": "executive", "status": "in role", "scope": "more than one school"}
    page = page_of(client, **schools, asked="schools", schools="two")
    assert "Give the number of schools, such as 2." in page
    assert 'value="two"' in page


def test_the_reasons_for_and_against_are_told(client: Client) -> None:
    page = page_of(client, post="executive", status="in role", scope="more than one school", schools="1")
    assert suggested(page) == []
    assert "None fits as it stands" in page
    assert "at least 2 schools; you said 1 school" in page
    page = page_of(client, post="middle", status="in role", scope=["phase", "pupil well-being"])
    assert suggested(page) == ["NPQLT", "NPQLBC"]
    assert "What you lead (phase) is what it is for." in page
    assert "It is for another scope: whole school." in page
    assert reverse("public:compare") + "?v=npqlt-reformed-international&v=npqlt-reformed-england" in page


def test_the_next_intake_of_what_fits_is_told(client: Client) -> None:
    intake = open_intake(days=70)
    page = page_of(client, post="teacher", status="aspiring", scope="subject")
    assert intake.name in page


def test_nothing_is_kept_of_who_asks(client: Client) -> None:
    response = client.get(reverse("public:finder"), {**SENIOR, "horizon": "no"})
    assert set(response.cookies) <= {
        "csrftoken"
    }  # of the frame: the same on every page, and nothing of the answers


@pytest.mark.parametrize(
    "wild",
    [
        {"post": "\0", "status": ["a", "b"], "scope": ["x"] * 90},
        {"post": "senior", "change": "nonsense", "asked": "nonsense", "schools": "٣"},
        {"schools": "9" * 4000, "horizon": "<script>"},
    ],
)
def test_whatever_stands_in_the_address_the_page_stands(client: Client, wild: dict[str, object]) -> None:
    assert "<script>alert" not in page_of(client, **wild)
    assert 'value="<script>"' not in client.get(reverse("public:finder"), wild).content.decode()


def test_the_finder_asks_the_database_little(client: Client, django_assert_max_num_queries: object) -> None:
    open_intake(days=60)
    client.get(reverse("public:finder"))
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        client.get(reverse("public:finder"), {**SENIOR, "horizon": "no"})
