"""Workload: handing in a 1,500-word script over HTTP, signed in and durable, against the bare transaction.

What is measured is the POST, from its first byte to the end of its answer, the redirect to the receipt: by then the
script is committed. The receipt is a page of its own. Each hand-in is another participant's first, with the draft kept
as the editor keeps it every few seconds.
"""

import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import uuid
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from bench import data, figures, places
from bench.floor import Floor
from bench.load import marked
from goldenthread.assessment import sealed
from goldenthread.assessment.models import CaseStudy, Script, Sitting, Window
from goldenthread.assessment.opened import CaseText
from goldenthread.assessment.rules.policies import stated
from goldenthread.assessment.words import RULE, count_text
from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.people.models import User

CLIENTS = (1, 16, 64)
ROUNDS, QUICK_ROUNDS = 3, 1
SECONDS, QUICK_SECONDS = 8.0, 2.0
FLOOR_SECONDS = 2.0
WARM_UP = 200
PARTICIPANTS, QUICK_PARTICIPANTS = 50_000, 4_000
FLOOR_SITTINGS = 500
DRAFTS = 40  # times that the editor has kept the draft
WORDS = 1500
Job = dict[str, Any]


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Take turns: floor, hand-ins, floor; then compare every receipt with what is stored."""
    at = clock.now()
    text = script_text()
    jobs = deque(make_jobs(QUICK_PARTICIPANTS if quick else PARTICIPANTS, text, at=at))
    floor_sittings = [jobs.popleft()["sitting"] for _ in range(FLOOR_SITTINGS)]
    floor = Floor(floor_sittings, marked(text, "floor"), connection.ops.adapt_datetimefield_value(at))
    data.settle()
    before = Script.objects.count()
    rounds = {clients: Measured() for clients in CLIENTS}
    with places.server(os.environ) as server:
        _hand_in(server, jobs, text, clients=8, seconds=30, at_most=WARM_UP)
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            for clients in CLIENTS:
                found = rounds[clients]
                found.measure_floors(floor, clients)
                found.add(
                    *_hand_in(
                        server, jobs, text, clients=clients, seconds=QUICK_SECONDS if quick else SECONDS
                    )
                )
                found.measure_floors(floor, clients)
    for found in rounds.values():
        _verify(found.receipts, text)
    receipts = sum(len(found.receipts) for found in rounds.values())
    print(f"  {receipts} receipts compared with their scripts, {before} scripts before", file=sys.stderr)
    return [found.figure(database, clients) for clients, found in rounds.items()]


def script_text() -> str:
    """About 9 KB of plain English in 1,500 words, less the one that each participant puts before it."""
    words = "good lessons in every class begin with deciding what pupils learn first and why".split()
    lines = [
        " ".join(words[(line + place) % len(words)] for place in range(10)) for line in range(WORDS // 10)
    ]
    text = ".\n".join(lines)
    text = text[: text.rindex(" ")]
    assert count_text(marked(text, "marker")).total == WORDS
    return text


def measure_floors(floors: dict[str, list[float]], floor: Floor, clients: int) -> None:
    """Add a round to `floors`: one connection; where more than one can write also as many as there are clients."""
    for number in sorted({1, clients}) if connection.vendor == "postgresql" else [1]:
        name = f"{number} connection{'s' if number > 1 else ''}"
        floors.setdefault(name, []).append(floor.rate(number, FLOOR_SECONDS))


class Measured:
    """What the rounds of one number of clients gave."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.seconds = self.cpu_seconds = 0.0
        self.errors: Counter[str] = Counter()
        self.floors: dict[str, list[float]] = {}
        self.receipts: list[Job] = []

    def measure_floors(self, floor: Floor, clients: int) -> None:
        measure_floors(self.floors, floor, clients)

    def add(self, result: dict[str, Any], jobs: list[Job]) -> None:
        self.seconds += result["seconds"]
        self.cpu_seconds += result["cpu_seconds"]
        for number, status, location, milliseconds in result["answers"]:
            job = jobs[number]
            if status == 302 and location == job["receipt"]:
                self.receipts.append(job)
                self.milliseconds.append(milliseconds)
            else:
                self.errors[f"{status} {location}"] += 1

    def figure(self, database: str, clients: int) -> figures.Figure:
        if self.errors or not self.milliseconds:
            raise SystemExit(
                f"{clients} clients: {len(self.milliseconds)} receipts, errors {dict(self.errors)}"
            )
        return figures.hand_in(
            database,
            clients,
            milliseconds=self.milliseconds,
            seconds=self.seconds,
            cpu_seconds=self.cpu_seconds,
            errors=self.errors.total(),
            floors=self.floors,
        )


# --- the participants ----------------------------------------------------------------------------------
def _marker(number: int) -> str:
    return f"participant-{number}"


def make_jobs(count: int, text: str, *, at: datetime) -> list[Job]:
    """So many participants, signed in, each with a sitting that is open: what the load generator must know of each."""
    office = data.make_office(at)
    opened = at - timedelta(days=1)
    intake = data.make_intakes(at, starts=[(at - timedelta(days=395)).date()], keys=data.VERSIONS[:1])[0]
    people = data.make_people(count, [intake], office=office, at=at, withdrawn=False)
    case = CaseStudy.objects.create(
        version=intake.version, state="published", author=office, created_at=at, published_at=at, published_by=office,
        unlocked_at=at,
    )  # fmt: skip
    sealed.seal_text(case, CaseText("A school", "The case.", "What is to be done?"))
    case.save(update_fields=["sealed"])
    window = Window.objects.create(
        intake=intake, case_study=case, opens_on=opened.date(), word_limit=WORDS, word_rule=RULE, created_at=at,
        created_by=office, policies=stated(intake.version.specification.assessment),
    )  # fmt: skip
    sittings = Sitting.objects.bulk_create(
        (
            Sitting(
                window=window, enrolment_id=number, code=f"B{number}", opens_at=opened,
                closes_at=at + timedelta(days=7), zone=window.zone, released_at=opened,
                draft={"": marked(text, _marker(number))}, draft_revision=DRAFTS, draft_saved_at=at,
            )
            for number in people
        ),
        batch_size=2000,
    )  # fmt: skip
    sessions = sign_in(User.objects.filter(pk__range=(people[0], people[-1])), at=at)
    return [
        {
            "sitting": sitting.pk,
            "path": reverse("participant:sitting", args=[sitting.pk]),
            "receipt": reverse("participant:receipt", args=[sitting.pk, 1]),
            "session": sessions[sitting.enrolment_id],
            "token": secrets.token_hex(16),
            "form_key": str(uuid.uuid4()),
            "marker": _marker(sitting.enrolment_id),
            "revision": DRAFTS,
        }
        for sitting in sittings
    ]


def _with_second_factor(user: User) -> dict[str, Any]:
    """What a session holds once the second factor was given, for the pages of those who need one."""
    return {
        AUTHENTICATION_METHODS_SESSION_KEY: [{"method": "mfa", "at": clock.now().timestamp()}],
        f"{AUTHENTICATION_METHODS_SESSION_KEY}_user": str(user.pk),
    }


def sign_in(users: QuerySet[User], *, at: datetime) -> dict[int, str]:
    """A session for each user, as signing in leaves it; gives the keys by user."""
    store, keys, rows = SessionStore(), {}, []
    for user in users.order_by("pk"):
        keys[user.pk] = secrets.token_hex(16)
        content = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            **_with_second_factor(user),
        }
        rows.append(
            Session(
                session_key=keys[user.pk],
                session_data=store.encode(content),
                expire_date=at + timedelta(days=14),
            )
        )
    Session.objects.bulk_create(rows, batch_size=2000)
    return keys


# --- one round -----------------------------------------------------------------------------------------
def _hand_in(
    server: places.Server, jobs: deque[Job], text: str, *, clients: int, seconds: float, at_most: int = 5_000
) -> tuple[dict[str, Any], list[Job]]:
    """Let the load generator hand in; gives what came back, and the jobs in the order of its numbers."""
    some = [jobs.popleft() for _ in range(min(at_most, len(jobs)))]
    order = {"port": server.port, "host": places.HOST, "clients": clients, "seconds": seconds}
    order |= {"jobs": some, "text": text}
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "order.json", Path(folder) / "result.json"
        asked.write_text(json.dumps(order))
        before = server.cpu_seconds()
        subprocess.run(
            [sys.executable, "-m", "bench.load", str(asked), str(answered)], check=True, cwd=places.ROOT
        )
        result = {**json.loads(answered.read_text()), "cpu_seconds": server.cpu_seconds() - before}
    if result["used_up"] and len(some) < at_most:
        raise SystemExit("there were too few participants for this machine: raise PARTICIPANTS")
    jobs.extend(some[len(result["answers"]) :])
    return result, some


def _verify(receipts: list[Job], text: str) -> None:
    """Nothing acknowledged may be missing: each receipt has its one script, its event in the trail, its mail."""
    for start in range(0, len(receipts), 500):
        some = {job["sitting"]: marked(text, job["marker"]) for job in receipts[start : start + 500]}
        scripts = list(Script.objects.filter(sitting__in=some))
        stored = {script.sitting_id: script for script in scripts}
        if len(scripts) != len(some) or stored.keys() != some.keys():
            raise SystemExit(f"LOST: {len(some)} receipts, {len(scripts)} scripts")
        for sitting, sent in some.items():
            script = stored[sitting]
            if (
                not script.current
                or script.text != sent
                or script.sha256 != hashlib.sha256(sent.encode()).hexdigest()
            ):
                raise SystemExit(f"WRONG: the script of sitting {sitting} is not what was handed in")
        check_came_along(scripts)


def check_came_along(scripts: Sequence[Script]) -> None:
    """End the measurement unless each of these scripts, one a sitting, has its event in the trail and its mail."""
    subjects = [f"sitting:{script.sitting_id}" for script in scripts]
    events = list(AuditEvent.objects.filter(subject__in=subjects, verb="script.handed_in"))
    if len(events) != len(scripts) or any(event.hash != audit.event_hash(event) for event in events):
        raise SystemExit("the audit trail is not whole")
    keys = [f"mail:script_received:{script.pk}" for script in scripts]
    if OutboxMessage.objects.filter(key__in=keys).count() != len(scripts):
        raise SystemExit("receipts without their mail")
