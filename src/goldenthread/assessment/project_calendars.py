"""Which calendar counts for a school: its own, that of its region, or the default (G-20)."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q

from goldenthread.assessment.project_models import SchoolCalendar
from goldenthread.assessment.rules import calendars
from goldenthread.common.refused import Refused
from goldenthread.people.models import School


def calendar_of(school: School | None, *, market: str = "") -> calendars.Calendar:
    """The calendar that counts for a school, as `calendars_of`. One query at most."""
    return calendars_of(school, market=market)[0]


def calendars_of(*schools: School | None, market: str = "") -> list[calendars.Calendar]:
    """The calendars that count for some schools, in their order. One query; none where no school is given.

    The default of schools in the United Kingdom knows the bank holidays of their country. A school that the register
    doesn't have is where the `market` of the programme version is. A kept calendar that can't be used says so in its
    place: the default counts until the office has mended it.
    """
    known = [school for school in schools if school is not None]
    kept: list[SchoolCalendar] = []
    if known:
        wanted = Q(school__in=known) | Q(region__in={school.country for school in known} - {""})
        kept = list(SchoolCalendar.objects.filter(wanted).order_by("region", "pk"))
    return [_chosen(kept, school, market) for school in schools]


def _chosen(kept: Sequence[SchoolCalendar], school: School | None, market: str) -> calendars.Calendar:
    if school is None:
        return calendars.USUAL.get(market, calendars.DEFAULT)
    usual = calendars.USUAL.get(school.country, calendars.DEFAULT)
    own = next((one for one in kept if one.school_id == school.pk), None)
    region = next((one for one in kept if one.region and one.region == school.country), None)
    chosen = own or region
    if chosen is None:
        return usual
    found = calendar_from(chosen, school.name)
    return (
        replace(usual, fault=f"{found.name[0].upper()}{found.name[1:]}: {found.fault}")
        if found.fault
        else found
    )


def calendar_from(kept: SchoolCalendar, name: str) -> calendars.Calendar:
    """A calendar row as the rules take it; its `fault` says why it can't be used, where it was kept before that was
    asked."""
    found = calendars.Calendar(
        name=f"the calendar of {name if kept.school_id else kept.region}",
        terms=tuple(kept.terms),
        weekend=tuple(kept.weekend),
        holidays=tuple(kept.holidays),
        half_days=kept.half_days,
    )
    try:
        calendars.check_calendar(found)
    except Refused as refusal:
        return replace(found, fault=refusal.message)
    return found
