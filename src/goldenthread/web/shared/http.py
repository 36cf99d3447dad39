"""The shapes that views share: a request with its arrival time, pages of a list, and a refusal shown in a form."""

import uuid
from datetime import date, datetime
from functools import cache
from typing import Any

from django.core.paginator import Page, Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.people.access import Viewer, viewer_of
from goldenthread.people.models import User

_PLACE = 970_000_001  # no address has such a number in its words


class Request(HttpRequest):
    """A request of a signed-in person, as our middleware hands it on."""

    received_at: datetime
    user: User


def today(request: Any) -> date:
    """The day it was where the person is when the request arrived."""
    return clock.day_of(request.received_at, getattr(request.user, "zone", "Europe/London"))


def roles_day(request: Any) -> date:
    """The day of the request by which roles count: the provider's, wherever the person is."""
    return clock.day_of(request.received_at)


def viewer(request: Any) -> Viewer:
    """Who is looking: their roles and organisations on the day of the request."""
    return viewer_of(request.user, on=roles_day(request))


def page_of(request: HttpRequest, items: Any, *, size: int = 50, count: int | None = None) -> Page[Any]:
    """The page of `items` that the address asks for; a number out of range gives the nearest page. Whoever knows how
    many there are spares the question by `count`.
    """
    number, pages = request.GET.get("page", "1"), Paginator(items, size)
    if count is not None:
        pages.count = count
    return pages.get_page(number[:9])


@cache
def _pattern(name: str, count: int) -> str:
    """The address of a page with `{}` for each of its numbers."""
    places = [_PLACE + place for place in range(count)]
    address = reverse(name, args=places)
    for place in places:
        if address.count(str(place)) != 1:
            raise ValueError(f"{name} does not take {count} numbers")
        address = address.replace(str(place), "{}")
    return address


def address_of(name: str, *numbers: int) -> str:
    """The address of a page, as `reverse` gives it, for addresses with numbers only: worded once per process."""
    return _pattern(name, len(numbers)).format(*numbers)


def to(name: str, *numbers: int) -> HttpResponseRedirect:
    """Go on to the page of this name, as `redirect` does, where `address_of` knows it."""
    return HttpResponseRedirect(address_of(name, *numbers))


def new_form_key() -> str:
    """A key for a form that is shown empty: sent twice, it still makes one thing."""
    return str(uuid.uuid4())


def renew_form_key(form: BaseForm, refusal: Refused) -> None:
    """Where other content was sent under this form's key, a new key: what is filled in can be sent by itself."""
    if refusal.code in {"form.sent", "script.replaced"} and form.is_bound:
        form.data = {**dict(form.data.items()), "form_key": new_form_key()}


def show_refusal(form: BaseForm, refusal: Refused) -> None:
    """Put a refusal where the person looks: at its field if the form has it, else above the form; with all that
    is wrong besides.
    """
    for fault in (refusal, *refusal.others):
        field = fault.field if fault.field in form.fields else None
        form.add_error(field, fault.message)


def posted(request: HttpRequest) -> Any:
    """What was sent by POST, an empty form too; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None
