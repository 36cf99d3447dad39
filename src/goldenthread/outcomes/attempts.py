"""Attempts: one for each window that somebody had for a task or the qualification, with the result that stands for it.

A correction or an appeal changes the attempt that it is about and no other, whenever it comes. What several attempts
come to is one rule: a pass of any attempt stands; without one the last attempt decides, in the order of their windows.
`deciding` is that rule for results that are loaded, `with_result` for any number of people in the database, and
`achievement.task_result` for tasks that may still wait; `weighed` says of each result whether it counts, and why.
Nothing else chooses between attempts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.common import clock
from goldenthread.marking.models import Agreement
from goldenthread.outcomes.achievement import Attempt, TaskState
from goldenthread.outcomes.models import Outcome

Attempts = dict[str, list[Attempt]]  # by the key of the task, in the order of their hand-in days


def standing() -> QuerySet[Outcome]:
    """The released outcomes that count, each for its window and task: those that no further one corrects."""
    newer = Outcome.objects.filter(
        enrolment=OuterRef("enrolment"),
        window=OuterRef("window"),
        task=OuterRef("task"),
        number__gt=OuterRef("number"),
        released_at__isnull=False,
    ).order_by()
    return Outcome.objects.filter(~Exists(newer), released_at__isnull=False)


def is_told() -> Exists:
    """For a query of sittings: whether a result of it is released. Of a window whose results are out somebody's may be
    held by a question, or there is none, as they passed by another window before or handed no task in.
    """
    same = {
        "window": OuterRef("window"),
        "enrolment": OuterRef("enrolment"),
        "task": OuterRef("window__task"),
    }
    return Exists(Outcome.objects.filter(**same, released_at__isnull=False).order_by())


def passed_tasks() -> QuerySet[Outcome]:
    """The attempts at project tasks that stand as a pass, of everybody."""
    return standing().filter(result="passed").exclude(task="")


def deciding(results: Iterable[Outcome]) -> Outcome | None:
    """Of the results that stand for somebody's attempts at one thing, the one that counts: the earliest pass, by the
    day of its moderated result, else that of the last window. None of none. Takes them with window and moderation.
    """
    tried = sorted(results, key=lambda one: (one.window.opens_on, one.window_id))
    passes = [one for one in tried if one.result == "passed"]
    return min(passes, key=decided_on) if passes else tried[-1] if tried else None


def whole_of(enrolment: Enrolment) -> Outcome | None:
    """The outcome of the qualification that counts for an enrolment, corrections included; None before a release.

    The result of a project task alone isn't one. One query.
    """
    return deciding(_with_windows(standing().filter(enrolment=enrolment, task="")))


@dataclass(frozen=True)
class Weighed:
    """One of somebody's results beside the others of the same thing: whether it counts, which one does, and why."""

    outcome: Outcome
    counts: Outcome
    windows: int  # of how many there is a result
    corrected: bool  # a further result of its own window takes its place

    @property
    def counting(self) -> bool:
        return self.outcome.pk == self.counts.pk

    @property
    def several(self) -> bool:
        return self.windows > 1 or self.corrected or self.outcome.number > 1

    @property
    def why(self) -> str:
        """Why the one that counts does, in a sentence; of a result that was corrected, that it was."""
        if self.corrected:
            return "A further result of the same window takes its place."
        if self.windows == 1:
            return "It is the only result that stands."
        if self.counts.result == "passed":
            return "A pass of any window stands, the earliest one first."
        return "Nothing is passed, so the last window counts."


def weighed(results: Iterable[Outcome]) -> dict[int, Weighed]:
    """For each of somebody's released results, by its number, which one counts of its task or of the qualification.
    Takes them with window and moderation; no query.
    """
    things: dict[str, list[Outcome]] = {}
    for one in results:
        things.setdefault(one.task, []).append(one)
    found: dict[int, Weighed] = {}
    for tried in things.values():
        latest: dict[int, Outcome] = {}
        for one in sorted(tried, key=lambda each: each.number):
            latest[one.window_id] = one
        counts = deciding(latest.values())
        assert counts is not None
        for one in tried:
            corrected = latest[one.window_id].pk != one.pk
            found[one.pk] = Weighed(one, counts, len(latest), corrected)
    return found


def told_to(enrolment: Enrolment) -> list[Outcome]:
    """Every released result of an enrolment with its window, as `weighed` takes them, and `sitting_id`, where it stands
    on a page of its own. One query.
    """
    told = Outcome.objects.filter(enrolment=enrolment, released_at__isnull=False)
    own = Sitting.objects.filter(window=OuterRef("window"), enrolment=OuterRef("enrolment"))
    return list(_with_windows(told).annotate(sitting_id=Subquery(own.values("pk"))))


def has_several() -> Exists:
    """For a query of enrolments: whether results of the qualification are released from several windows."""
    told = Outcome.objects.filter(task="", released_at__isnull=False)
    further = told.filter(enrolment=OuterRef("enrolment"), window__gt=OuterRef("window")).order_by()
    return Exists(told.filter(Exists(further), enrolment=OuterRef("pk")).order_by())


def counting(enrolment: Enrolment) -> list[Outcome]:
    """For each task that somebody has a result of, the outcome that counts, in the order of the first windows. One
    query.
    """
    found: dict[str, list[Outcome]] = {}
    for one in _with_windows(standing().filter(enrolment=enrolment).exclude(task="")):
        found.setdefault(one.task, []).append(one)
    counted = [deciding(tried) for tried in found.values()]
    return [one for one in counted if one is not None]


def _with_windows(results: QuerySet[Outcome]) -> QuerySet[Outcome]:
    unseen = ("window__case_study__sealed", "window__case_study__sealed_needs")
    found = results.select_related("window__moderation", "window__scheme", "window__case_study__scheme")
    return found.defer(*unseen).order_by("window__opens_on", "window", "pk")


def with_result(people: QuerySet[Any], among: QuerySet[Outcome] | None = None) -> QuerySet[Any]:
    """Enrolments with `told`, whether they have a result of the qualification, and `passed`, whether the one that
    counts is a pass whose award wasn't revoked by itself; no further query. Of results narrowed to those `among` only
    these count.
    """
    results = (standing() if among is None else among).filter(task="", enrolment=OuterRef("pk")).order_by()
    known: QuerySet[Any] = people.annotate(
        told=Exists(results),
        passed=Exists(results.filter(~Q(enrolment__stage=Stage.REVOKED), result="passed")),
    )
    return known


def last_attempts() -> QuerySet[Outcome]:
    """The results that count and are no pass: the last window's, of each enrolment and task without a pass."""
    same = standing().filter(enrolment=OuterRef("enrolment"), task=OuterRef("task")).order_by()
    later = Q(window__opens_on__gt=OuterRef("window__opens_on")) | Q(
        window__opens_on=OuterRef("window__opens_on"), window__gt=OuterRef("window")
    )
    return standing().filter(~Exists(same.filter(Q(result="passed") | later)))


def fell_short(enrolments: Iterable[int], further: Iterable[Outcome] = ()) -> list[Outcome]:
    """`last_attempts` of these enrolments, with their windows, the first released first; with `further` results of
    theirs that may not be written yet. One query for any number.

    Chosen here and not by the database, which a release asks for thousands whose rows it has not written down yet:
    where it takes a table for empty, a join of the table with itself never ends.
    """
    people = set(enrolments)
    results = Outcome.objects.filter(enrolment__in=sorted(people), released_at__isnull=False)
    known = {one.pk: one for one in _with_windows(results).order_by("number")}
    new = (one for one in further if one.enrolment_id in people and one.pk not in known)
    latest: dict[tuple[int, int, str], Outcome] = {}
    for one in sorted((*known.values(), *new), key=lambda each: each.number):
        latest[one.enrolment_id, one.window_id, one.task] = one
    attempts: dict[tuple[int, str], list[Outcome]] = {}
    for one in latest.values():
        attempts.setdefault((one.enrolment_id, one.task), []).append(one)
    counted = [one for one in map(deciding, attempts.values()) if one is not None]
    return sorted(
        (one for one in counted if one.result != "passed"), key=lambda one: (one.released_at, one.pk)
    )


def decided_elsewhere(enrolments: Iterable[int], window: Window) -> set[int]:
    """Of these enrolments, those of whom a window other than this one decides where they stand, unless this one is
    passed: one that they passed, one that came later, or one that lies ahead. Two queries for any number of them.
    """
    people = list(enrolments)
    ahead = Sitting.objects.filter(enrolment__in=people, window__state=WindowState.SCHEDULED)
    found = set(ahead.exclude(window=window).order_by().values_list("enrolment", flat=True))
    later = Q(window__opens_on__gt=window.opens_on) | Q(
        window__opens_on=window.opens_on, window__gt=window.pk
    )
    others = standing().filter(later | Q(result="passed"), enrolment__in=people, task="")
    return found | set(others.exclude(window=window).order_by().values_list("enrolment", flat=True))


def decided_on(outcome: Outcome) -> date:
    """The provider's day of a task's moderated result: of the sign-off, or of the national answer about it (C-37)."""
    moderated = getattr(outcome.window, "moderation", None)
    signed = moderated.final_for(outcome.enrolment_id) if moderated else None
    return clock.day_of(signed or outcome.released_at or outcome.computed_at)


def attempts_of(enrolments: Iterable[int]) -> dict[int, Attempts]:
    """Every attempt of these enrolments at every task. Two queries for any number of them."""
    people = list(enrolments)
    results = standing().filter(enrolment__in=people).exclude(task="").select_related("window__moderation")
    told = {(one.enrolment_id, one.window_id): one for one in results.order_by("pk")}
    agreed = Agreement.objects.filter(script__sitting=OuterRef("pk"), script__current=True).order_by()
    handed_in = (
        Sitting.objects.filter(enrolment__in=people, state="handed_in")
        .exclude(window__task="")
        .exclude(window__state=WindowState.CANCELLED)
        .select_related("window")
        .annotate(marked=Exists(agreed))
    )
    found: dict[tuple[int, int], tuple[str, Attempt]] = {
        key: (one.task, _told(one)) for key, one in told.items()
    }
    for sitting in handed_in.order_by("pk"):
        key = (sitting.enrolment_id, sitting.window_id)
        found[key] = (sitting.window.task, _of_sitting(sitting, told.get(key)))
    attempts: dict[int, Attempts] = {pk: {} for pk in people}
    for (enrolment, _), (task, one) in sorted(found.items(), key=lambda row: (row[1][1].opens_on, row[0])):
        attempts[enrolment].setdefault(task, []).append(one)
    return attempts


def _told(outcome: Outcome, sitting: int = 0) -> Attempt:
    passed = outcome.result == "passed"
    return Attempt(outcome.window_id, outcome.window.opens_on, passed, decided_on(outcome), sitting)


def _of_sitting(sitting: Any, outcome: Outcome | None) -> Attempt:
    """Handed in until the marks are there, from then on provisional, whatever they are: also where the others of the
    window have their results, and this one is held.
    """
    if outcome is not None:
        return _told(outcome, sitting.pk)
    provisional = sitting.marked or sitting.window.state != WindowState.SCHEDULED
    waits = TaskState.PROVISIONAL if provisional else TaskState.HANDED_IN
    return Attempt(sitting.window_id, sitting.window.opens_on, sitting=sitting.pk, waits=waits)
