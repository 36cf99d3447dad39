"""Learning: the plan's components, a module in three steps, a formative task with its feedback."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.common.refused import Refused
from goldenthread.learning import actions, queries, rules
from goldenthread.learning.models import FormativeTask, Module, TaskResponse
from goldenthread.web.participant.activities import Shown, shown_plan
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms import ReflectionForm, WorkForm
from goldenthread.web.shared.http import show_refusal, today


@require_safe
@with_enrolment
def learning(request: HttpRequest, mine: Mine) -> HttpResponse:
    plan = shown_plan(mine.enrolment, today=today(request))
    return render(request, "participant/learning.html", {"mine": mine, "components": _components(mine, plan)})


def _components(mine: Mine, plan: list[Shown]) -> list[dict[str, Any]]:
    specification = mine.enrolment.version.specification
    blocks = []
    for component in specification.components:
        rows = [shown for shown in plan if shown.activity.component == component.key]
        if not rows:
            continue
        done = sum(1 for shown in rows if shown.state == "done")
        blocks.append({"component": component, "rows": rows, "done": done})
    return blocks


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def module(request: Any, mine: Mine, key: str) -> HttpResponse:
    found = queries.get_module_for(mine.enrolment, key)
    form = ReflectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.complete_module(
                module=found,
                enrolment=mine.enrolment,
                reflection=form.cleaned_data["reflection"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"“{found.title}” is finished and counts toward your engagement.")
            return redirect("participant:module", key=key)
    return render(
        request, "participant/module.html", _module_context(mine, found, form), status=_status(form)
    )


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _module_context(mine: Mine, found: Module, form: ReflectionForm) -> dict[str, Any]:
    activity = mine.enrolment.plan.filter(key=found.activity_key).first()
    steps = [("See it", found.see_it), ("Name it", found.name_it), ("Do it", found.do_it)]
    return {
        "mine": mine,
        "module": found,
        "activity": activity,
        "steps": [(title, text) for title, text in steps if text],
        "done": queries.completion_of(mine.enrolment, found),
        "following": _following(mine, activity),
        "form": form,
    }


def _following(mine: Mine, activity: Any) -> Any:
    """The next module of the plan after this one."""
    if activity is None:
        return None
    return (
        mine.enrolment.plan.filter(kind=activity.kind, position__gt=activity.position)
        .order_by("position")
        .first()
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def task(request: Any, mine: Mine, key: str) -> HttpResponse:
    found = queries.get_task_for(mine.enrolment, key)
    if request.method != "POST":
        return _task_page(request, mine, found, None)
    form = WorkForm(request.POST)
    if form.is_valid():
        try:
            return _write(request, mine, found, form)
        except actions.Stale as refusal:
            show_refusal(form, refusal)
            return _task_page(request, mine, found, form, stored=refusal.stored)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _task_page(request, mine, found, form)


def _write(request: Any, mine: Mine, found: FormativeTask, form: WorkForm) -> HttpResponse:
    """Save, or save and hand in, as the button said."""
    handing_in = "hand_in" in request.POST
    verb = actions.hand_in if handing_in else actions.save_response
    verb(
        task=found,
        enrolment=mine.enrolment,
        work=form.work(),
        revision=form.cleaned_data["revision"],
        by=request.user,
        at=request.received_at,
    )
    messages.success(
        request,
        "Handed in. Your tutor reads it, and you get a mail when the feedback is there."
        if handing_in
        else "Draft saved.",
    )
    return redirect("participant:task", key=found.activity_key)


def _task_page(
    request: Any,
    mine: Mine,
    found: FormativeTask,
    form: WorkForm | None,
    *,
    stored: TaskResponse | None = None,
) -> HttpResponse:
    response = queries.response_of(mine.enrolment, found)
    if form is None:
        form = WorkForm(initial=_initial(response))
    if stored is not None:  # saving again is then a choice made with both texts in view
        form.data = {**form.data.dict(), "revision": str(stored.revision)}  # type: ignore[attr-defined]
    context = {
        "mine": mine,
        "task": found,
        "activity": mine.enrolment.plan.filter(key=found.activity_key).first(),
        "response": response,
        "editable": response is None or rules.may_edit(response.state),
        "texts": _texts(response) if response else [],
        "stored": _texts(stored) if stored else [],
        "feedback": list(response.feedback.all())[::-1] if response else [],
        "form": form,
    }
    return render(request, "participant/task.html", context, status=_status(form))


def _initial(response: TaskResponse | None) -> dict[str, Any]:
    if response is None:
        return {"revision": 0}
    return {name: getattr(response, name) for name in (*actions.FIELDS, "revision")}


def _texts(response: TaskResponse) -> list[tuple[str, str]]:
    return [(name.capitalize(), getattr(response, name)) for name in actions.FIELDS]
