"""Verify a code, and the award of an enrolment."""

from dataclasses import dataclass
from enum import StrEnum

from goldenthread.applications.models import Enrolment
from goldenthread.awards import rules
from goldenthread.awards.models import Award


class Verdict(StrEnum):
    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verification:
    """What a code certifies; of an unknown one nothing is said, not even whether it is near."""

    verdict: Verdict
    award: Award | None = None


def verify(text: str) -> Verification:
    """Look a code up, forgiving case, spaces and dashes (S1-08); one query at most."""
    code = rules.canonical(text)
    award = Award.objects.filter(code=code).first() if code else None
    if award is None:
        return Verification(Verdict.UNKNOWN)
    return Verification(Verdict.REVOKED if award.revoked_at else Verdict.VALID, award)


def award_of(enrolment: Enrolment) -> Award | None:
    """The award of an enrolment that stands; one query."""
    standing = Award.objects.filter(outcome__enrolment=enrolment, revoked_at__isnull=True)
    return standing.select_related("certificate").order_by("-issued_at", "-pk").first()
