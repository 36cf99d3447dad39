"""A further revision of a version for the demonstration: written and checked by one person, waiting for the second."""

from datetime import date, datetime, timedelta

from goldenthread.catalogue import drafting
from goldenthread.catalogue.models import ProgrammeVersion, VersionDraft
from goldenthread.people.models import User

REVISED = "npqsl-reformed-international"
FEE = 1600  # pounds, from September of next year on


def leave_a_revision(*, writer: User, now: datetime) -> VersionDraft:
    """Leave a revision with a fee that begins later, so that somebody else can read what differs and publish it."""
    version = ProgrammeVersion.objects.select_related("programme").get(key=REVISED)
    at = now - timedelta(days=2)
    draft = drafting.start(based_on=version, key="", as_revision=True, by=writer, at=at)
    begins = date(now.year + 1, 9, 1).isoformat()
    fee = {"pounds": FEE, "valid_from": begins, "source": []}
    drafting.save_part(draft=draft, part="fee", values=fee, seen=draft.revision, by=writer, at=at)
    return drafting.check(draft=draft, by=writer, at=at)
