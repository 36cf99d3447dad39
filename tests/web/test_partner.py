"""What a delivery partner sees: its own groups, people, events and counts, and nobody else's."""

from datetime import timedelta

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.events.models import EventDay
from goldenthread.groups.models import Group, GroupPlace
from tests import factories
from tests.factories_web import Cast, cast, group, join, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def names(user: object, **query: str) -> list[str]:
    response = page(user, reverse("partner:people"), **query)  # type: ignore[arg-type]
    assert response.status_code == 200
    return [line.enrolment.user.name for line in response.context["lines"]]


def group_of(enrolment: Enrolment) -> Group:
    return GroupPlace.objects.get(enrolment=enrolment, until__isnull=True).group


@pytest.mark.requirement("S4-09")
def test_a_partner_sees_its_own_people_only_and_the_provider_everybody(people: Cast) -> None:
    assert names(people.manager) == ["Amara Applicant"]
    assert names(people.other_manager) == ["Bilal Baker"]
    response = page(people.office, reverse("office:enrolments"))
    assert [row["enrolment"].user.name for row in response.context["rows"]] == [
        "Amara Applicant",
        "Bilal Baker",
    ]


@pytest.mark.requirement("S4-09")
def test_counts_hold_nobody_elses_people_either(people: Cast) -> None:
    context = page(people.manager, reverse("partner:home")).context
    assert context["total"] == 1
    assert sum(stage["count"] for stage in context["stages"]) == 1
    assert [(one.name, one.people) for one, _ in context["groups"]] == [("North 1", 1)]
    page_ = page(people.manager, reverse("partner:people")).context["page"]
    assert page_.paginator.count == 1


def test_a_person_of_another_partner_in_my_group_is_not_counted_as_mine(people: Cast) -> None:
    GroupPlace.objects.filter(enrolment=people.bilal).update(group=group_of(people.amara))
    context = page(people.manager, reverse("partner:home")).context
    assert [(one.name, one.people) for one, _ in context["groups"]] == [("North 1", 1)]
    lines = page(people.manager, reverse("partner:group", args=[group_of(people.amara).pk])).context["lines"]
    assert [line.enrolment.user.name for line in lines] == ["Amara Applicant"]


def test_without_a_named_partner_the_group_decides_and_only_the_current_one(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.amara.pk).update(partner=None)
    assert names(people.manager) == ["Amara Applicant"]
    GroupPlace.objects.filter(enrolment=people.amara).update(until=factories.AT)
    assert names(people.manager) == []
    join(people.amara, group_of(people.bilal))
    assert names(people.other_manager) == ["Amara Applicant", "Bilal Baker"]


def test_groups_and_persons_of_others_do_not_exist(people: Cast) -> None:
    urls = [
        reverse("partner:group", args=[group_of(people.amara).pk]),
        reverse("partner:person", args=[people.amara.reference]),
    ]
    assert [page(people.manager, url).status_code for url in urls] == [200, 200]
    for user in people.everybody_but("manager"):
        assert [page(user, url).status_code for url in urls] == [404, 404], user
    for user in people.everybody_but("manager", "other_manager"):
        assert page(user, reverse("partner:home")).status_code == 404, user
        assert page(user, reverse("partner:people")).status_code == 404, user


def test_the_next_events_are_those_of_my_groups(people: Cast) -> None:
    at = page(people.office, "/office/").context["at"]
    for enrolment, title in ((people.amara, "Mine"), (people.bilal, "Theirs")):
        starts = at + timedelta(days=3)
        EventDay.objects.create(
            group=group_of(enrolment), activity_key="event-1", title=title, mode="in_person", venue="Hall",
            starts_at=starts, ends_at=starts + timedelta(hours=7), minutes=360,
        )  # fmt: skip
    context = page(people.manager, reverse("partner:home")).context
    assert [event.title for event in context["events"]] == ["Mine"]
    line = page(people.manager, reverse("partner:people")).context["lines"][0]
    assert line.dates[0]["label"] == "Mine"
    assert not any(need.startswith("Cover for the event") for need in line.needs)
    needs = page(people.head, reverse("school:home")).context["lines"][0].needs
    assert any(need.startswith("Cover for the event") for need in needs)


def test_the_list_is_searched_by_name_and_stage(people: Cast) -> None:
    assert names(people.manager, q="ama") == ["Amara Applicant"]
    assert names(people.manager, q="bilal") == []
    assert names(people.manager, stage="induction") == ["Amara Applicant"]
    assert names(people.manager, stage="awarded") == []
    assert names(people.manager, stage="nonsense", page="99999999999") == ["Amara Applicant"]


def test_the_pages_take_the_same_queries_for_one_and_three_rows(people: Cast) -> None:
    urls = [
        reverse("partner:home"),
        reverse("partner:people"),
        reverse("partner:group", args=[group_of(people.amara).pk]),
        reverse("partner:person", args=[people.amara.reference]),
    ]
    few = [queries_of(people.manager, url) for url in urls]
    north = people.amara.partner
    assert north is not None
    for number, name in enumerate(("Two Second", "Three Third")):
        made = factories.enrolment(name)
        Enrolment.objects.filter(pk=made.pk).update(partner=north)
        join(made, group_of(people.amara))
        group(north, f"North {number + 2}")
    assert [queries_of(people.manager, url) for url in urls] == few
    assert max(few) <= 12
