"""What is settled stands in the database itself: raw SQL is refused, and what actions do lawfully goes through."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from goldenthread.appeals import actions as appeals
from goldenthread.appeals.models import Appeal
from goldenthread.awards import actions as awards
from goldenthread.awards import changes
from goldenthread.awards.models import Award, Change
from goldenthread.common import append_only, settled
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Agreement, Marking, SetAside
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import Round, Sampled
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import by_hand, factories, factories_appeals
from tests import factories_discussions as discussions
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED
SETTLED = "settled: this row|append-only"


def refused(statement: str) -> None:
    """The database itself says no, and nothing has happened."""
    with (
        pytest.raises(DatabaseError, match=SETTLED),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def unchangeable(model: type[models.Model], sets: str, where: str = "1 = 1") -> None:
    """Neither an update, as it is written here, nor a removal goes through."""
    table, before = model._meta.db_table, list(model._default_manager.order_by("pk").values())
    assert before
    refused(f"UPDATE {table} SET {sets} WHERE {where}")
    refused(f"DELETE FROM {table} WHERE {where}")
    assert list(model._default_manager.order_by("pk").values()) == before


@pytest.mark.migrations
def test_every_guard_is_there_after_the_migrations() -> None:
    assert settled.missing(connection) == append_only.missing(connection) == []


@pytest.mark.parametrize("table", settled.TABLES)
def test_a_guard_that_is_gone_or_another_one_is_noticed_and_put_back(table: str) -> None:
    lift = settled.removals(connection.vendor, (table,))
    with connection.cursor() as cursor:
        for statement in lift:
            cursor.execute(statement)
        assert settled.missing(connection) == [table]
        if connection.vendor == "sqlite":  # a guard of the same name that lets everything through
            for ending, verb in zip(settled.ENDINGS, ("UPDATE", "DELETE"), strict=True):
                cursor.execute(
                    f"CREATE TRIGGER {table}_{ending} BEFORE {verb} ON {table} BEGIN SELECT 1; END"
                )
            assert settled.missing(connection) == [table]
        else:
            for statement in settled.statements(connection, (table,)):
                cursor.execute(statement)
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_settled() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NEW; END $$"
            )
            assert settled.missing(connection) == [table]
    assert settled.restore(connection) == [table]
    assert settled.missing(connection) == settled.restore(connection) == []


def test_every_column_of_a_guard_is_one_of_its_table() -> None:
    with connection.cursor() as cursor:
        for table, guard in settled.GUARDS.items():
            columns = {one.name for one in connection.introspection.get_table_description(cursor, table)}
            named = {*guard.free, *(name for group in guard.together or () for name in group)}
            assert named <= columns


# --- released results --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sets",
    [
        "result = 'passed'",
        "half_marks_learn_that = 40",
        "conditions = '[]'",
        "number = 9",
        "released_at = NULL, released_by_id = NULL",
        "half_marks_off = 2",
        "id = 99",
    ],
)
def test_a_released_outcome_is_neither_changed_nor_removed(sets: str) -> None:
    factories_appeals.released()
    unchangeable(Outcome, sets)


def test_a_provisional_outcome_is_worked_out_anew_and_never_edited() -> None:
    outcome = factories_appeals.released()
    made = Outcome.objects.create(
        enrolment=outcome.enrolment,
        window=outcome.window,
        number=9,
        result="passed",
        conditions=[],
        computed_at=AT,
    )
    refused(f"UPDATE goldenthread_outcome SET result = 'not_passed' WHERE id = {made.pk}")
    assert Outcome.objects.filter(pk=made.pk).delete()[0] == 1


@pytest.mark.parametrize(
    "sets",
    [
        "holder_name = 'Eve'",
        "code = 'NPQLT-2026-AAAA-AAAA'",
        "awarded_on = '2020-01-01'",
        "programme_name = 'Another'",
        "issued_at = '2020-01-01 00:00:00+00:00'",
    ],
)
def test_an_award_says_for_good_what_it_said_when_it_was_issued(sets: str) -> None:
    factories_appeals.released(make.GOOD)
    unchangeable(Award, sets)


def test_a_revoked_award_stays_revoked_for_the_reason_that_was_given() -> None:
    outcome = factories_appeals.released(make.GOOD)
    awards.revoke(award=Award.objects.get(), reason="A false identity.", by=outcome.window.created_by, at=AT)
    unchangeable(Award, "revoked_at = NULL, revoked_reason = ''")
    unchangeable(Award, "revoked_reason = 'Another'")


# --- marks ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sets",
    [
        "marks = '{\"1\": 4}'",
        "learn_that = 12",
        "learn_how_to = 8",
        "submitted_at = '2020-01-01 00:00:00+00:00'",
        "marker_id = (SELECT max(id) FROM goldenthread_user)",
        "state = 'allocated', submitted_at = NULL",
        "position = 3",
        "feedback = 'Another'",
        'notes = \'{"1": "Another"}\'',
        "comment = 'Another'",
        "seconds = 1",
        "revised = '{\"1\": 4}', revised_learn_that = 12, revised_learn_how_to = 8",
    ],
)
def test_submitted_marks_are_neither_changed_nor_removed(sets: str) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    unchangeable(Marking, sets, "position = 1")


def test_marks_go_only_once_they_stand_whole_among_those_set_aside() -> None:
    window = make.window()
    make.markers(3)
    make.sitting(window)
    make.mark_all(window)
    one = Marking.objects.get(position=1)
    copied = {name: getattr(one, name) for name in settled.KEPT_ASIDE}
    said: dict[str, Any] = {"marking": one.pk, "reason": "Because.", "by": window.created_by, "at": AT}
    made = SetAside.objects.create(**{**copied, "marks": {"1": 1}}, **said)
    refused(f"DELETE FROM goldenthread_marking WHERE id = {one.pk}")  # the marks that are kept are others
    by_hand.remove(SetAside.objects.filter(pk=made.pk))
    SetAside.objects.create(**copied, **said)
    assert Marking.objects.filter(pk=one.pk).delete()[0] == 1
    unchangeable(SetAside, "reason = 'Another'")


def test_setting_aside_goes_through_with_agreement_decision_and_discussion() -> None:
    talk = discussions.discussion(markers=4)
    discussions.answer(talk, "A", (1, 4), (2, 4), (4, 4))
    discussions.answer(talk, "B")
    first = Marking.objects.get(position=1)
    assert first.revised is not None
    unchangeable(
        Marking, "revised = NULL, revised_learn_that = NULL, revised_learn_how_to = NULL", "position = 1"
    )
    unchangeable(Agreement, "half_marks_learn_that = 40")
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    moderation.set_aside(marking=Marking.objects.get(position=2), reason="Unfair.", by=chidi, at=AT)
    first.refresh_from_db()
    assert first.revised is None
    assert not Agreement.objects.exists()
    assert SetAside.objects.count() == 1


def test_what_is_still_to_be_marked_can_be_saved_given_back_and_taken_over() -> None:
    window = make.window()
    make.markers(3)
    make.sitting(window)
    marking.allocate_window(window=window, by=window.created_by, at=AT)
    one = Marking.objects.select_related("marker").get(position=1)
    entered = marking.Entered(make.marks(1), "", make.FEEDBACK)
    marking.save_marks(marking=one, entered=entered, revision=0, by=one.marker, at=AT)
    bo = User.objects.get(name="Bo Marker")
    if one.marker_id != bo.pk:
        given = marking.reassign(marking=one, to=bo, reason="Away.", by=window.created_by, at=AT)
        assert not Marking.objects.filter(pk=one.pk).exists()
        assert given.marks == {}


# --- moderation ----------------------------------------------------------------------------------------------
def test_a_moderators_decision_falls_only_with_its_row_in_the_trail_and_never_after_the_sign_off() -> None:
    window = make.window()
    make.markers(4)
    make.sitting(window)
    make.mark_all(window)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=100)
    sampled = moderation.mark_blind(sampled=opened.sample.get(), marks=make.FAIR, by=chidi, at=AT)
    unchangeable(Sampled, "marks = '{}'")
    moderation.decide(sampled=sampled, decision="confirmed", by=chidi, at=AT)
    unchangeable(Sampled, "note = 'Another'")
    nothing = "decision = '', decided_by_id = NULL, decided_at = NULL"
    unchangeable(Sampled, nothing)
    moderation.set_aside(marking=Marking.objects.get(position=1), reason="Unfair.", by=chidi, at=AT)
    assert Sampled.objects.get().decision == ""
    make.submit(Marking.objects.get(position=1))
    moderation.decide(sampled=sampled, decision="confirmed", by=chidi, at=AT)
    moderation.sign_off(round=opened, by=chidi, at=AT)
    unchangeable(Sampled, nothing)
    unchangeable(Round, "signed_off_by_id = (SELECT min(id) FROM goldenthread_user)")
    unchangeable(Round, "signed_off_at = NULL, signed_off_by_id = NULL")
    unchangeable(Round, "seed = 'another'")


# --- appeals and changes -------------------------------------------------------------------------------------
def test_a_decided_appeal_and_a_decided_change_stand() -> None:
    outcome = factories_appeals.released()
    appeal = factories_appeals.admitted(outcome, "procedure")
    unchangeable(Appeal, "statement = 'Another'")
    unchangeable(Appeal, "check_reason = 'Another'")
    oda, at = factories_appeals.office(), factories_appeals.NEXT
    appeals.decide(appeal=appeal, verdict="upheld", remedy="A letter.", reason="So it was.", by=oda, at=at)
    unchangeable(Appeal, "decision_reason = 'Another'")
    unchangeable(Appeal, "state = 'admitted', verdict = '', decided_at = NULL, decided_by_id = NULL")
    appeals.carry_out(appeal=appeal, done="It was sent.", by=oda, at=at)
    unchangeable(Appeal, "remedy_done = 'Another'")
    change = changes.propose_correction(outcome=outcome, reason="Wrong.", by=oda, at=at)
    unchangeable(Change, "reason = 'Another'")
    changes.decide(
        change=change, approve=False, reason="It is right.", by=factories_appeals.office("Osa Office"), at=at
    )
    unchangeable(Change, "state = 'done'")
