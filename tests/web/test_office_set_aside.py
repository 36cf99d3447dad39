"""The office's page on which submitted marks are set aside, and what markers and moderators see of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking, SetAside
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
WHY = "Ben coached the author's colleague."


@pytest.fixture
def office() -> Client:
    return client_of(factories.member(Role.OFFICE, "Olu Office"))


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def marked(scripts: int = 1) -> Any:
    window = make.window()
    make.markers(2)
    for _ in range(scripts):
        make.sitting(window)
    make.mark_all(window)
    return window


def address(one: Marking) -> str:
    return f"/office/markings/{one.pk}/set-aside/"


def test_the_office_finds_submitted_marks_and_sets_them_aside(office: Client) -> None:
    window = marked()
    first = Marking.objects.select_related("marker", "script__sitting").get(position=1)
    page = f"/office/windows/{window.pk}/marking/"
    assert address(first) not in text_of(office.get(page))
    assert address(first) in text_of(office.get(page, {"show": "submitted"}))
    assert "The marks stop counting for good" in text_of(office.get(address(first)))
    empty = office.post(address(first), {"reason": " "})
    assert (empty.status_code, SetAside.objects.count()) == (422, 0)
    assert "Say why these marks are set aside." in text_of(empty)
    done = text_of(office.post(address(first), {"reason": WHY}, follow=True))
    assert f"The marks of {first.marker} for {first.script.sitting.code} are set aside." in done
    assert "Nobody else is free: add a marker, then allocate again." in done
    assert "1 script to allocate" in done
    listed = text_of(office.get(page, {"show": "aside"}))
    assert WHY.replace("'", "&#x27;") in listed
    assert office.get(address(first)).status_code == 404


def test_who_has_it_now_is_named(office: Client) -> None:
    marked()
    factories.member(Role.MARKER, "Bo Marker")
    first = Marking.objects.get(position=1)
    assert "Bo Marker has it now." in text_of(office.post(address(first), {"reason": WHY}, follow=True))


def test_no_link_and_no_way_after_the_sign_off(office: Client) -> None:
    window = marked()
    first = Marking.objects.get(position=1)
    make.moderated(window)
    page = office.get(f"/office/windows/{window.pk}/marking/", {"show": "submitted"})
    assert address(first) not in text_of(page)
    refused = office.post(address(first), {"reason": WHY})
    assert refused.status_code == 422
    assert "is signed off" in text_of(refused)


def test_open_marks_and_other_people_have_no_such_page(office: Client) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    marking.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    first = Marking.objects.select_related("marker").get(position=1)
    assert office.get(address(first)).status_code == 404
    make.submit(first)
    for role in (Role.MARKER, Role.MODERATOR, Role.AUTHOR):
        client = client_of(factories.member(role))
        assert client.get(address(first)).status_code == 404
        assert client.post(address(first), {"reason": WHY}).status_code == 404
    assert not SetAside.objects.exists()


def test_an_old_page_of_the_marker_says_what_became_of_the_marks(office: Client) -> None:
    marked()
    first = Marking.objects.select_related("marker", "script__sitting").get(position=1)
    office.post(address(first), {"reason": WHY})
    told = text_of(client_of(first.marker).get(f"/mark/{first.pk}/", follow=True))
    assert f"The programme office set your marks for {first.script.sitting.code} aside on" in told
    assert WHY not in told
    other = Marking.objects.select_related("marker").get(position=2)
    assert client_of(other.marker).get(f"/mark/{first.pk}/").status_code == 404


def test_the_moderator_waits_for_the_new_marks(office: Client) -> None:
    window = marked()
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=100)
    sampled = opened.sample.get()
    office.post(address(Marking.objects.get(position=1)), {"reason": WHY})
    client = client_of(chidi)
    assert "Being marked again" in text_of(client.get(f"/moderate/rounds/{opened.pk}/"))
    assert "waits for marks" in text_of(client.get(f"/moderate/scripts/{sampled.pk}/"))


@pytest.mark.parametrize("show", ["open", "submitted", "aside", "nonsense"])
def test_every_list_takes_the_same_queries_for_one_and_three(office: Client, show: str) -> None:
    counts = []
    window = make.window()
    make.markers(2)
    for number in (1, 2):
        for _ in range(number):
            make.sitting(window)
        make.mark_all(window)
        for one in Marking.objects.filter(position=1):
            office.post(address(one), {"reason": WHY})
        with CaptureQueriesContext(connection) as queries:
            assert office.get(f"/office/windows/{window.pk}/marking/", {"show": show}).status_code == 200
        counts.append(len(queries))
    assert SetAside.objects.count() == 3
    assert counts[0] == counts[1] <= 12
