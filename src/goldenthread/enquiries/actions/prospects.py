"""Prospects: found or made by their address, merged when one person turns out to be two, and parted again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import rules
from goldenthread.enquiries.models import Prospect
from goldenthread.people.models import User
from goldenthread.people.queries import place_of
from goldenthread.people.rules import check_email, check_name


@dataclass(frozen=True)
class Who:
    """What somebody says of themselves; the address may be missing only in a chat or on the telephone."""

    name: str = ""
    email: str = ""
    role: str = ""
    postcode: str = ""
    place: str = ""

    def checked(self, *, email_needed: bool = True) -> "Who":
        """The same, cleaned; refuses what can't be a name, an address or a postcode."""
        email = check_email(self.email) if self.email.strip() or email_needed else ""
        return Who(
            name=check_name(self.name) if self.name.strip() else "",
            email=email,
            role=rules.plain(self.role).replace("\n", " ")[:100],
            postcode=rules.check_postcode(self.postcode),
            place=rules.plain(self.place).replace("\n", " ")[:100],
        )

    @property
    def said_place(self) -> rules.Place | None:
        """Where their postcode is, once it is checked."""
        place = place_of(self.postcode) if self.postcode else None
        return rules.Place(*place) if place else None


def prospect_for(who: Who, *, at: datetime, anew: Sequence[str] = ()) -> Prospect:
    """The prospect with this address, or a new one; what they say now fills in what was not said before.

    Anybody can type anybody's address: only the fields in `anew` replace what is there, and whoever names some must
    tell the person so by mail. A merged prospect is answered for by the one it was merged into.
    """
    found = None
    if who.email:
        found = Prospect.objects.select_for_update(of=("self",)).filter(email__iexact=who.email).first()
    if found is None:
        try:
            with transaction.atomic():
                found = Prospect.objects.create(email=who.email, created_at=at)
        except IntegrityError:  # the same person came twice in this moment
            found = Prospect.objects.select_for_update(of=("self",)).get(email__iexact=who.email)
    if found.merged_into_id:
        found = Prospect.objects.select_for_update(of=("self",)).get(pk=found.merged_into_id)
    return _told(found, who, anew)


def _told(prospect: Prospect, who: Who, anew: Sequence[str]) -> Prospect:
    changed = {
        name: value
        for name in ("name", "role", "postcode", "place")
        if (value := getattr(who, name))
        and value != (before := getattr(prospect, name))
        and (not before or name in anew)
    }
    if "postcode" in changed:
        place = who.said_place
        prospect.latitude, prospect.longitude = (place.latitude, place.longitude) if place else (None, None)
    for name, value in changed.items():
        setattr(prospect, name, value)
    if changed:
        prospect.save(update_fields=[*changed, "latitude", "longitude"])
    return prospect


@transaction.atomic
def merge(*, duplicate: Prospect, into: Prospect, by: User, at: datetime) -> Prospect:
    """Treat `duplicate` as the same person as `into` from now on; nothing is moved, so that it can be undone.

    A second time changes nothing. Refuses a prospect into itself, and chains, which could not be undone one by one.
    """
    locked = {
        one.pk: one
        for one in Prospect.objects.select_for_update(of=("self",))
        .filter(pk__in=[duplicate.pk, into.pk])
        .order_by("pk")
    }
    if duplicate.pk == into.pk:
        raise Refused("Choose another person: this is the same entry.", code="merge.itself", field="into")
    gone, kept = locked[duplicate.pk], locked[into.pk]
    if gone.merged_into_id == kept.pk:
        return kept
    if gone.merged_into_id or kept.merged_into_id:
        raise Refused(
            "One of the two is merged already. Part them first, or choose the person it was merged into.",
            code="merge.chain",
            field="into",
        )
    if gone.merged.exists():
        raise Refused(
            f"Others are merged into {gone}. Merge the other way round.", code="merge.chain", field="into"
        )
    gone.merged_into = kept
    gone.save(update_fields=["merged_into"])
    audit.record("prospect.merged", gone, by=by, at=at, into=kept.pk)
    audit.record("prospect.merged_with", kept, by=by, at=at, duplicate=gone.pk)
    return kept


@transaction.atomic
def correct(*, prospect: Prospect, who: Who, by: User, at: datetime) -> Prospect:
    """Correct what is kept of a person: name, role, place, postcode. Their address stays: it is who they are.

    Refuses what is no name and no postcode. Safe to repeat.
    """
    row = Prospect.objects.select_for_update(of=("self",)).get(pk=prospect.pk)
    clean = replace(who, email=row.email).checked(email_needed=False)
    place = clean.said_place
    after: dict[str, Any] = {name: getattr(clean, name) for name in ("name", "role", "postcode", "place")}
    after |= {"latitude": place.latitude if place else None, "longitude": place.longitude if place else None}
    before = {name: getattr(row, name) for name in after}
    if before != after:
        for name, value in after.items():
            setattr(row, name, value)
        row.save(update_fields=list(after))
        audit.record("prospect.corrected", row, by=by, at=at, before=before, after=after)
    return row


@transaction.atomic
def part(*, prospect: Prospect, by: User, at: datetime) -> Prospect:
    """Undo a merge: the two are two again, each with what was theirs. A second time changes nothing."""
    locked = Prospect.objects.select_for_update(of=("self",)).get(pk=prospect.pk)
    if locked.merged_into_id:
        audit.record("prospect.parted", locked, by=by, at=at, before=locked.merged_into_id)
        locked.merged_into = None
        locked.save(update_fields=["merged_into"])
    return locked
