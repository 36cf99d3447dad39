"""What search engines, cards, feeds and calendars are told of public pages, and what they are never told."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.test import Client

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock
from goldenthread.web.public import findable, structured
from goldenthread.web.shared.versions import versions
from tests import factories
from tests.browser import Visit
from tests.factories_applications import open_intake

pytestmark = pytest.mark.django_db
BASE = django_settings.BASE_URL
LT = "/programmes/npqlt-reformed-international/"
PAGES = ("programmes", "programmes/npqml", "compare", "search", "help", "glossary", "contact")
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def head(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    return page[: page.index("</head>")]


def meta(text: str, name: str) -> list[str]:
    return [unescape(one) for one in re.findall(rf'<meta (?:name|property)="{name}" content="([^"]*)"', text)]


def canonical(text: str) -> list[str]:
    return re.findall(r'<link rel="canonical" href="([^"]*)"', text)


# --- the head of a page -------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("path", ["/", LT, *(f"/{name}/" for name in PAGES)])
def test_a_public_page_says_once_what_it_is(client: Client, path: str) -> None:
    text = head(client, path)
    title = unescape(re.findall(r"<title>(.*?)</title>", text)[0])
    assert canonical(text) == [BASE + path]
    assert meta(text, "robots") == []
    (description,) = meta(text, "description")
    assert 30 < len(description.strip()) < 320
    assert meta(text, "og:title") == [title.removesuffix(" – Golden Thread")]
    assert meta(text, "og:description") == [description.strip()]
    assert meta(text, "og:url") == [BASE + path]
    (card,) = meta(text, "og:image")
    assert card.startswith(f"{BASE}/static/")
    assert b"PNG" in b"".join(client.get(card.removeprefix(BASE)))[:8]
    assert '<html lang="en-GB">' in text


@pytest.mark.usefixtures("catalogue")
def test_descriptions_and_titles_differ_from_page_to_page(client: Client) -> None:
    paths = [
        "/",
        "/programmes/",
        LT,
        "/programmes/npqh-reformed-international/",
        "/compare/",
        "/help/",
        "/verify/",
    ]
    for name in ("description", "og:title"):
        assert len({meta(head(client, path), name)[0] for path in paths}) == len(paths)


@pytest.mark.usefixtures("catalogue")
def test_what_is_asked_for_is_not_listed_but_leads_to_the_page(client: Client) -> None:
    for path in ("/search/?q=headship", "/compare/?v=npqh-legacy-england", "/programmes/?utm_source=x"):
        text = head(client, path)
        assert meta(text, "robots") == ["noindex, follow"]
        assert canonical(text) == [BASE + path.partition("?")[0]]


@pytest.mark.usefixtures("catalogue")
def test_pages_of_one_person_and_errors_are_not_listed(client: Client) -> None:
    client.force_login(factories.user("Dot Stranger"))
    for path in ("/profile/", "/programmes/nonsense/"):
        text = head(client, path)
        assert meta(text, "robots") == ["noindex"]
        assert canonical(text) == []
        assert meta(text, "og:title") == []


def test_a_name_with_quotes_cannot_leave_its_place(client: Client, settings: Any) -> None:
    settings.PROVIDER_NAME = 'Quote" onload="x" <Provider>'
    text = head(client, "/contact/")
    assert 'onload="x"' not in text
    assert meta(text, "og:site_name") == [settings.PROVIDER_NAME]


# --- structured data ----------------------------------------------------------------------------------
def graph(client: Client, path: str) -> dict[str, Any]:
    (text,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(path).content.decode()
    )
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    return {one["@type"]: one for one in data["@graph"]}


def test_a_programme_is_a_course_and_the_program_it_belongs_to(client: Client) -> None:
    intake = open_intake(days=60)
    found = graph(client, LT)
    course, program = found["Course"], found["EducationalOccupationalProgram"]
    assert course["courseCode"] == "NPQLT"
    assert course["timeRequired"] == "PT74H"
    assert course["offers"]["price"] == "1250.00"
    assert [one["startDate"] for one in course["hasCourseInstance"]] == [intake.starts_on.isoformat()]
    assert course["hasCourseInstance"][0]["courseMode"]
    assert program["hasCourse"]["@id"] == course["@id"] == f"{BASE}{LT}#course"
    assert program["applicationDeadline"] == intake.applications_close_on.isoformat()
    assert program["timeToComplete"] == "P12M"
    assert program["provider"]["name"] == django_settings.PROVIDER_NAME


@pytest.mark.usefixtures("catalogue")
def test_what_no_source_states_is_left_out(client: Client) -> None:
    for key in ProgrammeVersion.objects.values_list("key", flat=True):
        found = graph(client, f"/programmes/{key}/")
        assert "hasCourseInstance" not in found["Course"]
        assert "startDate" not in found["EducationalOccupationalProgram"]
    england = graph(client, "/programmes/npqlt-reformed-england/")
    assert "offers" not in england["Course"]
    assert "timeRequired" not in england["Course"]
    assert "timeToComplete" not in england["EducationalOccupationalProgram"]


@pytest.mark.usefixtures("catalogue")
def test_no_text_ends_the_script(settings: Any) -> None:
    settings.PROVIDER_NAME = "</script><script>alert(1)</script><!-- & "
    version = next(one for one in versions().values() if one.code == "NPQLT")
    text = structured.script_of(structured.programme_data(version, [], on=date(2026, 1, 1)))
    inside = text.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert "<" not in inside
    assert json.loads(inside)["@graph"][0]["provider"]["name"] == settings.PROVIDER_NAME


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_chromium_has_nothing_to_say_against_the_data(visit: Callable[..., Visit]) -> None:
    """The content policy allows no inline script; this one isn't run, and `visit` fails on any complaint."""
    open_intake(days=60)
    findable.rebuild(at=clock.now())
    page = visit().page
    page.goto(LT)
    data = page.locator('script[type="application/ld+json"]').inner_text()
    assert json.loads(data)["@graph"][0]["courseCode"] == "NPQLT"
    page.goto("/")
    page.get_by_role("searchbox", name="Search programmes and help").fill("leaders")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=leaders")
    assert page.locator("mark").count() > 3
    assert page.context.cookies() == []


# --- lists for programs -------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_the_sitemap_names_every_public_page_and_no_other(client: Client) -> None:
    ProgrammeVersion.objects.filter(key="npqh-legacy-england").update(state="draft")
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    found = [one.text or "" for one in ElementTree.fromstring(response.content).iter(f"{SITEMAP}loc")]
    paths = [one.removeprefix(BASE) for one in found]
    assert {"/", "/programmes/", "/compare/", "/search/", "/help/", "/glossary/", "/verify/", LT} <= set(
        paths
    )
    assert "/programmes/npqh-legacy-england/" not in paths
    assert not [path for path in paths if path.startswith(("/apply", "/welcome", "/accounts", "/office"))]
    assert len(paths) == len(set(paths))
    for path in paths:
        text = head(client, path)
        assert canonical(text) == [BASE + path]
        assert meta(text, "robots") == []


def test_robots_are_kept_from_what_belongs_to_a_person_and_told_of_the_sitemap(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {BASE}/sitemap.xml" in text
    kept_from = re.findall(r"Disallow: (\S+)", text)
    for path in ("/my/", "/office/people/", "/accounts/login/", "/welcome/x/"):
        assert any(path.startswith(prefix) for prefix in kept_from), path
    for path in ("/", "/programmes/", "/search/", "/verify/", "/intakes.ics"):
        assert not any(path.startswith(prefix) for prefix in kept_from), path


def test_the_feed_holds_the_coming_intakes_of_published_versions(client: Client) -> None:
    later, sooner = open_intake(days=90), open_intake("npqh-reformed-international", days=30)
    ended = open_intake("npqsl-reformed-international", days=50)
    ended.starts_on = clock.today() - timedelta(days=3)
    ended.save()
    hidden = open_intake("npqel-reformed-international", days=40)
    ProgrammeVersion.objects.filter(pk=hidden.version_id).update(state="closed")
    response = client.get("/intakes.atom")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)
    titles = [one.findtext(f"{ATOM}title") for one in feed.iter(f"{ATOM}entry")]
    assert titles == [f"NPQH Headship, {sooner.name}", f"NPQLT Leading Teaching, {later.name}"]
    ids = [one.findtext(f"{ATOM}id") or "" for one in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == 2
    assert all(one.startswith("tag:") for one in ids)
    assert "intakes.atom" in head(client, "/")


def test_the_calendar_holds_three_whole_days_for_each_intake(client: Client) -> None:
    intake = open_intake(days=60)
    response = client.get("/intakes.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    raw = response.content
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    lines = raw.decode().replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 3
    starts = [line.partition(":")[2] for line in lines if line.startswith("DTSTART;VALUE=DATE:")]
    wanted = [intake.applications_open_on, intake.applications_close_on, intake.starts_on]
    assert starts == [f"{day:%Y%m%d}" for day in wanted]
    assert f"SUMMARY:Last day to apply: NPQLT Leading Teaching\\, {intake.name}" in lines
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == 3
    assert client.get("/intakes.ics").content == raw  # a calendar that is subscribed to sees no change


def test_without_intakes_feed_and_calendar_are_empty_and_valid(client: Client) -> None:
    assert ElementTree.fromstring(client.get("/intakes.atom").content).tag == f"{ATOM}feed"
    assert b"VEVENT" not in client.get("/intakes.ics").content
