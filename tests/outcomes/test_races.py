"""A release against what is being written at the same moment, on real connections."""

from collections.abc import Callable
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import SittingState, Window
from goldenthread.awards import actions as awards
from goldenthread.awards import jobs
from goldenthread.awards.models import Award
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.engagement import actions as engagement
from goldenthread.outcomes import looking
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import by_hand, factories
from tests import factories_marking as make
from tests.races import at_once, while_unfinished

pytestmark = pytest.mark.django_db(transaction=True)
ENOUGH, SHORT = 3996, 3990


def moderated(minutes: int, *, held_back: bool = False) -> tuple[Window, Enrolment]:
    """A window ready for release, and the person with so many minutes: with a script, or held back."""
    window = make.window(factories.intake())
    make.markers(2)
    make.sitting(window, factories.enrolment("Somebody Else", to=window.intake))
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, minutes)
    make.sitting(window, person, state=SittingState.HELD_BACK if held_back else SittingState.HANDED_IN)
    make.mark_all(window)
    make.moderated(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    return window, person


def credit(person: Enrolment, minutes: int = 6) -> Any:
    activity = person.plan.order_by("-position")[0]
    return engagement.credit(
        activity=activity, minutes=minutes, evidence="test:1", key="late", by=None, at=make.CLOSED
    )


def release(window: Window) -> list[Outcome]:
    return awards.release(window=window, by=window.created_by, at=make.CLOSED)


@pytest.mark.requirement("S0-40")
def test_a_release_waits_for_a_credit_that_is_being_written_and_counts_it() -> None:
    window, person = moderated(SHORT)
    found = while_unfinished(lambda: credit(person), lambda: release(window))
    assert [type(one) for one in found] == [list]
    assert Outcome.objects.get(enrolment=person).result == "passed"
    assert list(audit.verify()) == []


def test_the_ledgers_of_people_who_were_held_back_are_waited_for_too() -> None:
    window, person = moderated(0, held_back=True)
    found = while_unfinished(lambda: credit(person, 60), lambda: release(window))
    assert [type(one) for one in found] == [list]
    conditions = {one["key"]: one for one in Outcome.objects.get(enrolment=person).conditions}
    assert conditions["engagement"]["figures"]["counted_minutes"] == 60
    assert list(audit.verify()) == []


def test_a_credit_while_results_are_released_comes_after_them_in_the_chain() -> None:
    window, person = moderated(ENOUGH)
    found = while_unfinished(lambda: release(window), lambda: credit(person))
    assert [type(one).__name__ for one in found] == ["LedgerEntry"]
    assert list(audit.verify()) == []


@pytest.mark.parametrize("what", ["issue", "certificate", "revoke"])
def test_what_is_done_to_an_award_waits_for_the_chain_of_its_enrolment(what: str) -> None:
    window, person = moderated(ENOUGH)
    release(window)
    award = Award.objects.select_related("outcome").get()
    if what == "issue":
        by_hand.remove(Award.objects.all())
    verbs: dict[str, Callable[[], Any]] = {
        "issue": lambda: awards.issue_missing(at=make.CLOSED),
        "certificate": lambda: awards.certificate_pdf(award=award, at=make.CLOSED),
        "revoke": lambda: awards.revoke(award=award, reason="In error", by=None, at=make.CLOSED),
    }
    found = while_unfinished(lambda: credit(person), verbs[what])
    assert not [one for one in found if isinstance(one, Exception)]
    assert list(audit.verify()) == []


def test_two_workers_at_once_issue_an_award_once() -> None:
    window, _ = moderated(ENOUGH)
    release(window)
    by_hand.remove(Award.objects.all())
    found = while_unfinished(
        lambda: awards.issue_missing(at=make.CLOSED), lambda: jobs.make_certificates(make.CLOSED)
    )
    assert found[0].startswith("0 awards were missing")
    assert Award.objects.count() == 1


def test_looks_of_two_tabs_at_the_same_moment_are_one_on_record_and_nobody_meets_an_error() -> None:
    window, (olu, osa) = make.window(factories.intake()), (factories.user("Olu"), factories.user("Osa"))

    def look(by: Any) -> Callable[[], Any]:
        return lambda: looking.record_look(window=window, scripts=3, by=by, at=make.CLOSED)

    found = at_once(*[look(olu)] * 4, *[look(osa)] * 4)
    assert all(found)
    assert AuditEvent.objects.filter(verb=looking.LOOKED).count() == 2
    assert list(audit.verify()) == []
