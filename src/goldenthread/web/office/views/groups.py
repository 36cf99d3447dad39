"""A group: where it meets, who works with it, who is in it, and its days."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.common.refused import Refused
from goldenthread.events import actions as events
from goldenthread.events.models import EventDay
from goldenthread.events.rules import Slot
from goldenthread.groups import actions
from goldenthread.groups.models import Group
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Organisation, User
from goldenthread.web.office import grouping
from goldenthread.web.office.forms_groups import (
    IntoGroupForm,
    MoveForm,
    NewGroupForm,
    PlaceForm,
    ScheduleForm,
    StaffForm,
)
from goldenthread.web.office.queries import partners
from goldenthread.web.shared.http import Request, new_form_key, posted, roles_day, show_refusal, viewer


# --- a new one -----------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: Request, intake_id: int) -> HttpResponse:
    """Make a group of an intake."""
    intake = grouping.get_intake_for(viewer(request), intake_id)
    initial = {"zone": intake.zone, "form_key": new_form_key()}
    form = NewGroupForm(posted(request), partners(on=roles_day(request)), initial=initial)
    if form.is_bound and form.is_valid():
        made = _made(request, intake, form)
        if made:
            return redirect("office:group", made.pk)
    context = {"intake": intake, "form": form}
    return render(request, "office/group_new.html", context, status=422 if form.is_bound else 200)


def _made(request: Request, intake: Intake, form: NewGroupForm) -> Group | None:
    said = form.cleaned_data
    try:
        group = actions.create_group(
            intake=intake,
            name=said["name"],
            capacity=said["capacity"],
            partner=Organisation.objects.filter(pk=said["partner"]).first() if said["partner"] else None,
            venue=said["venue"],
            join_link=said["join_link"],
            zone=said["zone"],
            form_key=str(said["form_key"] or ""),
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, f"{group} is there. Give it its days, its staff and its people.")
    return group


# --- one -----------------------------------------------------------------------------------------------
@require_safe
def group(request: Request, group_id: int) -> HttpResponse:
    """One group whole."""
    return _page(request, grouping.get_group_for(viewer(request), group_id))


def _page(request: Request, found: Group, **sent: Any) -> HttpResponse:
    """The page of a group; a form that was refused stands in `sent` under the name of its place."""
    others = [one for one in grouping.groups_in(found.intake) if one.pk != found.pk]
    people, members = found.intake.enrolments.all(), grouping.members_of(found)
    unplaced, more = grouping.shown(grouping.without_group(found.intake))
    programmes = grouping.programme_of(found)
    facts = {"capacity": found.capacity, "venue": found.venue, "join_link": found.join_link}
    context = {
        "group": found,
        "left": max(0, found.capacity - found.taken),  # type: ignore[attr-defined]
        "change": PlaceForm(initial=facts, auto_id="change_%s"),
        "staff": grouping.staff_of(found),
        "add": StaffForm(None, grouping.teaching_staff(roles_day(request))),
        "members": members,
        "others": others,
        "move": IntoGroupForm(None, people, others, "move"),
        "unplaced": unplaced,
        "more_unplaced": more,
        "place": IntoGroupForm(None, people, [found]),
        **sent,
    }
    unset = next((one for one in programmes if not one.days), None)
    context["programmes"] = [
        {
            "set": one,
            "form": None if one.days else _schedule_form(found, one, sent.get("schedule")),
            "first": one is unset,
        }
        for one in programmes
    ]
    return render(request, "office/group.html", context, status=422 if sent else 200)


def _schedule_form(found: Group, one: grouping.Programme, sent: ScheduleForm | None) -> ScheduleForm:
    if sent is not None and sent.auto_id == f"{one.kind}_%s":
        return sent
    days = grouping.suggested_dates(found, len(one.items))
    initial = {
        "mode": "virtual" if one.online else found.intake.event_mode,
        "venue": found.venue,
        "join_link": found.join_link,
        **{f"day_{number}": day for number, day in enumerate(days, start=1)},
    }
    return ScheduleForm(None, one.kind, one.items, initial=initial)


@require_POST
def group_change(request: Request, group_id: int) -> HttpResponse:
    """Change where the group meets and for how many it has room."""
    found = grouping.get_group_for(viewer(request), group_id)
    form = PlaceForm(request.POST, auto_id="change_%s")
    if form.is_valid():
        try:
            actions.change_group(group=found, by=request.user, at=request.received_at, **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The group is changed. Days that are scheduled keep their place.")
            return redirect("office:group", found.pk)
    return _page(request, found, change=form)


# --- staff ---------------------------------------------------------------------------------------------
@require_POST
def group_staff(request: Request, group_id: int) -> HttpResponse:
    """Let somebody work with the group in a role that they hold."""
    found = grouping.get_group_for(viewer(request), group_id)
    form = StaffForm(request.POST, grouping.teaching_staff(roles_day(request)))
    if form.is_valid():
        role, pk = form.chosen()
        member = actions.staff(
            group=found,
            user=User.objects.get(pk=pk),
            role=role,
            by=request.user,
            at=request.received_at,
        )
        messages.success(request, f"{member.user} works with {found} as {role} now.")
        return redirect("office:group", found.pk)
    return _page(request, found, add=form)


@require_POST
def group_unstaff(request: Request, member_id: int) -> HttpResponse:
    """End somebody's work with the group."""
    member = grouping.get_member_for(viewer(request), member_id)
    actions.unstaff(member=member, by=request.user, at=request.received_at)
    messages.success(request, f"{member.user} no longer works with {member.group} as {member.role}.")
    return redirect("office:group", member.group_id)


# --- people --------------------------------------------------------------------------------------------
@require_POST
def group_place(request: Request, group_id: int) -> HttpResponse:
    """Place people of the intake who have no group in this one."""
    found = grouping.get_group_for(viewer(request), group_id)
    form = IntoGroupForm(request.POST, found.intake.enrolments.all(), [found])
    if _placed(request, form):
        return redirect("office:group", found.pk)
    return _page(request, found, place=form)


@require_POST
def group_move(request: Request, group_id: int) -> HttpResponse:
    """Move people of this group to another one of the intake."""
    found = grouping.get_group_for(viewer(request), group_id)
    others = [one for one in grouping.groups_in(found.intake) if one.pk != found.pk]
    form = IntoGroupForm(request.POST, found.intake.enrolments.all(), others, "move")
    if _placed(request, form, leaving=found):
        return redirect("office:group", found.pk)
    return _page(request, found, move=form)


def _placed(request: Request, form: IntoGroupForm, *, leaving: Group | None = None) -> bool:
    if not form.is_valid():
        return False
    try:
        number = grouping.place_together(
            enrolments=form.cleaned_data["enrolments"],
            group=form.chosen(),
            leaving=leaving,
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    people = "person has" if number == 1 else "people have"
    messages.success(
        request, f"{number} {people} a place in {form.chosen()} now, and its dates in their plan."
    )
    return True


# --- days ----------------------------------------------------------------------------------------------
@require_POST
def group_schedule(request: Request, group_id: int, kind: str) -> HttpResponse:
    """Set the dates of all the group's events, or of its webinars or briefings."""
    found = grouping.get_group_for(viewer(request), group_id)
    one = next((one for one in grouping.programme_of(found) if one.kind == kind), None)
    if one is None:
        raise Http404
    form = ScheduleForm(request.POST, one.kind, one.items)
    if form.is_valid() and _scheduled(request, found, form, kind):
        messages.success(request, "The days are set. They stand in the plan of everybody who has a place.")
        return redirect("office:group", found.pk)
    if found.days.filter(activity_key__in=[item.key for item in one.items]).exists():
        messages.error(request, "These days are set already. Move the single day that changes.")
        return redirect("office:group", found.pk)
    return _page(request, found, schedule=form)


def _scheduled(request: Request, found: Group, form: ScheduleForm, kind: str) -> bool:
    said = form.cleaned_data
    try:
        events.schedule_days(
            group=found,
            slots=form.slots(),
            kind=kind,
            mode=said["mode"],
            venue=said["venue"],
            join_link=said["join_link"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def group_day(request: Request, day_id: int) -> HttpResponse:
    """Put one day on another date, time or place, until its register is begun."""
    day = grouping.get_group_day_for(viewer(request), day_id)
    local = day.starts_at.astimezone(ZoneInfo(day.group.zone))
    initial = {"day": local.date(), "start": local.time(), "venue": day.venue, "join_link": day.join_link}
    form = MoveForm(posted(request), day.mode, initial=initial)
    if form.is_bound and form.is_valid() and _moved(request, day, form):
        return redirect("office:group", day.group_id)
    context = {"day": day, "group": day.group, "form": form}
    return render(request, "office/group_day.html", context, status=422 if form.is_bound else 200)


def _moved(request: Request, day: EventDay, form: MoveForm) -> bool:
    said = form.cleaned_data
    try:
        events.move_day(
            day=day,
            slot=Slot(said["day"], said["start"]),
            venue=said.get("venue"),
            join_link=said.get("join_link"),
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, f"{day.title} is moved, in the plan of everybody who has a place too.")
    return True
