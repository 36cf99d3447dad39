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
from goldenthread.web.public.forms import FirstPasswordForm
from goldenthread.web.shared.http import Request, show_refusal


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: Request, token: str) -> HttpResponse:
    person = queries.get_user_for_welcome(token)
    if person is None:
        return render(request, "public/welcome_expired.html", {"days": queries.WELCOME_DAYS}, status=410)
    form = FirstPasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.set_first_password(
                user=person, password=form.cleaned_data["new_password1"], at=request.received_at
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            messages.success(request, "Your password is set and you are signed in.")
            return redirect("start")
    context = {"form": form, "person": person}
    return render(request, "public/welcome.html", context, status=422 if form.errors else 200)
