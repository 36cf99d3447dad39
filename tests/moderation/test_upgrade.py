"""The upgrade to tables of unfinished marks and to guarded proposals, walked over rows in all their states."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from goldenthread.common import settled
from goldenthread.moderation import look_drafts
from goldenthread.moderation.models import Batch, Round, Sampled, Shift, ShiftedMark
from goldenthread.moderation.shift_rules import Move
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.moderation import test_batches as batched
from tests.moderation import test_shifting as shifted
from tests.outcomes.test_what_is_settled_stands import unchangeable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.migrations]
BEFORE, SINCE = "0059_what_stands", "0060_moderators_drafts"


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("goldenthread", name)])


@pytest.fixture
def _all_the_way() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("goldenthread"))


def rows() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Batch, Shift, ShiftedMark)]


def proposals(opened: Round, chidi: User, mo: User) -> tuple[Batch, Shift]:
    """A shift that was refused and one that was made; a batch that was taken back, and one that waits."""
    shifted.agree(shifted.propose(opened, chidi, Move(0, -1)), mo, yes=False)
    done = shifted.agree(shifted.propose(opened, chidi), mo)
    waiting = batched.propose(opened, chidi)
    batched.batches.take_back(batch=waiting, by=chidi, at=make.CLOSED)
    return batched.propose(opened, chidi), done


def test_proposals_of_before_keep_what_they_say_and_go_on(_all_the_way: None) -> None:
    chidi, mo = (factories.member(Role.MODERATOR, f"{name} Moderator") for name in ("Chidi", "Mo"))
    opened = batched.three_scripts(chidi)
    waiting, done = proposals(opened, chidi, mo)
    before = rows()
    migrate(BEFORE)
    assert Shift.objects.filter(pk=done.pk).update(reason="Another") == 1  # nothing kept it from that
    Shift.objects.filter(pk=done.pk).update(reason=shifted.WHY)
    migrate(SINCE)
    assert rows() == before
    assert settled.missing(connection) == []
    unchangeable(Shift, "reason = 'Another'", f"id = {done.pk}")
    unchangeable(ShiftedMark, "half_marks_learn_that = 40")
    near = Sampled.objects.get(script__in=done.looked_at)  # from a page of before, which knows a revision
    assert look_drafts.save_look(sampled=near, marks={1: 1}, by=mo, at=make.CLOSED, revision=3).revision == 4
    assert batched.agree(waiting, mo).state == "done"  # which lets what the shift moved fall
    assert ShiftedMark.objects.get().fell_at is not None
