"""Organisations: the office lists, adds, renames them, and says what each does here."""

from datetime import date

import pytest
from django.urls import reverse

from goldenthread.common.models import AuditEvent
from goldenthread.people import actions
from goldenthread.people.models import Organisation, Role
from goldenthread.web.office.queries import partners
from tests import factories
from tests.factories_web import Cast, cast, client_of, give, page, queries_of

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


def found(name: str) -> Organisation:
    return Organisation.objects.get(name=name)


def listed(people: Cast, **query: str) -> dict[str, int]:
    response = page(people.office, reverse("office:organisations"), **query)
    return {one.name: one.people for one in response.context["page"]}


def test_the_list_counts_people_once_and_is_narrowed_by_name_and_role(people: Cast) -> None:
    give(people.manager, found("Partner North"), Role.TUTOR)
    assert listed(people, role="delivery_partner") == {"Partner North": 1, "Partner South": 1}
    assert listed(people, q="north part") == {"Partner North": 1}
    assert (
        "No organisation fits"
        in page(people.office, reverse("office:organisations"), q="nothing").content.decode()
    )


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(people: Cast) -> None:
    url = reverse("office:organisations")
    one = queries_of(people.office, f"{url}?q=Partner+North")
    add(people, name="Partner East")
    assert queries_of(people.office, f"{url}?q=Partner") == one


def test_an_organisation_is_renamed_and_the_trail_keeps_both_names(people: Cast) -> None:
    north = found("Partner North")
    url = reverse("office:organisation", args=[north.pk])
    client = client_of(people.office)
    assert [client.post(url, {"name": "Partner of the North"}).status_code for _ in range(2)] == [302, 302]
    north.refresh_from_db()
    assert north.name == "Partner of the North"
    [event] = AuditEvent.objects.filter(verb="organisation.renamed")
    assert event.details == {"before": "Partner North", "after": "Partner of the North"}


@pytest.mark.parametrize("name", ["", "x" * 201, "nul\0l", "partner SOUTH"])
def test_a_name_that_does_not_do_comes_back(people: Cast, name: str) -> None:
    north = found("Partner North")
    answer = client_of(people.office).post(reverse("office:organisation", args=[north.pk]), {"name": name})
    assert answer.status_code == 422
    north.refresh_from_db()
    assert north.name == "Partner North"


def test_a_partner_whose_role_has_ended_is_not_offered_for_new_groups(people: Cast) -> None:
    north = found("Partner North")
    role = north.roles.get()
    url = reverse("office:organisation_role_end", args=[role.pk])
    client = client_of(people.office)
    assert client.post(url, {"on": "1999-01-01"}).status_code == 422
    assert [client.post(url, {"on": "2026-01-31"}).status_code for _ in range(2)] == [302, 302]
    assert (north.pk, north.name) in partners(on=date(2026, 1, 31))
    assert (north.pk, north.name) not in partners(on=date(2026, 2, 1))
    assert (north.pk, north.name) in partners()
    assert AuditEvent.objects.filter(verb="organisation.left_role").count() == 1


def test_a_further_role_is_given_from_the_page(people: Cast) -> None:
    north = found("Partner North")
    url = reverse("office:organisation_role", args=[north.pk])
    client = client_of(people.office)
    assert client.post(url, {"roles": ["university"]}).status_code == 302
    assert sorted(one.role for one in north.roles.all()) == ["delivery_partner", "university"]
    assert client.post(url, {"roles": ["king"]}).status_code == 422
    form = page(people.office, reverse("office:organisation", args=[north.pk])).context["give"]
    assert "university" not in [value for value, _ in form.fields["roles"].choices]


def test_a_second_lead_provider_is_asked_about_first(people: Cast) -> None:
    actions.ensure_provider(name="Hazel Grove", by=None, at=factories.AT)
    first = add(people, roles=["lead_provider", "hub"])
    text = first.content.decode()  # type: ignore[attr-defined]
    assert (first.status_code, "Hazel Grove is the lead provider here already" in text) == (422, True)  # type: ignore[attr-defined]
    assert "Yes, this organisation is a further lead provider" in text
    assert not Organisation.objects.filter(name="Severn Teaching Hub").exists()
    north = found("Partner North")
    url = reverse("office:organisation_role", args=[north.pk])
    assert client_of(people.office).post(url, {"roles": ["lead_provider"]}).status_code == 422
    assert add(people, roles=["lead_provider"], second_provider="on").status_code == 302  # type: ignore[attr-defined]


def test_the_only_lead_provider_stays_and_keeps_the_name_of_the_installation(people: Cast) -> None:
    one = actions.ensure_provider(name="Hazel Grove", by=None, at=factories.AT)
    client = client_of(people.office)
    ended = client.post(
        reverse("office:organisation_role_end", args=[one.roles.get().pk]), {"on": "2026-01-31"}
    )
    assert "is the only lead provider" in ended.content.decode()
    renamed = client.post(reverse("office:organisation", args=[one.pk]), {"name": "Other"})
    assert "GOLDENTHREAD_PROVIDER" in renamed.content.decode()


def test_nobody_else_sees_or_changes_one(people: Cast) -> None:
    north = found("Partner North")
    urls = [
        reverse("office:organisations"),
        reverse("office:organisation", args=[north.pk]),
        reverse("office:organisation_role_end", args=[north.roles.get().pk]),
    ]
    for user in people.everybody_but("office"):
        assert [page(user, url).status_code for url in urls] == [404, 404, 404], user
        posts = [*urls[1:], reverse("office:organisation_role", args=[north.pk])]
        sent = {"name": "Mine", "roles": ["hub"], "on": "2026-01-31"}
        assert [client_of(user).post(url, sent).status_code for url in posts] == [404, 404, 404], user


def test_nobody_else_adds_one(people: Cast) -> None:
    url = reverse("office:organisation_add")
    for user in people.everybody_but("office"):
        assert page(user, url).status_code == 404, user
        assert client_of(user).post(url, {"name": "Mine", "roles": ["hub"]}).status_code == 404
    assert not Organisation.objects.filter(name="Mine").exists()
