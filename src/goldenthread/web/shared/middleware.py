"""What happens to every request: the time it arrived, who is looking, and how a refusal is shown."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.people.access import needs_second_factor, viewer_of

GetResponse = Callable[[HttpRequest], HttpResponse]


class ReceivedAt:
    """Take the time of arrival once, before anything else, so that a queue inside the server makes nobody late."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.received_at = clock.now()  # type: ignore[attr-defined]
        return self.get_response(request)


class Viewer:
    """Give a signed-in request its viewer and its zone; hold a role that needs a second factor until there is one.

    A participant's own pages use no role, so they don't wait for one, nor ask for the roles.
    """

    FREE = ("/accounts/", "/static/", "/my/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with timezone.override(ZoneInfo(user.zone)):
            if self._second_factor_is_due(request):
                return redirect("mfa_index")
            return self.get_response(request)

    @staticmethod
    def _second_factor_is_due(request: HttpRequest) -> bool:
        if not settings.SECOND_FACTOR_ROLES or request.path.startswith(Viewer.FREE):
            return False
        viewer = viewer_of(request.user, on=clock.today())
        if not needs_second_factor(viewer, settings.SECOND_FACTOR_ROLES):
            return False
        from allauth.mfa.utils import is_mfa_enabled  # noqa: PLC0415 -- needs the app registry

        return not is_mfa_enabled(request.user)


class RefusedBecomesAPage:
    """A refusal that no view has turned into a message becomes a page that says what to do next."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return render(request, "refused.html", {"refusal": exception}, status=409)
        return None
