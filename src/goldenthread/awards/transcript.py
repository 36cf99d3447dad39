"""The transcript of an enrolment: hours by component, areas, events, assessment as far as released, award and code.

For its holder and the office alone. The page and the PDF (PDF/UA-1) say the same, in the look of the certificate.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.project_queries import with_presence
from goldenthread.awards import certificate
from goldenthread.awards.models import Award
from goldenthread.awards.queries import award_of, revoked_award_of
from goldenthread.common import clock
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused
from goldenthread.engagement.queries import standing_of
from goldenthread.events.rules import SCHEDULED_KINDS
from goldenthread.marking.rules import half_text
from goldenthread.outcomes.attempts import counting, whole_of
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.own_result import subtotals_of
from goldenthread.outcomes.taken_off import taken_off

TEMPLATE = Path(__file__).with_name("transcript.typ")
STUDY = "study"  # what a module becomes in a plan
Row = tuple[str, ...]


@dataclass(frozen=True)
class Transcript:
    """What a transcript says; each list is of rows as they are printed."""

    holder: str
    reference: str
    programme: str
    programme_code: str
    edition: str
    provider: str
    began_on: date
    made_on: date
    hours: list[Row]  # component, credited, planned
    total: Row
    areas: list[str]
    events: list[Row]  # day, title, taken part or not
    assessed: list[Row]  # what, how
    award: Award | None
    revoked: Award | None


def transcript_of(enrolment: Enrolment, *, at: datetime) -> Transcript:
    """The transcript of an enrolment that its page has loaded for its holder or the office; a dozen queries."""
    specification = enrolment.version.specification
    standing = standing_of(enrolment)
    award = award_of(enrolment)
    hours: list[Row] = [
        (part.name, hours_text(part.counted), _planned(part.planned)) for part in standing.components
    ]
    return Transcript(
        holder=award.holder_name if award else enrolment.user.name,
        reference=enrolment.reference,
        programme=specification.programme_name,
        programme_code=enrolment.version.programme.code,
        edition=enrolment.version.edition,
        provider=award.provider if award else settings.PROVIDER_NAME,
        began_on=enrolment.starts_on,
        made_on=clock.day_of(at),
        hours=hours,
        total=("All components", hours_text(standing.counted), _planned(standing.planned)),
        areas=list(specification.content_areas) or _modules(enrolment),
        events=_events(enrolment),
        assessed=_assessed(enrolment),
        award=award,
        revoked=None if award else revoked_award_of(enrolment),
    )


def _planned(minutes: int | None) -> str:
    return "not stated" if minutes is None else hours_text(minutes)


def _events(enrolment: Enrolment) -> list[Row]:
    """The events of the plan that were, with whether the person took part; made up later counts as said."""
    rows: list[Row] = []
    plan = with_presence(enrolment.plan.filter(kind__in=sorted(SCHEDULED_KINDS)))
    for one in map(vars, plan.order_by("due_on", "position")):
        said = "attended" if one["attended"] else "made up" if one["made_up"] else "in part"
        if one["attended"] or one["made_up"] or one["there"] or one["credited"] > 0:
            day = certificate.long_day(one["due_on"]) if one["due_on"] else "no day recorded"
            rows.append((day, one["title"], said))
    return rows


def _modules(enrolment: Enrolment) -> list[str]:
    """The modules of the plan, for versions whose specification names no areas. One query."""
    titles = enrolment.plan.filter(kind=STUDY).order_by("position").values_list("title", flat=True)
    return list(dict.fromkeys(titles))


def _assessed(enrolment: Enrolment) -> list[Row]:
    """What is released of the assessment: each condition as it was decided, then the marks by kind or task."""
    outcome = whole_of(enrolment)
    rows: list[Row] = []
    if outcome is not None:
        for one in outcome.conditions:
            if one.get("text"):
                verdict = "met" if one.get("met") else "not met"
                rows.append((_capital(str(one.get("name", ""))), verdict, str(one["text"])))
        rows += _marks(outcome)
    for one in counting(enrolment):
        title = one.window.task_title
        if title not in [row[0] for row in rows]:
            rows.append((title, one.get_result_display(), ""))
        rows += _marks(one, f"{title}: ")
    return rows


def _marks(outcome: Outcome, before: str = "") -> list[Row]:
    rows: list[Row] = [
        (_capital(f"{before}{part.name.lower() if before else part.name}"),
         f"{half_text(part.half_marks)} of {part.maximum} marks", "")
        for part in subtotals_of(outcome)
    ]  # fmt: skip
    less = taken_off(outcome)
    if less is not None and less.off:
        rows.append((_capital(f"{before}taken off"), f"{half_text(less.off)} marks", less.text))
    return rows


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def award_rows(found: Transcript) -> list[tuple[str, str]]:
    """What became of it, as pairs."""
    if found.award is not None:
        return [
            ("Awarded on", certificate.long_day(found.award.awarded_on)),
            ("Code", found.award.code),
            ("Verified at", verify_address(found.award)),
        ]
    if found.revoked is not None and found.revoked.revoked_at is not None:
        return [("Award", f"revoked on {certificate.long_day(clock.day_of(found.revoked.revoked_at))}")]
    return [("Award", "none so far: this is a record of what was done, not of a qualification")]


def verify_address(award: Award) -> str:
    """Where anybody verifies the code of an award."""
    return f"{settings.BASE_URL}/verify/{award.code}/"


def pdf_of(found: Transcript) -> bytes:
    """The transcript as a PDF; refuses a sign that no font of the server has."""
    data: dict[str, Any] = {
        "title": f"Transcript: {found.programme}",
        "holder": found.holder,
        "programme": found.programme,
        "about": [
            ["Programme", f"{found.programme_code}, {found.edition} edition"],
            ["Provided by", found.provider],
            ["Enrolment", found.reference],
            ["Began on", certificate.long_day(found.began_on)],
            *map(list, award_rows(found)),
        ],
        "hours": [list(row) for row in (*found.hours, found.total)],
        "areas": found.areas,
        "events": [list(row) for row in found.events],
        "assessed": [list(row) for row in found.assessed],
        "made_on": certificate.long_day(found.made_on),
        "address": verify_address(found.award) if found.award else "",
        "qr": certificate.qr_code(verify_address(found.award)) if found.award else "",
        "provider": found.provider,
    }
    return as_pdf(TEMPLATE, data, on=found.made_on)


def as_pdf(template: Path, data: Mapping[str, Any], *, on: date) -> bytes:
    """A document of an award from its data, dated on a day; in a demonstration it says that it is a specimen.

    Refuses a sign that no font of the server has: nobody is given a name with boxes in it.
    """
    said = {**data, "specimen": settings.DEMONSTRATION, "on": [on.year, on.month, on.day]}
    text = json.dumps(_clean(said), ensure_ascii=False, sort_keys=True)
    try:
        return certificate.set_pdf(template, {"data": text}, on=on)
    except certificate.LacksFont as fault:
        raise Refused(
            "This can't be printed yet, because our server lacks a font for a sign in it, most likely in your name. "
            "Please write to the programme office; what the page says stands.",
            code="award.font",
        ) from fault


def _clean(value: Any) -> Any:
    """The same without control characters, which have no glyph anywhere."""
    if isinstance(value, str):
        return value if value.startswith("<svg") else certificate.printable(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return value
