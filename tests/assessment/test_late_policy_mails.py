"""Who is told of a late policy with a day: whoever is booked in a window for which something else counts by it."""

from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions
from goldenthread.assessment.adjusting_models import LatePolicy
from goldenthread.common import mail
from goldenthread.common.models import OutboxMessage
from tests import factories_assessment as made
from tests.assessment.test_dated_policies import NOVEMBER, later, version

pytestmark = pytest.mark.django_db


def late(days: int | None, *, from_day: date | None = NOVEMBER, **said: Any) -> LatePolicy:
    given = {"reason": "As agreed", "by": made.office(), "at": made.BEFORE, **said}
    return actions.set_late_policy(version=version(), days=days, from_day=from_day, **given)


def late_letters() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="late_policy_changed").order_by("pk"))


def test_who_is_booked_is_told_once_what_counts_after_their_deadline_from_that_day() -> None:
    window = later()
    amara, gone = made.ready("Amara Applicant"), made.ready("Greta Gone")
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=made.BEFORE)
    late(0, rest_minutes=30)
    late(0, rest_minutes=30)
    (message,) = late_letters()
    assert message.recipient == amara.user.email
    letter = mail.render(message)
    assert letter.subject == "NPQLT: what holds after the deadline of your window has changed"
    text = " ".join(letter.text.split())
    for said in (
        "Mon 3 Nov 2025", "No more time is given after the deadline.", "may take 30 minutes.", "As agreed",
        f"enrolment={amara.reference}",
    ):  # fmt: skip
        assert said in text
    assert "No more time is given" in letter.html
    late(2, rest_minutes=30)
    (_, second) = late_letters()
    text = mail.render(second).text
    assert "up to 2 days after the deadline" in text
    assert "rest of a document" not in text


def test_nobody_is_told_of_a_late_policy_that_changes_nothing_for_their_window() -> None:
    window = later(date(2025, 11, 2))
    made.ready("Amara Applicant")
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    late(0)  # from the day after
    late(3, from_day=None)
    late(3, from_day=date(2025, 11, 1))
    assert late_letters() == []


def test_a_late_policy_is_told_to_many_in_as_many_statements_as_to_one() -> None:
    counts = []
    for number in (1, 3):
        with transaction.atomic():
            window = later()
            for place in range(number):
                made.ready(f"Person {place}")
            actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
            with CaptureQueriesContext(connection) as found:
                late(1)
            counts.append(len(found))
            assert len(late_letters()) == number
            transaction.set_rollback(True)
    assert counts[0] == counts[1]
