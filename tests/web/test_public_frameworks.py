"""The framework of a programme as a visitor reads it, its reading list, and the areas that programmes share."""

import csv
import html
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.content_rules import met_before
from goldenthread.catalogue.models import Evidence, EvidenceUse, Framework, Statement, StatementLink, Variant
from goldenthread.catalogue.programmes import read_programmes
from goldenthread.people.models import Role
from tests import factories
from tests.catalogue.framework_sample import text_of_npqlt
from tests.catalogue.test_framework_import import take_in
from tests.factories_web import client_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NPQH = "npqh-reformed-international"


def framework_page(key: str = factories.NPQLT, **query: str) -> Any:
    return Client().get(reverse("public:framework", args=[key]), query)


def source(title: str, *areas: str, **fields: Any) -> Evidence:
    made = Evidence.objects.create(
        **{"author": "Okafor", "kind": "review", "country": "uk", "title": title, **fields}
    )
    for area in areas:
        EvidenceUse.objects.create(evidence=made, area_key=area)
    return made


@pytest.mark.requirement("S0-64")
@pytest.mark.parametrize(("key", "areas"), [(NPQH, 10), (factories.NPQLT, 9)])
def test_the_official_link_and_the_platforms_own_list_are_offered(key: str, areas: int) -> None:
    url = "https://example.org/official"
    code = key.split("-")[0].upper()
    Framework.objects.filter(programme__code=code, edition="reformed").update(
        source_url=url, source_date=date(2020, 10, 13), licence="Open Government Licence v3.0"
    )
    assert reverse("public:framework", args=[key]) in text_of(
        Client().get(reverse("public:programme", args=[key]))
    )
    response = framework_page(key)
    page = text_of(response)
    assert f'href="{url}"' in page
    assert "published Tue 13 Oct 2020, Open Government Licence v3.0" in page
    assert len(response.context["content"].areas) == areas
    assert page.count("<h2 id=") == areas
    rows = list(
        csv.reader(
            io.StringIO(Client().get(reverse("public:framework_file", args=[key, "csv"])).content.decode())
        )
    )
    assert len({row[1] for row in rows[1:]}) == areas


@pytest.mark.requirement("S4-07")
def test_a_link_that_is_gone_is_hidden_from_visitors() -> None:
    assert "The official framework</a>" in text_of(framework_page())
    Framework.objects.filter(programme__code="NPQLT").update(link_fault="404")
    page = text_of(framework_page())
    assert "The official framework</a>" not in page
    assert "not known at present" in page


def test_a_summary_says_so_on_the_page_and_in_both_files() -> None:
    assert "This is our own short summary" in text_of(framework_page())
    for ending, words in (("txt", "not the official wording"), ("csv", ",summary,")):
        answer = Client().get(reverse("public:framework_file", args=[factories.NPQLT, ending]))
        assert words in answer.content.decode()
        assert f'filename="{factories.NPQLT}-framework.{ending}"' in answer["Content-Disposition"]
    assert Client().get(reverse("public:framework_file", args=[factories.NPQLT, "exe"])).status_code == 404


@pytest.mark.requirement("S2-02")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("applauds WRONG notes", ""),
        ("wrong notes", "NPQLT.2-AT-LT1"),
        ("warm-up", ""),
        ("forgives WRONG note", "NPQLT.2-AT-LT1"),
    ],
)
def test_the_imported_text_is_searched(words: str, code: str) -> None:
    take_in()
    content = framework_page(q=words).context["content"]
    found = [one.statement.code for area in content.areas for one in area.statements]
    assert found == ([code] if code else [])
    assert content.numbers == len(found)


@pytest.mark.requirement("S2-02")
def test_a_word_of_the_fifth_statement_of_classroom_practice_finds_it() -> None:
    cells = " ".join(
        f"{n}. Practice number {n} {'hums quietly' if n == 5 else 'is loud'}." for n in range(1, 7)
    )
    take_in(f"NPQLT\nClassroom Practice | |\nLearn that… | Learn how to… |\n{cells} |\nUse quiet by: |\n")
    response = framework_page(q="hums")
    assert "Not in our source" not in text_of(response)
    (area,) = response.context["content"].areas
    assert (area.area.name, [one.statement.number for one in area.statements]) == ("Classroom Practice", [5])


@pytest.mark.requirement("S2-32")
def test_fragments_gaps_and_titles_are_marked_and_the_official_text_is_linked() -> None:
    take_in()
    page = text_of(framework_page())
    assert "Official text, revision 2" in page
    cut = page.split('id="NPQLT.2-HL-LT1"')[1].split("</li>")[0]
    whole = page.split('id="NPQLT.2-IM-LT1"')[1].split("</li>")[0]
    title = page.split('id="NPQLT.2-AT-LH1"')[1].split("</li>")[0]
    assert "Incomplete in our source" in cut
    assert "ncomplete" not in whole
    assert "Title only in our source" in title
    assert "Not in our source: 2, 3, 4, 5, 6. See <a" in page
    assert "Nothing of this area is in our source. See <a" in page
    assert "Stagecraft" not in page
    text = Client().get(reverse("public:framework_file", args=[factories.NPQLT, "txt"])).content.decode()
    assert "[incomplete in our source]" in text


@pytest.mark.requirement("S2-03")
def test_four_highlights_stand_on_the_overview_and_lead_to_their_areas_in_the_framework() -> None:
    response = framework_page("npqlt-reformed-england")
    overview = text_of(Client().get(reverse("public:programme", args=["npqlt-reformed-england"])))
    for one in response.context["highlights"]:
        assert one["area"] in overview.split(one["text"])[1].split("</li>")[0]
    found = response.context["highlights"]
    assert [one["area"] for one in found] == [
        "School Culture",
        "Classroom Practice",
        "Assessment",
        "Assessment",
    ]
    page = text_of(response)
    assert all(f'href="#{one["key"]}"' in page and f'id="{one["key"]}"' in page for one in found)
    Statement.objects.filter(code="NPQLTD-DD-LH1").update(highlighted=True)
    other = framework_page("npqltd-reformed-international").context["highlights"]
    assert [one["area"] for one in other] == ["Designing Effective Professional Development"]


@pytest.mark.requirement("S2-19")
def test_a_link_between_areas_is_shown_both_ways() -> None:
    one, other = (Statement.objects.get(code=f"NPQLT-{code}") for code in ("AS-LT4", "IM-LT1"))
    first, second = sorted((one, other), key=lambda statement: statement.pk)
    StatementLink.objects.create(
        one=first, other=second, kind="related", confirmed_by=factories.user(), confirmed_at=factories.AT
    )
    page = text_of(framework_page())
    assert "Related: Implementation 1" in page.split('id="NPQLT-AS-LT4"')[1].split("</li>")[0]
    assert "Related: Assessment 4" in page.split('id="NPQLT-IM-LT1"')[1].split("</li>")[0]


def test_the_phase_of_the_reader_comes_first_and_the_others_are_optional() -> None:
    statement = Statement.objects.get(code="NPQLT-CP-LH1")
    for phase in ("primary", "secondary"):
        Variant.objects.create(
            statement=statement,
            phase=phase,
            text=f"With {phase} pupils",
            reason="local",
            change_note="new",
            effective_from=date(2024, 1, 1),
            review_by=date(2030, 1, 1),
            written_by=factories.user(phase),
            written_at=factories.AT,
        )
    item = text_of(framework_page(phase="primary")).split('id="NPQLT-CP-LH1"')[1].split("</ol>")[0]
    assert (
        item.index("With primary pupils") < item.index("Other phases") < item.index("With secondary pupils")
    )
    everybody = text_of(framework_page()).split('id="NPQLT-CP-LH1"')[1].split("</ol>")[0]
    assert everybody.index("Other phases") < everybody.index("With primary pupils")


def put(statement: Statement, text: str, **said: Any) -> None:
    Variant.objects.create(
        **{
            "statement": statement,
            "text": text,
            "reason": "legislation",
            "change_note": "A new law",
            "effective_from": date(2024, 1, 1),
            "review_by": date(2030, 1, 1),
            "written_by": factories.member(Role.OFFICE, text),
            "written_at": factories.AT,
            **said,
        }
    )


def test_a_participant_reads_the_variant_of_their_own_school() -> None:
    statement = Statement.objects.get(code="NPQLT-CP-LH1")
    put(statement, "Abroad", context="international")
    put(statement, "In England", context="england")
    put(statement, "With small ones", phase="primary", context="international")
    put(statement, "By the gulf", context="locality", locality="Dubai")
    schools = {
        "Small": factories.school("Small", phase="Primary", town="Doha", country="Qatar"),
        "Gulf": factories.school("Gulf", phase="Secondary", town="Dubai", country="United Arab Emirates"),
        "Tall": factories.school("Tall", phase="Secondary", town="Doha", country="Qatar"),
    }
    read = {}
    for name, school in schools.items():
        client = client_of(factories.enrolment(name, school=school).user)
        content = client.get(reverse("public:framework", args=[factories.NPQLT])).context["content"]
        shown = [one for area in content.areas for one in area.statements if one.statement == statement]
        read[name] = shown[0].variants.first.text
        core = [one for area in content.areas for one in area.statements if one.statement != statement]
        assert all(one.variants.first is None for one in core)
    assert read == {"Small": "With small ones", "Gulf": "By the gulf", "Tall": "Abroad"}


def test_a_further_version_comes_with_what_is_new() -> None:
    statement = Statement.objects.get(code="NPQLT-CP-LH1")
    put(statement, "The first", context="international")
    assert "A new law" not in text_of(framework_page())
    put(statement, "The second", context="international", version=2, effective_from=date(2025, 4, 1))
    page = text_of(framework_page())
    assert "The second" in page
    assert "Changed from Tue 1 Apr 2025 (legislation): A new law" in page
    assert "The first" not in page


# --- the reading list ------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-14")
def test_the_reading_list_of_a_programme_has_the_sources_of_its_areas() -> None:
    source("On change", "implementation")
    source("On plans", "implementation")
    source("On memory", "how-pupils-learn")

    def read(key: str) -> list[tuple[str, list[str]]]:
        areas = Client().get(reverse("public:reading", args=[key])).context["areas"]
        return [(area.area.name, [one.title for one in area.sources]) for area in areas]

    assert read(factories.NPQLT) == [
        ("How Pupils Learn", ["On memory"]),
        ("Implementation", ["On change", "On plans"]),
    ]
    assert read("npqltd-reformed-international") == [("Implementation", ["On change", "On plans"])]
    assert read("npqlbc-reformed-international") == [("Implementation", ["On change", "On plans"])]


@pytest.mark.requirement("S4-11")
def test_sources_carry_their_country_and_can_be_filtered_by_it() -> None:
    for number in range(3):
        source(f"British {number}", "teaching")
    american = source("American", country="us", kind="study")
    EvidenceUse.objects.create(evidence=american, statement=Statement.objects.get(code="NPQLT-TE-LT1"))

    def number(country: str) -> int:
        url = reverse("public:reading", args=[factories.NPQLT])
        found: int = Client().get(url, {"country": country}).context["number"]
        return found

    assert [number(country) for country in ("us", "uk", "", "overseas", "other")] == [1, 3, 4, 1, 0]


# --- the matrix -------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-20")
def test_the_matrix_shows_every_area_with_its_number_in_each_programme() -> None:
    response = Client().get(reverse("public:frameworks"))
    matrix = response.context["matrix"]
    assert (matrix.cells, len(matrix.rows), len(matrix.columns)) == (29, 19, 4)
    rows = dict(matrix.rows)
    assert [number for _, number in rows["Implementation"]] == [9, 4, 6, 8]
    assert [number for _, number in rows["School Culture"]] == [2, None, 2, 1]
    assert all(
        Client().get(reverse("public:framework", args=[key]), follow=True).status_code == 200
        for _, key in matrix.columns
    )


@pytest.mark.requirement("S4-13")
def test_who_passed_behaviour_and_culture_has_met_four_areas_of_senior_leadership() -> None:
    def shown(query: str = "") -> str:
        return html.unescape(Client().get(reverse("public:frameworks") + query).content.decode())

    page = shown("?passed=NPQLBC&next=NPQSL")
    assert "Met before: School Culture, Teaching, Professional Development, Implementation." in page
    assert page.count("met before</span>") == 4
    assert "Nothing is credited" in page
    assert shown("?passed=NPQLTD&passed=NPQLT&next=NPQEL").count("met before</span>") == 4
    assert "Met before" not in shown()


def test_areas_of_the_programme_itself_and_of_strangers_are_not_met_before() -> None:
    programmes = read_programmes()
    assert met_before(programmes, ["NPQSL"], "NPQSL") == ()
    assert met_before(programmes, ["NPQXX"], "NPQSL") == ()
    assert met_before(programmes, ["NPQLTD"], "NPQLT") == ("Teaching", "Implementation")
    assert met_before(programmes, ["NPQLT"], "NPQXX") == ()


def test_a_code_leads_to_the_newest_version_and_drafts_and_nonsense_to_nothing() -> None:
    for name in ("framework", "reading"):
        assert Client().get(reverse(f"public:{name}", args=["npqh"]))["Location"].endswith(f"{NPQH}/{name}/")
        assert Client().get(reverse(f"public:{name}", args=["npqx"])).status_code == 404


def test_the_pages_open_where_nothing_is_known_and_take_few_queries(
    django_assert_max_num_queries: Any,
) -> None:
    legacy = "npqsl-legacy-international"
    for name in ("framework", "reading"):
        assert Client().get(reverse(f"public:{name}", args=[legacy])).status_code == 200
    take_in(text_of_npqlt())
    with django_assert_max_num_queries(12):
        framework_page()
