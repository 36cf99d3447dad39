"""A delivery partner's own enquiries and interest, and nobody else's (S4-08, S4-21)."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from goldenthread.enquiries.queries import PARTNER
from goldenthread.web.shared import enquiring
from goldenthread.web.shared.http import Request


@require_safe
def enquiries(request: Request) -> HttpResponse:
    return enquiring.queue(request, PARTNER)


@require_safe
def enquiry(request: Request, reference: str) -> HttpResponse:
    return enquiring.enquiry(request, PARTNER, reference)


@require_POST
def enquiry_answer(request: Request, reference: str) -> HttpResponse:
    return enquiring.answer(request, PARTNER, reference)


@require_POST
def enquiry_note(request: Request, reference: str) -> HttpResponse:
    return enquiring.note(request, PARTNER, reference)


@require_POST
def enquiry_assign(request: Request, reference: str) -> HttpResponse:
    return enquiring.assign(request, PARTNER, reference)


@require_POST
def enquiry_close(request: Request, reference: str) -> HttpResponse:
    return enquiring.change(request, PARTNER, reference, "close")


@require_POST
def enquiry_reopen(request: Request, reference: str) -> HttpResponse:
    return enquiring.change(request, PARTNER, reference, "reopen")


@require_safe
def interest(request: Request) -> HttpResponse:
    return enquiring.interest(request, PARTNER)
