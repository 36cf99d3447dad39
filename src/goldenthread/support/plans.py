"""Support plans: for their participant, their supporter and the office; who may support; which window comes next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.http import Http404

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import attempts
from goldenthread.assessment.dated_policies import assessment_on
from goldenthread.assessment.models import MarkPoint, Sitting, Window, WindowState
from goldenthread.assessment.project_queries import tasks_of
from goldenthread.assessment.rules.attempts import Standing
from goldenthread.coaching.models import Pairing
from goldenthread.groups.models import GroupPlace
from goldenthread.marking.agreement_rules import half_marks_by_point
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.outcomes.achievement import Facts, last_useful_day
from goldenthread.outcomes.achieving import asked_of
from goldenthread.outcomes.attempts import fell_short, last_attempts
from goldenthread.outcomes.models import Extension, Outcome
from goldenthread.people.access import Viewer, role_held
from goldenthread.people.models import Role, User
from goldenthread.support import plan_rules as rules
from goldenthread.support.models import PlanContact, PlanItem, SupportPlan
from goldenthread.support.plan_rules import Ending

TEACHING = (Role.COACH, Role.TUTOR, Role.FACILITATOR)  # in the order in which they are asked to support
SHOWN = ("open", "nobody", "late", "closed")


# --- who supports ----------------------------------------------------------------------------------------
def supporters_of(enrolments: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """Who teaches each of these now, as (person, role): coach first, then tutors, then facilitators. One query."""
    found: dict[int, list[tuple[int, str]]] = {}
    chosen = list(enrolments)
    pairs = Pairing.objects.filter(enrolment__in=chosen, until__isnull=True, coach__is_active=True).order_by()
    places = GroupPlace.objects.filter(
        enrolment__in=chosen,
        until__isnull=True,
        group__staff__until__isnull=True,
        group__staff__user__is_active=True,
    ).order_by()
    coaches = pairs.values_list("enrolment", "coach", Value(Role.COACH.value), "pk")
    staff = places.values_list("enrolment", "group__staff__user", "group__staff__role", "group__staff")
    rank = {role.value: place for place, role in enumerate(TEACHING)}
    for enrolment, user, role, _ in sorted(
        coaches.union(staff, all=True), key=lambda row: (row[0], rank.get(row[2], 9), row[3])
    ):
        if (user, role) not in found.setdefault(enrolment, []):
            found[enrolment].append((user, role))
    return found


def first_supporters(people: Mapping[int, Enrolment]) -> dict[int, tuple[int | None, str]]:
    """Who is asked first to support each of these enrolments, by id, with the role: never themselves, and (None, "")
    where nobody teaches them. One query.
    """
    teaching = supporters_of(people)
    return {
        pk: next((pair for pair in teaching.get(pk, []) if pair[0] != one.user_id), (None, ""))
        for pk, one in people.items()
    }


def may_support(enrolment: Enrolment, *, on: date) -> list[tuple[User, str]]:
    """Who can be named as a supporter, with the role: who teaches them now, then the office; never themselves."""
    taught = supporters_of([enrolment.pk]).get(enrolment.pk, [])
    roles: dict[int, str] = {}
    for user, role in taught:
        roles.setdefault(user, role)
    office = role_held(Role.OFFICE, on=on, user="pk")
    people = User.objects.filter(office | Q(pk__in=roles), is_active=True).exclude(pk=enrolment.user_id)
    found = people.order_by("name", "pk")
    return sorted(
        ((one, roles.get(one.pk, Role.OFFICE.value)) for one in found),
        key=lambda pair: pair[1] == Role.OFFICE,
    )


# --- lists -----------------------------------------------------------------------------------------------
def _late(on: date) -> Q:
    return Q(due_on__lt=on) | Q(first_contact_by__lt=on, contacted=False)


def _all() -> QuerySet[SupportPlan]:
    contacted = Exists(PlanContact.objects.filter(plan=OuterRef("pk")).order_by())
    counts = {
        "to_do": Count("items", filter=Q(items__dropped_at__isnull=True)),
        "ticked": Count("items", filter=Q(items__dropped_at__isnull=True, items__done_at__isnull=False)),
    }
    longest = Extension.objects.filter(enrolment=OuterRef("enrolment")).order_by("-until").values("until")[:1]
    found = SupportPlan.objects.annotate(contacted=contacted, longer_until=Subquery(longest), **counts)
    return found.select_related(
        "enrolment__user",
        "enrolment__intake",
        "enrolment__version__programme",
        "outcome",
        "owner",
        "ended_by",
    ).defer("enrolment__version__document")


def plans_for(viewer: Viewer, show: str = "open", *, on: date) -> QuerySet[SupportPlan]:
    """The office's plans: open, without a supporter, late, or closed; with how many items there are and are ticked, and
    whether there was a contact. One query, whatever their number.
    """
    if not viewer.is_office:
        raise Http404
    found = _all().exclude(enrolment__user=viewer.user)
    if show == "closed":
        return found.exclude(ending="").order_by("-ended_at", "-pk")
    found = found.filter(ending="")
    if show == "nobody":
        found = found.filter(owner__isnull=True)
    if show == "late":
        found = found.filter(_late(on))
    return found.order_by("due_on", "pk")


def counts(*, on: date) -> dict[str, int]:
    """How many plans are open, without a supporter, and late: for tabs and the desk. One query."""
    found = SupportPlan.objects.filter(ending="").order_by()
    contacted = Exists(PlanContact.objects.filter(plan=OuterRef("pk")).order_by())
    return found.annotate(contacted=contacted).aggregate(
        open=Count("pk"),
        nobody=Count("pk", filter=Q(owner__isnull=True)),
        late=Count("pk", filter=_late(on)),
    )


def open_plans(show: str, *, on: date) -> QuerySet[Any]:
    """The open plans without a supporter ("nobody") or late ("late"), or those put off until a day that has come and
    after which nothing has begun ("over"); for counts that the office's desk joins.
    """
    if show == "over":
        newer = SupportPlan.objects.filter(
            enrolment=OuterRef("enrolment"), started_at__gt=OuterRef("started_at")
        )
        short = last_attempts().filter(enrolment=OuterRef("enrolment")).order_by()
        over = SupportPlan.objects.filter(ending=Ending.DEFERRED, deferred_until__lte=on)
        over = over.filter(~Exists(newer.order_by()), Exists(short), enrolment__withdrawn_at__isnull=True)
        return over.exclude(enrolment__stage__in=HAD_AWARD).order_by()
    contacted = Exists(PlanContact.objects.filter(plan=OuterRef("pk")).order_by())
    found = SupportPlan.objects.filter(ending="").annotate(contacted=contacted).order_by()
    return found.filter(owner__isnull=True) if show == "nobody" else found.filter(_late(on))


def without_plan(*, on: date, since: date | None = None) -> QuerySet[Outcome]:
    """The results that count, fell short and have no plan: those from before there were plans, and those whose deferral
    is over on this day; of results released `since` a day. Whoever has withdrawn or holds the award has none to get.
    """
    ended = Q(ending__in=[Ending.DECLINED, Ending.WITHDRAWN]) | Q(
        ending=Ending.DEFERRED, deferred_until__gt=on
    )
    covered = SupportPlan.objects.filter(
        Q(ending="") | (ended & Q(ended_at__gte=OuterRef("released_at"))), enrolment=OuterRef("enrolment")
    )
    found = last_attempts().filter(~Exists(covered.order_by()), enrolment__withdrawn_at__isnull=True)
    if since is not None:
        found = found.filter(released_at__gte=datetime.combine(since, time(), ZoneInfo(settings.TIME_ZONE)))
    return found.exclude(enrolment__stage__in=HAD_AWARD).order_by("-released_at", "-pk")


def missing_for(viewer: Viewer, *, on: date, since: date | None = None) -> QuerySet[Outcome]:
    """The results without a plan, the latest first, for the office; 404 for everybody else. One query."""
    if not viewer.is_office:
        raise Http404
    found = without_plan(on=on, since=since).exclude(enrolment__user=viewer.user)
    people = ("enrolment__user", "enrolment__intake", "enrolment__version__programme")
    return found.select_related(*people).defer("enrolment__version__document")


def deferrals_of(enrolments: Iterable[int]) -> dict[int, date]:
    """Until which day the last plan of each of these was put off, where one was. One query."""
    found = SupportPlan.objects.filter(enrolment__in=list(enrolments), deferred_until__isnull=False)
    rows = found.order_by("started_at", "pk").values_list("enrolment", "deferred_until")
    return {enrolment: until for enrolment, until in rows if until is not None}


def supports_now(*, on: date) -> Q:
    """For a query of plans: whether the supporter is still somebody who may be one: of the office, or teaching the
    participant in the role in which they were named.
    """
    office = Q(owner_role=Role.OFFICE) & Q(role_held(Role.OFFICE, on=on, user="owner"))
    return Q(owner__is_active=True) & (office | _teaches())


def _teaches() -> Q:
    pairs = Pairing.objects.filter(
        enrolment=OuterRef("enrolment"), coach=OuterRef("owner"), until__isnull=True
    )
    staff = GroupPlace.objects.filter(
        enrolment=OuterRef("enrolment"),
        until__isnull=True,
        group__staff__user=OuterRef("owner"),
        group__staff__role=OuterRef("owner_role"),
        group__staff__until__isnull=True,
    )
    coach = Q(owner_role=Role.COACH) & Q(Exists(pairs.order_by()))
    return coach | Q(Exists(staff.order_by()))


def plans_supported_by(viewer: Viewer) -> QuerySet[SupportPlan]:
    """The open plans whose supporter somebody is by a teaching role that they hold, of people whom they teach; one
    query.
    """
    return (
        _all()
        .filter(_teaches(), owner=viewer.user, owner_role__in=viewer.held(*TEACHING), ending="")
        .order_by("due_on", "pk")
    )


def get_plan_for(viewer: Viewer, plan_id: int) -> SupportPlan:
    """A plan for the office; 404 for everybody else, and for whose own it is."""
    found = _all().defer(None).filter(pk=plan_id).first()
    if found is None or not viewer.is_office or found.enrolment.user_id == viewer.user.pk:
        raise Http404("No such plan.")
    return found


def get_supported_plan_for(viewer: Viewer, plan_id: int) -> SupportPlan:
    """A plan, open or closed, for its supporter while they hold the role and teach the participant; 404 for everybody
    else.
    """
    found = (
        _all()
        .defer(None)
        .filter(
            _teaches(),
            pk=plan_id,
            owner=viewer.user,
            owner_role__in=viewer.held(*TEACHING),
        )
        .first()
    )
    if found is None:
        raise Http404("No such plan.")
    return found


def own_plan(enrolment: Enrolment) -> SupportPlan | None:
    """The plan of somebody's own enrolment: the open one, else the one that ended last. One query."""
    found = _all().filter(enrolment=enrolment)
    return found.order_by(F("ended_at").desc(nulls_first=True), "-pk").first()


def get_own_item(user: Any, item_id: int) -> PlanItem:
    """An item of one's own plan; 404 for everybody else."""
    found = PlanItem.objects.select_related("plan__enrolment").filter(pk=item_id, plan__enrolment__user=user)
    one = found.filter(dropped_at__isnull=True).first()
    if one is None:
        raise Http404("No such item.")
    return one


# --- one plan --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Outlook:
    """The window that is suggested next, whether they are entered for it, and by when to hand in; of a project's
    `task`, or "" for the qualification.
    """

    window: Window | None
    entered: bool
    hand_in_by: date | None
    last_useful: date | None
    over: bool = False  # the day by which to hand in
    task: str = ""  # its title
    tried: Standing | None = None  # what their attempts come to, where a policy counts
    on: date | None = None

    @property
    def used_up(self) -> bool:
        """Whether no window can come next by the policy of attempts."""
        return bool(self.window is None and self.tried and self.on and self.tried.is_used_up(self.on))

    @property
    def ends_late(self) -> bool:
        """Whether the window that they are entered for ends after the last useful day."""
        return self.entered and bool(
            self.last_useful and self.hand_in_by and self.last_useful < self.hand_in_by
        )


def outlooks_of(plan: SupportPlan, *, on: date) -> list[Outlook]:
    """Which window comes next for each task that the plan is about, in the order of their results, and the last useful
    day to hand in. Of the case study none is suggested that would be an attempt too many, or too late for one. Three
    queries; four where the version has a last day or a policy of attempts, however many tasks fell short.
    """
    enrolment, specification = plan.enrolment, plan.enrolment.version.specification
    asked = asked_of(specification)
    last = (
        last_useful_day(asked, Facts(enrolment.starts_on, (), extended_to=_longer(plan))) if asked else None
    )
    short = [] if plan.ending else short_of(plan)
    tasks = list(dict.fromkeys(one.task for one in short)) or [plan.outcome.task if plan.outcome else ""]
    tasks = [one for one in tasks if one] or tasks  # what the checklist came to has no days of its own
    titles = {one.key: one.title for one in tasks_of(specification)}
    booked = Sitting.objects.filter(enrolment=enrolment, window=OuterRef("pk")).order_by()
    windows = list(windows_ahead(enrolment.version_id, tasks, on=on).annotate(booked=Exists(booked)))
    found = []
    for task in tasks:
        own: Sequence[Window] = [one for one in windows if one.task == task]
        tried = None
        if not task and not titles:
            own, tried = _tried(enrolment, own, on=on)
        found.append(_outlook(own, last, titles.get(task, ""), tried, on=on))
    return found


def _tried(
    enrolment: Enrolment, windows: Sequence[Window], *, on: date
) -> tuple[Sequence[Window], Standing | None]:
    """The windows of the case study that the policy of attempts leaves somebody, and what their attempts come to for
    the first that lies ahead, or for a day; None where no policy counts. One query where one does.
    """
    if not any(
        assessment_on(enrolment.version, day).attempts for day in (on, *(w.opens_on for w in windows))
    ):
        return windows, None
    tried = attempts.tried_by(enrolment)
    left = [one for one in windows if vars(one)["booked"] or not attempts.is_beyond(enrolment, tried, one)]
    return left, attempts.standing_on(enrolment, tried, windows[0].opens_on if windows else on)


def _longer(plan: SupportPlan) -> date | None:
    """Until when a decision lets the pass come. No query where the plan was loaded for a page, else one."""
    decided = Extension.objects.filter(enrolment=plan.enrolment_id)
    known = vars(plan)
    longest: date | None = (
        known["longer_until"] if "longer_until" in known else decided.aggregate(day=Max("until"))["day"]
    )
    return longest


def _outlook(
    windows: Sequence[Window], last: date | None, task: str, tried: Standing | None, *, on: date
) -> Outlook:
    """One task's, from its windows, the first one first, each with `booked`."""
    mine = next((one for one in windows if vars(one)["booked"]), None)
    if mine is not None:
        return Outlook(mine, True, ahead(mine).last_day, last, task=task)
    found = rules.next_window(map(ahead, windows), on=on, last_useful=last)
    by = rules.hand_in_by(found, last)
    window = next((one for one in windows if found and one.pk == found.window), None)
    return Outlook(window, False, by, last, by is not None and by < on, task, tried, on)


def windows_ahead(version_id: int, tasks: Sequence[str], *, on: date) -> QuerySet[Window]:
    """The windows of a version, or the hand-in days of its tasks, that begin after a day. One query."""
    found = Window.objects.filter(
        intake__version=version_id, task__in=tasks, state=WindowState.SCHEDULED, opens_on__gt=on
    )
    return found.select_related("intake").order_by("opens_on", "pk")


def ahead(window: Window) -> rules.Ahead:
    """A window as the rules take it."""
    return rules.Ahead(window.pk, window.opens_on, window.opens_on + timedelta(days=window.days - 1))


def items_of(plan: SupportPlan) -> list[PlanItem]:
    """The items of a plan in order, dropped ones left out."""
    return list(plan.items.filter(dropped_at__isnull=True).select_related("added_by").order_by("pk"))


def contacts_of(plan: SupportPlan) -> list[PlanContact]:
    """The contacts of a plan, the latest first, with who logged them."""
    return list(plan.contacts.select_related("by").order_by("-held_on", "-pk"))


def still_short(open_plans: Sequence[SupportPlan], further: Iterable[Outcome] = ()) -> dict[int, Outcome]:
    """Of these open plans those that are about a result which still isn't passed, each with the latest of these; with
    `further` results that may not be written yet. Two queries for any number of plans.
    """
    return {plan: short[-1] for plan, short in _short(open_plans, further).items()}


def short_of(plan: SupportPlan) -> list[Outcome]:
    """The results that an open plan is about and that still aren't passed, the first released first. Two queries."""
    return _short([plan]).get(plan.pk, [])


def _short(open_plans: Sequence[SupportPlan], further: Iterable[Outcome] = ()) -> dict[int, list[Outcome]]:
    """A plan is about whatever fell short since the plan before it ended: several tasks of a project may be in one."""
    by_enrolment = {one.enrolment_id: one for one in open_plans}
    ended = SupportPlan.objects.filter(enrolment__in=by_enrolment).exclude(ending="").order_by()
    before = dict(ended.values_list("enrolment").annotate(last=Max("ended_at")))
    found: dict[int, list[Outcome]] = {}
    for one in fell_short(by_enrolment, further):
        plan, last = by_enrolment[one.enrolment_id], before.get(one.enrolment_id)
        if last is None or one.released_at is None or one.released_at > last or one.pk == plan.outcome_id:
            found.setdefault(plan.pk, []).append(one)
    return found


# --- what a plan begins with -----------------------------------------------------------------------------
def first_items(outcomes: Sequence[Outcome]) -> Mapping[int, list[rules.Item]]:
    """What plans begin with, by outcome: steps for missed conditions, and weak areas by the marks of their points.

    Three queries for each window, however many results there are.
    """
    found: dict[int, list[rules.Item]] = {}
    by_window: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        by_window.setdefault(outcome.window_id, []).append(outcome)
    for window_id, some in by_window.items():
        points, needed = _points(window_id)
        given = _markings(window_id, [one.enrolment_id for one in some])
        for one in some:
            marked = one.half_marks_learn_that is not None
            earned = half_marks_by_point(*given.get(one.enrolment_id, ({}, ""))) if marked else {}
            scored = [
                rules.Scored(area, earned[number], 2 * most)
                for number, (area, most) in points.items()
                if number in earned
            ]
            weak = rules.weak_areas(scored, needed=needed)
            found[one.pk] = rules.items_of(one.conditions, weak, marked=marked)
    return found


def _points(window_id: int) -> tuple[dict[int, tuple[str, int]], Fraction]:
    """The points of a window's mark scheme with area and maximum, and the share that passing asks."""
    window = (
        Window.objects.select_related("case_study__scheme", "scheme")
        .defer("case_study__sealed", "case_study__scheme__sealed")
        .get(pk=window_id)
    )
    scheme = window.mark_scheme
    if scheme is None:
        return {}, Fraction(1)
    rows = MarkPoint.objects.filter(scheme=scheme).order_by("number")
    named = rows.values_list("number", "statement__area__name", "criterion", "maximum")
    points = {number: (area or criterion, most) for number, area, criterion, most in named}
    total = sum(most for _, most in points.values())
    return points, Fraction(scheme.pass_mark, total) if total else Fraction(1)


Given = dict[int, dict[int, int]]  # marks by position and point


def _markings(window_id: int, enrolments: Sequence[int]) -> dict[int, tuple[Given, str | None]]:
    """By enrolment the submitted marks of these people's scripts, as they stand, by position and point; and which of
    them the agreement is made of.
    """
    rows = Marking.objects.filter(
        script__sitting__window=window_id, script__sitting__enrolment__in=enrolments, script__current=True,
        state=MarkingState.SUBMITTED, position__lt=FIRST_REMARK,
    ).order_by("pk")  # fmt: skip
    found: dict[int, tuple[Given, str | None]] = {}
    named = rows.values_list(
        "script__sitting__enrolment", "position", "marks", "revised", "script__agreement__standing"
    )
    for enrolment, position, first, revised, standing in named:
        marks = first if revised is None else revised
        given, _ = found.setdefault(enrolment, ({}, standing))
        given[position] = {int(point): mark for point, mark in marks.items()}
    return found
