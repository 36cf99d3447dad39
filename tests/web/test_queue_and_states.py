"""What a marker's queue counts as work, and what the page of a submitted script says in each state: the truth."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import SittingState
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.marking import actions, coming_queries, discussion_queries
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Marking
from goldenthread.people.models import User
from tests import factories
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
STANDS = "Your marks stand"
FINAL = "You can't change these marks any more"


@pytest.fixture(autouse=True)
def _now(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: make.CLOSED)


def lead_of(person: User) -> str:
    found = text_of(client_of(person).get("/mark/"))
    return found.split('class="gt-lead">', 1)[1].split("<", 1)[0].strip()


def said_of(marking: int, person: User) -> str:
    return text_of(client_of(person).get(f"/mark/{marking}/"))


# --- the queue -------------------------------------------------------------------------------------------
def test_a_discussion_that_awaits_an_answer_is_work_and_one_that_is_answered_is_not() -> None:
    first, second = talks.disagree(talks.window(scripts=2, markers=2))
    ben = first.first_marker
    Marking.objects.create(
        script=make.script(make.window(opens_on=make.OPENS + timedelta(days=30))),
        position=1,
        marker=ben,
        allocated_at=make.CLOSED,
        due_on=make.OPENS,
    )
    assert lead_of(ben) == "1 script to mark and 2 discussions to answer, the earliest date first."
    talks.answer(first, "A" if ben == first.first_marker else "B")
    assert lead_of(ben) == "1 script to mark and 1 discussion to answer, the earliest date first."
    assert "Discuss" not in text_of(client_of(ben).get("/mark/")).split("</h1>")[1].split("<h2")[0]
    Marking.objects.filter(state="allocated").delete()
    found = text_of(client_of(ben).get("/mark/"))
    assert f'data-key="n">Discuss {second.code}</a>' in found
    talks.answer(second, "A" if ben == second.first_marker else "B")
    assert lead_of(ben) == "Nothing waits for you: your colleagues' answers are awaited."


def test_an_empty_queue_says_until_when_answers_and_more_scripts_can_come() -> None:
    first, second = talks.disagree(talks.window(scripts=2, markers=2))
    ben = first.first_marker
    for one in (first, second):
        talks.answer(one, "A" if ben == one.first_marker else "B")
    found = text_of(client_of(ben).get("/mark/"))
    assert (
        f"you read in the discussion by {day_text(max(first.until_on, second.until_on))} at the latest"
        in found
    )
    assert (
        f"{first.script.sitting.window.intake}: scripts can come to you until the results are released"
        in found
    )
    assert "closes for the last person on" not in found
    later = make.window(opens_on=make.OPENS + timedelta(days=30))
    sitting = make.sitting(later, state=SittingState.BOOKED)
    type(sitting).objects.filter(pk=sitting.pk).update(closes_at=make.CLOSED + timedelta(days=30))
    found = text_of(client_of(ben).get("/mark/"))
    last = day_text((make.CLOSED + timedelta(days=30)).date())
    assert (
        f"{later.intake} closes for the last person on {last}: its scripts are shared out afterwards" in found
    )


def test_what_may_come_is_said_of_no_window_whose_results_are_out_and_to_no_former_marker() -> None:
    window = talks.window(scripts=2, markers=2)
    first, _ = talks.disagree(window)
    ben = first.first_marker
    coming = coming_queries.coming_to(factories.seen(ben, on=make.CLOSED.date()), at=make.CLOSED)
    assert [one.pk for one in coming.going_on] == [window.pk]
    window.state = "released"
    window.save(update_fields=["state"])
    coming = coming_queries.coming_to(factories.seen(ben, on=make.CLOSED.date()), at=make.CLOSED)
    assert coming.going_on == []
    nobody = factories.seen(factories.user("Nobody Now"), on=make.CLOSED.date())
    assert coming_queries.coming_to(nobody, at=make.CLOSED) == coming_queries.Coming([], [])


def test_many_discussions_are_counted_as_far_as_they_are_shown(monkeypatch: Any) -> None:
    monkeypatch.setattr(discussion_queries, "SHOWN_AT_ONCE", 1)
    first, _ = talks.disagree(talks.window(scripts=2, markers=2))
    assert lead_of(first.first_marker).startswith("more than 1 discussions to answer")


def test_what_is_done_stands_below_the_newest_first_and_ten_at_a_time() -> None:
    window = make.window()
    make.markers(2)
    for _ in range(13):
        make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    ben = Marking.objects.filter(position=1).order_by("pk")[0].marker
    mine = list(Marking.objects.select_related("marker").filter(marker=ben).order_by("pk"))
    for place, one in enumerate(mine[:12]):
        make.submit(one, make.FAIR, at=make.CLOSED + timedelta(minutes=place))
    found = text_of(client_of(ben).get("/mark/"))
    to_mark, done = found.split('<h2 id="submitted">')
    assert [f'href="/mark/{one.pk}/"' in to_mark for one in mine] == [False] * 12 + [True] * (len(mine) - 12)
    places = [done.index(f'href="/mark/{one.pk}/"') for one in reversed(mine[2:12])]
    assert places == sorted(places)
    assert all(f'href="/mark/{one.pk}/"' not in done for one in mine[:2])
    assert "1 to 10 of 12 submitted scripts" in done
    second = text_of(client_of(ben).get("/mark/", {"page": 2})).split('<h2 id="submitted">')[1]
    assert second.index(f'href="/mark/{mine[1].pk}/"') < second.index(f'href="/mark/{mine[0].pk}/"')


# --- what a submitted script says ------------------------------------------------------------------------
def test_without_a_discussion_marks_are_final() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    one = Marking.objects.get(position=1)
    assert "Submitted marks can't be changed." in said_of(one.pk, one.marker)
    make.submit(one, make.FAIR)
    said = said_of(one.pk, one.marker)
    assert f"{FINAL}. You see how your colleague marked this script" in said
    assert "discuss" not in said


def test_where_there_are_seeds_the_colleagues_marks_are_promised_for_when_results_are_out() -> None:
    window = make.window()
    make.sitting(window)
    quality.policy(window, seed_percent=50)
    make.markers(2)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    one = Marking.objects.get(position=1)
    make.submit(one, make.FAIR)
    said = said_of(one.pk, one.marker)
    assert "How your colleague marked this script is shown once the results of this window are out." in said


def test_where_markers_discuss_the_page_says_so_before_and_after_submitting() -> None:
    made = talks.window()
    actions.allocate_window(window=made, by=made.created_by, at=make.CLOSED)
    one = Marking.objects.get(position=1)
    assert "can't be changed, unless you are asked to discuss" in said_of(one.pk, one.marker)
    make.submit(one, make.FAIR)
    assert f"{FINAL}, unless you are asked to discuss this script." in said_of(one.pk, one.marker)


def test_a_discussion_is_told_as_it_stands_at_each_step() -> None:
    talk = talks.discussion()
    marking, ben = talk.first_marking, talk.first_marker
    said = said_of(marking, ben)
    assert "Until Sun 19 Oct 2025 you can change some of them in the discussion, or stand by them." in said
    assert "You and your colleague don't agree yet" in said
    assert STANDS not in said
    assert FINAL not in said
    talks.answer(talk, "A")
    said = said_of(marking, ben)
    assert "You have answered in the discussion, so you can't change anything any more." in said
    assert "Your colleague's answer is awaited" in said
    assert "don't agree yet" not in said
    assert "Please discuss" not in said
    talks.answer(talk, "B")
    assert Discussion.objects.get().ending == "third"
    said = said_of(marking, ben)
    assert f"{FINAL}. A third marker decides." in said
    assert "You discussed this script" in said


def test_a_discussion_that_came_to_an_agreement_shows_what_stands() -> None:
    talk = talks.discussion()
    talks.answer(talk, "A", (1, 4), (2, 4))
    talks.answer(talk, "B")
    assert Discussion.objects.get().ending == "agreed"
    said = said_of(talk.first_marking, talk.first_marker)
    assert "The marks of this script are agreed, so you see how your colleague marked it." in said


def test_a_seed_says_the_same_as_any_other_script_of_its_window() -> None:
    window = make.window()
    make.markers(2)
    for _ in range(2):
        make.sitting(window)
    quality.policy(window, seed_percent=50, apart="discussion")
    quality.known_set(window, "seeds", (make.FAIR,) * 4)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    ben = Marking.objects.filter(seed__isnull=False).order_by("pk")[0].marker
    mine = Marking.objects.select_related("marker").filter(marker=ben)
    said = set()
    for one in mine.order_by("pk"):
        make.submit(one, make.FAIR)
        callout = said_of(one.pk, ben).split("gt-callout", 1)[1].split("</h1>")[0].split("<section")[0]
        said.add(callout.replace(one.code, "CODE"))
    assert mine.filter(seed__isnull=False).exists()
    assert mine.filter(seed__isnull=True).exists()
    assert len(said) == 1
