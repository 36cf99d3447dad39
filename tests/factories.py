"""A named cast and the things they work with, made through the same actions that people use.

Amara applies and takes part, Ben marks, Bea marks second, Chidi moderates, Femi facilitates, Tara tutors, Cora coaches,
Olu runs the office, Ada writes case studies, Hana heads a school, Dot is a stranger to everything.
"""

import itertools
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from goldenthread.applications.models import Application, Enrolment
from goldenthread.catalogue import drafting, publishing
from goldenthread.catalogue.drafts import Seen
from goldenthread.catalogue.models import ProgrammeVersion, VersionDraft
from goldenthread.catalogue.resolving import digest
from goldenthread.common import audit
from goldenthread.engagement import actions as engagement
from goldenthread.engagement import queries, rules
from goldenthread.engagement.models import LedgerEntry, PlannedActivity
from goldenthread.intakes.models import Intake
from goldenthread.people.access import Viewer, viewer_of
from goldenthread.people.models import Membership, Organisation, Role, School, User
from tests.kept_scenes import kept

NPQLT = "npqlt-reformed-international"
START = date(2024, 9, 2)
AT = datetime(2024, 9, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-phrase-7"
EVIDENCE = "factory:1"
_numbers = itertools.count(1)


@kept
def load_catalogue(at: datetime = AT) -> None:
    """The catalogue as an installation loads it; the product does it once, then its rows are put back."""
    from tests import kept_catalogue

    kept_catalogue.load(at)


def version(key: str = NPQLT) -> ProgrammeVersion:
    """A programme version; loads the catalogue the first time it is asked for."""
    if not ProgrammeVersion.objects.filter(key=key).exists():
        load_catalogue()
    return ProgrammeVersion.objects.get(key=key)


@kept
def revision(
    number: int = 2, *, of: str = NPQLT, state: str = "published", **changes: Any
) -> ProgrammeVersion:
    """A further revision of a version, as the pages or a file bring it in; `changes` are keys of its document."""
    first = version(of)
    before = of if number == 2 else f"{of}-r{number - 1}"
    document = {
        **first.document,
        "id": f"{of}-r{number}",
        "revision": number,
        "supersedes": before,
        **changes,
    }
    begins = document["effective_from"]
    return ProgrammeVersion.objects.create(
        key=document["id"],
        programme=first.programme,
        edition=first.edition,
        market=first.market,
        revision=number,
        document=document,
        sha256=digest(document),
        state=state,
        effective_from=begins["value"] if isinstance(begins, dict) else None,
        loaded_at=AT,
    )


def seen_in(draft: VersionDraft) -> Seen:
    """What the page of a draft shows before it is published, as somebody sees who looks now."""
    draft.refresh_from_db()
    spec = drafting.findings_of(draft.text).specification
    return publishing.shown_for(draft, spec).seen if spec else Seen(revision=draft.revision)


@kept
def user(name: str = "Dot Stranger", *, zone: str = "Europe/London", email: str = "") -> User:
    """An account that signs in with PASSWORD."""
    email = email or f"{name.split()[0].lower()}-{next(_numbers)}@example.org"
    return User.objects.create_user(email, PASSWORD, name=name, zone=zone, joined_at=AT)


@kept
def organisation(name: str = "Golden Thread Demonstration Provider") -> Organisation:
    return Organisation.objects.get_or_create(name=name)[0]


@kept
def member(
    role: Role | str, name: str = "", *, of: Organisation | None = None, zone: str = "Europe/London"
) -> User:
    """A person who holds `role` in an organisation from 2018 on."""
    person = user(name or f"{str(role).title().replace('_', ' ')} Person", zone=zone)
    Membership.objects.create(
        user=person, organisation=of or organisation(), role=role, starts_on=date(2018, 1, 1)
    )
    return person


def seen(user: User, *, on: date = START) -> Viewer:
    """The person with the roles that they hold on a day."""
    return viewer_of(user, on=on)


@kept
def school(name: str = "Hillside School", **fields: Any) -> School:
    defaults: dict[str, Any] = {
        "urn": 900000 + next(_numbers),
        "search_name": name.lower(),
        "town": "Bristol",
        "postcode": "BS1 5JD",
        "postcode_key": "BS15JD",
        "latitude": 51.4545,
        "longitude": -2.5879,
    }
    return School.objects.create(name=name, **{**defaults, **fields})


@kept
def intake(key: str = NPQLT, *, starts_on: date = START, **fields: Any) -> Intake:
    """An intake that takes applications for the hundred days before it starts."""
    programme_version = version(key)
    models = [model.key for model in programme_version.specification.delivery_models] or ["blended"]
    defaults: dict[str, Any] = {
        "name": f"{starts_on:%B %Y}",
        "applications_open_on": starts_on - timedelta(days=100),
        "applications_close_on": starts_on - timedelta(days=10),
        "delivery_models": models,
        "created_at": AT,
    }
    found = Intake.objects.filter(version=programme_version, starts_on=starts_on).first()
    return found or Intake.objects.create(
        version=programme_version, starts_on=starts_on, **{**defaults, **fields}
    )


@kept
def application(
    name: str = "Amara Applicant", *, to: Intake | None = None, zone: str = "Europe/London", **fields: Any
) -> Application:
    """An application that waits for the office."""
    target = to or intake()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "reference": f"A-{number:06d}",
        "form_key": uuid.uuid4(),
        "email": f"{name.split()[0].lower()}-{number}@example.org",
        "school_text": "" if fields.get("school") else "Somewhere School",
        "delivery_model": target.delivery_models[0],
        "role_status": "aspiring",
        "scope": "key stage",
        "entry_result": "audience.aspiring",
        "conduct_accepted": True,
        "submitted_at": AT - timedelta(days=20),
    }
    return Application.objects.create(intake=target, name=name, zone=zone, **{**defaults, **fields})


@kept
def enrolment(
    name: str = "Amara Applicant",
    *,
    to: Intake | None = None,
    by: User | None = None,
    at: datetime = AT,
    **fields: Any,
) -> Enrolment:
    """An accepted applicant with a plan, who signs in with PASSWORD."""
    office = by or Membership.objects.filter(role=Role.OFFICE).select_related("user").first()
    decider = office.user if isinstance(office, Membership) else office or member(Role.OFFICE, "Olu Office")
    made = engagement.enrol(application=application(name, to=to, **fields), by=decider, at=at)
    made.user.set_password(PASSWORD)
    made.user.save(update_fields=["password"])
    return made


@kept
def credit_minutes(enrolment: Enrolment, minutes: int, *, at: datetime = AT) -> int:
    """Credit activities in the order of the plan until `minutes` are reached; returns the sum credited.

    All but the last of an empty ledger are written together, as the action writes them one after the other: whoever is
    to have a result needs twenty.
    """
    left, parts = minutes, []
    for activity in enrolment.plan.order_by("position"):
        if (part := min(left, activity.minutes or 0)) > 0:
            parts.append((activity, part))
            left -= part
    if parts and not enrolment.ledger.exists():
        _write_together(enrolment, parts[:-1], at=at)
        parts = parts[-1:]
    for activity, part in parts:
        key = f"factory:{activity.pk}:{part}"
        engagement.credit(activity=activity, minutes=part, evidence=EVIDENCE, key=key, by=None, at=at)
    return minutes - left


def _write_together(enrolment: Enrolment, parts: list[tuple[PlannedActivity, int]], *, at: datetime) -> None:
    planned = {one.component: one.minutes for one in queries.planned_components(enrolment)}
    before: Counter[str] = Counter()
    entries = []
    for activity, part in parts:
        component = activity.component
        entries.append(
            LedgerEntry(
                enrolment=enrolment,
                activity=activity,
                component=component,
                minutes=part,
                counted=rules.counting(planned[component], before=before[component], minutes=part),
                evidence=EVIDENCE,
                key=f"factory:{activity.pk}:{part}",
                at=at,
            )
        )
        before[component] += part
    for entry in LedgerEntry.objects.bulk_create(entries):
        audit.record(
            "credit.written",
            enrolment,
            by=None,
            at=at,
            entry=entry.pk,
            activity=entry.activity.key,
            title=entry.activity.title,
            minutes=entry.minutes,
            evidence=entry.evidence,
        )
