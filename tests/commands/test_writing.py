"""`goldenthread writing verify` says whether every draft is what its steps give, and leaves with 1 where not."""

import pytest
from django.db import connection

from goldenthread.assessment import actions, jobs
from goldenthread.assessment.models import Sitting
from goldenthread.commands import writing
from goldenthread.common import append_only
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db


def written() -> Sitting:
    one = made.sitting()
    for revision, text in enumerate(("One", "One two", "One two three")):
        actions.save_draft(
            sitting=one, texts={"": text}, revision=revision, by=one.enrolment.user, at=made.INSIDE
        )
    return one


def test_drafts_that_are_what_their_steps_give_end_in_peace(capsys: pytest.CaptureFixture[str]) -> None:
    written()
    assert writing.run(["verify"]) == 0
    assert "3 steps of 1 sittings: every draft is what its steps give" in capsys.readouterr().out


def test_a_step_that_was_changed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    one = written()
    with connection.cursor() as cursor:
        for statement in append_only.removals(connection.vendor, ("goldenthread_writingstep",)):
            cursor.execute(statement)
        cursor.execute("UPDATE goldenthread_writingstep SET inserted = ' six' WHERE number = 2")
    assert writing.run(["verify"]) == 1
    assert f"sitting {one.pk} ({one.code}), step 2: leaves a text" in capsys.readouterr().out
    assert jobs._walk_steps(made.INSIDE) == "1 drafts are not what their steps give"


def test_a_removal_that_the_trail_does_not_know_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    one = written()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO goldenthread_writingremoval (sitting_id, steps, hashes, at) "
            f"VALUES ({one.pk}, 3, '{{}}', '2025-10-08 12:00:00')"
        )
        cursor.execute("DELETE FROM goldenthread_writingstep")
    assert writing.run(["verify"]) == 1
    assert "the audit trail does not say so" in capsys.readouterr().out
