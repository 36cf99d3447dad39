"""The page behind the mail that asks a graduate for their role: answered by its link, with or without signing in."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from goldenthread.awards import next_role_rules as rules
from goldenthread.awards import next_roles
from goldenthread.awards.next_role_models import RoleQuestion
from goldenthread.awards.rules import ROLES
from goldenthread.common.refused import Refused
from goldenthread.web.shared.http import Request, show_refusal
from goldenthread.web.shared.limits import VERIFY, over_limit

_ROLES = [(role, role[0].upper() + role[1:]) for role in ROLES]


class RoleForm(forms.Form):
    """The role somebody has, one that they plan, and that they agree."""

    role_now = forms.ChoiceField(
        label="Your role now",
        choices=[("", "Choose a role"), *_ROLES],
        error_messages={"required": "Choose the role that you have now."},
    )
    place = forms.CharField(
        label="Your school or trust",
        required=False,
        max_length=rules.LONGEST_PLACE,
        error_messages={"max_length": f"Shorten this to {rules.LONGEST_PLACE} characters."},
    )
    role_planned = forms.ChoiceField(
        label="A role that you plan", required=False, choices=[("", "None for now"), *_ROLES]
    )
    planned_for = forms.DateField(
        label="From when?",
        help_text="Only with a planned role; a rough day will do.",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Give a date, such as 2027-09-01."},
    )
    consent = forms.BooleanField(label=rules.CONSENT, required=False)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def next_role(request: Request, token: str) -> HttpResponse:
    """Looking at it does nothing, since mail scanners look; each of its buttons does one thing."""
    if over_limit(request, VERIFY):
        return render(request, "public/next_role.html", {"often": True}, status=429)
    question = next_roles.by_token(token)
    if question is None:
        return render(request, "public/next_role.html", {"unknown": True}, status=410)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    form = RoleForm(request.POST if do == "answer" else None, initial=_initial(question))
    if do and _done(request, question, form, do):
        return redirect("public:next_role", token)
    context = {
        "question": question,
        "answer": getattr(question, "answer", None),
        "silent": next_roles.is_silent(question),
        "form": form,
    }
    return render(request, "public/next_role.html", context, status=422 if form.errors else 200)


def _initial(question: RoleQuestion) -> dict[str, Any]:
    known = getattr(question, "answer", None)
    if known is None:
        return {}
    names = ("role_now", "place", "role_planned", "planned_for")
    return {**{name: getattr(known, name) for name in names}, "consent": True}


def _done(request: Request, question: RoleQuestion, form: RoleForm, do: str) -> bool:
    """Whether what the button says was done."""
    if do == "silence":
        next_roles.silence(question=question, at=request.received_at)
        return True
    if do == "take_back":
        next_roles.take_back(question=question, at=request.received_at)
        return True
    if not form.is_valid():
        return False
    try:
        next_roles.answer(
            question=question, told=next_roles.Told(**form.cleaned_data), at=request.received_at
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True
