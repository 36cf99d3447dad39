"""A draft and its steps live as long as window, result, appeal and the days after them need them, and no longer."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.appeals import actions, queries
from goldenthread.appeals.jobs import remove_due_steps
from goldenthread.appeals.settled import settled_at
from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions as assessment
from goldenthread.assessment import writing_queries
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.assessment.rules.steps import digest
from goldenthread.assessment.writing_models import WritingStep
from goldenthread.awards import actions as awards
from goldenthread.integrity import actions as integrity
from goldenthread.outcomes.models import Outcome
from tests import by_hand, factories
from tests import factories_appeals as made
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DAYS = 365


def written(outcome: Outcome) -> Sitting:
    """The sitting of a result, with a draft that was saved once."""
    one = Sitting.objects.select_related("window", "enrolment__user").get(
        window=outcome.window, enrolment=outcome.enrolment
    )
    texts = {part["key"]: f"About {part['key']}" for part in one.window.parts} or {"": "What I wrote"}
    at = one.closes_at - DAY
    Sitting.objects.filter(pk=one.pk).update(released_at=one.opens_at)
    one.refresh_from_db()
    assessment.save_draft(sitting=one, texts=texts, revision=None, by=one.enrolment.user, at=at)
    return one


def removed(at: Any) -> int:
    return remove_due_steps(at=at, days=DAYS)


def anew(one: Sitting) -> Sitting:
    return Sitting.objects.select_related("window", "enrolment").get(pk=one.pk)


def test_the_draft_lives_until_the_time_to_appeal_and_a_year_are_over() -> None:
    outcome = made.released()
    one = written(outcome)
    until = queries.until_of(outcome)
    assert settled_at(anew(one)) == until > one.closes_at
    assert removed(one.closes_at + 2 * DAY) == removed(until + DAYS * DAY - timedelta(seconds=1)) == 0
    assert one.steps.exists()
    assert removed(until + DAYS * DAY) == 1
    assert removed(until + DAYS * DAY) == 0
    kept = anew(one)
    assert not kept.steps.exists()
    assert kept.draft
    assert list(writing_queries.check(Sitting.objects.all())) == []


def test_those_that_never_settle_keep_nobody_from_having_a_turn() -> None:
    """Seven whose result never came stand before one of a window that was cancelled: its turn comes within the days."""
    waiting = make.window(state=WindowState.RELEASED)
    late = make.window(
        factories.intake(starts_on=factories.START.replace(month=3)), state=WindowState.CANCELLED
    )
    sittings = [make.sitting(waiting) for _ in range(7)] + [make.sitting(late)]
    Sitting.objects.filter(window=late).update(closes_at=sittings[0].closes_at + DAY)
    WritingStep.objects.bulk_create(
        WritingStep(
            sitting=one, number=1, position=0, inserted="A", before=digest(""), after=digest("A"), how="typed",
            written_at=one.opens_at, arrived_at=one.opens_at,
        )
        for one in sittings
    )  # fmt: skip
    begun = sittings[0].closes_at + (DAYS + 2) * DAY
    done = [remove_due_steps(at=begun + day * DAY, days=DAYS, limit=2) for day in range(4)]
    assert sorted(done) == [0, 0, 0, 1]
    assert set(WritingStep.objects.values_list("sitting__window", flat=True)) == {waiting.pk}


def test_an_open_appeal_keeps_it_and_a_decided_one_until_a_year_after_the_decision() -> None:
    appeal = made.admitted(made.released())
    one = written(appeal.outcome)
    assert settled_at(anew(one)) is None
    assert removed(made.NEXT + 2000 * DAY) == 0
    late = queries.until_of(appeal.outcome) + 90 * DAY
    by_hand.alter(
        type(appeal).objects.filter(pk=appeal.pk),
        state="decided",
        verdict="not_upheld",
        decision_reason="No.",
        decided_at=late,
        decided_by=made.office("Ona Other"),
    )
    assert settled_at(anew(one)) == late
    assert removed(late + DAYS * DAY - timedelta(seconds=1)) == 0
    assert removed(late + DAYS * DAY) == 1


def test_what_an_upheld_appeal_promised_keeps_it_until_a_year_after_it_is_done() -> None:
    appeal = made.admitted(made.released(), "procedure")
    one = written(appeal.outcome)
    actions.decide(
        appeal=appeal, verdict="upheld", reason="You are right.", remedy="Another window.",
        by=made.office("Ona Other"), at=made.NEXT,
    )  # fmt: skip
    late = queries.until_of(appeal.outcome) + 90 * DAY
    assert settled_at(anew(one)) is None
    assert removed(late + 2000 * DAY) == 0
    actions.carry_out(appeal=appeal, done="Entered.", by=made.office("Ona Other"), at=late)
    assert settled_at(anew(one)) == late
    assert removed(late + DAYS * DAY - timedelta(seconds=1)) == 0
    assert removed(late + DAYS * DAY) == 1


def test_results_that_are_not_released_and_an_open_question_keep_it() -> None:
    outcome = made.released()
    one = written(outcome)
    far = queries.until_of(outcome) + 2000 * DAY
    integrity.raise_concern(script=one.scripts.get(), note="Odd", by=made.office(), at=made.NEXT)
    assert settled_at(anew(one)) is None
    assert removed(far) == 0
    one.window.state = WindowState.SCHEDULED
    one.window.save(update_fields=["state"])
    assert settled_at(anew(one)) is None
    one.window.state = WindowState.CANCELLED
    one.window.save(update_fields=["state"])
    assert settled_at(anew(one)) == one.closes_at
    assert removed(far) == 1


def test_who_handed_nothing_in_keeps_it_as_long() -> None:
    outcome = made.released(None, state="booked")
    one = written(outcome)
    assert settled_at(anew(one)) == queries.until_of(outcome)


def test_withdrawing_an_appeal_does_not_shorten_the_time() -> None:
    appeal = made.lodged(made.released())
    one = written(appeal.outcome)
    actions.withdraw(appeal=appeal, by=appeal.outcome.enrolment.user, at=made.NEXT)
    assert settled_at(anew(one)) == queries.until_of(appeal.outcome)


@pytest.mark.parametrize("gone", ["withdrawn", "awarded"])
def test_who_gets_no_result_of_a_window_keeps_it_no_longer_than_others(gone: str) -> None:
    window = make.window()
    make.markers(2)
    stays, goes = (factories.enrolment(name, to=window.intake) for name in ("Amara Applicant", "Bea Baker"))
    for person in (stays, goes):
        factories.credit_minutes(person, made.ENOUGH)
        make.sitting(window, person)
    left = make.CLOSED - DAY
    change = {"withdrawn": {"withdrawn_at": left}, "awarded": {"stage": Stage.AWARDED}}[gone]
    Enrolment.objects.filter(pk=goes.pk).update(**change)
    make.mark_all(window)
    make.moderated(window)
    one = Sitting.objects.get(enrolment=goes)
    assert settled_at(anew(one)) is None
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    assert not Outcome.objects.filter(enrolment=goes).exists()
    assert settled_at(anew(one)) == max(one.closes_at, left if gone == "withdrawn" else one.closes_at)
