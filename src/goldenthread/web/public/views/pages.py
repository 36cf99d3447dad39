"""Short, true pages: accessibility, privacy, contact, about the data."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.enquiries import queries
from goldenthread.web.shared.http import Request
from goldenthread.web.shared.public_pages import public_page


def _page(request: Request, name: str, **context: Any) -> HttpResponse:
    office = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return render(request, f"public/{name}.html", {"office": office, **context})


@login_not_required
@require_safe
@public_page
def accessibility(request: Request) -> HttpResponse:
    return _page(request, "accessibility")


@login_not_required
@require_safe
@public_page
def privacy(request: Request) -> HttpResponse:
    return _page(request, "privacy")


@login_not_required
@require_safe
@public_page
def contact(request: Request) -> HttpResponse:
    lead = queries.lead_provider()
    return _page(request, "contact", points=queries.contact_points(lead) if lead else [])


@login_not_required
@require_safe
@public_page
def about_data(request: Request) -> HttpResponse:
    return _page(request, "about_data")
