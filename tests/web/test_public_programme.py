"""The page of a programme: what it offers, asks and brings, and what no source says."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.models import ProgrammeVersion
from tests import factories
from tests.factories_applications import open_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
SL, SL_LEGACY, H_LEGACY = "npqsl-reformed-international", "npqsl-legacy-international", "npqh-legacy-england"
ENGLAND = "npqlt-reformed-england"


def page_of(client: Client, key: str, **query: str) -> str:
    response = client.get(reverse("public:programme", args=[key]), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def benefits(page: str) -> list[list[str]]:
    return [
        re.findall(r"<li>([^<]+)</li>", part)
        for part in re.findall(r'class="pub-benefits">(.*?)</ul>', page, re.S)
    ]


@pytest.mark.requirement("S0-63")
def test_an_open_intake_offers_apply_and_without_one_to_register_interest(client: Client) -> None:
    intake = open_intake(SL, days=80)
    page = page_of(client, SL)
    for fact in ("90 h", "Induction stage", "Development stage", "Summative assessment stage", "£1,550"):
        assert fact in page, fact
    assert f'href="{reverse("public:apply", args=[intake.pk])}">Apply for' in page
    assert "Register interest" not in page
    intake.applications_close_on = intake.applications_open_on
    intake.save()
    closed = page_of(client, SL)
    assert "Apply for" not in closed
    assert "Register interest" in closed
    assert "Not open for applications" in closed


@pytest.mark.requirement("S0-02")
def test_each_market_has_its_own_fee_with_currency(client: Client) -> None:
    assert "GBP for one place, international" in page_of(client, "npqlt-reformed-international")
    england = page_of(client, ENGLAND)
    assert "£1,250" not in england
    assert "not published for this version" in england


@pytest.mark.requirement("S2-17")
def test_what_the_england_page_leaves_blank_is_said_as_such_and_nothing_borrowed(client: Client) -> None:
    page = page_of(client, ENGLAND)
    assert "Not stated" in page
    assert "Delivery outline" not in page
    assert ".png" not in page.partition("<main")[2]
    assert "What a month comes to" not in page


@pytest.mark.requirement("S1-06")
def test_legacy_senior_leadership_brings_five_things_to_candidates(client: Client) -> None:
    candidate, school = benefits(page_of(client, SL_LEGACY))
    assert len(candidate) == 5
    assert candidate[0] == "Pupils across the school do better"
    assert candidate[4].startswith("Credits that count towards a Master's")
    assert len(school) == 4


@pytest.mark.requirement("S3-07", "S3-08")
def test_legacy_headship_brings_four_and_four_of_which_schools_share_two(client: Client) -> None:
    candidate, school = benefits(page_of(client, H_LEGACY))
    assert len(candidate) == 4
    assert candidate[3].startswith("Ready to answer for everything")
    other = benefits(page_of(client, SL_LEGACY))[1]
    assert len(set(school) & set(other)) == 2
    assert len(set(school) - set(other)) == len(set(other) - set(school)) == 2


@pytest.mark.requirement("S1-07")
@pytest.mark.parametrize("said", [["One thing"], ["First", "Second", "Third", "Fourth", "Fifth & last"]])
def test_the_page_shows_the_school_benefits_of_its_version_in_order_and_no_others(
    client: Client, said: list[str]
) -> None:
    candidate = ["Something for you"]
    version = factories.revision(benefits={"candidate": candidate, "school": said, "source": "000:70"})
    assert benefits(page_of(client, version.key)) == [candidate, said]
    without = factories.revision(3, benefits={"candidate": candidate, "source": "000:70"})
    assert benefits(page_of(client, without.key)) == [candidate]
    assert "To your school" not in page_of(client, without.key)


def test_leading_teaching_in_england_brings_six(client: Client) -> None:
    (candidate,) = benefits(page_of(client, ENGLAND))
    assert len(candidate) == 6


def test_a_version_without_benefits_has_no_empty_heading(client: Client) -> None:
    assert "What it brings" not in page_of(client, SL)


@pytest.mark.requirement("S1-36")
def test_what_comes_next_depends_on_when_headship_is_expected(client: Client) -> None:
    page = page_of(client, SL_LEGACY, years="2")
    answer = page[page.index("In 2 years") :]
    assert "NPQ Headship" in answer
    assert "A master's degree in educational leadership" in answer
    later = page_of(client, SL_LEGACY, years="5")
    answer = later[later.index("In 5 years") :]
    assert "NPQ Headship" not in answer
    assert "A master's degree in educational leadership" in answer
    for role in ("senior leadership", "system leadership"):
        assert f"A role in {role}" in answer
    assert "What is open to me" not in page_of(client, H_LEGACY)
    for wild in ("-1", "x", "٣", "999999", "\0"):
        page_of(client, SL_LEGACY, years=wild)


@pytest.mark.requirement("S3-32")
def test_after_legacy_headship_come_executive_leadership_a_masters_and_three_roles(client: Client) -> None:
    page = page_of(client, H_LEGACY)
    after = page[page.index('id="next"') :]
    for step in (
        "NPQ Executive Leadership",
        "A master's degree",
        "Headship",
        "National Leader of Education (NLE)",
        "Teaching School Director",
    ):
        assert f"<li>{step}" in after, step
    assert "Nothing is laid down." in page_of(client, SL)


def test_sources_that_disagree_are_told_with_what_is_in_force(client: Client) -> None:
    page = page_of(client, SL)
    assert "Where our sources disagree" in page
    assert "2,500 in three stage tables" in page
    assert "2 h for the stage is in force" in page
    assert "at most 1,500 or 2,500 words: sources disagree" in page
    assert "Where our sources disagree" not in page_of(client, "npqlt-reformed-international")


def test_stages_are_drawn_to_scale_only_where_every_hour_is_stated(client: Client) -> None:
    assert "gt-stages-line" in page_of(client, SL)
    for key in (H_LEGACY, ENGLAND):
        page = page_of(client, key)
        assert "gt-stages-line" not in page
        assert "Not drawn to scale" in page
    assert "9 h are stated for single parts" in page_of(client, H_LEGACY)


def test_hours_that_are_our_own_reading_are_said_to_be(client: Client) -> None:
    assert "our reading: figure of the international version" in page_of(client, ENGLAND)
    assert "our reading: 2 h for the stage less 1 h of needs analysis" in page_of(client, SL)
    assert "our reading" not in page_of(client, "npqlt-reformed-international")


def test_only_the_first_task_of_headship_goes_to_the_board_before_it_is_carried_out(client: Client) -> None:
    page = page_of(client, H_LEGACY)
    assert "You present it to the governing board of your own school before you carry it out." in page
    assert "You present it to the governing board of the placement school." in page
    assert (
        "9 working days in a placement school, unlike your own in performance, pupil profile or geography."
        in page
    )


def test_a_month_is_our_own_sum_and_said_to_be(client: Client) -> None:
    page = page_of(client, "npqlt-reformed-international")
    assert "our own sum" in page
    assert "about 6 h" in page  # 18 + 32 + 18 + 5 hours over 12 months
    assert "about 2 h 45 min" in page  # 32 h of online study


def test_a_way_to_study_that_no_source_names_is_said_to_be_the_providers(client: Client) -> None:
    assert "this is how the provider runs it" in page_of(client, SL)
    assert "this is how the provider runs it" not in page_of(client, SL_LEGACY)
    assert "Live events that suit the time zone" in page_of(client, SL_LEGACY)


def test_specialists_enrol_and_leaders_apply(client: Client) -> None:
    assert "You enrol:" in page_of(client, "npqltd-reformed-international")
    assert "You apply," in page_of(client, "npqel-reformed-international")


def test_the_page_asks_the_database_little(client: Client, django_assert_max_num_queries: object) -> None:
    for days in (30, 60, 90):
        open_intake(SL, days=days)
    page_of(client, SL)
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        page_of(client, SL)


def test_every_programme_of_every_version_says_where_to_go_on(client: Client) -> None:
    for key in ProgrammeVersion.objects.values_list("key", flat=True):
        page = page_of(client, key)
        for name in ("public:specification", "public:pathway_of"):
            assert reverse(name, args=[key]) in page


# --- what the provider also runs, and wants ------------------------------------------------------------
def test_other_provision_is_listed_and_leads_to_asking(client: Client) -> None:
    page = client.get(reverse("public:other_list")).content.decode()
    for key in ("apprenticeships", "ecf", "eyitt", "hlta", "nasenco"):
        assert reverse("public:other", args=[key]) in page
        one = client.get(reverse("public:other", args=[key])).content.decode()
        assert "not stated" in one
        assert reverse("public:contact") in one
    assert client.get(reverse("public:other", args=["npqlt"])).status_code == 404


def test_the_provider_says_what_it_wants_to_achieve(client: Client) -> None:
    page = client.get(reverse("public:about")).content.decode()
    assert "A good education for every child" in page
    assert "everybody who works in education" in page
