"""What the office does with case studies without reading them: see who did, and take one back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import access_log, actions
from goldenthread.common.refused import Refused
from goldenthread.web.office.forms_assessment import LooksFilter, WithdrawForm
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer


@require_safe
def case_looks(request: HttpRequest) -> HttpResponse:
    """Who was shown which case study, the latest first."""
    form = LooksFilter(request.GET)
    page = page_of(request, access_log.looks_for(viewer(request), **form.chosen()))
    context = {"page": page, "filter": form, "filtered": form.narrows}
    return render(request, "office/case_looks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case_withdraw(request: Any, case_id: int) -> HttpResponse:
    """Take a leaked or retired case study from every window that has not opened."""
    case = access_log.listed_case_for(viewer(request), case_id)
    if case.state != "published":
        raise Http404
    form = WithdrawForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            taken = actions.withdraw_case(
                case_study=case, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            left = f" {len(taken)} of its windows need another one now." if taken else ""
            messages.success(request, f"{case.name} is withdrawn.{left}")
            return redirect("office:case_studies")
    context = {"case": case, "form": form, "windows": case.windows.filter(state="scheduled").count()}
    return render(request, "office/case_withdraw.html", context, status=422 if form.is_bound else 200)
