"""Outcomes worked out, released at once, corrected by a further one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import SittingState
from goldenthread.common import audit, outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.models import Agreement
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions as moderation
from goldenthread.outcomes import actions, own_result, queries
from goldenthread.outcomes.attempts import whole_of
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import by_hand, factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED
ENOUGH, SHORT = 3996, 3990


def marked_window(*people: tuple[int, Any], key: str = factories.NPQLT) -> Any:
    """A moderated window: for each (credited minutes, marks) one sitting with a script."""
    window = make.window(factories.intake(key))
    make.markers(2)
    for minutes, _ in people:
        person = factories.enrolment(f"Person {minutes}", to=window.intake)
        factories.credit_minutes(person, minutes)
        make.sitting(window, person)
    make.mark_all(window, [marks for _, marks in people])
    make.moderated(window)
    return window


def release(window: Any, **options: Any) -> list[Outcome]:
    return actions.release(window=window, by=window.created_by, at=AT, **options)


def result_of(minutes: int, outcomes: list[Outcome]) -> Outcome:
    return next(o for o in outcomes if o.enrolment.user.name == f"Person {minutes}")


@pytest.mark.requirement("S0-40")
def test_six_minutes_decide_between_passed_and_not_passed() -> None:
    window = marked_window((SHORT, make.FAIR), (ENOUGH, make.FAIR))
    outcomes = release(window)
    short, enough = result_of(SHORT, outcomes), result_of(ENOUGH, outcomes)
    assert (short.result, enough.result) == ("not_passed", "passed")
    assert [c["name"] for c in short.conditions if not c["met"]] == ["engagement"]
    assert (short.half_marks_learn_that, short.half_marks_learn_how_to) == (18, 12)
    assert Enrolment.objects.get(pk=short.enrolment_id).stage == Stage.NOT_ACHIEVED
    assert Enrolment.objects.get(pk=enough.enrolment_id).stage == Stage.AWARDED


@pytest.mark.requirement("S0-47")
def test_formative_work_counts_for_engagement_and_gives_no_marks() -> None:
    window = marked_window((ENOUGH, make.POOR))
    outcome = release(window)[0]
    assert outcome.result == "not_passed"
    assert outcome.half_marks_learn_that == 6


def test_everybody_in_the_window_gets_an_outcome_but_who_withdrew() -> None:
    window = marked_window((ENOUGH, make.FAIR))
    make.sitting(window, state=SittingState.BOOKED)
    held = make.sitting(window, state=SittingState.HELD_BACK)
    gone = make.sitting(window, state=SittingState.BOOKED)
    Enrolment.objects.filter(pk=gone.enrolment_id).update(withdrawn_at=AT)
    outcomes = release(window)
    assert len(outcomes) == 3
    assert sorted(o.result for o in outcomes) == ["not_passed", "not_passed", "passed"]
    assert Enrolment.objects.get(pk=held.enrolment_id).stage == Stage.ASSESSMENT


def test_results_need_signed_off_moderation() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    with pytest.raises(Refused) as refused:
        release(window)
    assert refused.value.code == "outcomes.no_moderation"
    moderation.open_round(window=window, by=window.created_by, at=AT, share_percent=100)
    with pytest.raises(Refused, match="1 script of the sample is undecided") as refused:
        actions.compute(window=window, at=AT)
    assert refused.value.code == "outcomes.unfinished_moderation"
    assert not Outcome.objects.exists()


def test_computing_writes_provisional_outcomes_anew() -> None:
    window = marked_window((SHORT, make.FAIR))
    first = actions.compute(window=window, at=AT)
    assert (first[0].result, first[0].released_at) == ("not_passed", None)
    factories.credit_minutes(first[0].enrolment, 0)
    activity = first[0].enrolment.plan.order_by("-position").first()
    from goldenthread.engagement import actions as engagement

    engagement.credit(activity=activity, minutes=6, evidence="test:1", key="six", by=None, at=AT)
    assert actions.compute(window=window, at=AT)[0].result == "passed"
    assert Outcome.objects.count() == 1
    assert whole_of(first[0].enrolment) is None


def test_releasing_twice_gives_the_first_release() -> None:
    window = marked_window((ENOUGH, make.FAIR))
    first = release(window)
    again = actions.release(window=window, by=window.created_by, at=AT + timedelta(days=1))
    assert [o.pk for o in again] == [o.pk for o in first]
    assert AuditEvent.objects.filter(verb="outcome.released").count() == 1
    assert OutboxMessage.objects.filter(payload__template="result_released").count() == 1


def test_release_by_an_outdated_preview_is_refused() -> None:
    window = marked_window((SHORT, make.FAIR))
    preview = queries.preview(window)
    assert (preview.passed, preview.not_passed, preview.missed) == (0, 1, {"engagement": 1})
    from goldenthread.engagement import actions as engagement

    enrolment = Enrolment.objects.get()
    activity = enrolment.plan.order_by("-position").first()
    engagement.credit(activity=activity, minutes=6, evidence="test:1", key="six", by=None, at=AT)
    with pytest.raises(Refused) as refused:
        release(window, seen=preview.fingerprint)
    assert refused.value.code == "outcomes.changed"
    assert release(window, seen=queries.preview(window).fingerprint)[0].result == "passed"


def test_what_the_page_says_of_a_preview_cannot_be_found_by_trying(settings: Any) -> None:
    """Codes and marks are known to whoever tries; without the installation's secret that is not enough."""
    window = marked_window((SHORT, make.FAIR))
    said = queries.preview(window).fingerprint
    assert queries.preview(window).fingerprint == said
    settings.SECRET_KEY = "another secret of another installation"
    assert queries.preview(window).fingerprint != said


def swapped(window: Any) -> None:
    """One of the two people loses six minutes and the other gains them."""
    from goldenthread.engagement import actions as engagement

    enough, short = Enrolment.objects.order_by("pk")
    engagement.correct(
        entry=enough.ledger.order_by("-pk")[0], minutes=-6, reason="Left early", key="less", by=None, at=AT
    )
    activity = short.plan.order_by("-position").first()
    engagement.credit(activity=activity, minutes=6, evidence="test:1", key="more", by=None, at=AT)


def test_release_notices_that_two_people_swapped_their_results() -> None:
    window = marked_window((ENOUGH, make.FAIR), (SHORT, make.FAIR))
    before = queries.preview(window)
    assert queries.preview(window).fingerprint == before.fingerprint
    swapped(window)
    now = queries.preview(window)
    assert (now.passed, now.not_passed, now.missed) == (before.passed, before.not_passed, before.missed)
    with pytest.raises(Refused) as refused:
        release(window, seen=before.fingerprint)
    assert refused.value.code == "outcomes.changed"
    assert result_of(SHORT, release(window, seen=now.fingerprint)).result == "passed"


def test_release_notices_other_marks_although_everybody_still_passes() -> None:
    window = marked_window((ENOUGH, make.FAIR))
    before = queries.preview(window)
    by_hand.alter(Agreement.objects.all(), half_marks_learn_that=20)
    assert queries.preview(window).fingerprint != before.fingerprint


def test_mail_says_that_there_is_a_result_and_not_which() -> None:
    from django.core import mail

    window = marked_window((SHORT, make.FAIR))
    release(window)
    outbox.deliver_due(at=AT, limit=100)
    letter = next(m for m in mail.outbox if "result" in m.subject)
    assert letter.subject == "Your NPQLT result is there"
    assert "pass" not in letter.body.lower()
    assert f"?enrolment={Enrolment.objects.get().reference}" in letter.body


def test_audit_chains_hold_after_a_release() -> None:
    release(marked_window((ENOUGH, make.FAIR), (SHORT, make.FAIR)))
    assert list(audit.verify()) == []


def test_release_takes_as_many_queries_for_one_as_for_three(django_assert_max_num_queries: Any) -> None:
    from django.db import connection

    counts = []
    for window in (
        marked_window((ENOUGH, make.FAIR)),
        marked_window(*[(ENOUGH, make.FAIR)] * 3, key="npqltd-reformed-international"),
    ):
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            release(window)
        counts.append(len(queries_made))
    assert counts[0] == counts[1]


# --- leadership ----------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-74")
def test_leadership_outcome_asks_for_entry_not_for_engagement() -> None:
    window = marked_window((0, make.FAIR), key="npqsl-reformed-international")
    outcome = release(window)[0]
    assert [c["key"] for c in outcome.conditions] == ["entry", "task"]
    assert outcome.result == "passed"


# --- corrections ---------------------------------------------------------------------------------------
def test_correction_is_a_further_outcome_and_the_first_stays() -> None:
    window = marked_window((ENOUGH, make.POOR))
    first = release(window)[0]
    correct = {"outcome": first, "by": window.created_by, "at": AT + timedelta(days=5)}
    with pytest.raises(Refused) as refused:
        actions.correct(**correct, reason=" ")
    assert refused.value.field == "reason"
    second = actions.correct(**correct, reason="Appeal upheld.", half_marks=Totals(16, 10))
    assert (second.number, second.result) == (2, "passed")
    assert Outcome.objects.get(pk=first.pk).result == "not_passed"
    assert whole_of(first.enrolment) == second
    assert Enrolment.objects.get(pk=first.enrolment_id).stage == Stage.AWARDED
    with pytest.raises(Refused, match="corrected already"):
        actions.correct(**correct, reason="Again.")


def corrected(outcome: Outcome, half_marks: Totals | None = None) -> Outcome:
    return actions.correct(
        outcome=outcome, reason="Looked at again", by=outcome.released_by, at=AT, half_marks=half_marks
    )


def test_correcting_somebody_held_back_keeps_attempt_and_stage_and_takes_no_marks() -> None:
    window = marked_window((ENOUGH, make.FAIR), key="npqsl-reformed-international")
    held = make.sitting(window, state=SittingState.HELD_BACK)
    Enrolment.objects.filter(pk=held.enrolment_id).update(stage=Stage.DEVELOPMENT)
    outcome = next(one for one in release(window) if one.enrolment_id == held.enrolment_id)
    with pytest.raises(Refused, match="Nothing was handed in") as refused:
        corrected(outcome, Totals(18, 12))
    assert refused.value.code == "correction.no_script"
    again = corrected(outcome)
    assert (again.number, again.result) == (2, "not_passed")
    assert {c["key"]: c["met"] for c in again.conditions} == {"entry": False, "task": False}
    assert Enrolment.objects.get(pk=held.enrolment_id).stage == Stage.DEVELOPMENT


def test_marks_are_not_given_to_who_handed_nothing_in() -> None:
    window = marked_window((ENOUGH, make.FAIR))
    late = make.sitting(window, state=SittingState.BOOKED)
    outcome = next(one for one in release(window) if one.enrolment_id == late.enrolment_id)
    with pytest.raises(Refused, match="Enter this person for a further window"):
        corrected(outcome, Totals(24, 16))
    assert corrected(outcome).result == "not_passed"
    assert Enrolment.objects.get(pk=late.enrolment_id).stage == Stage.NOT_ACHIEVED


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        (Totals(25, 16), "0 to 12 marks for understanding: 12.5"),
        (Totals(24, 17), "0 to 8 marks for application: 8.5"),
        (Totals(-1, 0), "0 to 12 marks for understanding"),
        (Totals(30_000, 0), "0 to 12 marks for understanding"),
    ],
)
def test_corrected_marks_lie_within_the_scheme(marks: Totals, told: str) -> None:
    outcome = release(marked_window((ENOUGH, make.POOR)))[0]
    with pytest.raises(Refused, match=told) as refused:
        corrected(outcome, marks)
    assert (refused.value.code, Outcome.objects.count()) == ("correction.out_of_range", 1)
    assert corrected(outcome, Totals(24, 16)).result == "passed"


def test_unreleased_outcome_is_not_corrected() -> None:
    window = marked_window((ENOUGH, make.FAIR))
    outcome = actions.compute(window=window, at=AT)[0]
    with pytest.raises(Refused):
        actions.correct(outcome=outcome, reason="Why not", by=window.created_by, at=AT)


# --- waiting -------------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-32")
def test_result_awaits_marking_then_moderation_then_release() -> None:
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    assert own_result.result_of(person).waiting == "the window"
    make.sitting(window, person)
    assert own_result.result_of(person).waiting == "marking"
    make.mark_all(window)
    assert own_result.result_of(person).waiting == "moderation"
    make.moderated(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    assert own_result.result_of(person).waiting == "release"
    release(window)
    found = own_result.result_of(person)
    assert found.waiting is None
    assert found.outcome is not None
    assert [(s.half_marks, s.maximum) for s in own_result.subtotals_of(found.outcome)] == [(18, 12), (12, 8)]
