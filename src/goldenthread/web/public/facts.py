"""What a visitor may read of a programme version, in words: taken from its specification, "not stated" where
it is silent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.rules import check_totals, fee_on
from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import ASSESSED, Component
from goldenthread.common.quantities import decimal_hours, hours_text, money_text
from goldenthread.web.shared.journeys import stage_name
from goldenthread.web.shared.versions import Version

NOT_STATED = "not stated"
EXAMPLE_BODY = "another organisation, not named in this demonstration"
LONG_NAME = "National Professional Qualification for "
KIND_NAMES = {
    "induction": "Induction",
    "needs_analysis": "Needs analysis",
    "event": "Events",
    "webinar": "Webinars",
    "study": "Online study",
    "formative_task": "Formative tasks",
    "coaching": "Coaching",
    "diagnostic": "360° diagnostic",
    "briefing": "Online briefings",
}


def short_name(name: str) -> str:
    """ "National Professional Qualification for Headship" → "Headship"."""
    return name.removeprefix(LONG_NAME)


def stated(sourced: Sourced[Any], text: Callable[[Any], str]) -> str:
    """The value that counts in words; both values where a person has yet to choose; else "not stated"."""
    if sourced.value is not None:
        return text(sourced.value)
    found = sorted({candidate.value for candidate in sourced.candidates if candidate.value is not None})
    return f"{' or '.join(text(value) for value in found)}, fixed for each intake" if found else NOT_STATED


def months_text(months: int) -> str:
    return f"{months} month" + ("" if months == 1 else "s")


def hours_or_not(minutes: int | None) -> str:
    """Minutes as hours, "not stated" for None."""
    return NOT_STATED if minutes is None else hours_text(minutes)


def fee_text(specification: Specification, on: date) -> str:
    """The fee of a place on a day; not stated is not free (S0-51)."""
    pence = fee_on(specification, on)
    return NOT_STATED if pence is None else money_text(pence)


def edition_text(specification: Specification) -> str:
    """ "Reformed, international"."""
    return f"{specification.edition.capitalize()}, {specification.market}"


# --- the page of one version -------------------------------------------------------------------------
def stages_of(specification: Specification) -> list[dict[str, Any]]:
    """The stages for the thread, to scale by hours; assessed work has no hours of its own (S0-29)."""
    return [
        {
            "label": stage.name,
            "minutes": _minutes(parts),
            "text": "; ".join(_part_text(part) for part in parts),
        }
        for stage in specification.stages
        for parts in [[part for part in specification.components if part.stage == stage.key]]
    ]


def _minutes(parts: list[Component]) -> int | None:
    """The known minutes of a stage; None for one that has assessed work only."""
    counted = [part.minutes or 0 for part in parts if part.counts]
    return sum(counted) if counted else None


def _part_text(part: Component) -> str:
    if part.kind in ASSESSED:
        return f"{part.name}, outside the hours"
    return f"{part.name} {hours_or_not(part.minutes)}"


def components_of(specification: Specification) -> list[dict[str, str]]:
    """The components with their hours, lane and what is known of their shape."""
    return [
        {
            "name": part.name,
            "hours": "outside the hours" if part.kind in ASSESSED else hours_or_not(part.minutes),
            "lane": part.lane.value.capitalize(),
            "text": " ".join(_shape(part)),
        }
        for part in specification.components
    ]


def _shape(part: Component) -> list[str]:
    said = [part.text] if part.text else []
    days = part.event_days.value
    said += [f"{days} event days."] if days else []
    counted = part.courses and not part.text
    said += [f"{part.courses} courses of {part.modules_per_course} modules."] if counted else []
    said += [f"Rounds: {', '.join(part.rounds)}."] if part.rounds else []
    said += [f"Parts: {', '.join(part.parts)}."] if part.parts else []
    return said


def figures_of(specification: Specification, on: date) -> list[dict[str, str]]:
    """The numbers that a visitor looks for first."""
    totals = check_totals(specification)
    note = (
        f"{hours_text(totals.known)} are broken down below"
        if totals.unknown_components
        else "guided learning hours"
    )
    return [
        {"label": "Hours", "value": hours_or_not(specification.minutes_declared).capitalize(), "note": note},
        {
            "label": "Length",
            "value": length_text(specification).capitalize(),
            "note": "and then the summative assessment" if specification.summative_months.value else "",
        },
        {"label": "Fee", "value": fee_text(specification, on).capitalize(), "note": "for one place"},
    ]


def length_text(specification: Specification) -> str:
    """How long it lasts, or by when it must be passed."""
    if specification.duration_months.value is not None:
        return months_text(specification.duration_months.value)
    limit = specification.achievement.pass_within_months.value if specification.achievement else None
    return NOT_STATED if limit is None else f"up to {months_text(limit)}"


def engagement_text(specification: Specification) -> str:
    """The engagement rule in a sentence."""
    policy = specification.engagement
    if policy is None:
        return engagement_of_legacy(specification)
    share = stated(policy.threshold_percent, lambda percent: f"at least {percent} %")
    uses = []
    uses += ["to pass"] if policy.required_to_pass else []
    uses += ["before the final assessment opens"] if policy.required_to_enter else []
    return f"Do {share} of the planned hours{' ' if uses else ''}{' and '.join(uses)}."


def engagement_of_legacy(specification: Specification) -> str:
    """What the legacy versions ask besides the assessment."""
    rules = specification.achievement
    if rules is None:
        return NOT_STATED.capitalize()
    said = [
        f"Complete {rules.courses} online courses" + (" and their core tasks" if rules.core_tasks else "")
    ]
    events = "engage with" if rules.events == "engage" else rules.events
    said += [f"{events} the events" + (", or catch up" if rules.catch_up_counts else "")]
    limit = stated(rules.pass_within_months, lambda months: f"within {months_text(months)} of starting")
    return f"{'; '.join(said)}; pass {limit}."


def words_text(specification: Specification) -> str:
    """The word limit of the final assessment in words."""
    return limit_text(specification.assessment.max_words.values)


def limit_text(limit: Sourced[int]) -> str:
    """ "at most 1,500 words", or both limits where a person rules for each intake (C-01)."""
    found = [limit.value] if limit.value is not None else sorted(one.value or 0 for one in limit.candidates)
    if not found:
        return NOT_STATED
    numbers = " or ".join(f"{words:,}" for words in found)
    return f"at most {numbers} words" + (", settled for each intake" if len(found) > 1 else "")


def assessment_of(specification: Specification) -> list[dict[str, str]]:
    """The assessment at the end as pairs."""
    assessment = specification.assessment
    rows = [{"label": stage_name("assessment", specification), "value": assessment.name}]
    if assessment.kind == "case_study":
        rows += [
            {"label": "Length of your response", "value": words_text(specification)},
            {
                "label": "Time",
                "value": stated(assessment.window_days, _days_text),
            },
            {"label": "When", "value": stated(assessment.window_months, _window_text)},
            {
                "label": "Unseen",
                "value": "Yes: you see it when its window opens" if assessment.unseen else "No",
            },
        ]
    for task in assessment.tasks:
        limit = limit_text(task.max_words.values)
        rows.append({"label": task.title, "value": f"{task.text} Length: {limit}."})
    if assessment.parts:
        rows.append(
            {"label": "Parts of your response", "value": ", ".join(part.title for part in assessment.parts)}
        )
    rows.append({"label": "Pass mark", "value": _pass_mark_text(assessment.pass_mark)})
    return rows


def _days_text(days: int) -> str:
    return f"{days} days, until midnight at the end of the last"


def _pass_mark_text(pass_mark: Sourced[int]) -> str:
    """The pass mark as stated; where no source gives one, each mark scheme sets its own (S0-37)."""
    if pass_mark.value is None:
        return "Each mark scheme sets its own; no source states one for the programme"
    return f"{pass_mark.value} marks"


def _window_text(months: tuple[int, int]) -> str:
    return f"between {months[0]} and {months[1]} months after the start"


def next_of(specification: Specification) -> list[str]:
    """What may come afterwards, as stated."""
    said = [
        f"{item.name}, if you expect it within {item.within_years} years" if item.within_years else item.name
        for item in specification.progression
    ]
    said = [line[0].upper() + line[1:] for line in said if line]
    said += [role.capitalize() for role in specification.roles_after]
    if specification.masters:
        credits = stated(specification.masters.credits, lambda number: f"{number} credits")
        said.append(
            f"Level {specification.masters.level} credit towards {specification.masters.award}, "
            f"{specification.masters.university} (number of credits: {credits})"
        )
    return said


def in_order(versions: Iterable[Version]) -> list[Version]:
    """Versions that take intakes before closed ones, and those with stated hours before those without."""
    return sorted(
        versions, key=lambda one: (one.state != "published", one.specification.minutes_declared is None)
    )


BODIES = {
    "lead": "Led by",
    "delivering": "Delivered by",
    "managing": "Managed by",
    "accrediting": "Accredited by",
}


def bodies_of(specification: Specification, *, example: str = "") -> list[dict[str, str]]:
    """The organisations behind a version, by what they do for it (S0-01).

    In a demonstration `example` is its made-up provider: it stands for the lead provider of the version, and no other
    organisation is named, since none of them has anything to do with what is shown.
    """
    return [
        {
            "label": BODIES.get(one.role, one.role.capitalize()),
            "value": one.name if not example else example if one.role == "lead" else EXAMPLE_BODY,
        }
        for one in specification.organisations
    ]


# --- lists -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """A programme in a list, with its versions and the next intake of each."""

    programme: Programme
    versions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return short_name(self.programme.name)


def families(
    programmes: Iterable[Programme], versions: Sequence[Version], intakes: dict[int, Any], on: date
) -> list[dict[str, Any]]:
    """Programmes by family with their versions; drafts are left out."""
    found: dict[str, list[Line]] = {}
    for programme in programmes:
        lines = [
            {
                "version": version,
                "specification": version.specification,
                "edition": edition_text(version.specification),
                "hours": hours_or_not(version.specification.minutes_declared),
                "length": length_text(version.specification),
                "fee": fee_text(version.specification, on),
                "intake": intakes.get(version.pk),
            }
            for version in in_order(versions)
            if version.code == programme.code
        ]
        found.setdefault(programme.family, []).append(Line(programme, lines))
    return [{"name": f"{family.capitalize()} programmes", "lines": lines} for family, lines in found.items()]


# --- comparing ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """One row of a comparison; `group` heads the rows that follow it."""

    label: str
    values: tuple[str, ...]
    group: str = ""

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def compare(chosen: Sequence[Version], on: date, *, plain_hours: bool = False) -> list[Row]:
    """The rows of a comparison (S0-50); `plain_hours` gives hours as bare numbers, for a spreadsheet."""
    specifications = [version.specification for version in chosen]
    hours = plain_hours_text if plain_hours else hours_or_not

    def row(label: str, text: Callable[[Specification], str], group: str = "") -> Row:
        return Row(label, tuple(text(one) for one in specifications), group)

    kinds = dict.fromkeys(part.kind for one in specifications for part in one.components if part.counts)
    by_kind = [
        row(KIND_NAMES.get(kind, kind), partial(hours_of_kind, kind=kind, text=hours)) for kind in kinds
    ]
    return [
        row("Edition", edition_text),
        row("For whom", lambda one: one.audience.text),
        row(
            "How to get in",
            lambda one: ", ".join(check.name for check in one.entry_checks) or "no further checks",
        ),
        row("Development", lambda one: stated(one.duration_months, months_text), "Time"),
        row("Summative assessment", lambda one: stated(one.summative_months, months_text)),
        row("Total hours", lambda one: hours(one.minutes_declared), "Guided learning hours"),
        *by_kind,
        row("Event days", event_days),
        row("What it is", lambda one: one.assessment.name, "Assessment"),
        row("Words", words_text),
        row("Window", lambda one: stated(one.assessment.window_days, lambda days: f"{days} days")),
        row("Engagement", engagement_text),
        row("Content areas", areas_text, "Content and cost"),
        row("Fee", lambda one: fee_text(one, on)),
        row(
            "Ways to study", lambda one: ", ".join(model.name for model in one.delivery_models) or NOT_STATED
        ),
    ]


def labels_of(chosen: Sequence[Version]) -> list[str]:
    """The shortest names that tell the versions apart: "NPQLT", or "NPQLT reformed, England" beside another one."""
    codes = [version.code for version in chosen]
    return [version.code if codes.count(version.code) == 1 else version.name for version in chosen]


def plain_hours_text(minutes: int | None) -> str:
    """Minutes as a bare number of hours: 1080 → "18"."""
    return NOT_STATED if minutes is None else decimal_hours(minutes)


def hours_of_kind(specification: Specification, *, kind: str, text: Callable[[int | None], str]) -> str:
    """The hours of all components of a kind; "none" where the version has no such component."""
    parts = [part.minutes for part in specification.components if part.kind == kind]
    if not parts:
        return "none"
    known = [minutes for minutes in parts if minutes is not None]
    return text(sum(known) if len(known) == len(parts) else None)


def event_days(specification: Specification) -> str:
    """How many event days a version has."""
    days = [part.event_days for part in specification.components if part.kind == "event"]
    return stated(days[0], str) if days else "none"


def areas_text(specification: Specification) -> str:
    """How many content areas, named or only counted."""
    if specification.content_areas:
        return str(len(specification.content_areas))
    return stated(specification.content.area_count, str)


def worth_comparing(versions: Iterable[Version]) -> list[Version]:
    """Up to four open versions whose hours differ from one another: what a visitor sees before choosing."""
    found: dict[tuple[Any, ...], Version] = {}
    for version in versions:
        profile = tuple((part.kind, part.minutes) for part in version.specification.components)
        if version.state == "published" and version.specification.minutes_declared is not None:
            found.setdefault(profile, version)
    return list(found.values())[:4]
