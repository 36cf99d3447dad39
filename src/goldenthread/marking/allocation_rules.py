"""Who gets which script: equal shares as far as conflicts allow, always the same for the same input. No Django."""

from bisect import insort
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Allotted:
    """A script with its markers in order of position."""

    script: int
    markers: tuple[int, ...]


# How a chain of markers who hand on reaches somebody: from whom, and which script; None of who begins it.
_Chains = dict[int, tuple[int, int] | None]


class _Board:
    """Scripts being shared out: who has which, how much each has and can take, how often two were paired.

    Markers who can take more lie on levels by what they have, so that the freest are found without asking everybody.
    """

    def __init__(
        self,
        markers: Iterable[int],
        barred: Mapping[int, set[int]],
        loads: Mapping[int, int],
        rooms: Mapping[int, int],
    ) -> None:
        people = sorted(set(markers))
        self.load = {marker: loads.get(marker, 0) for marker in people}
        self.room = {
            marker: max(rooms[marker], 0) for marker in people if marker in rooms
        }  # of others no limit
        self.barred = barred  # by script, who must not have it
        self.levels: dict[int, list[int]] = {}  # by load, the markers in order
        for marker in people:
            if self.can_take(marker):
                self.levels.setdefault(self.load[marker], []).append(marker)
        self.spent: set[int] = set()  # who is full, and can hand on to nobody who isn't
        self.holds: dict[int, dict[int, None]] = {marker: {} for marker in people}  # ordered sets
        self.given: dict[int, list[int]] = {}
        self.paired: dict[int, Counter[int]] = {marker: Counter() for marker in people}

    def can_take(self, marker: int) -> bool:
        return self.room.get(marker, 1) > 0

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
        if self.can_take(marker):
            level = self.levels[self.load[marker]]
            level.remove(marker)
            if not level:
                del self.levels[self.load[marker]]
        self.load[marker] += change
        if marker in self.room:
            self.room[marker] -= change
        if self.can_take(marker):
            insort(self.levels.setdefault(self.load[marker], []), marker)

    def place(self, script: int) -> bool:
        """Give a script to one more marker, be it that others hand on what they have; whether that is possible.

        What can't be placed now never can: handing on takes nobody's room away, and later scripts only fill it.
        """
        chosen = self.next_for(script)
        if chosen is not None:
            self.give(script, chosen)
            return True
        came: _Chains = {m: None for m in self.load if m not in self.spent and self.may(script, m)}
        waiting = deque(sorted(came))
        while waiting:
            marker = waiting.popleft()
            if self.can_take(marker):
                first = self._hand_back(marker, came)
                self.give(script, first)
                return True
            self._reach(marker, came, waiting)
        self.spent |= came.keys()
        return False

    def _hand_back(self, taker: int, came: _Chains) -> int:
        """Hand scripts on along a chain up to `taker`; who has room at its beginning then."""
        while (step := came[taker]) is not None:
            giver, script = step
            self.move(script, giver, taker)
            taker = giver
        return taker

    def _reach(self, marker: int, came: _Chains, waiting: deque[int]) -> None:
        """Who could take something of a marker's, beside those whom a chain reaches already."""
        for taker in sorted(self.load):
            if taker in came or taker in self.spent:
                continue
            script = next((s for s in self.holds[marker] if self.may(s, taker)), None)
            if script is not None:
                came[taker] = (marker, script)
                waiting.append(taker)

    def next_for(self, script: int) -> int | None:
        """The freest marker who can take more; among equals the one least often paired with those the script has
        already. None while there is none.
        """
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
        return None

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
        free = [load for marker, load in self.load.items() if self.can_take(marker)]
        if not free:
            return []
        least = min(free)
        burdened = [marker for marker, load in self.load.items() if load >= least + 2]
        return sorted(burdened, key=lambda m: (-self.load[m], m))

    def _relieve(self, giver: int) -> bool:
        came: _Chains = {giver: None}
        waiting = deque([giver])
        while waiting:
            marker = waiting.popleft()
            if self.load[marker] <= self.load[giver] - 2 and self.can_take(marker):
                self._hand_back(marker, came)
                return True
            self._reach(marker, came, waiting)
        return False


def allocate(
    scripts: Mapping[int, str],
    markers: Iterable[int],
    conflicts: Iterable[tuple[int, int]] = (),
    *,
    each: int = 2,
    single: Iterable[int] = (),
    loads: Mapping[int, int] | None = None,
    rooms: Mapping[int, int] | None = None,
) -> list[Allotted]:
    """Give every script `each` different markers; loads differ by at most one where conflicts allow it
    (S2-35).

    `scripts` maps a script to the code by which a refusal names it; `conflicts` are pairs (script, marker)
    that must not meet; `single` are scripts that get one marker alone; `loads` is what markers have already; `rooms` is
    how many more somebody takes at most, without limit where they aren't named. The same input always gives the same
    answer. Refuses a script that has too few markers free of conflict, and where the markers can't take everything:
    by how many markings they fall short.
    """
    people, alone = set(markers), frozenset(single)
    wanted = {script: 1 if script in alone else each for script in scripts}
    barred = _by_script(conflicts)
    board = _Board(people, barred, loads or {}, rooms or {})
    free = {script: len(people.difference(barred.get(script, ()))) for script in scripts}
    _check_enough(scripts, free, wanted)
    # The scripts with the fewest possible markers choose first.
    places = [script for script in sorted(scripts, key=lambda s: (free[s], s)) for _ in range(wanted[script])]
    short = sum(not board.place(script) for script in places)
    if short:
        raise _too_little(short, len(places))
    board.level()
    return _in_order(board, sorted(scripts))


def _by_script(conflicts: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    barred: dict[int, set[int]] = {}
    for script, marker in conflicts:
        barred.setdefault(script, set()).add(marker)
    return barred


def _check_enough(scripts: Mapping[int, str], free: Mapping[int, int], wanted: Mapping[int, int]) -> None:
    short = [script for script in scripts if free[script] < wanted[script]]
    if short:
        codes, most = sorted(scripts[script] for script in short), max(wanted[script] for script in short)
        few = "no marker" if most == 1 else f"fewer than {most} markers"
        raise Refused(
            f"{_named(codes)} {'has' if len(codes) == 1 else 'have'} {few} free of conflict. "
            "Add a marker who teaches, coaches and knows none of these participants, then allocate again.",
            code="allocation.too_few_markers",
        )


def _too_little(short: int, wanted: int) -> Refused:
    return Refused(
        f"The markers can take {wanted - short} of {wanted} markings: {short} short. On the page of markers raise what "
        "somebody takes at most, or wait until somebody is back; or add a marker. Then allocate again.",
        code="allocation.capacity",
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


def share_out(
    scripts: Iterable[int],
    markers: Iterable[int],
    conflicts: Iterable[tuple[int, int]] = (),
    *,
    loads: Mapping[int, int] | None = None,
    rooms: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """One marker for each of these scripts, in shares as equal as `allocate` makes them, by the same input; what nobody
    may take is left out, and that is as little as can be.
    """
    wanted, people, barred = sorted(set(scripts)), set(markers), _by_script(conflicts)
    board = _Board(people, barred, loads or {}, rooms or {})
    for script in sorted(wanted, key=lambda s: (-len(people.intersection(barred.get(s, ()))), s)):
        board.place(script)
    board.level()
    return {script: board.given[script][0] for script in wanted if board.given.get(script)}


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


def fill_places(
    places: Sequence[int],
    may: Mapping[int, Collection[int]],
    *,
    loads: Mapping[int, int],
    rooms: Mapping[int, int],
) -> list[int | None]:
    """A marker for each open place of a script (`places` are scripts, one entry for a place), None where there is
    nobody. `may` says who may have a script and never had it; nobody gets one twice, or more than their room.

    As many places are filled as can be: where whoever is left is full, somebody hands on what another may take. Who has
    least to do is asked first, and the scripts that few may have are given out first.
    """
    wanted = Counter(places)
    people = {one for script in wanted for one in may.get(script, ())}
    barred = {script: people.difference(may.get(script, ())) for script in wanted}
    board = _Board(people, barred, loads, rooms)
    for script in sorted(places, key=lambda one: (len(may.get(one, ())), one)):
        board.place(script)
    waiting = {script: iter(sorted(board.given.get(script, ()))) for script in wanted}
    return [next(waiting[script], None) for script in places]


def _named(codes: Sequence[str]) -> str:
    listed = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
    return f"Script {listed}" if len(codes) == 1 else f"Scripts {listed}"
