"""Further texts of study units for the demonstration: a context, examples by phase, a change, and a draft that waits."""

from datetime import datetime, timedelta
from typing import Any

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.learning import unit_editing
from goldenthread.learning.models import UnitText
from goldenthread.learning.unit_queries import Unit, first_parts
from goldenthread.people.models import User

EXAMPLES = {
    "primary": "In a class of seven-year-olds the teacher keeps one wall for the words of the current topic. Pupils "
    "point at them before they write. What would you look for after three weeks?",
    "secondary": "A head of science asks each teacher to open with two questions on the topic before last. One of them "
    "says it costs five minutes. How would you find out what it gives?",
}
ABROAD = (
    "\n\nIn an international school, add one more question: which of your pupils learn this in a language that they "
    "do not speak at home, and what does that change?"
)
NEW_GUIDANCE = "\n\nSince this term, ask also: what does your school's own policy say here, and when was it last read together?"


def enter_texts(version: ProgrammeVersion, *, writer: User, reviewer: User, now: datetime) -> None:
    """Put the second module for schools abroad, give the first its examples by phase, change the third three weeks
    ago, and leave a draft for the first task.
    """
    modules = list(version.modules.filter(activity_key__startswith="study").order_by("pk")[:3])
    task = version.formative_tasks.order_by("pk").first()
    if len(modules) < 3 or task is None:
        return
    long_ago, lately = now - timedelta(days=700), now - timedelta(days=21)
    say: dict[str, Any] = {"by": writer, "reviewer": reviewer}
    for phase, example in EXAMPLES.items():
        _publish(modules[0], {"example": example}, phase=phase, note="An example.", at=long_ago, **say)
    abroad = first_parts(modules[1])
    abroad["name_it"] += ABROAD
    _publish(modules[1], abroad, context="international", note="For schools abroad.", at=long_ago, **say)
    changed = first_parts(modules[2])
    changed["do_it"] += NEW_GUIDANCE
    note = "A question on your school's own policy has been added at the end."
    _publish(modules[2], changed, reason="national", note=note, at=lately, **say)
    waiting = first_parts(task)
    waiting["brief"] += "\n\nIf you work with a mentor, agree with them what you will look for."
    _draft(task, waiting, note="A word on mentors.", at=now, effective=now + timedelta(days=30), by=writer)
    unit_editing.tag_task(task=task, chosen=["cognition", "communication"], by=reviewer, at=now)


def _publish(
    unit: Unit, parts: dict[str, str], *, at: datetime, by: User, reviewer: User, **said: Any
) -> None:
    text = _draft(unit, parts, at=at, effective=at, by=by, **said)
    unit_editing.publish_text(text=text, revision=text.revision, by=reviewer, at=at)


def _draft(
    unit: Unit,
    parts: dict[str, str],
    *,
    note: str,
    at: datetime,
    effective: datetime,
    by: User,
    context: str = "",
    phase: str = "",
    reason: str = "local",
) -> UnitText:
    said = {
        "context": context,
        "locality": "",
        "phase": phase,
        "parts": parts,
        "reason": reason,
        "change_note": note,
        "effective_from": effective.date(),
        "review_by": (effective + timedelta(days=730)).date(),
    }
    return unit_editing.start_draft(unit=unit, said=said, by=by, at=at)
