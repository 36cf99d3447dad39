"""A form whose text may be kept nowhere in clear, as an author's of a case study.

Sent while signed out it stands on the page that answers, and can be sent again from there after signing in in another
tab; nothing of it is stored. Sent by its author who has signed in without the second factor yet, it waits under seal
in their session, and comes back on its page once the factor is given.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt

from goldenthread.assessment import sealed
from goldenthread.assessment.sealing import Unreadable
from goldenthread.web.shared.outages import fields_of, is_text
from goldenthread.web.shared.parking import (
    MOST_CHARACTERS,
    OWNER,
    View,
    form_is_ours,
    from_this_site,
    owned_by,
    somebody_elses,
)

SIGNED_OUT, OUT_OF_DATE = 401, 409
FACTOR_MISSING = 401
WAITS = "sent-under-seal:"  # before the address of its form, in the session
FOR = timedelta(hours=1)  # as texts wait for who was signed out
DISCARD = "discard_sent"
TAKEN = 302
log = logging.getLogger(__name__)
Fields = Sequence[tuple[str, str]]


def sends_again(view: View) -> View:
    """For a view with a form that holds what must stay secret: what arrives without a valid session or form key is
    shown again, with a button that sends it as it was. Who is signed out and only looks goes to sign in. What waited
    for a second factor is shown before the page itself, until it is sent or discarded.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        signed_in = request.user.is_authenticated
        if request.method == "POST":
            if signed_in and form_is_ours(request):
                return _let_go(request) if DISCARD in request.POST else _taken(request, view, args, kwargs)
            if from_this_site(request):
                return _again(request, signed_in=signed_in)
            if signed_in:
                return csrf_failure(request)
        if not signed_in:
            return redirect_to_login(request.path if request.method == "POST" else request.get_full_path())
        waits = _waiting(request)
        return _shown(request, waits, waited=True) if waits else view(request, *args, **kwargs)

    wrapper.sends_again = True  # type: ignore[attr-defined]
    return wrapper


def hold_for_factor(request: Any, page: str) -> HttpResponse | None:
    """Keep a form that somebody sent who is signed in and has not given the second factor, which `page` asks for, and
    lead there. None where it is no form of this kind, or from nowhere of ours.

    It waits under seal in the session, for an hour; a session holds one. What is too long, or can't be sealed, stands
    on the page that answers, as of somebody who is signed out.
    """
    if not _is_such(request) or not (form_is_ours(request) or from_this_site(request)):
        return None
    if not owned_by(request):
        return somebody_elses(request) if OWNER in request.POST else None
    fields, there = fields_of(request), request.get_full_path()
    factor = reverse(page) if page == "mfa_index" else f"{reverse(page)}?{urlencode({'next': there})}"
    if sum(len(value) for _, value in fields) > MOST_CHARACTERS or not _keep(request, fields):
        return _shown(request, fields, factor=factor)
    messages.warning(
        request,
        "Nothing is saved yet: this needs your second factor first. What you sent is kept under seal for an hour, and "
        "stands on its page once you have given it.",
    )
    return redirect(factor)


def _is_such(request: Any) -> bool:
    try:
        return bool(getattr(resolve(request.path_info).func, "sends_again", False))
    except Resolver404:
        return False


def _keep(request: Any, fields: Fields) -> bool:
    try:
        content = sealed.seal_sent(fields, author=request.user.pk)
    except Exception:  # a form must never be lost to a key that is missing
        log.exception("What an author sent can't be sealed")
        return False
    _forget(request)
    request.session[_key(request)] = {"sealed": content, "at": request.received_at.isoformat()}
    return True


def _waiting(request: Any) -> Fields:
    """What waits for this author on this page; nothing once its hour is over, or where the seal doesn't open."""
    kept = request.session.get(_key(request))
    if kept is None:
        return []
    try:
        if request.received_at - datetime.fromisoformat(kept["at"]) <= FOR:
            return sealed.open_sent(kept["sealed"], author=request.user.pk)
    except Unreadable as fault:
        log.error("%s", fault.message)
    del request.session[_key(request)]
    return []


def _key(request: Any) -> str:
    return f"{WAITS}{request.path}"


def _forget(request: Any) -> None:
    for key in [one for one in list(request.session.keys()) if one.startswith(WAITS)]:
        del request.session[key]


def _let_go(request: Any) -> HttpResponse:
    _forget(request)
    return redirect(request.get_full_path())


def _taken(request: Any, view: View, args: Any, kwargs: Any) -> HttpResponse:
    """The view's answer; what waited is let go where the form was taken."""
    answer = view(request, *args, **kwargs)
    if answer.status_code == TAKEN and _key(request) in request.session:
        del request.session[_key(request)]
    return answer


def _again(request: Any, *, signed_in: bool) -> HttpResponse:
    """The form as it came, and what to do first; somebody else's is not shown."""
    if signed_in and OWNER in request.POST and not owned_by(request):
        return somebody_elses(request)
    return _shown(request, fields_of(request), signed_in=signed_in)


def _shown(
    request: Any, fields: Fields, *, signed_in: bool = True, waited: bool = False, factor: str = ""
) -> HttpResponse:
    """The form as it was sent, with a button that sends it: of one that `waited` for a second factor also one that
    discards it; of one that can't wait with the address at which to give the `factor`.
    """
    context = {
        "signed_in": signed_in,
        "waited": waited,
        "factor": factor,
        "texts": [(name, value) for name, value in fields if is_text(name, value)],
        "rest": [(name, value) for name, value in fields if not is_text(name, value)],
        "path": request.get_full_path(),
        "csrf_token": get_token(request),
    }
    status = 200 if waited else FACTOR_MISSING if factor else OUT_OF_DATE if signed_in else SIGNED_OUT
    answer = render(request, "send_again.html", context, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer
