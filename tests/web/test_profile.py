"""The person's own page, and the second factor that some roles need."""

from typing import Any

import pytest
from django.test import Client

from goldenthread.common.models import AuditEvent
from goldenthread.people.models import Role, User
from tests import factories


@pytest.fixture
def amara(client: Client, db: None) -> User:
    user = factories.user("Amara Applicant")
    client.force_login(user)
    return user


def test_name_and_zone_can_be_changed_and_are_on_record(client: Client, amara: User) -> None:
    response = client.post("/profile/", {"name": "Siân Ŵyn", "zone": "Asia/Dubai"})
    assert response.status_code == 302
    amara.refresh_from_db()
    assert (amara.name, amara.zone) == ("Siân Ŵyn", "Asia/Dubai")
    (event,) = AuditEvent.objects.filter(verb="person.changed_profile")
    assert event.details["after"] == {"name": "Siân Ŵyn", "zone": "Asia/Dubai"}


def test_the_name_says_what_it_is_for_whoever_reads_it(client: Client, amara: User) -> None:
    page = client.get("/profile/").content.decode()
    assert "As others here read it. A certificate to come bears it, unless you confirm another name" in page


@pytest.mark.parametrize(
    ("name", "zone"),
    [("", "Europe/London"), ("x" * 201, "Europe/London"), ("Amara", "Europe/Nowhere"), (" \0 ", "UTC")],
)
def test_what_is_no_name_or_zone_is_refused_and_nothing_changes(
    client: Client, amara: User, name: str, zone: str
) -> None:
    response = client.post("/profile/", {"name": name, "zone": zone})
    assert response.status_code == 422
    amara.refresh_from_db()
    assert (amara.name, amara.zone) == ("Amara Applicant", "Europe/London")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OFFICE, Role.MARKER, Role.MODERATOR])
def test_in_production_some_roles_go_nowhere_without_a_second_factor(
    client: Client, settings: Any, role: Role
) -> None:
    settings.SECOND_FACTOR_ROLES = ("office", "marker", "moderator")
    client.force_login(factories.member(role))
    for path in ("/office/", "/mark/", "/moderate/", "/start/"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, "/accounts/2fa/")
    assert client.get("/accounts/2fa/").status_code == 200


@pytest.mark.django_db
def test_other_roles_need_no_second_factor(client: Client, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = ("office", "marker", "moderator")
    client.force_login(factories.member(Role.FACILITATOR))
    assert client.get("/teach/").status_code == 200


@pytest.mark.django_db
def test_signing_in_takes_the_password_and_leads_to_the_first_page(client: Client) -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    wrong = client.post("/accounts/login/", {"login": olu.email, "password": "not this one at all"})
    assert wrong.status_code == 200
    assert "_auth_user_id" not in client.session
    right = client.post(
        "/accounts/login/", {"login": olu.email.upper(), "password": factories.PASSWORD}, follow=True
    )
    assert right.redirect_chain[-1][0] == "/office/"


@pytest.mark.django_db
def test_nobody_can_sign_up(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.org", "password1": factories.PASSWORD})
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.django_db
def test_the_cast_can_be_entered_only_in_a_demonstration(client: Client, settings: Any) -> None:
    amara = factories.user("Amara Applicant")
    User.objects.filter(pk=amara.pk).update(cast_order=1)
    stranger = factories.user("Dot Stranger")
    settings.CAST_SIGN_IN = False
    assert client.post(f"/demonstration/sign-in/{amara.pk}/").status_code == 404
    settings.CAST_SIGN_IN = True
    assert client.post(f"/demonstration/sign-in/{stranger.pk}/").status_code == 404
    assert client.post(f"/demonstration/sign-in/{amara.pk}/").status_code == 302
    assert client.session["_auth_user_id"] == str(amara.pk)
