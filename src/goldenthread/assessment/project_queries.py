"""Projects as the rules take them: what a task asks by the specification, and what somebody has put together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import (
    Count,
    Exists,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import access, rules, words
from goldenthread.assessment.models import MarkScheme, Sitting, Window, WindowState
from goldenthread.assessment.project_calendars import calendars_of
from goldenthread.assessment.project_models import (
    BoardRecord,
    Challenge,
    Placement,
    PlacementDay,
    Project,
    ProjectLink,
)
from goldenthread.assessment.rules import calendars, projects
from goldenthread.assessment.rules.policies import counting_in, declarations_in, stated_now
from goldenthread.assessment.rules.school_names import same_school
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.terms import Assessment, ProjectTask
from goldenthread.common import clock
from goldenthread.engagement.models import LedgerEntry, PlannedActivity
from goldenthread.events.models import Attendance, CatchUp
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.intakes.models import Intake
from goldenthread.people.access import Viewer
from goldenthread.people.models import School


# --- what a task asks ----------------------------------------------------------------------------------
def tasks_of(specification: Specification) -> tuple[ProjectTask, ...]:
    """The project tasks of a version in order; none where it is assessed by a case study (S0-12)."""
    return specification.assessment.tasks if specification.assessment.kind == "projects" else ()


def task_of(specification: Specification, key: str) -> ProjectTask:
    """One project task of a version; 404 where it has none of this key."""
    found = next((task for task in tasks_of(specification) if task.key == key), None)
    if found is None:
        raise Http404("No such task.")
    return found


def ask_of(
    specification: Specification, key: str, window: Window | None = None, *, now: Assessment | None = None
) -> projects.Ask:
    """What a task asks, as the rules take it. Word limit, counting and what is declared are those of the hand-in days
    once these are set; before, what the version states, or `now`, with what the office decided beside it for today.
    """
    task = task_of(specification, key)
    policies = window.policies if window else stated_now(now or specification.assessment, key)
    limit = window.word_limit if window else task.max_words.values.value
    return projects.Ask(
        key=task.key,
        title=task.title,
        aims=task.aims,
        parts=tuple(rules.Part(p.key, n, p.title) for n, p in enumerate(task.parts, start=1)),
        min_terms=task.min_terms,
        max_words=limit,
        school=task.school,
        board=task.board,
        board_first=task.board_before_implementation,
        board_feedback=task.board_feedback,
        placement_days=task.placement_working_days,
        dimensions=task.contrast_examples,
        challenge_kinds=task.challenges,
        horizons=task.horizons,
        counting=counting_in(policies),
        declarations=declarations_in(policies),
    )


# --- a project, for who writes it ----------------------------------------------------------------------
def project_of(enrolment: Enrolment, key: str) -> Project | None:
    """Somebody's project for a task with its placement and the number of its files; None until something is saved or
    staff open it. One query: what else belongs to it is loaded by `complete`.
    """
    task_of(enrolment.version.specification, key)
    related = ("enrolment__school", "enrolment__application", "placement__school")
    projects_of = Project.objects.select_related(*related).annotate(file_count=Count("files"))
    found = projects_of.filter(enrolment=enrolment, task=key).order_by("pk").first()
    if found:  # with what was loaded of the enrolment here and where the page began
        enrolment.application, enrolment.school = found.enrolment.application, found.enrolment.school
        found.enrolment = enrolment
    return found


def complete(project: Project) -> Project:
    """The project with boards, days, challenges and actions. Four queries at most; none for what is loaded."""
    challenges = Prefetch(
        "placement__challenges",
        Challenge.objects.select_related("at_school").order_by("pk").prefetch_related("actions"),
    )
    boards = Prefetch("boards", BoardRecord.objects.select_related("at_school"))
    prefetch_related_objects([project], boards, "placement__days", challenges)
    return project


def with_presence(plan: QuerySet[PlannedActivity]) -> QuerySet[PlannedActivity]:
    """Activities of a plan with what the registers and staff say of each: `attended` the whole day, `there` at all,
    `made_up`, and the minutes `credited`. No further query.
    """
    seen = Attendance.objects.filter(
        enrolment=OuterRef("enrolment"), day__activity_key=OuterRef("key"), minutes__gt=0
    ).order_by()
    made_up = CatchUp.objects.filter(enrolment=OuterRef("enrolment"), activity_key=OuterRef("key")).order_by()
    credited = LedgerEntry.objects.filter(activity=OuterRef("pk")).order_by().values("activity")
    return plan.annotate(
        attended=Exists(seen.filter(status="present")),
        there=Exists(seen),
        made_up=Exists(made_up),
        credited=Coalesce(Subquery(credited.annotate(sum=Sum("minutes")).values("sum")), 0),
    )


def opening_of(enrolment: Enrolment, project: Project | None) -> projects.Opening:
    """Whether a plan is open: attendance at the first event, or staff (S1-22). One query at most."""
    return projects.Opening(opened_by_staff=True) if project is not None else event_opening(enrolment)


def event_opening(enrolment: Enrolment) -> projects.Opening:
    """Whether the first event of a plan opens what begins there: somebody was there, or made it up."""
    plan = enrolment.plan.filter(kind__in=EVENT_KINDS).order_by("position")
    first = vars(found) if (found := with_presence(plan).first()) else None
    if first is None:  # a version without events has nothing to wait for
        return projects.Opening(attended=True)
    there = first["there"] or first["made_up"] or first["credited"] > 0
    return projects.Opening(event=first["title"], attended=there)


def window_for(enrolment: Enrolment, key: str) -> Window | None:
    """The hand-in days of a task that count for somebody: the latest of their intake. One query."""
    own = Window.objects.filter(intake=enrolment.intake_id, task=key).exclude(state=WindowState.CANCELLED)
    return own.order_by("-opens_on", "-pk").first()


def sitting_of(enrolment: Enrolment, window: Window | None) -> Sitting | None:
    """Somebody's place in the hand-in days of a task, with the window."""
    if window is None:
        return None
    found = Sitting.objects.select_related("window", "enrolment__user")
    return found.filter(window=window, enrolment=enrolment).first()


def place_of(enrolment: Enrolment, key: str) -> tuple[Window | None, Sitting | None, bool]:
    """The hand-in days that count for somebody, as `window_for`, their place in them, and whether they have passed.

    One query; one more where no days are set.
    """
    own = Window.objects.filter(intake=enrolment.intake_id, task=key).exclude(state=WindowState.CANCELLED)
    mine = FilteredRelation("sittings", condition=Q(sittings__enrolment=enrolment.pk))
    own = own.annotate(mine=mine, passed=Exists(passed(key).filter(pk=enrolment.pk))).select_related("mine")  # type: ignore[misc]
    found = own.order_by("-opens_on", "-pk").first()
    sitting: Sitting | None = getattr(found, "mine", None)
    if found is not None and sitting is not None:
        sitting.window, sitting.enrolment = found, enrolment
    done = bool(vars(found)["passed"]) if found is not None else has_passed(enrolment, key)
    return found, sitting, done


def passed(key: str) -> QuerySet[Enrolment]:
    """The enrolments whose task of this key is passed.

    What counts is the latest released outcome in each of somebody's hand-in days: a pass that was corrected is none,
    and a later attempt takes no pass away.
    """
    released = {"outcomes__task": key, "outcomes__released_at__isnull": False}
    later = Enrolment.objects.filter(
        pk=OuterRef("pk"),
        outcomes__window=OuterRef("outcomes__window"),
        outcomes__number__gt=OuterRef("outcomes__number"),
        **released,
    )
    # In one filter, so that both speak of the same outcome.
    return Enrolment.objects.filter(
        ~Exists(later.order_by()), outcomes__result="passed", **released
    ).order_by()


def has_passed(enrolment: Enrolment, key: str) -> bool:
    """Whether somebody has passed a task. One query."""
    return passed(key).filter(pk=enrolment.pk).exists()


def is_locked(sitting: Sitting | None, *, at: datetime) -> bool:
    """Whether what was handed in is with the markers: something is in, and the hand-in days are over."""
    return sitting is not None and sitting.state == "handed_in" and at > sitting.closes_at


def words_in(texts: Mapping[str, str], ask: projects.Ask) -> int:
    """The words of an account as its task counts them."""
    return words.count_parts(list(texts.values())).leaving_out(ask.counting.not_counted).total


# --- what was put together -------------------------------------------------------------------------------
def made_of(
    project: Project, texts: dict[str, str] | None = None, *, ask: projects.Ask, at: datetime
) -> projects.Made:
    """A project as the rules take it at an instant; `texts` are those of a form, instead of the account as kept."""
    account = dict(project.account) if texts is None else texts
    placement = getattr(project, "placement", None)
    schools = (project.enrolment.school, placement.school if placement else None)
    own, there = calendars_of(*schools, market=project.enrolment.version.market)
    return projects.Made(
        texts=account,
        words=words_in(account, ask),
        aims=tuple(project.aims),
        starts_on=project.starts_on,
        implementation_on=project.implementation_on,
        ends_on=project.ends_on,
        boards=boards_of(project),
        placement=placement_of(placement, project.enrolment, there) if placement else projects.Placement(),
        calendar=own,
        on=clock.day_of(at, project.enrolment.zone),
    )


def boards_of(project: Project) -> tuple[projects.Board, ...]:
    """The presentations to boards, as the rules take them: those of former placement schools say so."""
    placement = getattr(project, "placement", None)
    return tuple(
        projects.Board(one.school, one.presented_on, one.feedback, former_of(one, placement))
        for one in project.boards.all()
    )


def board_record(project: Project, school: str) -> BoardRecord | None:
    """The presentation that counts for a school, "home" or "placement": not that of a former placement school."""
    placement = getattr(project, "placement", None)
    own = (one for one in project.boards.all() if one.school == school)
    return next((one for one in own if not former_of(one, placement)), None)


def former_of(one: BoardRecord | Challenge | ProjectLink, placement: Placement | None) -> str:
    """The name of the former placement school that something is of; "" for what counts now."""
    if isinstance(one, BoardRecord) and one.school == "home":
        return ""
    if isinstance(one, ProjectLink) and not one.of_placement:
        return ""
    return "" if one.is_at(placement) else one.at_name or "a school without a name"


def logged(days: Iterable[PlacementDay]) -> tuple[calendars.LoggedDay, ...]:
    """The days of a placement's log, as the rules take them."""
    return tuple(calendars.LoggedDay(day.on, day.half, day.confirmed_at is not None) for day in days)


def placement_of(
    placement: Placement, enrolment: Enrolment, calendar: calendars.Calendar
) -> projects.Placement:
    """A placement as the rules take it, with the calendar of its school."""
    return projects.Placement(
        school=placement.school_name,
        home=is_home(placement.school, placement.school_text, enrolment),
        dimensions=tuple(placement.dimensions),
        statement=placement.statement,
        state=placement.state,
        days=logged(placement.days.all()),
        challenges=tuple(
            projects.Challenge(
                one.kind,
                one.horizon,
                one.text,
                tuple(a.text for a in one.actions.all()),
                former_of(one, placement),
            )
            for one in placement.challenges.all()
        ),
        calendar=calendar,
    )


def is_home(school: School | None, school_text: str, enrolment: Enrolment) -> bool:
    """Whether a school is the person's own: the same in the register, or of the same name where it isn't in it."""
    if school is not None and enrolment.school_id is not None:  # two entries of the register are two schools
        return enrolment.school_id == school.pk
    own = enrolment.school.name if enrolment.school else enrolment.application.school_name
    return same_school(school.name if school else school_text, own)


def is_same_place(placement: Placement, school: School | None, school_text: str) -> bool:
    """Whether somebody stays at their placement school: the same in the register, or of the same name where one of the
    two isn't in it. Where no school was named yet nothing is left behind."""
    if not placement.school_name:
        return True
    if school is not None and placement.school_id is not None:
        return placement.school_id == school.pk
    return same_school(school.name if school else school_text, placement.school_name)


def get_sent_link_for(user: Any, key: str, link_id: int) -> ProjectLink:
    """A link that this person has sent for a task, of whichever of their enrolments; 404 for others. One query."""
    found = ProjectLink.objects.filter(project__enrolment__user=user, project__task=key)
    link = found.select_related("project__enrolment").filter(pk=link_id).first()
    if link is None:
        raise Http404("No such link.")
    return link


# --- for the office --------------------------------------------------------------------------------------
def placements_for(viewer: Viewer) -> QuerySet[Placement]:
    """Placements that wait for a decision, the longest first; 404 for who isn't the office. One query."""
    if not access.may_schedule(viewer):
        raise Http404
    asked = Placement.objects.filter(state="asked").select_related(
        "school", "project__enrolment__user", "project__enrolment__school",
        "project__enrolment__version__programme", "project__enrolment__application",
    )  # fmt: skip
    return asked.defer("project__enrolment__version__document").order_by("asked_at", "pk")


def get_placement_for(viewer: Viewer, placement_id: int) -> Placement:
    """One placement that was asked for or decided, for the office."""
    if not access.may_schedule(viewer):
        raise Http404
    found = Placement.objects.select_related(
        "school", "decided_by", "project__enrolment__user", "project__enrolment__school",
        "project__enrolment__application", "project__enrolment__version__programme",
    ).exclude(state="")  # fmt: skip
    placement = found.filter(pk=placement_id).first()
    if placement is None:
        raise Http404("No such placement.")
    return placement


def answers_of(project: Project) -> list[ProjectLink]:
    """What boards, hosts and sponsors have answered about a project, the latest first. One query."""
    answered = project.links.filter(answered_at__isnull=False).select_related("at_school")
    return list(answered.order_by("-answered_at", "-pk"))


def has_place(window: Window, user: Any) -> bool:
    """Whether somebody is to hand in within these days themselves. One query."""
    return Sitting.everything.filter(window=window, enrolment__user=user).exists()


def get_task_window_for(viewer: Viewer, window_id: int) -> Window:
    """The hand-in days of a project task, with how many are booked and have handed in, for the office."""
    if not access.may_schedule(viewer):
        raise Http404
    found = Window.objects.exclude(task="").select_related("intake__version__programme", "scheme")
    counted = found.annotate(
        booked=Count("sittings"), handed_in=Count("sittings", filter=Q(sittings__state="handed_in"))
    )
    window = counted.filter(pk=window_id).first()
    if window is None:
        raise Http404("No such hand-in days.")
    return window


def project_intakes_for(viewer: Viewer) -> list[Intake]:
    """The intakes whose version is assessed by projects, the latest first. Two queries."""
    if not access.may_schedule(viewer):
        raise Http404
    keys = [one.pk for one in ProgrammeVersion.objects.order_by("pk") if tasks_of(one.specification)]
    return list(
        Intake.objects.filter(version__in=keys)
        .select_related("version__programme")
        .order_by("-starts_on", "pk")
    )


def schemes_for(version: ProgrammeVersion, key: str = "") -> Sequence[MarkScheme]:
    """The mark schemes of a version's tasks, or of one, the latest first."""
    found = MarkScheme.objects.filter(of=version).prefetch_related("points")
    return list((found.filter(task=key) if key else found).order_by("task", "-pk"))
