"""How near people's events are to their schools, and how their view of themselves moved: two reports by intake."""

import re
from collections.abc import Iterable
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.groups.models import GroupPlace
from goldenthread.people.models import Postcode
from goldenthread.people.rules import distance_km, postcode_key
from goldenthread.reports.models import SelfAssessment
from goldenthread.reports.rules import Candidate, Change, Coverage, change, coverage

IN_TEXT = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9][A-Z]{2}\b", re.IGNORECASE)
WITHIN_KM = 50
Place = tuple[float, float]


def postcode_in(text: str) -> str:
    """The last postcode that a venue's text holds, as its key: "Hall, Bristol BS1 5JD" → "BS15JD"; "" for none."""
    found = IN_TEXT.findall(text)
    return postcode_key(found[-1]) if found else ""


def local_delivery(*, intake_id: int | None = None, within_km: int = WITHIN_KM) -> Coverage:
    """Who is within a distance of where their group meets, for one intake or all (S3-39). Three queries.

    Distances are as the crow flies, from the school to the venue's postcode. Who has no group yet, or whose
    school or venue can't be placed, is counted apart.
    """
    people = Enrolment.objects.filter(withdrawn_at__isnull=True)
    people = people.filter(intake=intake_id) if intake_id else people
    names = ("pk", "reference", "user__name", "school__latitude", "school__longitude")
    rows = list(people.order_by("pk").values(*names, "school__authority", "school__town", "school__country"))
    current = GroupPlace.objects.filter(until__isnull=True, enrolment__withdrawn_at__isnull=True)
    current = current.filter(enrolment__intake=intake_id) if intake_id else current
    venues = dict(current.exclude(group__venue="").order_by().values_list("enrolment", "group__venue"))
    places = _places(venues.values())
    return coverage(
        (_candidate(row, places.get(venues.get(row["pk"], ""))) for row in rows), within_km=within_km
    )


def _places(venues: Iterable[str]) -> dict[str, Place]:
    keys = {venue: postcode_in(venue) for venue in set(venues)}
    known = Postcode.objects.in_bulk([key for key in keys.values() if key])
    return {venue: (known[key].latitude, known[key].longitude) for venue, key in keys.items() if key in known}


def _candidate(row: dict[str, Any], venue: Place | None) -> Candidate:
    here = row["school__latitude"], row["school__longitude"]
    km = None if venue is None or here[0] is None else distance_km(*here, *venue)
    area = row["school__authority"] or row["school__town"] or row["school__country"] or ""
    return Candidate(name=row["user__name"], reference=row["reference"], area=area, km=km)


def changes(*, intake_id: int | None = None) -> list[Change]:
    """How people's own view of each area moved from start to end, over those who gave both (S2-37). One query."""
    given = SelfAssessment.objects.all()
    given = given.filter(enrolment__intake=intake_id) if intake_id else given
    pairs: dict[str, dict[int, dict[str, int]]] = {}
    rows = given.order_by("enrolment", "area").values_list("area", "enrolment", "moment", "rating")
    for area, enrolment, moment, rating in rows:
        pairs.setdefault(area, {}).setdefault(enrolment, {})[moment] = rating
    return [
        change(area, [(both["start"], both["end"]) for both in people.values() if len(both) == 2])
        for area, people in sorted(pairs.items())
    ]
