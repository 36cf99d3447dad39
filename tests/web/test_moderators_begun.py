"""What a moderator enters before they give their marks is saved as they go, for them alone."""

import itertools
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking.handing_models import LeftQueue
from goldenthread.moderation import actions, jobs, look_drafts
from goldenthread.moderation.models import LookDraft, Round, Sampled
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
NOTE = {"with_passages": "1", "passage": ["0:5:"], "passage_note": ["A start."]}
EVERY = {f"point_{number}": "3" for number in range(1, 6)}


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def sampled(chidi: User) -> Sampled:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.sitting(window)
    make.mark_all(window)
    opened = actions.open_round(window=window, by=chidi, at=AT, share_percent=100, seed="s")
    return opened.sample.order_by("pk")[0]


def address(one: Sampled, ending: str = "") -> str:
    return f"/moderate/scripts/{one.pk}/{ending}"


def save(client: Client, one: Sampled, **fields: Any) -> Any:
    return client.post(address(one, "save/"), fields)


def shown(client: Client, one: Sampled) -> str:
    return text_of(client.get(address(one)))


def begin(one: Sampled, by: User) -> LookDraft:
    return look_drafts.save_look(sampled=one, marks={1: 4}, by=by, at=AT, revision=0)


def test_marks_and_notes_that_are_begun_are_there_again_until_they_are_given(
    sampled: Sampled, chidi: User
) -> None:
    client = client_of(chidi)
    assert "Nothing is entered yet." in shown(client, sampled)
    with time_machine.travel(AT, tick=False):
        first = save(client, sampled, revision="0", point_1="4", point_3="2", **NOTE)
        assert (first.status_code, first.json()) == (200, {"revision": 1, "at": "10:00"})
    again = save(client, sampled, revision="0", point_1="4", point_3="2", **NOTE)
    assert again.json()["revision"] == 1
    anew = client_of(chidi)  # signed in again, on another device
    found = shown(anew, sampled)
    assert [
        one
        for one in ('value="4"', 'value="2"', "A start.", 'name="revision" value="1"', "Saved by you, ")
        if one not in found
    ] == []
    kept = Sampled.objects.get(pk=sampled.pk)
    assert (kept.marks, kept.passages, kept.marked_by) == ({}, [], None)
    assert anew.post(address(sampled), {**EVERY, "revision": "1"}).status_code == 302
    assert not LookDraft.objects.exists()
    given = save(client, sampled, revision="1", point_1="1")
    assert (given.status_code, "given already" in given.json()["message"]) == (409, True)
    assert not LookDraft.objects.exists()


def test_save_and_stay_gives_nothing_and_says_so(sampled: Sampled, chidi: User) -> None:
    client = client_of(chidi)
    page = client.post(address(sampled), {**EVERY, "revision": "0", "save": "1"}, follow=True)
    assert "Saved, for you alone. Your marks are not given yet." in text_of(page)
    assert LookDraft.objects.get().marks == {str(number): 3 for number in range(1, 6)}
    assert Sampled.objects.get(pk=sampled.pk).marked_by is None


def test_a_round_of_scripts_is_kept_however_many_are_begun(sampled: Sampled, chidi: User) -> None:
    client, other = client_of(chidi), sampled.round.sample.order_by("pk")[1]
    for one in (sampled, other):
        save(client, one, revision="0", point_1="4")
    assert LookDraft.objects.count() == 2


def test_nobody_else_reads_what_is_begun(sampled: Sampled, chidi: User, mo: User) -> None:
    events = AuditEvent.objects.count()
    save(client_of(chidi), sampled, revision="0", point_1="4", **NOTE)
    other = client_of(mo)
    assert "Nothing is entered yet." in shown(other, sampled)
    assert save(other, sampled, revision="0", point_1="1").json()["revision"] == 1  # each has their own
    assert 'value="4"' in shown(client_of(chidi), sampled)
    olu = factories.member(Role.OFFICE, "Olu Office")
    assert save(client_of(olu), sampled, revision="0", point_1="4").status_code == 404
    assert not LookDraft.objects.filter(moderator=olu).exists()
    assert AuditEvent.objects.count() == events  # no trail tells of it
    pages = (
        f"/moderate/rounds/{sampled.round_id}/",
        f"/office/windows/{sampled.round.window_id}/",
        "/office/",
    )
    for reader, page in itertools.product((olu, mo), pages):
        assert "A start." not in text_of(client_of(reader).get(page))
    assert "A start." not in json.dumps([one.get_decoded() for one in Session.objects.all()])


# --- two pages -----------------------------------------------------------------------------------------
def test_an_older_tab_is_told_when_and_writes_over_nothing(sampled: Sampled, chidi: User) -> None:
    client = client_of(chidi)
    with time_machine.travel(AT, tick=False):
        save(client, sampled, revision="0", point_1="4")
    stale = save(client, sampled, revision="0", point_1="1")
    told = "Newer marks for this script were saved in another window on Tue 14 Oct 2025, 10:00 (UK time)."
    assert stale.status_code == 409
    assert stale.json()["message"].startswith(told)
    assert 'value="4"' in shown(client, sampled)
    assert save(client, sampled, revision="1", point_1="1").json()["revision"] == 2


@pytest.mark.parametrize("button", ["save", "give"])
def test_an_older_tab_neither_saves_nor_gives_before_it_was_told(
    sampled: Sampled, chidi: User, button: str
) -> None:
    client = client_of(chidi)
    save(client, sampled, revision="0", point_1="4", **NOTE)
    refused = client.post(address(sampled), {**EVERY, "with_passages": "1", "revision": "0", button: "1"})
    assert refused.status_code == 422
    assert "another window" in text_of(refused)
    assert 'name="revision" value="1"' in refused.content.decode()
    assert LookDraft.objects.get().marks == {"1": 4}
    assert Sampled.objects.get(pk=sampled.pk).marked_by is None
    told = {**EVERY, "with_passages": "1", "revision": "1", button: "1"}
    assert client.post(address(sampled), told).status_code == 302
    draft, now = LookDraft.objects.first(), Sampled.objects.get(pk=sampled.pk)
    assert (draft.marks if draft else now.marks) == {str(number): 3 for number in range(1, 6)}


@pytest.mark.parametrize("wrong", [{"point_1": "5"}, {"point_1": "x"}, {"revision": "x"}, {"revision": "-1"},
    {"passage": ["0:9"], "with_passages": "1", "passage_note": []},
    {"passage": ["0:999999:"], "with_passages": "1", "passage_note": ["Far."]},
    {"passage": ["0:5:"], "with_passages": "1", "passage_note": ["x" * 1001]}])  # fmt: skip
def test_what_cant_be_kept_is_said(sampled: Sampled, chidi: User, wrong: dict[str, Any]) -> None:
    answer = save(client_of(chidi), sampled, **{"revision": "0", **wrong})
    assert answer.status_code in {409, 422}
    assert answer.json()["message"]
    assert not LookDraft.objects.exists()


def test_notes_that_are_saved_are_given_though_the_text_reads_otherwise_by_now(
    sampled: Sampled, chidi: User
) -> None:
    client = client_of(chidi)
    save(client, sampled, revision="0", **EVERY, **NOTE)
    type(sampled.script).objects.update(text="Another beginning of it.")
    (note,) = LookDraft.objects.get().passages
    sent = {"with_passages": "1", "passage": [f"{note['sha256'][:12]}@0:5:"], "passage_note": ["A start."]}
    assert save(client, sampled, revision="1", **{**EVERY, "point_1": "2"}, **sent).json()["revision"] == 2
    assert client.post(address(sampled), {**EVERY, **sent, "revision": "2"}).status_code == 302
    assert Sampled.objects.get(pk=sampled.pk).passages == [note]


# --- when it goes ----------------------------------------------------------------------------------------
def test_what_is_left_because_of_a_conflict_is_forgotten(sampled: Sampled, chidi: User, mo: User) -> None:
    client = client_of(chidi)
    save(client, sampled, revision="0", point_1="4")
    begin(sampled, mo)
    said = {"kind": "knows_author", "reason": "We worked together."}
    page = address(sampled, "declare/")
    kind = client.get(page).context["form"].fields["kind"].choices[0][0]
    assert client.post(page, {**said, "kind": kind}).status_code == 302
    assert [one.moderator for one in LookDraft.objects.all()] == [mo]
    assert not LeftQueue.objects.exists()  # nothing was given, so nothing of it is on record
    told = AuditEvent.objects.get(verb="moderation.conflict_declared").details
    assert (told["had_marked"], "marks" in told) == (False, False)
    assert save(client, sampled, revision="1", point_1="4").status_code == 409
    assert not LookDraft.objects.filter(moderator=chidi).exists()


def test_what_a_colleague_has_begun_waits_until_the_script_is_decided(
    sampled: Sampled, chidi: User, mo: User
) -> None:
    begin(sampled, mo)
    begin(sampled, chidi)
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    assert [one.moderator for one in LookDraft.objects.all()] == [mo]  # in case Chidi can't go on
    taken = save(client_of(mo), sampled, revision="1", point_1="1")
    assert (taken.status_code, "moderating this script already" in taken.json()["message"]) == (409, True)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert not LookDraft.objects.exists()
    late = save(client_of(mo), sampled, revision="1", point_1="1")
    assert (late.status_code, late.json()["message"].startswith("The script is decided")) == (409, True)


def test_it_waits_while_the_script_is_marked_anew(sampled: Sampled, chidi: User, mo: User) -> None:
    begin(sampled, chidi)
    first = sampled.script.markings.order_by("position")[0]
    actions.set_aside(marking=first, reason="Unfair.", by=mo, at=AT)
    waits = save(client_of(chidi), sampled, revision="1", point_1="1")
    assert (waits.status_code, "being marked again" in waits.json()["message"]) == (409, True)
    assert look_drafts.sweep(day=AT.date()) == 0
    assert LookDraft.objects.get().marks == {"1": 4}


def role_over(one: Sampled, user: User) -> None:
    Membership.objects.filter(user=user).update(ends_on=AT.date() - timedelta(days=1))


def account_closed(one: Sampled, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def in_conflict(one: Sampled, user: User) -> None:
    Pairing.objects.create(enrolment=one.script.sitting.enrolment, coach=user, since=factories.AT)


def marked_it(one: Sampled, user: User) -> None:
    one.script.markings.create(position=3, marker=user, allocated_at=AT, due_on=date(2025, 12, 1))


def signed_off(one: Sampled, user: User) -> None:
    Round.objects.update(signed_off_at=AT, signed_off_by=user)


@pytest.mark.parametrize("gone", [role_over, account_closed, in_conflict, marked_it, signed_off])
def test_what_nobody_can_give_any_more_is_taken_away_each_hour(
    gone: Callable[[Sampled, User], None], sampled: Sampled, chidi: User, mo: User,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    other = sampled.round.sample.order_by("pk")[1]
    begin(other, mo)
    begin(sampled, chidi)
    assert look_drafts.sweep(day=AT.date()) == 0
    gone(sampled, chidi)
    if gone not in (role_over, account_closed):  # these come to no page
        with pytest.raises(Refused):
            look_drafts.save_look(sampled=sampled, marks={1: 1}, by=chidi, at=AT, revision=1)
    with django_assert_max_num_queries(6):
        said = jobs.end_look_drafts(AT)
    left = [one.moderator for one in LookDraft.objects.all()]
    assert (said.split()[0], left) == (("2", []) if gone is signed_off else ("1", [mo]))
    with django_assert_max_num_queries(6 if left else 1):
        assert look_drafts.sweep(day=AT.date()) == 0
