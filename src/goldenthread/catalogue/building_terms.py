"""The second half of `building`: engagement, assessment, fees, what comes after, and what is unsettled."""

from goldenthread.catalogue import terms
from goldenthread.catalogue.policies import ai, attempts, counting, counting_by_default, own_work
from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.tables import Table, month_range, pence, whole
from goldenthread.common.quantities import CURRENCIES

words = whole(1, 200_000)
STATEMENT_KINDS = ("learn_that", "learn_how_to")


def required(parent: Table, key: str) -> Table:
    """A table that must be there; an empty one, whose own problems are not reported, when it isn't."""
    table = parent.table(key)
    if table is not None:
        return table
    if key not in parent:
        parent.wrong(key, "is missing")
    return Table({}, key, Problems(""), frozenset())


def engagement(parent: Table) -> terms.EngagementPolicy | None:
    table = parent.table("engagement")
    if table is None:
        return None
    policy = terms.EngagementPolicy(
        threshold_percent=table.sourced("threshold_percent", "percent", whole(0, 100), required=True),
        measure=table.text("measure", choices=("hours",)),
        required_to_pass=table.flag("required_to_pass"),
        required_to_enter=table.flag("required_to_enter"),
    )
    table.finish()
    return policy


def achievement(parent: Table) -> terms.Achievement | None:
    table = parent.table("achievement")
    if table is None:
        return None
    found = terms.Achievement(
        courses=table.number("courses", 0),
        core_tasks=table.flag("core_tasks"),
        events=table.text("events", choices=("engage", "attend")),
        catch_up_counts=table.flag("catch_up_counts"),
        pass_within_months=table.sourced("pass_within_months", "months", whole(1, 120), required=True),
        warn_at_months=_months(table, "warn_at_months"),
        source=table.sources(required=True),
    )
    table.finish()
    return found


def _months(table: Table, key: str) -> tuple[int, ...]:
    found: list[int] = []
    for value in table.items(key):
        try:
            found.append(whole(1, 120)(value))
        except ValueError as no:
            table.wrong(key, str(no))
    return tuple(found)


def assessment(parent: Table) -> terms.Assessment:
    """The final assessment; words and window belong to a case study, projects have their own per task."""
    table = required(parent, "assessment")
    kind = table.text("kind", choices=("case_study", "projects"))
    unseen = kind == "case_study"
    found = terms.Assessment(
        kind=kind,
        name=table.text("name"),
        max_words=_word_limit(table, must=unseen),
        window_days=table.sourced("window_days", "days", whole(1, 60), required=unseen),
        window_months=table.sourced("window_months", "months", month_range, required=unseen),
        parts=_parts(table),
        unseen=table.flag("unseen"),
        framework_only=table.flag("framework_only"),
        statement_kinds=table.texts("statement_kinds", required=True, choices=STATEMENT_KINDS),
        pass_mark=table.sourced("pass_mark", "marks", whole(1, 1_000), required=True),
        total_marks=table.sourced("total_marks", "marks", whole(1, 1_000), required=True),
        tasks=tuple(_task(item) for item in table.tables("task")),
        assessed=table.texts("assessed"),
        mark_scheme_by=table.text("mark_scheme_by", "lead provider"),
        source=table.sources(required=True),
        counting=counting(table) or counting_by_default(table.at("counting")),
        own_work=own_work(table),
        ai=ai(table),
        attempts=attempts(table),
    )
    if found.attempts is not None and not unseen:
        table.wrong("attempts", "is of a case study: for projects further hand-in days are set")
    table.finish()
    return found


def _word_limit(table: Table, *, must: bool = True) -> terms.WordLimit:
    return terms.WordLimit(
        values=table.sourced("max_words", "words", words, required=must),
        counts=table.text("words_counted", "the response"),
    )


def _parts(table: Table) -> tuple[terms.Part, ...]:
    parts: list[terms.Part] = []
    for item in table.tables("part"):
        parts.append(terms.Part(key=item.key_text("key"), title=item.text("title")))
        item.finish()
    return tuple(parts)


def _task(table: Table) -> terms.ProjectTask:
    task = terms.ProjectTask(
        number=table.number("number", at_least=1, at_most=20),
        key=table.key_text("key"),
        title=table.text("title"),
        text=table.text("text"),
        max_words=_word_limit(table),
        school=table.text("school", choices=("home", "placement")),
        scope=table.text("scope"),
        min_terms=table.maybe_number("min_terms", at_least=1),
        aims=table.texts("aims"),
        parts=_parts(table),
        board=table.text("board", "", choices=("home", "placement")),
        board_before_implementation=table.flag("board_before_implementation"),
        board_feedback=table.flag("board_feedback"),
        placement_working_days=table.maybe_number("placement_working_days", at_least=1),
        contrast_examples=table.texts("contrast_examples"),
        challenges=table.texts("challenges"),
        horizons=table.texts("horizons"),
        source=table.sources(required=True),
        counting=counting(table),
    )
    table.finish()
    return task


# Who never marks somebody's work: each is a conflict of interest that allocation asks about (marking/conflicts.py). A
# line manager has a role at the participant's school.
EXCLUDED = (
    "coach", "tutor", "facilitator", "mentor", "line manager", "same school", "same trust", "same partner",
)  # fmt: skip


def marking(parent: Table) -> terms.Marking:
    """How scripts are marked. Refuses what marking can't do, since pages promise what stands here."""
    table = required(parent, "marking")
    found = terms.Marking(
        markers=table.number("markers", at_least=1, at_most=3),
        blind=table.flag("blind"),
        tolerance_marks=table.number("tolerance_marks", at_most=100),
        third_mark_decides=table.flag("third_mark_decides"),
        excluded=table.texts("excluded", choices=EXCLUDED),
    )
    for key, holds in (("blind", found.blind), ("third_mark_decides", found.third_mark_decides)):
        if key in table and not holds:
            table.wrong(key, "must be true: marking knows no other way")
    if found.markers > 2:
        table.wrong("markers", "must be 1 or 2: a third marker decides where two don't agree")
    table.finish()
    return found


def moderation(parent: Table) -> terms.Moderation:
    table = required(parent, "moderation")
    found = terms.Moderation(
        required=table.flag("required"),
        national=table.flag("national"),
        source=table.sources(),
    )
    table.finish()
    return found


def fee(table: Table) -> terms.Fee:
    currency = table.text("currency", choices=tuple(CURRENCIES))
    found = terms.Fee(
        pence=table.sourced(
            "amount" if currency not in ("", "GBP") else "pounds", "pence", pence, required=True
        ),
        currency=currency,
        valid_from=table.maybe_day("valid_from"),
        note=table.text("note", ""),
    )
    if found.pence.value is not None and found.valid_from is None:
        table.wrong("valid_from", "is missing: a fee holds from a day on")
    table.finish()
    return found


def progression(table: Table) -> terms.Progression:
    found = terms.Progression(
        kind=table.text("kind", choices=("programme", "degree")),
        to=table.text("to"),
        name=table.text("name"),
        within_years=table.maybe_number("within_years", at_least=1, at_most=50),
        question=table.text("question", ""),
        source=table.sources(required=True),
    )
    if found.within_years is not None and not found.question:
        table.wrong("question", "is missing: what is asked, to find out the years")
    table.finish()
    return found


def masters(parent: Table) -> terms.Masters | None:
    table = parent.table("masters")
    if table is None:
        return None
    found = terms.Masters(
        university=table.text("university"),
        award=table.text("award"),
        level=table.number("level", at_least=1, at_most=8),
        credits=table.sourced("credits", "credits", whole(1, 360), required=True),
        source=table.sources(required=True),
    )
    table.finish()
    return found


def benefits(parent: Table) -> terms.Benefits:
    table = parent.table("benefits")
    if table is None:
        return terms.Benefits(candidate=(), school=(), source=())
    found = terms.Benefits(
        candidate=table.texts("candidate"), school=table.texts("school"), source=table.sources(required=True)
    )
    table.finish()
    return found


def intakes(parent: Table) -> terms.Intakes | None:
    table = parent.table("intakes")
    if table is None:
        return None
    found = terms.Intakes(
        per_year=table.number("per_year", at_least=1, at_most=12),
        named_by=table.text("named_by", choices=("month", "term")),
        starts=table.some_texts("starts"),
        deadlines_at=table.text("deadlines_at", ""),
        source=table.sources(required=True),
    )
    if len(found.starts) != found.per_year:
        table.wrong("starts", f"names {len(found.starts)}, but per_year says {found.per_year}")
    table.finish()
    return found


def highlight(table: Table) -> terms.Highlight:
    found = terms.Highlight(
        text=table.text("text"), area=table.text("area"), source=table.sources(required=True)
    )
    table.finish()
    return found


def learning_environment(parent: Table) -> terms.LearningEnvironment | None:
    table = parent.table("learning_environment")
    if table is None:
        return None
    found = terms.LearningEnvironment(
        product=table.text("product"), functions=table.texts("functions"), source=table.sources(required=True)
    )
    table.finish()
    return found


def content(parent: Table) -> terms.Content:
    """The areas in order; `areas = "unknown"` where a source counts them without naming them."""
    table = required(parent, "content")
    unnamed = table.data.get("areas") == "unknown"
    if unnamed:
        table.known.add("areas")
    found = terms.Content(
        areas=() if unnamed else table.texts("areas"),
        area_count=table.sourced("area_count", "areas", whole(1, 100)),
        behaviour_count=table.sourced("behaviour_count", "behaviours", whole(1, 100)),
        areas_taught_in=table.text("areas_taught_in", ""),
        behaviours_taught_in=table.text("behaviours_taught_in", ""),
        source=table.sources(),
    )
    table.finish()
    return found


def section(table: Table) -> terms.Section:
    found = terms.Section(
        key=table.key_text("key"),
        title=table.text("title"),
        parts=table.texts("parts"),
        blank=table.flag("blank"),
        source=table.sources(required=True),
    )
    table.finish()
    return found


def conflict(table: Table) -> terms.ConflictNote:
    found = terms.ConflictNote(
        id=table.text("id"),
        what=table.text("what"),
        resolution=table.text("resolution"),
        source=table.sources(required=True),
    )
    table.finish()
    return found


def unknown(table: Table) -> terms.UnknownNote:
    found = terms.UnknownNote(
        what=table.text("what"),
        gap=table.text("gap", ""),
        then=table.text("then"),
        source=table.sources(),
    )
    table.finish()
    return found
