"""Workload: the office's lists and a participant's home with 14,000 enrolments and their ledgers loaded."""

import gc
import http.client
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import data, figures, places
from bench.handin import sign_in
from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Window
from goldenthread.assessment.words import RULE
from goldenthread.common import clock
from goldenthread.people.models import User

ENROLMENTS, QUICK_ENROLMENTS = 14_000, 1_000
ROUNDS, QUICK_ROUNDS = 40, 8
PEOPLE = 20  # participants whose home is asked for in turn
BACKGROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass(frozen=True)
class Case:
    """A page by its name: the addresses that are asked for in turn, each with the session that asks."""

    name: str
    visits: list[tuple[str, str]]


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Each page in turn, through the test client and over HTTP, with the floor, `/health/`, between them."""
    cases = _load(QUICK_ENROLMENTS if quick else ENROLMENTS)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    inside: dict[str, list[float]] = {case.name: [] for case in cases}
    over_http: dict[str, list[float]] = {case.name: [] for case in cases}
    floor: list[float] = []
    queries = {case.name: max(_queries(visit) for visit in case.visits[:3]) for case in cases}
    gc.collect()
    gc.freeze()  # as the server does when it starts
    with places.server(os.environ) as server:
        line = http.client.HTTPConnection("127.0.0.1", server.port)
        for number in range(-4, rounds):  # the first four are not measured: they warm up both processes
            for case in cases:
                visit = case.visits[number % len(case.visits)]
                nothing, page, answer = (
                    _timed(_over_http, line, "/health/", ""),
                    _timed(_inside, visit),
                    _timed(_over_http, line, *visit),
                )
                if number >= 0:
                    floor.append(nothing)
                    inside[case.name].append(page)
                    over_http[case.name].append(answer)
    return [
        figures.page(
            database,
            case.name,
            milliseconds=inside[case.name],
            http=over_http[case.name],
            queries=queries[case.name],
            floor_ms=figures.percentile(floor, 0.5),
        )
        for case in cases
    ]


# --- what is asked for ---------------------------------------------------------------------------------
def _load(count: int) -> list[Case]:
    at = clock.now()
    office = data.make_office(at)
    Authenticator.objects.create(user=office, type=Authenticator.Type.TOTP, data={"secret": "not used"})
    intakes = data.make_intakes(at, starts=[date(2025, 1, 6), date(2025, 9, 1), date(2026, 1, 5)])
    people = data.make_people(count, intakes, office=office, at=at)
    data.make_plans(people, at=at)
    data.make_standings(at=at)
    Window.objects.bulk_create(
        Window(
            intake=one,
            opens_on=one.starts_on + timedelta(days=400),
            word_limit=1500,
            word_rule=RULE,
            created_at=at,
            created_by=office,
        )
        for one in intakes
    )
    data.settle()
    signed_in = sign_in(User.objects.filter(pk=office.pk), at=at)[office.pk]
    taking_part = Enrolment.objects.filter(withdrawn_at__isnull=True, stage=Stage.DEVELOPMENT).order_by("pk")
    some = list(taking_part[:: max(1, taking_part.count() // PEOPLE)][:PEOPLE])
    sessions = sign_in(User.objects.filter(enrolments__in=some), at=at)
    lists, engagement = reverse("office:enrolments"), reverse("office:engagement")
    addresses = {
        "people": lists,
        "people, last page": f"{lists}?page={count // 50}",
        "people, searched": f"{lists}?q=khan",
        "people, searched for two words": f"{lists}?q=priya+school",
        "people, least engaged first": f"{lists}?sort=engagement",
        "people, filtered": f"{lists}?version={intakes[0].version_id}&stage=development&sort=-start",
        "engagement": engagement,
        "engagement, below what is asked": f"{engagement}?show=below",
        "engagement, at risk": f"{engagement}?show=risk",
        "office desk": reverse("office:desk"),
        "pipeline": reverse("office:pipeline"),
    }
    home = Case("participant's home", [(reverse("participant:home"), sessions[one.user_id]) for one in some])
    return [*(Case(name, [(address, signed_in)]) for name, address in addresses.items()), home]


# --- one visit -----------------------------------------------------------------------------------------
def _timed(visit: Callable[..., None], *arguments: Any) -> float:
    begun = time.perf_counter()
    visit(*arguments)
    return (time.perf_counter() - begun) * 1000


def _inside(visit: tuple[str, str]) -> None:
    address, session = visit
    client = Client(headers={"host": places.HOST, "x-forwarded-proto": "https"})
    client.cookies["sessionid"] = session
    response = client.get(address)
    if response.status_code != 200:
        raise SystemExit(f"{address}: {response.status_code} {response.headers}")


def _queries(visit: tuple[str, str]) -> int:
    _inside(visit)
    with CaptureQueriesContext(connection) as captured:
        _inside(visit)
    return sum(not query["sql"].startswith(BACKGROUND) for query in captured.captured_queries)


def _over_http(line: http.client.HTTPConnection, address: str, session: str) -> None:
    headers = {"Host": places.HOST, "X-Forwarded-Proto": "https", "Cookie": f"sessionid={session}"}
    line.request("GET", address, headers=headers)
    response = line.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{address}: {response.status} {body[:300]!r}")
