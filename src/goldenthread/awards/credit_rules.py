"""Credit at a university for an award: who may ask, what they agree to, what the statement says (S1-37, S3-33)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from goldenthread.common.refused import Refused

LONGEST_NOTE = 1000
MOST_CREDITS = 360
ANSWERS = ("accepted", "declined")


@dataclass(frozen=True)
class Agreed:
    """What an agreement says; `versions` are the keys of the programme versions it covers."""

    university: str
    award_title: str
    level: int
    credits: int | None
    versions: frozenset[str]
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether a request may be made by it on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def consent_text(agreed: Agreed, *, provider: str, programme: str, edition: str) -> str:
    """What a graduate agrees to, word for word as it is shown and kept."""
    return (
        f"I ask {agreed.university} to count my {programme} award ({edition} edition) towards its "
        f"{agreed.award_title}. I agree that {provider} shows {agreed.university} for this purpose: my name, my "
        "e-mail address, the programme and its edition, the day and the code of my award, and the statement of its "
        f"level. I can withdraw my agreement at any time on the page of my award; {provider} then shows "
        f"{agreed.university} nothing of me any more. What {agreed.university} has taken into its own records by "
        "then, it answers for itself."
    )


def digest(text: str) -> str:
    """Which text somebody had before them."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def check_request(agreed: Agreed, *, version: str, has_award: bool, agrees: bool, on: date) -> None:
    """A graduate may ask by an agreement that covers their very version and holds on the day, and only by agreeing.

    Refuses a candidate who has not passed, a version that the agreement doesn't cover, a day outside it, and a form
    without the consent.
    """
    if not has_award:
        raise Refused(
            "Credit can be requested once you hold the award. It is issued when your result is released as passed.",
            code="credit.no_award",
        )
    if version not in agreed.versions:
        raise Refused(
            "There is no agreement on credit for your version of this programme, so nothing can be requested.",
            code="credit.no_agreement",
        )
    if not agreed.holds_on(on):
        raise Refused(
            f"The agreement with {agreed.university} takes no requests on this day. Ask the programme office "
            "whether there is a new one.",
            code="credit.not_in_force",
        )
    if not agrees:
        raise Refused(
            f"Tick that you agree: without it {agreed.university} may not see your request.",
            code="credit.consent",
            field="agrees",
        )


def statement_text(
    agreed: Agreed, *, holder: str, programme: str, edition: str, awarded_on: str, credits: int | None
) -> str:
    """What the statement says of the level; a number of credits only where there is one (G-16)."""
    said = (
        f"{holder} was awarded the {programme}, {edition} edition, on {awarded_on}. By the agreement with "
        f"{agreed.university}, this version is delivered at Masters Level {agreed.level}, and its graduates may "
        f"accrue credit towards the {agreed.award_title} there."
    )
    if credits is not None:
        said += f" The agreement gives {credits} credit{'' if credits == 1 else 's'} for it."
    return said + f" {agreed.university} decides on each request."


def check_agreement(agreed: Agreed, *, stated: frozenset[str]) -> None:
    """An agreement names an award, covers versions whose specification states one, and ends after it begins.

    Refuses a number of credits below 1 or above 360, and a level outside 1 to 8.
    """
    if not agreed.award_title.strip():
        raise Refused("Name the university's award.", code="agreement.title", field="award_title")
    if not agreed.versions:
        raise Refused("Choose the versions that it covers.", code="agreement.versions", field="versions")
    others = sorted(agreed.versions - stated)
    if others:
        raise Refused(
            f"The specification of {', '.join(others)} states no agreement on Masters credit. Add it there first, so "
            "that visitors and graduates read the same.",
            code="agreement.not_stated",
            field="versions",
        )
    if agreed.valid_to is not None and agreed.valid_to < agreed.valid_from:
        raise Refused("Its last day comes before its first.", code="agreement.period", field="valid_to")
    check_credits(agreed.credits)
    if not 1 <= agreed.level <= 8:
        raise Refused("A level is 1 to 8.", code="agreement.level", field="level")


def check_credits(credits: int | None) -> None:
    """Nothing, or 1 to 360; 0 is not how one says that the number is unknown."""
    if credits is not None and not 1 <= credits <= MOST_CREDITS:
        raise Refused(
            "Give 1 to 360 credits, or nothing while the number is not known.",
            code="agreement.credits",
            field="credits",
        )


def check_answer(answer: str, note: str) -> None:
    """A university accepts or declines; who declines says why."""
    if answer not in ANSWERS:
        raise Refused("Choose an answer.", code="credit.answer", field="answer")
    if answer == "declined" and not note.strip():
        raise Refused(
            "Say why, so that the graduate knows what to do next.", code="credit.note", field="note"
        )
