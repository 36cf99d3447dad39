"""What too many words cost, as an outcome keeps it: the sum before, what was taken off and why, the sum after."""

from dataclasses import dataclass
from typing import Any

from goldenthread.assessment.rules.policies import counting_in
from goldenthread.catalogue.wording import counted
from goldenthread.marking.rules import half_text
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.queries import half_marks_of


@dataclass(frozen=True)
class TakenOff:
    """What too many words cost somebody: half marks before and after, and why, in words."""

    before: int
    off: int
    reason: str
    waived: bool = False  # by two people of the office: nothing is taken off

    @property
    def after(self) -> int:
        return self.before - self.off

    @property
    def text(self) -> str:
        """As pages say it: what was earned, what was taken off and why, what counts."""
        if self.waived:
            return f"Nothing is taken off for {self.reason}: two people of the programme office decided so."
        return (
            f"{half_text(self.before)} earned, {half_text(self.off)} taken off for {self.reason}: "
            f"{half_text(self.after)} count."
        )


def taken_off(outcome: Outcome) -> TakenOff | None:
    """What was taken off the marks of an outcome, as it was decided, or that it was waived; None where neither. No
    query.
    """
    marks = half_marks_of(outcome)
    task: dict[str, Any] = next((one for one in outcome.conditions if one.get("key") == "task"), {})
    figures = task.get("figures", {})
    words, charged = figures.get("words_too_many"), figures.get("words_charged")
    if marks is None or not (outcome.half_marks_off or charged == 0):
        return None
    policy = counting_in(outcome.window.policies).penalty
    if not outcome.half_marks_off:
        return TakenOff(marks.total, 0, f"{counted(words, 'word')} too many", waived=True)
    reason = f"{counted(words, 'word')} too many ({policy})" if words else policy
    if charged is not None:
        reason = f"{charged:,} of {reason}, as two people of the programme office decided"
    return TakenOff(marks.total, outcome.half_marks_off, reason)
