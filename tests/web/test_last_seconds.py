"""What a deadline, a limit and a stale page may and may not do: nobody is late by our queue, no text is dropped."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from bench import handin
from goldenthread.assessment import actions
from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.writing_models import WritingStep
from tests import factories
from tests import factories_assessment as made

SECOND = timedelta(seconds=1)
JUST_BEFORE = made.CLOSES_AT - 30 * SECOND  # 23:59:30 in London
JUST_AFTER = made.CLOSES_AT + SECOND


def signed_in(one: Sitting) -> Client:
    client = Client()
    client.force_login(one.enrolment.user)
    return client


def post(client: Client, one: Sitting, text: str, **fields: str) -> Any:
    sent = {"text_1": text, "revision": "0", "form_key": "k", "steps": "", **fields}
    return client.post(reverse("participant:sitting", args=[one.pk]), sent)


def hand_in(client: Client, one: Sitting, text: str, **fields: str) -> Any:
    return post(client, one, text, hand_in="1", own_work="on", ai_use="none", **fields)


def shown(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def behind_a_proxy(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


# --- two hundred at once ------------------------------------------------------------------------------------------
PEOPLE = 200


def pressed(job: dict[str, Any], number: int, closes_at: datetime) -> int:
    """One person's request: sent in one of the last five seconds, come to when the window has long been closed.

    By turns a draft is saved with the button, the editor sends its steps, and a script is handed in.
    """
    sent_at = closes_at - timedelta(milliseconds=25 * (number % PEOPLE))
    client = Client(headers={"X-Request-Start": f"t={sent_at.timestamp():.3f}"})
    client.cookies["sessionid"] = job["session"]
    text = f"Response {number}"
    fields = {
        "text_1": text,
        "revision": str(job["revision"]),
        "form_key": job["form_key"],
        "own_work": "on",
        "ai_use": "none",
    }
    try:
        if number % 3 == 0:
            return client.post(job["path"], {**fields, "save": "1"}).status_code
        if number % 3 == 1:
            return client.post(job["path"], {**fields, "hand_in": "1"}).status_code
        body = json.dumps({"revision": job["revision"], "texts": {"": text}})
        return client.post(f"{job['path']}draft/", body, content_type="application/json").status_code
    finally:
        connections.close_all()


@pytest.mark.requirement("S0-39")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("behind_a_proxy")
def test_of_two_hundred_in_the_last_five_seconds_none_is_late_because_the_queue_was_long() -> None:
    factories.load_catalogue()
    with time_machine.travel(made.INSIDE, tick=True):
        jobs = handin.make_jobs(PEOPLE, "A short text.", at=made.INSIDE)
    closes_at = Sitting.objects.values_list("closes_at", flat=True)[0]
    with time_machine.travel(closes_at + 60 * SECOND, tick=True), ThreadPoolExecutor(16) as crowd:
        found = list(crowd.map(lambda place: pressed(jobs[place], place, closes_at), range(PEOPLE)))
    assert found == [200 if number % 3 == 2 else 302 for number in range(PEOPLE)]
    kept = {one.pk: one for one in Sitting.objects.all()}
    for number, job in enumerate(jobs):
        one = kept[job["sitting"]]
        assert one.draft == {"": f"Response {number}"}
        assert closes_at - 5 * SECOND <= one.draft_saved_at <= closes_at
    assert Script.objects.filter(received_at__lte=closes_at).count() == len(range(1, PEOPLE, 3))
    assert WritingStep.objects.filter(arrived_at__lte=closes_at).count() == PEOPLE


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_whoever_sends_a_second_after_the_deadline_is_late_however_quick_the_server_is() -> None:
    one = made.sitting()
    client = signed_in(one)
    client.defaults["HTTP_X_REQUEST_START"] = f"t={JUST_AFTER.timestamp():.3f}"
    with time_machine.travel(JUST_AFTER + SECOND, tick=False):
        assert hand_in(client, one, "Too late").status_code == 422
    assert not one.scripts.exists()


# --- refused, over-long: kept, shown, and told what to do --------------------------------------------------------
@pytest.fixture
def late_evening() -> Iterator[Any]:
    with time_machine.travel(JUST_BEFORE, tick=False) as clock:
        yield clock


@pytest.mark.requirement("S0-30")
@pytest.mark.django_db
def test_a_refused_text_is_kept_and_shown_with_what_to_do_also_a_minute_before_midnight(
    late_evening: Any,
) -> None:
    one = made.sitting()
    client = signed_in(one)
    long = "word " * 1507
    answer = hand_in(client, one, long)
    assert answer.status_code == 422
    assert "1,507 of 1,500 words: cut 7 words and hand in again" in shown(answer)
    assert "1,507 of 1,500: 7 words too many" in shown(answer)
    assert long.strip() in shown(answer)
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at) == ({"": long}, JUST_BEFORE)
    late_evening.move_to(JUST_AFTER)
    answer = hand_in(client, one, "word " * 1500, revision="1")
    assert answer.status_code == 422
    assert "The window closed at" in shown(answer)
    assert "Write to the programme office today" in shown(answer)
    one.refresh_from_db()
    assert one.draft == {"": "word " * 1500}
    page = shown(client.get(reverse("participant:sitting", args=[one.pk])))
    assert "What you wrote is kept below, with the time at which it was saved" in page
    assert not one.scripts.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "told"),
    [({"own_work": ""}, "Confirm that this is your own work"), ({"text_1": "  "}, "nothing to hand in")],
)
def test_whatever_else_is_wrong_the_text_is_kept_at_the_last_minute(
    late_evening: Any, fields: dict[str, str], told: str
) -> None:
    one = made.sitting()
    sent = {
        "text_1": "Kept",
        "revision": "0",
        "form_key": "k",
        "hand_in": "1",
        "own_work": "on",
        "ai_use": "none",
        **fields,
    }
    answer = signed_in(one).post(reverse("participant:sitting", args=[one.pk]), sent)
    assert answer.status_code == 422
    assert told in shown(answer)
    one.refresh_from_db()
    assert one.draft == {"": sent["text_1"]}


@pytest.mark.django_db
def test_more_than_can_be_stored_comes_back_whole_and_what_was_saved_stays(late_evening: Any) -> None:
    one = made.sitting()
    client = signed_in(one)
    post(client, one, "Saved before")
    long = "y" * 200_001
    for answer in (hand_in(client, one, long, revision="1"), post(client, one, long, revision="1")):
        assert answer.status_code == 422
        assert "200001 characters" in shown(answer)
        assert "It is still in the editor below" in shown(answer)
        assert long in answer.content.decode()
    one.refresh_from_db()
    assert one.draft == {"": "Saved before"}


# --- a personal limit; no clock that a page starts ---------------------------------------------------------------
@pytest.mark.requirement("S2-34")
@pytest.mark.django_db
def test_the_server_holds_each_person_to_their_own_limit() -> None:
    more, less = made.sitting(), made.ready("Ben Usual")
    actions.book_sittings(window=more.window, by=made.office(), at=made.BEFORE)
    other = Sitting.objects.get(enrolment=less)
    Sitting.objects.filter(pk=more.pk).update(extra_words=150)
    with time_machine.travel(made.INSIDE, tick=False):
        assert "1,501 of 1,500 words" in shown(hand_in(signed_in(other), other, "word " * 1501))
        assert "1,651 of 1,650 words" in shown(hand_in(signed_in(more), more, "word " * 1651))
        assert hand_in(signed_in(more), more, "word " * 1650, revision="1").status_code == 302
    assert (more.scripts.get().words, other.scripts.count()) == (1650, 0)


@pytest.mark.requirement("S0-39")
@pytest.mark.django_db
def test_opening_a_page_starts_no_clock() -> None:
    early, late = made.sitting(), made.ready("Ben Late")
    actions.book_sittings(window=early.window, by=made.office(), at=made.BEFORE)
    other = Sitting.objects.get(enrolment=late)
    before = set(Sitting.objects.values_list("pk", "opens_at", "closes_at"))
    for one, when in ((early, made.OPENS_AT), (early, made.INSIDE), (other, JUST_BEFORE)):
        client = signed_in(one)
        with time_machine.travel(when, tick=False):
            for name in ("sitting", "sitting_draft", "script_upload"):
                assert client.get(reverse(f"participant:{name}", args=[one.pk])).status_code == 200
    assert set(Sitting.objects.values_list("pk", "opens_at", "closes_at")) == before
    assert {closes for _, _, closes in before} == {made.CLOSES_AT}
    with time_machine.travel(made.CLOSES_AT, tick=False):
        assert hand_in(signed_in(early), early, "At midnight").status_code == 302
        assert hand_in(signed_in(other), other, "At midnight").status_code == 302


# --- a stale tab ---------------------------------------------------------------------------------------------------
@pytest.fixture
def two(db: None) -> tuple[Sitting, Sitting]:
    """Two sittings of one person: of the first the window has closed when the second's is open."""
    first = made.sitting()
    later = made.later_sitting(first, days=10)
    return first, later


def test_a_stale_tab_cannot_attach_work_to_another_task(two: tuple[Sitting, Sitting]) -> None:
    old, new = two
    client = signed_in(old)
    with time_machine.travel(new.opens_at + timedelta(days=1), tick=False):
        assert hand_in(client, old, "Left open for ten days").status_code == 422
        body = {
            "steps": [
                _sent(step)
                for step in log.changes({}, {"": "Left open"}, after=1, how=log.How.TYPED, at=made.INSIDE)
            ]
        }
        answer = client.post(
            reverse("participant:sitting_draft", args=[new.pk]),
            json.dumps(body),
            content_type="application/json",
        )
        assert answer.status_code == 409  # the second step of a text that has no first one here
    new.refresh_from_db()
    old.refresh_from_db()
    assert (new.draft, new.scripts.count(), old.draft) == ({}, 0, {"": "Left open for ten days"})


def test_a_text_that_waited_for_its_writer_to_sign_in_comes_back_in_its_own_task_alone(
    two: tuple[Sitting, Sitting],
) -> None:
    old, new = two
    client = Client()
    with time_machine.travel(new.opens_at + timedelta(days=1), tick=False):
        fields = {
            "text_1": "Of the second",
            "revision": "0",
            "form_key": "k",
            "person": str(new.enrolment.user.pk),
        }
        client.post(reverse("participant:sitting", args=[new.pk]), fields)
        client.force_login(new.enrolment.user)
        assert "Of the second" not in shown(client.get(reverse("participant:sitting", args=[old.pk])))
        assert "Of the second" in shown(client.get(reverse("participant:sitting", args=[new.pk])))


# --- what the editor sends -------------------------------------------------------------------------------------------
def _sent(step: log.Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "part": step.part,
        "position": step.position,
        "removed": step.removed,
        "inserted": step.inserted,
        "before": step.before,
        "after": step.after,
        "how": step.how.value,
        "at": int(step.written_at.timestamp() * 1000),
    }


@pytest.mark.django_db
def test_steps_of_any_shape_are_answered_and_only_whole_ones_are_kept() -> None:
    one = made.sitting()
    client = signed_in(one)
    (step,) = log.changes({}, {"": "We read \U0001f642 aloud"}, after=0, how=log.How.TYPED, at=made.INSIDE)
    good = _sent(step)
    url = reverse("participant:sitting_draft", args=[one.pk])

    def answer(*some: Any) -> int:
        with time_machine.travel(made.INSIDE, tick=False):
            return client.post(url, json.dumps({"steps": some}), content_type="application/json").status_code

    for name, odd in (
        ("number", "1"), ("number", True), ("number", 0), ("number", 2**40), ("position", -1), ("position", 1.5),
        ("removed", None), ("inserted", "\x00"), ("inserted", "a\r\nb"), ("inserted", "\ud83d"), ("inserted", ""),
        ("how", "verdict"), ("at", 0), ("at", 10**18), ("before", 7), ("part", []),
    ):  # fmt: skip
        assert answer({**good, name: odd}) == 400, (name, odd)
    for odd in ([], "x", None, [good], {}):
        assert answer(odd) == 400
    assert answer() == 422
    assert answer({**good, "part": "elsewhere"}) == answer({**good, "how": "restored"}) == 422
    assert answer({**good, "position": 3}) == answer({**good, "after": "zz"}) == 422
    assert answer(good) == answer(good) == 200
    one.refresh_from_db()
    assert (one.draft, one.draft_revision) == ({"": "We read \U0001f642 aloud"}, 1)


@pytest.mark.django_db
def test_the_button_brings_steps_that_were_not_answered_and_odd_ones_change_nothing() -> None:
    one = made.sitting()
    client = signed_in(one)
    stages = [{}, {"": "Un"}, {"": "Unsent"}]
    unsent = [
        step
        for number, (old, new) in enumerate(pairwise(stages))
        for step in log.changes(old, new, after=number, how=log.How.TYPED, at=made.INSIDE)
    ]
    steps = json.dumps({"steps": [_sent(step) for step in unsent]})
    with time_machine.travel(made.INSIDE, tick=False):
        assert post(client, one, "Unsent", steps=steps).status_code == 302
        assert hand_in(client, one, "Unsent, and more", steps=steps).status_code == 302  # the answer got lost
        for odd in ("x", "[]", "{}", '{"steps": 3}', steps.replace("Un", "In")):
            assert post(client, one, "More still", steps=odd, revision="3").status_code == 302
    assert list(one.steps.values_list("how", "inserted")) == [
        ("typed", "Un"),
        ("typed", "sent"),
        ("form", ", and more"),
        ("form", "More still"),
    ]
    assert one.scripts.get().text == "Unsent, and more"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("later", "missed"),
    [
        (timedelta(0), False),
        (timedelta(seconds=1), True),
        (timedelta(days=14), True),
        (timedelta(days=15), False),
    ],
)
def test_the_first_page_says_that_a_window_closed_without_a_script(later: timedelta, missed: bool) -> None:
    one = made.sitting()
    with time_machine.travel(made.CLOSES_AT + later, tick=False):
        read = shown(signed_in(one).get("/my/"))
    assert ("Your window has closed, and nothing was handed in" in read) is missed
    assert ('href="/my/assessment/">See what can be done' in read) is missed
