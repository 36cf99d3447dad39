"""Intakes and their groups as the office sets them up: who has a place, who has a coach, who may work there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.http import Http404

from goldenthread.applications.models import Application, ApplicationState, Enrolment, Stage
from goldenthread.assessment.models import Window
from goldenthread.catalogue.rules import add_months, dates, pass_deadline, window_bounds
from goldenthread.coaching import actions as coaching
from goldenthread.coaching.models import Pairing
from goldenthread.common.refused import Refused
from goldenthread.engagement.outline import INDUCTION_DAYS, PlanItem
from goldenthread.events import actions as events
from goldenthread.events.models import EventDay
from goldenthread.events.queries import events_of
from goldenthread.events.rules import suggested_days
from goldenthread.groups import rules as group_rules
from goldenthread.groups.models import Group, GroupPlace, GroupStaff
from goldenthread.groups.rules import STAFF_ROLES
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.intakes.rules import deadline, opening
from goldenthread.outcomes.windows import with_facts
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User
from goldenthread.web.office.access import office_only
from goldenthread.web.office.shelf import Choice, choices_of
from goldenthread.web.office.stages import Shown, shown_all
from goldenthread.web.shared.versions import Version, name_of

ACTIVE_STAGES = (Stage.INDUCTION, Stage.DEVELOPMENT, Stage.ASSESSMENT)
STAGE_NAMES = (
    (Stage.INDUCTION, "Induction"),
    (Stage.DEVELOPMENT, "Development"),
    (Stage.ASSESSMENT, "Assessment"),
    (Stage.AWARDED, "Awarded"),
    (Stage.REVOKED, "Award revoked"),
    (Stage.NOT_ACHIEVED, "Not achieved"),
)
MOST_SHOWN = 100  # people without a group or a coach that a page lists; the rest follow once these are placed
MONTHS_UNKNOWN = 12
CURRENT = Q(until__isnull=True)
KIND_NAMES = {
    "event": "Events",
    "webinar": "Webinars",
    "briefing": "Online briefings",
    "fortnight": "Two-week windows",
}


# --- loading is authorising ----------------------------------------------------------------------------
def get_intake_for(viewer: Viewer, intake_id: int) -> Intake:
    """An intake with its version and how many applications wait, for the office alone."""
    office_only(viewer)
    waiting = Count("applications", filter=Q(applications__state=ApplicationState.SUBMITTED))
    found = (
        Intake.objects.select_related("version__programme")
        .annotate(waiting=waiting)
        .filter(pk=intake_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def get_group_for(viewer: Viewer, group_id: int) -> Group:
    """A group with its intake and how many have a place, for the office alone."""
    office_only(viewer)
    found = (
        Group.objects.select_related("intake__version__programme", "partner")
        .annotate(taken=_taken())
        .filter(pk=group_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def get_member_for(viewer: Viewer, member_id: int) -> GroupStaff:
    """Somebody's work with a group, for the office alone."""
    office_only(viewer)
    found = GroupStaff.objects.select_related("group", "user").filter(pk=member_id).first()
    if found is None:
        raise Http404
    return found


def get_group_day_for(viewer: Viewer, day_id: int) -> EventDay:
    """A day of any group with how many are on its register, for the office alone."""
    office_only(viewer)
    days = EventDay.objects.select_related("group__intake__version__programme")
    found = days.annotate(recorded=Count("attendances")).filter(pk=day_id).first()
    if found is None:
        raise Http404
    return found


# --- intakes -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class IntakeLine:
    """One intake in a list: what is on offer, what is taken, how many stand where."""

    intake: Intake
    name: str
    months: int | None
    waiting: int
    stages: dict[str, int]
    on: datetime

    @property
    def revoked(self) -> int:
        return self.stages.get(Stage.REVOKED, 0)

    @property
    def taken(self) -> int:
        return sum(self.stages.values())

    @property
    def state(self) -> tuple[str, str]:
        """The kind of its tag, and the word."""
        return state_of(self.intake, months=self.months, stages=self.stages, at=self.on)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Label, stage and number of people, in the order of the journey."""
        return [(label, str(stage.value), self.stages.get(stage, 0)) for stage, label in STAGE_NAMES]


def state_of(intake: Intake, *, months: int | None, stages: dict[str, int], at: datetime) -> tuple[str, str]:
    """Where an intake stands at an instant: the kind of tag, and the word for people."""
    if at < opening(intake.applications_open_on, intake.zone):
        return "plain", "Opens later"
    if at < deadline(intake.applications_close_on, intake.zone):
        return "now", "Open for applications"
    today = at.astimezone(ZoneInfo(intake.zone)).date()
    if today < intake.starts_on:
        return "waiting", "Applications closed"
    underway = any(stages.get(stage) for stage in ACTIVE_STAGES)
    over = today >= add_months(intake.starts_on, months or MONTHS_UNKNOWN)
    return ("plain", "Finished") if not underway and (over or any(stages.values())) else ("todo", "Running")


def intakes_for(viewer: Viewer, *, programme: str = "") -> QuerySet[Intake]:
    """Every intake, the latest start first, of one programme or of all; for the office alone."""
    office_only(viewer)
    found = Intake.objects.order_by("-starts_on", "version__programme__position", "pk")
    return found.filter(version__programme__code=programme) if programme else found


def lines_of(intakes: Iterable[Intake], versions: dict[int, Version], *, at: datetime) -> list[IntakeLine]:
    """The intakes given, with their counts. Two queries."""
    rows = list(intakes)
    keys = [intake.pk for intake in rows]
    applied = Application.objects.filter(intake__in=keys, state=ApplicationState.SUBMITTED).order_by()
    waiting = dict(applied.values_list("intake").annotate(number=Count("pk")))
    people, lines = _stages(keys), []
    for one in rows:
        version = versions[one.version_id]
        months = version.specification.duration_months.value
        counts = waiting.get(one.pk, 0), people.get(one.pk, {})
        lines.append(IntakeLine(one, version.name, months, *counts, at))
    return lines


def line_of(intake: Any, *, at: datetime) -> IntakeLine:
    """One intake, as `get_intake_for` gives it, with its counts. One query."""
    months = intake.version.specification.duration_months.value
    stages = _stages([intake.pk]).get(intake.pk, {})
    return IntakeLine(intake, name_of(intake.version), months, intake.waiting, stages, at)


def _stages(intakes: list[int]) -> dict[int, dict[str, int]]:
    """How many people who have not withdrawn stand where, by intake."""
    enrolled = Enrolment.objects.filter(intake__in=intakes, withdrawn_at__isnull=True).order_by()
    people: dict[int, dict[str, int]] = {}
    for pk, stage, number in enrolled.values_list("intake", "stage").annotate(number=Count("pk")):
        people.setdefault(pk, {})[stage] = number
    return people


def suggested_start(today: date) -> date:
    """The first Monday of the next January or September that leaves two months for applications."""
    starts = [date(today.year + more, month, 1) for more in (0, 1) for month in (1, 9)]
    first = next(day for day in starts if day >= today + timedelta(days=60))
    return first + timedelta(days=(7 - first.weekday()) % 7)


def choices_for(intake: Intake) -> list[Choice]:
    """What somebody has to rule for this intake, with what was ruled. One query."""
    ruled: dict[str, Ruling] = {one.rule: one for one in intake.rulings.select_related("chosen_by")}
    return [Choice(rule, name, ruled.get(rule)) for rule, name in choices_of(intake.version.specification)]


def windows_of(intake: Intake, *, at: datetime) -> list[Shown]:
    """The intake's windows with where they stand, the earliest first. One query."""
    found = with_facts(Window.objects.filter(intake=intake)).order_by("opens_on", "pk")
    return shown_all(found, at=at)


# --- groups and their people ---------------------------------------------------------------------------
def _taken() -> Count:
    return Count("places", filter=Q(places__until__isnull=True), distinct=True)


def groups_in(intake: Intake) -> list[Group]:
    """The groups of an intake by name, with places taken, and how many days from when to when. One query."""
    return list(
        intake.groups.select_related("partner")
        .annotate(
            taken=_taken(),
            day_count=Count("days", distinct=True),
            first_day=Min("days__starts_at"),
            last_day=Max("days__starts_at"),
        )
        .order_by("name", "pk")
    )


def _without(related: type[GroupPlace] | type[Pairing]) -> Any:
    return ~Exists(related.objects.filter(CURRENT, enrolment=OuterRef("pk")))


@dataclass(frozen=True)
class PlannedDay:
    """A day that follows from the start of an intake by its version; None where the sources give no length.

    `derived`: the specification says that a length behind it is our own working.
    """

    name: str
    day: date | None
    derived: bool = False


def planned_days(intake: Intake) -> list[PlannedDay]:
    """When development and the summative stage of an intake end (S0-32, S0-34), when its window may lie, and by when a
    legacy version must be passed. A day without a known length is None; what the version doesn't have is left out.
    """
    spec, start = intake.version.specification, intake.starts_on
    development, summative = spec.duration_months, spec.summative_months
    known = development.value is not None and summative.value is not None
    found = []
    if known or spec.achievement is None:
        latest = dates(spec, start).summative_end if known else None
        ends = None if development.value is None else add_months(start, development.value)
        derived = development.derived or summative.derived
        found = [
            PlannedDay("Development ends", ends, development.derived),
            PlannedDay("Summative stage ends at the latest", latest, derived),
        ]
    if spec.assessment.kind == "case_study":
        window = spec.assessment.window_months
        first, last = window_bounds(spec, start) if window.value else (None, None)
        found.append(PlannedDay("Window opens at the earliest", first, window.derived))
        found.append(PlannedDay("Window closes at the latest", last, window.derived))
    if spec.achievement is not None:
        limit = spec.achievement.pass_within_months
        found.append(PlannedDay("Last day of a moderated pass", pass_deadline(spec, start), limit.derived))
    return found


def _taking_part(intake: Intake) -> QuerySet[Enrolment]:
    """The people of an intake who may still be placed and coached, by name."""
    return (
        intake.enrolments.filter(withdrawn_at__isnull=True, stage__in=ACTIVE_STAGES)
        .select_related("user", "school", "application")
        .order_by("user__name", "pk")
    )


def without_group(intake: Intake) -> QuerySet[Enrolment]:
    """Those who take part and have no place in a group."""
    return _taking_part(intake).filter(_without(GroupPlace))


def without_coach(intake: Intake) -> QuerySet[Enrolment]:
    """Those who take part and have no coach."""
    return _taking_part(intake).filter(_without(Pairing))


def shown(found: QuerySet[Enrolment]) -> tuple[list[Enrolment], bool]:
    """The first hundred, and whether there are more. One query."""
    rows = list(found[: MOST_SHOWN + 1])
    return rows[:MOST_SHOWN], len(rows) > MOST_SHOWN


def members_of(group: Group) -> list[Enrolment]:
    """The people who have a place in the group, each with the name of their coach. One query."""
    current = Q(pairings__until__isnull=True, pairings__isnull=False)
    return list(
        Enrolment.objects.filter(group_places__group=group, group_places__until__isnull=True)
        .select_related("user", "school", "application")
        .annotate(coach=Max("pairings__coach__name", filter=current))
        .order_by("user__name", "pk")
    )


@transaction.atomic
def place_together(
    *, enrolments: Sequence[Enrolment], group: Group, by: Any, at: datetime, leaving: Group | None = None
) -> int:
    """Place all of them in a group, or nobody when there is not room for all; returns how many came.

    Whoever is there already stays. Refuses when somebody has meanwhile got a place elsewhere than in `leaving`.
    """
    locked = Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
    people, coming = _locked(enrolments), []
    places = {one.enrolment_id: one for one in _current(GroupPlace, people).select_related("group")}
    for enrolment in people:
        place = places.get(enrolment.pk)
        if place is None or (leaving is not None and place.group_id == leaving.pk):
            coming.append(enrolment)
        elif place.group_id != locked.pk:
            raise Refused(
                f"{enrolment.user} has got a place in {place.group} meanwhile. Leave them out, or move them there.",
                code="place.elsewhere",
            )
    taken = locked.places.filter(CURRENT).count()
    group_rules.check_room(group=locked.name, capacity=locked.capacity, taken=taken, coming=len(coming))
    for enrolment in coming:
        events.place_in_group(enrolment=enrolment, group=locked, by=by, at=at)
    return len(coming)


@transaction.atomic
def pair_together(*, enrolments: Sequence[Enrolment], coach: User, by: Any, at: datetime) -> int:
    """Give all of them the same coach, or nobody if one of them can't have this coach; returns how many.

    Refuses when somebody has meanwhile got another coach.
    """
    people = _locked(enrolments)
    pairings = {one.enrolment_id: one for one in _current(Pairing, people).select_related("coach")}
    for enrolment in people:
        known = pairings.get(enrolment.pk)
        if known is not None and known.coach_id != coach.pk:
            raise Refused(
                f"{enrolment.user} has got {known.coach} as coach meanwhile. Leave them out.",
                code="pairing.other",
            )
        if enrolment.user_id == coach.pk:
            raise Refused(
                f"{enrolment.user} can't be their own coach. Choose another coach, or leave them out.",
                code="pairing.self",
                field="coach",
            )
        coaching.pair(enrolment=enrolment, coach=coach, by=by, at=at)
    return len(enrolments)


def _locked(enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    keys = [one.pk for one in enrolments]
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("user").filter(pk__in=keys)
    return list(rows.order_by("pk"))


def _current(related: Any, enrolments: Sequence[Enrolment]) -> QuerySet[Any]:
    return related.objects.filter(CURRENT, enrolment__in=[one.pk for one in enrolments])


# --- who may work with them ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Holder:
    """A person who holds a role: in lists told apart from a namesake by their address."""

    user_id: int
    role: str
    label: str


def holders(*roles: str, on: date) -> list[Holder]:
    """Who holds one of the roles on a day, by role and name. One query."""
    held = (
        Membership.objects.on(on)
        .filter(role__in=roles, user__is_active=True)
        .order_by("role", "user__name", "user_id")
        .values_list("user_id", "role", "user__name", "user__email")
        .distinct()
    )
    rows = list(held)
    names = Counter((role, name) for _, role, name, _ in rows)
    return [
        Holder(pk, role, name if names[role, name] == 1 else f"{name} ({email})")
        for pk, role, name, email in rows
    ]


def coaches(on: date) -> list[tuple[int, str]]:
    """The coaches as choices."""
    return [(one.user_id, one.label) for one in holders(Role.COACH, on=on)]


def teaching_staff(on: date) -> list[tuple[str, str]]:
    """Facilitators, tutors and coaches as choices, each with the role in which they would work."""
    found = sorted(holders(*STAFF_ROLES, on=on), key=lambda one: STAFF_ROLES.index(one.role))
    return [(f"{one.role}:{one.user_id}", f"{one.label}, {one.role}") for one in found]


def staff_of(group: Group) -> list[GroupStaff]:
    """Who works with the group now, by role and name."""
    return list(group.staff.filter(CURRENT).select_related("user").order_by("role", "user__name", "pk"))


# --- days ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Programme:
    """What a group does together of one kind: what the version plans, and the days that are set for it."""

    kind: str
    name: str
    items: list[PlanItem]
    days: list[EventDay]

    @property
    def online(self) -> bool:
        return self.kind != "event"


def programme_of(group: Group) -> list[Programme]:
    """What the version has a group do together, kind by kind, with the days that are scheduled. One query."""
    days = group.days.annotate(recorded=Count("attendances")).order_by("starts_at", "pk")
    set_for = {day.activity_key: day for day in days}
    found = []
    for kind, name in KIND_NAMES.items():
        items = events_of(group, kind)
        mine = [set_for[item.key] for item in items if item.key in set_for]
        if items:
            found.append(Programme(kind, name, items, sorted(mine, key=lambda day: day.starts_at)))
    return found


def suggested_dates(group: Group, count: int) -> list[date]:
    """Tuesdays, evenly over the development stage."""
    start = group.intake.starts_on
    months = group.intake.version.specification.duration_months.value or MONTHS_UNKNOWN
    return suggested_days(start + timedelta(days=INDUCTION_DAYS), add_months(start, months), count)
