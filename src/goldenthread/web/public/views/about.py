"""About the provider: its aims and what it claims of itself, each claim with source and period."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.catalogue.claims import shipped_claims
from goldenthread.reports.queries import providers, public_claims
from goldenthread.web.shared.http import Request, roles_day
from goldenthread.web.shared.public_pages import public_page


@login_not_required
@require_safe
@public_page
def about_claims(request: Request) -> HttpResponse:
    """The aims, and the claims that are published and not past their review (S0-53, S0-54)."""
    on = roles_day(request)
    context = {"aims": shipped_claims().aims, "providers": providers(on=on), "claims": public_claims(on=on)}
    return render(request, "public/about_claims.html", context)
