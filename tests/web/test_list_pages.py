"""No page asks more of the database because there is more to show: every address, in a small and in a grown world."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tests import world
from tests.web.test_access import addresses, path_of, people, table

MOST = 12  # with session, person, roles and frame
ROLES = (
    "visitor",
    "participant",
    "awarded",
    "head",
    "facilitator",
    "coach",
    "marker",
    "moderator",
    "partner",
    "university",
    "office",
    "author",
)
Counts = dict[tuple[str, str], int]


class Counter:
    """Counts what the database is asked; without the savepoints that are the tests' own."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.number += "SAVEPOINT" not in sql
        return execute(sql, *rest)


def counts(*scenes: tuple[world.Scene, ...]) -> Counts:
    """The number of queries of every page, as everybody who sees it; the world is taken down again."""
    found: Counts = {}
    with transaction.atomic():
        made = world.build(*scenes)
        values = made.kwargs()
        paths = {
            f"{name} {pattern.pattern}".strip(): path_of(name, pattern, values)
            for name, pattern in addresses()
        }
        known, shown = people(made), table()
        for role in ROLES:
            client, person = Client(), known[role]
            if person is not None:
                client.force_login(person)
            for name, path in paths.items():
                if shown[name][role] != "yes":
                    continue
                counter = Counter()
                with connection.execute_wrapper(counter), transaction.atomic():
                    response = client.get(path)
                    transaction.set_rollback(True)
                if response.status_code == 200:
                    found[name, role] = counter.number
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@pytest.mark.timeout(900)
@pytest.mark.alike
def test_no_page_takes_more_queries_when_there_is_more_to_show(settings: Any) -> None:
    settings.CAST_SIGN_IN = False
    small, grown = counts(), counts(world.GROWN)
    assert len(small) > 150
    more = {key: (number, grown[key]) for key, number in small.items() if grown.get(key, 0) > number}
    assert more == {}
    assert {key: number for key, number in grown.items() if number > MOST} == {}
