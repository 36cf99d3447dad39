"""Closed as not achieved, opened again by an extension, and what closing somebody leaves to the others of a window."""

from datetime import UTC, date, datetime

import pytest

from goldenthread.appeals.settled import settled_at
from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window
from goldenthread.awards import actions as awards
from goldenthread.common.mail import render
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions as integrity
from goldenthread.outcomes import achieving, jobs, queries
from goldenthread.outcomes.models import Outcome
from tests import factories_attempts as tried
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.factories_attempts import ENOUGH, FAIL, PASS, stands
from tests.outcomes.test_projects import MARKED, everything_else, handed_in, mark

pytestmark = pytest.mark.django_db
LATE = datetime(2020, 7, 15, 9, 0, tzinfo=UTC)
AUGUST = datetime(2020, 8, 1, 9, 0, tzinfo=UTC)
LONGER = date(2020, 10, 1)


def close(enrolment: Enrolment, at: datetime = LATE) -> Outcome:
    return achieving.conclude_not_achieved(enrolment=enrolment, by=make.office(), at=at)


def extend(enrolment: Enrolment, until: date = LONGER, at: datetime = LATE) -> None:
    achieving.extend(
        enrolment=enrolment, until=until, reason="Moderation was delayed", by=make.office(), at=at
    )


def stage(enrolment: Enrolment) -> str:
    return Enrolment.objects.get(pk=enrolment.pk).stage


def late_pass() -> Enrolment:
    """Somebody whose project was moderated on 15 July 2020, a day too late; courses and events aren't done."""
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    tried.told(window, ENOUGH, at=LATE)
    return amara


def letters() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="enrolment_reopened").order_by("pk"))


# --- an extension --------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-34")
def test_an_extension_opens_what_was_closed_and_the_job_concludes_it() -> None:
    amara = late_pass()
    close(amara)
    assert stage(amara) == Stage.NOT_ACHIEVED
    assert jobs.follow_achievement(LATE) == "0 achieved, 0 warned"
    extend(amara)
    assert stage(amara) == Stage.ASSESSMENT
    event = AuditEvent.objects.get(verb="enrolment.reopened")
    assert (event.subject, event.details) == (f"enrolment:{amara.pk}", {"until": "2020-10-01"})
    (letter,) = letters()
    assert letter.recipient == amara.user.email
    assert "open again" in render(letter).subject
    assert "Oct" not in render(letter).text  # the pass is there: something else is missing
    everything_else(amara)
    assert jobs.follow_achievement(AUGUST) == "1 achieved, 0 warned"
    assert awards.issue_missing(at=AUGUST) == 1
    assert stands(amara)[0] == "passed"
    assert jobs.follow_achievement(AUGUST) == "0 achieved, 0 warned"
    assert [one.result for one in Outcome.objects.filter(task="").order_by("number")] == [
        "not_passed",
        "passed",
    ]


def test_an_extension_says_until_when_and_gives_a_place_in_the_days_that_are_going_on() -> None:
    amara, bea = make.candidate(), make.candidate(name="Bea Before")
    days = make.days(
        amara.intake, "project", opens_on=date(2020, 6, 1), closes_on=date(2020, 9, 1), at=MARKED
    )
    Sitting.objects.filter(enrolment=amara).delete()
    for one in (amara, bea):
        close(one)
    extend(amara)
    assert Sitting.objects.get(enrolment=amara).window == days
    assert Sitting.objects.filter(enrolment=bea).count() == 1
    assert "Thu 1 Oct 2020" in render(letters()[0]).text
    told = OutboxMessage.objects.filter(payload__template="hand_in_days", recipient=amara.user.email)
    assert told.filter(key__contains=f":{Sitting.objects.get(enrolment=amara).pk}:").count() == 1
    extend(bea)
    assert Sitting.objects.filter(enrolment=bea).count() == 1
    assert [stage(one) for one in (amara, bea)] == [Stage.ASSESSMENT] * 2


def test_days_that_are_over_and_passed_tasks_bring_no_place() -> None:
    amara = late_pass()
    close(amara)
    make.days(amara.intake, "project", opens_on=date(2020, 7, 1), closes_on=date(2020, 9, 1), at=LATE)
    Sitting.objects.filter(enrolment=amara, window__state="scheduled").delete()
    extend(amara)
    assert not Sitting.objects.filter(enrolment=amara, window__state="scheduled").exists()
    bea = make.candidate(name="Bea Before", to=amara.intake)
    Window.objects.filter(state="scheduled").update(opens_on=date(2020, 2, 1), days=10)
    close(bea)
    extend(bea)
    assert stage(bea) == Stage.ASSESSMENT
    assert not Sitting.objects.filter(enrolment=bea).exists()


@pytest.mark.parametrize(("until", "open_"), [
    (date(2020, 7, 15), False), (date(2020, 7, 31), False), (date(2020, 8, 1), True),
])  # fmt: skip
def test_only_an_extension_whose_day_is_not_over_opens(until: date, open_: bool) -> None:
    """On 1 August 2020, of somebody who has handed nothing in."""
    amara = make.candidate()
    make.days(amara.intake, "project")
    close(amara)
    extend(amara, until, at=AUGUST)
    assert stage(amara) == (Stage.ASSESSMENT if open_ else Stage.NOT_ACHIEVED)
    assert len(letters()) == open_


def test_an_extension_of_who_was_not_closed_opens_nothing() -> None:
    amara = late_pass()
    before = stage(amara)
    extend(amara)
    assert (stage(amara), letters()) == (before, [])


def test_what_was_extended_can_be_closed_again_after_the_later_day() -> None:
    amara = make.candidate()
    make.days(amara.intake, "project")
    first = close(amara)
    extend(amara)
    with pytest.raises(Refused) as caught:
        close(amara, at=datetime(2020, 10, 1, 9, 0, tzinfo=UTC))
    assert caught.value.code == "achievement.open"
    again = close(amara, at=datetime(2020, 10, 2, 9, 0, tzinfo=UTC))
    assert (again.number, again.result, stage(amara)) == (first.number + 1, "not_passed", Stage.NOT_ACHIEVED)
    assert close(amara, at=datetime(2020, 10, 3, 9, 0, tzinfo=UTC)) == again


def test_what_was_extended_before_this_rule_is_found_by_the_job() -> None:
    amara = late_pass()
    close(amara)
    extend(amara)
    Enrolment.objects.filter(pk=amara.pk).update(stage=Stage.NOT_ACHIEVED)
    everything_else(amara)
    assert jobs.follow_achievement(AUGUST) == "1 achieved, 0 warned"


def test_who_lost_a_pass_to_a_correction_can_be_closed_after_the_last_day() -> None:
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    everything_else(amara)
    outcome = tried.told(window, ENOUGH)
    tried.correct(outcome, FAIL)
    assert stands(amara)[1] == Stage.ASSESSMENT
    assert close(amara).result == "not_passed"
    assert stands(amara)[1] == Stage.NOT_ACHIEVED


def test_a_correction_that_leaves_something_to_do_opens_what_was_closed() -> None:
    """Moderated in time and failed; closed; an error is found: the project is passed, the courses can still be done."""
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    outcome = tried.told(window, tried.SHORT)
    close(amara)
    awards.correct(outcome=outcome, reason="Added wrongly", by=make.office(), at=LATE, half_marks=PASS)
    assert stands(amara)[1] == Stage.ASSESSMENT
    everything_else(amara)
    assert jobs.follow_achievement(AUGUST) == "1 achieved, 0 warned"


def test_what_is_achieved_is_not_closed() -> None:
    amara = make.candidate()
    window = handed_in(amara, "project")
    marked.markers(2)
    everything_else(amara)
    tried.told(window, ENOUGH)
    Enrolment.objects.filter(pk=amara.pk).update(starts_on=date(2017, 1, 16))
    with pytest.raises(Refused, match="Propose a correction") as caught:
        close(Enrolment.objects.get(pk=amara.pk))
    assert caught.value.code == "achievement.achieved"
    assert stands(amara)[0] == "passed"


# --- the others of a window, and what is held ------------------------------------------------------------
def held() -> tuple[Enrolment, Window, object]:
    """A released window in which the result of one of two is held by a question."""
    amara, bilal = make.candidate(), make.candidate(name="Bilal Baker")
    marked.markers(2)
    for one in (amara, bilal):
        make.planned(one)
    window = make.days(amara.intake, "project")
    for one in (amara, bilal):
        make.hand_in(one)
    tried.confirmed(window, ENOUGH)
    script = window.sittings.get(enrolment=amara).scripts.get(current=True)
    asked = integrity.raise_concern(script=script, note="A table.", by=make.office(), at=MARKED)
    assert [one.enrolment for one in awards.release(window=window, by=make.office(), at=MARKED)] == [bilal]
    window.refresh_from_db()
    return amara, window, asked


@pytest.mark.requirement("S1-32")
@pytest.mark.parametrize("closed", [False, True])
def test_a_held_result_is_released_after_the_answer_also_of_who_was_closed(closed: bool) -> None:
    amara, window, asked = held()
    if closed:
        close(amara)
    assert queries.waiting_in(window) == (1, 0)
    sitting = window.sittings.get(enrolment=amara)
    assert settled_at(sitting) is None
    integrity.answer_flag(flag=asked, reason="Nothing follows.", by=make.office(), at=LATE)
    assert queries.waiting_in(window) == (0, 1)
    assert settled_at(sitting) is None  # answered, and not released yet
    (late,) = awards.release(window=window, by=make.office(), at=LATE)
    assert (late.enrolment, late.task, late.result) == (amara, "project", "passed")
    assert queries.waiting_in(window) == (0, 0)
    # The moderation was in time: what is missing can still be done, and then the award follows.
    assert (stage(amara) == Stage.ASSESSMENT) == closed
    everything_else(amara)
    assert jobs.follow_achievement(AUGUST) == "1 achieved, 0 warned"


def test_a_held_result_that_completes_everything_brings_the_award_with_its_release() -> None:
    amara, window, asked = held()
    everything_else(amara)
    close(amara)
    integrity.answer_flag(flag=asked, reason="Nothing follows.", by=make.office(), at=LATE)
    awards.release(window=window, by=make.office(), at=LATE)
    assert stands(amara)[0] == "passed"


@pytest.mark.requirement("S1-32")
@pytest.mark.parametrize("closed", [False, True])
def test_results_are_worked_out_also_where_somebody_was_closed(closed: bool) -> None:
    amara, bea = make.candidate(), make.candidate(name="Bea Before")
    marked.markers(2)
    window = handed_in(amara, "project")
    mark(window)
    if closed:
        assert close(bea).window == window
    tried.confirmed(window, ENOUGH)
    assert jobs.compute_outcomes(LATE) == "1 outcomes worked out"
    assert Outcome.objects.get(task="project").enrolment == amara
    assert jobs.compute_outcomes(LATE) == "0 outcomes worked out"
