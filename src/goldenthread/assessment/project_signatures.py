"""What a board, a host or a sponsor is shown by a link, and whether what they signed is still the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.project_models import (
    BoardRecord,
    LinkPurpose,
    Placement,
    PlacementDay,
    Project,
    ProjectLink,
)
from goldenthread.assessment.rules.signatures import changed_since, mark_of, named


@dataclass(frozen=True)
class Sent:
    """A link as pages list it: the former placement school that it is of, and what changed since it was answered."""

    link: ProjectLink
    former: str
    changed: str  # "" while the answer counts, or there is none

    @property
    def counts(self) -> bool:
        """Whether it was answered for what is there now."""
        return self.link.answered_at is not None and not self.former and not self.changed


def record_of(link: ProjectLink) -> BoardRecord | None:
    """The presentation that a board's link is about: that of the school it was sent to. One query."""
    if link.purpose != LinkPurpose.BOARD:
        return None
    whose = "placement" if link.of_placement else "home"
    known = BoardRecord.objects.filter(project=link.project_id, school=whose)
    return known.filter(at_school=link.at_school_id, at_text=link.at_text).first()


def home_of(project: Project) -> str:
    """The school that somebody comes from, by name. No query where enrolment, school and application are loaded."""
    enrolment = project.enrolment
    return enrolment.school.name if enrolment.school else enrolment.application.school_name


def shown_to(link: ProjectLink) -> dict[str, Any]:
    """What is signed by a link, as it stands now.

    The school itself is not among it: a link is of one placement school, however that is spelt.
    """
    return _shown(link.purpose, link.project, record_of(link))


def _shown(purpose: str, project: Project, record: BoardRecord | None) -> dict[str, Any]:
    if purpose == LinkPurpose.HOST:
        placement: Placement | None = getattr(project, "placement", None)
        return {
            "home": home_of(project),
            "dimensions": list(placement.dimensions) if placement else [],
            "statement": placement.statement if placement else "",
        }
    plan = {name: str(project.plan.get(name, "")) for name in ("focus", "change")}
    if purpose == LinkPurpose.SPONSOR or record is None:
        return plan
    return {**plan, **_presented(record)}


def _presented(record: BoardRecord) -> dict[str, Any]:
    told = {name: getattr(record, name) for name in ("board", "attendees", "feedback")}
    return {**told, "presented_on": record.presented_on.isoformat()}


def is_confirmed(record: BoardRecord, rows: Iterable[ProjectLink]) -> bool:
    """Whether a board confirmed its presentation, as it is recorded, by one of these links of its project: what the
    link keeps of the presentation is what the record says. The plan may be another since. No query.
    """
    at = (record.school == "placement", record.at_school_id, record.at_text)
    own = [
        one
        for one in rows
        if one.purpose == LinkPurpose.BOARD
        and one.answered_at is not None
        and (one.of_placement, one.at_school_id, one.at_text) == at
    ]
    now, added = _presented(record), [str(one.answer.get("text", "")) for one in own]
    shown = ({name: one.shown[name] for name in now if name in one.shown} for one in own)
    return any(not changed_since(one, now, added=[text for text in added if text]) for one in shown)


def page_of(link: ProjectLink, days: Iterable[PlacementDay] | None = None) -> str:
    """The mark of what the page of a link shows now: to a host also the days that wait for them."""
    waiting: list[Any] = []
    if link.purpose == LinkPurpose.HOST:
        if days is None:
            days = PlacementDay.objects.filter(placement__project=link.project_id).order_by("on")
        waiting = [[day.on.isoformat(), day.half, day.note] for day in days if not day.confirmed_at]
    return mark_of([shown_to(link), waiting])


def changed_of(link: ProjectLink) -> str:
    """What of what an answered link was for has changed since, in words: "the focus of the plan and who was there".

    "" where the answer counts, or there is none. Three queries at most.
    """
    if link.answered_at is None:
        return ""
    beside = (
        list(link.project.links.filter(purpose=link.purpose)) if link.purpose == LinkPurpose.BOARD else []
    )
    return _changed(link, shown_to(link), beside)


def _changed(link: ProjectLink, now: dict[str, Any], beside: Iterable[ProjectLink]) -> str:
    answered = [str(one.answer.get("text", "")) for one in beside if one.answered_at is not None]
    return named(changed_since(link.shown, now, added=[text for text in answered if text]))


def sent_of(project: Project, rows: Sequence[ProjectLink], record: BoardRecord | None = None) -> list[Sent]:
    """Links of a project as its pages list them; `record` is the presentation that counts. No further query where
    enrolment and placement are loaded.
    """
    placement = getattr(project, "placement", None)
    found = []
    for one in rows:
        former, changed = queries.former_of(one, placement), ""
        if one.answered_at is not None and not former:
            beside = [other for other in rows if other.purpose == one.purpose]
            changed = _changed(one, _shown(one.purpose, project, record), beside)
        found.append(Sent(one, former, changed))
    return found
