"""The first sign-in: set a password with the link from the welcome mail."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.people import actions, queries
from goldenthread.people.models import User
from goldenthread.web.public.forms import FirstPasswordForm
from goldenthread.web.shared.http import Request, posted, show_refusal

SESSION_KEY = "welcome"
FOR_SECONDS = 60 * 60


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: Request, token: str) -> HttpResponse:
    """The link of the mail: it goes into the session at once, and out of the address bar and every log."""
    person, why_not = queries.read_welcome(token)
    if person is None or why_not:
        return _not_now(request, person, why_not)
    request.session[SESSION_KEY] = token
    if not request.user.is_authenticated:
        request.session.set_expiry(FOR_SECONDS)
    return redirect("public:first_password")


def _not_now(request: Request, person: User | None, why_not: str) -> HttpResponse:
    if request.user.is_authenticated and (request.user == person or why_not == "missing"):
        return redirect("start")  # the second click, or the link opened again
    context = {"days": queries.WELCOME_DAYS, "why_not": why_not}
    return render(request, "public/welcome_expired.html", context, status=410)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def first_password(request: Request) -> HttpResponse:
    """Set the password, with the token that waits in the session."""
    token = request.session.get(SESSION_KEY, "")
    person, why_not = queries.read_welcome(token) if token else (None, "missing")
    if person is None or why_not:
        return _not_now(request, person, why_not)
    form = FirstPasswordForm(person, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.set_first_password(
                user=person, password=form.cleaned_data["new_password1"], at=request.received_at
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            request.session.pop(SESSION_KEY, None)
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            request.session.set_expiry(0)  # until the browser is closed, as after any signing in
            messages.success(request, "Your password is set and you are signed in.")
            return redirect("start")
    context = {"form": form, "person": person}
    return render(request, "public/welcome.html", context, status=422 if form.errors else 200)
