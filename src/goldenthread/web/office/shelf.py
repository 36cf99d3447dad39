"""The catalogue as the office reads it: what adds up, what is disputed or unknown, where it is used."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue import rules
from goldenthread.catalogue.checking import all_sourced
from goldenthread.catalogue.models import Framework, Programme, ProgrammeVersion, VersionDraft
from goldenthread.catalogue.queries import get_version
from goldenthread.catalogue.sourced import Sourced, SourcedValue, State
from goldenthread.catalogue.specification import Specification
from goldenthread.common.quantities import hours_text, money_text
from goldenthread.common.refused import Refused
from goldenthread.intakes.closing import shut_by
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.intakes.rules import day_text, rulable
from goldenthread.people.access import Viewer
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.versions import Version, name_of, versions


@dataclass(frozen=True)
class ShutIntake:
    """An intake that a closing shuts, with how many wait for a decision in it and how many are enrolled."""

    intake: Intake
    waiting: int
    enrolled: int


def shut_intakes(version: ProgrammeVersion, closes_from: date, *, at: datetime) -> list[ShutIntake]:
    """What closing a version from a day on does to its intakes, the earliest start first. One query."""
    waiting = Count("applications", filter=Q(applications__state="submitted"), distinct=True)
    enrolled = Count("enrolments", filter=Q(enrolments__withdrawn_at__isnull=True), distinct=True)
    rows = shut_by(version, closes_from, at=at).annotate(waiting=waiting, enrolled=enrolled)
    return [ShutIntake(one, one.waiting, one.enrolled) for one in rows]


def seen_of(closes_from: date, shut: Iterable[ShutIntake]) -> str:
    """What a page has shown of a closing: the day, and the intakes by their number."""
    return f"{closes_from.isoformat()}:{','.join(str(one.intake.pk) for one in shut)}"[:200]


STATES = {
    State.IN_FORCE: ("in force", "done"),
    State.ALTERNATIVE: ("not in force", "plain"),
    State.UNKNOWN: ("unknown", "problem"),
    State.INVALID: ("not valid", "plain"),
}


# --- the list ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class VersionLine:
    """One version: does it add up, what is unsettled, who is on it."""

    version: Version
    total: rules.TotalCheck
    conflicts: int
    unknowns: int
    to_choose: int
    intakes: int
    enrolments: int
    frozen: bool

    @property
    def total_text(self) -> str:
        return total_text(self.total)


def total_text(total: rules.TotalCheck) -> str:
    """The total check in words: "74 h declared and accounted for"."""
    known = hours_text(total.known)
    if total.declared is None:
        return f"{known} known; no total is stated"
    if total.status == "adds up":
        return f"{hours_text(total.declared)} declared, and the parts add up to it"
    missing = total.missing or 0
    if total.status == "incomplete":
        return f"{hours_text(total.declared)} declared, {known} known, {hours_text(missing)} not stated"
    return f"{hours_text(total.declared)} declared, but the parts come to {known}"


def version_lines(viewer: Viewer) -> list[VersionLine]:
    """Every version, for the office alone. Three queries."""
    office_only(viewer)
    used = ProgrammeVersion.objects.annotate(number=Count("intakes")).order_by()
    facts = {pk: (number, frozen) for pk, number, frozen in used.values_list("pk", "number", "frozen_at")}
    people = dict(Enrolment.objects.order_by().values_list("version").annotate(number=Count("pk")))
    return [_line(one, *facts[pk], people.get(pk, 0)) for pk, one in versions().items()]


def _line(version: Version, intakes: int, frozen: Any, people: int) -> VersionLine:
    spec = version.specification
    return VersionLine(
        version=version,
        total=rules.check_totals(spec),
        conflicts=len(spec.conflict_notes),
        unknowns=len(rules.unknowns(spec)),
        to_choose=len(list(choices_of(spec))),
        intakes=intakes,
        enrolments=people,
        frozen=frozen is not None,
    )


def closed_programmes() -> list[Programme]:
    """Programmes that nobody can take any more and that have no version."""
    return list(
        Programme.objects.filter(closed=True).prefetch_related("replaced_by").order_by("position", "code")
    )


# --- what a person has to choose -----------------------------------------------------------------------
def choices_of(spec: Specification) -> Iterator[tuple[str, str]]:
    """The rules on which a person must decide for each intake: key and name."""
    if spec.assessment.max_words.must_be_chosen:
        yield "assessment.max_words", f"Word limit of the {spec.assessment.name.lower()}"
    for number, task in enumerate(spec.assessment.tasks, start=1):
        if task.max_words.must_be_chosen:
            yield f"assessment.tasks.{number}.max_words", f"Word limit of {task.title}"


@dataclass(frozen=True)
class Choice:
    """One thing to choose for one intake, with what was chosen."""

    rule: str
    name: str
    ruling: Ruling | None


@dataclass(frozen=True)
class IntakeUse:
    intake: Intake
    enrolments: int
    choices: list[Choice]


# --- one version ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ValueLine:
    text: str
    state: str
    kind: str
    source: str
    note: str
    conflict: str


@dataclass(frozen=True)
class FigureLine:
    """One figure of a specification with every value that a source gives for it."""

    name: str
    values: list[ValueLine]


@dataclass(frozen=True)
class Decided:
    """What was decided on a conflict for the whole version: the figure's name is "" for a decision in words."""

    name: str
    text: str
    ruling: Ruling


@dataclass(frozen=True)
class ConflictLine:
    conflict: rules.Conflict
    values: list[tuple[str, ValueLine]]
    decided: list[Decided]


@dataclass(frozen=True)
class Used:
    """Where a version is used, beside its intakes."""

    enrolments: int
    groups: int
    case_studies: int
    frameworks: list[Framework]
    drafts: list[VersionDraft]
    draft: int | None  # that it was published from


@dataclass(frozen=True)
class VersionPage:
    version: ProgrammeVersion
    name: str
    spec: Specification
    total: rules.TotalCheck
    tables: tuple[rules.TableCheck, ...]
    conflicts: list[ConflictLine]
    unknowns: tuple[rules.Unknown, ...]
    intakes: list[IntakeUse]
    used: "Used"

    @property
    def total_text(self) -> str:
        return total_text(self.total)

    @property
    def figures(self) -> list[FigureLine]:
        """Every figure that carries a source, in the order of the file."""
        return [FigureLine(figure_name(self.spec, one.key), [line_of(v) for v in one.values])
                for one in all_sourced(self.spec) if one.values]  # fmt: skip

    @property
    def rules(self) -> list[dict[str, str]]:
        return explained(self.spec)


def version_page(viewer: Viewer, key: str) -> VersionPage:
    """One version whole, for the office alone. Seven queries."""
    office_only(viewer)
    version = get_version(key)
    spec = version.specification
    rulings = decisions_of(spec, version.rulings.select_related("chosen_by").order_by("rule"))
    conflicts = [
        ConflictLine(
            one,
            [(figure_name(spec, path), line_of(value)) for path, value in one.values],
            [decided for decided in rulings if decided.ruling.conflict == one.id],
        )
        for one in rules.conflicts(spec)
    ]
    return VersionPage(
        version=version,
        name=name_of(version),
        spec=spec,
        total=rules.check_totals(spec),
        tables=rules.check_tables(spec),
        conflicts=conflicts,
        unknowns=rules.unknowns(spec),
        intakes=_uses(version, spec),
        used=_used(version),
    )


def _used(version: ProgrammeVersion) -> Used:
    """Three queries."""
    counted = ProgrammeVersion.objects.filter(pk=version.pk).annotate(
        people=Count("enrolments", distinct=True),
        groups=Count("intakes__groups", distinct=True),
        cases=Count("case_studies", distinct=True),
    )
    people, groups, cases, draft = counted.values_list("people", "groups", "cases", "draft__pk").get()
    frameworks = Framework.objects.filter(programme=version.programme, edition=version.edition)
    drafts = version.drafts.filter(state__in=["draft", "checked"]).defer("text").order_by("-edited_at", "pk")
    return Used(people, groups, cases, list(frameworks.order_by("pk")), list(drafts), draft)


def decisions_of(spec: Specification, rulings: Iterable[Ruling]) -> list[Decided]:
    """What was decided for a version, each figure with its name and its value as people write it."""
    figures = {figure.key: figure for figure in all_sourced(spec)}
    found = []
    for ruling in rulings:
        figure = figures.get(ruling.rule)
        text = value_text(figure.value, figure.unit) if figure else ""
        found.append(Decided(figure_name(spec, ruling.rule) if figure else "", text, ruling))
    return found


def _uses(version: ProgrammeVersion, spec: Specification) -> list[IntakeUse]:
    people = Count("enrolments", filter=Q(enrolments__withdrawn_at__isnull=True))
    intakes = (
        version.intakes.annotate(people=people)
        .prefetch_related("rulings__chosen_by")
        .order_by("-starts_on", "pk")
    )
    uses = []
    for intake in intakes:
        ruled = {ruling.rule: ruling for ruling in intake.rulings.all()}
        choices = [Choice(rule, name, ruled.get(rule)) for rule, name in choices_of(spec)]
        uses.append(IntakeUse(intake, intake.people, choices))
    return uses


def figure_name(spec: Specification, path: str) -> str:
    """ "component[study].hours" → "Online study: hours"."""
    holder, _, figure = path.rpartition(".")
    name = figure.replace("_", " ")
    if holder.startswith("component["):
        return f"{spec.component(holder[10:-1]).name}: {name}"
    if holder.startswith("stage["):
        return f"{spec.stage(holder[6:-1]).name}: {name}"
    return (
        f"{holder.replace('[', ' ').replace(']', '').replace('_', ' ').capitalize()}: {name}"
        if holder
        else name.capitalize()
    )


def line_of(value: SourcedValue[Any]) -> ValueLine:
    """One value with its state and where it can be read."""
    state, kind = STATES[value.state]
    return ValueLine(
        text=value_text(value.value, value.unit),
        state=f"{state}, our working" if value.derived else state,
        kind=kind,
        source=", ".join(value.source),
        note=value.note,
        conflict=value.conflict,
    )


def value_text(value: Any, unit: str) -> str:
    """A value as people write it; unknown is neither nothing nor blank."""
    if value is None:
        return "unknown"
    if unit == "minutes":
        return hours_text(value)
    if unit == "pence":
        return money_text(value)
    if unit == "percent":
        return f"{value} %"
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, tuple):
        return f"{value[0]} to {value[1]} {unit}"
    return f"{value:,} {unit}"


def explained(spec: Specification) -> list[dict[str, str]]:
    """The rules of a version in sentences."""
    rows = [{"label": "Engagement", "value": _engagement(spec)}]
    assessment, marking = spec.assessment, spec.marking
    said = "unseen until the window opens for each person" if assessment.unseen else "known from the start"
    rows.append({"label": "Assessment", "value": f"{assessment.name}: {said}."})
    blind = "who don't see each other's marks" if marking.blind else "one after the other"
    number = f"{marking.markers} {'marker' if marking.markers == 1 else 'markers'}"
    text = f"{number} {blind}; they agree within {marking.tolerance_marks} marks."
    third = " Beyond that a third mark decides." if marking.third_mark_decides else ""
    rows.append({"label": "Marking", "value": text + third})
    round_ = (
        "Results stay provisional until a moderation is signed off."
        if spec.moderation.required
        else "Not asked by the sources."
    )
    rows.append({"label": "Moderation", "value": round_})
    for check in spec.entry_checks:
        rows.append({"label": check.name, "value": check.text or "Recorded before acceptance."})
    return rows


def _engagement(spec: Specification) -> str:
    policy = spec.engagement
    if policy is None:
        return "No share of the hours is asked."
    percent = policy.threshold_percent.value
    share = (
        "A share of the hours that is not known"
        if percent is None
        else f"At least {percent} % of the planned hours"
    )
    needed = [
        words
        for words, asked in (
            ("to pass", policy.required_to_pass),
            ("to enter the window", policy.required_to_enter),
        )
        if asked
    ]
    return f"{share} {' and '.join(needed) or 'as guidance'}, exact and never rounded up."


# --- a ruling ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ToRule:
    """What is to be chosen for one intake, and between which values."""

    intake: Intake
    version: str
    rule: str
    name: str
    sourced: Sourced[Any]
    ruling: Ruling | None

    @property
    def candidates(self) -> list[ValueLine]:
        return [line_of(value) for value in self.sourced.candidates]


def get_ruling_for(viewer: Viewer, key: str, intake_id: int, rule: str) -> ToRule:
    """What the office may rule for an intake: only where the sources leave a choice."""
    office_only(viewer)
    intake = (
        Intake.objects.select_related("version__programme").filter(pk=intake_id, version__key=key).first()
    )
    if intake is None:
        raise Http404
    spec = intake.version.specification
    name = dict(choices_of(spec)).get(rule)
    if name is None:
        raise Http404
    try:
        sourced = rulable(spec, rule)
    except Refused:
        raise Http404 from None
    ruling = intake.rulings.filter(rule=rule).select_related("chosen_by").first()
    return ToRule(intake, name_of(intake.version), rule, name, sourced, ruling)
