"""Where sources contradict each other, what a visitor reads: the table tests/scenarios/public_conflicts.csv."""

import csv
import html
import re
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
TABLE = Path(__file__).parent.parent / "scenarios/public_conflicts.csv"
ROWS = sorted(csv.DictReader(TABLE.open(newline="")), key=itemgetter("version"))
BY_VERSION = {version: list(rows) for version, rows in groupby(ROWS, key=itemgetter("version"))}
REGISTER = re.compile(r"\b[CG]-\d\d\b|\b00[0-4]:\d")  # numbers of our registers and lines of documents


@pytest.mark.parametrize("version", BY_VERSION)
def test_contradictions_are_told_as_the_catalogue_settles_them(client: Client, version: str) -> None:
    response = client.get(reverse("public:programme", args=[version]))
    page = html.unescape(response.content.decode())
    page = page[page.index("<main") : page.index("</main>")]
    wrong = {
        row["conflict"]: (row["shows"], row["hides"])
        for row in BY_VERSION[version]
        if row["shows"] not in page or (row["hides"] and row["hides"] in page)
    }
    assert wrong == {}
    assert REGISTER.findall(re.sub(r"<[^>]+>", " ", page)) == []
