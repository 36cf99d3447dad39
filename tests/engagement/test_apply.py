"""The path into a version: direct enrolment, or an application that the office decides (S0-52)."""

import uuid
from typing import Any

import pytest

from goldenthread.applications import actions, queries
from goldenthread.applications.models import Application, ApplicationState, Enrolment
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.engagement.actions import apply, enrol
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Role, User
from tests import factories
from tests.applications.test_actions import OPEN, answers
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
ROLE = {"scopes": (), "role": "headteacher", "role_status": "in role"}


def send(to: Intake, *, by: User | None = None, key: Any = None, **changes: Any) -> Application:
    """Amara sends in her answers; from a school of the register unless told."""
    listed = {"school_id": factories.school().pk, "school_text": ""}
    said = answers(**{**listed, "delivery_model": to.delivery_models[0], **_fitting(to), **changes})
    return apply(intake=to, form_key=key or uuid.uuid4(), answers=said, at=OPEN, by=by)


def _fitting(to: Intake) -> dict[str, Any]:
    audience = to.version.specification.audience
    return {
        "role_status": audience.role_status[0],
        "scopes": audience.scopes[:1],
        "role": audience.roles[0] if audience.roles else "",
        "schools": 3,
        "confirmed": audience.must_confirm,
    }


def letters() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("payload__template", flat=True))


@pytest.mark.requirement("S0-52")
@pytest.mark.parametrize(
    "key",
    [
        "npqlt-reformed-international",
        "npqltd-reformed-international",
        "npqlbc-reformed-international",
        "npqlt-reformed-england",
    ],
)
def test_a_specialist_version_enrols_at_once_with_account_plan_and_welcome(key: str) -> None:
    application = send(factories.intake(key))
    assert (application.state, application.decided_by, application.decided_at) == ("accepted", None, OPEN)
    enrolment = Enrolment.objects.get()
    assert (enrolment.application, enrolment.user.email) == (application, "amara@example.org")
    assert enrolment.plan.exists()
    assert letters() == ["application_accepted"]
    trail = list(AuditEvent.objects.filter(subject=f"application:{application.pk}").order_by("sequence"))
    assert [event.verb for event in trail] == ["application.submitted", "application.accepted"]


@pytest.mark.requirement("S0-52")
@pytest.mark.parametrize(
    "key",
    [
        "npqh-reformed-international",
        "npqsl-reformed-international",
        "npqel-reformed-international",
        "npqsl-legacy-international",
    ],
)
def test_a_leadership_version_awaits_the_decision_and_ends_in_the_same_enrolment(key: str) -> None:
    application = send(factories.intake(key))
    assert application.get_state_display() == "awaiting decision"
    assert (letters(), Enrolment.objects.count()) == (["application_received"], 0)
    olu = factories.member(Role.OFFICE)
    for check in application.intake.version.specification.entry_checks:
        actions.record_entry_check(
            application=application, key=check.key, passed=True, on=OPEN.date(), by=olu, at=OPEN
        )
    enrolment = enrol(application=application, by=olu, at=OPEN, reason="fits")
    assert (enrolment.application, enrolment.plan.exists()) == (application, True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"school_id": None, "school_text": "Somewhere"}, "the school is not in the register"),
        ({"places": 0}, "all places of the intake are taken"),
        ({"account": True}, "the address has an account"),
    ],
)
def test_what_fails_a_check_waits_for_the_office_which_knows_why(changes: dict[str, Any], why: str) -> None:
    intake = factories.intake()
    if "places" in changes:
        Intake.objects.filter(pk=intake.pk).update(places=1)
        send(intake, email="first@example.org")
        intake.refresh_from_db()
    if "account" in changes:
        factories.user("Amara", email="amara@example.org")
    said = {name: value for name, value in changes.items() if name.startswith("school")}
    application = send(intake, **said)
    assert application.state == ApplicationState.SUBMITTED
    assert why in queries.warnings_of(application)[0]
    assert letters()[-1] == "application_received"
    assert not Enrolment.objects.filter(application=application).exists()


def test_an_entry_that_is_referred_and_an_open_check_wait_too() -> None:
    from goldenthread.applications.rules import Checks, in_the_way

    clear = {
        "referred": False,
        "open_checks": [],
        "school_listed": True,
        "room": True,
        "others_account": False,
    }
    assert in_the_way(Checks(**clear)) == []  # type: ignore[arg-type]
    found = in_the_way(Checks(**{**clear, "referred": True, "open_checks": ["Declaration"]}))  # type: ignore[arg-type]
    assert found == ["the entry rules refer it to a person", "Declaration missing"]


def test_who_is_signed_in_with_the_address_enrols_directly_and_only_once_in_an_intake() -> None:
    amara = factories.user("Amara", email="amara@example.org")
    assert send(factories.intake(), by=amara).state == "accepted"
    assert Enrolment.objects.get().user == amara
    with pytest.raises(Refused, match="twice"):
        send(factories.intake(), by=amara)


def test_the_same_form_again_gives_what_is_there_and_the_office_hears_who_decided() -> None:
    key, school = uuid.uuid4(), factories.school()
    one = send(factories.intake(), key=key, school_id=school.pk)
    assert send(factories.intake(), key=key, school_id=school.pk) == one
    assert (Enrolment.objects.count(), letters()) == (1, ["application_accepted"])
    with pytest.raises(Refused, match="The version, which enrols directly, has already accepted"):
        actions.decline(application=one, reason="no", by=factories.member(Role.OFFICE), at=OPEN)
    waiting = {"school_id": None, "school_text": "Somewhere", "email": "bilal@example.org"}
    key = uuid.uuid4()
    left = send(factories.intake(), key=key, **waiting)
    assert send(factories.intake(), key=key, **waiting) == left
    assert letters().count("application_received") == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one_of_two_who_enrol_at_one_moment() -> None:
    intake = factories.intake(places=1)
    school = factories.school()
    at_once(
        *[
            lambda email=email: send(intake, email=email, school_id=school.pk)
            for email in ("one@example.org", "two@example.org")
        ]
    )
    assert Enrolment.objects.count() == 1
    assert Application.objects.filter(state="submitted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_one_moment_enrols_once() -> None:
    intake, school, key = factories.intake(), factories.school(), uuid.uuid4()
    at_once(*[lambda: send(intake, school_id=school.pk, key=key)] * 2)
    assert (Application.objects.count(), Enrolment.objects.count()) == (1, 1)
