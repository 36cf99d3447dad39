"""Marks, decisions, results and awards against the trail: who changes one past the guards is found and named."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.appeals import actions as appeals
from goldenthread.appeals.models import Appeal
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.commands import audit as command
from goldenthread.common import audit, settled
from goldenthread.common.models import AuditEvent
from goldenthread.marking.models import Agreement, Marking, SetAside
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.falling import shifts_fall
from goldenthread.moderation.models import NationalMark, Round, Sampled, ShiftedMark
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from goldenthread.reports import jobs, proving
from tests import by_hand, factories, factories_appeals
from tests import factories_discussions as discussions
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.kept_scenes import kept
from tests.moderation import test_batches as batched
from tests.moderation import test_shifting as shifted
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT = make.CLOSED


def found() -> list[str]:
    return [f"{one.subject}: {one.problem}" for one in proving.differences()]


@kept
def everything() -> None:
    """One person's marks are set aside, discussed, adjusted, released, appealed against, corrected; an award follows
    and is revoked.
    """
    window = make.window()
    make.markers(4)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, factories_appeals.ENOUGH)
    make.sitting(window, person)
    make.mark_all(window, [factories_appeals.BELOW])
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=100)
    moderation.set_aside(marking=Marking.objects.get(position=1), reason="Unfair.", by=chidi, at=AT)
    make.submit(Marking.objects.select_related("marker").get(position=1), factories_appeals.BELOW)
    sampled = moderation.mark_blind(sampled=opened.sample.get(), marks=make.FAIR, by=chidi, at=AT)
    half = Totals(12, 10)
    moderation.decide(
        sampled=sampled, decision="adjusted", half_marks=half, note="A mark more.", by=chidi, at=AT
    )
    make.uncompared(window, at=AT)
    moderation.sign_off(round=opened, by=chidi, at=AT)
    awards.release(window=window, by=window.created_by, at=AT)
    outcome = Outcome.objects.select_related("enrolment__user", "window").get()
    appeal = factories_appeals.admitted(outcome)
    remark = factories_appeals.remark(appeal)
    make.submit(remark, make.GOOD, at=factories_appeals.NEXT)
    oda = factories_appeals.office()
    appeals.decide(appeal=appeal, verdict="changed", reason="Point 4.", by=oda, at=factories_appeals.NEXT)
    awards.certificate_pdf(award=Award.objects.get(), at=factories_appeals.NEXT)


def test_what_was_done_by_actions_is_what_the_trail_says() -> None:
    everything()
    assert Outcome.objects.count() == 2
    assert Award.objects.count() == SetAside.objects.count() == 1
    assert found() == []
    awards.revoke(award=Award.objects.get(), reason="A false identity.", by=factories_appeals.office(), at=AT)
    assert found() == []


first: Callable[[Any], Any] = lambda model: model.objects.filter(pk=model.objects.order_by("pk")[0].pk)  # noqa: E731


@pytest.mark.parametrize(
    ("model", "values", "named"),
    [
        (Marking, {"learn_that": 12}, "says 12 and 5 marks, submitted were 6 and 5"),
        (Marking, {"marks": {"1": 4, "2": 2, "3": 0, "4": 3, "5": 2}}, "is not what was submitted"),
        (Marking, {"feedback": "Splendid."}, "is not what was submitted"),
        (Marking, {"seconds": 9999}, "is not what was submitted"),
        (Marking, {"submitted_at": AT - timedelta(days=1)}, "is not what was submitted"),
        (SetAside, {"learn_how_to": 8}, "set aside, says 6 and 8 marks, submitted were 6 and 5"),
        (SetAside, {"marks": {}}, "set aside, is not what was submitted"),
        (SetAside, {"reason": "Another."}, "was set aside otherwise: by whom, when or why"),
        (Agreement, {"half_marks_learn_that": 40}, "its agreed marks, or how they came about"),
        (Agreement, {"half_marks_learn_that": 13, "half_marks_learn_how_to": 9}, "its agreed marks, or how"),
        (Agreement, {"method": "after discussion"}, "its agreed marks, or how they came about"),
        (Sampled, {"half_marks_learn_that": 24}, "the moderator's decision is not the one that was taken"),
        (
            Sampled,
            {"half_marks_learn_that": 13, "half_marks_learn_how_to": 9},
            "is not the one that was taken",
        ),
        (Sampled, {"note": "Another."}, "the moderator's decision is not the one that was taken"),
        (Round, {"signed_off_at": AT - timedelta(days=1)}, "signed off by another, or at another time"),
        (Outcome, {"result": "passed"}, "says passed, released was not passed"),
        (Outcome, {"half_marks_learn_that": 40}, "is not what was released"),
        (Outcome, {"conditions": []}, "is not what was released"),
        (Outcome, {"half_marks_off": 3}, "is not what was released"),
        (Outcome, {"released_at": AT - timedelta(days=1)}, "is not what was released"),
        (Award, {"holder_name": "Eve"}, "certifies something else than was issued"),
        (Award, {"revoked_at": AT, "revoked_reason": "x"}, "is revoked, and the trail says nothing of it"),
        (Appeal, {"decision_reason": "Another."}, "was decided otherwise: by whom, how or why"),
    ],
)
def test_a_row_that_was_changed_past_the_guards_is_named(
    model: Any, values: dict[str, Any], named: str
) -> None:
    everything()
    by_hand.alter(first(model), **values)
    one, *others = found()
    assert named in one
    assert others == []
    assert jobs.compare_with_trail(AT).startswith("1 differ")


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (SetAside, ["the marks of user", "the marks that user"]),
        (Agreement, ["what its marks came to is gone"]),
        (Sampled, ["the moderator's decision is gone"]),
        (Appeal, ["the decision of appeal"]),
        (Award, ["award NPQ"]),
    ],
)
def test_a_row_that_was_removed_past_the_guards_is_named(model: Any, named: list[str]) -> None:
    everything()
    by_hand.remove(first(model))
    faults = sorted(found())
    assert len(faults) == len(named)
    assert all(
        part in fault
        for part, fault in zip(sorted(named), sorted(f.split(": ", 1)[1] for f in faults), strict=True)
    )


def test_a_row_that_was_put_in_past_the_product_is_named() -> None:
    everything()
    window, outcome = make.Window.objects.get(), Outcome.objects.order_by("pk")[0]
    made = Outcome.objects.create(
        enrolment=outcome.enrolment, window=window, number=7, result="passed", conditions=[], computed_at=AT,
        released_at=AT, released_by=window.created_by,
    )  # fmt: skip
    assert found() == [
        f"enrolment:{outcome.enrolment_id}: outcome {made.pk} (passed) is there, and the trail says nothing of it"
    ]


def test_marks_that_somebody_sets_aside_by_hand_are_named_although_the_guard_lets_them_go() -> None:
    everything()
    one = Marking.objects.get(position=2)
    copied = {name: getattr(one, name) for name in settled.KEPT_ASIDE}
    SetAside.objects.create(**copied, marking=one.pk, reason="x", by_id=one.marker_id, at=AT)
    named = f"the setting aside of marking {one.pk} is there, and the trail says nothing of it"
    one.delete()
    assert [fault for fault in found() if named in fault]


def test_marks_of_a_discussion_are_what_was_answered() -> None:
    talk = discussions.discussion()
    discussions.answer(talk, "A", (1, 4), (2, 4), (4, 4))
    discussions.answer(talk, "B")
    assert found() == []
    revised = Marking.objects.get(position=1).revised
    by_hand.alter(Marking.objects.filter(position=1), revised={**revised, "3": 4})
    assert [fault for fault in found() if "doesn't stand as its marker answered" in fault] == found()
    by_hand.alter(
        Marking.objects.filter(position=1), revised=None, revised_learn_that=None, revised_learn_how_to=None
    )
    assert len(found()) == 1
    by_hand.alter(
        Marking.objects.filter(position=1), revised=revised, revised_learn_that=12, revised_learn_how_to=7
    )
    by_hand.alter(
        Marking.objects.filter(position=2), revised=revised, revised_learn_that=12, revised_learn_how_to=7
    )
    assert len(found()) == 1


def test_a_national_moderators_mark_is_what_was_applied() -> None:
    amara = projects.candidate()
    window = road.handed_in(amara, "project")
    make.markers(2)
    road.mark(window)
    signed = road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)
    code = window.sittings.get().code
    make.nationally(signed, f"{code},adjusted,0,11,Point 2 was overlooked", at=road.MARKED)
    assert found() == []
    by_hand.alter(NationalMark.objects.all(), half_marks_learn_how_to=30)
    assert "the national moderator's mark" in found()[0]
    by_hand.remove(NationalMark.objects.all())
    assert "a national moderator's mark is gone" in found()[0]


def test_what_a_shift_moved_is_what_was_agreed_to_and_fell_when_it_did() -> None:
    chidi, mo = (factories.member(Role.MODERATOR, f"{name} Moderator") for name in ("Chidi", "Mo"))
    opened = batched.three_scripts(chidi)
    shifted.agree(shifted.propose(opened, chidi), mo)
    assert found() == []
    row = ShiftedMark.objects.filter(pk=ShiftedMark.objects.get().pk)
    by_hand.alter(row, half_marks_learn_how_to=16)
    assert "the mark that a shift moved is not the one that was agreed to" in found()[0]
    by_hand.alter(row, half_marks_learn_how_to=12, fell_at=AT)
    assert "fell at another time, or didn't" in found()[0]
    by_hand.alter(row, fell_at=None)
    shifts_fall([ShiftedMark.objects.get().script_id], by=mo, at=AT)
    assert found() == []
    by_hand.alter(row, fell_at=None)
    assert "fell at another time, or didn't" in found()[0]
    one = ShiftedMark.objects.get()
    by_hand.remove(row)
    assert "a mark that a shift moved is gone" in found()[0]
    one.shift = shifted.propose(opened, chidi)
    one.save(force_insert=True)
    assert sum("a mark that a shift moved is there" in fault for fault in found()) == 1


def test_events_from_before_digests_are_compared_by_what_they_say() -> None:
    everything()
    new = ("digest", "by_kind", "marking")
    with by_hand.unguarded():
        for event in AuditEvent.objects.order_by("pk"):
            event.details = {name: value for name, value in event.details.items() if name not in new}
            event.save(update_fields=["details"])
    assert found() == []
    by_hand.alter(first(Outcome), result="passed")
    by_hand.alter(first(Marking), learn_that=12)
    assert len(found()) == 2


def test_whoever_changes_the_event_too_breaks_the_chain() -> None:
    everything()
    by_hand.alter(first(Outcome), result="passed")
    event = AuditEvent.objects.get(verb="outcome.released")
    by_hand.alter(AuditEvent.objects.filter(pk=event.pk), details={**event.details, "result": "passed"})
    assert [fault.sequence for fault in audit.verify()] == [event.sequence]


def test_what_is_written_meanwhile_is_left_for_the_next_time(monkeypatch: Any) -> None:
    everything()
    last = AuditEvent.objects.order_by("pk").last()
    assert last is not None
    monkeypatch.setattr(audit, "end_of_what_is_settled", lambda: last.pk)
    awards.revoke(award=Award.objects.get(), reason="A false identity.", by=factories_appeals.office(), at=AT)
    assert found() == []


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    with CaptureQueriesContext(connection) as asked:
        assert found() == []
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window)
    with CaptureQueriesContext(connection) as again:
        assert found() == []
    assert len(again) == len(asked) < 30


def test_the_command_names_each_difference_and_ends_with_one(capsys: Any) -> None:
    everything()
    assert command.run(["compare"]) == command.run(["verify"]) == 0
    assert "Marks, decisions, results and awards: what the trail says" in capsys.readouterr().out
    by_hand.alter(first(Outcome), result="passed")
    by_hand.alter(first(Marking), seconds=9999)
    assert command.run(["compare"]) == command.run(["verify"]) == 1
    said = capsys.readouterr().out
    assert "says passed, released was not passed" in said
    assert "2 are not what the trail says" in said
