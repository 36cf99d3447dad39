"""Text that arrives without a valid session or form key is kept until its writer is back, never dropped.

Several people may share one browser, and more than one of them may use a page. So every form whose text is kept says
whose page it was (`person`, which `<c-form guard>` writes), and nobody else is given the text.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect, render
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt

from goldenthread.common.limits import Limit
from goldenthread.people import kept_forms
from goldenthread.web.shared.arrival import arrived_at
from goldenthread.web.shared.limits import over_limit, seconds_until, wait_text

View = Callable[..., HttpResponse]
FOR_SECONDS = 60 * 60
MOST_CHARACTERS = 1_000_000  # of its longest fields: as many as are kept of a text that was refused
MUCH = 250_000
OWNER = "person"
SHORT = 200  # characters of a field that is no text
PARK = Limit("park", 120, timedelta(hours=1))  # a whole school may sit behind one address
PARK_MUCH = Limit("park much", 30, timedelta(hours=1))  # the longest texts too would fill the disk
UNWRITTEN = (
    "enrolment",
    "revision",
    "form_key",
    "hand_in",
    "own_work",
)  # fields that the page fills in by itself
TAKEN, TOO_LARGE, TOO_OFTEN = 302, 413, 429
TITLES = {  # of what is kept, by the page of its form
    "participant:task": "Work on a formative task",
    "participant:practice_scenario": "Practice for the assessment",
    "participant:practice_self": "Your practice beside the mark scheme",
    "participant:module": "Reflection on a module",
    "participant:project_account": "Account of a project",
    "participant:project_plan": "Plan of a project",
    "participant:project_board": "Presentation to a board",
    "participant:project_placement": "Placement school",
    "participant:project_days": "Log of placement days",
    "participant:project_challenges": "Challenge or action",
    "teaching:coachee": "Coaching session",
    "teaching:response": "Feedback on a formative task",
    "teaching:practice_response": "Feedback on practice",
}


@dataclass(frozen=True)
class Parked:
    """The fields of a form that waited for its writer, and when it had arrived: `at` is our own clock's word, since no
    session is kept where anybody else could write.
    """

    texts: Mapping[str, str]
    at: datetime


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


def park(
    request: Any,
    key: object,
    *,
    names: Collection[str] = (),
    several: Collection[str] = (),
    known: bool = True,
    kept: Callable[[], None] | None = None,
) -> HttpResponse:
    """Keep the fields of a form from somebody who was signed out, then send them to sign in and back.

    The fields are those in `names`, those that begin "text_", and what is ticked in those of `several`. They wait under
    `key` in the anonymous session, which becomes the person's own when they sign in. One session keeps one text, the
    latest, and none for what isn't there (`known`) or names nobody as its writer: anybody may send one. What is too
    long, or one too many from one address, is shown again, to be copied. `kept` is called once a text waits.
    """
    owner = request.POST.get(OWNER, "")
    texts = {
        name: str(value) for name, value in request.POST.items() if name.startswith("text_") or name in names
    }
    ticked = _ticked(request, several)
    ours = (texts or any(ticked.values())) and known and owner and form_is_ours(request)
    texts |= ticked
    if ours and not _fits(texts):
        return _not_kept(request, texts)
    if ours:
        again_at = over_limit(request, _limit_of(texts))
        if again_at is not None:
            return _not_kept(request, texts, again_at=again_at)
        _keep(request, key, texts, owner=owner)
        request.session.set_expiry(FOR_SECONDS)
        if kept is not None:
            kept()
        messages.warning(
            request,
            "You were signed out. Your text is kept with the time at which it arrived: sign in within an hour, and it "
            "is in the editor again.",
        )
    return redirect_to_login(request.path if request.method == "POST" else request.get_full_path())


def _named(request: HttpRequest, names: Collection[str], several: Collection[str] = ()) -> dict[str, str]:
    texts = {name: str(request.POST[name]) for name in names if name in request.POST}
    return texts | _ticked(request, several)


def _ticked(request: HttpRequest, several: Collection[str]) -> dict[str, str]:
    """What is ticked in these fields, a line each; "" where nothing is, which a browser doesn't send."""
    return {name: "\n".join(map(str, request.POST.getlist(name))) for name in several}


def ticked_in(kept: str) -> list[str]:
    """What was ticked in a field that was kept as one of several."""
    return kept.split("\n") if kept else []


def _length(texts: Mapping[str, str]) -> int:
    """The characters of what was written, as they are kept: a form sends line ends as two, and small fields don't
    count.
    """
    long = [text.replace("\r\n", "\n") for text in texts.values() if len(text) > SHORT]
    return sum(map(len, long))


def _fits(texts: Mapping[str, str]) -> bool:
    return _length(texts) <= MOST_CHARACTERS


def _limit_of(texts: Mapping[str, str]) -> Limit:
    return PARK if _length(texts) <= MUCH else PARK_MUCH


def _not_kept(request: Any, texts: Mapping[str, str], *, again_at: datetime | None = None) -> HttpResponse:
    """What can't wait for its writer, shown to be copied, and where to go on: it is too long, or others behind the same
    address sent so much that nothing more is kept until `again_at`.
    """
    context = {
        "length": _length(texts),
        "most": MOST_CHARACTERS,
        "texts": [text for name, text in texts.items() if text.strip() and name not in UNWRITTEN],
        "path": request.path,
        "wait": wait_text(request, again_at) if again_at else "",
    }
    response = render(request, "not_kept.html", context, status=TOO_OFTEN if again_at else TOO_LARGE)
    if again_at:
        response["Retry-After"] = str(seconds_until(request, again_at))
    return response


def _keep(request: HttpRequest, key: object, texts: Mapping[str, str], *, owner: str) -> None:
    for other in [one for one in list(request.session.keys()) if one.startswith(_key(""))]:
        del request.session[other]
    clean = {name: text.replace("\x00", "") for name, text in texts.items()}
    at = arrived_at(request).isoformat()
    request.session[_key(key)] = {"owner": owner[:20], "texts": clean, "at": at}


def unpark(request: Any, key: object) -> Mapping[str, str] | None:
    """The fields that were kept under this key, once; what somebody else wrote in this browser is dropped."""
    parked = unpark_with_arrival(request, key)
    return parked.texts if parked else None


def unpark_with_arrival(request: Any, key: object) -> Parked | None:
    """The same, with when the form arrived."""
    kept: Mapping[str, Any] | None = request.session.pop(_key(key), None)
    if kept is None:
        return None
    request.session.set_expiry(0)  # until the browser is closed, as after any signing in
    if kept.get("owner") != str(request.user.pk):
        return None
    at = kept.get("at")  # none in a session that is older than this
    return Parked(kept["texts"], datetime.fromisoformat(at) if at else arrived_at(request))


def keeps_text(*names: str, several: Collection[str] = ()) -> Callable[[View], View]:
    """For a view with a long form: what arrives without a valid session or form key is kept, and nothing is done.

    `names` are the fields, `several` those with boxes to tick (`ticked_in`). Once its writer is signed in, the page is
    loaded anew, and the view finds the fields in `request.kept`, to show them as they were (else that is empty).
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return park(request, request.path, names=names, several=several)
            if request.method == "POST" and not form_is_ours(request):
                return _again(request, names, several)
            if request.method == "POST":
                request.kept = {}
                return _taken(request, view(request, *args, **kwargs), names, several)
            parked = unpark_with_arrival(request, request.path)
            request.kept = parked.texts if parked else {}
            if parked:
                keep_for_writer(request, request.get_full_path(), parked)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def keep_for_writer(request: Any, page: str, parked: Parked) -> None:
    """Keep what waited and isn't simply saved until its writer sends or dismisses it: it is shown in its form once."""
    texts = {name: text for name, text in parked.texts.items() if name not in UNWRITTEN}
    title = TITLES.get(request.resolver_match.view_name, "A form")
    kept = kept_forms.keep_form(
        user=request.user, page=page, title=title, texts=texts, arrived_at=parked.at, at=request.received_at
    )
    if kept is not None:
        messages.info(
            request,
            "What you wrote also stays under “Texts kept for you” in your profile until you send or dismiss it, for "
            f"{kept_forms.KEPT_FOR.days} days at most.",
        )


def _taken(
    request: Any, answer: HttpResponse, names: Collection[str], several: Collection[str]
) -> HttpResponse:
    """The answer to a form; what was kept of it is let go where the form was taken with it."""
    if answer.status_code == TAKEN:
        sent = _named(request, names, several)
        kept_forms.sent_again(user=request.user, page=request.path, texts=sent, at=request.received_at)
    return answer


def keep(request: Any, names: Collection[str]) -> None:
    """Keep the fields of a form that can't be taken yet until the page is opened again in this browser."""
    texts = _named(request, names)
    if _fits(texts):
        _keep(request, request.path, texts, owner=str(request.user.pk))


def _again(request: Any, names: Collection[str], several: Collection[str] = ()) -> HttpResponse:
    """A form under an outdated key from one of our own pages: back to the page with what it held, for its writer."""
    texts = _named(request, names, several)
    if not from_this_site(request):
        return csrf_failure(request)
    if not owned_by(request):
        return somebody_elses(request)
    if not _fits(texts):
        return _not_kept(request, texts)
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
