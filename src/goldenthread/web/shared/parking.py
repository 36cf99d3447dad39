"""Text that arrives without a valid session or form key is kept until its writer is back, never dropped."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt

from goldenthread.common.limits import Limit
from goldenthread.web.shared.limits import over_limit

View = Callable[..., HttpResponse]
FOR_SECONDS = 60 * 60
MOST_CHARACTERS = 250_000
PARK = Limit("park", 120, timedelta(hours=1))  # a whole school may sit behind one address


def _nothing(*_: Any) -> HttpResponse:
    return HttpResponse()


_CHECK = CsrfViewMiddleware(_nothing)


def form_is_ours(request: HttpRequest) -> bool:
    """Whether the form carries this session's key against forged requests."""
    return _CHECK.process_view(request, _nothing, (), {}) is None


def from_this_site(request: HttpRequest) -> bool:
    """Whether the browser says that the form was sent from one of our own pages."""
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.get_host()}"


def park(request: Any, key: object, *, names: Collection[str] = (), known: bool = True) -> HttpResponse:
    """Keep the fields of a form from somebody who was signed out, then send them to sign in and back.

    The fields are those in `names` and those that begin "text_". They wait under `key` in the anonymous
    session, which becomes the person's own when they sign in. One session keeps one text, the latest, and none
    for what isn't there (`known`): anybody may send one.
    """
    texts = {
        name: str(value) for name, value in request.POST.items() if name.startswith("text_") or name in names
    }
    if texts and known and _fits(texts) and form_is_ours(request) and not over_limit(request, PARK):
        _keep(request, key, texts)
        request.session.set_expiry(FOR_SECONDS)
        messages.warning(
            request, "You were signed out. Your text is kept: sign in, and it is in the editor again."
        )
    return redirect_to_login(request.path if request.method == "POST" else request.get_full_path())


def _named(request: HttpRequest, names: Collection[str]) -> dict[str, str]:
    return {name: str(request.POST[name]) for name in names if name in request.POST}


def _fits(texts: Mapping[str, str]) -> bool:
    return sum(map(len, texts.values())) <= MOST_CHARACTERS


def _keep(request: HttpRequest, key: object, texts: Mapping[str, str]) -> None:
    for other in [one for one in list(request.session.keys()) if one.startswith(_key(""))]:
        del request.session[other]
    request.session[_key(key)] = {name: text.replace("\x00", "") for name, text in texts.items()}


def unpark(request: Any, key: object) -> Mapping[str, str] | None:
    """The fields that were kept under this key, once."""
    kept: Mapping[str, str] | None = request.session.pop(_key(key), None)
    if kept is not None:
        request.session.set_expiry(0)  # until the browser is closed, as after any signing in
    return kept


def keeps_text(*names: str) -> Callable[[View], View]:
    """For a view with a long form: what arrives without a valid session or form key is kept, and nothing is done.

    `names` are the fields. Once its writer is signed in, the page is loaded anew, and the view finds the fields
    in `request.kept`, to show them as they were (else that is empty).
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return park(request, request.path, names=names)
            if request.method == "POST" and not form_is_ours(request):
                return _again(request, names)
            request.kept = {} if request.method == "POST" else unpark(request, request.path) or {}
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def keep(request: Any, names: Collection[str]) -> None:
    """Keep the fields of a form that can't be taken yet until the page is opened again in this browser."""
    texts = _named(request, names)
    if _fits(texts):
        _keep(request, request.path, texts)


def _again(request: Any, names: Collection[str]) -> HttpResponse:
    """A form under an outdated key from one of our own pages: back to the page with what it held."""
    texts = _named(request, names)
    if not from_this_site(request) or not _fits(texts):
        return csrf_failure(request)
    _keep(request, request.path, texts)
    messages.warning(
        request, "You signed in again after this page was loaded. Your text is below: press the button again."
    )
    return redirect(request.get_full_path())


def _key(key: object) -> str:
    return f"parked:{key}"
