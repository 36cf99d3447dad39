"""The office's pages for marking, results and their release."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Window
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common.models import AuditEvent
from goldenthread.marking import actions
from goldenthread.marking.models import DeclaredConflict, Marking
from goldenthread.marking.rules import Declaration, Totals
from goldenthread.outcomes import looking
from goldenthread.outcomes.looking import LOOKED
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@kept
def moderated_window() -> Any:
    window = make.window()
    make.markers(2)
    for name, minutes in (("Amara Applicant", 3996), ("Ali Applicant", 3990)):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, minutes)
        make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    return window


def address(window: Any, page: str) -> str:
    return f"/office/windows/{window.pk}/{page}/"


@pytest.mark.parametrize("role", [None, Role.MARKER, Role.MODERATOR, Role.PARTNER_MANAGER])
def test_only_the_office_has_these_pages(role: Any) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    client = Client()
    client.force_login(factories.member(role) if role else factories.user())
    assert client.get(address(window, "marking")).status_code == 404
    assert client.get(address(window, "outcomes")).status_code == 404
    assert client.post(address(window, "release")).status_code == 404
    assert client.get(f"/office/markings/{Marking.objects.first().pk}/reassign/").status_code == 404


def test_window_without_scripts_says_what_is_missing(office: Client) -> None:
    assert "Nobody sits in this window" in text_of(office.get(address(make.window(), "marking")))


def test_allocating_by_the_page(office: Client, django_assert_max_num_queries: Any) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window, name="Amara Applicant")
    with django_assert_max_num_queries(12):
        found = text_of(office.get(address(window, "marking")))
    assert "1 script to allocate" in found
    wrong = office.post(address(window, "marking"), {"due_on": "soon"})
    assert (wrong.status_code, "Enter a date" in text_of(wrong)) == (422, True)
    done = text_of(office.post(address(window, "marking"), {"due_on": "2030-01-07"}, follow=True))
    assert "2 markings were allocated" in done
    assert "Ben Marker" in done
    assert "Amara" not in done


def test_while_somebody_can_still_hand_in_the_page_says_from_when_and_offers_no_button(
    office: Client,
) -> None:
    window = make.window()
    make.markers(2)
    sitting = make.sitting(window)
    with time_machine.travel(sitting.closes_at - timedelta(hours=1), tick=False):
        found = text_of(office.get(address(window, "marking")))
    assert "1 script handed in so far" in found
    assert "Somebody can still hand in until" in found
    assert "Allocate from" in found
    assert "Marks due by" not in found
    with time_machine.travel(sitting.closes_at + timedelta(minutes=11), tick=False):
        assert "Marks due by" in text_of(office.get(address(window, "marking")))


def test_refused_allocation_keeps_the_date(office: Client) -> None:
    window = make.window()
    make.markers(1)
    make.sitting(window)
    answer = office.post(address(window, "marking"), {"due_on": "2030-01-07"})
    assert answer.status_code == 422
    assert "fewer than 2 markers free of conflict" in text_of(answer)
    assert "2030-01-07" in text_of(answer)


def test_marking_goes_to_another_marker(office: Client) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    marking = Marking.objects.get(position=1)
    page = f"/office/markings/{marking.pk}/reassign/"
    assert "Nobody else can mark this script" in text_of(office.get(page))
    bo = factories.member(Role.MARKER, "Bo Marker")
    assert "Bo Marker" in text_of(office.get(page))
    assert office.post(page, {"to": bo.pk, "reason": ""}).status_code == 422
    assert office.post(page, {"to": 10**12, "reason": "Ill"}).status_code == 422
    for said in ("goes to Bo Marker", "has left the queue of"):  # a second press changes nothing
        answer = office.post(page, {"to": bo.pk, "reason": "Ben is ill"}, follow=True)
        assert said in text_of(answer)
    assert Marking.objects.get(position=1).marker == bo
    assert "has left the queue of" in text_of(office.get(page, follow=True))
    assert client_of(factories.user("Nobody")).get(page).status_code == 404


def test_who_misses_engagement_by_little_is_found_by_the_list_and_not_by_name(office: Client) -> None:
    window = moderated_window()
    board = office.get(address(window, "outcomes"))
    url = f"/office/engagement/?show=near&intake={window.intake_id}"
    assert board.context["near_url"] == url
    assert "Ali Applicant" not in text_of(board)
    assert [row["enrolment"].user.name for row in office.get(url).context["rows"]] == ["Ali Applicant"]


def test_nobody_short_of_engagement_needs_no_list(office: Client) -> None:
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    assert office.get(address(window, "outcomes")).context["near_url"] == ""


def test_results_before_moderation_say_what_is_missing(office: Client) -> None:
    window = make.window()
    make.sitting(window)
    assert "Moderation of this window hasn" in text_of(office.get(address(window, "outcomes")))
    answer = office.post(address(window, "release"), follow=True)
    assert "Moderation of this window hasn" in text_of(answer)
    assert not Outcome.objects.exists()


def test_board_shows_counts_conditions_and_codes_without_names(
    office: Client, django_assert_max_num_queries: Any
) -> None:
    window = moderated_window()
    with django_assert_max_num_queries(22):  # the first look of a day is put on record, under a lock
        office.get(address(window, "outcomes"))
    with django_assert_max_num_queries(18):
        found = text_of(office.get(address(window, "outcomes")))
    assert "Results of 2 people" in found
    assert "of 2 pass" not in found
    assert "Amara" not in found
    for code in window.sittings.values_list("code", flat=True):
        assert code in found


def by_code(answer: Any) -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["marks"], row["label"]) for row in answer.context["rows"]}


def test_board_tells_nobodys_engagement_by_code_but_counts_who_misses_it(office: Client) -> None:
    """Amara and Ali have the same marks, and only Ali is short: no row of the board tells which code is Ali's."""
    window = moderated_window()
    page = address(window, "outcomes")
    board = office.get(page)
    assert set(by_code(board).values()) == {("15", "Pass mark reached")}
    assert board.context["conditions"] == []  # of two people a count would tell of one
    found = text_of(board)
    for telling in ("66.5", "89.86", "Not passed", "3,990"):
        assert telling not in found
    codes = set(window.sittings.values_list("code", flat=True))
    shown = {show: set(by_code(office.get(page, {"show": show}))) for show in ("reached", "below", "none")}
    assert shown == {"reached": codes, "below": set(), "none": set()}


@pytest.mark.parametrize(("short", "others", "missed", "said"), [
    (1, 4, "not said", False), (4, 5, "fewer than 5", False), (5, 5, "5", True), (5, 1, "not said", False),
    (4, 1, "not said", False), (5, 4, "more than 4", False), (1, 7, "not said", False), (1, 8, "fewer than 5", False),
])  # fmt: skip
def test_conditions_are_counted_where_no_number_tells_of_one_person(
    office: Client, short: int, others: int, missed: str, said: bool
) -> None:
    window = make.window()
    make.markers(2)
    for number in range(short + others):
        person = factories.enrolment(f"Participant {number}", to=window.intake)
        factories.credit_minutes(person, 3990 if number < short else 3996)
        make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    board = office.get(address(window, "outcomes"))
    assert board.context["conditions"] == [{"name": "Engagement", "missed": missed, "only": missed}]
    found = text_of(board)
    assert (f"{others} of {short + others} pass" in found, f"{others} pass and" in found) == (said, said)
    assert (f"Results of {short + others} people" in found, "How many pass is not said" in found) == (
        not said,
        not said,
    )


@pytest.mark.parametrize(("scripts", "silent", "guessed"), [
    (1, 0, True), (2, 6, True), (4, 0, True), (5, 0, False), (6, 2, False), (0, 3, False),
])  # fmt: skip
def test_where_codes_can_be_guessed_the_page_says_so_and_looks_are_on_record(
    office: Client, scripts: int, silent: int, guessed: bool
) -> None:
    window = make.window()
    make.markers(2)
    for number in range(scripts + silent):
        make.sitting(window, state="handed_in" if number < scripts else "booked")
    if scripts:
        make.mark_all(window)
    make.moderated(window)
    osa = client_of(factories.member(Role.OFFICE, "Osa Office"))
    page, hour = address(window, "outcomes"), timedelta(hours=1)
    for at, client in (
        (make.CLOSED, office), (make.CLOSED + hour, office), (make.CLOSED + hour, osa),
        (make.CLOSED + 25 * hour, office),
    ):  # fmt: skip
        with time_machine.travel(at, tick=False):
            found = text_of(client.get(page))
        assert ("Whose code is whose can be guessed" in found) is guessed
        assert ("Olu Office, " in found) is guessed
    looks = AuditEvent.objects.filter(verb=LOOKED).order_by("sequence")
    names = [one.actor_name.split(" <")[0] for one in looks]
    assert names == (["Olu Office", "Osa Office", "Olu Office"] if guessed else [])
    assert {one.details["scripts"] for one in looks} == ({scripts} if guessed else set())
    assert {one.subject for one in looks} == ({f"window:{window.pk}"} if guessed else set())


def test_a_look_is_on_record_once_a_day_however_many_others_came_since(office: Client) -> None:
    window = make.window()
    olu, others = factories.member(Role.OFFICE, "Ola Office"), looking.SHOWN + 1
    looking.record_look(window=window, scripts=3, by=olu, at=make.CLOSED)
    for number in range(others):
        looking.record_look(window=window, scripts=3, by=factories.user(f"Office {number}"), at=make.CLOSED)
    shown = looking.record_look(window=window, scripts=3, by=olu, at=make.CLOSED + timedelta(minutes=1))
    assert AuditEvent.objects.filter(verb=LOOKED, actor=f"user:{olu.pk}").count() == 1
    assert AuditEvent.objects.filter(verb=LOOKED).count() == others + 1
    assert len(shown) == looking.SHOWN


@pytest.mark.parametrize(("groups", "passed", "only"), [
    ((4, 1, 5, 0), "", ["not said", "not said"]),  # "4 of 10" beside 5 that reach the pass mark
    ((5, 0, 1, 1), "", ["not said", "not said"]),
    ((5, 0, 2, 0), "5 of 7 pass", ["not said"]),  # nobody is short of engagement; a bound would tell of few
    ((5, 0, 4, 0), "5 of 9 pass", ["fewer than 5"]),
    ((5, 5, 5, 0), "5 of 15 pass", ["5", "5"]),
])  # fmt: skip
def test_the_number_that_passes_tells_nobodys_engagement_beside_the_marks(
    office: Client, groups: tuple[int, ...], passed: str, only: list[str]
) -> None:
    """Groups: who pass, fail by engagement alone, by the case study alone, by both."""
    window = make.window()
    make.markers(2)
    marks = []
    for group, count in enumerate(groups):
        for number in range(count):
            person = factories.enrolment(f"Participant {group} {number}", to=window.intake)
            factories.credit_minutes(person, 3990 if group in (1, 3) else 3996)
            make.sitting(window, person)
            marks.append(make.FAIR if group < 2 else make.POOR)
    make.mark_all(window, marks)
    make.moderated(window)
    board = office.get(address(window, "outcomes"))
    found = text_of(board)
    assert (passed or f"Results of {sum(groups)} people") in found
    assert bool(passed) is (f"of {sum(groups)} pass" in found) is (" pass and " in found)
    assert [one["only"] for one in board.context["conditions"]] == only


def test_board_tells_marks_below_the_pass_mark_and_sittings_without_a_script(office: Client) -> None:
    window = make.window()
    make.markers(2)
    passing, failing = make.sitting(window), make.sitting(window)
    absent = make.sitting(window, state="booked")
    make.mark_all(window, [make.FAIR, make.POOR])
    make.moderated(window)
    page = address(window, "outcomes")
    assert by_code(office.get(page)) == {
        passing.code: ("15", "Pass mark reached"),
        failing.code: ("5", "Below the pass mark"),
        absent.code: ("–", "Nothing handed in"),
    }
    tabs = {label: count for label, _, _, count in office.get(page).context["filters"]}
    assert tabs == {"All": 3, "Pass mark reached": 1, "Below the pass mark": 1, "No script": 1}
    assert list(by_code(office.get(page, {"show": "below"}))) == [failing.code]


def test_release_by_the_page_names_people_afterwards(office: Client) -> None:
    window = moderated_window()
    board = text_of(office.get(address(window, "outcomes")))
    seen = board.split('name="seen" value="')[1].split('"')[0]
    done = text_of(office.post(address(window, "release"), {"seen": seen}, follow=True))
    assert "2 results are released, 1 of them with an award" in done
    assert "Amara Applicant" in done
    assert Award.objects.get().code in done
    again = office.post(address(window, "release"), {"seen": seen}, follow=True)
    assert again.status_code == 200
    assert Award.objects.count() == 1


def results(office: Client, window: Any, **asked: str) -> list[tuple[str, str]]:
    """The rows of the released results: who, and with which marks."""
    rows = office.get(address(window, "outcomes"), asked).context["rows"]
    return [(outcome.enrolment.user.name, marks) for outcome, marks, _ in rows]


def test_released_results_show_marks_and_are_put_in_order(office: Client) -> None:
    """Of three people Bea is far down, Amara has passed with most, and Cy handed nothing in."""
    window = make.window()
    make.markers(2)
    for name, state in (("Bea Baker", "handed_in"), ("Amara Applicant", "handed_in"), ("Cy Cook", "booked")):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, 3996)
        make.sitting(window, person, state=state)
    make.mark_all(window, [make.POOR, make.GOOD])
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    amara, bea, cy = ("Amara Applicant", "18"), ("Bea Baker", "5"), ("Cy Cook", "–")
    assert results(office, window) == [amara, bea, cy]
    assert results(office, window, order="marks") == [bea, amara, cy]
    assert results(office, window, order="result") == [bea, cy, amara]
    assert results(office, window, order="nonsense") == [amara, bea, cy]
    assert results(office, window, show="passed") == [amara]
    assert results(office, window, show="not_passed", order="marks") == [bea, cy]


def test_a_corrected_result_stands_once_among_the_released(office: Client) -> None:
    window = moderated_window()
    first = awards.release(window=window, by=window.created_by, at=make.CLOSED)[0]
    awards.correct(
        outcome=first, reason="Wrong sum", by=window.created_by, at=make.CLOSED, half_marks=Totals(12, 11)
    )
    page = office.get(address(window, "outcomes"))
    assert sorted(marks for _, marks, _ in page.context["rows"]) == ["11.5", "15"]
    assert text_of(page).count("(corrected)") == 1
    assert page.context["counts"] == {"passed": 0, "not_passed": 2}


def test_release_by_an_old_page_is_refused(office: Client) -> None:
    window = moderated_window()
    answer = office.post(address(window, "release"), {"seen": "9-9-"}, follow=True)
    assert "Results have changed since you looked" in text_of(answer)
    assert not Outcome.objects.filter(released_at__isnull=False).exists()


def given_back(window: Any, reason: str) -> Marking:
    first = Marking.objects.select_related("marker", "script__sitting__window").filter(position=1).first()
    assert first is not None
    actions.declare_conflict(
        marking=first, declaration=Declaration("recognised", reason), by=first.marker, at=make.CLOSED
    )
    return first


def test_marking_page_tells_declared_conflicts_with_reasons_and_without_the_author(office: Client) -> None:
    window = make.window()
    make.markers(2)
    sitting = make.sitting(window, name="Amara Applicant")
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    page = address(window, "marking")
    assert "Declared conflicts" not in text_of(office.get(page))
    marking = given_back(window, "This is the department of Amara Applicant, my friend.")
    found = text_of(office.get(page)).split("Declared conflicts", 1)[1]
    for told in (
        sitting.code,
        marking.marker.name,
        "I recognise the author",
        "the department of [covered], my",
    ):
        assert told in found
    assert "Amara" not in found
    Window.objects.filter(pk=window.pk).update(state="released")
    assert "the department of Amara Applicant, my friend" in text_of(office.get(page))


def test_marking_page_takes_the_same_queries_for_one_and_three_conflicts(office: Client) -> None:
    counts = []
    window = make.window()
    make.markers(4)
    for number in (1, 2):
        for _ in range(number):
            make.sitting(window)
        actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
        free = Marking.objects.select_related("marker", "script__sitting__window").filter(
            position=1, script__declared_conflicts__isnull=True
        )
        for one in list(free):
            actions.declare_conflict(
                marking=one, declaration=Declaration("other", "Why"), by=one.marker, at=make.CLOSED
            )
        with CaptureQueriesContext(connection) as queries:
            assert office.get(address(window, "marking")).status_code == 200
        counts.append(len(queries))
    assert DeclaredConflict.objects.count() == 3
    assert counts[0] == counts[1] <= 12
