"""Support plans: for their participant, their supporter and the office; who may support; which window comes next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import MarkPoint, Sitting, Window, WindowState
from goldenthread.coaching.models import Pairing
from goldenthread.groups.models import GroupPlace
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.outcomes.achievement import last_useful_day
from goldenthread.outcomes.achieving import asked_of, facts_of
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import Viewer, role_held
from goldenthread.people.models import Role, User
from goldenthread.support import plan_rules as rules
from goldenthread.support.models import PlanContact, PlanItem, SupportPlan

TEACHING = (Role.COACH, Role.TUTOR, Role.FACILITATOR)  # in the order in which they are asked to support
SHOWN = ("open", "nobody", "late", "closed")


# --- who supports ----------------------------------------------------------------------------------------
def supporters_of(enrolments: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """Who teaches each of these now, as (person, role): coach first, then tutors, then facilitators. Two queries."""
    found: dict[int, list[tuple[int, str]]] = {}
    chosen = list(enrolments)
    pairs = Pairing.objects.filter(enrolment__in=chosen, until__isnull=True, coach__is_active=True)
    for enrolment, coach in pairs.order_by("pk").values_list("enrolment", "coach"):
        found.setdefault(enrolment, []).append((coach, Role.COACH.value))
    places = GroupPlace.objects.filter(
        enrolment__in=chosen,
        until__isnull=True,
        group__staff__until__isnull=True,
        group__staff__user__is_active=True,
    )
    rows = places.values_list("enrolment", "group__staff__user", "group__staff__role", "group__staff")
    rank = {role.value: place for place, role in enumerate(TEACHING)}
    for enrolment, user, role, _ in sorted(
        rows.order_by("pk"), key=lambda row: (row[0], rank.get(row[2], 9), row[3])
    ):
        if (user, role) not in found.setdefault(enrolment, []):
            found[enrolment].append((user, role))
    return found


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
    found = SupportPlan.objects.annotate(contacted=contacted, **counts)
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
    """The open plans without a supporter ("nobody") or late ("late"); for counts that the office's desk joins."""
    contacted = Exists(PlanContact.objects.filter(plan=OuterRef("pk")).order_by())
    found = SupportPlan.objects.filter(ending="").annotate(contacted=contacted).order_by()
    return found.filter(owner__isnull=True) if show == "nobody" else found.filter(_late(on))


def plans_supported_by(viewer: Viewer) -> QuerySet[SupportPlan]:
    """The open plans whose supporter somebody is by a teaching role that they hold; one query."""
    return (
        _all()
        .filter(owner=viewer.user, owner_role__in=viewer.held(*TEACHING), ending="")
        .order_by("due_on", "pk")
    )


def get_plan_for(viewer: Viewer, plan_id: int) -> SupportPlan:
    """A plan for the office; 404 for everybody else, and for whose own it is."""
    found = _all().defer(None).filter(pk=plan_id).first()
    if found is None or not viewer.is_office or found.enrolment.user_id == viewer.user.pk:
        raise Http404("No such plan.")
    return found


def get_supported_plan_for(viewer: Viewer, plan_id: int) -> SupportPlan:
    """A plan, open or closed, for its supporter while they hold the role; 404 for everybody else."""
    found = (
        _all()
        .defer(None)
        .filter(pk=plan_id, owner=viewer.user, owner_role__in=viewer.held(*TEACHING))
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
    """The window that is suggested next, whether they are entered for it, and by when to hand in."""

    window: Window | None
    entered: bool
    hand_in_by: date | None
    last_useful: date | None


def outlook_of(plan: SupportPlan, *, on: date) -> Outlook:
    """Which window comes next for the person of a plan, and the last useful day to hand in. Two queries, six where the
    version has a last day."""
    enrolment = plan.enrolment
    asked = asked_of(enrolment.version.specification)
    last = last_useful_day(asked, facts_of(enrolment)) if asked else None
    windows = {one.pk: one for one in windows_ahead(enrolment.version_id, plan.outcome.task, on=on)}
    booked = Sitting.objects.filter(enrolment=enrolment, window__in=list(windows)).order_by(
        "window__opens_on"
    )
    entered = booked.values_list("window", flat=True).first()
    if entered is not None:
        window = ahead(windows[entered])
        return Outlook(windows[entered], True, window.last_day, last)
    found = rules.next_window(map(ahead, windows.values()), on=on, last_useful=last)
    return Outlook(windows[found.window] if found else None, False, rules.hand_in_by(found, last), last)


def windows_ahead(version_id: int, task: str, *, on: date) -> QuerySet[Window]:
    """The windows of a version, or the hand-in days of its task, that begin after a day. One query."""
    found = Window.objects.filter(
        intake__version=version_id, task=task, state=WindowState.SCHEDULED, opens_on__gt=on
    )
    return found.select_related("intake").order_by("opens_on", "pk")


def ahead(window: Window) -> rules.Ahead:
    """A window as the rules take it."""
    return rules.Ahead(window.pk, window.opens_on, window.opens_on + timedelta(days=window.days - 1))


def items_of(plan: SupportPlan) -> list[PlanItem]:
    """The items of a plan in order, dropped ones left out."""
    return list(plan.items.filter(dropped_at__isnull=True).order_by("pk"))


def contacts_of(plan: SupportPlan) -> list[PlanContact]:
    """The contacts of a plan, the latest first, with who logged them."""
    return list(plan.contacts.select_related("by").order_by("-held_on", "-pk"))


def has_passed(plan: SupportPlan) -> bool:
    """Whether the result that the plan is about is passed by now."""
    tasks = {plan.outcome.task, ""}
    found = Outcome.objects.filter(enrolment=plan.enrolment_id, task__in=tasks, released_at__isnull=False)
    latest: dict[tuple[int, str], str] = {}
    for window, task, result in found.order_by("number", "pk").values_list("window", "task", "result"):
        latest[(window, task)] = result
    return "passed" in latest.values()


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
            earned = rules.half_marks_by_point(given.get(one.enrolment_id, {})) if marked else {}
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


def _markings(window_id: int, enrolments: Sequence[int]) -> dict[int, dict[int, dict[int, int]]]:
    """The submitted marks of these people's scripts, as they stand: by enrolment, position and point."""
    rows = Marking.objects.filter(
        script__sitting__window=window_id, script__sitting__enrolment__in=enrolments, script__current=True,
        state=MarkingState.SUBMITTED, position__lt=FIRST_REMARK,
    ).order_by("pk")  # fmt: skip
    found: dict[int, dict[int, dict[int, int]]] = {}
    named = rows.values_list("script__sitting__enrolment", "position", "marks", "revised")
    for enrolment, position, first, revised in named:
        marks = first if revised is None else revised
        found.setdefault(enrolment, {})[position] = {int(point): mark for point, mark in marks.items()}
    return found
