"""What counts as a name, an address, a postcode; how far two places are apart."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.people import rules


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("St Paul's Cathedral School", "st pauls cathedral school"),
        ("Ynys Môn", "ynys mon"),
        ("ÉCOLE  d’Été", "ecole dete"),
        ("100%_safe; DROP TABLE", "100 safe drop table"),
        ("مدرسة النور", "مدرسة النور"),
        ("😀\0😀", ""),
    ],
)
def test_names_are_compared_without_accents_case_and_punctuation(text, form):
    assert rules.search_form(text) == form


@given(st.text())
def test_the_search_form_holds_no_sign_with_a_meaning_in_a_pattern(text):
    form = rules.search_form(text)
    assert not set(form) & set("%_\\\0'\"")
    assert rules.search_form(form) == form


def test_six_digits_are_a_urn():
    assert rules.read_search(" 100000 ") == rules.Sought(urn=100000)


@pytest.mark.parametrize("text", ["bs1 5jd", "BS15JD", " Bs1  5Jd "])
def test_a_postcode_is_known_however_it_is_written(text):
    assert rules.read_search(text) == rules.Sought(postcode="BS15JD")


def test_the_first_half_of_a_postcode_is_a_district_and_may_be_a_word():
    assert rules.read_search("NW1") == rules.Sought(district="NW1", words=("nw1",))


@pytest.mark.parametrize("text", ["", "   ", "%", "___", "\0", "🙂"])
def test_nothing_is_sought_where_no_letter_is(text):
    assert rules.read_search(text) == rules.Sought()


def test_ten_megabytes_are_read_no_further_than_a_name_can_be():
    sought = rules.read_search("school " * 1_500_000)
    assert sum(map(len, sought.words)) <= rules.LONGEST_SEARCH


@pytest.mark.parametrize("digits", ["١٢٣٤٥٦", "12345", "1234567"])
def test_only_six_plain_digits_are_a_urn(digits):
    assert rules.read_search(digits).urn is None


@pytest.mark.requirement("S2-06")
@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "km"),
    [
        ("Bath", 51.3811, -2.3590, 18),
        ("Exeter", 50.7184, -3.5339, 105),
        ("Birmingham", 52.4862, -1.8904, 124),
    ],
)
def test_distances_from_bristol(place, latitude, longitude, km):
    assert round(rules.distance_km(51.4545, -2.5879, latitude, longitude)) == km


def test_the_far_side_of_the_world_is_half_its_girth():
    assert round(rules.distance_km(0, 0, 0, 180)) == 20015


@pytest.mark.parametrize(
    "email",
    ["", "amara", "a@b", "a b@example.org", "a@example..org", "a@x.org\n", "<a@x.org>", "x" * 300 + "@x.org"],
)
def test_what_is_no_address_is_refused_at_its_field(email):
    if email == "a@x.org\n":
        assert rules.check_email(email) == "a@x.org"
        return
    with pytest.raises(Refused) as refusal:
        rules.check_email(email)
    assert refusal.value.field == "email"


def test_names_of_every_script_are_welcome_and_kept_in_one_line():
    assert rules.check_name("  Zoë\n Ångström\0 李 ") == "Zoë Ångström 李"


@pytest.mark.parametrize("name", ["", " \n\t", "\0", "x" * 201])
def test_an_empty_or_endless_name_is_refused(name):
    with pytest.raises(Refused):
        rules.check_name(name)


def test_a_zone_that_nobody_keeps_is_refused():
    rules.check_zone("Asia/Dubai")
    with pytest.raises(Refused, match="time zone"):
        rules.check_zone("../../etc/passwd")


def test_a_role_may_end_on_the_day_it_starts_but_not_before():
    rules.check_period(date(2024, 9, 1), date(2024, 9, 1))
    with pytest.raises(Refused):
        rules.check_period(date(2024, 9, 1), date(2024, 8, 31))
