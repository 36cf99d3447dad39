"""A response at one step of its writing, taken apart for a page: what was there, what came and what went."""

from collections.abc import Mapping
from dataclasses import dataclass

from goldenthread.assessment.models import Window
from goldenthread.assessment.queries import parts_of
from goldenthread.assessment.rules import BEFORE_PARTS
from goldenthread.assessment.rules.steps import Step


@dataclass(frozen=True)
class WrittenPart:
    """The text of one part; where the step changed it, what stands before and after the change."""

    title: str
    text: str
    before: str = ""
    removed: str = ""
    inserted: str = ""
    after: str = ""
    changed: bool = False


def parts_at(window: Window, texts: Mapping[str, str], step: Step | None = None) -> list[WrittenPart]:
    """The parts of a response in order under their titles, those that are empty too."""
    asked = [(part.key, f"{part.number} {part.title}") for part in parts_of(window)]
    known = {key for key, _ in asked}
    asked += [(key, BEFORE_PARTS if asked else "The response") for key in texts if key not in known]
    return [
        _part(title, texts.get(key, ""), step if step and step.part == key else None) for key, title in asked
    ]


def _part(title: str, text: str, step: Step | None) -> WrittenPart:
    if step is None:
        return WrittenPart(title, text)
    end = step.position + len(step.inserted)
    return WrittenPart(
        title,
        text,
        before=text[: step.position],
        removed=step.removed,
        inserted=step.inserted,
        after=text[end:],
        changed=True,
    )
