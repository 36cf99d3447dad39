"""Workload: the pages of visitors at a fixed rate, and how much of them goes over the line."""

import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.core.management import call_command
from django.urls import reverse

from bench import figures, places
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.commands.prepare import NOT_SENT
from goldenthread.common import clock
from goldenthread.intakes import actions as intakes
from goldenthread.web.public import findable

RATE = 200  # requests a second
SECONDS, QUICK_SECONDS = 20, 3
LINES = 32  # connections that are open from the beginning
HEADERS = {"Host": places.HOST, "X-Forwarded-Proto": "https", "Accept-Encoding": "gzip, br"}
PART = re.compile(r'<(?:link|script)\b[^>]*?\b(?:href|src)="(/static/[^"]+)"')


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Every page in turn at the rate, first byte by first byte; then `/health/` alone, the floor; then the sizes."""
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_SENT)
    pages = _pages()
    seconds = QUICK_SECONDS if quick else SECONDS
    with places.server(os.environ) as server:
        for _ in range(8):  # both processes meet each page
            _ask(server.port, list(pages.values()), rate=40, seconds=max(2, len(pages) / 40))
        before = server.cpu_seconds()
        answers = _ask(server.port, list(pages.values()), rate=RATE, seconds=seconds)
        spent = server.cpu_seconds() - before
        floor = _ask(server.port, ["/health/"], rate=RATE, seconds=seconds)
        sizes = {name: _size(server.port, path) for name, path in pages.items()}
    floor_ms = figures.percentile([milliseconds for _, _, milliseconds, _ in floor], 0.5)
    return [
        figures.public(
            database,
            name,
            milliseconds=[ms for place, _, ms, _ in answers if name is None or place == number],
            errors=sum(
                1 for place, status, *_ in answers if status != 200 and (name is None or place == number)
            ),
            cpu_ms=spent * 1000 / len(answers),
            size=max(sizes.values()) if name is None else sizes[name],
            floor_ms=floor_ms,
        )
        for number, name in [(-1, None), *enumerate(pages)]
    ]


def _pages() -> dict[str, str]:
    """Visitors' pages by name, with an intake of each published version."""
    at = clock.now()
    starts_on = clock.day_of(at) + timedelta(days=90)
    for version in (
        ProgrammeVersion.objects.filter(state="published").select_related("programme").order_by("pk")
    ):
        intakes.open_intake(
            version=version,
            starts_on=starts_on,
            applications_open_on=starts_on - timedelta(days=120),
            applications_close_on=starts_on - timedelta(days=14),
            by=None,
            at=at,
        )
    findable.rebuild(at=at)
    programme = reverse("public:programme", args=["npqlt-reformed-international"])
    return {
        "home": reverse("home"),
        "programmes": reverse("public:programmes"),
        "one programme": programme,
        "compare": reverse("public:compare"),
        "search": reverse("public:search") + "?q=leading+teaching",
        "help": reverse("public:help"),
        "words": reverse("public:glossary"),
        "verify": reverse("public:verify"),
        "privacy": reverse("public:privacy"),
        "contact": reverse("public:contact"),
    }


def _ask(port: int, paths: list[str], *, rate: int, seconds: float) -> list[list[Any]]:
    """Run the load generator in a process of its own."""
    order = {
        "port": port,
        "host": places.HOST,
        "paths": paths,
        "rate": rate,
        "seconds": seconds,
        "lines": LINES,
    }
    with tempfile.TemporaryDirectory(prefix="goldenthread-rate-") as folder:
        given, result = Path(folder, "order.json"), Path(folder, "result.json")
        given.write_text(json.dumps(order))
        subprocess.run([sys.executable, "-m", "bench.rate", given, result], check=True, cwd=places.ROOT)
        found: list[list[Any]] = json.loads(result.read_text())
        return found


def _size(port: int, path: str) -> int:
    """The bytes of a page with its styles and scripts as they go over the line, without the font."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS) as client:
        page = client.get(path)
        parts = {part for part in PART.findall(page.text) if not part.endswith(".ttf")}
        return _sent(page) + sum(_sent(client.get(part)) for part in sorted(parts))


def _sent(response: httpx.Response) -> int:
    if response.status_code != 200:
        raise SystemExit(f"{response.url}: {response.status_code}")
    return response.num_bytes_downloaded
