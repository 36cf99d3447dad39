"""The office's frameworks: a text is looked at, then taken in; statements, sources, variants, links, reviews."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.framework_rules import UNTRIED
from goldenthread.catalogue.jobs import check_links
from goldenthread.catalogue.models import (
    Evidence,
    EvidenceUse,
    Framework,
    Statement,
    StatementLink,
    Variant,
)
from goldenthread.common import clock
from goldenthread.common.models import AuditEvent, StoredFile
from goldenthread.people.models import Role
from goldenthread.web.office.frameworks import ticket_for
from tests import factories
from tests.catalogue.framework_sample import text_of_npqlt
from tests.catalogue.test_framework_import import take_in
from tests.factories_web import client_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


def send(office: Client, content: bytes, *, version: str = "", name: str = "lt.txt") -> Any:
    return office.post(
        reverse("office:framework_import"), {"file": SimpleUploadedFile(name, content), "version": version}
    )


def one(code: str = "NPQLT-AS-LT4") -> Statement:
    return Statement.objects.select_related("area__framework").get(code=code)


def verbs() -> list[str]:
    return list(
        AuditEvent.objects.exclude(verb__endswith=".loaded").order_by("pk").values_list("verb", flat=True)
    )


# --- a text is taken in ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\x01", "line 1"),
        (b"Air\n\xff", "line 2"),
        (b"nothing here", "no table"),
        (b"PK\x03\x04broken", "damaged"),
        (b"a" * 2_200_000, "at most 2 MB"),
        (b"", "empty"),
    ],
)
def test_what_can_not_be_read_comes_back_at_the_field(office: Client, content: bytes, said: str) -> None:
    response = send(office, content)
    assert response.status_code == 422
    assert said in text_of(response)
    assert not StoredFile.objects.exists()


def test_fifty_megabytes_come_back_at_the_field_and_are_not_kept(office: Client) -> None:
    for begins, most in ((b"1. Air moves.\n", "at most 2 MB"), (b"PK\x03\x04", "at most 10 MB")):
        response = send(office, begins + bytes(50_000_000))
        assert response.status_code == 422
        assert "is 47.7 MB" in text_of(response)
        assert most in text_of(response)
    assert not StoredFile.objects.exists()


def test_a_report_is_its_senders_alone_and_no_other_file_can_be_read_by_it(office: Client) -> None:
    there = send(office, text_of_npqlt().encode())["Location"]
    other = client_of(factories.member(Role.OFFICE, "Otto Office"))
    assert other.get(there).status_code == 404
    assert office.get(there[:-3] + "abc/").status_code == 404
    assert office.get(reverse("office:framework_report", args=["x"])).status_code == 404
    gone = ticket_for(StoredFile(sha256="0" * 64), "x", "", factories.user())
    assert office.get(reverse("office:framework_report", args=[gone])).status_code == 404


def test_two_versions_are_laid_side_by_side(office: Client) -> None:
    second = take_in().framework
    third = take_in(text_of_npqlt().replace("Lamps are hot.", "Lamps are warm.")).framework
    page = office.get(reverse("office:framework_difference", args=[third.pk, second.pk]))
    (changed,) = page.context["changes"]
    assert changed.change.place == "Adaptive Teaching, learn that 2"
    assert "<del>hot.</del>" in text_of(page)
    assert "<ins>warm.</ins>" in text_of(page)
    same = office.get(reverse("office:framework_difference", args=[third.pk, third.pk]))
    assert same.context["changes"] == []
    other = Framework.objects.get(programme__code="NPQLTD")
    assert office.get(reverse("office:framework_difference", args=[third.pk, other.pk])).status_code == 404


# --- statements -----------------------------------------------------------------------------------------
def edit(office: Client, statement: Statement, **said: Any) -> Any:
    url = reverse("office:framework_statement_edit", args=[statement.pk])
    return office.post(url, {"text": statement.text, "revision": statement.revision, **said})


def test_our_wording_may_be_changed_and_a_load_of_the_catalogue_leaves_it(office: Client) -> None:
    assert (
        edit(
            office, one(), text="Marks are  read twice.", review_by="2027-01-18", highlighted="on"
        ).status_code
        == 302
    )
    assert (one().text, one().review_by, one().highlighted) == (
        "Marks are read twice.",
        date(2027, 1, 18),
        True,
    )
    assert verbs() == ["statement.edited"]
    factories.load_catalogue(factories.AT + timedelta(days=1))
    assert one().text == "Marks are read twice."


def test_official_and_cited_wording_and_an_older_page_change_nothing(office: Client) -> None:
    take_in()
    official = one("NPQLT.2-IM-LT1")
    assert edit(office, official, text="Other words.").status_code == 302  # the page has no such field
    assert one("NPQLT.2-IM-LT1").text == official.text
    cited = one("NPQLT-IM-LT1")
    StatementLink.objects.create(
        one=cited, other=official, kind="near", confirmed_by=factories.user(), confirmed_at=factories.AT
    )
    assert "its wording stays" in text_of(edit(office, cited, text="Other words."))
    Statement.objects.filter(pk=one().pk).update(revision=5)
    stale = edit(office, one(), text="Other words.", revision=4)
    assert stale.status_code == 422
    assert "Load it anew" in text_of(stale)
    cut = edit(office, one("NPQLT.2-HL-LT1"), highlighted="on")
    assert "Only a whole statement can be highlighted" in text_of(cut)
    assert edit(office, one(), text="x" * 2_001, revision=5).status_code == 422
    assert edit(office, one(), text="", revision=5).status_code == 422


# --- sources --------------------------------------------------------------------------------------------
def source(**said: Any) -> dict[str, Any]:
    return {
        "author": "Okafor",
        "year": "2019",
        "title": "On change",
        "link": "https://example.org/change",
        "kind": "guidance",
        "country": "us",
        "area": "implementation",
        "form_key": str(uuid.uuid4()),
        **said,
    }


def test_a_source_is_entered_once_and_attached_to_an_area(office: Client) -> None:
    said = source()
    for _ in range(2):
        assert office.post(reverse("office:evidence"), said).status_code == 302
    made = Evidence.objects.get()
    assert (made.author, made.year, made.title, made.origin_text) == (
        "Okafor", 2019, "On change", "expert guidance, overseas (US)",
    )  # fmt: skip
    assert EvidenceUse.objects.get().area_key == "implementation"
    assert verbs() == ["evidence.added", "evidence.attached"]
    areas = reverse("office:evidence_areas", args=[made.pk])
    assert office.post(areas, {"area": "assessment"}).status_code == 302
    assert office.post(areas, {"area": "cookery"}).status_code == 422
    assert sorted(EvidenceUse.objects.values_list("area_key", flat=True)) == ["assessment", "implementation"]
    for use in EvidenceUse.objects.all():
        assert office.post(reverse("office:evidence_detach", args=[use.pk]))["Location"] == areas
    assert not EvidenceUse.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": "1066"},
        {"link": "javascript:alert(1)"},
        {"kind": "rumour"},
        {"country": "atlantis"},
        {"title": ""},
    ],
)
def test_a_source_that_can_not_be_right_comes_back(office: Client, wrong: dict[str, str]) -> None:
    assert office.post(reverse("office:evidence"), source(**wrong)).status_code == 422
    assert not Evidence.objects.exists()


@pytest.mark.requirement("S2-21")
@pytest.mark.parametrize(("code", "warned"), [("NPQLT-AS-LT4", True), ("NPQLT-AS-LH1", False)])
def test_guidance_alone_is_warned_of_on_a_learn_that_statement(
    office: Client, code: str, warned: bool
) -> None:
    office.post(reverse("office:evidence"), source(area=""))
    url = reverse("office:framework_statement", args=[one(code).pk])
    attach = reverse("office:framework_statement_attach", args=[one(code).pk])
    for _ in range(2):
        assert office.post(attach, {"evidence": Evidence.objects.get().pk})["Location"] == url
    assert ("Expert guidance alone" in text_of(office.get(url))) is warned
    use = EvidenceUse.objects.get()
    assert (
        office.post(reverse("office:evidence_detach", args=[use.pk]), {"from": "statement"})["Location"]
        == url
    )
    assert office.post(attach, {"evidence": "999"}).status_code == 422


@pytest.mark.requirement("S4-07")
def test_broken_links_are_listed_for_repair(office: Client) -> None:
    office.post(reverse("office:evidence"), source())
    office.post(reverse("office:evidence"), source(title="On rest"))
    Evidence.objects.filter(title="On rest").update(link_fault="404")
    found = office.get(reverse("office:evidence"), {"broken": "on"}).context["page"].object_list
    assert [item.title for item in found] == ["On rest"]
    framework = Framework.objects.get(programme__code="NPQH", edition="reformed")
    Framework.objects.filter(pk=framework.pk).update(link_fault="404")
    assert "Link broken" in text_of(office.get(reverse("office:frameworks")))
    url = reverse("office:framework", args=[framework.pk])
    office.post(url, {"source_url": "https://example.org/new", "source_date": "", "licence": ""})
    framework.refresh_from_db()
    assert (framework.source_url, framework.link_fault) == ("https://example.org/new", UNTRIED)
    listed = office.get(reverse("office:broken_links")).context["broken"]
    assert [(item.kind, item.fault) for item in listed] == [("official text", UNTRIED), ("source", "404")]
    assert [office.get(item.url).status_code for item in listed] == [200, 200]


def shown_link() -> bool:
    """Whether visitors see the link of the source "On rest" in the reading list of NPQLT."""
    page = Client().get(reverse("public:reading", args=[factories.NPQLT]))
    return "https://example.org/rest" in page.content.decode()


@pytest.mark.requirement("S4-07")
def test_a_sources_link_is_repaired_by_the_office_and_returns_after_a_check(office: Client) -> None:
    office.post(reverse("office:evidence"), source(title="On rest", link="https://example.org/old"))
    evidence = Evidence.objects.get(title="On rest")
    Framework.objects.update(source_url="")
    now = clock.now()
    check_links(at=now, ask=lambda _: 404)
    repair = reverse("office:evidence_link", args=[evidence.pk])
    wrong = office.post(repair, {"link": "example"})
    assert wrong.status_code == 422
    assert "Give the whole address" in text_of(wrong)
    for _ in range(2):
        done = office.post(repair, {"link": "https://example.org/rest"}, follow=True)
        assert "once a check has found that it answers" in text_of(done)
    assert not shown_link()
    assert verbs().count("evidence.link") == 1

    check_links(at=now, ask=lambda _: None)  # no answer: nothing is known yet
    assert not shown_link()
    office.post(repair, {"link": "https://example.org/rest"})  # again, to be tried at once
    check_links(at=now, ask=lambda _: 200)
    assert shown_link()
    assert office.get(reverse("office:broken_links")).context["broken"] == []


def test_a_good_link_that_is_changed_stays_to_be_seen_and_one_taken_away_is_gone(office: Client) -> None:
    office.post(reverse("office:evidence"), source(title="On rest", link="https://example.org/old"))
    evidence = Evidence.objects.get(title="On rest")
    repair = reverse("office:evidence_link", args=[evidence.pk])
    office.post(repair, {"link": "https://example.org/rest"})
    assert shown_link()
    Evidence.objects.filter(pk=evidence.pk).update(link_fault="404")
    office.post(repair, {"link": ""})
    evidence.refresh_from_db()
    assert (evidence.link, evidence.link_fault) == ("", "")


# --- variants and reviews -----------------------------------------------------------------------------------
def variant(office: Client, **said: Any) -> Any:
    filled = {
        "context": "international",
        "phase": "",
        "locality": "",
        "text": "Abroad, ask who reads the marks.",
        "reason": "legislation",
        "change_note": "A new law",
        "effective_from": "2025-04-01",
        "review_by": "2026-04-01",
        **said,
    }
    url = reverse("office:framework_statement_variant", args=[one().pk])
    return office.post(url, {f"variant-{key}": value for key, value in filled.items()})


def test_a_second_variant_is_a_further_version_and_the_first_one_stays(office: Client) -> None:
    assert variant(office).status_code == 302
    assert variant(office).status_code == 302
    assert variant(office, text="Abroad, ask twice.", effective_from="2025-05-01").status_code == 302
    kept = list(Variant.objects.order_by("version").values_list("version", "text"))
    assert kept == [(1, "Abroad, ask who reads the marks."), (2, "Abroad, ask twice.")]
    assert verbs() == ["variant.added", "variant.added"]
    assert "A new law" in text_of(office.get(reverse("office:framework_statement", args=[one().pk])))


@pytest.mark.parametrize(
    "wrong",
    [
        {"context": "", "phase": ""},
        {"context": "locality"},
        {"locality": "Dubai"},
        {"review_by": "2025-03-31"},
        {"reason": "whim"},
        {"effective_from": "soon"},
        {"text": ""},
    ],
)
def test_a_variant_for_nobody_or_without_its_days_comes_back(office: Client, wrong: dict[str, str]) -> None:
    assert variant(office, **wrong).status_code == 422
    assert not Variant.objects.exists()


def test_what_is_due_is_listed_by_day_and_only_the_latest_version_counts(office: Client) -> None:
    now = clock.now().date()
    days = [now - timedelta(days=2), now + timedelta(days=10), now + timedelta(days=90)]
    for code, day in zip(("NPQLT-AS-LT1", "NPQLT-AS-LT2", "NPQLT-AS-LT3"), days, strict=True):
        Statement.objects.filter(code=code).update(review_by=day)
    variant(office, review_by="2025-06-01")
    variant(office, text="Abroad, ask twice.", review_by=str(now + timedelta(days=5)))
    due = office.get(reverse("office:framework_review")).context["due"]
    assert [(item.name, item.what, item.overdue) for item in due] == [
        ("NPQLT-AS-LT1", "statement", True),
        ("NPQLT-AS-LT4", "variant for international", False),
        ("NPQLT-AS-LT2", "statement", False),
    ]


# --- links ----------------------------------------------------------------------------------------------
@pytest.mark.requirement("S2-19")
def test_a_link_is_shown_at_both_ends_and_can_be_taken_away(office: Client) -> None:
    other = one("NPQLT-IM-LT1")
    url = reverse("office:framework_statement_link", args=[one().pk])
    for code in ("NPQLT-IM-LT1", " npqlt-im-lt1 "):
        assert office.post(url, {"link-code": code, "link-kind": "related"}).status_code == 302
    link = StatementLink.objects.get()
    for here, there in ((one(), other), (other, one())):
        assert there.code in text_of(office.get(reverse("office:framework_statement", args=[here.pk])))
    for wrong in (
        {"link-code": "NPQLT-XX-1", "link-kind": "same"},
        {"link-code": one().code, "link-kind": "same"},
    ):
        assert office.post(url, wrong).status_code == 422
    back = office.post(reverse("office:framework_link_end", args=[link.pk]), {"from": str(other.pk)})
    assert back["Location"] == reverse("office:framework_statement", args=[other.pk])
    assert not StatementLink.objects.exists()


SAME = """NPQLT
School Culture | |
Learn that… | Learn how to… |
1. Halls carry sound to everybody. 2. Doors that stand open invite whoever passes by. 3. A habit of thanks among all staff holds a school together. |
Greet by: |
Hospitality (Standard 9) | |
Learn that… | Learn how to… |
1. Doors that stand open invite whoever passes by. 2. Halls carry sound to everybody. 3. A habit of thanks among staff holds a school together. 4. Tea cools. |
Pour by: |
"""  # noqa: E501


@pytest.mark.requirement("S2-31")
def test_alike_statements_are_proposed_and_confirmed_by_a_person(office: Client) -> None:
    framework = take_in(SAME).framework
    url = reverse("office:framework_same", args=[framework.pk])
    found = office.get(url).context["proposals"]
    assert sorted((item.kind, item.one.number, item.other.number) for item in found) == [
        ("near", 3, 3),
        ("same", 1, 2),
        ("same", 2, 1),
    ]
    pairs = [f"{item.one.pk}:{item.other.pk}:{item.kind}" for item in found if item.kind == "same"]
    confirm = reverse("office:framework_same_confirm", args=[framework.pk])
    for _ in range(2):
        assert office.post(confirm, {"pair": pairs})["Location"] == url
    assert StatementLink.objects.count() == 2
    assert verbs().count("statements.linked") == 2
    assert [item.link is not None for item in office.get(url).context["proposals"]].count(True) == 2
    for wrong in ("1:2", "1:x:same", "1:2:odd", "99999:99998:same"):
        assert office.post(confirm, {"pair": [wrong]}).status_code == 404
    against = Framework.objects.get(programme__code="NPQLTD")
    page = office.get(reverse("office:framework_same_as", args=[framework.pk, against.pk]))
    assert page.context["proposals"] == []


def test_strangers_find_no_such_pages() -> None:
    statement, framework = one(), one().area.framework
    urls = [
        reverse("office:frameworks"),
        reverse("office:framework", args=[framework.pk]),
        reverse("office:framework_import"),
        reverse("office:framework_statement", args=[statement.pk]),
        reverse("office:evidence"),
    ]
    for person in (factories.user(), factories.member(Role.AUTHOR, "Ada Author")):
        assert {client_of(person).get(url).status_code for url in urls} == {404}
