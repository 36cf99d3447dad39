"""What the office has to decide now, counted in few statements, and where everybody stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, IntegerField, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from goldenthread.applications.models import Application, ApplicationState, Enrolment, Stage
from goldenthread.assessment.models import Script, SittingState, Window, WindowState
from goldenthread.assessment.queries import WORD_LIMIT
from goldenthread.catalogue.rules import add_months
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.intakes.rules import day_text
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.people.access import Viewer
from goldenthread.web.office import queries
from goldenthread.web.office.access import office_only
from goldenthread.web.office.mailbox import undelivered
from goldenthread.web.shared.versions import Version, versions

NEARLY_FULL_PERCENT = 90
AHEAD = timedelta(days=60)  # how far before a window its case study and word limit are asked for
WINDOW_AHEAD = timedelta(days=120)  # how far before the earliest first day a window is asked for
STILL_SHOWN = 8


@dataclass(frozen=True)
class Decision:
    """One thing to decide: how many, of what, by when, and the list it leads to."""

    desk: str
    count: int
    text: str
    url: str
    by: date | None = None
    note: str = ""
    late: bool = False


@dataclass(frozen=True)
class IntakeLine:
    """How many people of one intake stand at each stage of the thread."""

    intake: Intake
    version: Version
    stages: list[dict[str, Any]]

    @property
    def people(self) -> int:
        return sum(stage["count"] for stage in self.stages)


@dataclass(frozen=True)
class Desk:
    decisions: list[Decision]
    stages: list[dict[str, Any]]
    still: list[Enrolment] = field(default_factory=list)
    still_count: int = 0

    @property
    def desks(self) -> list[tuple[str, list[Decision]]]:
        """The decisions by desk, each desk's most urgent first."""
        found: dict[str, list[Decision]] = {}
        for decision in self.decisions:
            found.setdefault(decision.desk, []).append(decision)
        far = date.max
        return [
            (desk, sorted(rows, key=lambda row: (row.by or far, row.text))) for desk, rows in found.items()
        ]


class Situation:
    """The counts behind the desk, read once: eight statements."""

    def __init__(self, at: datetime) -> None:
        self.at, self.on = at, at.date()
        self.versions = versions()
        ruled = Ruling.objects.filter(intake=OuterRef("pk"), rule=WORD_LIMIT)
        self.intakes = list(
            Intake.objects.annotate(word_limit_ruled=Exists(ruled)).order_by("-starts_on", "pk")
        )
        self.applications = applications_by_intake()
        self.enrolments = enrolments_by_intake()
        self.windows: list[Any] = list(windows_with_counts(self.on))
        self.engagement = self._engagement()
        self.messages = undelivered()

    def _engagement(self) -> dict[str, int]:
        behind = queries.behind(self.versions, self.intakes, on=self.on)
        counts: dict[str, int] = queries.active().aggregate(
            risk=Count("pk", filter=behind), still=Count("pk", filter=queries.still(self.at))
        )
        return counts

    def taking_part(self, intake: Intake) -> int:
        """How many of an intake are still on their way."""
        return sum(self.enrolments.get((intake.pk, stage), 0) for stage in queries.ACTIVE_STAGES)

    def name(self, intake: Intake) -> str:
        return f"{self.versions[intake.version_id].code} {intake.name}"


def applications_by_intake() -> dict[int, tuple[int, datetime]]:
    """How many applications wait and since when, by intake."""
    waiting = Application.objects.filter(state=ApplicationState.SUBMITTED).order_by()
    rows = waiting.values_list("intake").annotate(count=Count("pk"), since=Min("submitted_at"))
    return {intake: (count, since) for intake, count, since in rows}


def enrolments_by_intake() -> dict[tuple[int, str], int]:
    """How many enrolments stand where, by intake and stage; whoever withdrew stands nowhere."""
    rows = Enrolment.objects.filter(withdrawn_at__isnull=True).order_by().values_list("intake", "stage")
    return {(intake, stage): count for intake, stage, count in rows.annotate(count=Count("pk"))}


def windows_with_counts(on: date) -> QuerySet[Window]:
    """The windows whose results are not released, with what is open in each."""
    script = {"script__sitting__window": OuterRef("pk"), "script__current": True}
    late = Marking.objects.filter(**script, state=MarkingState.ALLOCATED, due_on__lt=on)
    referred = Agreement.objects.filter(**script, state=AgreementState.REFERRED)
    scripts = Script.objects.filter(
        sitting__window=OuterRef("pk"), current=True, sitting__state=SittingState.HANDED_IN
    )
    unallocated = scripts.filter(~Exists(Marking.objects.filter(script=OuterRef("pk"))))
    disagreed = scripts.filter(
        ~Exists(Agreement.objects.filter(script=OuterRef("pk"), state=AgreementState.AGREED))
    )
    return (
        Window.objects.filter(state=WindowState.SCHEDULED)
        .select_related("moderation")
        .annotate(
            late=_count(late, "script__sitting__window"),
            referred=_count(referred, "script__sitting__window"),
            scripts=_count(scripts, "sitting__window"),
            unallocated=_count(unallocated, "sitting__window"),
            unagreed=_count(disagreed, "sitting__window"),
        )
        .order_by("opens_on", "pk")
    )


def _count(found: QuerySet, by: str) -> Coalesce:
    counted = found.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


# --- what follows from the counts --------------------------------------------------------------------
def decisions(now: Situation) -> Iterator[Decision]:
    """Everything that waits for a decision, desk by desk."""
    yield from _applications(now)
    yield from _windows_to_prepare(now)
    yield from _marking(now)
    yield from _engagement(now)
    yield from _messages(now)


def _applications(now: Situation) -> Iterator[Decision]:
    for intake in now.intakes:
        count, since = now.applications.get(intake.pk, (0, now.at))
        if count:
            url = f"{reverse('office:applications')}?intake={intake.pk}&state=submitted"
            text = f"{_many(count, 'application waits', 'applications wait')} for {now.name(intake)}"
            days = (now.on - since.date()).days
            note = f"the oldest for {_many(days, 'day', 'days')}" if days else "since today"
            yield Decision(
                "Applications",
                count,
                text,
                url,
                by=intake.starts_on,
                note=note,
                late=intake.starts_on <= now.on,
            )
        taken = sum(number for (pk, _), number in now.enrolments.items() if pk == intake.pk)
        if (
            intake.places
            and intake.starts_on >= now.on
            and taken * 100 >= intake.places * NEARLY_FULL_PERCENT
        ):
            url = f"{reverse('office:enrolments')}?intake={intake.pk}"
            text = f"{taken} of {intake.places} places are taken in {now.name(intake)}"
            yield Decision("Applications", taken, text, url, by=intake.starts_on)


def _windows_to_prepare(now: Situation) -> Iterator[Decision]:
    coming = {window.intake_id: window for window in reversed(now.windows)}
    for intake in now.intakes:
        version, people = now.versions[intake.version_id], now.taking_part(intake)
        months = version.first_window_months
        if not people or months is None:
            continue
        window, earliest = coming.get(intake.pk), add_months(intake.starts_on, months)
        late = earliest < now.on
        if version.needs_word_limit and not intake.word_limit_ruled and earliest - WINDOW_AHEAD <= now.on:
            choose = reverse("office:ruling", args=[version.key, intake.pk, WORD_LIMIT])
            text = f"Word limit of {now.name(intake)} is not chosen: its sources disagree"
            yield Decision("Assessment", people, text, choose, by=earliest, late=late)
        if window is None and earliest - WINDOW_AHEAD <= now.on:
            url = f"{reverse('office:window_new')}?intake={intake.pk}"
            text = f"{now.name(intake)} has no window yet: it may open from then"
            note = _many(people, "person waits", "people wait")
            yield Decision("Assessment", people, text, url, by=earliest, note=note, late=late)
    for window in now.windows:
        if window.case_study_id is None and window.opens_on - AHEAD <= now.on:
            intake = next(one for one in now.intakes if one.pk == window.intake_id)
            text = f"Window of {now.name(intake)} has no case study"
            url, late = reverse("office:window", args=[window.pk]), window.opens_on <= now.on
            yield Decision("Assessment", now.taking_part(intake), text, url, by=window.opens_on, late=late)


def _marking(now: Situation) -> Iterator[Decision]:
    names = {intake.pk: now.name(intake) for intake in now.intakes}
    for window in now.windows:
        closed = window.opens_on + timedelta(days=window.days) <= now.on
        where, rounds = names[window.intake_id], getattr(window, "moderation", None)
        scripts = f"{_many(window.scripts, 'script', 'scripts')} of {where}"
        url = reverse("office:marking", args=[window.pk])
        if closed and window.unallocated:
            text = _many(window.unallocated, "script", "scripts") + f" of {where} without markers"
            yield Decision("Marking", window.unallocated, text, url)
        if window.late:
            text = _many(window.late, "marking", "markings") + f" of {where} overdue"
            yield Decision("Marking", window.late, text, url, late=True)
        if window.referred:
            text = _many(window.referred, "script", "scripts") + f" of {where} referred to a third marker"
            yield Decision("Marking", window.referred, text, url)
        if closed and window.scripts and not window.unagreed and rounds is None:
            yield Decision("Marking", window.scripts, f"{scripts} marked: open the moderation", url)
        if rounds and rounds.signed_off_at is None:
            note = f"open since {day_text(rounds.opened_at.date())}"
            yield Decision("Marking", window.scripts, f"{scripts} in moderation", url, note=note)
        if rounds and rounds.signed_off_at:
            text = f"Results of {scripts} can be released"
            yield Decision("Results", window.scripts, text, reverse("office:outcomes", args=[window.pk]))


def _engagement(now: Situation) -> Iterator[Decision]:
    if now.engagement["risk"]:
        text = (
            _many(now.engagement["risk"], "person", "people")
            + " at risk of too little engagement at this pace"
        )
        yield Decision("People", now.engagement["risk"], text, f"{reverse('office:engagement')}?show=risk")


def _messages(now: Situation) -> Iterator[Decision]:
    url = reverse("office:messages")
    if now.messages["dead"]:
        text = _many(now.messages["dead"], "message was", "messages were") + " given up after several tries"
        yield Decision("Messages", now.messages["dead"], text, f"{url}?state=dead", late=True)
    if now.messages["failing"]:
        text = _many(now.messages["failing"], "message", "messages") + " failed and will be sent again"
        yield Decision("Messages", now.messages["failing"], text, f"{url}?state=failing")


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


# --- the thread as a pipeline --------------------------------------------------------------------------
PIPELINE = (
    (Stage.INDUCTION, "Induction"),
    (Stage.DEVELOPMENT, "Development"),
    (Stage.ASSESSMENT, "Assessment"),
    (Stage.AWARDED, "Award"),
)


def pipeline(now: Situation, intakes: Iterable[Intake]) -> list[dict[str, Any]]:
    """How many stand at each stage over the intakes given, each count with the list behind it."""
    chosen = list(intakes)
    only = f"intake={chosen[0].pk}&" if len(chosen) == 1 and len(now.intakes) > 1 else ""
    waiting = sum(now.applications.get(intake.pk, (0, None))[0] for intake in chosen)
    stages: list[dict[str, Any]] = [
        {
            "label": "Application",
            "count": waiting,
            "url": f"{reverse('office:applications')}?{only}state=submitted",
        }
    ]
    people = reverse("office:enrolments")
    for stage, label in PIPELINE:
        count = sum(now.enrolments.get((intake.pk, stage), 0) for intake in chosen)
        stages.append({"label": label, "count": count, "url": f"{people}?{only}stage={stage.value}"})
    return stages


def desk_for(viewer: Viewer, *, at: datetime) -> Desk:
    """The office's first page: decisions, pipeline, and who stopped moving; for the office alone."""
    office_only(viewer)
    now = Situation(at)
    count = now.engagement["still"]
    return Desk(list(decisions(now)), pipeline(now, now.intakes), stopped(at) if count else [], count)


def stopped(at: datetime) -> list[Enrolment]:
    """Those who have had no credit for longest."""
    return list(
        queries.active()
        .filter(queries.still(at))
        .select_related("user", "intake", "standing")
        .order_by("standing__updated_at", "pk")[:STILL_SHOWN]
    )


def pipeline_for(viewer: Viewer, *, at: datetime) -> list[IntakeLine]:
    """One line for each intake that has people or applications, the latest start first; for the office."""
    office_only(viewer)
    now = Situation(at)
    lines = [IntakeLine(i, now.versions[i.version_id], pipeline(now, [i])) for i in now.intakes]
    return [line for line in lines if line.people]
