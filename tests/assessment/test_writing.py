"""The log of writing in the database: every way to write is a step, none is lost; tampering is found."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment import actions, rules, writing_queries
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import How, Step
from goldenthread.assessment.writing_models import WritingRemoval
from goldenthread.common import append_only, audit
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made

SECOND = timedelta(seconds=1)


def steps(*texts: str, after: int = 0, how: How = How.TYPED) -> list[Step]:
    """The steps of an editor from each of these texts to the next one."""
    return [
        step
        for place, (old, new) in enumerate(pairwise(texts))
        for step in log.changes(
            {"": old}, {"": new}, after=after + place, how=how, at=made.INSIDE + place * SECOND
        )
    ]


def write(one: Sitting, some: list[Step], *, by: Any = None, at: Any = made.INSIDE) -> Sitting:
    return actions.write_steps(sitting=one, steps=some, by=by or one.enrolment.user, at=at)


def save(one: Sitting, texts: Mapping[str, str], revision: int, **more: Any) -> Sitting:
    more = {"at": made.INSIDE, **more}
    return actions.save_draft(sitting=one, texts=texts, revision=revision, by=one.enrolment.user, **more)


def faults() -> list[str]:
    return [fault.problem for _, fault in writing_queries.check(Sitting.objects.all())]


def stored(one: Sitting) -> Sitting:
    one.refresh_from_db()
    return one


@pytest.mark.django_db
def test_every_way_to_write_is_a_step_and_the_draft_is_what_they_give() -> None:
    one = made.sitting()
    write(one, steps("", "We ", "We read \U0001f642"))
    write(one, steps("We read \U0001f642", "We read \U0001f642 " + "aloud " * 60, after=2, how=How.PASTED))
    save(one, {"": "From the form"}, 3)
    save(one, {"": "From the device"}, 4, how=How.DEVICE)
    actions.take_back(sitting=one, number=2, revision=5, by=one.enrolment.user, at=made.INSIDE)
    made.script(one, "Handed in")
    assert [row.how for row in one.steps.all()] == [
        "typed",
        "typed",
        "pasted",
        "form",
        "device",
        "restored",
        "form",
    ]
    assert (stored(one).draft, one.draft_revision) == ({"": "Handed in"}, 7)
    assert log.follow({}, writing_queries.steps_of(one)) == one.draft
    assert writing_queries.text_at(one, 6) == {"": "We read \U0001f642"}
    assert one.steps.last().after == one.scripts.get().sha256
    assert faults() == []


@pytest.mark.django_db
def test_parts_share_one_sequence_and_each_has_its_own_text() -> None:
    one = made.sitting()
    one.window.parts = [{"key": key, "title": key.title()} for key in made.PARTS]
    one.window.save()
    save(one, {"problem": "P", "solution": "S"}, 0)
    save(one, {"problem": "P", "solution": "S2", "rationale": "R"}, 2)
    assert list(one.steps.values_list("number", "part")) == [
        (1, "problem"),
        (2, "solution"),
        (3, "solution"),
        (4, "rationale"),
    ]
    assert writing_queries.text_at(stored(one), 2) == {"problem": "P", "solution": "S"}
    assert faults() == []


@pytest.mark.django_db
def test_a_message_that_comes_again_is_taken_once_also_with_news() -> None:
    one = made.sitting()
    some = steps("", "A", "A b", "A b c")
    write(one, some[:2])
    assert write(one, some[:2]).draft_revision == 2
    assert write(one, some).draft_revision == 3
    assert (stored(one).draft, one.steps.count()) == ({"": "A b c"}, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 2, 9], ids=["another under its number", "on another text", "ahead"])
def test_another_tab_is_told_what_is_stored_and_overwrites_nothing(number: int) -> None:
    one = made.sitting()
    write(one, steps("", "First tab"))
    odd = steps("", "Second tab") if number == 1 else steps("Another text", "Another", after=number - 1)
    with pytest.raises(rules.Stale) as caught:
        write(one, odd)
    assert (caught.value.revision, caught.value.texts) == (1, {"": "First tab"})
    assert (stored(one).draft, one.steps.count()) == ({"": "First tab"}, 1)
    save(one, {"": "Second tab"}, 1, how=How.DEVICE)  # what its editor does once its person has chosen
    assert (stored(one).draft, one.steps.last().how) == ({"": "Second tab"}, "device")
    assert writing_queries.text_at(one, 1) == {"": "First tab"}


@pytest.mark.django_db
def test_steps_that_are_none_are_refused_and_nothing_of_their_message_is_written() -> None:
    one = made.sitting()
    write(one, steps("", "Kept"))
    good, bad = steps("Kept", "Kept too", "Kept too well", after=1)
    from dataclasses import replace

    for odd in ({"position": 10**6}, {"removed": "not there"}, {"inserted": "more"}, {"after": "f" * 64}):
        with pytest.raises(Refused) as refused:
            write(one, [good, replace(bad, **odd)])  # type: ignore[arg-type]
        assert refused.value.code == "steps.unfit"
    with pytest.raises(Refused, match="characters are more than can be kept"):
        write(one, steps("Kept", "Kept" + "x" * 200_000, after=1))
    assert (stored(one).draft, one.draft_revision) == ({"": "Kept"}, 1)


@pytest.mark.django_db
def test_steps_are_for_who_sits_in_their_window_and_kept_when_late() -> None:
    one = made.sitting()
    with pytest.raises(Http404):
        write(one, steps("", "x"), by=factories.user())
    with pytest.raises(Refused, match="released on"):
        write(one, steps("", "x"), at=made.OPENS_AT - SECOND)
    write(one, steps("", "Offline over midnight"), at=made.CLOSES_AT + SECOND)
    row = one.steps.get()
    assert (row.arrived_at, row.written_at) == (made.CLOSES_AT + SECOND, made.INSIDE)
    assert AuditEvent.objects.filter(verb="draft.kept_late").count() == 1


@pytest.mark.django_db
def test_a_save_of_the_editor_takes_few_queries() -> None:
    one = made.sitting()
    write(one, steps("", "A"))
    with CaptureQueriesContext(connection) as asked:
        write(one, steps("A", "A b", after=1))
    own = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(own) == 3, own  # the lock, the step, the draft
    with CaptureQueriesContext(connection) as asked:
        write(one, steps(*("A b" + "!" * n for n in range(40)), after=2))
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE goldenthread_writingstep SET inserted = ''", "DELETE FROM goldenthread_writingstep"]
)
def test_steps_are_neither_changed_nor_removed(sql: str) -> None:
    one = made.sitting()
    write(one, steps("", "A", "A b"))
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert one.steps.count() == 2


def tamper(sql: str) -> None:
    with connection.cursor() as cursor:
        for statement in append_only.removals(connection.vendor, append_only.TABLES):
            cursor.execute(statement)
        cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE goldenthread_writingstep SET inserted = ' z' WHERE number = 2", "its hash"),
        ("DELETE FROM goldenthread_writingstep WHERE number = 2", "missing"),
        ("DELETE FROM goldenthread_writingstep WHERE number = 3", "last step has number 2"),
        ('UPDATE goldenthread_sitting SET draft = \'{"": "Better"}\'', "not what its steps give"),
    ],
)
def test_the_check_finds_what_was_tampered_with(sql: str, problem: str) -> None:
    one = made.sitting()
    write(one, steps("", "A", "A b", "A b c"))
    assert faults() == []
    tamper(sql)
    assert problem in " ".join(faults())


# --- earlier versions ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_earlier_version_is_taken_back_as_a_new_step_and_nothing_is_lost() -> None:
    one = made.sitting()
    write(one, steps("", "Good", "Good and long", "Spoilt"))
    assert actions.take_back(
        sitting=one, number=2, revision=3, by=one.enrolment.user, at=made.INSIDE
    ).draft == {"": "Good and long"}
    again = actions.take_back(sitting=one, number=2, revision=3, by=one.enrolment.user, at=made.INSIDE)
    assert again.draft_revision == 4  # a double click is one step
    assert writing_queries.text_at(again, 3) == {"": "Spoilt"}
    with pytest.raises(rules.Stale):
        actions.take_back(sitting=one, number=1, revision=3, by=one.enrolment.user, at=made.INSIDE)
    with pytest.raises(Refused, match="closed"):
        actions.take_back(
            sitting=one, number=1, revision=4, by=one.enrolment.user, at=made.CLOSES_AT + SECOND
        )
    for number in (0, 5, 10**6):
        with pytest.raises(Http404):
            actions.take_back(sitting=one, number=number, revision=4, by=one.enrolment.user, at=made.INSIDE)
    with pytest.raises(Http404):
        actions.take_back(sitting=one, number=1, revision=4, by=factories.user(), at=made.INSIDE)


# --- removal -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_steps_are_removed_when_their_time_is_over_and_the_draft_stays() -> None:
    one = made.sitting()
    write(one, steps("", "A", "A b"))
    over = made.CLOSES_AT + timedelta(days=100)

    def remove(settled: Any, days: int) -> int:
        return actions.remove_steps(sitting=one, settled_at=settled, days=days, at=over)

    assert remove(None, 0) == remove(over, 1) == 0
    assert one.steps.count() == 2
    assert remove(made.CLOSES_AT, 100) == 2
    assert remove(made.CLOSES_AT, 100) == 0
    assert (stored(one).draft, one.steps.count()) == ({"": "A b"}, 0)
    assert WritingRemoval.objects.get().hashes == {"": log.digest("A b")}
    assert AuditEvent.objects.filter(verb="writing.removed").count() == 1
    assert (faults(), list(audit.verify())) == ([], [])
