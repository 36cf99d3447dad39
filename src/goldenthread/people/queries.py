"""Finding schools by name, postcode or number; finding people by address; the link of a first sign-in."""

from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.core import signing
from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length
from django.utils.crypto import constant_time_compare, salted_hmac

from goldenthread.people import rules
from goldenthread.people.models import Postcode, School, User

WELCOME_DAYS = 14
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


def find_schools(text: str, limit: int = 10) -> list[FoundSchool]:
    """Schools by name, postcode or URN from one box; closed ones are left out. At most three queries.

    Six digits are a URN. A postcode gives the schools there and the nearest ones, with their distance.
    Anything else is words: each must begin a word of the name or the town, in any order, whatever accents and
    case.
    """
    sought = rules.read_search(text)
    limit = max(1, min(limit, 50))
    if sought.urn is not None:
        return [FoundSchool(school) for school in _open().filter(urn=sought.urn)]
    if sought.postcode:
        return _near(sought.postcode, limit)
    found: list[School] = []
    if sought.district:
        found = list(_in_district(sought.district)[:limit])
    if sought.words and not found:
        found = list(_by_words(sought.words)[:limit])
    return [FoundSchool(school) for school in found]


def _open() -> QuerySet[School]:
    return School.objects.exclude(status="Closed")


def _by_words(words: tuple[str, ...]) -> QuerySet[School]:
    matches = Q()
    for word in words:
        matches &= Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
    begins = When(search_name__startswith=" ".join(words), then=Value(0))
    rank = Case(begins, default=Value(1), output_field=IntegerField())
    return _open().filter(matches).annotate(rank=rank).order_by("rank", "name", "id")


def _in_district(district: str) -> QuerySet[School]:
    return (
        _open()
        .annotate(key_length=Length("postcode_key"))
        .filter(postcode_key__startswith=district, key_length=len(district) + 3)
        .order_by("name", "id")
    )


def _near(code: str, limit: int) -> list[FoundSchool]:
    place = Postcode.objects.filter(code=code).first()
    if place is None:
        there = list(_open().filter(postcode_key=code).order_by("name", "id")[:limit])
        return [FoundSchool(s) for s in there or _in_district(rules.district_of(code))[:limit]]
    return nearest_schools(place.latitude, place.longitude, limit=limit)


def nearest_schools(latitude: float, longitude: float, *, limit: int = 10) -> list[FoundSchool]:
    """The schools nearest to a place, nearest first, with their distance. One query."""
    north = F("latitude") - Value(latitude)
    east = (F("longitude") - Value(longitude)) * Value(cos(radians(latitude)))
    flat: Any = north * north + east * east  # the plane is good enough for the order of near places
    near = (
        _open()
        .filter(latitude__isnull=False)
        .annotate(flat=Case(When(pk__gt=0, then=flat), output_field=FloatField()))
    )
    found = [
        FoundSchool(s, rules.distance_km(latitude, longitude, s.latitude or 0.0, s.longitude or 0.0))
        for s in near.order_by("flat", "id")[:limit]
    ]
    return sorted(found, key=lambda one: (one.distance_km or 0.0, one.school.name))


# --- people --------------------------------------------------------------------------------------
def user_by_email(email: str) -> User | None:
    """The account with this address, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def welcome_token(user: User) -> str:
    """A signed token with which a person without a password sets one; it is void once a password is set."""
    return signing.dumps({"user": user.pk, "state": _state(user)}, salt=_SALT)


def get_user_for_welcome(token: str) -> User | None:
    """The person whom a token lets in; None when it is false, older than 14 days, or was used."""
    try:
        found = signing.loads(token, salt=_SALT, max_age=WELCOME_DAYS * 24 * 3600)
        user = User.objects.filter(pk=found["user"], is_active=True).first()
        good = user is not None and constant_time_compare(found["state"], _state(user))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    return user if good and user is not None and not user.has_usable_password() else None


def _state(user: User) -> str:
    return salted_hmac(_SALT, user.password).hexdigest()[:16]
