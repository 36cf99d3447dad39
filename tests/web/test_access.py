"""Every address, as everybody: who may see what is the table in tests/access.csv, and nothing is missing from it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from goldenthread.people.models import User
from tests import world

TABLE = Path(__file__).resolve().parent.parent / "access.csv"
ROLES = {
    "visitor": "",
    "participant": "amara",
    "sitting": "priya",
    "awarded": "rhys",
    "head": "helen",
    "facilitator": "tom",
    "coach": "cora",
    "marker": "maya",
    "second marker": "joseph",
    "moderator": "ingrid",
    "partner": "pat",
    "university": "una",
    "office": "olu",
    "author": "ada",
    "stranger": "dot",
}


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Every address of ours by its name; allauth's own pages are its authors' to test."""

    def walk(resolver: Any, space: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                if "allauth" not in str(getattr(pattern.urlconf_name, "__name__", pattern.urlconf_name)):
                    yield from walk(pattern, f"{pattern.namespace}:" if pattern.namespace else space)
            else:
                yield space + str(pattern.name), pattern

    yield from walk(get_resolver(), "")


def path_of(name: str, pattern: URLPattern, values: dict[str, dict[str, Any]]) -> str:
    known = {**values["by parameter"], **values.get(name, {})}
    wanted = pattern.pattern.converters
    return reverse(name, kwargs={key: known[key] for key in wanted})


def answer(client: Client, path: str) -> str:
    """What a GET gives: "yes", "sign in", "elsewhere" (a redirect), "no" (as if it weren't there), "not now".

    Where only POST is allowed, an empty one is sent, and undone: "may post" for whoever isn't turned away.
    """
    response = client.get(path)
    if response.status_code == 405:
        with transaction.atomic():
            response = client.post(path, {})
            transaction.set_rollback(True)
        if response.status_code not in {403, 404} and "/accounts/login/" not in response.get("Location", ""):
            return "may post"
    if response.status_code in {301, 302}:
        return "sign in" if "/accounts/login/" in response["Location"] else "elsewhere"
    return {200: "yes", 403: "no", 404: "no", 409: "not now", 410: "run out"}[response.status_code]


def people(small_world: world.World) -> dict[str, User | None]:
    known = {**small_world.cast, "dot": small_world.stranger, "": None}
    return {role: known[key] for role, key in ROLES.items()}


def table() -> dict[str, dict[str, str]]:
    """What tests/access.csv says: for each address, the answer to each role."""
    with TABLE.open(newline="") as file:
        return {row.pop("address"): row for row in csv.DictReader(file)}


def asked_by(stated: dict[str, str] | None, *, everybody: bool) -> list[str]:
    """Who asks for an address: everybody; where another run has had them all, the first of each answer stated."""
    if stated is None or everybody:
        return list(ROLES)
    return list({answer: role for role, answer in reversed(stated.items())}.values())


def rows(small_world: world.World, stated: dict[str, dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each address, and what it answered those who asked."""
    values = small_world.kwargs()
    clients = {}
    for role, person in people(small_world).items():
        clients[role] = Client()
        if person is not None:
            clients[role].force_login(person)
    for name, pattern in sorted(addresses(), key=lambda pair: pair[0]):
        path, key = path_of(name, pattern, values), f"{name} {pattern.pattern}".strip()
        asked = asked_by(stated.get(key), everybody=connection.vendor == "sqlite")
        yield key, {role: answer(clients[role], path) for role in asked}


@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_every_address_answers_everybody_as_the_table_says(settings: Any) -> None:
    settings.CAST_SIGN_IN = False
    stated = table()
    now = dict(rows(world.build(), stated))
    assert all(list(answers) == list(ROLES) for answers in stated.values())
    assert [key for key in now if key not in stated] == [], "add these addresses to tests/access.csv"
    assert [key for key in stated if key not in now] == [], "these addresses are gone"
    wrong = {
        f"{key} as {role}": f"{got}, not {stated[key][role]}"
        for key, answers in now.items()
        for role, got in answers.items()
        if got != stated[key][role]
    }
    assert wrong == {}


def test_on_a_further_database_each_answer_is_asked_for_once() -> None:
    stated = dict.fromkeys(ROLES, "no") | {"participant": "yes", "office": "yes", "visitor": "sign in"}
    assert {role: stated[role] for role in asked_by(stated, everybody=False)} == {
        "visitor": "sign in",
        "participant": "yes",
        "sitting": "no",
    }
    assert asked_by(None, everybody=False) == asked_by(stated, everybody=True) == list(ROLES)
