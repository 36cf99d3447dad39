"""What was released is changed by two people: one proposes, another decides."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.awards import changes
from goldenthread.awards.models import Award, Change
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import User
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.factories_appeals import ENOUGH, NEXT, SHORT, office, released
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
WHY = "The marks of part two were added up wrongly."
LOWER = Totals(14, 9)  # 11.5 marks; 12 pass


def propose(outcome: Outcome, **fields: Any) -> Change:
    said = {"reason": WHY, "half_marks": LOWER, "by": office(), "at": NEXT, **fields}
    return changes.propose_correction(outcome=outcome, **said)


def decide(change: Change, approve: bool = True, by: User | None = None, **fields: Any) -> Change:
    said = {"reason": "I added them up too.", "at": NEXT, **fields}
    return changes.decide(change=change, approve=approve, by=by or office("Olga Other"), **said)


def code_of(call: Any) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def test_a_correction_changes_nothing_until_another_person_decides_it() -> None:
    outcome = released(make.FAIR)
    change, olga = propose(outcome, seen="not passed: case study"), office("Olga Other")
    assert propose(outcome).pk == change.pk
    assert code_of(lambda: propose(outcome, half_marks=Totals(10, 4))) == "change.waits"
    assert (Outcome.objects.count(), Award.objects.get().revoked_at) == (1, None)
    assert code_of(lambda: decide(change, by=office())) == "change.same_person"
    assert code_of(lambda: decide(change, reason=" ")) == "change.reason"
    for _ in range(2):
        assert decide(change, by=olga, seen="not passed: case study").state == "done"
    assert Outcome.objects.get(number=2).released_by == olga
    assert Award.objects.get().revoked_reason == WHY
    said = AuditEvent.objects.get(verb="correction.approved").details
    assert (said["proposed_by"], said["reason"]) == (office().pk, "I added them up too.")
    assert code_of(lambda: decide(change, approve=False)) == "change.decided"
    assert list(audit.verify()) == []


def test_a_revocation_takes_a_second_person_too() -> None:
    award = Award.objects.select_related("outcome").get(outcome=released(make.FAIR))
    said = {"award": award, "by": office(), "at": NEXT}
    assert code_of(lambda: changes.propose_revocation(reason=" ", **said)) == "award.reason"
    change = changes.propose_revocation(reason="The work was bought.", **said)
    assert Award.objects.get().revoked_at is None
    assert not OutboxMessage.objects.filter(payload__template="award_revoked").exists()
    assert code_of(lambda: decide(change, by=office())) == "change.same_person"
    decide(change)
    assert Award.objects.get().revoked_reason == "The work was bought."
    assert code_of(lambda: changes.propose_revocation(reason="Again", **said)) == "award.revoked"


@pytest.mark.parametrize("how", ["refused", "taken back"])
def test_what_is_refused_or_taken_back_leaves_the_result_and_can_be_proposed_anew(how: str) -> None:
    outcome = released(make.FAIR)
    change = propose(outcome)
    if how == "refused":
        decide(change, approve=False, reason="They are right as they are.")
    else:
        assert (
            code_of(lambda: changes.take_back(change=change, by=office("Olga Other"), at=NEXT))
            == "change.not_yours"
        )
        for _ in range(2):
            changes.take_back(change=change, by=office(), at=NEXT)
    assert (Outcome.objects.count(), Change.objects.filter(state="proposed").count()) == (1, 0)
    assert code_of(lambda: decide(change)) == "change.decided"
    if how == "taken back":
        with pytest.raises(Refused, match="taken it back meanwhile"):
            decide(change)
    assert propose(outcome).pk != change.pk
    assert Change.objects.filter(state="proposed").count() == 1


def test_what_would_follow_now_is_what_the_second_person_saw() -> None:
    outcome = released(make.FAIR, minutes=SHORT)
    change = propose(outcome, half_marks=None, seen="not passed: engagement")
    factories.credit_minutes(outcome.enrolment, ENOUGH)
    assert code_of(lambda: decide(change, seen="not passed: engagement")) == "correction.changed"
    assert Change.objects.get().state == "proposed"
    assert code_of(lambda: propose(outcome, half_marks=Totals(12, 6), seen="passed")) == "correction.changed"
    decide(change, seen="passed")
    assert Outcome.objects.get(number=2).result == "passed"


def test_a_proposal_says_why_and_fits_the_result() -> None:
    outcome = released(make.FAIR)
    assert code_of(lambda: propose(outcome, reason="")) == "correction.reason"
    assert code_of(lambda: propose(outcome, half_marks=Totals(25, 0))) == "correction.out_of_range"
    decide(propose(outcome))
    assert code_of(lambda: propose(outcome)) == "correction.not_latest"


def test_nobody_decides_about_their_own_result_or_sees_it_as_the_office() -> None:
    outcome = released(make.FAIR)
    change = propose(outcome)
    whose = outcome.enrolment.user
    teaching.hold(whose, "office")
    assert code_of(lambda: decide(change, by=whose)) == "change.own"
    viewer = factories.seen(User.objects.get(pk=whose.pk), on=NEXT.date())
    assert list(changes.changes_for(viewer)) == []
    for person in (viewer, factories.seen(factories.user("Dot Stranger"), on=NEXT.date())):
        with pytest.raises(Http404):
            changes.get_change_for(person, change.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_decides() -> None:
    change = propose(released(make.FAIR))
    one, other = office("Olga Other"), office("Oma Office")
    later = NEXT + timedelta(minutes=1)
    found = at_once(lambda: decide(change, by=one), lambda: decide(change, approve=False, by=other, at=later))
    assert sorted(type(each).__name__ for each in found) == ["Change", "Refused"]
    state = Change.objects.get().state
    assert Outcome.objects.count() == (2 if state == "done" else 1)
