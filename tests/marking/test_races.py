"""Two people at once, on real connections: nobody overwrites anybody, and there is one agreement."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common.refused import Refused
from goldenthread.marking import actions
from goldenthread.marking.models import Agreement, Marking
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run the tasks together; what each gave, or the refusal it met."""
    start, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = tasks[place]()
        except Refused as refusal:
            results[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_markers_who_submit_at_once_come_to_one_agreement() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    first, second = Marking.objects.select_related("marker").order_by("position")
    at_once(lambda: make.submit(first, make.FAIR), lambda: make.submit(second, make.GOOD))
    assert {m.position: m.total for m in Marking.objects.all()} == {1: 15, 2: 18}
    assert Agreement.objects.get().state == "referred"


def test_one_marker_in_two_tabs_submits_once() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    marking = Marking.objects.select_related("marker").get(position=1)
    results = at_once(lambda: make.submit(marking, make.FAIR), lambda: make.submit(marking, make.GOOD))
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Marking.objects.get(position=1).total in (15, 18)


def test_two_allocations_at_once_make_one() -> None:
    window = make.window()
    make.markers(3)
    make.sitting(window)
    allocate = lambda: actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)  # noqa: E731
    assert sorted(at_once(allocate, allocate)) == [0, 2]
    assert Marking.objects.count() == 2


def test_two_releases_at_once_make_one_result_and_one_award() -> None:
    window = make.window()
    make.markers(2)
    person = factories.enrolment(to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    release = lambda: awards.release(window=window, by=window.created_by, at=make.CLOSED)  # noqa: E731
    at_once(release, release)
    assert (Outcome.objects.count(), Award.objects.count()) == (1, 1)
