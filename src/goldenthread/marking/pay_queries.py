"""Workload and pay of a window's markers, for the office and for themselves; rates, runs and payments.

What is due is never kept: it is worked out from what was submitted and the rate of its day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from goldenthread.assessment.models import Window
from goldenthread.common import clock
from goldenthread.marking import access, pay_rules, queries
from goldenthread.marking.capacity_queries import Takes
from goldenthread.marking.models import Marking, MarkingState, SetAside
from goldenthread.marking.pay_models import PayEntry, PayRate, PayRun, PayWord
from goldenthread.marking.quality_models import Attempt
from goldenthread.marking.seeds_aside import seeds_aside_of
from goldenthread.people.access import Viewer
from goldenthread.people.models import User

KINDS = {
    pay_rules.Work.MARKING: "First and second markings",
    pay_rules.Work.FURTHER: "Third markings and re-marks",
    pay_rules.Work.PRACTICE: "Practice sets",
}


@dataclass(frozen=True)
class Aside:
    """Marks of somebody that were set aside: by number and code, and whether the office says that they are paid."""

    pk: int
    code: str
    due: bool
    reason: str


@dataclass
class Line:
    """One marker's work in a window and what it comes to: times in seconds, money in pence; seeds are markings."""

    window: int
    marker: int
    name: str
    open: int = 0
    late: int = 0
    submitted: int = 0
    seconds: list[int] = field(default_factory=list)  # of each submitted marking, also of those set aside
    done: list[pay_rules.Done] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    entries: list[PayEntry] = field(default_factory=list)
    rates: list[pay_rules.Rate] = field(default_factory=list)
    takes: Takes | None = None  # for the office's page

    @property
    def due(self) -> pay_rules.Due:
        return pay_rules.due(self.done, self.rates)

    @property
    def paid(self) -> int:
        return sum(entry.pence for entry in self.entries)

    @property
    def left(self) -> int:
        """What is due and not paid; below nothing where more was paid than is due."""
        return self.due.pence - self.paid

    @property
    def minutes(self) -> int:
        """Time spent on marking, rounded down."""
        return sum(self.seconds) // 60

    @property
    def median_minutes(self) -> int | None:
        """The median of the minutes for a script, to the nearest; None while no time is known."""
        known = [seconds for seconds in self.seconds if seconds]
        return round(median(known) / 60) if known else None

    @property
    def over(self) -> int:
        """What was paid beyond what is due."""
        return max(-self.left, 0)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Markings, further ones, practice sets."""
        found = self.due.counts
        return (
            found.get(pay_rules.Work.MARKING, 0),
            found.get(pay_rules.Work.FURTHER, 0),
            found.get(pay_rules.Work.PRACTICE, 0),
        )

    @property
    def work(self) -> list[tuple[str, int, list[tuple[date, int]]]]:
        """Each kind of work that was done: its name, how much of it, and what one brings from which day."""
        return [
            (KINDS[kind], count, [(rate.from_on, rate.pence(kind)) for rate in self.rates])
            for kind, count in zip(pay_rules.Work, self.counts, strict=True)
            if count
        ]


@dataclass(frozen=True)
class Together:
    """What one marker's windows come to, in pence. What was paid too much in a window comes off that window alone: it
    is taken from nothing else here.
    """

    due: int
    paid: int
    left: int
    over: int


def together(lines: Iterable[Line]) -> Together:
    """The sums over windows."""
    known = list(lines)
    return Together(
        sum(line.due.pence for line in known), sum(line.paid for line in known),
        sum(max(line.left, 0) for line in known), sum(line.over for line in known),
    )  # fmt: skip


_OF_WINDOW = ("made_by", "window__intake__version__programme")
Lines = dict[tuple[int, int], Line]


def lines_in(
    windows: Iterable[int], *, day: date, only: int | None = None, proposed: Iterable[PayRate] | None = None
) -> list[Line]:
    """Every marker's line of each of these windows, by name; `only` one marker's. Five queries, however much there is.

    `day` says what is late. A script that was replaced counts as work where it was marked, and is open to nobody.
    `proposed` are the rates of these windows where they are loaded already, as by `rates_of`: then it is four.
    """
    chosen = list(windows)
    found: Lines = {}
    of = {} if only is None else {"marker": only}
    _add_markings(found, chosen, of, day)
    _add_set_aside(found, chosen, of)
    practised = Attempt.objects.filter(window__in=chosen, finished_at__isnull=False, **of).order_by("pk")
    for window, marker, name, at in practised.values_list(
        "window_id", "marker_id", "marker__name", "finished_at"
    ):
        _line(found, window, marker, name).done.append(_piece(pay_rules.Work.PRACTICE, at))
    paid = (
        PayEntry.objects.filter(window__in=chosen, **of).select_related("marker", "run").order_by("at", "pk")
    )
    for entry in paid:
        _line(found, entry.window_id, entry.marker_id, entry.marker.name).entries.append(entry)
    rates: Iterable[PayRate]
    if proposed is None:
        rates = PayRate.objects.filter(window__in=chosen, decision__approved=True).order_by("from_on", "pk")
    else:
        approved = (rate for rate in proposed if getattr(decision_of(rate), "approved", False))
        rates = sorted(approved, key=lambda rate: (rate.from_on, rate.pk))
    by_window: dict[int, list[pay_rules.Rate]] = {}
    for rate in rates:
        by_window.setdefault(rate.window_id, []).append(as_rate(rate))
    for line in found.values():
        line.rates = by_window.get(line.window, [])
    return sorted(found.values(), key=lambda line: (line.name, line.marker, line.window))


def _line(found: Lines, window: int, marker: int, name: str) -> Line:
    return found.setdefault((window, marker), Line(window, marker, name))


def _piece(kind: pay_rules.Work, at: Any, *, due: bool = True) -> pay_rules.Done:
    return pay_rules.Done(kind, clock.day_of(at), due)


def _add_markings(found: Lines, windows: list[int], of: dict[str, Any], day: date) -> None:
    """Scripts and seeds in one query, alike from here on."""
    named = ("marker_id", "marker__name", "position", "state", "due_on", "submitted_at", "seconds")
    wanted = Q(state=MarkingState.SUBMITTED) | Q(script__current=True)
    live = Marking.objects.filter(wanted, script__sitting__window__in=windows, **of).order_by()
    seeds = Marking.objects.filter(seed__window__in=windows, **of).order_by()
    rows = live.values_list(F("script__sitting__window_id"), *named).union(
        seeds.values_list(F("seed__window_id"), *named), all=True
    )
    for window, marker, name, position, state, due_on, at, seconds in rows:
        line = _line(found, window, marker, name)
        if state == MarkingState.SUBMITTED:
            line.submitted += 1
            line.seconds.append(seconds)
            line.done.append(_piece(pay_rules.kind_at(position), at))
        else:
            line.open += 1
            line.late += due_on < day


def _add_set_aside(found: Lines, windows: list[int], of: dict[str, Any]) -> None:
    words = PayWord.objects.filter(set_aside=OuterRef("pk")).order_by("-pk")
    rows = (
        SetAside.objects.filter(script__sitting__window__in=windows, **of)
        .annotate(word=Subquery(words.values("due")[:1]), why=Subquery(words.values("reason")[:1]))
        .order_by("at", "pk")
        .values_list(
            "script__sitting__window_id", "marker_id", "marker__name", "pk", "script__sitting__code", "position",
            "submitted_at", "seconds", "word", "why",
        )
    )  # fmt: skip
    for window, marker, name, pk, code, position, at, seconds, word, why in rows:
        line, due = _line(found, window, marker, name), word is not False
        line.aside.append(Aside(pk, code, due, why or ""))
        line.seconds.append(seconds)
        line.done.append(_piece(pay_rules.kind_at(position), at, due=due))


# --- the marker's side -----------------------------------------------------------------------------------------
def statement_of(user: User, windows: Iterable[int], *, day: date) -> dict[int, Line]:
    """A marker's own line of each of these windows, by its key. Seeds stand among what was set aside where the scripts
    around them were, by code, since nothing may tell them apart. Six queries.
    """
    chosen = list(windows)
    mine = {line.window: line for line in lines_in(chosen, day=day, only=user.pk)}
    seeds = seeds_aside_of(user).filter(window__in=chosen, marking__isnull=False)
    for window, code in seeds.order_by("code").values_list("window_id", "code"):
        if window in mine:
            mine[window].aside.append(Aside(0, code, due=True, reason=""))
    for line in mine.values():
        line.aside.sort(key=lambda one: one.code)
    return mine


def get_windows_for(viewer: Viewer) -> QuerySet[Window]:
    """The windows in which somebody did or was paid something, the latest first; 404 for who never marked and is no
    marker.
    """
    mine = {"marker": viewer.user}
    found = (
        queries.windows()
        .filter(
            queries.submitted_in(viewer.user)
            | Q(pk__in=SetAside.objects.filter(**mine).order_by().values("script__sitting__window"))
            | Q(pk__in=Attempt.objects.filter(finished_at__isnull=False, **mine).order_by().values("window"))
            | Q(pk__in=PayEntry.objects.filter(**mine).order_by().values("window"))
        )
        .order_by("-opens_on", "pk")
    )
    if not access.marks(viewer) and not found.exists():
        raise Http404("Nothing was marked.")
    return found


# --- the office's side -----------------------------------------------------------------------------------------
def as_rate(row: PayRate) -> pay_rules.Rate:
    """The figures of one row."""
    return pay_rules.Rate(row.from_on, row.marking, row.further, row.practice)


def rates_of(window: Window) -> list[PayRate]:
    """Every rate that was proposed for a window, the latest day first, each with its decision. One query."""
    found = PayRate.objects.filter(window=window).select_related("made_by", "decision__by")
    return list(found.order_by("-from_on", "-pk"))


def runs_of(window: Window) -> list[PayRun]:
    """The payment runs of a window, the latest first, each with its decision. One query."""
    found = PayRun.objects.filter(window=window).select_related("made_by", "decision__by")
    return list(found.order_by("-number"))


def decision_of(thing: PayRate | PayRun) -> Any:
    """The second person's word on a rate or run; None while it waits."""
    return getattr(thing, "decision", None)


def get_run_for(viewer: Viewer, window: Window, number: int) -> PayRun:
    """A payment run of a window, for the office; 404 for everybody else."""
    found = PayRun.objects.filter(window=window, number=number).select_related("made_by", "decision__by")
    run = found.first()
    if run is None or not access.runs_marking(viewer):
        raise Http404("No such run.")
    return run


def entries_of(run: PayRun) -> list[PayEntry]:
    """The payments of a run with their corrections. One query."""
    paid = PayEntry.objects.filter(run=run, corrects__isnull=True)
    return list(paid.select_related("marker", "correction__by").order_by("marker__name", "pk"))


def names_of(run: PayRun) -> list[tuple[User, int]]:
    """The lines of a run with their people, as they were proposed. One query."""
    people = User.objects.in_bulk([marker for marker, _ in run.lines])
    return [(people[marker], pence) for marker, pence in run.lines]


def get_entry_for(viewer: Viewer, entry_id: int) -> PayEntry:
    """A payment, for the office; 404 for everybody else and for what is a correction itself."""
    found = PayEntry.objects.filter(pk=entry_id, corrects__isnull=True)
    entry = found.select_related("marker", "run__window", "correction__by").first()
    if entry is None or not access.runs_marking(viewer):
        raise Http404("No such payment.")
    return entry


def get_aside_for(viewer: Viewer, window: Window, aside_id: int) -> SetAside:
    """Marks of a window that were set aside, for the office; 404 for everybody else."""
    found = queries.set_aside_in(window).filter(pk=aside_id).first()
    if found is None or not access.runs_marking(viewer):
        raise Http404("No such marks.")
    return found


def words_on(aside: SetAside) -> list[PayWord]:
    """What the office said about paying these marks, the latest first."""
    return list(PayWord.objects.filter(set_aside=aside).select_related("by").order_by("-pk"))


def waiting_rates() -> QuerySet[PayRate]:
    """The rates that wait for a second person, the oldest first."""
    found = PayRate.objects.filter(decision__isnull=True).select_related(*_OF_WINDOW)
    return found.defer("window__intake__version__document").order_by("made_at", "pk")


def waiting_runs() -> QuerySet[PayRun]:
    """The payment runs that wait for a second person, the oldest first."""
    found = PayRun.objects.filter(decision__isnull=True).select_related(*_OF_WINDOW)
    return found.defer("window__intake__version__document").order_by("made_at", "pk")
