"""A participant's own pages ask for no second factor, so no role may show anything on them."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from goldenthread.people.models import Membership, Role, User
from tests import factories, world
from tests.web.test_access import addresses, path_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def main_of(answer: Any) -> tuple[int, str]:
    """The status and what stands between header and footer, without what is new each time: keys of forms."""
    text = (
        b"".join(answer).decode(errors="replace")
        if answer.streaming
        else answer.content.decode(errors="replace")
    )
    found = re.search(r"<main\b.*</main>", text, re.DOTALL)
    plain = re.sub(r'name="(csrfmiddlewaretoken|form_key)" value="[^"]+"', "", found[0] if found else "")
    return answer.status_code, plain


def pages_of(person: User, paths: list[str]) -> dict[str, tuple[int, str]]:
    client = Client()
    client.force_login(person)
    found = {path: main_of(client.get(path)) for path in paths}
    return {path: (405, "") if status == 405 else (status, text) for path, (status, text) in found.items()}


def with_every_role(person: User) -> User:
    Membership.objects.bulk_create(
        Membership(user=person, organisation=factories.organisation(), role=role, starts_on=date(2018, 1, 1))
        for role in Role.values
    )
    return User.objects.get(pk=person.pk)


@pytest.mark.alike
def test_no_page_under_my_shows_more_to_somebody_who_holds_every_role() -> None:
    with time_machine.travel(NOW, tick=False):
        there = world.build()
        values = there.kwargs()
        paths = [path_of(name, one, values) for name, one in addresses() if name.startswith("participant:")]
        assert len(paths) > 12
        assert all(path.startswith("/my/") for path in paths)
        for person in (there.stranger, there.cast["amara"], there.cast["priya"], there.cast["rhys"]):
            pages_of(person, paths)  # the first look may be on record; what is compared comes after it
            before = pages_of(person, paths)
            after = pages_of(with_every_role(person), paths)
            assert {path for path in paths if before[path] != after[path]} == set(), person.name
