"""Searching as a visitor: what is found of the real catalogue, what never is, and how it is shown."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urldefrag

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment import actions
from goldenthread.catalogue.models import ContentArea, ProgrammeVersion, Statement
from goldenthread.commands import search as command
from goldenthread.common import clock
from goldenthread.events.models import EventDay
from goldenthread.intakes.models import Intake
from goldenthread.search.models import SearchEntry
from goldenthread.web.public import findable
from goldenthread.web.public.answers import answers
from tests import factories
from tests import factories_teaching as teaching
from tests.factories_applications import open_intake

pytestmark = pytest.mark.django_db


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def page(client: Client, *, made: bool = True, **asked: str) -> Any:
    """The page of a search, once the worker has made the entries unless told."""
    if made:
        findable.refresh(at=clock.now())
    response = client.get("/search/", asked)
    assert response.status_code == 200
    return response


def titles(response: Any) -> list[str]:
    found = [one for group in response.context.get("groups", []) for one in group.first]
    return ["".join(text for text, _ in one.title) for one in found]


def event_day(intake: Intake) -> EventDay:
    group = teaching.group("Secret group", of=intake, venue="Wisteria Hall, Bath BA1 1AA")
    day = clock.now() + timedelta(days=80)
    return EventDay.objects.create(
        group=group, activity_key="event-1", title="Event day 1", mode="in_person", starts_at=day,
        ends_at=day + timedelta(hours=6), minutes=360, venue=group.venue, join_link="https://meet.example/zyx",
    )  # fmt: skip


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("npqlt", "NPQLT Leading Teaching"),
        ("headship", "NPQH Headship"),
        ("Executive", "NPQEL Executive Leadership"),
        ("npqml", "NPQML Middle Leadership"),
        ("how do I apply", "How do I apply?"),
        ("cookies", "What do you know about me?"),
        ("moderation", "Moderation"),
    ],
)
def test_the_first_thing_found_is_what_was_meant(client: Client, asked: str, first: str) -> None:
    assert titles(page(client, q=asked))[0] == first


@pytest.mark.usefixtures("catalogue")
def test_statements_are_found_by_their_words_and_lead_to_a_public_page(client: Client) -> None:
    statement = Statement.objects.filter(area__framework__programme__code="NPQLT", complete=True)[0]
    found = page(client, q=statement.text[:60], kind="statement").context["page"].object_list
    assert statement.code in found[0].context
    assert client.get(found[0].url).status_code == 200


@pytest.mark.usefixtures("catalogue")
@pytest.mark.alike
def test_every_entry_leads_to_a_page_that_a_visitor_may_open(client: Client) -> None:
    event_day(open_intake(days=60))
    findable.rebuild(at=clock.now())
    kinds = set(SearchEntry.objects.values_list("kind", flat=True))
    assert kinds == set(findable.KINDS)
    anchors = defaultdict[str, set[str]](set)
    for url in SearchEntry.objects.values_list("url", flat=True):
        path, anchor = urldefrag(url)
        anchors[path].add(anchor)
    for path, named in anchors.items():
        found = client.get(path)
        assert found.status_code == 200, path
        there = set(re.findall(r'id="([^"]+)"', found.content.decode())) | {""}
        assert named - there == set(), path


@pytest.mark.usefixtures("catalogue")
def test_a_version_that_becomes_a_draft_is_gone_at_once_with_all_that_it_presents(client: Client) -> None:
    intake = open_intake(days=60)
    assert intake.name in " ".join(titles(page(client, q=intake.name)))
    ProgrammeVersion.objects.filter(programme__code__in=("NPQLT", "NPQLTD")).update(state="draft")
    answer = page(client, q="NPQLT")
    assert answer.context["answer"].found == []
    assert not SearchEntry.objects.filter(context__contains="NPQLT").exists()
    assert not SearchEntry.objects.filter(key=f"intake {intake.pk}").exists()


@pytest.mark.usefixtures("catalogue")
def test_an_incomplete_statement_is_not_found(client: Client) -> None:
    statement = Statement.objects.filter(area__framework__programme__code="NPQLT", complete=True)[0]
    statement.text = "Zyzzyva weevils"
    statement.save()
    assert page(client, q="zyzzyva").context["count"] == 1
    Statement.objects.filter(pk=statement.pk).update(complete=False)
    assert page(client, q="zyzzyva").context["count"] == 0


@pytest.mark.usefixtures("catalogue")
def test_a_case_study_is_never_found(client: Client) -> None:
    actions.create_case_study(
        version=factories.version(),
        title="Quokka Academy",
        body="Quokkas everywhere",
        question="Which quokka?",
        by=factories.member("author", "Ada Author"),
        at=factories.AT,
    )
    assert page(client, q="quokka").context["count"] == 0


@pytest.mark.usefixtures("catalogue")
def test_an_intake_is_found_until_it_starts(client: Client) -> None:
    intake = open_intake(days=60)
    (thing,) = [one for one in findable.things(at=noon(intake.starts_on)) if one.kind == "intake"]
    assert intake.name in thing.title
    assert not [
        one for one in findable.things(at=noon(intake.starts_on + timedelta(days=1))) if one.kind == "intake"
    ]


@pytest.mark.usefixtures("catalogue")
def test_nothing_is_html_and_hits_are_marked(client: Client) -> None:
    shown = page(client, q='<script>alert("x")</script> headship').content.decode()
    assert "<script>alert" not in shown
    assert "<mark>Headship</mark>" in shown
    title = shown[shown.index("<title>") : shown.index("</title>")]
    assert "&lt;script&gt;" in title


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("asked", ["", " ", '"', "AND (", "\0", "x" * 10_000, "ŵ ŷ" * 3000, "a:b* OR NOT"])
def test_hostile_or_empty_queries_get_a_page_that_helps(client: Client, asked: str) -> None:
    shown = page(client, q=asked).content.decode()
    assert 'id="query"' in shown
    assert "/help/" in shown


@pytest.mark.usefixtures("catalogue")
def test_nothing_found_offers_a_spelling_and_ways_on(client: Client) -> None:
    shown = page(client, q="hedship").content.decode()
    assert "Did you mean" in shown
    assert 'href="?q=headship"' in shown
    assert 'href="/programmes/"' in shown


@pytest.mark.usefixtures("catalogue")
def test_many_of_a_kind_have_a_page_of_their_own_and_leaf_through(client: Client) -> None:
    answer = page(client, q="pupil")
    (group,) = [one for one in answer.context["groups"] if one.title == "Statements"]
    assert len(group.first) == 5 < group.count
    listed = client.get(group.url)
    assert listed.context["page"].paginator.count == group.count
    assert page(client, q="pupil", kind="nonsense").context["count"] == answer.context["count"]


@pytest.mark.usefixtures("catalogue")
def test_a_search_takes_few_queries_and_sets_no_cookie(client: Client) -> None:
    page(client, q="warm")
    with CaptureQueriesContext(connection) as taken:
        response = page(client, made=False, q="teaching")
    assert len(taken) <= 4
    assert not response.cookies


@pytest.mark.usefixtures("catalogue")
def test_the_command_and_the_job_keep_it_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["rebuild"]) == 0
    assert "0 altered, 0 removed" in capsys.readouterr().out
    assert command.run(["rebuild"]) == 0
    assert "Search: 0 added, 0 altered, 0 removed" in capsys.readouterr().out
    assert findable.keep_current(clock.now()) == "current"
    open_intake(days=30)
    assert findable.keep_current(clock.now()).startswith("made anew: 1 added")
    assert findable.keep_current(clock.now() + timedelta(days=31)).startswith(
        "made anew: 0 added, 0 altered, 1 removed"
    )


def test_an_empty_installation_finds_its_help(client: Client) -> None:
    assert titles(page(client, q="forgotten login"))[0] == "I can't sign in"


def test_help_and_glossary_show_all_answers_under_addresses_of_their_own(client: Client) -> None:
    for path, things in (("/help/", answers().questions), ("/glossary/", answers().terms)):
        shown = client.get(path).content.decode()
        keys = [one.key for one in things]
        assert len(set(keys)) == len(keys) > 10
        assert all(shown.count(f'id="{key}"') == 1 for key in keys)


def test_every_address_in_the_help_exists(client: Client) -> None:
    import re

    links = {link for one in answers().questions for link in re.findall(r"\]\((/[^)]*)\)", one.answer)}
    assert len(links) > 6
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


# --- a visitor's look-up makes nothing -----------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_looking_makes_no_entries_and_the_worker_makes_them_within_a_minute(client: Client) -> None:
    findable.rebuild(at=clock.now())
    intake = open_intake(days=60, name="Zebra term")
    with CaptureQueriesContext(connection) as captured:
        assert page(client, made=False, q="zebra").context["count"] == 0
    assert not [one for one in captured if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert findable.keep_current(clock.now()).startswith("made anew")
    assert page(client, made=False, q="zebra").context["count"] == 1
    intake.delete()
    assert page(client, made=False, q="zebra").context["count"] == 0  # gone at once


@pytest.mark.usefixtures("catalogue")
def test_what_is_no_longer_public_is_gone_before_the_entries_are_made_anew(client: Client) -> None:
    statement = Statement.objects.filter(area__framework__programme__code="NPQLT", complete=True)[0]
    asked = statement.text[:60]
    assert page(client, q=asked, kind="statement").context["page"].object_list
    Statement.objects.filter(pk=statement.pk).update(complete=False)
    codes = [one.key for one in page(client, made=False, q=asked, kind="statement").context["page"]]
    assert f"statement {statement.code}" not in codes
    ProgrammeVersion.objects.filter(programme__code="NPQLT").update(state="draft")
    shown = page(client, made=False, q="npqlt").context["answer"].found
    assert not [one for one in shown if "npqlt-" in one.url]
    assert page(client, made=False, q="cookies").context["count"] > 0


# --- events, statements of several programmes, other words ---------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_event_days_of_open_intakes_are_found_by_place_and_date_and_tell_no_link(client: Client) -> None:
    intake = open_intake(days=60)
    event_day(intake)
    (found,) = page(client, q="wisteria").context["answer"].found
    assert (found.kind, found.url) == ("event", f"/programmes/{intake.version.key}/")
    entry = SearchEntry.objects.get(kind="event")
    assert "meet" not in entry.all_words
    assert "Secret" not in entry.text + entry.context + entry.title
    EventDay.objects.update(venue="Magnolia House, Wells")
    assert page(client, q="magnolia").context["count"] == 1
    Intake.objects.filter(pk=intake.pk).update(starts_on=clock.today() - timedelta(days=1))
    assert page(client, q="magnolia").context["count"] == 0


@pytest.mark.usefixtures("catalogue")
def test_the_same_statement_of_several_programmes_is_one_hit_that_names_them(client: Client) -> None:
    areas = ContentArea.objects.filter(
        framework__programme__code__in=("NPQSL", "NPQH", "NPQEL"), name="School Culture"
    )
    made = [
        Statement.objects.create(
            area=area, kind="learn_that", number=90, code=f"{area.framework.programme.code}-X-90",
            text="Quixotic  timetables tire everybody.", complete=True,
        )
        for area in areas
    ]  # fmt: skip
    assert len(made) == 3
    (found,) = page(client, q="quixotic", kind="statement").context["page"].object_list
    assert all(code in found.context for code in ("NPQSL", "NPQH", "NPQEL"))
    for one in made:
        assert page(client, q=one.code).context["count"] >= 1
    Statement.objects.filter(pk=made[0].pk).update(text="Quixotic heads tire nobody.")
    assert len(page(client, q="quixotic", kind="statement").context["page"].object_list) == 2


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(("asked", "same"), [("principal", "head"), ("tuition", "fee"), ("joining", "")])
def test_other_words_find_the_same_and_stand_after_the_word_itself(
    client: Client, asked: str, same: str
) -> None:
    found = {one.key for one in page(client, q=asked).context["answer"].found}
    wanted = {one.key for one in page(client, q=same).context["answer"].found} if same else set()
    assert wanted <= found


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    "asked",
    [
        "SEN",
        "SEND",
        "send",
        "SENCO",
        "SENDCo",
        "inclusion",
        "special needs",
        "additional needs",
        "ALN",
        "disability",
    ],
)
def test_what_schools_call_special_needs_finds_the_area_and_the_programmes_with_it(
    client: Client, asked: str
) -> None:
    response = page(client, q=asked)
    areas = titles(page(client, q=asked, kind="area")) or [
        "".join(text for text, _ in one.title) for one in page(client, q=asked, kind="area").context["page"]
    ]
    assert areas[0] == "Additional and Special Education Needs/Disabilities"
    found = " ".join(titles(response))
    assert all(code in found for code in ("NPQSL", "NPQH", "NPQEL"))
    assert response.context["answer"].every


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("asked", ["SEND", "senco", "inclusion", "special needs"])
def test_the_search_within_a_framework_knows_these_words_too(client: Client, asked: str) -> None:
    response = client.get("/programmes/npqsl-reformed-international/framework/", {"q": asked})
    names = [area.area.name for area in response.context["content"].areas]
    assert "Additional and Special Education Needs/Disabilities" in names
    other = client.get("/programmes/npqlbc-reformed-international/framework/", {"q": "senco"})
    assert other.context["content"].areas == ()
