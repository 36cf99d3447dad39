"""What arrives beside the draft: as much as can be kept, after a deferral too; allocation waits for the undecided."""

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment import actions, queries, upload_queries
from goldenthread.assessment.models import Sitting, SittingState
from goldenthread.assessment.rules import instant_text, steps
from goldenthread.assessment.rules.kept import LONGEST_KEPT, MOST_DEFERRED, PARKED_FOR
from goldenthread.assessment.writing_models import KeptText, ParkedText, Why
from goldenthread.common.limits import Limit
from goldenthread.common.refused import Refused
from goldenthread.learning.models import TaskResponse
from goldenthread.marking.actions import allocate_window
from goldenthread.marking.appointing import check_closed
from goldenthread.web.participant.shown_to import FOR, word_for
from goldenthread.web.shared import parking
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching
from tests.web.test_kept_texts import (
    AFTER,
    HANDS_IN,
    IN_TIME,
    SECOND,
    confirm,
    form_of,
    page,
    parked,
    save,
    shown,
    sign_in,
)
from tests.web.test_last_seconds import _sent as as_sent
from tests.web.test_participant_pages import WORK, save_draft

MOST = 12  # as on every page (tests/web/test_list_pages.py)
pytestmark = pytest.mark.django_db


@pytest.fixture
def one() -> Sitting:
    return made.sitting()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(IN_TIME, tick=False) as moved:
        yield moved


# --- as much as of a text that was refused ------------------------------------------------------------------------
@pytest.mark.parametrize("length", [200_001, 250_001, 600_000, LONGEST_KEPT])
def test_up_to_a_million_characters_wait_for_their_writer(one: Sitting, clock: Any, length: int) -> None:
    text = ("ü " * (length // 2) + "x" * (length % 2)).replace(" ", "\r\n", 3)
    text += "y" * (length - len(text.replace("\r\n", "\n")))
    client = parked(one, text, save="1")
    clock.move_to(AFTER)
    sign_in(client, one)
    client.get(page(one))
    kept = KeptText.objects.get(why=Why.LONG)
    assert sum(map(len, kept.texts.values())) == length
    assert kept.arrived_at == IN_TIME


@pytest.mark.parametrize("beyond", [1, 500_000])
def test_what_is_beyond_it_is_said_and_shown_to_be_copied(one: Sitting, clock: Any, beyond: int) -> None:
    text = "z" * (LONGEST_KEPT + beyond)
    client = Client()
    answer = client.post(page(one), form_of(one, text, save="1"))
    assert answer.status_code == 413
    said = shown(answer)
    assert f"{LONGEST_KEPT + beyond:,} characters are more than we can keep" in said
    assert "1,000,000" in said
    assert "Copy it into a document of your own" in said
    assert text in said
    assert not [key for key in list(client.session.keys()) if key.startswith("parked:")]


def test_the_longest_texts_of_one_address_are_few(one: Sitting, clock: Any) -> None:
    for _ in range(parking.PARK_MUCH.times + 3):
        Client().post(page(one), form_of(one, "z" * (parking.MUCH + 1), save="1"))
    assert Session.objects.count() == parking.PARK_MUCH.times


@pytest.mark.parametrize(("limit", "length"), [("PARK", 1000), ("PARK", 3), ("PARK_MUCH", parking.MUCH + 1)])
def test_one_too_many_of_an_address_is_shown_to_be_copied_and_says_when_to_go_on(
    one: Sitting, clock: Any, monkeypatch: pytest.MonkeyPatch, limit: str, length: int
) -> None:
    monkeypatch.setattr(parking, limit, Limit(f"few of {limit}", 1, timedelta(hours=1)))
    text = "z" * length
    assert Client().post(page(one), form_of(one, text, save="1")).status_code == 302
    client = Client()
    answer = client.post(page(one), form_of(one, text, save="1"))
    said = shown(answer)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "Your text could not be kept" in said
    assert "too long" not in said
    assert f"> {text}</textarea>" in said
    assert said.count("<textarea") == 1  # what the page filled in by itself is nobody's text
    assert "sign in and go back to the page" in said
    assert not [key for key in list(client.session.keys()) if key.startswith("parked:")]
    clock.shift(timedelta(hours=1, seconds=1))
    assert Client().post(page(one), form_of(one, text, save="1")).status_code == 302


def test_who_signed_in_again_with_too_much_is_not_told_that_they_are_signed_out(
    one: Sitting, clock: Any
) -> None:
    """Every field is shown, the short ones too."""
    coach, meeting = factories.user(), "A short word."
    client = Client(enforce_csrf_checks=True)
    client.force_login(coach)
    texts = {"held_at": "2026-01-01", "focus": meeting, "feedback": "z" * (LONGEST_KEPT + 1)}
    address = reverse("teaching:coachee", args=[1])
    answer = client.post(address, {**texts, "person": str(coach.pk)}, headers={"Origin": "http://testserver"})
    said = shown(answer)
    assert answer.status_code == 413
    assert "You signed in again after this page was loaded" in said
    assert "signed out" not in said
    assert f"> {meeting}</textarea>" in said
    assert "What you wrote (3 of 3)" in said


# --- typed while a deferral was being approved -------------------------------------------------------------------
def deferred(one: Sitting) -> Client:
    save(one, "What was saved.", at=made.INSIDE)
    Sitting.everything.filter(pk=one.pk).update(state=SittingState.DEFERRED)
    one.refresh_from_db()
    client = Client()
    client.force_login(one.enrolment.user)
    return client


@pytest.mark.parametrize("button", ["save", "hand_in"])
def test_a_sentence_typed_while_a_deferral_is_approved_is_kept(one: Sitting, clock: Any, button: str) -> None:
    clock.move_to(made.INSIDE)
    client = deferred(one)
    typed = f"What was saved. And a last sentence by {button}."
    for _ in range(2):
        answer = client.post(page(one), form_of(one, typed, own_work="on", ai_use="none", **{button: "1"}))
        assert answer.status_code == 403
        assert typed in shown(answer)
    kept = KeptText.objects.get()
    assert (kept.why, kept.texts, kept.arrived_at) == (Why.DEFERRED, {"": typed}, made.INSIDE)
    address = reverse("participant:kept_text", args=[one.pk, kept.pk])
    assert address in shown(client.get(page(one)))
    read = shown(client.get(address))
    assert typed in read
    assert "This sitting was deferred" in read
    refused = client.post(address, {"own_work": "on", "ai_use": "none"})
    assert refused.status_code == 422
    assert not one.scripts.exists()
    office = Client()
    office.force_login(made.office())
    assert typed in shown(office.get(reverse("office:writing_kept", args=[one.pk, kept.pk])))


def sends(client: Client, one: Sitting, content: dict[str, Any]) -> Any:
    address = reverse("participant:sitting_draft", args=[one.pk])
    return client.post(address, content, content_type="application/json")


@pytest.mark.parametrize("by_steps", [False, True])
def test_what_the_editor_sends_by_itself_then_is_kept_too(one: Sitting, clock: Any, by_steps: bool) -> None:
    clock.move_to(made.INSIDE)
    client = deferred(one)
    new = "What was saved. More."
    if by_steps:
        found = steps.changes(
            one.draft, {"": new}, after=one.draft_revision, how=steps.How.TYPED, at=made.INSIDE
        )
        content: dict[str, Any] = {"steps": [as_sent(step) for step in found]}
    else:
        content = {"revision": one.draft_revision, "texts": {"": new}}
    answer = sends(client, one, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "sitting.deferred")
    assert "What you typed meanwhile is kept too" in answer.json()["message"]
    assert KeptText.objects.get().texts == {"": new}


def test_of_many_the_first_and_the_latest_are_kept_and_what_was_saved_is_none(
    one: Sitting, clock: Any
) -> None:
    clock.move_to(made.INSIDE)
    client = deferred(one)
    sends(client, one, {"revision": one.draft_revision, "texts": {"": "What was saved."}})
    assert not KeptText.objects.exists()
    for number in range(MOST_DEFERRED + 4):
        clock.shift(SECOND)
        sends(client, one, {"revision": one.draft_revision, "texts": {"": f"Sentence {number}."}})
    kept = [row.texts[""] for row in KeptText.objects.order_by("arrived_at")]
    last = MOST_DEFERRED + 3
    assert kept == [f"Sentence {number}." for number in (*range(MOST_DEFERRED - 1), last)]


# --- allocation waits for who was signed out ---------------------------------------------------------------------
def undecided(one: Sitting, at: datetime) -> list[datetime]:
    return upload_queries.undecided_texts(one.window, at=at)


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("before", [20 * SECOND, timedelta(minutes=25), timedelta(0)])
def test_a_text_whose_writer_has_not_signed_in_holds_allocation_for_its_hour(
    one: Sitting, clock: Any, before: timedelta
) -> None:
    clock.move_to(made.CLOSES_AT - before)
    parked(one, "Sent in time", **HANDS_IN)
    free = made.CLOSES_AT - before + timedelta(hours=1)
    assert undecided(one, free) == [free]
    assert undecided(one, free + SECOND) == []
    office = made.office()
    with pytest.raises(Refused) as refusal:
        allocate_window(window=one.window, by=office, at=free)
    assert refusal.value.code == "allocation.under_way"
    assert "1 text arrived in time from somebody who was signed out" in refusal.value.message
    assert instant_text(free, one.zone) in refusal.value.message
    check_closed(one.window, at=free + SECOND)
    browser = Client()
    browser.force_login(office)
    clock.move_to(free - SECOND)
    window = reverse("office:window", args=[one.window_id])
    assert "1 text arrived in time from somebody who was signed out" in shown(browser.get(window))
    clock.move_to(free + SECOND)
    assert "signed out" not in shown(browser.get(window))


def test_what_may_still_come_is_asked_once(one: Sitting, clock: Any, django_assert_num_queries: Any) -> None:
    parked(one, "Sent in time", **HANDS_IN)
    # The deadline, the texts, the minutes for the rest, the documents.
    with django_assert_num_queries(4), pytest.raises(Refused):
        check_closed(one.window, at=AFTER + timedelta(minutes=5))


def test_who_is_signed_out_has_no_sitting_loaded_before_a_text_is_noted(one: Sitting, clock: Any) -> None:
    with CaptureQueriesContext(connection) as asked:
        Client().get(page(one))
    assert not [each["sql"] for each in asked if "goldenthread_sitting" in each["sql"]]
    with CaptureQueriesContext(connection) as asked:
        parked(one, "Only saved", save="1")
    assert not [each["sql"] for each in asked if '"goldenthread_sitting"."code"' in each["sql"]]


def together(people: int) -> list[Sitting]:
    """So many people who sit in one window."""
    intake = factories.intake()
    for number in range(people):
        made.ready(f"Nia{number} Next", to=intake)
    window = made.window(intake)
    return [queries.get_sitting_for(each.enrolment.user, each.pk) for each in window.sittings.order_by("pk")]


def test_several_are_counted_and_those_that_are_decided_are_not(clock: Any) -> None:
    one, *others = together(4)
    clients = [parked(each, "Sent in time", **HANDS_IN) for each in (one, *others)]
    parked(one, "And sent again", **HANDS_IN)
    assert len(undecided(one, AFTER)) == 4
    with pytest.raises(Refused, match="4 texts arrived in time from people who were signed out"):
        check_closed(one.window, at=AFTER + timedelta(minutes=5))
    clock.move_to(AFTER)
    sign_in(
        clients[1], others[0]
    )  # it waits to be handed in as it came, until the minutes for the rest are over
    clients[1].get(page(others[0]))
    assert len(undecided(one, AFTER)) == 4
    assert confirm(clients[1], others[0]).status_code == 302
    assert len(undecided(one, AFTER)) == 3
    made.script(others[1], "Handed in on the phone since", at=IN_TIME + SECOND)
    assert len(undecided(one, AFTER)) == 2
    Sitting.everything.filter(pk=others[2].pk).update(state=SittingState.DEFERRED)
    assert len(undecided(one, AFTER)) == 1


def test_the_page_of_the_window_asks_no_more_for_more_of_them(clock: Any) -> None:
    one, *others = together(5)
    browser, asked = Client(), []
    browser.force_login(made.office())
    for each in (one, *others):
        clock.move_to(IN_TIME)
        parked(each, "Sent in time", **HANDS_IN)
        clock.move_to(AFTER)
        with CaptureQueriesContext(connection) as found:
            said = shown(browser.get(reverse("office:window", args=[one.window_id])))
        assert "undecided. Scripts can be allocated after" in said
        asked.append(len([query for query in found.captured_queries if "SAVEPOINT" not in query["sql"]]))
    assert len(set(asked[1:])) == 1
    assert max(asked[1:]) <= MOST


@pytest.mark.parametrize("fields", [{"save": "1"}, {"hand_in": "1", "ai_use": "none"}])
def test_what_was_not_sent_to_be_handed_in_holds_nothing(
    one: Sitting, clock: Any, fields: dict[str, str]
) -> None:
    parked(one, "Only saved", **fields)
    assert undecided(one, AFTER) == []


def test_what_came_late_or_names_somebody_else_holds_nothing(one: Sitting, clock: Any) -> None:
    else_ = factories.user("Somebody Else")
    stranger = {**HANDS_IN, "person": str(else_.pk), "shown_to": word(one, user=else_)}
    parked(one, "Of somebody else", **stranger)
    assert not ParkedText.objects.exists()
    clock.move_to(made.CLOSES_AT + SECOND)
    parked(one, "Too late", **HANDS_IN)
    assert not ParkedText.objects.exists()


def word(one: Sitting, *, user: Any = None, at: datetime = IN_TIME) -> str:
    return word_for(one.pk, user or one.enrolment.user, at=at)


def test_the_page_that_its_writer_loaded_holds_the_word_that_counts(one: Sitting, clock: Any) -> None:
    clock.move_to(made.INSIDE)
    writer = Client()
    writer.force_login(one.enrolment.user)
    said = shown(writer.get(page(one)))
    found = re.search(r'name="shown_to" value="([^"]+)"', said)
    assert found is not None
    clock.move_to(made.INSIDE + FOR)
    parked(one, "A day later", **HANDS_IN, shown_to=html.unescape(found[1]))
    assert ParkedText.objects.get().arrived_at == made.INSIDE + FOR
    ParkedText.objects.all().delete()
    clock.shift(SECOND)
    parked(one, "More than a day later", **HANDS_IN, shown_to=html.unescape(found[1]))
    assert not ParkedText.objects.exists()


@pytest.mark.parametrize(
    "kind", ["none", "made up", "of another", "of another sitting", "to come", "altered"]
)
def test_whoever_was_not_signed_in_as_that_person_holds_nothing_and_learns_nothing(
    one: Sitting, clock: Any, kind: str
) -> None:
    words = {
        "none": "",
        "made up": '{"sitting": 1, "user": "1"}',
        "of another": word(one, user=factories.user("Somebody Else")),
        "of another sitting": word_for(one.pk + 1, one.enrolment.user, at=IN_TIME),
        "to come": word(one, at=IN_TIME + SECOND),
        "altered": word(one)[:-1] + ("A" if word(one)[-1] != "A" else "B"),
    }
    client = parked(one, "Of whoever knows two numbers", **HANDS_IN, shown_to=words[kind])
    assert not ParkedText.objects.exists()
    assert undecided(one, AFTER) == []
    honest = parked(one, "Of its writer", **HANDS_IN)
    assert client.session.get_expiry_age() == honest.session.get_expiry_age()  # the answer is the same
    assert ParkedText.objects.count() == 1
    sign_in(client, one)  # and its text is kept all the same
    assert "Of whoever knows two numbers" in shown(client.get(page(one)))


def test_with_fewer_minutes_for_the_rest_it_holds_no_longer_than_it_can_count(
    one: Sitting, clock: Any
) -> None:
    actions.set_late_policy(
        version=one.window.intake.version, days=None, rest_minutes=10, reason="Our board", by=made.office(),
        at=made.BEFORE,
    )  # fmt: skip
    parked(one, "Sent in time", **HANDS_IN)
    assert undecided(one, AFTER) == [made.CLOSES_AT + timedelta(minutes=10)]


def test_the_session_waits_as_long_as_the_rule_says() -> None:
    assert timedelta(seconds=parking.FOR_SECONDS) == PARKED_FOR
    assert parking.MOST_CHARACTERS == LONGEST_KEPT


# --- formative tasks ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("revision", [0, 1])
def test_it_takes_no_place_of_work_that_was_saved_since(revision: int) -> None:
    amara = factories.enrolment()
    teaching.content(amara)
    mine, address = Client(), "/my/learning/tasks/tasks-1/"
    mine.force_login(amara.user)
    for number in range(revision):
        save_draft(mine, number, context=f"saved before, {number}")
    client, whose = Client(), {"enrolment": amara.reference, "person": str(amara.user_id)}
    client.post(address, {**WORK.__dict__, "revision": revision, **whose})
    save_draft(mine, revision, context="saved on the phone since")
    client.force_login(amara.user)
    said = client.get(address).content.decode()
    assert "Another text was saved since" in said
    assert WORK.evidence in said
    assert "saved on the phone since" in said
    assert TaskResponse.objects.get().context == "saved on the phone since"
