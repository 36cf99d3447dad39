"""Whatever changes how somebody signs in is on record, and ends sessions that must not outlive it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from goldenthread.common.models import AuditEvent
from goldenthread.people.models import Membership, Role, User
from goldenthread.web.shared import sessions
from tests import factories

pytestmark = pytest.mark.django_db
OTHER = "another-long-phrase-8"
ROLES = ("office", "marker", "moderator")


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def signed_in(person: User) -> Client:
    """With the password, given once more just now."""
    client = Client()
    client.force_login(person)
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    return client


def verbs(person: User) -> list[str]:
    trail = AuditEvent.objects.filter(subject=f"user:{person.pk}", verb__startswith="person.")
    return [
        verb.removeprefix("person.") for verb in trail.order_by("sequence").values_list("verb", flat=True)
    ]


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def set_up_app(client: Client) -> None:
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302


# --- on record -----------------------------------------------------------------------------------------
def test_a_changed_password_is_on_record_once(olu: User) -> None:
    form = {"oldpassword": factories.PASSWORD, "password1": OTHER, "password2": OTHER}
    signed_in(olu).post("/accounts/password/change/", form)
    olu.refresh_from_db()
    assert olu.check_password(OTHER)
    assert verbs(olu) == ["changed_password"]
    assert AuditEvent.objects.get().actor_name == "Olu Office"


def test_a_password_that_was_refused_is_not_on_record(olu: User) -> None:
    form = {"oldpassword": "wrong", "password1": OTHER, "password2": OTHER}
    signed_in(olu).post("/accounts/password/change/", form)
    assert verbs(olu) == []


def test_a_password_set_by_a_mailed_link_is_on_record_as_that(olu: User, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": olu.email})
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    form = client.get("/accounts/" + link.partition("/accounts/")[2], follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": OTHER, "password2": OTHER})
    olu.refresh_from_db()
    assert olu.check_password(OTHER)
    assert verbs(olu) == ["reset_password"]


def test_a_password_keeps_what_was_changed_at_the_same_time(olu: User) -> None:
    client = signed_in(olu)
    from goldenthread.web.shared.account_events import set_password

    User.objects.filter(pk=olu.pk).update(name="Olu Renamed")
    set_password(olu, OTHER, request=client.get("/profile/").wsgi_request)
    olu.refresh_from_db()
    assert olu.name == "Olu Renamed"


def test_one_time_codes_and_recovery_codes_are_on_record(olu: User) -> None:
    client = signed_in(olu)
    set_up_app(client)
    assert verbs(olu) == ["added_second_factor", "made_recovery_codes"]
    assert AuditEvent.objects.get(verb="person.added_second_factor").details == {"kind": "one-time codes"}
    client.post("/accounts/2fa/recovery-codes/generate/")
    assert verbs(olu)[2:] == ["removed_recovery_codes", "made_recovery_codes"]
    client.post("/accounts/2fa/totp/deactivate/")
    assert sorted(verbs(olu)[4:]) == ["removed_recovery_codes", "removed_second_factor"]
    assert {event.actor_name for event in AuditEvent.objects.filter(verb__startswith="person.")} == {
        "Olu Office"
    }


def test_a_recovery_code_that_was_used_is_on_record(olu: User) -> None:
    set_up_app(signed_in(olu))
    codes = Authenticator.objects.get(user=olu, type="recovery_codes").wrap().get_unused_codes()
    client = Client()
    client.post("/accounts/login/", {"login": olu.email, "password": factories.PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_in(client)
    assert verbs(olu)[-1] == "used_recovery_code"


def test_a_passkey_is_on_record_when_it_comes_and_when_it_goes(olu: User) -> None:
    passkey = Authenticator.objects.create(user=olu, type="webauthn", data={"name": "Key", "credential": {}})
    passkey.delete()
    kinds = AuditEvent.objects.filter(verb__endswith="_second_factor").values_list("verb", "details")
    assert sorted(kinds) == [
        ("person.added_second_factor", {"kind": "passkey"}),
        ("person.removed_second_factor", {"kind": "passkey"}),
    ]


# --- sessions that end -----------------------------------------------------------------------------------
def test_the_first_second_factor_ends_every_other_session_and_keeps_this_one(olu: User) -> None:
    thief, owner, somebody = signed_in(olu), signed_in(olu), signed_in(factories.user())
    set_up_app(owner)
    assert not is_in(thief)
    assert is_in(owner)
    assert is_in(somebody)


def test_a_further_factor_ends_no_session(olu: User) -> None:
    TOTP.activate(olu, "A" * 32)
    elsewhere = signed_in(olu)
    Authenticator.objects.create(user=olu, type="webauthn", data={"name": "Key", "credential": {}})
    assert is_in(elsewhere)


def test_a_changed_password_ends_every_other_session(olu: User) -> None:
    thief, owner = signed_in(olu), signed_in(olu)
    owner.post(
        "/accounts/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": OTHER, "password2": OTHER},
    )
    assert not is_in(thief)


def test_ending_other_sessions_reads_damaged_ones_and_takes_two_queries(
    olu: User, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        signed_in(olu)
    Session.objects.create(
        session_key="damaged", session_data="x:y:z", expire_date=datetime(2999, 1, 1, tzinfo=UTC)
    )
    with django_assert_num_queries(2):
        assert sessions.end_others(olu, request=None) == 3
    assert list(Session.objects.values_list("session_key", flat=True)) == ["damaged"]


# --- the second factor goes by address, too ----------------------------------------------------------------
@pytest.mark.parametrize("path", ["/mark/", "/mark/1/", "/moderate/", "/office/", "/office/people/"])
def test_a_role_that_has_ended_doesn_t_get_by_without_a_second_factor(settings: Any, path: str) -> None:
    settings.SECOND_FACTOR_ROLES = ROLES
    person = factories.member(Role.MARKER, "Ben Marker")
    Membership.objects.filter(user=person).update(ends_on=date(2020, 1, 1))
    client = signed_in(person)
    assert client.get(path)["Location"] == "/accounts/2fa/"
    assert client.post(path)["Location"] == "/accounts/2fa/"
    assert client.get("/my/").status_code == 200


def test_the_second_factor_is_asked_for_on_the_same_days_as_the_role_opens_pages(settings: Any) -> None:
    """The last hour of a role's last day, by the provider's clock: asked for still, and not after."""
    settings.SECOND_FACTOR_ROLES = ROLES
    olu = factories.member(Role.OFFICE, "Olu Office")
    Membership.objects.filter(user=olu).update(ends_on=date(2025, 7, 1))
    for instant, status in ((datetime(2025, 7, 1, 22, 30, tzinfo=UTC), 302), (datetime(2025, 7, 1, 23, 30, tzinfo=UTC), 200)):  # noqa: E501  # fmt: skip
        with time_machine.travel(instant, tick=False):
            client = Client()
            client.force_login(olu)
            assert client.get("/profile/").status_code == status
