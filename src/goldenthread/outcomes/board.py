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
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.moderation.final import final_marks
from goldenthread.outcomes import board_rules
from goldenthread.outcomes.board_rules import Boundary
from goldenthread.outcomes.models import BoardMeeting

SHARED = "board.shared"


@dataclass(frozen=True)
class Figures:
    """The final marks of a window as counts: nobody's name, no code.

    `half_marks` are those that count; `less` says of scripts with too many words what was earned and what is taken off.
    """

    scripts: int
    pass_mark: int
    maximum: int
    reached: int
    adjusted: int
    half_marks: tuple[int, ...]
    less: tuple[tuple[int, int], ...] = ()

    @property
    def distribution(self) -> list[tuple[int, int]]:
        return board_rules.distribution(self.half_marks, self.maximum)

    @property
    def boundaries(self) -> list[Boundary]:
        return board_rules.boundaries(self.half_marks, pass_mark=self.pass_mark, maximum=self.maximum)

    def as_dict(self) -> dict[str, int]:
        """What a meeting had before it, as its minutes keep it."""
        names = ("scripts", "pass_mark", "maximum", "reached", "adjusted")
        return {name: getattr(self, name) for name in names} | ({"less": len(self.less)} if self.less else {})


def figures_of(window: Window) -> Figures:
    """The marks of a window as they would be final now. Four queries at most."""
    scheme, final = marking.scheme_of(window), final_marks(window)
    half = tuple(sorted(one.counts for one in final.values()))
    reached = sum(one >= 2 * scheme.pass_mark for one in half)
    adjusted = sum(one.adjusted for one in final.values())
    less = tuple(sorted((one.half_marks.total, one.off) for one in final.values() if one.off))
    return Figures(len(half), scheme.pass_mark, scheme.total, reached, adjusted, half, less)


def meetings_of(window: Window) -> QuerySet[BoardMeeting]:
    """The meetings about a window, the one held last first, and of a day what was recorded last. One query."""
    return (
        BoardMeeting.objects.filter(window=window)
        .select_related("recorded_by")
        .order_by("-held_on", "-recorded_at", "-pk")
    )


def check_board(window: Window) -> None:
    """Refuses while the last meeting decided that the results wait. One query."""
    last = meetings_of(window).first()
    board_rules.check_board(last.decision if last else "")


def shared_on(window: Window) -> datetime | None:
    """When the figures of a window were shared first; None while they weren't. One query."""
    first = _shared(window)
    return first.at if first else None


def _shared(window: Window) -> AuditEvent | None:
    events = AuditEvent.objects.filter(subject=audit.subject_key(window), verb=SHARED)
    return events.order_by("sequence").first()


@transaction.atomic
def share(*, window: Window, by: Any, at: datetime) -> str:
    """What may leave the office, for a spreadsheet: bands and boundaries by which no small number can be worked out.

    Figures are shared once: what is taken later says the same, also where a script has come in meanwhile, since two
    files that differ would tell of it. That somebody took it is in the window's trail. Refuses for very few scripts.
    """
    window = (
        Window.objects.select_for_update(of=("self",))
        .select_related("case_study__scheme", "scheme")
        .get(pk=window.pk)
    )
    first = _shared(window)
    rows = first.details["rows"] if first else _shared_rows(figures_of(window))
    audit.record(SHARED, window, by=by, at=at, rows=rows)
    small = f"fewer than {board_rules.SMALL}, or not said so that such a number can't be worked out"
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["figure", "marks", "scripts"])
    writer.writerows([figure, marks, small if count is None else count] for figure, marks, count in rows)
    return out.getvalue()


def _shared_rows(figures: Figures) -> list[list[Any]]:
    board_rules.check_can_share(figures.scripts)
    half, maximum = figures.half_marks, figures.maximum
    said = board_rules.said_marks(half, pass_mark=figures.pass_mark, maximum=maximum)
    bands = board_rules.shared_bands(half, said, maximum)
    boundaries = board_rules.shared_boundaries(figures.boundaries, said)
    return [
        ["all scripts", f"0 to {maximum}", figures.scripts],
        *(["scripts with", label, count] for label, count in bands),
        *(["would pass at", mark, reached] for mark, reached in boundaries),
    ]


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

    A row is never changed: what was decided otherwise is a further meeting, and the meeting that was held last counts.
    Refuses a day to come or before the window opened, minutes without people or reasons, and after the release.
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
    board_rules.check_minutes(
        held_on=held_on, opens_on=window.opens_on, today=clock.day_of(at), present=present, reasons=reasons
    )  # fmt: skip
    made = BoardMeeting.objects.create(
        window=window, form_key=uuid.UUID(form_key), held_on=held_on, present=present.strip(), decision=decision,
        reasons=reasons.strip(), figures=figures_of(window).as_dict(), recorded_by=by, recorded_at=at,
    )  # fmt: skip
    audit.record(
        "board.met", window, by=by, at=at, meeting=made.pk, held_on=held_on, decision=decision, **made.figures
    )
    return made
