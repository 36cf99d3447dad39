"""The rules that decide about one enrolment: what holds, from which of the three places it comes, and its sources."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.adjusting import late_of
from goldenthread.assessment.adjusting_models import LatePolicy
from goldenthread.assessment.dated_policies import decided_on, decisions_of, in_force
from goldenthread.assessment.limit_queries import word_limit_for
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.assessment.queries import sittings_of, window_terms
from goldenthread.assessment.rules.adjusting import late_text
from goldenthread.catalogue.applying import AppliedRule, conflicts_of, places_of, rules_of
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import pass_deadline
from goldenthread.catalogue.terms import ConflictNote
from goldenthread.catalogue.wording import counted, listed
from goldenthread.common.days import day_text, deadline_text
from goldenthread.common.quantities import words_text
from goldenthread.common.refused import Refused
from goldenthread.engagement.queries import ends_of
from goldenthread.intakes.models import Ruling
from goldenthread.outcomes.achieving import extensions_of
from goldenthread.web.shared.rulings import holds_for
from goldenthread.web.shared.versions import Version, name_of, versions

FAMILY, VERSION, INTAKE, NOBODY = "Family", "Version", "Intake", "Not stated"
SILENT = "by any source of your programme"


@dataclass(frozen=True)
class Origin:
    """Where a rule comes from: the family, the version, a decision for the intake, or no source at all."""

    label: str
    text: str


@dataclass(frozen=True)
class Choice:
    """What a named person decided: "2,500 words for your intake", by whom, when and why."""

    text: str
    by: Any
    at: Any
    reason: str


@dataclass
class Line:
    """One rule as it holds for one person; `mine` is what follows for them, `values` stand where sources disagree."""

    key: str
    name: str
    text: str
    origin: Origin
    places: list[str] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    settled: str = ""
    choices: list[Choice] = field(default_factory=list)
    conflicts: list[ConflictNote] = field(default_factory=list)
    derived: bool = False


def lines_for(enrolment: Enrolment, *, today: date) -> list[Line]:
    """Every rule that decides about an enrolment, from its specification and what was decided for its version and its
    intake: for the window that it is booked in, else for the first that it can have from `today` on. Eight queries.
    """
    version = enrolment.version
    sitting = next((one for one in sittings_of(enrolment.user) if one.enrolment_id == enrolment.pk), None)
    rulings = _rulings(version, sitting.window.intake_id if sitting else enrolment.intake_id)
    peers = [(one.code, _by_key(one)) for one in peers_of(version, versions().values())]
    mine = _what_follows(enrolment, sitting)
    day = sitting.window.opens_on if sitting else first_window_on(enrolment, today=today)
    decisions = decisions_of(version.pk)
    lines = []
    stated = decided_on(version.specification.assessment, decisions, on=day)
    again = max(day, today)  # a further window is still to come
    further = decided_on(version.specification.assessment, decisions, on=again)
    stated = replace(stated, attempts=further.attempts)
    for rule in rules_of(replace(version.specification, assessment=stated)):
        line = _line(enrolment, rule, rulings, _origin(version, rule, peers))
        line.mine = mine.get(rule.key, [])
        if rule.key == "words":
            _as_told(line, enrolment, sitting)
        kind, on = ("attempts", again) if rule.key == "again" else (rule.key, day)
        line.choices += _dated(in_force(decisions, on=on).get(kind))
        lines.append(line)
    return [*lines, _late(late_of(version.pk, day))]


def first_window_on(enrolment: Enrolment, *, today: date) -> date:
    """The first day that a window of somebody who has none yet can open on, from today on; today where nothing says."""
    intake = enrolment.intake
    if intake.version_id == enrolment.version_id:  # nearly always: it is loaded
        intake.version = enrolment.version
    try:
        return max(today, window_terms(intake).earliest)
    except Refused:
        return today


def _dated(decision: PolicyDecision | None) -> list[Choice]:
    """Who decided a policy beside the document that counts here, and from when on."""
    if decision is None:
        return []
    what = f"this for windows from {day_text(decision.from_day)} of your programme version"
    return [Choice(what, decision.decided_by, decision.decided_at, decision.reason)]


def _rulings(version: ProgrammeVersion, intake: int) -> list[Ruling]:
    """What was decided for the intake, the version and the revision before it, the nearest first. One query."""
    whose = Q(intake=intake) | Q(version=version.pk)
    if version.specification.supersedes:
        whose |= Q(version__key=version.specification.supersedes)
    found = Ruling.objects.filter(whose).select_related("chosen_by", "intake").order_by("pk")
    return sorted(found, key=lambda one: (one.intake_id is None, one.version_id != version.pk))


# --- where it comes from -----------------------------------------------------------------------------
def peers_of(version: ProgrammeVersion, known: Iterable[Version]) -> list[Version]:
    """The other programmes of a version's family and edition, each with one version: of the same market where there is
    one, of these one on offer, and of these the newest revision.
    """
    spec = version.specification
    best: dict[str, Version] = {}
    for one in known:
        other = one.specification
        if one.state == "draft" or one.code == spec.programme:
            continue
        if (other.family, other.edition) != (spec.family, spec.edition):
            continue
        there = best.get(one.code)
        if there is None or _rank(one, spec.market) > _rank(there, spec.market):
            best[one.code] = one
    return list(best.values())


def _rank(one: Version, market: str) -> tuple[bool, bool, int]:
    return one.specification.market == market, one.state == "published", one.specification.revision


def _by_key(one: Version) -> dict[str, Any]:
    return {rule.key: rule.compared for rule in rules_of(one.specification)}


def _origin(
    version: ProgrammeVersion, rule: AppliedRule, peers: Iterable[tuple[str, Mapping[str, Any]]]
) -> Origin:
    if rule.compared is None:
        return Origin(NOBODY, SILENT)
    spec = version.specification
    stated = [(code, compared[rule.key]) for code, compared in peers if compared.get(rule.key) is not None]
    others = [code for code, compared in stated if compared != rule.compared]
    if stated and not others:
        codes = listed([spec.programme, *(code for code, _ in stated)])
        return Origin(FAMILY, f"the {spec.edition} {spec.family} programmes have it in common ({codes})")
    differing = f"; {listed(others)} {'has' if len(others) == 1 else 'have'} another" if others else ""
    return Origin(VERSION, f"{name_of(version)}{differing}")


# --- one rule ----------------------------------------------------------------------------------------
def _line(enrolment: Enrolment, rule: AppliedRule, rulings: list[Ruling], origin: Origin) -> Line:
    spec = enrolment.version.specification
    line = Line(rule.key, rule.name, rule.text, origin, places_of(rule.sources, spec.documents))
    line.derived = rule.derived
    line.conflicts = conflicts_of(spec, rule)
    for figure in rule.figures:
        if figure.disputed:
            values = figure.sourced.candidates
            line.values = [
                f"{figure.text(one.value)} ({listed(places_of(one.source, spec.documents))})"
                for one in values
            ]
        chose = next((one for one in rulings if one.rule == figure.sourced.key), None)
        if chose is not None:
            line.choices.append(_choice(enrolment, chose, figure.text(_value(chose.value))))
        elif figure.disputed and figure.sourced.value is not None:
            line.settled = (
                f"The specification of your version puts {figure.text(figure.sourced.value)} in force."
            )
    told = {note.id for note in line.conflicts}
    in_words = [
        one for one in rulings if one.rule in told
    ]  # a decision in words stands under the conflict's name
    line.choices += [_choice(enrolment, one, "") for one in in_words]
    if line.values:
        line.conflicts = []  # the values themselves stand there
    return line


def _value(kept: Any) -> Any:
    return tuple(kept) if isinstance(kept, list) else kept


def _choice(enrolment: Enrolment, chose: Ruling, value: str) -> Choice:
    whom = holds_for(chose, version=enrolment.version_id, intake=enrolment.intake_id)
    return Choice(f"{value} {whom}".strip(), chose.chosen_by, chose.chosen_at, chose.reason)


def _as_told(line: Line, enrolment: Enrolment, sitting: Sitting | None) -> None:
    """The word limit as it stands in the person's window, or will stand in that of their intake (S0-31)."""
    limit = word_limit_for(enrolment, sitting.window if sitting else None)
    if limit.value is None:
        return
    counts = enrolment.version.specification.assessment.max_words.counts
    line.text = f"At most {words_text(limit.value)}." + (f" What counts: {counts}." if counts else "")
    chose = limit.ruling
    line.choices = [_choice(enrolment, chose, words_text(limit.value))] if chose else []
    if chose is None:
        if line.values and not line.settled:
            line.settled = f"Your window has been set with {words_text(limit.value)}."
        return
    line.settled = ""
    if chose.intake_id is not None:
        whom = holds_for(chose, version=enrolment.version_id, intake=enrolment.intake_id)
        line.origin = Origin(INTAKE, f"a decision {whom}")
    else:
        line.origin = Origin(VERSION, f"{name_of(enrolment.version)}, by a decision")


def _late(policy: LatePolicy | None) -> Line:
    """What happens after a deadline: as the office has recorded it for the version, for no source says it."""
    rest = "In no case does a deadline move once a script of its window is with a marker."
    text = late_text(policy.days if policy else None)
    if policy is None:
        return Line("late", "After a deadline", f"{text} {rest}", Origin(NOBODY, SILENT))
    whom = "every intake" if policy.from_day is None else f"windows from {day_text(policy.from_day)}"
    choice = Choice(f"this for {whom} of your programme version", policy.set_by, policy.set_at, policy.reason)
    origin = Origin(VERSION, "a decision of the programme office, as no source states it")
    return Line("late", "After a deadline", f"{text} {rest}", origin, choices=[choice])


# --- what follows for the person ---------------------------------------------------------------------
def _what_follows(enrolment: Enrolment, sitting: Sitting | None) -> dict[str, list[str]]:
    """The days and grants of the person, by the key of the rule that they follow from."""
    found: dict[str, list[str]] = {}
    development, summative = ends_of(enrolment)
    if development and summative:
        found["development"] = [f"Yours last until {day_text(development)}."]
        found["summative"] = [f"Yours lasts until {day_text(summative)} at the latest."]
    if enrolment.version.specification.assessment.kind == "case_study":
        found |= _window(enrolment, sitting)
    else:
        found |= _projects(enrolment)
    return found


def _window(enrolment: Enrolment, sitting: Sitting | None) -> dict[str, list[str]]:
    try:
        terms = window_terms(enrolment.intake)
    except Refused:
        return {}
    first = (
        f"For your intake its first day lies between {day_text(terms.earliest)} and {day_text(terms.latest)}."
    )
    found = {"months": [first]}
    if sitting is None:
        return found
    opens = f"Yours opens on {day_text(sitting.window.opens_on)}."
    found["months"] = [opens] if sitting.window.intake_id != enrolment.intake_id else [first, opens]
    found["days"] = [f"Yours closes at {deadline_text(sitting.closes_at, sitting.zone)}."]
    if sitting.extra_days:
        found["days"].append(f"{counted(sitting.extra_days, 'day')} of it granted to you alone.")
    if sitting.extra_words:
        found["words"] = [f"{words_text(sitting.extra_words)} more are granted to you alone."]
    return found


def _projects(enrolment: Enrolment) -> dict[str, list[str]]:
    """By when the pass must be there, and the limits of hand-in days that say another. Two queries."""
    found: dict[str, list[str]] = {}
    limit = pass_deadline(enrolment.version.specification, enrolment.starts_on)
    longer = max((one.until for one in extensions_of(enrolment)), default=None)
    if limit is not None:
        found["pass_within"] = [f"For you until {day_text(limit)}."]
    if limit is not None and longer is not None and longer > limit:
        found["pass_within"] = [f"For you until {day_text(longer)}, by a decision that gives you longer."]
    for task, words in _limits_set(enrolment):
        found[f"words-{task}"] = [f"With your hand-in days the programme office has set {words_text(words)}."]
    return found


def _limits_set(enrolment: Enrolment) -> Iterator[tuple[str, int]]:
    """Limits that hand-in days have beside what the version says. One query."""
    said = {
        task.key: task.max_words.values.value for task in enrolment.version.specification.assessment.tasks
    }
    live = enrolment.sittings.exclude(window__task="").exclude(window__state=WindowState.CANCELLED)
    for task, words in live.order_by("opens_at", "pk").values_list("window__task", "window__word_limit"):
        if words is not None and words != said.get(task):
            yield task, words
