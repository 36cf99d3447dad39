"""Text that arrives without a valid session or form key is kept until its writer is back, never dropped."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

FOR_SECONDS = 60 * 60
MOST_CHARACTERS = 250_000


def form_is_ours(request: HttpRequest) -> bool:
    """Whether the form carries this session's key against forged requests."""
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    return check.process_view(request, lambda *_: HttpResponse(), (), {}) is None


def from_this_site(request: HttpRequest) -> bool:
    """Whether the browser says that the form was sent from one of our own pages."""
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.get_host()}"


def park(request: HttpRequest, sitting_id: int) -> HttpResponse:
    """Keep the fields of a form from somebody who was signed out, then send them to sign in and back.

    The text waits in the anonymous session, which becomes the person's own when they sign in.
    """
    texts = {name: str(value) for name, value in request.POST.items() if name.startswith("text_")}
    if texts and form_is_ours(request) and sum(map(len, texts.values())) <= MOST_CHARACTERS:
        request.session[_key(sitting_id)] = {name: text.replace("\x00", "") for name, text in texts.items()}
        request.session.set_expiry(FOR_SECONDS)
        messages.warning(
            request, "You were signed out. Your text is kept: sign in, and it is in the editor again."
        )
    return redirect_to_login(request.path)


def unpark(request: Any, sitting_id: int) -> Mapping[str, str] | None:
    """The fields that were kept for this sitting, once."""
    kept: Mapping[str, str] | None = request.session.pop(_key(sitting_id), None)
    if kept is not None:
        request.session.set_expiry(None)
    return kept


def _key(sitting_id: int) -> str:
    return f"parked:{sitting_id}"
