"""Enquiries: their states, who answers, by when, what looks like spam, which contact points are valid. No Django."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from goldenthread.common.refused import Refused
from goldenthread.people.rules import distance_km, postcode_key
from goldenthread.search.rules import fold, singular

REFERENCE_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 6
LONGEST_TEXT = 5_000  # of what a visitor or the office writes
LONGEST_LETTER = 50_000  # of what is kept of a mail
NEAR_KM = 80.0  # what is farther away is no place to go to for a day of events
SERVED_KM = 160.0  # up to where a partner answers enquiries
CONSENT_MONTHS = 24
UNCONFIRMED_FOR = timedelta(days=30)  # how long interest waits for the link to be opened
QUICKEST_SECONDS = 3  # nobody reads a form, fills it in and sends it in less
MOST_LINKS = 3
ALONE_AFTER = timedelta(minutes=1)  # from then on the page says that nobody has answered
ABANDONED_AFTER = timedelta(minutes=4)  # how long a visitor waits in a chat that nobody answers
GONE_AFTER = timedelta(minutes=30)  # a chat in which nobody has written for so long is over


class State(StrEnum):
    """Who has to write next."""

    NEW = "new"
    WAITING_US = "waiting_us"
    WAITING_THEM = "waiting_them"
    CLOSED = "closed"


class Verb(StrEnum):
    """What moves an enquiry."""

    HEAR = "hear"  # the person writes
    ANSWER = "answer"  # we write
    CLOSE = "close"
    REOPEN = "reopen"


OPEN = (State.NEW, State.WAITING_US)  # those in which somebody waits for us
TRANSITIONS: dict[State, dict[Verb, State]] = {
    State.NEW: {Verb.HEAR: State.NEW, Verb.ANSWER: State.WAITING_THEM, Verb.CLOSE: State.CLOSED},
    State.WAITING_US: {
        Verb.HEAR: State.WAITING_US,
        Verb.ANSWER: State.WAITING_THEM,
        Verb.CLOSE: State.CLOSED,
    },
    State.WAITING_THEM: {
        Verb.HEAR: State.WAITING_US,
        Verb.ANSWER: State.WAITING_THEM,
        Verb.CLOSE: State.CLOSED,
    },
    State.CLOSED: {Verb.HEAR: State.WAITING_US, Verb.REOPEN: State.WAITING_US},
}


def move(state: str, verb: Verb) -> State:
    """The state after `verb`; refuses what the table doesn't have."""
    after = TRANSITIONS[State(state)].get(verb)
    if after is None:
        said = "is closed: open it again first" if state == State.CLOSED else "is open already"
        raise Refused(f"This enquiry {said}.", code=f"enquiry.{state}")
    return after


def check_text(
    text: str, *, field: str = "text", what: str = "your question", most: int = LONGEST_TEXT
) -> str:
    """What somebody wrote, with line ends as one and without signs that no database takes; refuses nothing and
    too much."""
    clean = plain(text[: most * 4])
    if not clean:
        raise Refused(f"Write {what}.", code="text.missing", field=field)
    if len(clean) > most:
        raise Refused(f"Shorten this to {most:,} characters.", code="text.long", field=field)
    return clean


def plain(text: str) -> str:
    """Text without control signs, with at most one empty line in a row."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = "\n".join(
        "".join(c if c.isprintable() or c == "\t" else "" for c in line).rstrip() for line in lines
    )
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def subject_of(text: str) -> str:
    """A mail's subject without "Re:", "Fwd:" and our own reference."""
    clean = re.sub(r"\[Q-[0-9A-Z]{6}\]", " ", text, flags=re.IGNORECASE)
    clean = re.sub(r"^(?:\s*(?:re|fwd?|aw|wg|sv)\s*:)+", "", clean, flags=re.IGNORECASE)
    return " ".join(clean.split())[:200]


# --- by when -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Hours:
    """When enquiries are answered: days of the week (0 is Monday), from, to, and the days that are free."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: time = time(9)
    closes: time = time(17)
    zone: str = "Europe/London"
    free: frozenset[date] = frozenset()

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing on a day, in UTC, so that a clock change is no working time; None where it is free."""
        if day.weekday() not in self.days or day in self.free:
            return None
        zone = ZoneInfo(self.zone)
        opens, closes = (datetime.combine(day, at, zone) for at in (self.opens, self.closes))
        return opens.astimezone(UTC), closes.astimezone(UTC)


def due_at(received: datetime, hours: int, within: Hours) -> datetime:
    """When an answer is due that may take so many working hours; what comes at night begins in the morning.

    At most a year ahead: if no day is a working day, an hour counts as an hour.
    """
    left = timedelta(hours=hours)
    day = received.astimezone(ZoneInfo(within.zone)).date()
    for _ in range(366):
        span = within.on(day)
        day += timedelta(days=1)
        if span is None:
            continue
        begin = max(span[0], received)
        here = span[1] - begin
        if here <= timedelta():
            continue
        if left <= here:
            return begin + left
        left -= here
    return received + timedelta(hours=hours)


# --- who answers -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Place:
    """A place on the map."""

    latitude: float
    longitude: float

    def km(self, other: "Place") -> float:
        """How far another one is."""
        return distance_km(self.latitude, self.longitude, other.latitude, other.longitude)


@dataclass(frozen=True)
class Offer:
    """A group that is on offer: of which programme and intake, by which partner, where (None: unknown, or online)."""

    programme: int
    intake: int
    partner: int | None
    place: Place | None = None


def partner_for(offers: Iterable[Offer], *, programme: int | None, place: Place | None) -> int | None:
    """The delivery partner nearest to `place` that has groups of `programme`; None is the office.

    Without a programme or a place nobody is chosen, nor when the nearest is too far to go there. Of two at one
    distance the one that came first in the list has it.
    """
    if programme is None or place is None:
        return None
    near = [
        (place.km(offer.place), offer.partner)
        for offer in offers
        if offer.programme == programme and offer.partner is not None and offer.place is not None
    ]
    within = [pair for pair in near if pair[0] <= SERVED_KM]
    return min(within, key=lambda pair: pair[0])[1] if within else None


def is_near(offers: Sequence[Offer], *, intake: int, place: Place | None, online: bool) -> bool:
    """Whether an intake is near somebody: online it is everywhere; where no place of its groups is known, or none
    of the person, nobody can say that it is far.
    """
    places = [offer.place for offer in offers if offer.intake == intake and offer.place is not None]
    if online or place is None or not places:
        return True
    return min(place.km(one) for one in places) <= NEAR_KM


def consent_until(on: date) -> date:
    """The last day on which a registered interest may be used: two years after it was given."""
    months = on.month - 1 + CONSENT_MONTHS
    year, month = on.year + months // 12, months % 12 + 1
    return date(year, month, min(on.day, 28))


# --- what is no NPQ ----------------------------------------------------------------------------------
def provision_named(text: str, names: Mapping[str, Sequence[str]]) -> str:
    """The other provision that a text is about, by its key in `names` (key -> what it is called); "" for none (S0-60).

    Words count whole, without capitals and plurals: an "apprenticeship" is one of the Apprenticeships. A text that
    speaks of an NPQ too stays with those who answer for NPQs, whatever else it names. Of several the one that is
    named first counts.
    """
    said = " ".join(index_form(text))
    if re.search(r"\bnpq|\bnational professional qualification\b", said):
        return ""
    places = {
        key: match.start()
        for key, called in names.items()
        for name in called
        if (match := re.search(rf"\b{re.escape(' '.join(index_form(name)))}\b", said))
    }
    return min(places, key=lambda key: places[key]) if places else ""


def index_form(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [singular(fold(word)) for word in re.findall(r"[^\W_]+", text)]


# --- what looks like spam ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Signs:
    """What a form tells of its sender besides the words."""

    trap: str = ""  # a field that people don't see
    seconds: float | None = None  # between opening and sending; None: unknown or forged


_LINK = re.compile(r"(?:https?://|www\.)\S+|\[url|<a\s", re.IGNORECASE)
_SHOUTING = re.compile(
    r"\b(?:viagra|casino|crypto\w*|backlinks?|seo\s+(?:services?|ranking)|forex|escorts?|payday\s+loan)\b",
    re.IGNORECASE,
)


def suspicion(text: str, signs: Signs | None = None, *, name: str = "") -> str:
    """Why a message is put aside for a look, "" when nothing speaks against it. Put aside is not thrown away.

    A confirmation begins with the name: with a link in it, a stranger could have us send advertising to anybody.
    """
    if _LINK.search(name):
        return "a link in the name"
    if signs is not None:
        if signs.trap:
            return "a field was filled in that people don't see"
        if signs.seconds is None:
            return "the form does not say when it was opened"
        if signs.seconds < QUICKEST_SECONDS:
            return f"the form was sent {max(signs.seconds, 0):.0f} seconds after it was opened"
    links = len(_LINK.findall(text))
    if links > MOST_LINKS:
        return f"{links} links"
    words = len(_LINK.sub(" ", text).split())
    if links and words < 5:
        return "little more than a link"
    found = _SHOUTING.search(text)
    return f"the word “{found[0].lower()}”" if found else ""


# --- contact points ----------------------------------------------------------------------------------
_E164 = re.compile(r"\+[1-9][0-9]{7,14}\Z")
_UK = re.compile(r"\+44(?:1[1-9][0-9]{8}|1[2-9][0-9]{7}|2[0-9]{9}|3[0-9]{9}|7[0-9]{9}|8[0-9]{9})\Z")
_US = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}\Z")
_WEB = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(/[\w./%-]*)?\Z")


def phone_number(printed: str, country: str = "44") -> str:
    """A number as it is dialled, "+441179209200" (E.164); refuses what can't be one (S0-68).

    "0117 920 9200" and "+44 (0)117 920 9200" are one number. Numbers of the United Kingdom and of North America
    are looked at closely, since one was printed for the other; of others only the length is known.
    """
    text = printed.strip().removeprefix("tel:").replace("(0)", "")
    digits = re.sub(r"[\s().\-/]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = f"+{country}{digits[1:]}"
    fits = _UK if digits.startswith("+44") else _US if digits.startswith("+1") else _E164
    if not fits.match(digits):
        raise Refused(
            f"“{printed[:60]}” is no telephone number. Give it with its area code, such as 0117 496 0123, or with "
            "the country, such as +44 117 496 0123.",
            code="phone.invalid",
            field="value",
        )
    return digits


def phone_text(number: str) -> str:
    """A number as people read it: "+44 117 920 9200"."""
    if number.startswith("+44"):
        rest = number[3:]
        area = 2 if rest[:1] == "2" else 4 if rest[:1] == "7" else 3
        return f"+44 {rest[:area]} {rest[area:-4]} {rest[-4:]}".replace("  ", " ")
    return number


def web_address(printed: str) -> str:
    """A website without scheme, "example.org/npq"; refuses what can't be one."""
    match = _WEB.match(printed.strip().lower()[:200])
    if match is None:
        raise Refused("Give a website such as example.org.", code="web.invalid", field="value")
    return match[1].removeprefix("www.") + (match[2] or "").rstrip("/")


def check_postcode(text: str) -> str:
    """A postcode's key, "" for none; refuses what is too long to be one. Abroad anything may be one."""
    if len(text.strip()) > 12:
        raise Refused("Give a postcode such as BS1 5JD.", code="postcode.shape", field="postcode")
    return postcode_key(text)


@dataclass(frozen=True)
class Quoted:
    """A mail's text: what is new, and what is quoted from before."""

    text: str
    quoted: str = ""


_WROTE = re.compile(
    r"^(?:On .{5,200} wrote:|-{2,}\s*Original Message\s*-{2,}|_{10,}|From: .{3,200})\s*$", re.I
)


def split_quoted(text: str) -> Quoted:
    """Tell what a person wrote from what their mail program quoted below."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        rest = [one for one in lines[number:] if one.strip()]
        if number and (_WROTE.match(line) or (line.startswith(">") and all(one[0] == ">" for one in rest))):
            before = "\n".join(lines[:number]).strip()
            if before:
                return Quoted(before, "\n".join(lines[number:]).strip())
    return Quoted(text.strip())


# --- which of our addresses a mail was written to (S1-33) -----------------------------------------------
@dataclass(frozen=True)
class Point:
    """An address of ours: whether its topic is the general one, and whether it is a delivery partner's."""

    value: str
    general: bool = False
    partner: bool = False


def written_to(
    points: Sequence[Point], *, delivered: Sequence[str], to: Sequence[str], cc: Sequence[str]
) -> int | None:
    """Which of our addresses, by its place in `points`, a mail with these addresses was written to; None: to none.

    First comes the one for whom mail servers say that this copy is, since a mail may reach us hidden. Where that one is
    general it comes last: a mailbox that collects for all addresses says nothing. To goes before Cc. Of several in the
    same place a partner's goes first, then one with a topic of its own. An address with a plus is the same address.
    """
    at: dict[str, int] = {}
    for place, point in enumerate(points):
        known = at.setdefault(point.value.lower(), place)
        if _order(point) < _order(points[known]):
            at[point.value.lower()] = place
    placed = [[at[key] for one in some if (key := _known_as(one, at))] for some in (delivered, to, cc)]
    own = [place for place in placed[0] if points[place].partner or not points[place].general]
    for found in (own, placed[1], placed[2], placed[0]):
        if found:
            return min(found, key=lambda place: _order(points[place]))
    return None


def _order(point: Point) -> tuple[bool, bool]:
    return not point.partner, point.general


def _known_as(address: str, known: Mapping[str, int]) -> str:
    """The address as one of ours, with or without what stands behind a plus; "" for another."""
    address = address.lower()
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return next((one for one in (address, plain) if one in known), "")
