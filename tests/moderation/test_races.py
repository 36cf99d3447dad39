"""Moderators' pages that save at once: many scripts, two tabs of one, and a save beside marks that are given."""

from typing import Any

import pytest

from goldenthread.common.refused import Refused
from goldenthread.moderation import actions, look_drafts
from goldenthread.moderation.models import LookDraft, Round, Sampled
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT = make.CLOSED


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def opened(chidi: User) -> Round:
    window = make.window()
    make.markers(2)
    for _ in range(4):
        make.sitting(window)
    make.mark_all(window)
    return actions.open_round(window=window, by=chidi, at=AT, share_percent=100, seed="s")


def save(one: Sampled, by: User, mark: int, revision: int = 0) -> LookDraft:
    return look_drafts.save_look(sampled=one, marks={1: mark}, by=by, at=AT, revision=revision)


def test_scripts_that_are_saved_at_the_same_instant_are_all_kept(opened: Round, chidi: User) -> None:
    """By the pages of one session, which before kept them all in one row."""
    client = client_of(chidi)
    rows = list(opened.sample.order_by("pk"))

    def send(place: int) -> Any:
        mine = client_of(chidi)
        mine.cookies = client.cookies
        return mine.post(
            f"/moderate/scripts/{rows[place].pk}/save/", {"revision": "0", "point_1": str(place)}
        )

    answers = at_once(*(lambda place=place: send(place) for place in range(4)))
    assert [answer.json()["revision"] for answer in answers] == [1] * 4
    kept = LookDraft.objects.order_by("sampled").values_list("sampled_id", "marks")
    assert list(kept) == [(one.pk, {"1": place}) for place, one in enumerate(rows)]


@pytest.mark.parametrize("before", [0, 1])
def test_of_two_tabs_of_one_script_one_is_kept_and_the_other_told(
    opened: Round, chidi: User, before: int
) -> None:
    (one,) = opened.sample.order_by("pk")[:1]
    for _ in range(before):
        save(one, chidi, 4)
    found = at_once(lambda: save(one, chidi, 1, before), lambda: save(one, chidi, 2, before))
    (kept,) = (row for row in found if isinstance(row, LookDraft))
    (told,) = (row for row in found if isinstance(row, Refused))
    assert told.code == "marks.stale"
    now = LookDraft.objects.get()
    assert (now.marks, now.revision) == (kept.marks, before + 1)


def test_a_save_beside_the_marks_that_are_given_leaves_nothing_behind(opened: Round, chidi: User) -> None:
    (one,) = opened.sample.order_by("pk")[:1]
    save(one, chidi, 4)
    given = {"sampled": one, "marks": make.FAIR, "by": chidi, "at": AT}
    found = at_once(lambda: actions.mark_blind(**given), lambda: save(one, chidi, 2, 1))
    assert isinstance(found[0], Sampled)
    assert not LookDraft.objects.exists()
    assert Sampled.objects.get(pk=one.pk).marked_by == chidi
