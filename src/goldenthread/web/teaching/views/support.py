"""The support plans of people whom a coach, tutor or facilitator supports after a result that fell short."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.support import plans
from goldenthread.web.shared.http import page_of, roles_day, viewer
from goldenthread.web.shared.planning import plan_page


@require_safe
def support_plans(request: Any) -> HttpResponse:
    """The open plans that name this person."""
    page = page_of(request, plans.plans_supported_by(viewer(request)))
    return render(request, "teaching/support_plans.html", {"page": page, "today": roles_day(request)})


@require_http_methods(["GET", "HEAD", "POST"])
def support_plan(request: Any, plan_id: int) -> HttpResponse:
    """One plan, for its supporter."""
    plan = plans.get_supported_plan_for(viewer(request), plan_id)
    here = reverse("teaching:support_plan", args=[plan.pk])
    return plan_page(request, plan, template="teaching/support_plan.html", here=here, office=False)
