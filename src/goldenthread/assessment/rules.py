"""What decides about a case study, its window and what is handed in (S0-30 to S0-42, G-18).

Plain functions: time comes in as `at` or as dates, what the version says comes in as numbers. A rule that
says no raises `Refused` with a message for the person who tried; `allows(rule, ...)` turns it into true or
false.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from goldenthread.catalogue.rules import add_months
from goldenthread.common.days import day_text as day_text
from goldenthread.common.days import deadline_text as deadline_text
from goldenthread.common.days import instant_text as instant_text
from goldenthread.common.days import zone_text
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused

KINDS = {"learn_that": "learn-that", "learn_how_to": "learn-how-to"}
DRAFT_LIMIT = 200_000  # characters of a whole response: some twenty times the longest word limit
BEFORE_PARTS = "Before the first part"  # the title of what a document has before its first heading


# --- when a window is open (S0-39) -----------------------------------------------------------------
def day_begins(day: date, zone: str) -> datetime:
    """The instant, in UTC, at which `day` begins in `zone`: midnight, or what the clocks there make of it.

    Where clocks go forward at midnight the day begins at the change; where they go back over midnight it
    begins the second time, when the day before is over for good.
    """
    where = ZoneInfo(zone)
    midnight = datetime.combine(day, time.min, where)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    just_before = (second - timedelta(microseconds=1)).astimezone(where).date()
    return second if just_before < day <= second.astimezone(where).date() else first


def window_days(opens_on: date, days: int, zone: str) -> list[date]:
    """The calendar days of a window: the day of release is day 1 (G-18), and a day that `zone` skips is none.

    Refuses a first day that the zone's calendar doesn't have.
    """
    if not _exists(opens_on, zone):
        raise Refused(
            f"{day_text(opens_on)} does not exist in {zone}: choose the day after.",
            code="window.no_such_day",
            field="opens_on",
        )
    found = [opens_on]
    while len(found) < days:
        following = found[-1] + timedelta(days=1)
        found.append(following if _exists(following, zone) else following + timedelta(days=1))
    return found


def _exists(day: date, zone: str) -> bool:
    return day_begins(day, zone).astimezone(ZoneInfo(zone)).date() == day


def window_instants(opens_on: date, days: int, zone: str) -> tuple[datetime, datetime]:
    """When a window opens and closes, in UTC: from the first moment of day 1 to the end of the last day.

    Computed from local calendar days, so eight days may have 191 or 193 hours.
    """
    last = window_days(opens_on, days, zone)[-1]
    return day_begins(opens_on, zone), day_begins(last + timedelta(days=1), zone)


def allowed_first_days(start: date, days: int, months: tuple[int, int]) -> tuple[date, date]:
    """The first and the last calendar day on which a window may open."""
    return add_months(start, months[0]), add_months(start, months[1]) - timedelta(days=days - 1)


def check_window(start: date, opens_on: date, days: int, months: tuple[int, int] = (12, 15)) -> None:
    """A window lies inside the version's months after the programme start, its last day too (S0-33)."""
    earliest, latest = allowed_first_days(start, days, months)
    allowed = f"Choose a first day from {day_text(earliest)} to {day_text(latest)}."
    if opens_on < earliest:
        raise Refused(
            f"Too early: {months[0]} months after the start is {day_text(earliest)}. {allowed}",
            code="window.too_early",
            field="opens_on",
        )
    if opens_on > latest:
        last = opens_on + timedelta(days=days - 1)
        raise Refused(
            f"Too late: day {days} would be {day_text(last)}, after {day_text(add_months(start, months[1]))}"
            f", {months[1]} months after the start. {allowed}",
            code="window.too_late",
            field="opens_on",
        )


def check_not_begun(opens_at: datetime, at: datetime) -> None:
    """Nothing about a window changes once it is open for somebody."""
    if at >= opens_at:
        raise Refused("This window has opened: it can't be changed any more.", code="window.open")


def check_not_begun_in(opens_at: datetime, zone: str, at: datetime) -> None:
    """Nobody is booked into a sitting that has begun where they are, although it has not elsewhere."""
    if at >= opens_at:
        raise Refused(
            f"The first day of this window has begun in {zone_text(zone)} already, at {instant_text(opens_at, zone)}, "
            "and somebody is to be booked there. Choose a later first day, or one time zone for everybody.",
            code="window.open",
            field="opens_on",
        )


# --- who may see the unseen content, and when (S0-38) ----------------------------------------------
class Phase(StrEnum):
    """Where a case study stands, seen from one sitting."""

    DRAFT = "draft"
    SEALED = "sealed"  # published, its window not open yet
    OPEN = "open"
    CLOSED = "closed"


class Eye(StrEnum):
    """In what capacity somebody looks."""

    AUTHOR = "author"
    PARTICIPANT = "participant"  # of a sitting to which the case study was released
    MARKER = "marker"  # or moderator
    OTHER = "other"


VISIBLE = {
    Phase.DRAFT: {Eye.AUTHOR},
    Phase.SEALED: {Eye.AUTHOR},
    Phase.OPEN: {Eye.AUTHOR, Eye.PARTICIPANT},
    Phase.CLOSED: {Eye.AUTHOR, Eye.PARTICIPANT, Eye.MARKER},
}


def phase(*, published: bool, opens_at: datetime, closes_at: datetime, at: datetime) -> Phase:
    """The phase at an instant; the instant of closing itself still belongs to the open window."""
    if not published:
        return Phase.DRAFT
    if at < opens_at:
        return Phase.SEALED
    return Phase.OPEN if at <= closes_at else Phase.CLOSED


def visible(now: Phase, eye: Eye) -> bool:
    """Whether the unseen content may be shown. What the table doesn't name is forbidden."""
    return eye in VISIBLE[now]


def check_case_access(opens_at: datetime, at: datetime, zone: str = "UTC") -> None:
    """The case study is delivered from the first instant of the window on, not a second before."""
    if at < opens_at:
        raise Refused(
            f"The case study is released on {instant_text(opens_at, zone)}. Nothing can be seen before.",
            code="case.not_yet",
        )


def check_unused(case_study: int, used: Iterable[int]) -> None:
    """A case study that somebody has had can't be unseen for them a second time (S0-38)."""
    times = sum(1 for one in used if one == case_study)
    if times:
        people = "person of this window has" if times == 1 else "people of this window have"
        raise Refused(
            f"{times} {people} already had this case study: choose another one.",
            code="case.used",
            field="case_study",
        )


@dataclass(frozen=True)
class Readers:
    """People of another window who see a case study before those of this one: how many, and where."""

    people: int
    window: str  # for people: "NPQLT September 2024, from Mon 6 Oct 2025"


def check_unread(readers: Sequence[Readers], reason: str) -> None:
    """A case study that an earlier window has seen may have been told on: using it again needs a reason."""
    if not readers or reason.strip():
        return
    people = sum(one.people for one in readers)
    raise Refused(
        f"{people} {'person' if people == 1 else 'people'} of an earlier window will have seen this case study "
        f"({'; '.join(one.window for one in readers)}). Choose another one, or say why it is used again.",
        code="case.seen",
        field="reason",
    )


def check_enter_again(
    *, stage: str, withdrawn: bool, sat: bool, booked: bool, same: bool, reason: str
) -> None:
    """Somebody enters a further window by a decision of staff, as no document states a rule (G-02).

    `sat` says whether the results of a window of theirs are released, `booked` whether another one still lies
    ahead, `same` whether the window is of their programme version.
    """
    no = ""
    if withdrawn or stage == "awarded":
        no = "This enrolment is over: nobody can be entered for a window on it."
    elif not same:
        no = "Choose a window of the same programme version."
    elif booked:
        no = "This person has a sitting whose result is still to come."
    elif not sat:
        no = "No result of an earlier window is released for this person: book them on the window's page."
    if no:
        raise Refused(no, code="window.again")
    if not reason.strip():
        raise Refused("Say why: the decision is kept with your name.", code="window.reason", field="reason")


def check_stages(*, stage: str, induction_missing: int, development_ends: date, opens_on: date) -> None:
    """The summative stage opens after induction and development (S0-21).

    `induction_missing` is in minutes. Staff may move an enrolment to the assessment stage themselves, with a
    reason; then it is taken as they say.
    """
    if stage == "assessment":
        return
    if induction_missing > 0:
        raise Refused(
            f"Development not complete: induction is not finished, {hours_text(induction_missing)} of it missing.",
            code="stage.induction",
        )
    if opens_on < development_ends:
        raise Refused(
            f"Development not complete: it lasts until {day_text(development_ends)}.",
            code="stage.development",
        )


# --- what is written and handed in (S0-30, S0-42, S2-20) -------------------------------------------
@dataclass(frozen=True)
class Part:
    """A section of the response under the number that people see: Part("solution", 2, "The solution")."""

    key: str
    number: int
    title: str


@dataclass(frozen=True)
class Terms:
    """What one sitting asks: aware instants, the zone in which its deadline is told, whole words."""

    opens_at: datetime
    closes_at: datetime
    zone: str
    word_limit: int
    parts: tuple[Part, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which texts are kept; "" for a response that has no parts."""
        return tuple(part.key for part in self.parts) or ("",)


def check_open(terms: Terms, at: datetime) -> None:
    """In time is from the first instant to exactly 24:00:00 of the last day; a microsecond later is late."""
    check_case_access(terms.opens_at, at, terms.zone)
    if at > terms.closes_at:
        raise Refused(
            f"The window closed at {deadline_text(terms.closes_at, terms.zone)}. This was not handed in. "
            "Your text is kept here: write to the programme office today and tell them what happened.",
            code="window.closed",
        )


def check_submission(
    terms: Terms, texts: Mapping[str, str], *, words: int, own_work: bool, at: datetime
) -> None:
    """A script is in time, has something in every part, keeps to the limit and is declared own work.

    `texts` holds the text of each part by its key, or the whole under ""; `words` is their sum by the stated
    rule.
    """
    check_open(terms, at)
    missing = [f"{part.number} {part.title}" for part in terms.parts if not texts.get(part.key, "").strip()]
    if not any(text.strip() for text in texts.values()) or words == 0:
        raise Refused("There is nothing to hand in yet: write your response first.", code="script.empty")
    if missing:
        raise Refused(
            ", ".join(f"{part} missing" for part in missing) + ". Write something in every part.",
            code="script.part_missing",
        )
    if words > terms.word_limit:
        excess = words - terms.word_limit
        raise Refused(
            f"{words:,} of {terms.word_limit:,} words: cut {excess:,} word{'' if excess == 1 else 's'} "
            "and hand in again.",
            code="script.too_long",
        )
    if not own_work:
        raise Refused(
            "Confirm that this is your own work: without it nothing can be handed in.",
            code="script.own_work",
            field="own_work",
        )


def check_draft(terms: Terms, texts: Mapping[str, str], *, at: datetime) -> None:
    """A draft can be kept once the case study is there; also after the deadline, so that nothing is lost."""
    check_case_access(terms.opens_at, at, terms.zone)
    length = sum(len(text) for text in texts.values())
    if length > DRAFT_LIMIT:
        raise Refused(
            f"{length:,} characters are more than can be kept ({DRAFT_LIMIT:,}). Remove what does not belong "
            "to your response; your last saved text is unchanged.",
            code="draft.too_long",
        )
    strange = set(texts) - set(terms.keys)
    if strange:
        raise Refused("This page is out of date: load it again.", code="draft.parts")


class Stale(Refused):
    """Somebody, most likely the same person in another tab, has saved since this page was loaded.

    Carries what is stored, so that both texts can be shown and neither is lost.
    """

    def __init__(
        self,
        *,
        revision: int,
        texts: Mapping[str, str],
        message: str = "This response was changed in another tab or on another device since you loaded this page. "
        "Both texts are shown: put what you want to keep into the editor, then save again.",
        code: str = "draft.stale",
    ) -> None:
        super().__init__(message, code=code)
        self.revision = revision
        self.texts = dict(texts)


def check_revision(
    seen: int | None, texts: Mapping[str, str], *, stored: int, kept: Mapping[str, str]
) -> None:
    """A save builds on the last one; None if the caller knows of none. The same text never clashes."""
    if seen is not None and seen != stored and dict(texts) != dict(kept):
        raise Stale(revision=stored, texts=kept)


def check_case_revision(
    seen: int | None, texts: Mapping[str, str], *, stored: int, kept: Mapping[str, str], what: str
) -> None:
    """The same for what several authors write: `what` names it, "the text" or "the mark scheme"."""
    if seen is not None and seen != stored and dict(texts) != dict(kept):
        raise Stale(
            revision=stored,
            texts=kept,
            message=f"Somebody has saved {what} since you loaded this page. Nothing is overwritten: what you entered "
            "and what is saved now are both shown. Put together what should stand, then save again.",
            code="case.stale",
        )


def check_seen(seen: int | None, *, stored: int, what: str) -> None:
    """What is frozen for good is what its author has looked at; None if the caller knows of no page."""
    if seen is not None and seen != stored:
        raise Refused(
            f"Somebody has saved {what} since you loaded this page, so nothing is published. "
            "This is what is saved now: read it, then publish.",
            code="case.unseen",
        )


def part_texts(text: str, parts: Iterable[Part]) -> dict[str, str]:
    """Take a document apart at its headings: a line that is the title of a part, with or without its number.

    What stands before the first heading belongs to no part and is given under "" if it isn't empty.
    """
    titles = {_heading(part.title): part.key for part in parts}
    found: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        key = titles.get(_heading(line))
        if key:
            current = key
            found.setdefault(key, [])
        else:
            found.setdefault(current, []).append(line)
    texts = {key: "\n".join(lines).strip() for key, lines in found.items()}
    return {key: value for key, value in texts.items() if key or value}


def _heading(line: str) -> str:
    """A heading as it is compared: "4. Implementation Steps:" → "implementation steps"."""
    kept = "".join(sign if sign.isalnum() else " " for sign in line.casefold())
    words = kept.split()
    return " ".join(words[1:] if words and words[0].isdigit() else words)


# --- a case study and its mark scheme (S0-35 to S0-37, S2-32) --------------------------------------
@dataclass(frozen=True)
class Point:
    """A mark point with what is needed to judge the statement it cites."""

    number: int
    kind: str
    maximum: int
    statement: str  # for people: "Adaptive Teaching 4"
    statement_kind: str
    programme: str  # whose framework the statement is of
    complete: bool


@dataclass(frozen=True)
class Scheme:
    """A mark scheme as it is judged: whole marks."""

    points: tuple[Point, ...]
    pass_mark: int
    tolerance: int

    @property
    def total(self) -> int:
        return sum(point.maximum for point in self.points)

    def marks(self, kind: str) -> int:
        """The marks that are given for statements of one kind."""
        return sum(point.maximum for point in self.points if point.kind == kind)


def check_points(programme: str, points: Iterable[Point]) -> None:
    """Every mark point cites a complete statement of the programme's own framework, and is of its kind."""
    for point in points:
        name = f"Mark point {point.number} cites {point.statement}"
        if point.programme != programme:
            raise Refused(
                f"{name}, which belongs to the framework of {point.programme}, not {programme}.",
                code="scheme.framework",
            )
        if not point.complete:
            raise Refused(
                f"{name}, which is incomplete in our source: choose a complete statement.",
                code="scheme.incomplete",
            )
        if point.kind != point.statement_kind:
            raise Refused(
                f"{name}, which is a {KINDS[point.statement_kind]} statement: give the marks for that kind.",
                code="scheme.kind",
            )


def check_marks(*, pass_mark: int, tolerance: int, total: int) -> None:
    """The pass mark can be reached, and the tolerance is smaller than all there is to earn; whole marks."""
    if pass_mark > total:
        raise Refused(
            f"The pass mark of {pass_mark} is above the total of {total} that the mark points give: lower it to "
            f"{total} at most, or give the points more marks.",
            code="scheme.pass_mark",
            field="pass_mark",
        )
    if pass_mark < 1:
        raise Refused(
            f"The pass mark must lie between 1 and the total of {total}.",
            code="scheme.pass_mark",
            field="pass_mark",
        )
    if tolerance >= total:
        raise Refused(
            f"The tolerance of {tolerance} must be smaller than the total of {total}.",
            code="scheme.tolerance",
            field="tolerance",
        )


def check_publish(
    *, programme: str, body: str, question: str, scheme: Scheme | None, kinds: Iterable[str] = tuple(KINDS)
) -> None:
    """A case study is complete: text, question, and a mark scheme with marks for both kinds of statement."""
    if not body.strip() or not question.strip():
        raise Refused("Write the case study and its question first.", code="case.empty", field="body")
    if scheme is None or not scheme.points:
        raise Refused("There is no mark scheme yet: add its mark points.", code="scheme.empty")
    check_points(programme, scheme.points)
    for kind in kinds:
        if scheme.marks(kind) == 0:
            raise Refused(
                f"There is no {KINDS[kind]} statement with marks: add a mark point for one.",
                code="scheme.one_kind",
            )
    check_marks(pass_mark=scheme.pass_mark, tolerance=scheme.tolerance, total=scheme.total)


def check_draft_case(state: str) -> None:
    """A published case study and its mark scheme are frozen."""
    if state != "draft":
        raise Refused("This case study is published: it can't be changed any more.", code="case.published")
