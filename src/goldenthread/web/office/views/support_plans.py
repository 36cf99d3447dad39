"""Support plans for the office: which are open, late or without a supporter, and one plan."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.people.access import Viewer
from goldenthread.support import beginning, plans
from goldenthread.support.plan_rules import lateness
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import page_of, roles_day, viewer
from goldenthread.web.shared.planning import plan_page

TABS = {
    "open": "Open",
    "nobody": "Without a supporter",
    "late": "Late",
    "closed": "Closed",
    "missing": "Without a plan",
}


class SinceForm(forms.Form):
    """From which release on results without a plan are meant; all of them where no day is given."""

    since = forms.DateField(
        label="Results released from", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def day(self) -> date | None:
        """The day, if one was given that is one."""
        return self.cleaned_data.get("since") if self.is_valid() else None


@require_safe
def support_plans(request: Any) -> HttpResponse:
    """The plans, whichever is to be through first; or whose result fell short and has no plan."""
    show, on = request.GET.get("show", "open"), roles_day(request)
    show = show if show in TABS else "open"
    who, counts = viewer(request), plans.counts(on=on)
    counts["missing"] = plans.missing_for(who, on=on).count()
    tabs = [(name, f"?show={key}", key == show, counts.get(key, "")) for key, name in TABS.items()]
    context = {"tabs": tabs, "show": show}
    if show == "missing":
        return render(request, "office/support_plans_missing.html", {**context, **_missing(request, who, on)})
    page = page_of(request, plans.plans_for(who, show, on=on))
    rows = [(one, "" if one.ending else _late(one, on)) for one in page]
    return render(request, "office/support_plans.html", {**context, "page": page, "rows": rows})


def _missing(request: Any, who: Viewer, on: date) -> dict[str, Any]:
    form = SinceForm(request.GET)
    since = form.day()
    found = plans.missing_for(who, on=on, since=since)
    page = page_of(request, found)
    deferred = plans.deferrals_of(one.enrolment_id for one in page)
    rows = [(one, _short(one), deferred.get(one.enrolment_id)) for one in page]
    people = found.order_by().values("enrolment").distinct().count()
    return {"form": form, "page": page, "rows": rows, "people": people, "since": since}


def _short(outcome: Any) -> str:
    return ", ".join(one["name"] for one in outcome.conditions if not one.get("met") and one.get("name"))


@require_POST
def make_plans(request: Any) -> HttpResponse:
    """Begin the plans of everybody whose result fell short and who has none, as the list was narrowed."""
    office_only(viewer(request))
    form = SinceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose the day again: it wasn't one.")
        return redirect(f"{reverse('office:support_plans')}?show=missing")
    made = beginning.make_missing(since=form.day(), by=request.user, at=request.received_at)
    if made:
        said = "1 plan has begun" if made == 1 else f"{made:,} plans have begun"
        messages.success(request, f"{said}. Participants and their supporters get a mail.")
    else:
        messages.info(request, "Everybody has a plan by now.")
    return redirect("office:support_plans")


def _late(one: Any, on: Any) -> str:
    return lateness(first_contact_by=one.first_contact_by, due=one.due_on, contacted=one.contacted, on=on)


@require_http_methods(["GET", "HEAD", "POST"])
def support_plan(request: Any, plan_id: int) -> HttpResponse:
    """One plan, with everything that its supporter can do, and who the supporter is."""
    plan = plans.get_plan_for(viewer(request), plan_id)
    here = reverse("office:support_plan", args=[plan.pk])
    return plan_page(request, plan, template="office/support_plan.html", here=here, office=True)
