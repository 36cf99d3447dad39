"""Names, addresses, zones, postcodes, distances: what counts as one, and how they compare. No Django."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import asin, cos, degrees, radians, sin, sqrt
from zoneinfo import available_timezones

from goldenthread.common.refused import Refused

EARTH_KM = 6371.0
LONGEST_SEARCH = 200  # what is longer is no name of a school, and is not read further
MOST_WORDS = 8
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}\Z")
_DISTRICT = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?\Z")
_URN = re.compile(r"(?:urn)?[\s:.#-]*([0-9]{6})\Z", re.IGNORECASE)
_SAME = {"st": "saint", "saint": "st"}
_LINKS = frozenset({"and", "the", "of"})  # left out where a school's own name may have them or not
_EMAIL = re.compile(r"[^@\s\x00-\x1f<>\"(),:;\\\[\]]{1,64}@[^@\s\x00-\x1f.<>]+(\.[^@\s\x00-\x1f.<>]+)+\Z")


# --- comparing names -----------------------------------------------------------------------------
def search_form(text: str) -> str:
    """A text as it is compared, without accents, case and punctuation: "St Paul's, Môn" → "st pauls mon"."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(
        c if c.isalnum() else "" if c in "'’`" or unicodedata.combining(c) else " " for c in plain
    )
    return " ".join(letters.split())


_LED = {"lead": "led"}


def name_key(name: str) -> str:
    """What two spellings of one organisation's name have in common (S4-23).

    Capitals, accents, quotation marks, hyphens, spaces and other signs count for nothing, and the word "lead" is
    the word "led": "School-Led Network", "School-Lead Network" and "“School Led Network" are one; "Leadership"
    stays a word of its own.
    """
    return "".join(_LED.get(word, word) for word in search_form(name).split())


def searchable(*parts: str, limit: int = 250) -> str:
    """The column that names are searched in: all words that a school may be sought by."""
    return search_form(" ".join(parts))[:limit]


@dataclass(frozen=True)
class Sought:
    """What somebody typed into the school box; nothing is filled when nothing can be sought."""

    urn: int | None = None
    postcode: str = ""  # without the space: "BS15JD"
    district: str = ""  # the first half of a postcode: "NW1"
    words: tuple[str, ...] = ()


def read_search(text: str) -> Sought:
    """Tell a URN (six digits, with or without the word), a postcode, its first half and words of a name apart;
    anything may come in. "and", "the" and "of" count only where nothing else is sought."""
    text = text[:LONGEST_SEARCH]
    all_words = tuple(dict.fromkeys(search_form(text).split()))
    words = (tuple(word for word in all_words if word not in _LINKS) or all_words)[:MOST_WORDS]
    urn = _URN.match(text.strip())
    if urn:
        return Sought(urn=int(urn[1]))
    key = postcode_key(text)
    if _POSTCODE.match(key):
        return Sought(postcode=key)
    if _DISTRICT.match(key):
        return Sought(district=key, words=words)
    return Sought(words=words)


def spellings(word: str) -> tuple[str, ...]:
    """The ways in which a word of a name is written: "saint" and "st"."""
    return (word, _SAME[word]) if word in _SAME else (word,)


def postcode_key(text: str) -> str:
    """A postcode without spaces and in capitals: "bs1 5jd" → "BS15JD"; cut at eight signs."""
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum())[:8]


def postcode_text(key: str) -> str:
    """A whole postcode's key as it is printed: "BS15JD" → "BS1 5JD"; a first half stays as it is."""
    return f"{key[:-3]} {key[-3:]}" if _POSTCODE.match(key) else key


def district_of(key: str) -> str:
    """The first half of a whole postcode's key: "BS15JD" → "BS1"."""
    return key[:-3]


# --- distances -----------------------------------------------------------------------------------
def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The great-circle distance between two places in kilometres (S2-06)."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    half = sin((other_phi - phi) / 2) ** 2
    half += cos(phi) * cos(other_phi) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def box_around(latitude: float, longitude: float, km: float) -> tuple[float, float, float, float]:
    """South, north, west and east of a box that holds every place within `km`."""
    up = degrees(km / EARTH_KM)
    aside = min(180.0, up / max(cos(radians(latitude)), 0.01))
    return latitude - up, latitude + up, longitude - aside, longitude + aside


# --- what is accepted ----------------------------------------------------------------------------
@cache
def zones() -> frozenset[str]:
    """The names of the world's time zones."""
    return frozenset(
        name for name in available_timezones() if name not in _NO_PLACES and not name.startswith(_VARIANTS)
    )


_NO_PLACES = {"localtime", "Factory", "posixrules"}  # whatever a machine is set to, or nothing
_VARIANTS = ("posix/", "right/")


def check_zone(zone: str) -> None:
    """Refuse a time zone that nobody keeps."""
    if zone not in zones():
        raise Refused(
            "Choose a time zone from the list, such as Europe/London.", code="zone.unknown", field="zone"
        )


def check_name(name: str) -> str:
    """The name in one line; refuses an empty or overlong one. Any script is welcome."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in name[:1000]).split())
    if not clean:
        raise Refused("Give a name.", code="name.missing", field="name")
    if len(clean) > 200:
        raise Refused("Shorten the name to 200 characters.", code="name.long", field="name")
    return clean


def check_email(email: str) -> str:
    """The address in lower case; refuses what can't be one."""
    clean = email[:1000].strip().lower()
    if len(clean) > 254 or not _EMAIL.match(clean):
        raise Refused("Give an e-mail address like name@example.org.", code="email.shape", field="email")
    return clean


def check_lead_provider(others: Sequence[str], *, confirmed: bool) -> None:
    """An installation has one lead provider; a further one only when somebody says that it is meant."""
    if others and not confirmed:
        raise Refused(
            f"{' and '.join(others)} is the lead provider here already. Whoever works for it is a delivery "
            "partner. If there really is a second lead provider, confirm it below.",
            code="organisation.second_provider",
            field="second_provider",
        )


def check_period(starts_on: date, ends_on: date | None) -> None:
    """Refuse a role that ends before it starts."""
    if ends_on is not None and ends_on < starts_on:
        raise Refused(
            f"The last day can't be before the first one, {starts_on:%d %B %Y}.",
            code="period.reversed",
            field="ends_on",
        )
