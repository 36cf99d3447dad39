"""A form whose text may be kept nowhere in clear, as an author's of a case study: sent while signed out, it stands on
the page that answers, and can be sent again from there after signing in in another tab. Nothing of it is stored.
"""

from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt

from goldenthread.web.shared.outages import fields_of, is_text
from goldenthread.web.shared.parking import (
    OWNER,
    View,
    form_is_ours,
    from_this_site,
    owned_by,
    somebody_elses,
)

SIGNED_OUT, OUT_OF_DATE = 401, 409


def sends_again(view: View) -> View:
    """For a view with a form that holds what must stay secret: what arrives without a valid session or form key is
    shown again, with a button that sends it as it was. Who is signed out and only looks goes to sign in.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        signed_in = request.user.is_authenticated
        if request.method == "POST":
            if signed_in and form_is_ours(request):
                return view(request, *args, **kwargs)
            if from_this_site(request):
                return _again(request, signed_in=signed_in)
            if signed_in:
                return csrf_failure(request)
        if not signed_in:
            return redirect_to_login(request.path if request.method == "POST" else request.get_full_path())
        return view(request, *args, **kwargs)

    return wrapper


def _again(request: Any, *, signed_in: bool) -> HttpResponse:
    """The form as it came, and what to do first; somebody else's is not shown."""
    if signed_in and OWNER in request.POST and not owned_by(request):
        return somebody_elses(request)
    fields = fields_of(request)
    context = {
        "signed_in": signed_in,
        "texts": [(name, value) for name, value in fields if is_text(name, value)],
        "rest": [(name, value) for name, value in fields if not is_text(name, value)],
        "path": request.get_full_path(),
        "csrf_token": get_token(request),
    }
    answer = render(request, "send_again.html", context, status=OUT_OF_DATE if signed_in else SIGNED_OUT)
    answer["Cache-Control"] = "private, no-store"
    return answer
