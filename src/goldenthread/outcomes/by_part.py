"""Marks by part of the response, where the mark scheme says to which part its points belong (S0-42).

They are told only where they add up: marks that were changed as a whole, by a moderator, the national moderator or an
appeal, have no points to tell them by.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldenthread.assessment.models import MarkPoint, Sitting, Window
from goldenthread.assessment.queries import parts_of, points_of
from goldenthread.assessment.rules.parts import Asked, PartMarks, marks_by_part
from goldenthread.marking.agreement_rules import half_marks_by_point
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.outcomes.models import Outcome


@dataclass(frozen=True)
class ByPart:
    """Marks by part, summed over the results for which they can be told."""

    marks: tuple[PartMarks, ...]
    told: int  # for so many results
    of: int  # of so many with marks


def by_part(
    window: Window,
    outcomes: Iterable[Outcome],
    *,
    points: Sequence[MarkPoint] | None = None,
    submitted: Iterable[Marking] | None = None,
) -> ByPart | None:
    """The marks of these results of one window by part of the response; None where no mark point belongs to a part.

    Two queries at most, and none for a response without parts. A page of one result hands in the `points` of the scheme
    and what was `submitted`, from `submitted_of`, as it has loaded them: then it asks nothing.
    """
    marked = {one.enrolment_id: one for one in outcomes if one.half_marks_learn_that is not None}
    parts = parts_of(window)
    if not marked or not parts or window.mark_scheme is None:
        return None
    points = points_of(window) if points is None else points
    if not {one.part for one in points} & {part.key for part in parts}:
        return None
    given = _given(_asked(window, marked) if submitted is None else map(_row_of, submitted))
    sums: Counter[int] = Counter()
    told = 0
    for enrolment, outcome in marked.items():
        earned = _that_adds_up(outcome, given.get(enrolment, []), {one.number: one.kind for one in points})
        if earned is not None:
            told += 1
            sums.update(earned)
    asked = [Asked(one.number, one.part, one.maximum * told) for one in points]
    return ByPart(marks_by_part(parts, asked, sums) if told else (), told, len(marked))


def submitted_of(sitting: Sitting) -> list[Marking]:
    """What was submitted about the script of a sitting that counts, with what the marks were agreed and moderated to;
    nothing where there is none. One query.
    """
    found = Marking.objects.filter(
        script__sitting=sitting, script__current=True, state=MarkingState.SUBMITTED
    )
    with_script = found.select_related("script__agreement", "script__sampled", "script__sitting")
    return list(with_script.defer("script__text", "script__parts", "script__sitting__draft").order_by("pk"))


_FIELDS = (
    "script__sitting__enrolment", "position", "marks", "revised", "script__agreement__standing",
    "script__sampled__decision", "script__sampled__marks",
)  # fmt: skip


def _asked(window: Window, enrolments: Iterable[int]) -> Iterable[Sequence[Any]]:
    rows = Marking.objects.filter(
        script__sitting__window=window, script__sitting__enrolment__in=list(enrolments), script__current=True,
        state=MarkingState.SUBMITTED,
    )  # fmt: skip
    return rows.order_by("pk").values_list(*_FIELDS)


def _row_of(one: Marking) -> Sequence[Any]:
    """The same of one that `submitted_of` has loaded."""
    script: Any = one.script
    standing = script.agreement.standing if hasattr(script, "agreement") else None
    sampled = (script.sampled.decision, script.sampled.marks) if hasattr(script, "sampled") else (None, None)
    return script.sitting.enrolment_id, one.position, one.marks, one.revised, standing, *sampled


def _given(rows: Iterable[Sequence[Any]]) -> dict[int, list[dict[int, int]]]:
    """By enrolment the half marks point by point: of the markers together, then of a moderator who adjusted them."""
    by_position: dict[int, dict[int, dict[int, int]]] = {}
    standing: dict[int, str | None] = {}
    adjusted: dict[int, dict[int, int]] = {}
    for enrolment, position, first, revised, stands, decision, marks in rows:
        if position >= FIRST_REMARK:
            continue
        given = first if revised is None else revised
        by_position.setdefault(enrolment, {})[position] = {
            int(number): mark for number, mark in given.items()
        }
        standing[enrolment] = stands
        if decision == "adjusted":
            adjusted[enrolment] = {int(number): 2 * mark for number, mark in marks.items()}
    found = {one: [half_marks_by_point(markings, standing[one])] for one, markings in by_position.items()}
    for enrolment, earned in adjusted.items():
        found[enrolment].append(earned)
    return found


def _that_adds_up(
    outcome: Outcome, given: Iterable[dict[int, int]], kinds: Mapping[int, str]
) -> dict[int, int] | None:
    """The first of these marks by point that come to the marks of the result, by kind; None if none does."""
    wanted = (outcome.half_marks_learn_that, outcome.half_marks_learn_how_to)
    for earned in given:
        sums: Counter[str] = Counter()
        for number, half_marks in earned.items():
            sums[kinds.get(number, "")] += half_marks
        if (sums["learn_that"], sums["learn_how_to"]) == wanted and set(earned) == set(kinds):
            return earned
    return None
