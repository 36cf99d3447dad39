"""A batch of marks goes back to marking by other markers, if a second person agrees."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.common import audit
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as actions_of_marking
from goldenthread.marking.models import Marking, SetAside
from goldenthread.moderation import actions, batches
from goldenthread.moderation.batches import Reach, Which
from goldenthread.moderation.models import Batch, Round
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make

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
    """Three scripts that Ben and Bea marked, good, fair and poor; the poor one is decided."""
    window = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window, [make.GOOD, make.FAIR, make.POOR])
    made = actions.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=0)
    for sampled in made.sample.order_by("pk"):
        decided(sampled, chidi)
    return made


def decided(sampled: Any, by: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=by, at=AT)
    actions.decide(sampled=sampled, decision="confirmed", by=by, at=AT)


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
    assert batches.reach_of(opened, Which(marker=ben().pk), at=AT) == Reach(3, 3, 0)
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
    assert batches.reach_of(opened, Which(point=2, most=2), at=AT) == Reach(2, 1, 1)


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
        actions.decide(sampled=sampled, decision="confirmed", by=chidi, at=AT)
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
    with pytest.raises(Refused, match="decided this already"):
        agree(batch, mo)


def test_the_same_word_again_is_done_also_after_the_batch_was_sampled(
    opened: Round, chidi: User, mo: User
) -> None:
    batch = propose(opened, chidi)
    agree(batch, mo)
    Batch.objects.update(state="drawn", drawn_at=AT)
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
