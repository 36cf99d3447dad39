"""What the provider also runs and is no NPQ, and what it wants to achieve: what is known, and where to ask."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.catalogue.claims import shipped_claims
from goldenthread.web.public import ways
from goldenthread.web.shared.http import Request
from goldenthread.web.shared.public_pages import public_page


@login_not_required
@require_safe
@public_page
def other_list(request: Request) -> HttpResponse:
    """The other provision, as signposts (S0-60)."""
    context = {"provision": shipped_claims().other_provision, "ask_url": ways.ask_url()}
    return render(request, "public/other_list.html", context)


@login_not_required
@require_safe
@public_page
def other(request: Request, key: str) -> HttpResponse:
    """One of them: what is known, which is little, and the way to ask."""
    found = next((one for one in shipped_claims().other_provision if one.key == key), None)
    if found is None:
        raise Http404
    return render(request, "public/other.html", {"provision": found, "ask_url": ways.ask_url(found.key)})


@login_not_required
@require_safe
@public_page
def about(request: Request) -> HttpResponse:
    """Who the provider is and what it wants to achieve (S0-53)."""
    claims = shipped_claims()
    context = {"aims": claims.aims, "provision": claims.other_provision, "ask_url": ways.ask_url()}
    return render(request, "public/about.html", context)
