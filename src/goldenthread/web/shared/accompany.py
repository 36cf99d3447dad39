"""People as their school or delivery partner may see them: progress, dates, a released result.

No marks, no private writing, no script, nothing unseen, no result before its release.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from goldenthread.applications.models import OVER, Enrolment, Stage
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.stages import WindowStage
from goldenthread.awards.queries import revoked_since
from goldenthread.common import clock
from goldenthread.common.days import last_day
from goldenthread.common.quantities import hours_text
from goldenthread.engagement.models import LedgerEntry, PlannedActivity
from goldenthread.events.models import Attendance, EventDay
from goldenthread.outcomes import achievement, windows
from goldenthread.outcomes.achievement import Facts
from goldenthread.outcomes.achieving import asked_of
from goldenthread.outcomes.attempts import with_result
from goldenthread.outcomes.useful_days import longer_until
from goldenthread.templatetags.gt import day, deadline, instant
from goldenthread.web.shared.journeys import stage_kind, stage_text, thread_of
from goldenthread.web.shared.progress import Progress, progress_of
from goldenthread.web.shared.versions import Figure, Version, figure_of

SOON = timedelta(days=21)


def with_dates(people: QuerySet[Enrolment], *, at: datetime) -> QuerySet[Enrolment]:
    """Enrolments with standing, next event, next activity, window and released result, in one statement."""
    events = EventDay.objects.filter(
        group__places__enrolment=OuterRef("pk"), group__places__until__isnull=True, starts_at__gte=at
    ).order_by("starts_at", "pk")
    sittings = (
        Sitting.objects.filter(enrolment=OuterRef("pk"), closes_at__gte=at)
        .exclude(window__state=WindowState.CANCELLED)
        .order_by("opens_at", "pk")
    )
    latest = (
        Sitting.objects.filter(enrolment=OuterRef("pk"))
        .exclude(window__state=WindowState.CANCELLED)
        .order_by("-opens_at", "-pk")
    )
    credited = LedgerEntry.objects.filter(activity=OuterRef("pk"))
    activities = PlannedActivity.objects.filter(
        ~Exists(credited), enrolment=OuterRef("pk"), lane="self-directed", due_on__gte=clock.day_of(at)
    ).order_by("due_on", "position")
    return (
        with_result(people)
        .select_related("user", "intake", "school", "standing", "application", "version")
        .defer("version__document")
        .annotate(
            event_at=Subquery(events.values("starts_at")[:1]),
            event_title=Subquery(events.values("title")[:1]),
            revoked_at=revoked_since(),
            window_opens=Subquery(sittings.values("opens_at")[:1]),
            window_closes=Subquery(sittings.values("closes_at")[:1]),
            window_state=Subquery(sittings.values("state")[:1]),
            longer_until=longer_until(),
            window_pk=Subquery(latest.values("window")[:1]),
            sitting_opens=Subquery(latest.values("opens_at")[:1]),
            sitting_closes=Subquery(latest.values("closes_at")[:1]),
            activity_on=Subquery(activities.values("due_on")[:1]),
            activity_title=Subquery(activities.values("title")[:1]),
            activity_kind=Subquery(activities.values("kind")[:1]),
        )
    )


# What a window is at, for those who wait for its results: never who marks, nor how far anybody's script is.
WINDOW_WORDS = {
    WindowStage.DRAFT: "ahead",
    WindowStage.SCHEDULED: "ahead",
    WindowStage.OPEN: "open",
    WindowStage.CLOSED: "closed, marking comes next",
    WindowStage.MARKING: "being marked",
    WindowStage.MODERATION: "marked, the marks are being checked",
    WindowStage.READY: "marks are checked, results come next",
    WindowStage.RELEASED: "results are out",
}
Windows = Mapping[int, Window]


def windows_of(people: Iterable[Any]) -> Windows:
    """The windows of enrolments from `with_dates`, with what says where they stand. One query."""
    wanted = {one.window_pk for one in people if one.window_pk}
    return {one.pk: one for one in windows.with_facts(Window.objects.filter(pk__in=wanted).order_by())}


@dataclass(frozen=True)
class WindowShown:
    """The window of somebody's latest sitting: when it is for them, and what it is at."""

    opens_at: datetime
    closes_at: datetime
    zone: str
    stage: str
    awaited: bool = True  # its results are not out


def _window(one: Any, known: Windows, at: datetime) -> WindowShown | None:
    found = known.get(one.window_pk)
    if found is None:
        return None
    stage = windows.stage_of(found, at=at)
    words = WINDOW_WORDS.get(stage, "")
    if stage in (WindowStage.MODERATION, WindowStage.READY) and not windows.facts_of(found).scripts:
        words = "closed, results come next"  # nobody handed in, so nothing is marked
    awaited = stage is not WindowStage.RELEASED
    return WindowShown(one.sitting_opens, one.sitting_closes, one.zone, words, awaited)


@dataclass(frozen=True)
class Line:
    """One person in a list."""

    enrolment: Enrolment
    version: Version
    figure: Figure | None
    stage: str
    kind: str
    dates: list[dict[str, Any]]
    needs: list[str]
    result: str
    window: WindowShown | None


def line_of(one: Any, version: Version, known: Windows, *, at: datetime, school: bool = True) -> Line:
    """What a list says of an enrolment from `with_dates`; a `school` is told when somebody is away.

    `known` are the windows of all in the list, from `windows_of`.
    """
    figure = figure_of(one, version, on=clock.day_of(at))
    return Line(
        enrolment=one,
        version=version,
        figure=figure,
        stage=stage_text(one, version.specification),
        kind=stage_kind(one),
        dates=[] if _over(one) else _dates(one, version, at),
        needs=[] if _over(one) else _needs(one, figure, at, school),
        result=result_text(told=one.told and one.stage != Stage.REVOKED, passed=one.passed),
        window=None if one.withdrawn_at else _window(one, known, at),
    )


def _over(one: Any) -> bool:
    return bool(one.withdrawn_at) or one.stage in OVER


def result_text(*, told: bool, passed: bool) -> str:
    """The result that counts in words, "" before a release."""
    return "Passed" if passed else "Not passed" if told else ""


def _dates(one: Any, version: Version, at: datetime) -> list[dict[str, Any]]:
    dates = []
    if one.event_at:
        dates.append({"label": one.event_title, "when": instant(one.event_at)})
    if one.activity_on:
        module = "Module: " if one.activity_kind == "study" else ""  # one is called "Assessment"
        dates.append({"label": f"{module}{one.activity_title}", "when": day(one.activity_on)})
    if one.window_opens:
        dates.append({"label": "Assessment window opens", "when": instant(one.window_opens, one.zone)})
        dates.append({"label": "Assessment window closes", "when": deadline(one.window_closes, one.zone)})
        dates += _useful(one, version, at)
    return dates


def _useful(one: Any, version: Version, at: datetime) -> list[dict[str, Any]]:
    """The last useful day of whoever has a day by which they must have passed, where their window ends after it."""
    asked = asked_of(version.specification)
    facts = Facts(one.starts_on, (), extended_to=one.longer_until)
    useful = achievement.useful_day(asked, facts) if asked else None
    ends = last_day(one.window_closes, one.zone)
    if useful is None or not useful.is_beyond(ends, on=clock.day_of(at)):
        return []
    what = f"{day(useful.day)}, before the window closes. {useful.why} They ask the programme office about an extension"
    return [{"label": "Last useful day to hand in", "when": what}]


def _needs(one: Any, figure: Figure | None, at: datetime, school: bool) -> list[str]:
    needs = []
    if one.window_opens and one.window_opens <= at and one.window_state == SittingState.BOOKED:
        needs.append(f"Time for the assessment until {deadline(one.window_closes, one.zone)}")
    if figure and figure.behind:
        needs.append(f"Time to catch up: {hours_text(figure.shortfall)} are missing")
    if school and one.event_at and one.event_at - at <= SOON:
        needs.append(f"Cover for the event on {day(one.event_at)}")
    return needs


def needing_first(people: QuerySet[Any], known: Mapping[int, Version], *, at: datetime) -> QuerySet[Any]:
    """Enrolments from `with_dates`, whoever needs something of their school first (`needs_first` 0), then by name.

    It is what `line_of` says to a school, asked of the database, so that it holds over all pages. One query to
    learn which programmes they are on, and since when.
    """
    on, behind = clock.day_of(at), Q(pk__in=[])
    for version_id, starts_on in people.order_by().values_list("version_id", "starts_on").distinct():
        points = known[version_id].pace_points(starts_on, on)
        behind |= Q(
            version=version_id,
            starts_on=starts_on,
            standing__measurable=True,
            standing__basis_points__lt=points,
        )
    over = Q(withdrawn_at__isnull=False) | Q(stage__in=OVER)
    sits = Q(window_opens__lte=at, window_state=SittingState.BOOKED)
    needs = behind | sits | Q(event_at__lte=at + SOON)
    place = Case(When(needs & ~over, then=Value(0)), default=Value(1), output_field=IntegerField())
    return people.annotate(needs_first=place).order_by("needs_first", "user__name", "pk")


@dataclass(frozen=True)
class Person:
    """One person's progress."""

    line: Line
    progress: Progress
    attendance: list[Attendance]

    @property
    def thread(self) -> list[dict[str, Any]]:
        return thread_of(self.line.enrolment, specification=self.line.version.specification)


def person_of(one: Enrolment, version: Version, *, at: datetime, school: bool = True) -> Person:
    """Progress of an enrolment that comes from `with_dates`. Four queries."""
    attendance = one.attendances.select_related("day").order_by("day__starts_at", "pk")
    line = line_of(one, version, windows_of([one]), at=at, school=school)
    return Person(line, progress_of(one), list(attendance))
