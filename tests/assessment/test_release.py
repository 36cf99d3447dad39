"""Releasing the unseen case study: not a second early, behind the gate, once, and every look on record."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail as outgoing
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, jobs, queries
from goldenthread.assessment.models import CaseAccess, Sitting, SittingState, Window
from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from tests import factories
from tests import factories_assessment as made

SECOND = timedelta(seconds=1)


def leader(minutes: int) -> Enrolment:
    """Somebody on NPQSL (90 h) whose usual window is allowed."""
    intake = factories.intake("npqsl-reformed-international", starts_on=date(2024, 2, 5))
    actions.choose_word_limit(intake=intake, value=1500, reason="The slide", by=made.office(), at=made.BEFORE)
    return made.ready("Lena Leader", to=intake, minutes=minutes)


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
def test_the_case_study_is_there_from_the_first_instant_and_a_look_is_recorded() -> None:
    one = made.sitting()
    person = one.enrolment.user
    with pytest.raises(Refused, match="Nothing can be seen before"):
        actions.get_case_for(user=person, sitting=one, at=made.OPENS_AT - SECOND)
    assert not CaseAccess.objects.filter(user=person).exists()
    case = actions.get_case_for(user=person, sitting=one, at=made.OPENS_AT)
    assert case.body == made.BODY
    assert CaseAccess.objects.filter(case_study=case, user=person, sitting=one, at=made.OPENS_AT).exists()
    one.refresh_from_db()
    assert (one.first_seen_at, one.released_at) == (made.OPENS_AT, made.OPENS_AT)
    assert one.enrolment.__class__.objects.get().stage == Stage.ASSESSMENT


@pytest.mark.django_db
def test_opening_the_page_starts_no_clock() -> None:
    one = made.sitting()
    actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.CLOSES_AT - SECOND)
    one.refresh_from_db()
    assert one.closes_at == made.CLOSES_AT
    made.script(one, at=made.CLOSES_AT)


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
def test_nobody_else_gets_it_through_a_sitting() -> None:
    one = made.sitting()
    for person in (factories.user(), made.office(), made.author()):
        with pytest.raises(Http404):
            actions.get_case_for(user=person, sitting=one, at=made.INSIDE)
        with pytest.raises(Http404):
            queries.get_sitting_for(person, one.pk)


@pytest.mark.django_db
@pytest.mark.requirement("S0-41")
@pytest.mark.parametrize(("minutes", "released"), [(4854, False), (4860, True)])
def test_leadership_needs_90_percent_on_the_eve(minutes: int, released: bool) -> None:
    one = made.sitting(leader(minutes))
    assert jobs.release_due(at=made.OPENS_AT) == 1
    one.refresh_from_db()
    if released:
        assert one.released_at == made.OPENS_AT
    else:
        assert (one.state, one.released_at) == (SittingState.HELD_BACK, None)
        assert one.gate["missing"] == 6  # minutes: 0.1 h
        with pytest.raises(Refused, match="not released to you"):
            actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE)
        with pytest.raises(Refused, match="not released to you"):
            made.script(one, texts=dict.fromkeys(made.PARTS, "Something"))
        assert OutboxMessage.objects.filter(key__startswith="mail:case_held_back:").count() == 1


@pytest.mark.django_db
@pytest.mark.requirement("S0-41")
def test_the_gate_is_frozen_by_whatever_asks_first() -> None:
    one = made.sitting(leader(4854))
    with pytest.raises(Refused, match="not released"):
        actions.save_draft(
            sitting=one, texts={"problem": "x"}, revision=0, by=one.enrolment.user, at=made.INSIDE
        )
    one.refresh_from_db()
    assert (one.state, one.gate["missing"]) == (SittingState.HELD_BACK, 6)


@pytest.mark.django_db
@pytest.mark.requirement("S0-41")
def test_what_the_gate_said_at_the_opening_stays() -> None:
    held = made.sitting(leader(4854))
    jobs.release_due(at=made.OPENS_AT)
    rest = held.enrolment.plan.order_by("-position").first()
    assert rest is not None
    engagement.credit(activity=rest, minutes=60, evidence="factory:2", key="late", by=None, at=made.INSIDE)
    with pytest.raises(Refused, match="not released"):
        actions.get_case_for(user=held.enrolment.user, sitting=held, at=made.INSIDE)


@pytest.mark.django_db
def test_a_specialist_below_90_percent_may_sit() -> None:
    one = made.sitting(made.ready(minutes=3990))
    assert actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE).title


@pytest.mark.django_db
@pytest.mark.requirement("S0-21")
def test_without_induction_the_case_study_stays_closed_until_staff_waive_it() -> None:
    one = made.sitting(made.ready(minutes=0))
    with pytest.raises(Refused, match="Development not complete"):
        actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE)
    with pytest.raises(Refused, match="Say why"):
        actions.waive_stages(sitting=one, reason="", by=made.office(), at=made.INSIDE)
    one = actions.waive_stages(sitting=one, reason="Done on paper", by=made.office(), at=made.INSIDE)
    one = queries.get_sitting_for(one.enrolment.user, one.pk)
    assert actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE).title
    event = AuditEvent.objects.get(verb="enrolment.stage_waived")
    assert event.details["reason"] == "Done on paper"


@pytest.mark.django_db
@pytest.mark.requirement("S0-21")
@pytest.mark.parametrize(
    ("at", "state", "reopened"),
    [
        (made.CLOSES_AT - SECOND, "scheduled", True),
        (made.CLOSES_AT, "scheduled", False),
        (made.CLOSES_AT + timedelta(days=2), "scheduled", False),
        (made.INSIDE, "cancelled", False),
        (made.INSIDE, "released", False),
    ],
)
def test_a_waiver_reopens_a_sitting_only_while_something_can_be_handed_in(
    at: Any, state: str, reopened: bool
) -> None:
    one = made.sitting(made.ready(minutes=0))
    jobs.release_due(at=made.OPENS_AT)
    Window.objects.filter(pk=one.window_id).update(state=state)
    one = actions.waive_stages(sitting=one, reason="Done on paper", by=made.office(), at=at)
    one.refresh_from_db()
    assert one.state == (SittingState.BOOKED if reopened else SittingState.HELD_BACK)
    assert bool(one.gate) is not reopened
    assert Enrolment.objects.get().stage == Stage.ASSESSMENT
    assert AuditEvent.objects.filter(verb="sitting.gate_reopened").exists() is reopened


@pytest.mark.django_db
@pytest.mark.requirement("S0-21")
def test_after_induction_and_development_it_opens() -> None:
    one = made.sitting(made.ready(minutes=60))
    assert actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE).title


@pytest.mark.django_db
def test_the_job_releases_each_at_their_own_instant_and_once() -> None:
    made.ready("Amara")
    made.ready("Dana", zone="Asia/Dubai")
    made.window(zone_rule="participant")
    dubai_opens = made.OPENS_AT - timedelta(hours=3)
    assert jobs.release_due(at=dubai_opens - SECOND) == 0
    assert jobs.release_due(at=dubai_opens) == 1
    assert jobs.release_due(at=made.OPENS_AT) == 1
    assert jobs.release_due(at=made.OPENS_AT) == 0
    assert Sitting.objects.filter(released_at__isnull=False).count() == 2
    assert AuditEvent.objects.filter(verb="sitting.released").count() == 2


@pytest.mark.django_db
def test_a_window_without_a_case_study_says_so_and_waits() -> None:
    enrolment = made.ready()
    window = actions.schedule_window(
        intake=enrolment.intake, opens_on=made.OPENS_ON, by=made.office(), at=made.BEFORE
    )
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    one = queries.sittings_of(enrolment.user)[0]
    assert jobs.release_due(at=made.OPENS_AT) == 0
    with pytest.raises(Refused, match="No case study"):
        actions.get_case_for(user=enrolment.user, sitting=one, at=made.OPENS_AT)


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
def test_no_mail_and_no_trail_holds_anything_of_the_content() -> None:
    one = made.sitting()
    jobs.release_due(at=made.OPENS_AT)
    made.script(one)
    outbox.deliver_due(at=made.INSIDE + SECOND, limit=100)
    assert {"Your NPQLT case study is open", "Your NPQLT assessment opens on Mon 6 Oct 2025"} <= {
        message.subject for message in outgoing.outbox
    }
    everything = str([(m.subject, m.body, m.alternatives) for m in outgoing.outbox])
    everything += str(list(AuditEvent.objects.values_list("details", flat=True)))
    everything += str(list(OutboxMessage.objects.values_list("payload", flat=True)))
    for secret in (made.BODY, made.QUESTION, "Saltmarsh"):
        assert secret not in everything


@pytest.mark.django_db
def test_a_withdrawn_person_and_a_cancelled_window_have_no_sitting() -> None:
    one = made.sitting()
    actions.cancel_window(window=one.window, reason="Moved", by=made.office(), at=made.BEFORE)
    with pytest.raises(Http404):
        queries.get_sitting_for(one.enrolment.user, one.pk)
    assert jobs.release_due(at=made.OPENS_AT) == 0
