"""Who was heard and who decides an appeal; and that no results are released before their scripts were compared."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Script, Window
from goldenthread.awards import actions as awards
from goldenthread.common.models import AuditEvent
from goldenthread.integrity import actions, queries, rules
from goldenthread.integrity.models import CaseStep, MisconductCase
from goldenthread.integrity.rules import Verdict
from goldenthread.people.models import User
from tests import factories_marking as make
from tests.integrity.test_actions import (
    AT,
    compare,
    copied,
    decided,
    key,
    office,
    opened,
    prose,
    refused,
    said,
    window_of,
)

pytestmark = pytest.mark.django_db


# --- heard, and by whom an appeal is decided ------------------------------------------------------------------
def hearing(case: MisconductCase, held: rules.Hearing, by: User) -> CaseStep:
    return actions.record_hearing(
        case=case, text="On Monday at ten.", form_key=key(), by=by, at=AT, hearing=held
    )


def test_a_hearing_to_come_has_heard_nobody() -> None:
    window, scripts = copied()
    case = opened(window, scripts[0])
    hearing(case, rules.Hearing.TO_COME, office())
    judge = {
        "case": case,
        "verdict": Verdict.VOID,
        "text": "The reasons.",
        "by": office("Cleo Colleague"),
        "at": AT,
    }
    assert refused(actions.decide_case, form_key=key(), **judge) == "case.unheard"
    steps = queries.judged(queries.steps_of(case))
    assert rules.heard(steps) == ""
    assert rules.waits_for(steps).startswith("the hearing that is announced")
    hearing(case, rules.Hearing.HELD, office())
    assert rules.heard(queries.judged(queries.steps_of(case))) == "in a hearing"
    actions.decide_case(form_key=key(), **judge)


def test_an_announced_hearing_after_one_that_was_held_takes_nothing_back() -> None:
    window, scripts = copied()
    case = opened(window, scripts[0])
    hearing(case, rules.Hearing.HELD, office())
    hearing(case, rules.Hearing.TO_COME, office())
    assert rules.heard(queries.judged(queries.steps_of(case))) == "in a hearing"


@pytest.mark.parametrize("held", list(rules.Hearing))
def test_whoever_recorded_a_hearing_had_a_part_in_the_case(held: rules.Hearing) -> None:
    window, scripts = copied()
    case = opened(window, scripts[0])
    said(case)
    listener = office("Hetty Hears")
    hearing(case, held, listener)
    decided(case, Verdict.VOID)
    participant = case.sitting.enrolment.user
    actions.appeal(case=case, text="I disagree.", form_key=key(), by=participant, at=AT)
    judge = {"case": case, "allowed": True, "text": "Read anew.", "at": AT}
    assert refused(actions.decide_appeal, form_key=key(), by=listener, **judge) == "case.own"
    actions.decide_appeal(form_key=key(), by=office("Ann Other"), **judge)


# --- nothing is released uncompared ----------------------------------------------------------------------------
def unsettled() -> Window:
    """A window that could be released, but for its scripts, of which nobody has said anything."""
    window, _ = window_of(prose(1), prose(2))
    make.markers(2)
    make.mark_all(window)
    make.moderated(window)
    window.comparisons.all().delete()
    return window


def let_out(window: Window, at: Any = AT) -> Any:
    return awards.release(window=window, by=office(), at=at)


def test_results_wait_until_the_scripts_were_compared() -> None:
    window = unsettled()
    assert refused(let_out, window=window) == "outcomes.uncompared"
    compare(window)
    assert len(let_out(window)) == 2


def test_results_wait_for_no_comparison_once_somebody_has_said_why_not() -> None:
    window = unsettled()
    leave = {"window": window, "by": office(), "at": AT}
    assert refused(actions.leave_uncompared, reason="  ", **leave) == "compare.reason"
    made = actions.leave_uncompared(reason="One school, orally examined", **leave)
    assert actions.leave_uncompared(reason="One school, orally examined", **leave) == made
    event = AuditEvent.objects.filter(verb="window.left_uncompared").latest("pk")
    assert (event.details["reason"], event.details["scripts"]) == ("One school, orally examined", 2)
    assert event.actor == f"user:{office().pk}"
    assert len(let_out(window)) == 2


def test_a_script_that_came_after_the_comparison_is_compared_first() -> None:
    window = unsettled()
    compare(window)
    latest = Script.objects.filter(sitting__window=window).latest("pk")
    Script.objects.filter(pk=latest.pk).update(received_at=AT + timedelta(minutes=1))
    assert refused(let_out, window=window, at=AT + timedelta(hours=1)) == "outcomes.uncompared"
    compare(window, at=AT + timedelta(hours=1))
    assert len(let_out(window, at=AT + timedelta(hours=1))) == 2


@pytest.mark.parametrize(
    ("scripts", "settled", "later", "free"),
    [
        (0, None, False, True),
        (3, None, False, False),
        (3, 3, False, True),
        (3, 2, False, False),
        (3, 3, True, False),
    ],
)
def test_what_counts_as_compared(scripts: int, settled: int | None, later: bool, free: bool) -> None:
    if free:
        rules.check_compared(scripts=scripts, settled=settled, later=later)
    else:
        assert (
            refused(rules.check_compared, scripts=scripts, settled=settled, later=later)
            == "outcomes.uncompared"
        )


def test_before_the_window_has_closed_nobody_leaves_it_uncompared() -> None:
    window, _ = window_of(prose(1), prose(2))
    last = window.sittings.latest("closes_at").closes_at
    assert (
        refused(actions.leave_uncompared, window=window, reason="Why not", by=office(), at=last)
        == "compare.open"
    )


def test_every_pair_becomes_a_question_however_many_there_are() -> None:
    passages = [prose(500 + n, 60) for n in range(6)]
    texts = [f"{prose(n)} {passages[n % 6]} {prose(900 + n)}" for n in range(24)]
    window, _ = window_of(*texts)
    assert compare(window).flags == 6 * 6  # four of each passage make six pairs
