"""Which of a person's enrolments the participant's pages show, and the page for people who have none."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goldenthread.applications.models import Enrolment
from goldenthread.awards.queries import confirmed_name, revoked_since
from goldenthread.outcomes.useful_days import longer_until

SESSION_KEY = "enrolment"
SOMEBODY_ELSES = {
    "message": "This page was opened by somebody else in this browser: nothing of it is saved under the name that is "
    "signed in now. Copy what you need, sign in as yourself, and load this page again."
}
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Mine:
    """The enrolment that is shown, and all that the person has, the latest first."""

    enrolment: Enrolment
    all: list[Enrolment]

    @property
    def others(self) -> list[Enrolment]:
        return [one for one in self.all if one.pk != self.enrolment.pk]


def mine_of(request: Any) -> Mine | None:
    """The person's own enrolments. The address (`?enrolment=E-…`, as in mails) or the last choice says which
    is shown. What a form or the editor sends (`enrolment`, `?of=`) is for the one that its page showed.
    """
    enrolments: list[Any] = list(
        Enrolment.objects.filter(user=request.user)
        .select_related("version__programme", "intake", "user", "school")
        .annotate(revoked_at=revoked_since(), confirmed_name=confirmed_name(), longer_until=longer_until())
        .order_by("-starts_on", "-pk")
    )
    request.enrolled = bool(enrolments)
    if not enrolments:
        return None
    sent_for = request.POST.get("enrolment", "") or request.GET.get("of", "")
    mine = next((one for one in enrolments if one.reference == sent_for), None)
    if mine is not None:  # a form or the editor of a page that was open before another programme was chosen
        return Mine(mine, enrolments)
    asked = request.GET.get("enrolment", "")
    if any(one.reference == asked for one in enrolments):
        request.session[SESSION_KEY] = asked
    wanted = request.session.get(SESSION_KEY)
    live = [one for one in enrolments if one.withdrawn_at is None]
    chosen = next((one for one in enrolments if one.reference == wanted), None)
    return Mine(chosen or (live or enrolments)[0], enrolments)


def somebody_else_writes(request: Any, mine: Mine) -> bool:
    """Whether an editor says that it was opened for another enrolment (`?of=`) than those of who is signed in now."""
    of = request.GET.get("of", "")
    return bool(of) and of != mine.enrolment.reference


def with_enrolment(view: View) -> View:
    """Give the view the person's enrolment; without one, a friendly page instead."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        mine = mine_of(request)
        if mine is None:
            return render(request, "participant/not_enrolled.html")
        return view(request, mine, *args, **kwargs)

    return wrapper
