"""The floor's bare transaction fits the tables as they are, and is never what counts of a sitting."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from bench.floor import Floor, marks_of
from goldenthread.assessment.models import Script
from goldenthread.common.models import AuditEvent
from tests import factories_assessment as make

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("times", [1, 3])
def test_it_writes_a_script_and_an_audit_event_each_time(times: int) -> None:
    sittings = [make.sitting().pk]
    with connection.cursor() as cursor:
        marks = marks_of("%s")
        floor = Floor(sittings, "a text", connection.ops.adapt_datetimefield_value(AT))
        asked: list[str] = []

        def told(text: str, values: tuple[object, ...]) -> object:
            asked.append(text)
            cursor.execute(marks[text], values)
            return cursor

        for _ in range(times):
            floor.transaction(lambda: asked.append("begin"), lambda: asked.append("commit"), told)
    found = Script.objects.filter(sitting__in=sittings)
    assert [(one.text, one.current, one.own_work, one.received_at) for one in found] == [
        ("a text", False, True, AT)
    ] * times
    assert AuditEvent.objects.filter(verb="bench.floor").count() == times
    assert [what for what in asked if what in {"begin", "commit"}] == ["begin", "commit"] * times
    assert len({one.sha256 for one in found}) == times
