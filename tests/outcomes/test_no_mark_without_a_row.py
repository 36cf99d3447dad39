"""No mark changes without a row in the trail: whatever is done in marking, moderation and appeals, in any order."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from goldenthread.appeals import actions as appeals
from goldenthread.assessment.models import Window
from goldenthread.awards import actions as awards
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions as moderation
from goldenthread.moderation import batches
from goldenthread.moderation.batches import Which
from goldenthread.moderation.models import NationalMark, Round, Sampled
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.reports import proving
from tests import factories, factories_appeals
from tests import factories_discussions as discussions
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT = make.CLOSED
Facts = dict[tuple[str, int], Any]


def facts() -> Facts:
    """Every mark that counts or counted, by the subject whose trail has to tell of it and a number of the row."""
    found: Facts = {}
    given = ("marks", "learn_that", "learn_how_to", "revised", "revised_learn_that", "revised_learn_how_to")
    halves = ("half_marks_learn_that", "half_marks_learn_how_to")
    rows: list[tuple[str, Any]] = [
        ("marking", Marking.objects.filter(state="submitted").values_list("script_id", "pk", *given)),
        ("agreement", Agreement.objects.values_list("script_id", "pk", "state", *halves)),
        ("moderator", Sampled.objects.exclude(marks={}).values_list("script_id", "pk", "marks")),
        (
            "decision",
            Sampled.objects.exclude(decision="").values_list("script_id", "pk", "decision", *halves),
        ),
        ("national", NationalMark.objects.values_list("script_id", "pk", *halves)),
    ]
    for kind, values in rows:
        found |= {(f"script:{row[0]}", hash((kind, row[1]))): (kind, row[2:]) for row in values}
    told = Outcome.objects.filter(released_at__isnull=False)
    for row in told.values_list("enrolment_id", "pk", "result", *halves):
        found[f"enrolment:{row[0]}", row[1]] = ("outcome", row[2:])
    return found


@contextmanager
def told(by: User, at: datetime) -> Iterator[None]:
    """Whatever mark differs afterwards has a new row in its subject's trail: of that instant, by that person's name,
    or by the system's where something follows from what they did to the same subject.
    """
    before, last = facts(), AuditEvent.objects.order_by("pk").last()
    yield
    after = facts()
    new = list(AuditEvent.objects.filter(pk__gt=last.pk if last else 0))
    for key in before.keys() | after.keys():
        if before.get(key) == after.get(key):
            continue
        rows = [row for row in new if row.subject == key[0]]
        if key[0].startswith("enrolment:"):  # where a row of an award or an appeal stands too
            rows = [row for row in rows if row.verb.startswith("outcome.")]
        assert rows, (key, before.get(key), after.get(key), [(row.subject, row.verb) for row in new])
        assert {row.at for row in rows} == {at}
        assert by.name in {row.actor_name for row in rows}, (key, rows)


class Company:
    """Everybody who may change marks in one window, each doing something by chance."""

    def __init__(self, window: Window, seed: int) -> None:
        self.window, self.chance, self.at = window, random.Random(seed), AT
        self.chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
        self.changed = 0

    def markings(self, state: str) -> list[Marking]:
        found = Marking.objects.filter(script__sitting__window=self.window, state=state)
        return list(found.select_related("marker", "script__sitting__window").order_by("pk"))

    def marks(self) -> dict[int, int | None]:
        return make.marks(*(self.chance.randint(1, 3) for _ in range(5)))

    def does(self, by: User, act: Callable[[], Any]) -> None:
        """One action, a minute after the one before it."""
        self.at += timedelta(minutes=1)
        before = facts()
        with told(by, self.at):
            try:
                act()
            except Refused:
                assert facts() == before
        self.changed += facts() != before

    def saves(self, one: Marking) -> None:
        entered = marking.Entered(self.marks(), "", make.FEEDBACK)
        self.does(
            one.marker,
            lambda: marking.save_marks(
                marking=one, entered=entered, revision=one.revision, by=one.marker, at=self.at
            ),
        )

    def submits(self, one: Marking) -> None:
        given = self.marks()
        self.does(one.marker, lambda: make.submit(one, given, at=self.at))

    def answers(self, talk: Discussion) -> None:
        letter, changed = (
            self.chance.choice("AB"),
            self.chance.choice([(), ((1, 2),), ((2, 1), (3, 3))]),
        )
        by = discussions.marker_of(talk, letter)
        self.does(by, lambda: discussions.answer(talk, letter, *changed, at=self.at))

    def sets_aside(self, one: Marking) -> None:
        chidi = self.chidi
        self.does(
            chidi,
            lambda: moderation.set_aside(marking=one, reason="Marks of another.", by=chidi, at=self.at),
        )

    def acts(self) -> None:
        """Something by chance that there is to do."""
        open_now, given = self.markings("allocated"), self.markings("submitted")
        talks = list(Discussion.objects.filter(ending="").select_related("first_marker", "second_marker"))
        possible: list[tuple[int, Callable[[Any], None], list[Any]]] = [
            (1, self.saves, open_now),
            (4, self.submits, open_now),
            (1, self.submits, given),
            (3, self.answers, talks),
            (1, self.sets_aside, given),
        ]
        often = [(act, rows) for times, act, rows in possible if rows for _ in range(times)]
        if often:  # else all marks were set aside, and nobody is left to give others
            act, rows = self.chance.choice(often)
            act(self.chance.choice(rows))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_markers_and_moderators_do_before_the_sample_is_in_the_trail(seed: int) -> None:
    window = discussions.window(markers=4, scripts=2)
    marking.allocate_window(window=window, by=window.created_by, at=AT)
    company = Company(window, seed)
    for _ in range(24):
        company.acts()
    assert company.changed >= 5
    assert list(proving.differences()) == []


def test_the_round_a_batch_and_the_decisions_are_in_the_trail() -> None:
    window = make.window()
    make.markers(4)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window, [make.GOOD, make.FAIR, make.POOR])
    company = Company(window, 1)
    chidi, mo = company.chidi, factories.member(Role.MODERATOR, "Mo Moderator")
    opened: Round = moderation.open_round(window=window, by=chidi, at=AT, seed="seed", share_percent=100)
    sample = list(opened.sample.order_by("pk"))
    for number, one in enumerate(sample):
        company.does(
            chidi,
            lambda one=one: moderation.mark_blind(sampled=one, marks=make.GOOD, by=chidi, at=company.at),  # type: ignore[misc]
        )
        said: dict[str, Any] = {"decision": "confirmed", "note": "It holds."}
        if number == 0:
            said = {"decision": "adjusted", "half_marks": Totals(16, 12), "note": "Reads better."}
        company.does(
            chidi,
            lambda one=one, said=said: moderation.decide(sampled=one, by=chidi, at=company.at, **said),  # type: ignore[misc]
        )
    ben = User.objects.get(name="Ben Marker")
    batch = batches.propose(round=opened, which=Which(marker=ben.pk), reason="Too mild.", by=chidi, at=AT)
    company.does(
        mo, lambda: batches.decide(batch=batch, agree=True, reason="I see it too.", by=mo, at=company.at)
    )
    assert not Agreement.objects.filter(script__markings__marker=ben).exists()
    assert company.changed == 2 * len(sample) + 1
    assert list(proving.differences()) == []


def test_a_national_answer_is_in_the_trail_of_each_script() -> None:
    amara = projects.candidate()
    window = road.handed_in(amara, "project")
    make.markers(2)
    road.mark(window)
    signed = road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)
    code = window.sittings.get().code
    osa = factories.member(Role.OFFICE, "Osa Office")
    with told(osa, road.MARKED):
        make.nationally(signed, f"{code},adjusted,0,11,Point 2 was overlooked", at=road.MARKED)
    assert NationalMark.objects.get().half_marks_learn_how_to == 22


def test_release_re_mark_appeal_and_correction_are_in_the_trail() -> None:
    window = make.window()
    make.markers(3)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, factories_appeals.ENOUGH)
    make.sitting(window, person)
    make.mark_all(window, [factories_appeals.BELOW])
    make.moderated(window)
    by = window.created_by
    with told(by, AT):
        awards.release(window=window, by=by, at=AT)
    outcome = Outcome.objects.select_related("enrolment__user", "window").get(enrolment=person)
    appeal = factories_appeals.admitted(outcome)
    oda, at = factories_appeals.office(), factories_appeals.NEXT
    with told(oda, at):
        appeals.order_remark(appeal=appeal, by=oda, at=at)
    appeal.refresh_from_db()
    again = factories_appeals.remark(appeal)
    with told(again.marker, at):
        make.submit(again, make.GOOD, at=at)
    with told(oda, at):
        appeals.decide(appeal=appeal, verdict="changed", reason="Point 4 counts.", by=oda, at=at)
    changed = Outcome.objects.get(enrolment=person, number=2)
    assert changed.result == "passed"
    olu = factories.member(Role.OFFICE, "Olga Office")
    with told(olu, at):
        awards.correct(outcome=changed, reason="Another's marks.", by=olu, at=at, half_marks=Totals(4, 4))
    assert Outcome.objects.filter(enrolment=person).count() == 3
    assert list(proving.differences()) == []
