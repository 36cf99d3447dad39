"""Credit at a university: who may ask by which agreement, with what consent; who sees it; what the statement says."""

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from pypdf import PdfReader

from goldenthread.applications.models import Enrolment
from goldenthread.awards import actions, credit_queries, credit_rules, credits, jobs, statement
from goldenthread.awards.credit_rules import Agreed
from goldenthread.awards.models import Award, CreditAgreement, CreditRequest
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock
from goldenthread.common.mail import render
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Organisation, Role, User
from tests import by_hand, factories, factories_projects
from tests import factories_marking as make
from tests.awards.test_actions import award
from tests.kept_scenes import kept

NPQSL, NPQH = "npqsl-legacy-international", "npqh-legacy-england"
AT = make.CLOSED
DAY = AT.date()
AGREED = Agreed(
    "Chester University", "MA in Educational Leadership", 7, None, frozenset({NPQSL}), date(2017, 9, 1)
)


def chester() -> Organisation:
    return factories.organisation("Chester University")


@kept
def agreement(*keys: str, of: Organisation | None = None, **changes: Any) -> CreditAgreement:
    said: dict[str, Any] = {
        "award_title": "MA in Educational Leadership",
        "level": 7,
        "credits": None,
        "valid_from": date(2017, 9, 1),
        **changes,
    }
    chosen = [factories.version(key) for key in keys or (NPQSL, NPQH)]
    return credits.record_agreement(university=of or chester(), versions=chosen, by=None, at=AT, **said)


@kept
def graduate(key: str = NPQSL) -> Enrolment:
    """Somebody who holds the award of a version."""
    made = award()
    version = ProgrammeVersion.objects.get(key=key)
    Enrolment.objects.filter(pk=made.outcome.enrolment_id).update(version=version)
    by_hand.alter(
        Award.objects.filter(pk=made.pk),
        programme_code=version.programme.code,
        programme_name=version.specification.programme_name,
        edition=version.edition,
    )
    return Enrolment.objects.select_related("version__programme", "user").get(pk=made.outcome.enrolment_id)


def ask(
    enrolment: Enrolment, by: CreditAgreement, *, agrees: bool = True, text: str = "", **at: Any
) -> CreditRequest:
    held = Award.objects.filter(outcome__enrolment=enrolment).first()
    text = text or (credit_rules.digest(credits.consent_of(by, held)) if held else "-")
    return credits.ask(
        enrolment=enrolment, agreement=by, agrees=agrees, text=text, by=enrolment.user, at=at.get("at", AT)
    )


def officer(of: Organisation) -> Viewer:
    return factories.seen(factories.member(Role.UNIVERSITY, "Una Versity", of=of), on=DAY)


def printed(request: CreditRequest) -> str:
    pages = PdfReader(io.BytesIO(statement.pdf_of(request))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


# --- asking ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.requirement("S1-37")
def test_a_graduate_of_legacy_senior_leadership_asks_and_gets_a_statement_without_a_number() -> None:
    person, by = graduate(), agreement()
    made = ask(person, by)
    assert (made.version.key, made.agreement, made.statement_credits) == (NPQSL, by, None)
    assert list(credit_queries.requests_for(officer(chester()))) == [made]
    said = printed(made)
    assert "Statement of study at Masters Level 7" in said
    assert "Siân Ŵyn was awarded the National Professional Qualification for Senior Leadership" in said
    assert "MA in Educational Leadership" in said
    for number in (" credits", "Credits", "unknown", "None"):
        assert number not in said
    assert [label for label, _ in statement.rows_of(made)] == [
        "Level", "Towards", "Code of the award", "Request", "Issued on",
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.requirement("S1-37")
def test_a_candidate_who_has_not_passed_cannot_ask() -> None:
    person = factories_projects.candidate(NPQSL)
    with pytest.raises(Refused) as no:
        ask(person, agreement())
    assert no.value.code == "credit.no_award"
    assert not CreditRequest.objects.exists()


@pytest.mark.django_db
@pytest.mark.requirement("S3-33")
def test_a_request_of_legacy_headship_is_bound_to_it_and_to_chester() -> None:
    person, by = graduate(NPQH), agreement()
    made = ask(person, by)
    assert (made.version.key, made.agreement.university.name) == (NPQH, "Chester University")
    assert made.award.programme_code == "NPQH"


@pytest.mark.django_db
@pytest.mark.requirement("S3-33")
def test_a_graduate_of_reformed_headship_has_no_agreement_and_cannot_ask() -> None:
    person, by = graduate("npqh-reformed-international"), agreement()
    assert credit_queries.agreements_of(person, on=DAY) == []
    with pytest.raises(Refused) as no:
        ask(person, by)
    assert no.value.code == "credit.no_agreement"


@pytest.mark.django_db
def test_the_consent_is_kept_as_it_was_read_and_a_changed_one_is_read_again() -> None:
    person, by = graduate(), agreement()
    with pytest.raises(Refused) as no:
        ask(person, by, agrees=False)
    assert (no.value.code, no.value.field) == ("credit.consent", "agrees")
    before = credits.consent_of(by, Award.objects.get())
    Organisation.objects.filter(pk=by.university_id).update(name="University of Chester")
    by = CreditAgreement.objects.get()
    with pytest.raises(Refused, match="read it again"):
        ask(person, by, text=credit_rules.digest(before))
    made = ask(person, by)
    assert made.consent_text == credits.consent_of(by, made.award)
    assert "University of Chester" in made.consent_text
    Organisation.objects.filter(pk=by.university_id).update(name="Another Name")
    assert "University of Chester" in CreditRequest.objects.get().consent_text


@pytest.mark.django_db
def test_the_officers_of_the_university_are_told_that_a_request_waits_and_not_whose() -> None:
    person, by = graduate(), agreement()
    una = factories.member(Role.UNIVERSITY, "Una Versity", of=by.university)
    gone = factories.member(Role.UNIVERSITY, "Gus Gone", of=by.university)
    Membership.objects.filter(user=gone).update(ends_on=DAY - timedelta(days=1))
    factories.member(Role.UNIVERSITY, "Other", of=factories.organisation("Larkhill University"))
    ask(person, by)
    ask(person, by)
    (told,) = OutboxMessage.objects.filter(payload__template="credit_requested")
    assert told.payload["to"] == una.email
    rendered = render(told)
    for body in (rendered.subject, rendered.text, rendered.html):
        assert "Siân" not in body
    assert "/university/requests/C-" in rendered.text


@pytest.mark.django_db
@pytest.mark.parametrize("later", [1, 3])
def test_whoever_becomes_an_officer_later_is_told_of_what_is_still_open_once(later: int) -> None:
    person, by = graduate(), agreement()
    una = factories.member(Role.UNIVERSITY, "Una Versity", of=by.university)
    asked = ask(person, by)
    new = [factories.member(Role.UNIVERSITY, f"Nia New {n}", of=by.university) for n in range(later)]
    factories.member(Role.UNIVERSITY, "Other", of=factories.organisation("Larkhill University"))
    first = AT + timedelta(days=5)
    Membership.objects.filter(user__in=new).update(starts_on=clock.day_of(first))
    assert jobs.tell_later_officers(AT + timedelta(days=4)) == "0 mails"
    assert jobs.tell_later_officers(first) == f"{later} mails"
    assert jobs.tell_later_officers(first + timedelta(hours=1)) == "0 mails"
    told = OutboxMessage.objects.filter(payload__template="credit_requested")
    assert sorted(one.recipient for one in told) == sorted([una.email, *(one.email for one in new)])
    seen = factories.seen(User.objects.get(pk=new[0].pk), on=clock.day_of(first))
    assert list(credit_queries.requests_for(seen)) == [asked]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["answered", "withdrawn", "revoked"])
def test_of_what_is_closed_nobody_is_told_later(state: str) -> None:
    person, by = graduate(), agreement()
    asked = ask(person, by)
    if state == "answered":
        credits.answer(request=asked, answer="accepted", note="", by=person.user, at=AT)
    elif state == "withdrawn":
        credits.withdraw(request=asked, by=person.user, at=AT)
    else:
        actions.revoke(award=asked.award, reason="Error.", by=None, at=AT)
    factories.member(Role.UNIVERSITY, "Nia New", of=by.university)
    assert jobs.tell_later_officers(AT) == "0 mails"


@pytest.mark.django_db
def test_a_second_click_makes_no_second_request() -> None:
    person, by = graduate(), agreement()
    assert ask(person, by) == ask(person, by, at=AT + timedelta(seconds=1))
    assert AuditEvent.objects.filter(verb="credit.requested").count() == 1


@pytest.mark.django_db
def test_an_agreement_that_has_ended_takes_no_requests_and_keeps_the_ones_it_has() -> None:
    person, by = graduate(), agreement()
    made = ask(person, by)
    credits.end_agreement(agreement=by, on=DAY, by=None, at=AT)
    assert credit_queries.agreements_of(person, on=DAY) == [by]
    assert credit_queries.agreements_of(person, on=DAY + timedelta(days=1)) == []
    assert list(credit_queries.requests_for(officer(chester()))) == [made]
    credits.withdraw(request=made, by=None, at=AT)
    with pytest.raises(Refused, match="takes no requests"):
        ask(person, CreditAgreement.objects.get(), at=AT + timedelta(days=1))
    with pytest.raises(Refused, match="began later"):
        credits.end_agreement(agreement=by, on=date(2017, 8, 31), by=None, at=AT)


@pytest.mark.django_db
def test_credits_that_are_set_later_stand_on_a_new_statement_and_not_on_the_old_one() -> None:
    person, by = graduate(), agreement()
    made = ask(person, by)
    with pytest.raises(Refused, match="where the number comes from"):
        credits.set_credits(agreement=by, credits=60, reason=" ", by=None, at=AT)
    credits.set_credits(agreement=by, credits=60, reason="Letter of 3 March.", by=None, at=AT)
    kept = CreditRequest.objects.select_related("agreement__university", "award").get()
    assert "60" not in printed(kept).replace(made.reference, "")
    again = credits.renew_statement(request=made, by=person.user, at=AT + timedelta(days=1))
    assert "60 credits" in printed(again)
    assert ("Credits", "60") in statement.rows_of(again)
    credits.renew_statement(request=made, by=person.user, at=AT + timedelta(days=2))
    assert AuditEvent.objects.filter(verb="credit.statement").count() == 1


# --- consent withdrawn, award revoked -----------------------------------------------------------------------
@pytest.mark.django_db
def test_without_consent_the_university_sees_nothing_and_cannot_answer() -> None:
    person, by = graduate(), agreement()
    una = officer(chester())
    made = ask(person, by)
    assert credit_queries.get_request_for(una, made.reference) == made
    for _ in range(2):
        credits.withdraw(request=made, by=person.user, at=AT)
    assert AuditEvent.objects.filter(verb="credit.withdrawn").count() == 1
    with pytest.raises(Http404):
        credit_queries.get_request_for(una, made.reference)
    with pytest.raises(Refused, match="withdrawn"):
        credits.answer(request=made, answer="accepted", note="", by=una.user, at=AT)
    assert ask(person, by) != made  # they may ask again, with a consent of its own


@pytest.mark.django_db
def test_of_a_revoked_award_there_is_no_statement_and_no_answer() -> None:
    person, by = graduate(), agreement()
    made = ask(person, by)
    actions.revoke(award=made.award, reason="Error.", by=None, at=AT)
    found = credit_queries.get_request_for(officer(chester()), made.reference)
    assert found.award.revoked_at
    for refused in (
        lambda: statement.pdf_of(found),
        lambda: credits.answer(request=found, answer="accepted", note="", by=None, at=AT),
        lambda: credits.renew_statement(request=found, by=None, at=AT),
    ):
        with pytest.raises(Refused, match="revoked"):
            refused()
    with pytest.raises(Refused) as no:
        ask(person, by)
    assert no.value.code == "credit.no_award"


# --- who sees what --------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_university_of_another_agreement_and_others_find_nothing() -> None:
    person, by = graduate(), agreement()
    made = ask(person, by)
    other = factories.organisation("Larkhill University")
    agreement(NPQSL, of=other, award_title="MEd")
    lark = officer(other)
    assert list(credit_queries.requests_for(lark)) == []
    with pytest.raises(Http404):
        credit_queries.get_request_for(lark, made.reference)
    for role in (Role.OFFICE, Role.MARKER, Role.PARTNER_MANAGER):
        with pytest.raises(Http404):
            credit_queries.requests_for(factories.seen(factories.member(role, of=chester()), on=DAY))
    with pytest.raises(Http404):
        credit_queries.agreements_for(lark)


@pytest.mark.django_db
def test_whose_role_at_the_university_has_ended_sees_nothing() -> None:
    ask(graduate(), agreement())
    una = factories.member(Role.UNIVERSITY, "Una Versity", of=chester())
    Membership.objects.filter(user=una).update(ends_on=DAY - timedelta(days=1))
    with pytest.raises(Http404):
        credit_queries.requests_for(factories.seen(User.objects.get(pk=una.pk), on=DAY))


@pytest.mark.django_db
def test_anothers_request_is_not_ones_own() -> None:
    made = ask(graduate(), agreement())
    with pytest.raises(Http404):
        credit_queries.get_own_request(factories.enrolment("Dot Stranger"), made.reference)


# --- the answer -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_answer_is_kept_once_and_told_by_mail() -> None:
    person, by = graduate(), agreement()
    made = ask(person, by)
    una = officer(chester()).user
    with pytest.raises(Refused, match="Say why"):
        credits.answer(request=made, answer="declined", note=" ", by=una, at=AT)
    with pytest.raises(Refused, match="Choose"):
        credits.answer(request=made, answer="perhaps", note="x", by=una, at=AT)
    for _ in range(2):
        credits.answer(request=made, answer="accepted", note="60 credits.", by=una, at=AT)
    with pytest.raises(Refused, match="answer already"):
        credits.answer(request=made, answer="declined", note="No.", by=una, at=AT)
    mail = OutboxMessage.objects.get(payload__template="credit_answered")
    assert mail.payload["to"] == person.user.email
    assert mail.payload["context"]["accepted"] is True
    rendered = render(mail)
    assert "Chester University has answered" in rendered.subject
    for body in (rendered.text, rendered.html):
        assert "60 credits." in body
        assert "/my/award/credit/?enrolment=" in body


# --- agreements ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_only_versions_whose_specification_states_an_agreement_can_be_covered() -> None:
    keys = [version.key for version in credits.stated_versions()] if factories.version() else []
    assert keys == [NPQH, NPQSL]
    with pytest.raises(Refused) as no:
        agreement(NPQSL, "npqh-reformed-international")
    assert (no.value.code, no.value.field) == ("agreement.not_stated", "versions")


@pytest.mark.django_db
def test_the_same_agreement_is_recorded_once_and_two_at_a_time_are_refused() -> None:
    first = agreement()
    assert agreement() == first
    with pytest.raises(Refused) as no:
        agreement(NPQSL, credits=60)
    assert no.value.code == "agreement.twice"
    credits.end_agreement(agreement=first, on=date(2020, 8, 31), by=None, at=AT)
    with pytest.raises(Refused):
        agreement(NPQSL, valid_from=date(2020, 8, 31))
    later = agreement(NPQSL, valid_from=date(2020, 9, 1), credits=60)
    assert later != first
    assert credit_queries.agreements_of(graduate(), on=DAY) == [later]


@pytest.mark.django_db
@pytest.mark.requirement("S1-37")
def test_a_last_day_is_not_moved_into_the_days_of_another_agreement() -> None:
    first = agreement(NPQSL)
    credits.end_agreement(agreement=first, on=date(2020, 8, 31), by=None, at=AT)
    later = agreement(NPQSL, valid_from=date(2020, 9, 10), credits=60)
    for on in (date(2020, 9, 10), DAY + timedelta(days=300)):
        with pytest.raises(Refused, match="covers one of these versions from Thu 10 Sep 2020") as no:
            credits.end_agreement(agreement=first, on=on, by=None, at=AT)
        assert (no.value.code, no.value.field) == ("agreement.twice", "on")
    assert credits.end_agreement(agreement=first, on=date(2020, 9, 9), by=None, at=AT).valid_to == date(
        2020, 9, 9
    )
    assert credit_queries.agreements_of(graduate(), on=DAY) == [later]
    assert credits.end_agreement(agreement=first, on=date(2020, 8, 1), by=None, at=AT).valid_to == date(
        2020, 8, 1
    )


@pytest.mark.django_db
def test_a_last_day_is_moved_later_beside_agreements_of_others_and_of_other_versions() -> None:
    first = agreement(NPQSL)
    credits.end_agreement(agreement=first, on=date(2020, 8, 31), by=None, at=AT)
    agreement(NPQH, valid_from=date(2020, 9, 1))
    agreement(NPQSL, of=factories.organisation("Another University"), valid_from=date(2020, 9, 1))
    before = agreement(NPQSL, valid_from=date(2016, 9, 1), valid_to=date(2017, 8, 31))
    assert before.valid_to == date(2017, 8, 31)
    assert credits.end_agreement(agreement=first, on=DAY, by=None, at=AT).valid_to == DAY


@pytest.mark.django_db
def test_the_database_keeps_what_the_rules_say() -> None:
    by = agreement()
    for wrong in ({"credits": 0}, {"credits": 361}, {"level": 9}, {"valid_to": date(2017, 8, 31)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CreditAgreement.objects.filter(pk=by.pk).update(**wrong)
    made = ask(graduate(), by)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditRequest.objects.filter(pk=made.pk).update(consent_text="")
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditRequest.objects.filter(pk=made.pk).update(answer="accepted")


# --- the rules alone -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2017, 8, 31), False),
        (date(2017, 9, 1), True),
        (date(2020, 8, 31), True),
        (date(2020, 9, 1), False),
    ],
)
def test_an_agreement_holds_from_its_first_day_to_its_last(day: date, holds: bool) -> None:
    assert replace(AGREED, valid_to=date(2020, 8, 31)).holds_on(day) is holds
    assert AGREED.holds_on(day) is (day >= date(2017, 9, 1))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"award_title": " "}, "award_title"),
        ({"versions": frozenset()}, "versions"),
        ({"valid_to": date(2017, 8, 31)}, "valid_to"),
        ({"credits": 0}, "credits"),
        ({"credits": 361}, "credits"),
        ({"level": 0}, "level"),
    ],
)
def test_what_is_no_agreement_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as no:
        credit_rules.check_agreement(replace(AGREED, **change), stated=frozenset({NPQSL}))
    assert no.value.field == field


@pytest.mark.parametrize(
    ("credits", "said"), [(None, None), (1, "1 credit for it"), (60, "60 credits for it")]
)
def test_a_number_is_said_only_where_there_is_one(credits: int | None, said: str | None) -> None:
    text = credit_rules.statement_text(
        AGREED, holder="王小明", programme="NPQ", edition="legacy", awarded_on="9 March 2020", credits=credits
    )
    assert text.startswith("王小明 was awarded the NPQ, legacy edition, on 9 March 2020.")
    if said:
        assert said in text
    else:
        assert "gives" not in text
        assert "None" not in text


def test_the_consent_names_who_shows_what_to_whom_and_that_it_can_be_withdrawn() -> None:
    text = credit_rules.consent_text(AGREED, provider="The Provider", programme="NPQSL", edition="legacy")
    for part in (
        "Chester University",
        "The Provider",
        "my name",
        "my e-mail address",
        "code of my award",
        "withdraw",
    ):
        assert part in text
