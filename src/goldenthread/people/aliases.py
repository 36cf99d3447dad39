"""Spellings of organisations' names: one organisation with aliases, which a person can part again (S4-23)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.people import actions, queries, rules
from goldenthread.people.models import Organisation, OrganisationKind, OrganisationRole


@dataclass(frozen=True)
class Row:
    """One organisation of a list that is imported."""

    name: str
    roles: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass
class Imported:
    """What an import did: names that are new, that were there, that were taken for another spelling, and refused."""

    made: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    spelt: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def import_organisations(rows: Iterable[Row], *, by: Any, at: datetime) -> Imported:
    """Take a list of organisations in (S4-23): a name that is another spelling of one that is there becomes its alias.

    Each row by itself: one that is refused is listed with why, and the others are taken in. The same list again changes
    nothing.
    """
    done = Imported()
    for row in rows:
        try:
            _take(row, done, by=by, at=at)
        except Refused as no:
            done.refused.append((row.name, no.message))
    return done


@transaction.atomic
def _take(row: Row, done: Imported, *, by: Any, at: datetime) -> None:
    name = rules.check_name(row.name)
    before = queries.organisation_called(name)
    roles = row.roles or (() if before else (OrganisationKind.DELIVERY_PARTNER,))
    found = actions.create_organisation(name=name, roles=roles, by=by, at=at)
    for alias in row.aliases:
        add_alias(organisation=found, name=alias, by=by, at=at)
    if before is None:
        done.made.append(found.name)
    elif found.name == name or name in before.aliases:
        done.known.append(name)
    else:
        done.spelt.append((name, found.name))


@transaction.atomic
def add_alias(*, organisation: Organisation, name: str, by: Any, at: datetime) -> Organisation:
    """Let an organisation be found by another name; refuses one by which another is known. Safe to repeat."""
    clean = rules.check_name(name)
    locked = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if clean == locked.name or clean in locked.aliases:
        return locked
    other = queries.organisation_called(clean)
    if other is not None and other != locked:
        raise Refused(
            f"{other} is known by that name. Part it there first, or give another name.",
            code="alias.taken",
            field="alias",
        )
    return actions.remember_alias(locked, clean, by=by, at=at)


@transaction.atomic
def part_alias(*, organisation: Organisation, name: str, by: Any, at: datetime) -> Organisation:
    """It is no other spelling but another organisation: `name` becomes one of its own, and stays one from now on.

    It gets the roles that it was entered or taken over with. A name that is no alias any more gives what is there.
    """
    locked = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    known = Organisation.objects.filter(name=name).first()
    if name not in locked.aliases:
        if known is None:
            raise Refused("That name is no alias of it any more: load the page anew.", code="alias.gone")
        return known
    locked.aliases = [one for one in locked.aliases if one != name]
    locked.save(update_fields=["aliases"])
    entered = AuditEvent.objects.filter(subject=audit.subject_key(locked), verb="organisation.called")
    roles: list[str] = next(
        (e.details["roles"] for e in entered.order_by("-sequence") if e.details["name"] == name), []
    )
    made = known or actions.make_organisation(name=name, roles=roles, distinct=True, by=by, at=at)
    audit.record("organisation.parted", locked, by=by, at=at, name=name, made=made.pk)
    return made


@transaction.atomic
def absorb(*, duplicate: Organisation, into: Organisation, by: Any, at: datetime) -> Organisation:
    """Take one organisation for another spelling of `into`: its name becomes an alias, its roles go over, it is gone.

    `part_alias` undoes it. Refuses one that has more than a name and roles, such as people or groups: nothing that
    was recorded of it may change its owner unseen.
    """
    if duplicate.pk == into.pk:
        raise Refused("Choose another organisation: this is the same one.", code="organisation.itself")
    both = Organisation.objects.select_for_update(of=("self",)).filter(pk__in=[duplicate.pk, into.pk])
    rows = {one.pk: one for one in both.order_by("pk")}
    if into.pk not in rows or duplicate.pk not in rows:
        raise Refused("One of the two is gone by now: load the page anew.", code="organisation.gone")
    gone, kept = rows[duplicate.pk], rows[into.pk]
    roles = sorted(gone.roles.filter(ends_on__isnull=True).values_list("role", flat=True))
    if gone.school_id or OrganisationKind.LEAD_PROVIDER in roles:
        raise Refused(
            f"{gone} is a school of the register or the lead provider and stays what it is. Go the other way round.",
            code="organisation.stays",
        )
    name, aliases = gone.name, gone.aliases
    try:
        with transaction.atomic():
            OrganisationRole.objects.filter(organisation=gone).delete()
            gone.delete()
    except ProtectedError:
        raise Refused(
            f"{name} has people, groups, contact points or enquiries of its own, so it can't become another spelling. "
            "Move these first, or go the other way round.",
            code="organisation.in_use",
        ) from None
    audit.record("organisation.absorbed", kept, by=by, at=at, name=name, roles=roles, aliases=aliases)
    kept = actions.remember_alias(kept, name, by=by, at=at, roles=roles)
    for alias in aliases:
        kept = actions.remember_alias(kept, alias, by=by, at=at)
    actions.give_organisation_roles(kept, roles, at=at)
    return kept
