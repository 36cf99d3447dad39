"""What a visitor sees: home, programmes, one programme, several side by side, the short pages."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.catalogue.models import ProgrammeVersion
from tests.factories_applications import open_intake

pytestmark = pytest.mark.django_db
PAGES = [
    "home",
    "public:programmes",
    "public:compare",
    "public:accessibility",
    "public:privacy",
    "public:contact",
    "public:about_data",
    "public:finder",
    "public:pathway",
    "public:frameworks",
    "public:other_list",
    "public:about",
]


def text_of(response):
    return response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_pages_open_without_an_account_also_with_an_empty_catalogue(client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("name", PAGES)
def test_pages_open_with_the_whole_catalogue(client, name):
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert text_of(response).count("<h1") == 1


@pytest.mark.usefixtures("catalogue")
def test_every_version_has_its_page(client):
    for key in ProgrammeVersion.objects.values_list("key", flat=True):
        response = client.get(reverse("public:programme", args=[key]))
        assert response.status_code == 200, key
        assert "C-0" not in text_of(response)


@pytest.mark.usefixtures("catalogue")
def test_leading_teaching_shows_hours_fee_and_word_limit(client):
    page = text_of(client.get("/programmes/npqlt-reformed-international/"))
    for fact in (
        "74 h",
        "£1,250",
        "at most 1,500 words",
        "8 days",
        "at least 90 %",
        "12 and 15 months",
        "Adaptive Teaching",
    ):
        assert fact in page, fact
    assert "No open intake" in page


@pytest.mark.requirement("S0-51")
@pytest.mark.usefixtures("catalogue")
def test_what_no_source_says_is_not_stated_rather_than_free_or_nought(client):
    page = text_of(client.get("/programmes/npqlt-reformed-england/"))
    assert "Not stated" in page
    assert "£0" not in page
    assert "not stated" in text_of(client.get("/programmes/npqh-legacy-england/"))


@pytest.mark.requirement("S0-01")
@pytest.mark.usefixtures("catalogue")
def test_a_programme_carries_the_names_of_its_own_bodies_only(client):
    both = text_of(client.get("/programmes/npqh-reformed-international/"))
    assert "Best Practice Network" in both
    assert "Outstanding Leaders Partnership" in both
    assert "Outstanding Leaders Partnership" not in text_of(
        client.get("/programmes/npqsl-legacy-international/")
    )


@pytest.mark.usefixtures("catalogue")
def test_a_demonstration_names_its_made_up_provider_and_no_real_one(client, settings):
    """Roles are those of the version, a leading and a delivering body; no real organisation stands beside them."""
    settings.DEMONSTRATION, settings.PROVIDER_NAME = True, "Made-up Provider"
    for key, roles in (
        ("npqh-reformed-international", 2),
        ("npqlt-reformed-international", 2),
        ("npqsl-legacy-international", 2),
    ):
        page = client.get(f"/programmes/{key}/")
        named = [row["value"] for row in page.context["bodies"]]
        assert (named.count("Made-up Provider"), len(named) >= roles) == (1, True), key
        for real in ("Best Practice Network", "Outstanding Leaders Partnership", "Department for Education"):
            assert real not in text_of(page), (key, real)


@pytest.mark.requirement("S0-11")
@pytest.mark.usefixtures("catalogue")
def test_middle_leadership_is_closed_and_leads_to_its_three_successors(client):
    page = text_of(client.get("/programmes/npqml/"))
    assert "closed to new applications" in page
    for code in ("npqlt", "npqltd", "npqlbc"):
        assert f'href="/programmes/{code}/"' in page


@pytest.mark.usefixtures("catalogue")
def test_a_code_leads_to_the_newest_version_and_nonsense_to_nothing(client):
    assert client.get("/programmes/npqsl/").url == "/programmes/npqsl-reformed-international/"
    assert client.get("/programmes/nonsense/").status_code == 404


@pytest.mark.usefixtures("catalogue")
def test_drafts_are_not_shown(client):
    ProgrammeVersion.objects.filter(key="npqlt-reformed-england").update(state="draft")
    assert client.get("/programmes/npqlt-reformed-england/").status_code == 404
    assert "npqlt-reformed-england" not in text_of(client.get("/programmes/"))


@pytest.mark.requirement("S1-38")
def test_a_programme_lists_its_next_intakes_and_offers_the_open_one(client):
    first, second = open_intake(days=60), open_intake(days=240)
    second.applications_open_on = second.applications_close_on
    second.save()
    page = text_of(client.get(reverse("public:programme", args=[first.version.key])))
    assert first.name in page
    assert second.name in page
    assert reverse("public:apply", args=[first.pk]) in page
    assert reverse("public:apply", args=[second.pk]) not in page


# --- side by side ----------------------------------------------------------------------------------
def rows(response):
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(text_of(response)))}


@pytest.mark.requirement("S0-50")
@pytest.mark.usefixtures("catalogue")
def test_the_comparison_is_exported_with_four_columns(client):
    table = rows(client.get("/compare.csv"))
    assert table["Formative tasks"] == ["18", "20", "28", "34"]
    assert table["Total hours"] == ["74", "90", "104", "116"]
    assert table["Fee"] == ["£1,250", "£1,550", "£2,500", "£5,950"]


@pytest.mark.usefixtures("catalogue")
def test_hours_are_drawn_as_bars_to_one_scale_and_unknown_ones_are_not(client):
    page = client.get("/compare/", {"v": ["npqel-reformed-international", "npqh-legacy-england"]})
    cells = {row["label"]: [cell["share"] for cell in row["cells"]] for row in page.context["rows"]}
    assert cells["Total hours"] == ["100.0", "96.6"]  # 116 h and 112 h
    assert cells["Events"] == ["31.0", ""]
    assert cells["Fee"] == ["", ""]
    fee, market = (
        next(row for row in page.context["rows"] if row["label"] == name)
        for name in ("Fee", "Currency and market")
    )
    assert [cell["value"] for cell in fee["cells"]] == ["£5,950", "not stated"]
    assert [cell["value"] for cell in market["cells"]] == ["GBP, international", "GBP, England"]


@pytest.mark.usefixtures("catalogue")
def test_up_to_four_chosen_versions_stand_side_by_side(client):
    keys = list(ProgrammeVersion.objects.values_list("key", flat=True))
    page = client.get("/compare/", {"v": [*keys[:5], keys[0], "nonsense", "\0"]})
    assert [one["version"].key for one in page.context["chosen"]] == keys[:4]
    assert "Four versions fit" in text_of(page)
    two = client.get("/compare/", {"v": ["npqh-legacy-england", "npqlt-reformed-international"]})
    assert [one["version"].code for one in two.context["chosen"]] == ["NPQH", "NPQLT"]
    assert "pub-differs" in text_of(two)
    one = text_of(client.get("/compare/", {"v": "npqh-legacy-england"}))
    for shown, known in (
        (text_of(two), ("npqh-legacy-england", "npqlt-reformed-international")),
        (one, ()),
    ):
        chips = shown[shown.index("pub-chosen") : shown.index("Choose other versions")]
        assert 'href="/programmes/npqh-legacy-england/"' in chips
        assert all(f'href="/programmes/{key}/"' in chips for key in known)


@pytest.mark.usefixtures("catalogue")
def test_where_the_sources_leave_a_choice_both_word_limits_are_told(client):
    table = rows(client.get("/compare.csv", {"v": "npqsl-reformed-international"}))
    assert table["Words"] == [
        "at most 1,500 or 2,500 words: sources disagree, and it is settled for each intake"
    ]


# --- queries -----------------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("name", ["home", "public:programmes"])
def test_lists_take_the_same_few_queries_for_one_intake_and_three(client, name):
    counts = []
    client.get(reverse(name))
    for days in ((60,), (90, 120)):
        for day in days:
            open_intake(days=day)
        with CaptureQueriesContext(connection) as taken:
            client.get(reverse(name))
        counts.append(len(taken))
    assert counts[0] == counts[1] <= 12


@pytest.mark.usefixtures("catalogue")
def test_a_version_without_a_stated_pass_mark_says_where_it_is_set(client):
    text = text_of(client.get(reverse("public:programme", args=["npqlt-reformed-international"])))
    assert "Set in the mark scheme of each task" in text
    assert "8 days, until midnight at the end of the last" in text
