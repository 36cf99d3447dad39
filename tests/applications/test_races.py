"""Two at once: double clicks that arrive together, two deciders, the last place."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connections

from goldenthread.applications import actions
from goldenthread.applications.models import Application, Enrolment
from goldenthread.common.refused import Refused
from goldenthread.people.models import Role
from tests import factories
from tests.factories import AT
from tests.factories_applications import answers

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = AT.replace(month=6)


def together(*calls: Callable[[], object]) -> list[object]:
    """Start all calls at the same moment; returns their results or refusals."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[place] = call()
        except Exception as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_form_sent_four_times_at_once_is_one_application():
    intake, key = factories.intake(), uuid.uuid4()
    send = lambda: actions.submit(intake=intake, form_key=key, answers=answers(), at=OPEN)  # noqa: E731
    results = together(send, send, send, send)
    assert {getattr(one, "pk", one) for one in results} == {Application.objects.get().pk}


def test_two_forms_of_one_address_at_once_are_one_application_and_a_refusal():
    intake = factories.intake()
    send = lambda: actions.submit(intake=intake, form_key=uuid.uuid4(), answers=answers(), at=OPEN)  # noqa: E731
    results = together(send, send)
    assert sorted(type(one).__name__ for one in results) == ["Application", "Refused"]


def test_of_two_deciders_one_wins_and_the_other_hears_of_it():
    application = factories.application()
    olu, ola = factories.member(Role.OFFICE, "Olu Office"), factories.member(Role.OFFICE, "Ola Other")
    results = together(
        lambda: actions.accept(application=application, by=olu, at=AT),
        lambda: actions.decline(application=application, reason="No.", by=ola, at=AT),
    )
    refused = [one for one in results if isinstance(one, Refused)]
    assert len(refused) == 1
    assert "already" in refused[0].message


def test_the_last_place_is_given_once():
    intake = factories.intake(places=1)
    olu = factories.member(Role.OFFICE, "Olu Office")
    waiting = [factories.application(f"{name} X", to=intake) for name in ("Amara", "Bola", "Chidi")]
    results = together(*(lambda one=one: actions.accept(application=one, by=olu, at=AT) for one in waiting))
    assert Enrolment.objects.count() == 1
    assert sum(isinstance(one, Refused) for one in results) == 2


def test_a_form_that_became_an_application_while_it_was_looked_at_is_that_application(monkeypatch):
    intake, key = factories.intake(), uuid.uuid4()
    check, made = actions.check_open, []

    def check_while_the_other_click_arrives(**days):
        check(**days)
        if not made:
            made.append(None)
            made[0] = actions.submit(intake=intake, form_key=key, answers=answers(), at=OPEN)

    monkeypatch.setattr(actions, "check_open", check_while_the_other_click_arrives)
    second = actions.submit(intake=intake, form_key=key, answers=answers(), at=OPEN)
    assert second == made[0] == Application.objects.get()
