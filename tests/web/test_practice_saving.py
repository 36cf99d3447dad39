"""The page of a practice script saves by itself: nothing is lost, two pages never overwrite each other."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Window
from goldenthread.common.refused import Refused
from goldenthread.marking import quality_queries, standardising
from goldenthread.marking.practice_drafts import save_practice
from goldenthread.marking.quality_models import Attempt, PracticeDraft, PracticeMarks
from goldenthread.people.models import User
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture
def window() -> Window:
    found = make.window()
    make.sitting(found)
    quality.policy(found, standardised=True)
    quality.known_set(found)
    return found


@pytest.fixture
def ben(window: Window) -> User:
    return make.markers(1)[0]


@pytest.fixture
def attempt(window: Window, ben: User) -> Attempt:
    return standardising.begin_attempt(window=window, marker=ben, at=AT)


def boxes(*marks: Any, revision: Any = 0) -> dict[str, Any]:
    return {"revision": revision} | {f"point_{number}": mark for number, mark in enumerate(marks, start=1)}


def address(window: Window, number: int = 1, ending: str = "") -> str:
    return f"/mark/practice/{window.pk}/1/{number}/{ending}"


def test_what_is_entered_is_saved_with_gaps_and_stands_on_the_page_again(
    window: Window, ben: User, attempt: Attempt
) -> None:
    client = client_of(ben)
    assert "Nothing is entered yet." in text_of(client.get(address(window)))
    saved = client.post(address(window, ending="save/"), boxes(3, "", 2, "", ""))
    assert saved.json()["revision"] == 1
    assert client.post(address(window, ending="save/"), boxes(3, "", 2, "", "")).json()["revision"] == 1
    page = client.get(address(window)).content.decode()
    assert 'data-save="' in page
    assert "Saved." in page
    assert PracticeDraft.objects.get().marks == {"1": 3, "3": 2}
    assert not PracticeMarks.objects.exists()
    assert attempt.finished_at is None


def test_submitting_takes_what_was_saved_away(window: Window, ben: User, attempt: Attempt) -> None:
    client = client_of(ben)
    client.post(address(window, ending="save/"), boxes(3, 3, "", "", ""))
    client.post(address(window), {**boxes(3, 3, 3, 3, 3, revision=1), "submit": "1"})
    assert PracticeMarks.objects.get().marks == {str(number): 3 for number in range(1, 6)}
    assert not PracticeDraft.objects.exists()
    late = client.post(address(window, ending="save/"), boxes(1, 1, 1, 1, 1, revision=1))
    assert (late.status_code, late.json()["message"]) == (
        409,
        "You submitted marks for this script; they stay.",
    )
    assert not PracticeDraft.objects.exists()


def test_save_and_stay_keeps_without_submitting(window: Window, ben: User, attempt: Attempt) -> None:
    page = client_of(ben).post(address(window), {**boxes(4, "", "", "", ""), "save": "1"}, follow=True)
    assert "Saved. Nothing is submitted yet." in text_of(page)
    assert PracticeDraft.objects.get().marks == {"1": 4}


def test_an_older_page_overwrites_nothing_until_it_was_told(
    window: Window, ben: User, attempt: Attempt
) -> None:
    client = client_of(ben)
    client.post(address(window, ending="save/"), boxes(3, 3, "", "", ""))
    stale = client.post(address(window, ending="save/"), boxes(1, "", "", "", ""))
    assert stale.status_code == 409
    assert "another window" in stale.json()["message"]
    refused = client.post(address(window), {**boxes(1, 1, 1, 1, 1), "submit": "1"})
    assert refused.status_code == 422
    assert "another window" in text_of(refused)
    assert not PracticeMarks.objects.exists()
    assert 'name="revision" value="1"' in refused.content.decode()
    client.post(address(window), {**boxes(1, 1, 1, 1, 1, revision=1), "submit": "1"})
    assert PracticeMarks.objects.get().marks["1"] == 1


def test_marks_out_of_range_are_not_saved_and_named(window: Window, ben: User, attempt: Attempt) -> None:
    answer = client_of(ben).post(address(window, ending="save/"), boxes(9, "", "", "", ""))
    assert (answer.status_code, answer.json()["field"]) == (422, "point_1")
    answer = client_of(ben).post(address(window, ending="save/"), boxes("x", "", "", "", ""))
    assert (answer.status_code, answer.json()["field"]) == (422, "point_1")
    assert not PracticeDraft.objects.exists()


def test_what_somebody_saves_is_their_own(window: Window, ben: User, attempt: Attempt) -> None:
    bea = make.markers(2)[1]
    assert client_of(bea).post(address(window, ending="save/"), boxes(1, 1, 1, 1, 1)).status_code == 404
    script = quality_queries.scripts_in(attempt)[0][0]
    with pytest.raises(Refused) as refused:
        save_practice(attempt=attempt, script=script, marks=make.FAIR, revision=0, by=bea, at=AT)
    assert refused.value.code == "practice.not_yours"
    assert client_of(ben).post(address(window, 9, "save/"), boxes(1)).status_code == 404


def test_a_page_with_what_was_saved_asks_the_database_twelve_times_at_most(
    window: Window, ben: User, attempt: Attempt, django_assert_max_num_queries: Any
) -> None:
    script = quality_queries.scripts_in(attempt)[0][0]
    save_practice(
        attempt=attempt, script=script, marks=make.FAIR, revision=0, by=ben, at=AT + timedelta(minutes=1)
    )
    client = client_of(ben)
    client.get("/mark/")
    with django_assert_max_num_queries(12):
        client.get(address(window))
    with django_assert_max_num_queries(14):
        client.post(address(window, ending="save/"), boxes(1, 1, 1, 1, "", revision=1))
