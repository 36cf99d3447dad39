"""A batch of marks goes back to marking by other markers, if a second person agrees."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.coaching.models import Pairing
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as actions_of_marking
from goldenthread.marking.capacity import set_capacity
from goldenthread.marking.models import Marking, SetAside
from goldenthread.moderation import actions, batches
from goldenthread.moderation.batches import Reach, Which
from goldenthread.moderation.models import Batch, Round
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of
from tests.outcomes.test_what_is_settled_stands import unchangeable

pytestmark = pytest.mark.django_db
AT = make.CLOSED
WHY = "Every mark for point 2 is one too low."


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def opened(chidi: User) -> Round:
    return three_scripts(chidi)


def three_scripts(chidi: User) -> Round:
    """Three scripts that Ben and Bea marked, good, fair and poor; the poor one is alone in the sample, and decided."""
    window = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window, [make.GOOD, make.FAIR, make.POOR])
    made = actions.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=0)
    (poor,) = made.sample.all()
    decided(poor, chidi)
    return made


def decided(sampled: Any, by: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=by, at=AT)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=by, at=AT)


def ben() -> User:
    return User.objects.get(name="Ben Marker")


def propose(opened: Round, by: User, which: Which | None = None, reason: str = WHY) -> Batch:
    return batches.propose(round=opened, which=which or Which(marker=ben().pk), reason=reason, by=by, at=AT)


def agree(batch: Batch, by: User, *, yes: bool = True, reason: str = "I see it too.") -> Batch:
    return batches.decide(batch=batch, agree=yes, reason=reason, by=by, at=AT)


def test_a_markers_scripts_go_to_others_with_one_mail_and_the_marks_stay(
    opened: Round, chidi: User, mo: User
) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    batch = propose(opened, chidi)
    assert batches.reach_of(opened, Which(marker=ben().pk), at=AT) == Reach(3, 3, 0, 1, 1, 0)
    assert not SetAside.objects.exists()
    before = OutboxMessage.objects.count()
    done = agree(batch, mo)
    assert OutboxMessage.objects.count() == before + 1
    assert (done.state, len(done.scripts)) == ("done", 3)
    kept = SetAside.objects.order_by("pk")
    assert [one.marker for one in kept] == [ben()] * 3
    assert all(one.reason == f"Batch {batch.pk}: {WHY}" for one in kept)
    assert {one.marker for one in Marking.objects.filter(state="allocated")} == {bo}
    assert set(opened.sample.values_list("decision", flat=True)) == {""}
    assert AuditEvent.objects.filter(verb="batch.done").count() == 1
    agree(batch, mo)
    assert SetAside.objects.count() == 3


def test_a_batch_of_a_point_means_those_who_gave_it_so_little(opened: Round, chidi: User) -> None:
    meant = batches.markings_meant(opened, Which(point=2, most=2))
    assert len(meant) == 2  # both markings of the poor script, which gave point 2 one mark
    assert len(batches.markings_meant(opened, Which(point=2))) == 6
    assert len(batches.markings_meant(opened, Which(marker=ben().pk, point=2, most=2))) == 1
    assert len(batches.markings_meant(opened, Which())) == 6
    assert batches.reach_of(opened, Which(point=2, most=2), at=AT) == Reach(2, 1, 1, 2, 0, 2)


def test_a_round_with_a_batch_is_signed_off_when_it_is_marked_and_sampled_anew(
    opened: Round, chidi: User, mo: User
) -> None:
    factories.member(Role.MARKER, "Bo Marker")
    batch = propose(opened, chidi)
    with pytest.raises(Refused, match="Agree or refuse first"):
        actions.sign_off(round=opened, by=chidi, at=AT)
    agree(batch, mo)
    with pytest.raises(Refused, match="still open"):
        actions.sign_off(round=opened, by=chidi, at=AT)
    with pytest.raises(Refused, match="being marked anew"):
        batches.sample_anew(batch=batch, by=chidi, at=AT)
    factories.member(Role.MARKER, "Bim Marker")  # a third, where the first two are far apart now
    while waiting := Marking.objects.filter(state="allocated").select_related("marker").first():
        make.submit(waiting)
    drawn = batches.sample_anew(batch=batch, by=chidi, at=AT, seed="again")
    assert (drawn.state, drawn.seed) == ("drawn", "again")
    assert batches.sample_anew(batch=batch, by=mo, at=AT).seed == "again"
    for sampled in opened.sample.filter(decision="").order_by("pk"):
        if sampled.marked_by_id is None:
            actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert actions.sign_off(round=opened, by=chidi, at=AT).signed_off_at == AT
    with pytest.raises(Refused, match="signed off"):
        propose(opened, chidi, Which())


def test_two_people_decide_and_neither_judges_their_own_marks(opened: Round, chidi: User, mo: User) -> None:
    with pytest.raises(Refused) as refused:
        propose(opened, ben())
    assert refused.value.code == "batch.own"
    batch = propose(opened, chidi)
    assert propose(opened, chidi) == batch
    for by, code in ((chidi, "batch.same_person"), (ben(), "batch.own")):
        with pytest.raises(Refused) as refused:
            agree(batch, by)
        assert refused.value.code == code
    with pytest.raises(Refused, match="waits for a second person already"):
        propose(opened, mo)
    with pytest.raises(Refused, match="Say why you don't agree"):
        agree(batch, mo, yes=False, reason="")
    assert agree(batch, mo, yes=False).state == "refused"
    assert not SetAside.objects.exists()
    with pytest.raises(Refused, match="decided this already"):
        batches.take_back(batch=batch, by=chidi, at=AT)


def test_a_proposal_needs_a_reason_and_something_that_is_meant(opened: Round, chidi: User) -> None:
    for which, reason, code in (
        (None, " ", "batch.reason"),
        (None, "x" * 1001, "batch.too_long"),
        (Which(marker=chidi.pk), WHY, "batch.empty"),
        (Which(point=9), WHY, "batch.empty"),
    ):
        with pytest.raises(Refused) as refused:
            propose(opened, chidi, which, reason)
        assert refused.value.code == code
    assert not Batch.objects.exists()


def test_who_proposed_takes_it_back(opened: Round, chidi: User, mo: User) -> None:
    batch = propose(opened, chidi)
    with pytest.raises(Refused, match="Only who proposed it"):
        batches.take_back(batch=batch, by=mo, at=AT)
    assert batches.take_back(batch=batch, by=chidi, at=AT).state == "taken_back"
    assert batches.take_back(batch=batch, by=chidi, at=AT).state == "taken_back"
    with pytest.raises(Refused, match="Only who proposed it"):
        batches.take_back(batch=batch, by=mo, at=AT)
    with pytest.raises(Refused, match="decided this already"):
        agree(batch, mo)


def test_the_same_word_again_is_done_also_after_the_batch_was_sampled(
    opened: Round, chidi: User, mo: User
) -> None:
    batch = propose(opened, chidi)
    agree(batch, mo)
    assert Batch.objects.update(state="drawn", drawn_at=AT) == 1  # the one thing that follows a decision
    for sets in ("state = 'done', seed = ''", "scripts = '[]'", "decision_reason = 'Another'", "most = 1"):
        unchangeable(Batch, sets)
    assert agree(batch, mo).state == "drawn"
    for by, yes in ((mo, False), (factories.member(Role.MODERATOR, "Una Moderator"), True)):
        with pytest.raises(Refused, match="decided this already"):
            agree(batch, by, yes=yes)


def test_a_batch_takes_the_same_statements_for_few_and_many_scripts(chidi: User, mo: User) -> None:
    """Every marking of a window goes back: thirds too, with the sample's decisions, and the trail holds."""
    counts = []
    for scripts in (2, 9):
        window = make.window(factories.intake(starts_on=factories.START.replace(month=scripts)))
        for _ in range(scripts):
            make.sitting(window)
        make.markers(3)
        actions_of_marking.allocate_window(window=window, by=window.created_by, at=AT)
        mine = Marking.objects.select_related("marker").filter(script__sitting__window=window)
        for one in mine.filter(position__lte=2):
            make.submit(one, make.GOOD if one.position == 1 else make.POOR)
        for one in mine.filter(position=3):
            make.submit(one)
        made = actions.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=100)
        for sampled in made.sample.order_by("pk"):
            decided(sampled, chidi)
        for number in range(6):
            factories.member(Role.MARKER, f"Fresh {number}")
        batch = propose(made, chidi, Which())
        before = OutboxMessage.objects.count()
        with CaptureQueriesContext(connection) as queries:
            agree(batch, mo)
        told = OutboxMessage.objects.order_by("pk")[before:]
        counts.append(len(queries) - len(told))
        assert sum(one.payload["context"]["count"] for one in told) == 2 * scripts
        assert len({one.recipient for one in told}) == len(told)
        assert SetAside.objects.filter(script__sitting__window=window).count() == 3 * scripts
        again = Marking.objects.filter(script__sitting__window=window)
        assert again.filter(state="allocated", position__lte=2).count() == again.count() == 2 * scripts
        assert not made.sample.exclude(decision="").exists()
    assert counts[0] == counts[1] <= 60  # and one for each person who is told
    assert not list(audit.verify())


@pytest.mark.parametrize("own", [False, True])
def test_a_proposal_whose_marks_are_gone_can_be_refused_when_its_proposer_has_left(
    opened: Round, chidi: User, mo: User, own: bool
) -> None:
    for name in ("Bo Marker", "Bim Marker"):
        factories.member(Role.MARKER, name)
    batch = propose(opened, mo)
    mine = list(Marking.objects.filter(marker=ben()))
    actions.set_aside_all(markings=mine, reason="He knew them all.", by=chidi, at=AT)
    while (one := Marking.objects.filter(state="allocated").select_related("marker").first()) is not None:
        make.submit(one, make.POOR)
    for sampled in opened.sample.filter(decision="").order_by("pk"):
        decided(sampled, chidi)
    with pytest.raises(Refused, match="Agree or refuse first"):
        actions.sign_off(round=opened, by=chidi, at=AT)
    with pytest.raises(Refused, match="for a proposal whose marks are gone, say no"):
        agree(batch, chidi)
    if own:
        batches.take_back(batch=batch, by=mo, at=AT)
    else:
        assert agree(batch, chidi, yes=False, reason="They are gone.").state == "refused"
        assert agree(batch, chidi, yes=False, reason="They are gone.").scripts == []
    assert actions.sign_off(round=opened, by=chidi, at=AT).signed_off_at == AT


def test_nobody_refuses_a_proposal_about_their_own_marks(opened: Round, chidi: User) -> None:
    batch = propose(opened, chidi)
    with pytest.raises(Refused) as refused:
        agree(batch, ben(), yes=False, reason="Mine are right.")
    assert refused.value.code == "batch.own"


@pytest.mark.parametrize(("others", "whole", "bens"), [
    (0, Reach(6, 3, 3, 2, 0, 2), Reach(3, 3, 3, 1, 0, 1)),
    (1, Reach(6, 3, 3, 2, 1, 1), Reach(3, 3, 0, 1, 1, 0)),
    (2, Reach(6, 3, 0, 2, 2, 0), Reach(3, 3, 0, 1, 2, 0)),
])  # fmt: skip
def test_how_many_fresh_markers_a_batch_takes_is_known_before_it_is_proposed(
    opened: Round, chidi: User, others: int, whole: Reach, bens: Reach
) -> None:
    for number in range(others):
        factories.member(Role.MARKER, f"Fresh {number}")
    assert [batches.reach_of(opened, one, at=AT) for one in (Which(), Which(marker=ben().pk))] == [
        whole,
        bens,
    ]
    with time_machine.travel(AT, tick=False):
        found = " ".join(
            text_of(client_of(chidi).get(f"/moderate/rounds/{opened.pk}/batches/?fresh=1")).split()
        )
    more = {0: ": <strong>2 more are needed</strong>", 1: ": <strong>1 more is needed</strong>", 2: ""}[
        others
    ]
    assert (
        f"6 markings of 3 scripts. 2 fresh markers for a script, {others} {'is' if others == 1 else 'are'}"
        in found
    )
    assert f"free for each{more} </p> <p>A batch by point" in found


def test_a_conflict_with_one_author_leaves_one_marker_fewer_for_that_script(opened: Round) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    script = opened.window.sittings.order_by("code").first()
    Pairing.objects.create(enrolment=script.enrolment, coach=bo, since=factories.AT)
    assert batches.reach_of(opened, Which(marker=ben().pk), at=AT) == Reach(3, 3, 1, 1, 0, 1)


@pytest.mark.parametrize(("markers", "further"), [(2, 2), (3, 1), (4, 0), (5, 0)])
def test_a_whole_window_is_marked_anew_by_its_own_markers_where_there_are_four(
    chidi: User, mo: User, markers: int, further: int
) -> None:
    window = make.window()
    make.markers(markers)
    for _ in range(6):
        make.sitting(window)
    make.mark_all(window)
    before = {(one.script_id, one.marker_id) for one in Marking.objects.all()}
    opened = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    reach = batches.reach_of(opened, Which(), at=AT)
    assert (reach.needed, reach.further, reach.pool, reach.full) == (2, further, markers, False)
    client = client_of(mo)
    with time_machine.travel(AT, tick=False), CaptureQueriesContext(connection) as asked:
        found = text_of(client.get(f"/moderate/rounds/{opened.pk}/batches/?fresh=1"))
    assert ("Nobody from outside is needed" in found) is (further == 0)
    assert ("whoever had a script would know it" in found) is (further > 0)
    assert len([row for row in asked.captured_queries if "SAVEPOINT" not in row["sql"]]) <= 12
    agree(propose(opened, chidi, Which()), mo)
    after = [(one.script_id, one.marker_id) for one in Marking.objects.all()]
    assert not before & set(after)
    assert len(after) == len(set(after)) == 6 * (2 - further)


def test_what_markers_take_at_most_is_counted_over_all_scripts(chidi: User, mo: User) -> None:
    window = make.window()
    people = make.markers(4)
    for _ in range(4):
        make.sitting(window)
    make.mark_all(window)
    given = {one.pk: Marking.objects.filter(marker=one).count() for one in people}
    for one in people[:2]:
        set_capacity(marker=one, window=window, most=max(given[one.pk] - 1, 0), by=chidi, at=AT)
    opened = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    reach = batches.reach_of(opened, Which(), at=AT)
    agree(propose(opened, chidi, Which()), mo)
    filled = Marking.objects.count()
    open_scripts = {one.script_id for one in SetAside.objects.all()} - {
        pk for pk in Marking.objects.values_list("script", flat=True)
        if Marking.objects.filter(script=pk).count() == 2
    }  # fmt: skip
    assert reach.without_marker == len(open_scripts) > 0
    assert reach.further > 0
    assert filled < 8


def test_a_third_marker_is_only_counted_once_two_differ_again(chidi: User) -> None:
    window = make.window()
    make.markers(3)
    make.sitting(window)
    actions_of_marking.allocate_window(window=window, by=window.created_by, at=AT)
    for one, marks in zip(Marking.objects.order_by("position"), (make.GOOD, make.POOR), strict=True):
        make.submit(one, marks)
    make.submit(Marking.objects.get(position=3), make.FAIR)
    opened = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    assert batches.reach_of(opened, Which(), at=AT) == Reach(3, 1, 1, 2, 0, 2)
    third = Marking.objects.get(position=3).marker_id
    assert batches.reach_of(opened, Which(marker=third), at=AT) == Reach(1, 1, 1, 1, 0, 1)
