"""What the page of a discussion shows: both sides point by point, and what was written and answered, in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms.boundfield import BoundField

from goldenthread.assessment.models import MarkPoint
from goldenthread.marking.discussion_queries import Side, Talk
from goldenthread.marking.discussion_rules import letter_of
from goldenthread.web.assessor.forms import AnswerForm
from goldenthread.web.assessor.presenting import with_level


@dataclass(frozen=True)
class TalkRow:
    """One point: what each side gives, by title, how far they are apart, and the boxes of an answer, if any."""

    point: MarkPoint
    marks: list[tuple[str, Any]]
    difference: int
    mark: BoundField | None = None
    why: BoundField | None = None


@dataclass(frozen=True)
class Said:
    """One entry of the exchange: a message, or an answer with what it changes."""

    who: str
    at: datetime
    own: bool
    text: str = ""
    answered: bool = False
    changes: tuple[Any, ...] = ()


def title_of(position: int, own: int | None) -> str:
    """What one of the two is called on the page of the other, of themselves, or of a moderator."""
    return f"Marker {letter_of(position)}" + (" (you)" if position == own else "")


def rows_of(
    talk: Talk, points: Sequence[MarkPoint], *, own: int | None, form: AnswerForm | None = None
) -> list[TalkRow]:
    """Both sides point by point."""
    rows = []
    for point in points:
        given = {place: talk.sides[place].marks.get(str(point.number)) for place in (1, 2)}
        apart = abs((given[1] or 0) - (given[2] or 0))
        marks = [(title_of(place, own), with_level(point, given[place])) for place in (1, 2)]
        boxes = (form[f"point_{point.number}"], form[f"why_{point.number}"]) if form else (None, None)
        rows.append(TalkRow(point, marks, apart, *boxes))
    return rows


def said_in(talk: Talk, *, own: int | None) -> list[Said]:
    """What was written and answered, the oldest first."""
    found = [
        Said(title_of(one.position, own), one.at, one.position == own, one.text) for one in talk.messages
    ]
    for place, side in talk.sides.items():
        if side.answer is not None:
            found.append(
                Said(
                    title_of(place, own), side.answer.at, place == own, answered=True,
                    changes=tuple(side.changes),
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: one.at)


def initial_of(side: Side, seen: str) -> dict[str, Any]:
    """What the boxes of an answer begin with: the marks that were given."""
    return {**{f"point_{number}": mark for number, mark in side.marking.marks.items()}, "seen": seen}
