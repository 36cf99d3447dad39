"""Forms for visitors that set no cookie: guarded by where they come from instead, with signs of who fills them in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from goldenthread.enquiries.rules import Signs
from goldenthread.web.shared.http import Request

_SALT = "goldenthread.public.opened"
View = Callable[..., HttpResponseBase]


def cookieless(view: View) -> View:
    """A page for anybody that sets no cookie of ours by itself.

    Nothing is done in the name of who is signed in, so that no other site gains by sending the form; one that says that
    it does is refused all the same.
    """

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not _from_here(request):
            return render(request, "403_csrf.html", status=403)
        response = view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False  # the page's frame asks for one
        return response

    return login_not_required(never_cache(csrf_exempt(guarded)))


def _from_here(request: HttpRequest) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser tells."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin", "")
    hosts = {request.get_host(), urlsplit(settings.BASE_URL).netloc}
    return not origin or urlsplit(origin).netloc in hosts


class SignsMixin(forms.Form):
    """Two fields that tell people from machines: when the form was opened, and one that nobody sees."""

    opened = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    website = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = request.received_at
        self.initial["opened"] = signing.dumps(self._at.timestamp(), salt=_SALT)

    @property
    def signs(self) -> Signs:
        """What the sent form tells of its sender."""
        try:
            opened = float(signing.loads(self.data.get("opened", ""), salt=_SALT))
        except (signing.BadSignature, TypeError, ValueError):
            return Signs(trap=self.data.get("website", ""))
        return Signs(trap=self.data.get("website", ""), seconds=self._at.timestamp() - opened)
