"""What happens to every request: the time it arrived, who is looking, where to sign in, and how a refusal is shown."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from goldenthread.common import arrival, clock
from goldenthread.common.outage import outage_of
from goldenthread.common.refused import Refused
from goldenthread.common.turnstile import ARRIVED
from goldenthread.people.access import needs_second_factor
from goldenthread.web.shared import accounts
from goldenthread.web.shared.http import viewer
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.outages import outage_page
from goldenthread.web.shared.sending_again import hold_for_factor

GetResponse = Callable[[HttpRequest], HttpResponse]


class ReceivedAt:
    """Take the time of arrival once, before anything else, so that a queue inside the server makes nobody late.

    A proxy that we trust saw the request before it waited for one of our threads, so its word counts if it gives it.
    What the request carries may still be on its way: see `web.shared.arrival`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = request.META.get(ARRIVED) or clock.now()
        stamp = request.META.get("HTTP_X_REQUEST_START", "") if settings.SECURE_PROXY_SSL_HEADER else ""
        said = arrival.said_at(stamp, now=now)
        request.received_at = said or now  # type: ignore[attr-defined]
        request.stamped = said is not None  # type: ignore[attr-defined]
        return self.get_response(request)


class SignInFirst(LoginRequiredMiddleware):
    """Every page asks for signing in that doesn't say otherwise. Whoever sent a form without it reads that nothing was
    sent, and comes back to the page that the form stands on: its own address may take forms only.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method != "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request,
            "You were signed out, so nothing was sent. Sign in, and you are back on the page: send it once more.",
        )
        return redirect_to_login(_page_of_form(request))


def _page_of_form(request: HttpRequest) -> str:
    """The page of ours from which the browser says that a form came; else where it was sent to."""
    came = urlsplit(request.headers.get("Referer", ""))
    if (came.scheme, came.netloc) != (request.scheme, request.get_host()):
        return request.path
    return f"{came.path}?{came.query}" if came.query else came.path or "/"


class Viewer:
    """Give a signed-in request its viewer and its zone; hold a role that needs a second factor until it was given.

    The addresses of these roles ask for it from everybody, so that somebody whose role has ended doesn't get by
    without one to what their earlier work still opens. A participant's own pages use no role, so they don't wait for
    one, nor ask for the roles. Having a second factor is not enough: it must have been given in this session, or
    somebody who knew only the password before the factor was set up would be let in with it.
    """

    FREE = ("/accounts/", "/static/", "/my/")
    HELD = ("/office/", "/mark/", "/moderate/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with timezone.override(ZoneInfo(user.zone)):
            page = self._second_factor_page(request)
            if page is None:
                return self.get_response(request)
            name, where = page
            held = hold_for_factor(request, name) if request.method == "POST" else None
            return held or redirect(where)

    @staticmethod
    def _second_factor_page(request: HttpRequest) -> tuple[str, str] | None:
        """The page on which to set up the second factor, or to give it in this session, by its name, and where to go;
        None when nothing is missing.
        """
        # The path without the prefix that an installation may be mounted under, which could be any of these.
        path, roles = request.path_info, settings.SECOND_FACTOR_ROLES
        if not roles or path.startswith(Viewer.FREE):
            return None
        if not path.startswith(Viewer.HELD) and not needs_second_factor(viewer(request), roles):
            return None
        page = accounts.second_factor_page(request)
        if page is None:
            return None
        if page == "mfa_index" or request.method != "GET":
            return page, page
        return page, f"{reverse(page)}?{urlencode({'next': request.get_full_path()})}"


class NumbersThatFit:
    """A number in an address with more digits than a database takes is nobody's: there is no such page. Not every
    question to a database says so by itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if any(isinstance(one, int) and number_of(one) is None for one in kwargs.values()):
            raise Http404("No such number.")


class RefusedBecomesAPage:
    """A refusal that no view has turned into a message becomes a page that says what to do next; so does an outage, and
    so does looking at an address that takes forms only.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "GET" or not isinstance(response, HttpResponseNotAllowed):
            return response
        page = render(request, "forms_only.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        outage = outage_of(exception)
        if outage is not None:
            return outage_page(request, outage)
        if isinstance(exception, Refused):
            return render(request, "refused.html", {"refusal": exception}, status=409)
        return None
