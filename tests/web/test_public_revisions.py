"""Visitors see one of the revisions of a version, the one in force for who would apply now; all keep their address."""

import html
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock
from goldenthread.web.public import findable
from tests import factories
from tests.factories import NPQLT
from tests.factories_applications import open_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NEW = f"{NPQLT}-r2"
HREF = 'href="/programmes/{}/"'
NEWER, NOT_YET = "A newer text is in force", "This text is not in force yet"


@pytest.fixture
def second(catalogue: None) -> ProgrammeVersion:
    fees = [
        {"pounds": {"value": 1400, "source": "000:70"}, "currency": "GBP", "valid_from": "2021-09-01"},
    ]
    return factories.revision(fee=fees, purpose="For who leads teaching, in new words.")


def page(client: Client, name: str, *of: str, **query: Any) -> str:
    response = client.get(reverse(f"public:{name}" if name != "home" else "home", args=of), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def is_listed(client: Client) -> tuple[bool, bool]:
    """Whether the list of programmes has the first, and the second revision."""
    text = page(client, "programmes")
    return HREF.format(NPQLT) in text, HREF.format(NEW) in text


WHERE: dict[str, Callable[[Client], str]] = {
    "programmes": lambda client: page(client, "programmes"),
    "home": lambda client: " ".join(
        f"/programmes/{one['version'].key}/"
        for family in client.get(reverse("home")).context["families"]
        for line in family["lines"]
        for one in line.versions
    ),
    "finder": lambda client: page(
        client, "finder", post="middle", status="aspiring", scope="key stage", horizon="later"
    ),
    "pathway": lambda client: page(client, "pathway"),
    "another programme": lambda client: page(client, "programme", "npqlt-reformed-england"),
    "sitemap": lambda client: page(client, "sitemap").replace("<loc>", 'href="').replace("</loc>", '"'),
    "compare": lambda client: page(client, "compare").replace('value="', 'href="/programmes/').replace('" id', '/" id'),
}  # fmt: skip


@pytest.mark.parametrize("where", WHERE)
def test_visitors_see_one_of_two_revisions_wherever_versions_are_listed(
    client: Client, second: ProgrammeVersion, where: str
) -> None:
    def shown(key: str) -> bool:
        return f"/programmes/{key}/" in WHERE[where](client)

    assert (shown(NPQLT), shown(NEW)) == (False, True)
    intake = open_intake(NPQLT)
    assert (shown(NPQLT), shown(NEW)) == (True, False)
    intake.delete()
    ProgrammeVersion.objects.filter(pk=second.pk).update(state="draft")
    assert (shown(NPQLT), shown(NEW)) == (True, False)


def test_the_code_leads_to_the_revision_in_force(client: Client, second: ProgrammeVersion) -> None:
    for name in ("programme", "framework", "reading", "changes"):
        target = client.get(reverse(f"public:{name}", args=["npqlt"]))["Location"]
        assert f"/{NEW}/" in target, name
    assert f'href="/programmes/{NEW}/"' in page(client, "pathway_of", NPQLT)


def test_the_revision_of_the_open_intake_is_in_force_until_it_shuts(
    client: Client, second: ProgrammeVersion
) -> None:
    first, following = open_intake(NPQLT), open_intake(NEW, days=200)
    following.applications_open_on = clock.today() + timedelta(days=5)
    following.save()
    assert is_listed(client) == (True, False)
    assert NOT_YET in page(client, "programme", NEW)
    assert NEWER not in page(client, "programme", NPQLT)
    first.applications_close_on = clock.today() - timedelta(days=1)
    first.save()
    assert is_listed(client) == (False, True)
    assert NEWER in page(client, "programme", NPQLT)


def test_an_open_intake_of_the_older_revision_stands_on_the_page_in_force_with_its_text(
    client: Client, second: ProgrammeVersion
) -> None:
    older, newer = open_intake(NPQLT, days=60), open_intake(NEW, days=90)
    text = page(client, "programme", NEW)
    for intake in (older, newer):
        assert f'href="{reverse("public:apply", args=[intake.pk])}"' in text
    assert f'On <a href="/programmes/{NPQLT}/">revision 1</a>' in text
    assert f"Apply for {newer.name}" in text
    feed = page(client, "intakes_atom")
    assert feed.count("<entry>") == 2


@pytest.mark.parametrize("name", ["programme", "framework", "reading"])
def test_the_older_revision_keeps_its_address_and_says_what_is_in_force(
    client: Client, second: ProgrammeVersion, name: str
) -> None:
    older, newer = page(client, name, NPQLT), page(client, name, NEW)
    assert NEWER in older
    assert HREF.format(NEW) in older
    assert f"/programmes/{NEW}/changes/?from={NPQLT}" in older
    assert NEWER not in newer
    if name == "programme":
        assert 'content="noindex' in older
        assert "application/ld+json" not in older
        assert "Register interest" not in older
        assert f'<a href="/programmes/{NPQLT}/">Revision 1, for those who are on it' in newer
        assert "£1,250" in older
        assert "£1,400" in newer


def test_what_has_changed_compares_the_two(client: Client, second: ProgrammeVersion) -> None:
    moved = client.get(reverse("public:changes", args=[NPQLT]))["Location"]
    assert moved == f"/programmes/{NEW}/changes/?from={NPQLT}"
    sections = client.get(moved).context["sections"]
    rows = {row.label: (row.before, row.after) for one in sections for row in one.rows}
    assert rows["A place"] == (["£1,250 (GBP)"], ["£1,400 (GBP)"])
    open_intake(NPQLT)  # now the first is in force, and the second one still to come
    assert client.get(reverse("public:changes", args=[NPQLT])).status_code == 200
    assert f'<option value="{NEW}"' in page(client, "changes", NPQLT)


def test_an_edition_that_was_replaced_leads_to_the_revision_in_force(client: Client) -> None:
    factories.revision(of="npqsl-reformed-international", supersedes="npqsl-reformed-international")
    moved = client.get(reverse("public:changes", args=["npqsl-legacy-international"]))["Location"]
    assert moved == "/programmes/npqsl-reformed-international-r2/changes/?from=npqsl-legacy-international"


def test_two_revisions_can_be_compared_by_their_addresses(client: Client, second: ProgrammeVersion) -> None:
    text = page(client, "compare", v=[NPQLT, NEW])
    assert "£1,250" in text
    assert "£1,400" in text
    assert "a newer text is in force" in text
    table = client.get(reverse("public:compare_csv"), {"v": [NPQLT, NEW]}).content.decode()
    assert '£1,250,"£1,400"' in table.replace('"£1,250"', "£1,250")
    assert NPQLT not in client.get(reverse("public:compare_csv")).content.decode()


def test_the_search_finds_the_revision_in_force_and_the_intakes_of_both(
    client: Client, second: ProgrammeVersion
) -> None:
    older, newer = open_intake(NPQLT, days=60), open_intake(NEW, days=90)
    things = list(findable.things(at=clock.now()))
    urls = {one.url for one in things if one.kind == "programme"}
    assert reverse("public:programme", args=[NEW]) in urls
    assert reverse("public:programme", args=[NPQLT]) not in urls
    assert {one.key for one in things if one.kind == "intake"} == {f"intake {older.pk}", f"intake {newer.pk}"}
    assert all(f"/programmes/{NPQLT}/framework/" not in one.url for one in things)


def test_the_pdf_of_the_older_revision_says_what_is_in_force(
    client: Client, second: ProgrammeVersion
) -> None:
    def text_of(key: str) -> str:
        pdf = PdfReader(io.BytesIO(client.get(reverse("public:specification", args=[key])).content))
        return " ".join(" ".join(one.extract_text() for one in pdf.pages).split())

    assert "A newer text is in force: NPQLT reformed, international (revision 2)" in text_of(NPQLT)
    newer = text_of(NEW)
    assert NEWER not in newer
    assert "revision 2. Qualification specification" in newer


def test_a_closed_revision_gives_way_and_a_closed_edition_stays(
    client: Client, second: ProgrammeVersion
) -> None:
    ProgrammeVersion.objects.filter(key=NPQLT).update(state="closed")
    open_intake(NPQLT)
    assert is_listed(client) == (False, True)
    ProgrammeVersion.objects.filter(key=NEW).update(state="closed")
    assert is_listed(client) == (False, True)
    assert "npqsl-legacy-international" in page(client, "programmes")


def test_whoever_comes_too_late_is_offered_the_intake_of_the_next_revision(
    client: Client, second: ProgrammeVersion
) -> None:
    shut, following = open_intake(NPQLT), open_intake(NEW, days=120)
    shut.applications_close_on = clock.today() - timedelta(days=1)
    shut.save()
    text = page(client, "apply", str(shut.pk))
    assert reverse("public:apply", args=[following.pk]) in text
    assert following.name in page(client, "interest_in", NPQLT)


def test_three_revisions_ask_no_more_of_the_database_than_two(
    client: Client, second: ProgrammeVersion
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(client, "programmes")
        return len(asked)

    queries()
    two = queries()
    factories.revision(3)
    factories.revision(of="npqh-reformed-international")
    queries()
    assert queries() == two
