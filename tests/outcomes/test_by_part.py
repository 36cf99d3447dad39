"""Marks by part of the response: where markers and moderators, the participant and the office see them (S0-42)."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import MarkPoint, Window
from goldenthread.awards import actions as awards
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import Sampled
from goldenthread.moderation.national_evidence import Evidence
from goldenthread.moderation.national_package import contents_of
from goldenthread.outcomes.by_part import by_part
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import by_hand, factories
from tests import factories_marking as make

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-42")]
PARTS = [
    {"key": "problem", "title": "The problem or problems"},
    {"key": "solution", "title": "The solution or solutions"},
    {"key": "rationale", "title": "Rationale for the solution"},
    {"key": "implementation", "title": "Implementation steps"},
]
STEPS = "4 Implementation steps"
EACH = ["problem", "solution", "rationale", "implementation", "implementation"]


def with_parts(*parts: str) -> Window:
    """A window whose response has four parts, and whose five mark points belong to these."""
    window = make.window(parts=PARTS)
    for number, part in enumerate(parts, start=1):
        MarkPoint.objects.filter(scheme=window.mark_scheme, number=number).update(part=part)
    return window


def released(
    window: Window, *given: Any, names: tuple[str, ...] = ("Siân Ŵyn", "Ali Applicant")
) -> list[Outcome]:
    make.markers(2)
    for name, _ in zip(names, given, strict=False):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, 3996)
        make.sitting(window, person)
    make.mark_all(window, given)
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    return list(Outcome.objects.order_by("pk"))


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def told(window: Window, outcomes: list[Outcome]) -> list[tuple[str, int, int]]:
    found = by_part(window, outcomes)
    assert found is not None
    return [(one.name, one.half_marks, one.maximum) for one in found.marks]


@pytest.mark.parametrize(
    ("parts", "given", "expected"),
    [
        (EACH, (3, 2, 4, 1, 3), [("1 The problem or problems", 6, 4), ("2 The solution or solutions", 4, 4),
                                 ("3 Rationale for the solution", 8, 4), (STEPS, 8, 8)]),
        (["", "solution", "", "implementation", ""], (1, 2, 3, 4, 0),
         [("2 The solution or solutions", 4, 4), (STEPS, 8, 4), ("Whole response", 8, 12)]),
        (["implementation"] * 5, (4, 4, 4, 4, 4), [(STEPS, 40, 20)]),
    ],
)  # fmt: skip
def test_marks_of_one_result_are_summed_by_part(
    parts: list[str], given: tuple[int, ...], expected: Any
) -> None:
    window = with_parts(*parts)
    outcomes = released(window, make.marks(*given))
    assert told(window, outcomes) == expected


def test_two_markers_who_differ_give_half_marks_and_a_third_decides() -> None:
    window = with_parts(*EACH)
    make.markers(2)
    make.sitting(window, factories.enrolment("Siân Ŵyn", to=window.intake))
    marking.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    first, second = Marking.objects.order_by("position")
    make.submit(first, make.marks(3, 3, 3, 3, 3))
    make.submit(second, make.marks(3, 2, 3, 3, 4))
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    assert told(window, list(Outcome.objects.all())) == [
        ("1 The problem or problems", 6, 4),
        ("2 The solution or solutions", 5, 4),
        ("3 Rationale for the solution", 6, 4),
        (STEPS, 13, 8),
    ]


def test_marks_that_were_changed_as_a_whole_are_told_by_nobodys_points_but_a_moderators_that_add_up() -> None:
    window = with_parts(*EACH)
    (outcome,) = released(window, make.FAIR)
    outcome.half_marks_learn_that, outcome.half_marks_learn_how_to = 20, 14
    found = by_part(window, [outcome])
    assert found is not None
    assert (found.marks, found.told, found.of) == ((), 0, 1)
    by_hand.alter(Sampled.objects.all(), decision="confirmed", marks={"1": 4, "2": 4, "3": 2, "4": 4, "5": 3})
    assert by_part(window, [outcome]) == found
    by_hand.alter(
        Sampled.objects.all(),
        decision="adjusted",
        half_marks_learn_that=20,
        half_marks_learn_how_to=14,
        note="Read anew",
    )
    assert told(window, [outcome])[-1] == (STEPS, 14, 8)


def test_without_parts_nothing_is_told_by_part() -> None:
    plain = with_parts("", "", "", "", "")
    outcomes = released(plain, make.FAIR)
    assert by_part(plain, outcomes) is None
    person = outcomes[0].enrolment
    assert "By part of your response" not in text_of(client_of(person.user).get("/my/result/"))
    office = client_of(factories.member(Role.OFFICE, "Olu Office"))
    assert "Marks by part" not in text_of(office.get(f"/office/windows/{plain.pk}/outcomes/"))
    plain.parts = []
    with CaptureQueriesContext(connection) as asked:
        assert by_part(plain, outcomes) is None
    assert not asked.captured_queries


def test_the_participant_reads_the_marks_by_part_within_the_pages_queries(
    django_assert_max_num_queries: Any,
) -> None:
    (outcome,) = released(
        with_parts("problem", "", "rationale", "", "implementation"), make.marks(3, 3, 2, 4, 3)
    )
    client = client_of(outcome.enrolment.user)
    with django_assert_max_num_queries(12):
        found = text_of(client.get("/my/result/"))
    after = found.split("By part of your response")[1].split("</section>")[0]
    places = [after.index(name) for name in ("1 The problem", "3 Rationale", STEPS, "Whole response")]
    assert places == sorted(places)
    assert "2 The solution" not in after
    assert [after.count(text) for text in ("3 of 4", "2 of 4", "7 of 8")] == [2, 1, 1]
    by_hand.alter(Outcome.objects.all(), half_marks_learn_that=20)
    assert "can’t be told by part" in text_of(client.get("/my/result/"))


def test_the_office_reads_the_sums_of_the_window_and_how_many_they_are_of() -> None:
    window = with_parts(*EACH)
    released(window, make.marks(3, 2, 4, 1, 3), make.marks(4, 4, 4, 4, 4))
    office = client_of(factories.member(Role.OFFICE, "Olu Office"))
    address = f"/office/windows/{window.pk}/outcomes/"
    found = text_of(office.get(address))
    table = found.split("Marks by part of the response")[1].split("</section>")[0]
    for name, awarded, possible in (("1 The problem", 7, 8), ("2 The solution", 6, 8), (STEPS, 12, 16)):
        row = table.split(name)[1].split("</tr>")[0]
        assert f'data-label="Awarded">{awarded}</td>' in row
        assert f'data-label="Possible">{possible}</td>' in row
    assert "Of 2 of 2 results with marks" in table
    by_hand.alter(Outcome.objects.filter(enrolment__user__name="Ali Applicant"), half_marks_learn_that=1)
    table = text_of(office.get(address)).split("Marks by part of the response")[1]
    assert "Of 1 of 2 results with marks" in table


def test_marker_and_moderator_see_the_part_beside_the_point_in_the_order_of_the_scheme(
    django_assert_max_num_queries: Any,
) -> None:
    window = with_parts("implementation", "", "problem", "rationale", "rationale")
    make.markers(2)
    make.sitting(window)
    marking.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    one = Marking.objects.get(position=1)
    client = client_of(one.marker)
    with django_assert_max_num_queries(12):
        found = text_of(client.get(f"/mark/{one.pk}/"))
    names = [part.split("</span>")[0] for part in found.split('<span class="gt-point-part">')[1:]]
    assert names == [
        STEPS,
        "Whole response",
        "1 The problem or problems",
        "3 Rationale for the solution",
        "3 Rationale for the solution",
    ]
    for mine in Marking.objects.all():
        make.submit(mine)
    assert f'<span class="gt-point-part">{STEPS}</span>' in text_of(client.get(f"/mark/{one.pk}/"))
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    sampled = moderation.open_round(window=window, by=chidi, at=make.CLOSED, seed="s").sample.get()
    page = f"/moderate/scripts/{sampled.pk}/"
    assert text_of(client_of(chidi).get(page)).count('<span class="gt-point-part">') == 5
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    assert text_of(client_of(chidi).get(page)).count('<span class="gt-point-part">') == 5


def scheme_of_package(window: Window) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(contents_of(window.moderation, Evidence()).files["scheme.json"])
    return found


def test_the_national_package_says_to_which_part_each_point_belongs() -> None:
    parts = ["problem", "", "rationale", "implementation", "implementation"]
    window = with_parts(*parts)
    released(window, make.FAIR)
    scheme = scheme_of_package(window)
    assert scheme["parts"] == PARTS
    assert [point.get("part", "") for point in scheme["points"]] == parts


def test_of_a_scheme_without_parts_the_national_package_names_none() -> None:
    window = with_parts("", "", "", "", "")
    released(window, make.FAIR)
    scheme = scheme_of_package(window)
    assert "parts" not in scheme
    assert {tuple(sorted(point)) for point in scheme["points"]} == {
        ("kind", "maximum", "number", "statement", "text")
    }
