"""What versions promise, and the measure of the feature that keeps each promise."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.refused import Refused
from goldenthread.reports import actions, promises
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import Request, roles_day, show_refusal, viewer
from goldenthread.web.shared.versions import name_of, versions


class FeatureForm(forms.Form):
    """Which feature keeps a benefit."""

    feature = forms.ChoiceField(
        label="Kept by",
        required=False,
        choices=[("", "Nothing here"), *((key, one.name) for key, one in promises.FEATURES.items())],
    )


def _version(key: str) -> ProgrammeVersion:
    return get_object_or_404(ProgrammeVersion.objects.select_related("programme"), key=key)


@require_safe
def promise_versions(request: Request) -> HttpResponse:
    """The versions that name benefits."""
    office_only(viewer(request))
    counts = [(one, len(promises.benefits_of(one.specification))) for one in versions().values()]
    lines = [(one, count) for one, count in counts if count]
    return render(request, "office/promises.html", {"lines": lines})


@require_safe
def promise_version(request: Request, key: str) -> HttpResponse:
    """Each benefit of a version with the feature behind it and its measure, counted now (S2-38)."""
    office_only(viewer(request))
    version = _version(key)
    return render(request, "office/promise_version.html", _context(request, version))


def _context(request: Request, version: ProgrammeVersion) -> dict[str, Any]:
    found = promises.promises_of(version, on=roles_day(request))
    lines = [
        {
            "promise": one,
            "url": reverse(one.feature.page) if one.feature else "",
            "change": reverse("office:promise", args=[version.key, number]),
        }
        for number, one in enumerate(found, start=1)
    ]
    return {"version": version, "name": name_of(version), "lines": lines}


@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: Request, key: str, number: int) -> HttpResponse:
    """Say which feature keeps the benefit with this number."""
    office_only(viewer(request))
    version = _version(key)
    found = promises.promises_of(version, on=None)
    if not 1 <= number <= len(found):
        raise Http404
    one = found[number - 1]
    form = FeatureForm(request.POST if request.method == "POST" else None, initial={"feature": one.key})
    if form.is_bound and form.is_valid():
        try:
            actions.link_benefit(
                version=version,
                benefit=one.benefit,
                feature=form.cleaned_data["feature"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "The benefit is linked.")
            return redirect("office:promise_version", version.key)
    context = {"version": version, "name": name_of(version), "promise": one, "form": form}
    return render(request, "office/promise.html", context, status=422 if form.is_bound else 200)
