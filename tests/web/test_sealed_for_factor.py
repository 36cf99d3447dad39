"""An author's text that is sent before the second factor is given: under seal in the session, and back afterwards."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.internal.flows import login
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import case_keys, sealing
from goldenthread.assessment.models import CaseStudy
from goldenthread.people.models import Role, User
from goldenthread.web.shared import sending_again
from tests import factories
from tests import factories_marking as make
from tests.web.test_second_factor import code, password, set_up_app
from tests.web.test_sending_again import HERE, SECRET, body_of, fields, stored

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, 0, 10, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _production(settings: Any, db: None) -> None:
    settings.SECOND_FACTOR_ROLES = ("office", "author", "marker", "moderator")
    settings.CAST_SIGN_IN = False
    settings.CACHES = settings.SHARED_CACHES
    call_command("createcachetable")


@pytest.fixture
def moved() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def case() -> CaseStudy:
    found = make.case_study(factories.intake())
    CaseStudy.objects.filter(pk=found.pk).update(state="draft", published_at=None, published_by=None)
    found.refresh_from_db()
    return found


def author_with_app(case: CaseStudy) -> str:
    """The author of this case sets an app up, and signs out; its secret."""
    case.author.set_password(factories.PASSWORD)
    case.author.save(update_fields=["password"])
    client = Client()
    password(client, case.author)
    return set_up_app(client)


def half_signed_in(person: User) -> Client:
    """A browser in which somebody has signed in with the password alone, which is all that a session may have."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    return client


def where(case: CaseStudy) -> str:
    return reverse("office:case_study", args=[case.pk])


def sent(case: CaseStudy, **changes: str) -> dict[str, str]:
    given = {"title": "Planning together", "body": SECRET, "question": "What would you do first?"}
    return {**given, "revision": str(case.revision), "person": str(case.author_id), **changes}


def in_sessions() -> str:
    return str([one.get_decoded() for one in Session.objects.all()])


def test_it_waits_under_seal_and_comes_back_once_the_factor_is_given(case: CaseStudy, moved: Any) -> None:
    secret = author_with_app(case)
    moved.shift(HALF_A_MINUTE)
    client = half_signed_in(case.author)
    answer = client.post(where(case), sent(case), headers=HERE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert f"next={where(case)}".replace("/", "%2F") in answer["Location"]
    assert "nobody plans together" not in stored()
    assert "gtseal1$" in in_sessions()
    told = client.get(answer["Location"]).content.decode()
    assert "kept under seal for an hour" in told
    assert "nobody plans together" not in told
    before = client.get(where(case))
    assert before.status_code == 302  # nothing of it without the factor
    loose = Client()
    loose.cookies = client.cookies
    given = loose.post(answer["Location"], {"code": code(secret)})
    assert given.status_code == 302, given.content.decode()
    assert given["Location"] == where(case)
    back = client.get(where(case))
    said = back.content.decode().split("</form>")[0]  # what stands behind it discards
    assert "Not saved yet: send it again" in said
    assert "no-store" in back["Cache-Control"]
    assert html.escape(SECRET.splitlines()[0]) in said
    assert "nobody plans together" not in stored()
    again = client.post(where(case), fields(said), headers=HERE)
    assert again.status_code == 302
    assert body_of(case).replace("\r\n", "\n") == SECRET
    assert "gtseal1$" not in in_sessions()
    assert "send it again" not in client.get(where(case)).content.decode()


def with_factor(client: Client) -> None:
    """As if the factor had been given in this session."""
    session = client.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "at": NOW.timestamp(), "type": "totp"}
    ]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session.save()


def test_it_can_be_discarded_and_waits_for_an_hour(case: CaseStudy, moved: Any) -> None:
    author_with_app(case)
    client = half_signed_in(case.author)
    client.post(where(case), sent(case), headers=HERE)
    with_factor(client)
    moved.move_to(NOW + sending_again.FOR)
    page = client.get(where(case)).content.decode()
    assert "Discard it and open the page" in page
    client.post(
        where(case),
        {"discard_sent": "1", "csrfmiddlewaretoken": fields(page)["csrfmiddlewaretoken"]},
        headers=HERE,
    )
    assert "Not saved yet" not in client.get(where(case)).content.decode()
    assert body_of(case) != SECRET
    other = half_signed_in(case.author)
    other.post(where(case), sent(case), headers=HERE)
    with_factor(other)
    moved.move_to(NOW + 2 * sending_again.FOR + timedelta(seconds=1))
    assert "Not saved yet" not in other.get(where(case)).content.decode()
    assert "gtseal1$" not in in_sessions()


def test_the_form_of_a_mark_scheme_comes_back_though_its_address_takes_forms_only(
    case: CaseStudy, moved: Any
) -> None:
    author_with_app(case)
    client, address = half_signed_in(case.author), reverse("office:mark_scheme", args=[case.pk])
    said = {"points-0-text": SECRET, "points-0-maximum": "4", "person": str(case.author_id)}
    client.post(address, said, headers=HERE)
    assert "nobody plans together" not in stored()
    with_factor(client)
    back = client.get(address)
    assert back.status_code == 200
    assert fields(back.content.decode())["points-0-maximum"] == "4"
    client.post(where(case), sent(case), headers=HERE)
    assert "Not saved yet" in client.get(address).content.decode()  # another form leaves it where it is


def test_nobody_else_gets_it(case: CaseStudy, moved: Any) -> None:
    author_with_app(case)
    client = half_signed_in(case.author)
    client.post(where(case), sent(case), headers=HERE)
    kept = client.session[f"{sending_again.WAITS}{where(case)}"]
    other = factories.member(Role.AUTHOR, "Ann Other")
    colleague = Client()
    password(colleague, other)
    set_up_app(colleague)
    thief = half_signed_in(other)
    session = thief.session
    session[f"{sending_again.WAITS}{where(case)}"] = kept
    session.save()
    with_factor(thief)
    assert "nobody plans together" not in thief.get(where(case)).content.decode()


@pytest.mark.parametrize("kind", ["forged", "of somebody else"])
def test_what_is_forged_or_of_somebody_else_is_not_kept(case: CaseStudy, moved: Any, kind: str) -> None:
    author_with_app(case)
    client = half_signed_in(case.author)
    if kind == "forged":
        client.post(where(case), sent(case), headers={"Origin": "https://elsewhere.example"})
    else:
        client.post(where(case), sent(case, person="999999"), headers=HERE)
    assert "gtseal1$" not in in_sessions()
    assert "nobody plans together" not in stored()


@pytest.mark.parametrize("kind", ["too long", "no key"])
def test_what_cant_be_sealed_stands_on_the_page_that_answers(
    case: CaseStudy, moved: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    author_with_app(case)
    client = half_signed_in(case.author)
    body = SECRET + "x" * 1_000_000 if kind == "too long" else SECRET
    if kind == "no key":
        monkeypatch.setattr(case_keys, "ring", lambda: sealing.Keyring([]))
    answer = client.post(where(case), sent(case, body=body), headers=HERE)
    said = answer.content.decode()
    assert answer.status_code == 401
    assert "Give your second factor in a new tab" in said
    assert html.escape(SECRET.splitlines()[0]) in said
    assert "nobody plans together" not in stored()
