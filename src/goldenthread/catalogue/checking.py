"""What must hold between the parts of a specification: unique names, references that lead somewhere, sums."""

from collections.abc import Iterable, Iterator
from typing import Any

from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.sourced import Sourced, SourcedValue, State
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import Kind


def check(spec: Specification, problems: Problems) -> None:
    """Note every place where the parts of a specification don't fit each other."""
    for path, names in _names(spec):
        _used_once(path, names, problems)
    _check_references(spec, problems)
    _check_delivery(spec, problems)
    _check_stage_hours(spec, problems)
    _check_assessment(spec, problems)
    _check_dates(spec, problems)
    _check_conflicts(spec, problems)


def _names(spec: Specification) -> Iterator[tuple[str, list[Any]]]:
    yield "component", [item.key for item in spec.components]
    yield "stage", [item.key for item in spec.stages]
    yield "delivery_model", [item.key for item in spec.delivery_models]
    yield "entry_check", [item.key for item in spec.entry_checks]
    yield "event", [item.number for item in spec.events]
    yield "course", [item.number for item in spec.courses]
    yield "section", [item.key for item in spec.sections]
    yield "conflict", [item.id for item in spec.conflict_notes]
    yield "assessment.task", [item.key for item in spec.assessment.tasks]
    yield "assessment.part", [item.key for item in spec.assessment.parts]
    for currency in dict.fromkeys(item.currency for item in spec.fees):
        yield "fee", [item.valid_from for item in spec.fees if item.currency == currency]


def _used_once(path: str, names: Iterable[Any], problems: Problems) -> None:
    seen: set[Any] = set()
    for name in names:
        if name in seen:
            problems.add(path, f"“{name}” stands there twice")
        seen.add(name)


def _check_references(spec: Specification, problems: Problems) -> None:
    stages = {stage.key for stage in spec.stages}
    keys = {component.key for component in spec.components}
    courses = {course.number for course in spec.courses}
    for component in spec.components:
        if component.stage not in stages:
            problems.add(
                f"component[{component.key}].stage", f"“{component.stage}” is not a stage of this version"
            )
        if component.kind is not Kind.EVENT and component.event_days.values:
            problems.add(f"component[{component.key}].event_days", "belongs to events only")
    for event in spec.events:
        if event.course is not None and event.course not in courses:
            problems.add(f"event[{event.number}].course", f"there is no course {event.course}")
    for place, highlight in enumerate(spec.highlights, start=1):
        if highlight.area not in spec.content_areas:
            problems.add(
                f"highlight[{place}].area", f"“{highlight.area}” is not a content area of {spec.programme}"
            )
    _check_tables(spec, keys, problems)


def _check_tables(spec: Specification, keys: set[str], problems: Problems) -> None:
    for table in spec.other_tables:
        readings = [name for reading in table.readings for name, _ in reading.minutes]
        for name in [name for name, _ in table.minutes] + readings:
            if name not in keys:
                problems.add(f"other_table[{table.name}]", f"“{name}” is not a component of this version")


def _check_delivery(spec: Specification, problems: Problems) -> None:
    kinds = {component.kind for component in spec.components}
    if not spec.components:
        problems.add("component", "is missing: a version has at least one")
    if not spec.delivery_models:
        problems.add("delivery_model", "is missing: a version can be taken in at least one way")
    for model in spec.delivery_models:
        for kind in model.requires:
            if kind not in kinds:
                problems.add(
                    f"delivery_model[{model.key}].requires", f"no component is of the kind {kind.value}"
                )
    days = [component.event_days.value for component in spec.components_of(Kind.EVENT)]
    described = sum(event.days for event in spec.events)
    if described and None not in days and described != sum(day or 0 for day in days):
        problems.add(
            "event", f"{described} days are described, but the components have {sum(d or 0 for d in days)}"
        )


def _check_stage_hours(spec: Specification, problems: Problems) -> None:
    """Where a source gives the hours of a stage, its components must come to them."""
    for stage in spec.stages:
        parts = [component.minutes for component in spec.components if component.stage == stage.key]
        known = [part for part in parts if part is not None]
        if stage.hours.value is not None and len(known) == len(parts) and sum(known) != stage.hours.value:
            problems.add(
                f"stage[{stage.key}].hours",
                f"its components come to {sum(known)} minutes, not to {stage.hours.value}",
            )


def _check_assessment(spec: Specification, problems: Problems) -> None:
    assessment, kinds = spec.assessment, {component.kind for component in spec.components}
    if assessment.kind == "case_study" and Kind.CASE_STUDY not in kinds:
        problems.add("assessment.kind", "is a case study, but no component is one")
    if assessment.kind == "case_study" and assessment.tasks:
        problems.add("assessment.task", "belongs to projects, not to a case study")
    if assessment.kind == "projects":
        projects = {component.key for component in spec.components_of(Kind.PROJECT)}
        for task in assessment.tasks:
            if task.key not in projects:
                problems.add(f"assessment.task[{task.key}]", "has no component of kind project with its key")
        for key in sorted(projects - {task.key for task in assessment.tasks}):
            problems.add(f"component[{key}]", "has no [[assessment.task]] with its key")
    pass_mark, total = assessment.pass_mark.value, assessment.total_marks.value
    if pass_mark is not None and total is not None and pass_mark > total:
        problems.add("assessment.pass_mark", f"{pass_mark} is above the total of {total} marks")


def _check_dates(spec: Specification, problems: Problems) -> None:
    first, closed = spec.effective_from.value, spec.closed_to_intakes_from.value
    if first and closed and closed <= first:
        problems.add("closed_to_intakes_from", f"{closed} does not come after effective_from, {first}")
    days = [fee.valid_from for fee in spec.fees if fee.valid_from]
    if days != sorted(days):
        problems.add("fee", "must be in the order of valid_from")


def _check_conflicts(spec: Specification, problems: Problems) -> None:
    """A value with an alternative names its conflict, and every conflict that is named is explained."""
    explained = {note.id for note in spec.conflict_notes}
    for path, conflict in _named_conflicts(spec):
        if conflict not in explained:
            problems.add(path, f"names {conflict}, which `conflicts` does not list")
    for sourced in all_sourced(spec):
        for value in sourced.values:
            if value.state is State.ALTERNATIVE and not value.conflict:
                problems.add(sourced.key, "has an alternative that names no conflict")


def _named_conflicts(spec: Specification) -> Iterator[tuple[str, str]]:
    for sourced in all_sourced(spec):
        yield from ((sourced.key, value.conflict) for value in sourced.values if value.conflict)
    for table in spec.other_tables:
        if table.conflict:
            yield f"other_table[{table.name}]", table.conflict
    for other in spec.audience.other:
        if other.conflict:
            yield "audience.other", other.conflict
    for course in spec.courses:
        for module in course.modules:
            if module.conflict:
                yield f"course[{course.number}].modules[{module.number}]", module.conflict


def all_sourced(spec: Specification) -> Iterator[Sourced[Any]]:
    """Every figure of a specification that carries sources, in the order of the file."""
    yield spec.effective_from
    yield spec.closed_to_intakes_from
    yield spec.total_hours
    yield spec.duration_months
    yield spec.summative_months
    yield from (stage.hours for stage in spec.stages)
    for component in spec.components:
        yield component.hours
        yield component.event_days
    if spec.engagement:
        yield spec.engagement.threshold_percent
    if spec.achievement:
        yield spec.achievement.pass_within_months
    yield spec.assessment.max_words.values
    yield spec.assessment.window_days
    yield spec.assessment.window_months
    yield spec.assessment.pass_mark
    yield spec.assessment.total_marks
    yield from (task.max_words.values for task in spec.assessment.tasks)
    counting = [spec.assessment.counting, *(task.counting for task in spec.assessment.tasks)]
    yield from (one.tolerance_percent for one in counting if one and one.tolerance_percent.values)
    yield from (fee.pence for fee in spec.fees)
    if spec.masters:
        yield spec.masters.credits
    yield spec.content.area_count
    yield spec.content.behaviour_count


def all_values(spec: Specification) -> Iterator[SourcedValue[Any]]:
    """Every single value with its source."""
    for sourced in all_sourced(spec):
        yield from sourced.values
