"""A moderator who can't judge a script leaves it to another one."""

from typing import Any

import pytest

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking.models import DeclaredConflict
from goldenthread.marking.rules import Declaration, Totals
from goldenthread.moderation import actions, queries
from goldenthread.moderation.final import FinalMarks, final_marks, final_marks_of
from goldenthread.moderation.models import Round, Sampled
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED
KNOWN = Declaration("relation", "I taught the author for a year.")


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def opened(chidi: User) -> Round:
    """Two scripts of one window, both sampled."""
    window = make.window()
    make.markers(2)
    for _ in range(2):
        make.sitting(window)
    make.mark_all(window, [make.GOOD, make.POOR])
    return actions.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=100)


@pytest.fixture
def sampled(opened: Round) -> Sampled:
    return opened.sample.order_by("pk")[0]


def declare(sampled: Sampled, by: User, declaration: Declaration = KNOWN) -> Any:
    return actions.declare_conflict(sampled=sampled, declaration=declaration, by=by, at=AT)


def test_own_marks_are_taken_out_and_another_moderator_begins_blind(
    sampled: Sampled, chidi: User, mo: User
) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    declare(sampled, chidi)
    sampled.refresh_from_db()
    assert (sampled.marks, sampled.marked_by) == ({}, None)
    assert queries.markings_seen_by(sampled, viewer_of(mo, on=AT.date())) == []
    actions.mark_blind(sampled=sampled, marks=make.GOOD, by=mo, at=AT)
    assert (
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=mo, at=AT).decided_by == mo
    )


def test_own_marks_that_are_taken_out_stand_in_the_trail(sampled: Sampled, chidi: User) -> None:
    marked = actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    was = marked.marks
    declare(sampled, chidi)
    event = AuditEvent.objects.get(verb="moderation.conflict_declared")
    assert (event.subject, event.actor) == (f"script:{sampled.script_id}", f"user:{chidi.pk}")
    assert (event.details["marks"], event.details["points_marked"], len(was)) == (was, 5, 5)


def test_who_declared_neither_marks_nor_decides(sampled: Sampled, chidi: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    declare(sampled, chidi)
    for attempt in (
        lambda: actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT),
        lambda: actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "moderation.conflict"


def test_declaring_leaves_what_another_moderator_began(sampled: Sampled, chidi: User, mo: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    declare(sampled, mo)
    sampled.refresh_from_db()
    assert sampled.marked_by == chidi


def test_declaring_twice_is_one_declaration_in_the_audit_trail(sampled: Sampled, chidi: User) -> None:
    assert declare(sampled, chidi) == declare(sampled, chidi, Declaration("other", "Else."))
    event = AuditEvent.objects.get(verb="moderation.conflict_declared")
    assert event.details == {"had_marked": False, "kind": "relation", "reason": KNOWN.reason}


@pytest.mark.parametrize(("decider", "code"), [("chidi", "conflict.decided"), ("mo", "conflict.done")])
def test_decided_script_is_not_left_any_more(
    sampled: Sampled, chidi: User, mo: User, decider: str, code: str
) -> None:
    by = {"chidi": chidi, "mo": mo}[decider]
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=by, at=AT)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=by, at=AT)
    with pytest.raises(Refused) as refused:
        declare(sampled, chidi)
    assert refused.value.code == code
    assert not DeclaredConflict.objects.exists()


def test_declaration_without_a_reason_changes_nothing(sampled: Sampled, chidi: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    with pytest.raises(Refused) as refused:
        declare(sampled, chidi, Declaration("relation", " "))
    assert refused.value.field == "reason"
    sampled.refresh_from_db()
    assert sampled.marked_by == chidi


def test_round_waits_for_the_script_that_was_left(opened: Round, sampled: Sampled, chidi: User) -> None:
    declare(sampled, chidi)
    other = opened.sample.exclude(pk=sampled.pk).get()
    actions.mark_blind(sampled=other, marks=make.FAIR, by=chidi, at=AT)
    actions.decide(sampled=other, decision="confirmed", note="It holds.", by=chidi, at=AT)
    with pytest.raises(Refused, match=f"1 of the sample is still open: {sampled.script.sitting.code}"):
        actions.sign_off(round=opened, by=chidi, at=AT)


def test_next_script_is_one_that_this_moderator_may_judge(opened: Round, chidi: User, mo: User) -> None:
    first, second = opened.sample.order_by("script__sitting__code")
    viewers = {user: viewer_of(user, on=AT.date()) for user in (chidi, mo)}
    assert queries.next_for(viewers[chidi], opened, day=AT.date()) == first
    declare(first, chidi)
    assert queries.next_for(viewers[chidi], opened, day=AT.date()) == second
    actions.mark_blind(sampled=second, marks=make.FAIR, by=mo, at=AT)
    assert queries.next_for(viewers[chidi], opened, day=AT.date()) is None
    assert queries.next_for(viewers[mo], opened, day=AT.date()) == second


def test_who_may_take_over_is_known(sampled: Sampled, chidi: User, mo: User) -> None:
    assert queries.moderators_for(sampled, day=AT.date()) == sorted([chidi.pk, mo.pk])
    declare(sampled, mo)
    assert queries.moderators_for(sampled, day=AT.date()) == [chidi.pk]
    declare(sampled, chidi)
    assert queries.moderators_for(sampled, day=AT.date()) == []
    assert [one.left for one in queries.sample_of(sampled.round, day=AT.date()).filter(pk=sampled.pk)] == [
        True
    ]


def test_overlong_note_is_refused(sampled: Sampled, chidi: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    with pytest.raises(Refused) as refused:
        actions.decide(
            sampled=sampled, decision="adjusted", half_marks=Totals(2, 2), note="x" * 4001, by=chidi, at=AT
        )
    assert refused.value.field == "note"


@pytest.mark.parametrize("decision", ["confirmed", "adjusted"])
@pytest.mark.parametrize("half_marks", [Totals(0, 0), Totals(17, 11), Totals(24, 16)])
def test_final_marks_are_the_agreed_ones_unless_adjusted(
    sampled: Sampled, chidi: User, decision: str, half_marks: Totals
) -> None:
    agreed = sampled.script.agreement
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    others = half_marks if decision == "adjusted" else None
    actions.decide(sampled=sampled, decision=decision, half_marks=others, note="Why.", by=chidi, at=AT)
    kept = Totals(agreed.half_marks_learn_that, agreed.half_marks_learn_how_to)
    expected = FinalMarks(*((half_marks, True) if decision == "adjusted" else (kept, False)))
    sitting = sampled.script.sitting
    assert final_marks_of(sitting) == expected
    assert final_marks(sitting.window)[sitting.pk] == expected
