"""Windows with a policy of marking, sets of known scripts, and markers who practised."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from goldenthread.assessment.models import Window
from goldenthread.marking import quality_queries, standardising
from goldenthread.marking.quality_models import Attempt, KnownSet
from goldenthread.marking.quality_rules import Policy
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.kept_scenes import kept

AT = make.CLOSED
KNOWN_TEXT = "I would begin with one routine, and look at the work of pupils after three weeks."


@kept
def policy(window: Window, **figures: Any) -> None:
    """Record a policy of a window."""
    standardising.set_policy(
        window=window, policy=Policy(**figures), reason="Agreed in the board.", by=window.created_by,
        at=AT - timedelta(days=1),
    )  # fmt: skip


@kept
def known_set(
    window: Window,
    use: str = "practice",
    marks: Sequence[dict[int, int | None]] = (make.FAIR, make.POOR),
    *,
    agreed: bool = True,
    text: str = KNOWN_TEXT,
) -> KnownSet:
    """A set of known scripts, made by the window's office and agreed by Nia."""
    made = standardising.start_set(window=window, use=use, by=window.created_by, at=AT)
    for given in marks:
        standardising.add_known(
            set=made, window=window, texts={"": text}, marks=given, reasons={1: "It names the routine."},
            reason="Sound, with a thin measure.", form_key=str(uuid.uuid4()), by=window.created_by, at=AT,
        )  # fmt: skip
    if agreed:
        made = standardising.agree_set(set=made, by=factories.member(Role.OFFICE, "Nia Second"), at=AT)
    return made


@kept
def practise(
    window: Window, marker: User, marks: Sequence[dict[int, int | None]] = (), *, at: datetime = AT
) -> Attempt:
    """Mark the next practice set: with what is known of it, or with `marks`."""
    attempt = standardising.begin_attempt(window=window, marker=marker, at=at)
    for place, (script, _) in enumerate(quality_queries.scripts_in(attempt)):
        known: dict[int, int | None] = {int(point): mark for point, mark in script.marks.items()}
        given = marks[place] if place < len(marks) else known
        attempt = standardising.practise(attempt=attempt, script=script, marks=given, by=marker, at=at)
    return attempt
