"""The page of one support plan, as its supporter and the office have it: what is looked at, and what can be done."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from goldenthread.common.refused import Refused
from goldenthread.support import planning, plans
from goldenthread.support.models import SupportPlan
from goldenthread.support.plan_rules import lateness
from goldenthread.web.shared.forms_plan import ContactForm, DueForm, EndForm, ItemForm, SupporterForm
from goldenthread.web.shared.http import new_form_key, roles_day, show_refusal, today
from goldenthread.web.shared.numbers import number_of

STEPS = ("item", "contact", "due", "end", "supporter", "drop")
SAID = {
    "item": "Added to the plan.",
    "contact": "The contact is logged.",
    "due": "The day is changed.",
    "end": "The plan is closed.",
    "supporter": "The supporter is named and gets a mail.",
    "drop": "Taken out of the plan.",
}


def plan_page(request: Any, plan: SupportPlan, *, template: str, here: str, office: bool) -> HttpResponse:
    """Show a plan that the caller has loaded for this person; take one step of it on POST. `here` is its address.

    Only the office names another supporter.
    """
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if request.method == "POST" and (step not in STEPS or (step == "supporter" and not office)):
        raise Http404
    forms = _forms(request, plan, step, office=office)
    if step == "drop" or (step and forms[step].is_valid()):
        try:
            _take(request, plan, step, forms.get(step))
            messages.success(request, SAID[step])
            return redirect(here)
        except Refused as refusal:
            if step == "drop":
                messages.error(request, refusal.message)
                return redirect(here)
            show_refusal(forms[step], refusal)
    on = roles_day(request)
    context = {
        "plan": plan,
        "here": here,
        "office": office,
        "items": plans.items_of(plan),
        "contacts": plans.contacts_of(plan),
        "outlooks": plans.outlooks_of(plan, on=on),
        "late": ""
        if plan.ending
        else lateness(
            first_contact_by=plan.first_contact_by,
            due=plan.due_on,
            contacted=bool(vars(plan)["contacted"]),
            on=on,
        ),
        "forms": forms,
        "step": step,
    }
    return render(request, template, context, status=422 if step else 200)


def _forms(request: Any, plan: SupportPlan, step: str, *, office: bool) -> dict[str, Any]:
    def data(name: str) -> Any:
        return request.POST if step == name else None

    found: dict[str, Any] = {
        "item": ItemForm(data("item")),
        "contact": ContactForm(
            data("contact"), initial={"form_key": new_form_key(), "held_on": today(request)}
        ),
        "due": DueForm(data("due"), initial={"due_on": plan.due_on}),
        "end": EndForm(data("end")),
    }
    if office:
        people = plans.may_support(plan.enrolment, on=roles_day(request))
        found["supporter"] = SupporterForm(data("supporter"), people=people, initial={"owner": plan.owner_id})
    return found


def _take(request: Any, plan: SupportPlan, step: str, form: Any) -> None:
    who: dict[str, Any] = {"by": request.user, "at": request.received_at}
    said = form.cleaned_data if form is not None else {}
    if step == "item":
        planning.add_item(plan=plan, text=said["text"], **who)
    elif step == "contact":
        planning.log_contact(plan=plan, **{**said, "form_key": str(said["form_key"])}, **who)
    elif step == "due":
        planning.set_due(plan=plan, due_on=said["due_on"], **who)
    elif step == "end":
        planning.close(plan=plan, **said, **who)
    elif step == "supporter":
        planning.name_supporter(plan=plan, owner=form.person(), **who)
    else:
        item = plan.items.filter(pk=number_of(request.POST.get("item", "")) or 0).first()
        if item is None:
            raise Http404
        planning.drop_item(item=item, **who)
