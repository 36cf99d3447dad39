"""The entry gate goes by the ledger as it stood when the sitting opened, whenever and however often it is judged."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, jobs, queries
from goldenthread.assessment.models import Sitting, SittingState, Window
from goldenthread.common.models import OutboxMessage
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.engagement import queries as standings
from goldenthread.engagement.models import LedgerEntry
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.rules import Attempt
from tests import factories
from tests import factories_assessment as made
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY_3 = made.OPENS_AT + timedelta(days=2, hours=12)
JUST = 4860  # 90 % of the 90 hours of NPQSL


def leader(minutes: int, *, induction: bool = True, **fields: Any) -> Enrolment:
    """Somebody on NPQSL with so many minutes, of the induction too or of everything else."""
    intake = factories.intake("npqsl-reformed-international", starts_on=date(2024, 2, 5))
    actions.choose_word_limit(intake=intake, value=1500, reason="The slide", by=made.office(), at=made.BEFORE)
    if induction:
        return made.ready("Lena Leader", to=intake, minutes=minutes, **fields)
    one = factories.enrolment("Lena Leader", to=intake, **fields)
    for activity in one.plan.exclude(stage="induction").order_by("position"):
        part = min(minutes, activity.minutes or 0)
        if part:
            credit(one, part, key=activity.key, at=made.BEFORE)
        minutes -= part
    assert minutes == 0
    return one


def credit(one: Enrolment, minutes: int, *, at: datetime, key: str = "") -> LedgerEntry:
    """Minutes for the activity of this key, or for the last one of the plan that is still open."""
    activity = one.plan.get(key=key) if key else one.plan.filter(credits=None).latest("position")
    return engagement.credit(
        activity=activity, minutes=minutes, evidence="factory:2", key=f"{activity.pk}:{at}", by=None, at=at
    )


def stored(one: Sitting) -> Sitting:
    return Sitting.objects.select_related("enrolment").get(pk=one.pk)


# --- a job that comes late -------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-41")
@pytest.mark.parametrize(
    ("credited", "late", "judged", "released"),
    [
        (-HOUR, 6, 7 * HOUR, True),
        (-SECOND, 6, 7 * HOUR, True),
        (timedelta(0), 6, timedelta(0), True),  # the instant of the opening itself counts
        (timedelta(microseconds=1), 6, 7 * HOUR, False),
        (6 * HOUR, 6, 7 * HOUR, False),
        (6 * HOUR, 500, timedelta(days=7), False),
    ],
)
def test_a_late_job_counts_what_was_written_by_the_opening_and_nothing_since(
    credited: timedelta, late: int, judged: timedelta, released: bool
) -> None:
    one = made.sitting(leader(JUST - 6))
    left = late
    for activity in one.enrolment.plan.filter(credits=None).order_by("-position"):
        part = min(left, activity.minutes or 0)
        if part:
            credit(one.enrolment, part, at=made.OPENS_AT + credited, key=activity.key)
        left -= part
    assert jobs.release_due(at=made.OPENS_AT + judged) == 1
    one = stored(one)
    assert (one.released_at is not None) is released
    if not released:
        assert (one.state, one.gate["code"], one.gate["missing"]) == (
            SittingState.HELD_BACK,
            "engagement.short",
            6,
        )
        assert one.gate["counted"] == JUST - 6


@pytest.mark.requirement("S0-41")
def test_a_correction_that_is_written_after_the_opening_takes_nobody_out() -> None:
    one = made.sitting(leader(JUST))
    first = one.enrolment.ledger.latest("at")
    engagement.correct(
        entry=first, minutes=-5, reason="Left early", key="c", by=made.office(), at=made.OPENS_AT + HOUR
    )
    assert jobs.release_due(at=made.OPENS_AT + 2 * HOUR) == 1
    assert stored(one).released_at == made.OPENS_AT + 2 * HOUR
    assert stored(one).gate == {"planned": 5400, "counted": JUST}


@pytest.mark.requirement("S0-41")
def test_a_correction_that_was_written_before_counts() -> None:
    one = made.sitting(leader(JUST))
    first = one.enrolment.ledger.latest("at")
    engagement.correct(
        entry=first, minutes=-5, reason="Left early", key="c", by=made.office(), at=made.OPENS_AT - HOUR
    )
    jobs.release_due(at=made.OPENS_AT + 2 * HOUR)
    assert (stored(one).state, stored(one).gate["missing"]) == (SittingState.HELD_BACK, 5)


@pytest.mark.requirement("S0-41")
def test_whoever_opens_the_case_before_the_job_is_judged_by_the_opening_too() -> None:
    one = made.sitting(leader(JUST - 6))
    credit(one.enrolment, 60, at=made.OPENS_AT + HOUR)
    with pytest.raises(Refused, match="6 min missing"):
        actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT + 2 * HOUR)


@pytest.mark.requirement("S0-41")
def test_each_zone_has_its_own_opening() -> None:
    dubai = leader(JUST - 6, zone="Asia/Dubai")
    made.window(dubai.intake, zone_rule="participant")
    credit(dubai, 60, at=made.OPENS_AT - HOUR)  # Dubai opened three hours before London
    assert jobs.release_due(at=made.OPENS_AT) == 1
    assert Sitting.objects.get().gate["missing"] == 6


# --- a stage that is waived ------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-21", "S0-41")
@pytest.mark.parametrize(("at_opening", "let_in"), [(JUST - 6, False), (JUST - 60, False), (JUST, True)])
def test_waiving_the_stage_waives_the_stage_alone(at_opening: int, let_in: bool) -> None:
    one = made.sitting(leader(at_opening, induction=False))
    jobs.release_due(at=made.OPENS_AT)
    assert stored(one).gate["code"] == "stage.induction"
    assert stored(one).gate["missing"] == JUST - at_opening
    credit(one.enrolment, 60, at=DAY_3)
    actions.waive_stages(sitting=one, reason="Done on paper", by=made.office(), at=DAY_3)
    assert jobs.release_due(at=DAY_3 + HOUR) == 1
    one = stored(one)
    if let_in:
        assert one.released_at == DAY_3 + HOUR
    else:
        assert (one.state, one.released_at) == (SittingState.HELD_BACK, None)
        assert (one.gate["code"], one.gate["missing"]) == ("engagement.short", JUST - at_opening)
        with pytest.raises(Refused, match="not released to you"):
            actions.get_case_for(user=one.enrolment.user, sitting=one, at=DAY_3 + 2 * HOUR)
        told = OutboxMessage.objects.filter(key__startswith="mail:case_held_back:").latest("pk")
        assert f"{hours_text(JUST - at_opening)} missing" in str(told.payload)
    assert one.enrolment.stage == Stage.ASSESSMENT


@pytest.mark.requirement("S0-21")
def test_an_induction_that_is_finished_after_the_opening_is_not_done_when_it_is_judged_late() -> None:
    one = made.sitting(leader(JUST, induction=False))
    for activity in one.enrolment.plan.filter(stage="induction"):
        credit(one.enrolment, activity.minutes or 0, at=made.OPENS_AT + HOUR, key=activity.key)
    jobs.release_due(at=made.OPENS_AT + 2 * HOUR)
    assert stored(one).gate["code"] == "stage.induction"


# --- another opening, and what pages say -----------------------------------------------------------------------
@pytest.mark.requirement("S0-41")
@pytest.mark.parametrize(("minutes", "let_in"), [(6, True), (5, False)])
def test_what_was_credited_since_counts_for_a_further_window(minutes: int, let_in: bool) -> None:
    first = made.sitting(leader(JUST - 6))
    credit(first.enrolment, minutes, at=made.OPENS_AT + 6 * HOUR)
    jobs.release_due(at=made.OPENS_AT + 7 * HOUR)
    case = made.case_study(first.window.intake.version.key, title="Another")
    other = made.window(first.window.intake, opens_on=date(2025, 10, 26), case=case, book=False)
    first.window.__class__.objects.filter(pk=first.window_id).update(state="released")
    later = actions.enter_again(
        enrolment=first.enrolment, window=other, reason="Held back", by=made.office(), at=DAY_3
    )
    assert jobs.release_due(at=later.opens_at) == 1
    assert stored(first).state == SittingState.HELD_BACK
    assert (stored(later).released_at is not None) is let_in
    assert stored(later).gate["counted"] == JUST - 6 + minutes


@pytest.mark.requirement("S0-41")
def test_before_the_window_the_preview_goes_by_today_and_then_by_the_opening() -> None:
    one = made.sitting(leader(JUST - 6))
    refusal = actions.preview_gate(one.enrolment, one)
    assert refusal is not None
    assert "6 min missing" in refusal.message
    credit(one.enrolment, 5, at=made.OPENS_AT - HOUR)
    refusal = actions.preview_gate(one.enrolment, one)
    assert refusal is not None
    assert "1 min missing" in refusal.message
    entry = credit(one.enrolment, 6, at=made.OPENS_AT + HOUR)
    refusal = actions.preview_gate(one.enrolment, one)
    assert refusal is not None
    assert "1 min missing" in refusal.message
    assert entry.counted == 6  # it counts for everything else
    assert queries.sittings_of(one.enrolment.user)[0].state == SittingState.BOOKED


@pytest.mark.requirement("S0-21", "S0-41")
def test_everything_that_is_missing_is_named_at_once() -> None:
    one = made.sitting(leader(JUST - 75, induction=False))
    refusal = actions.preview_gate(one.enrolment, one)
    assert refusal is not None
    assert refusal.code == "stage.induction"  # which can be waived; the rest can't
    assert "induction is not finished, 2 h of it missing" in refusal.message
    assert "Engagement is below 90 %: 1 h 15 min missing" in refusal.message
    jobs.release_due(at=made.OPENS_AT)
    assert stored(one).gate["message"] == refusal.message


@pytest.mark.requirement("S0-41")
def test_however_long_the_ledger_the_gate_takes_the_same_statements() -> None:
    def asked(one: Sitting) -> int:
        with CaptureQueriesContext(connection) as queries_made:
            actions.preview_gate(one.enrolment, one)
        return len(queries_made)

    one = made.sitting(leader(JUST - 6))
    before = asked(stored(one))
    last = one.enrolment.plan.latest("position").key
    for hours in range(1, 7):
        credit(one.enrolment, 1, at=made.OPENS_AT + hours * HOUR, key=last)
    assert asked(stored(one)) == before


@pytest.mark.requirement("S0-21", "S0-41")
@pytest.mark.parametrize(("at_opening", "said"), [(JUST - 6, "6 min missing"), (JUST, "")])
def test_the_office_reads_before_and_after_a_waiver_what_it_brings(at_opening: int, said: str) -> None:
    one = made.sitting(leader(at_opening, induction=False))
    jobs.release_due(at=made.OPENS_AT)
    credit(one.enrolment, 60, at=DAY_3)
    client, address = client_of(made.office()), reverse("office:sitting_waive", args=[one.pk])
    with time_machine.travel(DAY_3, tick=False):
        before = text_of(client.get(address))
        after = text_of(client.post(address, {"reason": "Done on paper"}, follow=True))
    assert ("the case study is there at once" in before) is not bool(said)
    assert ("may sit now" in after) is not bool(said)
    if said:
        assert "stays held back in this window" in before
        assert said in before
        assert said in after


@pytest.mark.requirement("S0-21")
def test_once_the_window_is_over_the_office_is_offered_the_stage_and_not_to_let_in() -> None:
    one = made.sitting(made.ready(minutes=0))
    jobs.release_due(at=made.OPENS_AT)
    client = client_of(made.office())
    pages = (reverse("office:window", args=[one.window_id]), reverse("office:sitting_waive", args=[one.pk]))
    for at, over in ((DAY_3, False), (made.CLOSES_AT + HOUR, True)):
        with time_machine.travel(at, tick=False):
            listed, shown = (text_of(client.get(page)) for page in pages)
        assert ("Let in<span" in listed, "Open the stage<span" in listed) == (not over, over)
        assert ("Let Amara Applicant sit" in shown, "Open the stage for Amara Applicant" in shown) == (
            not over,
            over,
        )


# --- nobody has judged it --------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-41")
@pytest.mark.parametrize(
    ("minutes", "met", "said"),
    [
        (2700, False, "Engagement was 45 h of 90 h when the window opened: 36 h missing."),
        (JUST - 1, False, "Engagement was 80 h 59 min of 90 h when the window opened: 1 min missing."),
        (JUST, True, "Engagement had reached 90 % before the window opened."),
    ],
)
def test_a_result_never_says_that_an_entry_was_met_which_nobody_judged(
    minutes: int, met: bool, said: str
) -> None:
    one = made.sitting(leader(minutes))
    credit(one.enrolment, 30, at=made.OPENS_AT + HOUR, key=one.enrolment.plan.latest("position").key)
    (line,) = outcomes.evaluations(one.window)
    entry, task = line.evaluation.conditions
    assert (entry.key, entry.met, task.met) == ("entry", met, False)
    assert entry.text.startswith(said)
    assert (line.evaluation.attempt == Attempt.HELD_BACK) is not met
    assert ("Nothing was handed in" in task.text) is met
    corrected = outcomes.evaluation_of(one.enrolment, one.window, None)
    assert corrected == line.evaluation
    assert stored(one).gate == {}  # looking at it judges nothing


@pytest.mark.requirement("S0-41")
def test_results_of_many_whom_nobody_judged_take_no_more_statements() -> None:
    def asked(window: Window) -> int:
        with CaptureQueriesContext(connection) as statements:
            assert len(list(outcomes.evaluations(window))) == window.sittings.count()
        return len(statements)

    intake = leader(JUST).intake
    window = made.window(intake)
    asked(window)  # reads what is read once for a process
    one = asked(window)
    for number in range(3):
        person = made.ready(f"Person {number}", to=intake, minutes=2700 + number)
        actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
        assert person.sittings.exists()
    assert asked(window) == one
    found = {line.enrolment_id: line.evaluation.meets("entry") for line in outcomes.evaluations(window)}
    assert sorted(found.values()) == [False, False, False, True]


@pytest.mark.requirement("S0-43")
def test_the_standing_of_several_at_an_instant_is_that_of_each() -> None:
    one = leader(JUST - 6)
    other = made.ready("Olga Other", to=one.intake, minutes=70)
    credit(one, 60, at=made.OPENS_AT + HOUR)
    for until in (made.BEFORE - timedelta(days=900), made.OPENS_AT, made.OPENS_AT + HOUR):
        several = standings.standings_of(
            (one, other), among=Enrolment.objects.order_by().values("pk"), until=until
        )
        assert several == {each.pk: standings.standing_of(each, until=until) for each in (one, other)}


@pytest.mark.requirement("S0-41")
@pytest.mark.parametrize(
    ("minutes", "state", "judged"),
    [
        (2700, "scheduled", "held_back"),
        (JUST, "scheduled", "released"),
        (2700, "released", ""),
        (2700, "cancelled", ""),
    ],
)
def test_a_job_that_comes_after_the_window_has_closed_judges_all_the_same(
    minutes: int, state: str, judged: str
) -> None:
    one = made.sitting(leader(minutes))
    Window.objects.filter(pk=one.window_id).update(state=state)
    credit(one.enrolment, 30, at=made.CLOSES_AT, key=one.enrolment.plan.latest("position").key)
    late = made.CLOSES_AT + timedelta(days=2)
    assert jobs.release_due(at=late) == bool(judged)
    assert jobs.release_due(at=late) == 0
    one = stored(one)
    assert (one.state == SittingState.HELD_BACK, one.released_at is not None) == (
        judged == "held_back",
        judged == "released",
    )
    told = OutboxMessage.objects.filter(key__startswith="mail:case_")
    assert [m.key.split(":")[1] for m in told] == (["case_held_back"] if judged == "held_back" else [])


@pytest.mark.requirement("S0-41")
@pytest.mark.parametrize(
    ("minutes", "induction", "shown"),
    [
        (JUST - 6, True, "0.1 h"),
        (JUST - 59, True, "0.99 h"),  # 0.983 h is never shown as 0.98
        (JUST - 1, True, "0.02 h"),
        (JUST - 61, False, "1.02 h"),
        (JUST, False, "none"),  # held back by induction alone
        (JUST, True, "none"),
    ],
)
def test_the_office_sees_the_gap_and_never_less_than_it(minutes: int, induction: bool, shown: str) -> None:
    one = made.sitting(leader(minutes, induction=induction))
    address = reverse("office:window", args=[one.window_id])
    with time_machine.travel(made.OPENS_AT, tick=False):
        assert gap_shown(address) == "not judged yet"
    jobs.release_due(at=made.OPENS_AT)
    with time_machine.travel(DAY_3, tick=False):
        assert gap_shown(address) == shown


def gap_shown(address: str) -> str:
    text = text_of(client_of(made.office()).get(address))
    found = re.search(r'data-label="Gap at the gate"[^>]*>([^<]*)<', text)
    assert found is not None
    return found.group(1).strip()
