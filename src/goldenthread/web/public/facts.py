"""What a visitor may read of a programme version on its own page, in words: taken from its specification, "not
stated" where it is silent, and never one of two values that sources dispute as if it were the fact."""

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from goldenthread.catalogue.fact import Group
from goldenthread.catalogue.facts import ROLES_OF_BODIES, all_facts
from goldenthread.catalogue.fees import prices_on
from goldenthread.catalogue.rules import check_totals
from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import ASSESSED, Component, Kind
from goldenthread.catalogue.terms import Fee
from goldenthread.catalogue.wording import (
    EVENT_MODES,
    NOT_STATED,
    ai_policy_text,
    attempts_text,
    component_hours_text,
    counted,
    counting_sentences,
    days_text,
    disagrees,
    edition_text,
    engagement_text,
    fee_text,
    hours_or_not,
    length_text,
    listed,
    months_text,
    pass_mark_text,
    short_name,
    stated,
    task_text,
    window_text,
    word_limit_text,
)
from goldenthread.common.quantities import hours_text, money_text
from goldenthread.web.shared.journeys import stage_name
from goldenthread.web.shared.versions import Version

__all__ = [
    "NOT_STATED",
    "edition_text",
    "engagement_text",
    "fee_text",
    "hours_or_not",
    "length_text",
    "short_name",
]
EXAMPLE_BODY = "another organisation, not named in this demonstration"
LANES = {"facilitated": "With a group or a guide", "self-directed": "On your own"}


def in_order(versions: Iterable[Version]) -> list[Version]:
    """Versions that take intakes before closed ones, and those with stated hours before those without."""
    return sorted(
        versions, key=lambda one: (one.state != "published", one.specification.minutes_declared is None)
    )


# --- stages and components ---------------------------------------------------------------------------
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
    """The minutes of a stage; None for one that has assessed work only."""
    counted_parts = [part.minutes or 0 for part in parts if part.counts]
    return sum(counted_parts) if counted_parts else None


def drawn_to_scale(specification: Specification) -> bool:
    """Whether the stages can be drawn to scale: not where the hours of a part are unknown (S3-14)."""
    return not check_totals(specification).unknown_components


def steps_of(specification: Specification) -> list[dict[str, str]]:
    """The stages as steps without a scale."""
    return [
        {"label": stage["label"], "state": "ahead", "note": stage["text"]}
        for stage in stages_of(specification)
    ]


def _part_text(part: Component) -> str:
    if part.kind in ASSESSED:
        return f"{part.name}, outside the hours"
    return f"{part.name} {hours_or_not(part.minutes)}"


def components_of(specification: Specification) -> list[dict[str, Any]]:
    """The components with their hours, lane and what is known of their shape, for a table and for bars."""
    return [
        {
            "name": part.name,
            "minutes": part.minutes if part.counts else None,
            "hours": component_hours_text(part),
            "lane": LANES[part.lane.value],
            "text": " ".join(_shape(specification, part)),
        }
        for part in specification.components
    ]


def _shape(specification: Specification, part: Component) -> list[str]:
    said = [part.text] if part.text else []
    days = part.event_days.value
    if days:
        mode = EVENT_MODES[specification.event_mode]
        said.append(f"{counted(days, 'event day')}, {mode} unless the intake says otherwise.")
    courses = part.courses and not part.text
    said += [f"{part.courses} courses of {part.modules_per_course} modules."] if courses else []
    said += [f"Rounds: {', '.join(part.rounds)}."] if part.rounds else []
    said += [f"Parts: {', '.join(part.parts)}."] if part.parts else []
    said += [f"Also called {listed(part.other_names, 'or')}."] if part.other_names else []
    ours = part.hours.in_force.note if part.hours.in_force and part.hours.derived else ""
    said += [f"The hours are our reading: {ours}."] if ours else []
    return said


def months_of(specification: Specification) -> list[dict[str, Any]]:
    """What a month of the development stage comes to, kind by kind, if the hours are spread evenly; [] if unknown.

    Our own working from stated hours and months, to be shown as such.
    """
    months = specification.duration_months.value
    if not months:
        return []
    parts = [
        part
        for part in specification.components
        if part.counts and part.minutes and part.kind not in (Kind.INDUCTION, Kind.NEEDS_ANALYSIS)
    ]
    return [
        {"label": part.name, "value": part.minutes, "text": _a_month(Fraction(part.minutes or 0, months))}
        for part in parts
    ]


def month_total(specification: Specification) -> str:
    """ "about 6 h": what the rows of `months_of` come to."""
    months = specification.duration_months.value
    total = sum(int(row["value"]) for row in months_of(specification))
    return _a_month(Fraction(total, months)) if months and total else ""


def _a_month(minutes: Fraction) -> str:
    """About how long, to a quarter of an hour: 81⅓ minutes → "about 1 h 15 min"."""
    quarters = max(1, round(minutes / 15))
    return f"about {hours_text(quarters * 15)}"


def figures_of(specification: Specification, on: date) -> list[dict[str, str]]:
    """The numbers that a visitor looks for first."""
    totals = check_totals(specification)
    note = (
        f"{hours_text(totals.known)} are stated for single parts"
        if totals.unknown_components
        else " or ".join(specification.total_names).lower() or "guided learning hours"
    )
    return [
        {"label": "Hours", "value": hours_or_not(specification.minutes_declared).capitalize(), "note": note},
        {
            "label": "Length",
            "value": length_text(specification).capitalize(),
            "note": _length_note(specification),
        },
        {"label": "Fee", **_fee_figure(specification, on)},
    ]


def _fee_figure(specification: Specification, on: date) -> dict[str, str]:
    """The price as a figure, and below it what it will be later."""
    prices, note = prices_on(specification, on), fee_note(specification, on)
    if not prices:
        return {"value": NOT_STATED.capitalize(), "note": note}
    now = [one for one in prices if one.since is None] or list(prices[:1])
    value = " or ".join(money_text(one.pence, one.currency) for one in now if one.pence is not None)
    if all(one.since is None and one.until is None for one in prices):
        return {"value": value, "note": note}
    told = fee_text(specification, on).removeprefix(value).strip()
    return {"value": value, "note": f"{told[:1].upper()}{told[1:]}. {note}"}


def _length_note(specification: Specification) -> str:
    if specification.summative_months.value:
        return f"and then {months_text(specification.summative_months.value)} of summative assessment"
    return "to the pass, after moderation" if specification.achievement else ""


def fee_note(specification: Specification, on: date) -> str:
    """Currency and market of a fee, so that one market's is never read as another's (S0-02, S2-17)."""
    if not prices_on(specification, on):
        return "not published for this version; ask us"
    return f"{currencies_text(specification)} for one place, {specification.market}"


def currencies_text(specification: Specification) -> str:
    """ "GBP", "GBP or EUR"."""
    return listed(list(dict.fromkeys(fee.currency for fee in specification.fees)) or ["GBP"], "or")


# --- terms -------------------------------------------------------------------------------------------
def assessment_of(specification: Specification) -> list[dict[str, str]]:
    """The assessment at the end as pairs."""
    assessment = specification.assessment
    rows = [{"label": stage_name("assessment", specification), "value": assessment.name}]
    if assessment.kind == "case_study":
        rows += [
            {"label": "Length of your response", "value": word_limit_text(specification)},
            {"label": "Words", "value": counting_sentences(assessment.counting)},
            {"label": "Time", "value": stated(assessment.window_days, _days_text)},
            {"label": "When", "value": _when_text(specification)},
            {
                "label": "Unseen",
                "value": "Yes: you see it when its window opens" if assessment.unseen else "No",
            },
        ]
    for task in assessment.tasks:
        rows.append({"label": task.title, "value": task_text(task)})
    if assessment.parts:
        rows.append(
            {"label": "Parts of your response", "value": ", ".join(part.title for part in assessment.parts)}
        )
    if assessment.kind == "projects":
        rows.append({"label": "Words", "value": counting_sentences(assessment.counting)})
    rows.append({"label": "Own work", "value": assessment.own_work.text})
    if assessment.ai is not None:
        rows.append({"label": "Use of AI", "value": ai_policy_text(assessment.ai)})
    if assessment.attempts is not None:
        rows.append({"label": "Sitting again", "value": attempts_text(assessment.attempts)})
    mark = pass_mark_text(assessment.pass_mark)
    rows.append({"label": "Pass mark", "value": mark[0].upper() + mark[1:]})
    return [*rows, {"label": "Marking", "value": _marking_text(specification)}]


def _when_text(specification: Specification) -> str:
    months = specification.assessment.window_months
    ours = " (our reckoning from the length of each stage)" if months.derived else ""
    return stated(months, window_text) + ours


def _days_text(days: int) -> str:
    return f"{days} days, until midnight at the end of the last"


def _marking_text(specification: Specification) -> str:
    marking, moderation = specification.marking, specification.moderation
    blind = " who don't see each other's marks or your name" if marking.blind else ""
    checked = "; results are provisional until " if moderation.required else ""
    by = ("national moderation" if moderation.national else "moderation") if moderation.required else ""
    return f"By {counted(marking.markers, 'marker')}{blind}{checked}{by}"


def entry_of(specification: Specification) -> list[str]:
    """Whom a version admits, beyond the sentence on its audience (S0-05 to S0-10, S0-52)."""
    audience = specification.audience
    said = []
    if set(audience.role_status) == {"in role", "aspiring"}:
        said.append("You may be in the role already or want to take it on.")
    if audience.roles:
        said.append(f"Roles that are named: {listed(audience.roles)}.")
    for point in audience.must_confirm:
        said.append(f"People in the role confirm {point}.")
    if audience.schools_in_role_at_least:
        least = counted(audience.schools_in_role_at_least, "school")
        said.append(f"People in the role answer for at least {least}; people who want to be need not.")
    return said


ADMISSIONS = {
    "enrol": "You enrol: once what you say of yourself has been checked, you have a place.",
    "apply": "You apply, and the programme office decides.",
}


def admission_of(specification: Specification) -> str:
    """How one gets in (S0-52)."""
    return ADMISSIONS.get(specification.admission, "")


def models_of(specification: Specification) -> list[dict[str, Any]]:
    """The delivery models, each with what it adds, and whether a source names it."""
    said = {
        model.key: [
            one.text
            for one in all_facts(specification)
            if one.group is Group.DELIVERY
            and one.within == f"delivery[{model.key}]"
            and one.label == f"{model.name}: has"
        ]
        for model in specification.delivery_models
    }
    return [
        {
            "name": model.name,
            "text": model.text,
            "for_whom": model.for_whom,
            "has": [text for text in said[model.key] if text != "one invoice"],
            "ours": not model.stated,
        }
        for model in specification.delivery_models
    ]


def areas_text(specification: Specification) -> str:
    """How many content areas, named or only counted."""
    if specification.content_areas:
        return str(len(specification.content_areas))
    return stated(specification.content.area_count, str)


def next_of(specification: Specification) -> list[str]:
    """What may come afterwards, as stated."""
    said = [
        f"{item.name}, if you expect it within {item.within_years} years" if item.within_years else item.name
        for item in specification.progression
    ]
    said = [line[0].upper() + line[1:] for line in said if line]
    said += [role[0].upper() + role[1:] for role in specification.roles_after]
    if specification.masters:
        said.append(masters_text(specification))
    return said


def masters_text(specification: Specification) -> str:
    """The agreement on Masters credits; the number only when a source gives one (G-16)."""
    masters = specification.masters
    if masters is None:
        return ""
    credits = stated(masters.credits, lambda number: counted(number, "credit"))
    return (
        f"Level {masters.level} credit towards {masters.award}, {masters.university} "
        f"(number of credits: {credits})"
    )


def bodies_of(specification: Specification, *, example: str = "") -> list[dict[str, str]]:
    """The organisations behind a version, by what they do for it (S0-01).

    In a demonstration `example` is its made-up provider: it stands for the lead provider of the version, and no other
    organisation is named, since none of them has anything to do with what is shown.
    """
    return [
        {
            "label": ROLES_OF_BODIES.get(one.role, one.role.capitalize()),
            "value": one.name if not example else example if one.role == "lead" else EXAMPLE_BODY,
        }
        for one in specification.organisations
    ]


def disputed_of(specification: Specification, on: date) -> list[dict[str, Any]]:
    """The figures of this version for which its documents give several values: in a plain sentence what holds, and
    what the documents say. Only what a visitor would notice, each contradiction once.
    """
    hours: Callable[[Any], str] = hours_or_not
    figures: list[tuple[str, Sourced[Any], Callable[[Any], str]]] = [
        *((f"the hours of {stage.name}", stage.hours, hours) for stage in specification.stages),
        *((f"the hours of {part.name}", part.hours, hours) for part in specification.components),
        ("the length of your response", specification.assessment.max_words.values, _words_text),
        ("the hours in all", specification.total_hours, hours),
        ("the length of the development stage", specification.duration_months, months_text),
        ("the time to write", specification.assessment.window_days, days_text),
        *(
            ("the fee", fee.pence, partial(money_text, currency=fee.currency))
            for fee in _shown_fees(specification, on)
        ),
    ]
    notes = {note.id: f"{note.what} {note.resolution}" for note in specification.conflict_notes}
    found = []
    for label, figure, text in figures:
        if disagrees(figure):
            ids = dict.fromkeys(value.conflict for value in figure.values if value.conflict in notes)
            details = [notes.pop(one) for one in ids]
            found.append({"plain": _disputed_text(label, figure, text), "details": details})
    return found


def _shown_fees(specification: Specification, on: date) -> list[Fee]:
    """The fees that have not ended."""
    fees = specification.fees
    begun = {fee.currency: fee.valid_from for fee in fees if fee.valid_from and fee.valid_from <= on}
    return [
        fee
        for fee in fees
        if fee.valid_from is None or fee.valid_from >= begun.get(fee.currency, fee.valid_from)
    ]


def _words_text(words: int) -> str:
    return counted(words, "word")


def _disputed_text(label: str, figure: Sourced[Any], text: Callable[[Any], str]) -> str:
    """ "The documents name both 2 h and 1 h for the hours of induction. We go by 2 h." """
    values = [text(value.value) for value in figure.candidates if value.value is not None]
    named = f"For {label} the documents name {listed(list(dict.fromkeys(values)))}."
    if figure.in_force is None:
        return f"{named} Which of them counts is settled for each intake before its window is set."
    return f"{named} We go by {values[0]}."
