"""The page of a fault of ours: it shows the way back to whoever is signed in, and never fails by itself."""

import logging
import sys

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string

from goldenthread.common.outage import outage_of
from goldenthread.web.shared.outages import outage_page

log = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer with 500. What went wrong may be the database itself, so the page stands without the way back too.

    An outage has a page of its own, also where it comes before or after the view: the body of a form, the session.
    """
    outage = outage_of(sys.exc_info()[1])
    if outage is not None:
        return outage_page(request, outage)
    return HttpResponseServerError(render_to_string("500.html", {"signed_in": _is_signed_in(request)}))


def _is_signed_in(request: HttpRequest) -> bool:
    try:
        return bool(request.user.is_authenticated)
    except Exception:  # whatever it is: this is the last page that can be shown
        log.warning("Who is signed in can't be found out", exc_info=True)
        return False
