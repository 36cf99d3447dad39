"""What an application may say and become: shape of the answers, states, places. No Django, no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from goldenthread.catalogue.rules import EntryDecision, EntryDetails, check_entry
from goldenthread.catalogue.specification import Specification
from goldenthread.common.refused import Refused
from goldenthread.people import rules as people

# State → what may be done → the state after it. What isn't here is forbidden.
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "submitted": {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"},
    "accepted": {},
    "declined": {},
    "withdrawn": {},
}
OWNERS = {"submitted": "the programme office", "accepted": "", "declined": "", "withdrawn": ""}
REFERENCE_SIGNS = "23456789ABCDEFGHJKMNPQRTVWXYZ"  # without 0 O, 1 I L, 5's twin S, and U
REFERENCE_LENGTH = 6
LONGEST_REASON = 2000
FURTHER = ("scopes", "role", "role_description", "schools", "confirmed", "discussed")  # kept without a column


def move(state: str, verb: str) -> str:
    """The state after `verb`; refuses what the table doesn't hold, saying where the application stands."""
    after = TRANSITIONS.get(state, {}).get(verb)
    if after is None:
        raise Refused(
            f"This application is already {state}. Reload the page to see what was decided.",
            code=f"application.{state}",
        )
    return after


# --- the answers -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Discussion:
    """With whom the application was talked over in school (S0-65)."""

    role: str = ""
    name: str = ""
    on: str = ""  # ISO day, empty when not said
    email: str = ""  # by which they never judge the applicant's work, if they have an account here


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything that an applicant fills in; `school_id` or, for one not in the register, `school_text`."""

    name: str
    email: str
    delivery_model: str
    role_status: str
    zone: str = "Europe/London"
    school_id: int | None = None
    school_text: str = ""
    scopes: tuple[str, ...] = ()
    role: str = ""
    role_description: str = ""
    schools: int | None = None  # how many the applicant answers for
    confirmed: tuple[str, ...] = ()
    discussed: Discussion = field(default_factory=Discussion)
    conduct_accepted: bool = False

    @property
    def scope_text(self) -> str:
        """The scopes in one line, for lists."""
        return ", ".join(self.scopes)

    def further(self) -> dict[str, Any]:
        """The answers that have no column of their own, ready to be stored."""
        kept = {
            "scopes": list(self.scopes),
            "role": self.role,
            "role_description": self.role_description,
            "schools": self.schools,
            "confirmed": list(self.confirmed),
            "discussed": _kept(self.discussed),
        }
        return {name: value for name, value in kept.items() if value not in (None, "", [])}


def check_answers(answers: Answers, *, delivery_models: Sequence[str], today: date) -> Answers:
    """The answers in the form in which they are kept; refuses the first that is missing or impossible.

    Whether the person may be admitted is the catalogue's question, not this one.
    """
    name, email = people.check_name(answers.name), people.check_email(answers.email)
    people.check_zone(answers.zone)
    school_text = _line(answers.school_text, 200)
    if answers.school_id is None and not school_text:
        raise Refused(
            "Choose your school, or write its name if it is not listed.",
            code="school.missing",
            field="school",
        )
    if answers.delivery_model not in delivery_models:
        raise Refused(
            "Choose one of the ways to study that this intake offers.",
            code="delivery_model.not_offered",
            field="delivery_model",
        )
    discussed = _checked_discussion(answers.discussed, today)
    if not answers.conduct_accepted:
        raise Refused(
            "Confirm that you will work to the professional conduct that the Teachers' Standards expect.",
            code="conduct.missing",
            field="conduct_accepted",
        )
    clean = {
        **{name_: getattr(answers, name_) for name_ in answers.__dataclass_fields__},
        "name": name,
        "email": email,
        "discussed": discussed,
        "school_text": "" if answers.school_id is not None else school_text,
        "role_description": _line(answers.role_description, 500),
    }
    return Answers(**clean)


def entry_decision(specification: Specification, answers: Answers) -> EntryDecision:
    """Whether the applicant belongs to the version's audience, as the catalogue decides (S0-05 to S0-10)."""
    details = EntryDetails(
        role_status=answers.role_status,
        scopes=answers.scopes,
        role=answers.role,
        role_description=answers.role_description,
        schools=answers.schools,
        confirmed=frozenset(answers.confirmed),
    )
    return check_entry(specification, details)


def _checked_discussion(discussed: Discussion, today: date) -> Discussion:
    """With whom it was talked over, the address in lower case; refuses a day to come and what can't be an address."""
    email = ""
    if discussed.email.strip():
        try:
            email = people.check_email(discussed.email)
        except Refused as no:
            raise Refused(no.message, code="discussed.email", field="discussed_email") from None
    if not discussed.on:
        return replace(discussed, email=email)
    try:
        day = date.fromisoformat(discussed.on)
    except ValueError:
        raise Refused("Give the day as a date.", code="discussed.date", field="discussed_on") from None
    if day > today:
        raise Refused(
            "The talk can't be in the future: correct its date.",
            code="discussed.future",
            field="discussed_on",
        )
    return replace(discussed, email=email)


def _kept(discussed: Discussion) -> dict[str, str] | None:
    """What was said of the talk, as an application keeps it; None where nothing was. An address only where one was
    given.
    """
    if not (discussed.role or discussed.name or discussed.email):
        return None
    return {name: value for name, value in asdict(discussed).items() if value or name != "email"}


def _line(text: str, limit: int) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())[:limit]


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What is known of an application whose version enrols directly."""

    referred: bool  # by the entry rules
    open_checks: Sequence[str]  # of the version's checks before acceptance, by name
    school_listed: bool
    room: bool  # in the intake
    others_account: bool  # the address has an account that isn't known to be the applicant's


def in_the_way(checks: Checks) -> list[str]:
    """Why somebody isn't enrolled at once though the version enrols directly (S0-52); empty: nothing is in the way."""
    found = [
        (checks.referred, "the entry rules refer it to a person"),
        (bool(checks.open_checks), f"{' and '.join(checks.open_checks)} missing"),
        (not checks.school_listed, "the school is not in the register"),
        (not checks.room, "all places of the intake are taken"),
        (
            checks.others_account,
            "the address has an account, and whoever sent this was not signed in with it",
        ),
    ]
    return [text for is_so, text in found if is_so]


def warnings(*, details: Mapping[str, Any], school_listed: bool) -> list[str]:
    """What the office should know before it decides; none of it blocks (S0-65)."""
    waits = details.get("admission", {}).get("waits", [])
    found = [f"This version enrols directly. It waits for you because {'; '.join(waits)}."] if waits else []
    if not details.get("discussed"):
        found.append("The applicant doesn't say with whom the application was discussed in school.")
    if not school_listed:
        found.append("The school isn't in the register: check that it exists and where it is.")
    return found


# --- deciding ----------------------------------------------------------------------------------------
def check_places(*, places: int | None, taken: int) -> None:
    """Refuse an acceptance beyond the places of the intake; None is no limit."""
    if places is not None and taken >= places:
        raise Refused(
            f"All {places} places of this intake are taken. Raise the number of places or decline.",
            code="intake.full",
        )


def check_reason(reason: str, *, purpose: str) -> str:
    """The reason in clean text; refuses an empty one."""
    clean = re.sub(
        r"[^\S\n]+", " ", "".join(c if c.isprintable() or c == "\n" else " " for c in reason)
    ).strip()
    if not clean:
        raise Refused(
            f"Say why you {purpose}: the reason is kept and shown.", code="reason.missing", field="reason"
        )
    if len(clean) > LONGEST_REASON:
        raise Refused(
            f"Shorten the reason to {LONGEST_REASON:,} characters.", code="reason.long", field="reason"
        )
    return clean


def check_referred(details: Mapping[str, Any], reason: str) -> None:
    """Refuse to accept what the entry rules referred to a person unless that person says why."""
    if details.get("entry", {}).get("result") == "referred" and not reason.strip():
        raise Refused(
            "The entry rules referred this application to you: say why you accept it.",
            code="reason.missing",
            field="reason",
        )


@dataclass(frozen=True)
class Needed:
    """A check that a version asks for before acceptance, such as a declaration (S1-05)."""

    key: str
    name: str


def check_entry_checks(
    needed: Sequence[Needed], recorded: Mapping[str, Mapping[str, Any]], *, on: date
) -> None:
    """Refuse while a check is missing, was not passed, or is dated after the acceptance."""
    for check in needed:
        record = recorded.get(check.key)
        if record is None:
            raise Refused(f"{check.name} missing: record it before you accept.", code=f"{check.key}.missing")
        if not record.get("passed"):
            raise Refused(
                f"{check.name} not passed: this person can't be accepted.", code=f"{check.key}.not_passed"
            )
        if date.fromisoformat(record["on"]) > on:
            raise Refused(
                f"{check.name} is dated after this acceptance: accept on or after that day.",
                code=f"{check.key}.later",
            )
