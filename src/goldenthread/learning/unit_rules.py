"""What a participant sees of a study unit: the core or the text of their context, and examples by phase (S1-09,
S2-05, S2-10). Pure.

A unit is a module or a formative task. A text for everybody or for a context puts the whole unit; a text for a phase
is an example beside it. The first text for everybody stands on the unit itself, as version 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from goldenthread.catalogue.variants import Reader, check_days, check_place, choose_variant, place_text
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

MODULE_PARTS = {"see_it": "See it", "name_it": "Name it", "do_it": "Do it"}
TASK_PARTS = {"purpose": "Purpose", "brief": "What to do"}
EXAMPLE_PARTS = {"example": "Example"}
LONGEST_PART = 20_000

V = TypeVar("V", bound=Any)  # has context, locality, phase, version and effective_from


@dataclass(frozen=True)
class Chosen(Generic[V]):
    """What is shown of a unit: `text` (None: the unit's first), the example of the reader's phase, and the others'."""

    text: V | None
    example: V | None
    others: tuple[V, ...]

    @property
    def own(self) -> tuple[V, ...]:
        """What is put for this reader: the text and the example, as far as they are not the first text."""
        return tuple(one for one in (self.text, self.example) if one is not None)


def choose(texts: Iterable[V], reader: Reader) -> Chosen[V]:
    """The text of the reader's locality or context, else the core; the example of their phase first, one of each
    other phase as optional. What has not taken effect on the reader's day does not count.
    """
    found = list(texts)
    place = {"context": reader.context, "locality": reader.locality}
    whole = choose_variant([one for one in found if not one.phase], on=reader.on, **place)
    examples = [one for one in found if one.phase]
    own = choose_variant(examples, on=reader.on, phase=reader.phase, **place)
    others = []
    for phase in dict.fromkeys(one.phase for one in own.optional):
        nearest = choose_variant(
            [one for one in examples if one.phase == phase], on=reader.on, phase=phase, **place
        )
        others += [nearest.first] if nearest.first is not None else []
    return Chosen(whole.first, own.first, tuple(others))


def news(shown: Iterable[V], *, since: date, on: date) -> tuple[V, ...]:
    """What of the texts shown took effect while the reader was on the programme: after the day on which they were
    enrolled, and by now; the latest first. Whoever came later has nothing to be told.
    """
    new = [one for one in shown if since < one.effective_from <= on]
    return tuple(sorted(new, key=lambda one: one.effective_from, reverse=True))


def parts_of(kind: str, phase: str) -> dict[str, str]:
    """The parts that a text has, with their titles: an example alone for a phase, else those of the unit."""
    if phase:
        return EXAMPLE_PARTS
    return MODULE_PARTS if kind == "module" else TASK_PARTS


def check_text(kind: str, said: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a text as they are to be stored.

    Refuses an empty or too long part, an unclear place, a missing change note, and a review before it takes effect.
    """
    check_place(context=said["context"], locality=said["locality"])
    parts = {}
    for name, title in parts_of(kind, said["phase"]).items():
        text = said["parts"].get(name, "").strip()
        if not text:
            raise Refused(f"Write something under “{title}”.", code="unit.empty", field=name)
        if len(text) > LONGEST_PART:
            raise Refused(
                f"Shorten this text by {len(text) - LONGEST_PART:,} characters; it may have {LONGEST_PART:,}.",
                code="unit.long",
                field=name,
            )
        parts[name] = text
    if not said["change_note"].strip():
        raise Refused(
            "Say in a sentence what is new; participants read it.", code="unit.note", field="change_note"
        )
    check_days(effective_from=said["effective_from"], review_by=said["review_by"])
    return parts


def check_publish(
    *, effective_from: date, today: date, before: date | None, writer: int, reviewer: int
) -> None:
    """A text takes effect from today on and not before the version that it follows (`before`, None for none), and
    somebody else than its writer has reviewed it: what people were shown on a day stays what it was (S2-10).
    """
    if writer == reviewer:
        raise Refused(
            "Somebody else reviews what you wrote, and publishes it. Ask a colleague of the office.",
            code="unit.second_person",
        )
    if effective_from < today:
        raise Refused(
            f"It would take effect on {day_text(effective_from)}, which has passed. Change the day in the draft to "
            "today or a later one.",
            code="unit.past",
            field="effective_from",
        )
    if before is not None and effective_from < before:
        raise Refused(
            f"The version before takes effect on {day_text(before)}. Choose that day or a later one in the draft.",
            code="unit.order",
            field="effective_from",
        )


def text_name(one: Any) -> str:
    """ "version 2", "version 1 for international", "example for primary, England, version 3"."""
    place = place_text(one.context, one.locality, one.phase)
    if one.phase:
        return f"example for {place}, version {one.version}"
    return f"version {one.version} for {place}" if place else f"version {one.version}"
