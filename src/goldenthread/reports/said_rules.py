"""What a measured figure says to everybody: no small number, and none that comes out by subtracting the one before.

The rule of small numbers is the board's (`outcomes.board_rules`). A figure that is measured anew each day says more
than it shows: yesterday's and today's differ by who came in between. So what is published stays until every group in
it has changed by nobody, or by `SMALL` people. Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from goldenthread.outcomes.board_rules import SMALL, hidden, is_small
from goldenthread.reports.rules import tenths

TOO_FEW = "too few people on one side, so nothing is said"


def may_follow(before: Sequence[int], now: Sequence[int]) -> bool:
    """Whether the groups `now`, one or two that share nobody, may be said after those `before`.

    What is promised to whoever reads both and knows this rule: of each group, and of all together, the change is nobody
    or at least `SMALL` people, or, of a group that was or is said by a bound alone, one of at least `SMALL` - 1 changes
    while `SMALL` or more came or went altogether. So the answer goes by what is said: it must hold for all that a bound
    may stand for, else the answer itself would narrow the bound.

    What is not promised: changes are net, one who came and one who went are nobody; only the figure that was said last
    is compared, not an earlier one; and of five who came it may be told that all of them passed.
    """
    return all(_moves_enough(a, b) for a in _said_alike(before) for b in _said_alike(now))


def _moves_enough(before: Sequence[int], now: Sequence[int]) -> bool:
    """Each group changes by nobody or by `SMALL`. A group that is small is said by a bound alone, so that it hides its
    own change, but only among at least `SMALL` who came or went altogether.
    """
    moved = sum(now) != sum(before)
    if is_small(abs(sum(now) - sum(before))):
        return False
    return all(
        not is_small(abs(b - a)) or (moved and (is_small(a) or is_small(b)))
        for a, b in zip(before, now, strict=True)
    )


def _said_alike(groups: Sequence[int]) -> list[list[int]]:
    """All groups of which the same would be said: those of a bound; of what isn't said at all these alone."""
    total, small = sum(groups), [place for place, count in enumerate(groups) if is_small(count)]
    if len(groups) == 1:
        return [[count] for count in range(1, SMALL)] if small else [list(groups)]
    if not small or hidden(groups[0], total):
        return [list(groups)]
    ranges = [[count, total - count] for count in range(1, SMALL)]
    return ranges if small == [0] else [pair[::-1] for pair in ranges]


Cohorts = Mapping[str, Sequence[int]]  # by cohort how many passed, and how many not


@dataclass(frozen=True)
class Lines:
    """What is said by cohort: the groups of each line, "" for all others, and which cohorts these are."""

    groups: dict[str, list[int]]
    together: tuple[str, ...] = ()


def cohort_lines(cohorts: Cohorts, *, together: Collection[str] = ()) -> Lines:
    """The cohorts that are said each by itself, and under "" all others together, among them those that are `together`
    already; no line where even these tell, or nothing is told apart.

    Each line can be said as an exact number, on both sides, so that no line and nothing that is left when lines are
    subtracted from the whole is a few people. Cohorts that would be go together with the smallest that wouldn't.
    """
    people = {name: list(groups) for name, groups in cohorts.items() if sum(groups)}
    said = [name for name in people if _exact(people[name]) and name not in together]
    said.sort(key=lambda name: (sum(people[name]), name))
    while True:
        rest = [name for name in sorted(people) if name not in said]
        others = [sum(people[name][side] for name in rest) for side in (0, 1)]
        if not rest or _exact(others):
            break
        if not said:
            return Lines({})
        said = said[1:]
    lines = {name: people[name] for name in said} | ({"": others} if rest else {})
    return Lines(lines, tuple(rest)) if len(lines) > 1 else Lines({})


def _exact(groups: Sequence[int]) -> bool:
    return sum(groups) >= SMALL and not any(is_small(count) for count in groups)


def next_lines(before: Lines, now: Cohorts) -> Lines | None:
    """What may be said of cohorts after what was said before; None where nothing may.

    Cohorts that were said each by itself stay so, and those that stood together stay together: were one to change
    sides, the others could be worked out. Of each line every side has changed by nobody or by `SMALL`.
    """
    found = cohort_lines(now, together=before.together)
    apart = before.groups.keys() - {""}
    if not found.groups or not apart <= found.groups.keys():
        return None
    none = [0, 0]
    enough = all(
        _changed_enough(before.groups.get(name, none), groups) for name, groups in found.groups.items()
    )
    return found if enough or not before.groups else None


def _changed_enough(before: Sequence[int], now: Sequence[int]) -> bool:
    changes = [b - a for a, b in zip(before, now, strict=True)]
    return not any(is_small(abs(change)) for change in (*changes, sum(changes)))


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
