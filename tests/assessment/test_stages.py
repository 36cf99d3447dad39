"""Where a window stands at every moment of its life, and what held somebody back; no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goldenthread.assessment import stages
from goldenthread.assessment.stages import WindowFacts, WindowStage

OPENS = datetime(2025, 10, 5, 23, tzinfo=UTC)
CLOSES = datetime(2025, 10, 13, 23, tzinfo=UTC)
FACTS = WindowFacts(opens_at=OPENS, closes_at=CLOSES)
LATER = CLOSES + timedelta(days=3)
TINY = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        (OPENS - TINY, WindowStage.SCHEDULED),
        (OPENS, WindowStage.OPEN),
        (CLOSES, WindowStage.OPEN),
        (CLOSES + TINY, WindowStage.CLOSED),
    ],
)
def test_time_alone_opens_and_closes_a_window(at: datetime, stage: WindowStage) -> None:
    assert stages.window_stage(FACTS, at) is stage


def test_a_window_without_a_case_study_is_a_draft_until_it_opens() -> None:
    assert stages.window_stage(replace(FACTS, has_case=False), OPENS - TINY) is WindowStage.DRAFT


@pytest.mark.parametrize(
    ("scripts", "unallocated", "unagreed", "stage"),
    [
        (0, 0, 0, WindowStage.CLOSED),
        (3, 3, 3, WindowStage.CLOSED),
        (3, 1, 3, WindowStage.MARKING),
        (3, 0, 1, WindowStage.MARKING),
        (3, 0, 0, WindowStage.MODERATION),
    ],
)
def test_scripts_decide_from_the_close_to_the_moderation(
    scripts: int, unallocated: int, unagreed: int, stage: WindowStage
) -> None:
    facts = replace(FACTS, scripts=scripts, unallocated=unallocated, unagreed=unagreed)
    assert stages.window_stage(facts, LATER) is stage


def test_the_sign_off_makes_it_ready_and_the_release_ends_it() -> None:
    ready = replace(FACTS, scripts=3, signed_off=True)
    assert stages.window_stage(ready, LATER) is WindowStage.READY
    assert stages.window_stage(replace(ready, released=True), LATER) is WindowStage.RELEASED
    assert stages.window_stage(replace(ready, cancelled=True), LATER) is WindowStage.CANCELLED


@pytest.mark.requirement("S0-41")
def test_what_held_somebody_back_is_named_with_its_figures() -> None:
    gate = {"code": "engagement.short", "counted": 4854, "planned": 5400, "missing": 6}
    assert stages.gate_name(gate) == "engagement too low"
    assert (
        stages.gate_text(gate) == "Engagement was 80 h 54 min of 90 h when the window opened: 6 min missing."
    )
    induction = {"code": "stage.induction", "message": "Development not complete: induction is not finished."}
    assert stages.gate_name(induction) == "induction not finished"
    assert stages.gate_text(induction) == induction["message"]
    assert stages.gate_name({}) == "entry condition not met"
    assert stages.gate_text({}).startswith("An entry condition was not met")
