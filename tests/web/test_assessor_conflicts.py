"""Giving a script back because one knows its author: pages of markers and moderators; the case beside the script."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.coaching.models import Pairing
from goldenthread.common import clock
from goldenthread.marking import actions
from goldenthread.marking.conflict_models import ArisenConflict
from goldenthread.marking.models import DeclaredConflict, Marking
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
SAID = {"kind": "recognised", "reason": "The plan in it is one we wrote together."}
LINK = "I recognise the author, or have another conflict of interest"


@pytest.fixture
@kept
def marking() -> Marking:
    """Ben's marking of one script that Bea marks too."""
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.select_related("marker", "script__sitting__window").get(position=1)


def page(marking: Marking) -> str:
    return f"/mark/{marking.pk}/"


# --- markers -------------------------------------------------------------------------------------------
def test_marker_gives_a_script_back_and_it_goes_to_another(marking: Marking) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    client, code = client_of(marking.marker), marking.script.sitting.code
    screen = text_of(client.get(page(marking)))
    assert f'<a href="{page(marking)}declare/">{LINK}</a>' in screen
    assert "goes to another marker" in text_of(client.get(page(marking) + "declare/"))
    answer = client.post(page(marking) + "declare/", SAID, follow=True)
    assert answer.redirect_chain == [("/mark/", 302)]
    assert f"{code} is out of your queue" in text_of(answer)
    assert "No scripts yet" in text_of(answer)
    assert code in text_of(client_of(bo).get("/mark/"))


@pytest.mark.parametrize("button", ["submit", "save"])
def test_marks_sent_for_a_script_on_which_a_conflict_arose_meanwhile_lead_to_the_queue(
    marking: Marking, button: str
) -> None:
    client, code = client_of(marking.marker), marking.script.sitting.code
    assert client.get(page(marking)).status_code == 200
    Pairing.objects.create(
        enrolment=marking.script.sitting.enrolment, coach=marking.marker, since=make.CLOSED
    )
    sent = {**{f"point_{number}": 2 for number in range(1, 6)}, "revision": 0, button: "1"}
    sent |= {**make.WORDS, "evidence": "In part 2.", "comment": ""}
    answer = client.post(page(marking), sent, follow=True)
    assert answer.redirect_chain == [("/mark/", 302)]
    assert f"{code} is not in your queue any more" in text_of(answer)
    assert not Marking.objects.filter(pk=marking.pk).exists()
    assert ArisenConflict.objects.count() == 1


def test_old_pages_of_a_script_that_was_given_back_lead_to_the_queue(marking: Marking) -> None:
    client = client_of(marking.marker)
    client.post(page(marking) + "declare/", SAID)
    for answer in (
        client.get(page(marking), follow=True),
        client.post(page(marking), {"submit": "1", "point_1": 3}, follow=True),
        client.get(page(marking) + "declare/", follow=True),
        client.post(page(marking) + "declare/", SAID, follow=True),
    ):
        assert answer.redirect_chain == [("/mark/", 302)]
        assert f"You gave {marking.script.sitting.code} back on" in text_of(answer)
    saved = client.post(page(marking) + "save/", {"revision": 0})
    assert (saved.status_code, "not in your queue any more" in saved.json()["message"]) == (404, True)
    assert DeclaredConflict.objects.count() == 1


@pytest.mark.parametrize(("given", "fault"), [
    ({}, "Choose what stands in the way"),
    ({"kind": "recognised"}, "Say in a sentence what stands in the way"),
    ({"kind": "recognised", "reason": "   "}, "Say in a sentence what stands in the way"),
    ({"kind": "because", "reason": "Kept."}, "Select a valid choice"),
    ({"kind": "other", "reason": "x" * 100_000}, "Shorten this to 1,000 characters"),
    ({"kind": "other", "reason": "a\x00b"}, "Null characters are not allowed"),
])  # fmt: skip
def test_faulty_declarations_come_back_and_change_nothing(marking: Marking, given: dict, fault: str) -> None:
    answer = client_of(marking.marker).post(page(marking) + "declare/", given)
    assert answer.status_code == 422
    assert fault in text_of(answer)
    assert Marking.objects.count() == 2


def test_submitted_script_shows_whom_to_write_to_and_no_form(marking: Marking) -> None:
    make.submit(marking)
    client = client_of(marking.marker)
    assert "Write to the programme office today" in text_of(client.get(page(marking)))
    shown = client.get(page(marking) + "declare/")
    assert (shown.status_code, "Give the script back" in text_of(shown)) == (200, False)
    assert "Your marks for" in text_of(shown)
    late = client.post(page(marking) + "declare/", SAID)
    assert (late.status_code, "Write to the programme office today" in text_of(late)) == (422, True)
    assert not DeclaredConflict.objects.exists()


def test_nobody_else_declares_for_a_marker(marking: Marking) -> None:
    others = (
        Marking.objects.get(position=2).marker, factories.user(), marking.script.sitting.window.created_by,
        marking.script.sitting.enrolment.user, factories.member(Role.MODERATOR),
    )  # fmt: skip
    for user in others:
        client = client_of(user)
        assert client.get(page(marking) + "declare/").status_code == 404
        assert client.post(page(marking) + "declare/", SAID).status_code == 404
    assert not DeclaredConflict.objects.exists()


def test_script_without_a_free_marker_is_on_the_desk_and_can_be_allocated(marking: Marking) -> None:
    window = marking.script.sitting.window
    office = client_of(window.created_by)
    client_of(marking.marker).post(page(marking) + "declare/", SAID)
    assert "1 script of NPQLT September 2024 without markers" in text_of(office.get("/office/"))
    address = f"/office/windows/{window.pk}/marking/"
    assert "1 script to allocate" in text_of(office.get(address))
    due = {"due_on": (clock.now() + timedelta(days=9)).date().isoformat()}
    nobody = office.post(address, due)
    assert (nobody.status_code, "No marker is free for" in text_of(nobody)) == (422, True)
    factories.member(Role.MARKER, "Bo Marker")
    assert "1 markings were allocated" in text_of(office.post(address, due, follow=True))
    assert str(Marking.objects.get(position=1).due_on) == due["due_on"]


def test_page_that_the_office_took_away_says_so_to_the_autosave(marking: Marking) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    actions.reassign(marking=marking, to=bo, reason="Ill", by=bo, at=make.CLOSED)
    saved = client_of(marking.marker).post(page(marking) + "save/", {"revision": 0})
    assert (saved.status_code, "not in your queue any more" in saved.json()["message"]) == (404, True)


def test_who_is_no_marker_any_more_reads_no_script(marking: Marking) -> None:
    Membership.objects.filter(role=Role.MARKER).update(ends_on=make.CLOSED.date())
    client = client_of(marking.marker)
    assert client.get(page(marking)).status_code == 404
    make.submit(marking)
    assert "is marked" in text_of(client.get(page(marking)))


# --- the case beside the script ------------------------------------------------------------------------
def test_case_and_question_are_beside_the_script(
    marking: Marking, django_assert_max_num_queries: Any
) -> None:
    client = client_of(marking.marker)
    with django_assert_max_num_queries(12):
        found = text_of(client.get(page(marking)))
    start = found.index('<details class="gt-case-fold"')
    fold = found[start : found.index("</details>", start)]
    for part in ("Question and case study", "What would you do?", "A department checks understanding"):
        assert part in fold
    assert "agree on one routine" in found[start + len(fold) :]


def test_case_is_not_shown_while_somebody_may_still_write(marking: Marking) -> None:
    late = make.sitting(marking.script.sitting.window)
    late.closes_at = clock.now() + timedelta(hours=1)
    late.save()
    found = text_of(client_of(marking.marker).get(page(marking)))
    assert "agree on one routine" in found
    assert "A department checks understanding" not in found


# --- moderators ----------------------------------------------------------------------------------------
@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def sampled(marking: Marking, chidi: User) -> Sampled:
    window = marking.script.sitting.window
    for one in Marking.objects.select_related("marker"):
        make.submit(one, make.POOR)
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0, seed="seed")
    return opened.sample.get()


def place(sampled: Sampled) -> str:
    return f"/moderate/scripts/{sampled.pk}/"


@pytest.mark.parametrize("begun", [False, True])
def test_moderator_leaves_a_script_to_another(sampled: Sampled, chidi: User, begun: bool) -> None:
    mo = factories.member(Role.MODERATOR, "Mo Moderator")
    client, code = client_of(chidi), sampled.script.sitting.code
    if begun:
        moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    assert LINK in text_of(client.get(place(sampled)))
    answer = client.post(place(sampled) + "declare/", SAID, follow=True)
    assert answer.redirect_chain == [(f"/moderate/rounds/{sampled.round_id}/", 302)]
    assert f"{code} is left to another moderator" in text_of(answer)
    assert "Left to another moderator" in text_of(answer)
    closed = text_of(client.get(place(sampled)))
    assert "You declared on" in closed
    assert "agree on one routine" not in closed
    taking_over = text_of(client_of(mo).get(place(sampled)))
    assert "Your own marks" in taking_over
    listed = text_of(client_of(mo).get(f"/moderate/rounds/{sampled.round_id}/"))
    assert "Shown after your own marks" in listed
    assert "Below the pass mark" not in listed
    assert client.post(place(sampled) + "declare/", SAID).url == place(sampled)
    assert DeclaredConflict.objects.count() == 1


def test_office_sees_on_its_desk_what_no_moderator_looks_at(sampled: Sampled, chidi: User) -> None:
    answer = client_of(chidi).post(place(sampled) + "declare/", SAID, follow=True)
    assert "Nobody else may moderate it yet" in text_of(answer)
    office = client_of(sampled.round.window.created_by)
    assert "1 sampled script of NPQLT September 2024 left by a moderator" in text_of(office.get("/office/"))
    moderation.mark_blind(
        sampled=sampled, marks=make.FAIR, by=factories.member(Role.MODERATOR, "Mo"), at=make.CLOSED
    )
    assert "left by a moderator" not in text_of(office.get("/office/"))


def test_decided_script_is_not_left_any_more(sampled: Sampled, chidi: User) -> None:
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    moderation.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=make.CLOSED)
    client = client_of(chidi)
    assert LINK not in text_of(client.get(place(sampled)))
    shown = client.get(place(sampled) + "declare/")
    assert "Write to the programme office before the round is signed off" in text_of(shown)
    assert client.post(place(sampled) + "declare/", SAID).status_code == 422


def test_who_marked_the_script_does_not_read_it_as_a_moderator(sampled: Sampled) -> None:
    marker = sampled.script.markings.all()[0].marker
    Membership.objects.create(
        user=marker, organisation=factories.organisation(), role=Role.MODERATOR, starts_on=factories.START
    )
    client = client_of(marker)
    found = text_of(client.get(place(sampled)))
    assert "You marked this script yourself" in found
    assert "agree on one routine" not in found
    own = {f"point_{n}": 3 for n in range(1, 6)}
    assert client.post(place(sampled), own).status_code == 422


def test_own_marks_sent_again_by_the_back_button_change_nothing(sampled: Sampled, chidi: User) -> None:
    client = client_of(chidi)
    own = {f"point_{n}": 3 for n in range(1, 6)}
    client.post(place(sampled), own)
    again = client.post(place(sampled), {**own, "point_1": 0}, follow=True)
    assert again.status_code == 200
    assert "Your own marks are kept as you first entered them" in text_of(again)
    sampled.refresh_from_db()
    assert sampled.marks["1"] == 3


def test_moderators_pages_take_few_queries(
    sampled: Sampled, chidi: User, django_assert_max_num_queries: Any
) -> None:
    client = client_of(chidi)
    for address in (f"/moderate/rounds/{sampled.round_id}/", place(sampled)):
        with django_assert_max_num_queries(12):
            client.get(address)
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    with django_assert_max_num_queries(12):
        client.get(place(sampled))
    moderation.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=make.CLOSED)
    for who in (client, client_of(factories.member(Role.MODERATOR, "Mo Moderator"))):
        who.get(place(sampled))  # the first look at what another decided is put on record
        with django_assert_max_num_queries(12):
            assert "is decided" in text_of(who.get(place(sampled)))


def test_window_that_is_still_open_is_called_so(chidi: User) -> None:
    window = make.window()
    sitting = make.sitting(window)
    sitting.closes_at = clock.now() + timedelta(days=1)
    sitting.save()
    found = text_of(client_of(chidi).get("/moderate/"))
    assert "Still open" in found
    assert "Draw the sample" not in found
