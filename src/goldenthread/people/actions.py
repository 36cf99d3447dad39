"""Add people and organisations, give and end their roles, set the first password."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.people import addresses, queries, rules
from goldenthread.people.access import viewer_of
from goldenthread.people.models import (
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationRole,
    Role,
    School,
    User,
)


@transaction.atomic
def ensure_user(*, email: str, name: str, zone: str = "Europe/London", by: Any, at: datetime) -> User:
    """The account with this e-mail address, made without a password when there is none.

    An account that is there stays as it is. Refuses what is no address, no name or no zone, and an account that
    only claims the address: it may be somebody else's.
    """
    address = rules.check_email(email)
    known = queries.user_by_email(address)
    if known:
        addresses.check_proven(known)
        return known
    clean = rules.check_name(name)
    rules.check_zone(zone)
    try:
        with transaction.atomic():
            user = User.objects.create_user(address, None, name=clean, zone=zone, joined_at=at)
    except IntegrityError:  # another request made it in this moment
        return User.objects.get(email__iexact=address)
    addresses.forget_claims(address)
    audit.record("person.added", user, by=by, at=at, email=address)
    return user


@transaction.atomic
def change_profile(*, user: User, name: str, zone: str, by: Any, at: datetime) -> User:
    """Change a person's name or zone. Refuses what is no name or no zone; the same again changes nothing."""
    clean = rules.check_name(name)
    rules.check_zone(zone)
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    before = {"name": locked.name, "zone": locked.zone}
    after = {"name": clean, "zone": zone}
    if before != after:
        locked.name, locked.zone = clean, zone
        locked.save(update_fields=["name", "zone"])
        audit.record("person.changed_profile", locked, by=by, at=at, before=before, after=after)
    return locked


@transaction.atomic
def set_first_password(*, user: User, password: str, at: datetime) -> User:
    """Set the password of an account that has none; refuses when another one is there."""
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if locked.has_usable_password():
        if locked.check_password(password):  # the same form, sent twice at once
            return locked
        raise Refused("A password is already set: sign in with it.", code="password.set")
    locked.set_password(password)
    locked.save(update_fields=["password"])
    audit.record("person.set_password", locked, by=locked, at=at)
    return locked


@transaction.atomic
def open_office(*, email: str, name: str, password: str, provider: str, at: datetime) -> User:
    """Give somebody of the programme office an account with this password and the role; the operator's own act.

    One that is there gets the password, and the role if it lacks it. `provider` names the lead provider where there is
    none yet; one that is there is used under its own name. Refuses what is no address or no name.
    """
    organisation = ensure_provider(name=provider, by=None, at=at)
    user = ensure_user(email=email, name=name, by=None, at=at)
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    locked.set_password(password)
    locked.save(update_fields=["password"])
    give_role(user=locked, organisation=organisation, role=Role.OFFICE, by=None, at=at)
    audit.record("person.opened_office", locked, by=None, at=at, email=locked.email)
    return locked


@transaction.atomic
def create_organisation(
    *,
    name: str,
    roles: Iterable[str],
    by: Any,
    at: datetime,
    starts_on: date | None = None,
    school: School | None = None,
    aliases: Iterable[str] = (),
    active_since: int | None = None,
    email: str = "",
    phone: str = "",
    second_provider: bool = False,
) -> Organisation:
    """An organisation with the roles it holds from `starts_on` (today unless told).

    The same name a second time gives the organisation that is there, with any further roles added; another spelling
    of it becomes an alias (S4-23). Refuses a second lead provider unless `second_provider` says that it is meant.
    """
    return make_organisation(
        name=name,
        roles=roles,
        by=by,
        at=at,
        starts_on=starts_on,
        second_provider=second_provider,
        school=school,
        aliases=list(aliases),
        active_since=active_since,
        email=rules.check_email(email) if email else "",
        phone=phone[:20],
    )


@transaction.atomic
def make_organisation(
    *,
    name: str,
    roles: Iterable[str],
    by: Any,
    at: datetime,
    starts_on: date | None = None,
    second_provider: bool = False,
    distinct: bool = False,
    **fields: Any,
) -> Organisation:
    """`create_organisation` by columns. `distinct`: it is another organisation, even if it is spelt like one.

    A school of the register always is: its name is what the register says.
    """
    kinds, clean = sorted(set(roles)), rules.check_name(name)
    unknown = [kind for kind in kinds if kind not in OrganisationKind.values]
    if unknown:
        raise Refused(
            f"No organisation can be “{unknown[0]}”: choose a role from the list.", code="role.unknown"
        )
    own = distinct or fields.get("school") is not None
    # Whoever adds one waits for the other: two spellings that come at once are one organisation.
    Organisation.objects.select_for_update(of=("self",)).order_by("pk").first()
    known = None if own else queries.organisation_called(clean)
    if OrganisationKind.LEAD_PROVIDER in kinds:
        bears = known.name if known else clean
        others = [one.organisation.name for one in _lead_providers() if one.organisation.name != bears]
        rules.check_lead_provider(others, confirmed=second_provider)
    if known and known.name != clean and clean not in known.aliases:
        known = remember_alias(known, clean, by=by, at=at, roles=kinds)
    organisation, created = (
        (known, False) if known else Organisation.objects.get_or_create(name=clean, defaults=fields)
    )
    new = give_organisation_roles(organisation, kinds, starts_on=starts_on, at=at)
    if created or new:
        verb = "organisation.added" if created else "organisation.took_role"
        audit.record(verb, organisation, by=by, at=at, name=organisation.name, roles=new)
    return organisation


def give_organisation_roles(
    organisation: Organisation, kinds: Iterable[str], *, at: datetime, starts_on: date | None = None
) -> list[str]:
    """Give an organisation the roles that it lacks; which these were."""
    held = set(organisation.roles.filter(ends_on__isnull=True).values_list("role", flat=True))
    new = [kind for kind in kinds if kind not in held]
    OrganisationRole.objects.bulk_create(
        OrganisationRole(organisation=organisation, role=kind, starts_on=starts_on or clock.day_of(at))
        for kind in new
    )
    return new


def remember_alias(
    organisation: Organisation, name: str, *, by: Any, at: datetime, roles: Iterable[str] = ()
) -> Organisation:
    """Keep another name of an organisation, with the roles that it was given under that name."""
    locked = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if name != locked.name and name not in locked.aliases:
        locked.aliases = [*locked.aliases, name]
        locked.save(update_fields=["aliases"])
        audit.record("organisation.called", locked, by=by, at=at, name=name, roles=list(roles))
    return locked


@transaction.atomic
def ensure_provider(*, name: str, by: Any, at: datetime) -> Organisation:
    """The lead provider of this installation: the one that is there, whatever its name, else one made by this name.

    Among several it is the one of this name; refuses when none of them bears it.
    """
    clean = rules.check_name(name)
    there = {held.organisation.name: held.organisation for held in _lead_providers()}
    if not there:
        return create_organisation(name=clean, roles=[OrganisationKind.LEAD_PROVIDER], by=by, at=at)
    if clean not in there and len(there) > 1:
        raise Refused(
            f"There are several lead providers ({', '.join(there)}) and none is called {clean}: set "
            "GOLDENTHREAD_PROVIDER to the name of one.",
            code="organisation.which_provider",
        )
    return there.get(clean) or next(iter(there.values()))


@transaction.atomic
def rename_provider(*, name: str, by: Any, at: datetime) -> Organisation:
    """Give the lead provider the name that the installation bears by now; the operator's own act.

    Refuses a name that another organisation bears. The same name again changes nothing.
    """
    return _rename(ensure_provider(name=name, by=by, at=at), name, by=by, at=at)


def _lead_providers() -> QuerySet[OrganisationRole]:
    held = OrganisationRole.objects.filter(role=OrganisationKind.LEAD_PROVIDER, ends_on__isnull=True)
    return held.select_related("organisation").order_by("organisation__name", "pk")


@transaction.atomic
def rename_organisation(*, organisation: Organisation, name: str, by: Any, at: datetime) -> Organisation:
    """Give an organisation another name. Refuses one that another bears, and the lead provider's, which the
    installation sets; the same name again changes nothing.
    """
    if (
        organisation.name != rules.check_name(name)
        and _lead_providers().filter(organisation=organisation).exists()
    ):
        raise Refused(
            f"{organisation.name} is the lead provider: its name is set with the installation (GOLDENTHREAD_PROVIDER, "
            "then goldenthread office --rename). Ask whoever runs it.",
            code="organisation.provider_name",
            field="name",
        )
    return _rename(organisation, name, by=by, at=at)


def _rename(organisation: Organisation, name: str, *, by: Any, at: datetime) -> Organisation:
    clean = rules.check_name(name)
    locked = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    before = locked.name
    if clean == before:
        return locked
    other = queries.organisation_called(clean)
    if other is not None and other != locked and clean.casefold() in map(str.casefold, other.names):
        raise Refused(
            f"Another organisation is called {clean}: {other}. Give this one a name that tells them apart.",
            code="organisation.taken",
            field="name",
        )
    locked.name = clean
    locked.save(update_fields=["name"])
    audit.record("organisation.renamed", locked, by=by, at=at, before=before, after=clean)
    return locked


@transaction.atomic
def end_organisation_role(*, role: OrganisationRole, on: date, by: Any, at: datetime) -> OrganisationRole:
    """End what an organisation does here with the day `on`, its last; its people, groups and records stay.

    A role that has ended stays as it is. Refuses to end the only lead provider.
    """
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=role.organisation_id)
    locked = OrganisationRole.objects.select_for_update(of=("self",)).get(pk=role.pk)
    if locked.ends_on is not None:
        return locked
    rules.check_period(locked.starts_on, on)
    only = not _lead_providers().exclude(pk=locked.pk).exists()
    if locked.role == OrganisationKind.LEAD_PROVIDER and only:
        raise Refused(
            f"{organisation} is the only lead provider. Give another organisation that role first.",
            code="organisation.only_provider",
        )
    locked.ends_on = on
    locked.save(update_fields=["ends_on"])
    audit.record("organisation.left_role", organisation, by=by, at=at, role=locked.role, on=on)
    return locked


@transaction.atomic
def organisation_for_school(school: School, *, by: Any = None, at: datetime) -> Organisation:
    """The organisation that a school is, made when first needed; namesakes are told apart by town or URN."""
    known = Organisation.objects.filter(school=school).first()
    if known:
        return known
    names = [
        school.name,
        f"{school.name}, {school.town}",
        f"{school.name} ({school.urn or f'no. {school.pk}'})",
    ]
    taken = set(Organisation.objects.filter(name__in=names).values_list("name", flat=True))
    name = next(
        name for name in [*names, f"{names[-1]} {school.pk}"] if name not in taken and len(name) <= 200
    )
    return create_organisation(name=name, roles=[OrganisationKind.SCHOOL], school=school, by=by, at=at)


@transaction.atomic
def give_role(
    *,
    user: User,
    organisation: Organisation,
    role: str,
    by: Any,
    at: datetime,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Membership:
    """Give a person a role in an organisation from `starts_on`, else today; one held already stays."""
    if role not in Role.values:
        raise Refused(
            f"There is no role “{role}”: choose one from the list.", code="role.unknown", field="role"
        )
    first = starts_on or clock.day_of(at)
    rules.check_period(first, ends_on)
    known = Membership.objects.filter(
        user=user, organisation=organisation, role=role, ends_on__isnull=True
    ).first()
    if known:
        return known
    membership = Membership.objects.create(
        user=user, organisation=organisation, role=role, starts_on=first, ends_on=ends_on
    )
    audit.record(
        "person.took_role", user, by=by, at=at, role=role, organisation=organisation.name, starts_on=first
    )
    return membership


RoleEnded = Callable[..., None]
_role_ended: list[RoleEnded] = []


def when_a_role_ends(hook: RoleEnded) -> RoleEnded:
    """Register `hook(user=, role=, by=, at=)` of a later package: it ends what somebody had by a role."""
    _role_ended.append(hook)
    return hook


@transaction.atomic
def close_role(*, user: User, role: str, by: Any, at: datetime) -> bool:
    """End what a person has by a role that they hold nowhere any more; returns whether it is so."""
    if viewer_of(User.objects.get(pk=user.pk), on=clock.day_of(at)).holds(role):
        return False
    for hook in _role_ended:
        hook(user=user, role=role, by=by, at=at)
    return True


@transaction.atomic
def end_role(*, membership: Membership, on: date, by: Any, at: datetime) -> Membership:
    """End a role with the day `on`, its last; a role that has ended stays as it is.

    What the person has by it, such as groups, ends as well: now if the day is over, else when a job finds it so.
    """
    locked = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if locked.ends_on is not None:
        return locked
    rules.check_period(locked.starts_on, on)
    locked.ends_on = on
    locked.save(update_fields=["ends_on"])
    audit.record(
        "person.left_role",
        locked.user,
        by=by,
        at=at,
        role=locked.role,
        organisation=locked.organisation.name,
        on=on,
    )
    close_role(user=locked.user, role=locked.role, by=by, at=at)
    return locked
