"""Whose work a marker or moderator can't judge, said before scripts are given out, and whom the office finds by it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.marking import arising
from goldenthread.marking.conflict_models import Acquaintance, AcquaintanceMatch, Tie
from goldenthread.people.models import School, User

LONGEST_NOTE = 1000  # characters


@transaction.atomic
def name_somebody(
    *, user: User, name: str, organisation: str, tie: str, note: str, form_key: str, at: datetime
) -> Acquaintance:
    """Say whose work one can't judge, or of which school, by name and without knowing who sits (S1-31). The same form
    is one declaration. Refuses no name, an unknown tie, and a long note.
    """
    known = Acquaintance.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    if not name.strip():
        raise Refused("Write the name of the person or the organisation.", code="named.name", field="name")
    if tie not in Tie.values:
        raise Refused("Choose who that is to you.", code="named.tie", field="tie")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"Shorten this to {LONGEST_NOTE:,} characters.", code="named.long", field="note")
    made = Acquaintance.objects.create(
        user=user, name=name.strip(), organisation=organisation.strip(), tie=tie, note=note.strip(),
        form_key=form_key, at=at,
    )  # fmt: skip
    audit.record("marker.named_somebody", user, by=user, at=at, acquaintance=made.pk, tie=tie)
    return made


@transaction.atomic
def take_back(*, user: User, number: int, at: datetime) -> None:
    """Take back one's own declaration that the office hasn't looked at; twice is once."""
    held = Acquaintance.objects.select_for_update(of=("self",)).filter(pk=number, user=user).first()
    if held is None:
        raise Refused("This isn't on your list. Load the page again.", code="named.unknown")
    if held.ending == "taken_back":
        return
    if held.ending:
        raise Refused(
            "The programme office has looked at this already. Write to them if it is wrong.",
            code="named.decided",
        )
    _end(held, "taken_back", by=user, at=at)


def say_who(
    *,
    acquaintance: Acquaintance,
    by: Any,
    at: datetime,
    person: User | None = None,
    school: School | None = None,
) -> AcquaintanceMatch:
    """Say that a declaration means a person, or everybody of a school: whatever of theirs the marker has is taken from
    them, and they never get any. It may mean several; the same again is one. Refuses one that was taken back, and who
    made it.
    """
    made = _match(acquaintance, person=person, school=school, by=by, at=at)
    arising.look_at(acquaintance.user, at=at)
    return made


@transaction.atomic
def _match(
    acquaintance: Acquaintance, *, person: User | None, school: School | None, by: Any, at: datetime
) -> AcquaintanceMatch:
    held = _held(acquaintance, by)
    known = AcquaintanceMatch.objects.filter(acquaintance=held, person=person, school=school).first()
    if known is not None:
        return known
    made = AcquaintanceMatch.objects.create(acquaintance=held, person=person, school=school, by=by, at=at)
    audit.record(
        "marker.acquaintance_found", held.user, by=by, at=at, acquaintance=held.pk,
        person=person.pk if person else None, school=school.pk if school else None,
    )  # fmt: skip
    _end(held, "found", by=by, at=at)
    return made


@transaction.atomic
def say_nobody(*, acquaintance: Acquaintance, by: Any, at: datetime) -> Acquaintance:
    """Say that a declaration means none of our people; twice is once. The question comes back before an allocation
    where somebody of that name sits. Refuses one that means somebody already.
    """
    held = _held(acquaintance, by)
    if held.ending == "found":
        raise Refused("Somebody was found already. Load the page again.", code="named.found")
    if held.ending != "nobody":
        _end(held, "nobody", by=by, at=at)
    return held


def _held(acquaintance: Acquaintance, by: Any) -> Acquaintance:
    held = Acquaintance.objects.select_for_update(of=("self",)).select_related("user").get(pk=acquaintance.pk)
    if held.user_id == getattr(by, "pk", None):
        raise Refused("Somebody else of the office has to look at your own.", code="named.own")
    if held.ending == "taken_back":
        raise Refused("This was taken back meanwhile. Load the page again.", code="named.taken_back")
    return held


def _end(held: Acquaintance, ending: str, *, by: Any, at: datetime) -> None:
    held.ending, held.ended_by, held.ended_at = ending, by, at
    held.save(update_fields=["ending", "ended_by", "ended_at"])
    audit.record(f"marker.acquaintance_{ending}", held.user, by=by, at=at, acquaintance=held.pk)
