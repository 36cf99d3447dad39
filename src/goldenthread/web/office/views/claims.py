"""The register of claims: what the provider says of itself, with source, owner, review and live figure."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.common.refused import Refused
from goldenthread.people.models import Membership, Role, User
from goldenthread.reports import actions, queries
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import Request, posted, roles_day, show_refusal, viewer


class DecidedForm(forms.Form):
    """What the office decides of every claim."""

    period = forms.CharField(
        label="Period and denominator",
        max_length=200,
        required=False,
        help_text="For when it holds and of how many; where the source doesn't say, write that.",
    )
    as_of = forms.DateField(label="As of", required=False)
    owner = forms.ModelChoiceField(
        User.objects.none(), label="Who answers for it", required=False, empty_label="Nobody yet"
    )
    review_on = forms.DateField(
        label="Review on",
        required=False,
        help_text="From this day on it is off the public pages until somebody has looked at it.",
    )

    def __init__(self, data: Any, office: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["owner"].queryset = office  # type: ignore[attr-defined]


class ClaimForm(DecidedForm):
    """A claim of the office's own."""

    text = forms.CharField(label="What is claimed", max_length=200)
    value = forms.IntegerField(label="Figure", required=False, min_value=0, max_value=10_000_000)
    unit = forms.ChoiceField(
        label="Unit",
        required=False,
        choices=[("", "none"), ("percent", "per cent"), ("people", "people"), ("organisations", "organisations"),
                 ("year", "a year")],
    )  # fmt: skip
    about = forms.CharField(label="Of whom", max_length=200)
    source = forms.CharField(
        label="Source",
        max_length=200,
        required=False,
        help_text="Document and place, or where the evidence is kept. Without it the claim can't be published.",
    )
    field_order = ("text", "value", "unit", "about", "source")


def _office(request: Request) -> Any:
    """Everybody of the office on the day."""
    current = Membership.objects.on(roles_day(request)).filter(role=Role.OFFICE)
    return User.objects.filter(pk__in=current.values("user")).order_by("name", "pk")


@require_safe
def claims(request: Request) -> HttpResponse:
    """Every claim with source, period, owner, review and live figure."""
    office_only(viewer(request))
    lines = queries.register(on=roles_day(request))
    expired = [line for line in lines if line.state == "expired"]
    return render(request, "office/claims.html", {"lines": lines, "expired": expired})


@require_http_methods(["GET", "HEAD", "POST"])
def claim_new(request: Request) -> HttpResponse:
    """A claim that no document of the catalogue states."""
    office_only(viewer(request))
    form = ClaimForm(posted(request), _office(request))
    if form.is_bound and form.is_valid():
        kept = _kept(request, form, "")
        if kept:
            return redirect("office:claim", kept)
    return render(request, "office/claim_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: Request, claim: str) -> HttpResponse:
    """One claim: what is stated, what the office decides, whether it is shown."""
    office_only(viewer(request))
    found, is_stated = queries.get_claim(claim)
    names = ("text", "value", "unit", "about", "source", "period", "as_of", "owner", "review_on")
    kind = DecidedForm if is_stated else ClaimForm
    form = kind(posted(request), _office(request), initial={name: getattr(found, name) for name in names})
    if form.is_bound and form.is_valid() and _kept(request, form, claim):
        return redirect("office:claim", claim)
    on = roles_day(request)
    line = next(line for line in queries.register(on=on) if line.claim.key == claim)
    context = {"line": line, "form": form}
    return render(request, "office/claim.html", context, status=422 if form.is_bound else 200)


def _kept(request: Request, form: forms.Form, key: str) -> str:
    """Keep what the form says, and publish it in the same step if that button was pressed; "" if it was refused."""
    publish = "publish" in request.POST
    act = actions.keep_and_publish if publish else actions.keep_claim
    try:
        kept = act(key=key, by=request.user, at=request.received_at, **form.cleaned_data)
    except Refused as refusal:
        show_refusal(form, refusal)
        return ""
    messages.success(request, "Kept. The claim is on the public page." if publish else "Kept.")
    return kept.key


@require_POST
def claim_withdraw(request: Request, claim: str) -> HttpResponse:
    """Take a claim off the public page."""
    office_only(viewer(request))
    queries.get_claim(claim)
    try:
        actions.withdraw_claim(key=claim, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The claim is off the public page.")
    return redirect("office:claim", claim)
