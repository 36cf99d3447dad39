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

    @property
    def after(self) -> int:
        return self.before - self.off

    @property
    def text(self) -> str:
        """As pages say it: what was earned, what was taken off and why, what counts."""
        return (
            f"{half_text(self.before)} earned, {half_text(self.off)} taken off for {self.reason}: "
            f"{half_text(self.after)} count."
        )


def taken_off(outcome: Outcome) -> TakenOff | None:
    """What was taken off the marks of an outcome, as it was decided; None where nothing was. No query."""
    marks = half_marks_of(outcome)
    if marks is None or not outcome.half_marks_off:
        return None
    task: dict[str, Any] = next((one for one in outcome.conditions if one.get("key") == "task"), {})
    words = task.get("figures", {}).get("words_too_many")
    policy = counting_in(outcome.window.policies).penalty
    reason = f"{counted(words, 'word')} too many ({policy})" if words else policy
    return TakenOff(marks.total, outcome.half_marks_off, reason)
