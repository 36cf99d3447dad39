"""Requests for credit and badges with two at the same moment, on real connections."""

from pathlib import Path
from typing import Any

import pytest

from goldenthread.awards import actions, badges, credit_rules, credits
from goldenthread.awards.models import Award, Badge, BadgeKey, CreditRequest
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from tests.awards.test_actions import award
from tests.awards.test_credits import AT, agreement, ask, graduate
from tests.races import at_once, while_unfinished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def test_two_requests_at_once_are_one() -> None:
    person, by = graduate(), agreement()
    text = credit_rules.digest(credits.consent_of(by, Award.objects.get()))

    def asks() -> CreditRequest:
        return credits.ask(enrolment=person, agreement=by, agrees=True, text=text, by=person.user, at=AT)

    first, second = at_once(asks, asks)
    assert first == second
    assert CreditRequest.objects.count() == 1
    assert AuditEvent.objects.filter(verb="credit.requested").count() == 1


def test_an_answer_meets_a_withdrawal_that_was_made_first() -> None:
    made = ask(graduate(), agreement())
    (met,) = while_unfinished(
        lambda: credits.withdraw(request=made, by=None, at=AT),
        lambda: credits.answer(request=made, answer="accepted", note="", by=None, at=AT),
    )
    assert isinstance(met, Refused)
    assert (CreditRequest.objects.get().answer, OutboxMessage.objects.filter(
        payload__template="credit_answered"
    ).count()) == ("", 0)  # fmt: skip


def test_two_answers_at_once_leave_one() -> None:
    made = ask(graduate(), agreement())
    results = at_once(
        lambda: credits.answer(request=made, answer="accepted", note="", by=None, at=AT),
        lambda: credits.answer(request=made, answer="declined", note="No.", by=None, at=AT),
    )
    assert sum(isinstance(one, Refused) for one in results) == 1
    assert OutboxMessage.objects.filter(payload__template="credit_answered").count() == 1


def test_a_request_meets_a_revocation_that_was_made_first() -> None:
    person, by = graduate(), agreement()
    held = Award.objects.get()
    text = credit_rules.digest(credits.consent_of(by, held))
    (met,) = while_unfinished(
        lambda: actions.revoke(award=held, reason="Error.", by=None, at=AT),
        lambda: credits.ask(enrolment=person, agreement=by, agrees=True, text=text, by=None, at=AT),
    )
    assert isinstance(met, Refused)
    assert not CreditRequest.objects.exists()


def test_a_badge_that_is_first_asked_for_twice_at_once_is_made_once() -> None:
    made = award()
    first, second = at_once(*[lambda: badges.signed_badge(award=made, at=AT)] * 2)
    assert first == second
    assert (Badge.objects.count(), BadgeKey.objects.count()) == (1, 1)
