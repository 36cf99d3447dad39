"""An author's text of a case study that is sent while signed out: on the page that answers, stored nowhere in clear."""

import html
import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import sealed
from goldenthread.assessment.models import CaseStudy
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
HERE = {"Origin": "http://testserver"}
SECRET = "A head of department finds that nobody plans together any more.\nWhat they try fails."


@pytest.fixture
def case() -> CaseStudy:
    found = make.case_study(factories.intake())
    CaseStudy.objects.filter(pk=found.pk).update(state="draft", published_at=None, published_by=None)
    found.refresh_from_db()
    return found


def sent(case: CaseStudy, client: Client, **changes: str) -> dict[str, str]:
    given = {"title": "Planning together", "body": SECRET, "question": "What would you do first?"}
    token = client.get(reverse("account_login")).cookies["csrftoken"].value
    said = {**given, "revision": str(case.revision), "person": str(case.author_id)}
    return {**said, "csrfmiddlewaretoken": token, **changes}


def body_of(case: CaseStudy) -> str:
    opened = sealed.try_text(CaseStudy.objects.get(pk=case.pk))
    assert opened is not None
    return opened.body


def fields(page: str) -> dict[str, str]:
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL))
    return {name: html.unescape(value) for name, value in found.items()}


def stored() -> str:
    """Everything that the database holds of sessions and of what waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM goldenthread_outboxmessage")
        rows = str(cursor.fetchall())
    return rows + str([one.get_decoded() for one in Session.objects.all()])


def test_it_comes_back_on_the_page_is_stored_nowhere_and_is_saved_once_its_author_has_signed_in(
    case: CaseStudy,
) -> None:
    client, where = Client(enforce_csrf_checks=True), reverse("office:case_study", args=[case.pk])
    answer = client.post(where, sent(case, client), headers=HERE)
    page = answer.content.decode()
    assert answer.status_code == 401
    assert "no-store" in answer["Cache-Control"]
    assert html.escape(SECRET).splitlines()[0] in page
    assert f'href="{reverse("account_login")}?next={where}" target="_blank"' in page
    assert "nobody plans together" not in stored()
    client.force_login(case.author)  # in another tab, which gives this page an outdated key
    again = client.post(where, fields(page), headers=HERE)
    if again.status_code == 409:
        assert "Press the button once more" in again.content.decode()
        again = client.post(where, fields(again.content.decode()), headers=HERE)
    assert again.status_code == 302
    assert body_of(case).replace("\r\n", "\n") == SECRET
    assert "nobody plans together" not in stored()


def test_another_author_in_this_browser_is_shown_nothing_of_it(case: CaseStudy) -> None:
    client, where = Client(enforce_csrf_checks=True), reverse("office:case_study", args=[case.pk])
    said = sent(case, client)
    client.force_login(factories.member(Role.AUTHOR, "Ann Other"))
    answer = client.post(where, {**said, "csrfmiddlewaretoken": "x" * 64}, headers=HERE)
    assert (answer.status_code, SECRET in answer.content.decode()) == (302, False)


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://elsewhere.example"}])
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_form_from_elsewhere_is_never_shown_nor_taken(
    case: CaseStudy, origin: Any, signed_in: bool
) -> None:
    client, where = Client(enforce_csrf_checks=True), reverse("office:case_study", args=[case.pk])
    said = sent(case, client, csrfmiddlewaretoken="x" * 64)
    if signed_in:
        client.force_login(case.author)
    answer = client.post(where, said, headers=origin)
    assert answer.status_code == (403 if signed_in else 302)
    assert "nobody plans together" not in answer.content.decode()
    assert body_of(case) != SECRET


def test_who_only_looks_goes_to_sign_in_and_a_stranger_gets_nothing(case: CaseStudy) -> None:
    where = reverse("office:case_study", args=[case.pk])
    assert Client().get(where)["Location"].startswith(reverse("account_login"))
    stranger: User = factories.user()
    client = Client()
    client.force_login(stranger)
    assert client.get(where).status_code == 404


@pytest.mark.parametrize("name", ["case_study_new", "mark_scheme"])
def test_the_other_forms_of_an_author_do_the_same(case: CaseStudy, name: str) -> None:
    where = reverse(f"office:{name}", args=[] if name == "case_study_new" else [case.pk])
    client = Client()
    answer = client.post(where, {"points-0-text": SECRET, "points-0-maximum": "4"}, headers=HERE)
    assert answer.status_code == 401
    assert fields(answer.content.decode())["points-0-maximum"] == "4"
    assert "nobody plans together" not in stored()
