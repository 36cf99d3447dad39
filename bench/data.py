"""Fills a database with many people, plans, ledgers and sittings: set-based, so that eight million rows take a minute.

Nothing here goes through the actions: they write a person in 50 ms, which is right for a person and too slow for
200,000. The rows are those that the actions would have left; tests/bench compares them.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from goldenthread.applications.models import Application, Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.engagement.models import LedgerEntry, PlannedActivity, Standing
from goldenthread.engagement.outline import outline_of
from goldenthread.engagement.together import recount
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Membership, Organisation, OrganisationRole, Role, School, User

CREDITS = 40
SCHOOLS = 400
PARTNERS = 160
FIRST = (
    "Amara Ben Chidi Dina Elif Femi Grace Hana Idris Jo Kofi Lena Mo Nia Olu Priya Rosa Sam Tara Uma".split()
)
LAST = (
    "Adeyemi Baker Clarke Diaz Evans Farouk Green Hughes Iqbal Jones Khan Lewis Mensah Novak Okafor Patel Quinn "
    "Roberts Singh Taylor Usman Vaughan Williams Xu Young Zhang"
).split()
VERSIONS = (
    "npqlt-reformed-international",
    "npqltd-reformed-international",
    "npqlbc-reformed-international",
    "npqsl-reformed-international",
    "npqh-reformed-international",
)


# --- how rows get in quickly -----------------------------------------------------------------------
@contextmanager
def quickly() -> Iterator[Any]:
    """A cursor in one transaction that checks no foreign keys; what is loaded is checked afterwards by counting."""
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("PRAGMA synchronous=OFF")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if not sqlite:
                cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
    finally:
        if sqlite:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA foreign_keys=ON")
                cursor.execute("PRAGMA synchronous=FULL")


def settle() -> None:
    """Let the database know its new sizes, and begin the measurements with an empty log."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def padded(number: str, width: int) -> str:
    """SQL for the number that the expression `number` gives, with leading noughts."""
    if connection.vendor == "sqlite":
        return f"substr('{'0' * width}' || ({number}), -{width})"
    return f"lpad(({number})::text, {width}, '0')"


def _uuid(number: str) -> str:
    text = padded(number, 32)
    return text if connection.vendor == "sqlite" else f"({text})::uuid"


def _pick(words: Sequence[str], number: str) -> str:
    """SQL for one of `words`, chosen by a number; `%%` is the remainder in a statement with parameters."""
    cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(words))
    return f"(CASE ({number}) %% {len(words)} {cases} END)"


# --- places and people -------------------------------------------------------------------------------
def make_office(at: datetime) -> User:
    """Somebody of the programme office, with schools and delivery partners around them."""
    provider = Organisation.objects.get_or_create(name="Bench Provider")[0]
    office = User.objects.filter(email="office@bench.example").first()
    if office is not None:
        return office
    office = User.objects.create(email="office@bench.example", name="Olu Office", joined_at=at)
    Membership.objects.create(
        user=office, organisation=provider, role=Role.OFFICE, starts_on=date(2018, 1, 1)
    )
    School.objects.bulk_create(
        School(urn=900_000 + i, name=f"{name} School {i}", search_name=f"{name} school {i}".lower())
        for i, name in zip(range(SCHOOLS), itertools.cycle(LAST), strict=False)
    )
    partners = Organisation.objects.bulk_create(Organisation(name=f"Partner {i:03}") for i in range(PARTNERS))
    OrganisationRole.objects.bulk_create(
        OrganisationRole(organisation=one, role="delivery_partner", starts_on=date(2020, 1, 1))
        for one in partners
    )
    return office


def make_intakes(at: datetime, *, starts: Sequence[date], keys: Sequence[str] = VERSIONS) -> list[Intake]:
    """One intake for each version and start, in the order in which enrolments are dealt out to them."""
    versions = {version.key: version for version in ProgrammeVersion.objects.filter(key__in=keys)}
    return [
        Intake.objects.get_or_create(
            version=versions[key],
            starts_on=day,
            defaults={
                "name": f"{day:%B %Y}",
                "applications_open_on": day - timedelta(days=100),
                "applications_close_on": day - timedelta(days=10),
                "delivery_models": [model.key for model in versions[key].specification.delivery_models],
                "created_at": at,
            },
        )[0]
        for day in starts
        for key in keys
    ]


def make_people(
    count: int, intakes: Sequence[Intake], *, office: User, at: datetime, withdrawn: bool = True
) -> range:
    """Users, applications and enrolments; all three of a person have the same number as their key.

    Person i is in intake i modulo the number of intakes; with `withdrawn`, every fiftieth has left. The numbers begin
    at a million, or behind what is there.
    """
    there = [model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in (User, Application, Enrolment)]
    first = max(1_000_000, *there) + 1
    numbers = range(first, first + count)
    school = School.objects.order_by("pk").values_list("pk", flat=True)[0]
    partner = OrganisationRole.objects.order_by("pk").values_list("organisation", flat=True)[0]
    name = f"{_pick(FIRST, 'i')} || ' ' || {_pick(LAST, 'i / 20')} || ' ' || {padded('i %% 9973', 4)}"
    numbered = (
        f"WITH RECURSIVE n(i) AS (SELECT {numbers[0]} UNION ALL SELECT i + 1 FROM n WHERE i < {numbers[-1]})"
    )
    with quickly() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_intake "
            "(place INTEGER, id INTEGER, version INTEGER, starts_on DATE, model TEXT)"
        )
        cursor.executemany(
            "INSERT INTO bench_intake VALUES (%s, %s, %s, %s, %s)",
            [
                (n, one.pk, one.version_id, one.starts_on, one.delivery_models[0])
                for n, one in enumerate(intakes)
            ],
        )
        cursor.execute(
            f"""{numbered} INSERT INTO goldenthread_user (id, password, email, name, zone, is_active, cast_line)
            SELECT i, '!', 'person-' || i || '@bench.example', {name}, 'Europe/London', %s, '' FROM n""",
            [True],
        )
        cursor.execute(
            f"""{numbered} INSERT INTO goldenthread_application (id, reference, form_key, intake_id, state, name, email,
              zone, school_id, school_text, delivery_model, role_status, scope, details, entry_result,
              conduct_accepted, submitted_at, decided_at, decided_by_id, decision_reason)
            SELECT i, 'A-' || {padded("i", 7)}, {_uuid("i")}, t.id, 'accepted', {name},
              'person-' || i || '@bench.example', 'Europe/London', {school} + i %% {SCHOOLS}, '', t.model, 'aspiring',
              'key stage', '{{}}', 'audience.aspiring', %s, %s, %s, {office.pk}, ''
            FROM n JOIN bench_intake t ON t.place = i %% {len(intakes)}""",
            [True, _instant(at), _instant(at)],
        )
        cursor.execute(
            f"""{numbered} INSERT INTO goldenthread_enrolment (id, reference, application_id, user_id, intake_id,
              version_id, school_id, partner_id, delivery_model, starts_on, zone, stage, enrolled_at, withdrawn_at)
            SELECT i, 'E-' || {padded("i", 7)}, i, i, t.id, t.version, {school} + i %% {SCHOOLS},
              CASE WHEN i %% 3 = 0 THEN NULL ELSE {partner} + i %% {PARTNERS} END, t.model, t.starts_on,
              'Europe/London', CASE WHEN i %% 10 = 0 THEN 'induction' WHEN i %% 10 < 7 THEN 'development'
                WHEN i %% 10 < 9 THEN 'assessment' ELSE 'awarded' END, %s, CASE WHEN i %% 50 = %s THEN %s END
            FROM n JOIN bench_intake t ON t.place = i %% {len(intakes)}""",
            [_instant(at), 0 if withdrawn else -1, _instant(at)],
        )
        cursor.execute("DROP TABLE bench_intake")
    return numbers


def _instant(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


# --- plans and ledgers -------------------------------------------------------------------------------
def credits_of(minutes: Sequence[int], count: int = CREDITS) -> list[tuple[int, int]]:
    """Share a plan's minutes over exactly `count` credits: (place of the activity, minutes), in the plan's order.

    Every activity gets at least one; the sums by activity are the plan's.
    """
    if count < len(minutes):
        raise ValueError("every activity has at least one credit")
    parts = [1] * len(minutes)
    for _ in range(count - len(minutes)):
        longest = max(range(len(minutes)), key=lambda place: minutes[place] / parts[place])
        parts[longest] += 1
    shared = []
    for place, (total, number) in enumerate(zip(minutes, parts, strict=True)):
        shared += [(place, total * (n + 1) // number - total * n // number) for n in range(number)]
    return shared


def make_plans(numbers: range, *, at: datetime, ledger: bool = True) -> int:
    """The plan of each version for its enrolments and, with `ledger`, 40 credits each; returns the ledger's rows.

    Enrolment i has credits of between 60 and 100 % of the planned minutes, by its number.
    """
    share = "(60 + (e.id * 7) %% 41)"
    with quickly() as cursor:
        _plan_tables(cursor)
        cursor.execute(
            f"""INSERT INTO goldenthread_plannedactivity (id, enrolment_id, key, position, component, kind, stage,
              lane, title, minutes, due_on, starts_at)
            SELECT e.id * 100 + t.place, e.id, t.key, t.place + 1, t.component, t.kind, t.stage, t.lane, t.title,
              t.minutes, {_day_after("e.starts_on", "20 + t.place * 12")}, NULL
            FROM goldenthread_enrolment e JOIN bench_plan t ON t.version = e.version_id
            WHERE e.id BETWEEN {numbers[0]} AND {numbers[-1]} ORDER BY e.id, t.place"""
        )
        rows = 0
        if ledger:
            greatest = "MAX" if connection.vendor == "sqlite" else "GREATEST"
            minutes = f"{greatest}(1, t.minutes * {share} / 100)"
            cursor.execute(
                f"""INSERT INTO goldenthread_ledgerentry (id, enrolment_id, activity_id, component, minutes, counted,
                  evidence, note, key, corrects_id, by_id, at)
                SELECT e.id * 100 + t.number, e.id, e.id * 100 + t.place, t.component,
                  {minutes}, {minutes}, 'attendance:' || t.number, '',
                  'bench:' || e.id || ':' || {padded("t.number", 2)}, NULL, NULL, %s
                FROM goldenthread_enrolment e JOIN bench_credit t ON t.version = e.version_id
                WHERE e.id BETWEEN {numbers[0]} AND {numbers[-1]} ORDER BY e.id, t.number""",
                [_instant(at)],
            )
            rows = cursor.rowcount
        cursor.execute("DROP TABLE bench_plan")
        cursor.execute("DROP TABLE bench_credit")
    return rows


def _day_after(day: str, days: str) -> str:
    return (
        f"date({day}, '+' || ({days}) || ' days')" if connection.vendor == "sqlite" else f"{day} + ({days})"
    )


def _plan_tables(cursor: Any) -> None:
    cursor.execute(
        "CREATE TEMPORARY TABLE bench_plan (version INTEGER, place INTEGER, key TEXT, component TEXT, kind TEXT, "
        "stage TEXT, lane TEXT, title TEXT, minutes INTEGER)"
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE bench_credit "
        "(version INTEGER, number INTEGER, place INTEGER, component TEXT, minutes INTEGER)"
    )
    for version in ProgrammeVersion.objects.filter(key__in=VERSIONS):
        items = outline_of(version.specification)
        cursor.executemany(
            "INSERT INTO bench_plan VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (version.pk, n, one.key, one.component, one.kind, one.stage, one.lane, one.title, one.minutes)
                for n, one in enumerate(items)
            ],
        )
        credits = credits_of([item.minutes or 0 for item in items])
        cursor.executemany(
            "INSERT INTO bench_credit VALUES (%s, %s, %s, %s, %s)",
            [
                (version.pk, number, place, items[place].component, minutes)
                for number, (place, minutes) in enumerate(credits)
            ],
        )


def make_standings(*, at: datetime, numbers: range | None = None) -> int:
    """The kept standing of everybody who has a plan, or of the enrolments in `numbers`."""
    made = Standing.objects.bulk_create(
        (
            Standing(
                enrolment_id=one.enrolment_id,
                planned_minutes=one.planned,
                counted_minutes=one.counted,
                measurable=one.measurable,
                basis_points=one.basis_points,
                updated_at=at,
            )
            for one in recount(numbers).values()
        ),
        batch_size=2000,
    )
    return len(made)


def counts() -> dict[str, int]:
    """How many rows there are now, to be named beside the figures."""
    tables = {
        "enrolments": Enrolment,
        "activities": PlannedActivity,
        "entries": LedgerEntry,
        "standings": Standing,
    }
    return {name: model.objects.count() for name, model in tables.items()}
