"""Coaching as the participant sees it: hours used, sessions, feedback, actions agreed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.coaching.queries import coach_of, entitlement_of, sessions_of
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.http import page_of


@require_safe
@with_enrolment
def coaching(request: HttpRequest, mine: Mine) -> HttpResponse:
    context = {
        "mine": mine,
        "pairing": coach_of(mine.enrolment),
        "entitlement": entitlement_of(mine.enrolment),
        "page": page_of(request, sessions_of(mine.enrolment), size=20),
    }
    return render(request, "participant/coaching.html", context)
