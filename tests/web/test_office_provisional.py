"""Between the sign-off of a moderation and the release of its results no page of the office puts marks to a name."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.urls.converters import IntConverter, UUIDConverter

from goldenthread.assessment.models import Sitting, Window
from goldenthread.awards import actions as awards
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.models import Outcome
from goldenthread.web.office import urls
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]  # walks every page of the office
NAMES = ("Amara Applicant", "Bilal Baker")
MARKS = "15.5"  # the mean of the two markings: on no page by accident
TOLD = (MARKS, "case study earned", "Not passed", "not passed")


def signed_off() -> Window:
    """A moderated window with provisional outcomes: Amara would pass, Bilal would not."""
    window = make.window(factories.intake())
    make.markers(2)
    for name, minutes in zip(NAMES, (3996, 3990), strict=True):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, minutes)
        make.sitting(window, person)
    marking.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    for one in Marking.objects.select_related("marker"):
        make.submit(one, make.FAIR if one.position == 1 else make.marks(4, 3, 3, 3, 3))
    make.moderated(window)
    outcomes.compute(window=window, at=make.CLOSED)
    return window


def values_of(sitting: Sitting) -> dict[str, Any]:
    """A value for each parameter of the office's addresses, all of one person and their window.

    0 where a page shows neither; a new parameter has to be put here, so that nobody forgets to ask.
    """
    person = sitting.enrolment
    return {
        "reference": person.reference,
        "window_id": sitting.window_id,
        "sitting_id": sitting.pk,
        "marking_id": Marking.objects.filter(script__sitting=sitting)[0].pk,
        "entry_id": person.ledger.all()[0].pk,
        "intake_id": person.intake_id,
        "key": person.version.key,
        "case_id": sitting.window.case_study_id,
        "message_id": 0,
        "outcome_id": Outcome.objects.get(enrolment=person).pk,
        "code": "NPQLT-2025-3333-3333-33",
        "membership_id": 0,
        "group_id": 0,
        "member_id": 0,
        "organisation_id": 0,
        "role_id": 0,
        "day_id": 0,
        "kind": "event",
        "rule": "assessment.max_words",
    }


NOTHING = {IntConverter: 0, UUIDConverter: uuid.UUID(int=0)}  # what nothing bears


def named(patterns: list[Any]) -> Iterator[Any]:
    """The addresses of a list, those of the lists in it too."""
    for pattern in patterns:
        yield from named(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern]


def pages(sitting: Sitting) -> dict[str, str]:
    """Every page of the office that there is for a person and their window, by address."""
    known, client = values_of(sitting), client_of(sitting.window.created_by)
    found: dict[str, str] = {}
    for pattern in named(urls.urlpatterns):
        given = {
            name: known.get(name, NOTHING.get(type(kind), "nothing"))
            for name, kind in pattern.pattern.converters.items()
        }
        if str(pattern.name).startswith("application") and given:
            given["reference"] = sitting.enrolment.application.reference
        path = reverse(f"office:{pattern.name}", kwargs=given)
        for address in (path, f"{path}?show=held_back", f"{path}?state=all", f"{path}?show=reached"):
            answer = client.get(address)
            if answer.status_code == 200:
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                found[address] = body.decode(errors="replace")
    return found


@pytest.mark.requirement("S1-32")
@pytest.mark.alike
def test_no_page_of_the_office_shows_marks_or_a_result_beside_a_name_before_the_release() -> None:
    window = signed_off()
    assert Outcome.objects.filter(released_at__isnull=True).count() == len(NAMES)
    for sitting in window.sittings.select_related("enrolment__user", "window__created_by"):
        found, name = pages(sitting), sitting.enrolment.user.name
        named = {address: text for address, text in found.items() if name in text}
        for expected in ("person", "enrolments", "window", "enrolments_export", "correct"):
            assert any(path_named(expected, sitting) == address for address in named), expected
        told = [(address, word) for address, text in named.items() for word in TOLD if word in text]
        assert told == []
        # A code is not linked to a name either, else the board by code would be a board by name.
        assert [address for address, text in named.items() if sitting.code in text] == []
        board = found[reverse("office:outcomes", args=[window.pk])]
        assert (sitting.code in board, MARKS in board) == (True, True)


def path_named(name: str, sitting: Sitting) -> str:
    known = values_of(sitting)
    pattern = next(one for one in named(urls.urlpatterns) if one.name == name)
    return reverse(f"office:{name}", kwargs={key: known[key] for key in pattern.pattern.converters})


def test_after_the_release_the_persons_page_shows_the_result() -> None:
    window = signed_off()
    sitting = window.sittings.select_related("enrolment__user", "window__created_by").order_by("pk")[0]
    page = path_named("person", sitting)
    client = client_of(window.created_by)
    assert "No result is released yet" in client.get(page).content.decode()
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    text = client.get(page).content.decode()
    assert (MARKS in text, "No result is released yet" in text) == (True, False)
