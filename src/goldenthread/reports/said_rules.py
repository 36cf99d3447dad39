"""What a measured figure says to everybody: no small number, and none that comes out by subtracting earlier ones.

The rule of small numbers is the board's (`outcomes.board_rules`). A figure that is measured anew each day says more
than it shows: yesterday's and today's differ by who came in between. So what is published stays until every group in
it has changed by nobody, or by `SMALL` people. Pure.
"""

from collections.abc import Sequence
from fractions import Fraction

from goldenthread.outcomes.board_rules import SMALL, hidden, is_small
from goldenthread.reports.rules import tenths

TOO_FEW = "too few people on one side, so nothing is said"


def may_follow(before: Sequence[int], now: Sequence[int]) -> bool:
    """Whether the groups `now`, which share nobody, may be said after those `before`.

    No difference may tell of a few: each group changes by nobody or by `SMALL`. A group that is small is said by a
    bound alone, so that it hides its own change, but only among at least `SMALL` who came or went altogether.
    """
    if abs(sum(now) - sum(before)) < SMALL and sum(now) != sum(before):
        return False
    moved = sum(now) != sum(before)
    return all(
        not is_small(abs(b - a)) or (moved and (is_small(a) or is_small(b)))
        for a, b in zip(before, now, strict=True)
    )


def share_text(part: int, of: int) -> str:
    """ "95.0 % (38/40)"; "more than 75.0 % (more than 15 of 20)" where few are not in it, "fewer than 5 of 20" where
    few are; nothing of fewer than `SMALL` people, nor where a bound would tell as much as a number.
    """
    if of < SMALL or hidden(part, of):
        return TOO_FEW
    if is_small(part):
        return f"less than {tenths(Fraction(SMALL, of))} % (fewer than {SMALL} of {of:,})"
    if is_small(of - part):
        return f"more than {tenths(Fraction(of - SMALL, of))} % (more than {of - SMALL:,} of {of:,})"
    return f"{tenths(Fraction(part, of))} % ({part:,}/{of:,})"


def number_text(count: int) -> str:
    """A number of people."""
    return f"fewer than {SMALL}" if is_small(count) else f"{count:,}"
