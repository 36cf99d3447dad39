"""What a version states of counting words and of declarations, as it is read and as people read it.

What isn't stated holds as it did before it could be: words are counted by the first rule and too many are refused,
own work is declared in the first wording, and nothing is asked about AI. Pure, as in `rules`.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.tables import Table, whole
from goldenthread.catalogue.terms import AiPolicy, Assessment, Attempts, Counting, MarksOff, Statement

RULES = ("words-2",)
ALWAYS_APART = ("headers", "deletions", "comments")  # nobody reads them, so they never count
PARTS = {
    "headers": "page headers and footers",
    "deletions": "text deleted with tracked changes",
    "comments": "comments",
    "title": "the title (the first paragraph in the style Title of Word or OpenDocument)",
    "references": "the list of references",
    "annexes": "annexes",
    "footnotes": "footnotes and endnotes",
    "tables": "tables",
    "text_boxes": "text boxes and diagrams",
    "insertions": "text added with tracked changes",
    "content_controls": "form fields",
}
COSTS = ("marks", "percent")  # of what is taken off
STEPS = {"words": 10_000, "percent": 100}  # for each of which it is, with the most
AT_THE_END = frozenset({*ALWAYS_APART, "references", "annexes", "footnotes"})


class Over(StrEnum):
    """What follows when there are more words than are taken."""

    REFUSE = "refuse"
    WARN = "warn"
    CUT = "cut"
    PENALTY = "penalty"


AI_USES = ("forbidden", "acknowledged", "free")
AI_TEXTS = {
    "forbidden": "AI may not be used for the response.",
    "acknowledged": "AI may be used, if it is acknowledged: with every script you say whether you used it.",
    "free": "AI may be used, and nothing has to be said of it.",
}
OWN_WORK = Statement(
    version="own-work-1", text="This is my own work. Where I use the words or ideas of others, I say so."
)
LONGEST_STATEMENT = 1_000
MOST_ATTEMPTS, MOST_MONTHS = 20, 120  # that a policy of attempts can name


def counting(parent: Table) -> Counting | None:
    """How words are counted, as a table of its own says; None where there is none."""
    table = parent.table("counting")
    if table is None:
        return None
    off = _marks_off(table)
    found = Counting(
        rule=table.text("rule", choices=RULES),
        not_counted=table.texts("not_counted", required=True, choices=tuple(PARTS)),
        tolerance_percent=table.sourced("tolerance_percent", "percent", whole(0, 100)),
        over=table.text("over", choices=tuple(Over)),
        penalty=table.text("penalty", "", at_most=200),
        marks_off=off,
    )
    missing = [part for part in ALWAYS_APART if part not in found.not_counted]
    if missing and "not_counted" in table.data:
        table.wrong("not_counted", f"must name {', '.join(missing)}: nobody reads them, so they never count")
    inside = [part for part in found.not_counted if part not in AT_THE_END]
    if found.over == "cut" and inside:
        reason = (
            f"can't be “cut” while {', '.join(inside)} aren't counted: what is left out must stand at the end"
        )
        table.wrong("over", reason)
    _check_penalty(table, found)
    table.finish()
    return replace(found, penalty=marks_off_text(off)) if off and not found.penalty else found


def _check_penalty(table: Table, found: Counting) -> None:
    """A penalty is named in words or said as marks, never both, and only where one follows."""
    as_data = "marks_off" in table.data
    if found.over == "penalty":
        if not found.penalty and not as_data:
            table.wrong("penalty", "is missing: name what follows, or say it in marks_off")
        elif found.penalty and as_data:
            table.wrong("penalty", "is said by marks_off, which is applied: leave the words out")
        return
    for key, there in (("penalty", bool(found.penalty)), ("marks_off", as_data)):
        if there:
            table.wrong(key, "needs over = “penalty”")


def _marks_off(parent: Table) -> MarksOff | None:
    """What too many words cost, as `{ marks = 2, each_words = 100 }`; None where it isn't there or can't be."""
    table = parent.table("marks_off")
    if table is None:
        return None
    amount = {unit: table.maybe_number(unit, at_least=1, at_most=100) for unit in COSTS}
    each = {of: table.maybe_number(f"each_{of}", at_least=1, at_most=most) for of, most in STEPS.items()}
    table.finish()
    if sum(unit in table.data for unit in COSTS) != 1:
        table.wrong("marks", "or percent: say one of them")
    if sum(f"each_{of}" in table.data for of in STEPS) != 1:
        table.wrong("each_words", "or each_percent: say one of them")
    units = [(unit, number) for unit, number in amount.items() if number is not None]
    steps = [(of, number) for of, number in each.items() if number is not None]
    if len(units) != 1 or len(steps) != 1:
        return None
    return MarksOff(amount=units[0][1], unit=units[0][0], each=steps[0][1], of=steps[0][0])


def marks_off_data(off: MarksOff) -> dict[str, int]:
    """What too many words cost, as a file says it and a window keeps it."""
    return {off.unit: off.amount, f"each_{off.of}": off.each}


def marks_off_in(data: Mapping[str, Any] | None) -> MarksOff | None:
    """The same read back from what `marks_off_data` gave; None where nothing was kept."""
    if not data:
        return None
    unit = next(one for one in COSTS if one in data)
    of = next(one for one in STEPS if f"each_{one}" in data)
    return MarksOff(amount=data[unit], unit=unit, each=data[f"each_{of}"], of=of)


def marks_off_text(off: MarksOff) -> str:
    """What too many words cost, in words: "2 marks less for every 100 words too many, begun ones too"."""
    if off.unit == "percent":
        less = f"{off.amount} % of the marks less"
    else:
        less = f"{off.amount} mark{'s' if off.amount > 1 else ''} less"
    if off.of == "percent":
        return f"{less} for every {off.each} % of the limit too many, begun ones too"
    return (
        f"{less} for every {off.each} words too many, begun ones too"
        if off.each > 1
        else f"{less} for every word too many"
    )


def counting_by_default(key: str) -> Counting:
    """How words are counted where a version doesn't say."""
    return Counting(
        rule=RULES[0],
        not_counted=ALWAYS_APART,
        tolerance_percent=Sourced(f"{key}.tolerance_percent", "percent"),
        over="refuse",
        penalty="",
    )


def own_work(parent: Table) -> Statement:
    """The words in which own work is declared."""
    table = parent.table("own_work")
    if table is None:
        return OWN_WORK
    found = Statement(
        version=table.key_text("version"), text=table.text("statement", at_most=LONGEST_STATEMENT)
    )
    if found.version == OWN_WORK.version and found.text != OWN_WORK.text:
        table.wrong("version", f"{OWN_WORK.version} has other words: changed words are a new version")
    table.finish()
    return found


def ai(parent: Table) -> AiPolicy | None:
    """The policy about AI; None where the version says nothing."""
    table = parent.table("ai")
    if table is None:
        return None
    use = table.text("use", choices=AI_USES)
    declared = use != "free"
    found = AiPolicy(
        use=use,
        version=table.key_text("version"),
        statement=table.text("statement", None if declared else "", at_most=LONGEST_STATEMENT),
        describe=table.some_texts("describe") if use == "acknowledged" else table.texts("describe"),
        shown_to_markers=table.flag("shown_to_markers"),
    )
    if use != "acknowledged" and found.describe:
        table.wrong("describe", "is asked only where AI is allowed with acknowledgement")
    table.finish()
    return found


def attempts(parent: Table) -> Attempts | None:
    """How often the case study may be sat; None where the version says nothing. One of both limits is given, or that
    there is none.
    """
    table = parent.table("attempts")
    if table is None:
        return None
    found = Attempts(
        most=table.maybe_number("most", at_least=1, at_most=MOST_ATTEMPTS),
        within_months=table.maybe_number("within_months", at_least=1, at_most=MOST_MONTHS),
    )
    unlimited = table.flag("unlimited")
    if unlimited == (found.most is not None or found.within_months is not None):
        table.wrong("most", "give how often, or within how many months, or both; or that it is unlimited")
    table.finish()
    return found


# --- in words ----------------------------------------------------------------------------------------
def counting_of(assessment: Assessment, task: str = "") -> Counting:
    """How the words of a case study, or of a project task, are counted."""
    own = next((one.counting for one in assessment.tasks if one.key == task), None)
    return own or assessment.counting


def over_text(over: str, penalty: str = "") -> str:
    """What follows when there are too many words: "it is refused"."""
    texts = {
        "refuse": "it is not taken: cut it, and hand in again",
        "warn": "it is taken, and the receipt, the markers and the office are told",
        "cut": "it is taken, and only the words up to there are marked",
        "penalty": f"it is taken, and this follows: {penalty}",
    }
    return texts.get(over, over)


def tolerance_text(tolerance: Sourced[int]) -> str:
    """How much more than the limit is taken: "5 % over the limit", "none"."""
    if tolerance.undecided:
        return "not settled: the sources disagree"
    return f"{tolerance.value} % over the limit" if tolerance.value else "none"
