"""The schools and postcodes that ship, and finding a school from one box."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.people import postcodes, queries, schools
from goldenthread.people.models import Postcode, School
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(db):
    schools.load_sample(AT)


def names(text, **kwargs):
    return [found.school.name for found in queries.find_schools(text, **kwargs)]


def test_loading_the_sample_twice_changes_nothing():
    first = schools.load_sample(AT)
    numbers = set(School.objects.values_list("pk", flat=True))
    assert schools.load_sample(AT) == first == len(numbers)
    assert set(School.objects.values_list("pk", flat=True)) == numbers


def test_no_name_has_lost_a_letter_to_an_encoding(sample):
    assert not School.objects.filter(name__contains="?").exists()
    assert "Tŷ Dan Y Coed" in names("ty dan y coed")


def test_schools_abroad_have_their_own_zone_and_place(sample):
    dubai = School.objects.filter(town="Dubai").first()
    assert (dubai.zone, dubai.country) == ("Asia/Dubai", "United Arab Emirates")
    assert round(dubai.latitude) == 25


@pytest.mark.parametrize(
    "text", ["aldgate school", "SCHOOL Aldgate", "aldg", "the aldgate school london", "Âldgâte"]
)
def test_all_words_begin_a_word_of_the_name_or_town_in_any_order(sample, text):
    assert "The Aldgate School" in names(text, limit=50)


def test_a_name_that_begins_as_typed_comes_first(sample):
    School.objects.create(name="Old Argyle House", search_name="old argyle house")
    assert names("argyle")[0] == "Argyle Primary School"


def test_a_word_in_the_middle_of_a_word_does_not_match(sample):
    assert "The Aldgate School" not in names("ldgate")


def test_a_urn_finds_its_school(sample):
    assert names("100000") == ["The Aldgate School"]
    assert names("999999") == []


def test_accents_in_names_are_found_without_them(sample):
    assert names("cote etoile") == ["Côte d’Or Étoile School"]


def test_closed_schools_are_not_offered(sample):
    closed = School.objects.filter(status="Closed", urn__isnull=False).first()
    assert names(str(closed.urn)) == []


@pytest.mark.parametrize(
    "text", ["%", "_", "' OR 1=1 --", "\0", "😀", "\\", "a" * 10_000_000, "%%%%____", "\u202e"]
)
def test_hostile_text_finds_nothing_and_breaks_nothing(sample, text):
    assert names(text) == []


def test_a_postcode_gives_the_nearest_schools_with_their_distance(sample):
    Postcode.objects.create(code="EC3A5DE", latitude=51.5139, longitude=-0.0776)
    found = queries.find_schools("ec3a 5de", limit=5)
    assert found[0].school.name == "The Aldgate School"
    assert len(found) == 5
    distances = [one.distance_km for one in found]
    assert distances == sorted(distances)
    assert distances[0] < 0.3


def placed(name, kilometres, **fields):
    """A school so far north of the place that the tests search from."""
    latitude = 51.4545 + kilometres / 111.195
    return School.objects.create(
        name=name, search_name=name.lower(), latitude=latitude, longitude=-2.5879, **fields
    )


@pytest.fixture
def bristol(db):
    return Postcode.objects.create(code="BS15JD", latitude=51.4545, longitude=-2.5879)


def test_a_postcode_leaves_out_what_is_far_away_and_orders_by_distance(bristol):
    placed("Far", 26)
    placed("Edge", 24.9)
    placed("Near", 1)
    placed("Nearer", 0.4)
    placed("Shut", 0.1, status="Closed")
    search = queries.search_schools("bs1 5jd")
    assert [(one.school.name, round(one.distance_km, 1)) for one in search.found] == [
        ("Nearer", 0.4),
        ("Near", 1.0),
        ("Edge", 24.9),
    ]
    assert (search.postcode, search.placed, search.more) == ("BS1 5JD", True, False)
    assert search.found[0].line.endswith("0.4 km")


def test_a_postcode_with_no_school_near_finds_none_rather_than_far_ones(bristol):
    placed("Far", 300)
    search = queries.search_schools("BS1 5JD")
    assert (search.found, search.placed) == ([], True)


def test_a_school_in_the_corner_of_the_box_is_too_far(bristol):
    School.objects.create(name="Corner", search_name="corner", latitude=51.66, longitude=-2.26)
    assert queries.search_schools("BS1 5JD").found == []


def test_the_first_half_of_a_postcode_is_searched_from_its_middle():
    for code, latitude in (("BS15JD", 51.44), ("BS19ZZ", 51.46), ("BS160AA", 40.0)):
        Postcode.objects.create(code=code, latitude=latitude, longitude=-2.5879)
    placed("Near", 0)
    search = queries.search_schools("BS1")
    assert [(one.school.name, round(one.distance_km)) for one in search.found] == [("Near", 1)]
    assert (search.postcode, search.placed) == ("BS1", True)


def test_more_than_fit_is_told(bristol):
    for number in range(12):
        placed(f"School {number:02}", number / 10)
    search = queries.search_schools("BS1 5JD", 10)
    assert (len(search.found), search.more) == (10, True)
    assert queries.search_schools("school", 12).more is False
    assert queries.search_schools("school", 11).more is True


@pytest.mark.parametrize("text", ["100000", "URN 100000", "urn:100000", " URN: 100000 "])
def test_a_urn_is_found_with_and_without_the_word_and_comes_alone(sample, text):
    School.objects.create(name="100000 Trees School", search_name="100000 trees school", town="Bath")
    assert names(text) == ["The Aldgate School"]


@pytest.mark.parametrize("text", ["dubai", "golden palm", "united arab emirates", "emirates palm"])
def test_a_school_abroad_is_found_by_name_town_or_country(sample, text):
    assert "Golden Palm International School" in names(text, limit=50)


def test_a_country_at_home_is_not_searched(sample):
    found = names("england", limit=50)
    assert all("England" in name for name in found)  # in their names, such as "Church of England"


@pytest.mark.parametrize("text", ["saint pauls", "st paul's", "St. Pauls", "saint paul’s"])
def test_saint_and_st_are_the_same(text):
    School.objects.create(name="St Paul's", search_name="st pauls")
    School.objects.create(name="Saint Pauls Academy", search_name="saint pauls academy")
    assert sorted(names(text)) == ["Saint Pauls Academy", "St Paul's"]


def test_and_of_the_do_not_hide_a_school():
    School.objects.create(name="Hope & Grace", search_name="hope grace")
    assert names("the hope and grace") == ["Hope & Grace"]


@pytest.mark.requirement("S2-06")
def test_nearest_places_come_with_kilometres():
    for name, latitude, longitude in [
        ("Birmingham", 52.4862, -1.8904),
        ("Exeter", 50.7184, -3.5339),
        ("Bath", 51.3811, -2.3590),
    ]:
        School.objects.create(name=name, search_name=name.lower(), latitude=latitude, longitude=longitude)
    found = queries.nearest_schools(51.4545, -2.5879)
    assert [(one.school.name, round(one.distance_km)) for one in found] == [
        ("Bath", 18),
        ("Exeter", 105),
        ("Birmingham", 124),
    ]


def test_a_postcode_that_is_not_in_the_table_still_finds_its_schools(sample):
    assert names("EC3A 5DE") == ["The Aldgate School"]
    assert "The Aldgate School" in names("EC3A 9ZZ")


def test_the_first_half_of_a_postcode_finds_its_schools(sample):
    assert names("EC3A") == ["The Aldgate School"]


@pytest.mark.parametrize("text", ["school", "100000", "EC3A 5DE", "NW1", "zzz", "EC3A 9ZZ", "ZZ1"])
def test_finding_takes_at_most_three_queries(sample, text):
    with CaptureQueriesContext(
        connection,
    ) as taken:
        queries.find_schools(text)
    assert len(taken) <= 3


def test_postcodes_load_by_letter_and_again_without_change():
    heard = []
    count = postcodes.load(AT, letters="z", progress=lambda letter, rows: heard.append((letter, rows)))
    assert count == 758
    assert heard == [("Z", 758)]
    assert postcodes.load(AT, letters="Z") == 758
    lerwick = Postcode.objects.get(code="ZE10AA")
    assert (round(lerwick.latitude, 1), round(lerwick.longitude, 1)) == (60.2, -1.1)


def test_a_load_that_was_broken_off_is_mended():
    postcodes.load(AT, letters="Z")
    Postcode.objects.filter(code__startswith="ZE2").delete()
    assert postcodes.load(AT, letters="Z") == 758


def test_places_without_a_grid_reference_are_left_out():
    assert postcodes.load(AT, letters="J") == 0


def test_northern_ireland_counts_on_the_irish_grid():
    file = postcodes._files("B")[0]
    belfast = [row for row in postcodes._references(file) if row[0].replace(" ", "") == "BT15GS"]
    [(code, latitude, longitude)] = postcodes._places(belfast)
    assert (code, round(latitude, 1), round(longitude, 1)) == ("BT15GS", 54.6, -5.9)
