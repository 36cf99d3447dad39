"""The time zones that people live in, by country, from the tables of the tz database. No Django."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

# Where the table's own short name isn't what people look for.
COUNTRIES = {
    "GB": "United Kingdom",
    "US": "United States",
    "KR": "Korea, South",
    "KP": "Korea, North",
    "CZ": "Czechia",
    "MM": "Myanmar (Burma)",
}
REGIONS = {
    "Africa": "Africa",
    "America": "Americas",
    "Arctic": "Europe",
    "Asia": "Asia and the Middle East",
    "Atlantic": "Atlantic islands",
    "Australia": "Australia and the Pacific",
    "Europe": "Europe",
    "Indian": "Indian Ocean",
    "Pacific": "Australia and the Pacific",
}
Choices = list[tuple[str, str]]


@cache
def zone_names() -> dict[str, str]:
    """Every zone in which people live for good, by country: "Asia/Dubai" → "United Arab Emirates – Dubai".

    The country comes first, so that typing its first letters in a list finds it, whatever one's city is.
    """
    countries = {**{row[0]: row[1] for row in _table("iso3166.tab")}, **COUNTRIES}
    rows = [(code, zone) for code, _, zone, *_ in _table("zone.tab") if zone.partition("/")[0] in REGIONS]
    return {zone: f"{countries[code]} – {_city(zone)}" for code, zone in rows}


def zone_name(zone: str) -> str:
    """A zone as people read it; one that is no place (UTC, an old name) by its own name."""
    return zone_names().get(zone) or zone.replace("_", " ")


def zone_choices(first: Iterable[str] = ()) -> list[tuple[str, Choices]]:
    """The zones for a list, grouped: those of `first` on top, then by region in the order of countries.

    Each zone stands there once. One of `first` that is no place, but was chosen at some time, stays a choice.
    """
    top = list(dict.fromkeys([*first, "Europe/London"]))
    groups: dict[str, Choices] = {"Suggested": [(zone, zone_name(zone)) for zone in top]}
    for zone, name in sorted(zone_names().items(), key=lambda item: item[1].casefold()):
        if zone not in top:
            groups.setdefault(REGIONS[zone.partition("/")[0]], []).append((zone, name))
    return [("Suggested", groups.pop("Suggested")), *sorted(groups.items())]


def _table(name: str) -> Iterator[list[str]]:
    text = files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))


def _city(zone: str) -> str:
    """America/Argentina/Buenos_Aires → "Buenos Aires"."""
    return zone.rpartition("/")[2].replace("_", " ")
