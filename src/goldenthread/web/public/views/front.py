"""The first page: what this is, what comes next, and where to begin."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.wording import short_name
from goldenthread.intakes import queries as intakes
from goldenthread.web.public import lists
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.public_pages import public_page

JOURNEY = (
    ("Interest", "Find the programme that fits you."),
    ("Application", "Five short steps, no account needed."),
    ("Induction", "Find out where you stand and what you need."),
    ("Development", "Events, study, tasks in school, coaching."),
    ("Summative assessment", "One unseen case study, marked twice."),
    ("Award", "A certificate that anybody can verify."),
)


@login_not_required
@require_safe
@public_page
def home(request: Request) -> HttpResponse:
    at, on = request.received_at, today(request)
    known = [version for version in lists.public_versions(at=at).offered if version.state == "published"]
    coming = intakes.next_intakes(at=at, limit=6)
    context = {
        "journey": [{"label": label, "state": "ahead", "note": note} for label, note in JOURNEY],
        "intakes": [
            {
                "intake": one,
                "name": short_name(one.version.programme.name),
                "open": intakes.is_open(one, at=at),
            }
            for one in coming
        ],
        "families": lists.families(Programme.objects.all(), known, {}, on),
    }
    return render(request, "public/home.html", context)
