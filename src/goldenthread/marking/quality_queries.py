"""A window's policy of marking, who may mark in it, known scripts, seeds, and what marks say of their markers."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.http import Http404

from goldenthread.assessment.models import Script, Window
from goldenthread.marking import access, conflicts, quality_rules, queries, reliability_rules
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.marking.quality_models import (
    Attempt,
    Clearance,
    KnownScript,
    KnownSet,
    MarkingPolicy,
    PracticeMarks,
    Seed,
    Stop,
)
from goldenthread.marking.rules import FIRST_REMARK, Totals, is_remark
from goldenthread.people.access import Viewer
from goldenthread.people.models import User

_UNREAD = ("script__text", "script__parts")


# --- the policy ------------------------------------------------------------------------------------------
def policies_of(window: Window) -> QuerySet[MarkingPolicy]:
    """What was set for a window, the latest first."""
    return MarkingPolicy.objects.filter(window=window).select_related("set_by").order_by("-set_at", "-pk")


def policy_of(window_id: int) -> quality_rules.Policy:
    """How a window's marking is run; the default where nobody set it. One query."""
    row = MarkingPolicy.objects.filter(window=window_id).order_by("-set_at", "-pk").first()
    return as_policy(row) if row else quality_rules.Policy()


def as_policy(row: MarkingPolicy) -> quality_rules.Policy:
    """The figures of one row."""
    figures = {one.name: getattr(row, one.name) for one in fields(quality_rules.Policy)}
    return quality_rules.Policy(**{**figures, "second": quality_rules.Second(row.second)})


# --- who may mark --------------------------------------------------------------------------------------------
def qualified_for(case_study_id: int | None, users: Iterable[int]) -> set[int]:
    """Who of these is qualified for a case study: by the latest of a finished set and the office's word. Two
    queries.
    """
    people = set(users)
    tried = Attempt.objects.filter(
        set__case_study=case_study_id, marker__in=people, finished_at__isnull=False
    ).values_list("marker_id", "finished_at", "qualified")
    said = Clearance.objects.filter(case_study=case_study_id, marker__in=people).values_list(
        "marker_id", "at", "qualified"
    )
    latest = {marker: qualified for marker, _, qualified in _by_time([*tried, *said])}
    return {marker for marker, qualified in latest.items() if qualified}


def _by_time(rows: list[tuple[int, Any, Any]]) -> list[tuple[int, Any, Any]]:
    return sorted(rows, key=lambda row: row[1])


def stopped_in(window_id: int) -> set[int]:
    """Whom seeds stopped in a window and nobody let on. One query."""
    held = Stop.objects.filter(window=window_id).exclude(ending="lifted").order_by()
    return set(held.values_list("marker_id", flat=True))


def stop_of(window_id: int, user_id: int) -> Stop | None:
    """The stop that keeps somebody from marking on in a window, if there is one. One query."""
    held = Stop.objects.filter(window=window_id, marker=user_id).exclude(ending="lifted")
    return held.order_by("-at", "-pk").first()


def eligible_in(window: Window, day: date, *, remark: bool = False) -> list[int]:
    """Who may be given scripts of a window on a day: markers whom nothing stopped and, where the policy asks for it,
    who are qualified; of the office nobody who would `remark`.
    """
    people = set(queries.remarkers_on(day) if remark else queries.markers_on(day)) - stopped_in(window.pk)
    if policy_of(window.pk).standardised:
        people &= qualified_for(window.case_study_id, people)
    return sorted(people)


def free_markers(marking: Marking, day: date) -> list[User]:
    """The markers who could take a marking over: eligible, not on its script, and nothing keeps them from it."""
    script = marking.script
    eligible = eligible_in(script.sitting.window, day, remark=is_remark(marking.position))
    people = set(eligible) - set(script.markings.values_list("marker_id", flat=True))
    away = {user for _, user in conflicts.not_to_meet(Script.objects.filter(pk=script.pk), people)}
    return list(User.objects.filter(pk__in=people - away).order_by("name", "pk"))


def run_out(day: date) -> list[Marking]:
    """The open markings whose due date lies more days back than their window's policy lends them for. A script that
    only one person may mark stays with them. Two queries, and one for each window that lends scripts.
    """
    latest = MarkingPolicy.objects.order_by().values("window").annotate(latest=Max("pk")).values("latest")
    lending = MarkingPolicy.objects.filter(
        pk__in=latest, lease_days__isnull=False, window__state="scheduled"
    ).order_by("window")
    found: list[Marking] = []
    for policy in lending:
        last = day - timedelta(days=policy.lease_days or 0)
        mine = Q(script__sitting__window=policy.window_id, script__current=True) | Q(
            seed__window=policy.window_id
        )
        still = Marking.objects.filter(mine, state=MarkingState.ALLOCATED, due_on__lt=last)
        found += still.select_related("seed").order_by("due_on", "pk")[:200]
    return found


# --- known scripts -------------------------------------------------------------------------------------------
def agreed_sets(case_study_id: int | None, use: str) -> QuerySet[KnownSet]:
    """The sets of a case study whose marks two people agreed, in their order."""
    sets = KnownSet.objects.filter(case_study=case_study_id, use=use, agreed_at__isnull=False)
    return sets.order_by("number")


def sets_of(window: Window) -> list[KnownSet]:
    """Every set of a window's case study with its scripts, without their texts. Two queries."""
    found = KnownSet.objects.filter(case_study=window.case_study_id).select_related("made_by", "agreed_by")
    sets = list(found.order_by("use", "number"))
    scripts = KnownScript.objects.filter(set__in=sets).defer("text", "parts").order_by("set", "number")
    by_set: dict[int, list[KnownScript]] = {}
    for script in scripts:
        by_set.setdefault(script.set_id, []).append(script)
    for one in sets:
        one.listed = by_set.get(one.pk, [])  # type: ignore[attr-defined]
    return sets


def get_set_for(viewer: Viewer, set_id: int) -> KnownSet:
    """A set, for the office; 404 for everybody else."""
    found = KnownSet.objects.select_related("case_study", "made_by", "agreed_by").defer(
        "case_study__sealed", "case_study__sealed_needs"
    )
    one = found.filter(pk=set_id).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such set.")
    return one


def seed_scripts(case_study_id: int | None) -> list[int]:
    """The known scripts that may be seeds for a case study. One query."""
    found = KnownScript.objects.filter(set__in=agreed_sets(case_study_id, "seeds").order_by())
    return list(found.order_by("pk").values_list("pk", flat=True))


def seeds_seen(users: Iterable[int]) -> dict[int, set[int]]:
    """Which known scripts each of these had as a seed already. One query."""
    seen: dict[int, set[int]] = {}
    had = Seed.objects.filter(marker__in=set(users)).order_by()
    for marker, script in had.values_list("marker_id", "script_id"):
        seen.setdefault(marker, set()).add(script)
    return seen


# --- practice ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Practice:
    """Where a marker is with the practice sets of a window: what they tried, and what is open to them."""

    window: Window
    policy: quality_rules.Policy
    qualified: bool
    attempts: list[Attempt]
    sets: list[KnownSet]
    clearance: Clearance | None

    @property
    def open(self) -> Attempt | None:
        """The attempt that is under way."""
        return next((one for one in self.attempts if one.finished_at is None), None)

    @property
    def following(self) -> KnownSet | None:
        """The set that could be tried next; None where there is none, or no attempt left."""
        tried = {one.set_id for one in self.attempts}
        if self.qualified or self.open or len(tried) >= self.policy.attempts:
            return None
        return next((one for one in self.sets if one.pk not in tried), None)


def practice_of(user: User, window: Window) -> Practice:
    """A marker's practice for a window. Four queries, however many sets there are."""
    case = window.case_study_id
    tried = Attempt.objects.filter(marker=user, set__case_study=case).select_related("set")
    attempts = list(tried.order_by("begun_at", "pk"))
    said = Clearance.objects.filter(marker=user, case_study=case).order_by("-at", "-pk").first()
    qualified = _is_qualified(attempts, said)
    sets = list(agreed_sets(case, "practice"))
    return Practice(window, policy_of(window.pk), qualified, attempts, sets, said)


def _is_qualified(attempts: list[Attempt], said: Clearance | None) -> bool:
    """By the latest of finished sets and the office's latest word. No query."""
    words = [(one.marker_id, one.finished_at, one.qualified) for one in attempts if one.finished_at]
    if said:
        words.append((said.marker_id, said.at, said.qualified))
    return bool(words) and bool(_by_time(words)[-1][2])


def get_attempt_for(viewer: Viewer, window_id: int, set_number: int) -> tuple[Window, Attempt]:
    """A marker's own attempt at a set of a window's case study, with the window; 404 for everybody else."""
    window = queries.windows().filter(pk=window_id, case_study__isnull=False).first()
    if window is None or not access.marks(viewer):
        raise Http404("Nothing to practise.")
    mine = Attempt.objects.filter(
        marker=viewer.user, set__case_study=window.case_study_id, set__number=set_number, set__use="practice"
    )
    attempt = mine.select_related("set").first()
    if attempt is None:
        raise Http404("Not begun.")
    return window, attempt


def get_practice_for(viewer: Viewer, window_id: int) -> Practice:
    """A marker's practice for a window that asks for it; 404 for everybody else."""
    window = queries.windows().filter(pk=window_id, case_study__isnull=False).first()
    if window is None or not access.marks(viewer):
        raise Http404("Nothing to practise.")
    found = practice_of(viewer.user, window)
    if not found.policy.standardised:
        raise Http404("This window asks for no practice.")
    return found


def scripts_in(attempt: Attempt) -> list[tuple[KnownScript, PracticeMarks | None]]:
    """The scripts of an attempt's set with what was given so far. Two queries."""
    given = {one.script_id: one for one in attempt.given.order_by("script")}
    scripts = KnownScript.objects.filter(set=attempt.set_id).order_by("number")
    return [(one, given.get(one.pk)) for one in scripts]


def to_practise(user: User) -> list[Window]:
    """The windows that somebody could mark in once they are qualified: those that ask for it, whose case study has a
    set, and whose results are not out. At most three queries.
    """
    latest = MarkingPolicy.objects.order_by().values("window").annotate(latest=Max("pk")).values("latest")
    asking = MarkingPolicy.objects.filter(pk__in=latest, standardised=True).order_by().values("window")
    agreed = KnownSet.objects.filter(use="practice", agreed_at__isnull=False).order_by().values("case_study")
    windows = queries.windows().filter(pk__in=asking, state="scheduled", case_study__in=agreed)
    found = list(windows.order_by("opens_on", "pk")[:20])
    done = _qualified_cases(user, {one.case_study_id for one in found}) if found else set()
    return [one for one in found if one.case_study_id not in done]


def _qualified_cases(user: User, cases: set[int | None]) -> set[int]:
    """The case studies for which somebody is qualified. Two queries."""
    tried = Attempt.objects.filter(marker=user, set__case_study__in=cases, finished_at__isnull=False)
    said = Clearance.objects.filter(marker=user, case_study__in=cases)
    rows = [
        *tried.values_list("set__case_study_id", "finished_at", "qualified"),
        *said.values_list("case_study_id", "at", "qualified"),
    ]
    latest = {case: qualified for case, _, qualified in _by_time(rows)}
    return {case for case, qualified in latest.items() if qualified}


def paused_in(user: User) -> list[Stop]:
    """Where somebody's marking is paused or over, in windows whose results are not out. One query."""
    held = Stop.objects.filter(marker=user, window__state="scheduled").exclude(ending="lifted")
    related = held.select_related("window__intake__version__programme")
    return list(related.defer("window__intake__version__document").order_by("at", "pk"))


# --- seeds and stops -----------------------------------------------------------------------------------------
def marked_seeds(window_id: int, marker_id: int) -> list[quality_rules.Marked]:
    """The seeds that somebody marked in a window, the first first, since they were last let on. Two queries."""
    lifted = Stop.objects.filter(window=window_id, marker=marker_id, ending="lifted")
    since = lifted.aggregate(last=Max("ended_at"))["last"]
    seeds = Seed.objects.filter(window=window_id, marker=marker_id, marked_at__isnull=False)
    if since is not None:
        seeds = seeds.filter(marked_at__gt=since)
    rows = seeds.order_by("marked_at", "pk").values_list("marked_at", "beyond")
    return [quality_rules.Marked(at, bool(beyond)) for at, beyond in rows if at]


def doubtful(stop: Stop) -> QuerySet[Marking]:
    """What a stopped marker submitted since their last good seed: to be marked again, unless somebody decides
    otherwise. The marks themselves stay behind.
    """
    found = queries.submitted_markings_of(stop.window).filter(
        marker=stop.marker_id, submitted_at__lte=stop.at
    )
    return found.filter(submitted_at__gt=stop.doubtful_since) if stop.doubtful_since else found


def seeds_of(stop: Stop) -> QuerySet[Seed]:
    """The seeds that a stopped marker had marked in the window by then, the latest first, with what is known of
    them.
    """
    found = Seed.objects.filter(window=stop.window_id, marker=stop.marker_id, marked_at__lte=stop.at)
    return found.select_related("script__set").defer(*_UNREAD).order_by("-marked_at", "-pk")


def stops_in(window: Window) -> list[Stop]:
    """The stops of a window, the open ones first. One query."""
    found = Stop.objects.filter(window=window).select_related("marker", "ended_by", "window")
    return list(found.order_by(F("ended_at").asc(nulls_first=True), "-at", "-pk"))


def get_stop_for(viewer: Viewer, stop_id: int) -> Stop:
    """A stop, for the office; 404 for everybody else."""
    found = Stop.objects.select_related("window__intake__version__programme", "marker", "ended_by").defer(
        "window__intake__version__document"
    )
    one = found.filter(pk=stop_id).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such stop.")
    return one


# --- reliability ---------------------------------------------------------------------------------------------
@dataclass
class Compared:
    """What one marker's marks are compared with, as pairs of totals (own, other)."""

    marker: int
    name: str
    markings: int = 0
    seconds: int = 0
    colleague: list[reliability_rules.Pair] = field(default_factory=list)  # marks, both blind
    agreed: list[reliability_rules.Pair] = field(default_factory=list)  # half marks
    seeds: list[reliability_rules.Pair] = field(default_factory=list)  # marks

    @property
    def with_colleague(self) -> reliability_rules.Reliability:
        return reliability_rules.reliability(self.colleague)

    @property
    def with_agreed(self) -> reliability_rules.Reliability:
        """Against what the script came to; in half marks."""
        return reliability_rules.reliability(self.agreed, unit=2)

    @property
    def with_seeds(self) -> reliability_rules.Reliability:
        return reliability_rules.reliability(self.seeds)


def reliability_in(window: Window, *, only: int | None = None) -> list[Compared]:
    """What every marker of a window gave beside what others gave, by name; three queries. `only` one marker.

    The first and the second marking stand against each other, both blind; the agreed marks against everybody but who
    decided them alone; seeds against what is known of them. Re-marks and what was set aside count for nothing.
    """
    done = Marking.objects.filter(
        script__sitting__window=window, script__current=True, state=MarkingState.SUBMITTED,
        position__lt=FIRST_REMARK,
    )  # fmt: skip
    rows = list(
        done.order_by("script_id", "position").values_list(
            "script_id", "position", "marker_id", "marker__name", "learn_that", "learn_how_to", "seconds"
        )
    )
    agreed = _agreed_in(window)
    found: dict[int, Compared] = {}
    by_script: dict[int, dict[int, tuple[int, int]]] = {}
    for script, position, marker, name, that, how, seconds in rows:
        one = found.setdefault(marker, Compared(marker, name))
        one.markings, one.seconds = one.markings + 1, one.seconds + seconds
        total = (that or 0) + (how or 0)
        by_script.setdefault(script, {})[position] = (marker, total)
        half, method = agreed.get(script, (None, ""))
        alone = method == "one marking" or (method == "third mark" and position == 3)
        if half is not None and not alone:
            one.agreed.append((2 * total, half))
    for pair in by_script.values():
        if 1 in pair and 2 in pair:
            (first, a), (second, b) = pair[1], pair[2]
            found[first].colleague.append((a, b))
            found[second].colleague.append((b, a))
    for marker, name, difference, known, seconds in _seeds_in(window):
        one = found.setdefault(marker, Compared(marker, name))
        one.markings, one.seconds = (
            one.markings + 1,
            one.seconds + seconds,
        )  # else the count would tell a seed
        one.seeds.append((known + difference, known))
    everybody = sorted(found.values(), key=lambda one: (one.name, one.marker))
    return [one for one in everybody if only in (None, one.marker)]


def _agreed_in(window: Window) -> dict[int, tuple[int, str]]:
    rows = Agreement.objects.filter(script__sitting__window=window, state=AgreementState.AGREED).order_by()
    named = rows.values_list("script_id", "half_marks_learn_that", "half_marks_learn_how_to", "method")
    return {script: ((that or 0) + (how or 0), method) for script, that, how, method in named}


def _seeds_in(window: Window) -> list[tuple[int, str, int, int, int]]:
    seeds = Seed.objects.filter(window=window, marked_at__isnull=False).order_by("marked_at", "pk")
    rows = seeds.values_list(
        "marker_id",
        "marker__name",
        "difference",
        "script__learn_that",
        "script__learn_how_to",
        "marking__seconds",
    )
    return [
        (marker, name, difference or 0, that + how, seconds or 0)
        for marker, name, difference, that, how, seconds in rows
    ]


def check_has_marked(viewer: Viewer) -> None:
    """404 for who neither is a marker nor ever marked anything."""
    if not access.marks(viewer) and not Marking.objects.filter(marker=viewer.user).exists():
        raise Http404("Nothing was marked.")


def windows_marked_by(user: User) -> QuerySet[Window]:
    """The windows in which somebody has submitted marks, the latest first."""
    mine = Marking.objects.filter(marker=user, state=MarkingState.SUBMITTED, script__isnull=False).order_by()
    return queries.windows().filter(pk__in=mine.values("script__sitting__window")).order_by("-opens_on", "pk")


@dataclass(frozen=True)
class Standing:
    """Where one marker stands with the practice sets of a window's case study, for the office."""

    marker: User
    attempts: list[Attempt]
    qualified: bool
    said: Clearance | None


def standings_in(window: Window, day: date) -> list[Standing]:
    """Every marker of a day with what they tried and what the office said, by name; four queries."""
    people = queries.markers_on(day)
    attempts: dict[int, list[Attempt]] = {}
    tried = Attempt.objects.filter(set__case_study=window.case_study_id, marker__in=people)
    for one in tried.select_related("set").order_by("begun_at", "pk"):
        attempts.setdefault(one.marker_id, []).append(one)
    said = {
        one.marker_id: one
        for one in Clearance.objects.filter(case_study=window.case_study_id, marker__in=people)
        .select_related("by")
        .order_by("at", "pk")
    }
    qualified = {pk for pk in people if _is_qualified(attempts.get(pk, []), said.get(pk))}
    users = User.objects.filter(pk__in=people).order_by("name", "pk")
    return [Standing(u, attempts.get(u.pk, []), u.pk in qualified, said.get(u.pk)) for u in users]


def known_totals(script: KnownScript) -> Totals:
    """The known marks of a script by kind."""
    return Totals(script.learn_that, script.learn_how_to)


def former_scripts(window: Window) -> QuerySet[Script]:
    """Scripts that may become known ones: of released windows of the same case study, by code."""
    return Script.objects.filter(
        Q(sitting__window__state="released"), sitting__window__case_study=window.case_study_id, current=True
    ).order_by("sitting__code")
