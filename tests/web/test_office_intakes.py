"""Intakes: the office opens one, sees who stands where, and gives people a group and a coach."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.coaching import actions as coaching
from goldenthread.intakes.models import Intake
from goldenthread.learning.models import Module
from goldenthread.people.models import Role
from goldenthread.web.office.grouping import state_of, suggested_start
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT, NPQLT
from tests.factories_web import Cast, cast, client_of, page, queries_of

pytestmark = pytest.mark.django_db
LIST = "/office/intakes/"
LONG_AGO = {
    "starts_on": "2011-01-10",
    "applications_open_on": "2010-09-01",
    "applications_close_on": "2010-12-01",
}
NEW = f"/office/intakes/new/?version={NPQLT}"


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


def filled(**fields):
    return {
        "starts_on": "2027-01-11",
        "applications_open_on": "2026-09-01",
        "applications_close_on": "2026-12-18",
        "places": "60",
        "zone": "Europe/London",
        "delivery_models": [one.key for one in factories.version().specification.delivery_models],
        "event_mode": "in_person",
        **fields,
    }


def at(intake, verb=""):
    return f"{LIST}{intake.pk}/{verb}"


def errors(response, name):
    return response.context[name].errors


# --- who may ---------------------------------------------------------------------------------------------
def test_for_everybody_outside_the_office_there_is_no_such_page(catalogue) -> None:
    people: Cast = cast()
    intake = factories.intake()
    gets = [LIST, "/office/intakes/new/", NEW, at(intake), at(intake, "groups/new/")]
    posts = [NEW, at(intake, "place/"), at(intake, "pair/"), at(intake, "groups/new/")]
    for user in people.everybody_but("office"):
        assert [page(user, url).status_code for url in gets] == [404] * 5, user
        assert [client_of(user).post(url, filled()).status_code for url in posts] == [404] * 4, user
    assert [page(people.office, url).status_code for url in gets] == [200] * 5
    assert Intake.objects.count() == 1


@pytest.mark.parametrize("number", [0, 10**30])
def test_an_intake_that_is_not_there_is_not_found(office, number) -> None:
    assert office.get(f"{LIST}{number}/").status_code == 404


# --- the list ----------------------------------------------------------------------------------------------
def test_the_empty_list_says_what_to_do_first(office) -> None:
    assert "Open the first intake" in office.get(LIST).content.decode()


def test_the_list_counts_places_and_stages_and_narrows_by_programme(office) -> None:
    intake = factories.intake(places=60)
    factories.intake("npqh-reformed-international")
    gone = factories.enrolment("Gone G", to=intake)
    factories.enrolment("Amara A", to=intake)
    factories.application("Bola B", to=intake)
    gone.withdrawn_at = AT
    gone.save()

    lines = office.get(LIST, {"programme": "NPQLT"}).context["lines"]

    assert [line.intake for line in lines] == [intake]
    assert (lines[0].taken, lines[0].waiting, lines[0].counts[0]) == (1, 1, ("Induction", "induction", 1))
    assert len(office.get(LIST).context["lines"]) == 2
    assert "has no intake" in office.get(LIST, {"programme": "NPQEL"}).content.decode()


@pytest.mark.parametrize("query", [{"page": "9" * 40}, {"programme": "\0"}, {"programme": "x" * 5000}])
def test_nonsense_in_the_address_breaks_nothing(office, query) -> None:
    factories.intake()
    assert len(office.get(LIST, query).context["lines"]) == 1


@pytest.mark.parametrize(
    ("on", "stages", "state"),
    [
        (date(2024, 5, 24), {}, "Opens later"),
        (date(2024, 5, 26), {}, "Open for applications"),
        (date(2024, 8, 23), {}, "Open for applications"),
        (date(2024, 8, 25), {}, "Applications closed"),
        (date(2024, 9, 2), {}, "Running"),
        (date(2026, 9, 2), {"assessment": 1, "awarded": 3}, "Running"),
        (date(2025, 6, 2), {"awarded": 3}, "Finished"),
        (date(2025, 9, 2), {}, "Finished"),
    ],
)
def test_an_intake_is_open_then_running_then_finished(on, stages, state) -> None:
    moment = AT.replace(year=on.year, month=on.month, day=on.day)
    assert state_of(factories.intake(), months=12, stages=stages, at=moment)[1] == state


def test_a_start_is_suggested_that_leaves_two_months() -> None:
    assert suggested_start(date(2026, 10, 1)) == date(2027, 1, 4)
    assert suggested_start(date(2026, 11, 15)) == date(2027, 9, 6)
    assert suggested_start(date(2026, 12, 31)) == date(2027, 9, 6)


def test_the_list_takes_the_same_queries_for_one_and_three_rows(catalogue) -> None:
    user = factories.member(Role.OFFICE)
    factories.intake()
    one = queries_of(user, LIST)
    for months in (4, 8):
        factories.enrolment(to=factories.intake(starts_on=factories.START + timedelta(days=30 * months)))
    assert queries_of(user, LIST) == one <= 12


# --- opening one -------------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-38")
def test_an_intake_is_opened_with_its_content(office) -> None:
    response = office.post(NEW, filled())
    intake = Intake.objects.get()
    assert response["Location"] == at(intake)
    assert (intake.name, intake.places, intake.starts_on) == ("January 2027", 60, date(2027, 1, 11))
    assert Module.objects.filter(version=intake.version).exists()


def test_sent_twice_it_is_one_intake(office) -> None:
    office.post(NEW, filled())
    assert office.post(NEW, filled()).status_code == 302
    assert Intake.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (LONG_AGO, "starts_on"),
        ({"applications_open_on": "2026-12-19"}, "applications_close_on"),
        ({"applications_close_on": "2027-01-12"}, "applications_close_on"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"places": "0"}, "places"),
        ({"places": "9" * 50}, "places"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"delivery_models": ["flying"]}, "delivery_models"),
        ({"delivery_models": []}, "delivery_models"),
        ({"event_mode": "\0"}, "event_mode"),
    ],
)
def test_a_refusal_stands_at_its_field_and_the_page_is_filled_in_again(office, fields, field) -> None:
    response = office.post(NEW, filled(**fields))
    assert response.status_code == 422
    assert field in errors(response, "form")
    assert response.context["form"]["places"].value() == fields.get("places", "60")
    assert not Intake.objects.exists()
    assert not Module.objects.exists()


def test_a_second_intake_on_the_same_day_is_refused(office) -> None:
    office.post(NEW, filled())
    response = office.post(NEW, filled(places="30"))
    assert "starts_on" in errors(response, "form")


def test_first_the_version_is_asked(office) -> None:
    factories.version()
    assert "Continue" in office.get("/office/intakes/new/").content.decode()
    assert office.get("/office/intakes/new/?version=nothing").status_code == 200
    assert office.post("/office/intakes/new/", filled()).context["version"] is None


# --- one intake --------------------------------------------------------------------------------------------
@pytest.fixture
def amara():
    return factories.enrolment()


@pytest.fixture
def group(amara):
    return teaching.group(of=amara.intake, capacity=2)


def test_the_page_shows_rulings_groups_and_who_still_needs_one(office, amara, group) -> None:
    sl = factories.intake("npqsl-reformed-international")
    text = office.get(at(sl)).content.decode()
    assert reverse("office:ruling", args=[sl.version.key, sl.pk, "assessment.max_words"]) in text
    response = office.get(at(amara.intake))
    assert response.context["unplaced"] == response.context["uncoached"] == [amara]
    assert "0 of 2" in response.content.decode()


SPECIALIST = ["Mon 2 Sep 2024", "Tue 2 Sep 2025", "Tue 2 Dec 2025", "Tue 2 Sep 2025", "Tue 2 Dec 2025"]
LEADERSHIP = ["Mon 2 Sep 2024", "Mon 2 Mar 2026", "Tue 2 Jun 2026", "Mon 2 Mar 2026", "Tue 2 Jun 2026"]
NAMES = ["Starts", "Development ends", "Summative stage ends at the latest",
         "Window opens at the earliest", "Window closes at the latest"]  # fmt: skip


def dates_on(response) -> dict[str, str]:
    found = re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", response.content.decode(), re.DOTALL)
    wanted = {*NAMES, "Last day of a moderated pass"}
    return {name: re.sub(r"<[^>]+>", "", text).strip() for name, text in found if name in wanted}


@pytest.mark.requirement("S0-32", "S0-34")
@pytest.mark.parametrize(
    ("code", "starts_on", "days"),
    [
        ("lt", date(2024, 9, 2), SPECIALIST),
        ("ltd", date(2024, 9, 2), SPECIALIST),
        ("lbc", date(2024, 9, 2), SPECIALIST),
        ("sl", date(2024, 9, 2), LEADERSHIP),
        ("h", date(2024, 9, 2), LEADERSHIP),
        ("el", date(2024, 9, 2), LEADERSHIP),
        ("lt", date(2024, 11, 30),
         ["Sat 30 Nov 2024", "Sun 30 Nov 2025", "Sat 28 Feb 2026", "Sun 30 Nov 2025", "Sat 28 Feb 2026"]),
    ],
)  # fmt: skip
def test_the_page_shows_when_both_stages_end_and_says_what_is_derived(office, code, starts_on, days) -> None:
    made = factories.intake(f"npq{code}-reformed-international", starts_on=starts_on)
    shown = dates_on(office.get(at(made)))
    derived = " (derived; no source states it)" if days == LEADERSHIP else ""
    days = [*days[:3], *(day + derived for day in days[3:])]
    assert shown == dict(zip(NAMES, days, strict=True))


@pytest.mark.requirement("S0-32")
def test_a_length_that_the_specification_derives_says_so_at_each_day_that_rests_on_it(office) -> None:
    version = factories.revision(
        duration_months={"value": 14, "source": "000:106", "derived": True},
        summative_months={"value": 2, "source": "000:149"},
    )
    shown = dates_on(office.get(at(factories.intake(version.key))))
    assert shown["Development ends"] == "Sun 2 Nov 2025 (derived; no source states it)"
    assert shown["Summative stage ends at the latest"] == "Fri 2 Jan 2026 (derived; no source states it)"
    assert shown["Window opens at the earliest"] == "Tue 2 Sep 2025"


def test_where_no_source_gives_a_length_no_day_is_made_up(office) -> None:
    shown = dates_on(office.get(at(factories.intake("npqlt-reformed-england"))))
    assert [shown[name].startswith("Not known") for name in NAMES[1:]] == [True] * 4
    legacy = factories.intake("npqsl-legacy-international", starts_on=date(2019, 1, 14))
    assert dates_on(office.get(at(legacy))) == {
        "Starts": "Mon 14 Jan 2019",
        "Last day of a moderated pass": "Tue 14 Jul 2020",
    }


def test_people_are_placed_together_with_the_groups_dates(office, amara, group) -> None:
    bola = factories.enrolment("Bola B", to=amara.intake)
    teaching.days(group)
    response = office.post(at(amara.intake, "place/"), {"people": [amara.pk, bola.pk], "group": group.pk})
    assert response.status_code == 302
    assert group.places.count() == 2
    assert amara.plan.get(key="events-1").due_on == teaching.DAYS[0]
    assert office.get(at(amara.intake)).context["unplaced"] == []


def test_everybody_who_was_listed_is_placed_at_once(office, amara, group) -> None:
    late = factories.enrolment("Late L", to=amara.intake)
    sent = {"listed": [amara.pk], "everybody": "yes", "group": group.pk}
    office.post(at(amara.intake, "place/"), sent)
    assert [place.enrolment for place in group.places.all()] == [amara]
    assert office.get(at(amara.intake)).context["unplaced"] == [late]


def test_placing_twice_is_harmless(office, amara, group) -> None:
    for _ in range(2):
        sent = {"people": [amara.pk], "group": group.pk}
        assert office.post(at(amara.intake, "place/"), sent).status_code == 302
    assert amara.group_places.count() == 1


def test_who_got_a_place_elsewhere_meanwhile_is_not_moved_silently(office, amara, group) -> None:
    teaching.placed(amara, teaching.group("Leeds", of=amara.intake))
    response = office.post(at(amara.intake, "place/"), {"people": [amara.pk], "group": group.pk})
    assert response.status_code == 422
    assert "a place in Leeds meanwhile" in str(errors(response, "place"))
    assert amara.group_places.get(until=None).group.name == "Leeds"


def test_a_group_without_room_for_all_takes_nobody(office, amara, group) -> None:
    others = [factories.enrolment(f"{name} X", to=amara.intake) for name in ("Bola", "Chen")]
    ticked = [str(one.pk) for one in (amara, *others)]
    response = office.post(at(amara.intake, "place/"), {"people": ticked, "group": group.pk})
    assert response.status_code == 422
    assert "2 places are left, but 3 people" in str(errors(response, "place")["group"])
    assert response.context["place"].ticked == {int(pk) for pk in ticked}
    assert not group.places.exists()


@pytest.mark.parametrize(
    "sent",
    [{}, {"people": ["x", "\0", "-1", "9" * 30]}, {"people": ["10000000000"]}, {"everybody": "yes"}],
)
def test_nobody_ticked_or_nonsense_is_refused(office, amara, group, sent) -> None:
    for verb, field in (("place/", "group"), ("pair/", "coach")):
        assert office.post(at(amara.intake, verb), {field: "1", **sent}).status_code == 422
    assert not group.places.exists()


def test_people_of_another_intake_are_not_placed_here(office, amara, group) -> None:
    other = factories.intake("npqh-reformed-international")
    stranger = factories.enrolment("Sam S", to=other, delivery_model="standard")
    response = office.post(at(amara.intake, "place/"), {"people": [stranger.pk], "group": group.pk})
    assert response.status_code == 422
    assert not stranger.group_places.exists()


def test_people_are_paired_with_somebody_who_holds_the_role_of_coach(office, amara) -> None:
    cora, dot = factories.member(Role.COACH, "Cora Coach"), factories.user("Dot Stranger")
    assert office.post(at(amara.intake, "pair/"), {"people": [amara.pk], "coach": dot.pk}).status_code == 422
    for _ in range(2):
        sent = {"people": [amara.pk], "coach": cora.pk}
        assert office.post(at(amara.intake, "pair/"), sent).status_code == 302
    assert [one.coach for one in amara.pairings.all()] == [cora]


def test_a_coach_somebody_got_meanwhile_stays_and_nobody_coaches_themselves(office, amara) -> None:
    cora, other = factories.member(Role.COACH, "Cora Coach"), factories.member(Role.COACH, "Cole Coach")
    coaching.pair(enrolment=amara, coach=other, by=None, at=AT)
    response = office.post(at(amara.intake, "pair/"), {"people": [amara.pk], "coach": cora.pk})
    assert "has got Cole Coach as coach" in str(errors(response, "pair"))
    bola = factories.enrolment("Bola B", to=amara.intake)
    bola.user.memberships.create(
        organisation=factories.organisation(), role=Role.COACH, starts_on=date(2018, 1, 1)
    )
    response = office.post(at(amara.intake, "pair/"), {"people": [bola.pk], "coach": bola.user.pk})
    assert "their own coach" in str(errors(response, "pair")["coach"])


def test_namesakes_among_coaches_are_told_apart(office, amara) -> None:
    one = factories.member(Role.COACH, "Cora Coach")
    factories.member(Role.COACH, "Cora Coach")
    assert f"Cora Coach ({one.email})" in office.get(at(amara.intake)).content.decode()


def test_the_page_takes_the_same_queries_for_one_and_three_people(catalogue, amara, group) -> None:
    user = factories.member(Role.OFFICE)
    one = queries_of(user, at(amara.intake))
    for name in ("Bola B", "Chen C"):
        teaching.group(name, of=amara.intake)
        factories.enrolment(name, to=amara.intake)
        factories.member(Role.COACH, f"Coach {name}")
    assert queries_of(user, at(amara.intake)) == one <= 12


def test_an_accepted_application_leads_to_the_groups_of_its_intake(office, amara) -> None:
    text = office.get(reverse("office:application", args=[amara.application.reference])).content.decode()
    assert f"{at(amara.intake)}#unplaced" in text
