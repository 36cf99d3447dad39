"""Workload: 14,000 scripts of one window shared out to 300 markers, two to each, with conflicts of every usual kind.

Every marker also works at a school of participants, coaches some of them, and has declared a conflict with one. What is
measured is the office's button, with seeds among the scripts. The floor is what inserting as many bare rows costs in
the same run, with nothing chosen.
"""

import hashlib
import time
import uuid
from datetime import date, datetime, timedelta

from django.db import transaction

from bench import data, figures
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
from goldenthread.catalogue.models import Statement
from goldenthread.coaching.models import Pairing
from goldenthread.common import clock
from goldenthread.marking import actions, standardising
from goldenthread.marking.models import DeclaredConflict, Marking
from goldenthread.marking.quality_models import Seed
from goldenthread.marking.quality_rules import Policy
from goldenthread.people.models import Membership, Organisation, Role, School, User

SIZE, QUICK_SIZE = 14_000, 600
MARKERS, QUICK_MARKERS = 300, 20
COACHED, SEEDS, SEED_PERCENT = 4, 12, 5
TEXT = "We would agree on one routine and look at the work of pupils after three weeks. " * 20


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Measure the floor, take its rows back, then measure the allocation."""
    at = clock.now()
    size, number = (QUICK_SIZE, QUICK_MARKERS) if quick else (SIZE, MARKERS)
    office = data.make_office(at)
    window = _make_window(size, office=office, at=at)
    people = _make_markers(number, at=at)
    forbidden = _make_conflicts(window, people, at=at)
    _make_seeds(window, office=office, at=at)
    data.settle()
    floor = _floor(window, people, at=at)
    begun = time.perf_counter()
    made = actions.allocate_window(window=window, by=office, at=at)
    seconds = time.perf_counter() - begun
    given = list(Marking.objects.filter(script__isnull=False).order_by("pk").values_list("script", "marker"))
    if len(given) != 2 * size or made != len(given) + Seed.objects.count():
        raise SystemExit(f"{len(given)} markings of {size} scripts")
    loads = dict.fromkeys((one.pk for one in people), 0)
    for _, marker in given:
        loads[marker] += 1
    broken = sum(pair in forbidden for pair in given)
    uneven = max(loads.values()) - min(loads.values())
    return [
        figures.allocation(database, size, number, seconds=seconds, floor=floor, uneven=uneven, broken=broken)
    ]


def _floor(window: Window, people: list[User], *, at: datetime) -> float:
    """The seconds that inserting as many rows takes, dealt out in turn; the rows are taken back."""
    scripts = list(Script.objects.filter(sitting__window=window).order_by("pk").values_list("pk", flat=True))
    begun = time.perf_counter()
    with transaction.atomic():
        Marking.objects.bulk_create(
            (
                Marking(
                    script_id=script, position=position, marker=people[(place + position) % len(people)],
                    allocated_at=at, due_on=at.date(),
                )
                for place, script in enumerate(scripts)
                for position in (1, 2)
            ),
            batch_size=1000,
        )  # fmt: skip
    seconds = time.perf_counter() - begun
    Marking.objects.all().delete()
    return seconds


def _make_window(size: int, *, office: User, at: datetime) -> Window:
    """A closed window with a mark scheme and its scripts."""
    opened = at - timedelta(days=20)
    intake = data.make_intakes(at, starts=[(at - timedelta(days=420)).date()], keys=data.VERSIONS[:1])[0]
    people = data.make_people(size, [intake], office=office, at=at, withdrawn=False)
    case = CaseStudy.objects.create(
        version=intake.version, state="published", author=office, created_at=at, published_at=at, published_by=office,
        unlocked_at=at,
    )  # fmt: skip
    sealed.seal_text(case, CaseText("A school", "A department marks unevenly.", "What is to be done?"))
    case.save(update_fields=["sealed"])
    scheme = MarkScheme(case_study=case, pass_mark=12, tolerance=2)
    sealed.seal_points(scheme, {number: f"Point {number}" for number in range(1, 6)})
    scheme.save()
    for number in range(1, 6):
        kind = "learn_that" if number < 4 else "learn_how_to"
        statement = Statement.objects.filter(kind=kind).order_by("pk")[0]
        MarkPoint.objects.create(scheme=scheme, number=number, statement=statement, kind=kind, maximum=4)
    window = Window.objects.create(
        intake=intake, case_study=case, opens_on=opened.date(), word_limit=1500, word_rule=RULE, created_at=at,
        created_by=office,
    )  # fmt: skip
    sittings = Sitting.objects.bulk_create(
        (
            Sitting(
                window=window, enrolment_id=number, code=f"S{number}", opens_at=opened,
                closes_at=opened + timedelta(days=8), zone=window.zone, state=SittingState.HANDED_IN,
            )
            for number in people
        ),
        batch_size=1000,
    )  # fmt: skip
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    Script.objects.bulk_create(
        (
            Script(
                sitting=one, number=1, key="bench", text=TEXT, words=300, word_rule=RULE, sha256=digest, own_work=True,
                received_at=opened + timedelta(days=7),
            )
            for one in sittings
        ),
        batch_size=1000,
    )  # fmt: skip
    return window


def _make_markers(number: int, *, at: datetime) -> list[User]:
    """Markers of the provider who also work at a school each."""
    provider = Organisation.objects.get(name="Bench Provider")
    schools = list(School.objects.order_by("pk")[:number])
    bodies = Organisation.objects.bulk_create(
        Organisation(name=f"School {one.pk}", school=one) for one in schools
    )
    people = User.objects.bulk_create(
        User(email=f"marker-{n}@bench.example", name=f"Marker {n:03}", joined_at=at) for n in range(number)
    )
    since = date(2018, 1, 1)
    Membership.objects.bulk_create(
        Membership(user=one, organisation=body, role=role, starts_on=since)
        for one, school in zip(people, bodies, strict=True)
        for body, role in ((provider, Role.MARKER), (school, Role.MENTOR))
    )
    return people


def _make_conflicts(window: Window, people: list[User], *, at: datetime) -> set[tuple[int, int]]:
    """Pairs (script, marker) that must not meet: own school, coached now, declared."""
    rows = list(
        Script.objects.filter(sitting__window=window)
        .order_by("pk")
        .values_list("pk", "sitting__enrolment", "sitting__enrolment__school")
    )
    by_school: dict[int, list[int]] = {}
    for script, _, school in rows:
        by_school.setdefault(school, []).append(script)
    forbidden: set[tuple[int, int]] = set()
    pairings, declared = [], []
    schools = dict(
        Membership.objects.filter(user__in=people, role=Role.MENTOR)
        .order_by("pk")
        .values_list("user", "organisation__school")
    )
    for place, marker in enumerate(people):
        forbidden.update((script, marker.pk) for script in by_school.get(schools[marker.pk], ()))
        for turn in range(COACHED):
            script, enrolment, _ = rows[(place * COACHED + turn) * 7 % len(rows)]
            if turn == 0:
                declared.append(
                    DeclaredConflict(
                        script_id=script, user=marker, kind="recognised", reason="I know this.", at=at
                    )
                )
            elif not any(one.enrolment_id == enrolment for one in pairings):
                pairings.append(Pairing(enrolment_id=enrolment, coach=marker, since=at))
            else:
                continue
            forbidden.add((script, marker.pk))
    Pairing.objects.bulk_create(pairings)
    DeclaredConflict.objects.bulk_create(declared)
    return forbidden


def _make_seeds(window: Window, *, office: User, at: datetime) -> None:
    """A policy with seeds, and an agreed set of them."""
    standardising.set_policy(
        window=window, policy=Policy(seed_percent=SEED_PERCENT), reason="Measured.", by=office, at=at
    )
    made = standardising.start_set(window=window, use="seeds", by=office, at=at)
    for _ in range(SEEDS):
        standardising.add_known(
            set=made, window=window, texts={"": TEXT}, marks=dict.fromkeys(range(1, 6), 3), reasons={}, reason="So.",
            form_key=str(uuid.uuid4()), by=office, at=at,
        )  # fmt: skip
    second = User.objects.create(email="second@bench.example", name="Nia Second", joined_at=at)
    standardising.agree_set(set=made, by=second, at=at)
