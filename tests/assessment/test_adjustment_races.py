"""Two decisions, a decision and an allocation, a booking and an approval at the same moment, on real connections."""

from datetime import timedelta

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.models import Sitting
from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.integrity.models import Comparison, Flag
from goldenthread.marking import actions as marking
from goldenthread.people.models import Role
from tests import factories, factories_marking
from tests import factories_assessment as made
from tests.assessment.test_adjustments import LATER, approve, approver, asked, closing, two_people
from tests.assessment.test_deferral import deferred, enter, later
from tests.integrity.test_actions import compare, copied
from tests.races import at_once, while_unfinished

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_who_approve_at_once_grant_it_once() -> None:
    priya, _ = two_people()
    made.window(priya.intake)
    one, first, second = asked(priya), approver(), factories.member(Role.OFFICE, "Cleo Colleague")
    at_once(lambda: approve(one, by=first), lambda: approve(one, by=second))
    assert (closing(priya), Sitting.objects.get(enrolment=priya).extra_days) == (LATER, 2)
    assert OutboxMessage.objects.filter(payload__template="adjustment_decided").count() == 1


def test_while_scripts_are_being_allocated_no_deadline_moves() -> None:
    priya, otto = two_people()
    window = made.window(priya.intake)
    made.script(Sitting.objects.get(enrolment=otto))
    factories_marking.markers(2)
    late, olu = made.CLOSES_AT + timedelta(hours=1), approver()
    one = asked(priya, Sitting.objects.get(enrolment=priya), at=late)
    found = while_unfinished(
        lambda: marking.allocate_window(window=window, by=olu, at=late), lambda: approve(one, by=olu, at=late)
    )
    assert [getattr(each, "code", each) for each in found] == ["adjustment.marking"]
    assert (closing(priya), Adjustment.objects.get().state) == (made.CLOSES_AT, "requested")


def test_what_is_approved_while_people_are_booked_is_in_the_sitting() -> None:
    priya, _ = two_people()
    window, olu = made.window(priya.intake, book=False), approver()
    one = asked(priya)
    found = while_unfinished(
        lambda: actions.book_sittings(window=window, by=olu, at=made.BEFORE), lambda: approve(one, by=olu)
    )
    assert not isinstance(found[0], Exception)
    assert closing(priya) == LATER


def test_two_comparisons_at_once_ask_once() -> None:
    window, _ = copied()
    found = at_once(lambda: compare(window), lambda: compare(window))
    assert [one for one in found if isinstance(one, Refused)] == []
    assert (Flag.objects.count(), Comparison.objects.count()) == (1, 2)


def one_or_the_other(sitting: Sitting) -> None:
    """Somebody who was deferred sits in one window, whichever it is."""
    booked = Sitting.objects.filter(enrolment=sitting.enrolment_id, window__state="scheduled")
    assert booked.count() == 1


def test_a_deferral_is_not_taken_back_while_somebody_is_entered_for_another_window() -> None:
    one, olu, person = deferred(), approver(), Enrolment.objects.get()
    window, granted = later(), Adjustment.objects.get()
    back = lambda: actions.take_back_adjustment(  # noqa: E731
        adjustment=granted, note="It is not needed any more.", by=olu, at=made.BEFORE
    )
    found = while_unfinished(lambda: enter(person, window), back)
    assert [getattr(each, "code", each) for each in found] == ["deferral.entered"]
    assert Sitting.everything.get(pk=one.pk).state == "deferred"
    one_or_the_other(one)


def test_nobody_is_entered_for_another_window_while_their_deferral_is_taken_back() -> None:
    one, olu, person = deferred(), approver(), Enrolment.objects.get()
    window, granted = later(), Adjustment.objects.get()
    found = while_unfinished(
        lambda: actions.take_back_adjustment(
            adjustment=granted, note="It is not needed any more.", by=olu, at=made.BEFORE
        ),
        lambda: enter(person, window),
    )
    assert [getattr(each, "code", each) for each in found] == ["window.again"]
    one_or_the_other(one)


def test_both_at_once_end_in_one_window_and_neither_waits_for_ever() -> None:
    one, olu, person = deferred(), approver(), Enrolment.objects.get()
    window, granted = later(), Adjustment.objects.get()
    found = at_once(
        lambda: actions.take_back_adjustment(
            adjustment=granted, note="It is not needed any more.", by=olu, at=made.BEFORE
        ),
        lambda: enter(person, window),
    )
    assert sum(isinstance(each, Refused) for each in found) == 1
    one_or_the_other(one)
