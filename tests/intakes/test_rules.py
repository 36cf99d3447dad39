"""When an intake takes applications, what it may be of, and what may be ruled for it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from goldenthread.common.refused import Refused, allows
from goldenthread.intakes import rules
from tests import shipped

CATALOGUE = shipped.catalogue()
LONDON = ZoneInfo("Europe/London")


def spec(key):
    return CATALOGUE.version(key).specification


def plan(starts_on, models=("blended",), **fields):
    days = {"opens_on": date(starts_on.year - 1, 6, 1), "closes_on": starts_on, "delivery_models": models}
    return rules.Plan(starts_on, **{**days, **fields})


def is_open(at, zone="Europe/London"):
    return allows(rules.check_open, opens_on=date(2018, 9, 1), closes_on=date(2018, 12, 7), zone=zone, at=at)


@pytest.mark.requirement("S1-38")
def test_the_form_closes_at_the_end_of_the_deadline_day():
    assert is_open(datetime(2018, 11, 20, 12, tzinfo=LONDON))
    assert is_open(datetime(2018, 12, 7, 23, 59, 59, tzinfo=LONDON))
    assert not is_open(datetime(2018, 12, 8, 0, 0, 0, tzinfo=LONDON))


def test_the_form_opens_with_the_first_instant_of_its_first_day():
    assert not is_open(datetime(2018, 8, 31, 23, 59, 59, tzinfo=LONDON))
    assert is_open(datetime(2018, 9, 1, tzinfo=LONDON))


def test_the_deadline_is_that_of_the_zone_of_the_intake():
    end = datetime(2018, 12, 7, 20, 0, tzinfo=UTC)  # midnight in Dubai
    assert not is_open(end, "Asia/Dubai")
    assert is_open(end, "Europe/London")


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 31), 23), (date(2024, 10, 27), 25)])
def test_the_last_day_may_have_23_or_25_hours(day, hours):
    length = rules.deadline(day, "Europe/London").astimezone(UTC) - rules.opening(
        day, "Europe/London"
    ).astimezone(UTC)
    assert length.total_seconds() == hours * 3600


def test_a_refusal_names_the_day_on_which_it_closed():
    with pytest.raises(Refused, match="7 December 2018"):
        rules.check_open(
            opens_on=date(2018, 9, 1),
            closes_on=date(2018, 12, 7),
            zone="Europe/London",
            at=datetime(2018, 12, 8, tzinfo=UTC),
        )


@pytest.mark.requirement("S3-34")
@pytest.mark.parametrize(
    ("day", "named_by", "name"),
    [
        (date(2018, 9, 3), "term", "Autumn 2018"),
        (date(2019, 1, 7), "term", "Spring 2019"),
        (date(2018, 9, 3), "month", "September 2018"),
        (date(2019, 1, 7), "month", "January 2019"),
        (date(2019, 5, 6), "term", "Summer 2019"),
    ],
)
def test_intakes_are_named_by_term_or_month(day, named_by, name):
    assert rules.intake_name(day, named_by) == name


@pytest.mark.requirement("S4-01")
def test_from_september_2021_intakes_are_of_reformed_versions_only():
    legacy = spec("npqsl-legacy-international")
    models = tuple(model.key for model in legacy.delivery_models)
    rules.check_new(legacy, plan(date(2021, 1, 11), models))
    with pytest.raises(Refused, match="newer version"):
        rules.check_new(legacy, plan(date(2021, 9, 6), models))
    rules.check_new(spec("npqsl-reformed-international"), plan(date(2021, 9, 6)))


def test_a_reformed_version_takes_no_intake_before_it_is_in_effect():
    with pytest.raises(Refused, match="1 September 2021"):
        rules.check_new(spec("npqlt-reformed-international"), plan(date(2021, 8, 31)))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"opens_on": date(2024, 9, 1), "closes_on": date(2024, 8, 1)}, "applications_close_on"),
        ({"closes_on": date(2024, 9, 3)}, "applications_close_on"),
        ({"places": 0}, "places"),
        ({"event_mode": "by post"}, "event_mode"),
        ({"delivery_models": ()}, "delivery_models"),
        ({"delivery_models": ("blended", "by-post")}, "delivery_models"),
    ],
)
def test_an_impossible_intake_is_refused_at_its_field(fields, field):
    with pytest.raises(Refused) as refusal:
        rules.check_new(spec("npqlt-reformed-international"), plan(date(2024, 9, 2), **fields))
    assert refusal.value.field == field


def test_word_limits_may_be_ruled_among_the_values_of_the_sources_only():
    leadership = spec("npqh-reformed-international")
    given = {"rule": "assessment.max_words", "reason": "The slide on the case study is the later one."}
    assert rules.check_ruling(leadership, value=2500, **given).value == 2500
    assert rules.check_ruling(leadership, value=1500, **given).value == 1500
    with pytest.raises(Refused, match=r"1500.*2500|2500.*1500"):
        rules.check_ruling(leadership, value=2000, **given)


def test_a_ruling_needs_a_reason_and_a_rule_that_exists():
    leadership = spec("npqh-reformed-international")
    with pytest.raises(Refused, match="why"):
        rules.check_ruling(leadership, rule="assessment.max_words", value=2500, reason=" ")
    for rule in ("assessment.colour", "__class__", "purpose", "assessment.tasks.9.max_words", "", "stages.0"):
        with pytest.raises(Refused, match="not something"):
            rules.check_ruling(leadership, rule=rule, value=1, reason="Because.")
