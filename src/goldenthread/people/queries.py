"""Finding schools by name, postcode or number; finding people by address; the link of a first sign-in."""

from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.core import signing
from django.db.models import Avg, Case, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length
from django.utils.crypto import constant_time_compare, salted_hmac

from goldenthread.common.refused import Refused
from goldenthread.people import rules
from goldenthread.people.models import Organisation, Postcode, School, User

WELCOME_DAYS = 14
NEAR_KM = 25  # what is farther from a postcode is nobody's school there
SHORTEST_POSTCODE = 5  # "E16AN"; a first half is shorter
AT_HOME = ("England", "Wales")
_SALT = "goldenthread.people.welcome"


# --- schools -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FoundSchool:
    """A school that matches, with its distance in kilometres when a postcode was sought."""

    school: School
    distance_km: float | None = None

    @property
    def line(self) -> str:
        """Where it is, for telling namesakes apart: "Camden, London NW1 3EX, 1.2 km"."""
        school = self.school
        place = " ".join(part for part in (school.town, school.postcode) if part)
        parts = [school.authority if school.authority != school.town else "", place]
        parts += [school.country] if school.country not in ("England", "Wales") else []
        parts += [f"{self.distance_km:.1f} km"] if self.distance_km is not None else []
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class SchoolSearch:
    """What a search found, and what it means: near a place, at a postcode whose place is unknown, or by words."""

    found: list[FoundSchool]
    more: bool = False  # there are others: the list was cut at its limit
    urn: int | None = None
    postcode: str = ""  # as printed, a whole one or its first half
    placed: bool = (
        False  # the postcode's place is known, so the list holds what is within NEAR_KM, nearest first
    )


def find_schools(text: str, limit: int = 10) -> list[FoundSchool]:
    """The schools that `search_schools` finds, for those who need no more."""
    return search_schools(text, limit).found


def search_schools(text: str, limit: int = 10) -> SchoolSearch:
    """Schools by name, postcode or URN from one box; closed ones are left out. At most three queries.

    Six digits are a URN. A postcode, or its first half, gives the schools within NEAR_KM with their distance,
    nearest first; where its place is unknown, the schools that have it in their address. Anything else is
    words: each must begin a word of the name, the town or a country abroad, in any order, whatever accents
    and case.
    """
    sought = rules.read_search(text)
    limit = max(1, min(limit, 50))
    if sought.urn is not None:
        at_number = [FoundSchool(school) for school in _open().filter(urn=sought.urn)]
        return SchoolSearch(at_number, urn=sought.urn)
    code = sought.postcode or sought.district
    if code:
        place = place_of(code)
        if place:
            near = nearest_schools(*place, limit=limit + 1, within_km=NEAR_KM)
            more, postcode = len(near) > limit, rules.postcode_text(code)
            return SchoolSearch(near[:limit], more=more, postcode=postcode, placed=True)
        there = _addressed(code, limit + 1)
        if there or not sought.words:
            return _plain(there, limit, postcode=rules.postcode_text(code))
    return _plain(list(_by_words(sought.words)[: limit + 1]) if sought.words else [], limit)


def _plain(schools: list[School], limit: int, *, postcode: str = "") -> SchoolSearch:
    found = [FoundSchool(school) for school in schools[:limit]]
    return SchoolSearch(found, more=len(schools) > limit, postcode=postcode)


def _open() -> QuerySet[School]:
    return School.objects.exclude(status="Closed")


def _by_words(words: tuple[str, ...]) -> QuerySet[School]:
    matches = Q()
    for word in words:
        either = ~Q(country__in=AT_HOME) & (Q(country__istartswith=word) | Q(country__icontains=f" {word}"))
        for spelling in rules.spellings(word):
            either |= Q(search_name__startswith=spelling) | Q(search_name__contains=f" {spelling}")
        matches &= either
    begins = When(search_name__startswith=" ".join(words), then=Value(0))
    rank = Case(begins, default=Value(1), output_field=IntegerField())
    return _open().filter(matches).annotate(rank=rank).order_by("rank", "name", "id")


def school_named(text: str) -> School | None:
    """The school that a number of the register (URN) or a whole name means; None where there is none, or several."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return School.objects.filter(urn=int(text)).first() if len(text) < 9 else None
    found = list(School.objects.filter(name__iexact=text).order_by("pk")[:2]) if text else []
    return found[0] if len(found) == 1 else None


def place_of(code: str) -> tuple[float, float] | None:
    """Where a postcode is, or the middle of those that begin with a first half; None when none is known."""
    codes = Postcode.objects.filter(code=code)
    if len(code) < SHORTEST_POSTCODE:
        inside = Postcode.objects.filter(code__range=(f"{code}0AA", f"{code}9ZZ"))
        codes = inside.annotate(length=Length("code")).filter(length=len(code) + 3)
    middle = codes.aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"))
    return None if middle["latitude"] is None else (middle["latitude"], middle["longitude"])


def _addressed(code: str, limit: int) -> list[School]:
    """The schools with this postcode in their address; when there is none, those of its first half."""
    district = code
    if len(code) >= SHORTEST_POSTCODE:
        there = list(_open().filter(postcode_key=code).order_by("name", "id")[:limit])
        if there:
            return there
        district = rules.district_of(code)
    in_district = (
        _open()
        .annotate(key_length=Length("postcode_key"))
        .filter(postcode_key__startswith=district, key_length=len(district) + 3)
        .order_by("name", "id")
    )
    return list(in_district[:limit])


def nearest_schools(
    latitude: float, longitude: float, *, limit: int = 10, within_km: float | None = None
) -> list[FoundSchool]:
    """The schools nearest to a place, nearest first, with their distance; none beyond `within_km`. One query."""
    north = F("latitude") - Value(latitude)
    east = (F("longitude") - Value(longitude)) * Value(cos(radians(latitude)))
    flat: Any = north * north + east * east  # the plane is good enough for the order of near places
    known = _open().filter(latitude__isnull=False)
    if within_km is not None:
        south, top, west, far_east = rules.box_around(latitude, longitude, within_km)
        known = known.filter(latitude__range=(south, top), longitude__range=(west, far_east))
    near = known.annotate(flat=Case(When(pk__gt=0, then=flat), output_field=FloatField()))
    found = [
        FoundSchool(s, rules.distance_km(latitude, longitude, s.latitude or 0.0, s.longitude or 0.0))
        for s in near.order_by("flat", "id")[:limit]
    ]
    inside = [one for one in found if within_km is None or (one.distance_km or 0.0) <= within_km]
    return sorted(inside, key=lambda one: (one.distance_km or 0.0, one.school.name))


# --- organisations -------------------------------------------------------------------------------
def organisation_called(name: str) -> Organisation | None:
    """The organisation of this name, else the one with this alias, else the only one of which it is a spelling (S4-23).

    Refuses a spelling of several: nobody can tell which is meant. One query, over all names.
    """
    clean = " ".join(name.split()).casefold()
    key, alike = rules.name_key(name), []
    if not key:
        return None
    by_alias: Organisation | None = None
    for one in Organisation.objects.order_by("pk"):
        if one.name.casefold() == clean:
            return one
        if by_alias is None and clean in (alias.casefold() for alias in one.aliases):
            by_alias = one
        if key in (rules.name_key(called) for called in (one.name, *one.aliases)):
            alike.append(one)
    if by_alias is None and len(alike) > 1:
        raise Refused(
            f"{' and '.join(str(one) for one in alike)} are spelt nearly like that. Write the name of the one that you "
            "mean as it stands there.",
            code="organisation.which",
            field="name",
        )
    return by_alias or (alike[0] if alike else None)


def organisations_like(text: str) -> list[int]:
    """Those of which a name or alias holds the text in any spelling, by their numbers. One query, over all names."""
    key = rules.name_key(text)
    if not key:
        return []
    rows = Organisation.objects.order_by("pk").values_list("pk", "name", "aliases")
    return [pk for pk, name, aliases in rows if any(key in rules.name_key(one) for one in (name, *aliases))]


def spelt_alike(organisation: Organisation) -> list[Organisation]:
    """Other organisations of which a name is a spelling of one of this; people may take them for one. One query."""
    keys = {rules.name_key(one) for one in (organisation.name, *organisation.aliases)}
    others = Organisation.objects.exclude(pk=organisation.pk).order_by("name", "pk")
    return [one for one in others if keys & {rules.name_key(called) for called in (one.name, *one.aliases)}][
        :20
    ]


# --- people --------------------------------------------------------------------------------------
def user_by_email(email: str) -> User | None:
    """The account with this address, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def welcome_token(user: User) -> str:
    """A signed token with which a person without a password sets one; it is void once a password is set."""
    return signing.dumps({"user": user.pk, "state": _state(user)}, salt=_SALT)


def read_welcome(token: str) -> tuple[User | None, str]:
    """The person of a token, and why it doesn't let them in: "used", "expired" (after 14 days), "damaged"; ""
    when it does."""
    try:
        found = signing.loads(token, salt=_SALT, max_age=WELCOME_DAYS * 24 * 3600)
        user = User.objects.filter(pk=found["user"], is_active=True).first()
        same = user is not None and constant_time_compare(found["state"], _state(user))
    except signing.SignatureExpired:
        return None, "expired"
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None, "damaged"
    if user is None:
        return None, "damaged"
    return (user, "") if same and not user.has_usable_password() else (user, "used")


def _state(user: User) -> str:
    return salted_hmac(_SALT, user.password).hexdigest()[:16]
