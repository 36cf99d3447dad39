"""Text that arrives without a valid session or form key is kept until its writer is back, never dropped.

Several people may share one browser, and more than one of them may use a page. So every form whose text is kept says
whose page it was (`person`, which `<c-form guard>` writes), and nobody else is given the text.
"""

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
OWNER = "person"
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


def owned_by(request: Any) -> bool:
    """Whether the form that was sent was on a page of the person who is signed in."""
    return bool(request.POST.get(OWNER, "") == str(request.user.pk))


def park(request: Any, key: object, *, names: Collection[str] = (), known: bool = True) -> HttpResponse:
    """Keep the fields of a form from somebody who was signed out, then send them to sign in and back.

    The fields are those in `names` and those that begin "text_". They wait under `key` in the anonymous
    session, which becomes the person's own when they sign in. One session keeps one text, the latest, and none
    for what isn't there (`known`) or names nobody as its writer: anybody may send one.
    """
    owner = request.POST.get(OWNER, "")
    texts = {
        name: str(value) for name, value in request.POST.items() if name.startswith("text_") or name in names
    }
    if texts and known and owner and _fits(texts) and form_is_ours(request) and not over_limit(request, PARK):
        _keep(request, key, texts, owner=owner)
        request.session.set_expiry(FOR_SECONDS)
        messages.warning(
            request, "You were signed out. Your text is kept: sign in, and it is in the editor again."
        )
    return redirect_to_login(request.path if request.method == "POST" else request.get_full_path())


def _named(request: HttpRequest, names: Collection[str]) -> dict[str, str]:
    return {name: str(request.POST[name]) for name in names if name in request.POST}


def _fits(texts: Mapping[str, str]) -> bool:
    return sum(map(len, texts.values())) <= MOST_CHARACTERS


def _keep(request: HttpRequest, key: object, texts: Mapping[str, str], *, owner: str) -> None:
    for other in [one for one in list(request.session.keys()) if one.startswith(_key(""))]:
        del request.session[other]
    clean = {name: text.replace("\x00", "") for name, text in texts.items()}
    request.session[_key(key)] = {"owner": owner[:20], "texts": clean}


def unpark(request: Any, key: object) -> Mapping[str, str] | None:
    """The fields that were kept under this key, once; what somebody else wrote in this browser is dropped."""
    kept: Mapping[str, Any] | None = request.session.pop(_key(key), None)
    if kept is None:
        return None
    request.session.set_expiry(0)  # until the browser is closed, as after any signing in
    texts: Mapping[str, str] | None = kept.get("texts") if kept.get("owner") == str(request.user.pk) else None
    return texts


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
        _keep(request, request.path, texts, owner=str(request.user.pk))


def _again(request: Any, names: Collection[str]) -> HttpResponse:
    """A form under an outdated key from one of our own pages: back to the page with what it held, for its writer."""
    texts = _named(request, names)
    if not from_this_site(request) or not _fits(texts):
        return csrf_failure(request)
    if not owned_by(request):
        return somebody_elses(request)
    _keep(request, request.path, texts, owner=str(request.user.pk))
    messages.warning(
        request, "You signed in again after this page was loaded. Your text is below: press the button again."
    )
    return redirect(request.get_full_path())


def somebody_elses(request: Any) -> HttpResponse:
    """A form from a page that somebody else had opened in this browser: nothing of it is shown, kept or done."""
    messages.warning(
        request,
        f"That page was opened by somebody else in this browser; you are signed in as {request.user}. Nothing was "
        "saved. If it was you under another account, sign in with that one.",
    )
    return redirect(request.get_full_path())


def _key(key: object) -> str:
    return f"parked:{key}"
