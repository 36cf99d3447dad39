"""Learning: the plan's components, and a module in three steps."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment.practice_queries import offered_to
from goldenthread.common.refused import Refused
from goldenthread.learning import actions, queries
from goldenthread.learning import unit_queries as units
from goldenthread.learning.models import Module
from goldenthread.people.kept_forms import kept_of
from goldenthread.web.participant.activities import Shown, opens_later, shown_plan
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms import ReflectionForm
from goldenthread.web.participant.views.practice import task_row
from goldenthread.web.shared.http import show_refusal, today
from goldenthread.web.shared.parking import keeps_text


@require_safe
@with_enrolment
def learning(request: Any, mine: Mine) -> HttpResponse:
    plan = shown_plan(mine.enrolment, today=today(request))
    context = {
        "mine": mine,
        "components": _components(mine, plan),
        "practice": [task_row(one) for one in offered_to(mine.enrolment, at=request.received_at)],
        "courses": queries.courses_of(mine.enrolment),
        "news": units.news_for(mine.enrolment, at=request.received_at),
        "kept": len(kept_of(request.user, at=request.received_at)),
    }
    return render(request, "participant/learning.html", context)


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


@keeps_text("reflection", "enrolment")
@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def module(request: Any, mine: Mine, key: str) -> HttpResponse:
    found = queries.get_module_for(mine.enrolment, key)
    own = request.kept.get("enrolment") == mine.enrolment.reference
    form = ReflectionForm(request.POST or None, initial=request.kept if own else None)
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
        request,
        "participant/module.html",
        {
            **_module_context(
                mine, found, form, units.shown_to(mine.enrolment, found, at=request.received_at)
            ),
            "opens_on": opens_later(mine.enrolment, at=request.received_at),
        },
        status=_status(form),
    )


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _module_context(mine: Mine, found: Module, form: ReflectionForm, shown: units.Shown) -> dict[str, Any]:
    activity = mine.enrolment.plan.filter(key=found.activity_key).first()
    done, core = queries.completion_of(mine.enrolment, found), queries.core_task_of(found)
    return {
        "mine": mine,
        "module": found,
        "activity": activity,
        "shown": shown,
        "done": done,
        "earlier": units.earlier(done, shown) if done else None,
        "following": _following(mine, activity),
        "core_task": core,
        "core_response": queries.response_of(mine.enrolment, core) if core else None,
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
