"""The zones that are offered are places, named by country, each of them once."""

from zoneinfo import available_timezones

import pytest

from goldenthread.people import places


def test_every_zone_that_is_offered_exists_and_is_a_place() -> None:
    offered = [zone for _, choices in places.zone_choices() for zone, _ in choices]
    assert set(offered) <= available_timezones()
    assert len(set(offered)) == len(offered) > 350
    for zone in offered:
        assert zone.count("/") >= 1
        assert not zone.startswith(("Etc/", "SystemV/", "US/", "Antarctica/"))


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Asia/Dubai", "United Arab Emirates – Dubai"),
        ("Europe/London", "United Kingdom – London"),
        ("America/Argentina/Buenos_Aires", "Argentina – Buenos Aires"),
        ("Asia/Shanghai", "China – Shanghai"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_named_by_its_country_first(zone: str, name: str) -> None:
    assert places.zone_name(zone) == name


def test_a_group_is_in_the_order_of_countries_and_what_is_likely_stands_on_top() -> None:
    groups = dict(places.zone_choices(["Asia/Dubai", "Etc/GMT+5"]))
    assert [zone for zone, _ in groups["Suggested"]] == ["Asia/Dubai", "Etc/GMT+5", "Europe/London"]
    asia = [name for _, name in groups["Asia and the Middle East"]]
    assert asia == sorted(asia, key=str.casefold)
    assert "United Arab Emirates – Dubai" not in asia
    assert next(iter(groups)) == "Suggested"
