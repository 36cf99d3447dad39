"""After a result: the participant's appeal against it, and their support plan."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.appeals import actions, queries, rules
from goldenthread.appeals.models import Appeal
from goldenthread.common.refused import Refused, refusal_by
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.queries import get_own_released, sitting_of_outcome
from goldenthread.support import planning, plans
from goldenthread.support.plan_rules import Ending
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms_afterwards import AppealForm, DeclineForm
from goldenthread.web.shared.appealing import road_of
from goldenthread.web.shared.http import new_form_key, posted, show_refusal, today


# --- an appeal -------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: Any, outcome_id: int) -> HttpResponse:
    """Appeal against one's own released result, or see where the appeal stands."""
    outcome = get_own_released(request.user, outcome_id)
    known = queries.appeal_against(outcome)
    if known is not None and request.method != "POST":
        return _standing(request, outcome, known)
    result, terms = queries.appealed(outcome), queries.terms_of(outcome)
    form = AppealForm(posted(request), marked=result.marked, initial={"form_key": new_form_key()})
    refusal = refusal_by(
        rules.check_can_appeal, result, terms, at=request.received_at, zone=settings.TIME_ZONE
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.lodge(
                outcome=outcome,
                grounds=said["grounds"],
                statement=said["statement"],
                form_key=str(said["form_key"]),
                by=request.user,
                at=request.received_at,
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(
                request, "Your appeal has come. A mail says so, and this page says where it stands."
            )
            return redirect("participant:appeal", outcome.pk)
    if known is not None:
        return _standing(request, outcome, known, form)
    context = {
        "outcome": outcome,
        "result_url": _result_url(outcome),
        "form": form,
        "refusal": refusal,
        "until": queries.until_of(outcome, terms),
        "zone": settings.TIME_ZONE,
        "never_lower": terms.lowering == rules.Lowering.NEVER,
    }
    return render(request, "participant/appeal_new.html", context, status=422 if form.errors else 200)


def _result_url(outcome: Outcome) -> str:
    """The page of the result that an appeal is about: of a project's task it is its own."""
    place = sitting_of_outcome(outcome) if outcome.task else None
    page = reverse("participant:result", args=[place]) if place else reverse("participant:result")
    return f"{page}?enrolment={outcome.enrolment.reference}"


def _standing(request: Any, outcome: Outcome, known: Appeal, form: AppealForm | None = None) -> HttpResponse:
    """Where an appeal stands; with what was sent after it, if a second one came."""
    context = {
        "outcome": outcome,
        "appeal": known,
        "steps": road_of(known),
        "result_url": _result_url(outcome),
        "form": form,
    }
    refused = form is not None and bool(form.errors)
    return render(request, "participant/appeal.html", context, status=422 if refused else 200)


@require_POST
def appeal_withdraw(request: Any, outcome_id: int) -> HttpResponse:
    """Take one's own appeal back while nothing is decided."""
    known = queries.appeal_against(get_own_released(request.user, outcome_id))
    if known is None:
        raise Http404("No appeal.")
    try:
        actions.withdraw(appeal=known, by=request.user, at=request.received_at)
        messages.success(request, "The appeal is withdrawn. Your result stays as it was released.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("participant:appeal", outcome_id)


# --- a support plan --------------------------------------------------------------------------------------
@require_safe
@with_enrolment
def support_plan(request: Any, mine: Mine) -> HttpResponse:
    """What to work on, with whom, by when, and which window comes next."""
    return _plan_page(request, mine)


def _plan_page(request: Any, mine: Mine, form: DeclineForm | None = None) -> HttpResponse:
    plan = plans.own_plan(mine.enrolment)
    context: dict[str, Any] = {"mine": mine, "plan": plan, "form": form or DeclineForm()}
    context["today"] = today(request)
    if plan is not None:
        context |= {
            "items": plans.items_of(plan),
            "contacts": plans.contacts_of(plan),
            "outlooks": plans.outlooks_of(plan, on=today(request)),
        }
    return render(request, "participant/support_plan.html", context, status=422 if form else 200)


@require_POST
def plan_item(request: Any, item_id: int) -> HttpResponse:
    """Tick an item of one's own plan, or say that it isn't done after all."""
    item = plans.get_own_item(request.user, item_id)
    try:
        planning.tick(
            item=item, done=request.POST.get("done") == "1", by=request.user, at=request.received_at
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{_plan_url(item.plan.enrolment.reference)}#item{item.pk}")


@require_POST
@with_enrolment
def plan_decline(request: Any, mine: Mine) -> HttpResponse:
    """Say that one would rather have no plan, with a word of why."""
    plan = plans.own_plan(mine.enrolment)
    if plan is None:
        raise Http404("No plan.")
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, mine, form)
    try:
        planning.close(
            plan=plan,
            ending=str(Ending.DECLINED),
            note=form.cleaned_data["note"],
            by=request.user,
            at=request.received_at,
        )
        messages.success(request, "Your plan is closed. Ask the programme office if you change your mind.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(_plan_url(mine.enrolment.reference))


def _plan_url(reference: str) -> str:
    return f"{reverse('participant:support_plan')}?enrolment={reference}"
