"""Who asks, and where: two partners with a group each, three postcodes."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from goldenthread.catalogue.models import Programme
from goldenthread.enquiries.actions import ask as asking
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Enquiry
from goldenthread.enquiries.rules import Signs
from goldenthread.groups.models import Group
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Organisation, OrganisationKind, OrganisationRole, Postcode
from tests import factories

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)  # a Monday, nine in the morning in London
START = date(2026, 9, 7)
PLACES = {
    "BS15JD": (51.4545, -2.5879),
    "SE192RX": (51.4178, -0.0771),
    "EX44QJ": (50.7370, -3.5351),
    "AB101AB": (57.1440, -2.0967),
}
FIRM = Signs(seconds=40)


def postcodes() -> None:
    for code, (latitude, longitude) in PLACES.items():
        Postcode.objects.create(code=code, latitude=latitude, longitude=longitude)


def programme(code: str = "NPQLT") -> Programme:
    """A programme by its code; without its versions where the catalogue isn't loaded, which takes a while."""
    return Programme.objects.get_or_create(code=code, defaults={"name": code, "family": "reformed"})[0]


def partner(name: str, kind: str = OrganisationKind.DELIVERY_PARTNER) -> Organisation:
    made = factories.organisation(name)
    OrganisationRole.objects.get_or_create(organisation=made, role=kind, starts_on=date(2018, 1, 1))
    return made


def intake(key: str = factories.NPQLT, **fields: Any) -> Intake:
    return factories.intake(key, starts_on=START, **fields)


def group(of: Organisation | None, venue: str, *, to: Intake | None = None, name: str = "Group") -> Group:
    return Group.objects.create(intake=to or intake(), name=f"{name} {venue}"[:100], partner=of, venue=venue)


def ask(
    text: str = "When does it start near us?", *, email: str = "amara@example.org", **values: Any
) -> Enquiry:
    """A question of Amara's by the form, sent at leisure."""
    fixed = {"form_key": uuid.uuid4(), "who": Who("Amara Asks", email), "signs": FIRM, "at": AT}
    return asking.ask(text=text, **{**fixed, **values})
