"""The board meeting of a window: its figures without names, and its minutes."""

import csv
import io
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment.models import Window
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.moderation import queries as moderation
from goldenthread.outcomes import board_rules
from goldenthread.outcomes.board_rules import Boundary
from goldenthread.outcomes.models import BoardMeeting


@dataclass(frozen=True)
class Figures:
    """The final marks of a window as counts: nobody's name, no code."""

    scripts: int
    pass_mark: int
    maximum: int
    reached: int
    adjusted: int
    half_marks: tuple[int, ...]

    @property
    def distribution(self) -> list[tuple[int, int]]:
        return board_rules.distribution(self.half_marks, self.maximum)

    @property
    def boundaries(self) -> list[Boundary]:
        return board_rules.boundaries(self.half_marks, pass_mark=self.pass_mark, maximum=self.maximum)

    def as_dict(self) -> dict[str, int]:
        """What a meeting had before it, as its minutes keep it."""
        names = ("scripts", "pass_mark", "maximum", "reached", "adjusted")
        return {name: getattr(self, name) for name in names}


def figures_of(window: Window) -> Figures:
    """The marks of a window as they would be final now. Five queries."""
    scheme, final = marking.scheme_of(window), moderation.final_marks(window)
    half = tuple(sorted(one.half_marks.total for one in final.values()))
    reached = sum(one >= 2 * scheme.pass_mark for one in half)
    adjusted = sum(one.adjusted for one in final.values())
    return Figures(len(half), scheme.pass_mark, scheme.total, reached, adjusted, half)


def meetings_of(window: Window) -> QuerySet[BoardMeeting]:
    """The meetings about a window, the latest first. One query."""
    return (
        BoardMeeting.objects.filter(window=window)
        .select_related("recorded_by")
        .order_by("-recorded_at", "-pk")
    )


def check_board(window: Window) -> None:
    """Refuses while the last meeting decided that the results wait. One query."""
    last = meetings_of(window).first()
    board_rules.check_board(last.decision if last else "")


def shared_file(figures: Figures) -> str:
    """What may leave the office, for a spreadsheet: bands and boundaries without small numbers. Refuses for very few
    scripts.
    """
    board_rules.check_can_share(figures.scripts)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    small = f"fewer than {board_rules.SMALL}, or not said so that such a number can't be worked out"
    writer.writerow(["figure", "marks", "scripts"])
    writer.writerow(["all scripts", f"0 to {figures.maximum}", figures.scripts])
    for label, count in board_rules.shared_bands(figures.half_marks, figures.maximum):
        writer.writerow(["scripts with", label, small if count is None else count])
    for mark, reached in board_rules.shared_boundaries(figures.boundaries, figures.scripts):
        writer.writerow(["would pass at", mark, small if reached is None else reached])
    return out.getvalue()


@transaction.atomic
def record_meeting(
    *,
    window: Window,
    form_key: str,
    held_on: date,
    present: str,
    decision: str,
    reasons: str,
    by: Any,
    at: datetime,
) -> BoardMeeting:
    """Keep the minutes of a meeting, with the figures that it had before it; the same form is one meeting.

    A row is never changed: what was decided otherwise is a further meeting. Refuses a day to come, minutes without
    people or reasons, and after the release.
    """
    held = Window.objects.select_for_update(of=("self",)).select_related("case_study__scheme", "scheme")
    window = held.get(pk=window.pk)
    known = BoardMeeting.objects.filter(form_key=uuid.UUID(form_key), window=window).first()
    if known:
        return known
    if window.state == "released":
        raise Refused(
            "These results are released; a meeting changes nothing any more.", code="board.released"
        )
    if decision not in ("release", "wait"):
        raise Refused("Choose what the meeting decided.", code="board.decision", field="decision")
    board_rules.check_minutes(held_on=held_on, today=clock.day_of(at), present=present, reasons=reasons)
    made = BoardMeeting.objects.create(
        window=window, form_key=uuid.UUID(form_key), held_on=held_on, present=present.strip(), decision=decision,
        reasons=reasons.strip(), figures=figures_of(window).as_dict(), recorded_by=by, recorded_at=at,
    )  # fmt: skip
    audit.record(
        "board.met", window, by=by, at=at, meeting=made.pk, held_on=held_on, decision=decision, **made.figures
    )
    return made
