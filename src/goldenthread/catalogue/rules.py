"""What the catalogue decides: do the hours add up, who may enter, which dates and limits, what is unsettled.

Pure functions over a Specification: no Django, no clock, no settings.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from goldenthread.catalogue.checking import all_sourced
from goldenthread.catalogue.sourced import SourcedValue
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import EventMode, Kind, Place, ReleaseState, Timing
from goldenthread.catalogue.terms import WordLimit
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused

Status = Literal["adds up", "incomplete", "wrong"]


# --- do the hours add up ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class TotalCheck:
    """The known minutes against the declared ones; `missing` is None while the total is unknown."""

    known: int
    declared: int | None
    missing: int | None
    unknown_components: tuple[str, ...]
    status: Status


def check_totals(spec: Specification) -> TotalCheck:
    """Compare the sum of the components with the declared total (S0-22 to S0-25, S1-14, S3-14).

    Assessed components carry no hours and are left out (S0-29). A sum with unknown parts is incomplete, never
    wrong, unless the known parts alone exceed the total.
    """
    counted = [component for component in spec.components if component.counts]
    unknown = tuple(component.key for component in counted if component.minutes is None)
    known = sum(component.minutes or 0 for component in counted)
    declared = spec.minutes_declared
    missing = None if declared is None else declared - known
    return TotalCheck(
        known=known,
        declared=declared,
        missing=missing,
        unknown_components=unknown,
        status=_status(missing, unknown),
    )


def _status(missing: int | None, unknown: tuple[str, ...]) -> Status:
    if missing is None:
        return "incomplete"
    if missing < 0 or (missing > 0 and not unknown):
        return "wrong"
    return "incomplete" if unknown else "adds up"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck:
    """A second table of the same hours, in one reading of it, against its total."""

    table: str
    reading: str
    summed: int
    declared: int
    short_by: int
    see: tuple[str, ...]
    conflict: str

    @property
    def adds_up(self) -> bool:
        return self.short_by == 0

    @property
    def text(self) -> str:
        """The finding in words: "1 h short, see induction"."""
        if self.adds_up:
            return "adds up"
        way = "short" if self.short_by > 0 else "over"
        places = f", see {', '.join(self.see)}" if self.see else ""
        return f"{hours_text(abs(self.short_by))} {way}{places}"


def check_tables(spec: Specification) -> tuple[TableCheck, ...]:
    """Check every other table of hours in each of its readings (S0-49, C-03).

    `see` names the components whose figure there is missing or differs from the one in force.
    """
    checks = []
    for table in spec.other_tables:
        for name, extra in [(r.name, r.minutes) for r in table.readings] or [("", ())]:
            minutes = dict(table.minutes) | dict(extra)
            summed = sum(minutes.values())
            checks.append(
                TableCheck(
                    table=table.name,
                    reading=name,
                    summed=summed,
                    declared=table.total,
                    short_by=table.total - summed,
                    see=_differing(spec, minutes),
                    conflict=table.conflict,
                )
            )
    return tuple(checks)


def _differing(spec: Specification, minutes: Mapping[str, int]) -> tuple[str, ...]:
    """Stages, and components outside a stage with its own hours, whose minutes differ from the table's."""
    differing: list[str] = []
    for stage in spec.stages:
        parts = [
            component for component in spec.components if component.stage == stage.key and component.counts
        ]
        if stage.hours.value is not None:
            there = sum(minutes.get(part.key, 0) for part in parts)
            differing += [stage.key] if there != stage.hours.value else []
        else:
            differing += [part.key for part in parts if minutes.get(part.key) != part.minutes]
    return tuple(differing)


# --- what is unsettled --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Sources that disagree on this version: what they say, with their values, and how it is dealt with."""

    id: str
    what: str
    resolution: str
    source: tuple[str, ...]
    values: tuple[tuple[str, SourcedValue[Any]], ...]
    must_be_chosen: bool


def conflicts(spec: Specification) -> tuple[Conflict, ...]:
    """The contradictions that touch a version, with the values that carry their id; by number."""
    sourced = tuple(all_sourced(spec))
    found = [
        Conflict(
            id=note.id,
            what=note.what,
            resolution=note.resolution,
            source=note.source,
            values=tuple(
                (item.key, value) for item in sourced for value in item.values if value.conflict == note.id
            ),
            must_be_chosen=any(
                item.undecided and any(value.conflict == note.id for value in item.values) for item in sourced
            ),
        )
        for note in spec.conflict_notes
    ]
    return tuple(sorted(found, key=lambda conflict: (len(conflict.id), conflict.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something that no source says; `path` is the key of the figure it leaves open, if it is one."""

    what: str
    path: str
    gap: str
    then: str
    source: tuple[str, ...]


def unknowns(spec: Specification) -> tuple[Unknown, ...]:
    """Everything that the sources of a version leave open: figures first, then the rest (G-01 to G-43)."""
    figures = [
        Unknown(
            what=_figure_name(spec, item.key),
            path=item.key,
            gap="",
            then="; ".join(value.note for value in item.values if value.note),
            source=item.sources,
        )
        for item in all_sourced(spec)
        if item.values and item.unknown
    ]
    notes = [
        Unknown(what=note.what, path="", gap=note.gap, then=note.then, source=note.source)
        for note in spec.unknown_notes
    ]
    return tuple(figures + notes)


def _figure_name(spec: Specification, path: str) -> str:
    """ "component[study].hours" → "hours of Online study"."""
    holder, _, figure = path.rpartition(".")
    name = figure.replace("_", " ")
    if holder.startswith("component["):
        return f"{name} of {spec.component(holder.removeprefix('component[').rstrip(']')).name}"
    if holder.startswith("assessment.task["):
        return f"{name} of {holder.removeprefix('assessment.task[').rstrip(']')}"
    return "fee" if holder.startswith("fee[") else f"{name} ({holder})" if holder else name


# --- who may enter ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDetails:
    """What an application says about the person's role."""

    role_status: str
    scopes: tuple[str, ...] = ()
    role: str = ""
    role_description: str = ""
    schools: int | None = None
    confirmed: frozenset[str] = frozenset()


class Reason(NamedTuple):
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class EntryDecision:
    """Eligible, or referred to staff with what is not met. The first reason's code is the result to keep."""

    result: Literal["eligible", "referred"]
    reasons: tuple[Reason, ...]

    @property
    def eligible(self) -> bool:
        return self.result == "eligible"

    @property
    def code(self) -> str:
        return self.reasons[0].code


def check_entry(spec: Specification, details: EntryDetails) -> EntryDecision:
    """Whether the person belongs to the audience of a version (S0-05 to S0-10, S0-15, S1-04, S3-04).

    Refused is what can't be judged: an answer that is missing or not among the choices, naming the field.
    What is answered but not met is referred to staff. Checks such as a gateway come later, before acceptance.
    """
    _check_answers(spec, details)
    open_points = tuple(_not_met(spec, details))
    if open_points:
        return EntryDecision("referred", open_points)
    if details.role_status == "aspiring":
        return EntryDecision("eligible", (Reason("audience.aspiring", "wants to take on the role"),))
    return EntryDecision("eligible", (Reason("audience.in_role", "is in the role"),))


def _check_answers(spec: Specification, details: EntryDetails) -> None:
    audience = spec.audience
    if details.role_status not in audience.role_status:
        choices = " or ".join(audience.role_status)
        raise Refused(f"Say whether you are {choices}.", code="audience.role_status", field="role_status")
    listed = ", ".join(audience.scopes)
    if audience.scope_must_be_named and not details.scopes:
        raise Refused(
            f"Choose what you lead or want to lead: {listed}.", code="audience.scope_missing", field="scope"
        )
    known = {*audience.scopes, *(["both"] if len(audience.scopes) == 2 else [])}
    strange = [scope for scope in details.scopes if scope not in known]
    if strange:
        raise Refused(
            f"“{strange[0]}” is not among the choices: {listed}.",
            code="audience.scope_unknown",
            field="scope",
        )
    _check_role(spec, details)
    if details.schools is not None and details.schools < 0:
        raise Refused(
            "The number of schools can't be negative.", code="audience.schools_invalid", field="schools"
        )
    needs_schools = audience.schools_in_role_at_least is not None and details.role_status == "in role"
    if needs_schools and details.schools is None:
        raise Refused(
            "Say for how many schools you are responsible.", code="audience.schools_missing", field="schools"
        )


def _check_role(spec: Specification, details: EntryDetails) -> None:
    if spec.audience.roles and not details.role.strip():
        raise Refused("Say what your role is.", code="audience.role_missing", field="role")
    if details.role in spec.audience.roles_to_describe and not details.role_description.strip():
        raise Refused(
            f"Describe your role: “{details.role}” alone doesn't say enough.",
            code="audience.role_description_missing",
            field="role_description",
        )


def _not_met(spec: Specification, details: EntryDetails) -> list[Reason]:
    audience, in_role = spec.audience, details.role_status == "in role"
    reasons: list[Reason] = []
    if audience.roles and details.role not in audience.roles:
        reasons.append(
            Reason("audience.role_other", f"role “{details.role}” is not among those that are named")
        )
    for point in audience.must_confirm if in_role else ():
        if point not in details.confirmed:
            reasons.append(Reason("audience.not_confirmed", f"{point} is not confirmed"))
    least = audience.schools_in_role_at_least
    if in_role and least is not None and (details.schools or 0) < least:
        words = "more than one school" if least == 2 else f"at least {least} schools"
        reasons.append(Reason("audience.schools", f"{words} not met"))
    return reasons


# --- dates --------------------------------------------------------------------------------------------
class ProgrammeDates(NamedTuple):
    development_end: date
    summative_end: date


def add_months(start: date, months: int) -> date:
    """The same day `months` later, or the last day of that month if it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def dates(spec: Specification, start: date) -> ProgrammeDates:
    """When development and the summative stage end, counted from the programme's start (S0-32, S0-34, C-36).

    Refuses when the sources give no length.
    """
    development, summative = spec.duration_months.value, spec.summative_months.value
    if development is None or summative is None:
        raise Refused(f"The sources of {spec.id} don't say how long it lasts.", code="dates.unknown")
    return ProgrammeDates(add_months(start, development), add_months(start, development + summative))


def window_bounds(spec: Specification, start: date) -> tuple[date, date]:
    """The first and the last day that a window may touch (S0-33); refuses when no source gives them.

    For leadership the months are derived, which `spec.assessment.window_months.derived` tells (S0-34, G-36).
    """
    months = spec.assessment.window_months.value
    if months is None:
        raise Refused(f"The sources of {spec.id} don't say when its window falls.", code="window.unknown")
    return add_months(start, months[0]), add_months(start, months[1])


def pass_deadline(spec: Specification, start: date) -> date | None:
    """The last day on which a moderated pass still counts (S1-34, S3-31); None without such a limit."""
    months = spec.achievement.pass_within_months.value if spec.achievement else None
    return None if months is None else add_months(start, months)


def check_intake_start(spec: Specification, start: date) -> None:
    """An intake may start only while its version is open to intakes (S4-01)."""
    first, closed = spec.effective_from.value, spec.closed_to_intakes_from.value
    if spec.state is ReleaseState.DRAFT:
        raise Refused(f"{spec.id} is a draft: publish it first.", code="intake.draft")
    if first is not None and start < first:
        raise Refused(
            f"{spec.id} takes intakes from {first:%-d %B %Y} on.", code="intake.too_early", field="starts_on"
        )
    if closed is not None and start >= closed:
        raise Refused(
            f"{spec.id} takes no intakes from {closed:%-d %B %Y} on. Use a newer version.",
            code="intake.closed",
            field="starts_on",
        )


# --- words and fees -----------------------------------------------------------------------------------
def word_limit(spec: Specification, chosen: int | None = None, *, task: str | None = None) -> int | None:
    """The word limit that counts (S0-30, S0-31, S3-24, C-01); None means that words are only counted.

    `chosen` is what a named person ruled for the intake. Where the sources disagree nothing counts until one
    of their values is chosen; where they are silent any limit may be set; where they agree it is fixed.
    """
    limit = _limit(spec, task)
    if limit.must_be_chosen:
        return _chosen(limit, chosen)
    if limit.values.unknown:
        if chosen is not None and chosen <= 0:
            raise Refused("A word limit is more than 0.", code="words.invalid", field="word_limit")
        return chosen
    if chosen is not None and chosen != limit.values.value:
        sources = ", ".join(limit.values.sources)
        raise Refused(
            f"The limit is {limit.values.value:,} words ({sources}) and not open to choice.",
            code="words.fixed",
            field="word_limit",
        )
    return limit.values.value


def _limit(spec: Specification, task: str | None) -> WordLimit:
    if task is None:
        return spec.assessment.max_words
    found = next((item for item in spec.assessment.tasks if item.key == task), None)
    if found is None:
        raise Refused(f"{spec.id} has no task “{task}”.", code="words.no_task")
    return found.max_words


def _chosen(limit: WordLimit, chosen: int | None) -> int:
    offered = " or ".join(f"{value.value:,} ({', '.join(value.source)})" for value in limit.choices)
    if chosen is None:
        raise Refused(f"Choose a word limit first: {offered}.", code="words.not_chosen", field="word_limit")
    if chosen not in {value.value for value in limit.choices}:
        raise Refused(
            f"Choose one of the sourced limits: {offered}.", code="words.not_offered", field="word_limit"
        )
    return chosen


# --- delivery -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryMix:
    """Guided learning minutes by timing and place; what is unknown is named, not counted as nothing."""

    minutes: Mapping[tuple[Timing, Place], int]
    unknown_components: tuple[str, ...]

    def total(self, timing: Timing | None = None) -> int:
        """All minutes, or those of one timing."""
        return sum(part for (when, _), part in self.minutes.items() if timing in (None, when))


def delivery_mix(spec: Specification, event_mode: EventMode | None = None) -> DeliveryMix:
    """How the hours spread over synchronous and asynchronous, in person, online and self-study (S4-20).

    Events follow `event_mode`, or the version's default.
    """
    virtual = (event_mode or spec.event_mode) is EventMode.VIRTUAL
    minutes: dict[tuple[Timing, Place], int] = {}
    unknown: list[str] = []
    for component in spec.components:
        place = component.place
        if place is Place.BY_MODE:
            place = Place.ONLINE if virtual else Place.IN_PERSON
        if component.minutes is None:
            unknown.append(component.key)
        elif component.minutes:
            cell = component.timing, place
            minutes[cell] = minutes.get(cell, 0) + component.minutes
    return DeliveryMix(minutes=minutes, unknown_components=tuple(unknown))


class EventSlot(NamedTuple):
    """One event day to schedule; `minutes` is None while the hours of the events are unknown."""

    number: int
    title: str
    minutes: int | None
    course: int | None


def event_slots(spec: Specification) -> tuple[EventSlot, ...]:
    """The event days of a version with their minutes, which sum exactly (S0-44, S1-11, S2-13, S3-10)."""
    titles = [(event.title, event.course) for event in spec.events for _ in range(event.days)]
    slots: list[EventSlot] = []
    for component in spec.components_of(Kind.EVENT):
        days = component.event_days.value or 0
        for day in range(days):
            number = len(slots) + 1
            title, course = titles[number - 1] if number <= len(titles) else (f"Event {number}", None)
            slots.append(EventSlot(number, title, _share(component.minutes, days, day), course))
    return tuple(slots)


def _share(minutes: int | None, parts: int, place: int) -> int | None:
    """An equal part; the odd minutes go to the first ones."""
    return None if minutes is None else minutes // parts + (1 if place < minutes % parts else 0)


def check_delivery(spec: Specification, model: str, planned: Collection[Kind]) -> None:
    """A delivery model is complete only with every kind of activity that it requires (S2-12)."""
    missing = [kind for kind in spec.delivery_model(model).requires if kind not in planned]
    if missing:
        names = {Kind.STUDY: "online study", Kind.COACHING: "coaching"}
        listed = ", ".join(names.get(kind, f"{kind.value.replace('_', ' ')}s") for kind in missing)
        raise Refused(f"{listed} missing", code="delivery.incomplete")
