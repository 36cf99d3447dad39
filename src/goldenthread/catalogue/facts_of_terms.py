"""What a version says of engagement, assessment, fees and what comes after; the second half of `facts`."""

from collections.abc import Iterator
from functools import partial
from itertools import chain

from goldenthread.catalogue import policies, terms, wording
from goldenthread.catalogue.fact import Fact, Group, fact, series, yes
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.wording import counted, in_words, listed, months_text
from goldenthread.common.quantities import money_text

KINDS = {"case_study": "an unseen case study", "projects": "projects"}
STATEMENTS = {"learn_that": "learn that", "learn_how_to": "learn how to"}
SCHOOLS = {"home": "your own", "placement": "a placement school"}


def facts(spec: Specification) -> Iterator[Fact]:
    """The facts of the groups from engagement on, except the bodies behind a version."""
    return chain(
        _engagement(spec),
        _assessment(spec.assessment),
        _marking(spec),
        _fees(spec),
        _after(spec),
        _record(spec),
    )


def _engagement(spec: Specification) -> Iterator[Fact]:
    must, policy, rules = partial(fact, Group.ENGAGEMENT), spec.engagement, spec.achievement
    if policy:
        share = in_words(policy.threshold_percent, lambda percent: f"at least {percent} %")
        yield from must("engagement", "Engagement", share)
        yield from must("engagement.measure", "Measured in", policy.measure)
        yield from must("engagement.pass", "Engagement decides the pass", yes(policy.required_to_pass))
        opens = yes(policy.required_to_enter)
        yield from must("engagement.enter", "Engagement opens the final assessment", opens)
    if rules:
        yield from must("courses", "Online courses to complete", str(rules.courses))
        yield from must("core_tasks", "Core tasks to complete", yes(rules.core_tasks, "all"))
        yield from must("events", "Events", "engage with them" if rules.events == "engage" else rules.events)
        yield from must("catch_up", "A catch-up stands for an event missed", yes(rules.catch_up_counts))
        limit = in_words(rules.pass_within_months, months_text)
        yield from must("pass_within", "To be passed within", limit)
        warnings = listed([str(month) for month in rules.warn_at_months])
        yield from fact(Group.RECORD, "warn_at", "Warned at months", warnings)


def _assessment(assessment: terms.Assessment) -> Iterator[Fact]:
    final = partial(fact, Group.ASSESSMENT)
    yield from final("assessment", "What it is", assessment.name)
    yield from final("assessment.kind", "Kind", KINDS.get(assessment.kind, assessment.kind))
    yield from _words(assessment.max_words, "words", "", Group.ASSESSMENT)
    yield from final("window", "Time to write", in_words(assessment.window_days, wording.days_text))
    yield from final("months", "When", in_words(assessment.window_months, wording.window_text))
    yield from series(
        Group.ASSESSMENT, "part", "Part of the response", [part.title for part in assessment.parts]
    )
    yield from final("unseen", "Unseen until its window opens", yes(assessment.unseen))
    framework = yes(assessment.framework_only)
    yield from final("framework_only", "Draws on nothing but the framework", framework)
    kinds = [STATEMENTS.get(kind, kind) for kind in assessment.statement_kinds]
    yield from series(Group.ASSESSMENT, "statement", "Statements that carry marks", kinds)
    yield from final("pass_mark", "Pass mark", wording.pass_mark_text(assessment.pass_mark))
    marks = in_words(assessment.total_marks, lambda number: counted(number, "mark"))
    yield from final("total_marks", "Marks in all", marks)
    yield from series(Group.ASSESSMENT, "assessed", "What is assessed", assessment.assessed)
    yield from _counting(assessment.counting, "counting", "")
    yield from _declared(assessment)
    for task in assessment.tasks:
        yield from _task(task)


def _counting(found: terms.Counting, key: str, of: str, *, within: str = "") -> Iterator[Fact]:
    said = partial(fact, Group.ASSESSMENT, within=within)
    yield from said(f"{key}.rule", f"{of}Words counted by", found.rule)
    out = listed([policies.PARTS.get(part, part) for part in found.not_counted])
    yield from said(f"{key}.out", f"{of}Not counted", out)
    yield from said(
        f"{key}.tolerance", f"{of}More than the limit", policies.tolerance_text(found.tolerance_percent)
    )
    yield from said(f"{key}.over", f"{of}What is longer", policies.over_text(found.over, found.penalty))
    if found.penalty and found.over != "penalty":
        yield from said(f"{key}.penalty", f"{of}A penalty that doesn't apply", found.penalty)


def _declared(assessment: terms.Assessment) -> Iterator[Fact]:
    final = partial(fact, Group.ASSESSMENT)
    own, ai = assessment.own_work, assessment.ai
    yield from final("own_work", "Declared with a response", f"“{own.text}” ({own.version})")
    if assessment.attempts is not None:
        yield from final("attempts", "Sitting again", wording.attempts_text(assessment.attempts))
    if ai is None:
        return
    yield from final("ai", "Use of AI", policies.AI_TEXTS.get(ai.use, ai.use))
    if ai.statement:
        yield from final("ai.statement", "Declared about AI", f"“{ai.statement}” ({ai.version})", within="ai")
    yield from series(Group.ASSESSMENT, "ai.describe", "Who used AI says", ai.describe, within="ai")
    yield from final(
        "ai.markers", "Markers read what is said about AI", yes(ai.shown_to_markers), within="ai"
    )


def _words(limit: terms.WordLimit, key: str, of: str, group: Group, *, within: str = "") -> Iterator[Fact]:
    if limit.values.values:
        yield from fact(group, key, f"{of}Length", wording.limit_text(limit.values), within=within)
        yield from fact(group, f"{key}.counts", f"{of}Words counted", limit.counts, within=within)


def _task(task: terms.ProjectTask) -> Iterator[Fact]:
    key, of = f"task[{task.key}]", f"{task.title}: "
    detail = partial(fact, Group.ASSESSMENT, within=key)
    yield from fact(Group.ASSESSMENT, key, task.title, task.text)
    yield from detail(f"{key}.title", f"Title of task {task.number}", task.title)
    yield from _words(task.max_words, f"{key}.words", of, Group.ASSESSMENT, within=key)
    if task.counting is not None:
        yield from _counting(task.counting, f"{key}.counting", of, within=key)
    yield from detail(f"{key}.school", f"{of}school", SCHOOLS.get(task.school, task.school))
    yield from detail(f"{key}.scope", f"{of}scope", task.scope)
    if task.min_terms is not None:
        least = f"at least {counted(task.min_terms, 'term')}"
        yield from detail(f"{key}.terms", f"{of}lasts", least)
    if task.placement_working_days is not None:
        days = counted(task.placement_working_days, "working day")
        yield from detail(f"{key}.placement", f"{of}placement", days)
    board = SCHOOLS.get(task.board, task.board)
    yield from detail(f"{key}.board", f"{of}presented to the board of", board)
    before = yes(task.board_before_implementation)
    yield from detail(f"{key}.before", f"{of}presented before it is carried out", before)
    yield from detail(f"{key}.feedback", f"{of}the board's feedback is asked", yes(task.board_feedback))
    for what, texts in (
        ("aim", task.aims),
        ("part", tuple(part.title for part in task.parts)),
        ("contrast", task.contrast_examples),
        ("challenge", task.challenges),
        ("horizon", task.horizons),
    ):
        yield from series(Group.ASSESSMENT, f"{key}.{what}", f"{of}{what}", texts, within=key)


def _marking(spec: Specification) -> Iterator[Fact]:
    marks, marking = partial(fact, Group.MARKING), spec.marking
    yield from marks("markers", "Marked by", counted(marking.markers, "marker"))
    yield from marks("blind", "Marked blind", yes(marking.blind))
    points = counted(marking.tolerance_marks, "mark")
    yield from marks("tolerance", "Markers agree within", points)
    yield from marks("third", "A third marker decides", yes(marking.third_mark_decides))
    yield from series(Group.MARKING, "excluded", "Never marked by your", marking.excluded)
    yield from marks("moderation", "Provisional until moderated", yes(spec.moderation.required))
    yield from marks("national", "Moderated nationally", yes(spec.moderation.national))
    yield from marks("scheme_by", "Mark scheme by", spec.assessment.mark_scheme_by)


def _fees(spec: Specification) -> Iterator[Fact]:
    for place, fee in enumerate(spec.fees, start=1):
        key, label = f"fee[{place}]", "A place" + (f", price {place}" if place > 1 else "")
        currency = "" if fee.pence.unknown else f" ({fee.currency})"
        text = wording.stated(fee.pence, partial(money_text, currency=fee.currency)) + currency
        since = wording.day_text(fee.valid_from) if fee.valid_from else ""
        if place > 1 and since:  # a further price says nothing without its day
            yield from fact(Group.FEE, key, label, f"{text}, from {since}")
        else:
            yield from fact(Group.FEE, key, label, text)
            yield from fact(Group.FEE, f"{key}.from", f"{label}: from", since, within=key)


def _after(spec: Specification) -> Iterator[Fact]:
    after = partial(fact, Group.AFTER)
    for step in spec.progression:
        key = f"next[{step.to}]"
        within = f", if expected within {counted(step.within_years, 'year')}" if step.within_years else ""
        text = f"{step.name}{within}"
        yield from after(key, f"Next {step.kind}", text, value=f"{step.kind}: {text}")
        yield from after(f"{key}.question", f"{step.name}: what is asked", step.question, within=key)
    yield from series(Group.AFTER, "role_after", "Role afterwards", spec.roles_after)
    if spec.masters:
        award = f"level {spec.masters.level} towards {spec.masters.award}, {spec.masters.university}"
        yield from after("masters", "Masters credits", award)
        credits = in_words(spec.masters.credits, lambda number: counted(number, "credit"))
        yield from after("masters.credits", "How many", credits, within="masters")
    yield from series(Group.BENEFITS, "benefit.candidate", "For you", spec.benefits.candidate)
    yield from series(Group.BENEFITS, "benefit.school", "For your school", spec.benefits.school)


def _record(spec: Specification) -> Iterator[Fact]:
    record = partial(fact, Group.RECORD)
    for section in spec.sections:
        key = f"section[{section.key}]"
        yield from record(key, "Section", section.title)
        yield from series(Group.RECORD, f"{key}.part", section.title, section.parts, within=key)
        yield from record(
            f"{key}.blank", f"{section.title}: blank in the source", yes(section.blank), within=key
        )
    for conflict in spec.conflict_notes:
        text = f"{conflict.what} {conflict.resolution}"
        yield from record(f"conflict[{conflict.id}]", f"Sources disagree ({conflict.id})", text)
    for note in spec.unknown_notes:
        gap = f" ({note.gap})" if note.gap else ""
        yield from record(f"unknown[{note.what}]", "Not stated", f"{note.what}: {note.then}{gap}")
    for key, name in spec.documents:
        yield from record(f"document[{key}]", f"Document {key}", name)
