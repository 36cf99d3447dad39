"""What somebody who comes for the first time stumbles on: jargon, surprises, and things that lead nowhere."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue import finder_rules as rules
from goldenthread.common import clock
from goldenthread.people.models import Role
from goldenthread.reports import actions
from goldenthread.web.public import findable
from tests import factories
from tests.factories_applications import open_intake
from tests.factories_web import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
VERSIONS = ("npqsl-reformed-international", "npqlt-reformed-international", "npqh-legacy-england")
JARGON = (
    "in the specialist column",
    "no source prints",
    "our sources name",
    "no source states",
    "No source names",
)


def shown(response: Any) -> str:
    """What stands on a page before anything is unfolded."""
    return re.sub(r"<details.*?</details>", "", text_of(response).partition("<main")[2])


@pytest.mark.parametrize("key", VERSIONS)
def test_a_programmes_page_is_in_plain_words_and_folds_where_they_come_from(client: Client, key: str) -> None:
    page = shown(client.get(f"/programmes/{key}/"))
    assert not [words for words in JARGON if words in page]
    assert not re.findall(r"\b00\d:\d+|\b[CG]-\d\d\b", page)


def test_what_documents_disagree_about_is_said_plainly_first(client: Client) -> None:
    response = client.get("/programmes/npqsl-reformed-international/")
    page = shown(response)
    assert "For the length of your response the documents name 2,500 words and 1,500 words." in page
    assert "settled for each intake" in page
    assert "three stage tables" not in page
    assert "three stage tables" in text_of(response)
    assert "Where our sources disagree" not in shown(client.get("/programmes/npqlt-reformed-international/"))


def test_a_claim_names_its_document_and_folds_the_place(client: Client) -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    said = {"period": "2020/21", "owner": olu, "review_on": date(2099, 1, 1)}
    actions.keep_and_publish(key="pass-rate", by=olu, at=clock.now(), **said)
    response = client.get(reverse("public:about_claims"))
    assert "000:194" not in shown(response)
    assert "From: " in shown(response)
    assert "line 194 (000:194)" in text_of(response)


def test_the_comparison_begins_with_nothing_chosen_and_offers_an_example(client: Client) -> None:
    page = text_of(client.get("/compare/"))
    assert "<table" not in page
    assert '<details class="gt-more" open> <summary>Choose what to compare' in page
    example = re.search(r'href="(/compare/\?v=[^"]+)">look at an example', page)
    assert example
    assert "<table" in text_of(client.get(example[1].replace("&amp;", "&")))
    assert "<table" not in text_of(client.get("/compare/?v=nonsense"))


def test_the_names_of_programmes_lead_to_them(client: Client) -> None:
    page = text_of(client.get("/programmes/"))
    headings = re.findall(r"<h3>(.*?)</h3>", page)
    assert len(headings) > 5
    plain = [heading for heading in headings if "href" not in heading]
    assert all("NPQML" in heading for heading in plain)
    assert '<h3><a href="/programmes/npqsl-reformed-international/">' in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Question 1 of 5 at most"),
        ("?post=senior", "Question 2 of 5 at most"),
        ("?post=senior&status=aspiring", "Question 3 of 4 at most"),
        ("?post=senior&status=aspiring&scope=whole+school", "Question 4 of 4</p>"),
    ],
)
def test_the_finder_says_how_many_questions_there_are(client: Client, query: str, said: str) -> None:
    assert said in text_of(client.get(f"/find/{query}"))


def test_every_scope_of_the_finder_is_explained(client: Client) -> None:
    response = client.get("/find/?post=senior&status=aspiring")
    choices = [line["choice"] for line in response.context["choices"]]
    assert {"across a school", "whole school"} <= {one.value for one in choices}
    assert all(one.hint for one in choices)
    assert {one.value for one in choices} - {rules.NOT_SURE} <= set(rules.SCOPE_HINTS)


def test_the_finder_says_that_the_step_before_is_not_asked_for(client: Client) -> None:
    page = text_of(client.get("/find/?post=senior&status=aspiring&scope=whole+school&horizon=soon"))
    assert "our sources" not in page.lower().partition("<main")[2]
    assert "It can follow NPQSL, which we don’t ask for." in page


# --- what a first-time visitor does not know ---------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_programmes_are_named_and_not_only_by_their_codes(client: Client) -> None:
    open_intake()
    for url in (
        "/",
        "/compare/",
        "/compare/?v=npqlt-reformed-international&v=npqh-reformed-international",
        "/frameworks/",
    ):
        page = client.get(url).content.decode().partition("<main")[2]
        assert "Leading Teaching" in page.partition('class="pub-families"')[0], url


@pytest.mark.usefixtures("catalogue")
def test_a_closed_version_promises_no_further_intake(client: Client) -> None:
    page = client.get("/programmes/npqsl-legacy-international/").content.decode()
    assert "It takes no further intakes." in page
    assert "Dates will stand here" not in page
    assert "Dates will stand here" in client.get("/programmes/npqlt-reformed-england/").content.decode()


@pytest.mark.usefixtures("catalogue")
def test_no_link_leads_to_changes_from_an_edition_that_nothing_describes(client: Client) -> None:
    page = client.get("/pathway/").content.decode()
    assert (
        "NPQEL: the reformed edition took the place of the legacy one, of which only the name is known"
        in page
    )
    assert 'href="/programmes/npqsl-reformed-international/changes/"' in page
    assert "/programmes/npqel" not in "".join(re.findall(r'href="([^"]+/changes/)"', page))
    assert "of which only the name is known" in client.get("/programmes/npqel/pathway/").content.decode()


@pytest.mark.usefixtures("catalogue")
def test_what_is_not_stated_is_not_found_as_if_it_said_something() -> None:
    (england,) = (
        one for one in findable.things(at=clock.now()) if one.key == "programme npqlt-reformed-england"
    )
    assert "Not stated" not in england.text
    assert "Final assessment: Final assessment" not in england.text
