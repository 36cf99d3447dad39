"""Asking graduates for their role by mail, and what they answer: by a link that is theirs, with or without signing in
(S0-72).
"""

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from goldenthread.awards import next_role_rules as rules
from goldenthread.awards.models import Award
from goldenthread.awards.next_role_models import RoleAnswer, RoleQuestion, RoleSilence
from goldenthread.awards.rules import ROLES
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused
from goldenthread.outcomes.board_rules import count_text

FILE = Path(__file__).with_name("next_roles.toml")
AT_ONCE = 500
_SALT = "goldenthread.next-role"


@dataclass(frozen=True)
class Rounds:
    """After how many months somebody is asked, and for how many days after that."""

    months: tuple[int, ...]
    days: int


@cache
def rounds() -> Rounds:
    """The rounds that the file states; refuses one that states none."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    rules.check_months(read["months"], read["days"])
    return Rounds(tuple(read["months"]), read["days"])


# --- asking ----------------------------------------------------------------------------------------------
def to_ask(months: int, *, on: date) -> QuerySet[Award]:
    """The awards whose holders are asked on a day, so many months after: standing ones, of each person the latest,
    not asked yet in this round, and of nobody who said that they don't want to be.
    """
    first, last = rules.span_of(months, days=rounds().days, on=on)
    person = "outcome__enrolment__user"
    after = Q(awarded_on__gt=OuterRef("awarded_on")) | Q(
        awarded_on=OuterRef("awarded_on"), pk__gt=OuterRef("pk")
    )
    later = Award.objects.filter(after, outcome__enrolment__user=OuterRef(person), revoked_at__isnull=True)
    found = Award.objects.filter(
        ~Exists(later.order_by()),
        ~Exists(RoleQuestion.objects.filter(award=OuterRef("pk"), months=months)),
        ~Exists(RoleSilence.objects.filter(user=OuterRef(person))),
        revoked_at__isnull=True,
        awarded_on__range=(first, last),
        outcome__enrolment__user__is_active=True,
    )
    return found.select_related("outcome__enrolment__user").defer("outcome__conditions").order_by("pk")


def ask(*, at: datetime) -> int:
    """Ask everybody whose round has come, by mail, once per person and round; how many. Again asks nobody twice."""
    return sum(_ask_round(months, at=at) for months in rounds().months)


def _ask_round(months: int, *, at: datetime) -> int:
    asked = 0
    while some := _ask_some(months, at=at):
        asked += some
    return asked


@transaction.atomic
def _ask_some(months: int, *, at: datetime) -> int:
    chosen = list(to_ask(months, on=clock.day_of(at)).select_for_update(of=("self",))[:AT_ONCE])
    made = RoleQuestion.objects.bulk_create(
        RoleQuestion(award=award, months=months, asked_at=at) for award in chosen
    )
    letters, told = dict[str, tuple[str, dict[str, Any]]](), dict[str, dict[str, Any]]()
    for award, question in zip(chosen, made, strict=True):
        person = award.outcome.enrolment.user
        letters[f"next_role:{question.pk}"] = (
            person.email,
            {"name": person.get_short_name(), "programme": award.programme_code, "token": token_of(question)},
        )
        told[f"enrolment:{award.outcome.enrolment_id}"] = {"months": months}
    mail.send_many("next_role", letters, at=at)
    audit.record_many("next_role.asked", told, by=None, at=at)
    return len(made)


# --- the link --------------------------------------------------------------------------------------------
def token_of(question: RoleQuestion) -> str:
    """What the link of a question ends with: signed for this one purpose."""
    return signing.dumps(question.pk, salt=_SALT)


def by_token(token: str) -> RoleQuestion | None:
    """The question behind a link; None for what we never sent, and once the award was revoked. One query."""
    try:
        pk = signing.loads(token[:200], salt=_SALT)
    except signing.BadSignature:
        return None
    found = RoleQuestion.objects.select_related("award__outcome__enrolment__user", "answer")
    return found.defer("award__outcome__conditions").filter(pk=pk, award__revoked_at__isnull=True).first()


def asked_of(award: Award) -> RoleQuestion | None:
    """The latest question about an award, with its answer, for its holder. One query."""
    found = RoleQuestion.objects.filter(award=award).select_related("answer")
    return found.order_by("-asked_at", "-pk").first()


def is_silent(question: RoleQuestion) -> bool:
    """Whether its person said that they are not to be asked again. One query."""
    return RoleSilence.objects.filter(user=question.award.outcome.enrolment.user_id).exists()


# --- answering -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """What somebody says: the role they have and where, a planned one and from when, and that they agree."""

    role_now: str
    place: str = ""
    role_planned: str = ""
    planned_for: date | None = None
    consent: bool = False


@transaction.atomic
def answer(*, question: RoleQuestion, told: Told, at: datetime) -> RoleAnswer:
    """Keep an answer, in place of the one before; the same again changes nothing. Refuses what the rules refuse."""
    held = _held(question)
    rules.check_answer(
        role_now=told.role_now, role_planned=told.role_planned, planned_for=told.planned_for,
        consent=told.consent, on=clock.day_of(at),
    )  # fmt: skip
    said = {
        "role_now": told.role_now,
        "place": told.place.strip()[: rules.LONGEST_PLACE],
        "role_planned": told.role_planned,
        "planned_for": told.planned_for,
        "consent_text": rules.CONSENT,
    }
    known = RoleAnswer.objects.filter(question=held).first()
    if known is not None and all(getattr(known, name) == value for name, value in said.items()):
        return known
    kept, _ = RoleAnswer.objects.update_or_create(question=held, defaults={**said, "answered_at": at})
    _record("next_role.answered", held, at=at, again=known is not None)
    return kept


@transaction.atomic
def take_back(*, question: RoleQuestion, at: datetime) -> bool:
    """Remove an answer, as its person may at any time; whether there was one."""
    held = _held(question)
    removed, _ = RoleAnswer.objects.filter(question=held).delete()
    if removed:
        _record("next_role.taken_back", held, at=at)
    return bool(removed)


@transaction.atomic
def silence(*, question: RoleQuestion, at: datetime) -> bool:
    """Don't ask this person again, about no award; whether that is new. What they answered stays."""
    held = _held(question)
    made = RoleSilence.objects.get_or_create(user=held.award.outcome.enrolment.user, defaults={"at": at})[1]
    if made:
        _record("next_role.silenced", held, at=at)
    return made


def _held(question: RoleQuestion) -> RoleQuestion:
    """The question, locked; refuses one whose award was revoked meanwhile."""
    held = (
        RoleQuestion.objects.select_for_update(of=("self",))
        .select_related("award__outcome__enrolment__user")
        .get(pk=question.pk)
    )
    if held.award.revoked_at is not None:
        raise Refused("This award was revoked: nothing is asked about it any more.", code="next_role.revoked")
    return held


def _record(verb: str, held: RoleQuestion, *, at: datetime, **details: Any) -> None:
    """In the trail of the enrolment, by its person, who may have used the link; without what they said."""
    enrolment = held.award.outcome.enrolment
    audit.record(verb, f"enrolment:{enrolment.pk}", by=enrolment.user, at=at, months=held.months, **details)


# --- figures ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RoundFigures:
    """Of one programme and round: how many were asked, and, as texts that tell of no single person, how many answered
    and how many plan a new role.
    """

    programme: str
    months: int
    asked: int
    answered: str
    planning: str


@dataclass(frozen=True)
class Figures:
    """The answers in figures: by programme and round, and of the latest answer of each who answered how many have which
    role and how many plan which.
    """

    rounds: list[RoundFigures]
    now: dict[str, int]
    planned: dict[str, int]


def figures() -> Figures:
    """The answers in figures, for the office. Two queries, however many there are."""
    standing = RoleQuestion.objects.filter(award__revoked_at__isnull=True).order_by()
    asked = Counter(standing.values_list("award__programme_code", "months"))
    rows = list(
        RoleAnswer.objects.filter(question__award__revoked_at__isnull=True)
        .order_by("answered_at", "pk")
        .values_list(
            "question__award__programme_code",
            "question__months",
            "question__award",
            "role_now",
            "role_planned",
        )
    )
    answered = Counter((code, months) for code, months, *_ in rows)
    planning = Counter((code, months) for code, months, _, _, planned in rows if planned)
    by_round = [
        RoundFigures(
            code, months, number,
            count_text(answered[code, months], number),
            count_text(planning[code, months], answered[code, months]),
        )
        for (code, months), number in sorted(asked.items())
    ]  # fmt: skip
    latest = {award: (now, planned or rules.NO_PLAN) for _, _, award, now, planned in rows}
    now = Counter(role for role, _ in latest.values())
    planned = Counter(role for _, role in latest.values())
    return Figures(by_round, _said(now), _said(planned))


def _said(counts: Counter[str]) -> dict[str, int]:
    """What may be said of these, in the order of roles."""
    return rules.said_apart({one: counts[one] for one in (*ROLES, rules.NO_PLAN) if counts[one]})
