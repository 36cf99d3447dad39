"""Who is interested in which programme and intake."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from goldenthread.enquiries.queries import OFFICE
from goldenthread.web.shared import enquiring
from goldenthread.web.shared.http import Request


@require_safe
def interest(request: Request) -> HttpResponse:
    return enquiring.interest(request, OFFICE)
