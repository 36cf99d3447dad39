"""The counts behind the office's desk and its pipeline: read once, by statements whose words are kept.

A statement here says what it asks by its keys alone; see `common.prepared`.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet, Subquery

from goldenthread.applications.models import Application, ApplicationState, Enrolment
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.again import next_is_said
from goldenthread.assessment.limit_queries import WORD_LIMIT
from goldenthread.assessment.models import Script, Sitting, SittingState, Window, WindowState
from goldenthread.awards import naming
from goldenthread.awards.models import Award, CertificateName
from goldenthread.awards.queries import lacking_font
from goldenthread.common import clock
from goldenthread.common.counting import count_of
from goldenthread.common.prepared import PreparedRows, PreparedTable
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.integrity.models import Comparison, Flag, MisconductCase
from goldenthread.integrity.raising import open_safeguarding
from goldenthread.marking.arising_queries import to_decide
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.handing_queries import away_beyond
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.marking.quality_models import Stop
from goldenthread.marking.queries import lacking_markers
from goldenthread.moderation.models import Batch, Shift
from goldenthread.moderation.queries import left_to_another
from goldenthread.outcomes.attempts import has_several
from goldenthread.outcomes.models import Outcome, PlannedRelease
from goldenthread.outcomes.waits import waits_of, with_waits
from goldenthread.outcomes.windows import stage_of, with_facts
from goldenthread.people.access import role_held
from goldenthread.people.models import Role
from goldenthread.reports.models import PassAlert
from goldenthread.web.office import queries
from goldenthread.web.office.desk_parts import People
from goldenthread.web.office.waiting import waiting
from goldenthread.web.shared.versions import versions

STILL_SHOWN = 8
UNPRINTED_SHOWN = 100


class Thread:
    """Every intake, the latest first, and where its people stand. Three statements."""

    def __init__(self) -> None:
        self.versions = versions()
        self.intakes: list[Any] = _INTAKES.all()
        self.people = self._people()

    def _people(self) -> dict[int, People]:
        return people_by_stage()

    def of(self, intake: Intake) -> People:
        """The people of an intake."""
        return self.people.get(intake.pk, People())

    def name(self, intake: Intake) -> str:
        """The programme and the intake, as the office calls them."""
        return f"{self.versions[intake.version_id].code} {intake.name}"

    def name_of(self, window: Window) -> str:
        """The same of a window's intake."""
        return next(self.name(intake) for intake in self.intakes if intake.pk == window.intake_id)

    def name_with_task(self, window: Window) -> str:
        """The same, and which task of a project the window is for."""
        return f"{self.name_of(window)}, {window.task_title}" if window.task else self.name_of(window)


class Attempts(Thread):
    """The same, and of how many at each stage one of several results counts. Three statements."""

    def _people(self) -> dict[int, People]:
        return people_by_attempts()


class Situation(Thread):
    """What somebody's desk is made of. Seven statements; one more names who stopped moving, and one each
    certificates and confirmed names without a font, if there are any. Who marks or moderates too (`questions` is
    false) is told of no safeguarding concern.
    """

    def __init__(self, at: datetime, *, user_id: int, questions: bool = True) -> None:
        super().__init__()
        self.at, self.on = at, clock.day_of(at)
        self.windows: list[Any] = _WINDOWS.all(self.on)
        self.waits = waits_of(self.windows, [stage_of(one, at=self.at) for one in self.windows])
        self.at_risk = queries.active().filter(queries.behind(self.versions, self.intakes, at=at)).count()
        self.waiting = waiting(user_id=user_id, at=at)
        self.messages = self.waiting.messages
        self.unprinted = _UNPRINTED.all() if self.waiting.unprinted else []
        self.unprintable = _UNPRINTABLE.all() if self.waiting.unprintable else []
        self.questions = questions

    def _people(self) -> dict[int, People]:
        return people_with_windows()

    def stopped(self) -> list[Enrolment]:
        """Those who have had no credit for longest, people of closed versions left out."""
        since = self.at - timedelta(days=queries.STILL_DAYS)
        return _STOPPED.all(since, self.on) if self.waiting.still else []


# --- intakes -----------------------------------------------------------------------------------------
def intakes_with_waiting() -> QuerySet[Intake]:
    """Every intake, the latest first, with its waiting applications and a pass rate that is too low."""
    waiting = Application.objects.filter(intake=OuterRef("pk"), state=ApplicationState.SUBMITTED)
    since = waiting.order_by("submitted_at").values("submitted_at")[:1]
    ruled = Ruling.objects.filter(intake=OuterRef("pk"), rule=WORD_LIMIT)
    asked = Adjustment.objects.filter(enrolment__intake=OuterRef("pk"), state="requested")
    alert = PassAlert.objects.filter(intake=OuterRef("pk"), acknowledged_at__isnull=True).order_by()
    found = Intake.objects.annotate(
        word_limit_ruled=Exists(ruled),
        waiting=count_of(waiting, "intake"),
        since=Subquery(since),
        asked=count_of(asked, "enrolment__intake"),
        alert_passed=Subquery(alert.values("passed")),
        alert_assessed=Subquery(alert.values("assessed")),
        **_about_own_work(),
        **_about_deferrals(),
    )
    return found.order_by("-starts_on", "pk")


def _about_own_work() -> dict[str, Any]:
    """For each intake: its open questions, cases and safeguarding concerns, and a window or the question of one. They
    outlast the release of a window.
    """
    flags = Flag.objects.filter(script__sitting__window__intake=OuterRef("pk"), state="open").order_by("pk")
    cases = MisconductCase.objects.filter(sitting__window__intake=OuterRef("pk"), holds=True).order_by("pk")
    urgent = (
        open_safeguarding().filter(window__intake=OuterRef("pk")).order_by(F("flag").asc(nulls_last=True))
    )
    return {
        "questions": count_of(flags, "script__sitting__window__intake"),
        "cases": count_of(cases, "sitting__window__intake"),
        "question_in": Subquery(flags.values("script__sitting__window")[:1]),
        "case_in": Subquery(cases.values("sitting__window")[:1]),
        "urgent": count_of(urgent, "window__intake"),
        "urgent_flag": Subquery(urgent.values("flag")[:1]),
        "urgent_in": Subquery(urgent.values("window")[:1]),
    }


def _about_deferrals() -> dict[str, Any]:
    """For each intake: who was deferred, is booked for no later window, and of whom nobody has said what comes next
    instead; and the window of one.
    """
    later = Sitting.objects.filter(
        enrolment=OuterRef("enrolment"), opens_at__gt=OuterRef("opens_at"), window__task=""
    ).exclude(window__state=WindowState.CANCELLED)
    waiting = Sitting.everything.filter(
        ~Exists(later),
        ~next_is_said(),
        enrolment__intake=OuterRef("pk"),
        enrolment__withdrawn_at__isnull=True,
        state=SittingState.DEFERRED,
    ).exclude(window__state=WindowState.CANCELLED)
    return {
        "deferred": count_of(waiting, "enrolment__intake"),
        "deferred_from": Subquery(waiting.order_by("-opens_at", "pk").values("window")[:1]),
    }


_INTAKES: PreparedRows[Intake] = PreparedRows(intakes_with_waiting, key=())


# --- people ------------------------------------------------------------------------------------------
def _by_stage() -> QuerySet[Any, Any]:
    here = Enrolment.objects.filter(withdrawn_at__isnull=True).order_by()
    return here.values_list("intake", "stage").annotate(count=Count("pk"))


def _by_attempts() -> QuerySet[Any, Any]:
    here = Enrolment.objects.filter(withdrawn_at__isnull=True).annotate(several=has_several()).order_by()
    return here.values_list("intake", "stage", "several").annotate(count=Count("pk"))


def _by_window() -> QuerySet[Any, Any]:
    """People by intake, stage, and whether they have a window: one to come, or one whose results are released."""
    theirs = Sitting.objects.filter(
        enrolment=OuterRef("pk"), window__state__in=[WindowState.SCHEDULED, WindowState.RELEASED]
    )
    deferred = Sitting.everything.filter(enrolment=OuterRef("pk"), state=SittingState.DEFERRED)
    booked = Exists(theirs) | Exists(deferred)  # of those deferred, a line of their own says what waits
    here = Enrolment.objects.filter(withdrawn_at__isnull=True).annotate(has_window=booked).order_by()
    return here.values_list("intake", "stage", "has_window").annotate(count=Count("pk"))


def _left() -> QuerySet[Any, Any]:
    """By intake: who is on their way still, was told a result, has no window to come, and of whom nobody has said what
    comes next instead; and their latest window.
    """
    theirs = Sitting.objects.filter(enrolment=OuterRef("enrolment"))
    told = Outcome.objects.filter(enrolment=OuterRef("enrolment"), released_at__isnull=False)
    later = theirs.filter(window__state=WindowState.RELEASED, opens_at__gt=OuterRef("opens_at"))
    released = Sitting.objects.filter(
        Exists(told),
        ~Exists(later),
        ~next_is_said(),
        ~Exists(theirs.filter(window__state=WindowState.SCHEDULED)),
        window__state=WindowState.RELEASED,
        enrolment__withdrawn_at__isnull=True,
        enrolment__stage__in=queries.ACTIVE_STAGES,
    )
    counts = {"count": Count("enrolment", distinct=True), "latest": Max("window")}
    return released.order_by().values_list("enrolment__intake").annotate(**counts)


_BY_STAGE = PreparedTable(_by_stage, key=())
_BY_ATTEMPTS = PreparedTable(_by_attempts, key=())
_BY_WINDOW = PreparedTable(_by_window, key=())
_LEFT = PreparedTable(_left, key=())


def people_by_stage() -> dict[int, People]:
    """How many people of each intake stand where. One query."""
    found: dict[int, dict[str, int]] = {}
    for intake, stage, count in _BY_STAGE.all():
        found.setdefault(intake, {})[stage] = count
    return {intake: People(stages) for intake, stages in found.items()}


def people_by_attempts() -> dict[int, People]:
    """The same, with how many of them have results of several windows. One query."""
    found: dict[int, People] = {}
    for intake, stage, several, count in _BY_ATTEMPTS.all():
        known = found.get(intake, People())
        stages = {**known.stages, stage: known.stages.get(stage, 0) + count}
        found[intake] = replace(
            known, stages=stages, several={**known.several, stage: count} if several else known.several
        )
    return found


def people_with_windows() -> dict[int, People]:
    """Where the people of each intake stand, and whose assessment needs a decision. Two queries."""
    found: dict[int, People] = {}
    for intake, stage, has_window, count in _BY_WINDOW.all():
        known = found.get(intake, People())
        stages = {**known.stages, stage: known.stages.get(stage, 0) + count}
        waits = stage in queries.ACTIVE_STAGES and not has_window
        found[intake] = replace(known, stages=stages, without=known.without + (count if waits else 0))
    for intake, count, window in _LEFT.all():
        found[intake] = replace(found.get(intake, People()), left=count, window=window)
    return found


def _stopped(since: datetime, on: date) -> QuerySet[Enrolment]:
    found = (
        queries.active().filter(queries.stopped_moving(since=since, on=on)).exclude(version__state="closed")
    )
    named = found.select_related("user", "intake", "standing")
    return named.order_by("standing__updated_at", "pk")[:STILL_SHOWN]


_STOPPED: PreparedRows[Enrolment] = PreparedRows(_stopped, key=(datetime, date))


# --- windows and certificates ------------------------------------------------------------------------
def windows_with_counts(on: date) -> QuerySet[Window]:
    """The windows whose results are not released, with what is open in each."""
    script = {"script__sitting__window": OuterRef("pk"), "script__current": True}
    to_do = Marking.objects.filter(**script, state=MarkingState.ALLOCATED)
    late = to_do.filter(due_on__lt=on)
    gone = to_do.filter(~role_held(Role.MARKER, on=on, user="marker"))
    third = Marking.objects.filter(script=OuterRef("script"), position=3)
    referred = Agreement.objects.filter(~Exists(third), **script, state=AgreementState.REFERRED)
    scripts = Script.objects.filter(
        sitting__window=OuterRef("pk"), current=True, sitting__state=SittingState.HANDED_IN
    )
    talks = Discussion.objects.filter(**script, ending="")
    compared = Comparison.objects.filter(window=OuterRef("pk")).order_by("-at", "-pk")
    plans = PlannedRelease.objects.filter(window=OuterRef("pk")).order_by("-pk")
    found = with_waits(with_facts(Window.objects.filter(state=WindowState.SCHEDULED)))
    return found.annotate(
        sealed_shut=F("case_study__fault"),
        late=count_of(late, "script__sitting__window"),
        gone=count_of(gone, "script__sitting__window"),
        away=count_of(to_do.filter(away_beyond(on)), "script__sitting__window"),
        referred=count_of(referred, "script__sitting__window"),
        discussed=count_of(talks, "script__sitting__window"),
        talks_late=count_of(talks.filter(until_on__lt=on), "script__sitting__window"),
        lacking=count_of(lacking_markers(scripts), "sitting__window"),
        left=count_of(left_to_another(on), "round__window"),
        batches=count_of(
            Batch.objects.filter(round__window=OuterRef("pk"), state="proposed"), "round__window"
        ),
        shifts=count_of(
            Shift.objects.filter(round__window=OuterRef("pk"), state="proposed"), "round__window"
        ),
        arisen=count_of(to_decide(**script), "script__sitting__window"),
        settled=Subquery(compared.values("scripts")[:1]),
        plan_state=Subquery(plans.values("state")[:1]),
        plan_at=Subquery(plans.values("at")[:1]),
        stopped=count_of(Stop.objects.filter(window=OuterRef("pk"), ending=""), "window"),
    ).order_by("opens_on", "pk")


def _unprinted() -> QuerySet[Award]:
    return lacking_font().select_related("outcome__enrolment")[:UNPRINTED_SHOWN]


def _unprintable() -> QuerySet[CertificateName]:
    return naming.lacking_font().select_related("enrolment")[:UNPRINTED_SHOWN]


_WINDOWS: PreparedRows[Window] = PreparedRows(windows_with_counts, key=date)
_UNPRINTED: PreparedRows[Award] = PreparedRows(_unprinted, key=())
_UNPRINTABLE: PreparedRows[CertificateName] = PreparedRows(_unprintable, key=())
