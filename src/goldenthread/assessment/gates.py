"""The entry gate of windows (S0-21, S0-41): what it says of one person, of everybody in a window, and in a sentence."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import rules
from goldenthread.assessment.models import Sitting, SittingState, Window
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import add_months
from goldenthread.common.quantities import percent_text
from goldenthread.common.refused import Refused, refusal_by
from goldenthread.engagement import queries as engagement
from goldenthread.engagement.rules import Standing, check_entry_to_window


def refusal_of(
    enrolment: Enrolment, standing: Standing, *, opens_on: date, stage: str | None = None
) -> Refused | None:
    """What holds somebody back from a window that opens on a day, as they stand; nothing is frozen. No query.

    All that is missing at once, so that nobody closes one gap to find the next: the first one's code with the words of
    each. With `stage` as if they were in that one.
    """
    specification = enrolment.version.specification
    induction = {c.key for c in specification.components if c.stage == "induction"}
    months = specification.assessment.window_months.value
    stages = refusal_by(
        rules.check_stages,
        stage=stage or enrolment.stage,
        induction_missing=sum(part.missing for part in standing.components if part.component in induction),
        development_ends=add_months(enrolment.starts_on, months[0] if months else 0),
        opens_on=opens_on,
    )
    entry = refusal_by(check_entry_to_window, standing, engagement.policy_of(enrolment.version))
    found = [one for refusal in (stages, entry) if refusal for one in (refusal, *refusal.others)]
    return Refused(" ".join(one.message for one in found), code=found[0].code) if found else None


def found_of(
    sitting: Sitting, standing: Standing, *, opens_on: date
) -> tuple[dict[str, Any], Refused | None]:
    """What is frozen of the gate of a sitting whose enrolment stood so, and why it holds back, if it does. No query."""
    refusal = refusal_of(sitting.enrolment, standing, opens_on=opens_on)
    gate: dict[str, Any] = {"planned": standing.planned, "counted": standing.counted}
    if refusal is not None:
        gate |= {"code": refusal.code, "message": refusal.message, "missing": standing.shortfall}
    return gate, refusal


def unjudged(window: Window) -> dict[int, dict[str, Any]]:
    """By sitting, what the gate finds for those of a window whom nobody has judged; nothing is frozen.

    Whom it would let in has a gate without a `code`. Two queries where the version of the window's intake is loaded.
    """
    return judged(window, list(_left(window).defer("draft").select_related("enrolment").order_by("pk")))


def judged(window: Window, sittings: list[Sitting]) -> dict[int, dict[str, Any]]:
    """As `unjudged`, where those whom nobody has judged are loaded: their instants, and of their enrolments stage,
    start and version. One query, however many instants they open at, where the version of the intake is loaded.
    """
    people = [one.enrolment for one in sittings]
    _give_versions(people, window.intake.version)
    left = _left(window).order_by()
    opened = Subquery(left.filter(enrolment=OuterRef("enrolment")).values("opens_at"))
    standings = engagement.standings_of(people, among=left.values("enrolment"), until=opened)
    return {
        one.pk: found_of(one, standings[one.enrolment_id], opens_on=window.opens_on)[0] for one in sittings
    }


def _left(window: Window) -> QuerySet[Sitting]:
    return window.sittings.filter(state=SittingState.BOOKED, released_at__isnull=True)


@dataclass(frozen=True)
class Ahead:
    """How the gate would judge one person of a window today."""

    standing: Standing
    refusal: Refused | None

    @property
    def why(self) -> str:
        """What would hold them back; "" where nothing would."""
        return self.refusal.message if self.refusal else ""


def ahead(window: Window, *, at: datetime) -> dict[int, Ahead]:
    """By sitting how the gate would judge at this instant everybody of a window whom it is still to judge. At most
    three queries for any number of people, one where there is nobody.
    """
    unjudged = Sitting.objects.filter(
        window=window, state=SittingState.BOOKED, released_at__isnull=True, opens_at__gt=at
    ).order_by()
    rows = list(
        unjudged.select_related("enrolment").only(
            "enrolment__stage", "enrolment__starts_on", "enrolment__version"
        )
    )
    if not rows:
        return {}
    people = [one.enrolment for one in rows]
    _give_versions(people, window.intake.version)
    standings = engagement.standings_of(people, among=unjudged.values("enrolment"))
    return {
        one.pk: Ahead(
            standings[one.enrolment_id],
            refusal_of(one.enrolment, standings[one.enrolment_id], opens_on=window.opens_on),
        )
        for one in rows
    }


def standings_in(
    window: Window, people: list[Enrolment], *, among: QuerySet[Any, Any]
) -> dict[int, Standing]:
    """By enrolment how people of a window stand today, whose keys `among` selects; each is given their version. Two
    queries at most.
    """
    _give_versions(people, window.intake.version)
    return engagement.standings_of(people, among=among)


def _give_versions(people: list[Enrolment], known: ProgrammeVersion) -> None:
    """Each person their version, of which nearly all have the one that is loaded. A query for the others."""
    versions = {known.pk: known}
    others = {one.version_id for one in people} - {known.pk}
    if others:
        versions |= ProgrammeVersion.objects.in_bulk(others)
    for one in people:
        one.version = versions[one.version_id]


def rule_text(version: ProgrammeVersion) -> str:
    """Whom the gate of this version lets in, in one sentence."""
    specification, policy = version.specification, engagement.policy_of(version)
    months = specification.assessment.window_months.value
    asked = []
    if any(component.stage == "induction" for component in specification.components):
        asked.append("whose induction is complete")
    if months:
        asked.append(f"whose programme began at least {months[0]} months before the window's first day")
    if policy.required_to_enter:
        share = (
            percent_text(policy.threshold) if policy.threshold is not None else "the share that is decided"
        )
        asked.append(f"who has {share} of the planned hours or more")
    if not asked:
        return "Nobody is held back: this version asks for nothing before the window."
    *first, last = asked
    listed = f"{', '.join(first)} and {last}" if first else last
    waived = " Whoever you have let into the assessment stage needs no more than the engagement asked for, if any is."
    return f"When the window opens, everybody is let in {listed}; the others are held back.{waived}"
