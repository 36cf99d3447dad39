"""Builds a Specification from a complete document, key by key, and refuses what doesn't hold together."""

from typing import Any

from goldenthread.catalogue import building_terms
from goldenthread.catalogue.checking import check
from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import (
    ASSESSED,
    Audience,
    Component,
    Course,
    DeliveryModel,
    EntryCheck,
    Event,
    EventMode,
    Kind,
    Lane,
    Module,
    Organisation,
    OtherAudience,
    OtherTable,
    Place,
    Reading,
    ReleaseState,
    Staffing,
    Stage,
    Timing,
)
from goldenthread.catalogue.tables import Table, day, minutes, whole

months = whole(1, 120)
KINDS = tuple(kind.value for kind in Kind)
TITLE = 180  # a column holds 200, and a plan puts "Event 12: " before it


def build(document: dict[str, Any], problems: Problems) -> Specification:
    """The specification of a complete document; raises SpecificationError with everything that is wrong."""
    documents = document.get("documents", {})
    documents = documents if isinstance(documents, dict) else {}
    table = Table(document, "", problems, frozenset(documents))
    table.known.add("documents")
    specification = _specification(table, tuple(sorted(documents.items())))
    table.finish()
    check(specification, problems)
    problems.refuse_if_any()
    return specification


def _specification(table: Table, documents: tuple[tuple[str, str], ...]) -> Specification:
    return Specification(
        id=table.key_text("id", at_most=60),
        programme=table.text("programme", at_most=10),
        programme_name=table.text("programme_name", at_most=TITLE),
        family=table.text("family", at_most=20),
        edition=table.key_text("edition", at_most=20),
        market=table.text("market", at_most=30),
        revision=table.number("revision", 1, at_least=1),
        state=table.one_of("state", ReleaseState, ReleaseState.PUBLISHED),
        label=table.text("label", choices=("participant", "candidate")),
        effective_from=table.sourced("effective_from", "day", day, required=True),
        closed_to_intakes_from=table.sourced("closed_to_intakes_from", "day", day),
        supersedes=table.text("supersedes", ""),
        purpose=table.text("purpose"),
        total_hours=table.sourced("total_hours", "minutes", minutes, required=True),
        total_names=table.texts("total_names"),
        duration_months=table.sourced("duration_months", "months", months, required=True),
        summative_months=table.sourced("summative_months", "months", months, required=True),
        organisations=tuple(_organisation(item) for item in table.tables("organisation")),
        audience=_audience(table),
        admission=table.text("admission", choices=("enrol", "apply")),
        entry_checks=tuple(_entry_check(item) for item in table.tables("entry_check")),
        stages=tuple(_stage(item) for item in table.tables("stage")),
        components=tuple(_component(item) for item in table.tables("component")),
        other_tables=tuple(_other_table(item) for item in table.tables("other_table")),
        event_mode=table.one_of("event_mode", EventMode),
        delivery_models=tuple(_delivery_model(item) for item in table.tables("delivery_model")),
        events=tuple(_event(item) for item in table.tables("event")),
        courses=tuple(_course(item) for item in table.tables("course")),
        staffing=_staffing(table),
        engagement=building_terms.engagement(table),
        achievement=building_terms.achievement(table),
        assessment=building_terms.assessment(table),
        marking=building_terms.marking(table),
        moderation=building_terms.moderation(table),
        fees=tuple(building_terms.fee(item) for item in table.tables("fee")),
        progression=tuple(building_terms.progression(item) for item in table.tables("progression")),
        roles_after=table.texts("roles_after"),
        masters=building_terms.masters(table),
        benefits=building_terms.benefits(table),
        intakes=building_terms.intakes(table),
        highlights=tuple(building_terms.highlight(item) for item in table.tables("highlight")),
        learning_environment=building_terms.learning_environment(table),
        content=building_terms.content(table),
        sections=tuple(building_terms.section(item) for item in table.tables("section")),
        supporters=table.texts("supporters"),
        conflict_notes=tuple(building_terms.conflict(item) for item in table.tables("conflict")),
        unknown_notes=tuple(building_terms.unknown(item) for item in table.tables("unknown")),
        documents=documents,
    )


def _organisation(table: Table) -> Organisation:
    organisation = Organisation(
        name=table.text("name"),
        short_name=table.text("short_name", ""),
        role=table.text("role", choices=("lead", "delivering", "managing", "accrediting")),
        source=table.sources(required=True),
    )
    table.finish()
    return organisation


def _audience(parent: Table) -> Audience:
    table = parent.table("audience")
    if table is None:
        parent.wrong("audience", "is missing")
        table = Table({"text": "-", "role_status": ["-"]}, "audience", Problems(""), frozenset())
    audience = Audience(
        text=table.text("text"),
        role_status=table.some_texts("role_status", choices=("in role", "aspiring")),
        scopes=table.texts("scopes"),
        scope_must_be_named=table.flag("scope_must_be_named"),
        roles=table.texts("roles"),
        roles_to_describe=table.texts("roles_to_describe"),
        must_confirm=table.texts("must_confirm"),
        schools_in_role_at_least=table.maybe_number("schools_in_role_at_least", at_least=1),
        other=tuple(_other_audience(item) for item in table.tables("other")),
        source=table.sources(required=True),
    )
    table.finish()
    return audience


def _other_audience(table: Table) -> OtherAudience:
    other = OtherAudience(
        text=table.text("text"),
        scopes=table.texts("scopes"),
        conflict=table.text("conflict", ""),
        source=table.sources(required=True),
    )
    table.finish()
    return other


def _entry_check(table: Table) -> EntryCheck:
    check_ = EntryCheck(
        key=table.key_text("key"),
        name=table.text("name"),
        text=table.text("text"),
        before=table.text("before", choices=("acceptance", "start")),
        judgements=table.texts("judgements"),
        source=table.sources(required=True),
    )
    table.finish()
    return check_


def _stage(table: Table) -> Stage:
    derived = table.flag("derived")
    stage = Stage(
        key=table.key_text("key", at_most=20),
        name=table.text("name", at_most=TITLE),
        other_names=table.texts("other_names"),
        hours=table.sourced("hours", "minutes", minutes),
        derived=derived,
        source=table.sources(required=not derived),
    )
    table.finish()
    return stage


def _component(table: Table) -> Component:
    kind = table.one_of("kind", Kind)
    component = Component(
        key=table.key_text("key", at_most=36),
        name=table.text("name", at_most=TITLE),
        other_names=table.texts("other_names"),
        kind=kind,
        stage=table.key_text("stage"),
        text=table.text("text", ""),
        hours=_hours(table, kind),
        lane=table.one_of("lane", Lane),
        timing=table.one_of("timing", Timing),
        place=table.one_of("place", Place),
        event_days=table.sourced("event_days", "days", whole(1, 60)),
        courses=table.maybe_number("courses", at_least=1),
        modules_per_course=table.maybe_number("modules_per_course", at_least=1),
        rounds=table.texts("rounds"),
        one_to_one=table.flag("one_to_one"),
        parts=table.texts("parts"),
        source=table.sources(required=kind in ASSESSED),
    )
    table.finish()
    return component


def _hours(table: Table, kind: Kind) -> Sourced[int]:
    hours = table.sourced("hours", "minutes", minutes, required=kind not in ASSESSED)
    if kind in ASSESSED and "hours" in table:
        table.wrong(
            "hours", f"must not stand on a {kind.value}: what is assessed carries no guided learning hours"
        )
    return hours


def _hours_by_component(table: Table, key: str) -> tuple[tuple[str, int], ...]:
    hours = table.table(key)
    found: list[tuple[str, int]] = []
    for name, value in (hours.data if hours else {}).items():
        try:
            found.append((name, minutes(value)))
        except ValueError as no:
            table.wrong(f"{key}.{name}", str(no))
    return tuple(sorted(found))


def _other_table(table: Table) -> OtherTable:
    hours = table.number("total_hours", at_least=1, at_most=10_000)
    other = OtherTable(
        name=table.text("name"),
        minutes=_hours_by_component(table, "hours"),
        total=hours * 60,
        readings=tuple(_reading(item) for item in table.tables("reading")),
        conflict=table.text("conflict", ""),
        source=table.sources(required=True),
    )
    table.finish()
    return other


def _reading(table: Table) -> Reading:
    reading = Reading(name=table.text("name"), minutes=_hours_by_component(table, "hours"))
    table.finish()
    return reading


def _delivery_model(table: Table) -> DeliveryModel:
    stated = table.flag("stated", default=True)
    becomes = table.text("events_become", choices=("events", "webinars", "fortnights"))
    model = DeliveryModel(
        key=table.key_text("key"),
        name=table.text("name"),
        text=table.text("text"),
        for_whom=table.text("for_whom", ""),
        requires=tuple(Kind(kind) for kind in table.texts("requires", choices=KINDS)),
        events_become=becomes,
        days_per_event_day=table.number("days_per_event_day", 1, at_least=1, at_most=60),
        means=table.texts("means"),
        adds=table.texts("adds"),
        tutor_required=table.flag("tutor_required"),
        extra_tutor_contacts=table.flag("extra_tutor_contacts"),
        study_pack_per_event=table.flag("study_pack_per_event"),
        by_time_zone=table.flag("by_time_zone"),
        private=table.flag("private"),
        one_invoice=table.flag("one_invoice"),
        choose_centre=table.flag("choose_centre"),
        stated=stated,
        source=table.sources(required=stated),
    )
    table.finish()
    return model


def _event(table: Table) -> Event:
    event = Event(
        number=table.number("number", at_least=1, at_most=60),
        title=table.text("title", at_most=TITLE),
        kind=table.text("kind", "training", choices=("training", "induction", "readiness")),
        days=table.number("days", 1, at_least=1, at_most=30),
        course=table.maybe_number("course", at_least=1),
        agenda=table.texts("agenda"),
        note=table.text("note", ""),
        source=table.sources(required=True),
    )
    table.finish()
    return event


def _course(table: Table) -> Course:
    course = Course(
        number=table.number("number", at_least=1, at_most=60),
        title=table.text("title"),
        modules=tuple(
            _module(table, place, item) for place, item in enumerate(table.items("modules"), start=1)
        ),
        source=table.sources(required=True),
    )
    table.finish()
    return course


def _module(parent: Table, number: int, item: Any) -> Module:
    """A module is a title, or a table where there is more to say of it."""
    data = item if isinstance(item, dict) else {"title": item}
    table = Table(data, parent.at(f"modules[{number}]"), parent.problems, parent.documents)
    module = Module(
        number=number,
        title=table.text("title", at_most=TITLE),
        other_spellings=table.texts("other_spellings"),
        conflict=table.text("conflict", ""),
        note=table.text("note", ""),
    )
    table.finish()
    return module


def _staffing(parent: Table) -> Staffing | None:
    table = parent.table("staffing")
    if table is None:
        return None
    staffing = Staffing(
        text=table.text("text"),
        facilitators=table.number("facilitators", at_least=1, at_most=20),
        serving_headteachers=table.number("serving_headteachers", 0, at_most=20),
        serving_leader=table.flag("serving_leader"),
        outstanding_school=table.flag("outstanding_school"),
        different_people=table.flag("different_people"),
        source=table.sources(required=True),
    )
    table.finish()
    return staffing
