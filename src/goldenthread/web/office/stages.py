"""Where windows stand, in the words of the office's lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from goldenthread.assessment.models import Window
from goldenthread.assessment.rules import deadline_text, instant_text
from goldenthread.assessment.stages import WindowFacts, WindowStage
from goldenthread.outcomes import windows
from goldenthread.outcomes.waits import Waits, waits_of

TAGS = {
    WindowStage.CANCELLED: ("plain", "Cancelled"),
    WindowStage.DRAFT: ("problem", "Draft"),
    WindowStage.SCHEDULED: ("waiting", "Scheduled"),
    WindowStage.OPEN: ("now", "Open"),
    WindowStage.CLOSED: ("todo", "Closed"),
    WindowStage.MARKING: ("todo", "Marking"),
    WindowStage.MODERATION: ("todo", "Moderation"),
    WindowStage.READY: ("now", "Ready to release"),
    WindowStage.RELEASED: ("done", "Released"),
}
PAGES = {
    WindowStage.CLOSED: "office:marking",
    WindowStage.MARKING: "office:marking",
    WindowStage.MODERATION: "office:marking",
    WindowStage.READY: "office:outcomes",
    WindowStage.RELEASED: "office:outcomes",
}


@dataclass(frozen=True)
class Shown:
    """A window with its stage as a tag, what is to be said of it, and the page where it goes on."""

    window: Window
    stage: WindowStage
    note: str
    stopped: bool = False  # signed off, and yet nothing can be released

    @property
    def kind(self) -> str:
        return "waiting" if self.stopped else TAGS[self.stage][0]

    @property
    def label(self) -> str:
        return "Signed off" if self.stopped else TAGS[self.stage][1]

    @property
    def url(self) -> str:
        """Where its next step is taken."""
        return reverse(PAGES.get(self.stage, "office:window"), args=[self.window.pk])


def shown(window: Window, *, at: datetime) -> Shown:
    """A window from `outcomes.windows.with_facts`, as lists show it. No query; one where it is signed off."""
    return shown_all([window], at=at)[0]


def shown_all(found: Iterable[Any], *, at: datetime, known: Mapping[int, Waits] | None = None) -> list[Shown]:
    """The same for many, by no more queries; none where it is `known` what they wait for."""
    rows = list(found)
    stages = [windows.stage_of(window, at=at) for window in rows]
    waits = waits_of(rows, stages) if known is None else known
    return [_shown(window, stage, waits.get(window.pk)) for window, stage in zip(rows, stages, strict=True)]


def _shown(window: Window, stage: WindowStage, waits: Waits | None) -> Shown:
    if waits is None:
        return Shown(window, stage, _note(window, stage, windows.facts_of(window)))
    words = waits.text or "signed off"
    return Shown(
        window, stage, words if waits.stopped or not waits.text else f"signed off, {words}", waits.stopped
    )


def _note(window: Window, stage: WindowStage, facts: WindowFacts) -> str:
    scripts = f"{facts.scripts} {'script' if facts.scripts == 1 else 'scripts'}"
    if stage is WindowStage.DRAFT:
        return f"no case study yet; opens {instant_text(facts.opens_at, window.zone)}"
    if stage is WindowStage.SCHEDULED:
        return f"opens {instant_text(facts.opens_at, window.zone)}"
    if stage is WindowStage.OPEN:
        return f"until {deadline_text(facts.closes_at, window.zone)}"
    if stage is WindowStage.CLOSED:
        return f"{scripts} to allocate" if facts.scripts else "nobody handed in"
    if stage is WindowStage.MARKING:
        return f"{facts.scripts - facts.unagreed} of {scripts} with agreed marks"
    if stage is WindowStage.MODERATION:
        moderated = windows.moderated_of(window)
        if moderated is not None and moderated.signed_off_at:
            return "signed off, waits for the national moderator"
        begun = moderated is not None
        if not facts.scripts:
            return f"nobody handed in, the empty sample is {'not signed off' if begun else 'not drawn'} yet"
        return "the sample is being looked at" if begun else f"{scripts} marked, the sample is not drawn yet"
    return ""
