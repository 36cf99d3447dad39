"""Two people at once, on real connections: nobody overwrites anybody, and there is one agreement."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, discussing, paying
from goldenthread.marking.discussion_models import Discussion, DiscussionAnswer, DiscussionMessage
from goldenthread.marking.models import Agreement, DeclaredConflict, Marking
from goldenthread.marking.pay_models import PayDecision, PayEntry, PayRun
from goldenthread.marking.quality_models import Stop
from goldenthread.marking.rules import Declaration
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import factories
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests import factories_pay as money
from tests import factories_quality as quality
from tests.races import at_once, while_unfinished

pytestmark = pytest.mark.django_db(transaction=True)


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


def declare(marking: Marking) -> Any:
    return actions.declare_conflict(
        marking=marking, declaration=Declaration("relation", "We share an office."), by=marking.marker,
        at=make.CLOSED,
    )  # fmt: skip


def pair(markers: int) -> list[Marking]:
    window = make.window()
    make.markers(markers)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return list(Marking.objects.select_related("marker", "script__sitting__window").order_by("position"))


def test_giving_back_and_submitting_at_once_is_one_of_both() -> None:
    first, _ = pair(3)
    results = at_once(lambda: declare(first), lambda: make.submit(first, make.FAIR))
    assert sum(isinstance(result, Refused) for result in results) == 1
    now = Marking.objects.get(position=1)
    declared = DeclaredConflict.objects.exists()
    assert declared == (now.state == "allocated") == (now.marker_id != first.marker_id)


def test_two_clicks_at_once_give_one_script_back_once() -> None:
    first, _ = pair(4)
    results = at_once(lambda: declare(first), lambda: declare(first))
    assert results[0] == results[1] == DeclaredConflict.objects.get()
    assert Marking.objects.count() == 2


def test_both_markers_who_give_back_at_once_are_followed_by_two_others() -> None:
    first, second = pair(4)
    at_once(lambda: declare(first), lambda: declare(second))
    before = {first.marker_id, second.marker_id}
    now = set(Marking.objects.values_list("marker", flat=True))
    assert len(now) == 2
    assert not now & before


def test_giving_back_while_the_office_allocates_fills_the_place_once() -> None:
    first, second = pair(2)
    declare(second)
    factories.member(Role.MARKER, "Bo Marker")
    factories.member(Role.MARKER, "Bim Marker")
    window = first.script.sitting.window
    allocate = lambda: actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)  # noqa: E731
    results = at_once(lambda: declare(first), allocate, allocate)
    assert not [result for result in results if isinstance(result, Refused)]
    assert sorted(Marking.objects.values_list("position", flat=True)) == [1, 2]
    assert not Marking.objects.filter(marker__in=[first.marker_id, second.marker_id]).exists()


def test_giving_back_while_the_office_moves_the_script_loses_neither() -> None:
    first, _ = pair(2)
    bo = factories.member(Role.MARKER, "Bo Marker")
    move = lambda: actions.reassign(  # noqa: E731
        marking=first, to=bo, reason="Ill", by=first.marker, at=make.CLOSED
    )
    results = at_once(lambda: declare(first), move)
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Marking.objects.get(position=1).marker == bo


def _marked_and_rated() -> Any:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    money.rate(window)
    return window


def test_two_who_approve_a_payment_run_at_once_pay_once() -> None:
    window = _marked_and_rated()
    made, others = money.run(window), [money.second_person(), money.second_person("Osa Third")]
    approve = [
        lambda by=by: paying.decide_run(run=made, approve=True, by=by, at=make.CLOSED) for by in others
    ]
    at_once(*approve)
    assert sorted(PayEntry.objects.values_list("pence", flat=True)) == [725, 725]
    assert PayDecision.objects.filter(run=made).count() == 1


def test_approving_and_taking_back_at_once_come_to_one_word() -> None:
    window = _marked_and_rated()
    made, nia = money.run(window), money.second_person()
    results = at_once(
        lambda: paying.decide_run(run=made, approve=True, by=nia, at=make.CLOSED),
        lambda: paying.decide_run(run=made, approve=False, by=window.created_by, at=make.CLOSED),
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert PayEntry.objects.count() == (2 if PayDecision.objects.get(run=made).approved else 0)


def test_two_payment_runs_made_at_once_are_one() -> None:
    window = _marked_and_rated()
    results = at_once(lambda: money.run(window), lambda: money.run(window))
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert PayRun.objects.count() == 1


def test_two_seeds_beyond_the_tolerance_at_once_stop_their_marker_once() -> None:
    first, second = two_seeds()
    results = at_once(lambda: make.submit(first, make.POOR), lambda: make.submit(second, make.POOR))
    assert not [one for one in results if isinstance(one, Exception)]
    assert Stop.objects.get().marker == first.marker


def test_a_seed_is_judged_when_the_one_before_it_is_kept() -> None:
    """The second of two is submitted while the first one's transaction is still open: neither alone would stop."""
    first, second = two_seeds()
    found = while_unfinished(lambda: make.submit(first, make.POOR), lambda: make.submit(second, make.POOR))
    assert [one.pk for one in found] == [second.pk]
    assert Stop.objects.get().marker == first.marker


def test_a_seed_is_judged_under_the_lock_of_its_marker() -> None:
    """SQLite lets one write at a time and would hide a missing lock: the marker's row is asked for before the seeds."""
    first, _ = two_seeds()
    assert first.window  # loaded: what the scene asks says nothing of the action
    with CaptureQueriesContext(connection) as asked:
        make.submit(first, make.POOR)
    statements = [one["sql"] for one in asked]
    lock = [
        n
        for n, sql in enumerate(statements)
        if sql.startswith("SELECT") and ' FROM "goldenthread_user" ' in sql
    ]
    seeds = [
        n
        for n, sql in enumerate(statements)
        if sql.startswith("SELECT") and ' FROM "goldenthread_seed" ' in sql
    ]
    assert lock
    assert seeds
    assert lock[0] < seeds[0]


def two_seeds() -> list[Marking]:
    """Two seeds of one marker, of which the second beyond the tolerance stops them."""
    window = make.window()
    ben, _ = make.markers(2)
    for _ in range(4):
        make.sitting(window)
    quality.policy(window, seed_percent=50, stop_count=2)
    quality.known_set(window, "seeds", (make.FAIR,) * 2)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return list(Marking.objects.select_related("marker").filter(marker=ben, seed__isnull=False))


# --- discussions -----------------------------------------------------------------------------------------
def _standing(talk: Discussion) -> tuple[str, str, int]:
    held = Discussion.objects.get(pk=talk.pk)
    return held.ending, held.cause, Marking.objects.filter(position=3).count()


def test_two_who_answer_at_once_come_to_one_end() -> None:
    talk = talks.discussion()
    change = lambda letter: lambda: talks.answer(talk, letter, (1, 4), seen="0:0")  # noqa: E731
    results = at_once(change("A"), change("B"))
    # Whoever is second has an old page then: they read the first answer, and answer on the new one.
    late = [place for place, result in enumerate(results) if isinstance(result, Refused)]
    assert len(late) == 1
    assert DiscussionAnswer.objects.count() == 1
    talks.answer(talk, "AB"[late[0]], *([(1, 4)] if late[0] == 0 else []))
    assert _standing(talk)[:2] == ("agreed", "answered")
    assert Agreement.objects.count() == 1


def test_two_clicks_at_once_are_one_answer_and_one_message() -> None:
    talk, key = talks.discussion(), str(uuid.uuid4())
    stand = lambda: talks.answer(talk, "A", seen="0:0")  # noqa: E731
    write = lambda: talks.say(talk, "A", key=key)  # noqa: E731
    assert at_once(stand, stand) == [True, True]
    assert at_once(write, write) == [True, True]
    assert (DiscussionAnswer.objects.count(), DiscussionMessage.objects.count()) == (1, 1)


def test_the_last_answer_and_the_office_at_once_end_it_once() -> None:
    talk, office = talks.discussion(), factories.member(Role.OFFICE, "Olu Office")
    talks.answer(talk, "A", (1, 4))
    end = lambda: discussing.end_by_office(  # noqa: E731
        discussion=talk, reason="The board meets.", by=office, at=make.CLOSED
    )
    at_once(lambda: talks.answer(talk, "B", seen="0:1"), end)
    ending, cause, thirds = _standing(talk)
    assert (ending, cause, thirds) in (("agreed", "answered", 0), ("third", "office", 1))
    assert Agreement.objects.get().state == {"agreed": "agreed", "third": "referred"}[ending]


def test_the_last_answer_and_the_job_at_once_end_it_once() -> None:
    talk = talks.discussion()
    talks.answer(talk, "A")
    later = make.CLOSED + timedelta(days=6)
    end = lambda: discussing.end_if_due(discussion=talk, at=later)  # noqa: E731
    at_once(lambda: talks.answer(talk, "B", seen="0:1"), end, end)
    assert _standing(talk)[0::2] == ("third", 1)


def test_an_answer_while_marks_are_set_aside_leaves_nothing_that_counts() -> None:
    talk = talks.discussion(markers=4)
    talks.answer(talk, "A", (1, 4))
    second = Marking.objects.select_related("script__sitting__window").get(position=2)
    aside = lambda: actions.set_aside(  # noqa: E731
        marking=second, reason="They met.", by=talk.first_marker, at=make.CLOSED
    )
    at_once(lambda: talks.answer(talk, "B", seen="0:1"), aside)
    assert _standing(talk) == ("fell", "aside", 0)
    assert not Marking.objects.filter(revised__isnull=False).exists()
    assert not Agreement.objects.exists()


def test_an_answer_waits_for_the_one_before_it() -> None:
    """The second comes while the first one's transaction is still open: it ends the discussion, or is told to look."""
    talk = talks.discussion()
    found = while_unfinished(
        lambda: talks.answer(talk, "A", seen="0:0"), lambda: talks.answer(talk, "B", seen="0:1")
    )
    assert found == [True]
    assert _standing(talk) == ("third", "answered", 1)
