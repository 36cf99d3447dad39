"""How a window's marking is run: who is let in to mark it, what seeds say of a marker, how many markings a script gets.

Every figure is data of a window's policy; the defaults are what holds where nobody set one, and that is marking by two
of all markers, without seeds. No Django, no clock, no settings.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random

from goldenthread.common.refused import Refused
from goldenthread.marking.agreement_rules import PAIR_TEXTS, THIRD_TEXTS, Pair, Third
from goldenthread.marking.rules import Scheme, Totals

MOST_ATTEMPTS = 5
MOST_SEED_PERCENT = 50
MOST_DISCUSSION_DAYS = 30
LONGEST_REASON = 1000  # characters


class Second(StrEnum):
    """How many scripts get a second marker."""

    EVERY = "every"
    SAMPLE = "sample"
    NONE = "none"


class Apart(StrEnum):
    """What follows when the marks of two markers don't agree."""

    THIRD = "third"
    DISCUSSION = "discussion"


CHOICES: Mapping[str, Callable[[str], StrEnum]] = {  # the fields of a policy that are chosen from some
    "second": Second, "apart": Apart, "pair": Pair, "third": Third,
}  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """How the marking of one window is run. Differences are in whole marks of a script's total."""

    standardised: bool = False  # scripts go to qualified markers alone
    each: int = 2  # the most that one practice script may differ
    altogether: int = 6  # the most that all of a set may differ, added up
    attempts: int = 2  # sets that a marker may try
    seed_percent: int = 0  # seeds for each hundred scripts of a marker
    seed_tolerance: int = 2
    stop_count: int = 2  # seeds beyond the tolerance ...
    stop_of: int = 5  # ... among the last so many
    second: Second = Second.EVERY
    second_percent: int = 100  # of the scripts, where a sample gets a second marker
    tolerance: int | None = None  # between two markers; None for the mark scheme's
    lease_days: int | None = (
        None  # days after its due date until an open script goes to somebody else; None: never
    )
    apart: Apart = Apart.THIRD  # what follows when two don't agree
    discussion_days: int = 5  # until a discussion ends by itself, where there is one
    pair: Pair = Pair.MEAN  # what stands where two agree
    third: Third = Third.ALONE  # what stands after a third marking

    def within(self, scheme_tolerance: int) -> int:
        """By how many marks two markers may differ, where the mark scheme says `scheme_tolerance`."""
        return scheme_tolerance if self.tolerance is None else self.tolerance


def agreement_texts(policy: Policy, tolerance: int) -> list[str]:
    """How marks are put together, in sentences that stand wherever somebody may rely on them."""
    if policy.second is Second.NONE:
        two = "Every script has one marker, whose marks stand."
    else:
        marks = f"{tolerance} mark{'' if tolerance == 1 else 's'}"
        two = (
            f"Two markers agree when their totals differ by at most {marks} and both reach the pass mark or both "
            f"don't. Then {PAIR_TEXTS[policy.pair]}."
        )
    first = (
        f"Two who don't agree discuss the script, for at most {policy.discussion_days} "
        f"day{'' if policy.discussion_days == 1 else 's'}. If they still don't, a third marker marks it"
        if policy.apart is Apart.DISCUSSION
        else "If they don't, a third marker marks it"
    )
    then = f"{first} blind, and {THIRD_TEXTS[policy.third]}."
    lot = "A script to which the lot gives one marker has that marker's marks."
    return {Second.NONE: [two], Second.EVERY: [two, then], Second.SAMPLE: [two, then, lot]}[policy.second]


def default_for(markers: int | None) -> Policy:
    """How a window is marked where nobody set a policy: by as many markers as its version says."""
    return Policy(second=Second.NONE) if markers == 1 else Policy()


def policy_faults(policy: Policy, *, maximum: int) -> list[Refused]:
    """Everything that is wrong with a policy for a scheme of `maximum` marks, each at its field."""
    ranges = (
        ("each", policy.each, 0, maximum), ("altogether", policy.altogether, policy.each, 100 * maximum),
        ("attempts", policy.attempts, 1, MOST_ATTEMPTS), ("seed_percent", policy.seed_percent, 0, MOST_SEED_PERCENT),
        ("seed_tolerance", policy.seed_tolerance, 0, maximum), ("stop_of", policy.stop_of, 1, 50),
        ("stop_count", policy.stop_count, 1, policy.stop_of), ("second_percent", policy.second_percent, 1, 100),
        ("tolerance", policy.tolerance, 0, maximum), ("lease_days", policy.lease_days, 0, 60),
        ("discussion_days", policy.discussion_days, 1, MOST_DISCUSSION_DAYS),
    )  # fmt: skip
    return [
        Refused(f"Enter a whole number from {least} to {most}.", code="policy.range", field=name)
        for name, value, least, most in ranges
        if value is not None and not least <= value <= most
    ]


# --- against known marks ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Compared:
    """A marker's total against the agreed one: by how many marks it is higher (lower: negative), and whether one of the
    two reaches the pass mark and the other doesn't.
    """

    difference: int
    across: bool

    def beyond(self, tolerance: int) -> bool:
        """Whether it is too far away: by more than `tolerance`, or on the other side of the pass mark."""
        return self.across or abs(self.difference) > tolerance


def compared(given: Totals, known: Totals, *, pass_mark: int) -> Compared:
    """What a marker gave, against the marks that are known to be right."""
    across = (given.total >= pass_mark) != (known.total >= pass_mark)
    return Compared(given.total - known.total, across)


@dataclass(frozen=True)
class Verdict:
    """Whether a marker is qualified by a set, with what stood in the way in words."""

    qualified: bool
    worst: int  # the largest difference of one script, in marks
    altogether: int  # all differences added up, in marks
    across: int  # scripts on the wrong side of the pass mark
    reasons: tuple[str, ...] = ()


def qualifies(results: Sequence[Compared], policy: Policy) -> Verdict:
    """A set qualifies when no script differs by more than `each`, all together by no more than `altogether`, and
    none is on the other side of the pass mark. An empty set qualifies nobody.
    """
    sizes = [abs(one.difference) for one in results]
    worst, altogether = max(sizes, default=0), sum(sizes)
    across = sum(one.across for one in results)
    reasons = []
    if not results:
        reasons.append("There was nothing to mark.")
    if worst > policy.each:
        reasons.append(f"One script was {worst} marks away; {policy.each} are allowed.")
    if altogether > policy.altogether:
        reasons.append(f"All together were {altogether} marks away; {policy.altogether} are allowed.")
    if across:
        scripts = "One script was" if across == 1 else f"{across} scripts were"
        reasons.append(f"{scripts} on the other side of the pass mark; none may be.")
    return Verdict(not reasons, worst, altogether, across, tuple(reasons))


def check_attempt(*, own: bool, number: int, allowed: int, qualified: bool) -> None:
    """Whether somebody may begin their set `number` (from 1): who knows all that are left (`own`), since they wrote or
    agreed them or had a script of them, can't, nor who is qualified, nor anybody beyond the sets that are `allowed`.
    """
    if own:
        raise Refused(
            "You wrote or agreed the sets that are left, or had a script of them before, so they can't tell how you "
            "mark. The programme office decides whether you mark in this window: write to them.",
            code="practice.own",
        )
    if qualified:
        raise Refused("You are qualified already. Go on with your queue.", code="practice.qualified")
    if number > allowed:
        raise Refused(
            "You have used every attempt. The programme office decides whether you mark in this window, or try one "
            "more set: write to them.",
            code="practice.no_attempt",
        )


# --- seeds ---------------------------------------------------------------------------------------------------
def may_try_further(*, qualified: bool, under_way: bool, refused: bool, attempts: int, allowed: int) -> bool:
    """Whether somebody may try one more practice set, if there is one. Who the office said no to may not."""
    return not (qualified or under_way or refused) and attempts < allowed


def seeds_for(scripts: int, percent: int, *, available: int) -> int:
    """How many seeds a marker of so many scripts gets: `percent` of them, rounded up, as far as there are any."""
    return min(math.ceil(scripts * percent / 100), available) if scripts > 0 and percent > 0 else 0


def draw_seeds(
    scripts: Mapping[int, int], seeds: Sequence[int], seen: Mapping[int, set[int]], *, percent: int, lot: str
) -> dict[int, list[int]]:
    """Which seeds each marker gets, by lot; the same `lot` draws the same again.

    `scripts` is how many scripts each marker was given, `seen` what of the seeds they had already: nobody gets one
    twice.
    """
    drawn = {}
    for marker, count in sorted(scripts.items()):
        free = [seed for seed in sorted(seeds) if seed not in seen.get(marker, ())]
        number = seeds_for(count, percent, available=len(free))
        drawn[marker] = Random(f"{lot}:{marker}").sample(free, number)
    return drawn


@dataclass(frozen=True)
class Marked:
    """A seed that a marker has marked: when, and whether it was beyond the tolerance."""

    at: datetime
    beyond: bool


def must_stop(marked: Iterable[Marked], policy: Policy) -> bool:
    """Whether as many of a marker's last seeds as the policy says were beyond the tolerance.

    `marked` are the seeds since the marker was last let on.
    """
    last = sorted(marked, key=lambda one: one.at)[-policy.stop_of :]
    return sum(one.beyond for one in last) >= policy.stop_count


def good_until(marked: Iterable[Marked]) -> datetime | None:
    """When the last seed within the tolerance was marked; None where there was none: everything is in doubt then."""
    return max((one.at for one in marked if not one.beyond), default=None)


# --- one marking or two ----------------------------------------------------------------------------------
def draw_single(scripts: Iterable[int], policy: Policy, *, lot: str) -> set[int]:
    """The scripts that get one marker alone, by lot; the same `lot` draws the same again.

    Of a sample the share is rounded up, so that a small window has at least one second marking.
    """
    every = sorted(set(scripts))
    if policy.second is Second.EVERY:
        return set()
    second = 0 if policy.second is Second.NONE else math.ceil(len(every) * policy.second_percent / 100)
    return set(every) - set(Random(lot).sample(every, second))


def check_reason(reason: str) -> None:
    """Why something was decided is said, and is no essay."""
    if not reason.strip():
        raise Refused("Say why; it stays in the record.", code="quality.reason", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(
            f"Shorten this to {LONGEST_REASON:,} characters.", code="quality.too_long", field="reason"
        )


def known_faults(scheme: Scheme, *, text: str, reasons: str) -> list[Refused]:
    """What is wrong with a script whose marks are to be known, beside its marks."""
    found = []
    if not text.strip():
        found.append(Refused("Write or paste the script.", code="known.text", field="text"))
    if not reasons.strip():
        found.append(
            Refused(
                "Say why these are the right marks: markers learn from it.",
                code="known.reason",
                field="reason",
            )
        )
    if not scheme.points:
        found.append(Refused("The mark scheme has no points.", code="known.scheme"))
    return found
