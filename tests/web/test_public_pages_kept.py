"""What visitors' browsers and the caches between are told: no cookie, no secret, and nothing of anybody else's."""

import gzip
from datetime import timedelta
from typing import Any
from uuid import uuid4

import brotli
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.catalogue.models import Programme, ProgrammeVersion
from goldenthread.common import clock
from goldenthread.common.models import ContentMark
from goldenthread.enquiries.models import Brand
from goldenthread.enquiries.models import Testimonial as Said
from goldenthread.people.models import OrganisationKind, OrganisationRole
from goldenthread.web.shared import public_pages
from tests import factories, world
from tests.enquiries import factories as enquiries
from tests.factories_applications import open_intake
from tests.web.test_access import addresses, path_of

pytestmark = pytest.mark.django_db
HOME, PROGRAMMES = "/", "/programmes/"
# Visitors' pages that are made for each of them, and why nobody may keep them.
OWN = {
    "public:apply_step": "a form, with what was answered before",
    "public:apply": "leads on by what was answered before",
    "public:apply_schools": "counts as a search",
    "public:verify_code": "an award is valid now, or not any more",
    "public:verify_file": "a form",
    "public:shown_badge": "a file to take away, signed now",
    "public:compare_csv": "a file to take away",
    "public:framework_file": "a file to take away",
    "public:interest": "a form",
    "public:interest_in": "a form",
    "public:partner": "a form",
    "public:ask": "a form",
    "public:ask_about": "a form",
    "public:ask_partner": "a form",
    "public:project_link": "a form, for whoever has the link",
    "public:receipt_keys": "a further key counts at once",
    "public:chat": "somebody's own talk",
    "public:chat_feed": "somebody's own talk",
    "styleguide": "holds forms",
    "health": "is about now",
}

# Said to be public by their own views: the same bytes for everybody, signed in or not.
FOR_ALL = {"public:specification", "public:did", "public:status_list"}


@pytest.fixture
def kept(settings: Any) -> Any:
    settings.KEEP_PUBLIC_PAGES = True
    public_pages.shelf.clear()
    yield public_pages.shelf
    public_pages.shelf.clear()


def queries(client: Client, path: str) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as taken:
        response = client.get(path)
    return len(taken), response


# --- every page of visitors ---------------------------------------------------------------------------
@pytest.mark.timeout(900)
@pytest.mark.alike
def test_no_page_without_a_form_sets_a_cookie_and_each_says_who_may_keep_it(settings: Any) -> None:
    settings.CAST_SIGN_IN = False
    made = world.build()
    values, client = made.kwargs(), Client()
    seen, wrong = 0, []
    for name, pattern in addresses():
        client.cookies.clear()
        response = client.get(path_of(name, pattern, values))
        if response.status_code != 200:
            continue
        seen += 1
        form = b"csrfmiddlewaretoken" in response.content
        if set(response.cookies) - ({"csrftoken"} if form else set()):
            wrong.append(f"{name} sets {set(response.cookies)}")
        public = response["Cache-Control"].startswith("public")
        if public == (name in OWN):
            wrong.append(f"{name} says {response['Cache-Control']}")
        if (
            public
            and name not in FOR_ALL
            and not (response.has_header("ETag") and "Cookie" in response["Vary"])
        ):
            wrong.append(f"{name} has no ETag, or doesn't vary by cookie")
    assert wrong == []
    assert seen > 20


@pytest.mark.timeout(900)
@pytest.mark.alike
def test_pages_of_somebody_signed_in_are_nobody_elses_to_keep(kept: Any) -> None:
    made = world.build()
    values, client = made.kwargs(), Client()
    client.force_login(made.cast["olu"])
    seen = 0
    for name, pattern in addresses():
        response = client.get(path_of(name, pattern, values))
        if response.status_code == 200 and name != "account_logout" and name not in FOR_ALL:
            seen += 1
            assert "public" not in response["Cache-Control"], name
            assert "Content-Encoding" not in response, name
    assert seen > 50
    assert Client().get(HOME).content.decode().count("Olu") == 0


# --- kept in the process ------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_the_second_visitor_costs_one_query(kept: Any) -> None:
    first, again = queries(Client(), PROGRAMMES), queries(Client(), PROGRAMMES)
    assert first[0] > 2
    assert again[0] == 1
    assert first[1].content == again[1].content
    assert dict(first[1].headers) == dict(again[1].headers)


@pytest.mark.usefixtures("catalogue")
def test_whatever_changes_on_the_page_makes_it_anew(kept: Any) -> None:
    client = Client()

    def shown() -> str:
        return client.get(PROGRAMMES).content.decode()

    before = shown()
    intake = open_intake(days=60)
    assert intake.name not in before
    assert intake.name in shown()
    type(intake).objects.filter(pk=intake.pk).update(name="Quokka 2031")
    assert "Quokka 2031" in shown()
    ProgrammeVersion.objects.filter(key="npqh-legacy-england").update(state="draft")
    assert "npqh-legacy-england" not in shown()
    Programme.objects.filter(code="NPQH").update(name="Quokka Leadership")
    assert "Quokka Leadership" in shown()
    intake.delete()
    assert "Quokka 2031" not in shown()


@pytest.mark.usefixtures("catalogue")
def test_a_testimonial_goes_from_kept_pages_with_its_consent(kept: Any) -> None:
    said = Said.objects.create(
        form_key=uuid4(),
        text="Quokkas helped me.",
        name="Amara",
        consent_on=factories.AT.date(),
        consent_evidence="A letter",
        added_at=factories.AT,
        added_by=factories.user(),
        published_at=factories.AT,
    )
    client = Client()
    assert "Quokkas helped me." in client.get(HOME).content.decode()
    Said.objects.filter(pk=said.pk).update(withdrawn_at=factories.AT)
    assert "Quokkas helped me." not in client.get(HOME).content.decode()


def test_the_brand_is_asked_for_once_and_follows_its_row_its_role_and_what_is_undone(kept: Any) -> None:
    lead = enquiries.partner("Lead", OrganisationKind.LEAD_PROVIDER)
    brand = Brand.objects.create(organisation=lead, strapline="Quokkas first", updated_at=factories.AT)
    path, client = "/privacy/", Client()

    def shown(*, asks: bool) -> str:
        kept.clear()
        with CaptureQueriesContext(connection) as taken:
            page = client.get(path).content.decode()
        assert any("goldenthread_brand" in one["sql"] for one in taken) is asks
        return page

    assert "Quokkas first" in shown(asks=True)
    assert "Quokkas first" in shown(asks=False)
    with transaction.atomic():
        Brand.objects.filter(pk=brand.pk).update(strapline="Wombats first")
        assert "Wombats first" in shown(asks=True)
        transaction.set_rollback(True)
    assert "Quokkas first" in shown(asks=False)
    OrganisationRole.objects.filter(organisation=lead).update(ends_on=factories.AT.date())
    assert "Quokkas first" not in shown(asks=True)


def test_a_page_follows_the_clock(kept: Any, time_machine: Any) -> None:
    intake = open_intake(days=60)
    link, client = f"/apply/{intake.pk}/", Client()
    assert link in client.get(HOME).content.decode()
    time_machine.move_to(clock.now() + timedelta(days=51))
    assert link not in client.get(HOME).content.decode()


@pytest.mark.usefixtures("catalogue")
def test_a_session_or_a_message_gets_a_page_of_its_own(kept: Any) -> None:
    Client().get(HOME)
    for name in ("sessionid", "messages"):
        client = Client()
        client.cookies[name] = "something"
        taken, response = queries(client, HOME)
        assert taken > 2
        assert response["Cache-Control"] == "private, no-cache"
    signed_in = Client()
    signed_in.force_login(factories.user("Dot Stranger"))
    assert "Dot Stranger" in signed_in.get(HOME).content.decode()
    assert "Dot Stranger" not in Client().get(HOME).content.decode()


@pytest.mark.usefixtures("catalogue")
def test_unknown_addresses_errors_and_foreign_hosts_are_not_answered_from_the_shelf(kept: Any) -> None:
    client = Client()
    assert client.get("/programmes/nonsense/").status_code == 404
    assert client.get("/programmes/npqsl/").status_code == 302
    assert client.get(HOME + "?" + "x" * 600)["Cache-Control"] == "private, no-cache"
    assert client.post(HOME).status_code == 405
    client.get(HOME)
    assert client.get(HOME, headers={"host": "evil.example"}).status_code == 400


def test_an_emptied_database_keeps_nothing(kept: Any) -> None:
    ContentMark.objects.all().delete()
    assert queries(Client(), HOME)[0] > 1
    assert queries(Client(), HOME)[0] > 1


# --- what is sent ---------------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.000, gzip; q=0", ""),
        ("BR", "br"),
        ("", ""),
        ("identity", ""),
        ("nonsense;;;=,", ""),
    ],
)
def test_a_page_comes_in_an_encoding_that_is_taken(kept: Any, accepted: str, encoding: str) -> None:
    plain = Client().get(PROGRAMMES).content
    for _ in range(2):
        response = Client().get(PROGRAMMES, headers={"accept-encoding": accepted})
        assert response.get("Content-Encoding", "") == encoding
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding]
        assert unpack(response.content) == plain
        assert int(response["Content-Length"]) == len(response.content)
        assert "Accept-Encoding" in response["Vary"]
        assert not encoding or len(response.content) < len(plain) / 3


@pytest.mark.usefixtures("catalogue")
def test_a_browser_that_has_the_page_is_told_so(kept: Any) -> None:
    client = Client()
    etag = client.get(HOME)["ETag"]
    for known in (etag, f'"other", {etag}', "*"):
        response = client.get(HOME, headers={"if-none-match": known})
        assert response.status_code == 304
        assert response.content == b""
        assert response["ETag"] == etag
        assert "Content-Type" not in response
        assert "Cookie" in response["Vary"]
    assert client.get(HOME, headers={"if-none-match": '"other"'}).status_code == 200
    open_intake(days=60)
    assert client.get(HOME, headers={"if-none-match": etag}).status_code == 200


def test_the_shelf_gives_up_what_was_asked_for_longest_ago() -> None:
    shelf = public_pages.Shelf()
    for name in "abc":
        shelf.put(name, public_pages.Kept("m", clock.now(), (), "e", {"": b"x" * 40}), most_bytes=100)
        shelf.find("a")
    assert shelf.find("a")
    assert shelf.find("b") is None
    assert shelf.find("c")
