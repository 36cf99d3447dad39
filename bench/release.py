"""Workload: all results of a window released in one go, 14,000 of them, against the bare insert of as many rows.

What is measured is what the office's button does: every result worked out anew from marks and ledger, outcomes, stages,
awards, support plans, the trail and the mails in one transaction. The floor inserts as many outcomes and messages in
one transaction, and nothing else. The two take turns on the same database, the floor first. While the release runs two
clients write small transactions (`bench.beside`): the longest that one of them waited stands beside the total.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bench import data, figures
from bench.beside import beside
from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import sealed
from goldenthread.assessment.models import (
    CaseStudy,
    MarkPoint,
    MarkScheme,
    Script,
    Sitting,
    SittingState,
    Window,
)
from goldenthread.assessment.opened import CaseText
from goldenthread.assessment.words import RULE
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.catalogue.models import Statement
from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage
from goldenthread.integrity import actions as integrity
from goldenthread.marking.models import Agreement, Marking
from goldenthread.moderation.models import Round
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import User

SIZE, QUICK_SIZE = 14_000, 300
AT_ONCE = 1_000
EACH, PASS_MARK = 4, 12  # marks of each of five points, and to pass
KINDS = ("learn_that", "learn_that", "learn_that", "learn_how_to", "learn_how_to")


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Insert the floor's rows and take them away, then release."""
    at, size = clock.now(), QUICK_SIZE if quick else SIZE
    office = data.make_office(at)
    window = _make(size, office=office, at=at)
    integrity.leave_uncompared(window=window, reason="Measured by `similarity`", by=office, at=at)
    data.settle()
    floor = _floor(window, at=at)
    before = OutboxMessage.objects.count()
    someone = window.sittings.order_by("-pk").values_list("enrolment", flat=True)[0]
    with beside(someone) as waits:
        begun = time.perf_counter()
        released = awards.release(window=window, by=office, at=at)
        seconds = time.perf_counter() - begun
    passed = sum(one.result == "passed" for one in released)
    mails = OutboxMessage.objects.count() - before
    if len(released) != size or mails < size or Award.objects.count() != passed or not 0 < passed < size:
        raise SystemExit(
            f"{len(released)} results, {passed} passed, {mails} messages: the release is not whole"
        )
    return [figures.release(database, size, seconds=seconds, floor=floor, passed=passed, waits=waits.longest)]


def _floor(window: Window, *, at: datetime) -> float:
    """Seconds to insert as many outcomes and messages; they are gone afterwards."""
    people = list(window.sittings.order_by("pk").values_list("enrolment", flat=True))
    said: list[dict[str, Any]] = [{"key": "task", "name": "case study", "met": True, "text": "x" * 200}]
    begun = time.perf_counter()
    with transaction.atomic():
        outcomes = Outcome.objects.bulk_create(
            (
                Outcome(enrolment_id=one, window=window, result="passed", conditions=said, computed_at=at)
                for one in people
            ),
            batch_size=AT_ONCE,
        )
        OutboxMessage.objects.bulk_create(
            (
                OutboxMessage(
                    key=f"bench-floor:{one}", kind="mail", payload={"to": "x" * 300}, created_at=at, due_at=at
                )
                for one in people
            ),
            batch_size=AT_ONCE,
        )
    seconds = time.perf_counter() - begun
    Outcome.objects.filter(pk__gte=outcomes[0].pk, window=window).delete()
    OutboxMessage.objects.filter(key__startswith="bench-floor:").delete()
    return seconds


def _make(size: int, *, office: User, at: datetime) -> Window:
    """A signed-off window in which everybody handed in and has agreed marks, a third of them short of passing."""
    opened = at - timedelta(days=40)
    starts = [(at - timedelta(days=420)).date()]
    intake = data.make_intakes(at, starts=starts, keys=data.VERSIONS[:1])[0]
    people = data.make_people(size, [intake], office=office, at=at, withdrawn=False)
    Enrolment.objects.filter(pk__gte=people[0]).update(stage=Stage.ASSESSMENT)
    data.make_plans(people, at=at)
    markers = [
        User.objects.create(email=f"marker{n}@bench.example", name=f"Marker {n}", joined_at=at)
        for n in (1, 2)
    ]
    case = CaseStudy.objects.create(
        version=intake.version, state="published", author=office, created_at=at, published_at=at, published_by=office,
        unlocked_at=at,
    )  # fmt: skip
    sealed.seal_text(case, CaseText("A school", "A case.", "What is to be done?"))
    case.save(update_fields=["sealed"])
    _scheme(case)
    window = Window.objects.create(
        intake=intake, case_study=case, opens_on=opened.date(), word_limit=1_500, word_rule=RULE, created_at=at,
        created_by=office,
    )  # fmt: skip
    for start in range(0, size, AT_ONCE):
        _marked(window, people[start : start + AT_ONCE], markers, opened=opened)
    Round.objects.create(
        window=window, seed="bench", share_percent=0, opened_at=at, signed_off_at=at, signed_off_by=office
    )
    return window


def _scheme(case: CaseStudy) -> None:
    scheme = MarkScheme(case_study=case, pass_mark=PASS_MARK, tolerance=2)
    sealed.seal_points(scheme, {number: f"Point {number}" for number, _ in enumerate(KINDS, start=1)})
    scheme.save()
    statements = Statement.objects.filter(area__framework__programme=case.version.programme_id).order_by("pk")
    for number, kind in enumerate(KINDS, start=1):
        statement = statements.filter(kind=kind)[number - 1]
        MarkPoint.objects.create(scheme=scheme, number=number, statement=statement, kind=kind, maximum=EACH)


def _marked(window: Window, people: range, markers: list[User], *, opened: datetime) -> None:
    sittings = Sitting.objects.bulk_create(
        Sitting(
            window=window, enrolment_id=number, code=f"S{number}", opens_at=opened,
            closes_at=opened + timedelta(days=8), zone=window.zone, state=SittingState.HANDED_IN,
        )
        for number in people
    )  # fmt: skip
    scripts = Script.objects.bulk_create(
        Script(
            sitting=one, number=1, key="bench", text="A response.", words=2, word_rule=RULE, sha256=f"{one.pk:064x}",
            own_work=True, received_at=opened + timedelta(days=7),
        )
        for one in sittings
    )  # fmt: skip
    each = [2 + one.sitting.enrolment_id % 3 for one in scripts]  # a third has 10 of 20 marks and falls short
    Marking.objects.bulk_create(
        Marking(
            script=one, position=position, marker=marker, state="submitted",
            marks={str(number): mark for number, _ in enumerate(KINDS, start=1)}, learn_that=3 * mark,
            learn_how_to=2 * mark, feedback="Clear.", next_step="Say how.", allocated_at=opened,
            due_on=opened.date(), submitted_at=opened,
        )
        for one, mark in zip(scripts, each, strict=True)
        for position, marker in enumerate(markers, start=1)
    )  # fmt: skip
    Agreement.objects.bulk_create(
        Agreement(
            script=one, state="agreed", method="within tolerance", half_marks_learn_that=6 * mark,
            half_marks_learn_how_to=4 * mark, at=opened,
        )
        for one, mark in zip(scripts, each, strict=True)
    )  # fmt: skip
