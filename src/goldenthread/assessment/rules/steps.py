"""The log of writing: every step as a change that can be undone, with the hash of the text before and after.

A step replaces what stands at one position of one part. **Positions and lengths are counted in code points**, as
Python does and as `[...text]` does in a browser, never in UTF-16 units: an emoji is one, a letter and its combining
accent are two, and nothing is normalised. A hash is the SHA-256 of the text in UTF-8, as on a receipt. Steps of one
sitting are numbered from 1, over all its parts, and the number of the last one is the draft's revision.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from goldenthread.common.refused import Refused

MOST_STEPS = 500  # in one message of a browser
LARGE = 200  # code points inserted in one step: more than anybody types in a few seconds
PAUSE = timedelta(minutes=10)  # writing that pauses for longer goes on as another stretch


class How(StrEnum):
    """How the text of a step came, as the browser or the server says it. A fact, never a verdict."""

    TYPED = "typed"
    PASTED = "pasted"
    FORM = "form"
    DEVICE = "device"
    RESTORED = "restored"
    EARLIER = "earlier"

    @property
    def label(self) -> str:
        """The same for people."""
        return _LABELS[self]


_LABELS = {
    How.TYPED: "written in the editor",
    How.PASTED: "pasted or dropped in",
    How.FORM: "saved with the form",
    How.DEVICE: "from a text found on the device",
    How.RESTORED: "an earlier version taken back",
    How.EARLIER: "written before steps were kept",
}
FROM_BROWSER = (How.TYPED, How.PASTED)


@dataclass(frozen=True)
class Step:
    """One change: at `position` of `part`, `removed` gave way to `inserted`; `written_at` by the browser's clock."""

    number: int
    part: str
    position: int  # code points
    removed: str
    inserted: str
    before: str  # SHA-256 of the part's text in UTF-8, hexadecimal
    after: str
    written_at: datetime
    how: How = How.TYPED

    @property
    def is_large(self) -> bool:
        """Whether more came at once than anybody types in a few seconds."""
        return len(self.inserted) >= LARGE


class DoesNotFit(Exception):
    """A step that is no change of this text; `what` is "before", "place" or "after"."""

    def __init__(self, step: Step, what: str) -> None:
        super().__init__(f"step {step.number}: {what}")
        self.step, self.what = step, what


def digest(text: str) -> str:
    """The hash of a text: SHA-256 of its UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def apply(text: str, step: Step) -> str:
    """The text after a step; `DoesNotFit` where its hashes or what it removes are not those of this text."""
    if digest(text) != step.before:
        raise DoesNotFit(step, "before")
    end = step.position + len(step.removed)
    if not 0 <= step.position <= len(text) or text[step.position : end] != step.removed:
        raise DoesNotFit(step, "place")
    changed = text[: step.position] + step.inserted + text[end:]
    if digest(changed) != step.after:
        raise DoesNotFit(step, "after")
    return changed


def reverse(step: Step) -> Step:
    """The step that undoes this one."""
    return replace(step, removed=step.inserted, inserted=step.removed, before=step.after, after=step.before)


def follow(texts: Mapping[str, str], steps: Iterable[Step]) -> dict[str, str]:
    """The texts by part after these steps, each checked. A part that is not there yet is empty."""
    found = dict(texts)
    for step in steps:
        found[step.part] = apply(found.get(step.part, ""), step)
    return found


def undo(texts: Mapping[str, str], steps: Sequence[Step]) -> dict[str, str]:
    """The texts by part before these steps, which were the last ones."""
    return follow(texts, (reverse(step) for step in reversed(steps)))


def compose(texts: Mapping[str, str], steps: Sequence[Step]) -> list[Step]:
    """What these steps come to on these texts: one for each part that differs in the end, under the last number."""
    if not steps:
        return []
    last = steps[-1]
    net = changes(texts, follow(texts, steps), after=0, how=last.how, at=last.written_at)
    return [replace(step, number=last.number) for step in net]


def changes(
    old: Mapping[str, str], new: Mapping[str, str], *, after: int, how: How, at: datetime
) -> list[Step]:
    """The steps from one draft to another, one for each part that differs, numbered from `after` + 1."""
    found: list[Step] = []
    for part in dict.fromkeys((*new, *old)):
        was, now = old.get(part, ""), new.get(part, "")
        if was != now:
            position, removed, inserted = between(was, now)
            number = after + len(found) + 1
            found.append(Step(number, part, position, removed, inserted, digest(was), digest(now), at, how))
    return found


def between(old: str, new: str) -> tuple[int, str, str]:
    """Where two texts differ: the position in code points, what is removed there, and what is inserted."""
    start = _alike(old, new, min(len(old), len(new)), lambda text, n: text[:n])
    most = min(len(old), len(new)) - start
    end = _alike(old, new, most, lambda text, n: text[len(text) - n :])
    return start, old[start : len(old) - end], new[start : len(new) - end]


def _alike(old: str, new: str, most: int, cut: Callable[[str, int], str]) -> int:
    """The largest n up to `most` for which the cuts are the same, found by halving: comparing is quick."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if cut(old, middle) == cut(new, middle):
            low = middle
        else:
            high = middle - 1
    return low


def check_sequence(steps: Sequence[Step], *, keys: Sequence[str]) -> None:
    """What a browser sends at once: some steps, not too many, numbered one after the other, of parts that there are."""
    numbers = [step.number for step in steps]
    whole = bool(steps) and len(steps) <= MOST_STEPS and numbers[0] >= 1
    if not whole or numbers != list(range(numbers[0], numbers[0] + len(steps))):
        raise unfit()
    if any(step.part not in keys or step.how not in FROM_BROWSER for step in steps):
        raise unfit()


def unfit() -> Refused:
    """The refusal of steps that are no steps of this draft; the browser answers with the whole text."""
    return Refused(
        "The last changes could not be recorded one by one. Your text is kept in this browser and is being saved as a "
        "whole.",
        code="steps.unfit",
    )


def same(step: Step, stored: Step) -> bool:
    """Whether a step that comes again is the one that is stored under its number."""
    return (step.part, step.position, step.removed, step.inserted, step.before, step.after) == (
        stored.part,
        stored.position,
        stored.removed,
        stored.inserted,
        stored.before,
        stored.after,
    )


# --- walking a log --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Fault:
    """What is wrong with the log of one sitting, and at which number; 0 for the draft itself."""

    number: int
    problem: str


_PROBLEMS = {
    "before": "does not begin with the text that the step before it left",
    "place": "removes what was not there",
    "after": "leaves a text that its hash is not of",
}


def faults(steps: Iterable[Step], draft: Mapping[str, str], *, revision: int) -> Iterator[Fault]:
    """What is wrong with a log: a number missing, a step that does not fit, a draft that is not what it gives.

    After the first step that does not fit nothing more can be said, since every later one builds on it.
    """
    texts: dict[str, str] = {}
    last = 0
    for step in steps:
        if step.number != last + 1:
            yield Fault(step.number, f"follows step {last}: one or more between them are missing")
            return
        last = step.number
        try:
            texts = follow(texts, [step])
        except DoesNotFit as fault:
            yield Fault(step.number, _PROBLEMS[fault.what])
            return
    if last != revision:
        yield Fault(0, f"the draft has revision {revision}, its last step has number {last}")
    if _filled(texts) != _filled(draft):
        yield Fault(0, "the draft is not what its steps give")


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {part: text for part, text in texts.items() if text}


@dataclass(frozen=True)
class Totals:
    """How much came and went, in code points; `pasted` and `large` are the most that is said about how."""

    steps: int = 0
    typed: int = 0
    pasted: int = 0
    other: int = 0  # saved with a form, found on a device, taken back
    removed: int = 0
    large: int = 0  # steps that inserted `LARGE` or more at once

    @property
    def came(self) -> int:
        """Everything that was inserted."""
        return self.typed + self.pasted + self.other


def totals(steps: Iterable[Step]) -> Totals:
    """The sums over some steps."""
    found = Totals()
    for step in steps:
        came = len(step.inserted)
        found = Totals(
            steps=found.steps + 1,
            typed=found.typed + (came if step.how is How.TYPED else 0),
            pasted=found.pasted + (came if step.how is How.PASTED else 0),
            other=found.other + (0 if step.how in FROM_BROWSER else came),
            removed=found.removed + len(step.removed),
            large=found.large + step.is_large,
        )
    return found


def stretches(steps: Iterable[Step]) -> list[list[Step]]:
    """The steps in groups of writing without a longer pause; a text from elsewhere stands alone.

    A step that removes much begins another group, so that the end of the one before it is what was there.
    """
    found: list[list[Step]] = []
    for step in steps:
        last = found[-1][-1] if found else None
        goes_on = (
            last is not None
            and step.how in FROM_BROWSER
            and last.how in FROM_BROWSER
            and step.written_at - last.written_at <= PAUSE
            and len(step.removed) < LARGE
        )
        if goes_on:
            found[-1].append(step)
        else:
            found.append([step])
    return found


# --- how long it is kept -----------------------------------------------------------------------------------
def may_go(*, settled_at: datetime | None, days: int, at: datetime) -> bool:
    """Whether the steps of a sitting may go: `days` after everything that might need them was over.

    `settled_at` is the latest of the end of the window, the release, and the end of the time to appeal; None while
    something is open: results not released, an appeal, a question or a case about own work.
    """
    return settled_at is not None and at >= settled_at + timedelta(days=days)
