"""Sending in an application and deciding it."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from goldenthread.applications import actions, queries
from goldenthread.applications.models import Application, ApplicationState, Enrolment
from goldenthread.applications.rules import Answers, Discussion
from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.people.models import Role, User
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
OPEN = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)


def answers(**changes):
    base = Answers(
        name="Amara Applicant",
        email="amara@example.org",
        delivery_model="blended",
        role_status="aspiring",
        school_text="Somewhere School",
        scopes=("key stage",),
        conduct_accepted=True,
    )
    return replace(base, **changes)


def submit(intake=None, *, key=None, at=OPEN, **changes):
    return actions.submit(
        intake=intake or factories.intake(), form_key=key or uuid.uuid4(), answers=answers(**changes), at=at
    )


@pytest.fixture
def olu(db):
    return factories.member(Role.OFFICE, "Olu Office")


# --- sending -----------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-05")
def test_an_aspiring_key_stage_lead_may_apply_for_leading_teaching():
    application = submit()
    assert application.state == ApplicationState.SUBMITTED
    assert application.entry_result == "audience.aspiring"
    assert application.details["entry"]["result"] == "eligible"
    assert application.scope == "key stage"
    assert (
        AuditEvent.objects.filter(
            subject=f"application:{application.pk}", verb="application.submitted"
        ).count()
        == 1
    )
    with pytest.raises(Refused, match="subject, year group, key stage, phase"):
        submit(email="other@example.org", scopes=())


def test_the_receipt_is_mailed_with_the_reference():
    application = submit(name="Seán O'Brien & Söhne <x>")
    outbox.deliver_due(at=OPEN)
    [sent] = mail.outbox
    assert sent.to == ["amara@example.org"]
    assert application.reference in sent.subject
    assert "Dear Seán O'Brien & Söhne <x>," in sent.body
    assert "<x>" not in sent.alternatives[0][0]


def test_the_same_form_sent_twice_is_one_application():
    key = uuid.uuid4()
    intake = factories.intake()
    assert submit(intake, key=key) == submit(intake, key=str(key), at=OPEN + timedelta(days=400))
    assert Application.objects.count() == 1
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"name": "Somebody Else"}, {"school_text": "Another School"}, {"role_description": "Head of maths"}],
)
def test_other_answers_in_a_form_that_was_sent_are_refused_with_the_reference(other):
    key = uuid.uuid4()
    first = submit(key=key)
    with pytest.raises(
        Refused, match=f"already sent: as application {first.reference} of Amara Applicant"
    ) as no:
        submit(key=key, **other)
    assert no.value.code == "form.sent"
    assert Application.objects.get().name == "Amara Applicant"


def test_one_address_has_one_live_application_to_an_intake():
    first = submit()
    with pytest.raises(Refused, match="in the mail") as refusal:
        submit(email="AMARA@example.org")
    assert refusal.value.field == "email"
    assert first.reference not in refusal.value.message  # whoever types an address need not be its owner
    other = factories.intake(starts_on=date(2025, 1, 6))
    submit(other, at=datetime(2024, 12, 1, tzinfo=UTC))


def test_after_a_decline_the_same_address_may_apply_again(olu):
    actions.decline(application=submit(), reason="No school yet.", by=olu, at=OPEN)
    assert submit().state == ApplicationState.SUBMITTED


@pytest.mark.requirement("S1-38")
def test_nobody_applies_after_the_last_day():
    intake = factories.intake()
    last = datetime(2024, 8, 23, 22, 59, 59, tzinfo=UTC)  # one second before midnight in London
    submit(intake, at=last)
    with pytest.raises(Refused, match="23 August 2024"):
        submit(intake, email="late@example.org", at=last + timedelta(seconds=1))


@pytest.mark.requirement("S0-10")
@pytest.mark.parametrize(
    ("status", "schools", "result"),
    [("in role", 1, "referred"), ("in role", 2, "eligible"), ("aspiring", 1, "eligible")],
)
def test_executive_leaders_in_role_answer_for_more_than_one_school(status, schools, result):
    intake = factories.intake("npqel-reformed-international")
    application = submit(intake, role_status=status, schools=schools, scopes=("more than one school",))
    assert application.details["entry"]["result"] == result
    assert application.state == ApplicationState.SUBMITTED
    if result == "referred":
        assert application.details["entry"]["reasons"] == ["more than one school not met"]


@pytest.mark.requirement("S0-07")
def test_pupil_well_being_alone_qualifies_for_behaviour_and_culture():
    application = submit(factories.intake("npqlbc-reformed-international"), scopes=("pupil well-being",))
    assert application.details["entry"]["result"] == "eligible"


@pytest.mark.requirement("S0-06")
def test_who_aspires_to_lead_teacher_development_is_eligible():
    intake = factories.intake("npqltd-reformed-international")
    assert submit(intake, scopes=("development of other teachers",)).entry_result == "audience.aspiring"


@pytest.mark.requirement("S0-08")
def test_an_assistant_headteacher_in_role_may_apply_for_senior_leadership():
    intake = factories.intake("npqsl-reformed-international")
    assert (
        submit(intake, role_status="in role", scopes=("across a school",)).details["entry"]["result"]
        == "eligible"
    )


@pytest.mark.requirement("S2-20")
def test_no_application_without_the_conduct_acknowledged():
    with pytest.raises(Refused) as refusal:
        submit(conduct_accepted=False)
    assert refusal.value.field == "conduct_accepted"
    assert not Application.objects.exists()


def test_a_school_that_has_closed_is_refused():
    school = factories.school(status="Closed")
    with pytest.raises(Refused, match="search for it again"):
        submit(school_id=school.pk)


def test_a_damaged_form_key_is_refused():
    with pytest.raises(Refused, match="anew"):
        submit(key="not-a-key")


# --- deciding ----------------------------------------------------------------------------------------
def test_acceptance_makes_account_enrolment_and_welcome_mail(olu):
    application = submit(zone="Asia/Dubai")
    enrolment = actions.accept(application=application, by=olu, at=AT)
    assert enrolment.user.email == "amara@example.org"
    assert not enrolment.user.has_usable_password()
    assert (enrolment.user.zone, enrolment.zone) == ("Asia/Dubai", "Asia/Dubai")
    assert enrolment.starts_on == application.intake.starts_on
    enrolment.version.refresh_from_db()
    assert enrolment.version.frozen_at == AT
    application.refresh_from_db()
    assert (application.state, application.decided_by, application.decided_at) == ("accepted", olu, AT)


def test_no_token_lies_in_the_outbox_but_the_mail_has_a_link_that_works(olu, client):
    enrolment = actions.accept(application=submit(), by=olu, at=AT)
    waiting = OutboxMessage.objects.get(key__startswith="mail:accepted")
    assert "welcome" not in str(waiting.payload)
    outbox.deliver_due(at=AT)
    body = mail.outbox[-1].body
    link = next(line for line in body.splitlines() if "/welcome/" in line)
    assert queries_user(link) == enrolment.user


def queries_user(link):
    from goldenthread.people.queries import read_welcome

    return read_welcome(link.rstrip("/").rpartition("/")[2])[0]


def test_who_has_a_password_is_asked_to_sign_in(olu):
    factories.user("Amara Applicant", email="amara@example.org")
    actions.accept(application=submit(), by=olu, at=AT)
    outbox.deliver_due(at=AT)
    assert "/welcome/" not in mail.outbox[-1].body
    assert User.objects.filter(email="amara@example.org").count() == 1


def test_a_second_click_of_the_same_person_is_harmless(olu):
    application = submit()
    first = actions.accept(application=application, by=olu, at=AT)
    assert actions.accept(application=application, by=olu, at=AT) == first
    assert Enrolment.objects.count() == 1


def test_the_second_of_two_deciders_hears_who_was_first(olu):
    other = factories.member(Role.OFFICE, "Ola Other")
    application = submit()
    actions.accept(application=application, by=olu, at=AT)
    for verb in (actions.accept, actions.decline, actions.withdraw):
        with pytest.raises(Refused, match="Olu Office has already accepted"):
            verb(application=application, by=other, at=AT, reason="Because.")
    assert Enrolment.objects.count() == 1


def test_the_places_of_an_intake_are_kept(olu):
    intake = factories.intake(places=1)
    actions.accept(application=submit(intake), by=olu, at=AT)
    second = submit(intake, email="second@example.org")
    with pytest.raises(Refused, match="places"):
        actions.accept(application=second, by=olu, at=AT)
    Enrolment.objects.update(withdrawn_at=AT)
    assert actions.accept(application=second, by=olu, at=AT)


@pytest.mark.requirement("S1-05")
def test_legacy_senior_leadership_waits_for_the_headteachers_declaration(olu):
    intake = factories.intake("npqsl-legacy-international", starts_on=date(2019, 1, 7))
    application = submit(
        intake,
        at=datetime(2018, 12, 1, tzinfo=UTC),
        delivery_model=intake.delivery_models[0],
        scopes=(),
        role="SEN coordinator",
        confirmed=("cross-school responsibility",),
    )
    at = datetime(2019, 1, 4, 12, tzinfo=UTC)
    with pytest.raises(Refused, match="declaration missing"):
        actions.accept(application=application, by=olu, at=at)
    actions.record_entry_check(
        application=application,
        key="headteacher-declaration",
        passed=True,
        on=date(2019, 1, 4),
        note="Signed by J. Khan.",
        by=olu,
        at=at,
    )
    assert actions.accept(application=application, by=olu, at=at)


@pytest.mark.requirement("S0-09")
def test_reformed_headship_asks_for_no_gateway(olu):
    application = submit(factories.intake("npqh-reformed-international"), scopes=("whole school",))
    assert actions.accept(application=application, by=olu, at=AT)
    with pytest.raises(Refused):
        actions.record_entry_check(
            application=application, key="gateway", passed=True, on=AT.date(), by=olu, at=AT
        )


def test_a_decline_needs_a_reason_and_mails_it(olu):
    application = submit()
    with pytest.raises(Refused, match="why"):
        actions.decline(application=application, reason=" ", by=olu, at=AT)
    actions.decline(application=application, reason="You need a <school> & more.", by=olu, at=AT)
    outbox.deliver_due(at=AT)
    assert "You need a <school> & more." in mail.outbox[-1].body


def test_an_application_may_be_withdrawn_while_it_waits(olu):
    application = submit()
    for _ in range(2):
        actions.withdraw(application=application, reason="By phone.", by=olu, at=AT)
    application.refresh_from_db()
    assert application.state == ApplicationState.WITHDRAWN
    with pytest.raises(Refused):
        actions.accept(application=application, by=olu, at=AT)


def test_a_person_is_enrolled_once_in_an_intake(olu):
    first = actions.accept(application=submit(), by=olu, at=AT)
    Application.objects.filter(pk=first.application_id).update(email="moved@example.org")
    again = submit()
    with pytest.raises(Refused, match=first.reference):
        actions.accept(application=again, by=olu, at=AT)


@pytest.mark.requirement("S0-65")
def test_the_office_sees_with_whom_it_was_discussed():
    told = submit(discussed=Discussion("headteacher", "J. Khan", "2024-06-03"))
    assert told.details["discussed"]["on"] == "2024-06-03"
    assert not [text for text in queries.warnings_of(told) if "discussed" in text]
    silent = submit(email="b@example.org")
    assert [text for text in queries.warnings_of(silent) if "discussed" in text]


def test_a_referred_application_is_accepted_only_with_a_reason(olu):
    intake = factories.intake("npqel-reformed-international")
    application = submit(intake, role_status="in role", schools=1, scopes=("more than one school",))
    with pytest.raises(Refused, match="say why") as refusal:
        actions.accept(application=application, by=olu, at=AT)
    assert refusal.value.field == "reason"
    assert actions.accept(application=application, by=olu, at=AT, reason="A second school opens in May.")
