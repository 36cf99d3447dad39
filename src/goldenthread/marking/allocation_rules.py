"""Who gets which script: equal shares as far as conflicts allow, always the same for the same input. No Django."""

from bisect import insort
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Allotted:
    """A script with its markers in order of position."""

    script: int
    markers: tuple[int, ...]


class _Board:
    """Scripts being shared out: who has which, how much each has and can take, how often two were paired.

    Markers who can take more lie on levels by what they have, so that the freest are found without asking everybody.
    """

    def __init__(
        self,
        markers: Sequence[int],
        conflicts: frozenset[tuple[int, int]],
        loads: Mapping[int, int],
        rooms: Mapping[int, int],
    ) -> None:
        self.load = {marker: loads.get(marker, 0) for marker in markers}
        self.room = {
            marker: max(rooms[marker], 0) for marker in markers if marker in rooms
        }  # of others no limit
        self.barred: dict[int, set[int]] = {}
        for script, marker in conflicts:
            self.barred.setdefault(script, set()).add(marker)
        self.levels: dict[int, list[int]] = {}  # by load, the markers in order
        for marker in sorted(markers):
            if self.can_take(marker):
                self.levels.setdefault(self.load[marker], []).append(marker)
        self.spent: set[int] = set()  # who is full, and can hand on to nobody who isn't
        self.holds: dict[int, dict[int, None]] = {marker: {} for marker in markers}  # ordered sets
        self.given: dict[int, list[int]] = {}
        self.paired: dict[int, Counter[int]] = {marker: Counter() for marker in markers}

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
        came = {m: (0, 0) for m in self.load if m not in self.spent and self.may(script, m)}
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

    def _hand_back(self, taker: int, came: Mapping[int, tuple[int, int]]) -> int:
        """Hand scripts on along a chain up to `taker`; who has room at its beginning then."""
        while True:
            marker, script = came[taker]
            if not marker:
                return taker
            self.move(script, marker, taker)
            taker = marker

    def _reach(self, marker: int, came: dict[int, tuple[int, int]], waiting: deque[int]) -> None:
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
        came = {giver: (0, 0)}
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
    people, forbidden, alone = sorted(set(markers)), frozenset(conflicts), frozenset(single)
    wanted = {script: 1 if script in alone else each for script in scripts}
    board = _Board(people, forbidden, loads or {}, rooms or {})
    barred = Counter(script for script, marker in forbidden if marker in board.load)
    free = {script: len(people) - barred[script] for script in scripts}
    _check_enough(scripts, free, wanted)
    # The scripts with the fewest possible markers choose first.
    places = [script for script in sorted(scripts, key=lambda s: (free[s], s)) for _ in range(wanted[script])]
    short = sum(not board.place(script) for script in places)
    if short:
        raise _too_little(short, len(places))
    board.level()
    return _in_order(board, sorted(scripts))


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
    wanted, forbidden = sorted(set(scripts)), frozenset(conflicts)
    board = _Board(sorted(set(markers)), forbidden, loads or {}, rooms or {})
    barred = Counter(script for script, marker in forbidden if marker in board.load)
    for script in sorted(wanted, key=lambda s: (-barred[s], s)):
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
    left, doing = dict(rooms), dict(loads)
    given: dict[int, list[int]] = {script: [] for script in places}
    stuck: set[int] = set()  # markers who are full, and of whom nobody can take anything

    def take(script: int, marker: int) -> None:
        given[script].append(marker)
        left[marker] = left.get(marker, len(places)) - 1
        doing[marker] = doing.get(marker, 0) + 1

    for script in sorted(places, key=lambda one: (len(may.get(one, ())), one)):
        free = set(may.get(script, ())) - set(given[script])
        able = [one for one in free if left.get(one, 1) > 0]
        if able:
            take(script, min(able, key=lambda one: (doing.get(one, 0), one)))
        elif not free <= stuck:
            moves = _handing_on(free, given, may, left)
            if moves is None:
                stuck |= _reached(free, given, may)
                continue
            for moved, was, now in moves:
                given[moved].remove(was)
                left[was] += 1
                doing[was] -= 1
                take(moved, now)
            take(script, next(one for one in sorted(free) if left.get(one, 1) > 0))
    waiting = {script: iter(sorted(markers)) for script, markers in given.items()}
    return [next(waiting[script], None) for script in places]


def _steps(
    full: Iterable[int], given: Mapping[int, Collection[int]], may: Mapping[int, Collection[int]]
) -> Iterator[tuple[int, int, int]]:
    """What markers who are full could hand on: script, from whom, to whom."""
    among = set(full)
    for script, markers in given.items():
        for was in among.intersection(markers):
            yield from ((script, was, now) for now in may.get(script, ()) if now not in markers)


def _handing_on(
    free: Collection[int],
    given: Mapping[int, Collection[int]],
    may: Mapping[int, Collection[int]],
    left: Mapping[int, int],
) -> list[tuple[int, int, int]] | None:
    """How one of these, who are all full, gets room: the shortest way of scripts that are handed on to somebody who has
    some, the last one first; None if there is none.
    """
    came: dict[int, tuple[int, int, int] | None] = dict.fromkeys(free)
    edge = list(free)
    while edge:
        following = []
        for script, was, now in _steps(edge, given, may):
            if now in came:
                continue
            came[now] = (script, was, now)
            if left.get(now, 1) > 0:
                moves, step = [], came[now]
                while step is not None:
                    moves.append(step)
                    step = came[step[1]]
                return moves
            following.append(now)
        edge = following
    return None


def _reached(
    free: Collection[int], given: Mapping[int, Collection[int]], may: Mapping[int, Collection[int]]
) -> set[int]:
    """These markers and everybody to whom something of theirs could be handed on, from one to the next."""
    found, edge = set(free), set(free)
    while edge:
        edge = {now for _, _, now in _steps(edge, given, may)} - found
        found |= edge
    return found


def _named(codes: Sequence[str]) -> str:
    listed = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
    return f"Script {listed}" if len(codes) == 1 else f"Scripts {listed}"
