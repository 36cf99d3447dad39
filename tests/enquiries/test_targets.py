"""Response targets that the office sets on its page, with the history of what held before."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.common.refused import Refused
from goldenthread.enquiries.actions import targets as actions
from goldenthread.enquiries.actions.opening import targets
from goldenthread.enquiries.answering import document_of, targets_of
from goldenthread.enquiries.models import AnsweringTargets
from goldenthread.people.models import Role, User
from tests import factories
from tests.enquiries import factories as made
from tests.enquiries.factories import AT
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def wanted(**changes: Any) -> dict[str, Any]:
    return {**document_of(targets()), **changes}


def test_what_is_set_holds_for_what_comes_from_now_on(olu: User) -> None:
    before = made.ask(email="one@example.org")
    hours = {**document_of(targets())["hours"], "form": 2}
    for _ in range(2):
        actions.set_targets(document=wanted(hours=hours), reason="we are quicker", by=olu, at=AT)
    assert AnsweringTargets.objects.count() == 1
    after = made.ask(email="two@example.org")
    assert before.due_at == datetime(2026, 6, 2, 16, 0, tzinfo=UTC)
    assert after.due_at == datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
    actions.set_targets(document=wanted(free=["2026-06-01"]), reason="a holiday", by=olu, at=AT)
    third = made.ask(email="three@example.org")
    assert third.due_at == datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"days": []},
        {"opens": "18:00"},
        {"free": ["soon"]},
        {"zone": "Mars/Base"},
        {"hours": {"form": 0}},
        {"hours": {"form": 8, "email": 8, "phone": 8, "chat": 8, "again": 999}},
        {"days": ["monday", "someday"]},
    ],
)
def test_targets_that_make_no_sense_are_refused(olu: User, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        actions.set_targets(document=wanted(**changes), reason="why not", by=olu, at=AT)
    assert AnsweringTargets.objects.count() == 0


def test_a_change_needs_a_reason(olu: User) -> None:
    with pytest.raises(Refused, match="why they change"):
        actions.set_targets(document=wanted(opens="08:00"), reason=" ", by=olu, at=AT)


def test_a_document_is_the_same_after_going_there_and_back() -> None:
    assert document_of(targets_of(wanted(), "x")) == wanted()


def test_the_office_changes_them_on_the_page_and_sees_what_held_before(olu: User) -> None:
    url, client = reverse("office:answering_targets"), client_of(olu)
    now = wanted()
    data = {**now, **now["hours"], "free": "\n".join(now["free"]), "email": "4", "reason": "A new colleague"}
    assert "Nobody has changed them" in text_of(client.get(url))
    assert client.post(url, data).status_code == 302
    assert targets().hours["email"] == 4
    shown = text_of(client.get(url))
    assert "A new colleague" in shown
    assert "Olu Office" in shown
    for wrong in ({"free": "tomorrow"}, {"email": "0"}, {"closes": "07:00"}, {"reason": ""}):
        assert client.post(url, {**data, **wrong}).status_code == 422
    assert page(factories.member(Role.PARTNER_MANAGER, "Pia"), url).status_code == 404
