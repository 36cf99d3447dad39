"""`goldenthread engagement verify` and `goldenthread audit verify` say what doesn't hold, and leave with 1."""

import pytest
from django.db import connection

from goldenthread.commands import audit, engagement
from goldenthread.common import append_only
from goldenthread.engagement.models import Standing
from tests import factories

pytestmark = pytest.mark.django_db


def test_figures_that_hold_end_in_peace(capsys: pytest.CaptureFixture[str]) -> None:
    factories.enrolment()
    assert engagement.run(["verify"]) == 0
    assert "1 enrolments: all as counted" in capsys.readouterr().out


def test_a_figure_that_differs_is_named_with_both(capsys: pytest.CaptureFixture[str]) -> None:
    factories.enrolment()
    wrong = factories.enrolment("Wim Wrong")
    Standing.objects.filter(enrolment=wrong).update(planned_minutes=60)
    assert engagement.run(["verify"]) == 1
    printed = capsys.readouterr().out
    assert f"enrolment {wrong.pk}: 0 of 60 min written, 0 of 4440 min counted" in printed
    assert "2 enrolments: 1 differ" in printed


def test_a_trail_whose_guard_is_gone_is_not_whole(capsys: pytest.CaptureFixture[str]) -> None:
    factories.enrolment()
    with connection.cursor() as cursor:
        for statement in append_only.removals(connection.vendor, ("goldenthread_auditevent",)):
            cursor.execute(statement)
    assert audit.run(["verify"]) == 1
    printed = capsys.readouterr().out
    assert "goldenthread_auditevent: its rows can be changed" in printed
    assert "whole" in printed
