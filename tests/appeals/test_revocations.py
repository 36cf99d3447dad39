"""An appeal against a revocation: within its days, decided by who took no part in it; if upheld, the award stands."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404

from goldenthread.appeals import actions, revocations, settled
from goldenthread.appeals.models import RevocationAppeal
from goldenthread.assessment.models import Sitting
from goldenthread.awards import actions as awards
from goldenthread.awards import badges, changes, credential, queries
from goldenthread.awards.models import Award
from goldenthread.awards.queries import Verdict
from goldenthread.common import audit, mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.people.models import User
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.factories_appeals import NEXT, office, released
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
LATER = NEXT + timedelta(days=2)
WHY = "The work is mine: my notes show it."


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def held() -> Award:
    released(make.FAIR)
    return Award.objects.select_related("outcome__enrolment__user").get()


def revoked(award: Award | None = None) -> Award:
    """An award that Oda proposed to revoke and Olga revoked."""
    award = award or held()
    change = changes.propose_revocation(award=award, reason="The work was bought.", by=office(), at=NEXT)
    changes.decide(change=change, approve=True, reason="So it was.", by=office("Olga Other"), at=NEXT)
    return Award.objects.select_related("outcome__enrolment__user").get(pk=award.pk)


def lodge(award: Award, **fields: Any) -> RevocationAppeal:
    said = {"statement": WHY, "form_key": str(uuid.uuid4()), "at": LATER, **fields}
    return revocations.lodge(award=award, **{"by": award.outcome.enrolment.user, **said})


def decide(
    appeal: RevocationAppeal, uphold: bool = True, by: User | None = None, **fields: Any
) -> RevocationAppeal:
    said = {"reason": "The notes show it.", "at": LATER, **fields}
    return revocations.decide(appeal=appeal, uphold=uphold, by=by or office("Ina Independent"), **said)


def code_of(call: Any) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


# --- lodge ----------------------------------------------------------------------------------------------------
def test_one_appeal_by_the_holder_within_the_days_of_the_policy() -> None:
    award = revoked()
    until = revocations.until_of(award)
    assert (until - NEXT).days == 28  # to the end of the twenty-eighth day after
    key = str(uuid.uuid4())
    assert code_of(lambda: lodge(award, at=until)) == "appeal.late"
    assert code_of(lambda: lodge(award, statement=" ")) == "appeal.statement"
    assert code_of(lambda: lodge(award, statement="x" * 10_001)) == "appeal.long"
    assert code_of(lambda: lodge(award, by=office())) == "appeal.not_yours"
    made = lodge(award, form_key=key, at=until - timedelta(seconds=1))
    assert lodge(award, form_key=key) == made
    assert code_of(lambda: lodge(award)) == "appeal.again"
    assert (made.until, made.revoked_reason, made.state) == (until, "The work was bought.", "lodged")
    assert queries.verify(award.code).verdict == Verdict.REVOKED
    (message,) = OutboxMessage.objects.filter(payload__template="revocation_appeal")
    assert "has come" in mail.render(message).text


def test_the_policy_of_the_day_of_the_revocation_counts() -> None:
    award = held()
    version = award.outcome.enrolment.version
    said = {"version": version, "lowering": "never", "reason": "Ours.", "by": office()}
    actions.set_policy(days=7, at=NEXT - timedelta(hours=1), **said)
    award = revoked(award)
    actions.set_policy(days=60, at=NEXT + timedelta(hours=1), **said)
    assert (revocations.until_of(award) - NEXT).days == 7


def test_an_award_that_stands_or_went_with_its_result_has_no_appeal_of_its_own() -> None:
    award = held()
    assert code_of(lambda: lodge(award)) == "appeal.stands"
    awards.correct(
        outcome=award.outcome, reason="Counted wrongly.", by=office(), at=NEXT, half_marks=Totals(4, 4)
    )
    award.refresh_from_db()
    assert code_of(lambda: lodge(award)) == "appeal.fell"


def test_an_appeal_is_withdrawn_until_it_is_decided_and_was_the_one() -> None:
    award = revoked()
    made = lodge(award)
    for _ in range(2):
        revocations.withdraw(appeal=made, by=award.outcome.enrolment.user, at=LATER)
    assert code_of(lambda: decide(made)) == "appeal.moved"
    assert code_of(lambda: lodge(award)) == "appeal.again"
    assert queries.verify(award.code).verdict == Verdict.REVOKED


# --- decide ---------------------------------------------------------------------------------------------------
def test_who_took_part_in_the_revocation_knows_the_holder_or_is_the_holder_decides_nothing() -> None:
    award = revoked()
    made, holder = lodge(award), award.outcome.enrolment.user
    teaching.hold(holder, "office")
    for by in (office(), office("Olga Other")):
        assert code_of(lambda by=by: decide(made, by=by)) == "appeal.part"
    assert code_of(lambda: decide(made, by=holder)) == "appeal.own"
    coach = office("Cora Coach")
    teaching.pairing(award.outcome.enrolment, coach)
    assert code_of(lambda: decide(made, by=coach)) == "appeal.part"
    assert code_of(lambda: decide(made, reason=" ")) == "appeal.reason"
    own = factories.seen(User.objects.get(pk=holder.pk), on=LATER.date())
    assert list(revocations.appeals_for(own)) == []
    for person in (own, factories.seen(factories.user("Dot Stranger"), on=LATER.date())):
        with pytest.raises(Http404):
            revocations.get_appeal_for(person, made.pk)


def test_upheld_the_award_stands_again_with_its_code_and_another_badge() -> None:
    award = held()
    old = badges.signed_badge(award=award, at=NEXT)
    badges.show(award=award, shown=True, by=None, at=NEXT)
    printed = awards.certificate_pdf(award=award, at=NEXT)
    award = revoked(award)
    made = lodge(award)
    for _ in range(2):
        assert decide(made).state == "upheld"
    award.refresh_from_db()
    assert (award.revoked_at, award.revoked_reason) == (None, "")
    assert queries.verify(award.code).verdict == Verdict.VALID
    assert awards.certificate_pdf(award=award, at=LATER) == printed
    award.outcome.enrolment.refresh_from_db()
    assert award.outcome.enrolment.stage == "awarded"
    new = badges.signed_badge(award=award, at=LATER)
    assert badges.verified(credential.as_text(new).encode()) == award
    assert code_of(lambda: badges.verified(credential.as_text(old).encode())) == "credential.renewed"
    first, second = award.badges.order_by("pk")
    assert (first.revoked_at, second.shown) == (LATER, True)
    listed = badges.status_list(first.list_number, at=LATER)
    assert listed is not None
    assert listed["credentialSubject"]["encodedList"] == credential.encoded_list([first.position])
    said = AuditEvent.objects.get(verb="award.reinstated").details
    assert (said["code"], said["revoked_reason"]) == (award.code, "The work was bought.")
    assert list(audit.verify()) == []
    told = OutboxMessage.objects.filter(payload__template="revocation_appeal").order_by("pk")
    assert [one.payload["context"]["state"] for one in told] == ["lodged", "upheld"]
    assert "stands again" in mail.render(told[1]).text
    assert awards.issue_missing(at=LATER) == 0


def test_not_upheld_it_stays_revoked_and_the_reasons_are_there() -> None:
    award = revoked()
    made = decide(lodge(award), uphold=False, reason="The notes are of another year.")
    assert (made.state, made.decision_reason) == ("not_upheld", "The notes are of another year.")
    assert queries.verify(award.code).verdict == Verdict.REVOKED
    assert code_of(lambda: decide(made, by=office("Ida Other"))) == "appeal.moved"
    assert code_of(lambda: lodge(award)) == "appeal.again"


def test_an_award_whose_result_fell_meanwhile_does_not_come_back() -> None:
    award = revoked()
    made = lodge(award)
    awards.correct(
        outcome=award.outcome, reason="Counted wrongly.", by=office(), at=LATER, half_marks=Totals(4, 4)
    )
    assert code_of(lambda: decide(made)) == "award.no_pass"
    assert RevocationAppeal.objects.get().state == "lodged"
    assert decide(made, uphold=False).state == "not_upheld"


def test_an_award_that_is_revoked_again_can_be_appealed_again() -> None:
    award = revoked()
    decide(lodge(award))
    award.refresh_from_db()
    again = LATER + timedelta(days=5)
    change = changes.propose_revocation(award=award, reason="New evidence.", by=office(), at=again)
    changes.decide(change=change, approve=True, reason="Yes.", by=office("Olga Other"), at=again)
    award = Award.objects.select_related("outcome__enrolment__user").get()
    assert lodge(award, at=again).revoked_reason == "New evidence."


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_decides() -> None:
    made = lodge(revoked())
    one, other = office("Ina Independent"), office("Ida Other")
    found = at_once(lambda: decide(made, by=one), lambda: decide(made, False, by=other))
    assert sorted(type(each).__name__ for each in found) == ["Refused", "RevocationAppeal"]
    state = RevocationAppeal.objects.get().state
    assert (Award.objects.get().revoked_at is None) == (state == "upheld")


def test_nothing_of_the_work_is_removed_before_the_revocation_is_settled() -> None:
    award = held()
    sitting = Sitting.objects.select_related("window", "enrolment").get()
    before = settled.settled_at(sitting)
    award = revoked(award)
    sitting.enrolment.refresh_from_db()
    assert before is not None
    assert settled.settled_at(sitting) == revocations.until_of(award)
    made = lodge(award)
    assert settled.settled_at(sitting) is None
    decide(made, uphold=False, at=LATER)
    assert settled.settled_at(sitting) == revocations.until_of(award)
