"""The marking of the demonstration is made by the same actions, and asks no more than it needs."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from goldenthread.demonstration import assessing
from goldenthread.marking.models import Marking
from tests import factories_marking as make

pytestmark = pytest.mark.django_db


def test_who_is_stopped_is_not_asked_for_every_script(monkeypatch: pytest.MonkeyPatch) -> None:
    window = make.window()
    for _ in range(6):
        make.sitting(window)
    make.markers(3)
    asked: list[int] = []
    before = assessing.stopped_in

    def counted(window_id: int) -> Any:
        asked.append(window_id)
        return before(window_id)

    monkeypatch.setattr(assessing, "stopped_in", counted)
    later = make.CLOSED + timedelta(days=30)
    assessing.mark(window, by=window.created_by, at=make.CLOSED, now=later, random=Random(1))
    assert Marking.objects.filter(state="submitted").count() >= 12
    assert len(asked) == 1  # there are no seeds
