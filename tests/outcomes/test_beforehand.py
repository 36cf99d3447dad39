"""A release is worked out before its transaction; what changes meanwhile counts, and all or nothing is released."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Window, WindowState
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.reads import unheard
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.moderation.models import Round
from goldenthread.outcomes import actions, board, preparing, queries
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.reports import alerts
from goldenthread.support.models import PlanItem, SupportPlan
from tests import by_hand, factories
from tests import factories_marking as make

ENOUGH, SHORT = 3996, 3990
pytestmark = pytest.mark.django_db


def moderated(*minutes: int, key: str = "") -> tuple[Window, list[Enrolment]]:
    """A window that can be released, with somebody for each of these credited minutes."""
    window = make.window(factories.intake(key)) if key else make.window()
    make.markers(2)
    people = [factories.enrolment(f"Person {number}", to=window.intake) for number, _ in enumerate(minutes)]
    for person, credited in zip(people, minutes, strict=True):
        factories.credit_minutes(person, credited)
        make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    return window, people


def credit(person: Enrolment, key: str = "late") -> None:
    activity = person.plan.order_by("-position")[0]
    engagement.credit(activity=activity, minutes=6, evidence="test:1", key=key, by=None, at=make.CLOSED)


def release(window: Window, **options: Any) -> list[Outcome]:
    return awards.release(window=window, by=window.created_by, at=make.CLOSED, **options)


def interrupted(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[int], None]) -> list[bool]:
    """After each time that a release was worked out `meanwhile` happens; gives whether each was within the lock."""
    calls: list[bool] = []
    prepare = preparing.released
    depth = len(connection.savepoint_ids)

    def wrapped(*args: Any, **options: Any) -> Any:
        found = prepare(*args, **options)
        calls.append(len(connection.savepoint_ids) > depth)
        with unheard():
            meanwhile(len(calls))
        return found

    monkeypatch.setattr(preparing, "released", wrapped)
    return calls


@pytest.mark.requirement("S0-40")
def test_a_credit_between_working_out_and_writing_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    window, (person,) = moderated(SHORT)
    calls = interrupted(monkeypatch, lambda call: credit(person) if call == 1 else None)
    assert [one.result for one in release(window)] == ["passed"]
    assert calls == [False, False]
    assert Outcome.objects.get().result == "passed"
    assert Award.objects.get().outcome.enrolment == person
    assert not SupportPlan.objects.exists()
    assert list(audit.verify()) == []


def test_what_changes_again_and_again_is_worked_out_with_the_lock_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, (person,) = moderated(SHORT - 60)
    calls = interrupted(monkeypatch, lambda call: credit(person, f"late {call}") if call < 4 else None)
    release(window)
    assert calls == [False, False, False, True]
    figures = next(one for one in Outcome.objects.get().conditions if one["key"] == "engagement")["figures"]
    assert figures["counted_minutes"] == SHORT - 60 + 18


def hear_the_board(window: Window) -> None:
    board.record_meeting(
        window=window, form_key="0" * 32, held_on=make.CLOSED.date(), present="Olu", decision="wait",
        reasons="A doubt.", by=window.created_by, at=make.CLOSED,
    )  # fmt: skip


@pytest.mark.parametrize("what", ["board", "marks", "credit"])
def test_a_release_that_may_not_be_any_more_is_refused_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    window, (first, _) = moderated(SHORT, ENOUGH)
    seen = queries.preview(window).fingerprint
    changes: dict[str, Callable[[], Any]] = {
        "board": lambda: hear_the_board(window),
        "marks": lambda: by_hand.alter(Round.objects.all(), signed_off_at=None, signed_off_by=None),
        "credit": lambda: credit(first),
    }
    interrupted(monkeypatch, lambda call: changes[what]() if call == 1 else None)
    with pytest.raises(Refused) as refused:
        release(window, seen=seen)
    codes = {"board": "outcomes.board", "marks": "outcomes.unfinished_moderation"}
    assert refused.value.code == codes.get(what, "outcomes.changed")
    assert not Outcome.objects.exists()
    assert not AuditEvent.objects.filter(verb="results.released").exists()


def test_a_new_address_between_working_out_and_writing_gets_the_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, (person,) = moderated(ENOUGH)
    people = User.objects.filter(pk=person.user_id)
    calls = interrupted(
        monkeypatch, lambda call: people.update(email="new@example.org") if call == 1 else None
    )
    release(window)
    assert len(calls) == 2
    assert OutboxMessage.objects.get(payload__template="result_released").recipient == "new@example.org"


def test_what_changes_nothing_of_it_is_no_reason_to_work_it_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's trail has grown, and they have signed in: the release follows on."""
    window, (first, second) = moderated(SHORT, ENOUGH)

    def meanwhile(call: int) -> None:
        audit.record("person.looked", first, by=None, at=make.CLOSED)
        User.objects.filter(pk=second.user_id).update(last_login=make.CLOSED)

    calls = interrupted(monkeypatch, meanwhile)
    release(window)
    assert calls == [False]
    chain = AuditEvent.objects.filter(subject=audit.subject_key(first)).order_by("sequence")
    verbs = list(chain.values_list("verb", flat=True))
    assert verbs[-3:] == ["person.looked", "outcome.released", "support.begun"]
    assert list(audit.verify()) == []


@pytest.mark.requirement("S0-41")
def test_all_is_released_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    window, people = moderated(SHORT, ENOUGH)

    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(alerts, "keep", fails)  # the last of what follows
        with pytest.raises(OSError, match="disk"), transaction.atomic():
            release(window)
    assert not Outcome.objects.exists()
    assert not OutboxMessage.objects.filter(payload__template="result_released").exists()
    assert not PlanItem.objects.exists()
    assert Window.objects.get().state == WindowState.SCHEDULED
    assert set(Enrolment.objects.values_list("stage", flat=True)) == {Stage.ASSESSMENT}
    release(window)
    assert Outcome.objects.filter(released_at=make.CLOSED).count() == 2
    assert Enrolment.objects.get(pk=people[1].pk).stage == Stage.AWARDED


def test_provisional_outcomes_are_worked_out_beforehand_too_and_give_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, (person,) = moderated(SHORT)
    first = actions.compute(window=window, at=make.CLOSED)
    assert Outcome.objects.get().pk == first[0].pk
    second = actions.compute(window=window, at=make.CLOSED)
    credit(person)
    (third,) = release(window)
    assert len({first[0].pk, second[0].pk, third.pk}) == 3
    assert (Outcome.objects.get().pk, third.result) == (third.pk, "passed")


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_results_are_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    window, _ = moderated(SHORT, ENOUGH)
    preview, found = queries.preview, []

    def looked(one: Window) -> Any:
        found.append(connection.in_atomic_block)
        return preview(one)

    monkeypatch.setattr(queries, "preview", looked)
    release(window)
    assert found == [False]
    assert Outcome.objects.count() == 2
