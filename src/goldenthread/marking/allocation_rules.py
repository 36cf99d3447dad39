"""Who gets which script: equal shares as far as conflicts allow, always the same for the same input. No Django."""

from bisect import insort
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Allotted:
    """A script with its markers in order of position."""

    script: int
    markers: tuple[int, ...]


class _Board:
    """Scripts being shared out: who has which, how much each has, how often two were paired.

    Markers lie on levels by what they have, so that the freest are found without asking everybody.
    """

    def __init__(
        self, markers: Sequence[int], conflicts: frozenset[tuple[int, int]], loads: Mapping[int, int]
    ) -> None:
        self.load = {marker: loads.get(marker, 0) for marker in markers}
        self.barred: dict[int, set[int]] = {}
        for script, marker in conflicts:
            self.barred.setdefault(script, set()).add(marker)
        self.levels: dict[int, list[int]] = {}  # by load, the markers in order
        for marker in sorted(markers):
            self.levels.setdefault(self.load[marker], []).append(marker)
        self.holds: dict[int, dict[int, None]] = {marker: {} for marker in markers}  # ordered sets
        self.given: dict[int, list[int]] = {}
        self.paired: dict[int, Counter[int]] = {marker: Counter() for marker in markers}

    def may(self, script: int, marker: int) -> bool:
        return script not in self.holds[marker] and marker not in self.barred.get(script, ())

    def give(self, script: int, marker: int) -> None:
        held = self.given.setdefault(script, [])
        for other in held:
            self.paired[other][marker] += 1
            self.paired[marker][other] += 1
        held.append(marker)
        self.holds[marker][script] = None
        self._count(marker, 1)

    def _count(self, marker: int, change: int) -> None:
        level = self.levels[self.load[marker]]
        level.remove(marker)
        if not level:
            del self.levels[self.load[marker]]
        self.load[marker] += change
        insort(self.levels.setdefault(self.load[marker], []), marker)

    def next_for(self, script: int) -> int:
        """The freest marker; among equals the one least often paired with those the script has already."""
        held = self.given.get(script, [])
        away = self.barred.get(script, set()).union(held)
        met = [self.paired[other] for other in held]
        for load in sorted(self.levels):
            best, least = None, 0
            for marker in self.levels[load]:
                if marker in away:
                    continue
                times = sum(one.get(marker, 0) for one in met)
                if best is None or times < least:
                    best, least = marker, times
                if not times:
                    break
            if best is not None:
                return best
        raise ValueError("no marker may have this script")  # asked before: see `_check_enough`

    def move(self, script: int, giver: int, taker: int) -> None:
        held = self.given[script]
        held[held.index(giver)] = taker
        del self.holds[giver][script]
        self.holds[taker][script] = None
        self._count(giver, -1)
        self._count(taker, 1)

    def level(self) -> None:
        """Hand scripts on, along chains of markers, until no load can come nearer to the others."""
        while any(self._relieve(giver) for giver in self._burdened()):
            pass

    def _burdened(self) -> list[int]:
        least = min(self.load.values(), default=0)
        burdened = [marker for marker, load in self.load.items() if load >= least + 2]
        return sorted(burdened, key=lambda m: (-self.load[m], m))

    def _relieve(self, giver: int) -> bool:
        came: dict[int, tuple[int, int]] = {}
        waiting = deque([giver])
        while waiting:
            marker = waiting.popleft()
            if self.load[marker] <= self.load[giver] - 2:
                self._hand_on(giver, marker, came)
                return True
            for taker in sorted(self.load):
                if taker == giver or taker in came:
                    continue
                script = next((s for s in self.holds[marker] if self.may(s, taker)), None)
                if script is not None:
                    came[taker] = (marker, script)
                    waiting.append(taker)
        return False

    def _hand_on(self, giver: int, taker: int, came: Mapping[int, tuple[int, int]]) -> None:
        while taker != giver:
            marker, script = came[taker]
            self.move(script, marker, taker)
            taker = marker


def allocate(
    scripts: Mapping[int, str],
    markers: Iterable[int],
    conflicts: Iterable[tuple[int, int]] = (),
    *,
    each: int = 2,
    single: Iterable[int] = (),
    loads: Mapping[int, int] | None = None,
) -> list[Allotted]:
    """Give every script `each` different markers; loads differ by at most one where conflicts allow it
    (S2-35).

    `scripts` maps a script to the code by which a refusal names it; `conflicts` are pairs (script, marker)
    that must not meet; `single` are scripts that get one marker alone; `loads` is what markers have already. The
    same input always gives the same answer. Refuses a script that has too few markers free of conflict.
    """
    people, forbidden, alone = sorted(set(markers)), frozenset(conflicts), frozenset(single)
    wanted = {script: 1 if script in alone else each for script in scripts}
    board = _Board(people, forbidden, loads or {})
    barred = Counter(script for script, marker in forbidden if marker in board.load)
    free = {script: len(people) - barred[script] for script in scripts}
    _check_enough(scripts, free, wanted, each)
    # The scripts with the fewest possible markers choose first.
    for script in sorted(scripts, key=lambda s: (free[s], s)):
        for _ in range(wanted[script]):
            board.give(script, board.next_for(script))
    board.level()
    return _in_order(board, sorted(scripts))


def _check_enough(
    scripts: Mapping[int, str], free: Mapping[int, int], wanted: Mapping[int, int], each: int
) -> None:
    short = sorted(code for script, code in scripts.items() if free[script] < wanted[script])
    if short:
        raise Refused(
            f"{_named(short)} {'has' if len(short) == 1 else 'have'} fewer than {each} markers "
            "free of conflict. "
            "Add a marker who teaches, coaches and knows none of these participants, then allocate again.",
            code="allocation.too_few_markers",
        )


def _in_order(board: _Board, scripts: Sequence[int]) -> list[Allotted]:
    """Share the places out too, so that nobody is always the first marker."""
    firsts: Counter[int] = Counter()
    allotted = []
    for script in scripts:
        order = tuple(sorted(board.given[script], key=lambda m: (firsts[m], m)))
        firsts[order[0]] += 1
        allotted.append(Allotted(script, order))
    return allotted


def choose_another(
    script: int,
    markers: Iterable[int],
    *,
    taken: Iterable[int],
    conflicts: Iterable[tuple[int, int]],
    loads: Mapping[int, int],
) -> int | None:
    """A further marker for one script: free of conflict, none of those it has, with least to do; None when
    there is nobody.
    """
    forbidden, away = frozenset(conflicts), set(taken)
    free = [m for m in set(markers) if m not in away and (script, m) not in forbidden]
    return min(free, key=lambda m: (loads.get(m, 0), m), default=None)


def _named(codes: Sequence[str]) -> str:
    listed = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
    return f"Script {listed}" if len(codes) == 1 else f"Scripts {listed}"
