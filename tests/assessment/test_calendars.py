"""School calendars: bank holidays by rule, what the office may keep, and what pages say of one that can't be used."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from goldenthread.assessment.actions import hand_in_days, project
from goldenthread.assessment.project_calendars import calendar_of
from goldenthread.assessment.project_models import PlacementDay, ProjectLink, SchoolCalendar
from goldenthread.assessment.rules.bank_holidays import bank_holidays, easter_sunday
from goldenthread.assessment.rules.calendars import (
    DEFAULT,
    ENGLISH,
    USUAL,
    Calendar,
    LoggedDay,
    check_calendar,
    check_placement_days,
    covered_terms,
    in_break,
    is_working_day,
)
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_projects as make
from tests.web.test_office_projects import go, office
from tests.web.test_participant_projects import answer, page, send, sent, signed_in

SPRING = {"name": "spring", "first": "01-05", "last": "03-25"}
SUMMER = {"name": "summer", "first": "04-20", "last": "07-05"}
AS_PUBLISHED = {  # by the government's own list
    2017: "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2018: "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26",
    2019: "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2029: "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26",
    2030: "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26",
}


def of(*terms: dict[str, str], holidays: tuple[Any, ...] = ()) -> Calendar:
    return Calendar(name="a school's own", terms=terms, holidays=holidays)


def fault(calendar: Calendar) -> Refused:
    with pytest.raises(Refused) as caught:
        check_calendar(calendar)
    return caught.value


# --- bank holidays (S3-27) -----------------------------------------------------------------------------
@pytest.mark.parametrize("year", sorted(AS_PUBLISHED))
def test_the_bank_holidays_of_england_as_they_are_published(year: int) -> None:
    found = [day.strftime("%m-%d") for day in sorted(bank_holidays(year))]
    assert found == AS_PUBLISHED[year].split()


@pytest.mark.parametrize(
    ("country", "year", "published"),
    [
        ("Scotland", 2019, "01-01 01-02 04-19 05-06 05-27 08-05 12-02 12-25 12-26"),
        ("Scotland", 2020, "01-01 01-02 04-10 05-08 05-25 08-03 11-30 12-25 12-28"),
        ("Scotland", 2021, "01-01 01-04 04-02 05-03 05-31 08-02 11-30 12-27 12-28"),
        ("Scotland", 2022, "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"),
        ("Scotland", 2023, "01-02 01-03 04-07 05-01 05-08 05-29 08-07 11-30 12-25 12-26"),
        ("Scotland", 2024, "01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26"),
        ("Scotland", 2025, "01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26"),
        ("Scotland", 2026, "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28"),
        ("Northern Ireland", 2019, "01-01 03-18 04-19 04-22 05-06 05-27 07-12 08-26 12-25 12-26"),
        ("Northern Ireland", 2020, "01-01 03-17 04-10 04-13 05-08 05-25 07-13 08-31 12-25 12-28"),
        ("Northern Ireland", 2021, "01-01 03-17 04-02 04-05 05-03 05-31 07-12 08-30 12-27 12-28"),
        ("Northern Ireland", 2022, "01-03 03-17 04-15 04-18 05-02 06-02 06-03 07-12 08-29 09-19 12-26 12-27"),
        ("Northern Ireland", 2024, "01-01 03-18 03-29 04-01 05-06 05-27 07-12 08-26 12-25 12-26"),
        ("Northern Ireland", 2025, "01-01 03-17 04-18 04-21 05-05 05-26 07-14 08-25 12-25 12-26"),
        ("Wales", 2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
    ],
)
def test_the_bank_holidays_of_the_other_countries_as_they_are_published(
    country: str, year: int, published: str
) -> None:
    assert [day.strftime("%m-%d") for day in sorted(bank_holidays(year, country))] == published.split()


@pytest.mark.requirement("S3-27")
@pytest.mark.parametrize(
    ("country", "on", "works", "doubtful"),
    [
        ("England", date(2019, 2, 20), True, True),  # half-term
        ("England", date(2019, 2, 11), True, False),
        ("England", date(2026, 10, 28), True, True),
        ("England", date(2026, 11, 2), True, False),
        ("England", date(2022, 6, 1), True, True),
        ("England", date(2025, 4, 8), True, True),  # a late Easter, two weeks before
        ("England", date(2025, 4, 28), True, False),
        ("England", date(2024, 4, 10), True, True),  # an early one, two weeks after
        ("England", date(2024, 3, 20), True, False),
        ("England", date(2023, 4, 14), True, True),
        ("England", date(2023, 4, 17), True, False),
        ("England", date(2024, 4, 1), False, False),  # Easter Monday
        ("Wales", date(2024, 5, 28), True, True),
        ("Scotland", date(2024, 4, 1), True, True),  # no bank holiday there, but a week of Easter
        ("Scotland", date(2024, 8, 20), True, False),  # schools have begun again
        ("Scotland", date(2024, 7, 1), True, True),
        ("Scotland", date(2024, 12, 2), False, False),  # for St Andrew's Day, a Saturday
        ("Scotland", date(2024, 10, 16), True, True),
        ("Scotland", date(2024, 5, 28), True, False),
        ("Northern Ireland", date(2024, 5, 28), True, False),
        ("Northern Ireland", date(2024, 7, 12), False, False),
        ("Northern Ireland", date(2024, 7, 11), True, True),
        ("Northern Ireland", date(2024, 10, 31), True, True),
        ("Northern Ireland", date(2024, 3, 18), False, False),
    ],
)
def test_usual_school_holidays_by_country(country: str, on: date, works: bool, doubtful: bool) -> None:
    assert (is_working_day(USUAL[country], on), in_break(USUAL[country], on)) == (works, doubtful)


@pytest.mark.parametrize(
    "sunday", [date(1818, 3, 22), date(1943, 4, 25), date(2000, 4, 23), date(2008, 3, 23), date(2038, 4, 25)]
)
def test_easter_on_its_earliest_and_latest_days(sunday: date) -> None:
    assert easter_sunday(sunday.year) == sunday


@pytest.mark.requirement("S3-27")
@pytest.mark.parametrize(
    ("on", "works", "doubtful"),
    [
        (date(2019, 4, 19), False, False),  # Good Friday
        (date(2019, 4, 22), False, False),
        (date(2019, 5, 6), False, False),
        (date(2020, 5, 4), True, False),  # the holiday moved to the eighth
        (date(2019, 8, 14), True, True),
        (date(2019, 8, 26), False, False),
        (date(2019, 12, 27), True, True),
        (date(2019, 5, 14), True, False),
    ],
)
def test_working_days_of_schools_in_england_without_their_own_calendar(
    on: date, works: bool, doubtful: bool
) -> None:
    assert (is_working_day(ENGLISH, on), in_break(ENGLISH, on)) == (works, doubtful)


def test_nine_days_of_which_one_is_a_bank_holiday_are_eight() -> None:
    days = [LoggedDay(date(2019, 4, 29) + timedelta(days=n)) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10)]
    with pytest.raises(Refused) as caught:
        check_placement_days(ENGLISH, days, least=9)
    assert caught.value.message.startswith("8 of 9 days")
    assert "Mon 6 May 2019 is no working day there" in caught.value.message
    check_placement_days(DEFAULT, days, least=9)  # abroad it is a day as any other


@pytest.mark.django_db
def test_the_bank_holidays_are_those_of_the_country_of_a_school() -> None:
    england, wales = factories.school("Hillside"), factories.school("Bryn", country="Wales")
    scotland, ireland = (
        factories.school("Glen", country="Scotland"),
        factories.school("Lough", country="Northern Ireland"),
    )
    oman = factories.school("Gulf", country="Oman")
    assert [calendar_of(one) for one in (england, oman)] == [ENGLISH, DEFAULT]
    assert [calendar_of(one).country for one in (wales, scotland, ireland)] == [
        "Wales",
        "Scotland",
        "Northern Ireland",
    ]
    assert calendar_of(None, market="England") == ENGLISH  # a school that the register doesn't have
    assert calendar_of(None, market="international") == DEFAULT
    own = of(SPRING)
    said = {"by": make.office(), "at": make.BEGIN}
    hand_in_days.set_calendar(school=england, region="", calendar=own, **said)
    assert is_working_day(calendar_of(england), date(2019, 5, 6))  # its own calendar says all there is


@pytest.mark.django_db
def test_the_log_flags_usual_school_holidays_to_candidate_and_host() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    for on in (date(2019, 5, 6), date(2019, 8, 1), date(2019, 5, 14)):
        project.log_day(enrolment=amara, task="task-2", on=on, by=amara.user, at=make.SUMMER)
    client = signed_in(amara.user)
    text = page(client, "project_days", "task-2")
    assert text.count("No working day there") == 1
    assert text.count("Usual school holidays: not confirmed") == 1
    assert "2 of 9" in text
    link: ProjectLink = sent(amara, "task-2", "host")
    asked = answer(link, 200)
    assert "Thu 1 Aug 2019: usual school holidays, so tick it only if your school worked" in asked
    assert "Mon 6 May 2019: no working day by the calendar that we know" in asked
    answer(link, 302, days="2019-08-01", contrast="yes")
    assert "Usual school holidays" not in page(client, "project_days", "task-2")
    send(client, "project_days", "task-2", status=422, on="0001-05-14")  # a slip of the pen is refused
    made = {"on": date(1, 5, 14), "logged_at": make.SUMMER}  # and one from before it was locks no page
    PlacementDay.objects.create(placement=PlacementDay.objects.earliest("pk").placement, **made)
    page(client, "project_days", "task-2")


@pytest.mark.django_db
def test_a_school_that_the_register_does_not_have_is_where_the_market_of_the_version_is() -> None:
    amara = make.candidate(make.NPQH)  # for England, from a school outside the register
    for task in ("task-1", "task-2"):
        make.opened(amara, task)
    said = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER}
    project.save_placement(
        **said, school=None, school_text="Seaside School", dimensions=["size"], statement="x"
    )
    project.log_day(**said, on=date(2019, 5, 6))
    client = signed_in(amara.user)
    assert "No working day there" in page(client, "project_days", "task-2")
    assert "with the bank holidays of England" in page(client, "project_plan", "task-1")
    bea = make.candidate(name="Bea Abroad")  # of the international version
    make.opened(bea)
    assert "by the usual calendar of three terms." in page(signed_in(bea.user), "project_plan", "project")


# --- what the office may keep (S1-29) --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("calendar", "code"),
    [
        (of({"name": "a", "first": "2019-01-07", "last": "04-05"}), "calendar.half_year"),
        (of({"name": "a", "first": "01-07", "last": "2019-04-05"}), "calendar.half_year"),
        (of(SPRING, holidays=({"first": "05-27", "last": "2019-05-31"},)), "calendar.half_year"),
        (of(SPRING, {"name": "half of it", "first": "01-05", "last": "02-15"}), "calendar.overlap"),
        (of(SPRING, {"name": "dated", "first": "2031-03-25", "last": "2031-06-01"}), "calendar.overlap"),
        (
            of({"name": "a", "first": "11-01", "last": "02-10"}, SPRING),
            "calendar.overlap",
        ),  # over the new year
        (of(SPRING, holidays=("02-30",)), "calendar.day"),
        (of({"name": "a", "first": "2019-02-29", "last": "2019-04-05"}), "calendar.day"),
    ],
)
def test_a_calendar_that_would_lock_or_count_twice_is_refused(calendar: Calendar, code: str) -> None:
    assert fault(calendar).code == code


@pytest.mark.parametrize(
    "calendar",
    [
        of(SPRING, SUMMER),
        of(SPRING, {"name": "next day", "first": "03-26", "last": "07-05"}),
        of({"name": "dated", "first": "2019-01-07", "last": "2019-04-05"}, SUMMER),
        of({"name": "over the new year", "first": "11-01", "last": "01-04"}, SPRING),
        of({"name": "leap", "first": "2020-01-07", "last": "2020-02-29"}),
        DEFAULT,
        ENGLISH,
        *USUAL.values(),
    ],
)
def test_calendars_that_may_be_kept(calendar: Calendar) -> None:
    check_calendar(calendar)


def test_29_february_is_the_28th_in_other_years() -> None:
    calendar = of({"name": "a", "first": "01-05", "last": "02-29"}, SUMMER, holidays=("02-29",))
    check_calendar(calendar)
    assert len(covered_terms(calendar, date(2019, 1, 1), date(2019, 7, 7))) == 2
    assert len(covered_terms(calendar, date(2019, 1, 5), date(2019, 2, 28))) == 1
    for year in (2019, 2020):  # of 55 days and of 56: 41 are too few, 42 are enough
        assert len(covered_terms(calendar, date(year, 1, 5), date(year, 2, 14))) == 0
        assert len(covered_terms(calendar, date(year, 1, 5), date(year, 2, 15))) == 1
    assert [
        term.last.day
        for term in covered_terms(calendar, date(2019, 1, 1), date(2020, 3, 1))
        if term.name == "a"
    ] == [28, 29]
    assert [is_working_day(calendar, date(2019, 2, day)) for day in (27, 28)] == [True, False]
    assert [is_working_day(calendar, date(2024, 2, day)) for day in (28, 29)] == [True, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ("spring, 2019-01-07 to 04-05", "has no year"),
        ("spring, 01-05 to 03-29\nhalf of it, 01-05 to 02-15", "overlap"),
    ],
)
def test_the_offices_page_refuses_a_faulty_calendar_in_words(terms: str, told: str) -> None:
    school = factories.school("Hillside School")
    fields = {"terms": terms, "weekend": ["5", "6"], "half_days": "half", "school": str(school.urn)}
    assert told in go(office(), "office:calendars", status=422, **fields)
    assert not SchoolCalendar.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "terms",
    [
        [{"name": "spring", "first": "2019-01-07", "last": "04-05"}, SUMMER],
        [SPRING, {"name": "half of it", "first": "01-05", "last": "02-15"}],
        [{"name": "spring", "first": "01-05", "last": "02-30"}],
    ],
)
def test_a_faulty_calendar_from_before_locks_no_page_and_says_who_mends_it(
    terms: list[dict[str, str]],
) -> None:
    home, seaside = factories.school("Hillside School"), factories.school("Seaside School")
    amara = make.candidate(make.NPQH, school=home)
    make.planned(
        amara, "task-1", plan=replace(make.PLAN, aims=("Progress rises",), starts_on=date(2018, 12, 1))
    )
    make.boarded(amara, "task-1", "home")
    make.days(amara.intake, "task-1")
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2", seaside)
    project.log_day(enrolment=amara, task="task-2", on=date(2019, 5, 7), by=amara.user, at=make.SUMMER)
    for school in (home, seaside):
        kept = {"terms": terms, "weekend": [5, 6], "changed_by": make.office(), "changed_at": make.BEGIN}
        SchoolCalendar.objects.create(school=school, **kept)
    client = signed_in(amara.user)
    places = [
        ("project", "task-1"),
        ("project_plan", "task-1"),
        ("project", "task-2"),
        ("project_days", "task-2"),
    ]
    for name, task in places:
        text = page(client, name, task)
        assert "There is a fault in a school calendar" in text, name
        assert "The programme office mends it" in text
    assert "The calendar of Seaside School: " in page(client, "project_days", "task-2")
    page(client, "project_account", "task-1")
    assert "Not used: enter it anew" in go(office(), "office:calendars")
    assert make.hand_in(amara, "task-1").number == 1  # by the default meanwhile
    said = {"by": make.office(), "at": make.SUMMER}
    hand_in_days.set_calendar(school=home, region="", calendar=of(SPRING, SUMMER), **said)
    assert "There is a fault" not in page(client, "project", "task-1")
