"""A window's policy of marking, who may mark in it, known scripts, seeds, and what marks say of their markers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404

from goldenthread.assessment.models import Script, Window, WindowState
from goldenthread.marking import access, capacity_queries, conflicts, quality_rules, queries
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.of_scheme import by_scheme, tried_by_scheme
from goldenthread.marking.practice_standing import Practice
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
from goldenthread.marking.rules import Totals, is_remark
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User

_UNREAD = ("script__text", "script__parts")


def intake_of(window_id: int) -> str:
    """What mails call the intake of a window. One query."""
    found = Window.objects.select_related("intake__version__programme").defer("intake__version__document")
    return str(found.get(pk=window_id).intake)


# --- the policy ------------------------------------------------------------------------------------------
def policies_of(window: Window) -> QuerySet[MarkingPolicy]:
    """What was set for a window, the latest first."""
    return MarkingPolicy.objects.filter(window=window).select_related("set_by").order_by("-set_at", "-pk")


def policy_of(window_id: int) -> quality_rules.Policy:
    """How a window's marking is run; where nobody set it, as its version says. One query."""
    markers, names = "intake__version__document__marking__markers", [one.name for one in _FIGURES]
    of = Window.objects.filter(pk=window_id).order_by("-marking_policies__set_at", "-marking_policies__pk")
    columns = (f"marking_policies__{name}" for name in ("pk", *names))
    row = of.values_list(markers, *columns).first()
    if row is None or row[1] is None:
        return quality_rules.default_for(row[0] if row else None)
    return _as_policy(dict(zip(names, row[2:], strict=True)))


_FIGURES = fields(quality_rules.Policy)


def as_policy(row: MarkingPolicy) -> quality_rules.Policy:
    """The figures of one row."""
    return _as_policy({one.name: getattr(row, one.name) for one in _FIGURES})


def _as_policy(figures: dict[str, Any]) -> quality_rules.Policy:
    chosen = {name: kind(figures[name]) for name, kind in quality_rules.CHOICES.items()}
    return quality_rules.Policy(**{**figures, **chosen})


# --- who may mark --------------------------------------------------------------------------------------------
def qualified_for(window: Window, users: Iterable[int]) -> set[int]:
    """Who of these is qualified for the mark scheme of a window: by the latest of a finished set and the office's word.
    One query.
    """
    return _qualified(users, tried_by_scheme(window), by_scheme(window))


def qualified_by(scheme_id: int, users: Iterable[int]) -> set[int]:
    """The same for a mark scheme, whichever window is marked by it. One query."""
    return _qualified(users, {"set__scheme": scheme_id, "set__withdrawn_at": None}, {"scheme": scheme_id})


def _qualified(users: Iterable[int], tries: dict[str, Any], words: dict[str, Any]) -> set[int]:
    people = set(users)
    tried = Attempt.objects.filter(**tries, marker__in=people, finished_at__isnull=False).values_list(
        "marker_id", "finished_at", "qualified"
    )
    said = Clearance.objects.filter(**words, marker__in=people).values_list("marker_id", "at", "qualified")
    rows = tried.order_by().union(said.order_by(), all=True)
    latest = {marker: qualified for marker, _, qualified in _by_time(list(rows))}
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


def eligible_in(window: Window, day: date, *, remark: bool = False, due_on: date | None = None) -> list[int]:
    """Who may be given another script of a window on a day: who is able to mark in it, isn't away too long until it is
    due, a week from that day unless said, and has fewer than they take. At most five queries.
    """
    people = able_in(window, day, remark=remark)
    rooms = loads_for_another(window, people, day, due_on=due_on).rooms()
    return [one for one in people if rooms.get(one, 1) > 0]


def loads_for_another(
    window: Window, people: Iterable[int], day: date, *, due_on: date | None = None
) -> capacity_queries.Loads:
    """What markers of a window take and have for scripts that they are given on a day, due a week from it unless said.
    At most three queries.
    """
    due = due_on or day + timedelta(days=7)
    return capacity_queries.loads_in(window, people, given_on=day, due_on=due)


def able_in(window: Window, day: date, *, remark: bool = False) -> list[int]:
    """Who may mark scripts of a window on a day: markers whom nothing stopped and, where the policy asks for it, who
    are qualified; of the office nobody who would `remark`. At most two queries.
    """
    latest = (
        MarkingPolicy.objects.filter(window=window.pk).order_by("-set_at", "-pk").values("standardised")[:1]
    )
    stopped = Stop.objects.filter(window=window.pk, marker=OuterRef("user")).exclude(ending="lifted")
    office = Membership.objects.on(day).filter(role=Role.OFFICE, user=OuterRef("user"))
    held = Membership.objects.on(day).filter(role=Role.MARKER, user__is_active=True)
    free = held.filter(~Exists(stopped), *([~Exists(office)] if remark else []))
    rows = dict(free.order_by().annotate(asks=Subquery(latest)).values_list("user_id", "asks"))
    people = set(rows)
    if any(rows.values()):
        people &= qualified_for(window, people)
    return sorted(people)


def free_markers(marking: Marking, day: date) -> list[User]:
    """The markers who could take a marking over: eligible, not on its script, and nothing keeps them from it."""
    script = marking.script
    eligible = eligible_in(
        script.sitting.window, day, remark=is_remark(marking.position), due_on=marking.due_on
    )
    away = {user for _, user in conflicts.not_to_meet(Script.objects.filter(pk=script.pk), eligible)}
    free = User.objects.filter(pk__in=set(eligible) - away).exclude(
        pk__in=script.markings.order_by().values("marker")
    )
    return list(free.order_by("name", "pk"))


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
def agreed_sets(window: Window, use: str) -> QuerySet[KnownSet]:
    """The sets of a window's mark scheme whose marks two people agreed and nobody withdrew, in their order."""
    sets = KnownSet.objects.filter(
        **by_scheme(window), use=use, agreed_at__isnull=False, withdrawn_at__isnull=True
    )
    return sets.order_by("number")


def sets_of(window: Window) -> list[KnownSet]:
    """Every set of a window's mark scheme with its scripts, without their texts. Two queries."""
    found = KnownSet.objects.filter(**by_scheme(window)).select_related("made_by", "agreed_by")
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
    found = KnownSet.objects.select_related("scheme", "made_by", "agreed_by", "withdrawn_by").defer(
        "scheme__sealed"
    )
    one = found.filter(pk=set_id).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such set.")
    return one


def former_script(window: Window, code: str) -> Script | None:
    """A script marked by the same version of the mark scheme, by its code, whose results are out: what may be taken as
    a known one.
    """
    same = {"scheme": window.scheme_id} if window.task else {"case_study": window.case_study_id or 0}
    found = Script.objects.filter(
        current=True, sitting__code=code.strip().upper(), sitting__window__state=WindowState.RELEASED,
        **{f"sitting__window__{name}": value for name, value in same.items()},
    )  # fmt: skip
    return found.order_by("pk").first()


def seed_scripts(window: Window) -> list[int]:
    """The known scripts that may be seeds in a window. One query."""
    found = KnownScript.objects.filter(set__in=agreed_sets(window, "seeds").order_by())
    return list(found.order_by("pk").values_list("pk", flat=True))


# By which ways somebody knows a known script: they had or read what it was taken from, or wrote or agreed it.
_HAD_BY = (
    "taken_from__markings__marker",
    "taken_from__marks_set_aside__marker",
    "taken_from__handed_back__marker",
    "taken_from__leases_ended__marker",
    "taken_from__arisen_conflicts__marker",
    "taken_from__declared_conflicts__user",
    "taken_from__sampled__marked_by",  # by name: a later package's
)
_KNOWN_BY = ("set__made_by", "set__agreed_by", *_HAD_BY)


def seeds_seen(users: Iterable[int]) -> dict[int, set[int]]:
    """Which known scripts each of these had as a seed already, wrote or agreed, or had or read as what they were taken
    from, whatever became of that: marked, be it as its moderator, set aside, handed back or run out of time. One query.
    """
    people, seen = set(users), dict[int, set[int]]()
    had = Seed.objects.filter(marker__in=people).order_by().values_list("marker_id", "script_id")
    known = KnownScript.objects.order_by()
    ways = (known.filter(**{f"{way}__in": people}).values_list(way, "pk") for way in _KNOWN_BY)
    for person, script in had.union(*ways):
        seen.setdefault(person, set()).add(script)
    return seen


# --- practice ------------------------------------------------------------------------------------------------
def practice_of(user: User, window: Window) -> Practice:
    """A marker's practice for a window. Four queries, however many sets there are."""
    tried = Attempt.objects.filter(marker=user, **by_scheme(window, "set__")).select_related("set")
    every = list(tried.order_by("begun_at", "pk"))
    attempts = [one for one in every if one.set.withdrawn_at is None]
    gone = [one for one in every if one.set.withdrawn_at is not None]
    said = list(Clearance.objects.filter(marker=user, **by_scheme(window)).order_by("at", "pk"))
    qualified = _is_qualified(attempts, said[-1] if said else None)
    known = Case(When(_is_familiar(user), then=True), default=False, output_field=BooleanField())
    sets = list(agreed_sets(window, "practice").annotate(familiar=known))
    familiar = {one.pk for one in sets if vars(one)["familiar"]}
    return Practice(user.pk, window, policy_of(window.pk), qualified, attempts, gone, sets, familiar, said)


def _is_familiar(user: User) -> Any:
    """For a query of sets: whether a former script is in one that somebody had or read when it was live."""
    known = KnownScript.objects.filter(set=OuterRef("pk"), taken_from__isnull=False).order_by()
    return reduce(or_, (Q(Exists(known.filter(**{way: user.pk}))) for way in _HAD_BY))


def _is_qualified(attempts: list[Attempt], said: Clearance | None) -> bool:
    """By the latest of finished sets and the office's latest word. No query."""
    counts = (one for one in attempts if one.finished_at and one.set.withdrawn_at is None)
    words = [(one.marker_id, one.finished_at, one.qualified) for one in counts]
    if said:
        words.append((said.marker_id, said.at, said.qualified))
    return bool(words) and bool(_by_time(words)[-1][2])


def _with_scheme() -> QuerySet[Window]:
    return queries.windows().filter(Q(case_study__isnull=False) | Q(scheme__isnull=False))


def get_attempt_for(viewer: Viewer, window_id: int, set_number: int) -> tuple[Window, Attempt]:
    """A marker's own attempt at a set of a window's mark scheme, with the window; 404 for everybody else."""
    window = _with_scheme().filter(pk=window_id).first()
    if window is None or not access.marks(viewer):
        raise Http404("Nothing to practise.")
    mine = Attempt.objects.filter(
        marker=viewer.user, **by_scheme(window, "set__"), set__number=set_number, set__use="practice"
    )
    attempt = mine.select_related("set").first()
    if attempt is None:
        raise Http404("Not begun.")
    return window, attempt


def get_practice_for(viewer: Viewer, window_id: int) -> Practice:
    """A marker's practice for a window that asks for it; 404 for everybody else."""
    window = _with_scheme().filter(pk=window_id).first()
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


def to_practise(user: User, *, at: datetime) -> list[Window]:
    """The windows that somebody could mark in once they are qualified: those that ask for it, whose mark scheme has a
    set, which have closed for everybody unless what they ask is no secret, where nothing stopped them, and whose
    results are not out. At most two queries.
    """
    latest = MarkingPolicy.objects.order_by().values("window").annotate(latest=Max("pk")).values("latest")
    asking = MarkingPolicy.objects.filter(pk__in=latest, standardised=True).order_by().values("window")
    used = KnownSet.objects.filter(use="practice", agreed_at__isnull=False, withdrawn_at=None)
    agreed = used.order_by().values("scheme")
    with_set = Q(case_study__scheme__in=agreed) | Q(scheme__in=agreed)
    windows = queries.windows().filter(with_set, pk__in=asking, state="scheduled")
    stopped = paused_windows(user)
    readable = (
        windows.exclude(pk__in=stopped)
        .alias(last=queries.last_close(OuterRef("pk")))
        .filter(~Q(task="") | Q(last__lte=at))
    )
    found = [(one, one.mark_scheme) for one in readable.order_by("opens_on", "pk")[:20]]
    done = _qualified_by(user, {scheme.pk for _, scheme in found if scheme}) if found else set()
    return [one for one, scheme in found if scheme and scheme.pk not in done]


def _qualified_by(user: User, schemes: set[int]) -> set[int]:
    """The mark schemes for which somebody is qualified. One query."""
    tried = Attempt.objects.filter(marker=user, set__scheme__in=schemes, finished_at__isnull=False)
    tried = tried.filter(set__withdrawn_at=None)
    said = Clearance.objects.filter(marker=user, scheme__in=schemes)
    rows = tried.order_by().values_list("set__scheme_id", "finished_at", "qualified")
    both = rows.union(said.order_by().values_list("scheme_id", "at", "qualified"), all=True)
    latest = {scheme: qualified for scheme, _, qualified in _by_time(list(both))}
    return {scheme for scheme, qualified in latest.items() if qualified}


def paused_windows(user: User) -> QuerySet[Any, Any]:
    """The windows in which somebody's marking is paused or over. A part of another query."""
    return Stop.objects.filter(marker=user).exclude(ending="lifted").order_by().values("window")


def paused_in(user: User) -> list[Stop]:
    """Where somebody's marking is paused or over, in windows whose results are not out. One query."""
    held = Stop.objects.filter(marker=user, window__state="scheduled").exclude(ending="lifted")
    related = held.select_related("window__intake__version__programme")
    return list(related.defer("window__intake__version__document").order_by("at", "pk"))


# --- seeds and stops -----------------------------------------------------------------------------------------
def marked_seeds(window_id: int, marker_id: int) -> list[quality_rules.Marked]:
    """The seeds that somebody marked in a window, the first first, since they were last let on, but for those whose set
    was withdrawn. Two queries.
    """
    lifted = Stop.objects.filter(window=window_id, marker=marker_id, ending="lifted")
    since = lifted.aggregate(last=Max("ended_at"))["last"]
    seeds = Seed.objects.filter(
        window=window_id, marker=marker_id, marked_at__isnull=False, script__set__withdrawn_at=None
    )
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


def undecided_stops(window_id: int) -> int:
    """How many markers seeds stopped in a window about whom nobody has decided. One query."""
    return Stop.objects.filter(window=window_id, ending="").count()


def seeds_awaited(window_id: int, day: date) -> tuple[int, date | None]:
    """How many seeds of a window aren't marked whose markers hold the role on this day, have time for them, and gave
    other marks there that count; and the last day of these. One query.
    """
    holds = Membership.objects.on(day).filter(role=Role.MARKER, user=OuterRef("marker"), user__is_active=True)
    counts = Marking.objects.filter(
        script__sitting__window=window_id, script__current=True, state=MarkingState.SUBMITTED,
        marker=OuterRef("marker"),
    )  # fmt: skip
    open_ones = Marking.objects.filter(
        Exists(holds.order_by()), Exists(counts.order_by()), seed__window=window_id,
        state=MarkingState.ALLOCATED, due_on__gte=day,
    )  # fmt: skip
    found = open_ones.aggregate(count=Count("pk"), until=Max("due_on"))
    return found["count"], found["until"]


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


@dataclass(frozen=True)
class Standing:
    """Where one marker stands with the practice sets of a window's mark scheme, for the office."""

    marker: User
    attempts: list[Attempt]
    qualified: bool
    said: Clearance | None
    granted: int = 0  # further sets, by the office

    def waits_for_set(self, sets: Iterable[KnownSet], policy: quality_rules.Policy) -> bool:
        """Whether they may try one more practice set and there is none among these that they neither tried, wrote nor
        agreed. Who the office said no to waits for nothing.
        """
        counted = [one for one in self.attempts if not one.set.withdrawn_at]
        if not quality_rules.may_try_further(
            qualified=self.qualified,
            under_way=any(one.finished_at is None for one in counted),
            refused=self.said is not None and not self.said.again,
            attempts=len(counted),
            allowed=policy.attempts + self.granted,
        ):
            return False
        tried, me = {one.set_id for one in counted}, self.marker.pk
        usable = (one for one in sets if one.use == "practice" and one.agreed_at and not one.withdrawn_at)
        return all(one.pk in tried or me in (one.made_by_id, one.agreed_by_id) for one in usable)


def standings_in(window: Window, day: date) -> list[Standing]:
    """Every marker of a day with what they tried and what the office said, by name; four queries."""
    people = queries.markers_on(day)
    attempts: dict[int, list[Attempt]] = {}
    tried = Attempt.objects.filter(**by_scheme(window, "set__"), marker__in=people)
    for one in tried.select_related("set").order_by("begun_at", "pk"):
        attempts.setdefault(one.marker_id, []).append(one)
    words = Clearance.objects.filter(**by_scheme(window), marker__in=people).select_related("by")
    words = words.order_by("at", "pk")
    said = {one.marker_id: one for one in words}
    granted = Counter(one.marker_id for one in words if one.again)
    qualified = {pk for pk in people if _is_qualified(attempts.get(pk, []), said.get(pk))}
    users = User.objects.filter(pk__in=people).order_by("name", "pk")
    return [
        Standing(u, attempts.get(u.pk, []), u.pk in qualified, said.get(u.pk), granted[u.pk]) for u in users
    ]


def known_totals(script: KnownScript) -> Totals:
    """The known marks of a script by kind."""
    return Totals(script.learn_that, script.learn_how_to)
