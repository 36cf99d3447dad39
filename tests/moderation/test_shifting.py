"""A marker's batch is shifted by so many half marks, if a second person agrees; near the pass mark a person looks."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions, shift_rules, shifting
from goldenthread.moderation.batches import Which
from goldenthread.moderation.batches import decide as decide_batch
from goldenthread.moderation.batches import propose as propose_batch
from goldenthread.moderation.falling import shifts_fall
from goldenthread.moderation.final import final_marks, final_marks_of
from goldenthread.moderation.models import Round, Sampled, Shift, ShiftedMark
from goldenthread.moderation.national_package import MARKS as COLUMNS
from goldenthread.moderation.national_package import mark_rows
from goldenthread.moderation.shift_rules import Line, Move
from goldenthread.outcomes import board
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests.moderation.test_batches import ben, decided, three_scripts
from tests.outcomes.test_what_is_settled_stands import unchangeable

AT = make.CLOSED
WHY = "One mark too high for learn how to in every script that I read."
MAXIMA = Totals(24, 16)
DOWN = Move(0, -2)


# --- the rules ---------------------------------------------------------------------------------------
def line(code: str, before: Totals, move: Move, **more: Any) -> Line:
    after = shift_rules.moved(before, move, MAXIMA)
    return Line(1, code, before, after, before.total, after.total, **more)


@given(st.integers(0, 24), st.integers(0, 16), st.integers(-50, 50), st.integers(-50, 50))
def test_nothing_moves_beyond_the_scale(that: int, how: int, one: int, other: int) -> None:
    after = shift_rules.moved(Totals(that, how), Move(one, other), MAXIMA)
    assert 0 <= after.learn_that <= 24
    assert 0 <= after.learn_how_to <= 16


@given(
    st.lists(st.builds(Totals, st.integers(0, 24), st.integers(0, 16)), max_size=8), st.integers(1, 20),
    st.integers(-16, 16), st.integers(0, 4),
)  # fmt: skip
def test_no_script_moves_across_the_pass_mark_or_into_the_band(
    marks: list[Totals], pass_mark: int, by: int, band: int
) -> None:
    lines = [line(f"K{n}", one, Move(0, by)) for n, one in enumerate(marks)]
    found = shift_rules.plan(lines, pass_mark=pass_mark, below=band, above=band)
    assert found.scripts == len(marks)
    for one in found.moves:
        assert (one.before.total >= 2 * pass_mark) == (one.after.total >= 2 * pass_mark)
        assert abs(one.after.total - 2 * pass_mark) > 2 * band or band == 0
        assert one.after != one.before


def test_each_script_has_its_place() -> None:
    rows = [
        line("A", Totals(20, 12), DOWN),
        line("B", Totals(16, 8), DOWN),  # exactly the pass mark, then below it
        line("C", Totals(16, 13), DOWN),  # into the band
        line("D", Totals(20, 12), DOWN, sampled=True),
        line("E", Totals(20, 12), DOWN, moved_before=True),
        line("F", Totals(24, 0), DOWN),  # there is nothing to take
    ]
    found = shift_rules.plan(rows, pass_mark=12, below=2, above=2)
    assert [one.code for one in found.moves] == ["A"]
    assert [one.code for one in found.looks] == ["B", "C"]
    assert (found.sampled, found.moved_before, found.at_the_end) == (1, 1, 1)


def test_what_too_many_words_cost_counts_at_the_pass_mark() -> None:
    before, after = Totals(20, 12), Totals(20, 10)
    cut = Line(1, "A", before, after, 24, 22)
    found = shift_rules.plan([cut], pass_mark=12, below=0, above=0)
    assert [one.code for one in found.looks] == ["A"]


@pytest.mark.parametrize(
    ("move", "code"),
    [(Move(0, 0), "shift.nothing"), (Move(25, 0), "shift.far"), (Move(0, -17), "shift.far")],
)
def test_a_move_moves_something_and_no_more_than_there_is(move: Move, code: str) -> None:
    with pytest.raises(Refused) as refused:
        shift_rules.check_move(move, MAXIMA)
    assert refused.value.code == code


def test_a_move_is_said_in_words() -> None:
    said = [shift_rules.half_marks_text(one) for one in (-3, 2, 1, 0, -4)]
    assert said == ["1.5 marks down", "1 mark up", "0.5 marks up", "nothing", "2 marks down"]


# --- in a round --------------------------------------------------------------------------------------
@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def opened(chidi: User) -> Round:
    """18 and 15 of 20 marks are in no sample, 5 is, and is confirmed."""
    return three_scripts(chidi)


def propose(opened: Round, by: User, move: Move = DOWN, **more: Any) -> Shift:
    said = {"round": opened, "marker": ben().pk, "move": move, "reason": WHY, **more}
    return shifting.propose(by=by, at=AT, **said)


def agree(shift: Shift, by: User, *, yes: bool = True, reason: str = "I see it too.", **more: Any) -> Shift:
    seen = shifting.plan_of(shift.round, shift.marker_id, shifting.move_of(shift)).fingerprint
    return shifting.decide(shift=shift, agree=yes, reason=reason, by=by, at=AT, **{"seen": seen, **more})


def totals(opened: Round) -> list[int]:
    """The final marks in half marks, the highest first."""
    return sorted((one.half_marks.total for one in final_marks(opened.window).values()), reverse=True)


def code_of(call: Any) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


@pytest.mark.django_db
def test_a_shift_moves_what_nobody_looks_at_and_puts_what_comes_near_before_a_moderator(
    opened: Round, chidi: User, mo: User
) -> None:
    shift = propose(opened, chidi)
    assert totals(opened) == [36, 30, 10]  # nothing moves yet
    done = agree(shift, mo)
    assert totals(opened) == [34, 30, 10]
    moved = ShiftedMark.objects.get()
    assert (moved.was_learn_that, moved.was_learn_how_to) == (22, 14)
    assert (moved.half_marks_learn_that, moved.half_marks_learn_how_to) == (22, 12)
    near = Sampled.objects.get(script__in=done.looked_at)
    assert (near.reason, near.decision, len(done.looked_at)) == (shifting.NEAR, "", 1)
    event = AuditEvent.objects.get(verb="moderation.shifted")
    assert event.details["was"] == [22, 14]
    assert event.details["half_marks"] == [22, 12]
    assert (event.subject, event.details["reason"], event.actor_name) == (
        f"script:{moved.script_id}",
        WHY,
        mo.name,
    )
    assert AuditEvent.objects.filter(
        verb="moderation.to_look_at", subject=f"script:{near.script_id}"
    ).exists()
    assert AuditEvent.objects.filter(verb="shift.done").count() == 1
    assert agree(shift, mo).pk == shift.pk  # twice is once
    assert ShiftedMark.objects.count() == 1
    assert set(Marking.objects.values_list("learn_that", "learn_how_to")) == {(11, 7), (9, 6), (3, 2)}
    one = moved.script.sitting
    final = final_marks_of(one)
    assert final is not None
    assert (final.half_marks, final.adjusted) == (Totals(22, 12), True)
    assert board.figures_of(opened.window).adjusted == 1


@pytest.mark.django_db
def test_what_came_near_is_marked_blind_and_decided_before_the_sign_off(
    opened: Round, chidi: User, mo: User
) -> None:
    shift = propose(opened, chidi)
    assert code_of(lambda: actions.sign_off(round=opened, by=mo, at=AT)) == "moderation.shift_proposed"
    agree(shift, mo)
    assert code_of(lambda: actions.sign_off(round=opened, by=mo, at=AT)) == "moderation.open"
    decided(opened.sample.get(decision=""), mo)
    actions.sign_off(round=opened, by=mo, at=AT)
    assert totals(opened) == [34, 30, 10]
    assert code_of(lambda: propose(opened, chidi)) == "shift.signed_off"


@pytest.mark.django_db
def test_two_people_decide_and_neither_is_the_marker(opened: Round, chidi: User, mo: User) -> None:
    assert code_of(lambda: propose(opened, ben())) == "shift.own"
    shift = propose(opened, chidi)
    assert propose(opened, chidi).pk == shift.pk
    assert code_of(lambda: propose(opened, mo, Move(1, 0))) == "shift.waits"
    assert code_of(lambda: agree(shift, chidi)) == "batch.same_person"
    assert code_of(lambda: agree(shift, ben())) == "shift.own"
    assert code_of(lambda: agree(shift, mo, yes=False, reason=" ")) == "batch.reason"
    assert code_of(lambda: shifting.take_back(shift=shift, by=mo, at=AT)) == "shift.not_yours"
    assert agree(shift, mo, yes=False, reason="Only in one.").state == "refused"
    assert code_of(lambda: agree(shift, mo)) == "shift.decided"
    assert totals(opened) == [36, 30, 10]
    again = propose(opened, chidi, Move(0, -1))
    for _ in range(2):
        assert shifting.take_back(shift=again, by=chidi, at=AT).state == "taken_back"
    assert code_of(lambda: shifting.take_back(shift=again, by=mo, at=AT)) == "shift.not_yours"
    assert not ShiftedMark.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": " "}, "batch.reason"),
        ({"move": Move(0, 0)}, "shift.nothing"),
        ({"marker": 0}, "shift.empty"),
    ],
)
def test_a_proposal_without_what_it_needs_is_refused(
    opened: Round, chidi: User, more: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: propose(opened, chidi, **more)) == code


@pytest.mark.django_db
def test_the_second_person_agrees_to_what_they_saw(opened: Round, chidi: User, mo: User) -> None:
    shift = propose(opened, chidi)
    assert code_of(lambda: agree(shift, mo, seen="another")) == "shift.unseen"
    assert not ShiftedMark.objects.exists()


@pytest.mark.django_db
def test_a_batch_that_goes_back_to_marking_and_a_shift_wait_for_each_other(
    opened: Round, chidi: User, mo: User
) -> None:
    factories.member(Role.MARKER, "Bo Marker")
    batch = propose_batch(round=opened, which=Which(marker=ben().pk), reason=WHY, by=chidi, at=AT)
    assert code_of(lambda: propose(opened, mo)) == "shift.waits"
    decide_batch(batch=batch, agree=True, reason="", by=mo, at=AT)
    assert code_of(lambda: propose(opened, mo)) == "shift.waits"


@pytest.mark.django_db
def test_what_moved_falls_with_other_marks_and_a_script_moves_once(
    opened: Round, chidi: User, mo: User
) -> None:
    agree(propose(opened, chidi), mo)
    bea = User.objects.get(name="Bea Marker")
    assert code_of(lambda: propose(opened, chidi, marker=bea.pk)) == "shift.empty"
    moved = ShiftedMark.objects.get()
    factories.member(Role.MARKER, "Bo Marker")
    marking = Marking.objects.get(script=moved.script, marker=ben())
    actions.set_aside(marking=marking, reason="Never theirs.", by=opened.window.created_by, at=AT)
    moved.refresh_from_db()
    assert moved.fell_at == AT
    event = AuditEvent.objects.get(verb="moderation.shift_fell")
    assert (event.details["was"], event.details["half_marks"]) == ([22, 12], [22, 14])
    make.submit(Marking.objects.select_related("marker").get(state="allocated"), make.GOOD)
    assert totals(opened) == [36, 30, 10]


@pytest.mark.django_db
def test_marks_that_changed_some_other_way_are_no_longer_the_ones_that_moved(
    opened: Round, chidi: User, mo: User
) -> None:
    agree(propose(opened, chidi), mo)
    moved = ShiftedMark.objects.get()
    by_hand.alter(Agreement.objects.filter(script=moved.script), half_marks_learn_that=23)
    assert totals(opened) == [37, 30, 10]
    final = final_marks_of(moved.script.sitting)
    assert final is not None
    assert not final.adjusted


@pytest.mark.django_db
def test_only_one_moved_mark_of_a_script_holds(opened: Round, chidi: User, mo: User) -> None:
    agree(propose(opened, chidi), mo)
    moved = ShiftedMark.objects.get()
    other = Shift.objects.create(
        round=opened, marker=ben(), half_marks_learn_that=1, half_marks_learn_how_to=0, reason="Twice.",
        proposed_by=chidi, proposed_at=AT,
    )  # fmt: skip
    moved.pk, moved.shift = None, other
    with pytest.raises(IntegrityError), transaction.atomic():
        moved.save()


@pytest.mark.django_db
def test_the_database_lets_neither_proposals_nor_what_they_moved_be_changed(
    opened: Round, chidi: User, mo: User
) -> None:
    refused = propose(opened, chidi, Move(0, -1))
    unchangeable(Shift, "half_marks_learn_that = 4")
    unchangeable(Shift, "reason = 'Another'")
    unchangeable(Shift, f"proposed_by_id = {mo.pk}")
    agree(refused, mo, yes=False)
    shift = agree(propose(opened, chidi), mo)
    for sets in ("state = 'proposed', decided_by_id = NULL, decided_at = NULL", "decision_reason = 'Another'",
        "looked_at = '[]'", "half_marks_learn_how_to = 8", f"decided_by_id = {chidi.pk}"):  # fmt: skip
        unchangeable(Shift, sets, f"id = {shift.pk}")
    for sets in ("half_marks_learn_that = 40", "was_learn_that = 0", "fell_at = '2026-01-01 00:00:00+00:00'"):
        unchangeable(ShiftedMark, sets)
    assert totals(opened) == [34, 30, 10]
    moved = ShiftedMark.objects.get()
    assert shifts_fall([moved.script_id], by=mo, at=AT) == 1  # behind its event of the trail it goes through
    assert totals(opened) == [36, 30, 10]
    unchangeable(ShiftedMark, "fell_at = NULL")
    unchangeable(ShiftedMark, "fell_at = '2026-01-01 00:00:00+00:00'")


@pytest.mark.django_db
def test_the_plan_takes_few_queries_however_many_scripts_there_are(chidi: User) -> None:
    def asked(opened: Round) -> int:
        with CaptureQueriesContext(connection) as made:
            shifting.plan_of(opened, ben().pk, DOWN)
        return len(made)

    window = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window)
    opened = actions.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=0)
    rounds = Round.objects.select_related("window__case_study__scheme", "window__scheme")
    assert asked(rounds.get(pk=opened.pk)) <= 7


@pytest.mark.django_db
def test_the_national_moderator_reads_which_marks_were_shifted(opened: Round, chidi: User, mo: User) -> None:
    agree(propose(opened, chidi), mo)
    rows = {row[0]: row for row in mark_rows(opened.window)}
    moved = ShiftedMark.objects.get().script.sitting.code
    place = COLUMNS.index("decision")
    assert rows[moved][place] == "shifted"
    assert sorted(row[place] for row in rows.values()) == ["", "confirmed", "shifted"]
