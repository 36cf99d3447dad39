"""The frame of the journeys: a clock that the test moves, and pages that are looked at as they are met."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from goldenthread.reports import proving
from tests.journeys.stage import Stage, london


@pytest.fixture
def stage(visit: Any, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """An empty stage in June 2024; at its end no page may have had a fault, and every mark, result and award has to be
    what the trail says.
    """
    looks_closely = not request.config.getoption("--database-only")
    with time_machine.travel(london(2024, 6, 10, 10, 0), tick=True) as travel:
        one = Stage(visit, travel, looks_closely=looks_closely)
        yield one
    assert not one.faults, "\n".join(one.faults)
    assert not list(proving.differences())
