"""A number that a browser sends is a number, or nothing: no sign that looks like one ends in an error page."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver

from goldenthread.marking import actions
from goldenthread.marking.handing_models import HandedBack
from goldenthread.people.models import Role
from goldenthread.web.office.forms_integrity import TogetherForm
from goldenthread.web.shared.numbers import number_of
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of

HOSTILE = ["²", "١", "", " 1", "-1", "1.5", "1e3", "x", "٣" * 3, "9" * 40, "½", "1\x00", "Ⅳ"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), (12, 12), (None, None)],
)
def test_a_number_is_read(text: Any, number: int | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", HOSTILE)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert number_of(text) is None


def test_a_field_may_take_fewer_digits() -> None:
    assert (number_of("9999", digits=4), number_of("10000", digits=4)) == (9999, None)


def _addresses(patterns: Any, so_far: str = "/") -> Iterator[str]:
    """Every address of ours that holds a number and nothing else, with one that no database takes."""
    for one in patterns:
        path = so_far + str(one.pattern).removeprefix("^")
        if hasattr(one, "url_patterns"):
            yield from _addresses(one.url_patterns, path)
        elif "<int:" in path and "<" not in (filled := re.sub(r"<int:\w+>", "9" * 20, path)):
            yield filled


@pytest.mark.django_db
def test_a_number_in_an_address_that_no_database_takes_is_no_page() -> None:
    ben, office = make.markers(1)[0], factories.member(Role.OFFICE, "Olu Office")
    addresses = sorted(set(_addresses(get_resolver().url_patterns)))
    assert len(addresses) > 50
    assert f"/mark/{'9' * 20}/" in addresses
    for user in (ben, office):
        client = client_of(user)
        client.raise_request_exception = False
        wrong = [(path, code) for path in addresses if (code := client.get(path).status_code) != 404]
        assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_no_form_of_a_marker_or_the_office_breaks_on_it(text: str) -> None:
    window = make.window()
    ben, *_ = make.markers(3)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    marker, office = client_of(ben), client_of(window.created_by)
    sent = {"which": "some", "scripts": [text], "reason": "Ill."}
    assert marker.post("/mark/hand-back/", sent).status_code == 422
    assert not HandedBack.objects.exists()
    for step in ("back", "unname"):
        answer = marker.post("/mark/availability/", {"step": step, "number": text})
        assert answer.status_code in (302, 422)
    for page in (f"markers/{ben.pk}/", "standardisation/"):
        address = f"/office/windows/{window.pk}/marking/{page}"
        for step in ("back", "remove"):
            assert office.post(address, {"step": step, "number": text}).status_code < 500
    seen = TogetherForm({"seen": f"3,{text},5"})
    seen.is_valid()
    assert seen.cleaned_data.get("seen", [3, 5]) == [3, 5]
