"""A request to sit a later window that nobody has decided holds the release, so that it never ends as a fail."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions as assessment
from goldenthread.assessment import rules
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.outcomes import actions
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
INSIDE = make.OPENS_AT + timedelta(days=2)


def window_with(*, state: str = SittingState.BOOKED) -> tuple[Window, Sitting]:
    """A moderated window with one script, and the sitting of somebody else in this state."""
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Person", to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    return window, make.sitting(window, state=state, name="Amara Applicant")


def asked(sitting: Sitting, *, deferral: bool = True, state: str = "requested") -> Adjustment:
    return Adjustment.objects.create(
        enrolment=sitting.enrolment, sitting=sitting, deferral=deferral, asked_days=0 if deferral else 2,
        reason="In hospital", requested_by=sitting.enrolment.user, requested_at=INSIDE, form_key=uuid.uuid4(),
        state=state,
    )  # fmt: skip


def decide(one: Adjustment, *, approved: bool, by: Any, note: str = "") -> Adjustment:
    return assessment.decide_adjustment(
        adjustment=one, approved=approved, given=rules.Grant(), note=note, by=by, at=AT
    )


def release(window: Window) -> list[Outcome]:
    return actions.release(window=window, by=window.created_by, at=AT)


@pytest.mark.parametrize("approved", [True, False])
def test_results_wait_until_it_is_decided(approved: bool) -> None:
    window, sitting = window_with()
    one = asked(sitting)
    with pytest.raises(Refused, match="1 request to sit a later window waits") as no:
        release(window)
    assert no.value.code == "outcomes.undecided"
    assert not Outcome.objects.exists()
    decide(
        one, approved=approved, by=factories.member(Role.OFFICE, "Oda"), note="" if approved else "Too late"
    )
    results = {outcome.enrolment_id: outcome.result for outcome in release(window)}
    assert results.get(sitting.enrolment_id) == (None if approved else "not_passed")
    assert len(results) == (1 if approved else 2)


def test_several_are_counted() -> None:
    window, sitting = window_with()
    asked(sitting)
    asked(make.sitting(window, state=SittingState.BOOKED))
    with pytest.raises(Refused, match=r"2 requests to sit a later window wait .* these people"):
        release(window)


@pytest.mark.parametrize(
    ("state", "deferral", "request_state", "gone"),
    [
        (SittingState.HANDED_IN, True, "requested", False),
        (SittingState.HELD_BACK, True, "requested", False),
        (SittingState.BOOKED, False, "requested", False),
        (SittingState.BOOKED, True, "withdrawn", False),
        (SittingState.BOOKED, True, "requested", True),
    ],
)
def test_nothing_else_holds_it(state: str, deferral: bool, request_state: str, gone: bool) -> None:
    window, sitting = window_with(state=SittingState.BOOKED)
    Sitting.objects.filter(pk=sitting.pk).update(state=state)
    if state == SittingState.HANDED_IN:
        Sitting.objects.filter(pk=sitting.pk).update(state=SittingState.BOOKED)
        sitting = window.sittings.get(state=SittingState.HANDED_IN)
    asked(sitting, deferral=deferral, state=request_state)
    if gone:
        Enrolment.objects.filter(pk=sitting.enrolment_id).update(withdrawn_at=AT)
    assert release(window)


def test_the_page_says_what_waits_and_where_to_decide() -> None:
    window, sitting = window_with()
    asked(sitting)
    office = client_of(window.created_by)
    page = office.get(reverse("office:outcomes", args=[window.pk])).content.decode()
    assert "1 request to sit a later window waits for a decision" in page
    assert reverse("office:adjustments") in page
    assert "Amara" not in page
    office.post(reverse("office:release", args=[window.pk]))
    window.refresh_from_db()
    assert window.state == WindowState.SCHEDULED


def test_what_is_undecided_after_a_release_is_answered_with_no_and_what_is_possible() -> None:
    window, sitting = window_with()
    one = asked(sitting)
    Window.objects.filter(pk=window.pk).update(state=WindowState.RELEASED)
    oda = factories.member(Role.OFFICE, "Oda")
    with pytest.raises(Refused, match="enter them for a further window") as no:
        decide(one, approved=True, by=oda)
    assert no.value.code == "adjustment.window"
    with pytest.raises(Refused, match="Say why not"):
        decide(one, approved=False, by=oda)
    assert decide(one, approved=False, by=oda, note="Sit in spring").state == "declined"
    assert OutboxMessage.objects.filter(payload__template="adjustment_decided").count() == 1
    assert Sitting.everything.get(pk=sitting.pk).state == SittingState.BOOKED


def test_nobody_asks_on_a_page_from_before_the_release() -> None:
    window, sitting = window_with()
    loaded = Sitting.objects.select_related("window", "enrolment").get(pk=sitting.pk)
    assert loaded.window.state == WindowState.SCHEDULED
    release(window)
    with pytest.raises(Refused) as no:
        assessment.request_adjustment(
            enrolment=loaded.enrolment, sitting=loaded, asked=rules.Grant(deferral=True), reason="In hospital",
            form_key=str(uuid.uuid4()), by=loaded.enrolment.user, at=AT,
        )  # fmt: skip
    assert no.value.code == "adjustment.sitting"
    assert not Adjustment.objects.exists()
