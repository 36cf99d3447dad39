"""Pages that belong to no audience: where to start after signing in, the demonstration's cast, health."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from goldenthread.people.models import User
from goldenthread.web.shared.http import viewer
from goldenthread.web.shared.navigation import audiences_of


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """After signing in: the first page of the hat with most to decide."""
    user = request.user
    hats = audiences_of(viewer(request), enrolled=user.enrolments.exists())  # type: ignore[union-attr]
    return redirect(hats[0].home if hats else "home")


@login_not_required
@require_GET
def cast(request: HttpRequest) -> HttpResponse:
    """The people of the demonstration, each one click away; there is no such page elsewhere."""
    if not settings.CAST_SIGN_IN:
        raise Http404
    people = User.objects.filter(cast_order__isnull=False).order_by("cast_order")
    return render(request, "cast.html", {"people": people})


@login_not_required
@require_POST
def sign_in_as(request: HttpRequest, user_id: int) -> HttpResponse:
    if not settings.CAST_SIGN_IN:
        raise Http404
    person = get_object_or_404(User, pk=user_id, cast_order__isnull=False)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("start")


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process can reach the database: for a load balancer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
