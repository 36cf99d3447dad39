"""A person's own e-mail address: asking for another one, and the link that proves it."""

from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.common.limits import Limit
from goldenthread.common.refused import Refused
from goldenthread.people import addresses
from goldenthread.web.shared import sessions
from goldenthread.web.shared.http import Request, posted, show_refusal
from goldenthread.web.shared.limits import answered, within

ASK = Limit("address", 5, timedelta(hours=1))
SESSION_KEY = "address_link"


class AddressForm(forms.Form):
    """The address that somebody wants to sign in with."""

    email = forms.EmailField(
        label="New e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponse:
    """Ask for a link to the new address. Asked for the password first, so that an open screen is not enough."""
    form, refused = AddressForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            within(request, ASK, "You asked for this often in a short time. Try again {wait}.")
            address = addresses.ask(
                user=request.user, email=form.cleaned_data["email"], at=request.received_at
            )
        except Refused as no:
            show_refusal(form, no)
            refused = no
        else:
            messages.success(
                request,
                f"A link is on its way to {address}. Open it in this browser within {addresses.LINK_HOURS} hours. "
                "Until then nothing changes.",
            )
            return redirect("profile")
    context = {"form": form, "email": request.user.email}
    return answered(render(request, "address.html", context, status=422 if form.errors else 200), refused)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: Request, token: str) -> HttpResponse:
    """The link of the mail: it goes into the session at once, and out of the address bar and every log."""
    request.session[SESSION_KEY] = token
    return redirect("address_confirm")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: Request) -> HttpResponse:
    """Show which address it will be, and change it by the button: a mail scanner that follows links changes nothing."""
    address = addresses.read_token(request.session.get(SESSION_KEY, ""), request.user)
    if not address:
        context = {"email": request.user.email, "hours": addresses.LINK_HOURS}
        return render(request, "address_expired.html", context, status=410)
    form = forms.Form(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = addresses.change(user=request.user, address=address, at=request.received_at)
        except Refused as no:
            show_refusal(form, no)
        else:
            request.session.pop(SESSION_KEY, None)
            sessions.end_others(person, request=request)
            messages.success(request, f"You now sign in as {person.email}.")
            return redirect("profile")
    context = {"form": form, "address": address, "email": request.user.email}
    return render(request, "address_confirm.html", context, status=422 if form.errors else 200)


@require_safe
def elsewhere(request: HttpRequest) -> HttpResponse:
    """The way to our page from where the sign-in library has its own, which takes unproved addresses."""
    return redirect("address")


def nowhere(request: HttpRequest, **_: Any) -> HttpResponse:
    """No page: the sign-in library's own links that prove an address are not used here."""
    raise Http404
