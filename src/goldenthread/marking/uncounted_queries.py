"""What was entered for a script and counts for nothing, as its moderators and whoever decides an appeal read it."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Exists, F, QuerySet, Value

from goldenthread.assessment.models import Script
from goldenthread.marking.conflict_models import ArisenConflict
from goldenthread.marking.handing_models import Cause, HandedBack, LeftQueue
from goldenthread.marking.models import SetAside

_COLUMNS = (
    "at", "position", "marker__name", "marks", "notes", "passages", "comment", "feedback", "next_step", "evidence",
)  # fmt: skip
_WHY = {
    "aside": "set aside",
    "handed": "handed back, or given to another marker",
    "arose": "taken, since a conflict of interest arose",
}


@dataclass(frozen=True)
class Uncounted:
    """What one person had entered for a script that counts for nothing: what became of it, when, and all they wrote.
    `position` is 0 for a moderator's own blind look. Why somebody handed it back, or set it aside, is the office's to
    read.
    """

    became: str
    at: datetime
    position: int
    marker: str
    marks: dict[str, int]
    notes: dict[str, str]
    passages: list[dict[str, Any]]
    comment: str
    feedback: str
    next_step: str
    evidence: str

    @property
    def total(self) -> int:
        """The marks that were given, added up."""
        return sum(self.marks.values())

    @property
    def says_something(self) -> bool:
        """Whether anything had been entered."""
        texts = (self.comment, self.feedback, self.next_step, self.evidence)
        return bool(self.marks or self.notes or self.passages or any(texts))


def uncounted_of(scripts: QuerySet[Script]) -> list[Uncounted]:
    """What was entered for these scripts, mostly one, and counts for nothing, the first first: set aside, handed back
    or given on, taken for a conflict, or left its queue otherwise. For who may see the markings that count. One query.
    """
    aside, handed, arose, left = _sources(script__in=scripts.order_by().values("pk"))
    rows = _rows(aside, "aside").union(
        _rows(handed, "handed"),
        _rows(arose, "arose"),
        left.order_by().values_list(F("cause"), *_COLUMNS),
        all=True,
    )
    became = {**_WHY, **{str(cause): str(cause.label) for cause in Cause}}
    found = [Uncounted(became[why], *rest) for why, *rest in rows]
    return sorted((one for one in found if one.says_something), key=lambda one: (one.at, one.position))


def is_uncounted(script: Any) -> Any:
    """Whether `uncounted_of` may find anything for the script of a row of another query, as a condition of it."""
    return reduce(or_, (Exists(found.order_by()) for found in _sources(script=script)))


def _sources(**of: Any) -> tuple[QuerySet[Any], ...]:
    return (
        SetAside.objects.filter(**of),
        HandedBack.objects.filter(**of),
        ArisenConflict.objects.filter(**of, ending="taken"),
        LeftQueue.objects.filter(**of),
    )


def _rows(found: QuerySet[Any], why: str) -> QuerySet[Any, Any]:
    return found.order_by().values_list(Value(why, output_field=CharField()), *_COLUMNS)
