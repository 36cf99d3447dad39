"""The schools that ship with us: a sample of the English and Welsh register, and made-up ones abroad."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction

from goldenthread.common import audit
from goldenthread.people import rules
from goldenthread.people.models import School

DATA = Path(__file__).with_name("data")
FILES = {"gias": DATA / "schools_england.csv", "made up": DATA / "schools_abroad.csv"}
_COLUMNS = (
    "name", "search_name", "kind", "phase", "status", "street", "town", "authority", "postcode",
    "postcode_key", "country", "zone", "latitude", "longitude", "source",
)  # fmt: skip


@transaction.atomic
def load_sample(at: datetime) -> int:
    """Put the shipped schools into the table; a second time changes nothing but what the files changed.

    Returns how many schools the files hold. Schools of the register are known by their URN, others by name
    and town.
    """
    schools = [school for source, file in FILES.items() for school in _read(file, source)]
    registered = [school for school in schools if school.urn is not None]
    School.objects.bulk_create(
        registered, update_conflicts=True, unique_fields=["urn"], update_fields=_COLUMNS, batch_size=500
    )
    known = {(s.name, s.town): s for s in School.objects.filter(urn__isnull=True, source="made up")}
    for school in schools:
        if school.urn is None:
            earlier = known.get((school.name, school.town))
            school.pk = earlier.pk if earlier else None
            school.save()
    audit.record("schools.loaded", "schools", by=None, at=at, schools=len(schools))
    return len(schools)


def _read(file: Path, source: str) -> Iterator[School]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            urn = row.pop("urn", "")
            latitude, longitude = row.pop("latitude"), row.pop("longitude")
            yield School(
                **row,
                urn=int(urn) if urn else None,
                latitude=float(latitude) if latitude else None,
                longitude=float(longitude) if longitude else None,
                search_name=rules.searchable(row["name"], row["town"], row["authority"]),
                postcode_key=rules.postcode_key(row["postcode"]),
                source=source,
            )
