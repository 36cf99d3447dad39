"""An award with a wrong name is issued again: two people, one record more, the former says that it was replaced."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from goldenthread.appeals import queries as appeals
from goldenthread.appeals import revocations
from goldenthread.awards import actions, badges, changes, credential, credits, queries, reissuing, transcript
from goldenthread.awards.models import Award, Change, NameRequest
from goldenthread.awards.queries import Verdict
from goldenthread.common import audit, mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.people.models import Membership, User
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.awards.test_credits import agreement, ask, chester, graduate, officer
from tests.factories_appeals import NEXT, office, released
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
RIGHT = "Amara Ŵyn-Applicant"
WHY = "Her passport says so."


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def award() -> Award:
    released(make.FAIR)
    return Award.objects.select_related("outcome__enrolment__user").get()


def asks(held: Award, name: str = RIGHT, **fields: Any) -> NameRequest:
    said = {
        "wrong": "My second name is missing.",
        "evidence": "My passport.",
        "linked": True,
        "at": NEXT,
        **fields,
    }
    said = {"form_key": str(uuid.uuid4()), "by": held.outcome.enrolment.user, **said}
    return reissuing.ask(award=held, name=name, **said)


def propose(held: Award, name: str = RIGHT, **fields: Any) -> Change:
    return changes.propose_reissue(
        award=held, name=name, **{"reason": WHY, "by": office(), "at": NEXT, **fields}
    )


def decide(change: Change, approve: bool = True, by: User | None = None, **fields: Any) -> Change:
    said = {"reason": "I saw it too.", "at": NEXT, **fields}
    return changes.decide(change=change, approve=approve, by=by or office("Olga Other"), **said)


def reissued(held: Award, **fields: Any) -> Award:
    decide(propose(held, **fields))
    return Award.objects.select_related("outcome__enrolment__user").get(replaces=held)


def code_of(call: Any) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def mails(template: str) -> list[dict[str, Any]]:
    return [one.payload for one in OutboxMessage.objects.filter(payload__template=template).order_by("pk")]


# --- two people -----------------------------------------------------------------------------------------------
def test_nothing_changes_until_a_second_person_decides_and_then_once() -> None:
    held = award()
    change = propose(held)
    assert propose(held) == change
    assert code_of(lambda: propose(held, "Another Name")) == "change.waits"
    assert code_of(lambda: decide(change, by=office())) == "change.same_person"
    assert Award.objects.count() == 1
    for _ in range(2):
        assert decide(change).state == "done"
    made = Award.objects.get(replaces=held)
    held.refresh_from_db()
    assert (made.holder_name, made.code != held.code) == (RIGHT, True)
    for kept in ("outcome_id", "awarded_on", "programme_name", "programme_code", "edition", "provider"):
        assert getattr(made, kept) == getattr(held, kept)
    assert (held.revoked_at, held.holder_name) == (NEXT, "Amara Applicant")
    said = AuditEvent.objects.get(verb="award.reissued").details
    assert (said["former"], said["code"], said["name"]) == (held.code, made.code, RIGHT)
    (mail,) = mails("award_reissued")
    assert (mail["to"], mail["context"]["code"]) == (held.outcome.enrolment.user.email, made.code)
    assert reissuing.reissue(award=held, name=RIGHT, linked=True, by=None, at=NEXT) == made
    assert list(audit.verify()) == []


def test_nobody_proposes_decides_or_declines_about_themselves() -> None:
    held = award()
    holder = held.outcome.enrolment.user
    teaching.hold(holder, "office")
    asked = asks(held)
    assert code_of(lambda: propose(held, by=holder)) == "own"
    assert code_of(lambda: reissuing.decline(request=asked, reason="No.", by=holder, at=NEXT)) == "own"
    change = propose(held)
    assert code_of(lambda: decide(change, by=holder)) == "change.own"
    assert code_of(lambda: asks(held, by=office())) == "name_request.not_yours"


@pytest.mark.parametrize(("name", "code"), [
    ("Amara Applicant", "award.same_name"),
    (" ", "holder_name.missing"),
    ("\u202eevil", "holder_name.sign"),
    ("x" * 121, "holder_name.long"),
])  # fmt: skip
def test_a_name_that_cannot_be_printed_or_is_there_is_refused(name: str, code: str) -> None:
    held = award()
    assert code_of(lambda: propose(held, name)) == code
    assert code_of(lambda: asks(held, name)) == code


def test_an_award_that_is_revoked_or_about_to_be_or_was_replaced_is_not_issued_again() -> None:
    held = award()
    change = propose(held)
    revoking = changes.propose_revocation(award=held, reason="It was bought.", by=office(), at=NEXT)
    assert code_of(lambda: decide(change)) == "award.being_revoked"
    decide(revoking)
    assert code_of(lambda: decide(change)) == "award.revoked"
    assert code_of(lambda: propose(held, "Another Name")) == "award.revoked"
    assert Award.objects.count() == 1


def test_what_was_replaced_is_not_issued_again_but_what_took_its_place_is() -> None:
    held = award()
    made = reissued(held)
    assert code_of(lambda: propose(held, "Third Name")) == "award.replaced"
    third = reissued(made, name="Third Name")
    assert [queries.verify(one.code).verdict for one in (held, made, third)] == [
        Verdict.REISSUED, Verdict.REISSUED, Verdict.VALID,
    ]  # fmt: skip
    assert queries.award_of(held.outcome.enrolment) == third


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_award_comes() -> None:
    held = award()
    change, one, other = propose(held), office("Olga Other"), office("Oma Office")
    later = NEXT + timedelta(minutes=1)
    at_once(lambda: decide(change, by=one), lambda: decide(change, by=other, at=later))
    assert Award.objects.count() == 2
    assert len(mails("award_reissued")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_issue_it_again_at_once_make_one() -> None:
    held = award()
    first, second = at_once(
        *[lambda: reissuing.reissue(award=held, name=RIGHT, linked=True, by=None, at=NEXT)] * 2
    )
    assert first == second
    assert Award.objects.count() == 2


# --- the holder's request -------------------------------------------------------------------------------------
def test_a_request_is_one_however_often_it_is_sent_and_is_answered_with_the_change() -> None:
    held = award()
    key = str(uuid.uuid4())
    asked = asks(held, form_key=key)
    assert asks(held, form_key=key) == asked
    assert code_of(lambda: asks(held)) == "name_request.open"
    change = propose(held)
    asked.refresh_from_db()
    assert (asked.state, asked.change) == ("proposed", change)
    assert code_of(lambda: reissuing.withdraw(request=asked, by=None, at=NEXT)) == "name_request.moved"
    changes.take_back(change=change, by=office(), at=NEXT)
    asked.refresh_from_db()
    assert (asked.state, asked.change) == ("asked", None)
    decide(propose(held))
    asked.refresh_from_db()
    assert (asked.state, asked.answer_reason) == ("done", "I saw it too.")


def test_a_refusal_tells_the_holder_who_may_ask_anew() -> None:
    held = award()
    first = asks(held)
    decide(propose(held), approve=False, reason="The passport has run out.")
    first.refresh_from_db()
    assert (first.state, first.answer_reason) == ("declined", "The passport has run out.")
    second = asks(held)
    assert code_of(lambda: reissuing.decline(request=second, reason=" ", by=office(), at=NEXT)) == (
        "name_request.words"
    )
    for _ in range(2):
        reissuing.decline(request=second, reason="Show us the deed.", by=office(), at=NEXT)
    assert [one["context"]["reason"] for one in mails("name_request_declined")] == [
        "The passport has run out.", "Show us the deed.",
    ]  # fmt: skip
    third = asks(held)
    for _ in range(2):
        reissuing.withdraw(request=third, by=third.award.outcome.enrolment.user, at=NEXT)
    assert NameRequest.objects.get(pk=third.pk).state == "withdrawn"
    assert Award.objects.count() == 1


def test_a_request_that_came_after_the_proposal_is_done_with_it_or_goes_on_about_the_new_award() -> None:
    held = award()
    change = propose(held)
    asked = asks(held)
    decide(change)
    asked.refresh_from_db()
    assert asked.state == "done"
    made = Award.objects.select_related("outcome__enrolment__user").get(replaces=held)
    change = propose(made, "Third Name")
    other = asks(made, "Fourth Name")
    decide(change)
    other.refresh_from_db()
    assert (other.state, other.award.holder_name) == ("asked", "Third Name")


def test_a_request_about_an_award_that_is_revoked_waits_until_it_stands_again() -> None:
    held = award()
    asks(held)
    assert reissuing.open_requests().count() == 1
    actions.revoke(award=held, reason="In error.", by=None, at=NEXT)
    assert reissuing.open_requests().count() == 0
    held.refresh_from_db()
    appeal = revocations.lodge(
        award=held,
        statement="It is mine.",
        form_key=str(uuid.uuid4()),
        by=held.outcome.enrolment.user,
        at=NEXT,
    )
    revocations.decide(appeal=appeal, uphold=True, reason="So it is.", by=office("Ursula Upright"), at=NEXT)
    assert reissuing.open_requests().count() == 1


def test_who_put_a_name_right_may_decide_an_appeal_against_the_result() -> None:
    held = award()
    reissued(held)
    assert appeals.parts_in(held.outcome, office().pk) == {}


def test_a_request_says_what_is_wrong_within_its_length() -> None:
    held = award()
    assert code_of(lambda: asks(held, wrong=" ")) == "name_request.words"
    assert code_of(lambda: asks(held, wrong="x" * 2001)) == "name_request.long"
    assert code_of(lambda: asks(held, evidence="x" * 2001)) == "name_request.long"


# --- what follows ---------------------------------------------------------------------------------------------
def test_papers_bear_the_new_name_and_the_former_badge_is_revoked_for_every_verifier(tmp_path: Path) -> None:
    held = award()
    old = badges.signed_badge(award=held, at=NEXT)
    badges.show(award=held, shown=True, by=None, at=NEXT)
    actions.certificate_pdf(award=held, at=NEXT)
    made = reissued(held)
    held.refresh_from_db()
    new = badges.signed_badge(award=made, at=NEXT)
    former, present = held.badges.get(), made.badges.get()
    assert (former.uuid != present.uuid, present.shown) == (True, True)
    listed = badges.status_list(former.list_number, at=NEXT)
    assert listed is not None
    assert listed["credentialSubject"]["encodedList"] == credential.encoded_list([former.position])
    assert badges.verified(credential.as_text(new).encode()) == made
    assert code_of(lambda: badges.verified(credential.as_text(old).encode())) == "credential.reissued"
    assert code_of(lambda: actions.certificate_pdf(award=held, at=NEXT)) == "award.revoked"
    path = tmp_path / "certificate.pdf"
    path.write_bytes(actions.certificate_pdf(award=made, at=NEXT))
    printed = " ".join(PdfReader(path).pages[0].extract_text().split())
    assert RIGHT in printed
    assert made.code in printed
    assert transcript.transcript_of(made.outcome.enrolment, at=NEXT).holder == RIGHT


def test_moves_and_requests_for_credit_go_on_under_the_new_code() -> None:
    person = graduate()
    asked = ask(person, agreement())
    held = Award.objects.select_related("outcome__enrolment__user").get()
    actions.record_destination(
        award=held, before="teacher", after="middle leader", moved_on=NEXT.date(), by=office(), at=NEXT
    )
    made = reissuing.reissue(award=held, name=RIGHT, linked=True, by=None, at=NEXT)
    asked.refresh_from_db()
    assert (asked.award, asked.statement_at) == (made, NEXT)
    assert [one.role_after for one in queries.destinations_of(made)] == ["middle leader"]
    assert [(one.awards, one.told) for one in queries.destinations_by_programme()] == [(1, 1)]


def told_universities() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="credit_reissued").order_by("pk"))


@pytest.mark.requirement("S1-37")
@pytest.mark.parametrize("answered", [False, True])
def test_a_university_with_consent_is_told_once_that_name_and_code_changed_and_not_whose(
    answered: bool,
) -> None:
    asked = ask(graduate(), agreement())
    una, gone = officer(chester()).user, officer(chester()).user
    officer(factories.organisation("Larkfield University"))
    Membership.objects.filter(user=gone).update(ends_on=NEXT.date() - timedelta(days=1))
    if answered:
        credits.answer(request=asked, answer="accepted", note="", by=una, at=NEXT)
    held = Award.objects.select_related("outcome__enrolment__user").get()
    for _ in range(2):
        made = reissuing.reissue(award=held, name=RIGHT, linked=True, by=None, at=NEXT)
    (told,) = told_universities()
    assert told.payload["to"] == una.email
    mailed = mail.render(told)
    assert asked.reference in mailed.text
    assert f"/university/requests/{asked.reference}/" in mailed.text
    for hidden in (held.holder_name, RIGHT, "Amara", held.code, made.code):
        assert hidden not in mailed.subject + mailed.text + mailed.html


def test_a_university_whose_graduate_took_the_consent_back_is_told_nothing() -> None:
    asked = ask(graduate(), agreement())
    officer(chester())
    credits.withdraw(request=asked, by=None, at=NEXT)
    held = Award.objects.select_related("outcome__enrolment__user").get()
    made = reissuing.reissue(award=held, name=RIGHT, linked=True, by=None, at=NEXT)
    asked.refresh_from_db()
    assert asked.award == made
    assert asked.statement_at != NEXT
    assert told_universities() == []


def test_a_correction_after_it_revokes_the_award_that_stands_and_a_pass_again_brings_a_new_one() -> None:
    outcome = released(make.FAIR)
    made = reissued(Award.objects.select_related("outcome__enrolment__user").get())
    fell = actions.correct(
        outcome=outcome, reason="Counted wrongly.", by=office(), at=NEXT, half_marks=Totals(4, 4)
    )
    made.refresh_from_db()
    assert made.revoked_at == NEXT
    assert queries.revoked_award_of(outcome.enrolment) == made
    later = NEXT + timedelta(days=1)
    actions.correct(outcome=fell, reason="They were right.", by=office(), at=later, half_marks=Totals(16, 16))
    third = queries.award_of(outcome.enrolment)
    assert third is not None
    assert (third.replaces, third.holder_name) == (None, RIGHT)


def test_the_stage_stays_awarded() -> None:
    held = award()
    reissued(held)
    held.outcome.enrolment.refresh_from_db()
    assert held.outcome.enrolment.stage == "awarded"
