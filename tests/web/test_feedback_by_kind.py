"""Markers' words apart for learn that and learn how to: as they are written, kept, and read by the participant."""

from dataclasses import replace
from typing import Any

import pytest

from goldenthread.appeals import actions as appeals
from goldenthread.awards import actions as awards
from goldenthread.marking import actions
from goldenthread.marking.feedback_rules import Feedback, Words
from goldenthread.marking.models import Marking, SetAside
from goldenthread.marking.rules import Kind
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_appeals import NEXT, admitted, office, released, remark
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
BOXES = {f"point_{number}": "3" for number in range(1, 6)}
KNOWN, DONE = Words("You name the cause.", "Read on about it."), Words("A small step.", "Say who helps.")
REMARKED = Feedback(by_kind={Kind.LEARN_THAT: KNOWN, Kind.LEARN_HOW_TO: DONE}, evidence="In part 3.")


@pytest.fixture
def two() -> list[Marking]:
    """The two markings of one script of somebody whose engagement suffices."""
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return list(Marking.objects.select_related("marker").order_by("position"))


def result_page(marking: Marking) -> str:
    window = marking.window
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    return text_of(client_of(marking.script.sitting.enrolment.user).get("/my/result/"))


@pytest.mark.requirement("S0-36")
def test_the_page_asks_for_words_by_kind_saves_them_and_refuses_one_that_is_missing(
    two: list[Marking],
) -> None:
    client, url = client_of(two[0].marker), f"/mark/{two[0].pk}/"
    found = text_of(client.get(url))
    for label in ("Learn that: a strength", "Learn that: a next step", "Learn how to: a strength"):
        assert label in found
    assert 'name="strength"' not in found  # nothing is asked twice
    half = {"strength_learn_that": "You name the cause.", "comment": "", "revision": 0}
    assert client.post(f"{url}save/", {**BOXES, **half}).json()["revision"] == 1
    two[0].refresh_from_db()
    assert two[0].by_kind == {"learn_that": {"strength": "You name the cause.", "next_step": ""}}
    assert "You name the cause.</textarea>" in text_of(client.get(url))
    refused = client.post(url, {**BOXES, **half, "revision": 1, "submit": "1"})
    assert set(refused.context["form"].errors) == {
        "next_step_learn_that", "strength_learn_how_to", "next_step_learn_how_to",
    }  # fmt: skip
    assert "Name a next step in learn how to." in text_of(refused)
    assert client.post(url, {**BOXES, **make.WORDS, "revision": 1, "submit": "1"}).status_code == 302
    assert "<h3>Learn how to: a next step</h3>" in text_of(client.get(url))


def test_a_kind_without_any_mark_needs_no_strength(two: list[Marking]) -> None:
    client, url = client_of(two[0].marker), f"/mark/{two[0].pk}/"
    sent = {**BOXES, "point_4": "0", "point_5": "0", **make.WORDS, "strength_learn_how_to": "", "revision": 0}
    assert client.post(url, {**sent, "submit": "1"}).status_code == 302
    assert "Learn how to: a strength" not in text_of(client.get(url))


def test_a_text_that_is_too_long_is_refused_at_its_own_box(two: list[Marking]) -> None:
    sent = {**BOXES, **make.WORDS, "next_step_learn_how_to": "x" * 4001, "revision": 0}
    answer = client_of(two[0].marker).post(f"/mark/{two[0].pk}/save/", sent)
    assert (answer.status_code, answer.json()["field"]) == (422, "next_step_learn_how_to")


@pytest.mark.requirement("S0-36")
def test_the_participant_reads_words_by_kind_with_the_marks_of_each(two: list[Marking]) -> None:
    for one in two:
        make.submit(one)
    found = result_page(two[0])
    that, how = found.split("<h3>Understanding (learn that): 9 of 12 marks</h3>")[1].split(
        "<h3>Application (learn how to): 6 of 8 marks</h3>"
    )
    assert that.count("Say where it comes from.") == how.count("Your first step is small.") == 2
    assert "Your first step is small." not in that
    assert "<h4>Marker 2</h4>" in that
    assert two[0].marker.name not in found


def test_words_for_the_whole_from_before_stay_readable_and_can_be_finished(two: list[Marking]) -> None:
    """A marking that was begun before, and one that was submitted then."""
    old, begun = two
    make.submit(old)
    by_hand.alter(
        Marking.objects.filter(pk=old.pk), feedback="Clear all over.", next_step="Measure it.", by_kind={}
    )
    Marking.objects.filter(pk=begun.pk).update(feedback="Begun before.", revision=1)
    client, url = client_of(begun.marker), f"/mark/{begun.pk}/"
    assert "Begun before.</textarea>" in text_of(client.get(url))
    assert "Clear all over." in text_of(client_of(old.marker).get(f"/mark/{old.pk}/"))
    sent = {**BOXES, **make.WORDS, "strength": "Begun before.", "next_step": "", "revision": 1, "submit": "1"}
    assert client.post(url, sent).status_code == 302
    found = result_page(old)
    whole = found.split("<h3>The response as a whole</h3>")[1]
    for said in ("Clear all over.", "Measure it.", "Begun before."):
        assert said in whole
    assert "Say where it comes from." in found.split("<h3>The response as a whole</h3>")[0]


def test_words_by_kind_are_kept_with_marks_that_are_set_aside(two: list[Marking]) -> None:
    make.submit(two[0])
    window = two[0].window
    actions.set_aside(marking=two[0], reason="Never theirs.", by=window.created_by, at=make.CLOSED)
    assert SetAside.objects.get().by_kind == make.FEEDBACK.kept_by_kind


# --- after an appeal -------------------------------------------------------------------------------------
def words_after(verdict: str, said: Feedback, **more: Any) -> tuple[str, str]:
    """What the participant's page says once an appeal with a re-mark is decided, and the re-marker's name."""
    appeal = admitted(released())
    again = remark(appeal)
    entered = actions.Entered(make.GOOD, "", said)
    actions.submit_marks(marking=again, entered=entered, by=again.marker, at=NEXT)
    appeals.decide(appeal=appeal, verdict=verdict, by=office(), reason="Both readings.", at=NEXT, **more)
    return text_of(client_of(appeal.outcome.enrolment.user).get("/my/result/")), again.marker.name


@pytest.mark.usefixtures("catalogue")
def test_the_words_of_the_re_mark_stand_with_the_corrected_result_and_the_first_below() -> None:
    found, name = words_after("changed", REMARKED)
    now, before = found.split("What was said with the result before your appeal")
    for said in ("You name the cause.", "Read on about it.", "A small step.", "Say who helps.", "In part 3."):
        assert now.count(said) == 1
        assert said not in before
    assert "Say where it comes from." not in now
    assert "Say where it comes from." in before
    assert name not in found


@pytest.mark.usefixtures("catalogue")
def test_where_the_result_stays_so_do_the_words() -> None:
    found, _ = words_after("not_upheld", replace(REMARKED, evidence=""))
    assert "You name the cause." not in found
    assert "Say where it comes from." in found
