"""What a moderator enters before they give their marks is saved as they go, for them alone."""

from typing import Any

import pytest
from django.test import Client

from goldenthread.moderation import actions
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Role, User
from goldenthread.web.assessor import begun
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
NOTE = {"with_passages": "1", "passage": ["0:5:"], "passage_note": ["A start."]}


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def sampled(chidi: User) -> Sampled:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.sitting(window)
    make.mark_all(window)
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=100, seed="s")
    return opened.sample.order_by("pk")[0]


def save(client: Client, one: Sampled, **fields: Any) -> Any:
    return client.post(f"/moderate/scripts/{one.pk}/save/", fields)


def shown(client: Client, one: Sampled) -> str:
    return text_of(client.get(f"/moderate/scripts/{one.pk}/"))


def test_marks_and_notes_that_are_begun_are_there_again_until_they_are_given(
    sampled: Sampled, chidi: User
) -> None:
    client = client_of(chidi)
    assert "Nothing is entered yet." in shown(client, sampled)
    first = save(client, sampled, revision="0", point_1="4", point_3="2", **NOTE)
    assert (first.status_code, first.json()) == (200, {"revision": 1})
    assert save(client, sampled, revision="0", point_1="4", point_3="2", **NOTE).json() == {"revision": 1}
    found = shown(client, sampled)
    assert [
        one for one in ('value="4"', 'value="2"', "A start.", 'name="revision" value="1"') if one not in found
    ] == []
    kept = Sampled.objects.get(pk=sampled.pk)
    assert (kept.marks, kept.passages, kept.marked_by) == ({}, [], None)
    every = {f"point_{number}": "3" for number in range(1, 6)}
    assert client.post(f"/moderate/scripts/{sampled.pk}/", {**every, "revision": "1"}).status_code == 302
    assert begun.KEY in client.session
    assert str(sampled.pk) not in client.session[begun.KEY]
    given = save(client, sampled, revision="1", point_1="1")
    assert (given.status_code, "given already" in given.json()["message"]) == (409, True)


def test_nobody_else_reads_what_is_begun(sampled: Sampled, chidi: User) -> None:
    save(client_of(chidi), sampled, revision="0", point_1="4")
    other = client_of(factories.member(Role.MODERATOR, "Mo Moderator"))
    assert "Nothing is entered yet." in shown(other, sampled)
    office = client_of(sampled.round.window.created_by)
    assert save(office, sampled, revision="0", point_1="4").status_code == 404


def test_an_older_tab_is_told_and_writes_over_nothing(sampled: Sampled, chidi: User) -> None:
    client = client_of(chidi)
    save(client, sampled, revision="0", point_1="4")
    stale = save(client, sampled, revision="0", point_1="1")
    assert (stale.status_code, "another tab" in stale.json()["message"]) == (409, True)
    assert 'value="4"' in shown(client, sampled)
    assert save(client, sampled, revision="1", point_1="1").json() == {"revision": 2}


@pytest.mark.parametrize("wrong", [{"point_1": "5"}, {"point_1": "x"}, {"revision": "x", "passage": ["0:9"],
    "with_passages": "1", "passage_note": []}])  # fmt: skip
def test_what_cant_be_kept_is_said(sampled: Sampled, chidi: User, wrong: dict[str, Any]) -> None:
    answer = save(client_of(chidi), sampled, **{"revision": "0", **wrong})
    assert answer.status_code in {409, 422}
    assert answer.json()["message"]


def test_what_is_left_because_of_a_conflict_is_forgotten(sampled: Sampled, chidi: User) -> None:
    client = client_of(chidi)
    save(client, sampled, revision="0", point_1="4")
    said = {"kind": "knows_author", "reason": "We worked together."}
    page = f"/moderate/scripts/{sampled.pk}/declare/"
    kind = client.get(page).context["form"].fields["kind"].choices[0][0]
    assert client.post(page, {**said, "kind": kind}).status_code == 302
    assert client.session[begun.KEY] == {}
    assert save(client, sampled, revision="1", point_1="4").status_code == 409


def test_only_the_latest_scripts_are_kept(
    sampled: Sampled, chidi: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begun, "MOST", 1)
    client, other = client_of(chidi), sampled.round.sample.order_by("pk")[1]
    for one in (sampled, other):
        save(client, one, revision="0", point_1="4")
    assert list(client.session[begun.KEY]) == [str(other.pk)]
