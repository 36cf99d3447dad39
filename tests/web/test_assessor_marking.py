"""A marker's queue and marking screen."""

from typing import Any

import pytest

from goldenthread.assessment import sealed
from goldenthread.marking import actions
from goldenthread.marking.models import Agreement, Marking
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
OTHERS = '<th scope="col" class="gt-number">Other</th>'
FEEDBACK = {**make.WORDS, "comment": ""}


def posted(*marks: Any, revision: int = 0, **fields: Any) -> dict[str, Any]:
    boxes = {f"point_{number}": mark for number, mark in enumerate(marks, start=1)}
    return {**boxes, **FEEDBACK, "revision": revision, **fields}


@pytest.fixture
def marking() -> Marking:
    """Ben's marking of one script that Bea marks too."""
    window = make.window()
    make.markers(2)
    make.sitting(window, name="Amara Applicant")
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.get(position=1)


def page(marking: Marking) -> str:
    return f"/mark/{marking.pk}/"


# --- queue ---------------------------------------------------------------------------------------------
def test_queue_shows_codes_and_nothing_of_the_author(marking: Marking) -> None:
    found = text_of(client_of(marking.marker).get("/mark/"))
    assert marking.script.sitting.code in found
    assert "Amara" not in found
    assert "Somewhere School" not in found


def test_queue_of_nothing_says_what_will_be_there() -> None:
    found = client_of(factories.member(Role.MARKER, "Ben Marker")).get("/mark/")
    assert "No scripts yet" in text_of(found)


def test_stranger_has_no_queue(marking: Marking) -> None:
    assert client_of(factories.user()).get("/mark/").status_code == 404


@pytest.mark.parametrize("number", ["999999999999999999", "-1", "x"])
def test_odd_page_numbers_give_the_nearest_page(marking: Marking, number: str) -> None:
    assert client_of(marking.marker).get("/mark/", {"page": number}).status_code == 200


def test_queue_takes_as_many_queries_for_one_as_for_three(django_assert_max_num_queries: Any) -> None:
    counts = []
    for scripts in (1, 3):
        window = make.window(factories.intake(starts_on=factories.START.replace(month=8 + scripts)))
        ben, _ = make.markers(2)
        for _ in range(scripts):
            Marking.objects.create(
                script=make.script(window),
                position=1,
                marker=ben,
                allocated_at=make.CLOSED,
                due_on=make.OPENS,
            )
        client = client_of(ben)
        with django_assert_max_num_queries(12) as queries:
            assert client.get("/mark/").status_code == 200
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[1]


# --- the screen ----------------------------------------------------------------------------------------
def test_screen_shows_script_points_and_statements_under_a_code(
    marking: Marking, django_assert_max_num_queries: Any
) -> None:
    client = client_of(marking.marker)
    with django_assert_max_num_queries(12):
        found = text_of(client.get(page(marking)))
    assert "agree on one routine" in found
    assert "Learn that: understanding" in found
    assert "Learn how to: application" in found
    assert "Amara" not in found
    assert "Bea" not in found


@pytest.mark.parametrize("who", ["other marker", "stranger", "office", "participant"])
def test_nobody_else_opens_the_screen(marking: Marking, who: str) -> None:
    people = {
        "other marker": Marking.objects.get(position=2).marker,
        "stranger": factories.user(),
        "office": marking.script.sitting.window.created_by,
        "participant": marking.script.sitting.enrolment.user,
    }
    client = client_of(people[who])
    assert client.get(page(marking)).status_code == 404
    assert client.post(page(marking), posted(3, 3, 3, 3, 3, submit="1")).status_code == 404
    assert client.post(page(marking) + "save/", posted(3)).status_code == 404


def test_saving_by_button_keeps_gaps(marking: Marking) -> None:
    client = client_of(marking.marker)
    assert client.post(page(marking), posted(3, "", 2, "", "", save="1")).status_code == 302
    marking.refresh_from_db()
    assert marking.marks == {"1": 3, "3": 2}
    found = text_of(client.get(page(marking)))
    assert "<span data-marks>5</span>/12" in found
    assert "<span data-marks>5</span>/20" in found


@pytest.mark.requirement("S0-37")
def test_nine_and_six_show_as_subtotals_of_twelve_and_eight(marking: Marking) -> None:
    client = client_of(marking.marker)
    client.post(page(marking), posted(3, 3, 3, 3, 3, save="1"))
    found = text_of(client.get(page(marking)))
    for part in (
        "<span data-marks>9</span>/12",
        "<span data-marks>6</span>/8",
        "<span data-marks>15</span>/20",
    ):
        assert part in found


@pytest.mark.parametrize(("given", "fault"), [
    ((5, 3, 3, 3, 3), "Point 1 can be given 0 to 4 marks, not 5"),
    ((-1, 3, 3, 3, 3), "Point 1 can be given 0 to 4 marks, not -1"),
    (("x", 3, 3, 3, 3), "Enter a whole number of marks"),
    (("2.5", 3, 3, 3, 3), "Enter a whole number of marks"),
    (("9" * 5000, 3, 3, 3, 3), "Enter a whole number of marks"),
    ((3, 3, "", 3, 3), "Give point 3 a mark"),
])  # fmt: skip
def test_faulty_marks_come_back_filled(marking: Marking, given: tuple, fault: str) -> None:
    response = client_of(marking.marker).post(page(marking), posted(*given, submit="1", comment="Kept."))
    assert response.status_code == 422
    found = text_of(response)
    assert fault in found
    assert "Kept." in found
    marking.refresh_from_db()
    assert marking.state == "allocated"


@pytest.mark.parametrize("first", [99, "x"])
def test_everything_that_is_to_be_mended_is_said_at_once(marking: Marking, first: Any) -> None:
    """Whether a mark is out of range or no number at all, what else is missing is named beside it."""
    sent = posted(first, "", 3, "", 3, submit="1", strength_learn_that=" ", next_step_learn_how_to="")
    form = client_of(marking.marker).post(page(marking), sent).context["form"]
    assert set(form.errors) == {
        "point_1", "point_2", "point_4", "strength_learn_that", "next_step_learn_how_to",
    }  # fmt: skip
    assert all(len(faults) == 1 for faults in form.errors.values())


def test_saving_asks_for_nothing_that_is_still_to_come(marking: Marking) -> None:
    sent = posted("x", "", 3, "", 3, save="1", **dict.fromkeys(make.WORDS, ""))
    form = client_of(marking.marker).post(page(marking), sent).context["form"]
    assert set(form.errors) == {"point_1"}


def test_long_texts_and_null_characters_are_refused_with_words(marking: Marking) -> None:
    client = client_of(marking.marker)
    long = client.post(page(marking), posted(3, 3, 3, 3, 3, submit="1", strength_learn_that="x" * 100_000))
    assert (long.status_code, "Shorten this to 4,000 characters" in text_of(long)) == (422, True)
    null = client.post(page(marking), posted(3, 3, 3, 3, 3, submit="1", next_step_learn_that="a\x00b"))
    assert null.status_code == 422
    assert client.post(page(marking), {"submit": "1"}).status_code == 422


def test_submitting_shows_done_and_a_second_click_is_harmless(marking: Marking) -> None:
    client = client_of(marking.marker)
    for _ in range(2):
        assert client.post(page(marking), posted(3, 3, 3, 3, 3, submit="1")).status_code == 302
    found = text_of(client.get(page(marking)))
    assert "is marked" in found
    assert OTHERS not in found
    changed = client.post(page(marking), posted(4, 4, 4, 4, 4, submit="1"))
    assert changed.status_code == 422
    marking.refresh_from_db()
    assert marking.total == 15


def test_colleagues_marks_are_shown_after_agreement(marking: Marking) -> None:
    other = Marking.objects.get(position=2)
    make.submit(marking, make.FAIR)
    make.submit(other, make.FAIR)
    assert Agreement.objects.get().state == "agreed"
    found = text_of(client_of(marking.marker).get(page(marking)))
    assert OTHERS in found
    assert "Bea" not in found


# --- saving by itself ----------------------------------------------------------------------------------
def test_autosave_answers_with_the_next_revision(marking: Marking) -> None:
    client = client_of(marking.marker)
    first = client.post(page(marking) + "save/", posted(3))
    assert (first.status_code, first.json()["revision"]) == (200, 1)
    stale = client.post(page(marking) + "save/", posted(1))
    assert stale.status_code == 409
    assert "another window" in stale.json()["message"]
    wrong = client.post(page(marking) + "save/", posted(9, revision=1))
    assert (wrong.status_code, wrong.json()["field"]) == (422, "point_1")
    assert client.get(page(marking) + "save/").status_code == 405


def test_submitting_over_another_tab_says_so_and_works_the_second_time(marking: Marking) -> None:
    client = client_of(marking.marker)
    client.post(page(marking) + "save/", posted(1))
    late = client.post(page(marking), posted(3, 3, 3, 3, 3, submit="1", revision=0))
    assert late.status_code == 422
    assert 'name="revision" value="1"' in text_of(late)
    assert client.post(page(marking), posted(3, 3, 3, 3, 3, submit="1", revision=1)).status_code == 302


# --- levels for the whole response -----------------------------------------------------------------------
def test_marker_reads_the_levels_of_a_point_and_on_which_their_mark_lies(marking: Marking) -> None:
    scheme = marking.window.mark_scheme
    assert scheme is not None
    texts = {number: f"Point {number}" for number in range(1, 6)}
    sealed.seal_points(
        scheme, texts, {4: "0-1 Thin: no step\n2-3 Fair: a step\n4 Full: a step and its measure"}
    )
    scheme.save()
    client = client_of(marking.marker)
    found = text_of(client.get(page(marking)))
    assert "Judge the whole response:" in found
    assert "2 to 3: Fair." in found
    assert "a step and its measure" in found
    assert found.count("Judge the whole response") == 1
    assert client.post(page(marking), posted(1, 1, 1, 5, 1, submit="1")).status_code == 422
    client.post(page(marking), posted(1, 1, 1, 3, 4, submit="1"))
    done = text_of(client.get(page(marking)))
    assert "3, Fair" in done
    assert "4, Full" not in done
