"""Support plans for the office: which are open, late or without a supporter, and one plan."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.support import plans
from goldenthread.support.plan_rules import lateness
from goldenthread.web.shared.http import page_of, roles_day, viewer
from goldenthread.web.shared.planning import plan_page

TABS = {"open": "Open", "nobody": "Without a supporter", "late": "Late", "closed": "Closed"}


@require_safe
def support_plans(request: Any) -> HttpResponse:
    """The plans, whichever is to be through first."""
    show, on = request.GET.get("show", "open"), roles_day(request)
    show = show if show in TABS else "open"
    page = page_of(request, plans.plans_for(viewer(request), show, on=on))
    counts = plans.counts(on=on)
    tabs = [(name, f"?show={key}", key == show, counts.get(key, "")) for key, name in TABS.items()]
    rows = [(one, "" if one.ending else _late(one, on)) for one in page]
    return render(
        request, "office/support_plans.html", {"page": page, "rows": rows, "tabs": tabs, "show": show}
    )


def _late(one: Any, on: Any) -> str:
    return lateness(first_contact_by=one.first_contact_by, due=one.due_on, contacted=one.contacted, on=on)


@require_http_methods(["GET", "HEAD", "POST"])
def support_plan(request: Any, plan_id: int) -> HttpResponse:
    """One plan, with everything that its supporter can do, and who the supporter is."""
    plan = plans.get_plan_for(viewer(request), plan_id)
    here = reverse("office:support_plan", args=[plan.pk])
    return plan_page(request, plan, template="office/support_plan.html", here=here, office=True)
