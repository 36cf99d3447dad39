"""A moderator's pages: windows, the sample, one script, the sign-off."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from goldenthread.assessment.models import Window
from goldenthread.moderation import actions
from goldenthread.moderation.models import Round, Sampled
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
FIRST = ">First</th>"
OWN = {f"point_{n}": 3 for n in range(1, 6)}


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def window() -> Any:
    made = make.window()
    make.markers(2)
    for name in ("Amara Applicant", "Ali Applicant"):
        make.sitting(made, name=name)
    make.mark_all(made, [make.FAIR, make.POOR])
    return made


@pytest.fixture
def sampled(window: Any, chidi: User) -> Sampled:
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0, seed="seed")
    return opened.sample.get(reason="below the pass mark")


def page(sampled: Sampled) -> str:
    return f"/moderate/scripts/{sampled.pk}/"


def test_nothing_to_moderate_says_what_will_be_here(chidi: User) -> None:
    assert "Nothing to moderate yet" in text_of(client_of(chidi).get("/moderate/"))


def state_on(day: datetime, chidi: User) -> str:
    """What the list of windows says of the one window, and whether its sample can be drawn."""
    with time_machine.travel(day, tick=False):
        content = text_of(client_of(chidi).get("/moderate/"))
    states = ("Still open", "Marking goes on", "Ready", "Under way", "To sign off", "Signed off")
    [found] = [state for state in states if re.search(rf">\s*{state}\s*<", content)]
    return f"{found}, draw" if "Draw the sample" in content else found


def test_the_list_says_where_a_window_stands(chidi: User) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    assert state_on(make.CLOSED - timedelta(days=3), chidi) == "Still open"
    assert state_on(make.CLOSED, chidi) == "Marking goes on"
    make.mark_all(window)
    assert state_on(make.CLOSED - timedelta(days=3), chidi) == "Still open"
    assert state_on(make.CLOSED, chidi) == "Ready, draw"
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=100)
    assert state_on(make.CLOSED, chidi) == "Under way"
    sampled = opened.sample.get()
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=make.CLOSED)
    assert state_on(make.CLOSED, chidi) == "To sign off"
    actions.sign_off(round=opened, by=chidi, at=make.CLOSED)
    assert state_on(make.CLOSED, chidi) == "Signed off"


@pytest.mark.parametrize("role", [None, Role.MARKER, Role.HEAD_TEACHER, Role.FACILITATOR])
def test_only_moderators_and_the_office_have_rounds(role: Any, sampled: Sampled) -> None:
    client = client_of(factories.member(role) if role else factories.user())
    for address in ("/moderate/", f"/moderate/rounds/{sampled.round_id}/", page(sampled)):
        assert client.get(address).status_code == 404
    assert client.post(f"/moderate/windows/{sampled.round.window_id}/open/").status_code == 404
    assert client.post(f"/moderate/rounds/{sampled.round_id}/sign-off/").status_code == 404


def test_office_looks_on_but_does_not_sign_off(sampled: Sampled) -> None:
    client = client_of(factories.member(Role.OFFICE, "Olu Office"))
    assert client.get("/moderate/").status_code == 200
    found = text_of(client.get(f"/moderate/rounds/{sampled.round_id}/"))
    assert sampled.script.sitting.code in found
    assert client.get(page(sampled)).status_code == 404
    assert client.post(f"/moderate/rounds/{sampled.round_id}/sign-off/").status_code == 404


def test_the_office_finds_back_from_a_round_to_its_window(sampled: Sampled, chidi: User) -> None:
    back = f'<a href="/office/windows/{sampled.round.window_id}/">The window in the office</a>'
    olu = factories.member(Role.OFFICE, "Olu Office")
    address = f"/moderate/rounds/{sampled.round_id}/"
    assert back in client_of(olu).get(address).content.decode()
    assert back not in client_of(chidi).get(address).content.decode()


def test_sample_is_drawn_by_one_click(window: Any, chidi: User) -> None:
    client = client_of(chidi)
    assert "Draw the sample" in text_of(client.get("/moderate/"))
    answer = client.post(f"/moderate/windows/{window.pk}/open/")
    assert answer.url == f"/moderate/rounds/{Round.objects.get().pk}/"
    assert client.post(f"/moderate/windows/{window.pk}/open/").url == answer.url


def test_unfinished_marking_shows_no_button_and_a_forced_click_says_why(chidi: User) -> None:
    window = make.window()
    script = make.script(window)
    client = client_of(chidi)
    listed = text_of(client.get("/moderate/"))
    assert "Marking goes on" in listed
    assert "A moderator draws the sample here once every script has agreed marks: 1 of 1 waits." in listed
    answer = client.post(f"/moderate/windows/{window.pk}/open/", follow=True)
    assert f"{script.sitting.code} is not allocated" in text_of(answer)
    scheme = window.case_study.scheme
    Window.objects.update(case_study=None, scheme=scheme, task="task-1", task_title="Leading change")
    assert "Leading change" in text_of(client.get("/moderate/"))


def test_windows_take_as_many_queries_for_one_as_for_three(
    chidi: User, django_assert_max_num_queries: Any
) -> None:
    client, counts = client_of(chidi), []
    for number in (1, 2, 3):
        make.sitting(make.window(factories.intake(starts_on=factories.START.replace(month=8 + number))))
        with django_assert_max_num_queries(12) as queries:
            client.get("/moderate/")
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[2]


def test_script_is_blind_first_then_shows_markings_and_takes_a_decision(
    sampled: Sampled, chidi: User
) -> None:
    client = client_of(chidi)
    first = text_of(client.get(page(sampled)))
    assert "Your own marks" in first
    assert FIRST not in first
    assert "Amara" not in first
    assert client.post(page(sampled), OWN).status_code == 302
    second = text_of(client.get(page(sampled)))
    for part in (FIRST, ">Second</th>", "the moderator gave more"):
        assert part in second
    assert "Ben Marker" not in second
    assert client.post(page(sampled), {"decision": "confirmed", "note": "It holds."}).status_code == 302
    assert "is decided" in text_of(client.get(page(sampled)))


ADJUSTED = {"decision": "adjusted", "learn_that": "9", "learn_how_to": "6", "note": "Why"}


@pytest.mark.parametrize(("given", "fault"), [
    ({}, "Choose whether the marks stand"),
    ({"decision": "adjusted", "note": "Why"}, "Enter the other marks"),
    (ADJUSTED | {"note": ""}, "Say why other marks take their place"),
    (ADJUSTED | {"learn_that": "9.3"}, "whole or half marks"),
    (ADJUSTED | {"learn_that": "13"}, "Enter 0 to 12 marks here"),
    (ADJUSTED | {"learn_that": "1e9", "learn_how_to": "NaN"}, "Enter a number"),
    ({"decision": "other"}, "Select a valid choice"),
])  # fmt: skip
def test_faulty_decisions_come_back_filled(sampled: Sampled, chidi: User, given: dict, fault: str) -> None:
    client = client_of(chidi)
    client.post(page(sampled), OWN)
    answer = client.post(page(sampled), given)
    assert answer.status_code == 422
    assert fault in text_of(answer)
    sampled.refresh_from_db()
    assert sampled.decision == ""


def test_half_marks_can_be_given(sampled: Sampled, chidi: User) -> None:
    client = client_of(chidi)
    client.post(page(sampled), OWN)
    client.post(
        page(sampled), {"decision": "adjusted", "learn_that": "8.5", "learn_how_to": "6", "note": "Point 2."}
    )
    sampled.refresh_from_db()
    assert (sampled.half_marks_learn_that, sampled.half_marks_learn_how_to) == (17, 12)
    assert "now 8.5 for learn that and 6" in text_of(client.get(page(sampled)))


def test_faulty_own_marks_come_back(sampled: Sampled, chidi: User) -> None:
    answer = client_of(chidi).post(page(sampled), {**OWN, "point_1": 5})
    assert answer.status_code == 422
    assert "Point 1 can be given 0 to 4 marks" in text_of(answer)


def test_second_moderator_is_told_who_moderates(sampled: Sampled, chidi: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    other = client_of(factories.member(Role.MODERATOR, "Mo Moderator"))
    found = text_of(other.get(page(sampled)))
    assert "Chidi Moderator is moderating this script already" in found
    assert FIRST not in found


def test_round_is_signed_off_by_button_after_the_last_decision(sampled: Sampled, chidi: User) -> None:
    client, address = client_of(chidi), f"/moderate/rounds/{sampled.round_id}/"
    early = client.post(address + "sign-off/", follow=True)
    assert "still open" in text_of(early)
    for one in sampled.round.sample.order_by("pk"):
        client.post(page(one), OWN)
        client.post(page(one), {"decision": "confirmed", "note": "It holds."})
    assert "Sign this round off" in text_of(client.get(address))
    assert "Signed off by Chidi Moderator" in text_of(client.post(address + "sign-off/", follow=True))


def test_to_confirm_against_ones_own_marks_asks_why_and_the_sign_off_names_it(
    sampled: Sampled, chidi: User
) -> None:
    client, address = client_of(chidi), f"/moderate/rounds/{sampled.round_id}/"
    client.post(page(sampled), OWN)  # 15 of 20 pass; the agreed marks don't
    assert "Your own marks are far from the agreed ones" in text_of(client.get(page(sampled)))
    silent = client.post(page(sampled), {"decision": "confirmed", "note": " "})
    assert (silent.status_code, "Say why the agreed marks stand" in text_of(silent)) == (422, True)
    both = {"decision": "confirmed", "note": "They read it strictly.", "learn_that": "9"}
    for more in ({}, {"learn_how_to": "6"}):
        answer = client.post(page(sampled), both | more)
        assert (answer.status_code, "empty the boxes" in text_of(answer)) == (422, True)
    assert Sampled.objects.get(pk=sampled.pk).decision == ""
    assert (
        client.post(page(sampled), {"decision": "confirmed", "note": "They read it strictly."}).status_code
        == 302
    )
    for one in sampled.round.sample.filter(decision=""):
        client.post(page(one), OWN)  # FAIR is agreed: 14 of 20
        assert "far from the agreed" not in text_of(client.get(page(one)))
        assert client.post(page(one), {"decision": "confirmed"}).status_code == 302
    named = "In 1 script the agreed marks stand though"
    assert named in text_of(client.get(address))
    assert (
        sampled.script.sitting.code in text_of(client.get(address)).partition(named)[2].partition("</p>")[0]
    )


@pytest.mark.parametrize("national", [True, False])
def test_the_sign_off_says_what_the_results_wait_for(
    sampled: Sampled, chidi: User, national: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldenthread.moderation.queries.asks_national", lambda window: national)
    client = client_of(chidi)
    for one in sampled.round.sample.order_by("pk"):
        client.post(page(one), OWN)
        client.post(page(one), {"decision": "confirmed", "note": "It holds."})
    found = text_of(client.get(f"/moderate/rounds/{sampled.round_id}/"))
    assert ("until the national moderator's answer is applied" in found) is national
    assert ("and the results can be released" in found) is not national


def test_what_a_moderator_left_behind_is_told_to_be_taken_over_and_the_page_tells_its_key(
    sampled: Sampled, chidi: User
) -> None:
    client_of(chidi).post(page(sampled), OWN)
    other = client_of(factories.member(Role.MODERATOR, "Dana Moderator"))
    address = f"/moderate/rounds/{sampled.round_id}/"
    assert "To take over" not in text_of(other.get(address))
    Membership.objects.filter(user=chidi).update(ends_on=date(2025, 10, 1))
    found = text_of(other.get(address))
    assert "To take over" in found
    assert "no moderator any more; open it to take it over" in found
    assert 'data-key="n"' in found
    assert "moderate the next script" in found


def test_the_office_reads_a_round_in_its_own_frame_and_why_it_opens_no_script(sampled: Sampled) -> None:
    found = text_of(client_of(sampled.round.window.created_by).get(f"/moderate/rounds/{sampled.round_id}/"))
    assert '<body class="gt-roomy ' in found
    assert 'href="/office/windows/" aria-current' in found
    assert "opened and decided by moderators" in found
    assert page(sampled) not in found


def test_whoever_is_of_the_office_and_a_moderator_opens_scripts_from_a_round(sampled: Sampled) -> None:
    olu = sampled.round.window.created_by
    held = olu.memberships.get()
    olu.memberships.create(organisation=held.organisation, role=Role.MODERATOR, starts_on=held.starts_on)
    found = text_of(client_of(olu).get(f"/moderate/rounds/{sampled.round_id}/"))
    assert f'href="{page(sampled)}"' in found
    assert '<body class="gt-roomy ' in found
    assert "opened and decided by moderators" not in found
