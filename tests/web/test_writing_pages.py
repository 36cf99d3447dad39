"""The course of writing for the office, under a code and on record; earlier versions for who wrote them."""

from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment import actions, writing_queries
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import How
from goldenthread.assessment.writing_models import WritingStep
from goldenthread.common import append_only
from goldenthread.common.models import AuditEvent
from goldenthread.people.models import Membership, Role
from tests import factories
from tests import factories_assessment as made
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
LONG = "A passage from elsewhere. " * 10


@pytest.fixture(autouse=True)
def still() -> Any:
    with time_machine.travel(made.INSIDE + timedelta(hours=2), tick=False):
        yield


def write(one: Sitting, *texts: str, how: How = How.TYPED, minutes: int = 0) -> None:
    one.refresh_from_db()
    start = one.draft.get("", "")
    steps = [
        step
        for place, (old, new) in enumerate(pairwise((start, *texts)))
        for step in log.changes(
            {"": old},
            {"": new},
            after=one.draft_revision + place,
            how=how,
            at=made.INSIDE + timedelta(minutes=minutes, seconds=4 * place),
        )
    ]
    actions.write_steps(
        sitting=one,
        steps=steps,
        by=one.enrolment.user,
        at=made.INSIDE + timedelta(minutes=minutes, seconds=60),
    )


def written() -> Sitting:
    """Two stretches: some typed, a passage pasted and cut; an hour later the end."""
    one = made.sitting()
    write(one, "We read ", "We read aloud. ")
    write(one, "We read aloud. " + LONG, how=How.PASTED, minutes=1)
    write(one, "We read aloud. ", minutes=2)
    write(one, "We read aloud. Every day <b>.", minutes=60)
    return one


def course(one: Sitting, who: Any = None, **query: Any) -> Any:
    return page(who or made.office(), reverse("office:writing", args=[one.pk]), **query)


def text(one: Sitting, number: int, who: Any = None) -> Any:
    return page(who or made.office(), reverse("office:writing_text", args=[one.pk, number]))


def test_the_office_sees_the_course_with_its_sums_and_what_came_at_once_and_no_name() -> None:
    one = written()
    answer = course(one)
    shown = text_of(answer)
    assert answer.status_code == 200
    assert "Each step begins with what the one before it left" in shown
    assert "A passage from elsewhere." in shown
    assert "Pasted or dropped in" in shown
    assert str(len(LONG)) in shown
    assert one.code not in answer.content.decode()  # the person's page leads here
    assert one.enrolment.user.name not in answer.content.decode()
    assert "After step 4" in shown
    assert "After step 5" in shown
    for verdict in ("suspicious", "misconduct", "cheat"):
        assert verdict not in shown.lower()


def test_the_text_at_any_step_is_shown_as_text_with_what_changed() -> None:
    one = written()
    third = text(one, 3).content.decode()
    assert f"{LONG}<span" in third
    assert "<ins>" in third
    assert "<del>" in text(one, 4).content.decode()
    assert "Every day &lt;b&gt;." in text(one, 5).content.decode()
    assert text(one, 6).status_code == text(one, 0).status_code == 404


def test_every_look_is_on_record_with_who_and_which_step() -> None:
    one = written()
    course(one)
    text(one, 3)
    looks = AuditEvent.objects.filter(verb="writing.looked_at").order_by("sequence")
    assert [look.details["step"] for look in looks] == [None, 3]
    assert {(look.subject, look.actor_name) for look in looks} == {(f"sitting:{one.pk}", made.office().name)}


def test_markers_moderators_and_who_wrote_it_do_not_see_it_even_in_the_office() -> None:
    one = written()
    both, wrote = factories.member(Role.MARKER, "Mo Both"), one.enrolment.user
    held = both.memberships.get()
    Membership.objects.create(
        user=both, organisation=held.organisation, role=Role.OFFICE, starts_on=held.starts_on
    )
    marker, moderator = (
        factories.member(Role.MARKER, "Ma Marker"),
        factories.member(Role.MODERATOR, "Mi Moderator"),
    )
    for who in (both, marker, moderator, wrote, factories.user()):
        assert course(one, who).status_code == text(one, 1, who).status_code == 404
    assert not AuditEvent.objects.filter(verb="writing.looked_at").exists()


def test_a_log_that_was_tampered_with_is_told_on_the_page() -> None:
    one = written()
    with connection.cursor() as cursor:
        for statement in append_only.removals(connection.vendor, ("goldenthread_writingstep",)):
            cursor.execute(statement)
        cursor.execute("UPDATE goldenthread_writingstep SET inserted = 'x' WHERE number = 2")
    shown = text_of(course(one))
    assert "do not fit together" in shown
    assert "Step 2 leaves a text" in shown


def test_the_pages_take_no_more_queries_for_more_steps() -> None:
    one = written()
    mine = reverse("participant:versions", args=[one.pk])

    def asked(show: Any) -> int:
        with CaptureQueriesContext(connection) as found:
            assert show().status_code == 200
        return len(found)

    client = client_of(one.enrolment.user)
    shows = (lambda: course(one), lambda: text(one, 2), lambda: client.get(mine))
    before = [asked(show) for show in shows]
    write(one, *(f"We read aloud. Every day <b>. {'x' * n}" for n in range(30)), minutes=90)
    assert [asked(show) for show in shows] == before


def many(one: Sitting, *, steps: int) -> list[log.Step]:
    """Steps as they come: typed, pasted, taken back, much removed, with pauses of ten minutes or a little more."""
    lot, at, text, rows = Random(7), made.INSIDE, "", []
    for number in range(1, steps + 1):
        at += timedelta(seconds=lot.choice((4, 4, 4, 600, 601)))
        how = lot.choice((How.TYPED, How.TYPED, How.TYPED, How.PASTED, How.RESTORED))
        gone = text[: lot.choice((0, 0, 199, 200))]
        came = (
            "\U0001f642" * lot.choice((1, 3, 199, 200)) if how == How.PASTED else "ab" * lot.randint(1, 150)
        )
        after = came + text[len(gone) :]
        rows.append(
            WritingStep(
                sitting=one, number=number, position=0, removed=gone, inserted=came, before=log.digest(text),
                after=log.digest(after), how=how, written_at=at, arrived_at=at,
            )
        )  # fmt: skip
        text = after
    WritingStep.objects.bulk_create(rows)
    Sitting.objects.filter(pk=one.pk).update(draft={"": text}, draft_revision=steps)
    one.refresh_from_db()
    return [row.step for row in rows]


@pytest.mark.parametrize("backwards", [False, True])
def test_stretches_found_by_the_database_are_those_of_the_rules_on_every_page(backwards: bool) -> None:
    one = made.sitting()
    steps = many(one, steps=120)
    expected = log.stretches(steps)
    found = writing_queries.Stretches(one, latest_first=backwards)
    assert len(found) == len(expected) > 30
    lengths = [
        sum(len(step.inserted) - len(step.removed) for some in expected[: n + 1] for step in some)
        for n in range(len(expected))
    ]
    wanted = [
        (some[0], some[-1], log.totals(some), length) for some, length in zip(expected, lengths, strict=True)
    ]
    if backwards:
        wanted.reverse()
    for start in range(0, len(expected), 7):
        page_ = found[start : start + 7]
        assert [(x.first, x.last, x.totals, x.length) for x in page_] == wanted[start : start + 7]
    assert found[0].last == wanted[0][1]
    assert writing_queries.totals_of(one) == log.totals(steps)
    large = [step for step in steps if step.is_large]
    assert writing_queries.large_of(one, most=5) == large[:5]
    assert writing_queries.faults_of(one) == []


def test_a_page_of_versions_loads_its_own_steps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = made.sitting()
    expected = log.stretches(many(one, steps=150))[::-1]
    loaded: list[int] = []
    before = WritingStep.from_db.__func__

    def counted(cls: Any, *args: Any) -> Any:
        loaded.append(1)
        return before(cls, *args)

    monkeypatch.setattr(WritingStep, "from_db", classmethod(counted))
    for number in (1, 2):
        loaded.clear()
        answer = page(one.enrolment.user, reverse("participant:versions", args=[one.pk]), page=number)
        shown = expected[25 * (number - 1) : 25 * number]
        assert [stretch.last for stretch in answer.context["page"]] == [some[-1] for some in shown]
        assert len(loaded) == sum(map(len, shown))


def test_the_course_is_checked_on_its_first_page() -> None:
    one = made.sitting()
    many(one, steps=150)
    assert "Each step begins with what the one before it left" in text_of(course(one))
    second = text_of(course(one, page=2))
    assert "Each step begins" not in second
    assert 'stands on <a href="?page=1">the first page</a>' in second


def test_a_removed_log_and_an_empty_one_say_so() -> None:
    one = written()
    far = made.CLOSES_AT + timedelta(days=400)
    actions.remove_steps(sitting=one, settled_at=made.CLOSES_AT, days=365, at=far)
    assert "5 steps were kept until window, result and appeal were over" in text_of(course(one))
    mine = page(one.enrolment.user, reverse("participant:versions", args=[one.pk]))
    assert "Earlier versions were removed" in text_of(mine)


# --- for who wrote it -------------------------------------------------------------------------------------------
def version(one: Sitting, number: int) -> str:
    return reverse("participant:version", args=[one.pk, number])


def test_an_earlier_version_is_read_and_taken_back_from_the_page() -> None:
    one = written()
    client = client_of(one.enrolment.user)
    listed = text_of(client.get(reverse("participant:versions", args=[one.pk])))
    assert "the one in the editor" in listed
    assert f'href="{version(one, 4)}"' in listed
    shown = client.get(version(one, 3)).content.decode()
    assert LONG in shown
    assert 'value="5"' in shown
    done = client.post(version(one, 3), {"revision": 5}, follow=True)
    assert "This version is in the editor again" in text_of(done)
    assert LONG in done.content.decode()
    one.refresh_from_db()
    assert (one.draft, one.draft_revision) == ({"": "We read aloud. " + LONG}, 6)
    assert one.steps.last().how == "restored"
    late = client.post(version(one, 1), {"revision": 5})
    assert late.status_code == 422
    assert "changed in another tab" in text_of(late)
    assert client.post(version(one, 1), {"revision": "x"}).status_code == 422


def test_after_the_window_versions_are_read_and_not_taken_back() -> None:
    one = written()
    client = client_of(one.enrolment.user)
    with time_machine.travel(made.CLOSES_AT + timedelta(seconds=1), tick=False):
        assert "Take this version back" not in text_of(client.get(version(one, 3)))
        answer = client.post(version(one, 3), {"revision": 5})
    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.draft_revision == 5


def test_nobody_else_reads_versions() -> None:
    one = written()
    for who in (factories.user(), made.office()):
        assert page(who, version(one, 3)).status_code == 404
        assert page(who, reverse("participant:versions", args=[one.pk])).status_code == 404
    assert page(one.enrolment.user, version(one, 9)).status_code == 404
