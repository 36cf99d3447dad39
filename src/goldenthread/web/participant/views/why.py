"""Why these rules apply to me: every rule that decides about an enrolment, with where it comes from (S0-74)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.web.participant.applying import lines_for
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.http import today
from goldenthread.web.shared.versions import name_of


@require_safe
@with_enrolment
def rules(request: Any, mine: Mine) -> HttpResponse:
    """The rules of the person's own enrolment; nobody else's, and nothing of any case study."""
    lines = lines_for(mine.enrolment, today=today(request))
    context = {"mine": mine, "name": name_of(mine.enrolment.version), "lines": lines}
    return render(request, "participant/rules.html", context)
