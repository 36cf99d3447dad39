"""Organisations: the office adds one, then the people who work for it."""

import pytest
from django.urls import reverse

from goldenthread.people.models import Organisation
from goldenthread.web.office.queries import partners
from tests.factories_web import Cast, cast, client_of, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def add(people: Cast, **fields: object) -> object:
    said = {"name": "Severn Teaching Hub", "roles": ["delivery_partner", "hub"], **fields}
    return client_of(people.office).post(reverse("office:organisation_add"), said)


def test_an_organisation_is_added_with_its_roles_and_leads_to_its_first_person(people: Cast) -> None:
    response = add(people)
    made = Organisation.objects.get(name="Severn Teaching Hub")
    assert sorted(one.role for one in made.roles.all()) == ["delivery_partner", "hub"]
    assert (made.pk, made.name) in partners()
    form = page(people.office, response["Location"]).context["form"]  # type: ignore[index]
    assert form["organisation"].value() == "Severn Teaching Hub"


def test_sent_twice_it_is_one_organisation(people: Cast) -> None:
    add(people)
    add(people, roles=["delivery_partner", "university"])
    made = Organisation.objects.get(name="Severn Teaching Hub")
    assert sorted(one.role for one in made.roles.all()) == ["delivery_partner", "hub", "university"]


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "x" * 5000}, {"name": "nul\0l"}, {"roles": []}, {"roles": ["king"]}]
)
def test_a_wrong_form_comes_back_and_nothing_is_added(people: Cast, fields: dict[str, object]) -> None:
    before = Organisation.objects.count()
    assert add(people, **fields).status_code == 422  # type: ignore[attr-defined]
    assert Organisation.objects.count() == before


def test_nobody_else_adds_one(people: Cast) -> None:
    url = reverse("office:organisation_add")
    for user in people.everybody_but("office"):
        assert page(user, url).status_code == 404, user
        assert client_of(user).post(url, {"name": "Mine", "roles": ["hub"]}).status_code == 404
    assert not Organisation.objects.filter(name="Mine").exists()
