"""A group: the office makes it, staffs it, fills it, sets its days and moves one."""

import uuid
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.events.models import EventDay
from goldenthread.events.rules import suggested_days
from goldenthread.groups.models import Group
from goldenthread.people.models import Role
from tests import factories
from tests import factories_teaching as teaching
from tests.factories_web import cast, client_of, page, partner, queries_of

pytestmark = pytest.mark.django_db
VENUE = "Hillside School, Bristol"


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


@pytest.fixture
def group() -> Group:
    return teaching.group(capacity=2)


def at(group, verb=""):
    return f"/office/groups/{group.pk}/{verb}"


def new(intake):
    return f"/office/intakes/{intake.pk}/groups/new/"


def filled(**fields):
    return {
        "name": "Bristol B",
        "capacity": "30",
        "venue": VENUE,
        "zone": "Europe/London",
        "form_key": str(uuid.uuid4()),
        **fields,
    }


def schedule(days=teaching.DAYS, **fields):
    dates = {f"day_{n}": str(day) for n, day in enumerate(days, start=1)}
    starts = {f"start_{n}": "09:00" for n in range(1, len(days) + 1)}
    return {**dates, **starts, "mode": "in_person", "venue": VENUE, **fields}


def errors(response, name):
    return response.context[name].errors


# --- who may ---------------------------------------------------------------------------------------------
def test_for_everybody_outside_the_office_there_is_no_such_page(catalogue) -> None:
    people = cast()
    group = teaching.group()
    femi = teaching.staffed(group)
    day, member = teaching.days(group)[0], group.staff.get()
    move = f"/office/groups/days/{day.pk}/"
    posts = [at(group, verb) for verb in ("change/", "staff/", "place/", "move/", "days/event/")]
    posts += [move, f"/office/groups/staff/{member.pk}/end/"]
    for user in [*people.everybody_but("office"), femi]:
        assert [page(user, url).status_code for url in (at(group), move)] == [404, 404], user
        assert [client_of(user).post(url, {}).status_code for url in posts] == [404] * 7, user
    assert page(people.office, at(group)).status_code == page(people.office, move).status_code == 200
    member.refresh_from_db()
    assert member.until is None


def test_what_is_not_there_is_not_found(office) -> None:
    assert [office.get(f"/office/groups/{part}/").status_code for part in ("0", "days/0", "9" * 30)] == [
        404
    ] * 3
    assert office.post("/office/groups/staff/0/end/").status_code == 404


# --- making and changing one ---------------------------------------------------------------------------------
def test_a_group_is_made_once_however_often_it_is_sent(office) -> None:
    intake, sent = factories.intake(zone="Asia/Dubai"), filled(zone="Asia/Bangkok")
    assert office.get(new(intake)).context["form"]["zone"].value() == "Asia/Dubai"
    first, second = office.post(new(intake), sent), office.post(new(intake), sent)
    made = Group.objects.get()
    assert first["Location"] == second["Location"] == at(made)
    assert (made.name, made.zone, made.capacity) == ("Bristol B", "Asia/Bangkok", 30)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "Bristol A"}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 5000}, "name"),
        ({"name": "nul\0l"}, "name"),
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "9" * 40}, "capacity"),
        ({"join_link": "javascript:alert(1)"}, "join_link"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"partner": "0"}, "partner"),
        ({"form_key": "x"}, "form_key"),
    ],
)
def test_a_refusal_stands_at_its_field_and_the_page_is_filled_in_again(office, fields, field, group) -> None:
    response = office.post(new(group.intake), filled(**fields))
    assert response.status_code == 422
    assert field in errors(response, "form")
    assert response.context["form"]["venue"].value() == VENUE
    assert Group.objects.get() == group


def test_without_any_delivery_partner_the_form_says_where_partners_come_from(office) -> None:
    url = new(factories.intake())
    add = reverse("office:organisation_add")
    said = f'Organisations with that role are offered here: <a href="{add}">'
    assert said in office.get(url).content.decode()
    partner("Partner North")
    shown = office.get(url).content.decode()
    assert "Partner North" in shown
    assert said not in shown


def test_capacity_and_place_change_but_not_below_who_is_there(office, group) -> None:
    for name in ("Amara A", "Bola B"):
        teaching.placed(factories.enrolment(name, to=group.intake), group)
    response = office.post(at(group, "change/"), {"capacity": "1", "venue": "Town Hall"})
    assert "2 people have a place" in str(errors(response, "change")["capacity"])
    assert office.post(at(group, "change/"), {"capacity": "20", "venue": "Town Hall"}).status_code == 302
    group.refresh_from_db()
    assert (group.capacity, group.venue, group.join_link) == (20, "Town Hall", "")


# --- staff -------------------------------------------------------------------------------------------------
def test_staff_are_people_who_hold_the_role_and_may_be_removed(office, group) -> None:
    femi, dot = factories.member(Role.FACILITATOR, "Femi Facilitator"), factories.user("Dot Stranger")
    refused = [f"tutor:{femi.pk}", f"facilitator:{dot.pk}", "facilitator:", "\0", "x" * 9000, ""]
    for person in refused:
        assert office.post(at(group, "staff/"), {"person": person}).status_code == 422, person
    for _ in range(2):
        assert office.post(at(group, "staff/"), {"person": f"facilitator:{femi.pk}"}).status_code == 302
    member = group.staff.get()
    assert (member.user, member.role) == (femi, "facilitator")
    assert "Femi Facilitator, facilitator" in office.get(at(group)).content.decode()
    for _ in range(2):
        assert office.post(f"/office/groups/staff/{member.pk}/end/").status_code == 302
    assert office.get(at(group)).context["staff"] == []


# --- people ------------------------------------------------------------------------------------------------
def test_people_without_a_group_are_placed_here(office, group) -> None:
    amara = factories.enrolment(to=group.intake)
    assert office.get(at(group)).context["unplaced"] == [amara]
    sent = {"people": [amara.pk], "group": group.pk}
    assert office.post(at(group, "place/"), sent).status_code == 302
    assert office.get(at(group)).context["members"] == [amara]


def test_people_move_to_another_group_that_has_room(office, group) -> None:
    amara, bola = (
        teaching.placed(factories.enrolment(n, to=group.intake), group) for n in ("Amara A", "Bola B")
    )
    small = teaching.group("Leeds", of=group.intake, capacity=1)
    assert "Leeds (0 of 1 places taken)" in office.get(at(group)).content.decode()
    response = office.post(at(group, "move/"), {"people": [amara.pk, bola.pk], "group": small.pk})
    assert response.status_code == 422
    assert "1 place is left, but 2 people" in str(errors(response, "move")["group"])
    for _ in range(2):
        assert office.post(at(group, "move/"), {"people": [bola.pk], "group": small.pk}).status_code == 302
    assert bola.group_places.get(until=None).group == small
    assert amara.group_places.get(until=None).group == group
    assert bola.group_places.count() == 2


def test_nobody_moves_to_a_group_of_another_intake_or_to_none(office, group) -> None:
    amara = teaching.placed(factories.enrolment(to=group.intake), group)
    other = teaching.group(of=factories.intake("npqh-reformed-international"))
    for target in (other.pk, group.pk, "", "x"):
        assert office.post(at(group, "move/"), {"people": [amara.pk], "group": target}).status_code == 422


# --- days --------------------------------------------------------------------------------------------------
def test_tuesdays_are_suggested_evenly_over_the_development_stage(office, group) -> None:
    form = office.get(at(group)).context["programmes"][0]["form"]
    days = [row["day"].value() for row in form.rows]
    assert len(days) == 3
    assert {day.weekday() for day in days} == {1}
    assert days == sorted(days)
    assert days[0] > group.intake.starts_on + timedelta(days=28)
    assert (form["mode"].value(), form["venue"].value()) == ("in_person", VENUE)


def test_suggestions_never_fall_on_the_same_day() -> None:
    days = suggested_days(date(2025, 1, 1), date(2025, 1, 20), 6)
    assert [later - day for day, later in pairwise(days)] == [timedelta(days=7)] * 5
    assert suggested_days(date(2025, 1, 1), date(2025, 12, 31), 0) == []


@pytest.mark.requirement("S0-44")
@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Bangkok"])
def test_days_are_set_on_the_clock_of_the_group_and_stand_in_plans(office, zone) -> None:
    group = teaching.group(zone=zone)
    amara = teaching.placed(factories.enrolment(to=group.intake), group)
    for _ in range(2):
        assert office.post(at(group, "days/event/"), schedule()).status_code == 302
    days = list(group.days.order_by("starts_at"))
    assert [day.starts_at for day in days] == [
        datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(zone)) for day in teaching.DAYS
    ]
    assert amara.plan.get(key="events-3").due_on == teaching.DAYS[2]
    assert office.get(at(group)).context["programmes"][0]["form"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"day_2": "2024-12-02"}, "__all__"),
        ({"day_2": ""}, "day_2"),
        ({"day_2": "0001-01-01"}, "day_2"),
        ({"start_2": "25:00"}, "start_2"),
        ({"day_2": "2025-03-30", "start_2": "01:30"}, "__all__"),
        ({"venue": ""}, "venue"),
        ({"venue": "x" * 5000}, "venue"),
        ({"mode": "virtual"}, "join_link"),
        ({"mode": "flying"}, "mode"),
    ],
)
def test_days_that_can_not_be_are_refused_and_filled_in_again(office, fields, field) -> None:
    group = teaching.group(venue="", join_link="")
    response = office.post(at(group, "days/event/"), schedule(**fields))
    assert response.status_code == 422
    form = response.context["programmes"][0]["form"]
    assert field in form.errors
    assert form["day_1"].value() == "2024-12-02"
    assert not EventDay.objects.exists()


def test_what_is_left_empty_is_the_groups_own_place(office, group) -> None:
    office.post(at(group, "days/event/"), schedule(venue=""))
    assert {day.venue for day in group.days.all()} == {VENUE}


def test_days_that_a_colleague_set_first_are_not_overwritten(office, group) -> None:
    teaching.days(group)
    later = [day + timedelta(days=7) for day in teaching.DAYS]
    response = office.post(at(group, "days/event/"), schedule(later), follow=True)
    assert "set already" in response.content.decode()
    assert group.days.order_by("starts_at")[0].starts_at.date() == teaching.DAYS[0]
    assert office.post(at(group, "days/dance/"), schedule()).status_code == 404


def test_a_version_with_briefings_has_them_scheduled_too(office) -> None:
    intake = factories.intake("npqsl-legacy-international", starts_on=date(2021, 1, 11))
    group = teaching.group(of=intake)
    events, briefings = office.get(at(group)).context["programmes"]
    assert (events["set"].name, briefings["set"].name) == ("Events", "Online briefings")
    assert briefings["form"]["mode"].value() == "virtual"
    count = len(briefings["set"].items)
    days = [date(2021, 3, 2) + timedelta(days=7 * n) for n in range(count)]
    sent = schedule(days, mode="virtual", join_link="https://meet.example.org/a")
    assert office.post(at(group, "days/briefing/"), sent).status_code == 302
    assert group.days.count() == count


@pytest.mark.requirement("S0-45")
def test_a_single_day_moves_and_plans_follow(office, group) -> None:
    amara = teaching.placed(factories.enrolment(to=group.intake), group)
    day = teaching.days(group)[1]
    url = f"/office/groups/days/{day.pk}/"
    assert office.get(url).context["form"]["day"].value() == teaching.DAYS[1]
    response = office.post(url, {"day": "2025-03-11", "start": "10:30", "venue": ""})
    assert "venue" in errors(response, "form")
    response = office.post(url, {"day": "2025-03-30", "start": "01:30", "venue": VENUE})
    assert "clocks go forward" in str(errors(response, "form")["start"])
    response = office.post(url, {"day": "2025-03-11", "start": "10:30", "venue": "Town Hall"})
    assert response["Location"] == at(group)
    day.refresh_from_db()
    assert (day.venue, day.starts_at) == (
        "Town Hall",
        datetime(2025, 3, 11, 10, 30, tzinfo=ZoneInfo("Europe/London")),
    )
    assert amara.plan.get(key="events-2").due_on == date(2025, 3, 11)


def test_a_day_with_a_register_stays(office, group) -> None:
    amara, femi = teaching.placed(factories.enrolment(to=group.intake), group), teaching.staffed(group)
    day = teaching.days(group)[0]
    teaching.attended(day, amara, femi)
    url = f"/office/groups/days/{day.pk}/"
    assert "has a register" in office.get(url).content.decode()
    response = office.post(url, {"day": "2025-01-14", "start": "10:30", "venue": VENUE})
    assert response.status_code == 422
    assert "has a register" in str(errors(response, "form"))


def test_the_page_takes_the_same_queries_for_one_and_three_people(catalogue, group) -> None:
    user = factories.member(Role.OFFICE)
    teaching.placed(factories.enrolment(to=group.intake), group)
    one = queries_of(user, at(group))
    Group.objects.update(capacity=10)
    for name in ("Bola B", "Chen C"):
        teaching.placed(factories.enrolment(name, to=group.intake), group)
        teaching.staffed(group, "tutor", f"Tutor {name}")
        factories.enrolment(f"New {name}", to=group.intake)
        teaching.group(f"Group {name}", of=group.intake)
    teaching.days(group)
    assert queries_of(user, at(group)) == one <= 12
