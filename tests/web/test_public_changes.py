"""What has changed: from the legacy to the reformed edition, from a closed programme to its successors."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.models import ProgrammeVersion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
SL, LEGACY = "npqsl-reformed-international", "npqsl-legacy-international"


def page_of(client: Client, key: str, **query: str) -> str:
    response = client.get(reverse("public:changes", args=[key]), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def rows(client: Client, key: str, **query: str) -> dict[str, tuple[list[str], list[str]]]:
    sections = client.get(reverse("public:changes", args=[key]), query).context["sections"]
    return {row.label: (row.before, row.after) for one in sections for row in [*one.rows, *one.details]}


@pytest.mark.requirement("S0-11")
def test_the_reform_of_senior_leadership_is_told_without_choosing(client: Client) -> None:
    found = rows(client, SL)
    assert found["In all"] == (["92 h"], ["90 h"])
    assert found["Online briefings"] == (["6 h"], [])
    assert found["What it is"] == (["School improvement project"], ["Case study scenario"])
    assert found["Stages"][1] == ["Induction stage", "Development stage", "Summative assessment stage"]
    assert len(found["Role"][0]) == 5
    page = page_of(client, SL)
    assert "Formative tasks from practice and one summative task" in page
    assert "not mentioned" in page
    assert "sources disagree" in page
    assert "C-01" not in page


@pytest.mark.requirement("S0-11")
def test_middle_leadership_is_set_against_its_three_successors(client: Client) -> None:
    page = page_of(client, "npqml")
    assert "closed to new applications" in page
    for code in ("npqlt", "npqltd", "npqlbc"):
        assert f'href="/programmes/{code}-reformed-international/"' in page
    assert "No document describes the hours" in page
    assert "What changed for NPQML" in page_of(client, "npqlbc-reformed-international")


def test_the_older_page_leads_to_the_newer_one(client: Client) -> None:
    response = client.get(reverse("public:changes", args=[LEGACY]))
    assert response["Location"] == f"/programmes/{SL}/changes/?from={LEGACY}"
    assert (
        client.get("/programmes/npqh/changes/")["Location"]
        == "/programmes/npqh-reformed-international/changes/"
    )


def test_any_other_version_can_be_chosen(client: Client) -> None:
    found = rows(client, "npqel-reformed-international", **{"from": "npqlt-reformed-international"})
    assert found["Face-to-face events"] == (["18 h"], ["36 h"])
    assert found["A place"] == (["£1,250 (GBP)"], ["£5,950 (GBP)"])
    same = client.get(reverse("public:changes", args=[SL]), {"from": SL})
    assert same.context["other"].key == LEGACY  # a version isn't set against itself


def test_a_version_without_an_older_one_offers_the_choice(client: Client) -> None:
    page = page_of(client, "npqel-reformed-international")
    assert "No earlier version" in page
    assert '<option value="npqlt-reformed-international"' in page


def test_drafts_and_nonsense_are_not_found(client: Client) -> None:
    ProgrammeVersion.objects.filter(key=LEGACY).update(state="draft")
    assert client.get(reverse("public:changes", args=[LEGACY])).status_code == 404
    assert client.get(reverse("public:changes", args=["nonsense"])).status_code == 404
    assert rows(client, SL, **{"from": LEGACY}) == {}
