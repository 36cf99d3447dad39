"""A marker's queue, one marking with what its marker may see, conflicts, and how far the marking of a window is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.expressions import Window as Over
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.assessment import adjusting
from goldenthread.assessment import rules as assessment
from goldenthread.assessment.models import CaseStudy, Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.queries import opened
from goldenthread.common.days import day_text
from goldenthread.integrity.raising import concern_counts
from goldenthread.marking import access, rules
from goldenthread.marking.arising_queries import to_decide
from goldenthread.marking.capacity_queries import away_until
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import (
    Agreement,
    AgreementState,
    DeclaredConflict,
    Marking,
    MarkingState,
    SetAside,
)
from goldenthread.marking.quality_models import MarkingPolicy, SingleMarked, Stop
from goldenthread.marking.seeds_aside import seeds_aside_of
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User

_WINDOW = "script__sitting__window"
_DOCUMENT_OF = "window__intake__version__document"
_DOCUMENT = f"script__sitting__{_DOCUMENT_OF}"
_LONG = ("script__text", "script__parts", "script__sitting__draft")
_SEALED = tuple(
    f"{window}__case_study__{field}"
    for window in (_WINDOW, "seed__window")
    for field in ("sealed", "sealed_needs")
)


def windows() -> QuerySet[Window]:
    """Windows with intake, programme and mark scheme; the unseen case and the whole specification stay
    behind.
    """
    return Window.objects.select_related("intake__version__programme", "case_study__scheme", "scheme").defer(
        "intake__version__document", "case_study__sealed", "case_study__sealed_needs"
    )


# --- the mark scheme and marks ---------------------------------------------------------------------
def scheme_of(window: Window, points: Sequence[Any] | None = None) -> rules.Scheme:
    """The mark scheme of a window's case study or project task; 404 while the window has none.

    A criterion of a project task cites no statement. Its marks are kept with those for application, since a project
    shows what somebody did; pages show such a scheme's total alone.
    """
    scheme = window.mark_scheme
    if scheme is None:
        raise Http404("This window has no mark scheme.")
    kinds = {"criterion": rules.Kind.LEARN_HOW_TO}
    found = scheme.points.order_by("number") if points is None else points
    read = tuple(rules.Point(p.number, kinds.get(p.kind) or rules.Kind(p.kind), p.maximum) for p in found)
    return rules.Scheme(read, scheme.pass_mark, scheme.tolerance)


def marks_of(marking: Marking) -> dict[int, int | None]:
    """The marks of a marking by point number."""
    return {int(number): mark for number, mark in marking.marks.items()}


def totals_of(marking: Marking) -> rules.Totals:
    """The marks of a submitted marking by kind."""
    return rules.Totals(marking.learn_that or 0, marking.learn_how_to or 0)


# --- the marker's side -----------------------------------------------------------------------------
def get_queue_for(viewer: Viewer) -> QuerySet[Marking]:
    """The queue of a marker, or of somebody who has marked; 404 for everybody else."""
    markings = queue_for(viewer.user)
    if not access.marks(viewer) and not markings.exists():
        raise Http404("No queue here.")
    return markings


def queue_for(user: User) -> QuerySet[Marking]:
    """A marker's markings, the open ones first by due date: what the page needs of them in one query.

    A script that was replaced does not count, so nobody is asked to mark it. Seeds stand among the others by their
    code, and leave with them: what a stop had set aside is gone from it, seeds and all.
    """
    window = "script__sitting__window__intake__version"
    return (
        Marking.objects.filter(Q(script__current=True) | Q(seed__isnull=False), marker=user)
        .exclude(seed__in=seeds_aside_of(user))
        .select_related(
            "script__sitting", f"{window}__programme", "seed__script",
            "seed__window__intake__version__programme",
        )
        .defer(*_LONG, "seed__script__text", "seed__script__parts", _DOCUMENT, f"seed__{_DOCUMENT_OF}")
        .order_by("state", "due_on", Coalesce("seed__code", "script__sitting__code"))
    )  # fmt: skip


def get_marking_for(viewer: Viewer, marking_id: int) -> Marking:
    """A marker's own marking with script and mark scheme, whether it is `paused`, and how many `concerns` about it they
    raised and how many are `answered`; 404 for everybody else.

    Who is no marker any more still sees what they submitted, and no script that they would have to mark.
    """
    found = (
        Marking.objects.select_related(
            "marker",
            "script__sitting__window__intake__version__programme",
            "script__sitting__window__case_study__scheme",
            "script__sitting__window__scheme",
            "seed__script",
            "seed__window__intake__version__programme",
            "seed__window__case_study__scheme",
            "seed__window__scheme",
        )
        .defer("script__sitting__draft", _DOCUMENT, f"seed__{_DOCUMENT_OF}", *_SEALED)
        .filter(pk=marking_id)
        .annotate(paused=_paused(), **concern_counts("marker", "seed__code", "script__sitting__code"))
        .exclude(seed__in=seeds_aside_of(viewer.user))
        .first()
    )
    if found is None or not access.is_own(found, viewer.user):
        raise Http404("No such marking.")
    if found.state != MarkingState.SUBMITTED and not access.marks(viewer):
        raise Http404("Nothing to mark.")
    return found


def given_back(user: User, marking_id: int) -> DeclaredConflict | None:
    """The declaration by which this person gave a marking back, for pages that are still open somewhere."""
    known = DeclaredConflict.objects.select_related("script__sitting", "seed").defer(*_LONG)
    return known.filter(user=user, marking=marking_id).first()


def declared_by(user: User, script_id: int) -> DeclaredConflict | None:
    """What this person declared about a script, if they did."""
    return DeclaredConflict.objects.filter(user=user, script=script_id).first()


def last_close(window: Any) -> Subquery:
    """For a query: the last deadline of anybody in a window, which is given by number or as an `OuterRef`."""
    sittings = Sitting.objects.filter(window=window).order_by("-closes_at", "pk")
    return Subquery(sittings.values("closes_at")[:1])


def has_closed(window: Window, *, at: datetime) -> bool:
    """Whether the last deadline of everybody in a window has passed. One query."""
    last = Sitting.objects.filter(window=window).aggregate(at=Max("closes_at"))["at"]
    return last is not None and last <= at


def case_for(window: Window, *, at: datetime) -> CaseStudy | None:
    """The case study with its question, opened for who marks or moderates its scripts: none before the window has
    closed for everybody. Whether they may see the scripts at all is asked before. One query, or none for a window
    that was loaded with its case study and with `last_close`.
    """
    if "last_close" in vars(window):
        case, closes_at = window.case_study, vars(window)["last_close"]
    else:
        case = CaseStudy.objects.filter(windows=window).annotate(last_close=last_close(window.pk)).first()
        closes_at = vars(case)["last_close"] if case else None
    if case is None or closes_at is None:
        return None
    published = case.state == "published"
    now = assessment.phase(published=published, opens_at=closes_at, closes_at=closes_at, at=at)
    return opened(case) if assessment.visible(now, assessment.Eye.MARKER) else None


def phase_of(script: Script) -> rules.Phase:
    """How far a script is, which decides what may be seen."""
    if script.sitting.window.state == WindowState.RELEASED:
        return rules.Phase.RELEASED
    agreement: Agreement | None = getattr(script, "agreement", None)
    agreed = agreement is not None and agreement.state == AgreementState.AGREED
    return rules.Phase.AGREED if agreed else rules.Phase.BLIND


def others_seen_by(marking: Marking) -> list[Marking]:
    """The other markings of the script as far as this marker may see them: none before agreement, never a re-mark, and
    nothing at all for who re-marks. Of a window with seeds none before its results are released, since a script that
    never shows another marking would give itself away, and none of a seed ever.
    """
    if marking.seed is not None or _with_seeds(marking.window):
        return []
    submitted = marking.state == MarkingState.SUBMITTED
    sight = rules.visible(phase_of(marking.script), rules.Eye.MARKER, own_marks_in=submitted)
    if not sight.other_markings:
        return []
    if rules.is_remark(marking.position):
        return []
    first_three = marking.script.markings.filter(position__lt=rules.FIRST_REMARK)
    return list(first_three.exclude(pk=marking.pk).order_by("position"))


def _with_seeds(window: Window) -> bool:
    """Whether a window has seeds and its results aren't out."""
    latest = MarkingPolicy.objects.filter(window=window).order_by("-set_at", "-pk").first()
    return latest is not None and latest.seed_percent > 0 and window.state != WindowState.RELEASED


def submitted_in(user: User) -> Q:
    """For a query of windows: those in which somebody has submitted marks, be it of a seed."""
    mine = Marking.objects.filter(state=MarkingState.SUBMITTED, marker=user).order_by()
    return Q(pk__in=mine.filter(script__isnull=False).values("script__sitting__window")) | Q(
        pk__in=mine.filter(seed__isnull=False).exclude(seed__in=seeds_aside_of(user)).values("seed__window")
    )


def _paused() -> Exists:
    """For a query of markings: of a window in which their marker was stopped."""
    here = Q(window=OuterRef("script__sitting__window")) | Q(window=OuterRef("seed__window"))
    return Exists(Stop.objects.filter(here, marker=OuterRef("marker")).exclude(ending="lifted").order_by())


def to_mark(markings: QuerySet[Marking]) -> QuerySet[Marking]:
    """Of a queue what its marker can mark now: what isn't submitted, and of no window in which they were stopped."""
    return markings.filter(~_paused(), state=MarkingState.ALLOCATED)


def done_in(markings: QuerySet[Marking]) -> QuerySet[Marking]:
    """Of a queue what is submitted, the newest first."""
    return markings.filter(state=MarkingState.SUBMITTED).order_by("-submitted_at", "-pk")


def waiting_in(markings: QuerySet[Marking], *, most: int) -> tuple[list[Marking], int]:
    """Of a queue what isn't submitted, `most` of it: first what its marker can mark now, then what is `paused`; and how
    many of the former there are in all. One query.
    """
    left = markings.filter(state=MarkingState.ALLOCATED).annotate(paused=_paused())
    counted = left.annotate(there=Over(Count("pk", filter=Q(paused=False))))
    found = list(counted.order_by("paused", *markings.query.order_by)[:most])
    there: int = vars(found[0])["there"] if found else 0
    return list[Marking](found), there


def next_in_queue(user: User, after: Marking) -> Marking | None:
    """The next marking to do, after one is done; none of a window in which they were stopped."""
    return to_mark(queue_for(user)).exclude(pk=after.pk).first()


def has_open(user: User) -> bool:
    """Whether somebody has anything that isn't submitted, be it paused."""
    return queue_for(user).filter(state=MarkingState.ALLOCATED).exists()


@adjusting.when_markers_have
def with_markers(window: Window) -> bool:
    """Whether a marker has or had a script of this window: then no deadline of it moves any more."""
    return Marking.objects.filter(script__sitting__window=window).exists()


# --- allocation --------------------------------------------------------------------------------------
def scripts_of(window: Window) -> QuerySet[Script]:
    """The current scripts of a window: what is marked."""
    return Script.objects.filter(
        sitting__window=window, sitting__state=SittingState.HANDED_IN, current=True
    ).order_by("sitting__code")


def markers_on(day: date) -> list[int]:
    """Everybody who is a marker on `day`."""
    return holders_on(day, Role.MARKER)


def holders_on(day: date, role: Role) -> list[int]:
    """Everybody with an open account who holds `role` on `day`."""
    held = Membership.objects.on(day).filter(role=role, user__is_active=True)
    return sorted(set(held.order_by().values_list("user_id", flat=True)))


def remark_of(script_id: int, position: int) -> Marking | None:
    """The re-mark at this position of a script, with its marker; None while nobody has it."""
    found = Marking.objects.select_related("marker").filter(script=script_id, position=position)
    return found.first()


def lacking_markers(scripts: QuerySet[Script]) -> QuerySet[Script]:
    """Of these scripts those without a first marker, or without a second where they get one: new ones, and ones that
    were given back.
    """
    given = Marking.objects.filter(script=OuterRef("pk")).order_by()
    lacks_second = ~Exists(given.filter(position=2)) & Q(single_marked__isnull=True)
    return scripts.filter(~Exists(given.filter(position=1)) | lacks_second)


def is_single(script: Script) -> bool:
    """Whether the lot gave a script one marker alone. One query."""
    return SingleMarked.objects.filter(script=script).exists()


def open_loads(users: Iterable[int]) -> dict[int, int]:
    """How many markings each of `users` still has to do."""
    rows = (
        Marking.objects.filter(marker_id__in=list(users), state=MarkingState.ALLOCATED)
        .order_by()
        .values_list("marker_id")
        .annotate(open=Count("pk"))
    )
    return dict(rows)


# --- the office's side -------------------------------------------------------------------------------
def open_places(script: Script) -> list[int]:
    """The positions on a script for which a marker is wanted and not there: 1, 2 but for what gets one marker alone,
    and 3 once it is referred.
    """
    referred = Agreement.objects.filter(script=script, state=AgreementState.REFERRED).exists()
    taken = set(script.markings.values_list("position", flat=True))
    wanted = (1,) if is_single(script) and not referred else (1, 2, 3) if referred else (1, 2)
    return [position for position in wanted if position not in taken]


@dataclass(frozen=True)
class MarkerLine:
    """One marker's share of a window."""

    marker: int
    name: str
    given: int
    submitted: int
    due_on: date | None
    away_until: date | None = None

    @property
    def open(self) -> int:
        return self.given - self.submitted


@dataclass(frozen=True)
class Progress:
    """How far a window's marking is, in scripts; a referred script counts as such until its third mark.

    `unallocated` lack a first or a second marker; `without_third` are referred and wait for a free one.
    """

    sittings: int
    held_back: int
    scripts: int
    unallocated: int
    agreed: int
    referred: int
    without_third: int
    discussed: int = 0  # by their two markers, now
    asked: int = 0  # with marks of which the office has to say whether they count

    @property
    def in_marking(self) -> int:
        return self.scripts - self.unallocated - self.agreed - self.referred - self.discussed

    @property
    def finished(self) -> bool:
        return self.scripts == self.agreed


def progress_of(window: Window) -> Progress:
    """The counts of a window's marking; three queries."""
    sittings = window.sittings.aggregate(
        all=Count("pk"), held_back=Count("pk", filter=Q(state=SittingState.HELD_BACK))
    )
    agreed, referred = Q(agreement__state=AgreementState.AGREED), Q(agreement__state=AgreementState.REFERRED)
    scripts = scripts_of(window).order_by()
    pair = Count("markings", filter=Q(markings__position__lte=2))
    lacking = Q(pair__lt=2, single_marked__isnull=True) | Q(pair=0)
    talk = Exists(Discussion.objects.filter(script=OuterRef("pk"), ending="").order_by())
    doubt = Exists(to_decide(script=OuterRef("pk")))
    counts = scripts.annotate(pair=pair, last=Max("markings__position"), talk=talk, doubt=doubt).aggregate(
        scripts=Count("pk"),
        discussed=Count("pk", filter=Q(talk=True)),
        asked=Count("pk", filter=Q(doubt=True)),
        unallocated=Count("pk", filter=lacking),
        agreed=Count("pk", filter=agreed),
        referred=Count("pk", filter=referred),
        without_third=Count("pk", filter=referred & Q(last__lt=3)),
    )
    return Progress(sittings=sittings["all"], held_back=sittings["held_back"], **counts)


def markers_of(window: Window, on: date) -> list[MarkerLine]:
    """Every marker of a window with what they have done, by name, and until when they are away on a day. One query."""
    done = Count("pk", filter=Q(state=MarkingState.SUBMITTED))
    rows = (
        Marking.objects.filter(script__sitting__window=window, script__current=True)
        .order_by("marker__name", "marker_id")
        .values_list("marker_id", "marker__name", away_until(on))
        .annotate(given=Count("pk"), submitted=done, due=Max("due_on"))
    )
    return [MarkerLine(pk, name, given, done, due, away) for pk, name, away, given, done, due in rows]


def open_markings_of(window: Window) -> QuerySet[Marking]:
    """The markings of a window that aren't submitted, the longest due first."""
    return _markings_of(window, MarkingState.ALLOCATED).order_by("due_on", "pk")


def submitted_markings_of(window: Window) -> QuerySet[Marking]:
    """The markings of a window that are submitted, by code of the script; the marks themselves stay behind."""
    return _markings_of(window, MarkingState.SUBMITTED).order_by("script__sitting__code", "position")


def _markings_of(window: Window, state: str) -> QuerySet[Marking]:
    found = Marking.objects.filter(script__sitting__window=window, script__current=True, state=state)
    return found.select_related("script__sitting", "marker").defer(*_LONG)


def get_open_marking_for(viewer: Viewer, marking_id: int) -> Marking:
    """A marking that isn't submitted, for the office; 404 for everybody else."""
    return _marking_for_office(viewer, marking_id, MarkingState.ALLOCATED)


def get_submitted_marking_for(viewer: Viewer, marking_id: int) -> Marking:
    """A marking that is submitted, for the office; 404 for everybody else."""
    return _marking_for_office(viewer, marking_id, MarkingState.SUBMITTED)


def _marking_for_office(viewer: Viewer, marking_id: int, state: str) -> Marking:
    found = Marking.objects.select_related("script__sitting__window__intake__version__programme", "marker")
    one = found.defer(_DOCUMENT, *_LONG).filter(pk=marking_id, state=state).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such marking.")
    return one


def set_aside_in(window: Window) -> QuerySet[SetAside]:
    """The marks of a window that were set aside, the latest first; what they were stays behind."""
    found = SetAside.objects.filter(script__sitting__window=window)
    unread = (*_LONG, "marks", "passages", "comment", "feedback", "next_step", "by_kind", "evidence")
    return found.select_related("script__sitting", "marker", "by").defer(*unread).order_by("-at", "-pk")


def set_aside_of(user: User, marking_id: int) -> tuple[str, datetime] | None:
    """The code and the instant at which marks of this person were set aside, for pages that are still open somewhere;
    a seed that went with them has those of the last of them.
    """
    mine = SetAside.objects.filter(marker=user)
    known = mine.select_related("script__sitting").defer(*_LONG).filter(marking=marking_id).first()
    if known is not None:
        return known.code, known.at
    seed = seeds_aside_of(user).filter(marking=marking_id).first()
    last = seed and mine.filter(script__sitting__window=seed.window_id).aggregate(at=Max("at"))["at"]
    return (seed.code, last) if seed and last else None


def unfinished_in(window: Window) -> list[str]:
    """Every script without agreed marks, or with marks of which the office has to say whether they count, and what it
    waits for: "K7Q2M waits for its second marking".
    """
    asked = Exists(to_decide(script=OuterRef("pk")))
    waiting = (
        scripts_of(window)
        .annotate(asked=asked)
        .filter(~Exists(_agreed_of(OuterRef("pk"))) | Q(asked=True))
        .select_related("sitting", "agreement", "single_marked")
        .prefetch_related("markings", Prefetch("discussions", Discussion.objects.filter(ending="")))
        .defer("text", "parts", "sitting__draft")
    )
    return [f"{script.sitting.code} {_waits_for(script)}" for script in waiting]


def _agreed_of(script: Any) -> QuerySet[Agreement]:
    return Agreement.objects.filter(script=script, state=AgreementState.AGREED).order_by()


def _waits_for(script: Script) -> str:
    if vars(script)["asked"]:
        return "waits for the office's word on a marker's conflict"
    state = {marking.position: marking.state for marking in script.markings.all()}
    if not state:
        return "is not allocated"
    for talk in script.discussions.all():  # the open one, if there is one
        return f"is discussed by its markers until {day_text(talk.until_on)}"
    names = {1: "first", 2: "second", 3: "third"}
    if hasattr(script, "single_marked") and len(state) == 1:
        return f"waits for its {'only' if 1 in state else 'second'} marking"
    wanted = (1, 2, 3) if 3 in state or {*state.values()} == {MarkingState.SUBMITTED} else (1, 2)
    needed = [names[position] for position in wanted if position not in state]
    if needed:
        return f"needs a {needed[0]} marker"
    missing = [names[position] for position in wanted if state[position] == MarkingState.ALLOCATED]
    return f"waits for its {' and '.join(missing)} marking"
