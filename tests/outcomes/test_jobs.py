"""Provisional outcomes by the clock."""

import pytest

from goldenthread.outcomes.jobs import compute_outcomes
from goldenthread.outcomes.models import Outcome
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
