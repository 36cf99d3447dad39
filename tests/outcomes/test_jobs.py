"""Provisional outcomes by the clock."""

import pytest

from goldenthread.marking.models import Agreement
from goldenthread.outcomes.jobs import compute_outcomes
from goldenthread.outcomes.models import Outcome
from tests import by_hand, factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db


def test_signed_off_window_gets_its_outcomes_once() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    assert compute_outcomes(make.CLOSED) == "0 outcomes worked out"
    make.moderated(window)
    assert compute_outcomes(make.CLOSED) == "1 outcomes worked out"
    assert Outcome.objects.get().released_at is None
    assert compute_outcomes(make.CLOSED) == "0 outcomes worked out"


def test_one_window_that_fails_stops_no_other() -> None:
    windows = [
        make.window(factories.intake(key)) for key in (factories.NPQLT, "npqltd-reformed-international")
    ]
    make.markers(2)
    for window in windows:
        make.sitting(window)
        make.mark_all(window)
        make.moderated(window)
    by_hand.remove(Agreement.objects.filter(script__sitting__window=windows[0]))
    assert compute_outcomes(make.CLOSED) == "1 outcomes worked out, 1 windows failed"
    assert Outcome.objects.get().window == windows[1]
