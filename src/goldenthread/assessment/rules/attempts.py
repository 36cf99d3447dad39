"""How often somebody may sit the case study, and until when, by the policy of attempts that a version has on a day.

No source says it (G-02). Without a policy staff decide each case, with a reason. With one an entry beyond it is
refused, and two people of the office may allow it for one person.
"""

from dataclasses import dataclass
from datetime import date

from goldenthread.catalogue.rules import add_months
from goldenthread.catalogue.terms import Attempts
from goldenthread.catalogue.wording import counted
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Tried:
    """How many attempts somebody has had, and the last day of the window of the first; None without any.

    An attempt is a window with released results into which they were let, whether they handed in or not. One that was
    deferred or cancelled, or in which they were held back, is none.
    """

    times: int
    first_ended: date | None


@dataclass(frozen=True)
class Standing:
    """What somebody's attempts come to under a policy; `most` and `until` are None where it sets no such limit."""

    times: int
    most: int | None
    until: date | None

    @property
    def left(self) -> int | None:
        """How many attempts are left; None where there is no limit."""
        return None if self.most is None else max(self.most - self.times, 0)

    @property
    def text(self) -> str:
        """How many attempts were had, how many are left and until when: "1 of 2 attempts used, 1 left"."""
        if self.most is None:
            said = f"{counted(self.times, 'attempt')} used"
        else:
            said = f"{self.times} of {counted(self.most, 'attempt')} used, {self.left or 'none'} left"
        if self.until is not None and self.left != 0:
            said += f"; a further window ends by {day_text(self.until)}"
        return f"{said}."

    def is_used_up(self, on: date) -> bool:
        """Whether no further window is possible from a day on: no attempt is left, or the months are over."""
        return self.left == 0 or (self.until is not None and self.until < on)

    def why_not(self, last_day: date) -> str:
        """Why a window that ends on a day can't be one more attempt, as a sentence; "" where it can."""
        if self.left == 0:
            return (
                f"{counted(self.times, 'attempt')} of {self.most} {'is' if self.times == 1 else 'are'} used."
            )
        if self.until is not None and last_day > self.until:
            return (
                f"This window ends on {day_text(last_day)}; by the policy of attempts a further one ends by "
                f"{day_text(self.until)}."
            )
        return ""


def standing(policy: Attempts | None, tried: Tried) -> Standing | None:
    """What attempts come to under a policy; None without one. The months begin with the first attempt."""
    if policy is None:
        return None
    until = None
    if policy.within_months is not None and tried.first_ended is not None:
        until = add_months(tried.first_ended, policy.within_months)
    return Standing(tried.times, policy.most, until)


def check_further(found: Standing | None, last_day: date) -> None:
    """One more attempt lies within the policy; beyond it two people of the office decide."""
    no = found.why_not(last_day) if found else ""
    if no:
        raise Refused(
            f"{no} Ask on the person's page for a further attempt, which a colleague decides, or say there what comes "
            "next instead.",
            code="attempts.beyond",
            field="window",
        )
