"""People with roles: the office gives and ends them."""

from datetime import date

import pytest
from django.urls import reverse

from goldenthread.common.models import OutboxMessage
from goldenthread.people.models import Membership, Organisation, Role, User
from tests import factories
from tests.factories_web import Cast, cast, client_of, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def filled(**fields: str) -> dict[str, str]:
    return {
        "name": "Nia New",
        "email": "nia@example.org",
        "role": "facilitator",
        "organisation": "Partner North",
        "starts_on": "2026-01-05",
        **fields,
    }


def add(people: Cast, **fields: str) -> object:
    return client_of(people.office).post(reverse("office:staff_add"), filled(**fields))


def test_the_list_shows_roles_by_organisation(people: Cast) -> None:
    response = page(people.office, reverse("office:staff"), q="pia")
    assert [(one.user.name, one.role) for one in response.context["page"]] == [
        ("Pia Partner", "partner_manager")
    ]
    response = page(people.office, reverse("office:staff"), role="head_teacher")
    assert [one.user.name for one in response.context["page"]] == ["Hana Head", "Hugo Head"]


def test_nobody_else_sees_or_changes_roles(people: Cast) -> None:
    held = Membership.objects.get(user=people.manager)
    urls = [reverse("office:staff"), reverse("office:staff_add"), reverse("office:staff_end", args=[held.pk])]
    for user in people.everybody_but("office"):
        assert [page(user, url).status_code for url in urls] == [404, 404, 404], user
        assert client_of(user).post(urls[1], filled()).status_code == 404
        assert client_of(user).post(urls[2], {"on": "2026-01-31"}).status_code == 404
    assert not User.objects.filter(email="nia@example.org").exists()


def test_a_person_is_added_with_an_account_a_role_and_a_mail(people: Cast) -> None:
    assert add(people).status_code == 302  # type: ignore[attr-defined]
    held = Membership.objects.get(user__email="nia@example.org")
    assert (held.role, held.organisation.name, held.starts_on) == (
        "facilitator",
        "Partner North",
        date(2026, 1, 5),
    )
    assert OutboxMessage.objects.get(recipient="nia@example.org").payload["template"] == "role_given"
    preview = page(
        people.office, reverse("office:message", args=[OutboxMessage.objects.latest("pk").pk])
    ).context["preview"]
    assert preview.subject == "Your role at Partner North: facilitator"


@pytest.mark.parametrize("role", Role.values)
def test_the_mail_says_what_the_role_does_and_where_to_begin(people: Cast, role: str) -> None:
    add(people, role=role)
    message = OutboxMessage.objects.get(recipient="nia@example.org")
    preview = page(people.office, reverse("office:message", args=[message.pk])).context["preview"]
    for text in (preview.text, preview.html_text):
        assert "Begin with" in " ".join(text.split())


def test_another_person_is_added_at_the_same_place_in_the_same_role(people: Cast) -> None:
    response = add(people, role="tutor", another="yes")
    assert Membership.objects.filter(user__email="nia@example.org", role="tutor").exists()
    form = page(people.office, response["Location"]).context["form"]  # type: ignore[index]
    assert [form[name].value() for name in ("organisation", "role", "name")] == [
        "Partner North",
        "tutor",
        None,
    ]


def test_sent_twice_it_is_one_role_and_one_mail(people: Cast) -> None:
    add(people)
    add(people)
    assert Membership.objects.filter(user__email="nia@example.org").count() == 1
    assert OutboxMessage.objects.filter(recipient="nia@example.org").count() == 1


def test_a_school_becomes_an_organisation_when_somebody_gets_a_role_there(people: Cast) -> None:
    school = factories.school("Riverside Academy", search_name=" riverside academy")
    response = add(people, organisation=str(school.urn), role="head_teacher")
    assert response.status_code == 302  # type: ignore[attr-defined]
    assert Organisation.objects.get(school=school).name == "Riverside Academy"


def test_a_name_that_fits_several_asks_which_one(people: Cast) -> None:
    response = add(people, organisation="partner")
    assert response.status_code == 422  # type: ignore[attr-defined]
    text = response.content.decode()  # type: ignore[attr-defined]
    assert "choose one" in text
    assert "Partner South" in text
    south = Organisation.objects.get(name="Partner South")
    assert add(people, organisation="partner", place=f"organisation:{south.pk}").status_code == 302  # type: ignore[attr-defined]
    assert Membership.objects.get(user__email="nia@example.org").organisation == south


@pytest.mark.parametrize(
    "fields",
    [
        {"organisation": "No Such Place At All"},
        {"organisation": "nul\0l"},
        {"email": "nobody"},
        {"role": "king"},
        {"name": ""},
        {"name": "x" * 5000},
        {"starts_on": "soon"},
        {"organisation": "partner", "place": "organisation:0"},
        {"organisation": "partner", "place": "x"},
    ],
)
def test_a_wrong_form_comes_back_and_nobody_is_added(people: Cast, fields: dict[str, str]) -> None:
    assert add(people, **fields).status_code == 422  # type: ignore[attr-defined]
    assert not User.objects.filter(email="nia@example.org").exists()


def test_a_role_ends_with_its_last_day(people: Cast) -> None:
    held = Membership.objects.get(user=people.manager)
    url = reverse("office:staff_end", args=[held.pk])
    assert client_of(people.office).post(url, {"on": "2017-01-01"}).status_code == 422
    assert client_of(people.office).post(url, {"on": "2026-01-31"}).status_code == 302
    held.refresh_from_db()
    assert held.ends_on == date(2026, 1, 31)
    assert page(people.manager, reverse("partner:home")).status_code == 404


def test_nobody_ends_their_own_role_in_the_office(people: Cast) -> None:
    held = Membership.objects.get(user=people.office)
    response = client_of(people.office).post(
        reverse("office:staff_end", args=[held.pk]), {"on": "2026-01-31"}
    )
    assert response.status_code == 422
    held.refresh_from_db()
    assert held.ends_on is None


def test_the_list_takes_the_same_queries_for_one_and_three_rows(db: None) -> None:
    office = factories.member(Role.OFFICE)
    one = queries_of(office, reverse("office:staff"))
    factories.member(Role.COACH, of=factories.organisation("Another"))
    factories.member(Role.TUTOR, of=factories.organisation("A third"))
    assert queries_of(office, reverse("office:staff")) == one <= 12
