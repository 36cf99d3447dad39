"""Marks by part of the response, where the mark scheme says to which part its points belong (S0-42).

They are told only where they add up: marks that were changed as a whole, by a moderator, the national moderator or an
appeal, have no points to tell them by.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from goldenthread.assessment.models import MarkPoint, Window
from goldenthread.assessment.queries import parts_of
from goldenthread.assessment.rules.parts import Asked, PartMarks, marks_by_part
from goldenthread.marking.agreement_rules import half_marks_by_point
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.moderation.models import Sampled
from goldenthread.outcomes.models import Outcome


@dataclass(frozen=True)
class ByPart:
    """Marks by part, summed over the results for which they can be told."""

    marks: tuple[PartMarks, ...]
    told: int  # for so many results
    of: int  # of so many with marks


def by_part(window: Window, outcomes: Iterable[Outcome]) -> ByPart | None:
    """The marks of these results of one window by part of the response; None where no mark point belongs to a part.

    Three queries at most, and none for a response without parts.
    """
    marked = {one.enrolment_id: one for one in outcomes if one.half_marks_learn_that is not None}
    parts = parts_of(window)
    if not marked or not parts or window.mark_scheme is None:
        return None
    rows = MarkPoint.objects.filter(scheme=window.mark_scheme).order_by("number")
    points = list(rows.values_list("number", "kind", "part", "maximum"))
    if not {part for _, _, part, _ in points} & {part.key for part in parts}:
        return None
    given = _given(window, marked)
    sums: Counter[int] = Counter()
    told = 0
    for enrolment, outcome in marked.items():
        earned = _that_adds_up(
            outcome, given.get(enrolment, []), {number: kind for number, kind, _, _ in points}
        )
        if earned is not None:
            told += 1
            sums.update(earned)
    asked = [Asked(number, part, most * told) for number, _, part, most in points]
    return ByPart(marks_by_part(parts, asked, sums) if told else (), told, len(marked))


def _given(window: Window, enrolments: Iterable[int]) -> dict[int, list[dict[int, int]]]:
    """By enrolment the half marks point by point: of the markers together, then of a moderator who adjusted them."""
    people = list(enrolments)
    rows = Marking.objects.filter(
        script__sitting__window=window, script__sitting__enrolment__in=people, script__current=True,
        state=MarkingState.SUBMITTED, position__lt=FIRST_REMARK,
    ).order_by("pk")  # fmt: skip
    by_position: dict[int, dict[int, dict[int, int]]] = {}
    standing: dict[int, str | None] = {}
    for enrolment, position, first, revised, standing[enrolment] in rows.values_list(
        "script__sitting__enrolment", "position", "marks", "revised", "script__agreement__standing"
    ):
        stands = first if revised is None else revised
        by_position.setdefault(enrolment, {})[position] = {
            int(number): mark for number, mark in stands.items()
        }
    found = {one: [half_marks_by_point(markings, standing[one])] for one, markings in by_position.items()}
    adjusted = Sampled.objects.filter(
        script__sitting__window=window, script__sitting__enrolment__in=people, script__current=True,
        decision="adjusted",
    ).order_by("pk")  # fmt: skip
    for enrolment, marks in adjusted.values_list("script__sitting__enrolment", "marks"):
        found.setdefault(enrolment, []).append({int(number): 2 * mark for number, mark in marks.items()})
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
