"""What a version says of its audience, time, hours, delivery and content, as facts in people's words.

Sources, notes and the paths of figures are no facts about the qualification and are left out. Pure, as in `rules`.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain

from goldenthread.catalogue import facts_of_terms, structure, wording
from goldenthread.catalogue.fact import Fact, Group, fact, series, yes
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.wording import counted, in_words, listed, months_text
from goldenthread.common.quantities import hours_text

STATES = {
    structure.ReleaseState.DRAFT: "draft",
    structure.ReleaseState.PUBLISHED: "open to intakes",
    structure.ReleaseState.CLOSED: "closed to new intakes",
}
ADMISSIONS = {
    "enrol": "you enrol: with the checks passed you have a place",
    "apply": "you apply: the programme office decides",
}
EVENTS_BECOME = {
    "events": "events",
    "webinars": "webinars in place of events",
    "fortnights": "two-week units",
}
ROLES_OF_BODIES = {
    "lead": "Led by",
    "delivering": "Delivered by",
    "managing": "Managed by",
    "accrediting": "Accredited by",
}


def all_facts(spec: Specification) -> tuple[Fact, ...]:
    """Everything that a version says, group by group in the order of `Group`."""
    found = chain(
        _about(spec),
        _entry(spec),
        _time(spec),
        _hours(spec),
        _delivery(spec),
        _content(spec),
        facts_of_terms.facts(spec),
        _bodies(spec),
    )
    order = {group: place for place, group in enumerate(Group)}
    return tuple(sorted(found, key=lambda one: order[one.group]))


def _about(spec: Specification) -> Iterator[Fact]:
    about, record = partial(fact, Group.ABOUT), partial(fact, Group.RECORD)
    yield from about("name", "Programme", f"{wording.short_name(spec.programme_name)} ({spec.programme})")
    yield from about("family", "Family", spec.family)
    yield from about("edition", "Edition", spec.edition)
    yield from about("market", "Market", spec.market)
    yield from about("purpose", "Purpose", spec.purpose)
    yield from about("state", "Open or closed", STATES[spec.state])
    yield from about("label", "What people on it are called", spec.label)
    yield from record("id", "Key", spec.id)
    yield from record("revision", "Revision", str(spec.revision))
    yield from record("supersedes", "Takes the place of", spec.supersedes)


def _entry(spec: Specification) -> Iterator[Fact]:
    entry, audience = partial(fact, Group.ENTRY), spec.audience
    yield from entry("audience", "Who it is for", audience.text)
    yield from entry("role_status", "In the role or aspiring", listed(audience.role_status, "or"))
    yield from series(Group.ENTRY, "scope", "Scope", audience.scopes)
    yield from entry("scope_must_be_named", "The scope must be named", yes(audience.scope_must_be_named))
    yield from series(Group.ENTRY, "role", "Role", audience.roles)
    yield from series(Group.ENTRY, "role_to_describe", "Role to be described", audience.roles_to_describe)
    yield from series(
        Group.ENTRY, "must_confirm", "To be confirmed by people in the role", audience.must_confirm
    )
    if audience.schools_in_role_at_least is not None:
        least = f"at least {counted(audience.schools_in_role_at_least, 'school')}"
        yield from entry("schools", "Schools that people in the role answer for", least)
    yield from entry("admission", "How to get in", ADMISSIONS.get(spec.admission, spec.admission))
    for check in spec.entry_checks:
        key, detail = f"entry_check[{check.key}]", partial(entry, within=f"entry_check[{check.key}]")
        yield from entry(key, f"Check before {check.before}", check.name)
        yield from detail(f"{key}.text", check.name, check.text)
        yield from detail(f"{key}.before", f"{check.name}: before", check.before)
        yield from series(
            Group.ENTRY, f"{key}.judgement", f"{check.name}: judged", check.judgements, within=key
        )
    for other in audience.other:
        scopes = f" ({listed(other.scopes)})" if other.scopes else ""
        key = f"audience.other[{other.text}]"
        yield from fact(Group.RECORD, key, "Another source on the audience", other.text + scopes)


def _time(spec: Specification) -> Iterator[Fact]:
    time = partial(fact, Group.TIME)
    yield from time("duration", "Development", in_words(spec.duration_months, months_text))
    yield from time("summative", "Final assessment", in_words(spec.summative_months, months_text))
    yield from time("effective_from", "In force from", in_words(spec.effective_from, wording.day_text))
    closed = in_words(spec.closed_to_intakes_from, wording.day_text)
    yield from time("closed_from", "Closed to intakes from", closed)
    if spec.intakes:
        yield from time("per_year", "Intakes a year", str(spec.intakes.per_year))
        yield from series(Group.TIME, "start", "Start", spec.intakes.starts)
        yield from time("named_by", "Intakes are named by", spec.intakes.named_by)
        yield from time("deadlines_at", "Deadlines are published at", spec.intakes.deadlines_at)


# --- hours -------------------------------------------------------------------------------------------
def _hours(spec: Specification) -> Iterator[Fact]:
    hours = partial(fact, Group.HOURS)
    yield from hours("total", "In all", in_words(spec.total_hours, hours_text))
    yield from series(Group.RECORD, "total_name", "The total is called", spec.total_names)
    for stage in spec.stages:
        key = f"stage[{stage.key}]"
        yield from hours(key, "Stage", stage.name)
        yield from hours(f"{key}.hours", stage.name, in_words(stage.hours, hours_text), within=key)
        yield from series(
            Group.RECORD, f"{key}.other_name", f"{stage.name} is also called", stage.other_names, within=key
        )
    for part in spec.components:
        yield from _component(spec, part)
    for table in spec.other_tables:
        yield from _other_table(table)


def _component(spec: Specification, part: structure.Component) -> Iterator[Fact]:
    key, name = f"component[{part.key}]", part.name
    detail = partial(fact, Group.HOURS, within=key)
    yield from fact(Group.HOURS, key, name, wording.component_hours_text(part))
    yield from detail(f"{key}.name", f"{name}: name", name)
    yield from detail(f"{key}.kind", f"{name}: kind", wording.KIND_NAMES[part.kind])
    stages = [stage.name for stage in spec.stages if stage.key == part.stage]
    yield from detail(f"{key}.stage", f"{name}: stage", "".join(stages), value=part.stage)
    yield from detail(f"{key}.days", f"{name}: days", in_words(part.event_days, wording.days_text))
    yield from detail(f"{key}.text", f"{name}: what it is", part.text)
    yield from detail(f"{key}.lane", f"{name}: how", wording.LANES[part.lane])
    together = "at a set time" if part.timing is structure.Timing.SYNCHRONOUS else "at any time"
    yield from detail(f"{key}.timing", f"{name}: when", together)
    yield from detail(f"{key}.place", f"{name}: where", wording.PLACES[part.place])
    if part.courses is not None:
        yield from detail(f"{key}.courses", f"{name}: courses", str(part.courses))
    if part.modules_per_course is not None:
        modules = counted(part.modules_per_course, "module")
        yield from detail(f"{key}.modules", f"{name}: each course", modules)
    yield from detail(f"{key}.one_to_one", f"{name}: one to one", yes(part.one_to_one))
    for what, texts in (("round", part.rounds), ("part", part.parts)):
        yield from series(Group.HOURS, f"{key}.{what}", f"{name}: {what}", texts, within=key)
    yield from series(
        Group.RECORD, f"{key}.other_name", f"{name} is also called", part.other_names, within=key
    )


def _other_table(table: structure.OtherTable) -> Iterator[Fact]:
    key, record = f"table[{table.name}]", partial(fact, Group.RECORD)
    yield from record(key, "Another table of the hours", f"{table.name}: {hours_text(table.total)}")
    readings = [("", table.minutes), *((reading.name, reading.minutes) for reading in table.readings)]
    for reading, minutes in readings:
        text = listed([f"{part} {hours_text(number)}" for part, number in minutes]) or "nothing added"
        label = f"{table.name}: {reading}" if reading else table.name
        yield from record(f"{key}.{reading}", label, text, within=key)


# --- delivery and content ----------------------------------------------------------------------------
def _delivery(spec: Specification) -> Iterator[Fact]:
    delivery = partial(fact, Group.DELIVERY)
    yield from delivery("event_mode", "Events are held", wording.EVENT_MODES[spec.event_mode])
    for model in spec.delivery_models:
        yield from _delivery_model(model)
    if spec.staffing:
        yield from _staffing(spec.staffing)
    if spec.learning_environment:
        yield from delivery("environment", "Learning environment", spec.learning_environment.product)
        yield from series(
            Group.DELIVERY,
            "environment.function",
            "In the learning environment",
            spec.learning_environment.functions,
        )


def _delivery_model(model: structure.DeliveryModel) -> Iterator[Fact]:
    key, name = f"delivery[{model.key}]", model.name
    detail = partial(fact, Group.DELIVERY, within=key)
    yield from fact(Group.DELIVERY, key, name, model.text)
    yield from detail(f"{key}.name", f"{name}: name", name)
    yield from detail(f"{key}.for_whom", f"{name}: for whom", model.for_whom)
    requires = listed([wording.KIND_NAMES[kind].lower() for kind in model.requires])
    yield from detail(f"{key}.requires", f"{name}: must hold", requires)
    events = EVENTS_BECOME.get(model.events_become, model.events_become)
    yield from detail(f"{key}.events", f"{name}: events become", events)
    if model.days_per_event_day:
        days = wording.days_text(model.days_per_event_day)
        yield from detail(f"{key}.days", f"{name}: each event day becomes", days)
    for what, texts in (("by means of", model.means), ("adds", model.adds)):
        yield from series(Group.DELIVERY, f"{key}.{what}", f"{name}: {what}", texts, within=key)
    for flag, words in (
        (model.tutor_required, "a personal tutor"),
        (model.extra_tutor_contacts, "extra contacts with the tutor"),
        (model.study_pack_per_event, "a study pack for each event"),
        (model.by_time_zone, "live events that suit the time zone"),
        (model.private, "a group of one school or cluster"),
        (model.one_invoice, "one invoice"),
        (model.choose_centre, "a choice of centres"),
    ):
        yield from detail(f"{key}.{words}", f"{name}: has", yes(flag, words))
    stated = "stated by a source" if model.stated else "set by the provider; no source names it"
    yield from fact(Group.RECORD, f"{key}.stated", f"{name}: basis", stated, within=key)


def _staffing(staffing: structure.Staffing) -> Iterator[Fact]:
    people = partial(fact, Group.DELIVERY)
    yield from people("staffing", "Who runs the events", staffing.text)
    yield from people("staffing.facilitators", "Facilitators a day", str(staffing.facilitators))
    if staffing.serving_headteachers:
        heads = str(staffing.serving_headteachers)
        yield from people("staffing.heads", "Serving headteachers a day", heads)
    yield from people("staffing.leader", "Run by serving leaders", yes(staffing.serving_leader))
    outstanding = yes(staffing.outstanding_school)
    yield from people("staffing.outstanding", "From outstanding schools", outstanding)
    yield from people("staffing.different", "All different people", yes(staffing.different_people))


def _content(spec: Specification) -> Iterator[Fact]:
    content, terms = partial(fact, Group.CONTENT), spec.content
    yield from series(Group.CONTENT, "area", "Content area", terms.areas)
    yield from content("area_count", "Content areas", in_words(terms.area_count, str))
    yield from content("behaviour_count", "Leadership behaviours", in_words(terms.behaviour_count, str))
    yield from content("areas_in", "Areas are taught in", terms.areas_taught_in)
    yield from content("behaviours_in", "Behaviours are explored in", terms.behaviours_taught_in)
    for one in spec.highlights:
        yield from content(f"highlight[{one.text}]", "Among other things", f"{one.text} ({one.area})")
    for course in spec.courses:
        yield from _course(course)
    for event in spec.events:
        yield from _event(event)


def _course(course: structure.Course) -> Iterator[Fact]:
    key = f"course[{course.number}]"
    yield from fact(Group.CONTENT, key, f"Online course {course.number}", course.title)
    titles = [module.title for module in course.modules]
    yield from series(Group.CONTENT, f"{key}.module", f"Module of {course.title}", titles, within=key)
    for module in course.modules:
        yield from series(
            Group.RECORD, f"{key}.spelling", "Module, also spelt", module.other_spellings, within=key
        )


def _event(event: structure.Event) -> Iterator[Fact]:
    key = f"event[{event.number}]"
    detail = partial(fact, Group.CONTENT, within=key)
    yield from fact(Group.CONTENT, key, f"Event {event.number}", event.title)
    yield from detail(f"{key}.kind", f"Event {event.number}: kind", event.kind)
    yield from detail(f"{key}.days", f"Event {event.number}: days", wording.days_text(event.days))
    if event.course is not None:
        yield from detail(f"{key}.course", f"Event {event.number}: on course", str(event.course))
    label = f"Agenda of event {event.number}"
    yield from series(Group.CONTENT, f"{key}.agenda", label, event.agenda, within=key)


def _bodies(spec: Specification) -> Iterator[Fact]:
    for body in spec.organisations:
        role = ROLES_OF_BODIES.get(body.role, body.role.capitalize())
        yield from fact(Group.BODIES, f"body[{body.role}][{body.name}]", role, body.name)
        key = f"body[{body.role}][{body.name}].short"
        yield from fact(Group.RECORD, key, f"{body.name}, for short", body.short_name)
    yield from series(Group.BODIES, "supporter", "Supported by", spec.supporters)
