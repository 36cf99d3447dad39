"""Where a marker is with the practice sets of a window, and which set is open to them next."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldenthread.assessment.models import Window
from goldenthread.marking.quality_models import Attempt, Clearance, KnownSet
from goldenthread.marking.quality_rules import Policy, may_try_further


@dataclass(frozen=True)
class Practice:
    """Where a marker is with the practice sets of a window: what they tried, and what is open to them."""

    marker: int
    window: Window
    policy: Policy
    qualified: bool
    attempts: list[Attempt]  # at sets that weren't withdrawn
    withdrawn: list[Attempt]  # at others: they count for nothing
    sets: Sequence[KnownSet]
    familiar: set[int]  # the sets of which they had or read a script when it was live
    said: list[Clearance]  # what the office said, the first first

    @property
    def clearance(self) -> Clearance | None:
        """The office's latest word."""
        return self.said[-1] if self.said else None

    @property
    def allowed(self) -> int:
        """The sets that they may try: as many as the policy says, and one for each time the office grants another."""
        return self.policy.attempts + sum(one.again for one in self.said)

    @property
    def open(self) -> Attempt | None:
        """The attempt that is under way."""
        return next((one for one in self.attempts if one.finished_at is None), None)

    @property
    def untried(self) -> KnownSet | None:
        """The first set that can measure them: neither tried by them, nor written or agreed, nor with a script that
        they had or read when it was live, all of which makes it known.
        """
        tried = {one.set_id for one in self.attempts}
        fresh = (one for one in self.sets if one.pk not in tried | self.familiar)
        return next((one for one in fresh if self.marker not in (one.made_by_id, one.agreed_by_id)), None)

    @property
    def waits_for_set(self) -> bool:
        """Whether they may try one more set and there is none that can measure them. Who was told no doesn't."""
        may = may_try_further(
            qualified=self.qualified,
            under_way=self.open is not None,
            refused=self.clearance is not None and not self.clearance.again,
            attempts=len(self.attempts),
            allowed=self.allowed,
        )
        return may and self.untried is None

    @property
    def own(self) -> bool:
        """Whether all that is left are sets that they know, since they wrote or agreed them or had a script of them."""
        tried = {one.set_id for one in self.attempts}
        return self.untried is None and any(one.pk not in tried for one in self.sets)

    @property
    def following(self) -> KnownSet | None:
        """The set that could be tried next; None where there is none, or no attempt left."""
        if self.qualified or self.open or len(self.attempts) >= self.allowed:
            return None
        return self.untried
